package fhir

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/openhim/mediator-go/fhir/internal/scan"
)

// ParseError says where a text is no resource, and why. It quotes nothing of
// the text, which is a patient's.
type ParseError struct {
	// Line and Column count from 1, the column in characters.
	Line, Column int
	// Offset is that of the byte at fault, from 0.
	Offset int
	// Problem is what is wrong there, such as "a colon is missing".
	Problem string
}

// Error returns the place and the problem.
func (e *ParseError) Error() string {
	return fmt.Sprintf("fhir: line %d, column %d: %s", e.Line, e.Column, e.Problem)
}

// Issue returns the error as an issue of an [OperationOutcome].
func (e *ParseError) Issue() Issue {
	return Issue{
		Severity: SeverityFatal, Code: IssueInvalid, Details: e.Problem,
		Line: e.Line, Column: e.Column,
	}
}

func newParseError(data []byte, fault *scan.Fault) *ParseError {
	e := &ParseError{Offset: fault.Offset, Problem: fault.Problem}
	e.Line, e.Column = position(data, fault.Offset)
	return e
}

// positions finds line and column of many offsets, each after the one before.
type positions struct {
	data         []byte
	offset       int // looked at so far
	line, column int // of it, the line from 1, the column from 0
}

func (p *positions) at(offset int) (line, column int) {
	if offset < p.offset {
		return position(p.data, offset)
	}
	passed := p.data[p.offset:offset]
	p.line += bytes.Count(passed, []byte{'\n'})
	if i := bytes.LastIndexByte(passed, '\n'); i >= 0 {
		p.column, passed = 0, passed[i+1:]
	}
	p.column += utf8.RuneCount(passed)
	p.offset = offset
	return p.line, p.column + 1
}

// position is the line and column, both from 1, of the byte at this offset.
func position(data []byte, offset int) (line, column int) {
	before := data[:min(offset, len(data))]
	line = 1 + bytes.Count(before, []byte{'\n'})
	if i := bytes.LastIndexByte(before, '\n'); i >= 0 {
		before = before[i+1:]
	}
	return line, 1 + utf8.RuneCount(before)
}
