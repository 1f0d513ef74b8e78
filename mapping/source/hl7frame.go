package source

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
)

const (
	blockStart = 0x0B // MLLP: <VT> message <FS><CR>
	blockEnd   = 0x1C
	nameSize   = 3
)

// segmentEnd finds the byte that ends a segment or frames a message.
func segmentEnd(b []byte) int {
	for i, c := range b {
		if c <= blockEnd && (c == '\r' || c == '\n' || c == blockStart || c == blockEnd) {
			return i
		}
	}
	return -1
}

// isName reports whether b begins with a segment's name.
func isName(b []byte) bool {
	if len(b) < nameSize || b[0] < 'A' || b[0] > 'Z' {
		return false
	}
	for _, c := range b[1:nameSize] {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// isEnvelope reports whether b begins with the name of a segment that begins or ends a message,
// a batch or a file.
func isEnvelope(b []byte) bool {
	switch string(b[:min(len(b), nameSize)]) {
	case "MSH", "BHS", "FHS", "BTS", "FTS":
		return true
	}
	return false
}

// step reads one segment. done means that the open message is complete.
func (h *HL7) step(ctx context.Context) (done bool, err error) {
	line, err := h.lines.next(ctx)
	if err != nil {
		return h.unreadable(ctx, err)
	}
	text, ender := line, byte(0)
	if h.lines.ended() {
		text, ender = line[:len(line)-1], line[len(line)-1]
	}
	if h.open && isEnvelope(text) {
		h.lines.back()
		return true, nil
	}
	// A line begins after a line end; CR LF is one.
	if h.ender == 0 || h.ender == '\n' || h.ender == '\r' && (ender != '\n' || len(text) > 0) {
		h.line++
	}
	h.ender = ender
	if len(text) > 0 {
		if err := h.segment(text); err != nil {
			h.frame(ender)
			return false, err
		}
	}
	return h.frame(ender), nil
}

// frame takes note of MLLP framing. done means that it ends the open message.
func (h *HL7) frame(ender byte) (done bool) {
	switch ender {
	case blockStart:
		if h.open && h.inBlock {
			h.spoil(fault{line: h.line, column: 1, reason: reasonCut}, "")
		}
		h.inBlock = true
		return h.open
	case blockEnd:
		h.inBlock = false
		return h.open
	}
	return false
}

// segment takes one segment. The error is for Next to return.
func (h *HL7) segment(text []byte) error {
	if isEnvelope(text) {
		return h.envelope(text)
	}
	if !h.open {
		if h.stray {
			return nil
		}
		h.stray = true
		h.at.Record++
		h.at.Line = h.line
		return h.refuse(fault{line: h.line, column: 1, reason: "a segment outside a message; messages begin with MSH, batches with FHS or BHS"}, "")
	}
	message := &h.segments[len(h.segments)-1]
	switch {
	case !isName(text):
		h.spoil(fault{line: h.line, column: 1, reason: "a line that does not begin with a segment's name; a line end inside a field must be written as an escape such as \\.br\\"}, "")
	case len(text) > nameSize && text[nameSize] != message.field:
		h.spoil(fault{line: h.line, column: nameSize + 1, reason: "a segment's name without the field separator of MSH-1 after it"}, string(text[:nameSize]))
	case len(h.text)-h.own+len(text) > h.config.MaxRecord:
		h.spoil(fault{line: h.line, column: 1, reason: h.tooLong()}, "")
	}
	if h.bad.reason == "" {
		h.add(text, h.line, message.signs)
	}
	return nil
}

// add puts a segment into the message.
func (h *HL7) add(text []byte, line int, s signs) {
	from := len(h.text)
	h.text = append(h.text, text...)
	h.segments = append(h.segments, segment{span{from, len(h.text)}, line, s})
}

// envelope takes a MSH, or a segment around messages.
func (h *HL7) envelope(text []byte) error {
	name := string(text[:nameSize])
	switch name {
	case "BTS":
		separator, read := h.batch.field, h.messages
		h.batch, h.messages = header{}, 0
		return h.tally(text, separator, read, "messages in the batch")
	case "FTS":
		separator, read := h.file.field, h.batches
		h.file, h.batch, h.batches, h.messages = header{}, header{}, 0, 0
		if read == 0 {
			return nil // it counts batches, and there may be messages without one
		}
		return h.tally(text, separator, read, "batches in the file")
	}
	s, reason := readSigns(text)
	f := fault{line: h.line, column: nameSize + 1, reason: reason}
	switch name {
	case "FHS":
		h.inBatch, h.batches, h.messages = true, 0, 0
		h.file, h.batch = header{bytes.Clone(text), h.line, s}, header{}
	case "BHS":
		h.inBatch, h.messages = true, 0
		h.batches++
		h.batch = header{bytes.Clone(text), h.line, s}
	default:
		h.begin(text, s)
		if reason != "" {
			h.spoil(f, "MSH")
		}
		return nil
	}
	if reason == "" {
		return nil
	}
	if name == "FHS" {
		h.file = header{}
	} else {
		h.batch = header{}
	}
	return h.refuse(f, name)
}

// begin opens a message.
func (h *HL7) begin(text []byte, s signs) {
	h.at.Record++
	h.at.Line = h.line
	h.messages++
	h.open, h.stray = true, false
	h.bad, h.where = fault{}, ""
	h.text, h.segments = h.text[:0], h.segments[:0]
	for _, before := range []header{h.file, h.batch} {
		if before.text != nil {
			h.add(before.text, before.line, before.signs)
		}
	}
	h.own = len(h.text)
	h.add(text, h.line, s)
}

// tally compares the count of a trailer, if it gives one, with what was read.
func (h *HL7) tally(text []byte, separator byte, read int, of string) error {
	if separator == 0 || len(text) <= nameSize || text[nameSize] != separator {
		return nil
	}
	count, _, _ := bytes.Cut(text[nameSize+1:], []byte{separator})
	want, err := strconv.Atoi(string(bytes.TrimSpace(count)))
	if err != nil || want == read {
		return nil //nolint:nilerr // a trailer without a number says nothing
	}
	return h.refuse(fault{line: h.line, column: nameSize + 2, reason: fmt.Sprintf("the trailer counts %d %s, read were %d; some may be lost", want, of, read)}, string(text[:nameSize])+"-1")
}
