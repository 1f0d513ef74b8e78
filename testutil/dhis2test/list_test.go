package dhis2test_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func readAll(t *testing.T, r io.Reader) []byte {
	t.Helper()
	content, err := io.ReadAll(r)
	require.NoError(t, err)
	return content
}

func TestListsCarryTheKeysAndPagersOfTheirVersion(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]string{
		"2.40": `{"instances":[{"trackedEntity":"Patient0000"}],"page":1,"pageSize":1}`,
		"2.41": `{"trackedEntities":[{"trackedEntity":"Patient0000"}],"page":1,"pageSize":1,"pager":{"page":1,"pageSize":1}}`,
		"2.42": `{"trackedEntities":[{"trackedEntity":"Patient0000"}],"pager":{"page":1,"pageSize":1,"nextPage":"URL&pageSize=1&page=2"}}`,
		"2.43": `{"trackedEntities":[{"trackedEntity":"Patient0000"}],"pager":{"page":1,"pageSize":1,"nextPage":"URL&pageSize=1&page=2"}}`,
	} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := clinic(t, version)
			path := "trackedEntities?program=" + childProgram + "&fields=trackedEntity&order=createdAt"

			got := get(t, s, path+"&pageSize=1")

			assert.JSONEq(t, strings.ReplaceAll(want, "URL", s.URL+"/api/tracker/"+path), string(got.body))
		})
	}
}

func TestNextPageLeadsThroughTheWholeListOnce(t *testing.T) {
	t.Parallel()
	s := clinic(t, "2.43")
	var seen []string
	next := "/api/tracker/events?program=" + childProgram + "&fields=event&order=occurredAt,event&pageSize=3&totalPages=true"
	for pages := 0; next != ""; pages++ {
		require.Less(t, pages, 5, "no end")
		got := clinicCall(t, s, http.MethodGet, next, "", "admin")
		seen = append(seen, names(t, got)...)
		var doc struct {
			Pager struct {
				Total, PageCount int
				NextPage         string
			}
		}
		require.NoError(t, json.Unmarshal(got.body, &doc))
		assert.Equal(t, 10, doc.Pager.Total)
		assert.Equal(t, 4, doc.Pager.PageCount)
		next = strings.TrimPrefix(doc.Pager.NextPage, s.URL)
	}
	assert.Len(t, seen, 10)
	assert.ElementsMatch(t, names(t, get(t, s, "events?program="+childProgram+"&paging=false&fields=event")), seen)
}

func TestPagesAreRefusedAsTheServerDoes(t *testing.T) {
	t.Parallel()
	s := clinic(t, "2.42")
	for params, want := range map[string]string{
		"page=0":                      "page must be greater than or equal to 1 if specified",
		"pageSize=0":                  "pageSize must be greater than or equal to 1 if specified",
		"pageSize=x":                  `Value 'x' is not valid for parameter pageSize. For input string: "x"`,
		"totalPages=perhaps":          "Value 'perhaps' is not valid for parameter totalPages. It should be of type boolean",
		"pageSize=50001":              "Invalid page size: 50001. It must not exceed the system limit of KeyTrackedEntityMaxLimit 50000.",
		"paging=false&pageSize=2":     "Paging cannot be disabled with paging=false while also requesting a paginated response with page, pageSize and/or totalPages=true",
		"paging=false&totalPages=yes": "Paging cannot be disabled with paging=false while also requesting a paginated response with page, pageSize and/or totalPages=true",
	} {
		got := get(t, s, "trackedEntities?program="+childProgram+"&"+params)
		assert.Equal(t, http.StatusBadRequest, got.status, params)
		assert.Equal(t, want, refusal(t, got), params)
	}
	assert.Empty(t, names(t, get(t, s, "trackedEntities?program="+childProgram+"&page=2000000000&pageSize=50000")), "far past the end")
	assert.Len(t, names(t, get(t, s, "events?program="+childProgram+"&pageSize=50001")), 10, "the limit is that of tracked entities")
}

