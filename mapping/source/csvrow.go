package source

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/openhim/mediator-go/mapping/internal/tape"
)

// row reads the next row that is not empty into c.cells. What is wrong with this row alone comes as
// a fault, after the row has been read to its end; err is for Next to return as it is.
func (c *CSV) row(ctx context.Context) (bad fault, err error) {
	var line []byte
	for {
		line, err = c.lines.next(ctx)
		if err != nil && !errors.Is(err, io.EOF) && ctx.Err() == nil {
			c.at.Row++
			c.at.Line = c.nextAt
			c.cells = c.cells[:0]
		}
		if err != nil {
			return fault{}, c.stopped(ctx, err)
		}
		c.at.Row++
		c.at.Line = c.nextAt
		c.nextAt++
		if line = withoutEnd(line); len(line) > 0 {
			break
		}
	}
	c.cells, c.begins = c.cells[:0], c.begins[:0]
	if c.config.NoQuotes || bytes.IndexByte(line, c.config.Quote) < 0 {
		c.text = line
		c.split(line)
	} else if bad, err = c.quoted(ctx, line); err != nil {
		return fault{}, err
	}
	if bad.reason == "" {
		bad = c.checkText()
	}
	return bad, nil
}

// split cuts a line without quotes.
func (c *CSV) split(line []byte) {
	from := 0
	for len(c.cells) <= maxColumns {
		i := bytes.IndexByte(line[from:], c.config.Delimiter)
		if i < 0 {
			c.cells = append(c.cells, span{from, len(line)})
			return
		}
		c.cells = append(c.cells, span{from, from + i})
		from += i + 1
	}
}

// quoted cuts a row that begins with line and has quotes. The cells are gathered in c.joined, each
// with a delimiter after it, so that two halves of a character never meet.
func (c *CSV) quoted(ctx context.Context, line []byte) (bad fault, err error) {
	q := quotedRow{csv: c, line: line, size: len(line)}
	c.joined = c.joined[:0]
	for more := true; more; {
		from := len(c.joined)
		begin := place{c.nextAt - 1, q.pos + 1}
		if q.pos < len(q.line) && q.line[q.pos] == c.config.Quote {
			q.pos++
			more, err = q.enclosed(ctx)
		} else {
			more = q.bare()
		}
		if err != nil {
			c.text = nil
			return fault{}, err
		}
		if len(c.cells) <= maxColumns {
			c.cells = append(c.cells, span{from, len(c.joined)})
			c.begins = append(c.begins, begin)
			c.joined = append(c.joined, c.config.Delimiter)
		}
	}
	c.text = c.joined
	return q.bad, nil
}

// quotedRow is the place a row with quotes has been read to.
type quotedRow struct {
	csv  *CSV
	line []byte // without its line end
	pos  int    // in line
	size int    // bytes of the row's lines up to here
	bad  fault  // the first one of this row alone
}

// bare reads a cell that does not begin with a quote. It reports whether another cell follows.
func (q *quotedRow) bare() bool {
	c := q.csv
	cell, more := q.line[q.pos:], false
	if i := bytes.IndexByte(cell, c.config.Delimiter); i >= 0 {
		cell, more = cell[:i], true
	}
	if i := bytes.IndexByte(cell, c.config.Quote); i >= 0 && !c.config.LazyQuotes && q.bad.reason == "" {
		q.bad = fault{
			line: c.nextAt - 1, column: q.pos + i + 1, cell: len(c.cells) + 1,
			reason: "a quote in a cell that does not begin with one; enclose the cell in quotes and double those inside, or set LazyQuotes",
		}
	}
	c.joined = append(c.joined, cell...)
	q.pos += len(cell) + 1
	return more
}

// enclosed reads a cell after its opening quote. It reports whether another cell follows.
func (q *quotedRow) enclosed(ctx context.Context) (more bool, err error) {
	c := q.csv
	opened := place{c.nextAt - 1, q.pos}
	for {
		i := bytes.IndexByte(q.line[q.pos:], c.config.Quote)
		if i < 0 {
			c.joined = append(c.joined, q.line[q.pos:]...)
			done, err := q.nextLine(ctx, opened)
			if done || err != nil {
				return false, err
			}
			continue
		}
		c.joined = append(c.joined, q.line[q.pos:q.pos+i]...)
		q.pos += i + 1
		switch {
		case q.pos == len(q.line):
			return false, nil
		case q.line[q.pos] == c.config.Quote:
			c.joined = append(c.joined, c.config.Quote)
			q.pos++
		case q.line[q.pos] == c.config.Delimiter:
			q.pos++
			return true, nil
		case c.config.LazyQuotes:
			c.joined = append(c.joined, c.config.Quote)
		default:
			return false, q.fatal(fault{
				line: c.nextAt - 1, column: q.pos,
				reason: "text after the quote that closes the cell; double quotes inside a cell, or set LazyQuotes",
			})
		}
	}
}

// nextLine goes on to the next line inside a quoted cell. done means that the input has ended and
// the cell with it, which LazyQuotes allows.
func (q *quotedRow) nextLine(ctx context.Context, opened place) (done bool, err error) {
	c := q.csv
	if c.lines.ended() {
		c.joined = append(c.joined, '\n')
	}
	line, err := c.lines.next(ctx)
	switch {
	case errors.Is(err, io.EOF):
		if c.config.LazyQuotes {
			return true, nil
		}
		return false, q.fatal(fault{line: opened.line, column: opened.column, reason: "the quote opened here is never closed"})
	case ctx.Err() != nil && err != nil:
		_ = q.fatal(fault{line: opened.line, column: opened.column, reason: "reading was given up inside this row", err: err})
		return false, err
	case errors.Is(err, errTooLong) || err == nil && q.size+len(line) > c.config.MaxRecord:
		f := c.tooLong()
		f.line, f.column = opened.line, opened.column
		return false, q.fatal(f)
	case err != nil:
		f := unreadable(err)
		f.line, f.column = c.nextAt, 1
		return false, q.fatal(f)
	}
	q.size += len(line)
	q.line, q.pos = withoutEnd(line), 0
	c.nextAt++
	return false, nil
}

func (q *quotedRow) fatal(f fault) error {
	c := q.csv
	f.fatal = true
	if f.cell == 0 {
		f.cell = len(c.cells) + 1
	}
	if c.columns != nil {
		c.at.Record++
	}
	return c.refuse(f)
}

// checkText returns the fault of a cell that is not UTF-8.
func (c *CSV) checkText() fault {
	i := tape.InvalidUTF8(c.text)
	if i < 0 {
		return fault{}
	}
	f := fault{line: c.at.Line, column: i + 1, reason: "bytes that are not UTF-8; set Encoding, often windows-1252"}
	for n, cell := range c.cells {
		if i >= cell.from && i <= cell.to {
			f.cell = n + 1
			if n < len(c.begins) {
				f.line, f.column = c.begins[n].line, c.begins[n].column
			}
		}
	}
	return f
}

// withoutEnd returns line without its line end. A carriage return at the very end of the input is
// one as well.
func withoutEnd(line []byte) []byte {
	line = bytes.TrimSuffix(line, []byte{'\n'})
	return bytes.TrimSuffix(line, []byte{'\r'})
}
