package js_test

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/router/js"
)

// What JSON.parse of Node 20.20 says, taken from a run of it.
func TestParseFailsWithTheTextsOfNode20(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		``:                                  `Unexpected end of JSON input`,
		`{`:                                 `Expected property name or '}' in JSON at position 1`,
		`{,}`:                               `Expected property name or '}' in JSON at position 1`,
		`{"a"`:                              `Expected ':' after property name in JSON at position 4`,
		`{"a" 1}`:                           `Expected ':' after property name in JSON at position 5`,
		`{"a":1,"b"`:                        `Unexpected end of JSON input`,
		`{"a":1,"b"2}`:                      `Unexpected number in JSON at position 10`,
		`{"a":1 "b":2}`:                     `Expected ',' or '}' after property value in JSON at position 7`,
		`{"a":1,}`:                          `Expected double-quoted property name in JSON at position 7`,
		`{"a":`:                             `Unexpected end of JSON input`,
		`[1 2]`:                             `Expected ',' or ']' after array element in JSON at position 3`,
		`[1`:                                `Expected ',' or ']' after array element in JSON at position 2`,
		`[1,]`:                              `Unexpected token ']', "[1,]" is not valid JSON`,
		`-`:                                 `No number after minus sign in JSON at position 1`,
		`01`:                                `Unexpected number in JSON at position 1`,
		`1.`:                                `Unterminated fractional number in JSON at position 2`,
		`1e`:                                `Exponent part is missing a number in JSON at position 2`,
		`"\x"`:                              `Bad escaped character in JSON at position 2`,
		`"\u12G4"`:                          `Bad Unicode escape in JSON at position 5`,
		`"\`:                                `Unexpected end of JSON input`,
		"\"a\nb\"":                          `Bad control character in string literal in JSON at position 2`,
		`"abc`:                              `Unterminated string in JSON at position 4`,
		`{"😀":"x`:                           `Unterminated string in JSON at position 8`,
		`undefined`:                         `"undefined" is not valid JSON`,
		`NaN`:                               `"NaN" is not valid JSON`,
		`nul`:                               `Unexpected end of JSON input`,
		`tru{`:                              `Unexpected token '{', "tru{" is not valid JSON`,
		`{} x`:                              `Unexpected non-whitespace character after JSON at position 3`,
		`{"aaaaaaaaaaaaa":xx}`:              `Unexpected token 'x', "{"aaaaaaaaaaaaa":xx}" is not valid JSON`,
		`{"aaaaaaaaaaaaaaaaaaaaaaaaaaa":x}`: `Unexpected token 'x', ..."aaaaaaaa":x}" is not valid JSON`,
		`<html><body>error</body>`:          `Unexpected token '<', "<html><bod"... is not valid JSON`,
	} {
		_, err := js.Parse(text)
		require.NotNil(t, err, text)
		assert.Equal(t, want, err.Message, text)
		assert.Equal(t, "SyntaxError", err.Class)
	}
}

func TestValuesKeepTheOrderOfJavaScript(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"b":1,"10":2,"a":3,"2":4,"b":5}`: `{"2":4,"10":2,"b":5,"a":3}`,
		`{"01":1,"1":2}`:                   `{"1":2,"01":1}`,
		`[1.0,1e21,1e-7,-0,0.1,1e400]`:     `[1,1e+21,1e-7,0,0.1,null]`,
		`"\ud83d\ude00\u0001\/é"`:          `"😀\u0001/é"`,
		`"a\ud800b"`:                       "\"a\ufffdb\"",
		` {"a" : [ ] , "c" : { } } `:       `{"a":[],"c":{}}`,
	} {
		value, err := js.Parse(text)
		require.Nil(t, err, text)
		assert.Equal(t, want, js.Stringify(value), text)
	}
}

func TestStringIsThatOfJavaScript(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`null`: "null", `true`: "true", `1.50`: "1.5", `[1,null,["a"],{}]`: "1,,a,[object Object]", `{}`: "[object Object]",
	} {
		value, err := js.Parse(text)
		require.Nil(t, err)
		assert.Equal(t, want, js.String(value))
	}
	assert.Equal(t, "undefined", js.String(js.Undefined{}))
	assert.InDelta(t, 201, js.ParseInt(" 201 OK"), 0)
	assert.InDelta(t, -5, js.ParseInt("-5.9"), 0)
	assert.NotEqual(t, js.ParseInt("x"), js.ParseInt("x"), "NaN")
	assert.Equal(t, "a\ufffd", js.SliceUnits("a😀b", 2))
	assert.Equal(t, "a😀", js.SliceUnits("a😀b", 3))
}

func TestReadingFromNothingIsATypeError(t *testing.T) {
	t.Parallel()
	_, err := js.Member(nil, "status")
	require.NotNil(t, err)
	assert.Equal(t, "Cannot read properties of null (reading 'status')", err.Message)
	assert.Equal(t, "TypeError: Cannot read properties of null (reading 'status')\n    at openhimtest", err.Stack())
	require.NotNil(t, js.SetMember("text", "k", 1.0))
	assert.Len(t, js.ArrayFrom("äb"), 2)
}

// A text both take means the same value, and JavaScript takes no less than Go.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{`{"a":[1,"x",null,true]}`, `"\ud83d\ude00"`, `[1e5,-0.5]`, `{"1":1,"a":2,"0":3}`, `{`, `nul`, "\"\x01\""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			t.Skip()
		}
		value, err := js.Parse(text)
		var plain any
		goErr := json.Unmarshal([]byte(text), &plain)
		if err != nil {
			require.NotEmpty(t, err.Message)
			require.Error(t, goErr, "JavaScript said %s", err.Message)
			return
		}
		if goErr != nil {
			return // Go refuses numbers out of range and deep nesting
		}
		var again any
		require.NoError(t, json.Unmarshal([]byte(js.Stringify(value)), &again))
		require.Equal(t, plain, again)
	})
}
