package tracker_test

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/tracker"
)

func TestEveryObjectComesOutOnceWithItsFate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, n, client := newWorld(t)
		importer := newImporter(t, tracker.ImporterConfig{Client: client})

		fates := func(records ...tracker.Record) map[tracker.Fate]int {
			var got results
			summary, err := importer.Run(t.Context(), sequence(records...), got.add)
			require.NoError(t, err)
			require.True(t, summary.Complete)
			counts := map[tracker.Fate]int{}
			for _, r := range got.list {
				counts[r.Fate]++
			}
			return counts
		}
		assert.Equal(t, map[tracker.Fate]int{tracker.FateCreated: 8}, fates(childRecord(1, 1), childRecord(2, 1)))
		before := len(n.imports)
		assert.Equal(t, map[tracker.Fate]int{tracker.FateUnchanged: 4}, fates(childRecord(1, 1)))
		assert.Len(t, n.imports, before, "unchanged data is not sent")
		assert.Equal(t, map[tracker.Fate]int{tracker.FateUpdated: 3, tracker.FateUnchanged: 1}, fates(childRecord(1, 3)),
			"the enrollment is the same")
		assert.Equal(t, map[tracker.Fate]int{tracker.FateStale: 4}, fates(childRecord(1, 2)))
		assert.Equal(t, map[tracker.Fate]int{tracker.FateCreated: 5, tracker.FateUpdated: 3, tracker.FateUnchanged: 1},
			fates(childRecord(2, 2), childRecord(3, 1), visitRecord(2, 1)), "created and updated are told apart by the guard")
	})
}

func TestOneRecordIsAllOrNothingAndSeveralAreNot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, n, client := newWorld(t)
		importer := newImporter(t, tracker.ImporterConfig{Client: client})
		bad := childRecord(1, 1)
		event := &bad.Payload.TrackedEntities[0].Enrollments[0].Events[1]
		event.DataValues[0].Value = "heavy"

		var alone results
		_, err := importer.Run(t.Context(), sequence(bad), alone.add)
		require.NoError(t, err)
		assert.Contains(t, n.imports[0].query, "atomicMode=ALL")
		assert.Contains(t, n.imports[0].query, "async=false")
		require.Len(t, alone.list, 4)
		for _, r := range alone.list {
			assert.Equal(t, tracker.FateRejected, r.Fate, r)
			assert.Equal(t, dhis2.ClassData, r.Class, r)
			if r.Ref.UID == event.Event {
				assert.Equal(t, []string{"E1302"}, r.Codes)
				assert.Zero(t, r.Root)
			} else {
				assert.Equal(t, tracker.Ref{Type: tracker.TypeEvent, UID: event.Event}, r.Root)
				assert.Equal(t, []string{"E1302"}, r.RootCodes)
			}
		}
		assert.Empty(t, server.TrackedEntities())

		var beside results
		_, err = importer.Run(t.Context(), sequence(bad, childRecord(2, 1)), beside.add)
		require.NoError(t, err)
		assert.Contains(t, n.imports[1].query, "atomicMode=OBJECT")
		assert.Len(t, server.TrackedEntities(), 2)
		assert.Equal(t, tracker.FateRejected, beside.of(tracker.Ref{Type: tracker.TypeEvent, UID: event.Event}).Fate)
		assert.Equal(t, tracker.FateCreated, beside.of(tracker.Ref{Type: tracker.TypeEnrollment, UID: uidOf("enrollment", 1)}).Fate)
	})
}

