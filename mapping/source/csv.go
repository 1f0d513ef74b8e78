package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/openhim/mediator-go/mapping/internal/tape"
)

// CSVConfig is how a CSV input is read. The zero value reads RFC 4180 with a header row, in UTF-8
// or what the byte order mark says.
type CSVConfig struct {
	// Columns names the columns of a file that has no header row. Nil means that the first row
	// names them.
	Columns []string
	// Skip is how many lines to pass over before the header or the first row: titles, or with
	// Columns a header one does not want. Defaults to 0.
	Skip int
	// Delimiter stands between two cells; any ASCII character but a letter, a digit, a quote
	// and a line end. Defaults to ','.
	Delimiter byte
	// Quote encloses cells that hold the delimiter, line ends or quotes, which are then
	// doubled. Defaults to '"'.
	Quote byte
	// NoQuotes reads Quote as a character like any other, as in most tab-separated files.
	NoQuotes bool
	// LazyQuotes allows a quote inside a cell that is not quoted, and a quote that is not
	// doubled in one that is. A slip of the pen can then swallow rows. Defaults to false: such
	// quotes are errors with line and column.
	LazyQuotes bool
	// NumberNames accepts a header with empty or repeated names: column 4 without a name is
	// "column_4", the second "date" is "date_2". Defaults to false: such a header is an error,
	// because what a mapping reads would depend on chance.
	NumberNames bool
	// Ragged accepts rows with fewer or more cells than columns: what is missing is missing in
	// the record too, a 19th cell of 18 columns is "column_19". Defaults to false: such a row
	// is refused and reading goes on.
	Ragged bool
	// Encoding of the input. Defaults to what the byte order mark says, else UTF-8.
	Encoding Encoding
	// MaxRecord is the most bytes a row may have. Defaults to DefaultMaxRecord.
	MaxRecord int
}

// CSV reads the rows of a CSV file. A record is an object of strings by column name; see the
// package documentation.
type CSV struct {
	lines  lines
	config CSVConfig

	keys    [][]byte       // `,"name":` by column, ready to write
	names   []string       // by column
	columns map[string]int // column by name; nil until the header is read

	at     Position
	opened bool // what stands before the first record has been read
	nextAt int  // the line the next row begins on
	cells  []span
	text   []byte  // what cells points into
	joined []byte  // the text of a row with quotes
	begins []place // where the cells of a row with quotes begin
	out    []byte
	failed *Error
}

// span is a part of a text.
type span struct{ from, to int }

// place is a line and a column, from 1.
type place struct{ line, column int }

var _ Reader = (*CSV)(nil)

// NewCSV returns a reader of r. It reads nothing yet. The error names a setting that is wrong.
func NewCSV(r io.Reader, config CSVConfig) (*CSV, error) {
	var err error
	if config.MaxRecord, err = limit("MaxRecord", config.MaxRecord, DefaultMaxRecord); err != nil {
		return nil, err
	}
	if config.Encoding, err = config.Encoding.canonical(); err != nil {
		return nil, err
	}
	if config.Delimiter == 0 {
		config.Delimiter = ','
	}
	if config.Quote == 0 {
		config.Quote = '"'
	}
	for _, sign := range []struct {
		name string
		char byte
	}{{"Delimiter", config.Delimiter}, {"Quote", config.Quote}} {
		if !separates(sign.char) {
			return nil, fmt.Errorf("setting %s is %q; it must be ASCII and neither a letter, a digit nor a line end", sign.name, sign.char)
		}
	}
	if config.Delimiter == config.Quote && !config.NoQuotes {
		return nil, fmt.Errorf("settings Delimiter and Quote are both %q", config.Quote)
	}
	if config.Skip < 0 {
		return nil, fmt.Errorf("setting Skip is %d; it cannot be negative", config.Skip)
	}
	c := &CSV{config: config, nextAt: 1, lines: lines{from: r, end: lineFeed, encoding: config.Encoding, max: config.MaxRecord}}
	if config.Columns != nil {
		if bad := c.name(config.Columns); bad.reason != "" {
			return nil, fmt.Errorf("setting Columns cannot be used: %s", bad.reason)
		}
	}
	return c, nil
}

// separates reports whether c can stand between cells or around them.
func separates(c byte) bool {
	switch {
	case c >= 0x80, c == 0, c == '\n', c == '\r', '0' <= c && c <= '9', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
		return false
	}
	return true
}

