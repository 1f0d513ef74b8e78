package mongo

import (
	"maps"
	"slices"
	"strings"
)

// update casts an update as mongoose's castUpdate does: what stands outside an
// operator is a $set, unknown paths are dropped, and operators without anything
// left vanish.
func (c *caster) update(s *Schema, in Doc) (Doc, error) {
	c.inEdit = true
	c.presentOnly = c.dialect == Mongoose4
	out := Doc{}
	set := Doc{}
	for _, key := range slices.Sorted(maps.Keys(in)) {
		if !strings.HasPrefix(key, "$") {
			set[key] = in[key]
			continue
		}
		fields, isDoc := in[key].(Doc)
		if !isDoc {
			return nil, serverError(c.dialect, "Modifiers operate on fields but we found type %s instead. For example: {$mod: {<field>: ...}} not {%s: %s}",
				bsonType(in[key]), key, inspect(in[key], sortedKeys))
		}
		if key == "$set" {
			for path, value := range fields {
				if _, has := set[path]; !has {
					set[path] = value
				}
			}
			continue
		}
		if cast := c.operator(s, key, fields); len(cast) > 0 {
			out[key] = cast
		}
		if c.strict != nil {
			return nil, c.strict
		}
	}
	if cast := c.operator(s, "$set", set); len(cast) > 0 {
		out["$set"] = cast
	}
	if c.strict != nil {
		return nil, c.strict
	}
	if c.opts.Validate && len(c.failures)+len(c.later) > 0 {
		return nil, &ValidationError{Failures: append(c.failures, c.later...)}
	}
	return out, nil
}

func (c *caster) operator(s *Schema, op string, fields Doc) Doc {
	out := make(Doc, len(fields))
	for _, path := range slices.SortedFunc(maps.Keys(fields), s.byField) {
		f := s.lookup(path)
		if f == nil {
			continue // strict mode
		}
		var cast any
		ok := true
		switch op {
		case "$unset", "$rename", "$currentDate", "$pop":
			cast = Clone(fields[path])
		case "$push", "$addToSet", "$pull", "$pullAll":
			cast, ok = c.elements(f, op, fields[path], path)
		default:
			cast, ok = c.value(f, fields[path], path, path)
		}
		if ok {
			out[path] = cast
		}
	}
	return out
}

// byField orders paths as the schema has them, so that errors come in that order.
func (s *Schema) byField(a, b string) int {
	if d := s.index(a) - s.index(b); d != 0 {
		return d
	}
	return strings.Compare(a, b)
}

func (s *Schema) index(path string) int {
	first, _, _ := strings.Cut(path, ".")
	for i := range s.Fields {
		if s.Fields[i].Name == first {
			return i
		}
	}
	return len(s.Fields)
}

// elements casts what is pushed to or pulled from a list: one element, or those
// in $each, whose modifiers stay.
func (c *caster) elements(f *Field, op string, value any, path string) (any, bool) {
	if f.Kind != List {
		if f.Kind == Mixed {
			return Clone(value), true
		}
		return c.value(f, value, path, path)
	}
	if op == "$pull" || op == "$pullAll" {
		return Clone(value), true // matched by value
	}
	if modifiers, isDoc := value.(Doc); isDoc {
		if each, has := modifiers["$each"]; has {
			out := CloneDoc(modifiers)
			cast, ok := c.list(f, each, path, path)
			out["$each"] = cast
			return out, ok
		}
	}
	cast, ok := c.list(f, []any{value}, path, path)
	if list, isList := cast.([]any); ok && isList && len(list) == 1 {
		return list[0], true
	}
	return nil, false
}

// CastQuery casts a filter's values to the kinds of their paths, as mongoose does
// before a find: texts become identifiers, numbers and dates where the schema has
// those. A value that cannot be cast gives a [*CastError] that names the model.
func (s *Schema) CastQuery(filter Doc) (Doc, error) {
	out := make(Doc, len(filter))
	for _, path := range slices.SortedFunc(maps.Keys(filter), s.byField) {
		value := filter[path]
		if list, isList := value.([]any); isList && (path == "$or" || path == "$and" || path == "$nor") {
			clauses := make([]any, len(list))
			for i, clause := range list {
				sub, _ := clause.(Doc)
				cast, err := s.CastQuery(sub)
				if err != nil {
					return nil, err
				}
				clauses[i] = cast
			}
			out[path] = clauses
			continue
		}
		cast, err := s.castCondition(path, value)
		if err != nil {
			err.Model = s.Model
			return nil, err
		}
		out[path] = cast
	}
	return out, nil
}

func (s *Schema) castCondition(path string, value any) (any, *CastError) {
	f := s.lookup(path)
	if f == nil || f.Kind == Mixed || f.Kind == Nested || f.Kind == Embedded {
		return value, nil
	}
	if f.Kind == List {
		f = f.Elem
		if f.Sub != nil {
			return value, nil
		}
	}
	operators, isDoc := value.(Doc)
	if !isDoc || !hasOperators(operators) {
		return s.castOperand(f, path, value)
	}
	out := make(Doc, len(operators))
	for op, operand := range operators {
		switch op {
		case "$exists", "$regex", "$options", "$size", "$elemMatch", "$type":
			out[op] = operand
		case "$not":
			cast, err := s.castCondition(path, operand)
			if err != nil {
				return nil, err
			}
			out[op] = cast
		default:
			cast, err := s.castOperand(f, path, operand)
			if err != nil {
				return nil, err
			}
			out[op] = cast
		}
	}
	return out, nil
}

func (s *Schema) castOperand(f *Field, path string, value any) (any, *CastError) {
	if list, isList := value.([]any); isList {
		out := make([]any, len(list))
		for i, element := range list {
			cast, err := s.castOperand(f, path, element)
			if err != nil {
				return nil, err
			}
			out[i] = cast
		}
		return out, nil
	}
	if isPattern(value) {
		return value, nil
	}
	return castScalar(f.Kind, value, path, s.dialect())
}
