package tracker_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2/tracker"
)

func TestASourceThatFailsInWhatACheckpointSkipsEndsTheRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, _, client := newWorld(t)
		saved := new(tracker.MemoryCheckpoints)
		require.NoError(t, saved.Save(t.Context(), "source", tracker.Checkpoint{Records: 3}))
		importer := newImporter(t, tracker.ImporterConfig{Client: client, Checkpoints: saved, CheckpointKey: "source"})
		broken := errors.New("the disk is gone")
		summary, err := importer.Run(t.Context(), func(yield func(tracker.Record, error) bool) {
			if yield(childRecord(1, 1), nil) {
				yield(tracker.Record{}, broken)
			}
		}, nil)
		require.ErrorIs(t, err, broken)
		assert.False(t, summary.Complete)
	})
}

func TestASourceThatIsShorterThanItsCheckpointIsNotTaken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, n, client := newWorld(t)
		saved := new(tracker.MemoryCheckpoints)
		require.NoError(t, saved.Save(t.Context(), "source", tracker.Checkpoint{Records: 3}))
		importer := newImporter(t, tracker.ImporterConfig{Client: client, Checkpoints: saved, CheckpointKey: "source"})
		summary, err := importer.Run(t.Context(), sequence(childRecord(1, 1), childRecord(2, 1)), nil)
		require.ErrorContains(t, err, "CheckpointKey")
		assert.False(t, summary.Complete)
		assert.Empty(t, n.imports)
		_, err = importer.Run(t.Context(), sequence(childRecord(1, 1), childRecord(2, 1), childRecord(3, 1)), nil)
		require.NoError(t, err, "all of it is done")
	})
}

func TestWhatNobodyHeardOfIsToldByTheNextRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, _, client := newWorld(t)
		importer := newImporter(t, tracker.ImporterConfig{
			Client: client, Checkpoints: new(tracker.MemoryCheckpoints), CheckpointKey: "source",
		})
		source := sequence(childRecord(1, 1), childRecord(2, 1), childRecord(3, 1))
		heard, full := map[tracker.Ref]bool{}, errors.New("the queue is full")
		_, err := importer.Run(t.Context(), source, func(r tracker.Result) error {
			if len(heard) == 6 {
				return full
			}
			heard[r.Ref] = true
			return nil
		})
		require.ErrorIs(t, err, full)
		_, err = importer.Run(t.Context(), source, func(r tracker.Result) error {
			heard[r.Ref] = true
			assert.True(t, r.Fate.Landed(), "%v", r)
			return nil
		})
		require.NoError(t, err)
		assert.Len(t, heard, 12)
	})
}

func TestUnversionedRecordsOfOneObjectAreParkedBesideEachOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, _, client := newWorld(t)
		park := tracker.NewMemoryPark(0)
		importer := newImporter(t, tracker.ImporterConfig{Client: client, Park: park, ParkPayloads: true})
		first, second := childRecord(1, 0), childRecord(1, 0)
		first.Source, second.Source = "", ""
		first.Payload.TrackedEntities[0].OrgUnit, second.Payload.TrackedEntities[0].OrgUnit = nowhere, "zzzzzzzzzzy"
		_, err := importer.Run(t.Context(), sequence(first, second, first), nil)
		require.NoError(t, err)
		causes, err := park.Causes(t.Context())
		require.NoError(t, err)
		assert.Len(t, causes, 2)
		for cause, n := range causes {
			assert.EqualValues(t, 1, n, cause)
		}
	})
}

func TestUnreadableRecordsStayParkedWhenTheyAreReleased(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, _, client := newWorld(t)
		park := tracker.NewMemoryPark(0)
		importer := newImporter(t, tracker.ImporterConfig{Client: client, Park: park, ParkPayloads: true})
		bad := childRecord(1, 1)
		bad.Payload.TrackedEntities[0].OrgUnit = nowhere
		_, err := importer.Run(t.Context(), func(yield func(tracker.Record, error) bool) {
			_ = yield(tracker.Record{}, fmt.Errorf("%w: this one", tracker.ErrRecord)) &&
				yield(tracker.Record{}, fmt.Errorf("%w: that one", tracker.ErrRecord)) && yield(bad, nil)
		}, nil)
		require.NoError(t, err)
		for range 2 {
			var got results
			summary, err := importer.Release(t.Context(), "", got.add)
			require.NoError(t, err)
			assert.EqualValues(t, 6, summary.Tally.Rejected, "all four objects and two places, %v", got.list)
			causes, err := park.Causes(t.Context())
			require.NoError(t, err)
			total := int64(0)
			for _, n := range causes {
				total += n
			}
			assert.EqualValues(t, 3, total, "%v", causes)
		}
	})
}

