package fhirtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/openhim/mediator-go/fhir"
)

// Flavour is whose manners a server has.
type Flavour string

// The flavours.
const (
	// Strict follows the specification, FHIR R4 4.0.1.
	Strict Flavour = "strict"
	// HAPI follows HAPI FHIR 8.8.0 (JPA) where that differs.
	HAPI Flavour = "hapi"
)

// Options say what server to start. The zero value is a strict server on a free port of
// the loopback interface, with the real clock.
type Options struct {
	// Flavour is [Strict] or [HAPI]. Defaults to Strict.
	Flavour Flavour

	// BasePath is what stands before the types in URLs. Defaults to /fhir.
	BasePath string

	// Clock gives the time of versions, pages and the search cache. It may be called
	// with the server locked and must not call it. Defaults to time.Now.
	Clock func() time.Time

	// References makes the server refuse references to what is not there, and deletions
	// of what is referred to. HAPI does so always. Defaults to false.
	References bool

	// Validate looks at resources beyond their shape, for $validate and, with
	// ValidateWrites, for whatever is created, updated or patched; profiles are those
	// $validate was asked about. Package fhir/validate is made for it: see the example of
	// Options. It is called with the server locked and must not ask it. Defaults to none:
	// the shape is checked all the same (elements, types, cardinality, formats, required
	// codes).
	Validate func(ctx context.Context, resource fhir.Resource, profiles []string) (fhir.OperationOutcome, error)
	// ValidateWrites answers 422 to resources in which Validate finds errors.
	// Defaults to false.
	ValidateWrites bool

	// PageSize is how many matches a page has without _count, MaxPageSize how many at
	// most. Default to 20 and 200, as in HAPI.
	PageSize, MaxPageSize int
	// MaxBody bounds a request's body in bytes. Defaults to 64 MiB.
	MaxBody int64
	// SearchCache is how long the same search is answered with its first result.
	// Defaults to none, in HAPI's flavour to 60 s; negative for none there too, and for
	// histories that are counted anew each time.
	SearchCache time.Duration
	// ExportPolls is how often a bulk export says that it is at work before it is done.
	// Defaults to 1; negative for never.
	ExportPolls int

	// Memory makes a network in memory instead of a socket, so that server and clients
	// run inside testing/synctest: reach the server by [Server.Client]. Subscriptions
	// are then sent by Dial only.
	Memory bool
	// Dial opens the connections to the endpoints of subscriptions. Defaults to sockets.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// defaults of Options.
const (
	defaultPageSize    = 20
	defaultMaxPageSize = 200
	defaultMaxBody     = 64 << 20
	defaultSearchCache = 60 * time.Second
)

func (o *Options) complete() error {
	switch o.Flavour {
	case "":
		o.Flavour = Strict
	case Strict, HAPI:
	default:
		return fmt.Errorf("fhirtest: flavour %q is not known; use %q or %q", o.Flavour, Strict, HAPI)
	}
	if o.BasePath == "" {
		o.BasePath = "/fhir"
	}
	if !strings.HasPrefix(o.BasePath, "/") || strings.HasSuffix(o.BasePath, "/") {
		return fmt.Errorf("fhirtest: base path %q must begin with a slash and not end with one", o.BasePath)
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.PageSize == 0 {
		o.PageSize = defaultPageSize
	}
	if o.MaxPageSize == 0 {
		o.MaxPageSize = max(defaultMaxPageSize, o.PageSize)
	}
	if o.MaxBody == 0 {
		o.MaxBody = defaultMaxBody
	}
	if o.PageSize < 0 || o.MaxPageSize < o.PageSize || o.MaxBody < 0 {
		return errors.New("fhirtest: PageSize, MaxPageSize and MaxBody must be positive, and a page no larger than the most")
	}
	if o.SearchCache == 0 && o.Flavour == HAPI {
		o.SearchCache = defaultSearchCache
	}
	if o.ExportPolls == 0 {
		o.ExportPolls = 1
	}
	if o.Flavour == HAPI {
		o.References = true
	}
	return nil
}
