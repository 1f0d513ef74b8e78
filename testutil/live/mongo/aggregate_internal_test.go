package mongo

import (
	"reflect"
	"testing"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"
)

func aggregateCommand(stages ...any) bson.D {
	return bson.D{{Key: "aggregate", Value: "c"}, {Key: "pipeline", Value: bson.A(stages)}}
}

func TestOnlyPipelinesThatNeedUsAreOurs(t *testing.T) {
	t.Parallel()
	match := bson.D{{Key: "$match", Value: bson.D{{Key: "a", Value: "b"}}}}
	grouped := bson.D{{Key: "$group", Value: bson.D{{Key: "_id", Value: "$a"}}}}
	plain := bson.D{{Key: "$project", Value: bson.D{{Key: "a", Value: int32(1)}}}}
	filtered := bson.D{{Key: "$project", Value: bson.D{{Key: "a", Value: bson.D{{Key: "$filter", Value: bson.D{}}}}}}}
	for name, test := range map[string]struct {
		command bson.D
		ours    bool
		stages  int
	}{
		"group after match":        {aggregateCommand(match, grouped), true, 1},
		"project with filter":      {aggregateCommand(match, filtered), true, 1},
		"group alone":              {aggregateCommand(grouped), true, 1},
		"nothing":                  {aggregateCommand(), false, 0},
		"match alone":              {aggregateCommand(match), false, 0},
		"project of plain fields":  {aggregateCommand(match, plain), false, 1},
		"match after group":        {aggregateCommand(grouped, match), false, 0},
		"an operator nobody knows": {aggregateCommand(grouped, bson.D{{Key: "$lookup", Value: bson.D{}}}), false, 0},
		"a stage of another type":  {aggregateCommand(grouped, "x"), false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, stages, ok := ourPipeline(test.command)
			if ok != test.ours || len(stages) != test.stages {
				t.Errorf("ours %v with %d stages, want %v with %d", ok, len(stages), test.ours, test.stages)
			}
		})
	}
}

func TestGroupAccumulates(t *testing.T) {
	t.Parallel()
	at := func(n int64) primitive.DateTime { return primitive.DateTime(n) }
	row := func(channel string, n any, when any) bson.D {
		return bson.D{{Key: "channel", Value: channel}, {Key: "n", Value: n}, {Key: "when", Value: when}}
	}
	accumulate := func(operator, field string) bson.D { return bson.D{{Key: operator, Value: field}} }
	got, err := group([]bson.D{
		row("b", int32(2), at(20)), row("a", int64(5), at(50)), row("b", 1.5, nil), row("b", int32(4), at(10)),
	}, bson.D{
		{Key: "_id", Value: bson.D{{Key: "c", Value: "$channel"}}},
		{Key: "sum", Value: accumulate("$sum", "$n")},
		{Key: "min", Value: accumulate("$min", "$when")},
		{Key: "max", Value: accumulate("$max", "$when")},
		{Key: "first", Value: accumulate("$first", "$n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []bson.D{
		{
			{Key: "_id", Value: bson.D{{Key: "c", Value: "b"}}},
			{Key: "sum", Value: 7.5},
			{Key: "min", Value: at(10)},
			{Key: "max", Value: at(20)},
			{Key: "first", Value: int32(2)},
		},
		{
			{Key: "_id", Value: bson.D{{Key: "c", Value: "a"}}},
			{Key: "sum", Value: 5.0},
			{Key: "min", Value: at(50)},
			{Key: "max", Value: at(50)},
			{Key: "first", Value: int64(5)},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if _, err := group(nil, bson.D{{Key: "x", Value: accumulate("$avg", "$n")}}); err == nil {
		t.Error("no error for an unknown accumulator")
	}
}

func TestProjectFiltersLists(t *testing.T) {
	t.Parallel()
	element := func(name string, n int32) bson.D {
		return bson.D{{Key: "name", Value: name}, {Key: "n", Value: n}}
	}
	spec := bson.D{{Key: "kept", Value: int32(1)}, {Key: "list", Value: bson.D{{Key: "$filter", Value: bson.D{
		{Key: "input", Value: "$list"},
		{Key: "as", Value: "e"},
		{Key: "cond", Value: bson.D{{Key: "$eq", Value: bson.A{"$$e.name", "x"}}}},
	}}}}}
	got, err := project([]bson.D{{
		{Key: "_id", Value: int32(7)},
		{Key: "left", Value: "out"},
		{Key: "kept", Value: "in"},
		{Key: "list", Value: bson.A{element("x", 1), element("y", 2), "no document", element("x", 3)}},
	}}, spec)
	if err != nil {
		t.Fatal(err)
	}
	want := []bson.D{{
		{Key: "_id", Value: int32(7)},
		{Key: "kept", Value: "in"},
		{Key: "list", Value: bson.A{element("x", 1), element("x", 3)}},
	}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if _, err := project([]bson.D{{}}, bson.D{{Key: "list", Value: bson.D{{Key: "$slice", Value: int32(1)}}}}); err == nil {
		t.Error("no error for another operator")
	}
}

func TestSortIsStableAndKnowsBothDirections(t *testing.T) {
	t.Parallel()
	row := func(a, b int32) bson.D { return bson.D{{Key: "a", Value: a}, {Key: "b", Value: b}} }
	s := stage{operator: "$sort", spec: bson.D{{Key: "a", Value: int32(1)}, {Key: "b", Value: int32(-1)}}}
	got, err := s.apply([]bson.D{row(2, 1), row(1, 1), row(1, 2)})
	if err != nil {
		t.Fatal(err)
	}
	if want := []bson.D{row(1, 2), row(1, 1), row(2, 1)}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestOldCommandsAreModernised(t *testing.T) {
	t.Parallel()
	got := modernCommand(bson.D{
		{Key: "findAndModify", Value: "c"},
		{Key: "fields", Value: bson.D{}},
		{Key: "$readPreference", Value: "primary"},
		{Key: "update", Value: bson.A{bson.D{{Key: "$pushAll", Value: bson.D{{Key: "l", Value: bson.A{"x"}}}}}}},
	})
	want := bson.D{
		{Key: "findAndModify", Value: "c"},
		{Key: "update", Value: bson.A{bson.D{{Key: "$push", Value: bson.D{
			{Key: "l", Value: bson.D{{Key: "$each", Value: bson.A{"x"}}}},
		}}}}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}
