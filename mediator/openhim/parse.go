package openhim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// ParseEnvelope reads an envelope as strictly as a core ought to: it is
// refused when a core would answer the client a 500 of its own making, drop
// what it should store, or lose its worker, and also when it is of another
// type than the contract says, although cores would cast it. Members that the
// contract does not know are skipped. An error is a *[ValidationError], or
// says where the JSON is broken; it holds no values.
func ParseEnvelope(data []byte, opts ...ValidateOption) (Envelope, error) {
	var e Envelope
	if !utf8.Valid(data) {
		return e, errors.New("openhim: envelope: not valid UTF-8")
	}
	if err := json.Unmarshal(data, &e); err != nil {
		return Envelope{}, fmt.Errorf("openhim: envelope: %w", withoutValue(err))
	}
	r := newRules(opts)
	r.wire(data)
	if err := e.Validate(opts...); err != nil {
		if v, ok := err.(*ValidationError); ok { //nolint:errorlint // our own, not wrapped
			r.errs = append(r.errs, v.Errors...)
		}
	}
	if err := r.result("envelope"); err != nil {
		return Envelope{}, err
	}
	return e, nil
}

// wire checks what is gone once the envelope is a Go value: what is absent or
// null, and the form of set-cookie.
func (r *rules) wire(data []byte) {
	var raw struct {
		Status   *string `json:"status"`
		Response *struct {
			Body    json.RawMessage            `json:"body"`
			Headers map[string]json.RawMessage `json:"headers"`
		} `json:"response"`
		Orchestrations []*struct {
			Request json.RawMessage `json:"request"`
		} `json:"orchestrations"`
	}
	if err := json.Unmarshal(data, &raw); err != nil {
		r.add("", "is not an object of the contract's types: %v", withoutValue(err))
		return
	}
	if raw.Status != nil && *raw.Status == "" {
		r.add("status", "is empty; leave it out to let the core decide")
	}
	if raw.Response == nil {
		r.add("response", "is required")
	} else {
		if isAbsent(raw.Response.Body) {
			r.add("response.body", "is required; without it the client gets 204 whatever the status says")
		}
		for name, v := range raw.Response.Headers {
			if strings.EqualFold(name, "set-cookie") && !bytes.HasPrefix(bytes.TrimSpace(v), []byte("[")) {
				r.add("response.headers."+name, "must be an array; a core goes through a text letter by letter")
			}
		}
	}
	for i, o := range raw.Orchestrations {
		switch {
		case o == nil:
			r.add(index("orchestrations", i), "is null, which ends the core's worker")
		case isAbsent(o.Request):
			r.add(index("orchestrations", i)+".request", "is required; without it the core's worker ends")
		}
	}
}

func isAbsent(v json.RawMessage) bool {
	v = bytes.TrimSpace(v)
	return len(v) == 0 || bytes.Equal(v, []byte("null"))
}