func TestAFailedParentIsTheRootOfItsChildren(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, _, client := newWorld(t)
		var alerts []tracker.Cause
		importer := newImporter(t, tracker.ImporterConfig{Client: client, Alert: func(c tracker.Cause) { alerts = append(alerts, c) }})
		var records []tracker.Record
		for i := range 20 {
			r := childRecord(i, 1)
			r.Payload.TrackedEntities[0].Enrollments[0].OrgUnit = "PP7BguJwlu2" // not assigned to the program
			records = append(records, r)
		}
		var got results
		summary, err := importer.Run(t.Context(), sequence(records...), got.add)
		require.NoError(t, err)
		en := tracker.Ref{Type: tracker.TypeEnrollment, UID: uidOf("enrollment", 3)}
		assert.Equal(t, []string{"E1041"}, got.of(en).Codes)
		event := got.of(tracker.Ref{Type: tracker.TypeEvent, UID: uidOf("visit1", 3)})
		assert.Equal(t, tracker.FateRejected, event.Fate)
		assert.Equal(t, []string{"E5000"}, event.Codes)
		assert.Equal(t, en, event.Root)
		assert.Equal(t, []string{"E1041"}, event.RootCodes)
		assert.Equal(t, tracker.FateCreated, got.of(tracker.Ref{Type: tracker.TypeTrackedEntity, UID: uidOf("te", 3)}).Fate)
		require.Len(t, alerts, 1, "one alert for one cause")
		assert.Equal(t, "metadata/E1041/ENROLLMENT/"+seedChild+"/PP7BguJwlu2", alerts[0].ID())
		assert.EqualValues(t, 20, summary.Parked[alerts[0].ID()])
	})
}

func TestWhatWouldHarmOtherRecordsIsNotSent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, n, client := newWorld(t)
		importer := newImporter(t, tracker.ImporterConfig{Client: client})
		noProgram, noUID, nul, date := visitRecord(1, 1), childRecord(2, 1), childRecord(3, 1), childRecord(4, 1)
		noProgram.Payload.Events[0].Program = ""
		noUID.Payload.TrackedEntities[0].Enrollments[0].Events[0].Event = ""
		nul.Payload.TrackedEntities[0].Attributes[0].Value = "a\x00b"
		date.Payload.TrackedEntities[0].Enrollments[0].EnrolledAt = "06/01/2026"
		var got results
		summary, err := importer.Run(t.Context(), sequence(noProgram, noUID, nul, date, childRecord(5, 1)), got.add)
		require.NoError(t, err)
		assert.Len(t, n.imports, 1)
		assert.Len(t, server.TrackedEntities(), 1)
		assert.EqualValues(t, 13, summary.Tally.Rejected)
		assert.EqualValues(t, 4, summary.Tally.Created)
		reasons := 0
		for _, r := range got.list {
			if r.Fate == tracker.FateRejected {
				assert.Zero(t, r.Attempts)
				assert.NotEmpty(t, r.Cause)
			}
			if r.Reason != "" {
				reasons++
				assert.NotContains(t, r.Reason, "06/01/2026")
			}
		}
		assert.GreaterOrEqual(t, reasons, 4)
	})
}

func TestOlderDataNeverOverwritesNewer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, _, client := newWorld(t)
		importer := newImporter(t, tracker.ImporterConfig{Client: client, MaxObjects: 4})
		var got results
		_, err := importer.Run(t.Context(), sequence(childRecord(1, 5), childRecord(1, 4), childRecord(1, 6), childRecord(1, 5)), got.add)
		require.NoError(t, err)
		assert.Equal(t, "v6", server.TrackedEntities()[0].Attributes[seedFamily])
	})
}

func TestARequestWhoseAnswerWasLostOverwritesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, n, client := newWorld(t)
		n.fault = func(_ []byte, before int) fault {
			if before == 0 && len(n.imports) == 1 {
				return faultLate
			}
			return faultNone
		}
		importer := newImporter(t, tracker.ImporterConfig{Client: client, AttemptTimeout: 10 * time.Second})
		_, err := importer.Run(t.Context(), sequence(childRecord(1, 1), childRecord(1, 2)), nil)
		require.NoError(t, err)
		n.late.Wait()
		assert.Equal(t, "v2", server.TrackedEntities()[0].Attributes[seedFamily])
	})
}

