package fhir_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const extended = `{"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"o"},{"id":"none"}],
"extension":[{"url":"u","valueCode":"c"},{"url":"n","extension":[{"url":"in","valueDecimal":1.50}]},{"url":"u","valueCode":"d"}],
"modifierExtension":[{"url":"m","valueBoolean":true}],
"name":[{"given":["a","b"],"_given":[null,{"extension":[{"url":"g","valueString":"x"}]}],"extension":[{"url":"h","valueCode":"y"}]}],
"birthDate":"1990","_birthDate":{"extension":[{"url":"t","valueDateTime":"1990-01-01T00:00:00Z"}]}}`

func TestExtensionsAreFoundWhereTheyBelong(t *testing.T) {
	t.Parallel()
	r := parsed(t, extended)
	e, ok := r.Extension("u")
	require.True(t, ok)
	assert.Equal(t, []string{"u", "valueCode", `"c"`}, []string{e.URL, e.ValueName, e.Value.Raw})
	e, ok = r.Extension("n")
	require.True(t, ok)
	assert.Empty(t, e.ValueName)
	inner, ok := e.Extension("in")
	require.True(t, ok)
	assert.Equal(t, "1.50", inner.Value.Raw)
	assert.Equal(t, `{"url":"in","valueDecimal":1.50}`, inner.Raw())
	assert.Len(t, e.Extensions(), 1)
	assert.Len(t, r.Extensions(), 4)
	for path, url := range map[string]string{"": "m", "birthDate": "t", "name.0.given.1": "g", "name.0": "h", "_birthDate": "t"} {
		_, ok = r.ExtensionAt(path, url)
		assert.True(t, ok, path)
	}
	for path, url := range map[string]string{"": "t", "birthDate": "u", "name.0.given.0": "g", "gender": "t", "name.9": "h"} {
		_, ok = r.ExtensionAt(path, url)
		assert.False(t, ok, path)
	}
}

func TestExtensionsAreSetAndDeleted(t *testing.T) {
	t.Parallel()
	r := parsed(t, `{"resourceType":"Patient","name":[{"given":["a","b","c"]}],"birthDate":"1990"}`)
	for _, path := range []string{"", "birthDate", "name.0.given.1", "name.0", "gender"} {
		var err error
		r, err = r.SetExtension(path, "http://x", "valueCode", "1")
		require.NoError(t, err, path)
		r, err = r.SetExtension(path, "http://x", "valueCode", "2")
		require.NoError(t, err, path)
	}
	const e = `{"extension":[{"url":"http://x","valueCode":"2"}]}`
	assert.JSONEq(t, `{"resourceType":"Patient","extension":[{"url":"http://x","valueCode":"2"}],"name":[{"extension":[{"url":"http://x","valueCode":"2"}],
		"given":["a","b","c"],"_given":[null,`+e+`,null]}],"_gender":`+e+`,"birthDate":"1990","_birthDate":`+e+`}`, string(r.Bytes()))
	for _, path := range []string{"", "birthDate", "name.0.given.1", "name.0", "gender"} {
		var err error
		r, err = r.DeleteExtension(path, "http://x")
		require.NoError(t, err, path)
	}
	assert.Equal(t, `{"resourceType":"Patient","name":[{"given":["a","b","c"]}],"birthDate":"1990"}`, string(r.Bytes()))
	_, err := r.SetExtension("", "http://x", "code", "1")
	assert.Error(t, err)
}

func TestContainedResourcesAreResources(t *testing.T) {
	t.Parallel()
	r := parsed(t, extended)
	assert.Len(t, r.Contained(), 1)
	for _, id := range []string{"o", "#o"} {
		o, ok := r.ContainedByID(id)
		assert.True(t, ok)
		assert.Equal(t, `{"resourceType":"Organization","id":"o"}`, string(o.Bytes()))
	}
	for _, id := range []string{"", "#", "x", "none"} {
		_, ok := r.ContainedByID(id)
		assert.False(t, ok)
	}
}
