package source

import (
	"errors"
	"strconv"
)

// Error says what is wrong with a record, and where. It never holds a cell, a field or any other
// value of the input, so it may be logged; it may hold names: of CSV columns, XML elements, HL7
// segments.
//
// A reader that has returned an Error with Fatal false may be asked for the next record: only the
// one record is lost. After a fatal one it returns the same Error for ever, because nothing tells
// where the next record begins.
type Error struct {
	// Record is the number of the record, from 1; 0 if the input failed before the first one.
	Record int
	// Line and Column are where the fault was seen, from 1; 0 if unknown. Columns are counted
	// in bytes of UTF-8, after decoding.
	Line, Column int
	// Where is the place in the source's own terms: `row 17, column "Birth date" (3)`,
	// `/adx/group[17]`, `message 3, PID-3[2].1`. Empty if there is none yet.
	Where string
	// Reason says what is wrong and, where there is one, the setting that changes it.
	Reason string
	// Fatal is true if no further record can be read.
	Fatal bool
	// Err is the cause if there is one, such as an error of the io.Reader.
	Err error
}

// Error returns where, line:column and the reason on one line.
func (e *Error) Error() string {
	text := e.Where
	if e.Line > 0 {
		if text != "" {
			text += ", "
		}
		text += e.lineAndColumn()
	}
	if text != "" {
		text += ": "
	}
	return text + e.reason()
}

// Split returns where and the reason by themselves, the reason with line:column; it is what
// package mapping asks for an issue's Source and Message.
func (e *Error) Split() (where, reason string) {
	if e.Line > 0 {
		return e.Where, e.reason() + " (" + e.lineAndColumn() + ")"
	}
	return e.Where, e.reason()
}

func (e *Error) lineAndColumn() string {
	return "at " + strconv.Itoa(e.Line) + ":" + strconv.Itoa(max(e.Column, 1))
}

func (e *Error) reason() string {
	if e.Err != nil {
		return e.Reason + ": " + e.Err.Error()
	}
	return e.Reason
}

// Unwrap returns the cause, or nil.
func (e *Error) Unwrap() error { return e.Err }

// Skip reports whether only this record is lost and reading may go on; it is what package mapping
// asks before it counts the record as a failed item.
func (e *Error) Skip() bool { return !e.Fatal }

// fault is what went wrong on a record, before the reader adds the record's place to it.
type fault struct {
	reason       string
	line, column int
	cell         int // of a CSV row, from 1; 0 if it is no single one
	fatal        bool
	err          error
}

// ErrNoRecord is returned by One for an input without a record.
var ErrNoRecord = errors.New("the input holds no record")

// ErrManyRecords is returned by One for an input of more than one record.
var ErrManyRecords = errors.New("the input holds more than one record")
