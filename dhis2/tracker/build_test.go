package tracker_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/tracker"
	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// build makes two visits of one person, from two records, and a link to another person.
func build(t *testing.T, records ...string) tracker.Payload {
	t.Helper()
	b := tracker.NewBuilder()
	for _, encounter := range records {
		person := b.TrackedEntity(dhis2.Identity{System: "urn:oid:1.2.3", ID: "NID-1001"})
		person.TrackedEntityType, person.OrgUnit = "peOCoLO91lG", facility
		person.SetAttribute(given, "Amina")
		person.SetAttribute(family, "Okello")
		enrollment := person.Enroll(child)
		enrollment.OrgUnit, enrollment.EnrolledAt = facility, "2026-01-05"
		enrollment.SetAttribute(birthDate, "2025-12-30")
		event := enrollment.Visit(visit, encounter)
		event.OrgUnit, event.OccurredAt, event.Status = facility, "2026-01-06", tracker.EventCompleted
		event.SetValue(weight, "3.4")
		event.SetValue(height, "")
		event.AddNote(encounter+"/1", "seen")
		mother := b.TrackedEntity(dhis2.Identity{System: "urn:oid:1.2.3", ID: "NID-2002"})
		mother.TrackedEntityType, mother.OrgUnit = "peOCoLO91lG", facility
		mother.SetAttribute(given, "Grace")
		mother.SetAttribute(family, "Okello")
		b.Relate("w7FYpYuewfo", mother.Ref(), person.Ref(), true)
	}
	payload, err := b.Payload()
	require.NoError(t, err)
	return payload
}

func TestBuilderMakesEachObjectOnceWithDerivedUIDs(t *testing.T) {
	t.Parallel()
	payload := build(t, "encounter-77", "encounter-78", "encounter-77")
	assert.Equal(t, tracker.Counts{TrackedEntities: 2, Enrollments: 1, Events: 2, Relationships: 1}, payload.Counts())
	assert.Empty(t, payload.Refusals(tracker.Params{}))
	patient := dhis2.Identity{System: "urn:oid:1.2.3", ID: "NID-1001", Kind: dhis2.KindTrackedEntity}
	assert.Equal(t, patient.UID(), payload.TrackedEntities[0].TrackedEntity)
	enrollment := payload.TrackedEntities[0].Enrollments[0]
	assert.Equal(t, patient.Child(dhis2.KindEnrollment, child).UID(), enrollment.Enrollment)
	assert.Equal(t, child, enrollment.Events[0].Program)
	require.Len(t, enrollment.Events[0].Notes, 1)
	assert.Equal(t, dhis2.NoteIdentity{Owner: enrollment.Events[0].Event, Key: "encounter-77/1"}.UID(), enrollment.Events[0].Notes[0].Note)
	require.Len(t, enrollment.Events[0].DataValues, 1, "an empty value is none")

	assert.Equal(t, string(payload.AppendJSON(nil)), string(func() []byte { p := build(t, "encounter-77", "encounter-78"); return p.AppendJSON(nil) }()))
}

func TestBuilderMakesWhatServersStoreOnceHoweverOftenItIsSent(t *testing.T) {
	t.Parallel()
	for _, version := range servers() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			server, client := start(t, dhis2test.Options{Version: version})
			_, err := tracker.Import(t.Context(), client, build(t, "encounter-77"), tracker.Params{})
			require.NoError(t, err)
			report, err := tracker.Import(t.Context(), client, build(t, "encounter-77", "encounter-78"), tracker.Params{})
			require.NoError(t, err)
			assert.Equal(t, 1, report.Stats.Created)
			again := build(t, "encounter-77", "encounter-78")
			for ref := range again.Refs() {
				assert.True(t, report.Outcome(ref).Landed(), "%s: %s", ref, report.Outcome(ref).State)
			}
			assert.Len(t, server.TrackedEntities(), 2)
		})
	}
}

func TestBuilderAdoptsAndBeginsNewIncarnations(t *testing.T) {
	t.Parallel()
	b := tracker.NewBuilder()
	person := b.TrackedEntity(dhis2.Identity{System: "s", ID: "1"})
	derived := person.Enroll(child).Enrollment.Enrollment
	person.Adopt("RnQHyrrL8wK")
	assert.Equal(t, derived, person.Enroll(child).Enrollment.Enrollment)
	again := b.TrackedEntity(dhis2.Identity{System: "s", ID: "1", Incarnation: 1})
	assert.NotEqual(t, derived, again.Enroll(child).Enrollment.Enrollment)
	lab := b.Event(dhis2.Identity{System: "lab", ID: "9"}, "fm69ntIAbZu", "r2M6G0nP5Qo")
	b.Relate("XAito1IY2ug", lab.Ref(), person.Ref(), false)
	payload, err := b.Payload()
	require.NoError(t, err)
	assert.Equal(t, "RnQHyrrL8wK", payload.TrackedEntities[0].TrackedEntity)
	assert.Equal(t, tracker.RelationshipItem{Event: lab.Event.Event}, payload.Relationships[0].From)
	require.Len(t, payload.Events, 1)
}

func TestBuilderTellsWhatCannotBeIdentified(t *testing.T) {
	t.Parallel()
	for name, misuse := range map[string]func(*tracker.Builder){
		"no system": func(b *tracker.Builder) { b.TrackedEntity(dhis2.Identity{ID: "1"}) },
		"no id":     func(b *tracker.Builder) { b.Event(dhis2.Identity{System: "s"}, child, visit) },
		"bad UID":   func(b *tracker.Builder) { b.TrackedEntity(dhis2.Identity{System: "s", ID: "1"}).Adopt("x") },
		"no note key": func(b *tracker.Builder) {
			b.TrackedEntity(dhis2.Identity{System: "s", ID: "1"}).Enroll(child).AddNote("", "x")
		},
		"one end": func(b *tracker.Builder) { b.Relate("w7FYpYuewfo", tracker.Ref{}, tracker.Ref{}, true) },
	} {
		b := tracker.NewBuilder()
		misuse(b)
		_, err := b.Payload()
		require.Error(t, err, name)
	}
}
