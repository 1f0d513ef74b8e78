package mapping

import (
	"context"

	"github.com/openhim/mediator-go/mapping/internal/path"
	"github.com/openhim/mediator-go/mapping/internal/tape"
)

// run is the state of one Run. It is used again by later ones.
type run struct {
	plan    *plan
	ctx     context.Context //nolint:containedctx // lives exactly as long as the call that got it
	limits  Limits
	values  bool
	in      tape.Doc
	context tape.Doc
	empty   []byte   // the context of runs that have none
	heap    tape.Doc // values made on the way, forgotten after each item
	reader  path.Reader
	out     []byte
	root    *scope
	scopes  []*scope
	depth   int
	lets    []value
	list    []value // items under way, used as a stack
	found   []found // the same, while they are put in order
	groups  []group
	hits    []uint32
	text    []byte
	env     map[string]any
	meter   meter
	origin  value  // the last value of the input that a rule began with
	source  Source // when streaming
	prefix  string // of pointers, when streaming
	record  int    // the number of the record, or -1 when each record is a document

	issues   []Issue
	errors   int // those that no $onError has caught
	guards   int // how many $onError are around
	steps    int
	drops    int   // items left out because of an error
	err      error // ends the run
	dropping bool  // an $onError: drop is on its way to its $each
	joins    map[*hashJoin]joinTable
	unmapped map[unmappedKey]int
	lookups  lookupState
	trace    *trace
}

// stopped reports whether the run has to end.
func (r *run) stopped() bool { return r.err != nil }

// step counts an item of work that costs n, and looks at the context now and then.
func (r *run) step(ru *rule, n int) bool {
	before := r.steps
	r.steps += n
	if r.steps > r.limits.Steps {
		r.exceeded(ru, "steps", r.limits.Steps)
		return false
	}
	if r.heap.Size() > r.limits.Memory {
		r.exceeded(ru, "bytes of memory", r.limits.Memory)
		return false
	}
	if before>>10 != r.steps>>10 {
		if err := r.ctx.Err(); err != nil {
			r.err = context.Cause(r.ctx)
			return false
		}
	}
	return r.err == nil
}

// put appends a value to the output.
func (r *run) put(ru *rule, v value, k keep) yield {
	switch v.Kind() {
	case tape.Missing:
		return nothing
	case tape.Null:
		if k&keepNull == 0 {
			return nothing
		}
	case tape.Array, tape.Object:
		if k&keepEmpty == 0 && v.Empty() {
			return nothing
		}
	default:
		if r.err == nil {
			r.out = append(r.out, v.Doc.Raw(v.Node)...) // most values: AppendJSON without its questions
			return r.putOut(ru)
		}
	}
	if r.err != nil {
		return nothing // what is put out after a limit grows without one
	}
	r.out = v.AppendJSON(r.out)
	return r.putOut(ru)
}

// putOut looks at the size of the output after a value was appended.
func (r *run) putOut(ru *rule) yield {
	if len(r.out) > r.limits.Output {
		r.exceeded(ru, "bytes of output", r.limits.Output)
	}
	return data
}

// made turns what a node puts out into a value.
func (r *run) made(n node, s *scope) value {
	mark := len(r.out)
	before := r.errors
	y := n.emit(r, s)
	text := r.out[mark:]
	r.out = r.out[:mark]
	switch {
	case r.errors > before:
		return failed()
	case y == nothing:
		return value{}
	}
	v, err := r.heap.AddJSON(text, r.limits.Depth+maxDocumentDepth)
	if err != nil {
		r.exceeded(nil, "levels of nesting", r.limits.Depth+maxDocumentDepth)
		return failed()
	}
	if r.heap.Size() > r.limits.Memory {
		r.exceeded(nil, "bytes of memory", r.limits.Memory)
	}
	return v
}
