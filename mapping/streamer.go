package mapping

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"

	"github.com/openhim/mediator-go/mapping/internal/tape"
)

// streamer is a Stream under way.
type streamer struct {
	run     *run
	src     Source
	w       io.Writer
	plan    *streamPlan
	records int
	items   int // in the document under way
	batch   [][]byte
	places  []int
	ends    []int // of the whole documents in the run's output
	kept    counts
}

// counts are what a run counts and what a batch that is mapped again counts again.
type counts struct {
	hits     []uint32
	unmapped map[unmappedKey]int
}

// keep notes the counts.
func (s *streamer) keep() {
	if len(s.run.plan.lookups) == 0 {
		return // nothing is mapped again
	}
	s.kept.hits = append(s.kept.hits[:0], s.run.hits...)
	s.kept.unmapped = maps.Clone(s.run.unmapped)
}

// restore goes back to the counts that were noted.
func (s *streamer) restore() {
	copy(s.run.hits, s.kept.hits)
	s.run.unmapped = s.kept.unmapped
}

// flushSize is how much output is gathered before it is written.
const flushSize = 64 << 10

func (s *streamer) all() error {
	r := s.run
	r.source, r.prefix = s.src, s.plan.path
	if s.plan.each != nil {
		r.heap.Heap()
		if err := r.in.Parse([]byte("{}"), tape.Limits{}); err != nil {
			return err
		}
		r.root = r.enter(r.plan.scope, nil)
		r.set(r.root, r.plan.scope, r.in.Value())
		for _, ru := range s.plan.around {
			r.hits[ru.id]++
		}
		s.keep()
		for r.evaluateLets(); r.callLookups(); r.evaluateLets() {
			r.issues, r.errors = nil, 0
			s.restore()
		}
	}
	for r.err == nil {
		more, err := s.next()
		if err != nil {
			return err
		}
		if !more {
			break
		}
	}
	if r.err != nil && !errors.Is(r.err, errStopped) {
		return r.err
	}
	return s.close()
}

