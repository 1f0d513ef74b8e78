package openhim

import "strconv"

// ContentType marks a mediator's answer as an [Envelope]. The core looks for
// it by substring and with exactly these letters (openhim-core.md section 5).
const ContentType = "application/json+openhim"

// Envelope is a mediator's answer to the core: what the client shall get,
// and what the console shall show. A core that meets the wrong type in one of
// its fields answers the client 500, drops what it should store, or loses its
// worker process; [Envelope.Validate] names every such field beforehand.
type Envelope struct {
	// URN of the mediator. Shown in events only; may be empty.
	URN string `json:"x-mediator-urn,omitempty"`
	// Status overrides whatever the core would compute. Empty leaves it to
	// the core, as channels with IsAsynchronousProcess want it.
	Status Status `json:"status,omitempty"`
	// Response is what the client gets.
	Response Response `json:"response"`
	// Orchestrations are the calls made for this request, in order.
	Orchestrations []Orchestration `json:"orchestrations,omitempty"`
	// Properties are shown and can be filtered by in the console, as texts.
	Properties Properties `json:"properties,omitempty"`
	// Error, when set, marks the transaction for the core's auto-retry. Set
	// it for failures worth a retry only.
	Error *Error `json:"error,omitempty"`
}

// Response is an HTTP answer as the core stores it.
type Response struct {
	// Status is the HTTP status code, 200 to 599.
	Status int `json:"status,omitempty"`
	// Headers may be empty, but not nil: without the object the client gets
	// no X-OpenHIM-TransactionID. Without content-type the client gets
	// application/octet-stream.
	Headers Headers `json:"headers"`
	// Body is text. There is no convention for binary answers: those go out
	// without an envelope.
	Body string `json:"body"`
	// Timestamp is when the answer was ready.
	Timestamp Time `json:"timestamp"`
}

// Error is a failure as the core stores it. It is shown in the console, so it
// must hold neither patient data nor credentials.
type Error struct {
	Message string `json:"message,omitempty"`
	Stack   string `json:"stack,omitempty"`
}

// AppendJSON appends the envelope's JSON form to b. Properties that cannot be
// written as JSON are left out.
func (e Envelope) AppendJSON(b []byte) []byte {
	b = append(b, '{')
	if e.URN != "" {
		b = append(b, `"x-mediator-urn":`...)
		b = append(appendString(b, e.URN), ',')
	}
	if e.Status != "" {
		b = append(b, `"status":`...)
		b = append(appendString(b, string(e.Status)), ',')
	}
	b = append(b, `"response":`...)
	b = e.Response.AppendJSON(b)
	if len(e.Orchestrations) > 0 {
		b = append(b, `,"orchestrations":[`...)
		for i := range e.Orchestrations {
			if i > 0 {
				b = append(b, ',')
			}
			b = e.Orchestrations[i].AppendJSON(b)
		}
		b = append(b, ']')
	}
	if len(e.Properties) > 0 {
		b = append(b, `,"properties":`...)
		b = e.Properties.AppendJSON(b)
	}
	if e.Error != nil {
		b = append(b, `,"error":`...)
		b = e.Error.appendJSON(b)
	}
	return append(b, '}')
}

// MarshalJSON implements [json.Marshaler].
func (e Envelope) MarshalJSON() ([]byte, error) { return e.AppendJSON(nil), nil }

// AppendJSON appends the response's JSON form to b.
func (r Response) AppendJSON(b []byte) []byte {
	b = append(b, '{')
	if r.Status != 0 {
		b = append(b, `"status":`...)
		b = append(strconv.AppendInt(b, int64(r.Status), 10), ',')
	}
	b = append(b, `"headers":`...)
	if r.Headers == nil {
		b = append(b, "{}"...)
	} else {
		b = r.Headers.AppendJSON(b)
	}
	b = append(b, `,"body":`...)
	b = appendString(b, r.Body)
	if r.Timestamp.writable() {
		b = append(b, `,"timestamp":`...)
		b = r.Timestamp.AppendJSON(b)
	}
	return append(b, '}')
}

// MarshalJSON implements [json.Marshaler].
func (r Response) MarshalJSON() ([]byte, error) { return r.AppendJSON(nil), nil }

func (e Error) appendJSON(b []byte) []byte {
	b = append(b, `{"message":`...)
	b = appendString(b, e.Message)
	if e.Stack != "" {
		b = append(b, `,"stack":`...)
		b = appendString(b, e.Stack)
	}
	return append(b, '}')
}
