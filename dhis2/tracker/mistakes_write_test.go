package tracker_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/tracker"
	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// What integrators get wrong (dhis2.md 2.6): each mistake is a test by its number. Those of what is
// written are here, those of what is read in mistakes_read_test.go; 18, the default scheme of ADX, is
// with package aggregate.

func TestMistake01NoClientUIDs(t *testing.T) {
	t.Parallel()
	server, client := start(t, dhis2test.Options{})
	payload := patient()
	payload.TrackedEntities[0].TrackedEntity = ""
	_, err := tracker.Import(t.Context(), client, payload, tracker.Params{})
	require.ErrorIs(t, err, tracker.ErrRefused, "a retry would make duplicates")

	server.Inject(dhis2test.Fault{Method: http.MethodPost, Path: "/api/tracker", CommitThenDrop: true})
	_, err = tracker.Import(t.Context(), client, build(t, "encounter-77"), tracker.Params{})
	require.NoError(t, err, "the outcome was unknown, and the same bytes were sent again")
	assert.Len(t, server.TrackedEntities(), 2)
	assert.Len(t, server.Events(), 1)
}

func TestMistake02RetryingEveryRefusal(t *testing.T) {
	t.Parallel()
	server, client := start(t, dhis2test.Options{})
	before := server.RequestCount()
	payload := patient()
	payload.TrackedEntities[0].OrgUnit = "zzzzzzzzzzz"
	_, err := tracker.Import(t.Context(), client, payload, tracker.Params{})
	require.ErrorIs(t, err, tracker.ErrNotStored)
	assert.Equal(t, before+1, server.RequestCount(), "a 409 with a report is permanent")
	assert.False(t, dhis2.Retryable(err))
}

func TestMistake03ReadingOKAsSuccess(t *testing.T) {
	t.Parallel()
	_, client := start(t, dhis2test.Options{})
	payload := patient()
	payload.TrackedEntities[0].Attributes = nil
	report, err := tracker.Import(t.Context(), client, payload, tracker.Params{Atomic: tracker.AtomicObject})
	require.ErrorIs(t, err, tracker.ErrNotStored, "HTTP 200 and status OK, and nothing was stored")
	assert.Equal(t, tracker.StatusOK, report.Status)
	assert.False(t, report.OK())
	for ref := range payload.Refs() {
		assert.NotEqual(t, tracker.Stored, report.Outcome(ref).State, ref.String())
	}
	enrollment := report.Outcome(tracker.Ref{Type: tracker.TypeEnrollment, UID: "iT48QPaRDag"})
	assert.Equal(t, "E1090", enrollment.RootErrors[0].Code, "E5000 is traced to its root")
}

func TestMistake04ForgettingAsyncFalse(t *testing.T) {
	t.Parallel()
	for _, version := range servers() {
		_, client := start(t, dhis2test.Options{Version: version})
		query, err := tracker.Params{}.Query()
		require.NoError(t, err)
		assert.Equal(t, "false", query.Get("async"))
		query.Del("async")
		payload := patient()
		res, err := client.Do(t.Context(), dhis2.Request{Method: http.MethodPost, Path: "tracker", Query: query, Body: payload.AppendJSON(nil)})
		require.NoError(t, err)
		_, err = tracker.ParseReport(res.Body)
		require.ErrorIs(t, err, tracker.ErrNoReport, "a job id is no success")
	}
}

// sex is an attribute with an option set.
const sex = "SHtHqekbvRu"

func TestMistake05OptionNamesForCodes(t *testing.T) {
	t.Parallel()
	_, client := start(t, dhis2test.Options{})
	snapshot := seed(t)
	for _, option := range snapshot.Attributes().UID(sex).OptionSet.Options {
		if strings.EqualFold(option.Name, option.Code) && option.Name == option.Code {
			continue
		}
		payload := patient()
		payload.TrackedEntities[0].SetAttribute(sex, option.Name)
		agreeOn(t, client, payload, "E1125", sex)
		payload.TrackedEntities[0].SetAttribute(sex, option.Code)
		agreeOn(t, client, payload, "", "")
	}
}

