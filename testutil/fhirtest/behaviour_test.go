package fhirtest_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/testutil/fhirtest"
)

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	for _, opts := range []fhirtest.Options{
		{Flavour: "other"}, {BasePath: "fhir"}, {BasePath: "/fhir/"}, {PageSize: -1}, {PageSize: 10, MaxPageSize: 5}, {MaxBody: -1},
	} {
		_, err := fhirtest.Start(opts)
		require.Error(t, err, "%+v", opts)
	}
}

func TestTwoServersShareNothing(t *testing.T) {
	t.Parallel()
	a, b := fhirtest.New(t, fhirtest.Options{}), fhirtest.New(t, fhirtest.Options{BasePath: "/r4"})
	_, err := a.Seed(`{"resourceType":"Patient","id":"x"}`)
	require.NoError(t, err)
	_, ok := b.Resource("Patient/x")
	require.False(t, ok)
	require.True(t, strings.HasSuffix(b.URL, "/r4"))
	require.Equal(t, http.StatusNotFound, send(t, b, http.MethodGet, "/Patient/x", "").status)
}

func TestSeedsAreReadBack(t *testing.T) {
	t.Parallel()
	s := fhirtest.New(t, fhirtest.Options{})
	refs, err := s.Seed(`{"resourceType":"Patient","id":"p","gender":"woman","colour":"blue"}`, `{"resourceType":"Group"}`)
	require.NoError(t, err)
	require.Equal(t, "Patient/p", refs[0])
	got, ok := s.Resource(refs[1])
	require.True(t, ok)
	require.Equal(t, "Group", got.Type())
	_, err = s.Seed(`{"resourceType":"Patient","id":"p","active":true}`, `{"resourceType":"Nothing"}`)
	require.ErrorContains(t, err, "seed, resource 1")
	versions := s.Versions("Patient/p")
	require.Len(t, versions, 2)
	require.Equal(t, "2", versions[1].Resource.VersionID())
	send(t, s, http.MethodDelete, "/Patient/p", "")
	require.True(t, s.Versions("Patient/p")[2].Deleted)
	_, ok = s.Resource("Patient/p")
	require.False(t, ok)
	s.Reset()
	require.Empty(t, s.Resources("Group"))
	require.Empty(t, s.Requests())
}

func TestForgottenPagesAreGone(t *testing.T) {
	t.Parallel()
	s := fhirtest.New(t, fhirtest.Options{PageSize: 1})
	_, err := s.Seed(`{"resourceType":"Patient"}`, `{"resourceType":"Patient"}`)
	require.NoError(t, err)
	next := send(t, s, http.MethodGet, "/Patient", "").get(`link.#(relation=="next").url`).String()
	require.Equal(t, http.StatusOK, send(t, s, http.MethodGet, next, "").status)
	s.Forget()
	require.Equal(t, http.StatusGone, send(t, s, http.MethodGet, next, "").status)
}

func TestTheSearchCacheOfHAPIPasses(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s := fhirtest.New(t, fhirtest.Options{Flavour: fhirtest.HAPI, Clock: func() time.Time { return now }})
	total := func(header ...string) int64 {
		return send(t, s, http.MethodGet, "/Patient?family=x", "", header...).get("total").Int()
	}
	require.Zero(t, total())
	_, err := s.Seed(`{"resourceType":"Patient","name":[{"family":"X"}]}`)
	require.NoError(t, err)
	require.Zero(t, total(), "from the cache")
	require.Equal(t, int64(1), total("Cache-Control", "no-cache"))
	now = now.Add(2 * time.Minute)
	require.Equal(t, int64(1), total())
}

