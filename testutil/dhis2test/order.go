package dhis2test

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// sortKey is one field[:asc|desc] of the order parameter.
type sortKey struct {
	field string
	desc  bool
}

// readOrder parses the parameter's form; which fields may be named is the
// endpoint's matter.
func (p *exportParams) readOrder() []sortKey {
	var out []sortKey
	for part := range strings.SplitSeq(p.list("order"), ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		field, direction, _ := strings.Cut(part, ":")
		switch strings.ToLower(direction) {
		case "", "asc":
			out = append(out, sortKey{field: field})
		case "desc":
			out = append(out, sortKey{field: field, desc: true})
		default:
			p.fail(badRequest("Value '%s' is not valid for parameter order. '%s' is not a valid sort direction. Valid values are: [ASC, DESC].",
				p.list("order"), direction))
		}
	}
	return out
}

// checkOrder refuses fields that an endpoint does not know and fields named
// twice. uids says what a UID may stand for; empty where none may be given.
func checkOrder(keys []sortKey, fields []string, uids string) *httpError {
	fields = slices.Sorted(slices.Values(fields))
	supported := "Supported fields are '" + strings.Join(fields, ", ") + "'."
	if uids != "" {
		supported = "Supported are " + uids + " UIDs and fields '" + strings.Join(fields, ", ") + "'."
	}
	supported += " All of which can at most be specified once."

	var unknown, repeated []string
	seen := map[string]bool{}
	for _, k := range keys {
		if !slices.Contains(fields, k.field) && (uids == "" || !uidPattern.MatchString(k.field)) && !slices.Contains(unknown, k.field) {
			unknown = append(unknown, k.field)
		}
		if seen[k.field] && !slices.Contains(repeated, k.field) {
			repeated = append(repeated, k.field)
		}
		seen[k.field] = true
	}
	switch {
	case len(unknown) > 0:
		return invalidParam("order parameter is invalid. Cannot order by '%s'. %s", strings.Join(unknown, ", "), supported)
	case len(repeated) > 0:
		return invalidParam("order parameter is invalid. '%s' are repeated. %s", strings.Join(repeated, ", "), supported)
	}
	return nil
}

// compare orders two values of a column; a value that is absent (ok false) is
// the largest, as in PostgreSQL.
type comparer[T any] func(a, b T) int

// byText orders by a text column in code point order.
func byText[T any](value func(T) (string, bool)) comparer[T] {
	return func(a, b T) int {
		x, hasX := value(a)
		y, hasY := value(b)
		if hasX && hasY {
			return strings.Compare(x, y)
		}
		return absence(hasX, hasY)
	}
}

func byTime[T any](value func(T) *time.Time) comparer[T] {
	return func(a, b T) int {
		x, y := value(a), value(b)
		if x != nil && y != nil {
			return x.Compare(*y)
		}
		return absence(x != nil, y != nil)
	}
}

func byNumber[T any](value func(T) (float64, bool)) comparer[T] {
	return func(a, b T) int {
		x, hasX := value(a)
		y, hasY := value(b)
		if hasX && hasY {
			return cmp.Compare(x, y)
		}
		return absence(hasX, hasY)
	}
}

func byFlag[T any](value func(T) bool) comparer[T] {
	number := map[bool]float64{true: 1}
	return byNumber(func(v T) (float64, bool) { return number[value(v)], true })
}

func absence(hasA, hasB bool) int {
	switch {
	case hasA == hasB:
		return 0
	case hasA:
		return -1
	}
	return 1
}

// sortRows puts rows that are in order of creation into the order asked for.
// What the keys leave open is decided by the database id, so by the order of
// creation: newest first, or oldest first.
func sortRows[T any](rows []T, keys []sortKey, column func(field string) comparer[T], oldestFirst bool) []T {
	if !oldestFirst {
		slices.Reverse(rows)
	}
	if len(keys) == 0 {
		return rows
	}
	compare := make([]comparer[T], len(keys))
	for i, k := range keys {
		compare[i] = column(k.field)
	}
	slices.SortStableFunc(rows, func(a, b T) int {
		for i, k := range keys {
			if c := compare[i](a, b); c != 0 {
				if k.desc {
					return -c
				}
				return c
			}
		}
		return 0
	})
	return rows
}
