package objectmapper

import "strings"

// Coercion says whether inputValidation changes types before it checks them (the peer's VALIDATION_COERCE_TYPES, Ajv's coerceTypes).
type Coercion int

// The ways to coerce.
const (
	// CoerceNone checks values as they are.
	CoerceNone Coercion = iota
	// CoerceScalars changes between texts, numbers, booleans and null where that loses nothing.
	CoerceScalars
	// CoerceArrays also makes a list of one value, and one value of a list of one.
	CoerceArrays
)

// maxCoerceDepth bounds schemas that refer to themselves.
const maxCoerceDepth = 200

// coerce returns v as the schema wants it, where it can be; v itself stays as it is.
func coerce(v, schema, root *value, mode Coercion, depth int) *value {
	if v == nil || !schema.is(kindObject) || depth > maxCoerceDepth {
		return v
	}
	if ref := schema.get("$ref"); ref.is(kindString) {
		target := root
		if path, ok := strings.CutPrefix(ref.text, "#/"); ok {
			target = follow(root, strings.Split(path, "/"))
		}
		return coerce(v, target, root, mode, depth+1)
	}
	if t := schema.get("type"); t != nil {
		v = coerceType(v, items(t), mode)
	}
	switch v.kind {
	case kindObject:
		v = coerceMembers(v, schema, root, mode, depth)
	case kindArray:
		v = coerceElements(v, schema, root, mode, depth)
	case kindNull, kindFalse, kindTrue, kindNumber, kindString:
	}
	for _, sub := range items(schema.get("allOf")) {
		v = coerce(v, sub, root, mode, depth+1)
	}
	return v
}

func coerceMembers(v, schema, root *value, mode Coercion, depth int) *value {
	properties, rest := schema.get("properties"), schema.get("additionalProperties")
	out := v
	for i, key := range v.keys {
		sub := properties.get(key)
		if sub == nil {
			sub = rest
		}
		c := coerce(v.list[i], sub, root, mode, depth+1)
		if c == v.list[i] {
			continue
		}
		if out == v {
			changed := *v
			changed.list = append([]*value(nil), v.list...)
			out = &changed
		}
		out.list[i] = c
	}
	return out
}

func coerceElements(v, schema, root *value, mode Coercion, depth int) *value {
	sub := schema.get("items")
	out := v
	for i, item := range v.list {
		of := sub
		if sub.is(kindArray) {
			of = sub.at(i)
		}
		c := coerce(item, of, root, mode, depth+1)
		if c == item {
			continue
		}
		if out == v {
			out = newArray(append([]*value(nil), v.list...)...)
		}
		out.list[i] = c
	}
	return out
}

func coerceType(v *value, types []*value, mode Coercion) *value {
	for _, t := range types {
		if t.is(kindString) && hasType(v, t.text) {
			return v
		}
	}
	if mode == CoerceArrays && v.kind == kindArray && len(v.list) == 1 {
		v = v.list[0]
		for _, t := range types {
			if t.is(kindString) && hasType(v, t.text) {
				return v
			}
		}
	}
	for _, t := range types {
		if !t.is(kindString) {
			continue
		}
		if c := coerceTo(v, t.text, mode); c != nil {
			return c
		}
	}
	return v
}

func hasType(v *value, name string) bool {
	switch name {
	case "string":
		return v.is(kindString)
	case "number":
		return v.is(kindNumber)
	case "integer":
		return v.is(kindNumber) && isInteger(v.text)
	case "boolean":
		return v.is(kindTrue) || v.is(kindFalse)
	case "null":
		return v.is(kindNull)
	case "array":
		return v.is(kindArray)
	case "object":
		return v.is(kindObject)
	}
	return false
}

func isInteger(literal string) bool {
	text, ok := numberText(literal)
	return ok && allDigits(strings.TrimPrefix(text, "-"))
}

// coerceTo returns v as a type (Ajv's table), or nil when it cannot be that.
func coerceTo(v *value, name string, mode Coercion) *value {
	switch name {
	case "string":
		switch v.kind {
		case kindNumber, kindTrue, kindFalse:
			text, err := plainText(v)
			if err != nil {
				return nil
			}
			return newString(text)
		case kindNull:
			return newString("")
		case kindString, kindArray, kindObject:
		}
	case "number", "integer":
		out := coerceNumber(v)
		if out != nil && (name == "number" || isInteger(out.text)) {
			return out
		}
	case "boolean":
		switch {
		case v.is(kindNull), v.is(kindString) && v.text == "false", v.is(kindNumber) && v.text == "0":
			return newBool(false)
		case v.is(kindString) && v.text == "true", v.is(kindNumber) && v.text == "1":
			return newBool(true)
		}
	case "null":
		if v.is(kindFalse) || v.is(kindString) && v.text == "" || v.is(kindNumber) && isZero(v.text) {
			return newNull()
		}
	case "array":
		if mode == CoerceArrays && v.kind != kindObject && v.kind != kindArray {
			return newArray(v)
		}
	}
	return nil
}

func coerceNumber(v *value) *value {
	switch v.kind {
	case kindTrue:
		return newNumber("1")
	case kindFalse, kindNull:
		return newNumber("0")
	case kindString:
		if text, ok := numberText(v.text); ok {
			return newNumber(text)
		}
	case kindNumber, kindArray, kindObject:
	}
	return nil
}
