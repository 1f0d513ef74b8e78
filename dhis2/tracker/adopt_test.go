package tracker_test

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/tracker"
)

// withNID gives a patient a national id.
func withNID(r tracker.Record, nid string) tracker.Record {
	te := &r.Payload.TrackedEntities[0]
	te.Attributes = append(te.Attributes, tracker.Attribute{Attribute: seedNID, Value: nid})
	return r
}

// registered is a patient whom another system put there, under another UID.
func registered(t *testing.T, client *dhis2.Client, uid, nid string) {
	t.Helper()
	report, err := tracker.Import(t.Context(), client, tracker.Payload{TrackedEntities: []tracker.TrackedEntity{{
		TrackedEntity: uid, TrackedEntityType: seedPerson, OrgUnit: seedFacility,
		Attributes: []tracker.Attribute{{Attribute: seedGiven, Value: "A."}, {Attribute: seedFamily, Value: "B."}, {Attribute: seedNID, Value: nid}},
	}}}, tracker.Params{})
	require.NoError(t, err, "%v", report)
}

func TestTheHolderOfAUniqueValueIsUpdated(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1, 3} { // ALL and OBJECT
		synctest.Test(t, func(t *testing.T) {
			server, n, client := newWorld(t)
			registered(t, client, "HoldsTheNid", "N-1/a,b:c")
			guard := tracker.NewMemoryGuard(0)
			importer := newImporter(t, tracker.ImporterConfig{Client: client, Unique: []string{seedNID}, Guard: guard})
			records := []tracker.Record{withNID(childRecord(0, 1), "N-1/a,b:c"), childRecord(1, 1), childRecord(2, 1)}
			var got results
			_, err := importer.Run(t.Context(), sequence(records[:size]...), got.add)
			require.NoError(t, err)
			te := got.of(tracker.Ref{Type: tracker.TypeTrackedEntity, UID: uidOf("te", 0)})
			assert.Equal(t, "HoldsTheNid", te.UID)
			assert.True(t, te.Adopted)
			assert.Equal(t, tracker.FateUpdated, te.Fate)
			assert.Len(t, server.TrackedEntities(), size)
			assert.Equal(t, "v1", server.TrackedEntities()[0].Attributes[seedFamily])
			require.Len(t, server.TrackedEntities()[0].Enrollments, 1)

			// Another importer knows it by the guard: nothing is refused any more.
			before := len(n.imports)
			got = results{}
			again := newImporter(t, tracker.ImporterConfig{Client: client, Guard: guard})
			_, err = again.Run(t.Context(), sequence(withNID(childRecord(0, 2), "N-1/a,b:c"), visitRecord(0, 1), motherRecordOf(0, 5), childRecord(5, 1)), got.add)
			require.NoError(t, err)
			for _, r := range got.list {
				assert.True(t, r.Fate.Landed(), r)
			}
			assert.LessOrEqual(t, len(n.imports)-before, 3)
			assert.Equal(t, "v2", server.TrackedEntities()[0].Attributes[seedFamily])
			assert.Empty(t, n.shared)
		})
	}
}

func motherRecordOf(i, j int) tracker.Record {
	r := motherRecord(i)
	r.Payload.Relationships[0].To.TrackedEntity = uidOf("te", j)
	return r
}

func TestAUniqueValueThatIdentifiesNobodyIsParked(t *testing.T) {
	t.Parallel()
	t.Run("because the attribute is not an identifying one", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			_, _, client := newWorld(t)
			registered(t, client, "HoldsTheNid", "N-1")
			importer := newImporter(t, tracker.ImporterConfig{Client: client, Unique: []string{"aiGXE2HpWOh"}})
			var got results
			_, err := importer.Run(t.Context(), sequence(withNID(childRecord(0, 1), "N-1")), got.add)
			require.NoError(t, err)
			te := got.of(tracker.Ref{Type: tracker.TypeTrackedEntity, UID: uidOf("te", 0)})
			assert.Equal(t, tracker.FateRejected, te.Fate)
			assert.Equal(t, "conflict/E1064/TRACKED_ENTITY", te.Cause)
		})
	})
	t.Run("because two hold it", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			_, n, client := newWorld(t)
			registered(t, client, "HoldsTheNid", "N-1")
			n.holders = `{"trackedEntities":[{"trackedEntity":"HoldsTheNid"},{"trackedEntity":"HoldsItToo1"}]}`
			importer := newImporter(t, tracker.ImporterConfig{Client: client, Unique: []string{seedNID}})
			var got results
			_, err := importer.Run(t.Context(), sequence(withNID(childRecord(0, 1), "N-1")), got.add)
			require.NoError(t, err)
			for _, r := range got.list {
				assert.Equal(t, tracker.FateRejected, r.Fate)
				assert.Equal(t, dhis2.ClassConflict, r.Class)
			}
		})
	})
}