func TestAReportAboutOtherObjectsIsNotBelieved(t *testing.T) {
	t.Parallel()
	for name, report := range map[string]string{
		"of another request": `{"status":"OK","validationReport":{"errorReports":[],"warningReports":[]},
			"stats":{"created":1,"updated":0,"deleted":0,"ignored":1,"total":2},
			"bundleReport":{"typeReportMap":{"RELATIONSHIP":{"stats":{"created":1,"ignored":1,"total":2},"objectReports":[{"uid":"zzzzzzzzzzz","trackerType":"RELATIONSHIP"}]}}}}`,
		"that leaves it out": `{"status":"OK","validationReport":{"errorReports":[],"warningReports":[]},
			"stats":{"created":0,"updated":0,"deleted":0,"ignored":0,"total":0},
			"bundleReport":{"typeReportMap":{"RELATIONSHIP":{"stats":{"created":0,"ignored":0,"total":0},"objectReports":[]}}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				_, n, client := newWorld(t)
				importer := newImporter(t, tracker.ImporterConfig{Client: client})
				_, err := importer.Run(t.Context(), sequence(childRecord(1, 1), childRecord(2, 1)), nil)
				require.NoError(t, err)
				n.replace = func(r *http.Request, _ []byte) *http.Response {
					if r.Method == http.MethodPost && r.URL.Path == "/api/tracker" {
						return message(200, report)
					}
					return nil
				}
				var got results
				_, err = importer.Run(t.Context(), sequence(motherRecord(1)), got.add)
				require.NoError(t, err)
				require.Len(t, got.list, 1)
				assert.False(t, got.list[0].Fate.Landed(), "%v", got.list[0])
			})
		})
	}
}

func TestInnocentsOfAnAtomicRequestLandHoweverManyOthersFail(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, _, client := newWorld(t)
		importer := newImporter(t, tracker.ImporterConfig{
			Client: client, Atomic: tracker.AtomicAll, MaxObjects: 16, MaxRequests: 1, // four records
		})
		var got results
		summary, err := importer.Run(t.Context(), func(yield func(tracker.Record, error) bool) {
			for i := range 14 {
				r := childRecord(i, 1)
				if i > 2 {
					r.Payload.TrackedEntities[0].OrgUnit = nowhere
				}
				if !yield(r, nil) {
					return
				}
			}
		}, got.add)
		require.NoError(t, err)
		assert.EqualValues(t, 12, summary.Tally.Created)
		assert.EqualValues(t, 44, summary.Tally.Rejected)
	})
}

func TestWhatIsNotParkedIsNotRejected(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, _, client := newWorld(t)
		full := errors.New("no space left on device")
		importer := newImporter(t, tracker.ImporterConfig{Client: client, Park: brokenPark{tracker.NewMemoryPark(0), full}})
		bad := childRecord(1, 1)
		bad.Payload.TrackedEntities[0].OrgUnit = nowhere
		var got results
		_, err := importer.Run(t.Context(), sequence(bad), got.add)
		require.ErrorIs(t, err, full)
		require.Len(t, got.list, 4)
		for _, r := range got.list {
			assert.Equal(t, tracker.FateUnfinished, r.Fate)
			assert.Empty(t, r.Cause)
		}
	})
}

type brokenPark struct {
	*tracker.MemoryPark

	err error
}

func (p brokenPark) Park(context.Context, []tracker.Parked) error { return p.err }

func TestAnOlderRecordOfEqualVersionIsStaleWhenItIsReleased(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, n, client := newWorld(t)
		importer := newImporter(t, tracker.ImporterConfig{Client: client, ParkPayloads: true, Attempts: 1})
		older, newer := childRecord(1, 1), childRecord(1, 1)
		older.Payload.TrackedEntities[0].Attributes[1].Value = "older"
		newer.Payload.TrackedEntities[0].Attributes[1].Value = "newer"
		n.fault = func(body []byte, _ int) fault {
			if strings.Contains(string(body), "older") {
				return faultBad
			}
			return faultNone
		}
		_, err := importer.Run(t.Context(), sequence(older, newer), nil)
		require.NoError(t, err)
		n.fault = nil
		summary, err := importer.Release(t.Context(), "", nil)
		require.NoError(t, err)
		assert.EqualValues(t, 4, summary.Tally.Stale)
		assert.Equal(t, "newer", server.TrackedEntities()[0].Attributes[seedFamily])
	})
}

func TestAStoppingRunWaitsForItsRequests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, n, client := newWorld(t)
		n.cost = func(_, underWay int) time.Duration { return time.Duration(underWay) * 5 * time.Second }
		importer := newImporter(t, tracker.ImporterConfig{Client: client, MaxObjects: 4, MaxRequests: 2, MinRequests: 2})
		ctx, cancel := context.WithCancel(t.Context())
		calls := 0
		_, err := importer.Run(ctx, sequence(childRecord(1, 1), childRecord(2, 1), childRecord(3, 1), childRecord(4, 1)), func(tracker.Result) error {
			if calls++; calls == 1 {
				cancel()
			}
			return nil
		})
		require.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, 16, calls)
	})
}

func TestAPanicOfTheCallerComesOutOfRunAndLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	records := func(yield func(tracker.Record, error) bool) {
		for i := range 50 {
			if !yield(childRecord(i, 1), nil) {
				return
			}
		}
	}
	type parts struct {
		source iter.Seq2[tracker.Record, error]
		each   func(tracker.Result) error
		guard  tracker.Guard
	}
	for name, p := range map[string]parts{
		"each":   {source: records, each: func(tracker.Result) error { panic("mine") }},
		"source": {source: func(yield func(tracker.Record, error) bool) { yield(childRecord(1, 1), nil); panic("mine") }},
		"source that goes on": {
			source: func(yield func(tracker.Record, error) bool) {
				for i := range 50 {
					yield(childRecord(i, 1), nil)
				}
			},
			each: func(tracker.Result) error { return errors.New("enough") },
		},
		"guard": {source: records, guard: panickingGuard{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { // which fails if a goroutine is left
				_, n, client := newWorld(t)
				n.cost = func(int, int) time.Duration { return time.Second }
				importer := newImporter(t, tracker.ImporterConfig{Client: client, MaxObjects: 8, LookAhead: 16, Guard: p.guard})
				assert.Panics(t, func() { _, _ = importer.Run(t.Context(), p.source, p.each) })
				synctest.Wait()
				_, err := importer.Run(t.Context(), sequence(), nil)
				require.NoError(t, err, "it can be used again")
			})
		})
	}
}

type panickingGuard struct{}

func (panickingGuard) Load(context.Context, []tracker.Ref) ([]tracker.Landed, error) { panic("mine") }
func (panickingGuard) Save(context.Context, []tracker.Landed) error                  { return nil }

func TestALineThatIsNotUTF8IsRefused(t *testing.T) {
	t.Parallel()
	for _, err := range tracker.ReadRecords(strings.NewReader("{\"events\":[{\"event\":\"u01bS7TBPU6\",\"orgUnit\":\"\xff\"}]}")) {
		require.ErrorIs(t, err, tracker.ErrRecord)
	}
}

func TestAClockThatWentBackMakesNothingStale(t *testing.T) {
	t.Parallel()
	guard, saved := tracker.NewMemoryGuard(0), new(tracker.MemoryCheckpoints)
	run := func(t *testing.T, records ...tracker.Record) tracker.Summary {
		t.Helper()
		_, _, client := newWorld(t)
		importer := newImporter(t, tracker.ImporterConfig{Client: client, Guard: guard, Checkpoints: saved, CheckpointKey: "source"})
		summary, err := importer.Run(t.Context(), sequence(records...), nil)
		require.NoError(t, err)
		return summary
	}
	first, second := childRecord(1, 1), childRecord(1, 2)
	first.Version, second.Version = 0, 0
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Hour) //nolint:forbidigo // of fake time
		run(t, first)
	})
	synctest.Test(t, func(t *testing.T) { // begins an hour earlier
		assert.Zero(t, run(t, first, second).Tally.Stale)
	})
}

func TestDataThatComeBackAreSentAfterAChangeOfUnknownOutcome(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, n, client := newWorld(t)
		importer := newImporter(t, tracker.ImporterConfig{Client: client, Attempts: 1})
		first, second := childRecord(1, 0), childRecord(1, 0)
		first.Payload.TrackedEntities[0].Attributes[1].Value = "first"
		second.Payload.TrackedEntities[0].Attributes[1].Value = "second"
		n.fault = func(body []byte, _ int) fault {
			if strings.Contains(string(body), "second") {
				return faultCommitDrop
			}
			return faultNone
		}
		summary, err := importer.Run(t.Context(), sequence(first, second, first), nil)
		require.NoError(t, err)
		assert.EqualValues(t, 1, summary.Tally.Rejected, "nobody knows what became of the second")
		assert.Equal(t, "first", server.TrackedEntities()[0].Attributes[seedFamily])
	})
}
