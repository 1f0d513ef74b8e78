package tracker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/openhim/mediator-go/dhis2"
)

// Client is what this package needs of a [dhis2.Client].
type Client interface {
	// Do sends one request below /api. With a status outside of 2xx it returns an error and the
	// response.
	Do(ctx context.Context, req dhis2.Request) (*dhis2.Response, error)
	// Server describes the server.
	Server(ctx context.Context) (dhis2.Server, error)
}

// ErrNotStored is wrapped by the error of an import that did not store every object.
var ErrNotStored = errors.New("not every object was stored")

// ReportError says that the server refused objects. With [AtomicAll] none was stored, with
// [AtomicObject] the others were: Report.Outcome tells each.
type ReportError struct {
	Report *Report
	// Err is the *dhis2.Error of an answer with status 409; nil for one with 200.
	Err error
}

// Error counts objects and codes. It quotes nothing of the server.
func (e *ReportError) Error() string {
	var b strings.Builder
	b.WriteString("tracker: import: " + ErrNotStored.Error())
	if len(e.Report.Errors) == 0 {
		b.WriteString(": the server gave up")
	}
	counts := map[string]int{}
	for _, entry := range e.Report.Errors {
		counts[entry.Code]++
	}
	for i, code := range slices.Sorted(maps.Keys(counts)) {
		separator := ", "
		if i == 0 {
			separator = ": "
		}
		if i == maxTold {
			b.WriteString(", …")
			break
		}
		fmt.Fprintf(&b, "%s%s (%d)", separator, code, counts[code])
	}
	return b.String()
}

// maxTold bounds how many codes the text of an error tells.
const maxTold = 8

// Unwrap returns [ErrNotStored] and the error of the request.
func (e *ReportError) Unwrap() []error {
	if e.Err == nil {
		return []error{ErrNotStored}
	}
	return []error{ErrNotStored, e.Err}
}

// Encode returns the compact text of the payload in the spelling of the server's version.
func (p *Payload) Encode(v dhis2.Version) []byte {
	e := encoder{separator: v.Separator()[0]}
	p.encode(&e)
	return e.buf
}

// Import sends a payload in one synchronous request and returns the server's report. Nothing is
// sent when [Payload.Refusals] has something against it: the error is a *[RefusedError] then. If
// the server refuses objects, the report comes with a *[ReportError], with HTTP 409 as with 200.
// Other errors are those of the client. Where the outcome is not known the same bytes are sent
// again, if [Params.Repeat] says they may be.
//
// It is safe for concurrent use; but the server loses data values when two requests update one
// event, so keep the requests of one tracked entity after one another.
func Import(ctx context.Context, client Client, payload Payload, params Params) (*Report, error) {
	query, err := params.Query()
	if err != nil {
		return nil, fmt.Errorf("tracker: import: %w", err)
	}
	if err := payload.refuse(params); err != nil {
		return nil, err
	}
	server, err := client.Server(ctx)
	if err != nil {
		return nil, fmt.Errorf("tracker: import: %w", err)
	}
	res, err := client.Do(ctx, dhis2.Request{
		Method: http.MethodPost, Path: "tracker", Query: query,
		Body: payload.Encode(server.Version), Repeat: params.Repeat(),
	})
	if err != nil && (res == nil || res.Status != http.StatusConflict && res.Status != http.StatusOK) {
		return nil, fmt.Errorf("tracker: import: %w", err)
	}
	report, parseErr := ParseReport(res.Body)
	if parseErr != nil {
		if err == nil {
			err = parseErr
		}
		return nil, fmt.Errorf("tracker: import: %w", err)
	}
	report.Validated = params.Mode == ValidateOnly
	if err != nil || !report.OK() {
		return report, &ReportError{Report: report, Err: err}
	}
	return report, nil
}

// Validate asks the server what it would say to the payload, and stores nothing. See [Import].
// Objects the report does not name would be stored if nothing else changes meanwhile.
func Validate(ctx context.Context, client Client, payload Payload, params Params) (*Report, error) {
	params.Mode = ValidateOnly
	return Import(ctx, client, payload, params)
}
