package terminology

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/openhim/mediator-go/fhir"
)

// ValidateRequest asks whether a code is in a value set, or in a code system (R4
// ValueSet/$validate-code, CodeSystem/$validate-code).
type ValidateRequest struct {
	// ValueSet is a canonical, with |version if one is meant. Defaults to none: then the code is
	// looked for in its code system.
	ValueSet string
	// Coding is the code. In a value set it may be without a system, which then is any.
	Coding fhir.Coding
}

// Validation is whether a code is where it should be.
type Validation struct {
	// Result is whether the value set, or the code system, has the code.
	Result bool
	// Coding is the code as it stands there, with system and display, if it does.
	Coding fhir.Coding
	// WrongDisplay says that the display asked about is none that the code has. It does not
	// make Result false.
	WrongDisplay bool
	// Inactive says that the code should not be used any more.
	Inactive bool
	// Message says why the result is false, or what is to be said besides. It is the server's
	// where a server was asked.
	Message string
}

// ValidateCode tells whether a code is in a value set or a code system. What needs a code
// system that is not here is an *OfflineError: false is never a guess.
func (l *Local) ValidateCode(_ context.Context, request ValidateRequest) (Validation, error) {
	if request.ValueSet == "" {
		return l.inSystem(request.Coding)
	}
	found, ok, err := l.memberOf(request.ValueSet, request.Coding)
	if err != nil {
		return Validation{}, err
	}
	if !ok {
		return Validation{Message: "the code is not in the value set " + request.ValueSet}, nil
	}
	return l.validation(found, request.Coding), nil
}

// MemberOf reports whether a value set has a code. The canonical may have a |version; an empty
// system stands for any. The error says why it cannot be told.
func (l *Local) MemberOf(_ context.Context, valueSet, system, code string) (bool, error) {
	_, ok, err := l.memberOf(valueSet, fhir.Coding{System: system, Code: code})
	return ok, err
}

func (l *Local) inSystem(coding fhir.Coding) (Validation, error) {
	s, c, err := l.concept(coding)
	if errors.Is(err, ErrUnknownCode) {
		return Validation{Message: "the code is not in the code system " + coding.System}, nil
	}
	if err != nil {
		return Validation{}, err
	}
	return l.validation(item{
		coding:       fhir.Coding{System: s.url, Version: s.version, Code: c.code, Display: c.display},
		designations: c.designations, inactive: c.inactive, abstract: c.abstract,
	}, coding), nil
}

// validation is the answer for a code that was found.
func (l *Local) validation(found item, asked fhir.Coding) Validation {
	v := Validation{Result: true, Coding: found.coding, Inactive: found.inactive}
	if asked.Display == "" || found.coding.Display == "" && len(found.designations) == 0 {
		return v
	}
	if sameText(asked.Display, found.coding.Display) {
		return v
	}
	for _, d := range found.designations {
		if sameText(asked.Display, d.Value) {
			return v
		}
	}
	v.WrongDisplay, v.Message = true, "the display is none that the code has"
	return v
}

// sameText compares displays: case and white space do not count.
func sameText(a, b string) bool {
	return strings.EqualFold(strings.Join(strings.Fields(a), " "), strings.Join(strings.Fields(b), " "))
}

// memberOf finds a code in a value set.
func (l *Local) memberOf(canonical string, coding fhir.Coding) (item, bool, error) {
	return (&walk{local: l}).has(canonical, coding)
}

// walk goes through value sets that refer to others.
type walk struct {
	local   *Local
	trail   []string
	entered int
}

// maxEntered bounds how often one question goes into value sets: they can refer to one another
// in exponentially many ways.
const maxEntered = 500_000

// enter notes a value set, and refuses one that refers to itself.
func (w *walk) enter(canonical string) error {
	if slices.Contains(w.trail, canonical) {
		return &OfflineError{ValueSet: canonical, Reason: "it refers to itself"}
	}
	if len(w.trail) == w.local.maxNesting {
		return &OfflineError{ValueSet: canonical, Reason: "value sets refer to others too deeply"}
	}
	if w.entered++; w.entered > maxEntered {
		return &OfflineError{ValueSet: canonical, Reason: "value sets refer to one another in too many ways"}
	}
	w.trail = append(w.trail, canonical)
	return nil
}

func (w *walk) leave() { w.trail = w.trail[:len(w.trail)-1] }

// valueSet finds a value set, one of all codes of a code system too.
func (w *walk) valueSet(canonical string) (*valueSet, error) {
	if v, ok := w.local.valueSets.find(canonical); ok {
		return v, nil
	}
	url, version := splitCanonical(canonical)
	if s, ok := w.local.allOf[url]; ok && (version == "" || version == s.version) {
		return &valueSet{url: url, composed: true, include: []component{{system: s.url, version: s.version}}}, nil
	}
	if v, ok := w.local.r4.valueSet(canonical); ok {
		return v, nil
	}
	return nil, &NotSuppliedError{"ValueSet", canonical}
}

