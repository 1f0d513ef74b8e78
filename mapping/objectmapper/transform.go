package objectmapper

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// TransformFunc is a function of the host that documents call by name, beside those of the fork.
// It must be safe for concurrent use and must not keep what it is given.
type TransformFunc func(call TransformCall) (TransformOutcome, error)

// TransformCall is what a [TransformFunc] is given.
type TransformCall struct {
	// Value is the JSON the rule read; null when there was nothing.
	Value json.RawMessage
	// Parameters is the JSON the document has; nil when it has none.
	Parameters json.RawMessage
	// Source and Target are the rule's paths.
	Source, Target string
}

// TransformOutcome is what a [TransformFunc] makes.
type TransformOutcome struct {
	// Value is the JSON to write to the rule's target; nil writes nothing.
	Value json.RawMessage
	// Merge is a JSON object whose members are merged into the root of the output; nil merges nothing.
	Merge json.RawMessage
}

// transform changes what a rule read. It returns done when there is nothing left to write.
type transform func(r *run, t *target, f found) (out found, done bool, err error)

// builtin returns the transforms of the fork (src/transform/), by name.
func builtin(name string) (transform, bool) {
	switch name {
	case "dateTimeToDate":
		return perValue(dateTimeToDate), true
	case "mapCodes":
		return mapCodes, true
	case "booleanFlip":
		return perValue(booleanFlip), true
	case "booleanify":
		return perItem(booleanify), true
	case "numberify":
		return perValue(numberify), true
	case "stringify":
		return perItem(stringify), true
	case "oneToAllElements":
		return oneToAllElements, true
	case "appendArray":
		return appendArray, true
	case "passThroughObject":
		return passThroughObject, true
	}
	return nil, false
}

func builtinNames() []string {
	return []string{
		"appendArray", "booleanFlip", "booleanify", "dateTimeToDate", "mapCodes", "numberify", "oneToAllElements", "passThroughObject",
		"stringify",
	}
}

type valueFunc func(r *run, t *target, v *value) (*value, error)

// perItem runs fn on every value a walk read, and on a list that was read whole as a whole.
func perItem(fn valueFunc) transform {
	return func(r *run, t *target, f found) (found, bool, error) {
		if t.rule.source.endsWithEach() {
			f = closeLists(&f, 1)
		}
		out, err := f.change(func(v *value) (*value, error) { return fn(r, t, v) })
		return out, false, err
	}
}

// perValue runs fn on every value, also on the elements of lists.
func perValue(fn valueFunc) transform {
	var deep valueFunc
	deep = func(r *run, t *target, v *value) (*value, error) {
		if !v.is(kindArray) {
			return fn(r, t, v)
		}
		out := newArray()
		for _, item := range v.list {
			if err := r.step(); err != nil {
				return nil, err
			}
			c, err := deep(r, t, item)
			if err != nil {
				return nil, err
			}
			out.list = append(out.list, c)
		}
		return out, nil
	}
	return func(r *run, t *target, f found) (found, bool, error) {
		out, err := f.change(func(v *value) (*value, error) { return deep(r, t, v) })
		return out, false, err
	}
}

// dateTimeToDate keeps what stands before the T; nothing and "" become null.
func dateTimeToDate(_ *run, _ *target, v *value) (*value, error) {
	if !v.truthy() {
		return newNull(), nil
	}
	if v.kind != kindString {
		return nil, errors.New("dateTimeToDate needs a text")
	}
	date, _, _ := strings.Cut(v.text, "T")
	return newString(date), nil
}

// booleanFlip turns true and false; anything else becomes null.
func booleanFlip(_ *run, _ *target, v *value) (*value, error) {
	switch {
	case v.is(kindTrue):
		return newBool(false), nil
	case v.is(kindFalse):
		return newBool(true), nil
	default:
		return newNull(), nil
	}
}

// booleanify is JavaScript's Boolean(), but the text "false" is false.
func booleanify(_ *run, _ *target, v *value) (*value, error) {
	if v.is(kindString) && strings.EqualFold(strings.TrimSpace(v.text), "false") {
		return newBool(false), nil
	}
	return newBool(v.truthy()), nil
}

// numberify reads numbers from texts; what is no number, also nothing and "", becomes null.
func numberify(r *run, t *target, v *value) (*value, error) {
	if v.absent() {
		return newNull(), nil
	}
	if v.kind == kindNumber {
		return v, nil
	}
	if v.kind == kindString {
		if literal, ok := numberText(v.text); ok {
			return newNumber(literal), nil
		}
	}
	r.remark(t, CodeNotNumber, "numberify was given what is no number; it became null")
	return newNull(), nil
}

// numberText reads a number as JavaScript's Number() does. It keeps every digit.
func numberText(s string) (string, bool) {
	s = strings.TrimSpace(s)
	if len(s) > 2 && s[0] == '0' && strings.ContainsRune("xXoObB", rune(s[1])) {
		if len(s) > 1000 || strings.Contains(s, "_") {
			return "", false
		}
		n, ok := new(big.Int).SetString(s, 0)
		if !ok {
			return "", false
		}
		return n.String(), true
	}
	negative := strings.HasPrefix(s, "-")
	digits := strings.TrimPrefix(strings.TrimPrefix(s, "-"), "+")
	if len(s)-len(digits) > 1 || digits == "" || len(digits) > 1000 {
		return "", false
	}
	mantissa, exponent, hasExponent := cutAny(digits, "eE")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if whole+fraction == "" || !allDigits(whole) || !allDigits(fraction) {
		return "", false
	}
	exp := 0
	if hasExponent {
		n, err := strconv.Atoi(exponent)
		if err != nil || max(n, -n) > maxExponent {
			return "", false
		}
		exp = n
	}
	whole = strings.TrimLeft(whole, "0")
	fraction = strings.TrimRight(fraction, "0")
	literal := plainNumber(whole, fraction, exp)
	if negative && literal != "0" {
		literal = "-" + literal
	}
	return literal, true
}

