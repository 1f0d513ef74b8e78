package path_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"

	"github.com/openhim/mediator-go/mapping/internal/path"
	"github.com/openhim/mediator-go/mapping/internal/tape"
)

func read(t *testing.T, doc, text string) (string, bool) {
	t.Helper()
	steps, err := path.Parse(text)
	if err != nil {
		return "", false
	}
	var d, heap tape.Doc
	require.NoError(t, d.Parse([]byte(doc), tape.Limits{}))
	heap.Heap()
	reader := path.Reader{Heap: &heap}
	v, _ := reader.Get(d.Value(), steps)
	if v.Kind() == tape.Missing {
		return "", true
	}
	return string(v.AppendJSON(nil)), true
}

// compact makes gjson's arrays, which keep the text between items, comparable with ours.
func compact(t *testing.T, raw string) string {
	t.Helper()
	if raw == "" {
		return ""
	}
	var v any
	require.NoError(t, json.Unmarshal([]byte(raw), &v))
	out, err := json.Marshal(v)
	require.NoError(t, err)
	return string(out)
}

const sample = `{"a.b":1,"entry":[{"resource":{"t":"P","n":1,"ok":true}},{"resource":{"t":"O","n":2.5,"ok":false,"c":[{"x":"1"},{"x":"2"}]}},{"resource":null}],
	"l":[1,"1",true,null,"b",[1,2],{"0":"zero"}],"o":{"0":"z","1":{"k":"v"}},"esc\"aped":"x\u00e9","e":[]}`

func TestPathsReadWhatGjsonReads(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`a\.b`, `entry.0.resource.t`, `entry.#`, `entry.#.resource`, `entry.#.resource.t`, `entry.#(resource.t=="O").resource.n`,
		`entry.#(resource.n>1)#.resource.t`, `entry.#(resource.n>=1)#`, `entry.#(resource.ok==true).resource.t`, `entry.#(resource.ok!=true)#.resource.t`,
		`entry.#.resource.c.#.x`, `entry.1.resource.c.#(x=="2").x`, `l.#(=="b")`, `l.#(==1)#`, `l.#(>"0")#`, `l.5.1`, `l.6.0`, `o.0`, `o.1.k`, `e.#`, `e.#.x`, `e.0`,
		`missing.x`, `l.99`, `entry.x`, `esc"aped`, `entry.#(resource.t!="P")#.resource.n`, `l.#(<=true)#`,
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			got, ok := read(t, sample, text)
			require.True(t, ok)
			assert.Equal(t, compact(t, gjson.Get(sample, text).Raw), compact(t, got))
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{`a.b`, `#(a=="b")#.c`, `a\.b.0`, `#.#(x>1.5)`, `@id.#`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		steps, err := path.Parse(text)
		if err != nil {
			return
		}
		written := path.String(steps)
		again, err := path.Parse(written)
		require.NoError(t, err, written)
		require.Equal(t, written, path.String(again))
	})
}