// agreeOn requires that Check and the server find the same code, or nothing, and that Check names the field.
func agreeOn(t *testing.T, client *dhis2.Client, payload tracker.Payload, code, field string) {
	t.Helper()
	server, err := client.Server(t.Context())
	require.NoError(t, err)
	problems := tracker.Check(seed(t), &payload, tracker.CheckOptions{Version: server.Version, Zone: server.Zone})
	report, err := tracker.Validate(t.Context(), client, payload, tracker.Params{})
	if code == "" {
		require.NoError(t, err)
		require.Empty(t, problems)
		return
	}
	require.ErrorIs(t, err, tracker.ErrNotStored)
	codes := map[string]bool{}
	for _, entry := range report.Errors {
		codes[entry.Code] = true
	}
	found := map[string]bool{}
	for _, problem := range problems {
		found[problem.Code] = true
		if problem.Code == code {
			assert.Equal(t, field, problem.Field)
		}
	}
	assert.Equal(t, codes, found)
	assert.True(t, codes[code], "%s is not in %v", code, codes)
}

func TestMistake06EmptyValuesDelete(t *testing.T) {
	t.Parallel()
	_, client := stored(t, "2.42")
	payload := patient()
	payload.TrackedEntities[0].Attributes[0].Value = "" // what the source does not have
	payload.TrackedEntities[0].Enrollments[0].Events[0].DataValues[0].Value = ""
	_, err := tracker.Import(t.Context(), client, payload, tracker.Params{})
	require.NoError(t, err)
	entity, err := tracker.GetTrackedEntity(t.Context(), client, "RnQHyrrL8wK", child, dhis2.Select("attributes"))
	require.NoError(t, err)
	assert.Contains(t, each(entity.Attributes, func(a tracker.Attribute) string { return a.Attribute + a.Value }), given+"Amina")
	event, err := tracker.GetEvent(t.Context(), client, "u01bS7TBPU6", dhis2.Fields{})
	require.NoError(t, err)
	assert.Contains(t, each(event.DataValues, func(v tracker.DataValue) string { return v.DataElement + v.Value }), weight+"3.4")
}

func TestMistake07LeavingScalarsOutOfAnUpdate(t *testing.T) {
	t.Parallel()
	_, client := stored(t, "2.43")
	_, err := tracker.UpdateEvent(t.Context(), client, "u01bS7TBPU6", tracker.UpdateOptions{}, func(ev *tracker.Event) error {
		ev.SetValue(weight, "3.6")
		return nil
	})
	require.NoError(t, err)
	event, err := tracker.GetEvent(t.Context(), client, "u01bS7TBPU6", dhis2.Select("*"))
	require.NoError(t, err)
	assert.Equal(t, tracker.EventCompleted, event.Status, "a missing status un-completes")
	assert.NotEmpty(t, event.Geometry)
	assert.NotEmpty(t, event.ScheduledAt)
}

func TestMistake09AttributesOfTheWrongObject(t *testing.T) {
	t.Parallel()
	_, client := start(t, dhis2test.Options{})
	const phone = "HeSe4K0lamJ" // of the type, not of the program
	_, inProgram := seed(t).Programs().UID(child).Attribute(phone)
	require.False(t, inProgram)
	payload := patient()
	payload.TrackedEntities[0].Enrollments[0].SetAttribute(phone, "3")
	agreeOn(t, client, payload, "E1019", phone)

	payload = patient()
	payload.TrackedEntities[0].SetAttribute(birthDate, "2025-12-30")
	payload.TrackedEntities[0].Enrollments[0].Attributes = nil
	agreeOn(t, client, payload, "E1018", birthDate)
}

func TestMistake10TrueOnlyFalse(t *testing.T) {
	t.Parallel()
	_, client := start(t, dhis2test.Options{})
	const deceased = "hYM3wAU7pVp"
	payload := patient()
	payload.TrackedEntities[0].SetAttribute(deceased, "false")
	agreeOn(t, client, payload, "E1007", deceased)
	payload.TrackedEntities[0].SetAttribute(deceased, "true")
	agreeOn(t, client, payload, "", "")
}

func TestMistake11OrgUnitNotAssigned(t *testing.T) {
	t.Parallel()
	_, client := start(t, dhis2test.Options{})
	payload := patient()
	payload.TrackedEntities[0].Enrollments[0].OrgUnit = unassigned
	agreeOn(t, client, payload, "E1041", "")
	payload = patient()
	payload.TrackedEntities[0].Enrollments[0].Events[0].OrgUnit = unassigned
	agreeOn(t, client, payload, "E1029", "")
}

