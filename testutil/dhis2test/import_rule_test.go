package dhis2test_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// seedWith is the seed's metadata with one object of a kind changed.
func seedWith(t *testing.T, kind, uid string, change map[string]any, more map[string][]any) []byte {
	t.Helper()
	var doc map[string]any
	require.NoError(t, json.Unmarshal(dhis2test.SeedMetadata(), &doc))
	for _, item := range doc[kind].([]any) { //nolint:forcetypeassert // the seed's shape
		if o := item.(map[string]any); o["id"] == uid { //nolint:forcetypeassert // the seed's shape
			maps.Copy(o, change)
		}
	}
	for name, list := range more {
		old, _ := doc[name].([]any)
		doc[name] = append(old, list...)
	}
	out, err := json.Marshal(doc)
	require.NoError(t, err)
	return out
}

// enrolled is a server with one person and one enrollment.
func enrolled(t *testing.T, opts dhis2test.Options) *dhis2test.Server {
	t.Helper()
	s := handler(t, opts)
	for _, body := range []string{personBody("Person00001", "A"), enrollmentBody("Enrollment1", "Person00001")} {
		a := importAs(t, s, "admin", body)
		require.Equal(t, http.StatusOK, a.status, "%s", a.body)
	}
	return s
}

func TestProgramRulesAreTheTestsOwn(t *testing.T) {
	t.Parallel()
	s := enrolled(t, dhis2test.Options{ProgramRules: func(e dhis2test.RuleSubject) []dhis2test.RuleResult {
		switch {
		case e.Type == "EVENT" && e.Values["fEZef320RHa"] == "1":
			return []dhis2test.RuleResult{{Code: "E1300", Args: []string{"RuleUID0001", "too short"}}}
		case e.Type == "EVENT":
			r := dhis2test.RuleResult{Code: "E1308", Args: []string{"RuleUID0002", "Mz6b8yeFGJ9", e.UID}}
			r.Assign.DataElement, r.Assign.Value = "Mz6b8yeFGJ9", "13"
			return []dhis2test.RuleResult{r}
		}
		return nil
	}})
	assert.Equal(t, []string{"E1300"}, codesOf(t, importAs(t, s, "admin", visitBody("Visit000001", "Enrollment1", "fEZef320RHa", "1"))))
	skipped := importAs(t, s, "admin", visitBody("Visit000001", "Enrollment1", "fEZef320RHa", "1"), "skipRuleEngine=true")
	assert.Equal(t, http.StatusOK, skipped.status)
	assigned := importAs(t, s, "admin", visitBody("Visit000002", "Enrollment1", "fEZef320RHa", "60"), "reportMode=FULL")
	assert.Contains(t, string(assigned.body), `"warningCode":"E1308"`)
	assert.Equal(t, map[string]string{"fEZef320RHa": "60", "Mz6b8yeFGJ9": "13"}, s.Events()[1].DataValues)
}

func TestClosedPeriodsAreClosedToOrdinaryUsers(t *testing.T) {
	t.Parallel()
	now := func() time.Time { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) }
	seed := seedWith(t, "programs", "sBSRMACZJOQ", map[string]any{
		"expiryPeriodType": "Monthly", "expiryDays": 10, "completeEventsExpiryDays": 5,
	}, nil)
	facility := dhis2test.User{
		UID: "FacilityUs1", Username: "facility", Password: "Ohm-Test-1!", OrgUnits: []string{"na7iT2VcmdU"},
	}
	s := enrolled(t, dhis2test.Options{Now: now, Metadata: seed, Users: append(dhis2test.DefaultUsers(), facility)})
	january := visitBody("Visit000001", "Enrollment1", "fEZef320RHa", "60")
	assert.Equal(t, []string{"E1047"}, codesOf(t, importAs(t, s, "facility", january)))
	done := strings.Replace(strings.Replace(january, "2026-01-06", "2026-05-30", 1),
		`"occurredAt"`, `"status":"COMPLETED","completedAt":"2026-05-20","occurredAt"`, 1)
	assert.Equal(t, []string{"E1043"}, codesOf(t, importAs(t, s, "facility", done)))
	assert.Equal(t, http.StatusOK, importAs(t, s, "admin", january).status, "F_EDIT_EXPIRED")
}

