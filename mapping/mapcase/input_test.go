package mapcase_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping/mapcase"
)

// first reads the first record.
func first(t *testing.T, in mapcase.Input, text string) string {
	t.Helper()
	r, err := in.Open(strings.NewReader(text))
	require.NoError(t, err)
	record, err := r.Next(t.Context())
	require.NoError(t, err)
	return string(record)
}

func TestFormatsAreOpenedWithTheirOptions(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, document, text, want string }{
		{"csv", `input: {format: csv, options: {delimiter: tab, quote: "", skip: 1, columns: [a, b]}}`, "title\n1\t\"2\n", `{"a":"1","b":"\"2"}`},
		{"a quote", `input: {format: csv, options: {quote: "'", lazyQuotes: true, ragged: true, numberNames: true}}`, "a,,a\n'x,y',2\n", `{"a":"x,y","column_2":"2"}`},
		{"ndjson", `input: {format: ndjson, options: {maxDepth: 3}}`, `{"a":1}`, `{"a":1}`},
		{"xml", `input: {format: xml, options: {records: /r/g, repeated: []}}`, `<r><g>x</g></r>`, `{"__parents":[{}],"g":{"_":"x"}}`},
	} {
		in := mapcase.InputOf([]byte("mapping: v1\n" + tc.document + "\nmap: {}\n"))
		assert.False(t, in.JSON(), tc.name)
		assert.JSONEq(t, tc.want, first(t, in, tc.text), tc.name)
	}
	hl7 := mapcase.InputOf([]byte("input: {format: hl7v2, options: {groups: {OBR: [OBX]}, order: false}}\n"))
	assert.Contains(t, first(t, hl7, "MSH|^~\\&|A|B|C|D|20260310||ORU^R01|1|P|2.5\rOBR|1\rOBX|1\r"), `"OBX"`)
}

func TestADocumentWithoutInputReadsJSON(t *testing.T) {
	t.Parallel()
	for _, document := range []string{"mapping: v1\n", "input: {format: json}\n", "[", "", "a", "input: [x]"} {
		assert.True(t, mapcase.InputOf([]byte(document)).JSON(), document)
	}
	_, err := mapcase.Input{}.Open(strings.NewReader(""))
	require.Error(t, err)
	_, err = mapcase.Input{}.With("skip", "1")
	require.Error(t, err)
}

func TestWrongOptionsAreNamed(t *testing.T) {
	t.Parallel()
	for options, want := range map[string]string{
		`{"records": "/a"}`:     `input option "records": csv has columns`,
		`{"skip": "x"}`:         "input option skip cannot be a string",
		`{"delimiter": "ab"}`:   "input option delimiter is one ASCII character",
		`{"delimiter": "x"}`:    "input options: ",
		`{"quote": "é"}`:        "input option quote is one ASCII character",
		`{"encoding": "morse"}`: "input options: ",
		`[]`:                    "input options are a JSON object",
	} {
		_, err := mapcase.Input{Format: "csv", Options: json.RawMessage(options)}.Open(strings.NewReader(""))
		require.ErrorContains(t, err, want, options)
	}
}

func TestOptionsAreAddedAsText(t *testing.T) {
	t.Parallel()
	in := mapcase.Input{Format: "csv"}
	for _, option := range [][2]string{{"delimiter", ";"}, {"encoding", "iso-8859-1"}, {"skip", "1"}, {"columns", `["a","b"]`}, {"ragged", "true"}, {"quote", `"'"`}} {
		var err error
		in, err = in.With(option[0], option[1])
		require.NoError(t, err, option[0])
	}
	assert.JSONEq(t, `{"a":"Zoë;"}`, first(t, in, "x\n'Zo\xeb;'\n"))
	_, err := in.With("skip", "many")
	require.Error(t, err)
	_, err = in.With("nope", "1")
	require.ErrorContains(t, err, `input option "nope"`)
}

func TestFixturesAnswerLookups(t *testing.T) {
	t.Parallel()
	lookups, err := mapcase.Fixtures("f.yaml", []byte(`{site: {"0123": {uid: U, n: 1.0}, gone: null}}`))
	require.NoError(t, err)
	require.Len(t, lookups, 1)
	found, err := lookups["site"](context.Background(), []string{"gone", "0123", "new"})
	require.NoError(t, err)
	assert.Equal(t, []json.RawMessage{nil, json.RawMessage(`{"uid":"U","n":1.0}`), nil}, found)
	for _, wrong := range []string{"", "[a]", "a: 1", "{", "text"} {
		_, err := mapcase.Fixtures("f.yaml", []byte(wrong))
		var bad *mapcase.FileError
		require.ErrorAs(t, err, &bad, wrong)
	}
}
