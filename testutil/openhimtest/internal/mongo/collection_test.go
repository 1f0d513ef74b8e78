package mongo_test

import (
	"fmt"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
)

func collection(dialect mongo.Dialect) *mongo.Collection {
	return mongo.NewDB(dialect, nil).Define("things", things(dialect))
}

func insert(t *testing.T, c *mongo.Collection, doc mongo.Doc) mongo.ObjectID {
	t.Helper()
	id, err := c.Insert(doc)
	require.NoError(t, err)
	return id
}

func TestDocumentsAreCopies(t *testing.T) {
	t.Parallel()
	c := collection(mongo.Mongoose6)
	list := []any{"a"}
	id := insert(t, c, mongo.Doc{"name": "n", "tags": list})
	list[0] = "changed"
	got, has := c.Get(id)
	require.True(t, has)
	assert.Equal(t, []any{"a"}, got["tags"])
	got["tags"].([]any)[0] = "changed"
	again, _ := c.Get(id)
	assert.Equal(t, []any{"a"}, again["tags"])
}

func TestUniqueIndexes(t *testing.T) {
	t.Parallel()
	c := collection(mongo.Mongoose6)
	insert(t, c, mongo.Doc{"name": "n"})
	other := insert(t, c, mongo.Doc{"name": "m"})
	_, err := c.Insert(mongo.Doc{"name": "n"})
	require.ErrorIs(t, err, mongo.ErrDuplicate)
	assert.Equal(t, "MongoServerError: E11000 duplicate key error collection: openhim.things", mongo.JSText(err))
	_, _, err = c.Update(other, mongo.Doc{"$set": mongo.Doc{"name": "n"}})
	require.ErrorIs(t, err, mongo.ErrDuplicate)
	assert.Equal(t, 1, c.Count(mongo.Doc{"name": "n"}))

	old := collection(mongo.Mongoose4)
	insert(t, old, mongo.Doc{"name": "n"})
	_, err = old.Insert(mongo.Doc{"name": "n", "_id": mongo.ObjectID("507f1f77bcf86cd799439011"), "kind": "a", "__v": 0})
	assert.Equal(t, `WriteError({"code":11000,"index":0,"errmsg":"E11000 duplicate key error collection: openhim.things",`+
		`"op":{"name":"n","_id":"507f1f77bcf86cd799439011","kind":"a","__v":0}})`, mongo.JSText(err))
}

func TestKeysWithDotsAndDollarsAreRefused(t *testing.T) {
	t.Parallel()
	c := collection(mongo.Mongoose6)
	_, err := c.Insert(mongo.Doc{"name": "n", "any": mongo.Doc{"a.b": 1.0}})
	assert.Equal(t, `MongoServerError: invalid key: "a.b" (key must not contain '.' sign)`, mongo.JSText(err))
	id := insert(t, c, mongo.Doc{"name": "n"})
	_, _, err = c.Update(id, mongo.Doc{"$set": mongo.Doc{"any": []any{mongo.Doc{"$x": 1.0}}}})
	assert.Equal(t, `MongoServerError: invalid key: "$x" (key must not start with '$' sign)`, mongo.JSText(err))
	_, err = collection(mongo.Mongoose4).Insert(mongo.Doc{"any": mongo.Doc{"a.b": 1.0}})
	assert.Equal(t, "Error: key a.b must not contain '.'", mongo.JSText(err))
}

func TestUpdateOperators(t *testing.T) {
	t.Parallel()
	start := mongo.Doc{"name": "n", "size": 2.0, "tags": []any{"x"}, "any": mongo.Doc{"k": "v", "list": []any{mongo.Doc{"a": 1.0}}}}
	for name, c := range map[string]struct {
		update mongo.Doc
		path   string
		want   any
	}{
		"plain key":             {mongo.Doc{"size": 3}, "size", 3.0},
		"dotted":                {mongo.Doc{"any.k": "w"}, "any.k", "w"},
		"$set makes objects":    {mongo.Doc{"$set": mongo.Doc{"response.headers.a": 1}}, "response.headers.a", 1.0},
		"$set by index":         {mongo.Doc{"$set": mongo.Doc{"any.list.0.a": 5}}, "any.list.0.a", 5.0},
		"$set behind the end":   {mongo.Doc{"$set": mongo.Doc{"tags.2": "z"}}, "tags", []any{"x", nil, "z"}},
		"$unset":                {mongo.Doc{"$unset": mongo.Doc{"any": 1}}, "any", nil},
		"$inc":                  {mongo.Doc{"$inc": mongo.Doc{"size": 2}}, "size", 4.0},
		"$inc of nothing":       {mongo.Doc{"$inc": mongo.Doc{"any.n": 1}}, "any.n", 1.0},
		"$min":                  {mongo.Doc{"$min": mongo.Doc{"size": 1}}, "size", 1.0},
		"$max":                  {mongo.Doc{"$max": mongo.Doc{"size": 1}}, "size", 2.0},
		"$push":                 {mongo.Doc{"$push": mongo.Doc{"tags": "y"}}, "tags", []any{"x", "y"}},
		"$push $each":           {mongo.Doc{"$push": mongo.Doc{"tags": mongo.Doc{"$each": []any{"y", "x"}}}}, "tags", []any{"x", "y", "x"}},
		"$push to nothing":      {mongo.Doc{"$push": mongo.Doc{"any.new": 1}}, "any.new", []any{1.0}},
		"$addToSet":             {mongo.Doc{"$addToSet": mongo.Doc{"tags": "x"}}, "tags", []any{"x"}},
		"$pull":                 {mongo.Doc{"$pull": mongo.Doc{"tags": "x"}}, "tags", []any{}},
		"$pull by filter":       {mongo.Doc{"$pull": mongo.Doc{"any.list": mongo.Doc{"a": 1}}}, "any.list", []any{}},
		"$pull of what is not":  {mongo.Doc{"$pull": mongo.Doc{"any.none": 1}}, "any.none", nil},
		"$setOnInsert is no op": {mongo.Doc{"$setOnInsert": mongo.Doc{"size": 9}}, "size", 2.0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			coll := collection(mongo.Mongoose6)
			id := insert(t, coll, start)
			after, ok, err := coll.Update(id, mongo.CloneDoc(c.update))
			require.NoError(t, err)
			require.True(t, ok)
			if c.want == nil {
				assert.Zero(t, coll.Count(mongo.Doc{c.path: mongo.Doc{"$exists": true}}))
				return
			}
			assert.Equal(t, 1, coll.Count(mongo.Doc{c.path: c.want}), "%v", after)
		})
	}
}