func TestEventsKeepToTheProgramsCategories(t *testing.T) {
	t.Parallel()
	ref := func(uid string) map[string]any { return map[string]any{"id": uid} }
	seed := seedWith(t, "programs", "sBSRMACZJOQ", map[string]any{"categoryCombo": ref("FundCombo01")}, map[string][]any{
		"categoryCombos": {map[string]any{"id": "FundCombo01", "name": "Fund", "categories": []any{ref("FundCateg01")}}},
		"categories":     {map[string]any{"id": "FundCateg01", "name": "Fund", "categoryOptions": []any{ref("FundOption1")}}},
		"categoryOptions": {map[string]any{
			"id": "FundOption1", "name": "Fund 1", "startDate": "2026-01-01T00:00:00.000", "endDate": "2026-12-31T00:00:00.000",
		}},
		"categoryOptionCombos": {map[string]any{
			"id": "FundOptCom1", "name": "Fund 1", "categoryCombo": ref("FundCombo01"), "categoryOptions": []any{ref("FundOption1")},
		}},
	})
	s := enrolled(t, dhis2test.Options{Metadata: seed})
	visit := visitBody("Visit000001", "Enrollment1", "fEZef320RHa", "60")
	with := func(field, value, occurredAt string) string {
		body := strings.Replace(visit, "2026-01-06", occurredAt, 1)
		if field == "" {
			return body
		}
		return strings.Replace(body, `"occurredAt"`, fmt.Sprintf("%q:%q,\"occurredAt\"", field, value), 1)
	}
	for body, want := range map[string][]string{
		visit: {"E1055"},
		with("attributeOptionCombo", "HllvX50cXC0", "2026-01-06"):     {"E1055"},
		with("attributeOptionCombo", "zzzzzzzzzzz", "2026-01-06"):     {"E1115"},
		with("attributeCategoryOptions", "zzzzzzzzzzz", "2026-01-06"): {"E1116"},
		with("attributeCategoryOptions", "xYerKDKCefk", "2026-01-06"): {"E1055"},
		with("attributeOptionCombo", "FundOptCom1", "2025-12-06"):     {"E1056"},
		with("attributeOptionCombo", "FundOptCom1", "2027-01-06"):     {"E1057"},
	} {
		got := codesOf(t, importAs(t, s, "admin", body, "importMode=VALIDATE"))
		if strings.Contains(body, `"attributeCategoryOptions":"xYerKDKCefk"`) {
			want = []string{"E1055", "E1117"}
			assert.Subset(t, want, got, body)
			continue
		}
		assert.Equal(t, want, got, body)
	}
	assert.Equal(t, http.StatusOK, importAs(t, s, "admin", with("attributeCategoryOptions", "FundOption1", "2026-01-06")).status)
}

func TestAClosedFormStaysAsItIs(t *testing.T) {
	t.Parallel()
	seed := seedWith(t, "programStages", "zOK5Pk5V5Yz", map[string]any{"blockEntryForm": true}, nil)
	done := strings.Replace(visitBody("Visit000001", "Enrollment1", "fEZef320RHa", "60"), `"occurredAt"`, `"status":"COMPLETED","occurredAt"`, 1)
	for version, want := range map[string][]string{"2.40": nil, "2.41": {"E1326"}, "2.43": {"E1326"}} {
		s := enrolled(t, dhis2test.Options{Version: version, Metadata: seed})
		require.Equal(t, http.StatusOK, importAs(t, s, "admin", done).status)
		assert.Equal(t, want, codesOf(t, importAs(t, s, "admin", done)), version)
	}
}

func TestAStageNeedsItsOwnDataWriteAccess(t *testing.T) {
	t.Parallel()
	private := map[string]any{"sharing": map[string]any{"public": "rwr-----", "users": map[string]any{}, "userGroups": map[string]any{}}}
	s := enrolled(t, dhis2test.Options{Metadata: seedWith(t, "programStages", "zOK5Pk5V5Yz", private, nil)})
	visit := visitBody("Visit000001", "Enrollment1", "fEZef320RHa", "60")
	assert.Equal(t, []string{"E1095"}, codesOf(t, importAs(t, s, "ohm", visit)))
	assert.Equal(t, http.StatusOK, importAs(t, s, "admin", visit).status, "a superuser may")
}

