package dhis2test_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/dhis2test"
)

const patient = `{"trackedEntities":[{
	"trackedEntity":"GzM5NSbpoxx","trackedEntityType":"peOCoLO91lG","orgUnit":"lgY4CHs5HtP",
	"attributes":[{"attribute":"iPWPq2EJtIk","value":"ሰላም"},{"attribute":"GOCQVgGQGEU","value":"Okello"},
		{"attribute":"XhXpL2WqB15","value":"NID-1"}],
	"enrollments":[{"enrollment":"toxdZQNeSuL","program":"sBSRMACZJOQ","orgUnit":"lgY4CHs5HtP","enrolledAt":"2026-01-05",
		"attributes":[{"attribute":"lXXkJgofAcb","value":"2025-12-30"}],
		"events":[{"event":"pvRERiwgpCQ","program":"sBSRMACZJOQ","programStage":"F3GRYA6dGir","orgUnit":"lgY4CHs5HtP",
			"occurredAt":"2026-01-05","dataValues":[{"dataElement":"SyY2t3MmAHo","value":"3.4"}]}]}]}]}`

type answer struct {
	status int
	header http.Header
	body   []byte
}

// json reads a value of the answer; the answer must be JSON.
func (a answer) json(t *testing.T) map[string]any {
	t.Helper()
	var v map[string]any
	require.NoError(t, json.Unmarshal(a.body, &v), "%s", a.body)
	return v
}

func do(t *testing.T, s *dhis2test.Server, method, path, body string, headers ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	require.NoError(t, err)
	r.SetBasicAuth("admin", "district")
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Del(headers[i])
		if headers[i+1] != "" {
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	content, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return answer{resp.StatusCode, resp.Header, content}
}

func importSync(t *testing.T, s *dhis2test.Server, body string) answer {
	t.Helper()
	return do(t, s, http.MethodPost, "/api/tracker?async=false", body)
}

func TestImportedObjectsAreReadBack(t *testing.T) {
	t.Parallel()
	s := dhis2test.New(t, dhis2test.Options{})

	require.Equal(t, http.StatusOK, importSync(t, s, patient).status)
	require.Equal(t, http.StatusOK, importSync(t, s, patient).status, "the same again is an update")

	stored := s.TrackedEntities()
	require.Len(t, stored, 1)
	assert.Equal(t, "ሰላም", stored[0].Attributes["iPWPq2EJtIk"])
	assert.Equal(t, "2025-12-30", stored[0].Attributes["lXXkJgofAcb"], "enrollment attributes belong to the entity")
	require.Len(t, stored[0].Enrollments, 1)
	assert.Equal(t, "2026-01-04T21:00:00Z", stored[0].Enrollments[0].EnrolledAt.UTC().Format("2006-01-02T15:04:05Z"),
		"a date without a zone is in the server's")
	require.Len(t, stored[0].Enrollments[0].Events, 1)
	assert.Equal(t, "3.4", s.Events()[0].DataValues["SyY2t3MmAHo"])

	requests := s.Requests()
	require.Len(t, requests, 2)
	assert.Equal(t, "/api/tracker", requests[0].Path)
	assert.Equal(t, "async=false", requests[0].Query)
	assert.JSONEq(t, patient, string(requests[0].Body))
}

func TestTwoServersShareNothing(t *testing.T) {
	t.Parallel()
	a, b := dhis2test.New(t, dhis2test.Options{}), dhis2test.New(t, dhis2test.Options{})

	require.Equal(t, http.StatusOK, importSync(t, a, patient).status)

	assert.Len(t, a.TrackedEntities(), 1)
	assert.Empty(t, b.TrackedEntities())
	assert.Empty(t, b.Requests())
}

func TestCredentialsAreChecked(t *testing.T) {
	t.Parallel()
	s := dhis2test.New(t, dhis2test.Options{})
	token := s.AddToken("ohm")
	require.Len(t, token, 54)
	other := dhis2test.New(t, dhis2test.Options{})
	other.AddToken("ohm")
	foreign := other.AddToken("ohm")
	lastDigit := "0"
	if strings.HasSuffix(token, lastDigit) {
		lastDigit = "1"
	}
	for name, c := range map[string]struct {
		headers []string
		status  int
		message string
	}{
		"basic":                     {nil, http.StatusOK, ""},
		"wrong password":            {[]string{"Authorization", "Basic YWRtaW46eA=="}, http.StatusUnauthorized, "Unauthorized"},
		"nothing":                   {[]string{"Authorization", ""}, http.StatusFound, ""},
		"unknown scheme":            {[]string{"Authorization", "Bearer x"}, http.StatusFound, ""},
		"nothing, X-Requested-With": {[]string{"Authorization", "", "X-Requested-With", "XMLHttpRequest"}, http.StatusUnauthorized, "Unauthorized"},
		"token":                     {[]string{"Authorization", "ApiToken " + token}, http.StatusOK, ""},
		"token, lower-case scheme":  {[]string{"Authorization", "apitoken " + token}, http.StatusOK, ""},
		"token with a typo": {
			[]string{"Authorization", "ApiToken " + token[:len(token)-1] + lastDigit},
			http.StatusBadRequest, "Checksum validation failed",
		},
		"token nobody has": {
			[]string{"Authorization", "ApiToken " + foreign},
			http.StatusUnauthorized, "The API token does not exists",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := do(t, s, http.MethodGet, "/api/me", "", c.headers...)
			assert.Equal(t, c.status, got.status)
			if c.status == http.StatusFound {
				assert.Equal(t, s.URL+"/dhis-web-login/", got.header.Get("Location"))
			} else if c.message != "" {
				assert.Equal(t, c.message, got.json(t)["message"])
			} else {
				assert.Contains(t, got.json(t), "username")
			}
		})
	}
}