func TestRefusedUpdatesChangeNothing(t *testing.T) {
	t.Parallel()
	for want, update := range map[string]mongo.Doc{
		"Performing an update on the path '_id' would modify the immutable field '_id'": {"_id": mongo.ObjectID("507f1f77bcf86cd799439011"), "size": 5},
		"Updating the path 'any' would create a conflict at 'any.k'":                    {"$set": mongo.Doc{"any": 1}, "$inc": mongo.Doc{"any.k": 1}},
		"Unknown modifier: $foo. Expected a valid update modifier or pipeline-style update specified as an array": {
			"size": 5, "$foo": mongo.Doc{"a": 1},
		},
		"Cannot create field 'x' in element {'n'}": {"size": 5, "name.x": 1},
	} {
		c := collection(mongo.Mongoose6)
		id := insert(t, c, mongo.Doc{"name": "n", "size": 1.0})
		_, _, err := c.Update(id, update)
		require.EqualError(t, err, want)
		got, _ := c.Get(id)
		assert.Equal(t, 1.0, got["size"], want)
	}
	c := collection(mongo.Mongoose6)
	_, ok, err := c.Update("507f1f77bcf86cd799439011", mongo.Doc{"size": 1})
	require.NoError(t, err)
	assert.False(t, ok)
}

func TestFilters(t *testing.T) {
	t.Parallel()
	c := collection(mongo.Mongoose6)
	at := time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC)
	insert(t, c, mongo.Doc{"name": "one", "size": 1, "at": at, "tags": []any{"x", "y"}, "parts": []any{mongo.Doc{"name": "p", "status": 200}}})
	insert(t, c, mongo.Doc{"name": "two", "size": 2, "at": at.Add(time.Hour), "tags": []any{}, "response": mongo.Doc{"status": 500}, "any": nil})
	for name, tc := range map[string]struct {
		filter mongo.Doc
		want   []string
	}{
		"all":                  {mongo.Doc{}, []string{"one", "two"}},
		"equal":                {mongo.Doc{"size": 2}, []string{"two"}},
		"element":              {mongo.Doc{"tags": "x"}, []string{"one"}},
		"whole list":           {mongo.Doc{"tags": []any{"x", "y"}}, []string{"one"}},
		"through a list":       {mongo.Doc{"parts.name": "p"}, []string{"one"}},
		"null or missing":      {mongo.Doc{"any": nil}, []string{"one", "two"}},
		"regexp":               {mongo.Doc{"name": regexp.MustCompile("(?i)TW")}, []string{"two"}},
		"$regex":               {mongo.Doc{"name": mongo.Doc{"$regex": "ON", "$options": "i"}}, []string{"one"}},
		"$gt":                  {mongo.Doc{"size": mongo.Doc{"$gt": 1}}, []string{"two"}},
		"dates":                {mongo.Doc{"at": mongo.Doc{"$gte": at, "$lt": at.Add(time.Minute)}}, []string{"one"}},
		"$ne":                  {mongo.Doc{"tags": mongo.Doc{"$ne": "x"}}, []string{"two"}},
		"$in":                  {mongo.Doc{"name": mongo.Doc{"$in": []any{"two", "three"}}}, []string{"two"}},
		"$nin":                 {mongo.Doc{"name": mongo.Doc{"$nin": []any{"two"}}}, []string{"one"}},
		"$exists":              {mongo.Doc{"response.status": mongo.Doc{"$exists": true}}, []string{"two"}},
		"not there":            {mongo.Doc{"response.status": mongo.Doc{"$exists": false}}, []string{"one"}},
		"$size":                {mongo.Doc{"tags": mongo.Doc{"$size": 2}}, []string{"one"}},
		"$all":                 {mongo.Doc{"tags": mongo.Doc{"$all": []any{"y", "x"}}}, []string{"one"}},
		"$elemMatch":           {mongo.Doc{"parts": mongo.Doc{"$elemMatch": mongo.Doc{"name": "p", "status": mongo.Doc{"$gte": 200}}}}, []string{"one"}},
		"$not":                 {mongo.Doc{"size": mongo.Doc{"$not": mongo.Doc{"$gt": 1}}}, []string{"one"}},
		"$or":                  {mongo.Doc{"$or": []any{mongo.Doc{"size": 1}, mongo.Doc{"size": 2}}}, []string{"one", "two"}},
		"$and":                 {mongo.Doc{"$and": []any{mongo.Doc{"size": 1}, mongo.Doc{"name": "two"}}}, nil},
		"$nor":                 {mongo.Doc{"$nor": []any{mongo.Doc{"size": 1}}}, []string{"two"}},
		"kinds do not compare": {mongo.Doc{"size": mongo.Doc{"$gt": "0"}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found, err := c.Query(mongo.CloneDoc(tc.filter), mongo.FindOptions{})
			require.NoError(t, err)
			var names []string
			for _, doc := range found {
				names = append(names, doc["name"].(string))
			}
			assert.Equal(t, tc.want, names)
		})
	}
	for want, filter := range map[string]mongo.Doc{
		"unknown operator: $foo":                                {"size": mongo.Doc{"$foo": 1}},
		"unknown top level operator: $foo":                      {"$foo": 1},
		"$in needs an array":                                    {"size": mongo.Doc{"$in": 1}},
		"Regular expression is invalid: missing closing ): `(`": {"name": mongo.Doc{"$regex": "("}},
	} {
		_, err := c.Query(filter, mongo.FindOptions{})
		require.EqualError(t, err, want)
		assert.Empty(t, c.Find(filter, mongo.FindOptions{}))
	}
}

