package dhis2test_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func parseServerTime(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02T15:04:05.000", text, time.FixedZone("Africa/Nairobi", 3*60*60))
	require.NoError(t, err)
	return at
}

func TestFieldsSelectWhatIsShown(t *testing.T) {
	t.Parallel()
	s := clinic(t, "2.42")
	for fields, want := range map[string]string{
		"trackedEntity":                 `{"trackedEntity":"Patient0001"}`,
		"trackedEntity, orgUnit":        `{"trackedEntity":"Patient0001","orgUnit":"iPrqVTs7evU"}`,
		"nothing":                       `{}`,
		"":                              `{}`,
		":identifiable":                 `{}`,
		"trackedEntity~rename(id)":      `{"id":"Patient0001"}`,
		"enrollments~size":              `{"enrollments":1}`,
		"enrollments~size~rename(n)":    `{"n":1}`,
		"relationships~isEmpty":         `{"relationships":true}`,
		"enrollments~pluck(enrollment)": `{"enrollments":["Enrollm0001"]}`,
		"createdBy[username]":           `{"createdBy":{"username":"admin"}}`,
		"enrollments[enrollment":        `{"enrollments":[{"enrollment":"Enrollm0001"}]}`,
		"enrollments(enrollment)":       `{"enrollments":[{"enrollment":"Enrollm0001"}]}`,
		"trackedEntity,!trackedEntity":  `{}`,
		"enrollments[enrollment,events[event]],orgUnit":      `{"orgUnit":"iPrqVTs7evU","enrollments":[{"enrollment":"Enrollm0001","events":[{"event":"BirthEv0001"},{"event":"VisitEv0001"}]}]}`,
		"enrollments[enrollment],enrollments[status]":        `{"enrollments":[{"enrollment":"Enrollm0001","status":"ACTIVE"}]}`,
		"enrollments[events[dataValues[dataElement,value]]]": `{"enrollments":[{"events":[{"dataValues":[{"dataElement":"SyY2t3MmAHo","value":"3.2"}]},{"dataValues":[{"dataElement":"fEZef320RHa","value":"49"}]}]}]}`,
		"programOwners": `{"programOwners":[{"trackedEntity":"Patient0001","program":"sBSRMACZJOQ","orgUnit":"iPrqVTs7evU"}]}`,
	} {
		got := get(t, s, "trackedEntities/Patient0001?fields="+url.QueryEscape(fields))
		assert.JSONEq(t, want, string(got.body), fields)
	}
}

func TestDefaultFieldsDifferByEndpoint(t *testing.T) {
	t.Parallel()
	s := clinic(t, "2.42")
	for path, missing := range map[string][]string{
		"trackedEntities/Patient0001": {"relationships", "enrollments", "programOwners"},
		"enrollments/Enrollm0001":     {"relationships", "events", "attributes"},
		"events/VisitEv0001":          {"relationships"},
	} {
		doc, all := get(t, s, path).json(t), get(t, s, path+"?fields=*").json(t)
		for _, field := range missing {
			assert.NotContains(t, doc, field, path)
			assert.Contains(t, all, field, path)
		}
		assert.Contains(t, all, "createdBy", path)
	}
}

func TestStoredByIsShownByVersion(t *testing.T) {
	t.Parallel()
	for version, want := range map[string][3]bool{ // entity, enrollment, attribute
		"2.41": {true, true, true}, "2.42": {false, false, false}, "2.43": {false, true, true},
	} {
		s := clinic(t, version)
		entity := get(t, s, "trackedEntities/Patient0000?fields=*").json(t)
		attribute := entity["attributes"].([]any)[0].(map[string]any)
		enrollment := get(t, s, "enrollments/Enrollm0000").json(t)
		for i, doc := range []map[string]any{entity, enrollment, attribute} {
			_, shown := doc["storedBy"]
			assert.Equal(t, want[i], shown, "%s %d", version, i)
		}
	}
}

func TestAnUpdateTakesStoredByAwayIn241(t *testing.T) {
	t.Parallel()
	s := clinic(t, "2.41")
	post(t, s, json.RawMessage(`{"enrollments":[{"enrollment":"Enrollm0000","trackedEntity":"Patient0000","program":"sBSRMACZJOQ",
		"orgUnit":"lgY4CHs5HtP","enrolledAt":"2026-01-05"}]}`))
	assert.NotContains(t, get(t, s, "enrollments/Enrollm0000").json(t), "storedBy")
	assert.Contains(t, get(t, s, "enrollments/Enrollm0001").json(t), "storedBy")
}

