package source

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
)

// DefaultMaxRecord is the most one record may take of the input, in bytes, unless a Config says
// otherwise: 16 MiB.
const DefaultMaxRecord = 16 << 20

// jsonFactor bounds the JSON of a record by MaxRecord: a control character takes six times as much
// in JSON as in a CSV cell, a HL7 field of one letter nine times, and names are repeated.
const jsonFactor = 16

// Reader is what CSV, NDJSON, XML and HL7 have in common. Each of them is a mapping.Source. A
// Reader is used by one goroutine.
type Reader interface {
	// Next returns the next record as one JSON value, io.EOF after the last one, an *Error for
	// a record that cannot be read, or the error of ctx. The bytes are valid until the next
	// call.
	Next(ctx context.Context) ([]byte, error)
	// Locate translates a JSON pointer into the record last returned (or refused) into the
	// terms of the source; "" means the record itself.
	Locate(pointer string) string
	// Position is where the record last returned (or refused) begins.
	Position() Position
}

// Position is the place of a record in its source. The zero value stands before the first record.
type Position struct {
	// Record counts records from 1, refused ones included.
	Record int
	// Row counts the rows of a CSV file as a spreadsheet shows them, from 1: the header and
	// empty rows are counted, line breaks inside a cell are not. 0 for other formats.
	Row int
	// Line is the line of the input on which the record begins, from 1. A HL7 segment is a line.
	Line int
	// Path is the XPath of an XML record, such as /adx/group[17]. Empty for other formats.
	Path string
}

// All ranges over the records of r until its end, a fatal error or the end of ctx. A record that
// cannot be read comes as an error, and the loop goes on to the next; io.EOF is not handed out.
// The bytes are valid until the next turn.
func All(ctx context.Context, r Reader) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for {
			record, err := r.Next(ctx)
			if errors.Is(err, io.EOF) {
				return
			}
			if !yield(record, err) || err != nil && !skippable(err) {
				return
			}
		}
	}
}

// One returns the only record of r: for an XML document or a HL7 message that came as one request.
// It fails with ErrNoRecord or ErrManyRecords if there is not exactly one. The bytes are the
// caller's; r.Locate still speaks of that record.
func One(ctx context.Context, r Reader) ([]byte, error) {
	record, err := r.Next(ctx)
	if errors.Is(err, io.EOF) {
		return nil, ErrNoRecord
	}
	if err != nil {
		return nil, err
	}
	record = bytes.Clone(record)
	_, err = r.Next(ctx)
	switch {
	case errors.Is(err, io.EOF):
		return record, nil
	case err == nil, skippable(err):
		return nil, ErrManyRecords
	}
	return nil, err
}

// skippable reports whether reading may go on after err.
func skippable(err error) bool {
	var bad *Error
	return errors.As(err, &bad) && !bad.Fatal
}
