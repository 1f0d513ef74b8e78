package terminology_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/terminology"
)

const sexMap = `{"resourceType":"ConceptMap","url":"http://x/map/sex","version":"2","sourceUri":"http://x/vs/local","targetUri":"http://x/vs/fhir","group":[
 {"source":"http://moh/sex","target":"http://hl7.org/fhir/administrative-gender","element":[
  {"code":"M","display":"Man","target":[{"code":"male","display":"Male","equivalence":"equal"}]},
  {"code":"B","target":[{"code":"male","equivalence":"wider","comment":"a boy"},{"code":"boy","equivalence":"equivalent"}]},
  {"code":"X","target":[{"code":"other","equivalence":"unmatched"}]},
  {"code":"Y","target":[{"equivalence":"unmatched"}]},
  {"code":"D","target":[{"code":"female","equivalence":"disjoint"}]},
  {"code":"P","target":[
    {"code":"pregnant","equivalence":"narrower","dependsOn":[{"property":"http://x/pregnant","system":"http://x/yesno","value":"yes"}],"product":[{"property":"http://x/risk","value":"high"}]},
    {"code":"female","equivalence":"inexact","dependsOn":[{"property":"http://x/pregnant","value":"no"}]}]}],
  "unmapped":{"mode":"fixed","code":"unknown","display":"Unknown"}},
 {"source":"http://moh/sex","target":"http://other/sex","element":[{"code":"M","target":[{"code":"1","equivalence":"relatedto"}]}]}]}`

func TestTranslate(t *testing.T) {
	t.Parallel()
	l := localOf(t, sexMap)
	const gender = "http://hl7.org/fhir/administrative-gender"
	for _, test := range []struct {
		name    string
		request terminology.TranslateRequest
		want    string // system's last part, code, equivalence
		result  bool
	}{
		{"the most precise comes first", terminology.TranslateRequest{Coding: fhir.Coding{System: "http://moh/sex", Code: "M"}}, "administrative-gender male equal, sex 1 relatedto", true},
		{"not in the order of the map", terminology.TranslateRequest{Coding: fhir.Coding{Code: "B"}, TargetSystem: gender}, "administrative-gender boy equivalent, administrative-gender male wider", true},
		{"to one system", terminology.TranslateRequest{Coding: fhir.Coding{Code: "M"}, TargetSystem: "http://other/sex"}, "sex 1 relatedto", true},
		{"at least so precise", terminology.TranslateRequest{Coding: fhir.Coding{Code: "M"}, AtLeast: terminology.Equivalent}, "administrative-gender male equal", true},
		{"unmatched is none", terminology.TranslateRequest{Coding: fhir.Coding{Code: "X"}, TargetSystem: gender}, "administrative-gender other unmatched", false},
		{"unmatched without a code", terminology.TranslateRequest{Coding: fhir.Coding{Code: "Y"}, TargetSystem: gender}, "administrative-gender  unmatched", false},
		{"disjoint is none", terminology.TranslateRequest{Coding: fhir.Coding{Code: "D"}, TargetSystem: gender}, "administrative-gender female disjoint", false},
		{"unmapped", terminology.TranslateRequest{Coding: fhir.Coding{System: "http://moh/sex", Code: "?"}, TargetSystem: gender}, "administrative-gender unknown relatedto", true},
		{"depends on what was not given", terminology.TranslateRequest{Coding: fhir.Coding{Code: "P"}, TargetSystem: gender}, "", false},
		{"depends on what was", terminology.TranslateRequest{Coding: fhir.Coding{Code: "P"}, TargetSystem: gender, DependsOn: []terminology.Dependency{{Property: "http://x/pregnant", System: "http://x/yesno", Value: "yes"}}}, "administrative-gender pregnant narrower", true},
		{"or on something else", terminology.TranslateRequest{Coding: fhir.Coding{Code: "P"}, TargetSystem: gender, DependsOn: []terminology.Dependency{{Property: "http://x/pregnant", Value: "no"}}}, "administrative-gender female inexact", true},
		{"back", terminology.TranslateRequest{Coding: fhir.Coding{System: gender, Code: "male"}, Reverse: true}, "sex M equal, sex B narrower", true},
		{"back without what is no match", terminology.TranslateRequest{Coding: fhir.Coding{System: gender, Code: "other"}, Reverse: true}, "", false},
		{"by value sets", terminology.TranslateRequest{SourceScope: "http://x/vs/local", TargetScope: "http://x/vs/fhir", Coding: fhir.Coding{Code: "M"}, AtLeast: terminology.Equal}, "administrative-gender male equal", true},
		{"by version", terminology.TranslateRequest{URL: "http://x/map/sex|2", Coding: fhir.Coding{Code: "M"}, AtLeast: terminology.Equal}, "administrative-gender male equal", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := l.Translate(t.Context(), test.request)
			require.NoError(t, err)
			var texts []string
			for _, m := range got.Matches {
				texts = append(texts, m.Coding.System[strings.LastIndexByte(m.Coding.System, '/')+1:]+" "+m.Coding.Code+" "+string(m.Equivalence))
				assert.Equal(t, "http://x/map/sex|2", m.Map)
			}
			assert.Equal(t, test.want, strings.Join(texts, ", "))
			assert.Equal(t, test.result, got.Result)
			assert.Equal(t, test.result, got.Message == "")
			best, found := got.Best()
			assert.Equal(t, test.result, found)
			if found {
				assert.Equal(t, got.Matches[0], best)
			}
		})
	}
	for _, request := range []terminology.TranslateRequest{
		{URL: "http://x/map/none", Coding: fhir.Coding{Code: "M"}},
		{URL: "http://x/map/sex|1", Coding: fhir.Coding{Code: "M"}},
		{Coding: fhir.Coding{System: "http://elsewhere", Code: "M"}},
		{SourceScope: "http://x/vs/other", Coding: fhir.Coding{Code: "M"}},
		{TargetSystem: "http://x/none", Coding: fhir.Coding{Code: "M"}},
	} {
		_, err := l.Translate(t.Context(), request)
		require.ErrorIs(t, err, terminology.ErrNotSupplied, "%v", request)
	}
}

