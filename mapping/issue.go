package mapping

import (
	"fmt"
	"strings"
)

// Severity is how bad an Issue is.
type Severity string

// The severities. A Run with an issue of SeverityError has no output; a document with one
// does not compile.
const (
	SeverityError       Severity = "error"
	SeverityWarning     Severity = "warning"
	SeverityInformation Severity = "information"
)

// The codes of issues. They are stable: callers may branch on them.
const (
	CodeSyntax     = "syntax"     // the document is not YAML or JSON, or not a mapping
	CodeUnknown    = "unknown"    // an operator, table, name, … that there is not
	CodeInvalid    = "invalid"    // something that cannot stand where it stands
	CodePath       = "path"       // a path that is not in the language, or not in the schema
	CodeExpression = "expression" // an expression that cannot be read or evaluated
	CodeUnused     = "unused"     // a definition that nothing uses, a branch never taken
	CodeTrap       = "trap"       // YAML reads it otherwise than its writer is likely to mean
	CodeInput      = "input"      // the input is not JSON, not UTF-8, …
	CodeDuplicate  = "duplicate"  // a member's name stands twice (strict input)
	CodeType       = "type"       // a value of another type than the rule can take
	CodeRequired   = "required"   // a $required rule came to nothing
	CodeFormat     = "format"     // a text that is no date, number, … of the form it should have
	CodeUnmapped   = "unmapped"   // a code that the table has not
	CodeLookup     = "lookup"     // a lookup that failed or found nothing
	CodeLimit      = "limit"      // more than Limits allow
	CodeSchema     = "schema"     // input or output does not match its schema
	CodeInverse    = "inverse"    // the inverse of a document for both directions loses something
	CodeOperator   = "operator"   // a host's operator or function failed
)

// Issue is one thing that is wrong, with where it stands in the mapping document and where
// in the input. It holds no value of the input unless Options.Values asks for it.
type Issue struct {
	Code     string   `json:"code"`
	Severity Severity `json:"severity"`
	Message  string   `json:"message"`
	Hint     string   `json:"hint,omitempty"`
	Rule     string   `json:"rule,omitempty"`    // the rule's place in the output: /events/*/orgUnit
	File     string   `json:"file,omitempty"`    // of the mapping document
	Line     int      `json:"line,omitempty"`    // from 1
	Column   int      `json:"column,omitempty"`  // from 1
	Pointer  *string  `json:"pointer,omitempty"` // JSON pointer into the input, nil when the issue has no place there
	Source   string   `json:"source,omitempty"`  // the same in the source's terms: row 418, column facility_code
	Offset   int      `json:"offset,omitempty"`  // of the value in the input, in bytes
	Value    string   `json:"value,omitempty"`   // only if asked for
}

// String writes the issue in one line, as a compiler would.
func (i Issue) String() string {
	var b strings.Builder
	if i.File != "" || i.Line > 0 {
		fmt.Fprintf(&b, "%s:%d:%d: ", i.File, i.Line, i.Column)
	}
	fmt.Fprintf(&b, "%s: %s: %s", i.Severity, i.Code, i.Message)
	if i.Rule != "" {
		b.WriteString(" (rule " + i.Rule + ")")
	}
	switch {
	case i.Source != "":
		b.WriteString(" at " + i.Source)
	case i.Pointer != nil && *i.Pointer == "":
		b.WriteString(" at the whole input")
	case i.Pointer != nil:
		b.WriteString(" at input " + *i.Pointer)
	case i.Offset > 0:
		fmt.Fprintf(&b, " at byte %d of the input", i.Offset)
	}
	if i.Value != "" {
		b.WriteString(": " + i.Value)
	}
	if i.Hint != "" {
		b.WriteString("; " + i.Hint)
	}
	return b.String()
}

// DocumentError is what Parse and Compile return: everything that is wrong with a mapping
// document.
type DocumentError struct {
	Issues []Issue
}

func (e *DocumentError) Error() string {
	return "mapping document: " + summary(e.Issues)
}

// InputError is what Run returns when the input cannot be mapped: everything that is wrong
// with it. Its text names places and no values.
type InputError struct {
	Report *Report
}

func (e *InputError) Error() string {
	return "map the input: " + summary(e.Report.Issues)
}

// summary tells the first error and how many there are, without values.
func summary(issues []Issue) string {
	count, first := 0, ""
	for _, issue := range issues {
		if issue.Severity == SeverityError {
			if count++; count == 1 {
				issue.Value = ""
				first = issue.String()
			}
		}
	}
	if count > 1 {
		return fmt.Sprintf("%s (and %d more)", first, count-1)
	}
	return first
}
