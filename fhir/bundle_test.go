package fhir_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
)

// bundleFolder is a folder of the shared files. A test that needs it is skipped without it, and
// fails in CI.
func bundleFolder(tb testing.TB, parts ...string) string {
	tb.Helper()
	shared := os.Getenv("SHARED_DIR")
	if shared == "" {
		shared = filepath.Join("..", "..", "shared")
	}
	dir := filepath.Join(append([]string{shared}, parts...)...)
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") == "true" {
			tb.Fatalf("the shared files are not there: %v (set SHARED_DIR)", err)
		}
		tb.Skipf("the shared files are not there: %v (set SHARED_DIR)", err)
	}
	return dir
}

func bundleOf(tb testing.TB, text string) *fhir.Bundle {
	tb.Helper()
	b, err := fhir.ParseBundle([]byte(text))
	require.NoError(tb, err)
	return b
}

func resourceOf(tb testing.TB, text string) fhir.Resource {
	tb.Helper()
	r, err := fhir.Parse([]byte(text))
	require.NoError(tb, err)
	return r
}

const searchset = `{ "resourceType":"Bundle", "type":"searchset", "total":7,
 "link":[{"relation":"self","url":"http://s/fhir/Patient?a=b"},{"relation":"next","url":"http://s/fhir?p=\u0032"}],
 "entry":[
  {"fullUrl":"http://s/fhir/Patient/1","resource": {"resourceType":"Patient", "id":"1","x":1.00 } ,"search":{"mode":"match","score":0.50}},
  {"fullUrl":"http://s/fhir/Patient/2","resource":{"id":"2","resourceType":"Patient"}},
  {"fullUrl":"http://s/fhir/Organization/3","resource":{"resourceType":"Organization","id":"3"},"search":{"mode":"include"}},
  {"resource":{"resourceType":"OperationOutcome","issue":[{"severity":"warning","code":"not-supported"}]}},
  {"search":{"mode":"match"}}
 ] }`

func TestBundleReadsAreTheBytesOfTheBundle(t *testing.T) {
	t.Parallel()
	data := []byte(searchset)
	b, err := fhir.ParseBundle(data)
	require.NoError(t, err)
	assert.Equal(t, fhir.BundleSearchset, b.Type())
	assert.Equal(t, searchset, string(b.Bytes()))
	assert.Equal(t, 5, b.Len())
	r := b.Entry(0).Resource()
	assert.Equal(t, `{"resourceType":"Patient", "id":"1","x":1.00 }`, string(r.Bytes()))
	assert.Equal(t, "Patient", r.Type())
	assert.Equal(t, "1", r.ID())
	assert.Same(t, &data[strings.Index(searchset, `{"resourceType":"Patient"`)], &r.Bytes()[0], "not copied")
	assert.Equal(t, "2", b.Entry(1).Resource().ID())
	assert.True(t, b.Entry(4).Resource().IsZero())
}

func TestBundleSearchsetTellsMatchesFromTheRest(t *testing.T) {
	t.Parallel()
	b := bundleOf(t, searchset)
	ids := func(of func(func(fhir.Resource) bool)) (all []string) {
		for r := range of {
			all = append(all, r.Reference())
		}
		return all
	}
	assert.Equal(t, []string{"Patient/1", "Patient/2"}, ids(b.Matches()))
	assert.Equal(t, []string{"Organization/3"}, ids(b.Included()))
	assert.Len(t, slices.Collect(b.Resources()), 4)
	outcomes := slices.Collect(b.Outcomes())
	require.Len(t, outcomes, 1)
	assert.True(t, outcomes[0].HasCode(fhir.IssueNotSupported))
	total, known := b.Total()
	assert.True(t, known)
	assert.Equal(t, 7, total)
	score, known := b.Entry(0).SearchScore()
	assert.True(t, known)
	assert.InDelta(t, 0.5, score, 0)
	_, known = b.Entry(1).SearchScore()
	assert.False(t, known)
	assert.Equal(t, "http://s/fhir?p=2", b.Link("next"))
	assert.Empty(t, b.Link("previous"))
	for range b.Links() {
		break
	}
	for range b.Entries() {
		break
	}
	for range b.Outcomes() {
		break
	}
}

func TestBundleWithoutATotalHasNone(t *testing.T) {
	t.Parallel()
	_, known := bundleOf(t, `{"resourceType":"Bundle","type":"searchset"}`).Total()
	assert.False(t, known)
}