func TestFailuresAreMadeToOrder(t *testing.T) {
	t.Parallel()
	s := dhis2test.New(t, dhis2test.Options{})

	s.Fail(1, http.StatusServiceUnavailable)
	s.Fail(1, http.StatusInternalServerError)
	first, second, third := importSync(t, s, patient), importSync(t, s, patient), importSync(t, s, patient)

	assert.Equal(t, http.StatusServiceUnavailable, first.status)
	assert.Equal(t, "1", first.header.Get("Retry-After"))
	assert.Contains(t, string(first.body), "<html")
	assert.Equal(t, http.StatusInternalServerError, second.status)
	assert.EqualValues(t, 500, second.json(t)["httpStatusCode"])
	assert.Equal(t, http.StatusOK, third.status)
}

func TestInterceptSeesTheBodyAndMayAnswer(t *testing.T) {
	t.Parallel()
	s := dhis2test.New(t, dhis2test.Options{})
	s.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		body, err := io.ReadAll(r.Body)
		if err != nil || !strings.Contains(string(body), "NID-1") {
			return false
		}
		w.WriteHeader(http.StatusTeapot)
		return true
	})

	assert.Equal(t, http.StatusTeapot, importSync(t, s, patient).status)
	assert.Equal(t, http.StatusOK, importSync(t, s, strings.ReplaceAll(patient, "NID-1", "NID-2")).status,
		"the server reads the body the interceptor has read")
	s.Intercept(nil)
	assert.Len(t, s.TrackedEntities(), 1)
}

func TestAnAsyncImportLeavesAJobWithAReport(t *testing.T) {
	t.Parallel()
	s := dhis2test.New(t, dhis2test.Options{})

	accepted := do(t, s, http.MethodPost, "/api/tracker", strings.ReplaceAll(patient, "Okello", ""))
	require.Equal(t, http.StatusOK, accepted.status, "accepted, whatever comes of it")
	response, _ := accepted.json(t)["response"].(map[string]any)
	id, _ := response["id"].(string)
	assert.Equal(t, s.URL+"/tracker/jobs/"+id, response["location"], "without /api")

	s.WaitJobs()
	report := do(t, s, http.MethodGet, "/api/tracker/jobs/"+id+"/report", "")
	assert.Equal(t, http.StatusOK, report.status)
	assert.Equal(t, "ERROR", report.json(t)["status"])
	job := do(t, s, http.MethodGet, "/api/tracker/jobs/"+id, "")
	assert.Contains(t, string(job.body), `"completed":true`)
	unknown := do(t, s, http.MethodGet, "/api/tracker/jobs/zzzzzzzzzzz", "")
	assert.Equal(t, "[]", string(unknown.body))
	assert.Equal(t, http.StatusNotFound, do(t, s, http.MethodGet, "/api/tracker/jobs/zzzzzzzzzzz/report", "").status)
}

