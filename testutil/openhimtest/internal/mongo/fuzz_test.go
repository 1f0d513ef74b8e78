package mongo_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
)

// FuzzUpdate: no update makes the store panic; one it takes leaves a document that
// can be read, has its _id and keeps to the rule about keys; one it refuses leaves
// the document as it was.
func FuzzUpdate(f *testing.F) {
	for _, seed := range []string{
		`{}`, `[]`, `{"size":1}`, `{"$set":{"any.k":"v"}}`, `{"$push":{"parts":{"$each":[{"name":"a"}]}}}`, `{"$unset":{"any":1}}`,
		`{"_id":"507f1f77bcf86cd799439011"}`, `{"parts.0.name":null}`, `{"":1}`, `{"any..a":1}`, `{"$inc":{"size":"x"}}`,
		`{"$pull":{"tags":{"$in":["x"]}}}`, `{"tags.99999":"x"}`, `{"response":5}`, `{"any":{"$x":{"a.b":1}}}`, `{"$min":{"at":1}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var in any
		if json.Unmarshal([]byte(text), &in) != nil {
			return
		}
		doc, isDoc := in.(mongo.Doc)
		if !isDoc {
			return
		}
		for _, dialect := range []mongo.Dialect{mongo.Mongoose4, mongo.Mongoose6} {
			c := collection(dialect)
			id := insert(t, c, mongo.Doc{"name": "n", "tags": []any{"x"}, "any": mongo.Doc{"k": "v"}})
			before, _ := c.Get(id)
			for _, validate := range []bool{false, true} {
				update, err := c.Schema().Cast(doc, mongo.CastOptions{Update: true, Validate: validate})
				if err == nil {
					_, _, err = c.Update(id, update)
				}
				after, has := c.Get(id)
				require.True(t, has)
				require.Equal(t, id, after["_id"])
				if err != nil {
					require.NotEmpty(t, mongo.JSText(err))
					require.True(t, mongo.Equal(before, after))
				}
				require.True(t, json.Valid(mongo.JSON(after)), "%s", mongo.JSON(after))
				before = after
			}
			if out, err := c.Schema().Cast(doc, mongo.CastOptions{Validate: true}); err == nil {
				require.True(t, json.Valid(mongo.JSON(out)))
			}
			if filter, err := c.Schema().CastQuery(doc); err == nil {
				c.Find(filter, mongo.FindOptions{})
			}
		}
	})
}

// FuzzParseDate: no text makes it panic, and what is read prints as a date that is
// read the same.
func FuzzParseDate(f *testing.F) {
	for _, seed := range []string{"2024-01-02T03:04:05.678Z", "Tue, 02 Jan 2024 03:04:05 GMT", "2024", "x", "", "0000-01-01"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at, ok := mongo.ParseDate(text)
		if !ok {
			return
		}
		again, ok := mongo.ParseDate(mongo.FormatTime(at))
		require.True(t, ok)
		require.True(t, at.Equal(again), "%s: %s and %s", text, at, again)
	})
}
