package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/mediator"
	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// fixture is the mediator without a core, before a DHIS2.
type fixture struct {
	dhis2 *dhis2test.Server
	http  http.Handler
	log   *bytes.Buffer
}

func newFixture(t *testing.T, change func(*settings)) fixture {
	t.Helper()
	server := dhis2test.New(t, dhis2test.Options{})
	metadata, err := samples.ReadFile("testdata/metadata.json")
	require.NoError(t, err)
	require.NoError(t, server.Seed(metadata))
	s, err := readSettings(func(string) string { return "" })
	require.NoError(t, err)
	s.dhis2URL, s.dhis2Username, s.dhis2Password = server.URL, "ohm", "Ohm-Test-1!"
	if change != nil {
		change(&s)
	}
	log := &bytes.Buffer{}
	h, err := newHandler(s)
	require.NoError(t, err)
	h.sender.dhis2.firstPause = time.Millisecond
	m, err := mediator.New(mediator.Config{
		Registration: s.registration(1, false), Unregistered: true, RenderError: renderError,
		Logger: slog.New(slog.NewTextHandler(log, nil)),
	})
	require.NoError(t, err)
	m.Handle("POST /fhir", h.receive)
	return fixture{server, m, log}
}

// post sends a message and returns the status and the issues of the answer.
func (f fixture) post(t *testing.T, body string) (int, []fhir.Issue) {
	t.Helper()
	return f.postAs(t, "application/fhir+json", body)
}

func (f fixture) postAs(t *testing.T, contentType, body string) (int, []fhir.Issue) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/fhir", strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	w := httptest.NewRecorder()
	f.http.ServeHTTP(w, r)
	assert.Contains(t, w.Header().Get("Content-Type"), "application/fhir+json")
	return w.Code, issuesOf(w.Body.String())
}

func sample(t *testing.T, name string) string {
	t.Helper()
	raw, err := samples.ReadFile("testdata/patients/" + name)
	require.NoError(t, err)
	return string(raw)
}

func TestAPatientIsCreatedOnceHoweverOftenItIsSent(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)

	first, _ := f.post(t, sample(t, "01-plain.json"))
	second, issues := f.post(t, sample(t, "01-plain.json"))

	assert.Equal(t, http.StatusCreated, first)
	assert.Equal(t, http.StatusOK, second)
	require.Len(t, issues, 2)
	assert.Contains(t, issues[0].Details, "updated")
	stored := f.dhis2.TrackedEntities()
	require.Len(t, stored, 1)
	require.Len(t, stored[0].Enrollments, 1)
	assert.Equal(t, map[string]string{
		"XhXpL2WqB15": "NID-1001", "iPWPq2EJtIk": "Amina Wanjiru", "GOCQVgGQGEU": "Okello", "SHtHqekbvRu": "female",
		"lXXkJgofAcb": "1991-03-08", "g4wsHYWkBYE": "+254 700 000 001",
	}, stored[0].Attributes)
	assert.Equal(t, "lgY4CHs5HtP", stored[0].OrgUnit, "the managing organization's")
}

func TestAnUpdateDoesNotMoveTheEnrollmentDate(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	f.post(t, sample(t, "01-plain.json"))
	before := f.dhis2.TrackedEntities()[0].Enrollments[0]

	status, _ := f.post(t, sample(t, "06-plain-again-new-phone.json"))

	require.Equal(t, http.StatusOK, status)
	after := f.dhis2.TrackedEntities()[0]
	assert.Equal(t, before.EnrolledAt, after.Enrollments[0].EnrolledAt)
	assert.Equal(t, before.OccurredAt, after.Enrollments[0].OccurredAt)
	assert.Equal(t, "+254 700 000 099", after.Attributes["g4wsHYWkBYE"])
}

func TestManyMessagesOfOnePatientAtOnceMakeOnePatient(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	body := sample(t, "01-plain.json")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/fhir", strings.NewReader(body))
			w := httptest.NewRecorder()
			f.http.ServeHTTP(w, r)
			assert.Contains(t, []int{http.StatusOK, http.StatusCreated}, w.Code)
		})
	}
	all.Wait()
	assert.Len(t, f.dhis2.TrackedEntities(), 1)
}

