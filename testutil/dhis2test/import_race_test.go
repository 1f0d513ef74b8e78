package dhis2test_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// meeting is an Options.Race that lets n imports commit only when all have
// validated.
func meeting(n int) func(*http.Request) {
	var all sync.WaitGroup
	all.Add(n)
	return func(*http.Request) {
		all.Done()
		all.Wait()
	}
}

// atOnce imports several payloads at the same moment and counts the statuses.
func atOnce(t *testing.T, version string, setup []string, bodies ...string) (*dhis2test.Server, map[int]int) {
	t.Helper()
	var race func(*http.Request)
	s := handler(t, dhis2test.Options{Version: version, Race: func(r *http.Request) {
		if race != nil {
			race(r)
		}
	}})
	for _, body := range setup {
		require.Equal(t, http.StatusOK, importAs(t, s, "admin", body).status)
	}
	race = meeting(len(bodies))
	statuses := make([]int, len(bodies))
	var all sync.WaitGroup
	for i, body := range bodies {
		all.Go(func() { statuses[i] = importAs(t, s, "admin", body).status })
	}
	all.Wait()
	counts := map[int]int{}
	for _, status := range statuses {
		counts[status]++
	}
	return s, counts
}

// importAs sends a payload synchronously as a user of the seed.
func importAs(t *testing.T, s *dhis2test.Server, user, body string, params ...string) answer {
	t.Helper()
	query := strings.Join(append([]string{"async=false"}, params...), "&")
	return direct(t, s, http.MethodPost, "/api/tracker?"+query, body, user)
}

// direct calls a server that has no port.
func direct(t *testing.T, s *dhis2test.Server, method, path, body, user string) answer {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	password := "Ohm-Test-1!"
	if user == "admin" {
		password = "district"
	}
	r.SetBasicAuth(user, password)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return answer{w.Code, w.Header(), w.Body.Bytes()}
}

// codesOf are the error codes of an import report.
func codesOf(t *testing.T, a answer) []string {
	t.Helper()
	var report struct {
		ValidationReport struct{ ErrorReports []struct{ ErrorCode string } }
	}
	require.NoError(t, json.Unmarshal(a.body, &report), "%s", a.body)
	var out []string
	for _, e := range report.ValidationReport.ErrorReports {
		out = append(out, e.ErrorCode)
	}
	return out
}

func personBody(uid, nid string) string {
	return fmt.Sprintf(`{"trackedEntities":[{"trackedEntity":%q,"trackedEntityType":"peOCoLO91lG","orgUnit":"lgY4CHs5HtP","attributes":[
{"attribute":"iPWPq2EJtIk","value":"Amina"},{"attribute":"GOCQVgGQGEU","value":"Okello"},{"attribute":"XhXpL2WqB15","value":%q}]}]}`, uid, nid)
}

func enrollmentBody(uid, entity string) string {
	return fmt.Sprintf(`{"enrollments":[{"enrollment":%q,"trackedEntity":%q,"program":"sBSRMACZJOQ","orgUnit":"lgY4CHs5HtP",
"enrolledAt":"2026-01-05","attributes":[{"attribute":"lXXkJgofAcb","value":"2025-12-30"}]}]}`, uid, entity)
}

func visitBody(uid, enrollment, dataElement, value string) string {
	return fmt.Sprintf(`{"events":[{"event":%q,"enrollment":%q,"program":"sBSRMACZJOQ","programStage":"zOK5Pk5V5Yz",
"orgUnit":"lgY4CHs5HtP","occurredAt":"2026-01-06","dataValues":[{"dataElement":%q,"value":%q}]}]}`, uid, enrollment, dataElement, value)
}

func TestSimultaneousImportsShareAUniqueValue(t *testing.T) {
	t.Parallel()
	s, statuses := atOnce(t, "2.42", nil, personBody("Person00001", "N"), personBody("Person00002", "N"))
	assert.Equal(t, map[int]int{http.StatusOK: 2}, statuses)
	assert.Len(t, s.TrackedEntities(), 2)
	later := importAs(t, s, "admin", personBody("Person00001", "N"))
	assert.Equal(t, []string{"E1064"}, codesOf(t, later), "the first holder is refused as well")
}

func TestSimultaneousCreatesOfOneUIDMeetTheDatabasesKey(t *testing.T) {
	t.Parallel()
	for version, refused := range map[string]int{"2.40": 409, "2.41": 500, "2.42": 409, "2.43": 500} {
		s, statuses := atOnce(t, version, nil, personBody("Person00001", "A"), personBody("Person00001", "B"))
		assert.Equal(t, map[int]int{http.StatusOK: 1, refused: 1}, statuses, version)
		assert.Len(t, s.TrackedEntities(), 1, version)
	}
}

func TestSimultaneousFirstEnrollmentsAreSavedByTheOwner(t *testing.T) {
	t.Parallel()
	s, statuses := atOnce(t, "2.43", []string{personBody("Person00001", "A")},
		enrollmentBody("Enrollment1", "Person00001"), enrollmentBody("Enrollment2", "Person00001"))
	assert.Equal(t, map[int]int{http.StatusOK: 1, http.StatusInternalServerError: 1}, statuses)
	assert.Len(t, s.TrackedEntities()[0].Enrollments, 1)
}

func TestSimultaneousUpdatesOfAnEventLoseDataValues(t *testing.T) {
	t.Parallel()
	setup := []string{
		personBody("Person00001", "A"), enrollmentBody("Enrollment1", "Person00001"), visitBody("Visit000001", "Enrollment1", "fEZef320RHa", "60"),
	}
	s, statuses := atOnce(t, "2.42", setup,
		visitBody("Visit000001", "Enrollment1", "Mz6b8yeFGJ9", "11"), visitBody("Visit000001", "Enrollment1", "xE0ukqnW4NE", "120"))
	assert.Equal(t, map[int]int{http.StatusOK: 2}, statuses)
	assert.Len(t, s.Events()[0].DataValues, 2, "one of the two new values and the old one")
}

func TestOppositeOrdersDeadlockUpTo242(t *testing.T) {
	t.Parallel()
	people := func(first, second string) string {
		return fmt.Sprintf(`{"trackedEntities":[%s,%s]}`, inner(personBody(first, first)), inner(personBody(second, second)))
	}
	for version, want := range map[string]map[int]int{
		"2.42": {http.StatusOK: 1, http.StatusConflict: 1},
		"2.43": {http.StatusOK: 2},
	} {
		_, statuses := atOnce(t, version, []string{people("Person00001", "Person00002")},
			people("Person00001", "Person00002"), people("Person00002", "Person00001"))
		assert.Equal(t, want, statuses, version)
	}
}

// inner is the one object of a payload of one.
func inner(payload string) string {
	var doc map[string][]json.RawMessage
	if err := json.Unmarshal([]byte(payload), &doc); err != nil {
		panic(err) // written above
	}
	return string(doc["trackedEntities"][0])
}

func TestWithoutTheKnobImportsRunOneAfterTheOther(t *testing.T) {
	t.Parallel()
	s := handler(t, dhis2test.Options{})
	var all sync.WaitGroup
	statuses := make([]int, 8)
	for i := range statuses {
		all.Go(func() {
			statuses[i] = importAs(t, s, "admin", personBody(fmt.Sprintf("Person%05d", i), "SAME")).status
		})
	}
	all.Wait()
	ok := 0
	for _, status := range statuses {
		if status == http.StatusOK {
			ok++
		}
	}
	assert.Equal(t, 1, ok)
}
