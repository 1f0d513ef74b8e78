package mongo

import (
	"bytes"
	"cmp"
	"strings"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"
)

// lookup returns the value of a field of a document, nil if there is none.
func lookup(document bson.D, key string) any {
	for _, field := range document {
		if field.Key == key {
			return field.Value
		}
	}
	return nil
}

// lookupPath is lookup with a dotted path through documents.
func lookupPath(document bson.D, path string) any {
	for {
		key, rest, nested := strings.Cut(path, ".")
		value := lookup(document, key)
		if !nested {
			return value
		}
		inner, ok := value.(bson.D)
		if !ok {
			return nil
		}
		document, path = inner, rest
	}
}

// evaluate computes an expression of an aggregation: "$field", a document of
// expressions, or a literal.
func evaluate(document bson.D, expression any) any {
	switch x := expression.(type) {
	case string:
		if path, ok := strings.CutPrefix(x, "$"); ok {
			return lookupPath(document, path)
		}
	case bson.D:
		out := make(bson.D, len(x))
		for i, field := range x {
			out[i] = bson.E{Key: field.Key, Value: evaluate(document, field.Value)}
		}
		return out
	}
	return expression
}

// number is a numeric value as a float, 0 for anything else.
func number(value any) float64 {
	switch n := value.(type) {
	case int32:
		return float64(n)
	case int64:
		return float64(n)
	case float64:
		return n
	default:
		return 0
	}
}

// compare orders two values of one type; values of different types count as numbers.
func compare(a, b any) int {
	switch x := a.(type) {
	case primitive.DateTime:
		if y, ok := b.(primitive.DateTime); ok {
			return cmp.Compare(x, y)
		}
	case primitive.ObjectID:
		if y, ok := b.(primitive.ObjectID); ok {
			return bytes.Compare(x[:], y[:])
		}
	case string:
		if y, ok := b.(string); ok {
			return cmp.Compare(x, y)
		}
	}
	return cmp.Compare(number(a), number(b))
}
