package tracker_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2/tracker"
	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// pick returns one of the choices.
func pick[T any](r *rand.Rand, choices ...T) T { return choices[r.IntN(len(choices))] }

// spoil changes one thing of a payload, mostly for the worse.
func spoil(r *rand.Rand, p *tracker.Payload) {
	te := &p.TrackedEntities[0]
	en := &te.Enrollments[0]
	ev := &en.Events[r.IntN(len(en.Events))]
	attributes := []string{given, family, nationalID, birthDate, sex, "g4wsHYWkBYE", "hYM3wAU7pVp", "HeSe4K0lamJ", "zzzzzzzzzzz", "Yb8j4jTt30P"}
	elements := []string{
		weight, height, "xE0ukqnW4NE", "bTx5QiP0qxQ", "zMOsHhNIDnY", "yndKhS94ga9", "kxDXux9o4Rs", "OQVZYwkmMbH", "iAxbGD9fT60",
		"NojWMuFKhsc", "CHwZR9Ql0hd", "SPCADrae8Gi", "ednzzUDrzsb", "zzzzzzzzzzz", "sgU4ZaOXhEi",
	}
	values := []string{
		"x", "1", "-1", "0", "1.5", "1e3", "007", "true", "false", "TRUE", "2026-01-05", "2026-02-30", "2026-01-05T10:00", "31/12/2025",
		"female", "Female", "100", "101", facility, "zzzzzzzzzzz", "+254 700 000 000", "19", " ",
	}
	switch r.IntN(17) {
	case 0:
		te.SetAttribute(pick(r, attributes...), pick(r, values...))
	case 1:
		en.SetAttribute(pick(r, attributes...), pick(r, values...))
	case 2:
		ev.SetValue(pick(r, elements...), pick(r, values...))
	case 3:
		te.DeleteAttribute(pick(r, attributes...))
	case 4:
		en.DeleteAttribute(pick(r, attributes...))
	case 5:
		ev.DeleteValue(pick(r, elements...))
	case 6:
		te.OrgUnit = pick(r, "", "zzzzzzzzzzz", facility2, unassigned)
	case 7:
		en.OrgUnit = pick(r, "", "zzzzzzzzzzz", facility2, unassigned)
	case 8:
		ev.OrgUnit = pick(r, "", "zzzzzzzzzzz", facility2, unassigned)
	case 9:
		te.TrackedEntityType = pick(r, "", "zzzzzzzzzzz")
	case 10:
		en.Program = pick(r, "", "zzzzzzzzzzz", "HhEVINQlTfG", "fm69ntIAbZu")
	case 11:
		ev.Program, ev.ProgramStage = pick(r, "zzzzzzzzzzz", "HhEVINQlTfG", "fm69ntIAbZu", child), pick(r, "", "zzzzzzzzzzz", "ocYGM3E5Myy", "r2M6G0nP5Qo", birth, "iiopoWk8eeZ")
	case 12:
		en.EnrolledAt, en.OccurredAt = pick(r, "", "2026-01-05", "2099-01-01"), pick(r, "", "2026-01-05", "2099-01-01")
	case 13:
		ev.Status, ev.CompletedAt = pick(r, tracker.EventActive, tracker.EventCompleted, tracker.EventSchedule, tracker.EventSkipped, tracker.EventOverdue, tracker.EventVisited, ""), pick(r, "", "2026-01-07")
	case 14:
		ev.OccurredAt, ev.ScheduledAt = pick(r, "", "2026-01-06"), pick(r, "", "2026-01-06")
	case 15:
		en.Status, en.CompletedAt = pick(r, tracker.EnrollmentActive, tracker.EnrollmentCompleted, tracker.EnrollmentCancelled, ""), pick(r, "", "2026-01-07")
	case 16:
		shape := json.RawMessage(pick(r, `{"type":"Point","coordinates":[36.8,-1.3]}`, `{"type":"Polygon","coordinates":[[[0,0],[0,1],[1,1],[0,0]]]}`))
		pick(r, func() { te.Geometry = shape }, func() { en.Geometry = shape }, func() { ev.Geometry = shape })()
	}
}

