package fhirpath

import (
	"context"
	"strings"

	"github.com/openhim/mediator-go/fhir/fhirpath/internal/temporal"
)

// evaluator is a node of a compiled expression. It appends its result to out.
type evaluator interface {
	eval(r *run, out []Item) ([]Item, error)
}

// run evaluates one expression at a time, and one within another: a function of the user's,
// or a validator behind conformsTo(), may use the same Evaluator.
type run struct {
	state
	free   [][]Item
	nested int
}

// maxNested is how many evaluations may stand within each other.
const maxNested = 32

// state is that of one evaluation.
type state struct {
	evaluation
	ctx     context.Context //nolint:containedctx // a state lives within one call
	x       *Expression
	context [1]Item
	scope
	steps int
	now   temporal.Value
	// found are %resource and %rootResource, looked for when first asked for.
	found [2]Item
	known bool
}

// scope is what lambdas see.
type scope struct {
	this  []Item
	index int // -1 outside of lambdas
	total []Item
	vars  *variable
}

// variable is one that defineVariable() made, and those before it.
type variable struct {
	name  string
	value []Item
	next  *variable
}

// begin evaluates an expression. The result is a buffer of the run's.
func (r *run) begin(ctx context.Context, x *Expression, on Item) ([]Item, error) {
	saved := r.state
	r.nested++
	defer func() {
		r.state = saved // which also keeps no document alive
		r.nested--
	}()
	r.ctx, r.x = ctx, x
	r.context[0] = on
	r.scope = scope{this: r.context[:], index: -1}
	if on.kind == kindNone {
		r.this = nil
	}
	r.steps = x.engine.config.Limits.Steps
	r.now = temporal.Value{}
	r.found, r.known = [2]Item{r.resource, r.outer}, r.resource.kind != kindNone
	if err := ctx.Err(); err != nil {
		return nil, r.wrap(0, "the evaluation was stopped", err)
	}
	if r.nested > maxNested {
		return nil, r.wrap(0, "too many evaluations within each other", ErrBudget)
	}
	return x.root.eval(r, r.get())
}

// get returns an empty buffer, release takes it back.
func (r *run) get() []Item {
	if n := len(r.free); n > 0 {
		b := r.free[n-1]
		r.free = r.free[:n-1]
		return b
	}
	return make([]Item, 0, 16)
}

func (r *run) release(b []Item) {
	const keep = 4096 // items; bigger buffers are the collector's
	if cap(b) > 0 && cap(b) <= keep && len(r.free) < 32 {
		clear(b)
		r.free = append(r.free, b[:0])
	}
}

// step spends n steps of the budget.
func (r *run) step(pos, n int) error {
	before := r.steps
	r.steps -= n
	if r.steps < 0 {
		return r.wrap(pos, "the limit of steps is reached", ErrBudget)
	}
	if before>>12 != r.steps>>12 {
		if err := r.ctx.Err(); err != nil {
			return r.wrap(pos, "the evaluation was stopped", err)
		}
	}
	return nil
}

// grown checks a collection that an operation has made.
func (r *run) grown(pos int, items []Item) error { return r.room(pos, len(items)) }

// room checks that a collection may have n items, before it is made.
func (r *run) room(pos, n int) error {
	if n > r.x.engine.config.Limits.Items {
		return r.wrap(pos, "the limit of items is reached", ErrBudget)
	}
	return nil
}

// madeText spends for text of n bytes.
func (r *run) madeText(pos, n int) error { return r.step(pos, n/16+1) }

func (r *run) fail(pos int, message, hint string) error {
	line, column := place(r.x.source, pos)
	return &EvalError{Line: line, Column: column, Message: message, Hint: hint}
}

func (r *run) wrap(pos int, message string, err error) error {
	line, column := place(r.x.source, pos)
	return &EvalError{Line: line, Column: column, Message: message, Err: err}
}

// input evaluates what a member, a call or an index is invoked on; nil is the context.
// Only own buffers may be released.
func (r *run) input(e evaluator) (items []Item, own bool, err error) {
	if e == nil {
		return r.this, false, nil
	}
	items, err = e.eval(r, r.get())
	return items, true, err
}

// operand evaluates an operand or argument; variables that it defines end with it.
func (r *run) operand(e evaluator) ([]Item, error) {
	vars := r.vars
	items, err := e.eval(r, r.get())
	r.vars = vars
	return items, err
}

// lambda evaluates e for item i of items: $this is the item, $index its number. The result
// is a buffer to release.
func (r *run) lambda(e evaluator, items []Item, i, pos int) ([]Item, error) {
	if err := r.step(pos, 1); err != nil {
		return nil, err
	}
	saved := r.scope
	r.this, r.index = items[i:i+1:i+1], i
	result, err := e.eval(r, r.get())
	r.scope = saved
	return result, err
}

// truthOf is the truth of a single item.
func (i *Item) truthOf() (value, known bool) {
	if i.kind == kindBoolean {
		return i.truth, true
	}
	if i.kind == kindNode && i.primitive() {
		if i.node == 0 {
			return false, false // extensions only
		}
		if v, ok := i.value(); ok && v.kind == kindBoolean {
			return v.truth, true
		}
	}
	return true, true
}

// truth evaluates items as a criterion (http://hl7.org/fhirpath/N1/#singleton-evaluation-of-collections).
func (r *run) truth(items []Item, pos int) (value, known bool, err error) {
	switch len(items) {
	case 0:
		return false, false, nil
	case 1:
		value, known = items[0].truthOf()
		return value, known, nil
	default:
		return false, false, r.fail(pos, "several items where a Boolean should stand", "use exists(), all(…) or first()")
	}
}

// resources finds %resource and %rootResource.
func (r *run) resources() (resource, root Item) {
	if !r.known {
		r.known = true
		if on := &r.context[0]; on.kind == kindNode {
			r.found[0], r.found[1] = on.doc.enclosing(on.anchor())
		}
	}
	return r.found[0], r.found[1]
}

// constant returns %name.
func (r *run) constant(name string, pos int, out []Item) ([]Item, error) {
	for v := r.vars; v != nil; v = v.next {
		if v.name == name {
			return append(out, v.value...), nil
		}
	}
	switch name {
	case "context":
		if r.context[0].kind == kindNone {
			return out, nil
		}
		return append(out, r.context[0]), nil
	case "resource", "rootResource":
		resource, root := r.resources()
		if name == "rootResource" {
			resource = root
		}
		if resource.kind == kindNone {
			return out, nil
		}
		return append(out, resource), nil
	}
	if text, ok := fixedConstant(name); ok {
		return append(out, NewString(text)), nil
	}
	if value, ok := r.variables[name]; ok {
		return append(out, value...), nil
	}
	if value, ok := r.x.engine.config.Constants[name]; ok {
		return append(out, value...), nil
	}
	return nil, r.fail(pos, "there is no variable %"+name, "")
}

// fixedConstant returns the constants of https://hl7.org/fhir/R4/fhirpath.html#variables.
func fixedConstant(name string) (string, bool) {
	switch name {
	case "sct":
		return "http://snomed.info/sct", true
	case "loinc":
		return "http://loinc.org", true
	case "ucum":
		return systemUCUM, true
	}
	if rest, ok := strings.CutPrefix(name, "vs-"); ok {
		return "http://hl7.org/fhir/ValueSet/" + rest, true
	}
	if rest, ok := strings.CutPrefix(name, "ext-"); ok {
		return "http://hl7.org/fhir/StructureDefinition/" + rest, true
	}
	return "", false
}
