package mongo

import (
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/bson"
)

// findLimit is the number of documents an aggregation is computed from.
const findLimit = 100_000

// stage is one step of a pipeline: its operator and what the operator is given.
type stage struct {
	operator string
	spec     bson.D
}

// aggregate computes a pipeline that FerretDB lacks an operator for. It returns false
// for every other pipeline: FerretDB is to run that one itself.
func (s *session) aggregate(command bson.D) (reply bson.D, done bool, err error) {
	filter, stages, ok := ourPipeline(command)
	if !ok {
		return nil, false, nil
	}
	collection, _ := lookup(command, "aggregate").(string)
	database, _ := lookup(command, "$db").(string)
	found, err := s.run(bson.D{
		{Key: "find", Value: collection},
		{Key: "filter", Value: filter},
		{Key: "batchSize", Value: int32(findLimit)},
		{Key: "singleBatch", Value: true},
		{Key: "$db", Value: database},
	})
	if err != nil {
		return nil, false, err
	}
	cursor, ok := lookup(found, "cursor").(bson.D)
	if !ok {
		return found, true, nil // FerretDB's error is the answer
	}
	batch, _ := lookup(cursor, "firstBatch").(bson.A)
	documents, err := asDocuments(batch)
	if err != nil {
		return nil, false, err
	}
	for _, stage := range stages {
		if documents, err = stage.apply(documents); err != nil {
			return nil, false, err
		}
	}
	return aggregateReply(command, database+"."+collection, documents), true, nil
}

// ourPipeline takes a pipeline apart into its leading $match and its other stages. It
// returns false unless the pipeline needs us and has only stages we know.
func ourPipeline(command bson.D) (filter bson.D, stages []stage, ok bool) {
	pipeline, _ := lookup(command, "pipeline").(bson.A)
	filter = bson.D{}
	needed := false
	for i, entry := range pipeline {
		document, isDocument := entry.(bson.D)
		if !isDocument || len(document) != 1 {
			return nil, nil, false
		}
		spec, isDocument := document[0].Value.(bson.D)
		if !isDocument {
			return nil, nil, false
		}
		switch operator := document[0].Key; {
		case operator == "$match" && i == 0:
			filter = spec
			continue
		case operator == "$group", operator == "$project" && hasFilter(spec):
			needed = true
		case operator != "$project" && operator != "$sort":
			return nil, nil, false
		}
		stages = append(stages, stage{operator: document[0].Key, spec: spec})
	}
	return filter, stages, needed
}

func (s stage) apply(documents []bson.D) ([]bson.D, error) {
	switch s.operator {
	case "$project":
		return project(documents, s.spec)
	case "$group":
		return group(documents, s.spec)
	default: // $sort
		slices.SortStableFunc(documents, func(a, b bson.D) int {
			for _, key := range s.spec {
				if n := compare(lookup(a, key.Key), lookup(b, key.Key)); n != 0 {
					return n * compare(key.Value, int32(0))
				}
			}
			return 0
		})
		return documents, nil
	}
}

func asDocuments(batch bson.A) ([]bson.D, error) {
	out := make([]bson.D, len(batch))
	for i, entry := range batch {
		document, ok := entry.(bson.D)
		if !ok {
			return nil, fmt.Errorf("result %d of a find is %T, not a document", i, entry)
		}
		out[i] = document
	}
	return out, nil
}

// aggregateReply has the form of a first batch, or the one without a cursor that
// driver 2.2 asks for by not asking for a cursor.
func aggregateReply(command bson.D, namespace string, documents []bson.D) bson.D {
	batch := make(bson.A, len(documents))
	for i, document := range documents {
		batch[i] = document
	}
	ok := bson.E{Key: "ok", Value: 1.0}
	if lookup(command, "cursor") == nil {
		return bson.D{{Key: "result", Value: batch}, ok}
	}
	return bson.D{{Key: "cursor", Value: bson.D{
		{Key: "firstBatch", Value: batch},
		{Key: "id", Value: int64(0)},
		{Key: "ns", Value: namespace},
	}}, ok}
}
