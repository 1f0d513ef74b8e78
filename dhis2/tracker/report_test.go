package tracker_test

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2/tracker"
)

const objectReport = `{"status":"OK","validationReport":{"errorReports":[
	{"message":"Attribute is mandatory","errorCode":"E1090","trackerType":"TRACKED_ENTITY","uid":"yW4RxwRnIXB","args":["x"]},
	{"message":"enrollment cannot be created","errorCode":"E5000","trackerType":"ENROLLMENT","uid":"gSZDDwRiLel",
	 "args":["enrollment","gSZDDwRiLel","trackedEntity","yW4RxwRnIXB"]},
	{"message":"event cannot be created","errorCode":"E5000","trackerType":"EVENT","uid":"qA6piVBNtX2",
	 "args":["event","qA6piVBNtX2","enrollment","gSZDDwRiLel"]}],
	"warningReports":[{"message":"no user","warningCode":"E1120","trackerType":"EVENT","uid":"u01bS7TBPU6"}]},
	"stats":{"created":1,"updated":0,"deleted":0,"ignored":3,"total":4},
	"bundleReport":{"typeReportMap":{"EVENT":{"trackerType":"EVENT","stats":{"created":1,"total":1},
	"objectReports":[{"trackerType":"EVENT","uid":"u01bS7TBPU6","errorReports":[]}]}}}}`

func TestOutcomeIsReadPerObjectAndNotFromTheStatus(t *testing.T) {
	t.Parallel()
	report, err := tracker.ParseReport([]byte(objectReport))
	require.NoError(t, err)
	assert.Equal(t, tracker.StatusOK, report.Status)
	assert.False(t, report.OK())

	stored := report.Outcome(tracker.Ref{Type: tracker.TypeEvent, UID: "u01bS7TBPU6"})
	assert.Equal(t, tracker.Stored, stored.State)
	require.Len(t, stored.Warnings, 1)
	assert.Equal(t, "E1120", stored.Warnings[0].Code)

	failed := report.Outcome(tracker.Ref{Type: tracker.TypeTrackedEntity, UID: "yW4RxwRnIXB"})
	assert.Equal(t, tracker.Failed, failed.State)
	assert.Equal(t, []string{"E1090"}, failed.Codes())
	assert.False(t, failed.Parent())

	other := report.Outcome(tracker.Ref{Type: tracker.TypeEvent, UID: "tNppAtDeBxP"})
	assert.Equal(t, tracker.NotStored, other.State, "the report lists what it stored")
	assert.Equal(t, tracker.NotStored,
		report.Outcome(tracker.Ref{Type: tracker.TypeRelationship, UID: "u01bS7TBPU6"}).State, "the type counts")
}

func TestOutcomeFollowsE5000ToItsRoot(t *testing.T) {
	t.Parallel()
	report, err := tracker.ParseReport([]byte(objectReport))
	require.NoError(t, err)
	for _, ref := range []tracker.Ref{{Type: tracker.TypeEnrollment, UID: "gSZDDwRiLel"}, {Type: tracker.TypeEvent, UID: "qA6piVBNtX2"}} {
		outcome := report.Outcome(ref)
		assert.Equal(t, tracker.Failed, outcome.State)
		assert.True(t, outcome.Parent())
		assert.Equal(t, tracker.Ref{Type: tracker.TypeTrackedEntity, UID: "yW4RxwRnIXB"}, outcome.Root)
		require.Len(t, outcome.RootErrors, 1)
		assert.Equal(t, "E1090", outcome.RootErrors[0].Code)
	}
}

func TestOutcomeReadsTheParentFromTheMessageOf240(t *testing.T) {
	t.Parallel()
	report, err := tracker.ParseReport([]byte(`{"status":"ERROR","validationReport":{"errorReports":[
		{"message":"\"event\" ` + "`hWZUTYJvyWn`" + ` cannot be persisted because \"enrollment\" ` + "`pz4nZTRu7Ov`" + ` referenced by it cannot be persisted.","errorCode":"E5000","trackerType":"EVENT","uid":"hWZUTYJvyWn"},
		{"message":"secret","errorCode":"E1019","trackerType":"ENROLLMENT","uid":"pz4nZTRu7Ov"}]},"stats":{"ignored":2,"total":2}}`))
	require.NoError(t, err)
	outcome := report.Outcome(tracker.Ref{Type: tracker.TypeEvent, UID: "hWZUTYJvyWn"})
	assert.Equal(t, tracker.Ref{Type: tracker.TypeEnrollment, UID: "pz4nZTRu7Ov"}, outcome.Root)
	assert.Equal(t, "E1019", outcome.RootErrors[0].Code)
}

func TestOutcomeOfARoundOfParentsEnds(t *testing.T) {
	t.Parallel()
	report, err := tracker.ParseReport([]byte(`{"status":"ERROR","validationReport":{"errorReports":[
		{"errorCode":"E5000","trackerType":"EVENT","uid":"aaaaaaaaaaa","args":["event","aaaaaaaaaaa","event","bbbbbbbbbbb"]},
		{"errorCode":"E5000","trackerType":"EVENT","uid":"bbbbbbbbbbb","args":["event","bbbbbbbbbbb","event","aaaaaaaaaaa"]}]}}`))
	require.NoError(t, err)
	assert.Zero(t, report.Outcome(tracker.Ref{Type: tracker.TypeEvent, UID: "aaaaaaaaaaa"}).Root)
}

