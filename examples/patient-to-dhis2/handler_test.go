package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/mediator"
	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// fixture is the mediator without a core, before a DHIS2.
type fixture struct {
	dhis2   *dhis2test.Server
	handler *handler
	http    http.Handler
	log     *syncBuffer
}

func newFixture(t *testing.T, change func(*settings)) fixture {
	t.Helper()
	return fixtureBefore(t, seeded(t, dhis2test.Options{}), change)
}

// seeded is a DHIS2 with the program of the example.
func seeded(t *testing.T, options dhis2test.Options) *dhis2test.Server {
	t.Helper()
	server := dhis2test.New(t, options)
	metadata, err := samples.ReadFile("testdata/metadata.json")
	require.NoError(t, err)
	require.NoError(t, server.Seed(metadata))
	return server
}

// fixtureBefore knows the metadata already, so that what is asked of DHIS2 is asked for a message.
func fixtureBefore(t *testing.T, server *dhis2test.Server, change func(*settings)) fixture {
	t.Helper()
	s, err := readSettings(func(string) string { return "" })
	require.NoError(t, err)
	s.dhis2URL, s.auth = server.URL, dhis2.Basic("ohm", "Ohm-Test-1!")
	s.pause, s.patience = time.Millisecond, 2*time.Second
	if change != nil {
		change(&s)
	}
	log := &syncBuffer{}
	m, h, err := newMediator(s, mediator.Config{
		Registration: s.registration(1, false), Unregistered: true, Logger: slog.New(slog.NewTextHandler(log, nil)),
	})
	require.NoError(t, err)
	_ = h.warm(t.Context()) // with wrong credentials it cannot be
	server.ForgetRequests()
	return fixture{server, h, m, log}
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

// asked is what was asked of DHIS2.
func asked(f fixture) []string {
	var all []string
	for _, r := range f.dhis2.Requests() {
		all = append(all, r.Method+" "+r.Path)
	}
	return all
}

func sample(t *testing.T, name string) string {
	t.Helper()
	raw, err := samples.ReadFile("testdata/patients/" + name)
	require.NoError(t, err)
	return string(raw)
}

func TestAPatientIsCreatedOnceHoweverOftenItIsSent(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.40", "2.41", "2.42", "2.43"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			f := fixtureBefore(t, seeded(t, dhis2test.Options{Version: version}), nil)

			first, _ := f.post(t, sample(t, "01-plain.json"))
			second, issues := f.post(t, sample(t, "01-plain.json"))
			f = fixtureBefore(t, f.dhis2, nil) // after a restart
			third, _ := f.post(t, sample(t, "01-plain.json"))

			assert.Equal(t, http.StatusCreated, first)
			assert.Equal(t, http.StatusOK, second)
			assert.Equal(t, http.StatusOK, third)
			require.Len(t, issues, 2)
			assert.Contains(t, issues[0].Details, "unchanged")
			assert.Contains(t, issues[1].Details, "unchanged")
			stored := f.dhis2.TrackedEntities()
			require.Len(t, stored, 1)
			require.Len(t, stored[0].Enrollments, 1)
			assert.Equal(t, map[string]string{
				"XhXpL2WqB15": "NID-1001", "iPWPq2EJtIk": "Amina Wanjiru", "GOCQVgGQGEU": "Okello", "SHtHqekbvRu": "female",
				"lXXkJgofAcb": "1991-03-08", "g4wsHYWkBYE": "+254 700 000 001",
			}, stored[0].Attributes)
			assert.Equal(t, "lgY4CHs5HtP", stored[0].OrgUnit, "the managing organization's")
			f.dhis2.NoObjectImportedTwice(t)
		})
	}
}

func TestAnUpdateLeavesTheEnrollmentAlone(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	f.post(t, sample(t, "01-plain.json"))
	before := f.dhis2.TrackedEntities()[0].Enrollments[0]

	status, issues := f.post(t, sample(t, "06-plain-again-new-phone.json"))

	require.Equal(t, http.StatusOK, status)
	assert.Contains(t, issues[0].Details, "updated")
	after := f.dhis2.TrackedEntities()[0]
	assert.Equal(t, before, after.Enrollments[0])
	assert.Equal(t, "+254 700 000 099", after.Attributes["g4wsHYWkBYE"])
}

func TestAnOlderPatientOverwritesNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	f.post(t, sample(t, "06-plain-again-new-phone.json"))
	f.dhis2.ForgetRequests()

	status, issues := f.post(t, sample(t, "11-late-and-older.json"))

	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, issues[0].Details, "stale")
	assert.Equal(t, "+254 700 000 099", f.dhis2.TrackedEntities()[0].Attributes["g4wsHYWkBYE"])
	for _, r := range f.dhis2.Requests() {
		assert.Equal(t, http.MethodGet, r.Method)
	}
}

