// Package path reads values by gjson's path syntax, as far as a mapping may use it: names,
// escapes, indexes, #, #(name op literal) and #(…)#. What would reorder, re-serialise or
// hide a mistyped name (modifiers, multipaths, wildcards) does not parse.
package path

import (
	"strconv"
	"strings"

	"github.com/openhim/mediator-go/mapping/internal/decimal"
	"github.com/openhim/mediator-go/mapping/internal/tape"
)

type stepKind uint8

const (
	stepName  stepKind = iota // a member; digits are an index when they meet an array
	stepEach                  // # : the rest for each item, or the number of items
	stepFirst                 // #(…) : the first item that matches
	stepAll                   // #(…)# : the items that match
)

// Step is one part of a path.
type Step struct {
	kind  stepKind
	name  string
	index int // -1 when name is no index
	query *query
}

type query struct {
	left  []Step
	op    string
	text  string // the literal, as it is compared with text
	isNum bool   // it stands without quotes
	spell bool   // it is a number, or a text that spells one
}

// Name returns the member's name when the step is nothing but that.
func (s Step) Name() (string, bool) { return s.name, s.kind == stepName && s.index < 0 }

// Index returns the item's number when the step is one.
func (s Step) Index() (int, bool) { return s.index, s.kind == stepName && s.index >= 0 }

// Match returns the name and the text that a step #(name=="text") looks for.
func (s Step) Match() (name, text string, ok bool) {
	if s.kind != stepFirst || s.query.op != "==" || len(s.query.left) != 1 || s.query.isNum {
		return "", "", false
	}
	name, plain := s.query.left[0].Name()
	return name, s.query.text, plain
}

// Many reports whether the path gives an array of what it finds.
func Many(steps []Step) bool {
	for i, s := range steps {
		if s.kind == stepAll || s.kind == stepEach && i+1 < len(steps) {
			return true
		}
	}
	return false
}

// String writes the path so that Parse reads the same.
func String(steps []Step) string { return written(steps, "") }

// written writes steps; in a query, what ends a name there is escaped too.
func written(steps []Step, ends string) string {
	parts := make([]string, len(steps))
	for i, s := range steps {
		switch s.kind {
		case stepName:
			parts[i] = escape(s.name, ends)
		case stepEach:
			parts[i] = "#"
		case stepFirst, stepAll:
			literal := s.query.text
			if !s.query.isNum && literal != "true" && literal != "false" {
				literal = strconv.Quote(literal)
			}
			parts[i] = "#(" + written(s.query.left, endsInQuery) + s.query.op + literal + ")"
			if s.kind == stepAll {
				parts[i] += "#"
			}
		}
	}
	return strings.Join(parts, ".")
}

// Escape writes a name as a part of a path.
func Escape(name string) string { return escape(name, "") }

// endsInQuery are the characters that end a name in a query.
const endsInQuery = "=!<>%~) "

