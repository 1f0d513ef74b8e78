package fhir

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/openhim/mediator-go/fhir/internal/edit"
	"github.com/openhim/mediator-go/fhir/internal/elements"
	"github.com/openhim/mediator-go/fhir/internal/prune"
)

// splitPath takes a path of Set or Delete apart.
func splitPath(path string) ([]string, error) {
	var steps []string
	var step strings.Builder
	escaped := false
	for _, c := range path {
		switch {
		case escaped:
			step.WriteRune(c)
			escaped = false
		case c == '\\':
			escaped = true
		case c == '.':
			steps = append(steps, step.String())
			step.Reset()
		case strings.ContainsRune(`#*?|@[]()`, c):
			return nil, problem("only names and indexes with dots between them can be written to, such as name.0.given.1")
		default:
			step.WriteRune(c)
		}
	}
	steps = append(steps, step.String())
	if slices.Contains(steps, "") {
		return nil, problem("a step of the path is empty")
	}
	if isIndex(steps[0]) {
		return nil, problem("a path begins with the name of an element")
	}
	return steps, nil
}

func isIndex(step string) bool {
	if step == "-1" {
		return true
	}
	for i := range len(step) {
		if step[i] < '0' || step[i] > '9' {
			return false
		}
	}
	return true
}

// indexOf is the index that a step names in an array of n elements, n itself
// for one to append.
func indexOf(step string, n int, name string) (int, error) {
	if step == "-1" {
		return n, nil
	}
	if !isIndex(step) {
		return 0, problem("%s repeats: name an index, %s.0, or %s.-1 to append", name, name, name)
	}
	i, err := strconv.Atoi(step)
	if err != nil || i > n {
		return 0, problem("%s has %d elements: %s is beyond the next", name, n, step)
	}
	return i, nil
}

func elementsOf(a *edit.Array) []edit.Element {
	all := make([]edit.Element, 0, a.Len()+1)
	for i := range a.Len() {
		all = append(all, edit.Element{From: i, Value: a.Item(i)})
	}
	return all
}

func null() edit.Element { return edit.Element{From: -1, Value: []byte("null")} }

// repeats reports whether an element is a list, if that is known.
func repeats(typ *elements.Type, key string) (list, known bool) {
	if typ == nil {
		return false, false
	}
	el, _, ok := typ.Element(strings.TrimPrefix(key, "_"))
	if !ok {
		return false, false
	}
	return el.List(), true
}

// onlyAlternative refuses a second alternative of a choice.
func onlyAlternative(o *edit.Object, typ *elements.Type, key string) error {
	if typ == nil {
		return nil
	}
	el, _, ok := typ.Element(key)
	if !ok || !el.Choice {
		return nil
	}
	for _, k := range o.Keys() {
		if other, _, ok := typ.Element(k); ok && other == el && k != key {
			return problem("%s is set already: delete it first, as only one alternative of %s[x] may stand", k, el.Name)
		}
	}
	return nil
}

// fitting refuses a value that JSON has in another form for this type.
func fitting(value []byte, shape prune.Shape, key string) error {
	var want string
	first := value[0]
	isNumber := first == '-' || (first >= '0' && first <= '9')
	switch shape.Code {
	case "":
		if shape.Type != nil && first != '{' && first != 'n' {
			want = "an object"
		}
	case "boolean":
		if first != 't' && first != 'f' {
			want = "true or false"
		}
	case "integer", "positiveInt", "unsignedInt":
		if !isNumber || bytes.ContainsAny(value, ".eE") {
			want = "a whole number"
		}
	case "decimal":
		if !isNumber {
			want = "a number"
		}
	default:
		if object := shape.Type != nil || shape.Code == "Resource"; object && first != '{' {
			want = "an object"
		} else if !object && first != '"' {
			want = "a string"
		}
	}
	if want == "" {
		return nil
	}
	return problem("%s wants %s", key, want)
}

// compact is the JSON without white space.
func compact(text []byte) []byte {
	var b bytes.Buffer
	if err := json.Compact(&b, text); err != nil {
		return text // was found valid before
	}
	return b.Bytes()
}
