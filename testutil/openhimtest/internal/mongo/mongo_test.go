package mongo_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
)

// things is a schema with a field of every kind.
func things(dialect mongo.Dialect) *mongo.Schema {
	return &mongo.Schema{
		Model: "Thing", Dialect: dialect,
		Fields: []mongo.Field{
			{Name: "name", Kind: mongo.String, Required: true, Unique: true},
			{Name: "size", Kind: mongo.Number, Min: new(1.0), Max: new(10.0)},
			{Name: "kind", Kind: mongo.String, Enum: []string{"a", "b"}, Default: "a"},
			{Name: "on", Kind: mongo.Bool},
			{Name: "at", Kind: mongo.Date},
			{Name: "owner", Kind: mongo.ID},
			{Name: "any"},
			{Name: "tags", Kind: mongo.List, Elem: &mongo.Field{Kind: mongo.String, Enum: []string{"x", "y"}}},
			{Name: "parts", Kind: mongo.List, Elem: &mongo.Field{Kind: mongo.Embedded, Sub: &mongo.Schema{Fields: []mongo.Field{
				{Name: "name", Kind: mongo.String, Required: true},
				{Name: "status", Kind: mongo.Number},
			}}}},
			{Name: "response", Kind: mongo.Nested, Sub: &mongo.Schema{Fields: []mongo.Field{
				{Name: "status", Kind: mongo.Number},
				{Name: "headers"},
			}}},
		},
	}
}

func create(t *testing.T, in mongo.Doc) mongo.Doc {
	t.Helper()
	out, err := things(mongo.Mongoose6).Cast(in, mongo.CastOptions{Validate: true})
	require.NoError(t, err)
	return out
}

func TestCastMakesADocumentFit(t *testing.T) {
	t.Parallel()
	out := create(t, mongo.Doc{
		"name": 5.0, "size": "3", "on": "true", "at": "2024-01-02T03:04:05Z", "owner": "507F1F77BCF86CD799439011",
		"unknown": 1.0, "parts": mongo.Doc{"name": "one", "status": "200"}, "response": mongo.Doc{"status": "404", "other": true},
		"any": mongo.Doc{"k": []any{1.0}},
	})
	assert.Equal(t, "5", out["name"])
	assert.Equal(t, 3.0, out["size"])
	assert.Equal(t, "a", out["kind"], "default")
	assert.Equal(t, true, out["on"])
	assert.Equal(t, time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC), out["at"])
	assert.Equal(t, mongo.ObjectID("507f1f77bcf86cd799439011"), out["owner"])
	assert.Equal(t, []any{}, out["tags"], "lists default to empty")
	assert.NotContains(t, out, "unknown")
	assert.Equal(t, mongo.Doc{"status": 404.0}, out["response"])
	assert.Equal(t, mongo.Doc{"k": []any{1.0}}, out["any"])
	parts, _ := out["parts"].([]any)
	require.Len(t, parts, 1, "a single object becomes a list of one")
	part, _ := parts[0].(mongo.Doc)
	assert.Equal(t, 200.0, part["status"])
	assert.Len(t, part["_id"], 24)
}

func TestCastExpandsDottedKeys(t *testing.T) {
	t.Parallel()
	out := create(t, mongo.Doc{"name": "n", "any.a.b": 1.0, "any.a.c": 2.0, "response.status": "5"})
	assert.Equal(t, mongo.Doc{"a": mongo.Doc{"b": 1.0, "c": 2.0}}, out["any"])
	assert.Equal(t, mongo.Doc{"status": 5.0}, out["response"])
}