func escape(name, ends string) string {
	var out strings.Builder
	for i, r := range name {
		if strings.ContainsRune(`.*?|#\`, r) || strings.ContainsRune(ends, r) || i == 0 && strings.ContainsRune(`@!{[`, r) {
			out.WriteByte('\\')
		}
		out.WriteRune(r)
	}
	return out.String()
}

// Reader follows paths. It is not for concurrent use.
type Reader struct {
	Heap  *tape.Doc // where arrays of what was found are made
	Seen  int       // members and items looked at, for the caller to count and to set back
	found []tape.Value
	text  []byte
}

// Get returns what steps lead to from v. When a name meets a value that has no members, or
// # one that has no items, wrong is that value; null counts as missing.
func (r *Reader) Get(v tape.Value, steps []Step) (found, wrong tape.Value) {
	for i, s := range steps {
		kind := v.Kind()
		if kind == tape.Missing || kind == tape.Null {
			return tape.Value{}, tape.Value{}
		}
		switch {
		case s.kind == stepName && kind == tape.Object:
			child := r.member(v, s.name)
			if child == 0 {
				return tape.Value{}, tape.Value{}
			}
			v = tape.Value{Doc: v.Doc, Node: child}
			continue
		case kind != tape.Array || s.kind == stepName && s.index < 0:
			return tape.Value{}, v
		}
		switch s.kind {
		case stepName:
			v = r.index(v, s.index)
		case stepFirst:
			v = r.first(v, s.query)
		case stepEach:
			if i+1 == len(steps) {
				n := v.Doc.Len(v.Node)
				r.Seen += n
				return r.Heap.AddNumber(strconv.AppendInt(nil, int64(n), 10)), tape.Value{}
			}
			return r.each(v, nil, steps[i+1:]), tape.Value{}
		case stepAll:
			return r.each(v, s.query, steps[i+1:]), tape.Value{}
		}
	}
	return v, tape.Value{}
}

func (r *Reader) member(v tape.Value, name string) tape.Node {
	for c, end := v.Doc.First(v.Node), v.Doc.End(v.Node); c < end; c = v.Doc.Next(c) {
		r.Seen++
		if v.Doc.KeyIs(c, name) {
			return c
		}
	}
	return 0
}

func (r *Reader) index(v tape.Value, i int) tape.Value {
	for c, end := v.Doc.First(v.Node), v.Doc.End(v.Node); c < end; c = v.Doc.Next(c) {
		r.Seen++
		if i == 0 {
			return v.Doc.At(c)
		}
		i--
	}
	return tape.Value{}
}

func (r *Reader) each(v tape.Value, q *query, rest []Step) tape.Value {
	mark := len(r.found)
	for c, end := v.Doc.First(v.Node), v.Doc.End(v.Node); c < end; c = v.Doc.Next(c) {
		item := v.Doc.At(c)
		r.Seen++
		if q != nil && !r.matches(item, q) {
			continue
		}
		if len(rest) > 0 {
			if item, _ = r.Get(item, rest); item.Kind() == tape.Missing {
				continue
			}
		}
		r.found = append(r.found, item)
	}
	list := r.Heap.AddList(r.found[mark:])
	r.found = r.found[:mark]
	return list
}

func (r *Reader) first(v tape.Value, q *query) tape.Value {
	for c, end := v.Doc.First(v.Node), v.Doc.End(v.Node); c < end; c = v.Doc.Next(c) {
		r.Seen++
		if item := v.Doc.At(c); r.matches(item, q) {
			return item
		}
	}
	return tape.Value{}
}

// matches compares as gjson does, but numbers exactly: a literal in quotes also equals the
// number it spells, a missing value matches nothing, not even !=.
func (r *Reader) matches(item tape.Value, q *query) bool {
	v, _ := r.Get(item, q.left)
	switch v.Kind() {
	case tape.String:
		return compare(compareText(v.Text(r.text[:0]), q.text), q.op)
	case tape.Number:
		if !q.spell {
			return q.op == "!=" // a number is no text
		}
		return compare(decimal.Compare(v.Doc.Raw(v.Node), []byte(q.text)), q.op)
	case tape.True:
		switch q.op {
		case "==":
			return q.text == "true"
		case "!=":
			return q.text != "true"
		case ">":
			return q.text == "false"
		default:
			return q.op == ">="
		}
	case tape.False:
		switch q.op {
		case "==":
			return q.text == "false"
		case "!=":
			return q.text != "false"
		case "<":
			return q.text == "true"
		default:
			return q.op == "<="
		}
	default:
		return false
	}
}

func compareText(a []byte, b string) int {
	switch {
	case string(a) == b:
		return 0
	case string(a) < b:
		return -1
	}
	return 1
}

func compare(sign int, op string) bool {
	switch op {
	case "==":
		return sign == 0
	case "!=":
		return sign != 0
	case "<":
		return sign < 0
	case "<=":
		return sign <= 0
	case ">":
		return sign > 0
	default:
		return sign >= 0
	}
}
