package tracker_test

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/tracker"
)

// checkUnmet are the imports of running servers for which Check finds something else, with the reason.
func checkUnmet() map[string]string {
	return map[string]string{
		"validation-skip": "Check looks at everything: SKIP is honoured for superusers only, and who they are is not known",
		"te-value-object": "an object as a value is refused when the payload is read; the server loses the member before it (E1006)",
		"body-trailing":   "text behind the payload is refused when it is read; the server ignores it",
	}
}

// needServer are the codes that only the server's data, users or rules can tell.
func needServer() []string {
	return []string{
		"E1002", "E1030", "E1080", "E4015", "E4018", // exists
		"E1032", "E1063", "E1081", "E4016", // does not exist
		"E1082", "E1113", "E1114", "E4017", // deleted
		"E1126", "E1127", "E1128", "E1316", "E1326", // cannot change
		"E1000", "E1001", "E1003", "E1083", "E1091", "E1095", "E1096", "E1099", "E1100", "E1102", "E1103", "E1104",
		"E1323", "E1324", "E4020", // rights
		"E1118", "E1009", // users, files
		"E1300", "E1301", "E1306", "E1307", "E1309", "E1314", "E1317", // rules
	}
}

// needsState says whether an error rests on what the server held: the other objects, or what the object
// itself had stored.
func needsState(report *tracker.Report, payload *tracker.Payload, entry tracker.Entry, held map[tracker.Ref]bool) bool {
	if slices.Contains(needServer(), entry.Code) {
		return true
	}
	flat := payload.Flatten()
	switch entry.Code {
	case "E1015", "E1016", "E1039", "E1064":
		return true
	case "E1018":
		return slices.ContainsFunc(flat.Enrollments, func(en tracker.Enrollment) bool {
			return en.Enrollment == entry.Ref.UID && held[tracker.Ref{Type: tracker.TypeTrackedEntity, UID: en.TrackedEntity}]
		})
	case "E1079":
		return slices.ContainsFunc(flat.Events, func(ev tracker.Event) bool {
			return ev.Event == entry.Ref.UID && held[tracker.Ref{Type: tracker.TypeEnrollment, UID: ev.Enrollment}]
		})
	case "E1090", "E1303":
		return held[entry.Ref]
	case "E5000":
		root := report.Outcome(entry.Ref).RootErrors
		return len(root) > 0 && !slices.ContainsFunc(root, func(of tracker.Entry) bool { return !needsState(report, payload, of, held) })
	}
	return false
}

// Check finds what running servers found, in every synchronous import that they recorded, as far
// as the payload and the metadata tell it. Which objects the server held is known from its earlier
// answers.
func TestCheckFindsWhatRunningServersFound(t *testing.T) {
	t.Parallel()
	snapshot := seed(t)
	for _, version := range versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			parsed, err := dhis2.ParseVersion(version)
			require.NoError(t, err)
			held := map[tracker.Ref]bool{}
			passed, total := 0, 0
			for _, e := range recording(t, version, "tracker-import.json") {
				if !e.imports() || !tracker.IsReport(e.Response.Body) || e.Request.Headers["Content-Type"] == "text/csv" {
					continue
				}
				total++
				difference := compareCheck(t, snapshot, parsed, &e, held)
				reason, listed := checkUnmet()[e.Name]
				switch {
				case difference == "" && !listed:
					passed++
				case difference == "":
					t.Errorf("%s is listed as unmet and is met", e.Name)
				case !listed:
					t.Errorf("%s: %s", e.Name, difference)
				default:
					fmt.Printf("conformance-unmet: dhis2/check/%s %s: %s\n", version, e.Name, reason)
				}
			}
			fmt.Printf("conformance: dhis2/check/%s %d/%d\n", version, passed, total)
		})
	}
}

// Check has nothing against what running servers stored, in any recording.
func TestCheckHasNothingAgainstWhatRunningServersStored(t *testing.T) {
	t.Parallel()
	snapshot := seed(t)
	for _, version := range versions() {
		for _, file := range []string{"tracker-import.json", "tracker-export.json", "concurrency.json", "deletes.json", "permissions.json"} {
			t.Run(version+"/"+file, func(t *testing.T) {
				t.Parallel()
				parsed, err := dhis2.ParseVersion(version)
				require.NoError(t, err)
				held := map[tracker.Ref]bool{}
				stored := 0
				for _, e := range recording(t, version, file) {
					if !e.imports() || e.Name == "validation-skip" {
						continue
					}
					stored += refusedThoughStored(t, snapshot, parsed, &e, held)
				}
				require.Positive(t, stored)
			})
		}
	}
}

