package jsontree_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/jsontree"
)

func TestADocumentComesBackAsItWas(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"b":1.10,"a":[true,false,null,-0.5e+10,"x\n\"\\"],"c":{}}`, `[]`, `"é中😀"`, `123456789012345678901234567890.1`,
	} {
		n, err := jsontree.Parse([]byte(text))
		require.NoError(t, err)
		require.Equal(t, text, string(n.Bytes()))
	}
	n, err := jsontree.Parse([]byte(` { "a" : "\u00e9\ud83d\ude00\u0001\/" } `))
	require.NoError(t, err)
	require.Equal(t, "{\"a\":\"é😀\\u0001/\"}", string(n.Bytes()))
}

func TestWhatIsNoJSONIsTold(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                       "unexpected end at line 1, column 1",
		"{\n\"a\":1,}":           "expected the name of a member at line 2, column 7",
		`{"a":1,"a":2}`:          `the member "a" is there twice at line 1, column 11`,
		`[01]`:                   "expected a comma or the end of the array at line 1, column 3",
		`"\ud800"`:               "half a character in a string at line 1, column 8",
		`{} x`:                   "there is something after the value at line 1, column 4",
		strings.Repeat("[", 300): "the document is nested too deeply at line 1, column 258",
		"\"\xff\"":               "the text is no UTF-8 at line 1, column 1",
		`{"a" 1}`:                "expected a colon at line 1, column 6",
		"\"a\tb\"":               "a control character in a string at line 1, column 3",
		`1.`:                     "malformed number at line 1, column 3",
		`tru`:                    "unexpected character 't' at line 1, column 1",
	} {
		_, err := jsontree.Parse([]byte(text))
		require.EqualError(t, err, want, text)
	}
}

func TestMembersAreReadSetAndTakenAway(t *testing.T) {
	t.Parallel()
	n, err := jsontree.Parse([]byte(`{"a":{"b":"c"},"d":[1]}`))
	require.NoError(t, err)
	require.Equal(t, "c", n.Str("a.b"))
	require.Empty(t, n.Str("a.x.y"))
	require.Len(t, n.List("d"), 1)
	copied := n.Clone()
	require.True(t, jsontree.Equal(n, copied))
	n.Insert(0, "d", jsontree.NewBool(true))
	n.Set("e", jsontree.NewString("f"))
	n.Delete("a")
	require.Equal(t, `{"d":true,"e":"f"}`, string(n.Bytes()))
	require.False(t, jsontree.Equal(n, copied))
	require.Equal(t, `{"a":{"b":"c"},"d":[1]}`, string(copied.Bytes()))
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2.50,"x\u00e9",null,true]}`, `[[]]`, `"\ud83d\ude00"`, `{"a":`, `-0e5`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		n, err := jsontree.Parse(text)
		if err != nil {
			return
		}
		if !json.Valid(text) {
			t.Fatalf("%q is no JSON", text)
		}
		again, err := jsontree.Parse(n.Bytes())
		if err != nil || !jsontree.Equal(n, again) {
			t.Fatalf("%q became %q: %v", text, n.Bytes(), err)
		}
	})
}
