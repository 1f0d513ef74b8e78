package mediator

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/openhim/mediator-go/mediator/openhim"
)

// Response is the answer of a handler.
type Response struct {
	// Status is the HTTP status, 200 to 599. Defaults to 200.
	Status int
	// Header may be nil. Content-Type is taken from the body where it is
	// missing; what concerns the connection only (Content-Length,
	// Transfer-Encoding, Connection …) is dropped.
	Header http.Header
	// Body is sent as it is. Text goes out in an envelope; what is no text
	// cannot, and goes out without one: its orchestrations are not recorded.
	Body []byte
	// TransactionStatus is shown in the console. Defaults to what status code
	// and orchestrations say: see [Mediator.Handle].
	TransactionStatus openhim.Status
	// Error marks the transaction for the core's auto-retry. Handlers rarely
	// set it: they return an [Error] with Retry.
	Error *openhim.Error

	later    func(context.Context) (*Response, error)
	streamed bool // went out already
}

// JSON returns an answer with v as its JSON document. A []byte or
// json.RawMessage that is JSON already can be sent with [Bytes].
func JSON(status int, v any) (*Response, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("mediator: answer as JSON: %w", err)
	}
	return Bytes(status, "application/json", body), nil
}

// Text returns an answer of plain text.
func Text(status int, text string) *Response {
	return Bytes(status, "text/plain; charset=utf-8", []byte(text))
}

// Bytes returns an answer of this content type.
func Bytes(status int, contentType string, body []byte) *Response {
	return &Response{Status: status, Header: http.Header{"Content-Type": {contentType}}, Body: body}
}

// Accepted returns a 202 for work that outlives the request. The caller gets
// it at once and the transaction stays [openhim.StatusProcessing]; then work
// runs, with a context that carries the transaction and lives until the
// mediator has drained, and its answer, its orchestrations and its properties
// are added to the transaction. The work is lost when the process ends before
// it is done: what must survive that belongs into a queue.
//
// Change the returned Response to give the caller a body.
func Accepted(work func(ctx context.Context) (*Response, error)) *Response {
	return &Response{Status: http.StatusAccepted, TransactionStatus: openhim.StatusProcessing, later: work}
}

// Handler answers a request. It may return a nil Response for an empty 200.
// See [Error] for what errors become.
type Handler func(ctx context.Context, req *Request) (*Response, error)

// Middleware wraps a handler. See [Mediator.Use].
type Middleware func(Handler) Handler