func TestWhatDHIS2WouldRefuseIsRefusedWithoutARequest(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	for name, c := range map[string]struct{ body, want string }{
		"an unknown facility": {sample(t, "12-unknown-facility.json"), "not-found at Patient.managingOrganization 28:27"},
		"one name only":       {sample(t, "09-one-name-only.json"), "required at Patient.name.family 15:11"},
		"a facility without the program": {
			strings.Replace(sample(t, "12-unknown-facility.json"), "OHM_FAC_999", "OHM_FAC_003", 1),
			"business-rule at Patient.managingOrganization 28:27",
		},
		"a name that is too long": {
			strings.Replace(sample(t, "01-plain.json"), "Okello", strings.Repeat("W", 1201), 1),
			"too-long at Patient.name.family 15:11",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, issues := f.post(t, c.body)
			assert.Equal(t, http.StatusUnprocessableEntity, status)
			assert.Contains(t, toldAll(issues), c.want)
			assert.Empty(t, asked(f), "DHIS2 was not asked")
		})
	}
}

func TestACodeThatIsNoOptionIsRefusedWithoutARequest(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	body, issues := mapped(t, minimal+`,"gender":"other"}`)
	require.Empty(t, issues)
	for i := range body.entity().Attributes {
		if a := &body.entity().Attributes[i]; a.Attribute == attrSex {
			a.Value = "O" // as a table in mapping/patient.yaml that was not kept in step
		}
	}
	_, problems, err := f.handler.server.check(t.Context(), &body, time.Now())
	require.NoError(t, err)
	status, issues := foreseen(problems, "Patient")
	assert.Equal(t, http.StatusUnprocessableEntity, status)
	require.Len(t, issues, 1)
	assert.Equal(t, "code-invalid at Patient.gender 0:0", told(issues[0]))
	assert.Empty(t, f.dhis2.Requests())
}

func TestManyMessagesOfOnePatientAtOnceMakeOnePatient(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	day := time.Now()
	f.handler.now = func() time.Time { return day } // the date of enrollment
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
	f.dhis2.NoTwoInFlightWithOneTE(t)
	f.dhis2.NoObjectImportedTwice(t)
}