func TestARequestOfAProcessThatCrashedOverwritesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, n, client := newWorld(t)
		n.fault = func([]byte, int) fault {
			if len(n.imports) == 1 {
				return faultLate
			}
			return faultNone
		}
		cfg := tracker.ImporterConfig{
			Client: client, Drain: -1, Checkpoints: new(tracker.MemoryCheckpoints), CheckpointKey: "x",
			Guard: tracker.NewMemoryGuard(0), MaxObjects: 4,
		}
		ctx, crash := context.WithCancel(t.Context())
		time.AfterFunc(10*time.Second, crash)
		records := []tracker.Record{childRecord(1, 1), childRecord(1, 2)}
		_, err := newImporter(t, cfg).Run(ctx, sequence(records...), nil)
		require.ErrorIs(t, err, context.Canceled)
		at, err := cfg.Checkpoints.Load(t.Context(), "x")
		require.NoError(t, err)
		assert.True(t, at.Busy)
		_, err = newImporter(t, cfg).Run(t.Context(), sequence(records...), nil)
		require.NoError(t, err)
		n.late.Wait()
		assert.Equal(t, "v2", server.TrackedEntities()[0].Attributes[seedFamily])
	})
}

func TestALostAnswerIsAskedForAgainWithTheSameBytes(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]fault{"committed": faultCommitDrop, "not committed": faultDrop, "hanging": faultHang, "proxy": faultProxy} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				server, n, client := newWorld(t)
				n.fault = func(_ []byte, before int) fault {
					if before < 2 {
						return f
					}
					return faultNone
				}
				importer := newImporter(t, tracker.ImporterConfig{Client: client})
				var got results
				_, err := importer.Run(t.Context(), sequence(childRecord(1, 1)), got.add)
				require.NoError(t, err)
				require.Len(t, n.imports, 3)
				assert.Equal(t, n.imports[0].body, n.imports[1].body)
				assert.Equal(t, n.imports[0].query, n.imports[2].query)
				assert.Len(t, server.TrackedEntities(), 1)
				assert.Len(t, server.Events(), 2)
				for _, r := range got.list {
					assert.Equal(t, 3, r.Attempts)
					if f == faultCommitDrop {
						assert.Equal(t, tracker.FateStored, r.Fate, "who created it is not known")
					} else {
						assert.Equal(t, tracker.FateCreated, r.Fate)
					}
				}
			})
		})
	}
}

func TestAChildWaitsForItsParent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, _, client := newWorld(t)
		importer := newImporter(t, tracker.ImporterConfig{Client: client, MaxObjects: 4})
		var got results
		_, err := importer.Run(t.Context(), sequence(motherRecord(1), visitRecord(1, 1), childRecord(1, 1), childRecord(2, 1)), got.add)
		require.NoError(t, err)
		for _, r := range got.list {
			assert.True(t, r.Fate.Landed(), r)
		}
		assert.Len(t, server.Events(), 5)

		got = results{}
		begun := time.Now()
		summary, err := importer.Run(t.Context(), sequence(visitRecord(9, 1)), got.add)
		require.NoError(t, err)
		assert.Equal(t, tracker.FateRejected, got.list[0].Fate)
		assert.Equal(t, dhis2.ClassDependency, got.list[0].Class)
		assert.Less(t, time.Since(begun), time.Second, "nobody waits at the end of the source")
		assert.Len(t, summary.Parked, 1)
	})
}

func TestMetadataAreReadAnewOnceForEachCause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, _, client := newWorld(t)
		var asked []tracker.Cause
		importer := newImporter(t, tracker.ImporterConfig{Client: client, Refresh: func(_ context.Context, c tracker.Cause) error {
			asked = append(asked, c)
			return server.Seed([]byte(`{"organisationUnits":[{"id":"NewOrgUnit1","name":"new","shortName":"new","openingDate":"1990-01-01","parent":{"id":"BqSKl7Jbq0H"}}]}`))
		}})
		var records []tracker.Record
		for i := range 10 {
			r := childRecord(i, 1)
			r.Payload.TrackedEntities[0].OrgUnit = "NewOrgUnit1"
			records = append(records, r)
		}
		var got results
		_, err := importer.Run(t.Context(), sequence(records...), got.add)
		require.NoError(t, err)
		assert.Len(t, asked, 1)
		for _, r := range got.list {
			assert.True(t, r.Fate.Landed(), r)
		}
	})
}