func TestOutcomeWhereNothingIsListed(t *testing.T) {
	t.Parallel()
	ref := tracker.Ref{Type: tracker.TypeEvent, UID: "u01bS7TBPU6"}
	for name, c := range map[string]struct {
		text      string
		validated bool
		want      tracker.State
	}{
		"all rolled back":            {`{"status":"ERROR","validationReport":{"errorReports":[{"errorCode":"E1090","trackerType":"TRACKED_ENTITY","uid":"x"}]},"stats":{"ignored":2,"total":2}}`, false, tracker.NotStored},
		"stats agree":                {`{"status":"OK","validationReport":{},"stats":{"created":1,"total":1}}`, false, tracker.Stored},
		"stats do not agree":         {`{"status":"OK","validationReport":{},"stats":{"created":1,"ignored":1,"total":2}}`, false, tracker.Unknown},
		"stats say nothing":          {`{"status":"OK","validationReport":{},"stats":{}}`, false, tracker.Unknown},
		"2.40 died":                  {`{"status":"ERROR","validationReport":{"errorReports":[]},"stats":{},"message":"Exception:secret"}`, false, tracker.Unknown},
		"dry run":                    {`{"status":"OK","validationReport":{},"stats":{},"bundleReport":{"typeReportMap":{}}}`, true, tracker.Stored},
		"dry run with other errors":  {`{"status":"OK","validationReport":{"errorReports":[{"errorCode":"E1090","trackerType":"TRACKED_ENTITY","uid":"x"}]},"stats":{"ignored":1},"bundleReport":{"typeReportMap":{}}}`, true, tracker.Unknown},
		"error in the bundle report": {`{"status":"OK","stats":{"ignored":1},"bundleReport":{"typeReportMap":{"EVENT":{"objectReports":[{"uid":"u01bS7TBPU6","errorReports":[{"errorCode":"E1302"}]}]}}}}`, false, tracker.Failed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report, err := tracker.ParseReport([]byte(c.text))
			require.NoError(t, err)
			report.Validated = c.validated
			assert.Equal(t, c.want, report.Outcome(ref).State)
		})
	}
}

func TestParseReportTellsAWebMessageApart(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"httpStatus":"Conflict","httpStatusCode":409,"status":"ERROR","message":"deadlock detected"}`,
		`{"status":"OK"}`, `{}`, `[]`, `null`, `<html>`, ``, `{"status":1,"stats":{}}`,
	} {
		_, err := tracker.ParseReport([]byte(text))
		require.ErrorIs(t, err, tracker.ErrNoReport)
		assert.False(t, tracker.IsReport([]byte(text)))
	}
	assert.True(t, tracker.IsReport([]byte(objectReport)))
}

func TestReportsShowNoWordsOfTheServer(t *testing.T) {
	t.Parallel()
	report, err := tracker.ParseReport([]byte(strings.NewReplacer(
		"Attribute is mandatory", "SECRET", `["x"]`, `["SECRET"]`).Replace(objectReport)))
	require.NoError(t, err)
	require.Equal(t, "SECRET", report.Errors[0].Message)
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("import", "report", report, "entry", report.Errors[0])
	for _, text := range []string{report.String(), fmt.Sprint(report), fmt.Sprintf("%v %+v %#v", report.Errors[0], report.Errors[0], report.Errors[0]), log.String()} {
		assert.NotContains(t, text, "SECRET")
	}
	assert.Contains(t, log.String(), "E1090 TRACKED_ENTITY/yW4RxwRnIXB")
}

// Reports of running servers: every E5000 leads to another error, and the objects that are Stored are as
// many as the stats count.
func TestOutcomesAgreeWithTheStatsOfRunningServers(t *testing.T) {
	t.Parallel()
	for _, version := range versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			reports, roots := 0, 0
			for _, file := range []string{"tracker-import.json", "deletes.json", "permissions.json", "concurrency.json"} {
				for _, e := range recording(t, version, file) {
					if !e.imports() || !tracker.IsReport(e.Response.Body) {
						continue
					}
					reports++
					roots += agree(t, &e)
				}
			}
			assert.Greater(t, reports, 250)
			assert.Positive(t, roots)
		})
	}
}

func agree(t *testing.T, e *exchange) (roots int) {
	t.Helper()
	report, err := tracker.ParseReport(e.Response.Body)
	require.NoError(t, err, e.Name)
	report.Validated = strings.Contains(e.Request.Path, "importMode=VALIDATE")
	payload, err := tracker.ParsePayload(e.Request.Body)
	if err != nil {
		return 0
	}
	refs := slices.Collect(payload.Refs())
	if slices.ContainsFunc(refs, func(r tracker.Ref) bool { return r.UID == "" }) {
		return 0
	}
	slices.SortFunc(refs, func(a, b tracker.Ref) int { return strings.Compare(a.String(), b.String()) })
	twice := len(slices.Compact(slices.Clone(refs))) < len(refs)
	stored := 0
	for _, ref := range slices.Compact(refs) {
		outcome := report.Outcome(ref)
		if outcome.State == tracker.Stored {
			stored++
		}
		if outcome.Parent() {
			roots++
			require.NotEmpty(t, outcome.RootErrors, "%s: %s", e.Name, ref)
		}
		if !report.Validated {
			require.NotEqual(t, tracker.Unknown, outcome.State, "%s: %s", e.Name, ref)
		}
	}
	if !report.Validated && !twice {
		require.Equal(t, report.Stats.Stored(), stored, e.Name)
	}
	for _, entry := range append(slices.Clone(report.Errors), report.Warnings...) {
		require.NotEmpty(t, entry.Code, e.Name)
		require.NotEmpty(t, entry.Ref.Type, e.Name)
	}
	return roots
}