// Next returns the next row that is not empty. See Reader. Fatal are a header that cannot be used,
// a quote that is not closed or has text after it, and a row that is too long: after those nothing
// tells where the next row begins. A row with too many or too few cells, a stray quote or bytes
// that are not UTF-8 is refused alone.
func (c *CSV) Next(ctx context.Context) ([]byte, error) {
	if c.failed != nil {
		return nil, c.failed
	}
	if !c.opened {
		if err := c.start(ctx); err != nil {
			return nil, err
		}
		c.opened = true
	}
	bad, err := c.row(ctx)
	switch {
	case err != nil:
		return nil, err
	case bad.reason == "" && len(c.cells) > maxColumns:
		bad = fault{line: c.at.Line, column: 1, reason: fmt.Sprintf("more than %d cells", maxColumns)}
	case bad.reason == "" && len(c.cells) != len(c.names) && !c.config.Ragged:
		bad = fault{line: c.at.Line, column: 1, reason: fmt.Sprintf("%d cells in a table of %d columns; quote cells that hold the delimiter, or set Ragged", len(c.cells), len(c.names))}
	}
	c.at.Record++
	if bad.reason != "" {
		return nil, c.refuse(bad)
	}
	record, bad := c.write()
	if bad.reason != "" {
		return nil, c.refuse(bad)
	}
	return record, nil
}

// start passes over Skip lines and reads the header.
func (c *CSV) start(ctx context.Context) error {
	for ; c.nextAt <= c.config.Skip; c.nextAt++ {
		_, err := c.lines.next(ctx)
		if errors.Is(err, errTooLong) {
			err = c.lines.skip(ctx)
		}
		if err != nil {
			return c.stopped(ctx, err)
		}
		c.at.Row++
	}
	if c.columns != nil {
		return nil
	}
	bad, err := c.row(ctx)
	if err != nil {
		return err
	}
	if bad.reason == "" {
		names := make([]string, len(c.cells))
		for i, cell := range c.cells {
			names[i] = string(c.text[cell.from:cell.to])
		}
		bad = c.name(names)
		bad.line = c.at.Line
	}
	if bad.reason != "" {
		bad.fatal = true
		bad.reason = "the header cannot be used: " + bad.reason
		return c.refuse(bad)
	}
	return nil
}

// write turns the cells into a record.
func (c *CSV) write() ([]byte, fault) {
	out := c.out[:0]
	for i, cell := range c.cells {
		if i < len(c.keys) {
			out = append(out, c.keys[i]...)
		} else {
			extra := numbered(i)
			if _, taken := c.columns[extra]; taken {
				return nil, fault{line: c.at.Line, column: 1, reason: fmt.Sprintf("the row has more cells than columns, and a column is already named %q", extra)}
			}
			out = append(tape.AppendQuoted(append(out, ','), extra), ':')
		}
		out = tape.AppendQuoted(out, c.text[cell.from:cell.to])
		if len(out) > jsonFactor*c.config.MaxRecord {
			return nil, fault{line: c.at.Line, column: 1, reason: fmt.Sprintf("the row as JSON is longer than %d bytes; raise MaxRecord", jsonFactor*c.config.MaxRecord)}
		}
	}
	out = append(out, '}')
	out[0] = '{' // where the first cell has its comma
	c.out = out
	return out, fault{}
}

// Locate returns the row as a spreadsheet counts it, with the column's name and number if pointer
// is a cell: `row 17, column "Birth date" (3)`.
func (c *CSV) Locate(pointer string) string {
	if c.at.Row == 0 {
		return ""
	}
	where := "row " + strconv.Itoa(c.at.Row)
	path := tokens(pointer)
	if len(path) == 0 {
		return where
	}
	if column, ok := c.columns[path[0]]; ok {
		return where + c.column(column)
	}
	for i := len(c.names); i < len(c.cells); i++ {
		if path[0] == numbered(i) {
			return where + c.column(i)
		}
	}
	return where
}

// column names a column in an error.
func (c *CSV) column(i int) string {
	if i < len(c.names) {
		return fmt.Sprintf(", column %q (%d)", c.names[i], i+1)
	}
	return fmt.Sprintf(", column %d", i+1)
}

// Columns returns the names of the columns in their order, as the records have them; nil before
// the header has been read by the first Next.
func (c *CSV) Columns() []string { return append([]string(nil), c.names...) }

// Position returns where the last record begins.
func (c *CSV) Position() Position { return c.at }

func (c *CSV) refuse(f fault) error {
	e := &Error{Record: c.at.Record, Line: f.line, Column: f.column, Where: c.Locate(""), Reason: f.reason, Fatal: f.fatal, Err: f.err}
	if f.cell > 0 {
		e.Where += c.column(f.cell - 1)
	}
	if e.Fatal {
		c.failed = e
	}
	return e
}

// stopped turns an error of lines into what Next returns.
func (c *CSV) stopped(ctx context.Context, err error) error {
	if errors.Is(err, io.EOF) || ctx.Err() != nil {
		return err
	}
	f := unreadable(err)
	if errors.Is(err, errTooLong) {
		f = c.tooLong()
	}
	if c.columns != nil {
		c.at.Record++
	}
	f.line, f.column = c.nextAt, 1
	return c.refuse(f)
}

func (c *CSV) tooLong() fault {
	return fault{fatal: true, reason: fmt.Sprintf("the row is longer than %d bytes; look for a quote that is never closed, or raise MaxRecord", c.config.MaxRecord)}
}