func TestTheValidatorIsAsked(t *testing.T) {
	t.Parallel()
	var asked []string
	s := fhirtest.New(t, fhirtest.Options{ValidateWrites: true, Validate: func(_ context.Context, r fhir.Resource, profiles []string) (fhir.OperationOutcome, error) {
		asked = append(asked, profiles...)
		if r.Get("gender").String() == "unknown" {
			return fhir.OperationOutcome{Issues: []fhir.Issue{{
				Severity: fhir.SeverityError, Code: fhir.IssueInvariant, Details: "who is it?", Expression: []string{"Patient.gender"},
			}}}, nil
		}
		return fhir.OperationOutcome{}, nil
	}})
	refused := send(t, s, http.MethodPost, "/Patient", `{"resourceType":"Patient","gender":"unknown"}`)
	require.Equal(t, http.StatusUnprocessableEntity, refused.status)
	require.Equal(t, "invariant", refused.get("issue.0.code").String())
	require.Equal(t, "Patient.gender", refused.get("issue.0.expression.0").String())
	found := send(t, s, http.MethodPost, "/Patient/$validate?profile=http://example.org/p", `{"resourceType":"Patient","gender":"unknown"}`)
	require.Equal(t, http.StatusOK, found.status)
	require.Equal(t, "who is it?", found.get("issue.0.details.text").String())
	require.Equal(t, []string{"http://example.org/p"}, asked)
	require.Equal(t, http.StatusCreated, send(t, s, http.MethodPost, "/Patient", `{"resourceType":"Patient","gender":"male"}`).status)
}

func TestProblemsAreToldWithElementAndPlace(t *testing.T) {
	t.Parallel()
	s := fhirtest.New(t, fhirtest.Options{})
	r := send(t, s, http.MethodPost, "/Patient", "{\"resourceType\":\"Patient\",\n \"colour\":\"blue\",\n \"birthDate\":\"yesterday\"}")
	require.Equal(t, http.StatusBadRequest, r.status)
	require.Equal(t, "Patient.colour", r.get("issue.0.expression.0").String())
	require.Equal(t, "line 2, column 11", r.get("issue.0.location.0").String())
	require.Equal(t, "Patient.birthDate", r.get("issue.1.expression.0").String())
	require.NotContains(t, r.body, "yesterday", "no values in outcomes")
}

func TestReferencesAreCheckedWhenAskedFor(t *testing.T) {
	t.Parallel()
	s := fhirtest.New(t, fhirtest.Options{References: true})
	dangling := send(t, s, http.MethodPost, "/Observation", `{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/none"}}`)
	require.Equal(t, http.StatusUnprocessableEntity, dangling.status)
	require.Equal(t, "Observation.subject", dangling.get("issue.0.expression.0").String())
	_, err := s.Seed(`{"resourceType":"Patient","id":"p"}`, `{"resourceType":"Observation","subject":{"reference":"Patient/p"}}`)
	require.NoError(t, err)
	require.Equal(t, http.StatusConflict, send(t, s, http.MethodDelete, "/Patient/p", "").status)
	_, ok := s.Resource("Patient/p")
	require.True(t, ok)
}

