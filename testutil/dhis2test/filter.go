package dhis2test

import (
	"net/http"
	"slices"
	"strings"
)

// attributeFilter is one attribute of a filter parameter with its operators:
// uid[:op[:value]]… (dhis2.md 1.3). Without an operator it asks for any value.
type attributeFilter struct {
	attribute string
	tests     []filterTest
}

type filterTest struct{ op, value string }

type attributeFilters []attributeFilter

// maxFilterOperators is how many a real server takes for one attribute.
const maxFilterOperators = 3

// readFilters parses the filter parameters: repeated and comma-joined mean the
// same; "/" escapes ",", ":" and "/".
func (s *Server) readFilters(params []string) (attributeFilters, *httpError) {
	var out attributeFilters
	for _, text := range splitEscaped(strings.Join(params, ","), ',') {
		if text == "" {
			continue
		}
		parts := splitEscaped(text, ':')
		for i := range parts {
			parts[i] = unescape(parts[i])
		}
		f := attributeFilter{attribute: parts[0]}
		if s.meta.attributes[f.attribute] == nil {
			return nil, invalidParam("filter is invalid. Tracked entity attribute does not exist: %s", f.attribute)
		}
		for rest := parts[1:]; len(rest) > 0; {
			op := strings.ToLower(rest[0])
			switch {
			case op == "null" || op == "!null":
				f.tests, rest = append(f.tests, filterTest{op: op}), rest[1:]
			case !slices.Contains([]string{"eq", "ieq", "ne", "neq", "nieq", "like", "ilike", "nlike", "nilike", "sw", "ew", "in"}, op):
				return nil, &httpError{status: http.StatusNotImplemented, message: "dhis2test does not cover the filter operator " + rest[0]}
			case len(rest) < 2:
				return nil, invalidParam("filter=%s is invalid. Binary operator '%s' must have a value.", text, rest[0])
			default:
				f.tests, rest = append(f.tests, filterTest{op: op, value: rest[1]}), rest[2:]
			}
		}
		if len(f.tests) > maxFilterOperators {
			return nil, invalidParam("filter=%s is invalid. A maximum of three operators can be used in a filter.", text)
		}
		out = append(out, f)
	}
	return out, nil
}

func (f attributeFilters) match(e *entity) bool {
	for _, a := range f {
		held, has := e.attributes.get(a.attribute)
		if len(a.tests) == 0 && !has {
			return false
		}
		for _, t := range a.tests {
			if !t.match(held, has) {
				return false
			}
		}
	}
	return true
}

// match compares without regard to case, as DHIS2 does even for eq.
func (t filterTest) match(held string, has bool) bool {
	held, want := strings.ToLower(held), strings.ToLower(t.value)
	switch t.op {
	case "null":
		return !has
	case "!null":
		return has
	}
	if !has {
		return false
	}
	switch t.op {
	case "eq", "ieq":
		return held == want
	case "ne", "neq", "nieq":
		return held != want
	case "like", "ilike":
		return strings.Contains(held, want)
	case "nlike", "nilike":
		return !strings.Contains(held, want)
	case "sw":
		return strings.HasPrefix(held, want)
	case "ew":
		return strings.HasSuffix(held, want)
	default: // in
		return slices.Contains(strings.Split(want, ";"), held)
	}
}

// splitEscaped splits at a separator that no "/" stands before.
func splitEscaped(text string, separator byte) []string {
	out, start := []string{}, 0
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '/' && i+1 < len(text) && strings.IndexByte(",:/", text[i+1]) >= 0:
			i++
		case text[i] == separator:
			out, start = append(out, text[start:i]), i+1
		}
	}
	return append(out, text[start:])
}

func unescape(text string) string {
	return strings.NewReplacer("//", "/", "/,", ",", "/:", ":").Replace(text)
}