func TestTranslateGivesProductsAndComments(t *testing.T) {
	t.Parallel()
	l := localOf(t, sexMap)
	got, err := l.Translate(t.Context(), terminology.TranslateRequest{
		Coding: fhir.Coding{Code: "P"}, TargetSystem: "http://hl7.org/fhir/administrative-gender",
		DependsOn: []terminology.Dependency{{Property: "http://x/pregnant", System: "http://x/yesno", Value: "yes"}},
	})
	require.NoError(t, err)
	assert.Equal(t, []terminology.Dependency{{Property: "http://x/risk", Value: "high"}}, got.Matches[0].Product)
	got, err = l.Translate(t.Context(), terminology.TranslateRequest{Coding: fhir.Coding{Code: "B"}})
	require.NoError(t, err)
	assert.Equal(t, "a boy", got.Matches[1].Comment)
	assert.Equal(t, "fixed", mustTranslate(t, l, "?").Matches[0].Unmapped)
}

func mustTranslate(t *testing.T, l *terminology.Local, code string) terminology.Translation {
	t.Helper()
	got, err := l.Translate(t.Context(), terminology.TranslateRequest{Coding: fhir.Coding{Code: code}})
	require.NoError(t, err)
	return got
}

func TestUnmappedModes(t *testing.T) {
	t.Parallel()
	withUnmapped := func(url, unmapped string) string {
		return `{"resourceType":"ConceptMap","url":"` + url + `","group":[{"source":"s","target":"t","element":[{"code":"a","target":[{"code":"b","equivalence":"equal"}]},{"code":"n","target":[{"equivalence":"unmatched"}]}],"unmapped":` + unmapped + `}]}`
	}
	l := localOf(t,
		withUnmapped("provided", `{"mode":"provided"}`),
		withUnmapped("r5", `{"mode":"use-source-code","relationship":"equivalent"}`),
		withUnmapped("other", `{"mode":"other-map","url":"provided"}`),
		withUnmapped("lost", `{"mode":"other-map","url":"nowhere"}`),
		withUnmapped("circle", `{"mode":"other-map","otherMap":"circle"}`))
	ask := func(url, code string) (terminology.Translation, error) {
		return l.Translate(t.Context(), terminology.TranslateRequest{URL: url, Coding: fhir.Coding{System: "s", Code: code, Display: "C"}})
	}
	for _, url := range []string{"provided", "other"} {
		got, err := ask(url, "c")
		require.NoError(t, err)
		assert.True(t, got.Result)
		assert.Equal(t, terminology.Match{Coding: fhir.Coding{System: "t", Code: "c", Display: "C"}, Equivalence: terminology.RelatedTo, Map: "provided", Unmapped: "provided"}, got.Matches[0])
	}
	got, err := ask("r5", "c")
	require.NoError(t, err)
	assert.Equal(t, terminology.Equivalent, got.Matches[0].Equivalence)
	got, err = ask("provided", "n")
	require.NoError(t, err)
	assert.False(t, got.Result, "a code that is said to be unmatched is not unmapped")
	_, err = ask("lost", "c")
	require.ErrorIs(t, err, terminology.ErrNotSupplied)
	_, err = ask("circle", "c")
	require.ErrorIs(t, err, terminology.ErrOffline)
	got, err = ask("lost", "a")
	require.NoError(t, err)
	assert.True(t, got.Result)
}

