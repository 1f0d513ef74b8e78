package heartbeat

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// maxConfig bounds a config, in bytes. A core cannot store a larger one: it is
// the limit of a MongoDB document.
const maxConfig = 16 << 20

// maxExponent is far above that of any number a core can store, and far below
// what would overflow.
const maxExponent = 1 << 40

// parseConfig reads the body of a heartbeat's answer. It returns nil and no
// error when the body holds no config: the core answers with nothing, or with
// a text such as "OK" when none is stored (openhim-core.md, Q2) and
// "User Authenticated Successfully" under basic authentication (Q1). The empty
// array, which the core stores when it was sent, is an empty config.
func parseConfig(body []byte) (map[string]any, error) {
	body = bytes.TrimSpace(body)
	if len(body) == 0 || (body[0] != '{' && body[0] != '[') {
		return nil, nil //nolint:nilnil // a body without a config is the usual case
	}
	if len(body) > maxConfig {
		return nil, &ParamError{Reason: "is larger than 16 MiB"}
	}
	v, err := parseJSON(body)
	if err != nil {
		return nil, &ParamError{Reason: "is not valid JSON"}
	}
	switch v := v.(type) {
	case map[string]any:
		return v, nil
	case []any:
		if len(v) == 0 {
			return map[string]any{}, nil
		}
	}
	return nil, &ParamError{Reason: "is not a JSON object"}
}

// parseJSON reads one JSON text, numbers as [json.Number]. Of a key that
// occurs twice the last wins.
func parseJSON(b []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON text")
	}
	return v, nil
}

// appendCanonical appends the one JSON text that stands for all texts with the
// content of v: keys sorted, no white space, numbers by value. v is made of
// what [parseJSON] returns.
func appendCanonical(b []byte, v any) []byte {
	switch v := v.(type) {
	case map[string]any:
		b = append(b, '{')
		for i, k := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendText(b, k)
			b = append(b, ':')
			b = appendCanonical(b, v[k])
		}
		return append(b, '}')
	case []any:
		b = append(b, '[')
		for i, e := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendCanonical(b, e)
		}
		return append(b, ']')
	case string:
		return appendText(b, v)
	case json.Number:
		return appendNumber(b, v.String())
	case bool:
		return strconv.AppendBool(b, v)
	}
	return append(b, "null"...)
}

func appendText(b []byte, s string) []byte {
	t, err := json.Marshal(s)
	if err != nil { // cannot happen: every string has a JSON form
		return append(b, `""`...)
	}
	return append(b, t...)
}

// appendNumber appends the one form of a JSON number's value, exactly: an
// integer of up to 21 digits is written out, as JavaScript does.
func appendNumber(b []byte, lit string) []byte {
	abs, negative := strings.CutPrefix(lit, "-")
	mantissa, expLit := abs, ""
	if i := strings.IndexAny(abs, "eE"); i >= 0 {
		mantissa, expLit = abs[:i], abs[i+1:]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	all := whole + fraction
	digits := strings.TrimLeft(all, "0")
	zeros := len(all) - len(digits)
	digits = strings.TrimRight(digits, "0")
	if digits == "" {
		return append(b, '0') // minus zero too
	}
	var exp int64
	if expLit != "" {
		var err error
		if exp, err = strconv.ParseInt(expLit, 10, 64); err != nil || exp > maxExponent || exp < -maxExponent {
			return append(b, lit...) // no core can store it, so its spelling may do
		}
	}
	if negative {
		b = append(b, '-')
	}
	point := exp + int64(len(whole)-zeros) // the value is 0.digits times ten to the point
	switch {
	case point > 0 && point <= 21:
		if n := int64(len(digits)); n <= point {
			b = append(b, digits...)
			return appendZeros(b, point-n)
		}
		b = append(b, digits[:point]...)
		b = append(b, '.')
		return append(b, digits[point:]...)
	case point > -6 && point <= 0:
		b = append(b, "0."...)
		b = appendZeros(b, -point)
		return append(b, digits...)
	}
	b = append(b, digits[0])
	if len(digits) > 1 {
		b = append(b, '.')
		b = append(b, digits[1:]...)
	}
	b = append(b, 'e')
	return strconv.AppendInt(b, point-1, 10)
}

func appendZeros(b []byte, n int64) []byte {
	for range n {
		b = append(b, '0')
	}
	return b
}