// further adds another enrollment of the same entity, an entity with the same unique value, and links.
func further(r *rand.Rand, p *tracker.Payload) {
	te := &p.TrackedEntities[0]
	if r.IntN(4) == 0 {
		te.Enrollments = append(te.Enrollments, tracker.Enrollment{
			Enrollment: "jT48QPaRDag", Program: pick(r, child, "HhEVINQlTfG"), OrgUnit: facility, EnrolledAt: "2026-01-05", OccurredAt: "2026-01-05",
			Status:     pick(r, tracker.EnrollmentActive, tracker.EnrollmentCompleted, tracker.EnrollmentCancelled),
			Attributes: []tracker.Attribute{{Attribute: birthDate, Value: "2025-12-30"}},
		})
	}
	if r.IntN(4) == 0 {
		other := tracker.TrackedEntity{TrackedEntity: "SnQHyrrL8wK", TrackedEntityType: person, OrgUnit: facility}
		other.SetAttribute(given, "Grace")
		other.SetAttribute(family, "Okello")
		other.SetAttribute(nationalID, pick(r, "NID-1", "NID-2"))
		p.TrackedEntities = append(p.TrackedEntities, other)
		p.TrackedEntities[0].SetAttribute(nationalID, "NID-1")
	}
	// What becomes of two equal links of an unknown type is recorded nowhere: the second has a known one.
	types := []string{"w7FYpYuewfo", "w7FYpYuewfo", "XAito1IY2ug", "zzzzzzzzzzz", ""}
	for i, uid := range []string{"qJ38OxkEEUe", "PLYnAOpR69G"}[:r.IntN(3)] {
		ends := []tracker.RelationshipItem{
			{TrackedEntity: "RnQHyrrL8wK"},
			{TrackedEntity: "SnQHyrrL8wK"},
			{Enrollment: "iT48QPaRDag"},
			{Event: "u01bS7TBPU6"},
			{Event: "zzzzzzzzzzz"},
			{},
			{TrackedEntity: "RnQHyrrL8wK", Event: "u01bS7TBPU6"},
		}
		p.Relationships = append(p.Relationships, tracker.Relationship{
			Relationship: uid, RelationshipType: pick(r, types[:len(types)-2*i]...),
			From: pick(r, ends...), To: pick(r, ends...),
		})
	}
}

// Check and the fake server, which is proved by recordings of its own, say the same of payloads that
// nobody recorded.
func TestCheckAgreesWithTheServerOnSpoiltPayloads(t *testing.T) {
	t.Parallel()
	for _, version := range servers() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			_, client := start(t, dhis2test.Options{Version: version})
			server, err := client.Server(t.Context())
			require.NoError(t, err)
			snapshot := seed(t)
			r := rand.New(rand.NewPCG(20, 26)) // the same payloads each time
			compared, codes := 0, map[string]bool{}
			for range 200 {
				payload := patient()
				events := &payload.TrackedEntities[0].Enrollments[0].Events
				if r.IntN(3) == 0 {
					*events = append(*events, tracker.Event{
						Event: "tNppAtDeBxP", Program: child, ProgramStage: pick(r, visit, birth), OrgUnit: facility, OccurredAt: "2026-01-06",
						DataValues: []tracker.DataValue{{DataElement: weight, Value: "3.4"}},
					})
				}
				further(r, &payload)
				for range 1 + r.IntN(3) {
					spoil(r, &payload)
				}
				if len(payload.Refusals(tracker.Params{})) > 0 {
					continue
				}
				compared++
				found := []string{}
				for _, problem := range tracker.Check(snapshot, &payload, tracker.CheckOptions{
					Version: server.Version, Zone: server.Zone, Exists: func(tracker.Ref) bool { return false },
				}) {
					found = append(found, problem.Code+" "+problem.Ref.String())
					codes[problem.Code] = true
				}
				report, err := tracker.Validate(t.Context(), client, payload, tracker.Params{})
				if err != nil {
					require.ErrorIs(t, err, tracker.ErrNotStored)
				}
				wanted := []string{}
				for _, entry := range report.Errors {
					wanted = append(wanted, entry.Code+" "+entry.Ref.String())
				}
				require.Equal(t, alike(wanted), alike(found), string(payload.AppendJSON(nil)))
			}
			require.Greater(t, compared, 150)
			require.Greater(t, len(codes), 30, "many different codes are compared")
		})
	}
}

// alike sorts. Which of two failing ends of a relationship makes an E5000 is recorded nowhere: those
// are left out.
func alike(texts []string) []string {
	texts = slices.DeleteFunc(texts, func(text string) bool { return strings.HasPrefix(text, "E5000 RELATIONSHIP/") })
	slices.Sort(texts)
	return slices.Compact(texts)
}

// Of objects that the server holds Check cannot know what is stored; but what it finds, the server finds too.
func TestCheckFindsNothingAgainstUpdatesThatTheServerTakes(t *testing.T) {
	t.Parallel()
	for _, version := range servers() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			_, client := stored(t, version)
			server, err := client.Server(t.Context())
			require.NoError(t, err)
			snapshot := seed(t)
			held := map[tracker.Ref]bool{}
			whole := patient()
			for ref := range whole.Refs() {
				held[ref] = true
			}
			r := rand.New(rand.NewPCG(7, 31)) // the same payloads each time
			found := 0
			for range 200 {
				payload := patient()
				further(r, &payload)
				for range 1 + r.IntN(3) {
					spoil(r, &payload)
				}
				if len(payload.Refusals(tracker.Params{})) > 0 {
					continue
				}
				problems := tracker.Check(snapshot, &payload, tracker.CheckOptions{
					Version: server.Version, Zone: server.Zone, Exists: func(ref tracker.Ref) bool { return held[ref] },
				})
				report, err := tracker.Validate(t.Context(), client, payload, tracker.Params{})
				if err != nil {
					require.ErrorIs(t, err, tracker.ErrNotStored)
				}
				for _, problem := range problems {
					found++
					outcome := report.Outcome(problem.Ref)
					require.NotEqual(t, tracker.Stored, outcome.State, "%s\n%s", problem, payload.AppendJSON(nil))
					if problem.Code != "E5000" {
						require.NotEmpty(t, outcome.Errors, "%s\n%s", problem, payload.AppendJSON(nil))
					}
				}
			}
			require.Greater(t, found, 100)
		})
	}
}