// plainNumber writes digits and exponent as JavaScript would, with every digit.
func plainNumber(whole, fraction string, exp int) string {
	for ; exp > 0 && len(whole) < 21; exp-- {
		next := "0"
		if fraction != "" {
			next, fraction = fraction[:1], fraction[1:]
		}
		whole = strings.TrimLeft(whole+next, "0")
	}
	for ; exp < 0 && len(fraction) < 7; exp++ {
		last := "0"
		if whole != "" {
			last, whole = whole[len(whole)-1:], whole[:len(whole)-1]
		}
		fraction = strings.TrimRight(last+fraction, "0")
	}
	if whole == "" {
		whole = "0"
	}
	if fraction != "" {
		whole += "." + fraction
	}
	if exp != 0 && whole != "0" {
		whole += "e" + strconv.Itoa(exp)
	}
	return whole
}

func cutAny(s, marks string) (before, after string, ok bool) {
	if i := strings.IndexAny(s, marks); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}

func allDigits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

// stringify leaves texts as they are and writes anything else as JSON.
func stringify(r *run, _ *target, v *value) (*value, error) {
	if v.is(kindString) {
		return v, nil
	}
	text := encode(v)
	if len(text) > r.limits.OutputBytes {
		return nil, &LimitError{What: "bytes of output", Limit: r.limits.OutputBytes}
	}
	return newString(string(text)), nil
}

// codeTable is the compiled parameters of one mapCodes.
type codeTable struct{ entries *value }

func compileCodes(params *value) (*codeTable, error) {
	if params == nil {
		return nil, errors.New("mapCodes needs parameters: an object of codes")
	}
	if params.kind != kindObject {
		return nil, errors.New("the parameters of mapCodes must be an object of codes")
	}
	return &codeTable{entries: params}, nil
}

// look returns what a code maps to, and whether the table knows it. The names "null" and "default" are those of the fork.
func (c *codeTable) look(v *value) (*value, bool) {
	key, ok := "", true
	switch {
	case v.absent():
		key = "null"
	case v.kind == kindString || v.kind == kindNumber:
		key = v.text
	case v.kind == kindTrue:
		key = "true"
	case v.kind == kindFalse:
		key = "false"
	default:
		ok = false
	}
	if ok && c.entries.has(key) {
		return c.entries.get(key), true
	}
	if c.entries.has("default") {
		return c.entries.get("default"), true
	}
	if v.absent() {
		return newNull(), true
	}
	return nil, false
}

func mapCodes(r *run, t *target, f found) (found, bool, error) {
	out, _, err := perValue(func(r *run, t *target, v *value) (*value, error) {
		mapped, known := t.codes.look(v)
		if !known {
			r.remark(t, CodeUnmappedCode, "the code is not in the table of mapCodes, which has no default; nothing was written")
		}
		return mapped, nil
	})(r, t, f)
	return out, err == nil && !out.many && out.val == nil, err
}

// oneToAllElements writes one value into every element of the arrays along the target.
func oneToAllElements(r *run, t *target, f found) (found, bool, error) {
	v := f.flat(true)
	if v.absent() && !t.path.KeepNull {
		return found{}, true, nil
	}
	out, ok, err := r.writer(t).setAll(r.out, t.path.Segments, v, false)
	if err != nil {
		return found{}, true, err
	}
	r.out = out
	if !ok {
		r.later = append(r.later, pending{target: t, val: v})
	}
	return found{}, true, nil
}

// appendArray adds the elements of a list to the array at the target.
func appendArray(r *run, t *target, f found) (found, bool, error) {
	v := f.flat(false)
	if v.absent() {
		return found{}, true, nil
	}
	if v.kind != kindArray {
		v = newArray(v)
	}
	w := r.writer(t)
	w.keepNull, w.whole = true, true
	out, err := w.set(r.out, t.append, found{val: v})
	if err == nil {
		r.out = out
	}
	return found{}, true, err
}

// passThroughObject merges an object's members into the root of the output.
func passThroughObject(r *run, t *target, f found) (found, bool, error) {
	v := f.flat(true)
	if v.absent() {
		return found{}, true, nil
	}
	if v.kind != kindObject {
		r.remark(t, CodeNoArray, "passThroughObject was given what is no object; nothing was merged")
		return found{}, true, nil
	}
	return found{}, true, r.merge(v)
}

// hostTransform calls a function of the host.
func hostTransform(fn TransformFunc) transform {
	return func(r *run, t *target, f found) (found, bool, error) {
		v := f.flat(true)
		call := TransformCall{Value: encode(v), Parameters: t.params, Source: t.rule.source.Text}
		if t.path != nil {
			call.Target = t.path.Text
		}
		outcome, err := fn(call)
		if err != nil {
			return found{}, true, fmt.Errorf("transform %s: %w", t.function, err)
		}
		if outcome.Merge != nil {
			merge, err := decode("the transform's result", outcome.Merge, r.limits)
			if err != nil {
				return found{}, true, err
			}
			if merge.kind != kindObject {
				return found{}, true, fmt.Errorf("transform %s: what it merges must be an object", t.function)
			}
			if err := r.merge(merge); err != nil {
				return found{}, true, err
			}
		}
		if outcome.Value == nil {
			return found{}, true, nil
		}
		out, err := decode("the transform's result", outcome.Value, r.limits)
		return found{val: out}, false, err
	}
}

func knownTransforms(host map[string]TransformFunc) string {
	names := append(builtinNames(), slices.Collect(maps.Keys(host))...)
	slices.Sort(names)
	return strings.Join(names, ", ")
}
