package fhir_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
)

// splitOf returns the places of the parts.
func splitOf(t *testing.T, text string, limits fhir.BundleLimits) ([][]int, *fhir.BundleSplit, error) {
	t.Helper()
	split, err := bundleOf(t, text).Split(limits)
	if err != nil {
		return nil, nil, err
	}
	var all [][]int
	for _, part := range split.Parts() {
		all = append(all, part.Places)
	}
	return all, split, nil
}

func asBundle(kind string, entries ...string) string {
	return `{"resourceType":"Bundle","id":"whole","type":"` + kind + `","meta":{"tag":[{"code":"x"}]},"entry":[` + strings.Join(entries, ", ") + `]}`
}

func TestBundleSplitKeepsTogetherWhatDepends(t *testing.T) {
	t.Parallel()
	post := func(resource, condition string) string {
		kind := strings.Split(strings.TrimPrefix(resource, `{"resourceType":"`), `"`)[0]
		if condition != "" {
			condition = `,"ifNoneExist":"` + condition + `"`
		}
		return `{"resource":` + resource + `,"request":{"method":"POST","url":"` + kind + `"` + condition + `}}`
	}
	request := func(method, url string) string {
		return `{"request":{"method":"` + method + `","url":"` + url + `"}}`
	}
	observation := func(reference string) string {
		return post(`{"resourceType":"Observation","subject":{"reference":"`+reference+`"}}`, "")
	}
	patient := func(id string) string {
		return `{"resource":{"resourceType":"Patient","id":"` + id + `"},"request":{"method":"PUT","url":"Patient/` + id + `"}}`
	}
	uuid := "urn:uuid:0f4ae3b7-7d6f-4c0b-9d0b-6f7a3a1c000"
	named := func(n string) string {
		return `{"fullUrl":"` + uuid + n + `","resource":{"resourceType":"Patient","identifier":[{"system":"s","value":"v` + n + `"}]},"request":{"method":"POST","url":"Patient"}}`
	}
	other := observation("Patient/elsewhere")
	for _, test := range []struct {
		name    string
		entries []string
		want    [][]int
	}{
		{"nothing depends", []string{patient("1"), patient("2"), other}, [][]int{{0}, {1}, {2}}},
		{"a fullUrl", []string{named("1"), other, observation(uuid + "1")}, [][]int{{0, 2}, {1}}},
		{"a fullUrl that is farther on", []string{observation(uuid + "1"), other, named("1")}, [][]int{{0, 2}, {1}}},
		{"a chain", []string{named("1"), named("2"), other, post(`{"resourceType":"Observation","subject":{"reference":"`+uuid+`1"},"performer":[{"reference":"`+uuid+`2"}]}`, "")}, [][]int{{0, 1, 3}, {2}}},
		{"a fullUrl in a narrative", []string{named("1"), other, post(`{"resourceType":"Basic","text":{"div":"<a href=\"`+uuid+`1\">x</a>"}}`, "")}, [][]int{{0, 2}, {1}}},
		{"type and id that is written", []string{patient("1"), other, observation("Patient/1")}, [][]int{{0, 2}, {1}}},
		{"a version of it", []string{patient("1"), other, observation("Patient/1/_history/3")}, [][]int{{0, 2}, {1}}},
		{"the absolute URL", []string{`{"fullUrl":"http://s/fhir/Patient/1","resource":{"resourceType":"Patient","id":"1"},"request":{"method":"PUT","url":"Patient/1"}}`, other, observation("http://s/fhir/Patient/1"), observation("Patient/1")}, [][]int{{0, 2, 3}, {1}}},
		{"a deletion", []string{request("DELETE", "Patient/1"), other, observation("Patient/1")}, [][]int{{0, 2}, {1}}},
		{"a read", []string{patient("1"), other, request("GET", "Patient/1")}, [][]int{{0, 2}, {1}}},
		{"a search that could find it", []string{patient("1"), other, request("GET", "Patient?name=x")}, [][]int{{0, 2}, {1}}},
		{"a search by id that cannot", []string{patient("1"), patient("2"), request("GET", "Patient?_id=2")}, [][]int{{0}, {1, 2}}},
		{"a search that brings others along", []string{patient("1"), other, request("GET", "Encounter?_include=*")}, [][]int{{0, 1, 2}}},
		{"an operation", []string{patient("1"), other, request("GET", "Encounter/1/$everything")}, [][]int{{0, 1, 2}}},
		{"a conditional reference to what is created", []string{named("1"), named("2"), observation("Patient?identifier=s|v2")}, [][]int{{0}, {1, 2}}},
		{"escaped", []string{named("1"), named("2"), observation("Patient?identifier=s%7Cv2")}, [][]int{{0}, {1, 2}}},
		{"without system", []string{named("1"), named("2"), observation("Patient?identifier=v2")}, [][]int{{0}, {1, 2}}},
		{"another system", []string{named("1"), named("2"), observation("Patient?identifier=t|v2")}, [][]int{{0}, {1}, {2}}},
		{"several", []string{named("1"), named("2"), observation("Patient?identifier=s|v2,s|v9")}, [][]int{{0}, {1, 2}}},
		{"by what cannot be judged", []string{named("1"), named("2"), observation("Patient?name=x")}, [][]int{{0, 1, 2}}},
		{"of the same that nothing here writes", []string{observation("Patient?identifier=s|v9"), observation("Patient?identifier=s|v9")}, [][]int{{0}, {1}}},
		{"of what is only created if it is not there", []string{post(`{"resourceType":"Patient"}`, "identifier=s|v1"), other, observation("Patient?identifier=s|v1")}, [][]int{{0, 2}, {1}}},
		{"one condition twice", []string{post(`{"resourceType":"Patient"}`, "identifier=s|v1"), other, post(`{"resourceType":"Patient"}`, "identifier=s|v1")}, [][]int{{0, 2}, {1}}},
		{"a condition on what another one writes", []string{named("1"), other, post(`{"resourceType":"Patient"}`, "identifier=s|v1")}, [][]int{{0, 2}, {1}}},
		{"a condition on what is deleted by a search", []string{request("DELETE", "Patient?identifier=s|v7"), other, post(`{"resourceType":"Patient"}`, "identifier=s|v1")}, [][]int{{0, 2}, {1}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			text, n := asBundle("transaction", test.entries...), largest(test.want)
			parts, _, err := splitOf(t, text, fhir.BundleLimits{Entries: n})
			require.NoError(t, err, "the groups are no larger than that")
			if n > 1 {
				_, _, err = splitOf(t, text, fhir.BundleLimits{Entries: n - 1})
				require.ErrorIs(t, err, fhir.ErrBundleTooLarge, "and no smaller")
			}
			groupOf := map[int]int{}
			for n, group := range test.want {
				for _, i := range group {
					groupOf[i] = n
				}
			}
			partOf := map[int]int{}
			for n, places := range parts {
				for _, i := range places {
					partOf[i] = n
				}
			}
			for i := range test.entries {
				for k := range test.entries {
					if groupOf[i] == groupOf[k] {
						assert.Equal(t, partOf[i], partOf[k], "entries %d and %d", i, k)
					}
				}
			}
		})
	}
}