func TestObjectsOfDeletedParents(t *testing.T) {
	t.Parallel()
	setUp := func(t *testing.T, cfg tracker.ImporterConfig) (*tracker.Importer, *results) {
		t.Helper()
		_, _, client := newWorld(t)
		first := newImporter(t, tracker.ImporterConfig{Client: client})
		_, err := first.Run(t.Context(), sequence(childRecord(1, 1)), nil)
		require.NoError(t, err)
		gone := childRecord(1, 1)
		gone.Strategy = tracker.Delete
		gone.Version = 2
		var got results
		_, err = first.Run(t.Context(), sequence(gone), got.add)
		require.NoError(t, err)
		for _, r := range got.list {
			require.Equal(t, tracker.FateDeleted, r.Fate, r)
		}
		cfg.Client = client
		return newImporter(t, cfg), &results{}
	}
	t.Run("are accepted by the server", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			importer, got := setUp(t, tracker.ImporterConfig{})
			_, err := importer.Run(t.Context(), sequence(visitRecord(1, 1)), got.add)
			require.NoError(t, err)
			assert.Equal(t, tracker.FateCreated, got.list[0].Fate)
		})
	})
	t.Run("are refused when parents are checked", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			importer, got := setUp(t, tracker.ImporterConfig{CheckParents: true})
			_, err := importer.Run(t.Context(), sequence(visitRecord(1, 1), childRecord(2, 1)), got.add)
			require.NoError(t, err)
			event := got.of(tracker.Ref{Type: tracker.TypeEvent, UID: uidOf("visit3", 1)})
			assert.Equal(t, tracker.FateRejected, event.Fate)
			assert.Equal(t, dhis2.ClassTombstone, event.Class)
			assert.Equal(t, tracker.Ref{Type: tracker.TypeEnrollment, UID: uidOf("enrollment", 1)}, event.Root)
			assert.Equal(t, tracker.FateCreated, got.of(tracker.Ref{Type: tracker.TypeEnrollment, UID: uidOf("enrollment", 2)}).Fate)
		})
	})
	t.Run("deleted objects are parked", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			importer, got := setUp(t, tracker.ImporterConfig{})
			_, err := importer.Run(t.Context(), sequence(childRecord(1, 3), childRecord(2, 1)), got.add)
			require.NoError(t, err)
			te := got.of(tracker.Ref{Type: tracker.TypeTrackedEntity, UID: uidOf("te", 1)})
			assert.Equal(t, []string{"E1114"}, te.Codes)
			for _, r := range got.list {
				assert.Equal(t, r.Source != "patient 1 v3", r.Fate.Landed(), r)
			}
		})
	})
	t.Run("deleted objects come back under their next UID", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			importer, got := setUp(t, tracker.ImporterConfig{Reincarnate: func(ref tracker.Ref, used string) (string, bool) {
				return dhis2.DeriveUID("again", string(ref.Type), used), true
			}})
			_, err := importer.Run(t.Context(), sequence(childRecord(1, 3), visitRecord(1, 1)), got.add)
			require.NoError(t, err)
			require.Len(t, got.list, 5)
			for _, r := range got.list {
				assert.True(t, r.Fate.Landed(), r)
			}
			assert.True(t, got.of(tracker.Ref{Type: tracker.TypeTrackedEntity, UID: uidOf("te", 1)}).Adopted)
		})
	})
}

