package api

import (
	"crypto/sha512"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/router/js"
)

// thrown is an error of JavaScript that a handler catches and prints.
type thrown struct{ name, message string }

func (e *thrown) Error() string { return e.message }

// JS is `${err}`.
func (e *thrown) JS() string { return e.name + ": " + e.message }

func typeError(message string) *thrown { return &thrown{"TypeError", message} }

// readingNull is what reading a property of null throws.
func readingNull(property string) *thrown {
	return typeError("Cannot read properties of null (reading '" + property + "')")
}

func readingUndefined(property string) *thrown {
	return typeError("Cannot read properties of undefined (reading '" + property + "')")
}

// parseJSON is JSON.parse, with V8's errors.
func parseJSON(text string) (any, error) {
	value, err := js.Parse(text)
	if err != nil {
		return nil, &thrown{err.Class, err.Message}
	}
	return plain(value), nil
}

// parseFilters is JSON.parse of the parameter filters, which may be undefined.
func (c *call) parseFilters() (mongo.Doc, error) {
	text, has := c.queryText("filters")
	if !has {
		text = "undefined"
	}
	value, err := parseJSON(text)
	if err != nil {
		return nil, err
	}
	doc, _ := value.(mongo.Doc)
	if doc == nil {
		doc = mongo.Doc{}
	}
	return doc, nil
}

// plain turns values of package js into those of package mongo.
func plain(v any) any {
	switch v := v.(type) {
	case *js.Object:
		out := make(mongo.Doc, v.Len())
		for _, key := range v.Keys() {
			out[key] = plain(v.Get(key))
		}
		return out
	case *js.Array:
		out := make([]any, 0, len(js.ArrayFrom(v)))
		for _, element := range js.ArrayFrom(v) {
			out = append(out, plain(element))
		}
		return out
	default:
		return v
	}
}

// unescape is JavaScript's unescape: %XX is a Latin-1 character, %uXXXX a UTF-16
// unit, anything else stands for itself (openhim-core.md section 1).
func unescape(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	units := make([]uint16, 0, len(s))
	in := utf16.Encode([]rune(s))
	for i := 0; i < len(in); i++ {
		if in[i] == '%' {
			if n, ok := hexUnits(in, i+2, 4); ok && i+1 < len(in) && in[i+1] == 'u' {
				units = append(units, n)
				i += 5
				continue
			}
			if n, ok := hexUnits(in, i+1, 2); ok {
				units = append(units, n)
				i += 2
				continue
			}
		}
		units = append(units, in[i])
	}
	return string(utf16.Decode(units))
}

func hexUnits(in []uint16, at, count int) (uint16, bool) {
	if at+count > len(in) {
		return 0, false
	}
	var digits strings.Builder
	for _, unit := range in[at : at+count] {
		if unit > 'f' {
			return 0, false
		}
		digits.WriteByte(byte(unit))
	}
	n, err := strconv.ParseUint(digits.String(), 16, 16)
	return uint16(n), err == nil
}

// decodeComponent is decodeURIComponent; ok is false where it throws a URIError.
func decodeComponent(s string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b.WriteByte(s[i])
			continue
		}
		if i+2 >= len(s) {
			return "", false
		}
		n, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
		if err != nil {
			return "", false
		}
		b.WriteByte(byte(n))
		i += 2
	}
	text := b.String()
	return text, text == strings.ToValidUTF8(text, "")
}

func hexText(b []byte) string { return hex.EncodeToString(b) }

// sha512Hex is the hash of the core's passwords and tokens: the parts one behind
// the other.
func sha512Hex(parts ...string) string {
	h := sha512.New()
	for _, part := range parts {
		h.Write([]byte(part))
	}
	return hexText(h.Sum(nil))
}

func truthy(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case string:
		return v != ""
	case float64:
		return v != 0 && v == v
	case int:
		return v != 0
	default:
		return true
	}
}

func text(v any) string { s, _ := v.(string); return s }

func listOf(v any) []any { l, _ := v.([]any); return l }

func docOf(v any) mongo.Doc { d, _ := v.(mongo.Doc); return d }

func idOf(v any) mongo.ObjectID { id, _ := v.(mongo.ObjectID); return id }
