package tracker_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/tracker"
)

func allHave(t *testing.T, fate tracker.Fate, list []tracker.Result) {
	t.Helper()
	assert.NotEmpty(t, list)
	for _, r := range list {
		assert.Equal(t, fate, r.Fate, r)
	}
}

func TestSendKeepsRecordsOfAPatientApartAndOthersTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, n, client := newWorld(t)
		n.cost = func(int, int) time.Duration { return time.Second }
		importer := newImporter(t, tracker.ImporterConfig{Client: client, MaxRequests: 3})
		const patients, versions = 6, 4
		var wg sync.WaitGroup
		for version := 1; version <= versions; version++ {
			for patient := range patients {
				wg.Go(func() {
					results, err := importer.Send(t.Context(), childRecord(patient, version))
					assert.NoError(t, err)
					assert.Len(t, results, 4)
					for _, r := range results {
						assert.True(t, r.Fate.Landed(), r)
					}
				})
			}
			synctest.Wait() // so that versions come in their order
		}
		wg.Wait()
		assert.Empty(t, n.shared)
		assert.Equal(t, 3, n.most, "requests at once")
		assert.Len(t, server.TrackedEntities(), patients)
		for _, call := range n.imports {
			assert.Contains(t, call.query, "atomicMode=ALL")
			assert.LessOrEqual(t, call.objects, 4, "one record a request")
		}
		results, err := importer.Send(t.Context(), childRecord(0, versions-1))
		require.NoError(t, err)
		allHave(t, tracker.FateStale, results)
	})
}

type sendKey struct{}

// contextual tells what the contexts of its requests hold.
type contextual struct {
	http.RoundTripper

	mu   sync.Mutex
	seen map[any]int
}

func (c *contextual) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPost {
		c.mu.Lock()
		c.seen[r.Context().Value(sendKey{})]++
		c.mu.Unlock()
	}
	return c.RoundTripper.RoundTrip(r)
}

func TestSendPassesTheContextOfItsCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, n, _ := newWorld(t)
		transport := &contextual{RoundTripper: n, seen: map[any]int{}}
		client, err := dhis2.New(t.Context(), dhis2.Config{
			URL: "http://dhis2.test", Auth: dhis2.Basic("admin", "district"), HTTPClient: &http.Client{Transport: transport},
		})
		require.NoError(t, err)
		importer := newImporter(t, tracker.ImporterConfig{Client: client})
		var wg sync.WaitGroup
		for i := range 3 {
			wg.Go(func() {
				_, err := importer.Send(context.WithValue(t.Context(), sendKey{}, i), childRecord(i, 1))
				assert.NoError(t, err)
			})
		}
		wg.Wait()
		assert.Equal(t, map[any]int{0: 1, 1: 1, 2: 1}, transport.seen)
	})
}

func TestSendWaitsUntilALostRequestCannotOverwriteAnyMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, n, client := newWorld(t)
		lost := true
		n.fault = func([]byte, int) fault {
			if lost {
				return faultLate
			}
			return faultNone
		}
		importer := newImporter(t, tracker.ImporterConfig{
			Client: client, AttemptTimeout: time.Second, Attempts: 1, Patience: time.Second, Rest: 45 * time.Second,
		})
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		results, err := importer.Send(ctx, childRecord(1, 1))
		require.Error(t, err)
		allHave(t, tracker.FateUnfinished, results)

		lost = false
		begun := time.Now()
		results, err = importer.Send(t.Context(), childRecord(2, 1))
		require.NoError(t, err)
		allHave(t, tracker.FateCreated, results)
		assert.Less(t, time.Since(begun), time.Second, "another patient does not wait")
		_, err = importer.Send(t.Context(), childRecord(1, 2))
		require.NoError(t, err)
		assert.GreaterOrEqual(t, time.Since(begun), 30*time.Second)
		n.late.Wait()
		assert.Len(t, server.TrackedEntities(), 2)
		for _, entity := range server.TrackedEntities() {
			if entity.UID == uidOf("te", 1) {
				assert.Equal(t, "v2", entity.Attributes[seedFamily])
			}
		}
	})
}

func TestSendAndRunDoNotMeet(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, n, client := newWorld(t)
		n.cost = func(int, int) time.Duration { return time.Minute / 2 }
		importer := newImporter(t, tracker.ImporterConfig{Client: client})
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := importer.Send(t.Context(), childRecord(1, 1))
			assert.NoError(t, err)
		})
		synctest.Wait()
		_, err := importer.Run(t.Context(), sequence(childRecord(2, 1)), nil)
		require.ErrorIs(t, err, tracker.ErrRunning)
		wg.Wait()
		wg.Go(func() {
			_, err := importer.Run(t.Context(), sequence(childRecord(2, 1)), nil)
			assert.NoError(t, err)
		})
		synctest.Wait()
		_, err = importer.Send(t.Context(), childRecord(1, 2))
		require.ErrorIs(t, err, tracker.ErrRunning)
		wg.Wait()
	})
}

