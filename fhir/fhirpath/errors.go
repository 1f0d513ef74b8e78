package fhirpath

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// SyntaxError says why a text is no expression: what does not parse, functions, types and
// numbers of arguments that do not exist, and, from [Expression.Check], what the types rule
// out. It never holds data.
type SyntaxError struct {
	Line, Column int    // from 1, in the expression; the column in characters
	Message      string // lower-case
	Hint         string // what to write instead, or empty
}

// Error returns the place, what is wrong and the hint.
func (e *SyntaxError) Error() string {
	return "fhirpath: " + placed(e.Line, e.Column, e.Message, e.Hint)
}

// EvalError says why an expression has no result for some data: a singleton was wanted and
// there are several items, operands do not fit, a budget ran out. It never holds data.
type EvalError struct {
	Line, Column int    // from 1, in the expression
	Message      string // lower-case
	Hint         string // what to write instead, or empty
	Err          error  // what a resolver, a terminology, a function or the context reported; ErrBudget; or nil
}

// Error returns the place, what is wrong and the hint.
func (e *EvalError) Error() string {
	message := e.Message
	if e.Err != nil {
		message += ": " + e.Err.Error()
	}
	return "fhirpath: " + placed(e.Line, e.Column, message, e.Hint)
}

// Unwrap returns Err.
func (e *EvalError) Unwrap() error { return e.Err }

// ErrBudget is wrapped by the error of an evaluation that needed more than its [Limits].
var ErrBudget = errors.New("the evaluation needs more than its limits allow")

func placed(line, column int, message, hint string) string {
	if hint != "" {
		message += " (" + hint + ")"
	}
	return fmt.Sprintf("line %d, column %d: %s", line, column, message)
}

// place turns an offset into a line and a column.
func place(source string, pos int) (line, column int) {
	before := source[:min(pos, len(source))]
	start := strings.LastIndexByte(before, '\n') + 1
	return strings.Count(before, "\n") + 1, utf8.RuneCountInString(before[start:]) + 1
}

func newSyntaxError(source string, pos int, message, hint string) *SyntaxError {
	line, column := place(source, pos)
	return &SyntaxError{Line: line, Column: column, Message: message, Hint: hint}
}

// similar returns the candidate that name is probably a misspelling of, or "".
func similar(name string, candidates []string) string {
	best, bestDistance := "", 3
	for _, c := range candidates {
		d := distance(strings.ToLower(name), strings.ToLower(c))
		if d < bestDistance && d < len(name) {
			best, bestDistance = c, d
		}
	}
	return best
}

// distance is the number of letters to insert, drop or replace; swapped neighbours count one.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
