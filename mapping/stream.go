package mapping

import (
	"context"
	"io"

	"github.com/openhim/mediator-go/mapping/internal/doc"
)

// streamPlan is what a mapping whose output is one $each needs to map item by item.
type streamPlan struct {
	prefix, suffix []byte // of the output, around the items
	each           *each
	path           string  // of the items, as a JSON pointer: /rows
	chunk          int     // items in a document, 0 for all
	around         []*rule // of what stands around the items, and of their array
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
	outputItem := c.plan.schemas.output
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
					outputItem = memberSchema(outputItem, m.name)
				default:
					tail = append(append(tail, ','), m.constant...)
				}
			}
			suffix = append(append(tail, '}'), suffix...)
			out.around = append(out.around, node.rule)
			current = node.members[dynamic].node
		case *each:
			names, ok := c.streamable(node)
			if !ok {
				return
			}
			out.each = node
			out.around = append(out.around, node.sources[0].(*read).rule)                                                      //nolint:forcetypeassert // streamable says so
			c.plan.schemas.inputItem = c.itemSchema(c.root, &doc.Node{Kind: doc.Text, Text: node.sources[0].(*read).ref.text}) //nolint:forcetypeassert // streamable says so
			c.plan.schemas.outputItem = itemsOf(outputItem)
			c.streamedSchemas()
			if f := c.plan.document.root.Get("output").Get("format"); f != nil && f.Text == "ndjson" && out.chunk == 0 {
				c.fail(CodeInvalid, f, "set output: {chunk: …}, or map each record by itself, without $each", "a stream of this mapping is one document, and no NDJSON")
			}
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

// streamedSchemas warns of a schema that is to be applied to the whole, of which nothing is
// known for the items that a stream has.
func (c *compiler) streamedSchemas() {
	root := c.plan.document.root
	format := root.Get("input").Get("format")
	if format == nil || format.Text == "json" {
		return
	}
	s := &c.plan.schemas
	if s.input != nil && s.inputItem == nil && (s.inputMode == validateAlways || s.inputMode == validateSample) {
		c.warn(CodeSchema, root.Get("input").Get("schema"), "describe the array that $each goes through by properties and items", "the input's schema says nothing of the records: a stream is not validated")
	}
	if s.output != nil && s.outputItem == nil && s.outputMode != validateOff && root.Get("output").Get("chunk") == nil {
		c.warn(CodeSchema, root.Get("output").Get("schema"), "set output: {chunk: …}, or describe the array by properties and items", "the output's schema says nothing of the items: a stream is not validated")
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
// validate: applies the schemas to each record by itself: the part of the input's schema for
// the items, and of the output's, or the whole output's to the documents of a chunk or of a
// record. A record that does not match is one that fails.
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
	report.Records = s.records
	return report, err
}
