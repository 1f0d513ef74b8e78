package mapping

import (
	"bytes"

	"github.com/openhim/mediator-go/mapping/internal/tape"
)

// condition is an expression that says yes or no. The simple shapes have a type each; the
// rest runs as a program (see program.go).
type condition interface {
	test(r *run, s *scope) bool
}

// operand is what a condition compares: a constant, or a reference, in which a path that the
// input's shape does not allow is missing.
type operand interface {
	get(r *run, s *scope) value
}

type refOperand struct{ ref ref }

func (o *refOperand) get(r *run, s *scope) value {
	v, wrong := o.ref.get(r, s)
	if wrong.Doc != nil {
		return value{}
	}
	if r.trace != nil {
		r.trace.read(&o.ref, v)
	}
	return v
}

type constantOperand struct{ at value }

func (o *constantOperand) get(*run, *scope) value { return o.at }

type (
	notCondition struct{ of condition }
	andCondition struct{ a, b condition }
	orCondition  struct{ a, b condition }
	// truth is a value used as a condition: missing and null are no.
	truth struct {
		rule *rule
		of   operand
		text string
	}
	// nothingThere is p == nil.
	nothingThere struct{ of operand }
	// equal compares values of the same type; values of different types differ.
	equal struct{ a, b operand }
	// order is < <= > >=. With a missing value it is no.
	order struct {
		rule   *rule
		a, b   operand
		accept func(sign int) bool
		text   string
	}
	// oneOf is p in [constants].
	oneOf struct {
		of   operand
		list []value
	}
	matches struct {
		rule *rule
		of   operand
		re   *pattern
	}
	// textTest is contains, startsWith and endsWith with a constant.
	textTest struct {
		of     operand
		with   []byte
		accept func(text, with []byte) bool
	}
)

func (c *notCondition) test(r *run, s *scope) bool { return !c.of.test(r, s) }
func (c *andCondition) test(r *run, s *scope) bool { return c.a.test(r, s) && c.b.test(r, s) }
func (c *orCondition) test(r *run, s *scope) bool  { return c.a.test(r, s) || c.b.test(r, s) }

func (c *truth) test(r *run, s *scope) bool {
	v := c.of.get(r, s)
	switch v.Kind() {
	case tape.True:
		return true
	case tape.False, tape.Null, tape.Missing:
		return false
	default:
	}
	r.fail(c.rule, CodeType, v, "a condition needs true or false and found "+v.Kind().String(), "compare it: "+c.text+` == "…"`)
	return false
}

func (c *nothingThere) test(r *run, s *scope) bool { return c.of.get(r, s).Kind() <= tape.Null }

func (c *equal) test(r *run, s *scope) bool { return equalValues(c.a.get(r, s), c.b.get(r, s)) }

func equalValues(a, b value) bool {
	ka, kb := a.Kind(), b.Kind()
	switch {
	case ka <= tape.Null || kb <= tape.Null:
		return ka <= tape.Null && kb <= tape.Null
	case ka != kb:
		return false
	case ka == tape.String:
		return bytes.Equal(a.Text(nil), b.Text(nil))
	case ka == tape.Number:
		return compareNumbers(a.Text(nil), b.Text(nil)) == 0
	}
	return tape.Same(a, b)
}

func (c *order) test(r *run, s *scope) bool {
	a, b := c.a.get(r, s), c.b.get(r, s)
	if a.Kind() <= tape.Null || b.Kind() <= tape.Null {
		return false
	}
	sign, alike := compareValues(a, b)
	if !alike {
		r.fail(c.rule, CodeType, a, "compares "+a.Kind().String()+" with "+b.Kind().String(), "in "+c.text)
		return false
	}
	return c.accept(sign)
}

func (c *oneOf) test(r *run, s *scope) bool {
	v := c.of.get(r, s)
	for _, item := range c.list {
		if equalValues(v, item) {
			return true
		}
	}
	return false
}

func (c *matches) test(r *run, s *scope) bool {
	v := c.of.get(r, s)
	if v.Kind() != tape.String {
		return false
	}
	text := v.Text(nil)
	return c.re.affords(r, c.rule, text) && c.re.Match(text)
}

func (c *textTest) test(r *run, s *scope) bool {
	v := c.of.get(r, s)
	return v.Kind() == tape.String && c.accept(v.Text(nil), c.with)
}

// verdict is a node that gives true or false.
type verdict struct {
	rule *rule
	when condition
}

func (n *verdict) emit(r *run, s *scope) yield { return r.put(n.rule, n.value(r, s), 0) }

func (n *verdict) value(r *run, s *scope) value {
	r.hits[n.rule.id]++
	before := r.errors
	yes := n.when.test(r, s)
	if r.errors > before {
		return failed()
	}
	return r.heap.AddBool(yes)
}

func containsText(text, with []byte) bool { return bytes.Contains(text, with) }
func hasPrefix(text, with []byte) bool    { return bytes.HasPrefix(text, with) }
func hasSuffix(text, with []byte) bool    { return bytes.HasSuffix(text, with) }

const numberKind = tape.Number
