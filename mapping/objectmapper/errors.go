package objectmapper

import (
	"fmt"
	"strings"
)

// Position is a place in a document, in the terms of an editor.
type Position struct {
	// Line and Column count from 1; Column counts characters. Both are 0 when the place is not known.
	Line, Column int
	// Pointer is the JSON pointer of the value, such as /inputMapping/requestBody.name, or empty.
	Pointer string
}

// String returns "line:column", with the pointer when there is one.
func (p Position) String() string {
	s := fmt.Sprintf("%d:%d", p.Line, p.Column)
	if p.Pointer != "" {
		s += " (" + p.Pointer + ")"
	}
	return s
}

func positionOf(src string, off int) Position {
	off = max(0, min(off, len(src)))
	before := src[:off]
	line := 1 + strings.Count(before, "\n")
	start := strings.LastIndexByte(before, '\n') + 1
	return Position{Line: line, Column: 1 + len([]rune(before[start:]))}
}

// SyntaxError tells where a JSON text is broken. It never quotes the text.
type SyntaxError struct {
	Position Position
	Message  string
}

// Error returns the place and what is wrong.
func (e *SyntaxError) Error() string { return e.Position.String() + ": " + e.Message }

// DocumentError is one mistake of a document: a path, a transform, a member or an expression that cannot be run.
type DocumentError struct {
	// Position is where in the document.
	Position Position
	// Message says what is wrong.
	Message string
	// Hint says what to do about it; may be empty.
	Hint string
}

// Error returns place, message and hint in one line.
func (e *DocumentError) Error() string {
	s := "objectmapper: " + e.Position.String() + ": " + e.Message
	if e.Hint != "" {
		s += "; " + e.Hint
	}
	return s
}

// RunError is a rule that could not be run on an input. It names the rule and never holds the input's values.
type RunError struct {
	// Position is where the rule stands in the document.
	Position Position
	// Source is the rule's source path or the transform's name, Target the target path.
	Source, Target string
	// Err is the cause.
	Err error
}

// Error returns the rule and the cause.
func (e *RunError) Error() string {
	rule := e.Source
	if e.Target != "" {
		rule += " -> " + e.Target
	}
	return fmt.Sprintf("objectmapper: %s: rule %s: %v", e.Position, rule, e.Err)
}

// Unwrap returns the cause.
func (e *RunError) Unwrap() error { return e.Err }

// LimitError tells that a bound of [Limits] was passed.
type LimitError struct {
	// What was counted, such as "levels of nesting".
	What string
	// Limit is the bound.
	Limit int
}

// Error returns what was counted and the bound.
func (e *LimitError) Error() string {
	return fmt.Sprintf("objectmapper: more than %d %s", e.Limit, e.What)
}
