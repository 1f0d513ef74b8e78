package fhir_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
)

func TestSearchParametersAreWrittenAsTheSpecificationSays(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 12, 0, 0, 5_000_000, time.FixedZone("", 2*3600))
	tests := []struct {
		name  string
		param fhir.Param
		want  string // not percent-encoded
	}{
		{"token", fhir.ByToken("identifier", "urn:mrn", "7"), `identifier=urn:mrn|7`},
		{"token of any system", fhir.ByToken("gender", "", "female"), `gender=female`},
		{"token without system", fhir.By("identifier", fhir.NoSystemValue("7")), `identifier=|7`},
		{"any token of a system", fhir.By("identifier", fhir.SystemValue("urn:mrn")), `identifier=urn:mrn|`},
		{"tokens with reserved characters", fhir.ByToken("identifier", "a|b", `1,2$3\4|5`), `identifier=a\|b|1\,2\$3\\4\|5`},
		{"token, not", fhir.ByToken("status", "", "final").Not(), `status:not=final`},
		{"identifier of a type", fhir.By("identifier", fhir.TypedIdentifierValue("http://t", "MR", "7")).With("of-type"), `identifier:of-type=http://t|MR|7`},
		{"string", fhir.ByString("family", "d'Ávila & Söhne"), `family=d'Ávila & Söhne`},
		{"string, exact", fhir.ByString("family", "Doe").Exact(), `family:exact=Doe`},
		{"string, contains", fhir.ByString("family", "o").Contains(), `family:contains=o`},
		{"string with a comma", fhir.ByString("name", "Doe, Ann"), `name=Doe\, Ann`},
		{"date", fhir.ByDate("birthdate", fhir.Eq, "1980-02"), `birthdate=1980-02`},
		{"date with prefix", fhir.ByDate("birthdate", fhir.Ge, "1980-02-29"), `birthdate=ge1980-02-29`},
		{"date and time", fhir.ByDate("date", fhir.Lt, "2026-03-01T10:00:00+02:00"), `date=lt2026-03-01T10:00:00+02:00`},
		{"time", fhir.ByTime("date", fhir.Sa, at), `date=sa2026-03-01T10:00:00.005Z`},
		{"last updated", fhir.ByLastUpdated(fhir.Gt, at), `_lastUpdated=gt2026-03-01T10:00:00.005Z`},
		{"number", fhir.ByNumber("probability", fhir.Gt, "0.80"), `probability=gt0.80`},
		{"quantity", fhir.ByQuantity("value-quantity", fhir.Le, "5.40", "http://unitsofmeasure.org", "mg"), `value-quantity=le5.40|http://unitsofmeasure.org|mg`},
		{"quantity of a unit", fhir.ByQuantity("value-quantity", fhir.Eq, "5.4", "", "mg"), `value-quantity=5.4||mg`},
		{"quantity of any unit", fhir.ByQuantity("value-quantity", fhir.Ap, "1e-3", "", ""), `value-quantity=ap1e-3`},
		{"reference", fhir.ByReference("subject", "Patient/7"), `subject=Patient/7`},
		{"reference of a type", fhir.ByReference("subject", "7").With("Patient"), `subject:Patient=7`},
		{"reference by identifier", fhir.ByToken("subject", "urn:mrn", "7").With("identifier"), `subject:identifier=urn:mrn|7`},
		{"URI", fhir.ByURI("url", "http://x/y?a=1,2"), `url=http://x/y?a=1\,2`},
		{"URI, below", fhir.ByURI("url", "http://x/").With("below"), `url:below=http://x/`},
		{"canonical", fhir.By("url", fhir.CanonicalValue("http://x/vs", "1.0")), `url=http://x/vs|1.0`},
		{"missing", fhir.ByMissing("gender", true), `gender:missing=true`},
		{"ids", fhir.ByID("1", "2"), `_id=1,2`},
		{"one or the other", fhir.AnyOf(fhir.ByToken("status", "", "final"), fhir.ByToken("status", "", "amended")), `status=final,amended`},
		{
			"composite", fhir.ByComposite("code-value-quantity", fhir.TokenValue("http://loinc.org", "8480-6"), fhir.QuantityValue(fhir.Gt, "140", "", "")),
			`code-value-quantity=http://loinc.org|8480-6$gt140`,
		},
		{"chain", fhir.Chain("subject:Patient", fhir.ByString("name", "Ann")), `subject:Patient.name=Ann`},
		{"chain of two", fhir.Chain("encounter", fhir.Chain("subject", fhir.ByToken("identifier", "urn:mrn", "7"))), `encounter.subject.identifier=urn:mrn|7`},
		{"has", fhir.Has("Observation", "patient", fhir.ByToken("code", "http://loinc.org", "8867-4")), `_has:Observation:patient:code=http://loinc.org|8867-4`},
		{
			"has of has", fhir.Has("Observation", "patient", fhir.Has("AuditEvent", "entity", fhir.ByToken("agent", "", "u"))),
			`_has:Observation:patient:_has:AuditEvent:entity:agent=u`,
		},
		{"include", fhir.Include("Observation:subject:Patient"), `_include=Observation:subject:Patient`},
		{"include on and on", fhir.Include("Location:partof").With("iterate"), `_include:iterate=Location:partof`},
		{"revinclude of everything", fhir.RevInclude("Provenance:*"), `_revinclude=Provenance:*`},
		{"sort", fhir.SortBy("-date", "_id"), `_sort=-date,_id`},
		{"elements", fhir.Elements("id", "name").Param, `_elements=id,name`},
		{"summary", fhir.Summary(fhir.SummaryData).Param, `_summary=data`},
		{"total", fhir.Total(fhir.TotalAccurate), `_total=accurate`},
		{"page size", fhir.PageSize(50), `_count=50`},
		{"raw", fhir.ByRaw("_type", "Patient,Observation"), `_type=Patient,Observation`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			encoded, err := fhir.Where(tt.param).Encode()
			require.NoError(t, err)
			plain, err := url.QueryUnescape(encoded)
			require.NoError(t, err)
			assert.Equal(t, tt.want, plain)
			assert.NotContains(t, encoded, " ")
			back, err := fhir.ParseQuery(encoded)
			require.NoError(t, err)
			again, err := back.Encode()
			require.NoError(t, err)
			assert.Equal(t, encoded, again, "a query that is read says the same")
		})
	}
}

func TestParametersThatWouldFindEverybodyAreRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]fhir.Param{
		"an empty code":             fhir.ByToken("identifier", "urn:mrn", ""),
		"an empty system":           fhir.By("identifier", fhir.SystemValue("")),
		"an empty text":             fhir.ByString("name", ""),
		"blanks":                    fhir.ByString("name", " \t"),
		"no values":                 fhir.By("name"),
		"an empty raw value":        fhir.ByRaw("name", ""),
		"no ids":                    fhir.ByID(),
		"an empty id among others":  fhir.ByID("1", ""),
		"an empty reference":        fhir.ByReference("subject", ""),
		"an empty URI":              fhir.ByURI("url", ""),
		"a version of nothing":      fhir.By("url", fhir.CanonicalValue("", "1")),
		"no name":                   fhir.ByString("", "x"),
		"a name with a query in it": fhir.ByString("name=x&y", "x"),
		"a date that is none":       fhir.ByDate("date", fhir.Eq, "1.3.2026"),
		"a prefix within a date":    fhir.ByDate("date", fhir.Eq, "ge2026"),
		"an unknown prefix":         fhir.ByDate("date", "xx", "2026"),
		"no time":                   fhir.ByTime("date", fhir.Ge, time.Time{}),
		"a number that is none":     fhir.ByNumber("n", fhir.Eq, "1,5"),
		"a unit of no number":       fhir.ByQuantity("q", fhir.Eq, "", "", "mg"),
		"a system without unit":     fhir.ByQuantity("q", fhir.Eq, "1", "http://x", ""),
		"half a composite":          fhir.ByComposite("c", fhir.TokenValue("", "x")),
		"a composite with a hole":   fhir.ByComposite("c", fhir.TokenValue("", "x"), fhir.TokenValue("", "")),
		"values of two names":       fhir.AnyOf(fhir.ByToken("a", "", "1"), fhir.ByToken("b", "", "2")),
		"a hole among values":       fhir.AnyOf(fhir.ByToken("a", "", "1"), fhir.ByToken("a", "", "")),
		"none of nothing":           fhir.AnyOf(),
		"a chain of nothing":        fhir.Chain("", fhir.ByString("name", "x")),
		"has of no type":            fhir.Has("observation", "patient", fhir.ByToken("code", "", "x")),
		"an empty modifier":         fhir.ByString("name", "x").With(""),
		"an include of anything":    fhir.Include("subject"),
		"elements of nothing":       fhir.Elements().Param,
		"a page of less":            fhir.PageSize(-1),
	}
	for name, param := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := fhir.Where(fhir.ByToken("active", "", "true"), param).Encode()
			var argument *fhir.ArgumentError
			require.ErrorAs(t, err, &argument)
			client, w := connect(t, answers(says(200, annJSON)))
			_, err = client.SearchPage(t.Context(), "Patient", param)
			require.ErrorAs(t, err, &argument)
			assert.Empty(t, w.requests())
		})
	}
}

func TestQueriesAreReadFromText(t *testing.T) {
	t.Parallel()
	q, err := fhir.ParseQuery("?identifier=urn:mrn|7&name:exact=Ann+D%27oe&&active=true")
	require.NoError(t, err)
	encoded, err := q.Encode()
	require.NoError(t, err)
	assert.Equal(t, "identifier=urn%3Amrn%7C7&name:exact=Ann+D%27oe&active=true", encoded)
	for _, bad := range []string{"identifier=", "identifier", "a=%zz", "%zz=a", "a b=c"} {
		_, err := fhir.ParseQuery(bad)
		require.Error(t, err, bad)
	}
}

const emptySet = `{"resourceType":"Bundle","type":"searchset","total":0}`

