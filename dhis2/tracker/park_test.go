package tracker_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2/tracker"
)

func entriesOf(t *testing.T, store tracker.ParkStore, cause string) []string {
	t.Helper()
	var ids []string
	for p, err := range store.Entries(t.Context(), cause) {
		require.NoError(t, err)
		ids = append(ids, p.ID)
	}
	return ids
}

func openPark(t *testing.T, path string) *tracker.FilePark {
	t.Helper()
	park, err := tracker.OpenFilePark(path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, park.Close()) })
	return park
}

func TestAParkKeepsWhatIsNotRemoved(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(t *testing.T) tracker.ParkStore{
		"in memory": func(*testing.T) tracker.ParkStore { return tracker.NewMemoryPark(0) },
		"in a file": func(t *testing.T) tracker.ParkStore {
			t.Helper()
			return openPark(t, filepath.Join(t.TempDir(), "park.ndjson"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			park := open(t)
			require.NoError(t, park.Park(t.Context(), []tracker.Parked{{ID: "1", Cause: "a"}, {ID: "2", Cause: "b"}, {ID: "3", Cause: "a"}}))
			require.NoError(t, park.Park(t.Context(), []tracker.Parked{{ID: "3", Cause: "b"}}))
			require.NoError(t, park.Remove(t.Context(), []string{"1", "9"}))
			assert.Empty(t, entriesOf(t, park, "a"))
			assert.Equal(t, []string{"2", "3"}, entriesOf(t, park, "b"))
			assert.Equal(t, []string{"2", "3"}, entriesOf(t, park, ""))
			causes, err := park.Causes(t.Context())
			require.NoError(t, err)
			assert.Equal(t, map[string]int64{"b": 2}, causes)
		})
	}
}

func TestAParkFileSurvivesACrash(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "park.ndjson")
	park := openPark(t, path)
	require.NoError(t, park.Park(t.Context(), []tracker.Parked{{ID: "1", Cause: "a"}, {ID: "2", Cause: "a"}}))
	require.NoError(t, park.Close())
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	lines := strings.SplitAfter(string(whole), "\n")
	for cut := range len(lines[1]) { // whatever of the second line was written
		require.NoError(t, os.WriteFile(path, []byte(lines[0]+lines[1][:cut]), 0o600))
		again, err := tracker.OpenFilePark(path)
		require.NoError(t, err)
		require.Equal(t, []string{"1"}, entriesOf(t, again, ""))
		require.NoError(t, again.Park(t.Context(), []tracker.Parked{{ID: "3", Cause: "b"}}))
		require.Equal(t, []string{"1", "3"}, entriesOf(t, again, ""))
		require.NoError(t, again.Close())
	}
	require.NoError(t, os.WriteFile(path, []byte("Amina\n"+lines[0]), 0o600))
	_, err = tracker.OpenFilePark(path)
	require.ErrorContains(t, err, "byte 0")
	assert.NotContains(t, err.Error(), "Amina")
	require.ErrorIs(t, park.Park(t.Context(), []tracker.Parked{{ID: "4"}}), os.ErrClosed)
}

func TestAParkFileIsRewrittenWhenMostOfItIsGone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "park.ndjson")
	park := openPark(t, path)
	var ids []string
	for i := range 100 {
		ids = append(ids, uidOf("park", i))
		require.NoError(t, park.Park(t.Context(), []tracker.Parked{{ID: ids[i], Cause: "a"}}))
	}
	require.NoError(t, park.Remove(t.Context(), ids[:90]))
	require.NoError(t, park.Close())
	before, err := os.Stat(path)
	require.NoError(t, err)
	again := openPark(t, path)
	assert.Equal(t, ids[90:], entriesOf(t, again, "a"))
	after, err := os.Stat(path)
	require.NoError(t, err)
	assert.Less(t, after.Size(), before.Size()/4)
	assert.Equal(t, os.FileMode(0o600), after.Mode().Perm())
	require.NoError(t, again.Remove(t.Context(), ids[90:95]))
	assert.Equal(t, ids[95:], entriesOf(t, again, "a"))
}

