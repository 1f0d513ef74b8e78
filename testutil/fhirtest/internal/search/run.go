package search

import (
	"cmp"
	"slices"
	"strings"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/index"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/store"
)

// run is one search on one state of the store.
type run struct {
	tx   *store.Tx
	base string
}

// local turns an absolute URL of this server into a plain reference.
func (r *run) local(ref index.Reference) index.Reference {
	if ref.URL != "" && ref.Type != "" && strings.HasPrefix(ref.URL, r.base+"/") {
		ref.URL = ""
	}
	return ref
}

// Run finds the matches, sorted. base is the server's address, without a slash at its end.
func (q *Query) Run(tx *store.Tx, base string) []*store.Version {
	r := &run{tx: tx, base: base}
	conditions := make([]condition, len(q.clauses))
	for i, c := range q.clauses {
		conditions[i] = r.prepare(c)
	}
	var out []*store.Version
	for v := range tx.All(q.Type) {
		if all(conditions, v) {
			out = append(out, v)
		}
	}
	q.order(out)
	return out
}

// Matches tells whether one resource is among the matches.
func (q *Query) Matches(tx *store.Tx, base string, v *store.Version) bool {
	if v.Type != q.Type || v.Deleted {
		return false
	}
	r := &run{tx: tx, base: base}
	for _, c := range q.clauses {
		ready := r.prepare(c)
		if !ready.matches(v) {
			return false
		}
	}
	return true
}

func all(conditions []condition, v *store.Version) bool {
	for i := range conditions {
		if !conditions[i].matches(v) {
			return false
		}
	}
	return true
}

type sortKey struct {
	code string
	down bool
	clause
}

func (p *parser) sort(value string) error {
	for field := range strings.SplitSeq(value, ",") {
		code, down := strings.CutPrefix(field, "-")
		parameter := p.table.Parameter(p.query.Type, code)
		if parameter == nil {
			if p.manner.Lenient {
				continue
			}
			return &Error{Problem: BadSort, Type: p.query.Type, Name: code, Value: value}
		}
		p.query.sort = append(p.query.sort, sortKey{code: code, down: down, clause: clause{parameter: parameter}})
	}
	return nil
}

// order sorts by the keys; resources without a value come last, equal ones stay in the
// order of their creation.
func (q *Query) order(versions []*store.Version) {
	if len(q.sort) == 0 {
		return
	}
	slices.SortStableFunc(versions, func(a, b *store.Version) int {
		for i := range q.sort {
			key := &q.sort[i]
			va, vb := a.Values(key.parameter), b.Values(key.parameter)
			switch {
			case len(va) == 0 && len(vb) == 0:
				continue
			case len(va) == 0:
				return 1
			case len(vb) == 0:
				return -1
			}
			c := compareValues(key.extreme(va), key.extreme(vb))
			if c == 0 && key.code == "_lastUpdated" { // in the same millisecond
				c = cmp.Compare(a.Sequence, b.Sequence)
			}
			if c != 0 {
				if key.down {
					return -c
				}
				return c
			}
		}
		return 0
	})
}

// extreme is the smallest value, or the largest for a descending key.
func (k *sortKey) extreme(values []index.Value) index.Value {
	if k.down {
		return slices.MaxFunc(values, compareValues)
	}
	return slices.MinFunc(values, compareValues)
}

func compareValues(a, b index.Value) int {
	if a.Number != nil && b.Number != nil {
		return a.Number.Cmp(b.Number)
	}
	return cmp.Or(
		a.Span.From.Compare(b.Span.From), a.Span.Until.Compare(b.Span.Until), cmp.Compare(a.Text, b.Text), cmp.Compare(a.Exact, b.Exact),
		cmp.Compare(a.System, b.System), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Reference.Type, b.Reference.Type),
		cmp.Compare(a.Reference.ID, b.Reference.ID),
	)
}
