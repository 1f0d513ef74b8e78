package source

import (
	"context"
	"errors"
	"io"
)

// firstBuffer is the size a buffer starts with; it grows with the longest line seen.
const firstBuffer = 64 << 10

// errTooLong is returned by lines.next for a line longer than the limit.
var errTooLong = errors.New("line too long")

// lines cuts a stream into lines, in one buffer that never grows beyond the longest line.
type lines struct {
	from     io.Reader
	encoding Encoding
	raw      bool                  // leave single-byte encodings as they are
	end      func(line []byte) int // index of the byte that ends the line, or -1
	max      int                   // bytes a line may have

	text    io.Reader // from, decoded; nil until the first read
	wide    bool      // from is UTF-16
	buf     []byte
	first   int   // buf[first:last] is not yet handed out
	last    int   // end of what has been read
	err     error // why nothing more can be read: io.EOF or a failure
	current int   // length of the line last returned

	skipping bool
}

// next returns the next line, with the byte that ends it, if any. It is valid until the next call.
// The error is io.EOF, errTooLong, that of ctx or that of the reader.
func (l *lines) next(ctx context.Context) ([]byte, error) {
	l.first += l.current
	l.current = 0
	if l.skipping {
		if err := l.skip(ctx); err != nil {
			return nil, err
		}
	}
	searched := 0
	for {
		open := l.buf[l.first:l.last]
		if i := l.end(open[searched:]); i >= 0 {
			if searched+i > l.max {
				return nil, errTooLong
			}
			l.current = searched + i + 1
			return open[:l.current], nil
		}
		if len(open) > l.max+1 { // +1 for the carriage return of a line end cut in two
			return nil, errTooLong
		}
		searched = len(open)
		if l.err != nil {
			if len(open) == 0 || !errors.Is(l.err, io.EOF) {
				return nil, l.err
			}
			l.current = len(open)
			return open, nil
		}
		if err := l.fill(ctx); err != nil {
			return nil, err
		}
	}
}

// back makes the next call of next return the same line again.
func (l *lines) back() { l.current = 0 }

// skip drops what is left of a line that was too long, in flat memory.
func (l *lines) skip(ctx context.Context) error {
	l.skipping = true // until it is done, should ctx end before
	for {
		if i := l.end(l.buf[l.first:l.last]); i >= 0 {
			l.first += i + 1
			l.skipping = false
			return nil
		}
		l.first = l.last
		if l.err != nil {
			l.skipping = false
			if errors.Is(l.err, io.EOF) {
				return nil
			}
			return l.err
		}
		if err := l.fill(ctx); err != nil {
			return err
		}
	}
}

// fill reads more, or sets l.err. It returns the error of ctx only.
func (l *lines) fill(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if l.text == nil {
		text, wide, err := decode(l.from, l.encoding, l.raw)
		l.text, l.wide = text, wide
		if err != nil {
			l.text, l.err = failing{err}, err
		}
	}
	if l.err != nil {
		return nil //nolint:nilerr // it is for next to return when the buffer is empty
	}
	l.last = copy(l.buf, l.buf[l.first:l.last]) // the start of one line at most
	l.first = 0
	if l.last == len(l.buf) {
		grown := make([]byte, max(2*len(l.buf), firstBuffer))
		l.last = copy(grown, l.buf)
		l.buf = grown
	}
	n, err := readSome(l.text, l.buf[l.last:])
	l.last += n
	l.err = err
	return nil
}

// ended reports whether the line last returned has its line end, and is not cut short by the end
// of the input.
func (l *lines) ended() bool {
	return l.current > 0 && l.end(l.buf[l.first:l.first+l.current]) == l.current-1
}
