package js

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Values are nil (null), [Undefined], bool, float64, string, [Array] pointers
// and [Object] pointers.

// Undefined is JavaScript's undefined.
type Undefined struct{}

// Object is a plain object: keys in JavaScript's order, integers first.
type Object struct {
	keys   []string
	values map[string]any
}

// Array is a list, which may have named properties besides its elements.
type Array struct {
	Elems []any
	Props Object
}

// Error is a JavaScript error: its class (TypeError, SyntaxError …) and message.
type Error struct {
	Class, Message string
}

// Error gives the message alone, as err.message in JavaScript.
func (e *Error) Error() string { return e.Message }

// Stack is the first lines of err.stack. Where a frame follows the recordings
// have none of it in common, so there is one frame that names the fake.
func (e *Error) Stack() string {
	return e.Class + ": " + e.Message + "\n    at openhimtest"
}

// TypeError makes a TypeError.
func TypeError(message string) *Error { return &Error{Class: "TypeError", Message: message} }

// Set puts a value; a new key goes last.
func (o *Object) Set(key string, value any) {
	if o.values == nil {
		o.values = map[string]any{}
	}
	if _, has := o.values[key]; !has {
		o.keys = append(o.keys, key)
	}
	o.values[key] = value
}

// Delete removes a key.
func (o *Object) Delete(key string) {
	if _, has := o.values[key]; !has {
		return
	}
	delete(o.values, key)
	o.keys = slices.DeleteFunc(o.keys, func(k string) bool { return k == key })
}

// Get gives the value of a key, [Undefined] when it is absent.
func (o *Object) Get(key string) any {
	if o == nil {
		return Undefined{}
	}
	if value, has := o.values[key]; has {
		return value
	}
	return Undefined{}
}

// Has tells whether the object has the key.
func (o *Object) Has(key string) bool {
	_, has := o.values[key]
	return has
}

