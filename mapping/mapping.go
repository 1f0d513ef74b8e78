package mapping

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/openhim/mediator-go/mapping/internal/doc"
	"github.com/openhim/mediator-go/mapping/internal/tape"
)

// Mapping is a compiled mapping document. It is immutable and safe for concurrent use; keep
// it behind an atomic.Pointer to replace it while requests run.
type Mapping struct {
	plan  *plan
	state sync.Pool
	count *coverage
	again func(traced bool) (*plan, error)
}

// plan is what a document compiles to.
type plan struct {
	id       string
	document *Document
	options  CompileOptions
	root     node
	scope    *scopePlan // of the input
	lets     []letPlan
	lookups  []*lookupPlan
	rules    []*rule
	tables   []*table
	defs     map[string]*doc.Node
	strict   bool
	constant *tape.Doc
	empty    string // what the output is when nothing came out
	streamed *streamPlan
	schemas  schemas
	traced   bool
}

type letPlan struct {
	name string
	node node
}

// ID identifies what the mapping does: the SHA-256, in hexadecimal, of the document, the
// fragments, the tables and the schemas it uses.
func (m *Mapping) ID() string { return m.plan.id }

// Name returns the mapping's own name, or "".
func (m *Mapping) Name() string { return m.plan.document.Name() }

// Version returns the mapping's own version, or "".
func (m *Mapping) Version() string { return m.plan.document.Version() }

// Options are the variations of one Run. The zero value works.
type Options struct {
	// Context is what $ctx reads, a JSON object: {"now": "2026-03-10T08:00:00Z", "headers": {…}}.
	// Nothing else is ambient, so the same input and context give the same output.
	// Defaults to an empty object.
	Context []byte
	// Values puts the values of the input into issues. They are patient data. Defaults to false.
	Values bool
	// Coverage puts the run's rule counts into the report. Defaults to false; Mapping.Coverage
	// has the sum of all runs in any case.
	Coverage bool
	// Buffer is appended to, from its beginning, instead of making a new output.
	Buffer []byte
	// Limits bounds the run. Zero fields have defaults.
	Limits Limits
}

// Limits bounds what one run may take. A run that exceeds one ends with an issue of CodeLimit.
type Limits struct {
	Input      int // bytes. Defaults to 64 MiB.
	Output     int // bytes. Defaults to 256 MiB.
	Depth      int // of the input's nesting. Defaults to 200.
	Items      int // of one $each. Defaults to 1,000,000.
	Steps      int // of rules times items, and of what paths, expressions and patterns go through. Defaults to 100,000,000.
	Memory     int // bytes of values made on the way. Defaults to 256 MiB.
	Lookup     int // bytes of lookups' results. Defaults to 64 MiB.
	Issues     int // in the report. Defaults to 100.
	Expression int // memory of one expression, in expr-lang's units. Defaults to 100,000.
}

func (l Limits) withDefaults() Limits {
	set := func(at *int, to int) {
		if *at <= 0 {
			*at = to
		}
	}
	set(&l.Input, 64<<20)
	set(&l.Output, 256<<20)
	set(&l.Depth, 200)
	set(&l.Items, 1_000_000)
	set(&l.Steps, 100_000_000)
	set(&l.Memory, 256<<20)
	set(&l.Lookup, 64<<20)
	set(&l.Issues, 100)
	set(&l.Expression, 100_000)
	return l
}

// maxDocumentDepth is how deep a document can nest, and so what it makes.
const maxDocumentDepth = 4096

// Run maps one JSON document. The output is nil when the error is not: an *InputError when
// the input cannot be mapped, the context's cause when it ended. The report is never nil and
// tells everything that was found, warnings too.
func (m *Mapping) Run(ctx context.Context, in []byte, opts Options) ([]byte, *Report, error) {
	r := m.begin(ctx, opts)
	defer m.end(r)
	err := r.document(in)
	report, err := m.finish(r, opts, err)
	if err != nil {
		return nil, report, err
	}
	return append(opts.Buffer[:0], r.out...), report, nil
}

// RunTo is Run with the output written to w, in one piece and only when all went well.
func (m *Mapping) RunTo(ctx context.Context, w io.Writer, in []byte, opts Options) (*Report, error) {
	r := m.begin(ctx, opts)
	defer m.end(r)
	err := r.document(in)
	report, err := m.finish(r, opts, err)
	if err != nil {
		return report, err
	}
	if _, err := w.Write(r.out); err != nil {
		return report, fmt.Errorf("write the mapping's output: %w", err)
	}
	return report, nil
}

// begin takes a run's state.
func (m *Mapping) begin(ctx context.Context, opts Options) *run {
	r, ok := m.state.Get().(*run)
	if !ok {
		r = newRun(m.plan)
	}
	r.start(ctx, opts)
	return r
}

