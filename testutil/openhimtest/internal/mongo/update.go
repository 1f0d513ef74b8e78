package mongo

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// maxGap bounds how far behind its end a list may be written to.
const maxGap = 10_000

// Update changes a document by an update: plain dotted keys and $set, $unset,
// $inc, $mul, $min, $max, $push and $addToSet (with $each), $pull. It gives the
// document as it is afterwards; ok is false when there is none with this _id. A
// refused update changes nothing; its error is a [*ServerError] with MongoDB's
// text, or [ErrDuplicate].
func (c *Collection) Update(id ObjectID, update Doc) (doc Doc, ok bool, err error) {
	c.db.mu.Lock()
	defer c.db.mu.Unlock()
	before, has := c.docs[id]
	if !has {
		return nil, false, nil
	}
	after := CloneDoc(before)
	e := &edit{c: c, doc: after, touched: map[string]bool{}}
	if err := e.apply(update); err != nil {
		return nil, true, err
	}
	if after["_id"] != id {
		return nil, true, serverError(c.db.dialect, "Performing an update on the path '_id' would modify the immutable field '_id'")
	}
	if c.collides(after) {
		return nil, true, duplicate(c, after)
	}
	c.docs[id] = after
	return CloneDoc(after), true, nil
}

type edit struct {
	c       *Collection
	doc     Doc
	touched map[string]bool
}

func (e *edit) apply(update Doc) error {
	set := Doc{}
	for key, value := range update {
		if !strings.HasPrefix(key, "$") {
			set[key] = value
		}
	}
	if err := e.operator("$set", set); err != nil {
		return err
	}
	for _, op := range slices.Sorted(maps.Keys(update)) {
		if !strings.HasPrefix(op, "$") {
			continue
		}
		fields, isDoc := update[op].(Doc)
		if !isDoc {
			return e.refuse("Modifiers operate on fields but we found type %s instead. For example: {$mod: {<field>: ...}}", bsonType(update[op]))
		}
		if err := e.operator(op, fields); err != nil {
			return err
		}
	}
	return nil
}

func (e *edit) refuse(format string, args ...any) error {
	return serverError(e.c.db.dialect, format, args...)
}

func (e *edit) operator(op string, fields Doc) error {
	for _, path := range slices.Sorted(maps.Keys(fields)) {
		if err := e.claim(path); err != nil {
			return err
		}
		if err := checkKeys(withoutModifiers(fields[path]), e.c.db.dialect, false); err != nil {
			return err
		}
		if err := e.field(op, path, Clone(fields[path])); err != nil {
			return err
		}
	}
	return nil
}

// withoutModifiers takes the elements out of {$each: […]}.
func withoutModifiers(v any) any {
	if d, isDoc := v.(Doc); isDoc {
		if each, has := d["$each"]; has {
			return each
		}
		if d["$in"] != nil {
			return d["$in"]
		}
	}
	return v
}

// claim refuses a second change of the same path or of a part of it.
func (e *edit) claim(path string) error {
	for other := range e.touched {
		if other == path || strings.HasPrefix(other, path+".") || strings.HasPrefix(path, other+".") {
			return e.refuse("Updating the path '%s' would create a conflict at '%s'", path, other)
		}
	}
	e.touched[path] = true
	return nil
}

func (e *edit) field(op, path string, value any) error {
	switch op {
	case "$set":
		return e.put(path, value)
	case "$setOnInsert":
		return nil
	case "$unset":
		unset(e.doc, strings.Split(path, "."))
		return nil
	case "$inc", "$mul", "$min", "$max":
		return e.arithmetic(op, path, value)
	case "$push", "$addToSet":
		return e.push(op, path, value)
	case "$pull":
		return e.pull(path, value)
	default:
		return e.refuse("Unknown modifier: %s. Expected a valid update modifier or pipeline-style update specified as an array", op)
	}
}

func (e *edit) put(path string, value any) error {
	return e.change(path, func(any, bool) (any, error) { return value, nil })
}

// change writes one path; objects on the way are made, lists are stepped into by
// number.
func (e *edit) change(path string, with func(old any, has bool) (any, error)) error {
	_, err := e.write(e.doc, strings.Split(path, "."), path, with)
	return err
}

