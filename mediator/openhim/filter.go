package openhim

import (
	"encoding/json"
	"fmt"
	"maps"
	"time"
)

// Representation is how much of a transaction a core sends.
type Representation string

// The representations of all versions.
const (
	// RepresentationSimple leaves out bodies, headers, orchestrations and
	// routes. It is the default of lists.
	RepresentationSimple Representation = "simple"
	// RepresentationDetails leaves out bodies only.
	RepresentationDetails Representation = "simpledetails"
	// RepresentationTruncated cuts bodies to 15000 characters.
	RepresentationTruncated Representation = "fulltruncate"
	// RepresentationFull leaves out nothing.
	RepresentationFull Representation = "full"
)

// TransactionFilter says which transactions are meant. Empty fields do not
// filter; all others must match. The zero value means all transactions.
type TransactionFilter struct {
	// Status of the transaction.
	Status Status
	// ChannelID and ClientID are the core's ObjectIDs.
	ChannelID, ClientID string
	// ParentID gives the reruns of a transaction.
	ParentID string
	// Since and Until bound the time of the request, both included.
	Since, Until time.Time
	// PathPattern and QuerystringPattern are JavaScript regular expressions
	// that match anywhere and in any case of letters; quote plain text with
	// regexp.QuoteMeta.
	PathPattern, QuerystringPattern string
	// ResponseStatus is a code, "404", or a class, "5xx".
	ResponseStatus string
	// Orchestration is the name of an orchestration it must have.
	Orchestration string
	// Property is the name of a property it must have, with PropertyValue if
	// that is not empty. Cores filter by one property only.
	Property, PropertyValue string
	// CanRerun and WasRerun filter when they are not nil.
	CanRerun, WasRerun *bool
	// Fields are further filters in the core's own form, for example
	// "routes.response.status". They win over the fields above.
	Fields map[string]any

	// Representation is how much of each transaction is sent. Defaults to
	// RepresentationSimple. Bulk reruns do not use it.
	Representation Representation
	// PageSize is how many are read at once, 1 to 1000. Defaults to 100, with
	// RepresentationFull to 10, as an answer may hold 64 MiB at most.
	PageSize int
}

func (f TransactionFilter) pageSize() int {
	switch {
	case f.PageSize > 0:
		return f.PageSize
	case f.Representation == RepresentationFull:
		return 10
	default:
		return 100
	}
}

func (f TransactionFilter) validate() error {
	r := newRules([]ValidateOption{ForVersion(VersionAsync)}) // any status may be asked for
	r.status("Status", f.Status)
	for field, id := range map[string]string{"ChannelID": f.ChannelID, "ClientID": f.ClientID, "ParentID": f.ParentID} {
		if id != "" && !objectID.MatchString(id) {
			r.add(field, "must be the core's ID, 24 hexadecimal digits")
		}
	}
	for field, pattern := range map[string]string{
		"PathPattern": f.PathPattern, "QuerystringPattern": f.QuerystringPattern,
	} {
		if err := checkJSRegexp(pattern); err != nil {
			r.add(field, "is not a JavaScript regular expression: %v", err)
		}
	}
	if f.PageSize < 0 || f.PageSize > 1000 {
		r.add("PageSize", "is %d; it must be 1 to 1000", f.PageSize)
	}
	if f.PropertyValue != "" && f.Property == "" {
		r.add("Property", "is required beside PropertyValue")
	}
	r.oneOf("Representation", string(f.Representation), string(RepresentationSimple),
		string(RepresentationDetails), string(RepresentationTruncated), string(RepresentationFull))
	return r.result("transaction filter")
}

// fields returns the filter in the core's form (api/transactions.js,
// parseTransactionFilters).
func (f TransactionFilter) fields() map[string]any {
	out := map[string]any{}
	set := func(name, value string) {
		if value != "" {
			out[name] = value
		}
	}
	set("status", string(f.Status))
	set("channelID", f.ChannelID)
	set("clientID", f.ClientID)
	set("parentID", f.ParentID)
	set("request.path", f.PathPattern)
	set("request.querystring", f.QuerystringPattern)
	set("response.status", f.ResponseStatus)
	set("orchestrations.name", f.Orchestration)
	if f.Property != "" {
		var value any // null asks whether there is one
		if f.PropertyValue != "" {
			value = f.PropertyValue
		}
		out["properties"] = map[string]any{f.Property: value}
	}
	if f.CanRerun != nil {
		out["canRerun"] = *f.CanRerun
	}
	if f.WasRerun != nil {
		out["wasRerun"] = *f.WasRerun
	}
	set("request.timestamp", f.period()) // JSON inside of JSON
	maps.Copy(out, f.Fields)
	return out
}

func (f TransactionFilter) period() string {
	since, until := At(f.Since), At(f.Until)
	switch {
	case since.writable() && until.writable():
		return fmt.Sprintf(`{"$gte":%s,"$lte":%s}`, since.AppendJSON(nil), until.AppendJSON(nil))
	case since.writable():
		return fmt.Sprintf(`{"$gte":%s}`, since.AppendJSON(nil))
	case until.writable():
		return fmt.Sprintf(`{"$lte":%s}`, until.AppendJSON(nil))
	default:
		return ""
	}
}

func (f TransactionFilter) document() (string, error) {
	b, err := json.Marshal(f.fields())
	if err != nil {
		return "", fmt.Errorf("openhim: transaction filter: %w", err)
	}
	return string(b), nil
}
