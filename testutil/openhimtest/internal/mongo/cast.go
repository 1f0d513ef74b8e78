package mongo

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// CastOptions chooses what [Schema.Cast] does.
type CastOptions struct {
	// Validate runs the validators: required, enum, min, max.
	Validate bool
	// Update takes the document as an update: plain keys become $set, operators
	// stay, no defaults are added outside embedded documents. Validators then are
	// mongoose's update validators (runValidators).
	Update bool
	// Now gives the time for defaults and new identifiers. Defaults to time.Now.
	Now func() time.Time
}

func (o CastOptions) now() time.Time {
	if o.Now == nil {
		return time.Now()
	}
	return o.Now()
}

// Cast makes a document fit for the collection: values are cast to their kinds,
// unknown keys dropped, defaults, empty lists and the _id of embedded documents
// added. The input is not changed.
//
// A new document that does not fit gives a [*ValidationError], and none without
// Validate (the value is then left out). An update gives a [*CastError] for a
// value that cannot be cast and a [*ValidationError] for one that a validator
// refuses; it comes back as operators only ($set, $push …), without any when
// nothing is left.
func (s *Schema) Cast(in Doc, opts CastOptions) (Doc, error) {
	c := &caster{dialect: s.dialect(), opts: opts}
	if opts.Update {
		return c.update(s, in)
	}
	out := c.document(s, expandDots(in), "", "")
	if opts.Validate && len(c.failures)+len(c.later) > 0 {
		return nil, &ValidationError{Model: s.Model, Failures: append(c.failures, c.later...)}
	}
	return out, nil
}

// caster is one run of Cast.
type caster struct {
	dialect Dialect
	opts    CastOptions
	// strict stops at the first value that cannot be cast, for updates and queries.
	strict *CastError
	inEdit bool
	// presentOnly leaves out the check for missing required keys: the update
	// validators of mongoose 4 do not look for them inside lists.
	presentOnly bool
	depth       int
	failures    []Failure // of the document itself
	later       []Failure // of its embedded documents: reported behind
}

func (c *caster) fail(key, text string) {
	if c.depth == 0 {
		c.failures = append(c.failures, Failure{Key: key, Text: text})
		return
	}
	c.later = append(c.later, Failure{Key: key, Text: text})
}

func (c *caster) castFailed(key string, err *CastError) {
	if c.inEdit && c.strict == nil {
		c.strict = err
	}
	c.fail(key, err.Error())
}

// document casts an object. key is its whole path with a trailing dot, path the
// part of it inside the nearest embedded document.
func (c *caster) document(s *Schema, in Doc, key, path string) Doc {
	out := make(Doc, len(in)+4)
	// mongoose validates the required paths that were not given first, from the
	// last to the first, and then the others.
	for i := len(s.Fields) - 1; i >= 0; i-- {
		f := &s.Fields[i]
		if _, given := in[f.Name]; !given && f.Required && !f.hasDefault() && !c.presentOnly {
			c.fail(key+f.Name, "Path `"+path+f.Name+"` is required.")
		}
	}
	for i := range s.Fields {
		f := &s.Fields[i]
		value, given := in[f.Name]
		if !given {
			if value, has := c.missing(f, key+f.Name+".", path+f.Name+"."); has {
				out[f.Name] = value
			}
			continue
		}
		cast, ok := c.value(f, value, key+f.Name, path+f.Name)
		if ok {
			out[f.Name] = cast
		}
	}
	if id, given := in["_id"]; given && id != nil {
		if cast, ok := c.value(idField(), id, key+"_id", path+"_id"); ok {
			out["_id"] = cast
		}
	}
	return out
}

func (c *caster) missing(f *Field, key, path string) (any, bool) {
	switch {
	case f.Now:
		return Time(c.opts.now()), true
	case f.Default != nil:
		return Clone(f.Default), true
	case f.Kind == List:
		return []any{}, true
	case f.Kind == Nested:
		// A nested object that is absent still has its defaults and its required keys.
		sub := c.document(f.Sub, Doc{}, key, path)
		return sub, len(sub) > 0
	default:
		return nil, false
	}
}