func TestValidationErrorsHaveMongoosesTexts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		dialect mongo.Dialect
		in      mongo.Doc
		want    string
	}{
		"required":          {mongo.Mongoose6, mongo.Doc{}, "name: Path `name` is required."},
		"required, empty":   {mongo.Mongoose6, mongo.Doc{"name": ""}, "name: Path `name` is required."},
		"enum":              {mongo.Mongoose6, mongo.Doc{"name": "n", "kind": "c"}, "kind: `c` is not a valid enum value for path `kind`."},
		"minimum":           {mongo.Mongoose6, mongo.Doc{"name": "n", "size": 0.5}, "size: Path `size` (0.5) is less than minimum allowed value (1)."},
		"maximum":           {mongo.Mongoose6, mongo.Doc{"name": "n", "size": 11.0}, "size: Path `size` (11) is more than maximum allowed value (10)."},
		"cast":              {mongo.Mongoose6, mongo.Doc{"name": "n", "size": "x"}, `size: Cast to Number failed for value "x" (type string) at path "size"`},
		"cast, mongoose 4":  {mongo.Mongoose4, mongo.Doc{"name": "n", "size": "x"}, `size: Cast to number failed for value "x" at path "size"`},
		"in a list":         {mongo.Mongoose6, mongo.Doc{"name": "n", "tags": []any{"z"}}, "tags.0: `z` is not a valid enum value for path `tags.0`."},
		"in a list, 4":      {mongo.Mongoose4, mongo.Doc{"name": "n", "tags": []any{"z"}}, "tags.0: `z` is not a valid enum value for path `tags`."},
		"embedded":          {mongo.Mongoose6, mongo.Doc{"name": "n", "parts": []any{mongo.Doc{}}}, "parts.0.name: Path `name` is required."},
		"required at first": {mongo.Mongoose6, mongo.Doc{"kind": "c"}, "name: Path `name` is required., kind: `c` is not a valid enum value for path `kind`."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := things(c.dialect).Cast(c.in, mongo.CastOptions{Validate: true})
			var invalid *mongo.ValidationError
			require.ErrorAs(t, err, &invalid)
			assert.Equal(t, "ValidationError: "+c.want, mongo.JSText(err))
			assert.Equal(t, "Thing validation failed: "+c.want, err.Error())
		})
	}
}

func TestAnUpdateBecomesOperators(t *testing.T) {
	t.Parallel()
	cast := func(in mongo.Doc) mongo.Doc {
		t.Helper()
		out, err := things(mongo.Mongoose6).Cast(in, mongo.CastOptions{Update: true})
		require.NoError(t, err)
		return out
	}
	assert.Empty(t, cast(mongo.Doc{"foo": 1.0, "$inc": mongo.Doc{"bar": 1.0}}), "unknown paths are dropped")
	assert.Equal(t, mongo.Doc{"$set": mongo.Doc{"size": 4.0, "any.k": "v"}}, cast(mongo.Doc{"size": "4", "$set": mongo.Doc{"any.k": "v"}}))
	assert.Equal(t, mongo.Doc{"$set": mongo.Doc{"response": "plain"}}, cast(mongo.Doc{"response": "plain"}), "a nested path keeps what is no object")
	pushed := cast(mongo.Doc{"$push": mongo.Doc{"parts": mongo.Doc{"$each": []any{mongo.Doc{"name": 1.0}}}}})
	each, _ := pushed["$push"].(mongo.Doc)["parts"].(mongo.Doc)["$each"].([]any)
	require.Len(t, each, 1)
	assert.Equal(t, "1", each[0].(mongo.Doc)["name"])
}

func TestAnUpdateThatCannotBeCastFails(t *testing.T) {
	t.Parallel()
	_, err := things(mongo.Mongoose6).Cast(mongo.Doc{"response": mongo.Doc{"status": "abc"}}, mongo.CastOptions{Update: true})
	require.EqualError(t, err, `Cast to Number failed for value "abc" (type string) at path "response.status"`)
	_, err = things(mongo.Mongoose6).Cast(mongo.Doc{"parts": []any{mongo.Doc{"name": "n", "status": "abc"}}}, mongo.CastOptions{Update: true})
	require.EqualError(t, err, `Cast to embedded failed for value "{ name: 'n', status: 'abc' }" (type Object) at path "parts" because of "CastError"`)
	_, err = things(mongo.Mongoose6).Cast(mongo.Doc{"$push": "x"}, mongo.CastOptions{Update: true})
	require.Error(t, err)
}

func TestUpdateValidatorsDependOnTheDialect(t *testing.T) {
	t.Parallel()
	in := mongo.Doc{"parts": []any{mongo.Doc{"status": 1.0}}}
	_, err := things(mongo.Mongoose6).Cast(in, mongo.CastOptions{Update: true, Validate: true})
	require.Error(t, err, "a missing name inside a list")
	_, err = things(mongo.Mongoose4).Cast(in, mongo.CastOptions{Update: true, Validate: true})
	require.NoError(t, err, "mongoose 4 does not look for what is missing")
	_, err = things(mongo.Mongoose4).Cast(mongo.Doc{"parts": []any{mongo.Doc{"name": ""}}}, mongo.CastOptions{Update: true, Validate: true})
	require.Error(t, err, "an empty name is there, and refused")
}