func TestDeletingWhatIsNotThereIsDone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, _, client := newWorld(t)
		importer := newImporter(t, tracker.ImporterConfig{Client: client})
		gone, changed := childRecord(1, 1), childRecord(2, 1)
		gone.Strategy, changed.Strategy = tracker.Delete, tracker.Update
		var got results
		_, err := importer.Run(t.Context(), sequence(gone, changed), got.add)
		require.NoError(t, err)
		assert.Equal(t, tracker.FateDeleted, got.of(tracker.Ref{Type: tracker.TypeTrackedEntity, UID: uidOf("te", 1)}).Fate)
		assert.Equal(t, tracker.FateCreated, got.of(tracker.Ref{Type: tracker.TypeTrackedEntity, UID: uidOf("te", 2)}).Fate,
			"an update of nothing creates")
	})
}

func TestCreatingWhatIsThereIsDone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, _, client := newWorld(t)
		_, err := newImporter(t, tracker.ImporterConfig{Client: client}).Run(t.Context(), sequence(childRecord(1, 1)), nil)
		require.NoError(t, err)
		again := childRecord(1, 2)
		again.Strategy = tracker.Create
		again.Payload.TrackedEntities[0].Enrollments[0].Events = append(again.Payload.TrackedEntities[0].Enrollments[0].Events, visitRecord(1, 2).Payload.Events...)
		var got results
		_, err = newImporter(t, tracker.ImporterConfig{Client: client}).Run(t.Context(), sequence(again), got.add)
		require.NoError(t, err)
		te := got.of(tracker.Ref{Type: tracker.TypeTrackedEntity, UID: uidOf("te", 1)})
		assert.Equal(t, tracker.FateUnchanged, te.Fate)
		assert.Equal(t, []string{"E1002"}, te.Codes)
		assert.Equal(t, tracker.FateCreated, got.of(tracker.Ref{Type: tracker.TypeEvent, UID: uidOf("visit3", 1)}).Fate)
	})
}

func TestACancelledRunDrainsAndResumes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, n, client := newWorld(t)
		n.cost = func(int, int) time.Duration { return time.Second }
		saved := new(tracker.MemoryCheckpoints)
		cfg := tracker.ImporterConfig{Client: client, MaxObjects: 8, Checkpoints: saved, CheckpointKey: "x"}
		ctx, cancel := context.WithCancel(t.Context())
		read := 0
		source := func(yield func(tracker.Record, error) bool) {
			for r, err := range children(100) {
				read++
				if !yield(r, err) {
					return
				}
			}
		}
		time.AfterFunc(3500*time.Millisecond, cancel)
		var got results
		summary, err := newImporter(t, cfg).Run(ctx, source, got.add)
		require.ErrorIs(t, err, context.Canceled)
		assert.False(t, summary.Complete)
		assert.EqualValues(t, summary.Records*4, summary.Tally.Total())
		assert.NotZero(t, summary.Tally.Landed())
		assert.NotZero(t, summary.Tally.Unfinished)
		assert.Less(t, read, 100, "the source is not read to its end")
		at, err := saved.Load(t.Context(), "x")
		require.NoError(t, err)
		assert.EqualValues(t, summary.Tally.Landed()/4, at.Records)
		assert.False(t, at.Busy, "all requests were answered")

		summary, err = newImporter(t, cfg).Run(t.Context(), children(100), got.add)
		require.NoError(t, err)
		assert.Equal(t, at.Records, summary.Skipped)
		assert.Len(t, server.TrackedEntities(), 100)
		at, err = saved.Load(t.Context(), "x")
		require.NoError(t, err)
		assert.True(t, at.Done)
		summary, err = newImporter(t, cfg).Run(t.Context(), children(100), got.add)
		require.NoError(t, err)
		assert.Zero(t, summary.Records)
	})
}

