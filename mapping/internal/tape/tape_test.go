package tape_test

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping/internal/tape"
)

func TestPointersNameEveryValue(t *testing.T) {
	t.Parallel()
	var d tape.Doc
	require.NoError(t, d.Parse([]byte(`{"a/b":[1,{"~":null}],"c\u0041":true}`), tape.Limits{}))
	var pointers []string
	places := d.Places()
	d.Walk(func(n tape.Node, pointer string) {
		assert.Equal(t, pointer, d.Pointer(n))
		assert.Equal(t, pointer, places.Pointer(n))
		pointers = append(pointers, pointer)
	})
	assert.Equal(t, []string{"", "/a~1b", "/a~1b/0", "/a~1b/1", "/a~1b/1/~0", "/cA"}, pointers)
}

func TestDepthIsBounded(t *testing.T) {
	t.Parallel()
	var d tape.Doc
	var bad *tape.Error
	require.ErrorAs(t, d.Parse([]byte(`[[[1]]]`), tape.Limits{Depth: 2}), &bad)
	assert.True(t, bad.Limit)
	require.NoError(t, d.Parse([]byte(`[[1]]`), tape.Limits{Depth: 2}))
}

// FuzzParse: the same texts are documents as for encoding/json, and their values the same.
func FuzzParse(f *testing.F) {
	for _, text := range []string{`{}`, `[1,-0.5e+3,"a\u00e9\n\ud83d\ude00",null,true,false]`, `{"a":{"b":[{}]}}`, `01`, `"\x"`, `[1,]`, `{"a" 1}`, "\"\x01\"", ` 1 `, `"\ud800"`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		var d tape.Doc
		err := d.Parse(src, tape.Limits{Depth: 1000})
		require.Equal(t, json.Valid(src) && utf8.Valid(src), err == nil, "%v", err)
		if err != nil {
			return
		}
		d.Walk(func(n tape.Node, _ string) {
			v := tape.Value{Doc: &d, Node: n}
			require.True(t, json.Valid(v.AppendJSON(nil)))
			if v.Kind() == tape.String {
				var want string
				require.NoError(t, json.Unmarshal(d.Raw(n), &want))
				require.Equal(t, want, string(v.Text(nil)))
				var back string
				require.NoError(t, json.Unmarshal(tape.AppendQuoted(nil, v.Text(nil)), &back))
				require.Equal(t, want, back)
			}
		})
	})
}