func TestSingleEventsHangOnAHiddenEnrollmentBefore243(t *testing.T) {
	t.Parallel()
	first := get(t, clinic(t, "2.42"), "events/LabResu0000").json(t)
	assert.NotEmpty(t, first["enrollment"])
	assert.NotContains(t, first, "trackedEntity")
	assert.NotContains(t, get(t, clinic(t, "2.43"), "events/LabResu0000").json(t), "enrollment")
}

func TestEntityOfAnotherProgramIsNotFoundFrom242(t *testing.T) {
	t.Parallel()
	path := "trackedEntities/Patient0000?program=" + onceProgram
	assert.Equal(t, http.StatusOK, get(t, clinic(t, "2.41"), path).status)
	got := get(t, clinic(t, "2.42"), path)
	assert.Equal(t, http.StatusNotFound, got.status)
	assert.Equal(t, "TrackedEntity with id Patient0000 could not be found.", refusal(t, got))
	got = get(t, clinic(t, "2.42"), "trackedEntities/Patient0000?program=zzzzzzzzzzz")
	assert.Equal(t, "Program with id zzzzzzzzzzz could not be found.", refusal(t, got))
	got = get(t, clinic(t, "2.42"), "trackedEntities/abc")
	assert.Equal(t, "Value 'abc' is not valid for path parameter uid. UID must be an alphanumeric string of 11 characters starting with a letter, but was: abc", refusal(t, got))
}

func TestIDSchemesNameTheMetadataOfAnAnswer(t *testing.T) {
	t.Parallel()
	s := clinic(t, "2.42")
	event := get(t, s, "events/VisitEv0000?idScheme=CODE").json(t)
	assert.Equal(t, "PR_CHILD", event["program"])
	assert.Equal(t, "OHM_FAC_001", event["orgUnit"])
	assert.Equal(t, "default", event["attributeOptionCombo"])
	event = get(t, s, "events/VisitEv0000?idScheme=CODE&programIdScheme=UID&orgUnitIdScheme=NAME").json(t)
	assert.Equal(t, childProgram, event["program"])
	assert.NotEqual(t, "OHM_FAC_001", event["orgUnit"])

	got := get(t, s, "events?program="+childProgram+"&orgUnitIdScheme=ATTRIBUTE:"+fhirCode)
	assert.Equal(t, http.StatusUnprocessableEntity, got.status)
	assert.Contains(t, got.json(t)["devMessage"], "OrganisationUnit[ATTRIBUTE:"+fhirCode+"]=")
	got = get(t, s, "events?program="+childProgram+"&idScheme=code")
	assert.Equal(t, "Value 'code' is not valid for parameter idScheme. Valid values are: [UID, CODE, NAME, ATTRIBUTE:attributeUid]", refusal(t, got))

	assert.Equal(t, childProgram, get(t, clinic(t, "2.41"), "events/VisitEv0000?idScheme=CODE").json(t)["program"], "2.41 ignores it")
	enrollment := "enrollments/Enrollm0000?idScheme=CODE"
	assert.Equal(t, childProgram, get(t, s, enrollment).json(t)["program"], "2.42 does not know it on enrollments")
	assert.Equal(t, "PR_CHILD", get(t, clinic(t, "2.43"), enrollment).json(t)["program"])
}

