package dhis2map_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/dhis2map"
	"github.com/openhim/mediator-go/dhis2/tracker"
	"github.com/openhim/mediator-go/mapping"
	"github.com/openhim/mediator-go/testutil/dhis2test"
	"github.com/openhim/mediator-go/testutil/mappingtest"
)

func TestDocuments(t *testing.T) { //nolint:paralleltest // Config.Run counts coverage over its subtests
	mappingtest.Config{Compile: options(dhis2map.Config{}), MinCoverage: 80}.Run(t, "testdata/mappings")
}

func document(t *testing.T, name string) *mapping.Document {
	t.Helper()
	text, err := os.ReadFile("testdata/mappings/" + name + ".yaml")
	require.NoError(t, err)
	d, err := mapping.Parse(name+".yaml", text)
	require.NoError(t, err)
	return d
}

func TestDocumentsLint(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"birth", "monthly", "child"} {
		assert.Empty(t, mapping.Lint(document(t, name), options(dhis2map.Config{})), name)
	}
}

// What the document makes is taken, as often as it is sent, and the way back reads it.
func TestWhatDocumentsMakeIsImported(t *testing.T) {
	t.Parallel()
	server := dhis2test.New(t, dhis2test.Options{})
	client, err := dhis2.New(t.Context(), dhis2.Config{URL: server.URL, Auth: dhis2.Basic("admin", "district")})
	require.NoError(t, err)
	there, err := mapping.Compile(document(t, "birth"), options(dhis2map.Config{}))
	require.NoError(t, err)
	out, _, err := there.Run(t.Context(), []byte(`{"nid":"NID-1001","given":"Amina","family":"Okello","sex":"F","facility":"OHM_FAC_001","born":"2026-01-31","weight":3.2}`), mapping.Options{})
	require.NoError(t, err)
	payload, err := tracker.ParsePayload(out)
	require.NoError(t, err)
	assert.Empty(t, tracker.Check(snapshot(), &payload, tracker.CheckOptions{Version: dhis2.Version{Major: 2, Minor: 42}}))
	for range 2 {
		_, err = tracker.Import(t.Context(), client, payload, tracker.Params{})
		require.NoError(t, err)
	}
	res, err := client.Do(t.Context(), dhis2.Request{Path: "tracker/trackedEntities/y3qakMF2tAQ", Query: map[string][]string{"program": {"sBSRMACZJOQ"}, "fields": {"*,enrollments[*,events[*]]"}}})
	require.NoError(t, err)
	back, err := mapping.Compile(document(t, "child"), options(dhis2map.Config{}))
	require.NoError(t, err)
	read, _, err := back.Run(t.Context(), res.Body, mapping.Options{})
	require.NoError(t, err)
	assert.JSONEq(t, `{"nid":"NID-1001","given":"Amina","sex":"Female","facility":"OHM_FAC_001","weight":3.2}`, string(read))
}
