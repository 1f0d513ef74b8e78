package dhis2test

import (
	"math/big"
	"net/http"
	"slices"
	"strings"
)

// valueFilter is a filter on the values of one attribute or data element.
type valueFilter struct {
	uid       string
	exists    bool // no operator: any value will do
	optional  bool // no operator, and a missing value will do as well
	tests     []filterTest
	asNumbers bool // compared as numbers, not as text
}

// numericTypes are the value types whose values are numbers.
var numericTypes = []string{ //nolint:gochecknoglobals // read-only table
	"INTEGER", "INTEGER_POSITIVE", "INTEGER_NEGATIVE", "INTEGER_ZERO_OR_POSITIVE", "NUMBER", "UNIT_INTERVAL", "PERCENTAGE",
}

// textOperators compare the text of a value, whatever its type.
var textOperators = []string{ //nolint:gochecknoglobals // read-only table
	"like", "ilike", "nlike", "nilike", "sw", "ew", "null", "nnull",
}

// attributeFilters checks the items of a filter on attributes.
func (s *Server) attributeFilters(items []filterItem) ([]valueFilter, *httpError) {
	out := make([]valueFilter, 0, len(items))
	for _, item := range items {
		a := s.meta.attributes[item.uid]
		if a == nil {
			return nil, invalidParam("attribute filters are invalid. Tracked entity attribute '%s' does not exist.", item.uid)
		}
		f := valueFilter{uid: item.uid, tests: item.tests, exists: len(item.tests) == 0}
		// 2.41 compares attributes as text, whatever their type (dhis2.md 0b.20).
		f.asNumbers = s.version.atLeast(2, 42) && slices.Contains(numericTypes, a.ValueType)
		if err := f.checkNumbers("attribute", a.ValueType); err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

// dataElementFilters checks the items of a filter on data elements.
func (s *Server) dataElementFilters(items []filterItem) ([]valueFilter, *httpError) {
	out := make([]valueFilter, 0, len(items))
	for _, item := range items {
		d := s.meta.dataElements[item.uid]
		if d == nil {
			return nil, invalidParam("filter is invalid. Data element '%s' does not exist.", item.uid)
		}
		f := valueFilter{uid: item.uid, tests: item.tests, exists: len(item.tests) == 0}
		if s.version.before(2, 42) {
			f.exists, f.optional = false, f.exists
		}
		f.asNumbers = slices.Contains(numericTypes, d.ValueType)
		if f.asNumbers && s.version.before(2, 42) && slices.ContainsFunc(f.tests, filterTest.comparesText) {
			return nil, sqlError("07006", "SqlState: 07006")
		}
		if err := f.checkNumbers("data element", d.ValueType); err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

// sqlError is a statement that the database refuses, as 2.41 and 2.43 report
// it.
func sqlError(state, text string) *httpError {
	return &httpError{
		status:  http.StatusConflict,
		message: "Query failed because of a syntax error (SqlState: " + state + ")",
		code:    "E7145", detail: text,
	}
}

func (t filterTest) comparesText() bool { return slices.Contains(textOperators, t.op) }

// checkNumbers refuses values that are no numbers where numbers are compared.
func (f valueFilter) checkNumbers(kind, valueType string) *httpError {
	if !f.asNumbers {
		return nil
	}
	for _, t := range f.tests {
		if t.comparesText() {
			continue
		}
		for _, v := range t.values() {
			if parseNumber(v) == nil {
				return badRequest("Filter for %[1]s %[2]s is invalid. The %[1]s value type is %[3]s but the value `%[4]s` is not.", kind, f.uid, valueType, v)
			}
		}
	}
	return nil
}

// values are the alternatives of in, or the one value of another operator.
func (t filterTest) values() []string {
	if t.op == "in" {
		return strings.Split(t.value, ";")
	}
	return []string{t.value}
}

// match tells whether a value passes; held is nil where there is none.
func (f valueFilter) match(held string, has bool) bool {
	if f.exists && !has {
		return false
	}
	for _, t := range f.tests {
		switch {
		case t.op == "null":
			if has {
				return false
			}
		case !has:
			return false
		case t.op == "nnull":
		case f.asNumbers && !t.comparesText():
			if !t.matchNumber(held) {
				return false
			}
		case !t.matchText(held):
			return false
		}
	}
	return true
}

// matchText compares without regard to case, as DHIS2 does even for eq; by
// code points, so with accents.
func (t filterTest) matchText(held string) bool {
	held, want := strings.ToLower(held), strings.ToLower(t.value)
	switch t.op {
	case "eq", "ieq":
		return held == want
	case "ne", "neq", "nieq":
		return held != want
	case "gt":
		return held > want
	case "ge":
		return held >= want
	case "lt":
		return held < want
	case "le":
		return held <= want
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

func (t filterTest) matchNumber(held string) bool {
	number := parseNumber(held)
	if number == nil {
		return false
	}
	if t.op == "in" {
		return slices.ContainsFunc(t.values(), func(v string) bool { return number.Cmp(parseNumber(v)) == 0 })
	}
	c := number.Cmp(parseNumber(t.value))
	switch t.op {
	case "eq", "ieq":
		return c == 0
	case "ne", "neq", "nieq":
		return c != 0
	case "gt":
		return c > 0
	case "ge":
		return c >= 0
	case "lt":
		return c < 0
	default: // le
		return c <= 0
	}
}

// maxNumberLength bounds what is read as a number.
const maxNumberLength = 400

// parseNumber reads a decimal number; nil when it is none.
func parseNumber(text string) *big.Rat {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > maxNumberLength || strings.ContainsAny(text, "/_xXpPbBoOeE") {
		return nil
	}
	n, ok := new(big.Rat).SetString(text)
	if !ok {
		return nil
	}
	return n
}
