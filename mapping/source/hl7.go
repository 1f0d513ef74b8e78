package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// HL7Config is how HL7 v2 messages are read. The zero value works.
type HL7Config struct {
	// Groups puts segments into those they belong to: {"OBR": {"OBX", "NTE"}, "OBX": {"NTE"}}
	// makes each OBX a member of the OBR before it, and each NTE one of the OBX or OBR before
	// it, the innermost that takes it. Segments no open one takes stay at the top. Defaults to
	// none: all segments are at the top.
	Groups map[string][]string
	// Order writes the order of segments, "__", into every object that holds segments. Defaults
	// to false: it is written where the record would lose the order else.
	Order bool
	// Encoding of the messages; it overrules MSH-18. Defaults to the byte order mark, else each
	// message's MSH-18, else UTF-8.
	Encoding Encoding
	// MaxRecord is the most bytes a message may have. Defaults to DefaultMaxRecord.
	MaxRecord int
}

// HL7 reads HL7 v2 messages in the encoding of bars and hats (HL7 v2.5.1 chapter 2): one message,
// several one after the other, or batches. Segments end in a carriage return, as the standard
// says, or in a line feed, as files often do. MLLP framing (0x0B before, 0x1C after) is taken off.
// A record is a message; see the package documentation. A message that cannot be read is refused
// and reading goes on with the next.
type HL7 struct {
	config HL7Config
	groups map[string]map[string]bool
	lines  lines

	line     int  // number of the segment last read
	ender    byte // what ended it
	inBlock  bool // an MLLP block is open
	inBatch  bool // a FHS or BHS has been seen
	stray    bool // segments outside a message have been reported
	open     bool // a message is being gathered
	batches  int  // BHS since FHS
	messages int  // since BHS
	file     header
	batch    header

	text     []byte // of the message, and of the headers before it
	own      int    // where the message itself begins in text
	segments []segment
	bad      fault

	charset charset
	tree    tree
	stack   []int32
	value   []byte
	out     []byte
	at      Position
	where   string // in the message, of bad
	failed  *Error
	ended   bool
}

// segment is one of the message being gathered.
type segment struct {
	text span
	line int
	signs
}

// header is a FHS or BHS, which every message after it carries.
type header struct {
	text []byte
	line int
	signs
}

var _ Reader = (*HL7)(nil)

// NewHL7 returns a reader of r. It reads nothing yet. The error names a setting that is wrong.
func NewHL7(r io.Reader, config HL7Config) (*HL7, error) {
	var err error
	if config.MaxRecord, err = limit("MaxRecord", config.MaxRecord, DefaultMaxRecord); err != nil {
		return nil, err
	}
	if config.Encoding, err = config.Encoding.canonical(); err != nil {
		return nil, err
	}
	h := &HL7{config: config, groups: map[string]map[string]bool{}}
	h.lines = lines{from: r, end: segmentEnd, encoding: config.Encoding, raw: true, max: config.MaxRecord}
	for parent, children := range config.Groups {
		h.groups[parent] = map[string]bool{}
		for _, child := range children {
			for _, name := range []string{parent, child} {
				if len(name) != nameSize || !isName([]byte(name)) || isEnvelope([]byte(name)) {
					return nil, fmt.Errorf("%q in Groups is not a segment's name; it must be three capital letters or digits, and not MSH, FHS, BHS, BTS or FTS", name)
				}
			}
			h.groups[parent][child] = true
		}
	}
	for parent := range h.groups {
		if h.circular(parent, parent, map[string]bool{}) {
			return nil, fmt.Errorf("%q in Groups belongs to itself", parent)
		}
	}
	return h, nil
}

// circular reports whether target is below from in Groups.
func (h *HL7) circular(target, from string, seen map[string]bool) bool {
	for child := range h.groups[from] {
		if child == target {
			return true
		}
		if !seen[child] {
			seen[child] = true
			if h.circular(target, child, seen) {
				return true
			}
		}
	}
	return false
}

// Next returns the next message. See Reader. A batch trailer whose count is not that of the
// messages read, and segments outside a message, come as errors too, between the messages.
func (h *HL7) Next(ctx context.Context) ([]byte, error) {
	switch {
	case h.failed != nil:
		return nil, h.failed
	case h.ended:
		return nil, io.EOF
	}
	for {
		done, err := h.step(ctx)
		if err != nil {
			return nil, err
		}
		if !done {
			continue
		}
		h.open = false
		bad := h.bad
		if bad.reason == "" {
			if bad = h.write(); bad.reason == "" {
				return h.out, nil
			}
		}
		return nil, h.refuse(bad, h.where)
	}
}

// Locate returns the place in the standard's terms: "PID-3.1" is the first component of the first
// repetition, "PID-3[2].1.2" names repetition and subcomponent, "OBR[2]/OBX[3]-5" the third OBX of
// the second OBR. In a batch, and from the second message on, the message's number comes first.
func (h *HL7) Locate(pointer string) string {
	if h.at.Record == 0 {
		return ""
	}
	inside := locateHL7(pointer)
	switch {
	case inside == "":
		return "message " + strconv.Itoa(h.at.Record)
	case h.inBatch || h.at.Record > 1:
		return "message " + strconv.Itoa(h.at.Record) + ", " + inside
	}
	return inside
}

// Position returns where the last message begins.
func (h *HL7) Position() Position { return h.at }

// refuse makes an error of f; where is the place in the message, if known.
func (h *HL7) refuse(f fault, where string) error {
	e := &Error{Record: h.at.Record, Line: f.line, Column: f.column, Where: h.Locate(""), Reason: f.reason, Fatal: f.fatal, Err: f.err}
	if where != "" && e.Where != "" {
		e.Where += ", "
	}
	e.Where += where
	if e.Fatal {
		h.failed = e
	}
	return e
}

// spoil marks the message being gathered as unreadable; the first reason counts.
func (h *HL7) spoil(f fault, where string) {
	if h.bad.reason == "" {
		h.bad, h.where = f, where
	}
}

// unreadable handles the errors of lines. done means that the message open before has ended.
func (h *HL7) unreadable(ctx context.Context, err error) (done bool, _ error) {
	switch {
	case errors.Is(err, io.EOF):
		if !h.open {
			h.ended = true
			return false, io.EOF
		}
		if h.inBlock {
			h.inBlock = false
			h.spoil(fault{line: h.line, column: 1, reason: reasonCut}, "")
		}
		return true, nil
	case ctx.Err() != nil:
		return false, err
	case errors.Is(err, errTooLong):
		h.line++
		h.ender = 0
		if err = h.lines.skip(ctx); err == nil {
			f := fault{line: h.line, column: 1, reason: h.tooLong()}
			if h.open {
				h.spoil(f, "")
				return false, nil
			}
			h.at.Record++
			h.at.Line, h.stray = h.line, true
			return false, h.refuse(f, "")
		}
	}
	f := unreadable(err)
	f.line, f.column = h.line+1, 1
	if !h.open {
		h.at.Record++
	}
	return false, h.refuse(f, "")
}

const reasonCut = "the MLLP block has no end (0x1C); the message may be cut short"

func (h *HL7) tooLong() string {
	return fmt.Sprintf("the message is longer than %d bytes; raise MaxRecord", h.config.MaxRecord)
}