func TestSubscriptionsAreTold(t *testing.T) {
	t.Parallel()
	calls := make(chan string, 10)
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		calls <- r.Method + " " + r.URL.Path + " " + r.Header.Get("X-Key") + " " + string(body)
		if err != nil || r.URL.Path == "/fail" {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	defer hook.Close()
	s := fhirtest.New(t, fhirtest.Options{})
	for _, channel := range []string{
		`"endpoint":"` + hook.URL + `/full","payload":"application/fhir+json","header":["X-Key: k"]`, `"endpoint":"` + hook.URL + `/fail"`,
	} {
		r := send(t, s, http.MethodPost, "/Subscription", `{"resourceType":"Subscription","status":"requested","reason":"r","criteria":"Patient?gender=male","channel":{"type":"rest-hook",`+channel+`}}`)
		require.Equal(t, http.StatusCreated, r.status, r.body)
		require.Equal(t, "active", send(t, s, http.MethodGet, "/Subscription/"+r.get("id").String(), "").get("status").String())
	}
	send(t, s, http.MethodPut, "/Patient/f", `{"resourceType":"Patient","id":"f","gender":"female"}`)
	send(t, s, http.MethodPut, "/Patient/m", `{"resourceType":"Patient","id":"m","gender":"male"}`)
	sent := s.Notifications()
	require.Len(t, sent, 2)
	require.ElementsMatch(t, []int{http.StatusOK, http.StatusInternalServerError}, []int{sent[0].Status, sent[1].Status})
	got := []string{<-calls, <-calls}
	require.Contains(t, strings.Join(got, "\n"), "PUT /full/Patient/m k {")
	require.Contains(t, got, "POST /fail  ")
}

func TestAnExportIsPolledAndFetched(t *testing.T) {
	t.Parallel()
	for _, flavour := range []fhirtest.Flavour{fhirtest.Strict, fhirtest.HAPI} {
		t.Run(string(flavour), func(t *testing.T) {
			t.Parallel()
			s := fhirtest.New(t, fhirtest.Options{Flavour: flavour, ExportPolls: 2})
			_, err := s.Seed(`{"resourceType":"Patient","id":"a"}`, `{"resourceType":"Patient","id":"b"}`, `{"resourceType":"Group","id":"g","type":"person","actual":true}`)
			require.NoError(t, err)
			started := send(t, s, http.MethodGet, "/$export?_type=Patient", "", "Prefer", "respond-async")
			require.Equal(t, http.StatusAccepted, started.status)
			status := started.header.Get("Content-Location")
			for range 2 {
				r := send(t, s, http.MethodGet, status, "")
				require.Equal(t, http.StatusAccepted, r.status)
				require.NotEmpty(t, r.header.Get("Retry-After"))
			}
			done := send(t, s, http.MethodGet, status, "")
			require.Equal(t, http.StatusOK, done.status)
			require.Len(t, done.get("output").Array(), 1)
			file := send(t, s, http.MethodGet, done.get("output.0.url").String(), "", "Accept", "application/fhir+ndjson")
			require.Equal(t, "application/fhir+ndjson", file.header.Get("Content-Type"))
			require.Equal(t, 2, strings.Count(file.body, "\n"))
			require.Equal(t, http.StatusAccepted, send(t, s, http.MethodDelete, status, "").status)
			require.Equal(t, http.StatusNotFound, send(t, s, http.MethodGet, status, "").status)
		})
	}
}

func TestMatchGradesWhatItFinds(t *testing.T) {
	t.Parallel()
	s := fhirtest.New(t, fhirtest.Options{})
	_, err := s.Seed(
		`{"resourceType":"Patient","id":"same","identifier":[{"system":"s","value":"1"}],"name":[{"family":"X"}]}`,
		`{"resourceType":"Patient","id":"like","name":[{"family":"Doe","given":["Ann"]}],"birthDate":"1980-01-01","gender":"female"}`,
		`{"resourceType":"Patient","id":"unlike","name":[{"family":"Roe"}],"gender":"female"}`)
	require.NoError(t, err)
	ask := `{"resourceType":"Parameters","parameter":[{"name":"resource","resource":{"resourceType":"Patient","identifier":[{"system":"s","value":"1"}],
		"name":[{"family":"Doe","given":["Ann"]}],"birthDate":"1980-01-01","gender":"female"}}CERTAIN]}`
	r := send(t, s, http.MethodPost, "/Patient/$match", strings.ReplaceAll(ask, "CERTAIN", ""))
	require.Equal(t, `["same","like"]`, r.get("entry.#.resource.id").Raw)
	require.Equal(t, `["certain","probable"]`, r.get("entry.#.search.extension.0.valueCode").Raw)
	r = send(t, s, http.MethodPost, "/Patient/$match", strings.ReplaceAll(ask, "CERTAIN", `,{"name":"onlyCertainMatches","valueBoolean":true}`))
	require.Equal(t, `["same"]`, r.get("entry.#.resource.id").Raw)
}

func TestBodiesAreBounded(t *testing.T) {
	t.Parallel()
	s := fhirtest.New(t, fhirtest.Options{MaxBody: 100})
	r := send(t, s, http.MethodPost, "/Patient", `{"resourceType":"Patient","id":"`+strings.Repeat("x", 200)+`"}`)
	require.Equal(t, http.StatusRequestEntityTooLarge, r.status)
}

func TestAHandlerNeedsNoNetwork(t *testing.T) {
	t.Parallel()
	s, err := fhirtest.NewHandler(fhirtest.Options{})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	rec := httptest.NewRecorder()
	s.Handler().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/fhir/metadata", http.NoBody))
	require.Equal(t, http.StatusOK, rec.Code)
}

func TestABundleInABundleIsRefused(t *testing.T) {
	t.Parallel()
	for _, flavour := range []fhirtest.Flavour{fhirtest.Strict, fhirtest.HAPI} {
		s := fhirtest.New(t, fhirtest.Options{Flavour: flavour})
		const inner = `{"request":{"method":"POST","url":"/"},"resource":{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"POST","url":"Patient"},"resource":{"resourceType":"Patient"}}]}}`
		r := send(t, s, http.MethodPost, "", `{"resourceType":"Bundle","type":"transaction","entry":[`+inner+`]}`)
		require.Equal(t, http.StatusBadRequest, r.status)
		r = send(t, s, http.MethodPost, "", `{"resourceType":"Bundle","type":"batch","entry":[`+inner+`]}`)
		require.Equal(t, http.StatusOK, r.status)
		require.Contains(t, r.get("entry.0.response.status").String(), "400")
		require.Empty(t, s.Resources("Patient"))
	}
}

// Whatever comes, the server answers: JSON with a resource, or nothing.
func FuzzHandler(f *testing.F) {
	for _, seed := range [][3]string{
		{"POST", "/Patient", `{"resourceType":"Patient","name":[{"family":"x"}]}`},
		{"PUT", "/Patient/a?b=c", `{"resourceType":"Patient","id":"a","meta":{"tag":[{}]}}`},
		{"PATCH", "/Patient/p", `[{"op":"add","path":"/name/0/given/-","value":"x"}]`},
		{"PATCH", "/Patient/p", `{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"delete"},{"name":"path","valueString":"Patient.name"}]}]}`},
		{"POST", "", `{"resourceType":"Bundle","type":"transaction","entry":[{"fullUrl":"urn:uuid:1","request":{"method":"PUT","url":"Patient?family=x"},"resource":{"resourceType":"Patient"}}]}`},
		{"POST", "/Patient/$validate", `{"resourceType":"Parameters","parameter":[{"name":"resource","resource":{"resourceType":"Patient"}}]}`},
		{"POST", "/Subscription", `{"resourceType":"Subscription","status":"requested","reason":"x","criteria":"Patient?","channel":{"type":"rest-hook"}}`},
		{"GET", "/Patient?_has:Observation:subject:code=1&_include=*&_sort=-family&_elements=name", ""},
		{"GET", "/Patient/p/$everything?_count=1", ""},
		{"POST", "/Patient/p/$meta-add", `{"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":{"tag":[{"code":"x"}]}}]}`},
		{"POST", "/ValueSet/$expand", `{"resourceType":"Parameters","parameter":[{"name":"url","valueUri":"http://hl7.org/fhir/ValueSet/administrative-gender"}]}`},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, method, path, body string) {
		for _, flavour := range []fhirtest.Flavour{fhirtest.Strict, fhirtest.HAPI} {
			s, err := fhirtest.NewHandler(fhirtest.Options{Flavour: flavour})
			require.NoError(t, err)
			_, err = s.Seed(`{"resourceType":"Patient","id":"p","name":[{"family":"x"}]}`, `{"resourceType":"Observation","subject":{"reference":"Patient/p"}}`)
			require.NoError(t, err)
			r, err := http.NewRequestWithContext(t.Context(), method, "http://server/fhir"+path, strings.NewReader(body))
			if err != nil {
				return
			}
			r.RequestURI = r.URL.RequestURI()
			for _, contentType := range []string{"application/fhir+json", "application/json-patch+json", "application/fhir+xml"} {
				r.Header.Set("Content-Type", contentType)
				r.Body = io.NopCloser(strings.NewReader(body))
				rec := httptest.NewRecorder()
				s.Handler().ServeHTTP(rec, r)
				if rec.Body.Len() > 0 && strings.Contains(rec.Header().Get("Content-Type"), "json") {
					_, err := fhir.Parse(rec.Body.Bytes())
					require.NoError(t, err, rec.Body.String())
				}
			}
			s.Close()
		}
	})
}
