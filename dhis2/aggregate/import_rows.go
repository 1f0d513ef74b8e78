package aggregate

import (
	"context"
	"iter"

	"github.com/openhim/mediator-go/dhis2"
)

// Outcome is what became of one row of a stream.
type Outcome struct {
	// Row is its index in the stream, from 0.
	Row int
	// Status of the row.
	Status Status
	// Code is why it was rejected, as that of [Rejection].
	Code string
	// Local says that it was rejected without being sent.
	Local bool
	// Conflict is the server's in full, with the rows of the stream; nil of others.
	Conflict *Conflict
}

// ImportRows sends rows as they come, in memory that does not grow with their
// number, and gives the outcome of each in their order. It is as [Import]; a
// request holds up to Options.ChunkRows rows that follow each other and have
// the same data set, and rows that are the same value are noticed only within
// one.
//
// The first error, of rows or of the import, comes after the outcomes of what
// went before, and ends the stream; the rows after it were not sent.
func ImportRows(ctx context.Context, c *dhis2.Client, rows iter.Seq2[Row, error], o Options) iter.Seq2[Outcome, error] {
	o = o.withDefaults()
	return func(yield func(Outcome, error) bool) {
		s := &stream{yield: yield, set: DataValueSet{Values: make([]DataValue, 0, min(o.ChunkRows, 1000))}}
		for row, err := range rows {
			if err != nil {
				if s.flush(ctx, c, o) {
					yield(Outcome{}, err)
				}
				return
			}
			if (row.DataSet != s.set.DataSet || len(s.set.Values) == o.ChunkRows) && !s.flush(ctx, c, o) {
				return
			}
			s.set.DataSet = row.DataSet
			s.set.Values = append(s.set.Values, row.DataValue)
		}
		s.flush(ctx, c, o)
	}
}

// stream collects rows for a request.
type stream struct {
	yield func(Outcome, error) bool
	set   DataValueSet
	done  int
}

// flush imports what was collected and gives its outcomes. It reports whether
// to go on.
func (s *stream) flush(ctx context.Context, c *dhis2.Client, o Options) bool {
	if len(s.set.Values) == 0 {
		return true
	}
	result, err := Import(ctx, c, s.set, o)
	if result != nil && !s.give(result) {
		return false
	}
	if err != nil {
		s.yield(Outcome{}, err)
		return false
	}
	s.done += len(s.set.Values)
	s.set.Values = s.set.Values[:0]
	return true
}

func (s *stream) give(r *Result) bool {
	for i := range r.Conflicts {
		for k := range r.Conflicts[i].Rows {
			r.Conflicts[i].Rows[k] += s.done
		}
	}
	rejections := r.Rejections
	for i, status := range r.Statuses {
		out := Outcome{Row: s.done + i, Status: status}
		if len(rejections) > 0 && rejections[0].Row == i {
			out.Code, out.Local = rejections[0].Code, rejections[0].Local
			if at := rejections[0].Conflict; at >= 0 {
				out.Conflict = &r.Conflicts[at]
			}
			rejections = rejections[1:]
		}
		if !s.yield(out, nil) {
			return false
		}
	}
	return true
}
