package terminology_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/terminology"
)

func TestAnOldVersionOfAConceptMapDoesNotTranslate(t *testing.T) {
	t.Parallel()
	version := func(version, code string) string {
		return `{"resourceType":"ConceptMap","url":"http://x/map","version":"` + version + `","group":[{"source":"http://a","target":"http://b","element":[
		 {"code":"1","target":[{"code":"` + code + `","equivalence":"equivalent"}]}]}]}`
	}
	l := localOf(t, version("1.9", "old"), version("1.10", "withdrawn"), version("2.0.0-ballot", "ballot"), version("1.10", "new"))
	for _, url := range []string{"", "http://x/map|1.10"} {
		got, err := l.Translate(t.Context(), terminology.TranslateRequest{URL: url, Coding: fhir.Coding{System: "http://a", Code: "1"}})
		require.NoError(t, err)
		want := "ballot"
		if url != "" {
			want = "new"
		}
		require.Len(t, got.Matches, 1, "one version only")
		assert.Equal(t, want, got.Matches[0].Coding.Code)
	}
	released := localOf(t, version("2.0.0", "released"), version("2.0.0-ballot", "ballot"))
	got, err := released.Translate(t.Context(), terminology.TranslateRequest{URL: "http://x/map", Coding: fhir.Coding{Code: "1"}})
	require.NoError(t, err)
	assert.Equal(t, "released", got.Matches[0].Coding.Code, "a ballot comes before what it became")
}

func TestATranslationSaysWhenSeveralCodesAreAsGood(t *testing.T) {
	t.Parallel()
	l := localOf(t, `{"resourceType":"ConceptMap","url":"http://x/map","group":[{"source":"http://a","target":"http://b","element":[
	 {"code":"diabetes","target":[{"code":"type-1","equivalence":"narrower"},{"code":"type-2","equivalence":"narrower"}]},
	 {"code":"asthma","target":[{"code":"asthma","equivalence":"equivalent"},{"code":"lung","equivalence":"wider"}]},
	 {"code":"none","target":[{"code":"x","equivalence":"disjoint"},{"code":"y","equivalence":"disjoint"}]}]}]}`)
	for code, want := range map[string]bool{"diabetes": true, "asthma": false, "none": false, "?": false} {
		got, err := l.Translate(t.Context(), terminology.TranslateRequest{Coding: fhir.Coding{Code: code}})
		require.NoError(t, err)
		assert.Equal(t, want, got.Ambiguous(), code)
	}
}

func TestAWrongSystemIsNamedAsSuch(t *testing.T) {
	t.Parallel()
	got, err := localOf(t, sexMap).Translate(t.Context(), terminology.TranslateRequest{URL: "http://x/map/sex", Coding: fhir.Coding{System: "http://moh/gender", Code: "M"}})
	require.NoError(t, err)
	assert.False(t, got.Result)
	assert.Contains(t, got.Message, "no group between these code systems")
}

func TestAServersNoIsNoTranslation(t *testing.T) {
	t.Parallel()
	r, _ := remoteOf(t, `{"resourceType":"Parameters","parameter":[{"name":"result","valueBoolean":false},
	 {"name":"match","part":[{"name":"concept","valueCoding":{"system":"t","code":"looks-like-one"}}]}]}`, terminology.RemoteConfig{})
	got, err := r.Translate(t.Context(), terminology.TranslateRequest{Coding: fhir.Coding{Code: "a"}})
	require.NoError(t, err)
	_, ok := got.Best()
	assert.False(t, ok)
	assert.False(t, got.Ambiguous())
	assert.NotEmpty(t, got.Message)
}