// value casts one value and validates it; ok is false when it must be left out.
func (c *caster) value(f *Field, value any, key, path string) (any, bool) {
	switch f.Kind {
	case Nested:
		sub, isDoc := value.(Doc)
		if !isDoc {
			if c.inEdit || value == nil {
				return Clone(value), true // updates keep what is not an object as it is
			}
			c.fail(key, "Cast to Object failed for value "+quoteValue(value)+c.typeSuffix(value)+" at path \""+path+"\"")
			return nil, false
		}
		return c.document(f.Sub, sub, key+".", path+"."), true
	case Embedded:
		return c.embedded(f, value, key, path)
	case List:
		return c.list(f, value, key, path)
	default:
		cast, err := castScalar(f.Kind, value, path, c.dialect)
		if err != nil {
			c.castFailed(key, err)
			return nil, false
		}
		if text := refuse(f, cast, path); text != "" && c.opts.Validate {
			c.fail(key, text)
		}
		return cast, true
	}
}

func (c *caster) typeSuffix(value any) string {
	if c.dialect == Mongoose4 {
		return ""
	}
	return " (type " + jsType(value) + ")"
}

func (c *caster) embedded(f *Field, value any, key, path string) (any, bool) {
	if value == nil {
		if f.Required && c.opts.Validate {
			c.fail(key, "Path `"+path+"` is required.")
		}
		return nil, true
	}
	sub, isDoc := value.(Doc)
	if !isDoc {
		c.castFailed(key, c.embeddedError(value, path, "ObjectExpectedError", sortedKeys))
		return nil, false
	}
	c.depth++
	before := c.strict
	out := c.document(f.Sub, sub, key+".", "")
	c.depth--
	if c.strict != nil && before == nil && strings.Contains(path, "[]") {
		c.strict = c.embeddedError(value, strings.TrimSuffix(path, "[]"), "CastError", f.Sub.ordered)
	}
	if _, has := out["_id"]; !has {
		out["_id"] = NewID(c.opts.now())
	}
	return out, true
}

func (c *caster) embeddedError(value any, path, reason string, order func(Doc) []string) *CastError {
	path = strings.TrimSuffix(path, "[]")
	text := inspect(value, order)
	if s, ok := value.(string); ok {
		text = s
	}
	return &CastError{Kind: "embedded", Value: `"` + text + `"`, Type: jsType(value), Path: path, Reason: reason, dialect: c.dialect}
}

func (c *caster) list(f *Field, value any, key, path string) (any, bool) {
	if value == nil {
		return nil, true
	}
	in, isList := value.([]any)
	if !isList {
		in = []any{value} // mongoose takes a single value for a list of one
	}
	out := make([]any, 0, len(in))
	for i, element := range in {
		at := key + "." + strconv.Itoa(i)
		var cast any
		var ok bool
		switch {
		case f.Elem.Kind == Embedded:
			cast, ok = c.embedded(f.Elem, element, at, path+"[]")
		case c.dialect == Mongoose4:
			cast, ok = c.value(f.Elem, element, at, path)
		default:
			cast, ok = c.value(f.Elem, element, at, path+"."+strconv.Itoa(i))
		}
		if ok {
			out = append(out, cast)
		}
	}
	return out, true
}

// expandDots turns dotted keys of a new document into nested ones, as mongoose's
// constructor does. A path through something that is no object is left out.
func expandDots(in Doc) Doc {
	out := make(Doc, len(in))
	dotted := []string{}
	for key, value := range in {
		if strings.Contains(key, ".") {
			dotted = append(dotted, key)
			continue
		}
		out[key] = value
	}
	slices.Sort(dotted)
	for _, key := range dotted {
		setDotted(out, strings.Split(key, "."), in[key])
	}
	return out
}

func setDotted(at Doc, path []string, value any) {
	if len(path) == 1 {
		at[path[0]] = value
		return
	}
	old, has := at[path[0]]
	sub, isDoc := old.(Doc)
	if has && !isDoc {
		return
	}
	sub = CloneDoc(sub)
	at[path[0]] = sub
	setDotted(sub, path[1:], value)
}
