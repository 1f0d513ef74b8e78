package openhim

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Orchestration is one call that was made for a transaction.
type Orchestration struct {
	// Name is required; the console lists and visualizes orchestrations by it.
	Name string `json:"name"`
	// Group puts related orchestrations together in the console.
	Group string `json:"group,omitempty"`
	// Request is always written: an orchestration without one ends the core's
	// worker process (openhim-core.md, Q3).
	Request Request `json:"request"`
	// Response is nil when none came.
	Response *Response `json:"response,omitempty"`
	// Error says why there is no response, or what was wrong with it.
	Error *Error `json:"error,omitempty"`
}

// Request is an HTTP request as the core stores it.
type Request struct {
	Host string `json:"host,omitempty"`
	Port Port   `json:"port,omitempty"`
	Path string `json:"path,omitempty"`
	// Headers of the request, redacted.
	Headers Headers `json:"headers,omitempty"`
	// Querystring without the question mark.
	Querystring string `json:"querystring,omitempty"`
	Body        string `json:"body,omitempty"`
	Method      string `json:"method,omitempty"`
	// Timestamp is required: without it the core drops the whole answer.
	Timestamp Time `json:"timestamp"`
}

// Port is a TCP port as text. Cores store it as text or, 4.x in its own
// orchestrations, as a number; both are read.
type Port string

// UnmarshalJSON implements [json.Unmarshaler].
func (p *Port) UnmarshalJSON(b []byte) error {
	b = bytes.TrimSpace(b)
	switch {
	case bytes.Equal(b, []byte("null")):
		*p = ""
	case len(b) > 0 && b[0] == '"':
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return fmt.Errorf("openhim: port: %w", err)
		}
		*p = Port(s)
	default:
		*p = Port(b)
	}
	return nil
}

// AppendJSON appends the orchestration's JSON form to b.
func (o Orchestration) AppendJSON(b []byte) []byte {
	b = append(b, `{"name":`...)
	b = appendString(b, o.Name)
	b = appendMember(b, "group", o.Group)
	b = append(b, `,"request":`...)
	b = o.Request.AppendJSON(b)
	if o.Response != nil {
		b = append(b, `,"response":`...)
		b = o.Response.AppendJSON(b)
	}
	if o.Error != nil {
		b = append(b, `,"error":`...)
		b = o.Error.appendJSON(b)
	}
	return append(b, '}')
}

// MarshalJSON implements [json.Marshaler].
func (o Orchestration) MarshalJSON() ([]byte, error) { return o.AppendJSON(nil), nil }

// AppendJSON appends the request's JSON form to b.
func (r Request) AppendJSON(b []byte) []byte {
	b = append(b, `{"timestamp":`...)
	b = r.Timestamp.AppendJSON(b)
	b = appendMember(b, "method", r.Method)
	b = appendMember(b, "host", r.Host)
	b = appendMember(b, "port", string(r.Port))
	b = appendMember(b, "path", r.Path)
	b = appendMember(b, "querystring", r.Querystring)
	if r.Headers != nil {
		b = append(b, `,"headers":`...)
		b = r.Headers.AppendJSON(b)
	}
	b = appendMember(b, "body", r.Body)
	return append(b, '}')
}

// MarshalJSON implements [json.Marshaler].
func (r Request) MarshalJSON() ([]byte, error) { return r.AppendJSON(nil), nil }

// appendMember appends a text member that is left out when empty.
func appendMember(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	b = append(b, ',', '"')
	b = append(b, name...)
	b = append(b, '"', ':')
	return appendString(b, value)
}
