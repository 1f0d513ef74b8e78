package heartbeat

import (
	"bytes"
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/openhim/mediator-go/mediator/openhim"
)

// FuzzCanonical checks that the same content has the same form however it is
// written, and other content another one.
func FuzzCanonical(f *testing.F) {
	for _, s := range []string{
		`{}`, `[]`, `OK`, ``, `{"a":1}`, `{"a":1.0,"b":[1e1,{"y":"z","x":null}]}`, `{"a":"é","é":"\ud83d\ude00"}`, `{"a":-0,"a":2}`,
		`{"":{"":{"":[[],{},"",0,true,null]}}}`, `{"a":1e400}`, `{"a":1e99999999999999999999}`, `{"a":0.000000000001,"A":123456789012345678901234567890}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		c := readConfig(body)
		if c == nil || c.err != nil {
			return
		}
		if !json.Valid(c.raw) {
			t.Fatalf("not JSON: %s", c.raw)
		}
		if again := readConfig(c.raw); !bytes.Equal(again.raw, c.raw) || again.sum != c.sum {
			t.Fatalf("the form of the form is another one: %s, %s", c.raw, again.raw)
		}
		obj, err := parseConfig(body)
		if err != nil {
			t.Fatal(err)
		}
		if other := readConfig(respell(nil, obj)); other.sum != c.sum {
			t.Fatalf("the same content, spelled %s, is %s and not %s", respell(nil, obj), other.raw, c.raw)
		}
		for param := range obj {
			was := obj[param]
			obj[param] = []any{was}
			if readConfig(respell(nil, obj)).sum == c.sum {
				t.Fatalf("a change of %q is not seen", param)
			}
			obj[param] = was
		}
		const added = "a param that no seed has"
		_, had := obj[added]
		obj[added] = true
		if !had && readConfig(respell(nil, obj)).sum == c.sum {
			t.Fatal("a new param is not seen")
		}
	})
}

// respell writes v with its keys the other way round, with white space, and
// with other numerals for the same numbers.
func respell(b []byte, v any) []byte {
	switch v := v.(type) {
	case map[string]any:
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		slices.Reverse(keys)
		b = append(b, "{\n"...)
		for i, k := range keys {
			if i > 0 {
				b = append(b, " ,"...)
			}
			b = respell(b, k)
			b = append(b, "\t:\r\n"...)
			b = respell(b, v[k])
		}
		return append(b, '}')
	case []any:
		b = append(b, "[ "...)
		for i, e := range v {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = respell(b, e)
		}
		return append(b, ']')
	case string:
		b = append(b, '"')
		for _, r := range v {
			if r < 0x10000 {
				const hex = "0123456789ABCDEF"
				b = append(b, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
			} else {
				b = utf8.AppendRune(b, r)
			}
		}
		return append(b, '"')
	case json.Number:
		if strings.ContainsAny(v.String(), "eE") {
			return append(b, v...)
		}
		if strings.Contains(v.String(), ".") {
			return append(append(b, v...), "00e+0"...)
		}
		if strings.TrimLeft(v.String(), "-") == "0" {
			return append(append(b, v...), "E+3"...)
		}
		return append(append(b, v...), "0E-1"...)
	}
	j, _ := json.Marshal(v)
	return append(b, j...)
}

// FuzzNumber checks numbers against exact arithmetic.
func FuzzNumber(f *testing.F) {
	f.Add("1", "1.0")
	f.Add("-0.0", "0e7")
	f.Add("1e21", "1000000000000000000000")
	f.Add("1e-7", "0.00000011")
	f.Fuzz(func(t *testing.T, a, b string) {
		va, oka := exact(a)
		vb, okb := exact(b)
		if !oka || !okb {
			return
		}
		ca, cb := string(appendNumber(nil, a)), string(appendNumber(nil, b))
		if (va.Cmp(vb) == 0) != (ca == cb) {
			t.Fatalf("%s is %s, %s is %s", a, ca, b, cb)
		}
		if back, ok := exact(ca); !ok || back.Cmp(va) != 0 {
			t.Fatalf("%s became %s", a, ca)
		}
	})
}

// exact returns the value of a JSON number that is not too large for it.
func exact(lit string) (*big.Rat, bool) {
	var n json.Number
	if json.Unmarshal([]byte(lit), &n) != nil || n == "" || strings.HasPrefix(strings.TrimSpace(lit), `"`) {
		return nil, false
	}
	if lit != strings.TrimSpace(lit) || len(lit) > 100 {
		return nil, false
	}
	if _, exp, ok := strings.Cut(strings.ToLower(lit), "e"); ok && len(exp) > 4 {
		return nil, false
	}
	return new(big.Rat).SetString(lit)
}

// FuzzDecoder checks that a decoder never panics, answers the same for the
// same content, and never quotes a value.
func FuzzDecoder(f *testing.F) {
	const secret = "s3cret-password"
	type target struct {
		Text  string            `json:"text"`
		Count int8              `json:"count"`
		Rate  float32           `json:"rate"`
		On    *bool             `json:"on"`
		Mode  string            `json:"mode"`
		Map   map[string]string `json:"map"`
		Group struct {
			List []uint `json:"list"`
		} `json:"group"`
		Free any `json:"free"`
	}
	d, err := NewDecoder[target]([]openhim.ConfigDef{
		{Param: "text", Type: openhim.ConfigPassword},
		{Param: "count", Type: openhim.ConfigNumber},
		{Param: "rate", Type: openhim.ConfigNumber},
		{Param: "on", Type: openhim.ConfigBool},
		{Param: "mode", Type: openhim.ConfigOption, Values: []string{"a", "b"}},
		{Param: "map", Type: openhim.ConfigMap},
		{Param: "group", Type: openhim.ConfigStruct, Template: []openhim.ConfigDef{{Param: "list", Type: openhim.ConfigNumber, Array: true}}},
		{Param: "free"},
	}, map[string]any{"mode": "a"})
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{
		`{"text":"s3cret-password","count":1.0,"rate":0.1,"on":true,"mode":"b","map":{"s3cret-password":"s3cret-password"},"group":{"list":[1,2e1]},"free":{}}`,
		`{"text":["s3cret-password"],"count":"s3cret-password","rate":1e39,"on":"s3cret-password","mode":"s3cret-password","map":["s3cret-password"]}`,
		`{"map":{"s3cret-password":1},"group":{"list":["s3cret-password"]},"count":300,"s3cret-password":1}`,
		`{"group":"s3cret-password","count":1.5}`, `["s3cret-password"]`, `s3cret-password`, `{"s3cret-password`, `[]`, `{"rate":1e400}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := d.Decode(body)
		obj, perr := parseConfig(body)
		if perr != nil {
			if err == nil {
				t.Fatal("took what is no config")
			}
			return
		}
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Fatalf("quotes a value: %v", err)
		}
		if err != nil && len(paramErrors(err)) == 0 {
			t.Fatalf("names no param: %v", err)
		}
		if obj == nil {
			return
		}
		again, err2 := d.Decode(respell(nil, obj))
		if (err == nil) != (err2 == nil) || (err != nil && err.Error() != err2.Error()) {
			t.Fatalf("%v, and spelled otherwise %v", err, err2)
		}
		one, _ := json.Marshal(got)
		two, _ := json.Marshal(again)
		if !bytes.Equal(one, two) {
			t.Fatalf("%s, and spelled otherwise %s", one, two)
		}
	})
}