func TestATransactionBundleGetsATransactionResponse(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/fhir", strings.NewReader(sample(t, "02-bundle.json")))
	w := httptest.NewRecorder()
	f.http.ServeHTTP(w, r)

	assert.Equal(t, http.StatusOK, w.Code)
	var answer struct {
		ResourceType, Type string
		Entry              []struct {
			Response struct{ Status, Location string } `json:"response"`
		}
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &answer))
	assert.Equal(t, "transaction-response", answer.Type)
	require.Len(t, answer.Entry, 1)
	assert.Equal(t, "201 Created", answer.Entry[0].Response.Status)
	assert.Equal(t, "Patient/"+f.dhis2.TrackedEntities()[0].UID, answer.Entry[0].Response.Location)
}

func TestWhatIsNotTakenIsRefusedByName(t *testing.T) {
	t.Parallel()
	entry := func(resource, method string) string {
		return `{"resource":` + resource + `,"request":{"method":"` + method + `","url":"Patient"}}`
	}
	bundle := func(kind string, entries ...string) string {
		if len(entries) == 0 {
			return `{"resourceType":"Bundle","type":"` + kind + `"}`
		}
		return `{"resourceType":"Bundle","type":"` + kind + `","entry":[` + strings.Join(entries, ",") + `]}`
	}
	one := entry(minimal+`}`, "POST")
	for name, c := range map[string]struct{ body, expression string }{
		"a batch":                   {bundle("batch", one), "Bundle.type"},
		"an empty transaction":      {bundle("transaction"), "Bundle.entry"},
		"two patients":              {bundle("transaction", one, one), "Bundle.entry[1]"},
		"a practitioner":            {bundle("transaction", one, entry(`{"resourceType":"Practitioner"}`, "POST")), "Bundle.entry[1].resource"},
		"a deletion":                {bundle("transaction", entry(minimal+`}`, "DELETE")), "Bundle.entry[0].request.method"},
		"another resource":          {`{"resourceType":"Practitioner"}`, "Practitioner"},
		"a bad patient in an entry": {bundle("transaction", entry(minimal+`,"gender":"M"}`, "PUT")), "Bundle.entry[0].resource.gender"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, nil)
			status, issues := f.post(t, c.body)
			assert.Equal(t, http.StatusUnprocessableEntity, status)
			require.Len(t, issues, 1)
			assert.Equal(t, c.expression, strings.Join(issues[0].Expression, ""))
			assert.Equal(t, 1, issues[0].Line)
			assert.Empty(t, f.dhis2.Requests(), "DHIS2 was not asked")
		})
	}
}

func TestAnIdentifierThatAnotherEntityHasIsAConflict(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	existing := `{"trackedEntities":[{"trackedEntity":"GzM5NSbpoxx","trackedEntityType":"OHM_PERSON","orgUnit":"OHM_FAC_001","attributes":[
		{"attribute":"OHM_NID","value":"NID-1001"},{"attribute":"OHM_GIVEN","value":"A"},{"attribute":"OHM_FAMILY","value":"B"}]}]}`
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
		f.dhis2.URL+"/api/tracker?async=false&idScheme=CODE", strings.NewReader(existing))
	require.NoError(t, err)
	r.SetBasicAuth("admin", "district")
	r.Header.Set("Content-Type", "application/json")
	resp, err := (&http.Client{}).Do(r)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode)

	status, issues := f.post(t, sample(t, "01-plain.json"))

	assert.Equal(t, http.StatusConflict, status)
	codes := map[string]string{}
	for _, i := range issues {
		codes[i.Code] = strings.Join(i.Expression, "")
	}
	assert.Equal(t, map[string]string{"duplicate": "Patient.identifier", "processing": "Patient"}, codes,
		"E1064 of the entity, E5000 of its enrollment")
	assert.Len(t, f.dhis2.TrackedEntities(), 1, "no duplicate was made")
}

func TestOneNameOnlyIsRefusedByDHIS2(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	status, issues := f.post(t, sample(t, "09-one-name-only.json"))
	assert.Equal(t, http.StatusUnprocessableEntity, status)
	var expressions []string
	for _, i := range issues {
		expressions = append(expressions, strings.Join(i.Expression, ""))
	}
	assert.Contains(t, expressions, "Patient.name.family")
}