func (e *edit) write(at any, path []string, whole string, with func(any, bool) (any, error)) (any, error) {
	if len(path) == 0 {
		return with(at, true)
	}
	key := path[0]
	if key == "" {
		return nil, e.refuse("The update path '%s' contains an empty field name, which is not allowed.", whole)
	}
	switch at := at.(type) {
	case Doc:
		next, has := at[key]
		var value any
		var err error
		switch {
		case len(path) == 1:
			value, err = with(next, has)
		case !has:
			value, err = e.write(Doc{}, path[1:], whole, with)
		default:
			value, err = e.write(next, path[1:], whole, with)
		}
		if err != nil {
			return nil, err
		}
		at[key] = value
		return at, nil
	case []any:
		i, isNumber := listIndex(key, len(at)+maxGap)
		if !isNumber {
			break
		}
		for len(at) <= i {
			at = append(at, nil)
		}
		next := at[i]
		if next == nil && len(path) > 1 {
			next = Doc{}
		}
		value, err := e.write(next, path[1:], whole, with)
		if err != nil {
			return nil, err
		}
		at[i] = value
		return at, nil
	}
	return nil, e.refuse("Cannot create field '%s' in element {%s}", key, inspect(at, sortedKeys))
}

func listIndex(key string, limit int) (int, bool) {
	if !isIndex(key) {
		return 0, false
	}
	i, err := strconv.Atoi(key)
	return i, err == nil && i < limit
}

func unset(at any, path []string) {
	switch at := at.(type) {
	case Doc:
		if len(path) == 1 {
			delete(at, path[0])
			return
		}
		unset(at[path[0]], path[1:])
	case []any:
		i, ok := listIndex(path[0], len(at))
		if !ok {
			return
		}
		if len(path) == 1 {
			at[i] = nil
			return
		}
		unset(at[i], path[1:])
	}
}

func (e *edit) arithmetic(op, path string, value any) error {
	return e.change(path, func(old any, has bool) (any, error) {
		if op == "$min" || op == "$max" {
			n := sortOrder(value, old)
			if !has || op == "$min" && n < 0 || op == "$max" && n > 0 {
				return value, nil
			}
			return old, nil
		}
		by, isNumber := value.(float64)
		if !isNumber {
			return nil, e.refuse("Cannot increment with non-numeric argument: {%s: %s}", path, inspect(value, sortedKeys))
		}
		was, isNumber := old.(float64)
		if has && !isNumber {
			return nil, e.refuse("Cannot apply %s to a value of non-numeric type. {_id: ObjectId('%s')} has the field '%s' of non-numeric type %s",
				op, e.doc["_id"], path, bsonType(old))
		}
		if op == "$mul" {
			return was * by, nil
		}
		return was + by, nil
	})
}

func (e *edit) push(op, path string, value any) error {
	add := []any{value}
	if modifiers, isDoc := value.(Doc); isDoc {
		if each, has := modifiers["$each"]; has {
			list, isList := each.([]any)
			if !isList {
				return e.refuse("The argument to $each in %s must be an array but it was of type: %s", op, bsonType(each))
			}
			add = list
		}
	}
	return e.change(path, func(old any, has bool) (any, error) {
		list, isList := old.([]any)
		if has && !isList {
			return nil, e.refuse("The field '%s' must be an array but is of type %s in document {_id: ObjectId('%s')}", path, bsonType(old), e.doc["_id"])
		}
		for _, element := range add {
			if op == "$addToSet" && anyOf(list, func(v any) bool { return Equal(v, element) }) {
				continue
			}
			list = append(list, element)
		}
		if list == nil {
			list = []any{}
		}
		return list, nil
	})
}

func (e *edit) pull(path string, value any) error {
	if resolve(e.doc, strings.Split(path, ".")).missing() {
		return nil
	}
	return e.change(path, func(old any, has bool) (any, error) {
		list, isList := old.([]any)
		if !has || !isList {
			return old, nil
		}
		kept := make([]any, 0, len(list))
		for _, element := range list {
			drop, err := e.c.condition(values{list: []any{element}}, value)
			if doc, isDoc := element.(Doc); isDoc && !drop && err == nil {
				if filter, isFilter := value.(Doc); isFilter {
					drop, err = e.c.matches(doc, filter)
				}
			}
			if err != nil {
				return nil, err
			}
			if !drop {
				kept = append(kept, element)
			}
		}
		return kept, nil
	})
}

// bsonType is MongoDB's name of a value's type.
func bsonType(v any) string {
	switch cloneNumber(v).(type) {
	case nil:
		return "null"
	case bool:
		return "bool"
	case float64:
		return "double"
	case string:
		return "string"
	case Doc:
		return "object"
	case []any:
		return "array"
	case ObjectID:
		return "objectId"
	default:
		return "date"
	}
}