func TestSendAlertsOncePerCauseAndParks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, n, client := newWorld(t)
		n.cost = func(int, int) time.Duration { return time.Second }
		park := tracker.NewMemoryPark(0)
		alerts := 0
		importer := newImporter(t, tracker.ImporterConfig{
			Client: client, Park: park, Alert: func(tracker.Cause) { alerts++ }, ParkPayloads: true,
		})
		bad := func(i int) tracker.Record {
			r := childRecord(i, 1)
			r.Payload.TrackedEntities[0].Enrollments[0].Events[0].DataValues[0].Value = "heavy"
			return r
		}
		send := func(from, to int) {
			var wg sync.WaitGroup
			for i := from; i < to; i++ {
				wg.Go(func() {
					results, err := importer.Send(t.Context(), bad(i))
					assert.NoError(t, err)
					allHave(t, tracker.FateRejected, results)
				})
			}
			wg.Wait()
		}
		send(0, 5)
		causes, err := park.Causes(t.Context())
		require.NoError(t, err)
		require.Len(t, causes, 1)
		for id, count := range causes {
			assert.EqualValues(t, 5, count)
			assert.Contains(t, id, "E1302")
		}
		assert.Equal(t, 1, alerts)

		var ids []string
		for p, err := range park.Entries(t.Context(), "") {
			require.NoError(t, err)
			ids = append(ids, p.ID)
		}
		require.NoError(t, park.Remove(t.Context(), ids))
		send(5, 6)
		assert.Equal(t, 2, alerts, "the cause was solved, and is back")
	})
}

func TestSendLeavesItsPlaceWhenItsContextEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, n, client := newWorld(t)
		n.cost = func(int, int) time.Duration { return 10 * time.Second }
		importer := newImporter(t, tracker.ImporterConfig{Client: client})
		var wg sync.WaitGroup
		send := func(ctx context.Context, version int, want error) {
			wg.Go(func() {
				_, err := importer.Send(ctx, childRecord(1, version))
				assert.ErrorIs(t, err, want)
			})
			synctest.Wait()
		}
		send(t.Context(), 1, nil)
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		send(short, 2, context.DeadlineExceeded)
		send(t.Context(), 3, nil)
		begun := time.Now()
		wg.Wait()
		assert.Equal(t, 20*time.Second, time.Since(begun), "two requests, one after the other")
		assert.Len(t, n.imports, 2)
	})
}

func TestSendKeepsApartWhatTheGuardKnowsByTwoNames(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, n, client := newWorld(t)
		n.cost = func(int, int) time.Duration { return time.Second }
		guard := tracker.NewMemoryGuard(0)
		ours, theirs := childRecord(1, 1), childRecord(2, 1)
		alias := tracker.Ref{Type: tracker.TypeTrackedEntity, UID: uidOf("te", 1)}
		require.NoError(t, guard.Save(t.Context(), []tracker.Landed{{Ref: alias, UID: uidOf("te", 2), Version: 0}}))
		importer := newImporter(t, tracker.ImporterConfig{Client: client, Guard: guard})
		var wg sync.WaitGroup
		for _, record := range []tracker.Record{theirs, ours} {
			wg.Go(func() {
				_, err := importer.Send(t.Context(), record)
				assert.NoError(t, err)
			})
			synctest.Wait()
		}
		wg.Wait()
		assert.Len(t, n.imports, 2)
		assert.Equal(t, 1, n.most, "one after the other: both are about one tracked entity")
		assert.Empty(t, n.shared)
	})
}

// brokenGuard cannot remember.
type brokenGuard struct{ tracker.Guard }

var errBroken = errors.New("disk full")

func (brokenGuard) Load(context.Context, []tracker.Ref) ([]tracker.Landed, error) {
	return nil, errBroken
}

func TestSendSendsNothingThatCannotBeGuarded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, n, client := newWorld(t)
		importer := newImporter(t, tracker.ImporterConfig{Client: client, Guard: brokenGuard{}})
		for range 2 {
			_, err := importer.Send(t.Context(), childRecord(1, 1))
			var store *tracker.StoreError
			require.ErrorAs(t, err, &store)
			require.ErrorIs(t, err, errBroken)
		}
		assert.Empty(t, n.imports)
	})
}