func refusedThoughStored(t *testing.T, snapshot *dhis2.Snapshot, version dhis2.Version, e *exchange, held map[tracker.Ref]bool) (stored int) {
	t.Helper()
	payload, err := tracker.ParsePayload(e.text())
	params := paramsOf(t, e)
	if err != nil || params.Strategy == tracker.Delete {
		return 0
	}
	sent := map[tracker.Ref]bool{}
	for ref := range payload.Refs() {
		sent[ref] = true
	}
	problems := tracker.Check(snapshot, &payload, tracker.CheckOptions{
		Version: version, Params: params, Now: recorded(), Zone: nairobi(),
		Exists: func(ref tracker.Ref) bool { return held[ref] || !sent[ref] },
	})
	report, err := tracker.ParseReport(e.Response.Body)
	if err != nil {
		if e.Response.Status == 200 { // a job: its end is not known
			for ref := range sent {
				held[ref] = true
			}
		}
		return 0
	}
	for _, problem := range problems {
		require.NotEqual(t, tracker.Stored, report.Outcome(problem.Ref).State, "%s: %s", e.Name, problem)
	}
	for ref := range sent {
		if params.Mode != tracker.ValidateOnly && report.Outcome(ref).State == tracker.Stored {
			held[ref] = true
			stored++
		}
	}
	return stored
}

// recorded is when the servers were recorded, nairobi where.
func recorded() time.Time     { return time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC) }
func nairobi() *time.Location { return time.FixedZone("Africa/Nairobi", 3*60*60) }

// paramsOf are the parameters of a recorded import.
func paramsOf(t *testing.T, e *exchange) tracker.Params {
	t.Helper()
	_, raw, _ := strings.Cut(e.Request.Path, "?")
	query, err := url.ParseQuery(raw)
	require.NoError(t, err)
	return tracker.Params{
		Strategy: tracker.Strategy(strings.ToUpper(query.Get("importStrategy"))), Mode: tracker.ImportMode(query.Get("importMode")),
		IDScheme: dhis2.IDScheme(query.Get("idScheme")), OrgUnitIDScheme: dhis2.IDScheme(query.Get("orgUnitIdScheme")),
		DataElementIDScheme: dhis2.IDScheme(query.Get("dataElementIdScheme")), ProgramIDScheme: dhis2.IDScheme(query.Get("programIdScheme")),
		ProgramStageIDScheme: dhis2.IDScheme(query.Get("programStageIdScheme")),
	}
}

// compareCheck returns what differs, "" for nothing, and notes what the server stored.
func compareCheck(t *testing.T, snapshot *dhis2.Snapshot, version dhis2.Version, e *exchange, held map[tracker.Ref]bool) string {
	t.Helper()
	report, err := tracker.ParseReport(e.Response.Body)
	require.NoError(t, err)
	params := paramsOf(t, e)
	payload, err := tracker.ParsePayload(e.text())
	if err != nil {
		return "the payload is refused: " + err.Error()
	}
	problems := tracker.Check(snapshot, &payload, tracker.CheckOptions{
		Version: version, Params: params,
		Now: recorded(), Zone: nairobi(),
		Exists: func(ref tracker.Ref) bool { return held[ref] },
	})
	var found, wanted, possible []string
	for _, problem := range problems {
		found = append(found, problem.Code+" "+problem.Ref.String())
		require.NotEmpty(t, problem.Reason)
	}
	for _, entry := range report.Errors {
		text := entry.Code + " " + entry.Ref.String()
		if !dhis2.ValidUID(entry.Ref.UID) {
			text = entry.Code + " " + string(entry.Ref.Type) + "/" // Check does not repeat it
		}
		if !slices.Contains(found, text) && needsState(report, &payload, entry, held) {
			possible = append(possible, text)
			continue
		}
		wanted = append(wanted, text)
	}
	if report.Stats.Stored() > 0 && params.Mode != tracker.ValidateOnly {
		for kind, part := range report.Types {
			for _, uid := range part.UIDs {
				held[tracker.Ref{Type: kind, UID: uid}] = params.Strategy != tracker.Delete
			}
		}
	}
	return differences(found, wanted, possible)
}

func differences(found, wanted, possible []string) string {
	for _, list := range []*[]string{&found, &wanted} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	var text []string
	for _, f := range found {
		if !slices.Contains(wanted, f) {
			text = append(text, "too much: "+f)
		}
	}
	for _, w := range wanted {
		if !slices.Contains(found, w) {
			text = append(text, "not found: "+w)
		}
	}
	if len(text) > 0 && len(possible) > 0 {
		text = append(text, "needs the server: "+strings.Join(possible, ", "))
	}
	return strings.Join(text, "; ")
}

// seed is the metadata of the recorded servers.
func seed(tb testing.TB) *dhis2.Snapshot {
	tb.Helper()
	snapshot, err := dhis2.ParseMetadata(bytes.NewReader(fixture(tb, "seed-metadata.json")))
	require.NoError(tb, err)
	return snapshot
}
