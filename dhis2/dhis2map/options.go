package dhis2map

import (
	"errors"
	"fmt"
	"maps"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/aggregate"
	"github.com/openhim/mediator-go/mapping"
)

// Config is what the operators and the lint know.
type Config struct {
	// Snapshot is the metadata of the server that is written to: from a file
	// (dhis2.ReadSnapshot) or from the server (dhis2.Metadata). Mappings keep the one they were
	// compiled with; compile them again when there is a new one. Needed.
	Snapshot *dhis2.Snapshot
	// Names is how payloads name metadata, and must be sent with: the parameter idScheme.
	// Defaults to dhis2.SchemeUID.
	Names dhis2.IDScheme
	// System and Namespace are those of $uid, where a document does not say: see
	// dhis2.Identity. Default to none, so that a document must say the system.
	System, Namespace string
	// Incarnation says how often an object was deleted, for $uid: see dhis2.Identity. It must
	// give the same for the same identity as long as a mapping is used, and may be called by
	// several goroutines. Defaults to 0 for all.
	Incarnation func(dhis2.Identity) int
	// Calendar is the server's, for $period. Defaults to aggregate.ISO8601.
	Calendar aggregate.Calendar
}

// operators is what the operators of one Options share. It is immutable.
type operators struct {
	config Config
}

// Options returns options with the operators and the lint of this package. Operators that are
// there already under one of its names are an error; a lint that is there is asked first.
func Options(options mapping.CompileOptions, config Config) (mapping.CompileOptions, error) {
	if config.Snapshot == nil {
		return options, errors.New("dhis2map: Config.Snapshot is missing: read one with dhis2.ReadSnapshot or Client.FetchMetadata")
	}
	if config.Names == "" {
		config.Names = dhis2.SchemeUID
	}
	if !config.Names.Valid() {
		return options, fmt.Errorf("dhis2map: Config.Names: %q is no idScheme", string(config.Names))
	}
	if config.Calendar != "" && !config.Calendar.Valid() {
		return options, fmt.Errorf("dhis2map: Config.Calendar: there is no calendar %q", string(config.Calendar))
	}
	o := &operators{config: config}
	all := map[string]mapping.Operator{
		"$uid": o.uid(), "$orgUnit": o.orgUnit(), "$option": o.option(), "$period": o.period(),
		"$dataValue": o.dataValue(), "$attribute": o.attribute(),
	}
	for name := range options.Operators {
		if _, twice := all[name]; twice {
			return options, errors.New("dhis2map: there is an operator " + name + " already")
		}
	}
	maps.Copy(all, options.Operators)
	options.Operators = all
	l := &linter{config: config, next: options.Output}
	options.Output = l.output
	return options, nil
}
