package mongo

import (
	"errors"
	"reflect"
	"strings"

	"go.mongodb.org/mongo-driver/bson"
)

// hasFilter tells whether a $project computes a field with $filter.
func hasFilter(spec bson.D) bool {
	for _, field := range spec {
		if expression, ok := field.Value.(bson.D); ok && lookup(expression, "$filter") != nil {
			return true
		}
	}
	return false
}

// project keeps the _id and the named fields of each document; a field given as
// {$filter: ...} holds the elements that pass.
func project(documents []bson.D, spec bson.D) ([]bson.D, error) {
	out := make([]bson.D, 0, len(documents))
	for _, document := range documents {
		kept := bson.D{{Key: "_id", Value: lookup(document, "_id")}}
		for _, field := range spec {
			value := lookup(document, field.Key)
			if expression, ok := field.Value.(bson.D); ok {
				var err error
				if value, err = filter(document, expression); err != nil {
					return nil, err
				}
			}
			if value != nil && field.Key != "_id" {
				kept = append(kept, bson.E{Key: field.Key, Value: value})
			}
		}
		out = append(out, kept)
	}
	return out, nil
}

// filter computes {$filter: {input: "$list", as: "x", cond: {$eq: ["$$x.key", literal]}}},
// the one form that the core uses.
func filter(document, expression bson.D) (bson.A, error) {
	spec, _ := lookup(expression, "$filter").(bson.D)
	input, _ := lookup(spec, "input").(string)
	variable, _ := lookup(spec, "as").(string)
	condition, _ := lookup(spec, "cond").(bson.D)
	operands, _ := lookup(condition, "$eq").(bson.A)
	if len(operands) != 2 {
		return nil, errors.New("$project: only a $filter by one $eq is known here")
	}
	operand, _ := operands[0].(string)
	path, ok := strings.CutPrefix(operand, "$$"+variable+".")
	if !ok {
		return nil, errors.New("$filter: the condition is not about the variable")
	}
	list, _ := lookupPath(document, strings.TrimPrefix(input, "$")).(bson.A)
	out := bson.A{}
	for _, element := range list {
		if fields, ok := element.(bson.D); ok && reflect.DeepEqual(lookupPath(fields, path), operands[1]) {
			out = append(out, element)
		}
	}
	return out, nil
}