func TestErrorsNameMetadataByTheIDScheme(t *testing.T) {
	t.Parallel()
	s := enrolled(t, dhis2test.Options{})
	body := strings.Replace(enrollmentBody("Enrollment2", "Person00001"), "lgY4CHs5HtP", "OHM_FAC_003", 1)
	a := importAs(t, s, "admin", body, "orgUnitIdScheme=CODE")
	assert.Equal(t, []string{"E1041"}, codesOf(t, a))
	assert.Contains(t, string(a.body), "`OHM_FAC_003`")
}

func TestAJobCanBeHeldKilledAndForgotten(t *testing.T) {
	t.Parallel()
	reached, hold := make(chan string), make(chan error)
	s := handler(t, dhis2test.Options{JobStage: func(ctx context.Context, job, stage string) error {
		if stage != "Running Validation" {
			return nil
		}
		reached <- job
		select {
		case err := <-hold:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}})
	enqueue := func(uid string) string {
		var accepted struct{ Response struct{ ID string } }
		a := direct(t, s, http.MethodPost, "/api/tracker", personBody(uid, uid), "admin")
		require.Equal(t, http.StatusOK, a.status, "%s", a.body)
		require.NoError(t, json.Unmarshal(a.body, &accepted))
		return accepted.Response.ID
	}
	notes := func(job string) string {
		return string(direct(t, s, http.MethodGet, "/api/tracker/jobs/"+job, "", "ohm").body)
	}
	report := func(job string) int {
		return direct(t, s, http.MethodGet, "/api/tracker/jobs/"+job+"/report", "", "ohm").status
	}

	first, second := enqueue("Person00001"), enqueue("Person00002")
	assert.Equal(t, first, <-reached, "the oldest goes first")
	assert.Contains(t, notes(first), "Running Validation")
	assert.Equal(t, "[]", notes(second), "it waits")
	assert.Equal(t, http.StatusNotFound, report(first))
	hold <- errors.New("killed on purpose")
	assert.Equal(t, second, <-reached)
	assert.Contains(t, notes(first), "Process failed")
	hold <- nil
	s.WaitJobs()
	assert.Equal(t, http.StatusNotFound, report(first), "a dead job never has one")
	assert.Equal(t, http.StatusOK, report(second))
	assert.Len(t, s.TrackedEntities(), 1)

	s.ForgetJobs()
	assert.Equal(t, "[]", notes(second))
	assert.Equal(t, http.StatusNotFound, report(second))
	require.Equal(t, "Person00002", s.TrackedEntities()[0].UID, "what was imported stays")
}

func TestReportsLookAsInTheirVersion(t *testing.T) {
	t.Parallel()
	bad := strings.Replace(personBody("Person00001", "A"), "lgY4CHs5HtP", "zzzzzzzzzzz", 1)
	for version, want := range map[string]string{
		"2.40": "Could not find OrganisationUnit: `zzzzzzzzzzz`, linked to Tracked Entity.",
		"2.42": "Could not find OrganisationUnit: `zzzzzzzzzzz` linked to TrackedEntity.",
	} {
		a := importAs(t, handler(t, dhis2test.Options{Version: version}), "admin", bad)
		assert.Contains(t, string(a.body), want, version)
		assert.Equal(t, version != "2.40", strings.Contains(string(a.body), `"args"`), version)
	}
}

func TestSkippedValidationDoesNotBreakTheServer(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.40", "2.41", "2.42", "2.43"} {
		s := handler(t, dhis2test.Options{Version: version})
		for _, strategy := range []string{"DELETE", "UPDATE", "CREATE", "CREATE_AND_UPDATE"} {
			a := importAs(t, s, "admin", `{"trackedEntities":[{"trackedEntity":"Nobody00001","attributes":[{"attribute":"nope","value":"x"}]}],
"enrollments":[{"enrollment":"Nothing0001","trackedEntity":"Nobody00002","program":"nope"}],
"events":[{"event":"Nothing0002","enrollment":"Nothing0003"},{"event":"Nothing0004","program":"fm69ntIAbZu"}],
"relationships":[{"relationship":"Nothing0005","relationshipType":"nope"}]}`, "validationMode=SKIP", "importStrategy="+strategy)
			assert.True(t, json.Valid(a.body), "%s %s: %s", version, strategy, a.body)
		}
	}
}
