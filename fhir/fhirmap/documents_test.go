package fhirmap_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/fhirmap"
	"github.com/openhim/mediator-go/fhir/validate"
	"github.com/openhim/mediator-go/mapping"
	"github.com/openhim/mediator-go/mapping/source"
	"github.com/openhim/mediator-go/testutil/fhirtest"
	"github.com/openhim/mediator-go/testutil/mappingtest"
)

func TestDocuments(t *testing.T) { //nolint:paralleltest // Config.Run counts coverage over its subtests
	mappingtest.Config{Compile: options(fhirmap.Config{}), MinCoverage: 80}.Run(t, "testdata/mappings")
}

func TestDocumentsLint(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"patients", "adt"} {
		text, err := os.ReadFile("testdata/mappings/" + name + ".yaml")
		require.NoError(t, err)
		d, err := mapping.Parse(name+".yaml", text)
		require.NoError(t, err)
		assert.Empty(t, mapping.Lint(d, options(fhirmap.Config{})))
	}
}

func TestWhatDocumentsGiveIsValid(t *testing.T) {
	t.Parallel()
	v, err := validate.New(validate.Options{})
	require.NoError(t, err)
	csv, err := source.NewCSV(strings.NewReader("nin,surname,given,sex,born,marital,facility\nCM1,Okafor,Amina Grace,F,24/03/1988,M,HF1\nCM2,Obi,Chidi,?,1960,,\n"), source.CSVConfig{})
	require.NoError(t, err)
	hl7, err := source.NewHL7(strings.NewReader("MSH|^~\\&|ADT|HF1|EMR|HF2|20260311101500||ADT^A01|1|P|2.5.1\rPID|1||CM1^^^NIN^NI||Okafor^Amina||19880324|F|||1 Main St^^Kampala||+256772111222|||M\r"), source.HL7Config{})
	require.NoError(t, err)
	for name, reader := range map[string]mapping.Source{"patients": csv, "adt": hl7} {
		text, err := os.ReadFile("testdata/mappings/" + name + ".yaml")
		require.NoError(t, err)
		d, err := mapping.Parse(name+".yaml", text)
		require.NoError(t, err)
		m, err := mapping.Compile(d, options(fhirmap.Config{}))
		require.NoError(t, err)
		var out strings.Builder
		_, err = m.Stream(t.Context(), reader, &out, mapping.Options{})
		require.NoError(t, err)
		outcome, err := v.ValidateJSON(t.Context(), []byte(out.String()))
		require.NoError(t, err)
		for _, issue := range outcome.Issues {
			assert.False(t, issue.IsError(), "%s: %v in %s", name, issue, out.String())
		}
		if name != "patients" {
			continue
		}
		bundle, err := fhir.ParseBundle([]byte(out.String()))
		require.NoError(t, err)
		assert.Equal(t, 2, bundle.Len())
		assert.Empty(t, bundle.Check())
		assert.Equal(t, fhir.UUIDURN("patients", "CM1"), bundle.Entry(0).FullURL())

		server := fhirtest.New(t, fhirtest.Options{})
		seeded, err := server.Seed(`{"resourceType":"Organization","identifier":[{"system":"http://moh.example.org/mfl","value":"HF1"}]}`)
		require.NoError(t, err)
		client, err := fhir.NewClient(fhir.ClientConfig{URL: server.URL, HTTPClient: server.Client()})
		require.NoError(t, err)
		results, err := client.Transaction(t.Context(), bundle)
		require.NoError(t, err)
		stored, err := client.Read(t.Context(), "Patient", results[0].Response.Location.ID)
		require.NoError(t, err)
		assert.Equal(t, seeded[0], stored.Get("managingOrganization.reference").String(), "the conditional reference was found")
	}
}