func TestA404ThatIsNoAnswerIsNoUnknownCode(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		refused fhir.OutcomeError
		unknown bool
		asked   int
	}{
		"a page of a proxy": {fhir.OutcomeError{Status: http.StatusNotFound, ContentType: "text/html", Outcome: fhir.OperationOutcome{Issues: []fhir.Issue{{Severity: "error", Code: "not-found"}}}}, false, 2},
		"nothing at all":    {fhir.OutcomeError{Status: http.StatusNotFound, Outcome: fhir.OperationOutcome{Issues: []fhir.Issue{{Severity: "error", Code: "not-found"}}}}, false, 2},
		"an outcome":        {fhir.OutcomeError{Status: http.StatusNotFound, Outcome: fhir.OperationOutcome{Issues: []fhir.Issue{{Severity: "error", Code: "not-found", Diagnostics: "no such code"}}}}, true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := 0
			r, err := terminology.NewRemote(terminology.RemoteConfig{Client: caller(func(context.Context, fhir.Operation) (fhir.Resource, error) {
				asked++
				return fhir.Resource{}, &test.refused
			})})
			require.NoError(t, err)
			for range 2 {
				_, err = r.Lookup(t.Context(), terminology.LookupRequest{Coding: fhir.Coding{System: "s", Code: "c"}})
				require.Error(t, err)
				if test.unknown {
					require.ErrorIs(t, err, terminology.ErrUnknownCode)
				} else {
					require.NotErrorIs(t, err, terminology.ErrUnknownCode)
				}
			}
			assert.Equal(t, test.asked, asked, "only an answer is kept")
			_, known, err := terminology.NewService(nil, r).Checks().MemberOf(t.Context(), "v", "s", "c")
			assert.False(t, known)
			assert.Equal(t, test.unknown, err == nil, "a wrong address is a fault, not a don't know")
		})
	}
}

func TestAPartOfAnExpansionIsNoExpansion(t *testing.T) {
	t.Parallel()
	for name, part := range map[string]string{
		"filtered":    `"parameter":[{"name":"filter","valueString":"x"}]`,
		"active only": `"parameter":[{"name":"activeOnly","valueBoolean":true}]`,
		"too costly":  `"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/valueset-toocostly","valueBoolean":true}]`,
		"unclosed":    `"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/valueset-unclosed","valueBoolean":true}]`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := localOf(t, `{"resourceType":"ValueSet","url":"http://x/vs","expansion":{`+part+`,"contains":[{"system":"http://s","code":"a"}]}}`)
			_, err := l.MemberOf(t.Context(), "http://x/vs", "http://s", "b")
			require.ErrorIs(t, err, terminology.ErrOffline)
			_, err = l.Expand(t.Context(), terminology.ExpandRequest{ValueSet: "http://x/vs"})
			require.ErrorIs(t, err, terminology.ErrOffline)
		})
	}
	whole := localOf(t, `{"resourceType":"ValueSet","url":"http://x/vs","expansion":{"parameter":[{"name":"activeOnly","valueBoolean":false},{"name":"version","valueUri":"http://s|1"}],"contains":[{"system":"http://s","code":"a"}]}}`)
	member, err := whole.MemberOf(t.Context(), "http://x/vs", "http://s", "b")
	require.NoError(t, err)
	assert.False(t, member)
}

func TestAServersExpansionThatLacksCodesIsAnError(t *testing.T) {
	t.Parallel()
	expansion := func(extension string) string {
		return `{"resourceType":"ValueSet","expansion":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/` + extension + `","valueBoolean":true}],"total":0,"timestamp":"2026-01-01"}}`
	}
	costly, _ := remoteOf(t, expansion("valueset-toocostly"), terminology.RemoteConfig{})
	_, err := costly.Expand(t.Context(), terminology.ExpandRequest{ValueSet: "v"})
	require.ErrorContains(t, err, "too many")
	endless, _ := remoteOf(t, expansion("valueset-unclosed"), terminology.RemoteConfig{})
	got, err := endless.Expand(t.Context(), terminology.ExpandRequest{ValueSet: "v"})
	require.NoError(t, err)
	assert.Equal(t, -1, got.Total)
}

func TestAServerThatLacksTheSystemDoesNotSayFalse(t *testing.T) {
	t.Parallel()
	r, _ := remoteOf(t, `{"resourceType":"Parameters","parameter":[{"name":"result","valueBoolean":false},{"name":"x-unknown-system","valueCanonical":"http://s"}]}`, terminology.RemoteConfig{})
	_, err := r.MemberOf(t.Context(), "v", "http://s", "c")
	require.ErrorIs(t, err, terminology.ErrNotSupplied)
	_, known, err := terminology.NewService(nil, r).Checks().MemberOf(t.Context(), "v", "http://s", "c")
	require.NoError(t, err)
	assert.False(t, known)
}

