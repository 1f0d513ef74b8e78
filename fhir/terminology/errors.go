package terminology

import (
	"errors"
	"strings"
)

// Conditions of errors. Test them with errors.Is.
var (
	// ErrNotSupplied: a resource that the answer needs is not here. Errors that are this one
	// are a *NotSuppliedError or an *OfflineError.
	ErrNotSupplied = errors.New("terminology: not supplied")
	// ErrUnknownCode: the code system is here, whole, and does not have the code.
	ErrUnknownCode = errors.New("terminology: unknown code")
	// ErrOffline: the answer needs a terminology server. Errors that are this one are an
	// *OfflineError.
	ErrOffline = errors.New("terminology: cannot be told offline")
)

// NotSuppliedError says which resource is not here.
type NotSuppliedError struct {
	// Kind is CodeSystem, ValueSet or ConceptMap.
	Kind string
	// URL is its canonical, with a version if one was asked for.
	URL string
}

// Error implements error.
func (e *NotSuppliedError) Error() string {
	return "terminology: no " + e.Kind + " " + e.URL + " was supplied"
}

// Is reports whether target is ErrNotSupplied.
func (e *NotSuppliedError) Is(target error) bool { return target == ErrNotSupplied }

// OfflineError says why a value set cannot be expanded, or membership in it not be told,
// without a terminology server.
type OfflineError struct {
	// ValueSet is the canonical of the value set, "" when there is none.
	ValueSet string
	// System is the code system in question, "" when it is not about one.
	System string
	// Reason tells what lacks, in words.
	Reason string
	// Err is the cause, if there is one.
	Err error
}

// Error implements error.
func (e *OfflineError) Error() string {
	var text strings.Builder
	text.WriteString("terminology: ")
	if e.ValueSet != "" {
		text.WriteString("value set " + e.ValueSet + ": ")
	}
	if e.System != "" {
		text.WriteString("code system " + e.System + ": ")
	}
	text.WriteString(e.Reason)
	return text.String()
}

// Is reports whether target is ErrOffline, or ErrNotSupplied where a resource lacks.
func (e *OfflineError) Is(target error) bool { return target == ErrOffline }

// Unwrap returns the cause.
func (e *OfflineError) Unwrap() error { return e.Err }

// CodeError says that a code system does not have a code. Its text does not tell the code,
// which may be a patient's.
type CodeError struct {
	System, Code string
	// Err is what a server said, nil if the system is here.
	Err error
}

// Error implements error.
func (e *CodeError) Error() string {
	if e.Err != nil {
		return "terminology: code system " + e.System + ": the server does not know the code: " + e.Err.Error()
	}
	return "terminology: code system " + e.System + " has no such code"
}

// Is reports whether target is ErrUnknownCode.
func (e *CodeError) Is(target error) bool { return target == ErrUnknownCode }

// Unwrap returns Err.
func (e *CodeError) Unwrap() error { return e.Err }
