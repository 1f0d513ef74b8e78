package mongo

import (
	"fmt"

	"go.mongodb.org/mongo-driver/bson"
)

// accumulator computes one field of a group from the documents in it.
type accumulator struct {
	field, operator string
	expression      any
}

// group computes a $group with $sum, $min, $max and $first. Groups come in the order in
// which their first documents do.
func group(documents []bson.D, spec bson.D) ([]bson.D, error) {
	accumulators, err := accumulatorsOf(spec)
	if err != nil {
		return nil, err
	}
	groups := []bson.D{} // the _id, then a field for each accumulator
	index := map[string]int{}
	for _, document := range documents {
		id := evaluate(document, lookup(spec, "_id"))
		key, err := bson.Marshal(bson.D{{Key: "_id", Value: id}})
		if err != nil {
			return nil, fmt.Errorf("$group: encode _id: %w", err)
		}
		at, known := index[string(key)]
		if !known {
			at = len(groups)
			index[string(key)] = at
			groups = append(groups, bson.D{{Key: "_id", Value: id}})
		}
		for i, a := range accumulators {
			value := evaluate(document, a.expression)
			if known {
				groups[at][i+1].Value = a.add(groups[at][i+1].Value, value)
				continue
			}
			groups[at] = append(groups[at], bson.E{Key: a.field, Value: a.first(value)})
		}
	}
	return groups, nil
}

func accumulatorsOf(spec bson.D) ([]accumulator, error) {
	var out []accumulator
	for _, field := range spec {
		if field.Key == "_id" {
			continue
		}
		expression, ok := field.Value.(bson.D)
		if !ok || len(expression) != 1 {
			return nil, fmt.Errorf("$group: field %q is not one accumulator", field.Key)
		}
		switch operator := expression[0].Key; operator {
		case "$sum", "$min", "$max", "$first":
			out = append(out, accumulator{field.Key, operator, expression[0].Value})
		default:
			return nil, fmt.Errorf("$group: %s is not known here", operator)
		}
	}
	return out, nil
}

// first is the accumulator's value after the group's first document.
func (a accumulator) first(value any) any {
	if a.operator == "$sum" {
		return number(value)
	}
	return value
}

// add is the accumulator's value after one more document.
func (a accumulator) add(current, value any) any {
	switch {
	case a.operator == "$sum":
		return number(current) + number(value)
	case a.operator == "$first" || value == nil:
		return current
	case current == nil,
		a.operator == "$min" && compare(value, current) < 0,
		a.operator == "$max" && compare(value, current) > 0:
		return value
	default:
		return current
	}
}