func TestParametersHoldInTheirVersionsOnly(t *testing.T) {
	t.Parallel()
	all := "0 1 2 3 4"
	for _, tc := range []struct{ params, v40, v41, v42 string }{
		{"orgUnit=" + facility1, "0 3", "0 3", all},
		{"orgUnits=" + facility1, all, "0 3", "0 3"},
		{"ouMode=CAPTURE&x=1", all, all, all},
		{"programStatus=COMPLETED", "3", "3", "3"},
		{"enrollmentStatus=COMPLETED", all, all, "3"},
		{"trackedEntity=Patient0001;Patient0002", "1 2", "1 2", all},
		{"trackedEntities=Patient0001,Patient0002", all, "1 2", "1 2"},
		{"nonsense=1", all, all, all},
		{"lastUpdatedStartDate=2099-01-01", all, all, all},
	} {
		for version, want := range map[string]string{"2.40": tc.v40, "2.41": tc.v41, "2.42": tc.v42, "2.43": tc.v42} {
			t.Run(version+" "+tc.params, func(t *testing.T) {
				t.Parallel()
				got := names(t, get(t, clinic(t, version), "trackedEntities?program="+childProgram+"&fields=trackedEntity&order=createdAt&"+tc.params))
				assert.Equal(t, want, numbers(got))
			})
		}
	}
}

func TestParametersThatWereRemovedSaySoIn241Only(t *testing.T) {
	t.Parallel()
	path := "trackedEntities?program=" + childProgram + "&query=Amina"
	got := get(t, clinic(t, "2.41"), path)
	assert.Equal(t, http.StatusBadRequest, got.status)
	assert.Equal(t, "`query` parameter was removed in v41. Use `filter` instead.", refusal(t, got))
	assert.Len(t, names(t, get(t, clinic(t, "2.42"), path)), 5)
}

func TestEntitiesAreSelectedByTheirEnrollmentsAndEvents(t *testing.T) {
	t.Parallel()
	s := clinic(t, "2.42")
	for params, want := range map[string]string{
		"followUp=true":                      "2",
		"followUp=false":                     "0 1 3 4",
		"enrollmentEnrolledAfter=2026-02-05": "1 3",
		"enrollmentEnrolledBefore=2026-02-04&enrollmentStatus=ACTIVE":                                                "0 2 4",
		"enrollmentOccurredAfter=2026-02-05T00:00:00.001":                                                            "",
		"eventStatus=COMPLETED&eventOccurredAfter=2026-02-07&eventOccurredBefore=2026-02-07":                         "1 3",
		"eventStatus=active&eventOccurredAfter=2026-01-06&eventOccurredBefore=2026-01-06&followUp=true":              "2",
		"eventStatus=ACTIVE&eventOccurredAfter=2026-01-01&eventOccurredBefore=2026-12-31&programStage=" + visitStage: "",
		"programStage=" + visitStage:                          "0 1 2 3 4",
		"assignedUserMode=ANY":                                "",
		"potentialDuplicate=false":                            "0 1 2 3 4",
		"trackedEntities=Patient0004,zzzzzzzzzzz,Patient0001": "1 4",
	} {
		assert.Equal(t, want, found(t, s, params), params)
	}
}