func largest(groups [][]int) int {
	n := 0
	for _, g := range groups {
		n = max(n, len(g))
	}
	return n
}

func TestBundleSplitKeepsBytesAndOrder(t *testing.T) {
	t.Parallel()
	var entries []string
	for i := range 10 {
		entries = append(entries, fmt.Sprintf(`{ "resource" : {"resourceType":"Patient","x":%d.0}, "request":{"method":"POST","url":"Patient"}}`, i))
	}
	places, split, err := splitOf(t, asBundle("transaction", entries...), fhir.BundleLimits{Entries: 4})
	require.NoError(t, err)
	assert.Equal(t, [][]int{{0, 1, 2, 3}, {4, 5, 6, 7}, {8, 9}}, places)
	for _, part := range split.Parts() {
		assert.Equal(t, fhir.BundleTransaction, part.Bundle.Type())
		assert.Contains(t, string(part.Bundle.Bytes()), `"meta":{"tag":[{"code":"x"}]}`)
		assert.NotContains(t, string(part.Bundle.Bytes()), "whole", "a part is not the whole")
		for i, e := range part.Bundle.Entries() {
			assert.Equal(t, entries[part.Places[i]], string(e.Bytes()))
		}
		_, err := fhir.ParseBundle(part.Bundle.Bytes())
		require.NoError(t, err)
	}
}

