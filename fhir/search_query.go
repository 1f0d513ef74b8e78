package fhir

import (
	"net/url"
	"strings"
)

// Query is what a search or a condition asks for: all of its parameters must
// hold. It is a [SearchOption] and can be used again and again.
type Query []Param

// Where is a query of these parameters.
func Where(params ...Param) Query { return params }

func (s Query) applySearch(q *request) { q.query = append(q.query, s...) }

// ParseQuery reads a query as it stands in a URL:
// "identifier=urn:mrn|7&active=true". A leading question mark is left away.
func ParseQuery(raw string) (Query, error) {
	var out Query
	for part := range strings.SplitSeq(strings.TrimPrefix(raw, "?"), "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		name, err := url.QueryUnescape(name)
		if err != nil {
			return nil, &ArgumentError{Argument: "query", Reason: "the name of a parameter is not escaped well"}
		}
		value, err = url.QueryUnescape(value)
		if err != nil {
			return nil, &ArgumentError{Argument: "query", Reason: "a value is not escaped well"}
		}
		out = append(out, ByRaw(name, value))
	}
	if _, err := out.Encode(); err != nil {
		return nil, err
	}
	return out, nil
}

// Encode returns the query as it stands in a URL, without question mark. A
// parameter that cannot be sent gives an *[ArgumentError] with its name.
func (s Query) Encode() (string, error) {
	var b strings.Builder
	for i, p := range s {
		if p.reason != "" {
			return "", &ArgumentError{Argument: "search parameter " + tellableName(p.name), Reason: p.reason}
		}
		if i > 0 {
			b.WriteByte('&')
		}
		// Colons of modifiers stay readable; they are allowed in a query.
		b.WriteString(strings.ReplaceAll(url.QueryEscape(p.name), "%3A", ":"))
		b.WriteByte('=')
		b.WriteString(url.QueryEscape(p.value))
	}
	return b.String(), nil
}

// condition is the query as a condition of a write: something to search for,
// and nothing that shapes an answer.
func (s Query) condition() (string, error) {
	if len(s) == 0 {
		return "", &ArgumentError{Argument: "condition", Reason: "is empty; it would hold for every resource"}
	}
	for _, p := range s {
		if isResultParam(p.name) {
			return "", &ArgumentError{Argument: "condition", Reason: "cannot have " + tellableName(p.name)}
		}
	}
	return s.Encode()
}

// has reports whether the query has a parameter of this name.
func (s Query) has(name string) bool {
	for _, p := range s {
		if p.name == name {
			return true
		}
	}
	return false
}

func tellableName(name string) string {
	if !searchName.MatchString(name) {
		return "…"
	}
	return name
}
