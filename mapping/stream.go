package mapping

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/openhim/mediator-go/mapping/internal/tape"
)

// streamPlan is what a mapping whose output is one $each needs to map item by item.
type streamPlan struct {
	prefix, suffix []byte // of the output, around the items
	each           *each
	path           string // of the items, as a JSON pointer: /rows
	chunk          int    // items in a document, 0 for all
}

// Streams reports whether the mapping maps item by item: its output is one $each over an
// array of the input, with nothing but constants around it, and nothing else is read of the
// input around the items. Then the records of a Source are the items. Otherwise each record
// is an input of its own.
func (m *Mapping) Streams() bool { return m.plan.streamed.each != nil }

// streaming finds out whether a plan maps item by item.
func (c *compiler) streaming() {
	out := &streamPlan{}
	c.plan.streamed = out
	for at := c.plan.document.root.Get("output"); at != nil; at = nil {
		out.chunk = c.number(at.Get("chunk"), "chunk", 0)
		if at.Get("chunk") != nil && out.chunk == 0 {
			c.fail(CodeInvalid, at.Get("chunk"), "", "chunk is a whole number from 1")
		}
	}
	var prefix, suffix []byte
	current := c.plan.root
	for {
		switch node := current.(type) {
		case *object:
			dynamic := -1
			for i, m := range node.members {
				if m.constant == nil {
					if dynamic >= 0 {
						return
					}
					dynamic = i
				}
			}
			if dynamic < 0 {
				return
			}
			prefix = append(prefix, '{')
			tail := []byte{}
			for i, m := range node.members {
				switch {
				case i < dynamic:
					prefix = append(append(prefix, m.constant...), ',')
				case i == dynamic:
					prefix = append(prefix, m.prefix...)
				default:
					tail = append(append(tail, ','), m.constant...)
				}
			}
			suffix = append(append(tail, '}'), suffix...)
			current = node.members[dynamic].node
		case *each:
			names, ok := c.streamable(node)
			if !ok {
				return
			}
			out.each = node
			out.prefix, out.suffix = append(prefix, '['), append([]byte{']'}, suffix...)
			for _, name := range names {
				out.path += "/" + pointerToken(name)
			}
			return
		default:
			return
		}
	}
}

func (c *compiler) streamable(n *each) ([]string, bool) {
	if len(n.sources) != 1 || n.expand != nil || n.join != nil || n.distinct != nil || n.sort != nil || n.group != nil ||
		n.limit >= 0 || n.index >= 0 || c.rootReads != 1 {
		return nil, false
	}
	source, ok := n.sources[0].(*read)
	if !ok || source.ref.base != baseItem || len(source.ref.rest) > 0 {
		return nil, false
	}
	steps, ok := c.path(source.ref.text, source.ref.text, nil)
	if !ok {
		return nil, false
	}
	names := make([]string, len(steps))
	for i, step := range steps {
		names[i], _ = step.Name()
	}
	return names, true
}

// Stream maps the records of a source and writes the output as it comes, with memory that
// does not grow with their number.
//
// When the mapping Streams, the records are the items of its $each and the output is one
// document, or with output: {chunk: n} a document for each n items. Otherwise each record
// gives a document. Several documents are lines of their own, each written in one Write.
//
// After an error that no $onError deals with nothing more is written, and the rest is read
// only for the report. The error is then an *InputError, as with Run.
func (m *Mapping) Stream(ctx context.Context, src Source, w io.Writer, opts Options) (*Report, error) {
	r := m.begin(ctx, opts)
	defer m.end(r)
	s := &streamer{run: r, src: src, w: w, plan: m.plan.streamed}
	err := r.err
	if err == nil {
		err = s.all()
	}
	report, err := m.finish(r, opts, err)
	report.Records, report.Dropped = s.records, s.dropped
	return report, err
}

// streamer is a Stream under way.
type streamer struct {
	run     *run
	src     Source
	w       io.Writer
	plan    *streamPlan
	records int
	dropped int
	items   int // in the document under way
	batch   [][]byte
	places  []int
	ends    []int // of the whole documents in the run's output
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
		r.evaluateLets()
		for r.callLookups() {
			r.evaluateLets()
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
	errorsBefore, issuesBefore := r.errors, len(r.issues)
	r.origin = value{}
	r.fail(nil, CodeInput, value{}, err.Error(), "")
	if issuesBefore < len(r.issues) {
		r.issues[issuesBefore].Source = s.src.Locate("")
	}
	if s.plan.each != nil && s.plan.each.dropBad {
		r.handled(errorsBefore, issuesBefore)
		s.dropped++
	}
	return true
}

func (s *streamer) mapBatch() error {
	r := s.run
	for {
		mark, ends, items, dropped := len(r.out), len(s.ends), s.items, s.dropped
		errorsBefore, issuesBefore := r.errors, len(r.issues)
		for i, record := range s.batch {
			r.steps = 0
			s.record(record, s.places[i])
		}
		if !r.callLookups() {
			return s.flush(false)
		}
		// Map again: something lacked a lookup's result.
		r.out, s.ends, s.items, s.dropped = r.out[:mark], s.ends[:ends], items, dropped
		r.errors, r.issues = errorsBefore, r.issues[:issuesBefore]
	}
}

// record maps one record.
func (s *streamer) record(record []byte, place int) {
	r := s.run
	r.record = place
	if s.plan.each == nil {
		r.record = -1
	}
	errorsBefore, issuesBefore := r.errors, len(r.issues)
	if !r.read(record) {
		if issuesBefore < len(r.issues) {
			r.issues[issuesBefore].Source = s.src.Locate("")
		}
		if s.plan.each != nil && s.plan.each.dropBad {
			r.handled(errorsBefore, issuesBefore)
			s.dropped++
		}
		return
	}
	if s.plan.each == nil {
		r.once()
		r.out = append(r.out, '\n')
		s.ends = append(s.ends, len(r.out))
		return
	}
	e := s.plan.each
	kept := r.heap.Mark()
	mark := len(r.out)
	if s.items == 0 {
		r.out = append(r.out, s.plan.prefix...)
	} else {
		r.out = append(r.out, ',')
	}
	depth := r.depth
	inner := r.enter(e.scope, r.root)
	r.set(inner, e.scope, r.in.Value())
	inner.index = place
	r.hits[e.rule.id]++
	y := nothing
	if e.where == nil || e.where.test(r, inner) {
		if e.dropBad {
			r.guards++
		}
		y = e.body.emit(r, inner)
		if e.dropBad {
			r.guards--
			if r.errors > errorsBefore && !r.stopped() {
				r.handled(errorsBefore, issuesBefore)
				r.dropping = true
			}
		}
	}
	r.depth = depth
	r.heap.Reset(kept)
	if r.dropping {
		s.dropped++
	}
	if y == nothing || r.dropping {
		r.out, r.dropping = r.out[:mark], false
		return
	}
	if s.items++; s.plan.chunk > 0 && s.items == s.plan.chunk {
		s.endDocument()
	}
}

// endDocument closes the document under way.
func (s *streamer) endDocument() {
	s.run.out = append(append(s.run.out, s.plan.suffix...), '\n')
	s.items = 0
	s.ends = append(s.ends, len(s.run.out))
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
			s.endDocument()
		}
	default:
		if s.items == 0 {
			r.out = append(r.out, s.plan.prefix...)
		}
		r.out = append(r.out, s.plan.suffix...)
	}
	return s.flush(true)
}
