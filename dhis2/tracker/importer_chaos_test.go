package tracker_test

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"iter"
	"net/url"
	"os"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/tracker"
	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// chaos is the plan of a chaos test: what the source holds, and what is to be at the server.
type chaos struct {
	patients int
	seed     uint64
	async    bool
}

func (c chaos) random(parts ...any) uint64 {
	h := fnv.New64a()
	_, _ = fmt.Fprint(h, c.seed, parts)
	x := h.Sum64() // FNV's low bits of short texts are poor: mix them
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	return x ^ x>>33
}

// bad patients have an org unit that does not exist.
func (c chaos) bad(i int) bool { return i%97 == 13 && i%31 != 7 }

// source yields, a window at a time, the patients, later changes of some, older changes after
// newer ones, further visits before and after the patient they belong to, and links to the next
// patient.
func (c chaos) source() iter.Seq2[tracker.Record, error] {
	const window = 100
	return func(yield func(tracker.Record, error) bool) {
		for from := 0; from < c.patients; from += window {
			for pass := range 4 {
				for i := from; i < min(from+window, c.patients); i++ {
					record, ok := c.record(pass, i)
					if ok && !yield(record, nil) {
						return
					}
				}
			}
		}
	}
}

func (c chaos) record(pass, i int) (tracker.Record, bool) {
	switch {
	case pass == 0 && i%31 == 7: // the visit comes before its enrollment
		return visitRecord(i, 1), !c.bad(i)
	case pass == 0 && c.bad(i):
		r := childRecord(i, 1)
		r.Payload.TrackedEntities[0].OrgUnit = "zzzzzzzzzzz"
		return r, true
	case pass == 0 || pass == 1 && i%31 == 7:
		return childRecord(i, 1), !c.bad(i)
	case pass == 1 && i%5 == 0:
		return childRecord(i, 3), !c.bad(i)
	case pass == 2 && i%10 == 0:
		return childRecord(i, 2), !c.bad(i)
	case pass == 2 && i%3 == 0:
		return visitRecord(i, 1), !c.bad(i)
	case pass == 3 && i%10 == 1:
		return motherRecord(i), !c.bad(i) && !c.bad(i+1) && i+1 < c.patients
	case pass == 3 && i%6 == 0:
		return visitRecord(i, 2), !c.bad(i)
	default:
		return tracker.Record{}, false
	}
}

// fault makes about one request in five go wrong.
func (c chaos) fault(body []byte, before int) fault {
	if before > 6 {
		return faultNone
	}
	// Poison: the proxy takes no request with this patient beside others... nor does the server.
	switch r := c.random(string(body[:min(200, len(body))]), len(body), before); r % 50 {
	case 0, 1:
		return faultInternal
	case 2, 3:
		return faultProxy
	case 4, 5:
		return faultDeadlock
	case 6:
		return faultHang
	case 7:
		return faultLate
	case 8, 9:
		return faultCommitDrop
	case 10:
		return faultDrop
	case 11, 12:
		return faultDeadJob
	default:
		return faultNone
	}
}

// errCrash is what a crashed process's stores say.
var errCrash = errors.New("the process is gone")

// process is one life of the importing program: after its crash nothing it does has an effect.
type process struct {
	tracker.Guard
	tracker.ParkStore
	tracker.Checkpoints

	life context.Context //nolint:containedctx // of the process
}

func (p *process) Save(ctx context.Context, landed []tracker.Landed) error {
	if p.life.Err() != nil {
		return errCrash
	}
	return p.Guard.Save(ctx, landed)
}

func (p *process) Park(ctx context.Context, entries []tracker.Parked) error {
	if p.life.Err() != nil {
		return errCrash
	}
	return p.ParkStore.Park(ctx, entries)
}

// checkpoints of a process.
type checkpoints struct {
	tracker.Checkpoints

	life context.Context //nolint:containedctx // of the process
}

func (c checkpoints) Save(ctx context.Context, key string, at tracker.Checkpoint) error {
	if c.life.Err() != nil {
		return errCrash
	}
	return c.Checkpoints.Save(ctx, key, at)
}

type guardOnly struct{ *process }

func (g guardOnly) Load(ctx context.Context, refs []tracker.Ref) ([]tracker.Landed, error) {
	return g.Guard.Load(ctx, refs)
}

func TestEverythingLandsOnceThroughChaos(t *testing.T) {
	t.Parallel()
	patients := 5000
	if testing.Short() {
		patients = 500
	}
	seed := uint64(1)
	if s, err := strconv.ParseUint(os.Getenv("CHAOS_SEED"), 10, 64); err == nil {
		seed = s
	}
	for _, c := range []chaos{{patients: patients, seed: seed}, {patients: patients / 5, seed: seed, async: true}} {
		t.Run(fmt.Sprintf("async=%v", c.async), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, c.run)
		})
	}
}