func TestEntityListsAreRefusedAsTheServerDoes(t *testing.T) {
	t.Parallel()
	s := clinic(t, "2.42")
	for query, want := range map[string]string{
		"": "Either `program`, `trackedEntityType` or `trackedEntities` should be specified",
		"program=" + childProgram + "&trackedEntityType=" + person:      "`program` and `trackedEntityType` cannot be specified simultaneously",
		"trackedEntityType=" + person + "&enrollmentStatus=ACTIVE":      "`program` must be defined when `enrollmentStatus` is defined",
		"trackedEntityType=" + person + "&followUp=true":                "`program` must be defined when `followUp` is defined",
		"trackedEntityType=" + person + "&enrollmentEnrolledAfter=2026": "`program` must be defined when `enrollmentEnrolledAfter` is specified",
		"program=zzzzzzzzzzz":                                                       "Program is specified but does not exist: zzzzzzzzzzz",
		"program=" + labProgram:                                                     "Program specified is not a tracker program: " + labProgram,
		"trackedEntityType=zzzzzzzzzzz":                                             "Tracked entity type is specified but does not exist: zzzzzzzzzzz",
		"program=" + childProgram + "&programStage=" + labStage:                     "Program does not contain the specified programStage: " + labStage,
		"program=" + childProgram + "&orgUnits=zzzzzzzzzzz":                         "Organisation unit does not exist: zzzzzzzzzzz",
		"program=" + childProgram + "&orgUnitMode=CHILDREN":                         "At least one org unit or tracked entity is required for orgUnitMode: CHILDREN. Please add one of the two or use a different orgUnitMode.",
		"program=" + childProgram + "&orgUnitMode=ALL&orgUnits=" + facility1:        "orgUnitMode ALL cannot be used with orgUnits. Please remove the orgUnit parameter and try again.",
		"program=" + childProgram + "&enrollmentStatus=DONE":                        "Value 'DONE' is not valid for parameter enrollmentStatus. Valid values are: [ACTIVE, COMPLETED, CANCELLED]",
		"program=" + childProgram + "&eventStatus=ACTIVE":                           "`eventOccurredAfter`, `eventOccurredBefore` and `eventStatus` must be specified together",
		"program=" + childProgram + "&updatedWithin=1d&updatedBefore=2026":          "`updatedAfter` or `updatedBefore` and `updatedWithin` cannot be specified simultaneously",
		"program=" + childProgram + "&updatedWithin=1w":                             "`updatedWithin` is not valid: 1w",
		"program=" + childProgram + "&updatedAfter=yesterday":                       `Value 'yesterday' is not valid for parameter updatedAfter. Invalid format: "yesterday"`,
		"trackedEntities=abc":                                                       "Value 'abc' is not valid for parameter trackedEntities. UID must be an alphanumeric string of 11 characters starting with a letter, but was: abc",
		"trackedEntities=Patient0000,Patient0001&trackedEntities=Patient0002":       "You likely repeated request parameter 'trackedEntities' and used multiple comma-separated values within at least one of its values. Choose one of these approaches. UID must be an alphanumeric string of 11 characters starting with a letter, but was: Patient0000,Patient0001",
		"trackedEntities=Patient0000;Patient0001":                                   "Value 'Patient0000;Patient0001' is not valid for parameter trackedEntities. UID must be an alphanumeric string of 11 characters starting with a letter, but was: Patient0000;Patient0001",
		"program=" + childProgram + "&programStatus=ACTIVE&enrollmentStatus=ACTIVE": "Only one parameter of 'programStatus' and 'enrollmentStatus' must be specified. Prefer 'enrollmentStatus' as 'programStatus' will be removed.",
	} {
		got := get(t, s, "trackedEntities?"+query)
		assert.Equal(t, http.StatusBadRequest, got.status, query)
		assert.Equal(t, want, refusal(t, got), query)
	}
}

func TestProgramIsMandatoryFrom243(t *testing.T) {
	t.Parallel()
	old, s := clinic(t, "2.42"), clinic(t, "2.43")
	assert.Len(t, names(t, get(t, old, "enrollments?fields=enrollment")), 5)
	assert.Len(t, names(t, get(t, old, "events?fields=event")), 13)

	got := get(t, s, "enrollments")
	assert.Equal(t, http.StatusBadRequest, got.status)
	assert.Equal(t, "Program is mandatory", refusal(t, got))
	got = get(t, s, "events")
	assert.Equal(t, http.StatusBadRequest, got.status)
	assert.Contains(t, got.header.Get("Content-Type"), "text/html")
}

func TestEventsOfEitherKindHaveTheirEndpointsFrom243(t *testing.T) {
	t.Parallel()
	s := clinic(t, "2.43")
	assert.Len(t, names(t, get(t, s, "trackerEvents?program="+childProgram+"&fields=event")), 10)
	assert.Len(t, names(t, get(t, s, "singleEvents?program="+labProgram+"&fields=event")), 3)
	assert.Equal(t, "Program specified is not a tracker program: "+labProgram, refusal(t, get(t, s, "trackerEvents?program="+labProgram)))
	assert.Equal(t, http.StatusOK, get(t, s, "singleEvents/LabResu0000").status)
	assert.Equal(t, http.StatusNotFound, get(t, s, "singleEvents/"+visitUID(0)).status)
	assert.Equal(t, http.StatusNotFound, get(t, clinic(t, "2.42"), "trackerEvents?program="+childProgram).status)
}

