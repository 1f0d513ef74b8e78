package fhirmap_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir/fhirmap"
	"github.com/openhim/mediator-go/fhir/terminology"
	"github.com/openhim/mediator-go/mapping"
)

// Of several targets that are equally precise none is chosen: it would say more than the source
// did.
func TestOneOfSeveralEqualTargetsIsNotGuessed(t *testing.T) {
	t.Parallel()
	local, err := terminology.NewLocal(terminology.LocalConfig{}, mustResource(`{"resourceType":"ConceptMap","url":"http://x/map","group":[
	 {"source":"http://a","target":"http://b","element":[{"code":"dm","target":[{"code":"type-1","equivalence":"narrower"},{"code":"type-2","equivalence":"narrower"}]},
	  {"code":"male","target":[{"code":"M","equivalence":"equivalent"}]}]},
	 {"source":"http://a","target":"http://c","element":[{"code":"male","target":[{"code":"1","equivalence":"equivalent"}]}]}]}`))
	require.NoError(t, err)
	for _, test := range []struct{ rule, code, want, message string }{
		{`"http://x/map"`, "dm", "", "several codes that are all narrower"},
		{`{map: "http://x/map", default: diabetes}`, "dm", `{"a":"diabetes"}`, ""},
		{`"http://x/map"`, "male", "", "several codes that are all equivalent"},
		{`{map: "http://x/map", to: "http://c"}`, "male", `{"a":"1"}`, ""},
		{`{map: "http://x/map", atLeast: equivalent, unmapped: omit}`, "dm", `{}`, ""},
	} {
		m, err := compile("map: {a: {$from: x, $translate: "+test.rule+"}}", options(fhirmap.Config{Terminology: local}))
		require.NoError(t, err)
		out, report, err := m.Run(t.Context(), []byte(`{"x":"`+test.code+`"}`), mapping.Options{})
		if test.message == "" {
			require.NoError(t, err)
			assert.JSONEq(t, test.want, string(out), test.rule)
			continue
		}
		require.ErrorContains(t, err, test.message)
		assert.Equal(t, "/x", *report.Issues[0].Pointer)
		assert.NotContains(t, err.Error(), "type-1")
	}
	lookup := fhirmap.TranslateLookup(local, terminology.TranslateRequest{URL: "http://x/map"})
	found, err := lookup(t.Context(), []string{"dm", "nothing"})
	require.NoError(t, err)
	assert.Nil(t, found[0])
	assert.Nil(t, found[1])
}