// Keys lists the keys as for…in does: integers in their order, then the others
// as they were set.
func (o *Object) Keys() []string {
	if o == nil {
		return nil
	}
	var integers, names []string
	for _, key := range o.keys {
		if isIndex(key) {
			integers = append(integers, key)
		} else {
			names = append(names, key)
		}
	}
	slices.SortFunc(integers, func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
	return append(integers, names...)
}

// Len is the number of keys.
func (o *Object) Len() int {
	if o == nil {
		return 0
	}
	return len(o.keys)
}

// Clone copies the object; the values are shared.
func (o *Object) Clone() *Object {
	out := &Object{}
	for _, key := range o.keys {
		out.Set(key, o.values[key])
	}
	return out
}

func isIndex(key string) bool {
	if key == "" || len(key) > 10 || key[0] == '0' && len(key) > 1 {
		return false
	}
	for i := range len(key) {
		if key[i] < '0' || key[i] > '9' {
			return false
		}
	}
	n, err := strconv.ParseUint(key, 10, 64)
	return err == nil && n < math.MaxUint32
}

// Member reads v[key]. Of null and undefined it is a TypeError.
func Member(v any, key string) (any, *Error) {
	switch v := v.(type) {
	case nil:
		return nil, TypeError("Cannot read properties of null (reading '" + key + "')")
	case Undefined:
		return nil, TypeError("Cannot read properties of undefined (reading '" + key + "')")
	case *Object:
		return v.Get(key), nil
	case *Array:
		if key == "length" {
			return float64(len(v.Elems)), nil
		}
		if isIndex(key) {
			if i, err := strconv.Atoi(key); err == nil && i < len(v.Elems) {
				return v.Elems[i], nil
			}
		}
		return v.Props.Get(key), nil
	case string:
		units := utf16.Encode([]rune(v))
		if key == "length" {
			return float64(len(units)), nil
		}
		if isIndex(key) {
			if i, err := strconv.Atoi(key); err == nil && i < len(units) {
				return string(utf16.Decode(units[i : i+1])), nil
			}
		}
	}
	return Undefined{}, nil
}

// SetMember does v[key] = value in strict mode: primitives refuse it.
func SetMember(v any, key string, value any) *Error {
	switch v := v.(type) {
	case nil:
		return TypeError("Cannot set properties of null (setting '" + key + "')")
	case Undefined:
		return TypeError("Cannot set properties of undefined (setting '" + key + "')")
	case *Object:
		v.Set(key, value)
		return nil
	case *Array:
		v.Props.Set(key, value)
		return nil
	default:
		return TypeError("Cannot create property '" + key + "' on " + TypeOf(v) + " '" + String(v) + "'")
	}
}

// Entries lists what for…in visits, with the values.
func Entries(v any) []Entry {
	var out []Entry
	switch v := v.(type) {
	case *Object:
		for _, key := range v.Keys() {
			out = append(out, Entry{key, v.values[key]})
		}
	case *Array:
		for i, element := range v.Elems {
			out = append(out, Entry{strconv.Itoa(i), element})
		}
		for _, key := range v.Props.Keys() {
			out = append(out, Entry{key, v.Props.values[key]})
		}
	case string:
		for i, unit := range utf16.Encode([]rune(v)) {
			out = append(out, Entry{strconv.Itoa(i), string(utf16.Decode([]uint16{unit}))})
		}
	}
	return out
}

// Entry is a key with its value.
type Entry struct {
	Key   string
	Value any
}

// ArrayFrom is Array.from: the elements of an array, the characters of a text,
// and of an object with a length its indexed values; else nothing.
func ArrayFrom(v any) []any {
	switch v := v.(type) {
	case *Array:
		return v.Elems
	case string:
		out := make([]any, 0, len(v))
		for _, r := range v {
			out = append(out, string(r))
		}
		return out
	case *Object:
		n, ok := v.Get("length").(float64)
		const most = 1 << 16 // a hostile length must not cost memory
		if !ok || n < 1 || n > most {
			return nil
		}
		out := make([]any, int(n))
		for i := range out {
			out[i] = v.Get(strconv.Itoa(i))
		}
		return out
	}
	return nil
}

// Nullish tells null and undefined.
func Nullish(v any) bool {
	if v == nil {
		return true
	}
	_, undefined := v.(Undefined)
	return undefined
}

// Truthy is Boolean(v).
func Truthy(v any) bool {
	switch v := v.(type) {
	case nil, Undefined:
		return false
	case bool:
		return v
	case float64:
		return v != 0 && !math.IsNaN(v)
	case string:
		return v != ""
	default:
		return true
	}
}

// TypeOf is typeof v.
func TypeOf(v any) string {
	switch v.(type) {
	case Undefined:
		return "undefined"
	case bool:
		return "boolean"
	case float64:
		return "number"
	case string:
		return "string"
	default:
		return "object"
	}
}

// String is String(v).
func String(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case Undefined:
		return "undefined"
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return Number(v)
	case string:
		return v
	case *Array:
		parts := make([]string, len(v.Elems))
		for i, element := range v.Elems {
			if !Nullish(element) {
				parts[i] = String(element)
			}
		}
		return strings.Join(parts, ",")
	default:
		return "[object Object]"
	}
}

// Number writes a number as JavaScript does.
func Number(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	case f == 0:
		return "0"
	}
	if abs := math.Abs(f); abs >= 1e21 || abs < 1e-6 {
		text := strconv.FormatFloat(f, 'e', -1, 64)
		mantissa, exponent, _ := strings.Cut(text, "e")
		sign := exponent[:1]
		return mantissa + "e" + sign + strings.TrimLeft(exponent[1:], "0")
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// ParseInt is parseInt(s, 10).
func ParseInt(s string) float64 {
	s = strings.TrimLeft(s, " \t\r\n\v\f\u00a0\ufeff")
	end := 0
	if end < len(s) && (s[end] == '+' || s[end] == '-') {
		end++
	}
	digits := end
	for end < len(s) && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	if end == digits {
		return math.NaN()
	}
	n, err := strconv.ParseFloat(s[:end], 64)
	if err != nil && !math.IsInf(n, 0) {
		return math.NaN()
	}
	return n
}

// SliceUnits is s.slice(0, n): n UTF-16 units.
func SliceUnits(s string, n int) string {
	if n <= 0 {
		return ""
	}
	units := 0
	for i, r := range s {
		width := 1
		if r > 0xFFFF {
			width = 2
		}
		if units+width > n {
			if units < n {
				return s[:i] + string(utf8.RuneError) // half of a pair
			}
			return s[:i]
		}
		units += width
	}
	return s
}
