package dhis2test_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// clerk is an ordinary user of the whole country.
func clerk() dhis2test.User {
	return dhis2test.User{UID: "ClerkUser01", Username: "clerk", Password: "Ohm-Test-1!", OrgUnits: []string{"na7iT2VcmdU"}}
}

func TestASuperuserIsBoundByTheCaptureScope(t *testing.T) {
	t.Parallel()
	admin := dhis2test.DefaultUsers()[0]
	require.True(t, admin.Has("ALL"))
	admin.OrgUnits = []string{"iPrqVTs7evU"}
	s := handler(t, dhis2test.Options{Users: []dhis2test.User{admin}})
	assert.Equal(t, []string{"E1000"}, codesOf(t, importAs(t, s, "admin", personBody("Person00001", "A"))))
}

func TestANestedChildBelongsToWhatItIsIn(t *testing.T) {
	t.Parallel()
	s := handler(t, dhis2test.Options{})
	nested := strings.Replace(personBody("Person00001", "A"), `"attributes"`, `"enrollments":[{"enrollment":"Enrollment1","trackedEntity":"Person99999",
"program":"sBSRMACZJOQ","orgUnit":"lgY4CHs5HtP","enrolledAt":"2026-01-05","attributes":[{"attribute":"lXXkJgofAcb","value":"2025-12-30"}],
"events":[{"event":"Visit000001","enrollment":"Enrollment9","program":"sBSRMACZJOQ","programStage":"zOK5Pk5V5Yz","orgUnit":"lgY4CHs5HtP",
"occurredAt":"2026-01-06"}]}],"attributes"`, 1)
	a := importAs(t, s, "admin", nested)
	require.Equal(t, http.StatusOK, a.status, "%s", a.body)
	got := direct(t, s, http.MethodGet, "/api/tracker/events/Visit000001?fields=enrollment,trackedEntity", "", "admin")
	assert.JSONEq(t, `{"enrollment":"Enrollment1","trackedEntity":"Person00001"}`, string(got.body))
}

func TestAVisitedEventIsActive(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.40", "2.41", "2.42", "2.43"} {
		s := enrolled(t, dhis2test.Options{Version: version})
		visit := strings.Replace(visitBody("Visit000001", "Enrollment1", "fEZef320RHa", "50"), `"occurredAt"`, `"status":"VISITED","occurredAt"`, 1)
		require.Equal(t, http.StatusOK, importAs(t, s, "admin", visit).status)
		got := direct(t, s, http.MethodGet, "/api/tracker/events/Visit000001?fields=status", "", "admin")
		assert.JSONEq(t, `{"status":"ACTIVE"}`, string(got.body), version)
	}
}

func TestACancelledEnrollmentIsNoSecondOne(t *testing.T) {
	t.Parallel()
	s := handler(t, dhis2test.Options{})
	require.Equal(t, http.StatusOK, importAs(t, s, "admin", personBody("Person00001", "A")).status)
	once := func(uid, status string) answer {
		return importAs(t, s, "admin", fmt.Sprintf(`{"enrollments":[{"enrollment":%q,"trackedEntity":"Person00001","program":"HhEVINQlTfG",
"orgUnit":"lgY4CHs5HtP","enrolledAt":"2026-01-05","occurredAt":"2026-01-05","status":%q}]}`, uid, status))
	}
	assert.Equal(t, http.StatusOK, once("Enrollment1", "CANCELLED").status)
	assert.Equal(t, http.StatusOK, once("Enrollment2", "COMPLETED").status, "a cancelled one does not count")
	assert.Equal(t, http.StatusOK, once("Enrollment3", "CANCELLED").status, "nor is it counted itself")
	assert.Equal(t, []string{"E1016"}, codesOf(t, once("Enrollment4", "ACTIVE")))
}

func TestAValueEndsAt50000Characters(t *testing.T) {
	t.Parallel()
	s := enrolled(t, dhis2test.Options{Metadata: seedWith(t, "dataElements", "fEZef320RHa", map[string]any{"valueType": "LONG_TEXT"}, nil)})
	of := func(n int) answer {
		return importAs(t, s, "admin", visitBody("Visit000001", "Enrollment1", "fEZef320RHa", strings.Repeat("a", n)))
	}
	assert.Equal(t, http.StatusOK, of(50_000).status)
	assert.Equal(t, []string{"E1302"}, codesOf(t, of(50_001)))
}

