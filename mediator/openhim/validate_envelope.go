package openhim

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// maxDepth bounds the nesting of stored values; databases stop at 100.
const maxDepth = 80

// Validate checks an envelope so that no quirk of a core is hit: it is
// refused when a core would answer the client a 500 of its own making, drop
// what it should store, or lose its worker (openhim-core.md section 5).
func (e Envelope) Validate(opts ...ValidateOption) error {
	r := newRules(opts)
	r.status("status", e.Status)
	r.response("response", e.Response)
	for i, o := range e.Orchestrations {
		r.orchestration(index("orchestrations", i), o)
	}
	r.properties("properties", e.Properties)
	return r.result("envelope")
}

// Validate checks one call by the rules that hold inside an envelope.
func (o Orchestration) Validate(opts ...ValidateOption) error {
	r := newRules(opts)
	r.orchestration("", o)
	return r.result("orchestration")
}

// Validate checks the answer to a client by the rules that hold inside an
// envelope.
func (r Response) Validate(opts ...ValidateOption) error {
	rs := newRules(opts)
	rs.response("", r)
	return rs.result("response")
}

// Validate checks that every name can be stored and every value be written.
func (p Properties) Validate() error {
	r := newRules(nil)
	r.properties("", p)
	return r.result("properties")
}

// status checks a status. Cores before 5.0 store nothing at all when it is
// unknown, later ones store any text.
func (r *rules) status(field string, s Status) {
	switch {
	case s == "":
	case !s.Valid():
		r.add(field, "%q is no status of a core", string(s))
	case s == StatusPendingAsync && !r.since(VersionAsync):
		r.add(field, "%q is known to cores since 8.3 only", string(s))
	}
}

func (r *rules) response(field string, v Response) {
	if v.Status < 200 || v.Status > 599 {
		r.add(join(field, "status"), "is %d; the answer to a client is 200 to 599", v.Status)
	}
	for _, name := range slices.Sorted(maps.Keys(v.Headers)) {
		f := join(field, "headers."+name)
		if !headerName.MatchString(name) {
			r.add(f, "is not a legal name of a header; the client would get a 500")
			continue
		}
		r.storableKey(f, name)
		for _, value := range v.Headers[name] {
			if !legalHeaderValue(value) {
				r.add(f, "has a line end or a character outside Latin-1 in its value; the client would get a 500")
			}
			if strings.EqualFold(name, "set-cookie") {
				r.cookie(f, value)
			}
		}
	}
	r.time(join(field, "timestamp"), v.Timestamp, false)
}

// cookie checks a Set-Cookie value by what the core's cookie module refuses
// with a 500: it takes every name=value of it for a cookie or an option
// (middleware/router.js, setCookiesOnContext).
func (r *rules) cookie(field, value string) {
	for i, part := range strings.Split(value, ";") {
		name, v, ok := strings.Cut(part, "=")
		name, v = strings.TrimSpace(name), strings.Trim(strings.TrimSpace(v), `"`)
		if !ok {
			if i == 0 {
				r.add(field, "is no cookie; it must begin with name=value")
			}
			continue
		}
		if name == "" {
			r.add(field, "has a cookie without a name")
		}
		switch strings.ToLower(name) {
		case "signed", "secure":
			r.add(field, "has %s with a value, which cores answer with a 500", strings.ToLower(name))
		}
		if plain, err := url.PathUnescape(v); err == nil && !legalHeaderValue(plain) {
			r.add(field, "has a cookie whose decoded value no header can carry")
		}
	}
}

func (r *rules) orchestration(field string, o Orchestration) {
	r.required(join(field, "name"), o.Name)
	r.time(join(field, "request.timestamp"), o.Request.Timestamp, true)
	r.storedHeaders(join(field, "request.headers"), o.Request.Headers)
	if o.Response != nil {
		r.time(join(field, "response.timestamp"), o.Response.Timestamp, false)
		r.storedHeaders(join(field, "response.headers"), o.Response.Headers)
	}
}

// storedHeaders checks headers that are stored only.
func (r *rules) storedHeaders(field string, h Headers) {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		r.storableKey(join(field, name), name)
	}
}

func (r *rules) time(field string, t Time, required bool) {
	switch {
	case t.IsZero():
		if required {
			r.add(field, "is required; without it the core drops the whole answer")
		}
	case !t.writable():
		r.add(field, "is in the year %d; it must be 0 to 9999", t.UTC().Year())
	}
}

func (r *rules) properties(field string, p Properties) {
	for _, name := range slices.Sorted(maps.Keys(p)) {
		f := join(field, name)
		r.storableKey(f, name)
		r.storable(f, p[name], 0)
	}
}

// storable checks that a value can be written as JSON and that all names in
// it can be stored.
func (r *rules) storable(field string, v any, depth int) {
	switch v := v.(type) {
	case nil, string, bool, int, int64, json.Number:
		return
	case map[string]any:
		r.storableMembers(field, v, depth)
	case []any:
		r.storableElements(field, v, depth)
	default:
		b, err := json.Marshal(v)
		if err != nil {
			r.add(field, "cannot be written as JSON")
			return
		}
		var plain any
		if err := json.Unmarshal(b, &plain); err != nil {
			r.add(field, "cannot be written as JSON")
			return
		}
		switch plain := plain.(type) {
		case map[string]any:
			r.storableMembers(field, plain, depth)
		case []any:
			r.storableElements(field, plain, depth)
		}
	}
}

func (r *rules) storableMembers(field string, m map[string]any, depth int) {
	if depth >= maxDepth {
		r.add(field, "is nested deeper than %d levels", maxDepth)
		return
	}
	for _, k := range sortedKeys(m) {
		r.storableKey(join(field, k), k)
		r.storable(join(field, k), m[k], depth+1)
	}
}

func (r *rules) storableElements(field string, list []any, depth int) {
	if depth >= maxDepth {
		r.add(field, "is nested deeper than %d levels", maxDepth)
		return
	}
	for i, v := range list {
		r.storable(index(field, i), v, depth+1)
	}
}

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }
