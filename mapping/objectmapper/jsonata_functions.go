package objectmapper

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// function is one function of JSONata that is converted.
type function struct {
	min, max int
	lambda   bool // the second argument is a function
	run      func(e *evaluator, args []*value) (*value, error)
}

// jsonataFunction returns a converted function by its name without $.
func jsonataFunction(name string) (function, bool) {
	switch name {
	case "exists":
		return plain(1, 1, func(a []*value) (*value, error) { return newBool(a[0] != nil), nil }), true
	case "boolean":
		return strict(1, func(a []*value) (*value, error) { return newBool(jsonataTrue(a[0])), nil }), true
	case "not":
		return strict(1, func(a []*value) (*value, error) { return newBool(!jsonataTrue(a[0])), nil }), true
	case "string":
		return function{min: 1, max: 1, run: toText}, true
	case "number":
		return strict(1, toNumber), true
	case "now", "millis":
		return function{min: 0, max: 0, run: clock(name)}, true
	case "toMillis":
		return strict(1, toMillis), true
	case "count":
		return plain(1, 1, func(a []*value) (*value, error) { return newNumber(strconv.Itoa(len(items(a[0])))), nil }), true
	case "append":
		return function{min: 2, max: 2, run: appendLists}, true
	case "map", "filter":
		return function{min: 2, max: 2, lambda: true}, true
	}
	if fn, ok := textFunction(name); ok {
		return fn, true
	}
	return numberFunction(name)
}

func plain(least, most int, run func([]*value) (*value, error)) function {
	return function{min: least, max: most, run: func(_ *evaluator, args []*value) (*value, error) { return run(args) }}
}

// strict is a function that gives undefined when its first argument is.
func strict(n int, run func([]*value) (*value, error)) function {
	return plain(n, n, func(args []*value) (*value, error) {
		if args[0] == nil {
			return nil, nil
		}
		return run(args)
	})
}

func textFunction(name string) (function, bool) {
	text := func(n int, run func(s string, args []*value) (*value, error)) (function, bool) {
		return strict(n, func(args []*value) (*value, error) {
			for i, arg := range args {
				if !arg.is(kindString) {
					return nil, fmt.Errorf("argument %d of $%s must be a text", i+1, name)
				}
			}
			return run(args[0].text, args)
		}), true
	}
	switch name {
	case "uppercase":
		return text(1, func(s string, _ []*value) (*value, error) { return newString(strings.ToUpper(s)), nil })
	case "lowercase":
		return text(1, func(s string, _ []*value) (*value, error) { return newString(strings.ToLower(s)), nil })
	case "trim":
		return text(1, func(s string, _ []*value) (*value, error) {
			return newString(strings.Join(strings.Fields(s), " ")), nil
		})
	case "length":
		return text(1, func(s string, _ []*value) (*value, error) {
			return newNumber(strconv.Itoa(utf8.RuneCountInString(s))), nil
		})
	case "contains":
		return text(2, func(s string, a []*value) (*value, error) { return newBool(strings.Contains(s, a[1].text)), nil })
	case "substringBefore":
		return text(2, func(s string, a []*value) (*value, error) {
			before, _, _ := strings.Cut(s, a[1].text)
			return newString(before), nil
		})
	case "substringAfter":
		return text(2, func(s string, a []*value) (*value, error) {
			if _, after, ok := strings.Cut(s, a[1].text); ok {
				return newString(after), nil
			}
			return newString(s), nil
		})
	case "substring":
		return function{min: 2, max: 3, run: substring}, true
	case "join":
		return function{min: 1, max: 2, run: join}, true
	}
	return function{}, false
}

func numberFunction(name string) (function, bool) {
	single := func(run func(float64) float64) (function, bool) {
		return strict(1, func(args []*value) (*value, error) {
			x, err := number(args[0], "$"+name)
			if err != nil {
				return nil, err
			}
			return finite(run(x))
		}), true
	}
	fold := func(run func([]float64) float64) (function, bool) {
		return strict(1, func(args []*value) (*value, error) {
			var list []float64
			for _, item := range items(args[0]) {
				x, err := number(item, "$"+name)
				if err != nil {
					return nil, err
				}
				list = append(list, x)
			}
			if len(list) == 0 && name != "sum" {
				return nil, nil
			}
			return finite(run(list))
		}), true
	}
	sum := func(list []float64) float64 {
		total := 0.0
		for _, x := range list {
			total += x
		}
		return total
	}
	switch name {
	case "floor":
		return single(math.Floor)
	case "ceil":
		return single(math.Ceil)
	case "abs":
		return single(math.Abs)
	case "round":
		return function{min: 1, max: 2, run: round}, true
	case "sum":
		return fold(sum)
	case "average":
		return fold(func(list []float64) float64 { return sum(list) / float64(len(list)) })
	case "max":
		return fold(func(list []float64) float64 {
			most := list[0]
			for _, x := range list {
				most = max(most, x)
			}
			return most
		})
	case "min":
		return fold(func(list []float64) float64 {
			least := list[0]
			for _, x := range list {
				least = min(least, x)
			}
			return least
		})
	}
	return function{}, false
}

func (e *evaluator) call(n *node, f frame) (*value, error) {
	fn, ok := jsonataFunction(n.text)
	if !ok {
		return nil, errors.New("unknown function $" + n.text)
	}
	first := n.args
	if fn.lambda {
		first = n.args[:1]
	}
	args := make([]*value, 0, 3)
	for _, arg := range first {
		v, err := e.eval(arg, f)
		if err != nil {
			return nil, err
		}
		args = append(args, v)
	}
	if !fn.lambda {
		return fn.run(e, args)
	}
	return e.each(n, f, args[0])
}

