package mongo

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

func isPattern(v any) bool { _, ok := v.(*regexp.Regexp); return ok }

func hasOperators(d Doc) bool {
	for key := range d {
		if strings.HasPrefix(key, "$") {
			return true
		}
	}
	return false
}

// matches tells whether a document meets a filter. Equality, dotted paths through
// lists, *regexp.Regexp values, $and, $or, $nor and the operators of condition are
// known; anything else is an error with MongoDB's text.
func (c *Collection) matches(doc, filter Doc) (bool, error) {
	for path, want := range filter {
		var ok bool
		var err error
		switch {
		case path == "$and" || path == "$or" || path == "$nor":
			ok, err = c.matchesClauses(doc, path, want)
		case strings.HasPrefix(path, "$"):
			err = serverError(c.db.dialect, "unknown top level operator: %s", path)
		default:
			ok, err = c.condition(resolve(doc, strings.Split(path, ".")), want)
		}
		if !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}

func (c *Collection) matchesClauses(doc Doc, op string, want any) (bool, error) {
	list, isList := want.([]any)
	if !isList || len(list) == 0 {
		return false, serverError(c.db.dialect, "%s must be an array", op)
	}
	some := false
	for _, clause := range list {
		sub, isDoc := clause.(Doc)
		if !isDoc {
			return false, serverError(c.db.dialect, "$or/$and/$nor entries need to be full objects")
		}
		ok, err := c.matches(doc, sub)
		if err != nil {
			return false, err
		}
		if op == "$and" && !ok {
			return false, nil
		}
		some = some || ok
	}
	return some == (op != "$nor"), nil
}

// values are what a path leads to: several when it goes through a list.
type values struct {
	list []any
	// whole holds the lists themselves, for $size, $all and equality with a list.
	whole []any
}

func (v values) missing() bool { return len(v.list) == 0 && len(v.whole) == 0 }

func resolve(v any, path []string) values {
	if len(path) == 0 {
		if list, isList := v.([]any); isList {
			return values{list: list, whole: []any{list}}
		}
		return values{list: []any{v}}
	}
	var out values
	add := func(more values) {
		out.list = append(out.list, more.list...)
		out.whole = append(out.whole, more.whole...)
	}
	switch v := v.(type) {
	case Doc:
		if next, has := v[path[0]]; has {
			add(resolve(next, path[1:]))
		}
	case []any:
		if i, ok := listIndex(path[0], len(v)); ok {
			add(resolve(v[i], path[1:]))
		}
		for _, element := range v {
			if _, isDoc := element.(Doc); isDoc {
				add(resolve(element, path))
			}
		}
	}
	return out
}

func (c *Collection) condition(have values, want any) (bool, error) {
	operators, isDoc := want.(Doc)
	if !isDoc || !hasOperators(operators) {
		return equals(have, want), nil
	}
	for op, operand := range operators {
		ok, err := c.compare(have, op, operand, operators)
		if !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}

func equals(have values, want any) bool {
	if want == nil && have.missing() {
		return true
	}
	if pattern, isPattern := want.(*regexp.Regexp); isPattern {
		return anyOf(have.list, func(v any) bool { s, ok := v.(string); return ok && pattern.MatchString(s) })
	}
	same := func(v any) bool { return Equal(v, want) }
	return anyOf(have.list, same) || anyOf(have.whole, same)
}

func anyOf(list []any, test func(any) bool) bool {
	return slices.ContainsFunc(list, test)
}

func (c *Collection) compare(have values, op string, operand any, all Doc) (bool, error) {
	switch op {
	case "$eq":
		return equals(have, operand), nil
	case "$ne":
		return !equals(have, operand), nil
	case "$gt", "$gte", "$lt", "$lte":
		return anyOf(have.list, func(v any) bool {
			order, ok := compareValues(v, operand)
			return ok && (op == "$gt" && order > 0 || op == "$gte" && order >= 0 || op == "$lt" && order < 0 || op == "$lte" && order <= 0)
		}), nil
	case "$in", "$nin", "$all":
		return c.compareList(have, op, operand)
	case "$exists":
		wanted := operand != nil && operand != false && operand != 0.0
		return wanted != have.missing(), nil
	case "$size":
		size, _ := cloneNumber(operand).(float64)
		return anyOf(have.whole, func(v any) bool { list, ok := v.([]any); return ok && float64(len(list)) == size }), nil
	case "$not":
		ok, err := c.condition(have, operand)
		return !ok, err
	case "$elemMatch":
		return c.elemMatch(have, operand)
	case "$regex":
		return c.regex(have, operand, all["$options"])
	case "$options":
		return true, nil
	default:
		return false, serverError(c.db.dialect, "unknown operator: %s", op)
	}
}

func (c *Collection) compareList(have values, op string, operand any) (bool, error) {
	list, isList := operand.([]any)
	if !isList {
		return false, serverError(c.db.dialect, "%s needs an array", op)
	}
	found := 0
	for _, want := range list {
		if equals(have, want) {
			found++
		}
	}
	switch op {
	case "$in":
		return found > 0, nil
	case "$nin":
		return found == 0, nil
	default:
		return found == len(list) && found > 0, nil
	}
}

func (c *Collection) elemMatch(have values, operand any) (bool, error) {
	want, _ := operand.(Doc)
	for _, element := range have.list {
		var ok bool
		var err error
		if doc, isDoc := element.(Doc); isDoc {
			ok, err = c.matches(doc, want)
		} else {
			ok, err = c.condition(values{list: []any{element}}, want)
		}
		if ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

func (c *Collection) regex(have values, operand, options any) (bool, error) {
	if pattern, ok := operand.(*regexp.Regexp); ok {
		return equals(have, pattern), nil
	}
	text, _ := operand.(string)
	if flags, _ := options.(string); flags != "" {
		text = "(?" + strings.Map(func(r rune) rune {
			if strings.ContainsRune("ims", r) {
				return r
			}
			return -1
		}, flags) + ")" + text
		text = strings.TrimPrefix(text, "(?)")
	}
	pattern, err := regexp.Compile(text)
	if err != nil {
		return false, serverError(c.db.dialect, "Regular expression is invalid: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	return equals(have, pattern), nil
}

// compareValues orders two values of one kind; values of different kinds do not
// compare, as in MongoDB's range operators.
func compareValues(a, b any) (int, bool) {
	switch a := cloneNumber(a).(type) {
	case float64:
		b, ok := cloneNumber(b).(float64)
		return order(a < b, a > b), ok
	case string:
		b, ok := b.(string)
		return strings.Compare(a, b), ok
	case ObjectID:
		b, ok := b.(ObjectID)
		return strings.Compare(string(a), string(b)), ok
	case time.Time:
		b, ok := b.(time.Time)
		return a.Compare(b), ok
	case bool:
		b, ok := b.(bool)
		return order(!a && b, a && !b), ok
	default:
		return 0, a == nil && b == nil
	}
}

func order(less, more bool) int {
	switch {
	case less:
		return -1
	case more:
		return 1
	default:
		return 0
	}
}

// sortOrder compares values of any kinds: missing and null first, then by kind.
func sortOrder(a, b any) int {
	if ra, rb := rank(a), rank(b); ra != rb {
		return order(ra < rb, ra > rb)
	}
	n, _ := compareValues(a, b)
	return n
}

func rank(v any) int {
	switch cloneNumber(v).(type) {
	case nil:
		return 0
	case float64:
		return 1
	case string:
		return 2
	case Doc:
		return 3
	case []any:
		return 4
	case ObjectID:
		return 5
	case bool:
		return 6
	default:
		return 7
	}
}