func TestConceptMapsThatReferToOneAnotherInManyWaysAreAnError(t *testing.T) {
	t.Parallel()
	var texts []string
	for i := range 20 {
		group := fmt.Sprintf(`{"source":"s","target":"t","unmapped":{"mode":"other-map","url":"m%d"}}`, i+1)
		texts = append(texts, fmt.Sprintf(`{"resourceType":"ConceptMap","url":"m%d","group":[%s,%s]}`, i, group, group))
	}
	l := localOf(t, append(texts, `{"resourceType":"ConceptMap","url":"m20","group":[{"source":"s","target":"t"}]}`)...)
	_, err := l.Translate(t.Context(), terminology.TranslateRequest{URL: "m0", Coding: fhir.Coding{Code: "c"}})
	require.ErrorIs(t, err, terminology.ErrOffline)
	got, err := l.Translate(t.Context(), terminology.TranslateRequest{URL: "m15", Coding: fhir.Coding{Code: "c"}})
	require.NoError(t, err)
	assert.False(t, got.Result)
}

func TestConceptMapsOfR5(t *testing.T) {
	t.Parallel()
	l := localOf(t, `{"resourceType":"ConceptMap","url":"m","sourceScopeCanonical":"vs1","targetScopeUri":"vs2","group":[{"source":"s|1","target":"t|2","element":[
	 {"code":"n","noMap":true},
	 {"code":"w","target":[{"code":"1","relationship":"source-is-narrower-than-target"}]},
	 {"code":"d","target":[{"code":"2","relationship":"source-is-broader-than-target","dependsOn":[{"attribute":"x","valueCoding":{"system":"q","code":"y"}}],"product":[{"attribute":"p","valueBoolean":true},{"attribute":"v","valueQuantity":{"value": 1.0}},{"attribute":"c","valueCode":"k"},{"attribute":"s","valueString":"t"}]}]},
	 {"code":"x","target":[{"code":"3","relationship":"not-related-to"}]},
	 {"code":"r","target":[{"code":"4","relationship":"related-to"}]},
	 {"code":"v","target":[{"valueSet":"vs3","relationship":"equivalent"}]}]}]}`)
	want := map[string]terminology.Equivalence{"n": terminology.Unmatched, "w": terminology.Wider, "d": terminology.Narrower, "x": terminology.Disjoint, "r": terminology.RelatedTo}
	for code, equivalence := range want {
		got, err := l.Translate(t.Context(), terminology.TranslateRequest{
			SourceScope: "vs1", TargetScope: "vs2", Coding: fhir.Coding{System: "s", Version: "1", Code: code},
			DependsOn: []terminology.Dependency{{Property: "x", System: "q", Value: "y"}},
		})
		require.NoError(t, err)
		require.Len(t, got.Matches, 1)
		assert.Equal(t, equivalence, got.Matches[0].Equivalence)
		assert.Equal(t, "2", got.Matches[0].Coding.Version)
		if code == "d" {
			assert.Equal(t, []terminology.Dependency{{Property: "p", Value: "true"}, {Property: "v", Value: `{"value":1.0}`}, {Property: "c", Value: "k"}, {Property: "s", Value: "t"}}, got.Matches[0].Product)
		}
	}
	got := mustTranslate(t, l, "v")
	assert.False(t, got.Result, "a set of codes is no code")
	assert.Equal(t, "vs3", got.Matches[0].ValueSet)
	_, err := l.Translate(t.Context(), terminology.TranslateRequest{Coding: fhir.Coding{System: "s", Version: "9", Code: "w"}})
	require.ErrorIs(t, err, terminology.ErrNotSupplied)
}

func TestEquivalencesAreInOrder(t *testing.T) {
	t.Parallel()
	order := []terminology.Equivalence{
		terminology.Equal, terminology.Equivalent, terminology.Subsumes, terminology.Wider, terminology.Specializes,
		terminology.Narrower, terminology.Inexact, terminology.RelatedTo, terminology.Unmatched, terminology.Disjoint, "invented",
	}
	for i, a := range order {
		for k, b := range order {
			assert.Equal(t, i < k, a.Compare(b) < 0, "%s %s", a, b)
			assert.Equal(t, i <= k && i < 8, a.AtLeast(b), "%s %s", a, b)
		}
		assert.Equal(t, i < 8, a.IsMatch(), a)
		assert.Equal(t, a, a.Reverse().Reverse())
	}
	assert.Equal(t, terminology.Narrower, terminology.Wider.Reverse())
	assert.Equal(t, terminology.Specializes, terminology.Subsumes.Reverse())
}