func TestErrorsOfTheSourceEndTheRunAndThoseOfARecordDoNot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, _, client := newWorld(t)
		importer := newImporter(t, tracker.ImporterConfig{Client: client})
		broken := errors.New("the file ended early")
		var source iter.Seq2[tracker.Record, error] = func(yield func(tracker.Record, error) bool) {
			_ = yield(childRecord(1, 1), nil) && yield(tracker.Record{Source: "page 2"}, tracker.ErrRecord) && yield(tracker.Record{}, broken)
		}
		var got results
		summary, err := importer.Run(t.Context(), source, got.add)
		require.ErrorIs(t, err, broken)
		assert.EqualValues(t, 5, summary.Tally.Total())
		assert.Equal(t, "page 2", got.of(tracker.Ref{}).Source)

		enough := errors.New("enough")
		calls := 0
		_, err = importer.Run(t.Context(), children(10), func(tracker.Result) error { calls++; return enough })
		require.ErrorIs(t, err, enough)
		assert.Equal(t, 1, calls)
	})
}

func TestMemoryIsBoundedByTheLookAhead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := &network{server: acceptor{}, replace: accepting, cost: func(int, int) time.Duration { return time.Second }}
		var read atomic.Int64 // the source has a goroutine of its own
		told, most := 0, 0
		source := func(yield func(tracker.Record, error) bool) {
			for r, err := range children(3000) {
				read.Add(1)
				if !yield(r, err) {
					return
				}
			}
		}
		var progress []tracker.Progress
		importer := newImporter(t, tracker.ImporterConfig{
			Client: n.client(t), LookAhead: 400, MaxObjects: 100, MaxRequests: 2,
			Progress: func(p tracker.Progress) { progress = append(progress, p) },
		})
		summary, err := importer.Run(t.Context(), source, func(tracker.Result) error {
			told++
			most = max(most, int(read.Load())*4-told)
			return nil
		})
		require.NoError(t, err)
		assert.LessOrEqual(t, most, 400+8, "a record is on its way from the source, another one in its hands")
		require.NotEmpty(t, progress)
		last := progress[len(progress)-1]
		assert.True(t, last.Done)
		assert.EqualValues(t, 3000, last.Final)
		assert.Equal(t, summary.Tally, last.Tally)
		assert.InDelta(t, 200, last.Average, 30)
		for _, p := range progress {
			assert.LessOrEqual(t, p.Held, 404)
			assert.LessOrEqual(t, p.InFlight, 2)
		}
	})
}

func TestNothingOfAPatientIsLogged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, n, client := newWorld(t)
		n.fault = func(_ []byte, before int) fault {
			return []fault{faultInternal, faultDeadlock, faultProxy, faultNone}[min(before, 3)]
		}
		var logs, told bytes.Buffer
		importer := newImporter(t, tracker.ImporterConfig{
			Client: client, Logger: slog.New(slog.NewTextHandler(&logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
			Alert: func(c tracker.Cause) { told.WriteString(c.ID()) },
		})
		bad := childRecord(1, 1)
		bad.Payload.TrackedEntities[0].Attributes[0] = tracker.Attribute{Attribute: seedBorn, Value: "Amina's birthday"}
		_, err := importer.Run(t.Context(), sequence(bad, childRecord(2, 1)), func(r tracker.Result) error {
			told.WriteString(r.String() + r.Reason + strings.Join(r.Codes, " "))
			return nil
		})
		require.NoError(t, err)
		assert.Contains(t, told.String(), "E1007")
		assert.NotContains(t, logs.String()+told.String(), "Amina")
	})
}

func TestWrongConfigurationsAreNamed(t *testing.T) {
	t.Parallel()
	_, _, client := newWorld(t)
	for field, cfg := range map[string]tracker.ImporterConfig{
		"Client":         {},
		"CheckpointKey":  {Client: client, Checkpoints: new(tracker.MemoryCheckpoints)},
		"Params":         {Client: client, Params: tracker.Params{Strategy: tracker.Update}},
		"Unique":         {Client: client, Unique: []string{"NID"}},
		"Unique by code": {Client: client, Unique: []string{seedNID}, Params: tracker.Params{IDScheme: dhis2.SchemeCode}},
	} {
		_, err := tracker.NewImporter(cfg)
		var wrong *dhis2.ConfigError
		require.ErrorAs(t, err, &wrong, field)
		assert.Equal(t, strings.Fields(field)[0], wrong.Field)
	}
}