func TestEnrollmentsAreSelected(t *testing.T) {
	t.Parallel()
	s := clinic(t, "2.43")
	for params, want := range map[string]string{
		"":                                    "0 1 2 3 4",
		"status=COMPLETED":                    "3",
		"programStatus=COMPLETED":             "3",
		"followUp=true":                       "2",
		"enrolledAfter=2026-02-05":            "1 3",
		"enrolledBefore=2026-01-05":           "0 2 4",
		"orgUnits=" + facility1:               "0 3",
		"trackedEntity=Patient0002":           "2",
		"enrollments=Enrollm0004,Enrollm0001": "1 4",
		"updatedAfter=2099-01-01":             "",
		"updatedWithin=1d":                    "0 1 2 3 4",
		"orgUnits=" + district + "&orgUnitMode=CHILDREN": "0 1 2 3 4",
		"orgUnits=" + district + "&orgUnitMode=SELECTED": "2",
	} {
		got := names(t, get(t, s, "enrollments?program="+childProgram+"&fields=enrollment&order=createdAt&"+params))
		if strings.HasPrefix(params, "trackedEntity") {
			got = names(t, get(t, s, "enrollments?program="+childProgram+"&fields=enrollment&"+params))
		}
		assert.Equal(t, want, numbers(got), params)
	}
	assert.Equal(t, "Tracked entity is specified but does not exist: zzzzzzzzzzz",
		refusal(t, get(t, s, "enrollments?program="+childProgram+"&trackedEntity=zzzzzzzzzzz")))
}

func TestEventsAreSelected(t *testing.T) {
	t.Parallel()
	s := clinic(t, "2.42")
	for params, want := range map[string]string{
		"programStage=" + visitStage:                                                            "0 1 2 3 4",
		"status=COMPLETED":                                                                      "0 1 2 3 4",
		"occurredAfter=2026-02-07":                                                              "1 3",
		"occurredBefore=2026-01-06":                                                             "0 2 4",
		"occurredAfter=2026-02-06&occurredBefore=2026-02-06T12:00":                              "1 3",
		"status=ACTIVE&enrollmentStatus=COMPLETED":                                              "3",
		"status=ACTIVE&followUp=true":                                                           "2",
		"status=ACTIVE&orgUnit=" + facility2:                                                    "1 4",
		"status=ACTIVE&orgUnit=" + country + "&orgUnitMode=DESCENDANTS":                         "0 1 2 3 4",
		"status=ACTIVE&trackedEntity=Patient0003":                                               "3",
		"status=ACTIVE&enrollments=Enrollm0003,Enrollm0001":                                     "1 3",
		"events=BirthEv0004,BirthEv0000":                                                        "0 4",
		"filter=" + height + ":ge:49:lt:51":                                                     "1 2",
		"filter=" + height + ":gt:49.5":                                                         "2 3 4",
		"filter=" + height + ":like:5":                                                          "2 3 4",
		"filter=" + height + ":in:48;52.0":                                                      "0 4",
		"filter=" + height + ":null":                                                            "0 1 2 3 4",
		"filter=" + height:                                                                      "0 1 2 3 4",
		"status=ACTIVE&filterAttributes=" + givenName + ":sw:A":                                 "0",
		"status=ACTIVE&filterAttributes=" + age + ":gt:9":                                       "2 3 4",
		"status=ACTIVE&assignedUserMode=NONE":                                                   "0 1 2 3 4",
		"status=ACTIVE&assignedUserMode=ANY":                                                    "",
		"status=ACTIVE&orgUnits=" + facility2:                                                   "0 1 2 3 4",
		"status=ACTIVE&enrollmentEnrolledAfter=2026-02-01":                                      "1 3",
		"status=ACTIVE&attributeCategoryCombo=bjDvmb4bfuf&attributeCategoryOptions=xYerKDKCefk": "0 1 2 3 4",
	} {
		got := names(t, get(t, s, "events?program="+childProgram+"&fields=event&order=createdAt,event&"+params))
		assert.Equal(t, want, numbers(got), params)
	}
	for params, want := range map[string]string{
		"filter=zzzzzzzzzzz:eq:1":                          "filter is invalid. Data element 'zzzzzzzzzzz' does not exist.",
		"filter=" + height + ":gt:tall":                    "Filter for data element " + height + " is invalid. The data element value type is NUMBER but the value `tall` is not.",
		"filter=" + height + ":gt:1&events=" + visitUID(0): "Event UIDs and filters can not be specified at the same time",
		"filterAttributes=abc:eq:1":                        "filterAttributes=abc:eq:1 is invalid. UID must be an alphanumeric string of 11 characters starting with a letter, but was: abc",
		"orgUnitMode=SELECTED":                             "At least one org unit is required for orgUnitMode: SELECTED. Please add one org unit or use a different orgUnitMode.",
		"orgUnit=zzzzzzzzzzz":                              "Organisation unit is specified but does not exist: zzzzzzzzzzz",
		"programStage=zzzzzzzzzzz":                         "Program stage is specified but does not exist: zzzzzzzzzzz",
		"status=DONE":                                      "Value 'DONE' is not valid for parameter status. Valid values are: [ACTIVE, COMPLETED, VISITED, SCHEDULE, OVERDUE, SKIPPED]",
	} {
		got := get(t, s, "events?program="+childProgram+"&"+params)
		assert.Equal(t, http.StatusBadRequest, got.status, params)
		assert.Equal(t, want, refusal(t, got), params)
	}
}

