package mapcase

import (
	"fmt"

	"github.com/openhim/mediator-go/mapping"
	"github.com/openhim/mediator-go/mapping/internal/doc"
)

// FileError is what is wrong with a case file, all of it.
type FileError struct {
	Issues []mapping.Issue
}

// Error tells the first issue and how many there are.
func (e *FileError) Error() string {
	text := "case file: "
	if len(e.Issues) == 0 {
		return text + "cannot be read"
	}
	text += e.Issues[0].String()
	if n := len(e.Issues) - 1; n > 0 {
		text += fmt.Sprintf(" (and %d more)", n)
	}
	return text
}

// faults collects what is wrong with a case file.
type faults struct {
	file   string
	issues []mapping.Issue
}

func (f *faults) add(line, column int, hint, format string, args ...any) {
	if len(f.issues) < 100 {
		f.issues = append(f.issues, mapping.Issue{
			Code: mapping.CodeInvalid, Severity: mapping.SeverityError, Message: fmt.Sprintf(format, args...),
			Hint: hint, File: f.file, Line: line, Column: column,
		})
	}
}

func (f *faults) at(n *doc.Node, hint, format string, args ...any) {
	f.add(n.Line, n.Column, hint, format, args...)
}

func (f *faults) err() error {
	if len(f.issues) == 0 {
		return nil
	}
	return &FileError{f.issues}
}