func TestEntitiesAreFoundByFilterAndUID(t *testing.T) {
	t.Parallel()
	s := dhis2test.New(t, dhis2test.Options{})
	require.Equal(t, http.StatusOK, importSync(t, s, patient).status)

	for query, want := range map[string]int{
		"program=sBSRMACZJOQ&filter=XhXpL2WqB15:eq:nid-1":                                            1,
		"program=sBSRMACZJOQ&filter=XhXpL2WqB15:eq:NID-2":                                            0,
		"program=sBSRMACZJOQ&filter=XhXpL2WqB15:in:NID-1;NID-2":                                      1,
		"program=HhEVINQlTfG":                                                                        0,
		"trackedEntityType=peOCoLO91lG&filter=SHtHqekbvRu:null":                                      1,
		"trackedEntityType=peOCoLO91lG&filter=SHtHqekbvRu":                                           0,
		"trackedEntityType=peOCoLO91lG&filter=GOCQVgGQGEU:sw:Ok:ew:lo,XhXpL2WqB15":                   1,
		"trackedEntities=GzM5NSbpoxx,zzzzzzzzzzz":                                                    1,
		"trackedEntities=zzzzzzzzzzz":                                                                0,
		"trackedEntityType=peOCoLO91lG&orgUnits=lgY4CHs5HtP":                                         1,
		"trackedEntityType=peOCoLO91lG&orgUnits=na7iT2VcmdU":                                         0,
		"trackedEntityType=peOCoLO91lG&orgUnits=na7iT2VcmdU&orgUnitMode=DESCENDANTS&totalPages=true": 1,
	} {
		t.Run(query, func(t *testing.T) {
			t.Parallel()
			path := "/api/tracker/trackedEntities?" + strings.NewReplacer(";", url.QueryEscape(";")).Replace(query)
			got := do(t, s, http.MethodGet, path, "")
			require.Equal(t, http.StatusOK, got.status, "%s", got.body)
			assert.Len(t, got.json(t)["trackedEntities"], want)
		})
	}
}

func TestWhatIsNotCoveredSaysSo(t *testing.T) {
	t.Parallel()
	s := dhis2test.New(t, dhis2test.Options{})
	for _, path := range []string{"/api/analytics?dimension=dx:x", "/api/eventHooks", "/api/routes/x/run"} {
		got := do(t, s, http.MethodGet, path, "")
		assert.Equal(t, http.StatusNotImplemented, got.status, path)
		assert.Contains(t, got.json(t)["message"], "dhis2test does not cover")
	}
	assert.Equal(t, http.StatusNotFound, do(t, s, http.MethodGet, "/api/nothingHere", "").status)
}

func TestSeedAddsMetadataForTheNextImport(t *testing.T) {
	t.Parallel()
	s := dhis2test.New(t, dhis2test.Options{})
	elsewhere := strings.ReplaceAll(patient, "lgY4CHs5HtP", "aaaaaaaaaaa")
	require.Equal(t, http.StatusConflict, importSync(t, s, elsewhere).status)

	require.NoError(t, s.Seed([]byte(`{"organisationUnits":[{"id":"aaaaaaaaaaa","parent":{"id":"na7iT2VcmdU"}}],
		"programs":[{"id":"sBSRMACZJOQ","programType":"WITH_REGISTRATION","trackedEntityType":{"id":"peOCoLO91lG"},
			"organisationUnits":[{"id":"aaaaaaaaaaa"}],"programStages":[{"id":"F3GRYA6dGir"}],
			"programTrackedEntityAttributes":[{"trackedEntityAttribute":{"id":"lXXkJgofAcb"}}]}]}`)))
	assert.Equal(t, http.StatusOK, importSync(t, s, elsewhere).status)

	err := s.Seed([]byte(`{"programs":[{"id":"bbbbbbbbbbb","organisationUnits":[{"id":"ccccccccccc"}]}]}`))
	require.ErrorContains(t, err, "program bbbbbbbbbbb names org unit ccccccccccc")
	require.ErrorContains(t, s.Seed([]byte(`{`)), "metadata")
}

func TestTheCaptureScopeBindsEverybody(t *testing.T) {
	t.Parallel()
	s := dhis2test.New(t, dhis2test.Options{})

	got := do(t, s, http.MethodPost, "/api/tracker?async=false", patient, "Authorization", "Basic b2htZmFjMjpPaG0tVGVzdC0xIQ==")

	assert.Equal(t, http.StatusConflict, got.status)
	assert.Contains(t, string(got.body), `"errorCode":"E1000"`)
	assert.Empty(t, s.TrackedEntities())
}

func TestCloseMayBeCalledTwiceAndBeforeStart(t *testing.T) {
	t.Parallel()
	s, err := dhis2test.Start(dhis2test.Options{})
	require.NoError(t, err)
	s.Close()
	s.Close()

	handler, err := dhis2test.Handler(dhis2test.Options{})
	require.NoError(t, err)
	handler.Close()

	_, err = dhis2test.Start(dhis2test.Options{Metadata: []byte("no")})
	require.ErrorContains(t, err, "metadata")
}