func TestEveryMessageHasItsOwnCallsOnItsTransaction(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	var all sync.WaitGroup
	for i := range 24 {
		all.Go(func() {
			body := strings.ReplaceAll(sample(t, "01-plain.json"), "NID-1001", "NID-"+strconv.Itoa(i))
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/fhir", strings.NewReader(body))
			r.Header.Set("X-OpenHIM-TransactionID", fmt.Sprintf("%024x", i))
			w := httptest.NewRecorder()
			f.http.ServeHTTP(w, r)
			var envelope struct {
				Response       struct{ Status int }
				Orchestrations []struct {
					Name    string
					Request struct{ Querystring, Body string }
				}
			}
			if !assert.NoError(t, json.Unmarshal(w.Body.Bytes(), &envelope)) {
				return
			}
			assert.Equal(t, http.StatusCreated, envelope.Response.Status)
			var calls []string
			for _, o := range envelope.Orchestrations {
				calls = append(calls, o.Name)
				assert.NotContains(t, o.Request.Querystring+o.Request.Body, "NID-", "no patient is recorded")
			}
			assert.Equal(t, []string{"DHIS2: look up tracked entity", "DHIS2: look up identifier", "DHIS2: import"}, calls)
		})
	}
	all.Wait()
	assert.Len(t, f.dhis2.TrackedEntities(), 24)
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

// byHand registers the patient of 01-plain.json as somebody at DHIS2 does.
func byHand(t *testing.T, server *dhis2test.Server, uid, more string) {
	t.Helper()
	body := `{"trackedEntities":[{"trackedEntity":"` + uid + `","trackedEntityType":"OHM_PERSON","orgUnit":"OHM_FAC_001","attributes":[
		{"attribute":"OHM_NID","value":"NID-1001"},{"attribute":"OHM_GIVEN","value":"A"},{"attribute":"OHM_FAMILY","value":"B"},
		{"attribute":"OHM_ADDRESS","value":"Mill Lane"}]` + more + `}]}`
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/tracker?async=false&idScheme=CODE", strings.NewReader(body))
	r.SetBasicAuth("admin", "district")
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-By-Hand", "1")
	w := httptest.NewRecorder()
	server.ServeHTTP(w, r)
	require.Equal(t, http.StatusOK, w.Code, w.Body.String())
}

const addressUID, givenUID = "Yb8j4jTt30P", "iPWPq2EJtIk"

func TestSomebodyRegisteredByHandIsAdopted(t *testing.T) {
	t.Parallel()
	const point = `,"potentialDuplicate":true,"geometry":{"type":"Point","coordinates":[36.8,-1.3]}`
	for name, c := range map[string]struct{ more, enrollment string }{
		"and enrolled by us": {point, "created"},
		"with an enrollment": {point + `,"enrollments":[{"enrollment":"toxdZQNeSuL","program":"PR_REGISTRY","orgUnit":"OHM_FAC_001",
			"enrolledAt":"2026-01-05","status":"COMPLETED"}]`, "toxdZQNeSuL unchanged"},
	} {
		for _, version := range []string{"2.40", "2.43"} {
			t.Run(name+" in "+version, func(t *testing.T) {
				t.Parallel()
				f := fixtureBefore(t, seeded(t, dhis2test.Options{Version: version}), nil)
				byHand(t, f.dhis2, "GzM5NSbpoxx", c.more)
				f.dhis2.ForgetRequests()

				status, issues := f.post(t, sample(t, "01-plain.json"))

				assert.Equal(t, http.StatusOK, status)
				require.Len(t, issues, 2)
				assert.Equal(t, "tracked entity GzM5NSbpoxx updated", issues[0].Details)
				assert.Contains(t, issues[1].Details, c.enrollment)
				stored := f.dhis2.TrackedEntities()
				require.Len(t, stored, 1, "no duplicate was made")
				assert.Equal(t, "Amina Wanjiru", stored[0].Attributes[givenUID])
				assert.Contains(t, stored[0].Attributes, addressUID, "what the Patient does not say stays")
				assert.Len(t, stored[0].Enrollments, 1)
				requests := f.dhis2.Requests()
				assert.Contains(t, string(requests[len(requests)-1].Body), `"potentialDuplicate":true,"geometry":{"coordinates":[36.8,-1.3],"type":"Point"}`)
			})
		}
	}
}

func TestSomebodyRegisteredMeanwhileIsAdopted(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	var once sync.Once
	f.dhis2.Intercept(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost && r.Header.Get("X-By-Hand") == "" {
			once.Do(func() { byHand(t, f.dhis2, "GzM5NSbpoxx", "") })
		}
		return false
	})
	status, issues := f.post(t, sample(t, "01-plain.json"))
	assert.Equal(t, http.StatusOK, status)
	require.Len(t, issues, 2)
	assert.Equal(t, "tracked entity GzM5NSbpoxx updated", issues[0].Details)
	assert.Len(t, f.dhis2.TrackedEntities(), 1)
	causes, err := f.handler.sender.park.Causes(t.Context())
	require.NoError(t, err)
	assert.Empty(t, causes, "nothing is parked that landed")
}

func TestAnyIdentifierCanBeLookedUp(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.40", "2.41", "2.42", "2.43"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			f := fixtureBefore(t, seeded(t, dhis2test.Options{Version: version}), nil)
			identifiers := []string{"A:1,B;2/3", "é '\"%_*", "😀", "[x](y)", "a&b=c#d+e f", "null", "nid-1", "NID-1"}
			for _, identifier := range identifiers {
				quoted, err := json.Marshal(identifier)
				require.NoError(t, err)
				status, issues := f.post(t, strings.Replace(sample(t, "01-plain.json"), `"NID-1001"`, string(quoted), 1))
				assert.Equal(t, http.StatusCreated, status, "%s: %v", identifier, issues)
			}
			assert.Len(t, f.dhis2.TrackedEntities(), len(identifiers))
		})
	}
}

func TestADeletedPatientIsAConflict(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	f.post(t, sample(t, "01-plain.json"))
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/tracker?async=false&importStrategy=DELETE",
		strings.NewReader(`{"trackedEntities":[{"trackedEntity":"f26BZgGsQIR"}]}`))
	r.SetBasicAuth("admin", "district")
	r.Header.Set("Content-Type", "application/json")
	f.dhis2.ServeHTTP(httptest.NewRecorder(), r)
	require.True(t, f.dhis2.TrackedEntities()[0].Deleted)

	for _, name := range []string{"06-plain-again-new-phone.json", "01-plain.json"} { // a change, and what landed before
		status, issues := f.post(t, sample(t, name))
		assert.Equal(t, http.StatusConflict, status, name)
		require.NotEmpty(t, issues)
		assert.Equal(t, "deleted", issues[0].Code)
		assert.Equal(t, []string{"Patient.identifier"}, issues[0].Expression)
	}
}