// Many senders, each sending its patient's changes again until they are taken, over a network that
// fails in every way: at the end the server holds the newest of each patient, once.
func TestSendSurvivesChaos(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				server, n, client := newWorld(t)
				chance := rand.New(rand.NewPCG(seed, 1))
				n.cost = func(objects, _ int) time.Duration { return time.Duration(objects) * 50 * time.Millisecond }
				n.fault = func([]byte, int) fault {
					faults := []fault{faultInternal, faultProxy, faultDeadlock, faultHang, faultLate, faultCommitDrop, faultDrop, faultMessage}
					n.mu.Lock()
					defer n.mu.Unlock()
					if chance.IntN(3) > 0 {
						return faultNone
					}
					return faults[chance.IntN(len(faults))]
				}
				importer := newImporter(t, tracker.ImporterConfig{
					Client: client, AttemptTimeout: 5 * time.Second, Attempts: 3, MaxRequests: 6, Patience: 20 * time.Second,
				})
				const patients, versions = 12, 4
				var wg sync.WaitGroup
				for patient := range patients {
					for version := 1; version <= versions; version++ {
						wg.Go(func() {
							for tries := 0; ; tries++ {
								results, err := importer.Send(t.Context(), childRecord(patient, version))
								if err == nil && !slices.ContainsFunc(results, func(r tracker.Result) bool { return !r.Fate.Landed() }) {
									return
								}
								if !assert.Less(t, tries, 50) {
									return
								}
								time.Sleep(time.Minute) //nolint:forbidigo // of fake time: until the core runs the transaction again
							}
						})
					}
				}
				wg.Wait()
				n.late.Wait()
				assert.Empty(t, n.shared, "tracked entities in two requests at once")
				require.Len(t, server.TrackedEntities(), patients)
				for _, entity := range server.TrackedEntities() {
					assert.Equal(t, "v4", entity.Attributes[seedFamily])
				}
			})
		})
	}
}

func TestReleaseWaitsForSendAndSendForRelease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, n, client := newWorld(t)
		importer := newImporter(t, tracker.ImporterConfig{Client: client, ParkPayloads: true})
		bad := childRecord(1, 1)
		unit := &bad.Payload.TrackedEntities[0].OrgUnit
		*unit = "zzzzzzzzzzz"
		results, err := importer.Send(t.Context(), bad)
		require.NoError(t, err)
		assert.Equal(t, tracker.FateRejected, results[0].Fate)
		require.NoError(t, server.Seed([]byte(`{"organisationUnits":[{"id":"zzzzzzzzzzz","name":"New","parent":{"id":"na7iT2VcmdU"}}]}`)))

		n.cost = func(int, int) time.Duration { return 10 * time.Second }
		begun := time.Now()
		var wg sync.WaitGroup
		start := func(what string, after time.Duration, do func() error) {
			wg.Go(func() {
				assert.NoError(t, do(), what)
				assert.Equal(t, after, time.Since(begun).Truncate(time.Second), what)
			})
			synctest.Wait()
		}
		send := func(patient int) func() error {
			return func() error {
				_, err := importer.Send(t.Context(), childRecord(patient, 1))
				return err
			}
		}
		start("at work before", 10*time.Second, send(2))
		start("the release", 20*time.Second, func() error {
			summary, err := importer.Release(t.Context(), "", nil)
			assert.EqualValues(t, 4, summary.Tally.Landed())
			return err
		})
		start("came meanwhile", 30*time.Second, send(3))
		_, err = importer.Release(t.Context(), "", nil)
		require.ErrorIs(t, err, tracker.ErrRunning)
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = importer.Send(short, childRecord(4, 1))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		wg.Wait()
		assert.Len(t, server.TrackedEntities(), 3)
	})
}

func TestReleaseThatDoesNotGetInLetsOthersIn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, n, client := newWorld(t)
		n.cost = func(int, int) time.Duration { return 10 * time.Second }
		importer := newImporter(t, tracker.ImporterConfig{Client: client})
		var wg sync.WaitGroup
		for patient := range 2 {
			wg.Go(func() {
				_, err := importer.Send(t.Context(), childRecord(patient, 1))
				assert.NoError(t, err)
			})
			synctest.Wait()
			short, cancel := context.WithTimeout(t.Context(), time.Second)
			_, err := importer.Release(short, "", nil)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			cancel()
		}
		wg.Wait()
		_, err := importer.Run(t.Context(), sequence(childRecord(3, 1)), nil)
		require.NoError(t, err)
	})
}
