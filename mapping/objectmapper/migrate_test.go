package objectmapper_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping"
	"github.com/openhim/mediator-go/mapping/objectmapper"
)

var updateGolden = flag.Bool("update", false, "write the golden files of migrate anew")

func TestMigrateWritesReadableDocuments(t *testing.T) {
	t.Parallel()
	for name, samples := range map[string][]string{
		"patient": {
			`{"requestBody":{"identifiers":[{"identifier":"A1","system":"nid"},{"identifier":"B2"}],"names":[{"given":"Amina","middle":"N","family":"Okafor"}],"gender":"F","birthdate":"1988-03-24T00:00:00.000+0300","voided":false}}`,
			`{"requestBody":{"identifiers":[],"gender":"X"}}`,
		},
		"observation": {
			`{"requestBody":{"id":"7","height":"1.78","codes":[{"code":"a","parts":[{"v":1},{"v":2}]},{"code":"b","parts":[{"v":3}]}]},"query":{"unit":"cm"},"lookupRequests":{"patient":{"data":{"name":"Amina","nid":"N1"},"headers":{}}}}`,
		},
		"refused": {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			document, err := os.ReadFile(filepath.Join("testdata", "migrate", name+".json"))
			require.NoError(t, err)
			m, err := objectmapper.Migrate(document, objectmapper.MigrateOptions{File: name + ".json"})
			require.NoError(t, err)
			var got strings.Builder
			got.Write(m.Document)
			for _, note := range m.Notes {
				got.WriteString("# note " + note.String() + "\n")
			}
			golden := filepath.Join("testdata", "migrate", name+".yaml")
			if *updateGolden {
				require.NoError(t, os.WriteFile(golden, []byte(got.String()), 0o600))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), got.String())
			if len(samples) == 0 {
				return
			}
			require.Empty(t, m.Refused())
			texts := make([][]byte, len(samples))
			for i, s := range samples {
				texts[i] = []byte(s)
			}
			proof, err := m.Prove(t.Context(), texts)
			require.NoError(t, err)
			require.True(t, proof.Holds(), "%+v", proof.Differences)
			require.Equal(t, len(samples), proof.Samples)
		})
	}
}

func TestMigrateRefusesWithPlaceAndHint(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ mapping, message, at string }{
		"a glob":                         {`{"p*.v": "x"}`, "reads members by their look", "1:10"},
		"an index from the end":          {`{"a[-1]": "x"}`, "an index from the end", "1:11"},
		"a list from an index on":        {`{"a[].b": "x[1].c"}`, "from an index on", "1:11"},
		"an unknown transform":           {`{"a": {"key": "x", "transform": {"function": "nope"}}}`, "no transform", "1:7"},
		"appendArray in a list":          {`{"a[]": {"key": "x[].y[]", "transform": {"function": "appendArray"}}}`, "appendArray onto a list", "1:9"},
		"oneToAllElements in two lists":  {`{"a": {"key": "x[].y[].z", "transform": {"function": "oneToAllElements"}}}`, "list within a list", "1:7"},
		"a value over an object":         {`{"a": "x.y", "b": "x"}`, "an earlier rule writes an object", "1:19"},
		"an object merged into the rest": {`{"a": "x", "b": {"transform": {"function": "passThroughObject"}}}`, "members are not known", "1:17"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, err := objectmapper.Migrate([]byte(c.mapping), objectmapper.MigrateOptions{Mapping: true})
			require.NoError(t, err)
			refused := m.Refused()
			require.Len(t, refused, 1, "%s", m.Document)
			require.Contains(t, refused[0].Message, c.message)
			require.True(t, strings.HasPrefix(refused[0].String(), c.at+": refused: "), refused[0].String())
			require.Contains(t, string(m.Document), "# not converted (line 1 of the endpoint)")
		})
	}
}

func TestMigrateRefusesExpressionsWithTheirPlace(t *testing.T) {
	t.Parallel()
	for name, expression := range map[string]string{
		"beyond the parser":  "$sort(requestBody.a)",
		"of times":           "$toMillis(requestBody.a)",
		"computed names":     "{requestBody.a: 1}",
		"conditions on sums": "$sum(requestBody.a.b) > 3 ? 1 : 2",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			document := "{\"name\":\"t\",\"endpoint\":{\"pattern\":\"/t\"},\n \"inputTransforms\":{\"e\": " + quote(expression) + "},\n \"inputMapping\":{\"transforms.e\":\"x\",\"requestBody.b\":\"z\"}}"
			m, err := objectmapper.Migrate([]byte(document), objectmapper.MigrateOptions{})
			require.NoError(t, err)
			refused := m.Refused()
			require.Len(t, refused, 2)
			require.Equal(t, 2, refused[0].Line)
			require.NotEmpty(t, refused[0].Hint)
			require.Contains(t, refused[1].Message, "it reads transforms.e")
			require.Contains(t, string(m.Document), "z: $.b")
		})
	}
}

func TestProofFindsWhatDiffers(t *testing.T) {
	t.Parallel()
	m, err := objectmapper.Migrate([]byte(`{"a":"x.y","l[].v":"z[].w","n":{"key":"n","transform":{"function":"numberify"}}}`), objectmapper.MigrateOptions{Mapping: true})
	require.NoError(t, err)
	proof, err := m.Prove(t.Context(), [][]byte{
		[]byte(`{"a":1,"l":[{"v":2}]}`), []byte(`{"l":[{},{"v":3}]}`), []byte(`{"l":{"v":3}}`), []byte(`{"n":"0x10"}`),
	})
	require.NoError(t, err)
	require.False(t, proof.Holds())
	require.Equal(t, 4, proof.Samples)
	require.Equal(t, 1, proof.Equal)
	found := map[int]string{}
	for _, d := range proof.Differences {
		found[d.Sample] = d.Purpose
	}
	require.Equal(t, map[int]string{1: objectmapper.PurposeEmpty, 2: "", 3: objectmapper.PurposeChecked}, found)

	// What the sample shows, the conversion takes.
	m.Document = nil
	m, err = objectmapper.Migrate([]byte(`{"l[].v":"z[].w"}`), objectmapper.MigrateOptions{Mapping: true, Single: true})
	require.NoError(t, err)
	proof, err = m.Prove(t.Context(), [][]byte{[]byte(`{"l":{"v":3}}`)})
	require.NoError(t, err)
	require.True(t, proof.Holds())
}

func TestMigratedDocumentsRunWithTheirFiles(t *testing.T) {
	t.Parallel()
	m, err := objectmapper.Migrate([]byte(endpoint(`"inputValidation":{"type":"object","properties":{"requestBody":{"type":"object","required":["a"],
		"properties":{"a":{"type":"string","nullable":true}}}}},"inputMapping":{"requestBody.a":"b"}`)), objectmapper.MigrateOptions{})
	require.NoError(t, err)
	require.Contains(t, string(m.Files["input.schema.json"]), `"null"`)
	proof, err := m.Prove(t.Context(), [][]byte{[]byte(`{"requestBody":{"a":null}}`), []byte(`{"requestBody":{}}`), []byte(`{"requestBody":{"a":"x"}}`)})
	require.NoError(t, err)
	require.True(t, proof.Holds(), "%+v", proof.Differences)
	doc, err := mapping.Parse("m.yaml", m.Document)
	require.NoError(t, err)
	require.Equal(t, "t", doc.Name())
}
