package fhir

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/openhim/mediator-go/fhir/internal/merge"
	"github.com/openhim/mediator-go/fhir/internal/prune"
	"github.com/openhim/mediator-go/fhir/internal/view"
)

// Edit returns the resource with what change did to its typed view, and every
// other byte as it was:
//
//	r, err = fhir.Edit(r, func(p *models.Patient) error {
//		p.Active = new(true)
//		return nil
//	})
//
// It is a three-way merge: the view is marshalled before and after the change,
// and the difference applied to the text. What T does not show (contained
// resources, extensions of primitives, unknown members) or cannot hold (unknown
// codes) is not touched. If nothing changed, r itself is returned.
//
// An element is its value and its extensions together: deleting birthDate
// deletes _birthDate, moving or removing a name of a list moves or removes its
// extensions along; a new value keeps them. An element of a list counts as
// changed, not replaced, if it stands in the same place and has something in
// common with what was there, or has the same id.
//
// New content is cleaned as [New] does it. Zero values held by value cannot be
// told from unset ones: to give a missing required element the value false or 0,
// use [Resource.Set].
//
// The error of change is returned as it is. A [*PathError] tells of an element
// that cannot be edited through T.
func Edit[T any](r Resource, change func(*T) error) (Resource, error) {
	if r.IsZero() {
		return Resource{}, errZero
	}
	if err := fits[T](r); err != nil {
		return Resource{}, err
	}
	v := new(T)
	for _, p := range view.Decode(r.data, v, r.hasTwins()) {
		if p.Path == "" {
			return Resource{}, newDecodeError(r, []view.Problem{p})
		}
	}
	base, err := view.Members(v, samplyPath)
	if err != nil {
		return Resource{}, fmt.Errorf("fhir: marshal %s: %w", r.typ, err)
	}
	if err := change(v); err != nil {
		return Resource{}, err
	}
	next, err := view.Members(v, samplyPath)
	if err != nil {
		return Resource{}, fmt.Errorf("fhir: marshal the edited %s: %w", r.typ, marshalProblem(err))
	}
	merged, err := merge.Apply(r.data, base, next, reflect.ValueOf(v))
	if err != nil {
		return Resource{}, pathError("edit", err)
	}
	if &merged[0] == &r.data[0] {
		return r, nil
	}
	return Parse(merged)
}

// PathError says which element could not be written, and why. It quotes no
// value.
type PathError struct {
	// Op is what was to be done: "set", "delete", "edit", "build", "read" or "write" (XML).
	Op string
	// Path is the element's: as it was given to Set or Delete, else as
	// FHIRPath has it, "Patient.name[0].given".
	Path string
	// Problem is what is wrong with it, and what to do about it.
	Problem string
}

// Error returns operation, path and problem.
func (e *PathError) Error() string { return "fhir: " + e.Op + " " + e.Path + ": " + e.Problem }

// pathError makes the internal error one of this package.
func pathError(op string, err error) error {
	if p, ok := errors.AsType[*prune.Error](err); ok {
		path := p.Path
		if path == "" {
			path = "the resource"
		}
		return &PathError{Op: op, Path: path, Problem: p.Problem}
	}
	return err
}