func TestParseBundleRefusesOthers(t *testing.T) {
	t.Parallel()
	_, err := fhir.ParseBundle([]byte(`{"resourceType":"Patient"}`))
	require.ErrorContains(t, err, "of type Patient")
	var bad *fhir.ParseError
	_, err = fhir.ParseBundle([]byte(`{"resourceType":"Bundle",}`))
	require.ErrorAs(t, err, &bad)
}

func TestBundleOfOddShapesHasNoEntries(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"resourceType":"Bundle","entry":{}}`,
		`{"resourceType":"Bundle","entry":[]}`,
		`{"resourceType":"Bundle","entry":null,"link":7,"total":"x","type":[1]}`,
	} {
		b := bundleOf(t, text)
		assert.Zero(t, b.Len())
		assert.Empty(t, b.Type())
		assert.NotEmpty(t, b.Check())
	}
	b := bundleOf(t, `{"resourceType":"Bundle","entry":[1,"x",null,{"resource":7,"request":[],"response":"x","search":1,"fullUrl":2}]}`)
	assert.Equal(t, 4, b.Len())
	for _, e := range b.Entries() {
		assert.True(t, e.Resource().IsZero())
		assert.Empty(t, e.FullURL())
	}
}

func TestBundleExamplesAreInOrder(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(bundleFolder(t, "fixtures", "fhir-r4-examples"), "Bundle-*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	// What the examples themselves do against the rules.
	known := map[string]int{
		"Bundle-10bb101f-a121-4264-a920-67be9cb82c74.json": 1, // a Patient pat2 at …/Patient/pat12
		"Bundle-3a0707d3-549e-4467-b8b8-5a2ab3800efe.json": 1, // the same
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		b, err := fhir.ParseBundle(data)
		require.NoError(t, err)
		assert.Equal(t, data, b.Bytes())
		assert.Len(t, b.Check(), known[filepath.Base(file)], "%s: %v", file, b.Check())
		for i, e := range b.Entries() {
			again, err := fhir.Parse(e.Resource().Bytes())
			if e.HasResource() {
				require.NoError(t, err)
				assert.Equal(t, again.Type(), e.Resource().Type())
				assert.Equal(t, again.ID(), e.Resource().ID())
			}
			assert.Equal(t, i, e.Place())
		}
	}
}

func TestBundleResolvesReferences(t *testing.T) {
	t.Parallel()
	b := bundleOf(t, `{"resourceType":"Bundle","type":"collection","entry":[
	 {"fullUrl":"http://a/fhir/Patient/1","resource":{"resourceType":"Patient","id":"1"}},
	 {"fullUrl":"http://b/fhir/Patient/1","resource":{"resourceType":"Patient","id":"1","meta":{"versionId":"2","lastUpdated":"2026-01-01T00:00:00Z"}}},
	 {"fullUrl":"http://b/fhir/Patient/1","resource":{"resourceType":"Patient","id":"1","meta":{"versionId":"3","lastUpdated":"2026-02-01T00:00:00Z"}}},
	 {"fullUrl":"http://b/fhir/Observation/2","resource":{"resourceType":"Observation","id":"2"}},
	 {"fullUrl":"urn:uuid:0f4ae3b7-7d6f-4c0b-9d0b-6f7a3a1c0001","resource":{"resourceType":"Observation"}},
	 {"resource":{"resourceType":"Organization","id":"9"}}]}`)
	for _, test := range []struct {
		name string
		from int
		text string
		want int
	}{
		{"an absolute URL is a fullUrl", 0, "http://a/fhir/Patient/1", 0},
		{"a relative one is of the same server", 0, "Patient/1", 0},
		{"of several versions the last one counts", 3, "Patient/1", 2},
		{"a version is compared", 3, "Patient/1/_history/2", 1},
		{"a version that is not there", 3, "Patient/1/_history/9", -1},
		{"a UUID is a fullUrl", 3, "urn:uuid:0f4ae3b7-7d6f-4c0b-9d0b-6f7a3a1c0001", 4},
		{"a fragment is left away", 3, "urn:uuid:0f4ae3b7-7d6f-4c0b-9d0b-6f7a3a1c0001#x", 4},
		{"a contained one is in no entry", 3, "#x", -1},
		{"two servers' resources are not told apart from a UUID", 4, "Patient/1", -1},
		{"type and id do where there is one", 4, "Organization/9", 5},
		{"another server's is not here", 3, "http://c/fhir/Organization/9", -1},
		{"a search is resolved by servers", 3, "Patient?identifier=1", -1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			found, ok := b.Resolve(b.Entry(test.from), test.text)
			assert.Equal(t, test.want >= 0, ok)
			if ok {
				assert.Equal(t, test.want, found.Place())
			}
		})
	}
}

func TestBundleCheckFindsEveryRuleBroken(t *testing.T) {
	t.Parallel()
	patient := `{"resourceType":"Patient","id":"1"}`
	for _, test := range []struct{ name, text, where, rule string }{
		{"no type", `{"resourceType":"Bundle"}`, "Bundle.type", "type"},
		{"unknown type", `{"resourceType":"Bundle","type":"x"}`, "Bundle.type", "R4"},
		{"total", `{"resourceType":"Bundle","type":"batch","total":1}`, "Bundle.total", "bdl-1"},
		{"search", `{"resourceType":"Bundle","type":"batch","entry":[{"search":{},"request":{"method":"GET","url":"x"}}]}`, "Bundle.entry[0].search", "bdl-2"},
		{"no request", `{"resourceType":"Bundle","type":"batch","entry":[{"resource":` + patient + `}]}`, "Bundle.entry[0].request", "bdl-3"},
		{"half a request", `{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET"}}]}`, "Bundle.entry[0].request", "url"},
		{"request", `{"resourceType":"Bundle","type":"searchset","entry":[{"request":{"method":"GET","url":"x"}}]}`, "Bundle.entry[0].request", "bdl-3"},
		{"no response", `{"resourceType":"Bundle","type":"batch-response","entry":[{"resource":` + patient + `}]}`, "Bundle.entry[0].response", "bdl-4"},
		{"response", `{"resourceType":"Bundle","type":"searchset","entry":[{"response":{"status":"200"}}]}`, "Bundle.entry[0].response", "bdl-4"},
		{"nothing", `{"resourceType":"Bundle","type":"searchset","entry":[{}]}`, "Bundle.entry[0]", "bdl-5"},
		{"no body", `{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"POST","url":"Patient"}}]}`, "Bundle.entry[0].resource", "POST"},
		{"no resourceType", `{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"id":"1"}}]}`, "Bundle.entry[0].resource", "resourceType"},
		{"twice", `{"resourceType":"Bundle","type":"searchset","entry":[{"fullUrl":"http://a/Patient/1","resource":` + patient + `},{"fullUrl":"http://a/Patient/1","resource":` + patient + `}]}`, "Bundle.entry[1].fullUrl", "bdl-7"},
		{"version", `{"resourceType":"Bundle","type":"searchset","entry":[{"fullUrl":"http://a/Patient/1/_history/1","resource":` + patient + `}]}`, "Bundle.entry[0].fullUrl", "bdl-8"},
		{"other id", `{"resourceType":"Bundle","type":"searchset","entry":[{"fullUrl":"http://a/Patient/2","resource":` + patient + `}]}`, "Bundle.entry[0].fullUrl", "disagree"},
		{"no fullUrl", `{"resourceType":"Bundle","type":"collection","entry":[{"resource":` + patient + `}]}`, "Bundle.entry[0].fullUrl", "fullUrl"},
		{"no identifier", `{"resourceType":"Bundle","type":"document","timestamp":"2026-01-01T00:00:00Z","entry":[{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Composition"}}]}`, "Bundle.identifier", "bdl-9"},
		{"no timestamp", `{"resourceType":"Bundle","type":"document","identifier":{"system":"a","value":"b"},"entry":[{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Composition"}}]}`, "Bundle.timestamp", "bdl-10"},
		{"no Composition", `{"resourceType":"Bundle","type":"document","timestamp":"2026-01-01T00:00:00Z","identifier":{"system":"a","value":"b"},"entry":[]}`, "Bundle.entry[0].resource", "bdl-11"},
		{"no MessageHeader", `{"resourceType":"Bundle","type":"message"}`, "Bundle.entry[0].resource", "bdl-12"},
		{"dangling", `{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Observation","subject":{"reference":"urn:uuid:2"}}}]}`, "Bundle.entry[0].resource", "urn:uuid"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			issues := bundleOf(t, test.text).Check()
			require.Len(t, issues, 1)
			assert.Equal(t, []string{test.where}, issues[0].Expression)
			assert.Contains(t, issues[0].Details, test.rule)
			assert.True(t, issues[0].IsError())
		})
	}
}