func TestMistake15ExpectingSuperusersToPassE1000(t *testing.T) {
	t.Parallel()
	users := dhis2test.DefaultUsers()
	users[0].OrgUnits = nil
	_, client := start(t, dhis2test.Options{Users: users})
	report, err := tracker.Import(t.Context(), client, patient(), tracker.Params{})
	require.ErrorIs(t, err, tracker.ErrNotStored)
	outcome := report.Outcome(tracker.Ref{Type: tracker.TypeEnrollment, UID: "iT48QPaRDag"})
	assert.Contains(t, outcome.Codes(), "E1000")
	assert.Equal(t, dhis2.VerdictOperator, dhis2.ClassOf("E1000").Verdict())
}

func TestMistake16MatchingOnTheWordsOfMessages(t *testing.T) {
	t.Parallel()
	messages := map[string]bool{}
	for _, version := range servers() {
		_, client := start(t, dhis2test.Options{Version: version})
		payload := patient()
		payload.TrackedEntities[0].SetAttribute("HeSe4K0lamJ", "young")
		report, err := tracker.Import(t.Context(), client, payload, tracker.Params{})
		require.ErrorIs(t, err, tracker.ErrNotStored)
		outcome := report.Outcome(tracker.Ref{Type: tracker.TypeTrackedEntity, UID: "RnQHyrrL8wK"})
		assert.Equal(t, []string{"E1007"}, outcome.Codes(), "codes stay")
		messages[outcome.Errors[0].Message] = true
	}
	assert.Greater(t, len(messages), 1, "words change with the version")
}

func TestMistake17Separators(t *testing.T) {
	t.Parallel()
	payload := tracker.Payload{Events: []tracker.Event{{Event: "u01bS7TBPU6", AttributeCategoryOptions: []string{"xYerKDKCefk", "zYerKDKCefk"}}}}
	assert.Contains(t, string(payload.Encode(version(t, "2.40.5"))), `"xYerKDKCefk;zYerKDKCefk"`)
	assert.Contains(t, string(payload.Encode(version(t, "2.41.0"))), `"xYerKDKCefk,zYerKDKCefk"`)
	query := tracker.EntityQuery{TrackedEntities: []string{"RnQHyrrL8wK", "QnQHyrrL8wK"}}
	for v, want := range map[string]url.Values{
		"2.40": {"trackedEntity": {"RnQHyrrL8wK;QnQHyrrL8wK"}, "order": {"createdAt:asc"}},
		"2.43": {"trackedEntities": {"RnQHyrrL8wK,QnQHyrrL8wK"}, "order": {"createdAt:asc"}},
	} {
		values, err := query.Values(version(t, v))
		require.NoError(t, err)
		assert.Equal(t, want, values)
	}
}

func TestMistake19TheStrategyIsDropped(t *testing.T) {
	t.Parallel()
	for _, strategy := range []tracker.Strategy{"", tracker.CreateAndUpdate, tracker.Create, tracker.Update, tracker.Delete} {
		query, err := tracker.Params{Strategy: strategy}.Query()
		require.NoError(t, err)
		assert.NotEmpty(t, query.Get("importStrategy"))
	}
	server, client := stored(t, "2.42")
	_, err := tracker.Remove(t.Context(), client, []tracker.Ref{{Type: tracker.TypeEvent, UID: "u01bS7TBPU6"}}, tracker.Params{})
	require.NoError(t, err)
	for _, event := range server.Events() {
		assert.True(t, event.Deleted)
	}
}

func TestMistake20FollowingTheManualWhereItIsWrong(t *testing.T) {
	t.Parallel()
	query, err := tracker.Params{SkipRuleEngine: true}.Query()
	require.NoError(t, err)
	assert.Equal(t, "CREATE_AND_UPDATE", query.Get("importStrategy"), "the manual says CREATE")
	assert.Equal(t, "true", query.Get("skipRuleEngine"))
	assert.False(t, query.Has("skipProgramRules"), "which servers ignore")
}