func TestTroubleOfDHIS2IsRetriedAndThenTold(t *testing.T) {
	t.Parallel()
	race := func(text string) func(w http.ResponseWriter, r *http.Request) bool {
		var once sync.Once
		return func(w http.ResponseWriter, r *http.Request) (answered bool) {
			if r.Method != http.MethodPost {
				return false
			}
			once.Do(func() {
				w.WriteHeader(http.StatusConflict)
				_, _ = io.WriteString(w, `{"httpStatusCode":409,"status":"ERROR","message":"`+text+`"}`)
				answered = true
			})
			return answered
		}
	}
	for name, c := range map[string]struct {
		trouble  func(f fixture)
		status   int
		requests int
	}{
		"twice 503":           {func(f fixture) { f.dhis2.Fail(2, 503) }, http.StatusCreated, 4},
		"500 for ever":        {func(f fixture) { f.dhis2.Fail(100, 500) }, http.StatusBadGateway, 3},
		"a deadlock":          {func(f fixture) { f.dhis2.Intercept(race("ERROR: deadlock detected")) }, http.StatusCreated, 3},
		"a lost race":         {func(f fixture) { f.dhis2.Intercept(race("duplicate key value violates unique constraint")) }, http.StatusCreated, 3},
		"another 409":         {func(f fixture) { f.dhis2.Intercept(race("invalid byte sequence")) }, http.StatusBadGateway, 2},
		"commit, then a drop": {func(f fixture) { f.dhis2.Intercept(dropAfterCommit(f.dhis2)) }, http.StatusOK, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, nil)
			c.trouble(f)
			status, _ := f.post(t, sample(t, "01-plain.json"))
			assert.Equal(t, c.status, status)
			assert.GreaterOrEqual(t, len(f.dhis2.Requests()), c.requests)
			f.dhis2.Intercept(nil)
			if status < http.StatusBadRequest {
				assert.Len(t, f.dhis2.TrackedEntities(), 1)
			}
		})
	}
}

// dropAfterCommit lets the first import through and cuts the connection
// instead of answering: the outcome nobody knows.
func dropAfterCommit(server *dhis2test.Server) func(w http.ResponseWriter, r *http.Request) bool {
	var once sync.Once
	return func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost || r.Header.Get("X-Inside") != "" {
			return false
		}
		drop := false
		once.Do(func() { drop = true })
		if drop {
			r.Header.Set("X-Inside", "1")
			server.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		return false
	}
}

func TestWrongCredentialsAreOurFault(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(s *settings) { s.dhis2Password = "wrong-secret" })
	status, issues := f.post(t, sample(t, "01-plain.json"))
	assert.Equal(t, http.StatusBadGateway, status)
	require.Len(t, issues, 1)
	assert.Contains(t, issues[0].Details, "credentials")
	assert.Len(t, f.dhis2.Requests(), 1, "a 401 is not repeated")
}

func TestATokenSignsIn(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	token := f.dhis2.AddToken("ohm")
	s := settings{dhis2URL: f.dhis2.URL + "/", dhis2Token: token}
	entity, err := newDHIS2(s).stored(t.Context(), "GzM5NSbpoxx")
	require.NoError(t, err)
	assert.Nil(t, entity)
}

func TestLogsAndAnswersHoldNoPatientAndNoPassword(t *testing.T) {
	t.Parallel()
	for _, trouble := range []func(f fixture){
		func(fixture) {},
		func(f fixture) { f.dhis2.Fail(100, 500) },
		func(f fixture) { f.dhis2.Close() },
	} {
		f := newFixture(t, nil)
		trouble(f)
		for _, name := range []string{"01-plain.json", "09-one-name-only.json", "08-unknown-gender-code.json"} {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/fhir", strings.NewReader(sample(t, name)))
			w := httptest.NewRecorder()
			f.http.ServeHTTP(w, r)
			for _, secret := range []string{"Amina", "Okello", "NID-10", "Suharto", "Mensah", "1991-03", "Ohm-Test-1!"} {
				assert.NotContains(t, w.Body.String(), secret)
				assert.NotContains(t, f.log.String(), secret)
			}
		}
	}
}
