package tracker_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/tracker"
	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// people imports n tracked entities with an enrollment and a visit each.
func people(t *testing.T, client *dhis2.Client, n int) {
	t.Helper()
	b := tracker.NewBuilder()
	for i := range n {
		p := b.TrackedEntity(dhis2.Identity{System: "people", ID: strconv.Itoa(i)})
		p.TrackedEntityType, p.OrgUnit = person, facility
		p.SetAttribute(given, fmt.Sprintf("Given, %d", i%2))
		p.SetAttribute(family, "Family")
		en := p.Enroll(child)
		en.OrgUnit, en.EnrolledAt = facility, "2026-01-05"
		en.SetAttribute(birthDate, "2025-12-30")
		ev := en.Visit(visit, "1")
		ev.OrgUnit, ev.OccurredAt = facility, "2026-01-06"
		ev.SetValue(weight, strconv.Itoa(i))
	}
	payload, err := b.Payload()
	require.NoError(t, err)
	_, err = tracker.Import(t.Context(), client, payload, tracker.Params{})
	require.NoError(t, err)
}

func TestExportWalksEveryPage(t *testing.T) {
	t.Parallel()
	for _, version := range servers() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			_, client := start(t, dhis2test.Options{Version: version})
			people(t, client, 7)

			found := map[string]bool{}
			for te, err := range tracker.TrackedEntities(t.Context(), client, tracker.EntityQuery{
				Program: child, Listing: tracker.Listing{PageSize: 3, Fields: dhis2.Select("*").With("enrollments", dhis2.Select("*").With("events", dhis2.Select("*")))},
			}) {
				require.NoError(t, err)
				found[te.TrackedEntity] = true
				require.Len(t, te.Enrollments, 1)
				require.Len(t, te.Enrollments[0].Events, 1)
			}
			assert.Len(t, found, 7)

			filtered := 0
			for te, err := range tracker.TrackedEntities(t.Context(), client, tracker.EntityQuery{
				Program: child, Filters: []dhis2.TrackerFilter{dhis2.Where(given).Is(dhis2.OpEq, "Given, 1")},
			}) {
				require.NoError(t, err)
				require.NotEmpty(t, te.Attributes)
				filtered++
			}
			assert.Equal(t, 3, filtered)

			events := 0
			for ev, err := range tracker.Events(t.Context(), client, tracker.EventQuery{Program: child, Listing: tracker.Listing{PageSize: 2}}) {
				require.NoError(t, err)
				require.Equal(t, visit, ev.ProgramStage)
				events++
			}
			assert.Equal(t, 7, events)

			enrollments := 0
			for en, err := range tracker.Enrollments(t.Context(), client, tracker.EnrollmentQuery{Program: child, Listing: tracker.Listing{PageSize: 4}}) {
				require.NoError(t, err)
				require.Equal(t, child, en.Program)
				enrollments++
			}
			assert.Equal(t, 7, enrollments)
		})
	}
}

func TestExportAsksNothingThatTheVersionWouldIgnore(t *testing.T) {
	t.Parallel()
	server, client := start(t, dhis2test.Options{Version: "2.43"})
	before := len(server.Requests())
	for _, err := range tracker.Events(t.Context(), client, tracker.EventQuery{}) {
		var bad *dhis2.ArgumentError
		require.ErrorAs(t, err, &bad)
		assert.Equal(t, "program", bad.Argument)
	}
	assert.Len(t, server.Requests(), before)
}

func TestExportOfRelationshipsAndChangeLogs(t *testing.T) {
	t.Parallel()
	for _, version := range servers() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			_, client := start(t, dhis2test.Options{Version: version})
			payload := build(t, "encounter-77")
			_, err := tracker.Import(t.Context(), client, payload, tracker.Params{})
			require.NoError(t, err)
			uid := payload.TrackedEntities[0].TrackedEntity
			links := 0
			for link, err := range tracker.Relationships(t.Context(), client, tracker.RelationshipQuery{TrackedEntity: uid}) {
				require.NoError(t, err)
				to, ok := link.To.Ref()
				require.True(t, ok)
				assert.Equal(t, tracker.Ref{Type: tracker.TypeTrackedEntity, UID: uid}, to)
				links++
			}
			assert.Equal(t, 1, links)
			for entry, err := range tracker.ChangeLogs(t.Context(), client, tracker.Ref{Type: tracker.TypeTrackedEntity, UID: uid}) {
				if version == "2.40" {
					require.ErrorIs(t, err, dhis2.ErrUnsupported)
					break
				}
				require.NoError(t, err)
				assert.NotEmpty(t, entry.Attribute)
			}
		})
	}
}

func TestWatchGivesChangesOfChildren(t *testing.T) {
	t.Parallel()
	_, client := stored(t, "2.42")
	watch, err := tracker.WatchTrackedEntities(t.Context(), client, tracker.EntityQuery{Program: child}, dhis2.WatchConfig{})
	require.NoError(t, err)
	changes := 0
	for change, err := range watch.Poll(t.Context()) {
		require.NoError(t, err)
		te, err := tracker.ParseChange[tracker.TrackedEntity](change)
		require.NoError(t, err)
		assert.Equal(t, "RnQHyrrL8wK", te.TrackedEntity)
		changes++
	}
	assert.Equal(t, 1, changes)
}