func TestSearchGoesToTheRightAddress(t *testing.T) {
	t.Parallel()
	byName := fhir.ByString("name", "Ann")
	tests := []struct {
		name string
		typ  string
		opts []fhir.SearchOption
		want sent
	}{
		{"of a type", "Patient", []fhir.SearchOption{byName}, sent{Method: "GET", URL: "/Patient?name=Ann"}},
		{"of everything of a type", "Patient", nil, sent{Method: "GET", URL: "/Patient"}},
		{"of all types", "", []fhir.SearchOption{fhir.ByRaw("_type", "Patient")}, sent{Method: "GET", URL: "?_type=Patient"}},
		{"in a compartment", "Observation", []fhir.SearchOption{fhir.InCompartment("Patient", "7")}, sent{Method: "GET", URL: "/Patient/7/Observation"}},
		{"by POST", "Patient", []fhir.SearchOption{fhir.Where(byName), fhir.ByPost()}, sent{Method: "POST", URL: "/Patient/_search", Body: "name=Ann"}},
		{"of all types by POST", "", []fhir.SearchOption{byName, fhir.ByPost()}, sent{Method: "POST", URL: "/_search", Body: "name=Ann"}},
		{
			"in a compartment by POST", "Observation",
			[]fhir.SearchOption{byName, fhir.InCompartment("Patient", "7"), fhir.ByPost()},
			sent{Method: "POST", URL: "/Patient/7/Observation/_search", Body: "name=Ann"},
		},
		{
			"that is too long for a URL", "Patient",
			[]fhir.SearchOption{fhir.ByString("name", strings.Repeat("x", 5000))},
			sent{Method: "POST", URL: "/Patient/_search", Body: "name=" + strings.Repeat("x", 5000)},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			client, w := connect(t, answers(says(200, emptySet)))
			_, err := client.SearchPage(t.Context(), tt.typ, append(tt.opts, fhir.Fresh(), fhir.Handling("lenient"))...)
			require.NoError(t, err)
			got := w.last()
			assert.Equal(t, "no-cache", got.Header.Get("Cache-Control"))
			assert.Equal(t, "handling=lenient", got.Header.Get("Prefer"))
			if tt.want.Method == http.MethodPost {
				assert.Equal(t, "application/x-www-form-urlencoded", got.Header.Get("Content-Type"))
			}
			got.Header, got.URL = nil, strings.TrimPrefix(got.URL, serverURL)
			assert.Equal(t, tt.want, got)
		})
	}
}

func TestSearchOneWantsOne(t *testing.T) {
	t.Parallel()
	bundle := func(n int) string {
		entries := strings.TrimSuffix(strings.Repeat(`{"resource":`+annJSON+`,"search":{"mode":"match"}},`, n), ",")
		return `{"resourceType":"Bundle","type":"searchset","entry":[` + entries + `]}`
	}
	client, w := connect(t, answers(says(200, bundle(1)), says(200, bundle(0)), says(200, bundle(2))))
	q := fhir.Where(fhir.ByToken("identifier", "urn:mrn", "7"))
	r, err := client.SearchOne(t.Context(), "Patient", q)
	require.NoError(t, err)
	assert.Equal(t, "7", r.ID())
	assert.Contains(t, w.last().URL, "_count=2")
	_, err = client.SearchOne(t.Context(), "Patient", q)
	require.ErrorIs(t, err, fhir.ErrNotFound)
	_, err = client.SearchOne(t.Context(), "Patient", q, fhir.PageSize(10))
	require.ErrorIs(t, err, fhir.ErrMultipleMatches)
	assert.Contains(t, w.last().URL, "_count=10")
	assert.NotContains(t, w.last().URL, "_count=2")
}

func TestCountAsksForTheCountOnly(t *testing.T) {
	t.Parallel()
	client, w := connect(t, answers(says(200, `{"resourceType":"Bundle","type":"searchset","total":41}`), says(200, `{"resourceType":"Bundle","type":"searchset"}`)))
	n, err := client.Count(t.Context(), "Patient", fhir.ByToken("active", "", "true"))
	require.NoError(t, err)
	assert.Equal(t, 41, n)
	assert.Equal(t, serverURL+"/Patient?active=true&_summary=count", w.last().URL)
	_, err = client.Count(t.Context(), "Patient")
	var response *fhir.ResponseError
	require.ErrorAs(t, err, &response)
}

func FuzzParseQuery(f *testing.F) {
	f.Add("identifier=urn:mrn|7&name:exact=Ann+Doe")
	f.Add("_has:Observation:patient:code=a%2Cb")
	f.Fuzz(func(t *testing.T, raw string) {
		q, err := fhir.ParseQuery(raw)
		if err != nil {
			return
		}
		first, err := q.Encode()
		if err != nil {
			t.Fatalf("a query that was read cannot be written: %v", err)
		}
		again, err := fhir.ParseQuery(first)
		if err != nil {
			t.Fatalf("a query that was written cannot be read: %v", err)
		}
		if second, _ := again.Encode(); first != second {
			t.Fatalf("%q became %q", first, second)
		}
	})
}
