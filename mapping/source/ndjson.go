package source

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/tidwall/gjson"

	"github.com/openhim/mediator-go/mapping/internal/tape"
)

// NDJSONConfig is how an NDJSON input is read. The zero value works.
type NDJSONConfig struct {
	// MaxRecord is the most bytes a line may have. Defaults to DefaultMaxRecord.
	MaxRecord int
	// MaxDepth is how deep arrays and objects may nest. Defaults to 256.
	MaxDepth int
}

// NDJSON reads one JSON value a line (https://github.com/ndjson/ndjson-spec, JSON Lines). A record
// is the line's text as it is, without the space around it; empty lines are skipped. A line that is
// no JSON is refused and reading goes on with the next.
type NDJSON struct {
	lines    lines
	maxDepth int
	at       Position
	failed   *Error
}

var _ Reader = (*NDJSON)(nil)

// NewNDJSON returns a reader of r. It reads nothing yet. The error names a setting that is wrong.
func NewNDJSON(r io.Reader, config NDJSONConfig) (*NDJSON, error) {
	maxRecord, err := limit("MaxRecord", config.MaxRecord, DefaultMaxRecord)
	if err != nil {
		return nil, err
	}
	depth, err := limit("MaxDepth", config.MaxDepth, defaultDepth)
	if err != nil {
		return nil, err
	}
	return &NDJSON{lines: lines{from: r, end: lineFeed, max: maxRecord}, maxDepth: depth}, nil
}

// Next returns the next line that is not empty, checked to be one JSON value. See Reader.
func (n *NDJSON) Next(ctx context.Context) ([]byte, error) {
	if n.failed != nil {
		return nil, n.failed
	}
	for {
		line, err := n.lines.next(ctx)
		if errors.Is(err, io.EOF) {
			return nil, io.EOF
		}
		if ctx.Err() != nil && err != nil {
			return nil, err
		}
		n.at.Line++
		if errors.Is(err, errTooLong) {
			n.at.Record++
			if err = n.lines.skip(ctx); err == nil {
				return nil, n.refuse(fault{column: n.lines.max + 1, reason: fmt.Sprintf("the line is longer than %d bytes; raise MaxRecord", n.lines.max)})
			}
		}
		if err != nil {
			return nil, n.refuse(unreadable(err))
		}
		column := len(line) - len(bytes.TrimLeft(line, " \t\r\n"))
		line = bytes.Trim(line, " \t\r\n")
		if len(line) == 0 {
			continue
		}
		n.at.Record++
		if bad := n.check(line); bad.reason != "" {
			bad.column += column
			return nil, n.refuse(bad)
		}
		return line, nil
	}
}

// Locate returns the line, and the pointer if it is not empty: "line 17, /person/name".
func (n *NDJSON) Locate(pointer string) string {
	if n.at.Record == 0 {
		return ""
	}
	where := "line " + strconv.Itoa(n.at.Line)
	if pointer != "" {
		where += ", " + pointer
	}
	return where
}

// Position returns where the last record stands.
func (n *NDJSON) Position() Position { return n.at }

// check returns what is wrong with line, its column counted from the start of line.
func (n *NDJSON) check(line []byte) fault {
	if i := tape.InvalidUTF8(line); i >= 0 {
		return fault{column: i + 1, reason: "bytes that are not UTF-8, as JSON must be"}
	}
	if i := tooDeep(line, n.maxDepth); i >= 0 {
		return fault{column: i + 1, reason: fmt.Sprintf("nested deeper than %d; raise MaxDepth", n.maxDepth)}
	}
	if gjson.ValidBytes(line) {
		return fault{}
	}
	var syntax *json.SyntaxError
	var raw json.RawMessage
	column := 1
	if errors.As(json.Unmarshal(line, &raw), &syntax) {
		column = max(1, int(syntax.Offset))
	}
	if syntax != nil && syntax.Error() == "unexpected end of JSON input" {
		return fault{column: column, reason: "not valid JSON; the line ends too early"}
	}
	return fault{column: column, reason: "not valid JSON; one whole value a line is expected"}
}

func (n *NDJSON) refuse(f fault) error {
	e := &Error{Record: n.at.Record, Line: n.at.Line, Column: f.column, Where: n.Locate(""), Reason: f.reason, Fatal: f.fatal, Err: f.err}
	if e.Fatal {
		n.failed = e
	}
	return e
}

// tooDeep returns where line first nests deeper than limit, or -1.
func tooDeep(line []byte, limit int) int {
	if bytes.Count(line, []byte{'{'})+bytes.Count(line, []byte{'['}) <= limit {
		return -1
	}
	depth, quoted := 0, false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '"':
			quoted = !quoted
		case quoted && c == '\\':
			i++
		case quoted:
		case c == '{', c == '[':
			if depth++; depth > limit {
				return i
			}
		case c == '}', c == ']':
			depth--
		}
	}
	return -1
}

// defaultDepth is how deep records may nest unless a Config says otherwise.
const defaultDepth = 256

// limit returns a setting that must not be negative, or its default for zero.
func limit(name string, value, otherwise int) (int, error) {
	const most = 1 << 30
	switch {
	case value == 0:
		return otherwise, nil
	case value < 0 || value > most:
		return 0, fmt.Errorf("setting %s is %d; it must be from 1 to %d", name, value, most)
	}
	return value, nil
}

// lineFeed finds the end of a line of text.
func lineFeed(b []byte) int { return bytes.IndexByte(b, '\n') }

// unreadable is the fault of an input that could not be read on.
func unreadable(err error) fault {
	return fault{fatal: true, err: err, reason: "the input cannot be read"}
}