func TestRelationshipsAreListedForOneObject(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.41", "2.43"} {
		s := clinic(t, version)
		post(t, s, json.RawMessage(fmt.Sprintf(`{"relationships":[{"relationship":"Relatio0001","relationshipType":%q,
			"from":{"trackedEntity":{"trackedEntity":"Patient0000"}},"to":{"trackedEntity":{"trackedEntity":"Patient0001"}}}]}`, motherChild)))

		got := get(t, s, "relationships?trackedEntity=Patient0001")
		assert.Equal(t, []string{"Relatio0001"}, names(t, got))
		assert.Contains(t, string(got.body), `"from":{"trackedEntity":{"trackedEntity":"Patient0000"}}`, "only the UIDs of the ends")
		assert.Empty(t, names(t, get(t, s, "relationships?trackedEntity=Patient0002")))
		assert.Equal(t, "TrackedEntity with id zzzzzzzzzzz could not be found.", refusal(t, get(t, s, "relationships?trackedEntity=zzzzzzzzzzz")))
		assert.Equal(t, "Missing required parameter 'trackedEntity', 'enrollment' or 'event'.", refusal(t, get(t, s, "relationships")))
		assert.Equal(t, "Only one of parameters 'trackedEntity', 'enrollment' or 'event' is allowed.",
			refusal(t, get(t, s, "relationships?trackedEntity=Patient0000&event=zzzzzzzzzzz")))
		full := get(t, s, "relationships/Relatio0001?fields=*,from[trackedEntity[orgUnit]],!to").json(t)
		assert.Equal(t, true, full["bidirectional"])
		assert.Equal(t, map[string]any{"trackedEntity": map[string]any{"orgUnit": facility1}}, full["from"])
		assert.NotContains(t, full, "to")
	}
}

func TestUpdatedTimesAreInclusiveInEveryZone(t *testing.T) {
	t.Parallel()
	s := clinic(t, "2.42")
	third := get(t, s, "trackedEntities/Patient0002?fields=updatedAt").json(t)["updatedAt"].(string)
	instant := parseServerTime(t, third)
	utc := instant.UTC().Format("2006-01-02T15:04:05Z")
	offset := url.QueryEscape(instant.Format("2006-01-02T15:04:05.000-07:00"))
	between := third + "&updatedBefore=" + third
	for params, want := range map[string]string{
		"updatedAfter=" + third:    "2 3 4",
		"updatedBefore=" + third:   "0 1 2",
		"updatedAfter=" + utc:      "2 3 4",
		"updatedAfter=" + offset:   "2 3 4",
		"updatedAfter=" + between:  "2",
		"updatedAfter=2026-03-01":  "0 1 2 3 4",
		"updatedBefore=2026-03-01": "0 1 2 3 4",
		"updatedBefore=2026-02-28": "",
		"updatedWithin=1h":         "0 1 2 3 4",
	} {
		assert.Equal(t, want, found(t, s, params), params)
	}
}