func TestQueriesAreCastByTheSchema(t *testing.T) {
	t.Parallel()
	out, err := things(mongo.Mongoose6).CastQuery(mongo.Doc{
		"owner": "507f1f77bcf86cd799439011", "parts.status": mongo.Doc{"$gte": "200"}, "$or": []any{mongo.Doc{"size": "1"}},
	})
	require.NoError(t, err)
	assert.Equal(t, mongo.Doc{
		"owner": mongo.ObjectID("507f1f77bcf86cd799439011"), "parts.status": mongo.Doc{"$gte": 200.0},
		"$or": []any{mongo.Doc{"size": 1.0}},
	}, out)
	_, err = things(mongo.Mongoose4).CastQuery(mongo.Doc{"_id": "xyz"})
	require.EqualError(t, err, `Cast to ObjectId failed for value "xyz" at path "_id" for model "Thing"`)
}

func TestNumbersAndTimesPrintAsJavaScriptDoes(t *testing.T) {
	t.Parallel()
	for want, f := range map[string]float64{
		"1": 1, "0": math.Copysign(0, -1), "1.5": 1.5, "1e+21": 1e21, "100000000000000000000": 1e20, "1e-7": 1e-7, "0.000001": 1e-6, "-12": -12,
	} {
		assert.Equal(t, want, mongo.FormatNumber(f))
	}
	doc := mongo.Doc{
		"b": time.Date(2024, 1, 2, 3, 4, 5, 6_700_000, time.FixedZone("", 3600)), "_id": mongo.ObjectID("507f1f77bcf86cd799439011"),
		"a": []any{nil, true, "<ü\n\x01>", math.NaN(), 7},
	}
	assert.Equal(t, `{"_id":"507f1f77bcf86cd799439011","a":[null,true,"<ü\n\u0001>",null,7],"b":"2024-01-02T02:04:05.006Z"}`, string(mongo.JSON(doc)))
}

func TestDatesParseAsInJavaScript(t *testing.T) {
	t.Parallel()
	want := time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, text := range []string{
		"2024-01-02T03:04:05Z", "2024-01-02T03:04:05.000Z", "2024-01-02T04:04:05+01:00", "Tue, 02 Jan 2024 03:04:05 GMT",
		"Tue Jan 02 2024 03:04:05 GMT+0000 (Coordinated Universal Time)", "2024-01-02 03:04:05", "2024/01/02 03:04:05",
	} {
		got, ok := mongo.ParseDate(text)
		assert.True(t, ok, text)
		assert.Equal(t, want, got, text)
	}
	for _, text := range []string{"garbage", "", "2024-13-45", "NaN"} {
		_, ok := mongo.ParseDate(text)
		assert.False(t, ok, text)
	}
}

func TestCloneMakesItsOwnCopy(t *testing.T) {
	t.Parallel()
	in := mongo.Doc{"a": []any{mongo.Doc{"b": 1}}, "h": map[string]string{"x": "y"}, "s": []string{"1"}}
	out := mongo.CloneDoc(in)
	assert.Equal(t, mongo.Doc{"a": []any{mongo.Doc{"b": 1.0}}, "h": mongo.Doc{"x": "y"}, "s": []any{"1"}}, out)
	in["a"].([]any)[0].(mongo.Doc)["b"] = 2
	assert.Equal(t, 1.0, out["a"].([]any)[0].(mongo.Doc)["b"])
}

// refused stands for a value that mongoose does not cast.
const refused = "(refused)"

