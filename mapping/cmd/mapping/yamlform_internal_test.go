package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping"
	"github.com/openhim/mediator-go/mapping/internal/doc"
)

func TestJSONBecomesYAMLThatSaysTheSame(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		`{"map":{"a":"$.b"},"mapping":"v1"}`:                            "mapping: v1\nmap:\n  a: $.b\n",
		`{"mapping":"v1","map":{"a":"yes","b":"0123","c":"","d":70.0}}`: "mapping: v1\nmap:\n  a: \"yes\"\n  b: \"0123\"\n  c: \"\"\n  d: 70.0\n",
		`{"mapping":"v1","map":{"a":"= x == \"y\"","b":"it's \"so\"","c":"tab\there"}}`: "mapping: v1\nmap:\n" +
			"  a: '= x == \"y\"'\n  b: 'it''s \"so\"'\n  c: \"tab\\there\"\n",
		`{"mapping":"v1","map":{"$each":"rows","a":{"$from":"b","$split":";"},"e":[],"m":{}}}`: "mapping: v1\nmap:\n" +
			"  $each: rows\n  a: {$from: b, $split: \";\"}\n  e: []\n  m: {}\n",
		`{"mapping":"v1","map":{"a":[{"long":"a text that takes its place in the line, and more of it","b":{"c":{"d":"and more behind it that does not fit"}}}]}}`: "mapping: v1\n" +
			"map:\n  a:\n    - long: \"a text that takes its place in the line, and more of it\"\n      b: {c: {d: and more behind it that does not fit}}\n",
		`{"mapping":"v1","map":null}`: "mapping: v1\nmap: null\n",
	} {
		got, err := yamlOf([]byte(source))
		require.NoError(t, err, source)
		assert.Equal(t, want, string(got))
	}
	_, err := yamlOf([]byte(`{"mapping":`))
	require.Error(t, err)
}

// What is written as YAML is read as what the JSON said.
func FuzzYAMLOf(f *testing.F) {
	f.Add(`{"mapping":"v1","map":{"a":"= x == \"y\"","b":["1",1,null,true],"$each":"x"}}`)
	f.Add(`{"mapping":"v1","tables":{"t":{"map":{"~":"#","- a":": b"}}},"map":"$."}`)
	f.Fuzz(func(t *testing.T, source string) {
		if _, err := mapping.Parse("m.json", []byte(source)); err != nil || len(source) > 10_000 || source[0] != '{' {
			return
		}
		text, err := yamlOf([]byte(source))
		if err != nil {
			return // refused
		}
		before, _ := doc.Read([]byte(source))
		after, _ := doc.Read(text)
		assert.True(t, sameMeaning(before, after, true), "%s\n%s", source, text)
	})
}

// sameMeaning is sameDocument for texts with and without quotes.
func sameMeaning(a, b *doc.Node, top bool) bool {
	if a.Kind != b.Kind || a.Kind != doc.Null && a.Text != b.Text || len(a.Items) != len(b.Items) || len(a.Keys) != len(b.Keys) {
		return false
	}
	for i := range a.Items {
		if !sameMeaning(a.Items[i], b.Items[i], false) {
			return false
		}
	}
	for i, key := range a.Keys {
		other := b.Keys[i].Value
		if top {
			other = b.Get(key.Name)
		}
		if other == nil || !sameMeaning(key.Value, other, false) {
			return false
		}
	}
	return true
}