func TestAMemoryParkCountsWhatItCannotHold(t *testing.T) {
	t.Parallel()
	park := tracker.NewMemoryPark(2)
	require.NoError(t, park.Park(t.Context(), []tracker.Parked{{ID: "1", Cause: "a"}, {ID: "2", Cause: "a"}, {ID: "3", Cause: "a"}}))
	causes, err := park.Causes(t.Context())
	require.NoError(t, err)
	assert.EqualValues(t, 3, causes["a"])
	assert.Len(t, entriesOf(t, park, ""), 2)
}

func TestReleasedRecordsLandOnceTheirCauseIsSolved(t *testing.T) {
	t.Parallel()
	for name, payloads := range map[string]bool{"from the park": true, "from the source": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "park.ndjson")
			synctest.Test(t, func(t *testing.T) {
				server, _, client := newWorld(t)
				park := openPark(t, path)
				var alerts []string
				waiting := func(i int) tracker.Record {
					r := childRecord(i, 2)
					r.Payload.TrackedEntities[0].OrgUnit = "NewOrgUnit1"
					return r
				}
				cfg := tracker.ImporterConfig{
					Client: client, Park: park, ParkPayloads: payloads,
					Alert: func(c tracker.Cause) { alerts = append(alerts, c.ID()) },
				}
				if !payloads {
					cfg.Reload = func(_ context.Context, p tracker.Parked) (tracker.Record, error) {
						var i int
						_, err := fmt.Sscanf(p.Source, "patient %d", &i)
						return waiting(i), err
					}
				}
				importer := newImporter(t, cfg)
				var records []tracker.Record
				for i := range 5 {
					records = append(records, waiting(i))
				}
				_, err := importer.Run(t.Context(), sequence(records...), nil)
				require.NoError(t, err)
				require.Equal(t, []string{"metadata/E1049/TRACKED_ENTITY/NewOrgUnit1"}, alerts)
				text, err := os.ReadFile(path)
				require.NoError(t, err)
				assert.Equal(t, payloads, strings.Contains(string(text), "Amina"))

				// Not solved yet: the records stay, and nobody is told twice.
				summary, err := importer.Release(t.Context(), alerts[0], nil)
				require.NoError(t, err)
				assert.EqualValues(t, 20, summary.Tally.Rejected)
				assert.Len(t, entriesOf(t, park, ""), 5)
				assert.Len(t, alerts, 1)

				// Meanwhile the first one came again, newer and with another org unit.
				_, err = importer.Run(t.Context(), sequence(childRecord(0, 3)), nil)
				require.NoError(t, err)
				require.NoError(t, server.Seed([]byte(`{"organisationUnits":[{"id":"NewOrgUnit1","name":"new","shortName":"new","openingDate":"1990-01-01","parent":{"id":"BqSKl7Jbq0H"}}]}`)))
				var got results
				_, err = importer.Release(t.Context(), alerts[0], got.add)
				require.NoError(t, err)
				assert.Empty(t, entriesOf(t, park, ""))
				for _, r := range got.list {
					assert.True(t, r.Fate.Landed(), r)
					assert.EqualValues(t, -1, r.Position)
					if r.Source == "patient 0 v2" && r.Ref.Type != tracker.TypeEnrollment {
						assert.Equal(t, tracker.FateStale, r.Fate)
					}
				}
				assert.Len(t, server.TrackedEntities(), 5)
				assert.Equal(t, "v3", server.TrackedEntities()[0].Attributes[seedFamily])
			})
		})
	}
}

func TestRecordsWithoutPayloadNeedReload(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, _, client := newWorld(t)
		importer := newImporter(t, tracker.ImporterConfig{Client: client})
		_, err := importer.Run(t.Context(), sequence(visitRecord(1, 1)), nil)
		require.NoError(t, err)
		_, err = importer.Release(t.Context(), "", nil)
		require.ErrorContains(t, err, "Reload")
	})
}