// next reads and maps a record, or as many as one call of the lookups serves.
func (s *streamer) next() (bool, error) {
	r := s.run
	if err := r.ctx.Err(); err != nil {
		return false, context.Cause(r.ctx)
	}
	size := 1
	if len(r.plan.lookups) > 0 {
		size = 200
	}
	s.batch, s.places = s.batch[:0], s.places[:0]
	for len(s.batch) < size {
		record, err := s.src.Next(r.ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		s.records++
		if err != nil {
			if !s.bad(err) {
				return false, fmt.Errorf("read record %d: %w", s.records-1, err)
			}
			return true, nil
		}
		if size > 1 {
			record = append([]byte(nil), record...)
		}
		s.batch, s.places = append(s.batch, record), append(s.places, s.records-1)
	}
	if len(s.batch) == 0 {
		return false, nil
	}
	return true, s.mapBatch()
}

// bad reports a record that the source could not read, if reading can go on.
func (s *streamer) bad(err error) bool {
	var skip interface{ Skip() bool }
	if !errors.As(err, &skip) || !skip.Skip() {
		return false
	}
	r := s.run
	at := s.attempt()
	place, reason := s.src.Locate(""), err.Error()
	var told interface{ Split() (where, reason string) }
	if errors.As(err, &told) {
		place, reason = told.Split()
	}
	r.origin = value{}
	r.fail(nil, CodeInput, value{}, reason, "")
	if at.issues < len(r.issues) {
		r.issues[at.issues].Source = place
	}
	s.ended(at)
	return true
}

// attempt begins a record that, with $onError: drop beside the $each, fails for itself alone.
func (s *streamer) attempt() attempt {
	if s.plan.each != nil {
		return s.plan.each.attempt(s.run)
	}
	return attempt{s.run.errors, len(s.run.issues)}
}

// ended ends an attempt and reports whether the record is left out.
func (s *streamer) ended(at attempt) bool {
	return s.plan.each != nil && s.plan.each.dropped(s.run, at)
}

func (s *streamer) mapBatch() error {
	r := s.run
	for {
		mark, ends, items, drops := len(r.out), len(s.ends), s.items, r.drops
		errorsBefore, issuesBefore := r.errors, len(r.issues)
		s.keep()
		for i, record := range s.batch {
			r.steps = 0
			s.record(record, s.places[i])
		}
		if !r.callLookups() {
			return s.flush(false)
		}
		// Map again: something lacked a lookup's result.
		r.out, s.ends, s.items, r.drops = r.out[:mark], s.ends[:ends], items, drops
		r.errors, r.issues = errorsBefore, r.issues[:issuesBefore]
		s.restore()
	}
}

// record maps one record.
func (s *streamer) record(record []byte, place int) {
	r := s.run
	r.record = place
	if s.plan.each == nil {
		r.record = -1
	}
	at := s.attempt()
	if !r.read(record) {
		if at.issues < len(r.issues) && r.issues[at.issues].Source == "" {
			r.issues[at.issues].Source = s.src.Locate("")
		}
		s.ended(at)
		return
	}
	sample := place%sampleEvery == 0
	if v := &r.plan.schemas; v.inputMode.on(sample) {
		s.validateInput(v.inputMode, at)
	}
	if s.plan.each == nil {
		s.document(at, sample)
		return
	}
	mark := len(r.out)
	if s.item(place, at, sample) {
		if s.items++; s.plan.chunk > 0 && s.items == s.plan.chunk {
			s.endDocument(sample)
		}
		return
	}
	r.out = r.out[:mark]
}

// document maps a record that is an input of its own.
func (s *streamer) document(at attempt, sample bool) {
	r, mark := s.run, len(s.run.out)
	if r.errors == at.errors {
		r.once()
	}
	s.diagnose(at)
	if v := &r.plan.schemas; r.errors == at.errors && v.output != nil && v.outputMode.on(sample) {
		r.schemaIssues("output", v.output, r.out[mark:], v.outputMode, len(r.issues))
	}
	r.out = append(r.out, '\n')
	s.ends = append(s.ends, len(r.out))
}

// item maps a record that is an item of the $each, and reports whether it gave something.
func (s *streamer) item(place int, at attempt, sample bool) bool {
	r, e := s.run, s.plan.each
	kept := r.heap.Mark()
	if s.items == 0 {
		r.out = append(r.out, s.plan.prefix...)
	} else {
		r.out = append(r.out, ',')
	}
	from, depth := len(r.out), r.depth
	inner := r.enter(e.scope, r.root)
	r.set(inner, e.scope, r.in.Value())
	inner.index = place
	r.hits[e.rule.id]++
	y := nothing
	if r.errors == at.errors && e.passes(r, inner) {
		y = e.body.emit(r, inner)
	}
	r.depth = depth
	r.heap.Reset(kept)
	s.diagnose(at)
	if v := &r.plan.schemas; y != nothing && r.errors == at.errors && s.plan.chunk == 0 && v.outputItem != nil && v.outputMode.on(sample) {
		r.schemaIssues("output", v.outputItem, r.out[from:], v.outputMode, len(r.issues))
	}
	return !s.ended(at) && y != nothing
}

// validateInput applies the input's schema to a record.
func (s *streamer) validateInput(mode validation, at attempt) {
	v := &s.run.plan.schemas
	schema := v.input
	if s.plan.each != nil {
		schema = v.inputItem
	}
	if schema != nil && !s.run.lookups.pending {
		s.run.schemaIssues("input", schema, s.run.in.Bytes(), mode, at.issues)
	}
}

// diagnose completes the report of a record that failed.
func (s *streamer) diagnose(at attempt) {
	if r := s.run; r.errors > at.errors && !r.stopped() && r.plan.schemas.inputMode == validateOnError {
		s.validateInput(validateOnError, at)
	}
}

// endDocument closes the document under way.
func (s *streamer) endDocument(sample bool) {
	r := s.run
	from := 0
	if n := len(s.ends); n > 0 {
		from = s.ends[n-1]
	}
	r.out = append(r.out, s.plan.suffix...)
	if v := &r.plan.schemas; v.output != nil && v.outputMode.on(sample) && r.errors == 0 {
		r.schemaIssues("output", v.output, r.out[from:], v.outputMode, len(r.issues))
	}
	r.out = append(r.out, '\n')
	s.items = 0
	s.ends = append(s.ends, len(r.out))
}

// flush writes the documents that are whole; of one that is not chunked a large piece, or
// at the end all that there is.
func (s *streamer) flush(end bool) error {
	r := s.run
	if r.errors > 0 {
		r.out, s.ends = r.out[:0], s.ends[:0]
		return nil
	}
	from := 0
	for _, to := range s.ends {
		if err := s.write(r.out[from:to]); err != nil {
			return err
		}
		from = to
	}
	s.ends = s.ends[:0]
	if rest := len(r.out) - from; rest > 0 && (end || s.plan.chunk == 0 && rest >= flushSize) {
		if err := s.write(r.out[from:]); err != nil {
			return err
		}
		from = len(r.out)
	}
	r.out = append(r.out[:0], r.out[from:]...)
	return nil
}

func (s *streamer) write(piece []byte) error {
	if _, err := s.w.Write(piece); err != nil {
		return fmt.Errorf("write the mapping's output: %w", err)
	}
	return nil
}

// close ends the last document.
func (s *streamer) close() error {
	r := s.run
	switch {
	case s.plan.each == nil || r.errors > 0:
	case s.plan.chunk > 0:
		if s.items > 0 {
			s.endDocument(true)
		}
	default:
		if s.items == 0 {
			r.out = append(r.out, s.plan.prefix...)
		}
		r.out = append(r.out, s.plan.suffix...)
	}
	return s.flush(true)
}
