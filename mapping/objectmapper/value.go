package objectmapper

import "strings"

// kind says what a value is.
type kind uint8

const (
	kindNull kind = iota
	kindFalse
	kindTrue
	kindNumber
	kindString
	kindArray
	kindObject
)

// value is one JSON value that keeps the order of members and numbers as they were written. A nil *value is JavaScript's undefined:
// a missing member, or a hole in an array. Values of inputs and constants are never changed; what goes into an output is copied first.
type value struct {
	kind kind
	off  int      // byte offset of the value in the text it was read from
	text string   // a string's content, or a number as written
	list []*value // elements of an array, or values of an object's members
	keys []string // names of an object's members, beside list
	more *members
}

// members is what only documents and large objects need.
type members struct {
	offs []int          // byte offsets of the names; only documents keep them
	find map[string]int // places of the names, from indexFrom on
}

func (v *value) extra() *members {
	if v.more == nil {
		v.more = &members{}
	}
	return v.more
}

// indexFrom is the number of members from which an object is searched by a map.
const indexFrom = 48

func newString(s string) *value       { return &value{kind: kindString, text: s} }
func newNumber(literal string) *value { return &value{kind: kindNumber, text: literal} }
func newArray(items ...*value) *value { return &value{kind: kindArray, list: items} }
func newObject() *value               { return &value{kind: kindObject} }
func newNull() *value                 { return &value{kind: kindNull} }

func newBool(b bool) *value {
	if b {
		return &value{kind: kindTrue}
	}
	return &value{kind: kindFalse}
}

// absent reports whether v is undefined or null.
func (v *value) absent() bool { return v == nil || v.kind == kindNull }

func (v *value) is(k kind) bool { return v != nil && v.kind == k }

// truthy is JavaScript's Boolean(v).
func (v *value) truthy() bool {
	if v == nil {
		return false
	}
	switch v.kind {
	case kindNull, kindFalse:
		return false
	case kindString:
		return v.text != ""
	case kindNumber:
		return !isZero(v.text)
	default:
		return true
	}
}

// isZero reports whether a JSON number is zero, however it is written.
func isZero(literal string) bool {
	mantissa := literal
	if i := strings.IndexAny(literal, "eE"); i >= 0 {
		mantissa = literal[:i]
	}
	return !strings.ContainsAny(mantissa, "123456789")
}

func (v *value) position(key string) int {
	if v.more != nil && v.more.find != nil {
		if i, ok := v.more.find[key]; ok {
			return i
		}
		return -1
	}
	for i, k := range v.keys {
		if k == key {
			return i
		}
	}
	return -1
}

// get returns an object's member, or nil.
func (v *value) get(key string) *value {
	if v == nil || v.kind != kindObject {
		return nil
	}
	if i := v.position(key); i >= 0 {
		return v.list[i]
	}
	return nil
}

// has reports whether an object has a member of this name.
func (v *value) has(key string) bool {
	return v != nil && v.kind == kindObject && v.position(key) >= 0
}

// set writes an object's member; a new one comes last.
func (v *value) set(key string, member *value) {
	if i := v.position(key); i >= 0 {
		v.list[i] = member
		return
	}
	v.keys = append(v.keys, key)
	v.list = append(v.list, member)
	switch {
	case v.more != nil && v.more.find != nil:
		v.more.find[key] = len(v.keys) - 1
	case len(v.keys) == indexFrom:
		find := make(map[string]int, 2*indexFrom)
		for i, k := range v.keys {
			find[k] = i
		}
		v.extra().find = find
	}
}

// at returns an array's element, or nil. A negative index counts from the end.
func (v *value) at(i int) *value {
	if v == nil || v.kind != kindArray {
		return nil
	}
	if i < 0 {
		i += len(v.list)
	}
	if i < 0 || i >= len(v.list) {
		return nil
	}
	return v.list[i]
}

// empty reports whether v is undefined, null, {} or [].
func (v *value) empty() bool {
	return v.absent() || (v.kind == kindObject || v.kind == kindArray) && len(v.list) == 0
}

// container reports whether v is an object or an array that holds something.
func (v *value) container() bool {
	return v != nil && (v.kind == kindObject || v.kind == kindArray) && len(v.list) > 0
}

// arrayIndex reads a key that JavaScript takes for an array index: digits without leading zero, below 2^32-1.
func arrayIndex(key string) (int, bool) {
	if key == "" || len(key) > 10 || (key[0] == '0' && len(key) > 1) {
		return 0, false
	}
	n := int64(0)
	for i := range len(key) {
		c := key[i]
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return int(n), n < 1<<32-1
}

// memberOrder returns the order in which JavaScript lists an object's members: integer-like names first, ascending, then the rest as
// written. It returns nil when that is the order they stand in.
func (v *value) memberOrder() []int {
	numeric := false
	for _, k := range v.keys {
		if _, ok := arrayIndex(k); ok {
			numeric = true
			break
		}
	}
	if !numeric {
		return nil
	}
	var ints, rest []int
	for i, k := range v.keys {
		if _, ok := arrayIndex(k); ok {
			ints = append(ints, i)
		} else {
			rest = append(rest, i)
		}
	}
	sortBy(ints, func(i int) int { n, _ := arrayIndex(v.keys[i]); return n })
	return append(ints, rest...)
}
