package mapping

import (
	"context"

	"github.com/openhim/mediator-go/mapping/internal/tape"
)

// Explanation tells for each value of an output where it comes from.
type Explanation struct {
	Output []byte       `json:"-"`
	Report *Report      `json:"report"`
	Values []Provenance `json:"values"` // in the order of the output
}

// Provenance is where one value of the output comes from.
type Provenance struct {
	Pointer string   `json:"pointer"` // of the output
	Rule    string   `json:"rule"`    // /events/*/orgUnit
	File    string   `json:"file,omitempty"`
	Line    int      `json:"line"`
	Column  int      `json:"column"`
	Inputs  []string `json:"inputs,omitempty"` // pointers into the input
	Steps   []Step   `json:"steps,omitempty"`  // what each operator made of it
}

// Step is what an operator gave.
type Step struct {
	Operator string `json:"operator"`
	Value    string `json:"value,omitempty"` // as JSON, if Options.Values asks for it
}

// Explain is Run with a second plan that records for each value of the output the rule, the
// places of the input and what each operator gave. It is for people at work on a mapping and
// costs many times what Run does. When the run fails, the explanation tells of what there is.
func (m *Mapping) Explain(ctx context.Context, in []byte, opts Options) (*Explanation, error) {
	p, err := m.again(true)
	if err != nil {
		return nil, err
	}
	traced := &Mapping{plan: p, count: newCoverage(len(p.rules)), again: m.again}
	r := newRun(p)
	r.start(ctx, opts)
	r.trace = &trace{run: r}
	err = r.document(in)
	report, err := traced.finish(r, opts, err)
	out := &Explanation{Output: append([]byte(nil), r.out...), Report: report}
	if err != nil {
		out.Output = nil
	}
	out.Values = r.trace.explain(r.out)
	return out, err
}

// trace records what happens in a run of a traced plan.
type trace struct {
	run     *run
	records []traceRecord
	open    []int // the records under way
	lets    [][]string
	let     int // the let under way, from 1
	places  *tape.Places
}

type traceRecord struct {
	rule   *rule
	at     int // where the value begins in the output
	inputs []string
	steps  []Step
}

// begin forgets what was recorded: the document is mapped from its beginning.
func (t *trace) begin() {
	t.records, t.open, t.let = t.records[:0], t.open[:0], 0
	t.lets = make([][]string, len(t.run.plan.lets))
	t.places = t.run.in.Places()
}

func (t *trace) top() *traceRecord {
	if len(t.open) == 0 {
		return nil
	}
	return &t.records[t.open[len(t.open)-1]]
}

// read notes a value that was read.
func (t *trace) read(n *ref, v value) {
	var found []string
	switch {
	case v.Doc == &t.run.in:
		found = []string{t.places.Pointer(v.Node)}
	case n.base == baseLet:
		found = t.lets[n.index]
	case v.Doc == &t.run.heap && v.Kind() == tape.Array && n.base <= baseParent:
		for c, end := v.Doc.First(v.Node), v.Doc.End(v.Node); c < end && len(found) < 100; c = v.Doc.Next(c) {
			if item := v.Doc.At(c); item.Doc == &t.run.in {
				found = append(found, t.places.Pointer(item.Node))
			}
		}
	}
	if record := t.top(); record != nil {
		record.inputs = append(record.inputs, found...)
	} else if t.let > 0 {
		t.lets[t.let-1] = append(t.lets[t.let-1], found...)
	}
}

// step notes what an operator gave.
func (t *trace) step(name string, v value) {
	if record := t.top(); record != nil {
		step := Step{Operator: name}
		if t.run.values && v.Kind() != tape.Missing {
			step.Value = string(v.AppendJSON(nil))
		}
		record.steps = append(record.steps, step)
	}
}

// explain finds the places of what was recorded in the output as it ended.
func (t *trace) explain(out []byte) []Provenance {
	var d tape.Doc
	if d.Parse(out, tape.Limits{Depth: maxDocumentDepth}) != nil {
		return nil
	}
	pointers := map[int]string{}
	d.Walk(func(n tape.Node, pointer string) { pointers[d.Offset(n)] = pointer })
	var all []Provenance
	for _, record := range t.records {
		pointer, ok := pointers[record.at]
		if !ok {
			continue
		}
		ru := record.rule
		all = append(all, Provenance{pointer, ru.path, ru.file, ru.line, ru.column, record.inputs, record.steps})
	}
	return all
}

// tracedNode records what the node in it puts out.
type tracedNode struct {
	rule  *rule
	inner node
}

func (n *tracedNode) emit(r *run, s *scope) yield {
	t := r.trace
	if t == nil {
		return n.inner.emit(r, s)
	}
	at, mark := len(t.records), len(r.out)
	t.records = append(t.records, traceRecord{rule: n.rule, at: mark})
	t.open = append(t.open, at)
	y := n.inner.emit(r, s)
	t.open = t.open[:len(t.open)-1]
	if y == nothing {
		t.records = t.records[:at]
	}
	return y
}

func (n *tracedNode) value(r *run, s *scope) value { return n.inner.value(r, s) }

// tracedList is a tracedNode of a list.
type tracedList struct{ tracedNode }

func (n *tracedList) items(r *run, s *scope, count int) int {
	list, ok := n.inner.(lister)
	if !ok {
		return count
	}
	return list.items(r, s, count)
}

// traced puts a recorder around a node.
func traced(ru *rule, inner node) node {
	if _, ok := inner.(lister); ok {
		return &tracedList{tracedNode{ru, inner}}
	}
	return &tracedNode{ru, inner}
}