func newRun(p *plan) *run {
	r := &run{plan: p, hits: make([]uint32, len(p.rules)), lets: make([]value, len(p.lets))}
	r.reader.Heap = &r.heap
	return r
}

func (r *run) start(ctx context.Context, opts Options) {
	r.ctx, r.limits, r.values = ctx, opts.Limits.withDefaults(), opts.Values
	r.issues, r.errors, r.guards, r.err, r.dropping, r.steps, r.drops = nil, 0, 0, nil, false, 0, 0
	r.depth, r.source, r.prefix, r.origin = 0, nil, "", value{}
	r.out = r.out[:0]
	clear(r.hits)
	clear(r.unmapped)
	r.resetLookups()
	input := opts.Context
	if len(input) == 0 {
		if r.empty == nil {
			r.empty = []byte("{}")
		}
		input = r.empty
	}
	if err := r.context.Parse(input, tape.Limits{Bytes: r.limits.Input, Depth: r.limits.Depth}); err != nil {
		r.err = fmt.Errorf("options: context: %w", err)
	} else if r.context.Kind(r.context.Root()) != tape.Object {
		r.err = errors.New("options: context: not a JSON object")
	}
}

// end gives a run's state back, unless it has grown out of proportion.
func (m *Mapping) end(r *run) {
	const large = 16 << 20
	m.count.add(r.hits)
	if cap(r.out) > large || r.heap.Size() > large || len(r.in.Bytes()) > large {
		return
	}
	r.in.Release()
	r.context.Release()
	r.ctx, r.issues, r.source, r.trace = nil, nil, nil, nil
	clear(r.joins)
	clear(r.env)
	r.meter, r.lookups = meter{}, lookupState{}
	m.state.Put(r)
}

// document maps one document into r.out. The error is only what is not the input's fault.
func (r *run) document(in []byte) error {
	if r.err != nil {
		return r.err
	}
	if !r.read(in) {
		return nil
	}
	for {
		r.once()
		if r.err != nil || !r.callLookups() {
			break
		}
		r.again()
	}
	if r.err != nil && !errors.Is(r.err, errStopped) {
		return r.err
	}
	return nil
}

// read parses the input.
func (r *run) read(in []byte) bool {
	r.origin = value{}
	if err := r.in.Parse(in, tape.Limits{Bytes: r.limits.Input, Depth: r.limits.Depth}); err != nil {
		r.unreadable(err)
		return false
	}
	if r.plan.strict {
		if n := r.in.Duplicate(); n != 0 {
			r.fail(nil, CodeDuplicate, value{Doc: &r.in, Node: n}, "a member's name stands twice in its object", "")
			return false
		}
		if n := r.in.HalfPair(); n != 0 {
			r.fail(nil, CodeInput, value{Doc: &r.in, Node: n}, "half a surrogate pair, which is no character", "")
			return false
		}
	}
	return true
}

// unreadable reports an input that is not JSON, or too large. It is a function of its own so
// that a run without it pays no allocation for the error.
func (r *run) unreadable(err error) {
	code, message, offset := CodeInput, "the input is not JSON: "+err.Error(), 0
	if bad, ok := errors.AsType[*tape.Error](err); ok {
		message, offset = "the input is not JSON: "+bad.Message, bad.Offset
		if bad.Limit {
			code, message = CodeLimit, bad.Message
		}
	}
	before := len(r.issues)
	r.fail(nil, code, value{}, message, "")
	if len(r.issues) > before {
		r.issues[before].Offset = offset
	}
}

// once maps the document that was read.
func (r *run) once() {
	r.heap.Heap()
	r.depth = 0
	if r.trace != nil {
		r.trace.begin() // a document that waits for lookups is mapped again
	}
	r.root = r.enter(r.plan.scope, nil)
	r.set(r.root, r.plan.scope, r.in.Value())
	r.evaluateLets()
	if r.plan.root.emit(r, r.root) == nothing {
		r.out = append(r.out, r.plan.empty...)
	}
	r.dropping = false
	r.leave()
}

// again goes back to before once, which lacked the result of a lookup.
func (r *run) again() {
	r.out = r.out[:0]
	r.issues, r.errors, r.guards, r.dropping, r.steps, r.drops = nil, 0, 0, false, 0, 0
	clear(r.hits)
	clear(r.unmapped)
}

// evaluateLets makes the values of the lets, each after those that it uses.
func (r *run) evaluateLets() {
	for i := range r.plan.lets {
		if r.trace != nil {
			r.trace.let = i + 1
		}
		r.lets[i] = r.plan.lets[i].node.value(r, r.root)
	}
	if r.trace != nil {
		r.trace.let = 0
	}
}