func TestBundleSplitBoundsBytes(t *testing.T) {
	t.Parallel()
	var entries []string
	for i := range 30 {
		entries = append(entries, `{"resource":{"resourceType":"Patient","x":"`+strings.Repeat("x", i*7)+`"},"request":{"method":"POST","url":"Patient"}}`)
	}
	for _, limit := range []int{500, 700, 1500} {
		_, split, err := splitOf(t, asBundle("batch", entries...), fhir.BundleLimits{Bytes: limit})
		require.NoError(t, err)
		total := 0
		for _, part := range split.Parts() {
			assert.LessOrEqual(t, len(part.Bundle.Bytes()), limit)
			total += part.Bundle.Len()
		}
		assert.Equal(t, 30, total)
	}
	_, _, err := splitOf(t, asBundle("batch", entries...), fhir.BundleLimits{Bytes: 200})
	require.ErrorIs(t, err, fhir.ErrBundleTooLarge)
	var failed *fhir.BundleError
	require.ErrorAs(t, err, &failed)
	assert.Greater(t, failed.Entries[0].Place, 0, "the first ones fit")
}

func TestBundleSplitWithinLimitsIsTheWhole(t *testing.T) {
	t.Parallel()
	b := bundleOf(t, asBundle("batch", `{"request":{"method":"GET","url":"Patient/1"}}`))
	for _, limits := range []fhir.BundleLimits{{}, {Entries: 1}, {Bytes: 1000}, {Entries: 5, Bytes: 5000}} {
		split, err := b.Split(limits)
		require.NoError(t, err)
		require.Len(t, split.Parts(), 1)
		assert.Same(t, b, split.Parts()[0].Bundle)
	}
	_, err := bundleOf(t, `{"resourceType":"Bundle","type":"document"}`).Split(fhir.BundleLimits{})
	require.ErrorIs(t, err, fhir.ErrBundleEntry)
}

func TestBundleSplitCutsGroupsOfABatchInOrder(t *testing.T) {
	t.Parallel()
	entries := []string{`{"resource":{"resourceType":"Patient","id":"1"},"request":{"method":"PUT","url":"Patient/1"}}`}
	for range 4 {
		entries = append(entries, `{"resource":{"resourceType":"Observation","subject":{"reference":"Patient/1"}},"request":{"method":"POST","url":"Observation"}}`)
	}
	places, _, err := splitOf(t, asBundle("batch", entries...), fhir.BundleLimits{Entries: 2})
	require.NoError(t, err)
	assert.Equal(t, [][]int{{0, 1}, {2, 3}, {4}}, places)
	_, _, err = splitOf(t, asBundle("transaction", entries...), fhir.BundleLimits{Entries: 2})
	require.ErrorIs(t, err, fhir.ErrBundleTooLarge)
	require.ErrorContains(t, err, "2 entries")
}