func TestListsComeAsCSVAndPacked(t *testing.T) {
	t.Parallel()
	s := clinic(t, "2.42")
	path := "/api/tracker/events?program=" + labProgram + "&order=createdAt&skipHeader="

	got := clinicCall(t, s, http.MethodGet, path+"false", "", "admin", "Accept", "text/csv")

	assert.Equal(t, "application/csv;charset=UTF-8", got.header.Get("Content-Type"))
	assert.Equal(t, "attachment; filename=events.csv", got.header.Get("Content-Disposition"))
	lines := strings.Split(strings.TrimSuffix(string(got.body), "\n"), "\n")
	require.Len(t, lines, 4)
	assert.True(t, strings.HasPrefix(lines[0], "event,status,program,"))
	assert.True(t, strings.HasPrefix(lines[1], "LabResu0000,COMPLETED,fm69ntIAbZu,"), lines[1])
	assert.Contains(t, lines[1], ",2026-01-05T21:00:00Z,", "CSV is in UTC")
	assert.Contains(t, lines[1], ",Mz6b8yeFGJ9,10.5,admin,false,")

	packed := clinicCall(t, s, http.MethodGet, path+"true", "", "admin", "Accept", "application/csv+gzip")
	z, err := gzip.NewReader(bytes.NewReader(packed.body))
	require.NoError(t, err)
	assert.Equal(t, strings.Join(lines[1:], "\n")+"\n", string(readAll(t, z)))
	packed = clinicCall(t, s, http.MethodGet, path+"true", "", "admin", "Accept", "application/csv+zip")
	archive, err := zip.NewReader(bytes.NewReader(packed.body), int64(len(packed.body)))
	require.NoError(t, err)
	require.Len(t, archive.File, 1)
	assert.Equal(t, "events.csv", archive.File[0].Name)

	packed = clinicCall(t, s, http.MethodGet, "/api/tracker/events?program="+labProgram+"&fields=event&paging=false&order=createdAt", "", "admin",
		"Accept", "application/json+gzip")
	z, err = gzip.NewReader(bytes.NewReader(packed.body))
	require.NoError(t, err)
	assert.JSONEq(t, `{"events":[{"event":"LabResu0000"},{"event":"LabResu0001"},{"event":"LabResu0002"}]}`, string(readAll(t, z)))
	packed = clinicCall(t, s, http.MethodGet, "/api/tracker/events.json.zip?program="+labProgram, "", "admin", "Accept", "*/*")
	assert.Equal(t, "attachment; filename=events.json.zip", packed.header.Get("Content-Disposition"))
	assert.Equal(t, http.StatusBadRequest, clinicCall(t, s, http.MethodGet, "/api/tracker/events.json.gz?program=abc", "", "admin").status)

	entities := string(get(t, s, "trackedEntities.csv?program="+childProgram+"&order=createdAt").body)
	assert.Contains(t, entities, `"O,Neil"`)
	assert.Contains(t, entities, `"OHM Given name",Amina,TEXT`)
	assert.Contains(t, entities, `,5,INTEGER_ZERO_OR_POSITIVE`)
	assert.Equal(t, http.StatusBadRequest, get(t, s, "trackedEntities.csv").status)
}

func TestChangeLogsTellWhatHappenedToAValue(t *testing.T) {
	t.Parallel()
	s := clinic(t, "2.41")
	log := func(path string) []any { return get(t, s, path).json(t)["changeLogs"].([]any) }
	assert.Len(t, log("trackedEntities/Patient0001/changeLogs"), 6, "every value was created")
	assert.Len(t, log("events/VisitEv0001/changeLogs"), 1)
	assert.Len(t, log("trackedEntities/Patient0001/changeLogs?pageSize=4&page=2"), 2)
	assert.Len(t, log("trackedEntities/Patient0001/changeLogs?filter=attribute:eq:"+sex), 1)
	assert.Equal(t, http.StatusBadRequest, get(t, s, "trackedEntities/Patient0001/changeLogs?filter=x:eq:y").status)
	assert.Equal(t, http.StatusNotFound, get(t, s, "events/zzzzzzzzzzz/changeLogs").status)

	assert.Len(t, get(t, clinic(t, "2.42"), "events/VisitEv0001/changeLogs").json(t)["changeLogs"], 2, "occurredAt as well")
	assert.Empty(t, get(t, clinic(t, "2.43"), "events/VisitEv0001/changeLogs").json(t)["changeLogs"], "off unless the program says so")
}

func TestListedEntitiesOf241ShowThemselvesAsLoaded(t *testing.T) {
	t.Parallel()
	relate := json.RawMessage(`{"relationships":[{"relationship":"Relatio0001","relationshipType":"w7FYpYuewfo",
		"from":{"trackedEntity":{"trackedEntity":"Patient0000"}},"to":{"trackedEntity":{"trackedEntity":"Patient0001"}}}]}`)
	path := "trackedEntities?trackedEntities=Patient0001&program=" + childProgram + "&fields=relationships[to[trackedEntity[enrollments[enrollment]]]]"
	for version, want := range map[string]string{
		"2.41": `{"relationships":[{"to":{"trackedEntity":{"enrollments":[]}}}]}`,
		"2.42": `{"relationships":[{"to":{"trackedEntity":{"enrollments":[{"enrollment":"Enrollm0001"}]}}}]}`,
	} {
		s := clinic(t, version)
		post(t, s, relate)
		list := get(t, s, path).json(t)["trackedEntities"].([]any)
		require.Len(t, list, 1)
		text, err := json.Marshal(list[0])
		require.NoError(t, err)
		assert.JSONEq(t, want, string(text), version)
	}
}