func TestTheFutureBeginsTomorrowInTheServersZone(t *testing.T) {
	t.Parallel()
	noon := func() time.Time { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) } // 15:00 there
	s := handler(t, dhis2test.Options{Now: noon})
	require.Equal(t, http.StatusOK, importAs(t, s, "admin", personBody("Person00001", "A")).status)
	for at, want := range map[string][]string{"2026-06-01T23:59:59": nil, "2026-06-01T21:30:00Z": {"E1020"}, "2026-06-02": {"E1020"}} {
		body := strings.Replace(enrollmentBody("Enrollment1", "Person00001"), "2026-01-05", at, 1)
		assert.Equal(t, want, codesOf(t, importAs(t, s, "admin", body, "importMode=VALIDATE")), at)
	}
}

func TestANewRelationshipBumpsBothEnds(t *testing.T) {
	t.Parallel()
	clock := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	s := handler(t, dhis2test.Options{Now: func() time.Time { return clock }})
	for _, uid := range []string{"Person00001", "Person00002"} {
		require.Equal(t, http.StatusOK, importAs(t, s, "admin", personBody(uid, uid)).status)
	}
	clock = clock.Add(time.Hour)
	link := importAs(t, s, "admin", `{"relationships":[{"relationship":"LinkOfTwo01","relationshipType":"w7FYpYuewfo",
"from":{"trackedEntity":{"trackedEntity":"Person00001"}},"to":{"trackedEntity":{"trackedEntity":"Person00002"}}}]}`)
	require.Equal(t, http.StatusOK, link.status, "%s", link.body)
	for _, uid := range []string{"Person00001", "Person00002"} {
		got := direct(t, s, http.MethodGet, "/api/tracker/trackedEntities/"+uid+"?fields=updatedAt", "", "admin")
		assert.Contains(t, string(got.body), "2026-06-01T16:00", uid)
	}
}

func TestErrorsDoNotComeInThePayloadsOrder(t *testing.T) {
	t.Parallel()
	s := handler(t, dhis2test.Options{})
	var sent, came []string
	people := make([]string, 0, 9)
	for i := range 9 {
		uid := fmt.Sprintf("Person%05d", i)
		sent = append(sent, "E1049 "+uid)
		people = append(people, strings.Replace(inner(personBody(uid, uid)), "lgY4CHs5HtP", "zzzzzzzzzzz", 1))
	}
	var report struct {
		ValidationReport struct {
			ErrorReports []struct{ ErrorCode, UID string }
		}
	}
	a := importAs(t, s, "admin", `{"trackedEntities":[`+strings.Join(people, ",")+`]}`)
	require.NoError(t, json.Unmarshal(a.body, &report))
	for _, e := range report.ValidationReport.ErrorReports {
		came = append(came, e.ErrorCode+" "+e.UID)
	}
	assert.ElementsMatch(t, sent, came)
	assert.NotEqual(t, sent, came, "a client must not lean on an order")
}

func TestAScheduledEventMayLieWhereItsUserSearches(t *testing.T) {
	t.Parallel()
	user := clerk()
	user.OrgUnits, user.SearchOrgUnits = []string{"iPrqVTs7evU"}, []string{"na7iT2VcmdU"}
	s := enrolled(t, dhis2test.Options{Users: append(dhis2test.DefaultUsers(), user)})
	event := func(times string) answer {
		return importAs(t, s, "clerk", `{"events":[{"event":"Visit000001","enrollment":"Enrollment1","program":"sBSRMACZJOQ",
"programStage":"zOK5Pk5V5Yz","orgUnit":"lgY4CHs5HtP",`+times+`}]}`, "importMode=VALIDATE")
	}
	assert.Equal(t, http.StatusOK, event(`"status":"SCHEDULE","scheduledAt":"2026-12-31"`).status)
	assert.Equal(t, []string{"E1000"}, codesOf(t, event(`"occurredAt":"2026-01-06"`)))
}

func TestTypesOfEntitiesDoNotMix(t *testing.T) {
	t.Parallel()
	seed := seedWith(t, "programs", "", nil, map[string][]any{
		"trackedEntityTypes": {map[string]any{"id": "OtherType01", "name": "Other"}},
	})
	s := handler(t, dhis2test.Options{Metadata: seed})
	other := strings.Replace(personBody("Person00001", "A"), "peOCoLO91lG", "OtherType01", 1)
	require.Equal(t, http.StatusOK, importAs(t, s, "admin", other).status)
	assert.Equal(t, []string{"E1022"}, codesOf(t, importAs(t, s, "admin", enrollmentBody("Enrollment1", "Person00001"))))
	assert.Equal(t, []string{"E1126"}, codesOf(t, importAs(t, s, "admin", personBody("Person00001", "A"))))
}