// Rules that are told in dhis2.md and in no exchange of the replayed files.
func TestRulesBesideTheRecordings(t *testing.T) {
	t.Parallel()
	link := `{"relationships":[{"relationship":"qJ38OxkEEUe","relationshipType":"w7FYpYuewfo",
		"from":{"trackedEntity":{"trackedEntity":"GzM5NSbpoxx"}},"to":{"trackedEntity":{"trackedEntity":"hNNlbJVDKJO"}}}]}`
	event := func(more string) string {
		return `{"events":[{"event":"RhuYqmJSYa1","program":"sBSRMACZJOQ","programStage":"zOK5Pk5V5Yz","enrollment":"toxdZQNeSuL",
			"orgUnit":"lgY4CHs5HtP","occurredAt":"2026-01-06"` + more + `}]}`
	}
	for name, c := range map[string]struct {
		params, body string
		status       int
		holds        []string
	}{
		"a NUL is refused by the database":       {"", strings.ReplaceAll(patient, "Okello", `a\u0000`), 409, []string{`"httpStatusCode":409`, "0x00"}},
		"a relationship created twice":           {"&importStrategy=CREATE", link, 409, []string{"E4015"}},
		"the same relationship with the default": {"", link, 200, []string{`"ignored":1`}},
		"the ends turned round":                  {"", strings.NewReplacer("GzM5NSbpoxx", "hNNlbJVDKJO", "hNNlbJVDKJO", "GzM5NSbpoxx", "qJ38OxkEEUe", "pA4StlLxxWd").Replace(link), 409, []string{"E4018"}},
		"geometry of no known type":              {"", event(`,"geometry":{"type":"Dot"}`), 400, []string{"Invalid geometry type: Dot"}},
		"geometry of another type":               {"", event(`,"geometry":{"type":"Polygon"}`), 409, []string{"E1012"}},
		"an unknown data element":                {"", event(`,"dataValues":[{"dataElement":"zzzzzzzzzzz","value":"1"}]`), 409, []string{"E1304", "E1305"}},
		"an org unit that is not":                {"", event(`,"dataValues":[{"dataElement":"NojWMuFKhsc","value":"zzzzzzzzzzz"}]`), 409, []string{"E1302", "could not be found"}},
		"an unknown enrollment":                  {"", strings.ReplaceAll(event(""), "toxdZQNeSuL", "zzzzzzzzzzz"), 409, []string{"E1079", "E1313"}},
		"completedAt of an ACTIVE event":         {"", event(`,"completedAt":"2026-01-07"`), 409, []string{"E1051"}},
		"an unknown option combo":                {"", event(`,"attributeOptionCombo":"zzzzzzzzzzz"`), 409, []string{"E1115"}},
		"an event out of the program":            {"", strings.ReplaceAll(event(""), "lgY4CHs5HtP", "PP7BguJwlu2"), 409, []string{"E1029"}},
		"an enrollment out of the program":       {"", strings.ReplaceAll(patient, `"sBSRMACZJOQ","orgUnit":"lgY4CHs5HtP","enrolledAt"`, `"sBSRMACZJOQ","orgUnit":"PP7BguJwlu2","enrolledAt"`), 409, []string{"E1041"}},
		"an enrollment of nobody":                {"", `{"enrollments":[{"trackedEntity":"zzzzzzzzzzz","program":"sBSRMACZJOQ","orgUnit":"lgY4CHs5HtP","enrolledAt":"2026-01-05"}]}`, 409, []string{"E1068"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := dhis2test.New(t, dhis2test.Options{})
			require.Equal(t, http.StatusOK, importSync(t, s, patient).status)
			mother := strings.NewReplacer("GzM5NSbpoxx", "hNNlbJVDKJO", "NID-1", "NID-2").Replace(patient[:strings.Index(patient, `"enrollments"`)])
			require.Equal(t, http.StatusOK, importSync(t, s, strings.TrimRight(strings.TrimSpace(mother), ",")+"}]}").status)
			require.Equal(t, http.StatusOK, importSync(t, s, link).status)

			got := do(t, s, http.MethodPost, "/api/tracker?async=false"+c.params, c.body)

			assert.Equal(t, c.status, got.status, "%s", got.body)
			for _, text := range c.holds {
				assert.Contains(t, string(got.body), text)
			}
		})
	}
	s := dhis2test.New(t, dhis2test.Options{})
	untyped := do(t, s, http.MethodPost, "/api/tracker?async=false", patient, "Content-Type", "")
	assert.Equal(t, http.StatusUnsupportedMediaType, untyped.status)
}

func TestCloseEndsARequestThatHangs(t *testing.T) {
	t.Parallel()
	s, err := dhis2test.Start(dhis2test.Options{})
	require.NoError(t, err)
	hanging := make(chan struct{})
	s.Intercept(func(_ http.ResponseWriter, r *http.Request) bool {
		close(hanging)
		<-r.Context().Done()
		return true
	})
	failed := make(chan error, 1)
	go func() {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/api/me", http.NoBody)
		if err == nil {
			var resp *http.Response
			if resp, err = (&http.Client{}).Do(r); err == nil {
				_ = resp.Body.Close()
			}
		}
		failed <- err
	}()
	<-hanging
	s.Close()
	require.Error(t, <-failed)
}