func TestFindSortsCutsAndProjects(t *testing.T) {
	t.Parallel()
	c := collection(mongo.Mongoose6)
	for _, size := range []float64{2, 3, 1} {
		insert(t, c, mongo.Doc{
			"name": fmt.Sprint(size), "size": size,
			"response": mongo.Doc{"status": 1, "headers": mongo.Doc{}}, "parts": []any{mongo.Doc{"name": "p", "status": 1}},
		})
	}
	found := c.Find(mongo.Doc{}, mongo.FindOptions{Sort: "-size", Skip: 1, Limit: 1, Projection: mongo.Doc{"response.headers": 0, "parts.status": 0, "_id": 0}})
	assert.Equal(t, []mongo.Doc{{
		"name": "2", "size": 2.0, "response": mongo.Doc{"status": 1.0}, "parts": []any{mongo.Doc{"name": "p"}},
	}}, found)
	found = c.Find(mongo.Doc{}, mongo.FindOptions{Sort: "size", Projection: mongo.Doc{"size": 1}})
	require.Len(t, found, 3)
	assert.Equal(t, 1.0, found[0]["size"])
	assert.Len(t, found[0], 2, "size and _id")
	assert.Empty(t, c.Find(mongo.Doc{}, mongo.FindOptions{Skip: 5}))
}

func TestCollectionsAreSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	c := collection(mongo.Mongoose6)
	id := insert(t, c, mongo.Doc{"name": "n", "size": 0.0})
	var work sync.WaitGroup
	const writers = 20
	for range writers {
		work.Go(func() {
			_, _, err := c.Update(id, mongo.Doc{"$inc": mongo.Doc{"size": 1}, "$push": mongo.Doc{"tags": "x"}})
			assert.NoError(t, err)
			c.Find(mongo.Doc{"tags": "x"}, mongo.FindOptions{})
		})
	}
	work.Wait()
	got, _ := c.Get(id)
	assert.Equal(t, float64(writers), got["size"])
	assert.Len(t, got["tags"], writers)
	assert.True(t, c.Delete(id))
	assert.False(t, c.Delete(id))
}

func TestReplaceKeepsTheID(t *testing.T) {
	t.Parallel()
	db := mongo.NewDB(mongo.Mongoose6, nil)
	c := db.Collection("undefined") // has no schema and takes everything
	id := insert(t, c, mongo.Doc{"a": 1})
	ok, err := c.Replace(id, mongo.Doc{"b": []string{"x"}, "_id": mongo.ObjectID("507f1f77bcf86cd799439011")})
	require.NoError(t, err)
	assert.True(t, ok)
	got, has := c.FindOne(mongo.Doc{"b": "x"})
	require.True(t, has)
	assert.Equal(t, mongo.Doc{"_id": id, "b": []any{"x"}}, got)
	ok, err = c.Replace("507f1f77bcf86cd799439011", mongo.Doc{})
	require.NoError(t, err)
	assert.False(t, ok)
	_, err = c.Replace(id, mongo.Doc{"a.b": 1})
	require.Error(t, err)
	_, has = c.FindOne(mongo.Doc{"b": "y"})
	assert.False(t, has)
	assert.Same(t, c, db.Collection("undefined"))
}