func TestValuesAreCastAsMongooseDoes(t *testing.T) {
	t.Parallel()
	day := time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC)
	id := mongo.ObjectID("507f1f77bcf86cd799439011")
	for _, c := range []struct {
		field     string
		in        any
		modern    any
		old       any
		different bool // on mongoose 4
	}{
		{field: "name", in: true, modern: "true"},
		{field: "name", in: 1.5, modern: "1.5"},
		{field: "name", in: id, modern: string(id)},
		{field: "name", in: mongo.Doc{"_id": "x"}, modern: "x"},
		{field: "name", in: mongo.Doc{}, modern: refused},
		{field: "name", in: []any{"a", nil, 1.0, mongo.Doc{}}, modern: refused, old: "a,,1,[object Object]", different: true},
		{field: "name", in: day, modern: "Tue Jan 02 2024 00:00:00 GMT+0000 (Coordinated Universal Time)"},
		{field: "size", in: " 0x0A ", modern: 10.0},
		{field: "size", in: "", modern: nil},
		{field: "size", in: true, modern: 1.0},
		{field: "size", in: false, modern: 0.0},
		{field: "size", in: "1_0", modern: refused},
		{field: "size", in: "1e1", modern: 10.0},
		{field: "size", in: []any{1.0}, modern: refused},
		{field: "size", in: day, modern: float64(day.UnixMilli())},
		{field: "size", in: nil, modern: nil},
		{field: "on", in: "yes", modern: true},
		{field: "on", in: 0.0, modern: false},
		{field: "on", in: "no", modern: false, old: true, different: true},
		{field: "on", in: "maybe", modern: refused, old: true, different: true},
		{field: "on", in: 5.0, modern: refused, old: true, different: true},
		{field: "on", in: mongo.Doc{}, modern: refused, old: true, different: true},
		{field: "at", in: 0.0, modern: time.UnixMilli(0).UTC()},
		{field: "at", in: "1704153600000", modern: day},
		{field: "at", in: "2024-01-02", modern: day},
		{field: "at", in: "", modern: nil},
		{field: "at", in: "garbage", modern: refused},
		{field: "at", in: true, modern: refused},
		{field: "at", in: 9e15, modern: refused},
		{field: "at", in: []any{}, modern: refused},
		{field: "owner", in: "507F1F77BCF86CD799439011", modern: id},
		{field: "owner", in: mongo.Doc{"_id": id}, modern: id},
		{field: "owner", in: "twelve bytes", modern: mongo.ObjectID("7477656c7665206279746573")},
		{field: "owner", in: "xyz", modern: refused},
		{field: "owner", in: 5.0, modern: refused},
		{field: "any", in: mongo.Doc{"a": 1}, modern: mongo.Doc{"a": 1.0}},
	} {
		for _, dialect := range []mongo.Dialect{mongo.Mongoose4, mongo.Mongoose6} {
			want := c.modern
			if dialect == mongo.Mongoose4 && c.different {
				want = c.old
			}
			out, err := things(dialect).Cast(mongo.Doc{c.field: c.in}, mongo.CastOptions{Update: true})
			if want == refused {
				var failed *mongo.CastError
				require.ErrorAs(t, err, &failed, "%s %v", c.field, c.in)
				assert.Equal(t, c.field, failed.Path)
				continue
			}
			require.NoError(t, err, "%s %v", c.field, c.in)
			assert.Equal(t, mongo.Doc{"$set": mongo.Doc{c.field: want}}, out)
		}
	}
}

func TestTextsOfCastErrorsInspectTheValue(t *testing.T) {
	t.Parallel()
	for want, value := range map[string]any{
		`"[ 1, null, true ]" (type Array)`:              []any{1, nil, true},
		`"{}" (type Object)`:                            mongo.Doc{},
		`"{ a: { b: { c: [Object] } } }" (type Object)`: mongo.Doc{"a": mongo.Doc{"b": mongo.Doc{"c": mongo.Doc{"d": 1}}}},
		`"{ 'a-b': 1, c2: 'x' }" (type Object)`:         mongo.Doc{"a-b": 1, "c2": "x"},
		`"it's" (type string)`:                          "it's",
		`"say "x"" (type string)`:                       "say \"x\"",
		`"a\nb" (type string)`:                          "a\nb",
		`"2024-01-02T00:00:00.000Z" (type Date)`:        time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC),
	} {
		field := "size"
		if _, isDate := value.(time.Time); isDate {
			field = "owner"
		}
		_, err := things(mongo.Mongoose6).Cast(mongo.Doc{field: value}, mongo.CastOptions{Update: true})
		require.Error(t, err, want)
		assert.Contains(t, err.Error(), "failed for value "+want)
	}
}
