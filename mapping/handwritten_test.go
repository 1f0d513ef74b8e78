package mapping_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"
)

// The three mappings of mapping-bench written by hand over gjson, with one ForEach over each
// object: the reference that the engine is measured against. They report nothing when a value
// is wrong, and a truncated input maps as far as it goes; checked is the same with
// gjson.Valid first, which is what the engine does too.

var errNotJSON = errors.New("not JSON")

type handTables map[string]map[string]string

func readTables(tb testing.TB, src []byte) handTables {
	tb.Helper()
	tables := handTables{}
	gjson.ParseBytes(src).ForEach(func(name, entries gjson.Result) bool {
		table := map[string]string{}
		entries.ForEach(func(k, v gjson.Result) bool {
			table[k.Str] = v.Str
			return true
		})
		tables[name.Str] = table
		return true
	})
	tables["gender"] = map[string]string{"F": "female", "M": "male", "O": "other"}
	require.NotEmpty(tb, tables["facility"])
	return tables
}

type hand struct{ out []byte }

func (h *hand) key(name string) {
	if c := h.out[len(h.out)-1]; c != '{' && c != '[' {
		h.out = append(h.out, ',')
	}
	h.out = append(h.out, '"')
	h.out = append(h.out, name...)
	h.out = append(h.out, '"', ':')
}

func (h *hand) raw(name string, v gjson.Result) {
	if v.Type != gjson.Null {
		h.key(name)
		h.out = append(h.out, v.Raw...)
	}
}

func (h *hand) text(name, v string) {
	if v != "" {
		h.key(name)
		h.out = append(h.out, '"')
		h.out = append(h.out, v...)
		h.out = append(h.out, '"')
	}
}

func (h *hand) open(c byte) {
	if last := h.out[len(h.out)-1]; last != '{' && last != '[' && last != ':' {
		h.out = append(h.out, ',')
	}
	h.out = append(h.out, c)
}

func (h *hand) item(v gjson.Result) {
	if v.Type != gjson.Null {
		if h.out[len(h.out)-1] != '[' {
			h.out = append(h.out, ',')
		}
		h.out = append(h.out, v.Raw...)
	}
}

func (h *hand) instant(name, v string) {
	if len(v) > 5 {
		h.key(name)
		h.out = append(h.out, '"')
		h.out = append(h.out, v[:len(v)-2]...)
		h.out = append(h.out, ':')
		h.out = append(h.out, v[len(v)-2:]...)
		h.out = append(h.out, '"')
	}
}

func date10(v gjson.Result) string {
	if len(v.Str) < 10 {
		return ""
	}
	return v.Str[:10]
}

type handMapping func(dst []byte, in string, tables handTables) ([]byte, error)

func checked(do handMapping) handMapping {
	return func(dst []byte, in string, tables handTables) ([]byte, error) {
		if !gjson.Valid(in) {
			return nil, errNotJSON
		}
		return do(dst, in, tables)
	}
}

func handWritten(name string) handMapping {
	switch name {
	case "a":
		return handPatient
	case "b":
		return handTracker
	default:
		return handEvents
	}
}

func TestHandWrittenReferenceGivesWhatTheCorpusExpects(t *testing.T) {
	t.Parallel()
	dir := benchDir(t)
	tables := readTables(t, readCorpus(t, dir, "maps/tables.json"))
	for _, id := range []string{"a1", "a2", "b1", "b2", "c1"} {
		in := readCorpus(t, dir, "inputs/"+id+".json")
		out, err := handWritten(id[:1])(nil, string(in), tables)
		require.NoError(t, err, id)
		assertSameJSON(t, bytes.TrimSpace(readCorpus(t, dir, "expected/"+id+".json")), out)
	}
}
