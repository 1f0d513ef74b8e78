package source

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/openhim/mediator-go/mapping/internal/tape"
)

// write turns the gathered message into JSON, h.out.
func (h *HL7) write() fault {
	if bad := h.checkText(); bad.reason != "" {
		return bad
	}
	h.plant()
	out, bad := h.appendSegments(append(h.out[:0], '{'), 0)
	if bad.reason != "" {
		return bad
	}
	h.out = append(out, '}')
	return fault{}
}

// checkText finds the character set and makes sure that the message is text of it.
func (h *HL7) checkText() fault {
	var reason string
	for _, s := range h.segments {
		text := h.text[s.text.from:s.text.to]
		if s.text.from == h.own {
			if h.charset, reason = h.charsetOf(text, s.signs); reason != "" {
				h.where = "MSH-18"
				return fault{line: s.line, column: 1, reason: reason}
			}
		}
	}
	if h.charset.table != nil {
		return fault{}
	}
	for n, s := range h.segments {
		text := h.text[s.text.from:s.text.to]
		i := tape.InvalidUTF8(text)
		if i < 0 {
			continue
		}
		same := 1
		for _, other := range h.segments[:n] {
			if bytes.Equal(h.text[other.text.from:other.text.from+nameSize], text[:nameSize]) {
				same++
			}
		}
		field := bytes.Count(text[:i], []byte{s.field})
		if isEnvelope(text) {
			field++
		}
		h.where = string(text[:nameSize]) + times(same-1) + "-" + strconv.Itoa(field)
		return fault{line: s.line, column: i + 1, reason: "bytes that are not UTF-8; MSH-18 must name the character set, or set Encoding"}
	}
	return fault{}
}

// plant makes the tree of segments: node 0 is the message, node n+1 segment n.
func (h *HL7) plant() {
	h.tree.reset()
	h.tree.add(none, none)
	h.stack = h.stack[:0]
	for _, s := range h.segments {
		name := h.text[s.text.from : s.text.from+nameSize]
		for len(h.stack) > 0 && !h.groups[h.tree.names[h.tree.nodes[h.stack[len(h.stack)-1]].name]][string(name)] {
			h.stack = h.stack[:len(h.stack)-1]
		}
		parent := int32(0)
		if len(h.stack) > 0 {
			parent = h.stack[len(h.stack)-1]
		}
		h.stack = append(h.stack, h.tree.add(parent, h.tree.id(name)))
	}
}

// appendSegments appends the segments below a node, grouped by name. It calls itself as deep as
// Groups nests.
func (h *HL7) appendSegments(out []byte, parent int32) ([]byte, fault) {
	t := &h.tree
	t.arrange(parent)
	for first := t.child(parent); first != none; first = t.nodes[first].group {
		out = append(append(comma(out), t.keys[t.nodes[first].name]...), '[')
		for at := first; at != none; at = t.nodes[at].same {
			if at != first {
				out = append(out, ',')
			}
			out = h.appendFields(append(out, '{'), h.segments[at-1])
			var bad fault
			if out, bad = h.appendSegments(out, at); bad.reason != "" {
				return nil, bad
			}
			out = append(out, '}')
			if most := jsonFactor * h.config.MaxRecord; len(out) > most {
				return nil, fault{line: h.at.Line, column: 1, reason: fmt.Sprintf("the message as JSON is longer than %d bytes; raise MaxRecord", most)}
			}
		}
		out = append(out, ']')
	}
	if t.nodes[parent].children > 0 && (h.config.Order || t.nodes[parent].scattered) {
		out = t.appendOrder(comma(out), parent, nil)
	}
	return out, fault{}
}

// appendFields appends the fields of a segment; out ends in its brace.
func (h *HL7) appendFields(out []byte, s segment) []byte {
	text := h.text[s.text.from:s.text.to]
	rest, number := text[nameSize:], 1
	if isEnvelope(text) {
		out = append(out, `"1":[{"1":`...)
		out = tape.AppendQuoted(out, text[nameSize:nameSize+1])
		out = append(out, `}],"2":[{"1":`...)
		out = tape.AppendQuoted(out, text[nameSize+1:nameSize+1+s.size])
		out = append(out, `}]`...)
		rest, number = text[nameSize+1+s.size:], 3
	}
	for ; len(rest) > 0; number++ {
		field := rest[1:]
		if i := bytes.IndexByte(field, s.field); i >= 0 {
			field = field[:i]
		}
		rest = rest[1+len(field):]
		if len(field) > 0 {
			out = h.appendField(out, field, number, s.signs)
		}
	}
	return out
}

// appendField appends `"3":[{…}]`, or nothing if the field has no value at all.
func (h *HL7) appendField(out, field []byte, number int, s signs) []byte {
	before := len(out)
	out = append(comma(out), '"')
	out = append(strconv.AppendInt(out, int64(number), 10), `":[`...)
	valued, more := false, true
	for n := 0; more; n++ {
		var repetition []byte
		repetition, field, more = cut(field, s.repetition)
		if n > 0 {
			out = append(out, ',')
		}
		out = append(out, '{')
		begin := len(out)
		out = h.appendComponents(out, repetition, s)
		valued = valued || len(out) > begin
		out = append(out, '}')
	}
	if !valued {
		return out[:before]
	}
	return append(out, ']')
}

// appendComponents appends `"1":"…","1&2":"…"`, a component or subcomponent a member.
func (h *HL7) appendComponents(out, repetition []byte, s signs) []byte {
	var component []byte
	for c, more := 1, true; more; c++ {
		component, repetition, more = cut(repetition, s.component)
		var value []byte
		for sub, more := 1, len(component) > 0; more; sub++ {
			value, component, more = cut(component, s.subcomponent)
			if len(value) == 0 {
				continue
			}
			out = append(comma(out), '"')
			out = strconv.AppendInt(out, int64(c), 10)
			if sub > 1 {
				out = strconv.AppendInt(append(out, '&'), int64(sub), 10)
			}
			out = h.appendValue(append(out, '"', ':'), value, s)
		}
	}
	return out
}

// appendValue appends a value: null for "", a string for anything else.
func (h *HL7) appendValue(out, value []byte, s signs) []byte {
	if string(value) == `""` {
		return append(out, "null"...)
	}
	if h.charset.table == nil && (s.escape == 0 || bytes.IndexByte(value, s.escape) < 0) {
		return tape.AppendQuoted(out, value)
	}
	h.value = h.charset.unescape(h.value[:0], value, s)
	return tape.AppendQuoted(out, h.value)
}