// each runs $map and $filter.
func (e *evaluator) each(n *node, f frame, list *value) (*value, error) {
	lambda := n.args[1]
	whole := newArray(items(list)...)
	var out []*value
	for i, item := range items(list) {
		bound := frame{context: f.context, names: append(f.names[:len(f.names):len(f.names)], lambda.names...)}
		bound.vals = append(f.vals[:len(f.vals):len(f.vals)], []*value{item, newNumber(strconv.Itoa(i)), whole}[:len(lambda.names)]...)
		v, err := e.eval(lambda.args[0], bound)
		if err != nil {
			return nil, err
		}
		switch {
		case n.text == "filter" && jsonataTrue(v):
			out = append(out, item)
		case n.text == "map" && v != nil:
			out = append(out, v)
		}
	}
	return sequence(out), nil
}

func toNumber(args []*value) (*value, error) {
	switch v := args[0]; v.kind {
	case kindNumber:
		return v, nil
	case kindTrue:
		return newNumber("1"), nil
	case kindFalse:
		return newNumber("0"), nil
	case kindString:
		if v.text != strings.TrimSpace(v.text) {
			break
		}
		if literal, ok := numberText(v.text); ok {
			return newNumber(literal), nil
		}
	case kindNull, kindArray, kindObject:
	}
	return nil, errors.New("$number cannot read the value")
}

func clock(name string) func(*evaluator, []*value) (*value, error) {
	return func(e *evaluator, _ []*value) (*value, error) {
		if e.now.IsZero() {
			return nil, fmt.Errorf("$%s needs the time: set Data.Now", name)
		}
		if name == "millis" {
			return newNumber(strconv.FormatInt(e.now.UnixMilli(), 10)), nil
		}
		return newString(e.now.UTC().Format("2006-01-02T15:04:05.000Z")), nil
	}
}

func toMillis(args []*value) (*value, error) {
	if args[0].kind != kindString {
		return nil, errors.New("$toMillis needs a text")
	}
	for _, layout := range [...]string{
		"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02", "2006-01", "2006",
	} {
		if t, err := time.Parse(layout, args[0].text); err == nil {
			return newNumber(strconv.FormatInt(t.UnixMilli(), 10)), nil
		}
	}
	return nil, errors.New("$toMillis cannot read the time; it must be ISO 8601")
}

func toText(e *evaluator, args []*value) (*value, error) {
	if args[0] == nil {
		return nil, nil //nolint:nilnil // undefined
	}
	s, err := e.text(args[0])
	return newString(s), err
}

func appendLists(e *evaluator, args []*value) (*value, error) {
	if args[0] == nil {
		return args[1], nil
	}
	if args[1] == nil {
		return args[0], nil
	}
	out := newArray(items(args[0])...)
	out.list = append(out.list[:len(out.list):len(out.list)], items(args[1])...)
	return out, e.spend(len(out.list), 0)
}

func substring(_ *evaluator, args []*value) (*value, error) {
	if args[0] == nil {
		return nil, nil //nolint:nilnil // undefined
	}
	if args[0].kind != kindString {
		return nil, errors.New("$substring needs a text")
	}
	runes := []rune(args[0].text)
	at := func(v *value) (int, error) {
		x, err := number(v, "$substring")
		return int(math.Trunc(max(-1e9, min(x, 1e9)))), err
	}
	start, err := at(args[1])
	if err != nil {
		return nil, err
	}
	if start < 0 {
		start += len(runes)
	}
	start = max(0, min(start, len(runes)))
	end := len(runes)
	if len(args) > 2 {
		n, err := at(args[2])
		if err != nil {
			return nil, err
		}
		end = max(start, min(end, start+n))
	}
	return newString(string(runes[start:end])), nil
}

func join(e *evaluator, args []*value) (*value, error) {
	if args[0] == nil {
		return nil, nil //nolint:nilnil // undefined
	}
	separator := ""
	if len(args) > 1 && args[1] != nil {
		if args[1].kind != kindString {
			return nil, errors.New("the separator of $join must be a text")
		}
		separator = args[1].text
	}
	var parts []string
	size := 0
	for _, item := range items(args[0]) {
		if !item.is(kindString) {
			return nil, errors.New("$join needs a list of texts")
		}
		size += len(item.text) + len(separator)
		parts = append(parts, item.text)
	}
	if err := e.spend(len(parts), size); err != nil {
		return nil, err
	}
	return newString(strings.Join(parts, separator)), nil
}

// round rounds half to even at a decimal place, as JSONata does.
func round(_ *evaluator, args []*value) (*value, error) {
	if args[0] == nil {
		return nil, nil //nolint:nilnil // undefined
	}
	x, err := number(args[0], "$round")
	if err != nil {
		return nil, err
	}
	places := 0.0
	if len(args) > 1 && args[1] != nil {
		if places, err = number(args[1], "$round"); err != nil {
			return nil, err
		}
	}
	if math.Abs(places) > 15 || places != math.Trunc(places) {
		return nil, errors.New("$round needs whole places from -15 to 15")
	}
	scale := math.Pow(10, places)
	return finite(math.RoundToEven(x*scale) / scale)
}