func TestOneAlertTellsWhatManyPatientsAreParkedFor(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(s *settings) { s.auth = dhis2.Basic("ohmfac2", "Ohm-Test-1!") })
	for _, id := range []string{"NID-1", "NID-2", "NID-3"} {
		status, issues := f.post(t, strings.ReplaceAll(sample(t, "01-plain.json"), "NID-1001", id))
		assert.Equal(t, http.StatusBadGateway, status, "the sender cannot help it")
		assert.Contains(t, toldAll(issues), "forbidden at Patient.managingOrganization 34:27")
	}
	assert.Equal(t, 1, strings.Count(f.log.String(), "solve the cause"), f.log.String())
	assert.Contains(t, f.log.String(), "permission/E1000/TRACKED_ENTITY/OHM_FAC_001")
	causes, err := f.handler.sender.park.Causes(t.Context())
	require.NoError(t, err)
	assert.Equal(t, map[string]int64{"permission/E1000/TRACKED_ENTITY/OHM_FAC_001": 3}, causes)
}

func TestTroubleOfDHIS2IsRetriedAndThenTold(t *testing.T) {
	t.Parallel()
	const tracker = "/api/tracker"
	for name, c := range map[string]struct {
		trouble  func(f fixture)
		status   int
		requests int
	}{
		"twice 502":    {func(f fixture) { f.dhis2.Fail(2, 502) }, http.StatusCreated, 5},
		"500 for ever": {func(f fixture) { f.dhis2.Fail(1000, 500) }, http.StatusBadGateway, 3},
		"500 at every import": {func(f fixture) {
			f.dhis2.Inject(dhis2test.Fault{Method: http.MethodPost, Path: tracker, Status: 500, Times: -1})
		}, http.StatusBadGateway, 5},
		"a deadlock": {func(f fixture) {
			f.dhis2.Inject(dhis2test.Fault{Method: http.MethodPost, Path: tracker, Deadlock: true})
		}, http.StatusCreated, 4},
		"commit, then a drop": {func(f fixture) {
			f.dhis2.Inject(dhis2test.Fault{Method: http.MethodPost, Path: tracker, CommitThenDrop: true})
		}, http.StatusOK, 4},
		"another 409": {func(f fixture) {
			f.dhis2.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
				if r.Method != http.MethodPost {
					return false
				}
				w.WriteHeader(http.StatusConflict)
				_, _ = io.WriteString(w, `{"httpStatusCode":409,"status":"ERROR","message":"invalid byte sequence for Okello"}`)
				return true
			})
		}, http.StatusBadGateway, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, nil)
			c.trouble(f)
			status, issues := f.post(t, sample(t, "01-plain.json"))
			assert.Equal(t, c.status, status)
			assert.NotEmpty(t, issues)
			assert.GreaterOrEqual(t, len(f.dhis2.Requests()), c.requests)
			if status < http.StatusBadRequest {
				assert.Len(t, f.dhis2.TrackedEntities(), 1)
				f.dhis2.SameUIDsOnRetry(t)
				return
			}

			f.dhis2.Intercept(nil)
			f.dhis2.ClearFaults()
			status, _ = f.post(t, sample(t, "01-plain.json"))
			assert.Equal(t, http.StatusCreated, status, "once the trouble is over")
			causes, err := f.handler.sender.park.Causes(t.Context())
			require.NoError(t, err)
			assert.Empty(t, causes, "and nothing is left of it")
		})
	}
}

func TestWrongCredentialsAreOurFault(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(s *settings) { s.auth = dhis2.Basic("ohm", "wrong-secret") })
	status, issues := f.post(t, sample(t, "01-plain.json"))
	assert.Equal(t, http.StatusBadGateway, status)
	require.Len(t, issues, 1)
	assert.Contains(t, issues[0].Details, "credentials")
	assert.LessOrEqual(t, len(f.dhis2.Requests()), 1, "a 401 is not repeated")
	assert.NotContains(t, f.log.String(), "wrong-secret")
}

func TestATokenSignsIn(t *testing.T) {
	t.Parallel()
	server := seeded(t, dhis2test.Options{})
	token := server.AddToken("ohm")
	f := fixtureBefore(t, server, func(s *settings) { s.dhis2URL, s.auth = server.URL+"/", dhis2.Token(token) })
	status, _ := f.post(t, sample(t, "01-plain.json"))
	assert.Equal(t, http.StatusCreated, status)
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