func (w *walk) has(canonical string, coding fhir.Coding) (found item, ok bool, err error) {
	v, err := w.valueSet(canonical)
	if err != nil {
		return item{}, false, err
	}
	if err := w.enter(canonical); err != nil {
		return item{}, false, err
	}
	defer w.leave()
	if v.composed {
		found, ok, err = w.composed(v, coding)
		if err == nil || v.stored == nil {
			return found, ok, err
		}
	}
	if v.stored == nil {
		return item{}, false, &OfflineError{ValueSet: canonical, Reason: "it neither says what it is composed of nor brings a whole expansion along"}
	}
	for _, i := range v.byCode[coding.Code] {
		if it := v.stored[i]; coding.System == "" || it.coding.System == coding.System {
			return it, true, nil
		}
	}
	return item{}, false, nil
}

// composed looks for a code in the definition of a value set: one include has to have it, and
// no exclude.
func (w *walk) composed(v *valueSet, coding fhir.Coding) (found item, ok bool, err error) {
	var unknown error
	for i := range v.include {
		it, has, err := w.component(v, &v.include[i], coding)
		if err == nil && has {
			if has, err = w.stays(v, it); has {
				return it, true, nil // what other includes have does not matter
			}
		}
		if err != nil {
			unknown = err
		}
	}
	return item{}, false, unknown
}

// stays reports whether what an include has is in no exclude.
func (w *walk) stays(v *valueSet, it item) (bool, error) {
	if v.activeOnly && it.inactive {
		return false, nil
	}
	for i := range v.exclude {
		if _, has, err := w.component(v, &v.exclude[i], it.coding); has || err != nil {
			return false, err
		}
	}
	return true, nil
}

// component looks for a code in an include or exclude, of which all parts have to have it.
func (w *walk) component(v *valueSet, c *component, coding fhir.Coding) (found item, ok bool, err error) {
	if c.system == "" && len(c.valueSets) == 0 {
		return item{}, false, &OfflineError{ValueSet: v.canonical(), Reason: "an include names neither a code system nor a value set"}
	}
	var unknown error
	if c.system != "" {
		if coding.System != "" && coding.System != c.system || coding.Version != "" && c.version != "" && coding.Version != c.version {
			return item{}, false, nil
		}
		found, ok, err = w.inSystem(v, c, coding)
		if err == nil && !ok {
			return item{}, false, nil
		}
		unknown = err
		coding.System = c.system
	}
	for _, canonical := range c.valueSets {
		it, has, err := w.has(canonical, coding)
		switch {
		case err != nil:
			unknown = err
		case !has:
			return item{}, false, nil
		case !ok:
			found, ok = it, true
		}
	}
	if unknown != nil {
		return item{}, false, unknown
	}
	return found, ok, nil
}

// inSystem looks for a code in the part of a code system that a component means.
func (w *walk) inSystem(v *valueSet, c *component, coding fhir.Coding) (item, bool, error) {
	s, err := w.local.system(c.system, c.version)
	if len(c.concepts) > 0 {
		n, listed := c.byCode[coding.Code]
		if !listed && err == nil && s.fold {
			n, listed = c.folded(s, coding.Code)
		}
		if !listed {
			return item{}, false, nil
		}
		return c.named(s, c.concepts[n]), true, nil
	}
	if err != nil {
		return item{}, false, &OfflineError{ValueSet: v.canonical(), System: joinCanonical(c.system, c.version), Reason: "it was not supplied", Err: err}
	}
	one := s.find(coding.Code)
	if one == nil {
		if !s.complete() {
			return item{}, false, &OfflineError{ValueSet: v.canonical(), System: s.url, Reason: s.lacking()}
		}
		return item{}, false, nil
	}
	match, err := c.matcher(v, s)
	if err != nil {
		return item{}, false, err
	}
	if !match(one) {
		if !s.complete() {
			return item{}, false, &OfflineError{ValueSet: v.canonical(), System: s.url, Reason: s.lacking()}
		}
		return item{}, false, nil
	}
	return one.item(s), true, nil
}

// folded finds a listed code where the system's codes are not case-sensitive.
func (c *component) folded(s *codeSystem, code string) (int, bool) {
	for n, one := range c.concepts {
		if s.key(one.Code) == s.key(code) {
			return n, true
		}
	}
	return 0, false
}

// matcher is the condition of all filters of a component.
func (c *component) matcher(v *valueSet, s *codeSystem) (func(*concept) bool, error) {
	matches := make([]func(*concept) bool, len(c.filters))
	for i, f := range c.filters {
		match, reason := f.matcher(s)
		if match == nil {
			return nil, &OfflineError{ValueSet: v.canonical(), System: s.url, Reason: reason}
		}
		matches[i] = match
	}
	return func(one *concept) bool {
		for _, match := range matches {
			if !match(one) {
				return false
			}
		}
		return true
	}, nil
}

// item is a concept as a member of an expansion.
func (c *concept) item(s *codeSystem) item {
	return item{fhir.Coding{System: s.url, Version: s.version, Code: c.code, Display: c.display}, c.designations, c.inactive, c.abstract}
}

// named is a code that a value set lists, completed by what its system says, if it is here.
func (c *component) named(s *codeSystem, one listed) item {
	it := item{coding: fhir.Coding{System: c.system, Version: c.version, Code: one.Code, Display: one.Display}, designations: one.Designation}
	if s == nil {
		return it
	}
	known := s.find(one.Code)
	if known == nil {
		return it
	}
	of := known.item(s)
	of.coding.Code = one.Code
	if one.Display != "" {
		of.coding.Display = one.Display
	}
	of.designations = append(append([]Designation(nil), one.Designation...), of.designations...)
	return of
}