func TestMistake21LeavingTheProgramOffAnEvent(t *testing.T) {
	t.Parallel()
	_, client := start(t, dhis2test.Options{})
	payload := patient()
	payload.TrackedEntities[0].Enrollments[0].Events[0].Program = ""
	_, err := tracker.Import(t.Context(), client, payload, tracker.Params{})
	require.ErrorIs(t, err, tracker.ErrRefused)
	// What the server would have done: refused a valid attribute of the enrollment.
	body := payload.AppendJSON(nil)
	res, err := client.Do(t.Context(), dhis2.Request{Method: http.MethodPost, Path: "tracker", Query: url.Values{"async": {"false"}}, Body: body})
	require.Error(t, err)
	report, err := tracker.ParseReport(res.Body)
	require.NoError(t, err)
	assert.Contains(t, report.Outcome(tracker.Ref{Type: tracker.TypeEnrollment, UID: "iT48QPaRDag"}).Codes(), "E1019")
}

func TestMistake22PatientDataInLogsAndErrors(t *testing.T) {
	t.Parallel()
	const secret = "Wanjiku-7731"
	server := dhis2test.New(t, dhis2test.Options{})
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	client, err := dhis2.New(t.Context(), dhis2.Config{URL: server.URL, Auth: dhis2.Basic("admin", "district"), Logger: logger, MinWait: 1})
	require.NoError(t, err)
	defer client.Close()
	server.Fail(1, http.StatusBadGateway)
	payload := patient()
	payload.TrackedEntities[0].SetAttribute("HeSe4K0lamJ", secret)
	payload.TrackedEntities[0].SetAttribute(sex, secret)
	report, err := tracker.Import(t.Context(), client, payload, tracker.Params{})
	require.ErrorIs(t, err, tracker.ErrNotStored)
	logger.Error("import", "error", err, "report", report, "errors", report.Errors)
	problems := tracker.Check(seed(t), &payload, tracker.CheckOptions{Version: version(t, "2.42")})
	require.NotEmpty(t, problems)
	bad := patient()
	bad.TrackedEntities[0].Enrollments[0].EnrolledAt = secret
	bad.TrackedEntities[0].TrackedEntity = secret
	_, refused := tracker.Import(t.Context(), client, bad, tracker.Params{})
	require.ErrorIs(t, refused, tracker.ErrRefused)
	_, parsed := tracker.ParsePayload([]byte(`{"events":[{"event":"` + secret + `","followUp":"` + secret + `"}]}`))
	require.Error(t, parsed)
	for _, text := range []string{log.String(), err.Error(), fmt.Sprint(problems), refused.Error(), parsed.Error(), report.String()} {
		require.NotEmpty(t, text)
		assert.NotContains(t, text, secret)
	}
}

func TestMistake23SharedAccounts(t *testing.T) {
	t.Parallel()
	server := dhis2test.New(t, dhis2test.Options{})
	client, err := dhis2.New(t.Context(), dhis2.Config{URL: server.URL, Auth: dhis2.Token(server.AddToken("ohm"))})
	require.NoError(t, err)
	defer client.Close()
	_, err = tracker.Import(t.Context(), client, patient(), tracker.Params{})
	require.NoError(t, err)
	event, err := tracker.GetEvent(t.Context(), client, "u01bS7TBPU6", dhis2.Select("*"))
	require.NoError(t, err)
	require.NotNil(t, event.CreatedBy)
	assert.Equal(t, "ohm", event.CreatedBy.Username, "a token for each channel says who wrote")
}

func TestMistake25CalendarsOfTheServer(t *testing.T) {
	t.Parallel()
	// The dates of the tracker are ISO whatever calendar the server has: a date of another calendar that
	// ISO does not know is refused before it is sent, and what is sent is never converted.
	payload := patient()
	payload.TrackedEntities[0].Enrollments[0].EnrolledAt = "2018-13-05" // Pagume, in the Ethiopian calendar
	_, err := tracker.Import(context.Background(), nil, payload, tracker.Params{})
	require.ErrorIs(t, err, tracker.ErrRefused)
	payload.TrackedEntities[0].Enrollments[0].EnrolledAt = "2026-09-10"
	assert.Empty(t, payload.Refusals(tracker.Params{}))
	assert.True(t, json.Valid(payload.AppendJSON(nil)))
	assert.Contains(t, string(payload.AppendJSON(nil)), `"enrolledAt":"2026-09-10"`)
}
