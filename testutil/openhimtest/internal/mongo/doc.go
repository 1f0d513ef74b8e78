// Package mongo is the small document store behind the fake OpenHIM core: enough
// of MongoDB and of mongoose that the core's management API and router behave as
// the recordings of real cores say (openhim-core.md sections 3, 6, 8 and 11).
//
// It casts documents by a [Schema], keeps them in a [DB] in memory, finds them by
// MongoDB filters and changes them by MongoDB update operators. Texts of errors
// are those of mongoose 4 ([Mongoose4], core 4.0.5) or of a current mongoose
// ([Mongoose6], core 8.5.0).
//
// The smallest use:
//
//	db := mongo.NewDB(mongo.Mongoose6)
//	things := db.Define("things", &mongo.Schema{Model: "Thing", Fields: []mongo.Field{{Name: "name", Kind: mongo.String}}})
//	id, err := things.Insert(mongo.Doc{"name": "a"})
package mongo

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"time"
)

// Doc is a document or a part of one. Values are nil, bool, float64, string,
// time.Time (UTC, whole milliseconds), [ObjectID], []any and Doc; the order of
// keys is not kept. A missing key is JavaScript's undefined, a nil value null.
type Doc = map[string]any

// ObjectID is a MongoDB identifier in its text form: 24 lower-case hexadecimal
// digits. The empty ObjectID means none.
type ObjectID string

// NewID makes an identifier that carries t (in seconds) and 64 random bits.
// Safe for concurrent use.
func NewID(t time.Time) ObjectID {
	var raw [12]byte
	_, _ = rand.Read(raw[4:])                             // never fails since Go 1.24
	binary.BigEndian.PutUint32(raw[:4], uint32(t.Unix())) //nolint:gosec // an ObjectID holds the low 32 bits of the seconds
	return ObjectID(hex.EncodeToString(raw[:]))
}

// ParseID reads 24 hexadecimal digits, or 12 bytes of text which MongoDB's
// drivers take as the raw identifier; ok is false for anything else.
func ParseID(s string) (id ObjectID, ok bool) {
	switch len(s) {
	case 24:
		raw, err := hex.DecodeString(s)
		if err != nil {
			return "", false
		}
		return ObjectID(hex.EncodeToString(raw)), true
	case 12:
		return ObjectID(hex.EncodeToString([]byte(s))), true
	default:
		return "", false
	}
}

// Clone copies v deeply and brings it to the values [Doc] allows: whole numbers
// become float64, []string and map[string]string become []any and Doc, times
// lose their zone and what is below a millisecond. Values of other types are
// kept as they are.
func Clone(v any) any {
	switch v := v.(type) {
	case Doc:
		if v == nil {
			return nil
		}
		out := make(Doc, len(v))
		for key, value := range v {
			out[key] = Clone(value)
		}
		return out
	case []any:
		if v == nil {
			return nil
		}
		return cloneList(v, Clone)
	case []Doc:
		return cloneList(v, func(d Doc) any { return Clone(d) })
	case []string:
		return cloneList(v, func(s string) any { return s })
	case []ObjectID:
		return cloneList(v, func(id ObjectID) any { return id })
	case map[string]string:
		out := make(Doc, len(v))
		for key, value := range v {
			out[key] = value
		}
		return out
	case time.Time:
		return Time(v)
	default:
		return cloneNumber(v)
	}
}

// CloneDoc is [Clone] for a document. A nil document gives an empty one.
func CloneDoc(d Doc) Doc {
	out := make(Doc, len(d))
	for key, value := range d {
		out[key] = Clone(value)
	}
	return out
}

// Time brings t to what a database keeps: UTC, whole milliseconds.
func Time(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

func cloneList[T any](in []T, one func(T) any) []any {
	out := make([]any, len(in))
	for i, value := range in {
		out[i] = one(value)
	}
	return out
}

func cloneNumber(v any) any {
	switch v := v.(type) {
	case int:
		return float64(v)
	case int32:
		return float64(v)
	case int64:
		return float64(v)
	case uint32:
		return float64(v)
	case uint64:
		return float64(v)
	case float32:
		return float64(v)
	case json.Number:
		f, err := v.Float64()
		if err != nil {
			return v.String()
		}
		return f
	default:
		return v
	}
}

// Equal tells whether two values are the same document, list or value. Numbers
// compare by value, times by instant, and an ObjectID never equals a string.
func Equal(a, b any) bool {
	a, b = cloneNumber(a), cloneNumber(b)
	switch a := a.(type) {
	case Doc:
		b, ok := b.(Doc)
		if !ok || len(a) != len(b) {
			return false
		}
		for key, value := range a {
			other, has := b[key]
			if !has || !Equal(value, other) {
				return false
			}
		}
		return true
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !Equal(a[i], b[i]) {
				return false
			}
		}
		return true
	case time.Time:
		b, ok := b.(time.Time)
		return ok && a.Equal(b)
	case nil, bool, float64, string, ObjectID:
		return a == b
	default:
		return false
	}
}