func (c chaos) run(t *testing.T) {
	server, n, client := newWorld(t)
	n.fault = c.fault
	n.cost = func(objects, underWay int) time.Duration {
		return 50*time.Millisecond + time.Duration(objects*underWay)*time.Millisecond/4
	}
	guard, park, saved := tracker.NewMemoryGuard(1<<18), tracker.NewMemoryPark(0), new(tracker.MemoryCheckpoints)
	final := map[tracker.Ref][]tracker.Result{}
	lives, complete := 0, false
	for ; !complete && lives < 100; lives++ {
		life, crash := context.WithCancel(t.Context())
		p := &process{Guard: guard, ParkStore: park, life: life}
		importer := newImporter(t, tracker.ImporterConfig{
			Client: client, Async: c.async, MaxObjects: 60, Drain: -1, AttemptTimeout: 20 * time.Second, Rest: 8 * time.Second,
			Guard: guardOnly{p}, Park: p, ParkPayloads: true,
			Checkpoints: checkpoints{saved, life}, CheckpointKey: "chaos",
		})
		// Half of the lives end in a crash, some of them in a stop that is asked for.
		lifetime := time.Duration(10+c.random("life", lives)%50) * time.Second
		ctx, stop := context.WithCancel(t.Context())
		end := time.AfterFunc(lifetime, func() {
			if lives%3 != 2 {
				crash()
			}
			stop()
		})
		got := map[tracker.Ref]int{}
		summary, err := importer.Run(ctx, c.source(), func(r tracker.Result) error {
			if r.Fate != tracker.FateUnfinished {
				final[r.Ref] = append(final[r.Ref], r)
			}
			got[r.Ref]++
			return nil
		})
		end.Stop()
		complete = err == nil && summary.Complete
		if !complete {
			require.True(t, errors.Is(err, context.Canceled) || errors.Is(err, errCrash), "%v", err)
		}
		total := int64(0)
		for _, times := range got {
			total += int64(times)
		}
		require.Equal(t, summary.Tally.Total(), total)
		stop()
		crash()
	}
	require.True(t, complete, "it never came to an end")
	n.late.Wait()
	t.Logf("%d lives, %d import requests, at most %d at once, %s of the server's time", lives, len(n.imports), n.most, time.Since(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)))
	c.check(t, server, client, final, park)
	assert.Empty(t, n.shared, "tracked entities in two requests at once")
}

func (c chaos) check(t *testing.T, server *dhis2test.Server, client *dhis2.Client, final map[tracker.Ref][]tracker.Result, park *tracker.MemoryPark) {
	t.Helper()
	want := c.want()
	stored := map[tracker.Ref]string{}
	entities := server.TrackedEntities()
	events := map[string]bool{}
	for i := range entities {
		te := &entities[i]
		stored[tracker.Ref{Type: tracker.TypeTrackedEntity, UID: te.UID}] = te.Attributes[seedFamily]
		for _, en := range te.Enrollments {
			stored[tracker.Ref{Type: tracker.TypeEnrollment, UID: en.UID}] = "ACTIVE"
			for _, ev := range en.Events {
				require.False(t, events[ev.UID], "an event twice")
				events[ev.UID] = true
				stored[tracker.Ref{Type: tracker.TypeEvent, UID: ev.UID}] = ev.DataValues[seedWeight]
			}
		}
	}
	assert.Len(t, entities, c.patients-c.badOnes())
	linked := c.linked(t, client)
	wrong := 0
	for ref, value := range want {
		got, there := stored[ref]
		if ref.Type == tracker.TypeRelationship {
			got, there = value, linked[ref.UID] == 1
		}
		if !there || got != value {
			wrong++
			if wrong < 10 {
				t.Errorf("%s: the server has %q (%v), want %q; told %v", ref, got, there, value, final[ref])
			}
		}
		last := final[ref]
		if len(last) == 0 || !last[len(last)-1].Fate.Landed() {
			t.Errorf("%s: told %v", ref, last)
		}
	}
	assert.Zero(t, wrong)
	for ref := range stored {
		if _, wanted := want[ref]; !wanted {
			t.Errorf("%s is at the server", ref)
		}
	}
	parked := 0
	for p, err := range park.Entries(t.Context(), "") {
		require.NoError(t, err)
		parked++
		assert.Contains(t, p.Cause, "E1049", "%v", p.Refs)
	}
	assert.Equal(t, c.badOnes(), parked)
}

// linked counts the links of those patients that have one.
func (c chaos) linked(t *testing.T, client *dhis2.Client) map[string]int {
	t.Helper()
	linked := map[string]int{}
	for i := 1; i < c.patients; i += 10 {
		if _, wanted := c.record(3, i); !wanted {
			continue
		}
		var page struct {
			Relationships []tracker.Relationship `json:"relationships"`
		}
		query := url.Values{"trackedEntity": {uidOf("te", i)}, "fields": {"relationship"}}
		require.NoError(t, client.Get(t.Context(), "tracker/relationships", query, &page))
		for _, r := range page.Relationships {
			linked[r.Relationship]++
		}
	}
	return linked
}

func (c chaos) badOnes() int {
	n := 0
	for i := range c.patients {
		if c.bad(i) {
			n++
		}
	}
	return n
}

// want is the newest value of every object that can land.
func (c chaos) want() map[tracker.Ref]string {
	newest := map[tracker.Ref]int64{}
	want := map[tracker.Ref]string{}
	for record, err := range c.source() {
		if err != nil || record.Payload.Counts().TrackedEntities == 1 && record.Payload.TrackedEntities[0].OrgUnit == "zzzzzzzzzzz" {
			continue
		}
		for ref := range record.Payload.Refs() {
			if record.Version < newest[ref] {
				continue
			}
			newest[ref] = record.Version
			switch ref.Type {
			case tracker.TypeTrackedEntity:
				want[ref] = fmt.Sprint("v", record.Version)
			case tracker.TypeEnrollment:
				want[ref] = "ACTIVE"
			case tracker.TypeEvent, tracker.TypeRelationship:
				want[ref] = strconv.FormatInt(record.Version, 10)
			}
		}
	}
	return want
}