func TestBundleSplitResultsAreOfTheWhole(t *testing.T) {
	t.Parallel()
	entries := []string{
		`{"fullUrl":"urn:uuid:0f4ae3b7-7d6f-4c0b-9d0b-6f7a3a1c0001","resource":{"resourceType":"Patient"},"request":{"method":"POST","url":"Patient"}}`,
		`{"request":{"method":"GET","url":"Patient/9"}}`,
		`{"resource":{"resourceType":"Observation","subject":{"reference":"urn:uuid:0f4ae3b7-7d6f-4c0b-9d0b-6f7a3a1c0001"}},"request":{"method":"POST","url":"Observation"}}`,
		`{"request":{"method":"GET","url":"Group/9"}}`,
		`{"request":{"method":"DELETE","url":"Group/8"}}`,
	}
	places, split, err := splitOf(t, asBundle("transaction", entries...), fhir.BundleLimits{Entries: 2})
	require.NoError(t, err)
	require.Equal(t, [][]int{{0, 2}, {1, 3}, {4}}, places)
	first, err := split.Parts()[0].Bundle.Results(bundleOf(t, `{"resourceType":"Bundle","type":"transaction-response","entry":[{"response":{"status":"201","location":"Patient/1"}},{"response":{"status":"201","location":"Observation/2"}}]}`))
	require.NoError(t, err)
	gone := fmt.Errorf("send: %w", fhir.ErrUnavailable)
	results, err := split.Results([]fhir.BundleAnswer{{Results: first}, {Err: gone}})
	require.NoError(t, err)
	assert.Equal(t, "Patient/1", results[0].Response.Location.Reference())
	assert.Equal(t, "Observation/2", results[2].Response.Location.Reference())
	for i := range results {
		assert.Equal(t, i, results[i].Place)
	}
	require.ErrorIs(t, results[1].Err, fhir.ErrUnavailable)
	require.ErrorIs(t, results[3].Err, fhir.ErrUnavailable)
	require.ErrorIs(t, results[4].Err, fhir.ErrBundleNotSent)
	assert.Equal(t, "DELETE", results[4].Request.Method)

	_, err = split.Results(make([]fhir.BundleAnswer, 4))
	require.ErrorIs(t, err, fhir.ErrBundleMismatch)
	_, err = split.Results([]fhir.BundleAnswer{{Results: first[:1]}})
	require.ErrorIs(t, err, fhir.ErrBundleMismatch)
	results, err = split.Results(make([]fhir.BundleAnswer, 3))
	require.NoError(t, err)
	require.ErrorIs(t, results[0].Err, fhir.ErrBundleNotSent)
}

func TestConditionsAreEscapedAndReadAgain(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "identifier=urn%3Amrn%7C7", fhir.IdentifierQuery("urn:mrn", "7"))
	assert.Equal(t, "identifier=7", fhir.IdentifierQuery("", "7"))
	assert.Equal(t, "Patient?identifier=7", fhir.ConditionalReference("Patient", "?identifier=7"))
	const odd = `a,b|c\\d $&=+%é"`
	resource, err := json.Marshal(map[string]any{"resourceType": "Patient", "identifier": []any{map[string]string{"system": "s|t", "value": odd}}})
	require.NoError(t, err)
	tx := fhir.NewTransaction()
	tx.Create(resourceOf(t, string(resource))).As("p")
	tx.Create(resourceOf(t, `{"resourceType":"Observation"}`)).As("other")
	tx.Create(resourceOf(t, `{"resourceType":"Observation","subject":{"reference":"`+fhir.ConditionalReference("Patient", fhir.IdentifierQuery("s|t", odd))+`"}}`)).As("o")
	split, err := tx.MustBuild().Split(fhir.BundleLimits{Entries: 2})
	require.NoError(t, err)
	assert.Equal(t, []int{0, 2}, split.Parts()[0].Places, "the reference is to the first entry")
}

func TestSearchThatGoesByOtherTypesStaysWithTheirWriters(t *testing.T) {
	t.Parallel()
	patient := `{"resource":{"resourceType":"Patient","id":"1"},"request":{"method":"PUT","url":"Patient/1"}}`
	for _, query := range []string{"patient.identifier=7", "subject:Patient.name=Ann", "_has:Provenance:target:agent=1", "_filter=x", "%5Flist=7"} {
		search := `{"resource":{"resourceType":"Observation"},"request":{"method":"POST","url":"Observation","ifNoneExist":"` + query + `"}}`
		_, _, err := splitOf(t, asBundle("transaction", patient, search), fhir.BundleLimits{Entries: 1})
		require.ErrorIs(t, err, fhir.ErrBundleTooLarge, query)
	}
	apart := `{"resource":{"resourceType":"Observation"},"request":{"method":"POST","url":"Observation","ifNoneExist":"code=x"}}`
	got, _, err := splitOf(t, asBundle("transaction", patient, apart), fhir.BundleLimits{Entries: 1})
	require.NoError(t, err)
	assert.Len(t, got, 2)
}