func TestWhatR4sCodeSystemsDoNotTellHereIsNotTakenForEmpty(t *testing.T) {
	t.Parallel()
	l := localOf(t, `{"resourceType":"ValueSet","url":"http://x/vs","compose":{"include":[{"system":"http://hl7.org/fhir/administrative-gender","filter":[{"property":"display","op":"regex","value":"M.*"}]}]}}`)
	_, err := l.Expand(t.Context(), terminology.ExpandRequest{ValueSet: "http://x/vs"})
	require.ErrorIs(t, err, terminology.ErrOffline)
}

func TestACodeOfAnySystemIsExcludedInItsSystemOnly(t *testing.T) {
	t.Parallel()
	l := localOf(t, `{"resourceType":"ValueSet","url":"http://x/vs","compose":{
	 "include":[{"system":"http://a","concept":[{"code":"1"}]},{"system":"http://b","concept":[{"code":"1"}]}],"exclude":[{"system":"http://a","concept":[{"code":"1"}]}]}}`)
	for system, want := range map[string]bool{"": true, "http://a": false, "http://b": true} {
		got, err := l.MemberOf(t.Context(), "http://x/vs", system, "1")
		require.NoError(t, err)
		assert.Equal(t, want, got, system)
	}
}

func TestFiltersReachWhatASupplementAdds(t *testing.T) {
	t.Parallel()
	l := localOf(t,
		`{"resourceType":"CodeSystem","url":"http://s","content":"complete","concept":[{"code":"a"},{"code":"b","display":"B"}]}`,
		`{"resourceType":"CodeSystem","url":"http://s/more","content":"supplement","supplements":"http://s","concept":[{"code":"a","property":[{"code":"colour","valueCode":"red"}]}]}`,
		`{"resourceType":"ValueSet","url":"http://x/red","compose":{"include":[{"system":"http://s","filter":[{"property":"colour","op":"=","value":"red"}]}]}}`,
		`{"resourceType":"ValueSet","url":"http://x/named","compose":{"include":[{"system":"http://s","filter":[{"property":"display","op":"exists","value":"true"}]}]}}`)
	for url, want := range map[string]string{"http://x/red": "a", "http://x/named": "b"} {
		got, err := l.Expand(t.Context(), terminology.ExpandRequest{ValueSet: url})
		require.NoError(t, err)
		require.Len(t, got.Codes, 1)
		assert.Equal(t, want, got.Codes[0].Code)
	}
}

func TestAnExpansionInPagesIsWhole(t *testing.T) {
	t.Parallel()
	total, most := 5, 2
	server := caller(func(_ context.Context, op fhir.Operation) (fhir.Resource, error) {
		in, err := op.Input.Resource()
		require.NoError(t, err)
		offset := int(in.Get(`parameter.#(name=="offset").valueInteger`).Int())
		var text strings.Builder
		for i := offset; i < min(offset+2, most); i++ {
			fmt.Fprintf(&text, `,{"system":"s","code":"%d","inactive":%t}`, i, i == 1)
		}
		return mustParse(fmt.Sprintf(`{"resourceType":"ValueSet","expansion":{"total":%d,"offset":%d,"contains":[%s]}}`, total, offset, strings.TrimPrefix(text.String(), ","))), nil
	})
	r, err := terminology.NewRemote(terminology.RemoteConfig{Client: server, MaxExpansion: 10})
	require.NoError(t, err)
	_, err = r.Expand(t.Context(), terminology.ExpandRequest{ValueSet: "gap"})
	require.ErrorContains(t, err, "tells of 5 codes and gives 2")
	most = 5
	for range 2 {
		got, err := r.Expand(t.Context(), terminology.ExpandRequest{ValueSet: "v", ActiveOnly: true})
		require.NoError(t, err)
		assert.Len(t, got.Codes, 4, "all but the inactive one")
		assert.Equal(t, 5, got.Total)
	}
	page, err := r.Expand(t.Context(), terminology.ExpandRequest{ValueSet: "v", Offset: 2, Count: 2})
	require.NoError(t, err)
	assert.Len(t, page.Codes, 2, "a page is a page")
	total = 11
	_, err = r.Expand(t.Context(), terminology.ExpandRequest{ValueSet: "huge"})
	require.ErrorContains(t, err, "MaxExpansion")
}
