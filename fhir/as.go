package fhir

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/openhim/mediator-go/fhir/internal/view"
)

// samplyPath is the package whose structs are known to be resources of the
// type they are named after.
const samplyPath = "github.com/samply/golang-fhir-models/fhir-models/fhir"

// As reads the resource into a T: a struct of
// github.com/samply/golang-fhir-models/fhir-models/fhir, or any other type that
// encoding/json can fill.
//
// Content that T cannot hold never costs the rest of the message. If there is
// such content, As returns the value as complete as it can be made together
// with a [*DecodeError] that lists what could not be read and where; callers
// that can live with it look at the value all the same:
//
//	patient, err := fhir.As[models.Patient](r)
//	if lost, ok := errors.AsType[*fhir.DecodeError](err); ok {
//		warn(lost.Issues) // "Patient.gender: not a code of AdministrativeGender"
//	} else if err != nil {
//		return err
//	}
//
// In such a value pointers and slices are nil where nothing could be read.
// A code held by value, such as models.Observation.Status, is -1 if it is unknown or
// missing, which is none of the type's codes: samply's zero would be a real one
// ("registered").
//
// A samply type that is not the resource's is refused with another error, and
// the value is zero then. T need not show all of the resource; what it does
// not show stays in the bytes (see [Edit]).
func As[T any](r Resource) (T, error) {
	var v T
	if r.IsZero() {
		return v, errZero
	}
	if err := fits[T](r); err != nil {
		return v, err
	}
	if problems := view.Decode(r.data, &v, r.hasTwins()); len(problems) > 0 {
		return v, newDecodeError(r, problems)
	}
	return v, nil
}

// fits refuses samply's types for resources of other types.
func fits[T any](r Resource) error {
	t := reflect.TypeFor[T]()
	if t.PkgPath() != samplyPath || t.Name() == r.typ || t.Name() == "Resource" || t.Name() == "DomainResource" {
		return nil
	}
	return fmt.Errorf("fhir: a %s cannot be read as a %s", r.typ, t.Name())
}

// DecodeError lists what of a resource a Go type could not hold.
type DecodeError struct {
	// Issues have one entry for each value, with its path in Expression, its place in Line and
	// Column, and what is wrong in Details. No values are quoted.
	Issues []Issue
}

// Error returns paths and problems, the first three of them.
func (e *DecodeError) Error() string {
	const shown = 3
	var b strings.Builder
	b.WriteString("fhir: not all of the resource could be read: ")
	for i, issue := range e.Issues {
		if i == shown {
			fmt.Fprintf(&b, "; and %d more", len(e.Issues)-shown)
			break
		}
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(strings.Join(issue.Expression, ", ") + ": " + issue.Details)
	}
	return b.String()
}

// Outcome returns the issues as an OperationOutcome.
func (e *DecodeError) Outcome() OperationOutcome { return OperationOutcome{Issues: e.Issues} }

func newDecodeError(r Resource, problems []view.Problem) *DecodeError {
	places := positions{data: r.data, line: 1}
	e := &DecodeError{Issues: make([]Issue, 0, len(problems))}
	for _, p := range problems {
		issue := Issue{
			Severity: SeverityWarning, Code: IssueStructure, Details: p.Text,
			Expression: []string{r.typ + p.Path},
		}
		if p.Code {
			issue.Code = IssueCodeInvalid
		}
		issue.Line, issue.Column = places.at(p.Offset)
		e.Issues = append(e.Issues, issue)
	}
	return e
}

var _ json.Marshaler = Resource{}
