package mapping_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping"
)

func TestCoverageCountsABranchThatIsTakenAndNotWhatDeclares(t *testing.T) {
	t.Parallel()
	m := compiled(t, "lookups: {facility: {unmapped: omit}}\nmap:\n  a: {$first: [$.x, {$from: y, $lookup: facility, $get: uid}]}\n  b: {$if: y == \"HF1\", $then: $.y, $else: $.z}")
	_, report, err := m.Run(t.Context(), []byte(`{"y":"HF1"}`), mapping.Options{Coverage: true})
	require.NoError(t, err)
	counts := map[string]uint64{}
	for _, c := range report.Coverage {
		_, twice := counts[c.Rule]
		assert.False(t, twice, c.Rule)
		counts[c.Rule] = c.Count
	}
	assert.Equal(t, map[string]uint64{"/a": 1, "/a#0": 0, "/a#1": 1, "/b": 1, "/b#then": 1, "/b#else": 0, "": 1}, counts)
}

func TestExplainTellsOfTheLastPassOnly(t *testing.T) {
	t.Parallel()
	m := compiled(t, "lookups: {facility: {}}\nlet: {f: {$from: y, $lookup: facility}}\nmap: {a: $f.uid, b: $.y, c: {$from: z, $lookup: facility, $get: uid}}")
	explained, err := m.Explain(t.Context(), []byte(`{"y":"HF1","z":"HF2"}`), mapping.Options{})
	require.NoError(t, err)
	var pointers []string
	for _, v := range explained.Values {
		pointers = append(pointers, v.Pointer)
	}
	assert.Equal(t, []string{"", "/a", "/b", "/c"}, pointers)
	assert.Equal(t, []string{"/y"}, explained.Values[1].Inputs)
}

func TestAFragmentDropsTheItemAroundItsCall(t *testing.T) {
	t.Parallel()
	defs := "defs: {inner: {n: {$from: n, $as: number, $onError: drop}}, outer: {i: {$call: inner}}, own: {$each: l, $value: {$call: inner}}}\n"
	out, report, err := mapped(t, defs+"map: {e: {$each: l, $value: {$call: outer}}, f: {$call: own}}", `{"l":[{"n":"1"},{"n":"x"},{"n":"3"}]}`, mapping.Options{})
	require.NoError(t, err)
	assert.Equal(t, `{"e":[{"i":{"n":1}},{"i":{"n":3}}],"f":[{"n":1},{"n":3}]}`, out)
	assert.Len(t, report.Issues, 2)
	assert.Contains(t, refusal(t, defs+"map: {a: {$call: outer}}").Error(), "the fragment outer has an $onError: drop, and no $each is around it here")
	assert.Contains(t, refusal(t, defs+"let: {x: {$call: inner}}\nmap: {a: $x}").Error(), "no $each is around")
}

func TestManyRowsMayWaitForALookupThatTheyRequire(t *testing.T) {
	t.Parallel()
	document, err := mapping.Parse("m.yaml", []byte("mapping: v1\nlookups: {f: {}}\nmap: {$each: ., $value: {$from: ., $lookup: f, $required: true}}"))
	require.NoError(t, err)
	m, err := mapping.Compile(document, mapping.CompileOptions{Lookups: map[string]mapping.Lookup{
		"f": func(_ context.Context, keys []string) ([]json.RawMessage, error) {
			out := make([]json.RawMessage, len(keys))
			for i := range keys {
				out[i] = json.RawMessage("1")
			}
			return out, nil
		},
	}})
	require.NoError(t, err)
	keys := make([]int, 250)
	for i := range keys {
		keys[i] = i
	}
	in, err := json.Marshal(keys)
	require.NoError(t, err)
	_, _, err = m.Run(t.Context(), in, mapping.Options{})
	require.NoError(t, err)
}
