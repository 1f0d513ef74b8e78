package fhir

import (
	"errors"
	"strconv"
	"strings"
)

// Conditions of entries of a Bundle. A [*BundleEntryError] is one of them, or an *OutcomeError.
var (
	// ErrBundleReference: an entry refers to what is not in the Bundle, or in a way that its
	// type does not allow.
	ErrBundleReference = errors.New("fhir: bad reference in a Bundle")
	// ErrBundleEntry: an entry cannot be in a Bundle of this type, or not in this form.
	ErrBundleEntry = errors.New("fhir: bad entry of a Bundle")
	// ErrBundleTooLarge: entries that belong together exceed the bounds.
	ErrBundleTooLarge = errors.New("fhir: Bundle too large")
	// ErrBundleMismatch: an answer does not fit the Bundle that it is for.
	ErrBundleMismatch = errors.New("fhir: answer does not fit the Bundle")
	// ErrBundleNotSent: the part of a divided Bundle that holds the entry was not sent.
	ErrBundleNotSent = errors.New("fhir: not sent")
)

// BundleEntryError is what is wrong with one entry of a Bundle. Its text names no patient.
type BundleEntryError struct {
	// Place of the entry in the Bundle, from 0.
	Place int
	// Key is what the caller named the entry, FullURL what the Bundle calls it; both can be "".
	// They are not in the text.
	Key, FullURL string
	// Method and Type are of the request: "POST", "Patient".
	Method, Type string
	// Err is an *OutcomeError if a server refused the entry.
	Err error
}

// Error implements error.
func (e *BundleEntryError) Error() string {
	what := strings.TrimSpace(e.Method + " " + e.Type)
	if what != "" {
		what = " (" + what + ")"
	}
	return "entry " + strconv.Itoa(e.Place) + what + ": " + strings.TrimPrefix(e.Err.Error(), "fhir: ")
}

// Unwrap returns Err.
func (e *BundleEntryError) Unwrap() error { return e.Err }

// BundleError is what is wrong with the entries of a Bundle, each by itself. errors.Is and
// errors.As look into all of them.
type BundleError struct {
	// Entries are those with an error, in their order, one error each at least.
	Entries []*BundleEntryError
	// Total is the number of entries that the Bundle has.
	Total int
}

// maxToldEntries bounds how many entries the text of an error tells.
const maxToldEntries = 3

// Error implements error. It tells the first entries; see Entries for all.
func (e *BundleError) Error() string {
	var text strings.Builder
	text.WriteString("fhir: Bundle of " + strconv.Itoa(e.Total) + " entries: ")
	for i, entry := range e.Entries {
		if i == maxToldEntries {
			text.WriteString("; and " + strconv.Itoa(len(e.Entries)-i) + " more")
			break
		}
		if i > 0 {
			text.WriteString("; ")
		}
		text.WriteString(entry.Error())
	}
	return text.String()
}

// Unwrap returns the errors of the entries.
func (e *BundleError) Unwrap() []error {
	all := make([]error, len(e.Entries))
	for i, entry := range e.Entries {
		all[i] = entry
	}
	return all
}

// orNil returns the error, nil if no entry has one.
func (e *BundleError) orNil() error {
	if len(e.Entries) == 0 {
		return nil
	}
	return e
}
