package objectmapper_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping"
	"github.com/openhim/mediator-go/mapping/objectmapper"
)

func FuzzMigrate(f *testing.F) {
	for _, seed := range []string{
		`{"a":"b"}`,
		`{"a[].b[].c":"x[].y[].z","d":"x[].k","e":{"key":"x[].l","transform":{"function":"oneToAllElements"}}}`,
		`{"a[]":"x[]+","b":["x[]+","y?"],"c":{"key":"z[2].q","default":{"$v":[1,null,"= no"]}}}`,
		`{"g":{"key":"g?","transform":{"function":"mapCodes","parameters":{"N":0,"null":"nil","default":"= u"}}}}`,
		`{"t":{"key":"t?","transform":{"function":"booleanFlip"}},"n":{"key":"n[]","transform":{"function":"numberify"}}}`,
		`{"[].a":"[].b"}`,
		`{"a\\.b.$c":"$d.= e","a[0][1].x":"\u0001\ud83d\ude00","b.true":"true.on"}`,
		`{"name":"n: #","endpoint":{"pattern":"/p/:id"},"constants":{"c":{"a":[{"b":1e5}],"n":null}},"inputTransforms":{"t":"$exists(requestBody.a) ? {'v': requestBody.a, 'k': constants.c.a[0].b} : null","u":"$append([], $map(requestBody.l, function($v) {{'r': 'P/' & $v.i}}))","w":"requestBody.l[k='x'].v & ($number(query.q) * 2)"},"inputMapping":{"transforms.t":"o[].p","transforms.u":"l","transforms.w":["w","v"],"constants.c":"c"}}`,
		`{"name":"n","endpoint":{"pattern":"/p"},"inputValidation":{"type":"object","properties":{"requestBody":{"type":"object","properties":{"a":{"type":"array","items":{"type":"string","nullable":true}}}}}},"inputMapping":{"requestBody.a":"b[].c"},"requests":{"lookup":[{"id":"in","config":{"method":"get","url":"http://x/:a","params":{"url":{"a":{"path":"payload.b[0]"}}}}}]}}`,
	} {
		f.Add([]byte(seed), []byte(`{"a":[{"b":[{"c":1}]}],"requestBody":{"a":["x"],"l":[{"k":"x"}]}}`))
	}
	for _, name := range []string{"bahmniPatientToFhir", "jempi-patientLinks", "requestsDHIS2-part2", "stateDemo"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "conformance", "mapping-mediator", "samples", name, "endpoint.json"))
		if err == nil {
			f.Add(text, []byte(`{}`))
		}
	}
	f.Fuzz(func(t *testing.T, document, sample []byte) {
		for _, options := range []objectmapper.MigrateOptions{{Mapping: true}, {}, {Single: true}} {
			m, err := objectmapper.Migrate(document, options)
			var invalid *mapping.DocumentError
			if errors.As(err, &invalid) {
				require.True(t, tooLarge(invalid), "the converted document does not compile: %v", err)
			}
			if err != nil {
				require.NotEmpty(t, err.Error())
				continue
			}
			_, err = mapping.Parse("migrated.yaml", m.Document)
			require.NoError(t, err)
			for _, note := range m.Notes {
				require.NotEmpty(t, note.String())
			}
			proof, err := m.Prove(t.Context(), [][]byte{sample})
			if err == nil {
				require.Equal(t, 1, proof.Samples)
			}
		}
	})
}

// tooLarge reports whether a document is refused for its size alone.
func tooLarge(err *mapping.DocumentError) bool {
	for _, issue := range err.Issues {
		if issue.Severity == mapping.SeverityError && issue.Code != mapping.CodeLimit {
			return false
		}
	}
	return true
}
