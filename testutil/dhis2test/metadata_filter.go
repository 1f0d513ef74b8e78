package dhis2test

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// metaFilter is one filter of a metadata list: property:operator[:value].
// Unlike the tracker's (dhis2.md 1.5): eq and like mind the case, sw is
// unknown, an operator without its value is a 500.
type metaFilter struct {
	path     []string
	operator string
	value    string
}

var metaOperators = []string{ //nolint:gochecknoglobals // read-only table
	"eq", "ieq", "!eq", "neq", "ne", "gt", "ge", "gte", "lt", "le", "lte",
	"like", "!like", "ilike", "!ilike", "$like", "!$like", "$ilike", "!$ilike", "like$", "!like$", "ilike$", "!ilike$",
	"token", "!token", "in", "!in", "null", "!null", "empty", "startsWith", "startswith", "endsWith", "endswith",
}

func readMetaFilters(texts []string, known func(property string) bool) ([]metaFilter, *httpError) {
	var out []metaFilter
	for _, text := range texts {
		parts := strings.SplitN(text, ":", 3)
		if len(parts) < 2 {
			return nil, invalidParam("Invalid filter: %s", text)
		}
		f := metaFilter{path: strings.Split(parts[0], "."), operator: parts[1]}
		if !known(f.path[0]) {
			return nil, invalidParam("Unknown path property: %s", parts[0])
		}
		if !slices.Contains(metaOperators, f.operator) {
			return nil, invalidParam("`%s` is not a valid operator.", f.operator)
		}
		switch {
		case len(parts) == 3:
			f.value = parts[2]
		case f.operator != "null" && f.operator != "!null" && f.operator != "empty":
			return nil, &httpError{status: 500}
		}
		out = append(out, f)
	}
	return out, nil
}

// selected are the objects that the filters and the query parameter let
// through.
func (v viewer) selected(plural string, q url.Values) ([]object, *httpError) {
	known := map[string]bool{}
	var readable []object
	for _, o := range v.catalogue.all(plural) {
		if !v.canRead(o) {
			continue
		}
		full := v.full(plural, o)
		for key := range full {
			known[key] = true
		}
		readable = append(readable, full)
	}
	always := []string{"id", "code", "name", "shortName", "description", "displayName", "created", "lastUpdated", "identifiable", "parent", "optionSet", "path", "level"}
	filters, err := readMetaFilters(q["filter"], func(p string) bool {
		return known[p] || slices.Contains(always, p) || len(readable) == 0 || referenceKinds[p] != ""
	})
	if err != nil {
		return nil, err
	}
	either := strings.EqualFold(q.Get("rootJunction"), "OR")
	var out []object
	for _, o := range readable {
		if v.passes(o, filters, either) && v.answersQuery(o, q.Get("query")) {
			out = append(out, o)
		}
	}
	return out, nil
}

func (v viewer) passes(o object, filters []metaFilter, either bool) bool {
	if len(filters) == 0 {
		return true
	}
	for _, f := range filters {
		if f.match(v.values(o, f.path)) == either {
			return either
		}
	}
	return !either
}

// answersQuery: query= looks at names, and at ids and codes as a whole.
func (v viewer) answersQuery(o object, query string) bool {
	return query == "" || o["id"] == query || o["code"] == query ||
		strings.Contains(strings.ToLower(text(o["name"])), strings.ToLower(query))
}

// values are what a path leads to; collections give all of theirs.
func (v viewer) values(value any, path []string) []any {
	switch value := value.(type) {
	case []any:
		var out []any
		for _, item := range value {
			out = append(out, v.values(item, path)...)
		}
		if len(path) == 0 {
			return []any{len(value)}
		}
		return out
	case map[string]any:
		if len(path) == 0 {
			return []any{text(value["id"])}
		}
		if path[0] == "identifiable" {
			return []any{value["id"], value["code"], value["name"], value["shortName"]}
		}
		next := value[path[0]]
		if uid, ok := isReference(next); ok && len(path) > 1 {
			if o := v.catalogue.get(referenceKinds[path[0]], uid); o != nil {
				next = o
			}
		}
		if list, ok := next.([]any); ok && len(path) > 1 {
			return v.values(v.resolved(path[0], list), path[1:])
		}
		return v.values(next, path[1:])
	case nil:
		return nil
	default:
		return []any{value}
	}
}