func TestDeletedObjectsAreShownOnlyWhenAskedFor(t *testing.T) {
	t.Parallel()
	s := clinic(t, "2.42")
	post(t, s, json.RawMessage(`{"trackedEntities":[{"trackedEntity":"Patient0001"}],"events":[{"event":"VisitEv0002"}]}`), "importStrategy=DELETE")

	assert.Equal(t, "0 2 3 4", found(t, s, ""))
	assert.Equal(t, "0 1 2 3 4", found(t, s, "includeDeleted=true"))
	assert.Equal(t, http.StatusNotFound, get(t, s, "trackedEntities/Patient0001").status)
	assert.Equal(t, http.StatusNotFound, get(t, s, "enrollments/Enrollm0001").status)
	assert.Equal(t, "0 3 4", numbers(names(t, get(t, s, "events?program="+childProgram+"&programStage="+visitStage+"&fields=event&order=createdAt"))))
	assert.Equal(t, "1 2", numbers(names(t, get(t, s, "events?events=VisitEv0001,VisitEv0002&program="+childProgram+"&includeDeleted=true&fields=event&order=createdAt"))))
	doc := string(get(t, s, "trackedEntities?trackedEntities=Patient0002&includeDeleted=true&fields=enrollments[events[event,deleted]]").body)
	assert.Contains(t, doc, `{"deleted":true,"event":"VisitEv0002"}`)
}

func TestSearchScopeBoundsWhatAUserSees(t *testing.T) {
	t.Parallel()
	s := clinic(t, "2.42")
	list := func(user, query string) answer {
		return clinicCall(t, s, http.MethodGet, "/api/tracker/trackedEntities?program="+childProgram+"&fields=trackedEntity&order=createdAt&"+query, "", user)
	}
	assert.Equal(t, "1 4", numbers(names(t, list("ohmfac2", ""))))
	assert.Equal(t, "1 4", numbers(names(t, list("ohmfac2", "orgUnitMode=CAPTURE"))))
	got := list("ohmfac2", "orgUnits="+facility1)
	assert.Equal(t, http.StatusForbidden, got.status)
	assert.Equal(t, "Organisation unit is not part of the search scope: "+facility1, refusal(t, got))
	got = list("ohmfac2", "orgUnitMode=ALL")
	assert.Equal(t, http.StatusConflict, got.status, "a search beyond the capture scope says too little")
	assert.Equal(t, "At least 1 attributes should be mentioned in the search criteria.", refusal(t, got))
	assert.Equal(t, "0", numbers(names(t, list("ohmfac2", "orgUnitMode=ALL&filter="+givenName+":eq:amina"))))
	assert.Equal(t, http.StatusNotFound, clinicCall(t, s, http.MethodGet, "/api/tracker/trackedEntities/Patient0000", "", "ohmfac2").status)
	assert.Equal(t, http.StatusForbidden, clinicCall(t, clinic(t, "2.41"), http.MethodGet, "/api/tracker/trackedEntities/Patient0000", "", "ohmfac2").status)
	assert.Equal(t, http.StatusNotFound, clinicCall(t, s, http.MethodGet, "/api/tracker/events/"+visitUID(0), "", "ohmfac2").status)
	assert.Equal(t, http.StatusNotFound, clinicCall(t, s, http.MethodGet, "/api/tracker/enrollments/"+enrollmentUID(0), "", "ohmfac2").status)
}

func TestOrgUnitModesLookAtTheTree(t *testing.T) {
	t.Parallel()
	s := clinic(t, "2.43")
	for params, want := range map[string]string{
		"orgUnits=" + facility1:                            "0 3",
		"orgUnits=" + district:                             "2",
		"orgUnits=" + district + "&orgUnitMode=selected":   "2",
		"orgUnits=" + district + "&orgUnitMode=CHILDREN":   "0 1 2 3 4",
		"orgUnits=" + country + "&orgUnitMode=CHILDREN":    "2",
		"orgUnits=" + country + "&orgUnitMode=DESCENDANTS": "0 1 2 3 4",
		"orgUnits=" + facility1 + "," + facility2:          "0 1 3 4",
		"orgUnits=" + facility1 + "&orgUnits=" + facility2: "0 1 3 4",
		"orgUnits=":           "0 1 2 3 4",
		"orgUnitMode=all":     "0 1 2 3 4",
		"orgUnitMode=CAPTURE": "0 1 2 3 4",
	} {
		got := names(t, get(t, s, "trackedEntities?program="+childProgram+"&fields=trackedEntity&order=createdAt&"+params))
		assert.Equal(t, want, numbers(got), params)
	}
}