// Sharing without data access is refused by the code of what is shared.
func TestSharingBindsOrdinaryUsers(t *testing.T) {
	t.Parallel()
	closed := map[string]any{"sharing": map[string]any{"public": "rw------"}}
	link := `{"relationships":[{"relationship":"LinkOfTwo01","relationshipType":"w7FYpYuewfo",
"from":{"trackedEntity":{"trackedEntity":"Person00001"}},"to":{"trackedEntity":{"trackedEntity":"Person00002"}}}]}`
	for _, c := range []struct {
		kind, uid, body, version string
		want                     []string
	}{
		{"trackedEntityTypes", "peOCoLO91lG", personBody("Person00003", "C"), "2.42", []string{"E1001"}},
		{"trackedEntityTypes", "peOCoLO91lG", visitBody("Visit000001", "Enrollment1", "fEZef320RHa", "60"), "2.42", []string{"E1104"}},
		{"programs", "sBSRMACZJOQ", visitBody("Visit000001", "Enrollment1", "fEZef320RHa", "60"), "2.42", []string{"E1096"}},
		{"programs", "sBSRMACZJOQ", enrollmentBody("Enrollment2", "Person00002"), "2.42", []string{"E1091"}},
		{"relationshipTypes", "w7FYpYuewfo", link, "2.42", []string{"E4020"}},
		{"relationshipTypes", "w7FYpYuewfo", link, "2.43", []string{"E4020"}},
	} {
		s := enrolled(t, dhis2test.Options{
			Version: c.version, Metadata: seedWith(t, c.kind, c.uid, closed, nil), Users: append(dhis2test.DefaultUsers(), clerk()),
		})
		require.Equal(t, http.StatusOK, importAs(t, s, "admin", personBody("Person00002", "B")).status)
		assert.Equal(t, c.want, codesOf(t, importAs(t, s, "clerk", c.body)), "%s %s", c.version, c.kind)
		assert.Equal(t, http.StatusOK, importAs(t, s, "admin", c.body).status, "%s %s: a superuser", c.version, c.kind)
	}
}

// A body whose fields have the wrong form is refused as Jackson does, not read
// as if the field were absent.
func TestFieldsOfTheWrongFormRefuseTheBody(t *testing.T) {
	t.Parallel()
	person := func(field string) string {
		return strings.Replace(personBody("Person00001", "A"), `"orgUnit"`, field+`,"orgUnit"`, 1)
	}
	visit := func(field string) string {
		return strings.Replace(visitBody("Visit000001", "Enrollment1", "fEZef320RHa", "60"), `"dataValues"`, field+`,"other"`, 1)
	}
	for body, want := range map[string]int{
		person(`"inactive":"yes"`): http.StatusBadRequest, person(`"inactive":{}`): http.StatusBadRequest,
		person(`"inactive":"true"`): http.StatusOK, person(`"inactive":1`): http.StatusOK, person(`"inactive":null`): http.StatusOK,
		person(`"geometry":"POINT(1 2)"`): http.StatusBadRequest, person(`"geometry":null`): http.StatusOK,
		visit(`"dataValues":{}`): http.StatusBadRequest, visit(`"dataValues":"60"`): http.StatusBadRequest,
		visit(`"dataValues":["60"]`): http.StatusBadRequest, visit(`"dataValues":[null]`): http.StatusInternalServerError,
		visit(`"notes":{}`): http.StatusBadRequest, visit(`"notes":null`): http.StatusOK,
		visit(`"assignedUser":"clerk"`): http.StatusBadRequest,
		strings.Replace(personBody("Person00001", "A"), `"attributes":[`, `"attributes":{},"other":[`, 1): http.StatusBadRequest,
	} {
		s := enrolled(t, dhis2test.Options{})
		assert.Equal(t, want, importAs(t, s, "admin", body, "importMode=VALIDATE").status, body)
	}
	s := handler(t, dhis2test.Options{})
	require.Equal(t, http.StatusOK, importAs(t, s, "admin", person(`"inactive":"true"`)).status)
	got := direct(t, s, http.MethodGet, "/api/tracker/trackedEntities/Person00001?fields=inactive", "", "admin")
	assert.JSONEq(t, `{"inactive":true}`, string(got.body))
}