func (v viewer) resolved(property string, list []any) []any {
	out := make([]any, len(list))
	for i, item := range list {
		out[i] = item
		if uid, ok := isReference(item); ok {
			if o := v.catalogue.get(referenceKinds[property], uid); o != nil {
				out[i] = o
			}
		}
	}
	return out
}

func (f metaFilter) match(values []any) bool {
	switch f.operator {
	case "null":
		return len(values) == 0
	case "!null":
		return len(values) > 0
	case "empty":
		return len(values) == 0 || values[0] == 0
	}
	negated := strings.HasPrefix(f.operator, "!") || f.operator == "ne" || f.operator == "neq"
	return slices.ContainsFunc(values, func(v any) bool { return f.holds(v) }) != negated
}

func (f metaFilter) holds(v any) bool {
	have, want := fmt.Sprint(v), f.value
	switch op := strings.TrimPrefix(f.operator, "!"); op {
	case "eq", "ne", "neq":
		return have == want
	case "in":
		return slices.Contains(strings.Split(strings.Trim(want, "[]"), ","), have)
	case "gt", "ge", "gte", "lt", "le", "lte":
		return compares(op, compareText(have, want))
	case "token":
		return hasTokens(have, want)
	case "startsWith", "startswith":
		return strings.HasPrefix(strings.ToLower(have), strings.ToLower(want))
	case "endsWith", "endswith":
		return strings.HasSuffix(strings.ToLower(have), strings.ToLower(want))
	default: // ieq and the like family
		if strings.Contains(op, "ilike") || op == "ieq" {
			have, want = strings.ToLower(have), strings.ToLower(want)
		}
		switch {
		case op == "ieq":
			return have == want
		case strings.HasPrefix(op, "$"):
			return strings.HasPrefix(have, want)
		case strings.HasSuffix(op, "$"):
			return strings.HasSuffix(have, want)
		}
		return strings.Contains(have, want)
	}
}

func compares(op string, order int) bool {
	switch op {
	case "gt":
		return order > 0
	case "ge", "gte":
		return order >= 0
	case "lt":
		return order < 0
	default:
		return order <= 0
	}
}

// compareText compares numbers as numbers, all else as text.
func compareText(a, b string) int {
	x, errA := strconv.ParseFloat(a, 64)
	y, errB := strconv.ParseFloat(b, 64)
	if errA == nil && errB == nil {
		return cmp.Compare(x, y)
	}
	return strings.Compare(a, b)
}

var wordBreak = regexp.MustCompile(`[^\p{L}\p{N}]+`)

// hasTokens: every word of want begins a word of have, in any case.
func hasTokens(have, want string) bool {
	words := wordBreak.Split(strings.ToLower(have), -1)
	for _, token := range wordBreak.Split(strings.ToLower(want), -1) {
		if !slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, token) }) {
			return false
		}
	}
	return true
}

// orderKey is one part of an order parameter.
type orderKey struct {
	property   string
	fold, down bool
}

// sortObjects orders by the order parameter, property[:asc|desc|iasc|idesc]
// joined by commas, and by name where that leaves a choice.
func sortObjects(objects []object, order string) {
	var keys []orderKey
	for part := range strings.SplitSeq(order, ",") {
		property, direction, _ := strings.Cut(strings.TrimSpace(part), ":")
		if property != "" {
			keys = append(keys, orderKey{property, strings.HasPrefix(direction, "i"), strings.HasSuffix(direction, "desc")})
		}
	}
	keys = append(keys, orderKey{property: "name"}, orderKey{property: "id"})
	slices.SortStableFunc(objects, func(a, b object) int {
		for _, k := range keys {
			if c := k.compare(a, b); c != 0 {
				if k.down {
					return -c
				}
				return c
			}
		}
		return 0
	})
}

// compare compares numbers as numbers, all else as text.
func (k orderKey) compare(a, b object) int {
	x, numberA := a[k.property].(float64)
	y, numberB := b[k.property].(float64)
	if numberA && numberB {
		return cmp.Compare(x, y)
	}
	left, right := orderText(a[k.property]), orderText(b[k.property])
	if k.fold {
		left, right = strings.ToLower(left), strings.ToLower(right)
	}
	return strings.Compare(left, right)
}

func orderText(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}
