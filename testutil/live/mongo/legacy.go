package mongo

import (
	"strings"

	"go.mongodb.org/mongo-driver/bson"
)

// modernCommand rewrites a command of an old driver into one FerretDB takes: options
// that start with $ (read preference and the like) are left out, and so is the empty
// "fields" that mongoose 4 sends with findAndModify.
func modernCommand(command bson.D) bson.D {
	out := make(bson.D, 0, len(command)+1)
	for _, field := range command {
		if strings.HasPrefix(field.Key, "$") {
			continue
		}
		if fields, ok := field.Value.(bson.D); ok && field.Key == "fields" && len(fields) == 0 {
			continue
		}
		out = append(out, bson.E{Key: field.Key, Value: modernValue(field.Value)})
	}
	return out
}

// modernValue rewrites {$pushAll: {f: [...]}} into {$push: {f: {$each: [...]}}}, at any depth.
func modernValue(value any) any {
	switch v := value.(type) {
	case bson.A:
		out := make(bson.A, len(v))
		for i := range v {
			out[i] = modernValue(v[i])
		}
		return out
	case bson.D:
		out := make(bson.D, len(v))
		for i, field := range v {
			out[i] = bson.E{Key: field.Key, Value: modernValue(field.Value)}
			if all, ok := field.Value.(bson.D); ok && field.Key == "$pushAll" {
				out[i] = bson.E{Key: "$push", Value: pushEach(all)}
			}
		}
		return out
	default:
		return value
	}
}

func pushEach(fields bson.D) bson.D {
	out := make(bson.D, len(fields))
	for i, field := range fields {
		out[i] = bson.E{Key: field.Key, Value: bson.D{{Key: "$each", Value: field.Value}}}
	}
	return out
}
