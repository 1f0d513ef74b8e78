package tracker_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2/tracker"
	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// The model: a small world with a source drawn by chance, brought to the server by a program that
// stops, crashes and fails, over a network that does so too. What is to be at the server in the
// end is told by a few lines that know nothing of how the importer works: of each object the
// newest content that can land.
type model struct {
	t    *testing.T
	seed uint64
	draw *rand.Rand // of the goroutine of the test only

	versioned, async bool
	held             bool // the first patient's number has a holder, under another UID
	strict           bool // the program never stops nor gives up, so no object ever gets an older version
	records          []modelRecord
	owner            map[string]string // the tracked entity of every UID
	want             map[tracker.Ref]int

	server *dhis2test.Server
	mu     sync.Mutex
	chance *rand.Rand // of the network and the stores
	faulty bool
	rank   map[string]int64 // the version each object had at the server
	fell   []string
}

// modelRecord is one record, and which of its objects cannot land.
type modelRecord struct {
	tracker.Record

	bad map[tracker.Ref]bool
}

const (
	modelVisits = 3
	poison      = "POISON"
	nowhere     = "zzzzzzzzzzz"
)

// content is a value that tells which record it comes from.
func content(version int64, index int) string { return fmt.Sprintf("%d%03d", version+1, index) }

func newModel(t *testing.T, seed uint64) *model {
	t.Helper()
	m := &model{
		t: t, seed: seed, draw: rand.New(rand.NewPCG(seed, 1)), chance: rand.New(rand.NewPCG(seed, 2)),
		owner: map[string]string{}, want: map[tracker.Ref]int{}, rank: map[string]int64{},
	}
	m.versioned, m.async = m.draw.IntN(2) == 0, m.draw.IntN(8) == 0
	m.held = seed%4 == 3
	m.owner[uidOf("holder", 0)] = uidOf("te", 0)
	m.strict = m.versioned && seed%2 == 0
	patients := 1 + m.draw.IntN(4)
	for i := range patients {
		for _, kind := range []string{"te", "enrollment", "visit1", "visit2", "visit3"} {
			m.owner[uidOf(kind, i)] = uidOf("te", i)
		}
	}
	whole := m.draw.Perm(patients) // each patient is whole somewhere
	for count := patients + m.draw.IntN(12); count > 0; count-- {
		if len(whole) > 0 && m.draw.IntN(count) < len(whole) {
			m.add(whole[0], patients, 0)
			whole = whole[1:]
		} else {
			m.add(m.draw.IntN(patients), patients, 1+m.draw.IntN(7))
		}
	}
	m.decide()
	return m
}

// add draws one record about patient i.
func (m *model) add(i, patients, shape int) {
	index := len(m.records)
	r := modelRecord{bad: map[tracker.Ref]bool{}, Record: tracker.Record{Key: uidOf("te", i), Source: fmt.Sprint("record ", index)}}
	if m.versioned {
		r.Version = 1 + m.draw.Int64N(4)
	}
	value := content(r.Version, index)
	te := tracker.TrackedEntity{
		TrackedEntity: uidOf("te", i), TrackedEntityType: seedPerson, OrgUnit: seedFacility,
		Attributes: []tracker.Attribute{{Attribute: seedGiven, Value: "Amina"}, {Attribute: seedFamily, Value: value}},
	}
	if m.held && i == 0 {
		te.Attributes = append(te.Attributes, tracker.Attribute{Attribute: seedNID, Value: "NID-77"})
	}
	en := tracker.Enrollment{
		Enrollment: uidOf("enrollment", i), TrackedEntity: uidOf("te", i), Program: seedChild, OrgUnit: seedFacility,
		EnrolledAt: "1999-01-05", Attributes: []tracker.Attribute{{Attribute: seedBorn, Value: "1998-12-30"}},
	}
	visits := func(bad bool) (events []tracker.Event) {
		for n := range modelVisits {
			if m.draw.IntN(2) == 0 {
				continue
			}
			ev := tracker.Event{
				Event: uidOf(fmt.Sprint("visit", n+1), i), Enrollment: uidOf("enrollment", i), Program: seedChild, ProgramStage: seedVisit,
				OrgUnit: seedFacility, Status: tracker.EventActive, OccurredAt: "1999-02-01",
				DataValues: []tracker.DataValue{{DataElement: seedWeight, Value: value}},
			}
			if bad && m.draw.IntN(6) == 0 {
				ev.OrgUnit = nowhere
				r.bad[tracker.Ref{Type: tracker.TypeEvent, UID: ev.Event}] = true
			}
			events = append(events, ev)
		}
		return events
	}
	switch shape {
	case 0:
		en.TrackedEntity, en.Events = "", visits(true)
		te.Enrollments = []tracker.Enrollment{en}
		r.Payload.TrackedEntities = []tracker.TrackedEntity{te}
	case 1:
		r.Payload.TrackedEntities = []tracker.TrackedEntity{te}
	case 2:
		r.Payload.Enrollments = []tracker.Enrollment{en}
	case 3:
		r.Payload.Enrollments, r.Payload.Events = []tracker.Enrollment{en}, visits(true)
	case 4:
		r.Payload = motherRecord(i).Payload
		rel := &r.Payload.Relationships[0]
		rel.To.TrackedEntity = uidOf("te", (i+1)%patients)
		if patients == 1 {
			r.Payload.Relationships = nil
		}
	case 5: // one object that spoils the whole request
		ev := visits(false)
		if len(ev) > 0 {
			ev = ev[:1]
			ev[0].DataValues[0].Value = poison
			r.bad[tracker.Ref{Type: tracker.TypeEvent, UID: ev[0].Event}] = true
		}
		r.Payload.Events = ev
	default:
		r.Payload.Events = visits(true)
	}
	m.records = append(m.records, r)
}

// decide is the reference: of each object the content of the highest version that can land, of
// equal ones the last.
func (m *model) decide() {
	for i := range m.records {
		r := &m.records[i]
		for ref := range r.Payload.Refs() {
			if best, known := m.want[ref]; !r.bad[ref] && (!known || r.Version >= m.records[best].Version) {
				m.want[ref] = i
			}
		}
	}
}

func (m *model) source() iter.Seq2[tracker.Record, error] {
	return func(yield func(tracker.Record, error) bool) {
		for i := range m.records {
			if !yield(m.records[i].Record, nil) {
				return
			}
		}
	}
}

// trouble says whether something goes wrong now, with one chance in n.
func (m *model) trouble(n int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.faulty && m.chance.IntN(n) == 0
}

func (m *model) fault(body []byte, before int) fault {
	m.trace("%s", body)
	if bytes.Contains(body, []byte(poison)) {
		return faultBad
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.faulty || before > 4 || m.chance.IntN(3) > 0 {
		return faultNone
	}
	faults := []fault{
		faultInternal, faultProxy, faultDeadlock, faultHang, faultLate, faultCommitDrop, faultDrop, faultDeadJob, faultMessage, faultTooLarge,
	}
	if m.strict {
		faults = faults[:len(faults)-1] // one record alone is given up for it
	}
	f := faults[m.chance.IntN(len(faults))]
	m.trace("fault %d", f)
	return f
}

// trace tells what happens in a single world, when MODEL_TRACE is set.
func (m *model) trace(format string, args ...any) {
	if os.Getenv("MODEL_TRACE") != "" {
		fmt.Printf("%s "+format+"\n", append([]any{time.Now().Format("04:05.000")}, args...)...)
	}
}

// entitiesOf knows the tracked entity of every object.
func (m *model) entitiesOf(body []byte) []string {
	var uids []string
	for uid, te := range m.owner {
		if bytes.Contains(body, []byte(`"`+uid+`"`)) {
			uids = append(uids, te)
		}
	}
	slices.Sort(uids)
	return slices.Compact(uids)
}

// stored is the content of every object at the server.
func (m *model) stored() map[tracker.Ref]string {
	stored := map[tracker.Ref]string{}
	entities := m.server.TrackedEntities()
	for i := range entities {
		te := &entities[i]
		ref := tracker.Ref{Type: tracker.TypeTrackedEntity, UID: te.UID}
		if te.UID == uidOf("holder", 0) {
			ref.UID = uidOf("te", 0)
		}
		stored[ref] = te.Attributes[seedFamily]
		for _, en := range te.Enrollments {
			stored[tracker.Ref{Type: tracker.TypeEnrollment, UID: en.UID}] = ""
			for _, ev := range en.Events {
				stored[tracker.Ref{Type: tracker.TypeEvent, UID: ev.UID}] = ev.DataValues[seedWeight]
			}
		}
	}
	return stored
}

// watch sees that no object at the server ever gets an older version.
func (m *model) watch() {
	now := m.stored()
	m.trace("served")
	m.mu.Lock()
	defer m.mu.Unlock()
	for ref, value := range now {
		if len(value) <= 3 {
			continue
		}
		version, err := strconv.ParseInt(value[:len(value)-3], 10, 64)
		if err == nil && version < m.rank[ref.UID] {
			m.trace("FELL %s", ref)
			m.fell = append(m.fell, fmt.Sprintf("%s from %d to %d", ref, m.rank[ref.UID], version))
		}
		m.rank[ref.UID] = version
	}
}

type place struct {
	position int64
	ref      tracker.Ref
}

func (m *model) run() error {
	server, err := dhis2test.Handler(dhis2test.Options{})
	require.NoError(m.t, err)
	m.server = server
	n := &network{server: server, fault: m.fault, entitiesOf: m.entitiesOf, cost: func(objects, underWay int) time.Duration {
		return 20*time.Millisecond + time.Duration(objects*underWay)*time.Millisecond
	}}
	if m.strict {
		n.served = m.watch
	}
	defer n.late.Wait()
	client := n.client(m.t)
	if m.held {
		_, err := tracker.Import(m.t.Context(), client, tracker.Payload{TrackedEntities: []tracker.TrackedEntity{{
			TrackedEntity: uidOf("holder", 0), TrackedEntityType: seedPerson, OrgUnit: seedFacility,
			Attributes: []tracker.Attribute{{Attribute: seedGiven, Value: "Amina"}, {Attribute: seedFamily, Value: "Odhiambo"}, {Attribute: seedNID, Value: "NID-77"}},
		}}}, tracker.Params{})
		require.NoError(m.t, err)
	}
	guard, park, saved := tracker.NewMemoryGuard(0), tracker.NewMemoryPark(0), new(tracker.MemoryCheckpoints)
	told := map[place]tracker.Result{} // the last final result
	m.faulty = true
	complete, releases := false, 0
	for life := range 40 {
		if life == 8 {
			m.mu.Lock()
			m.faulty = false
			m.mu.Unlock()
		}
		releasing := complete
		m.trace("life %d, complete %v", life, complete)
		if complete {
			m.mu.Lock()
			m.faulty = false
			m.mu.Unlock()
			if releases++; releases > 3 {
				break
			}
		}
		attempts := 2 + m.draw.IntN(4)
		if m.strict {
			attempts = 8
		}
		time.Sleep(100 * time.Millisecond) //nolint:forbidigo // of fake time; a program does not start in the nanosecond in which it ended
		process, crash := context.WithCancel(m.t.Context())
		ctx, stop := context.WithCancel(m.t.Context())
		s := modelStores{Guard: guard, ParkStore: park, Checkpoints: saved, m: m, life: process}
		importer := newImporter(m.t, tracker.ImporterConfig{
			Client: client, Async: m.async, MaxObjects: 2 + m.draw.IntN(20), MaxRequests: 1 + m.draw.IntN(4), LookAhead: 4 + m.draw.IntN(40),
			Drain: []time.Duration{-1, 50 * time.Millisecond, 10 * time.Second}[m.draw.IntN(3)], Atomic: tracker.AtomicObject,
			AttemptTimeout: 20 * time.Second, Rest: 8 * time.Second, Attempts: attempts,
			Guard: modelGuard{s}, Park: s, ParkPayloads: true, Unique: []string{seedNID},
			Checkpoints: modelCheckpoints{s}, CheckpointKey: "model", CheckpointEvery: time.Duration(1+m.draw.IntN(1000)) * time.Millisecond,
		})
		var end *time.Timer
		if m.faulty && !m.strict && m.draw.IntN(3) > 0 {
			crashes := m.draw.IntN(2) == 0
			end = time.AfterFunc(time.Duration(m.draw.IntN(12000))*time.Millisecond, func() {
				if crashes {
					crash()
				}
				stop()
			})
		}
		deaf := 0
		if m.faulty && !m.strict && m.draw.IntN(4) == 0 {
			deaf = 1 + m.draw.IntN(20)
		}
		here, total := map[place]int{}, int64(0)
		var wrong []string
		each := func(r tracker.Result) error {
			at := place{r.Position, r.Ref}
			if releasing {
				i, _ := strconv.ParseInt(strings.TrimPrefix(r.Source, "record "), 10, 64)
				at.position = i
			}
			here[at]++
			total++
			if deaf > 0 && total == int64(deaf) {
				return errTrouble
			}
			if r.Fate != tracker.FateUnfinished {
				told[at] = r
			}
			if r.Fate == tracker.FateRejected && r.Cause == "" {
				wrong = append(wrong, fmt.Sprint("rejected without a cause: ", r))
			}
			return nil
		}
		var summary tracker.Summary
		if releasing {
			summary, err = importer.Release(ctx, "", each)
		} else {
			summary, err = importer.Run(ctx, m.source(), each)
		}
		m.trace("ended: %v", err)
		if end != nil {
			end.Stop()
		}
		stop()
		crash()
		for at, times := range here {
			if times != 1 {
				return fmt.Errorf("life %d: %v came out %d times", life, at, times)
			}
		}
		if deaf == 0 && total != summary.Tally.Total() {
			return fmt.Errorf("life %d: %d results, %d in the tally", life, total, summary.Tally.Total())
		}
		if len(wrong) > 0 {
			return fmt.Errorf("life %d: %v", life, wrong)
		}
		complete = complete || err == nil && summary.Complete
		if err != nil && !m.expected(err) {
			return fmt.Errorf("life %d: %w", life, err)
		}
	}
	n.late.Wait()
	if !complete {
		return errors.New("it never came to an end")
	}
	if len(n.shared) > 0 {
		return fmt.Errorf("in two requests at once: %v", n.shared)
	}
	if len(m.fell) > 0 {
		return fmt.Errorf("older data overwrote newer: %v", m.fell)
	}
	return m.check(told, park)
}

func (m *model) expected(err error) bool {
	var gone *tracker.ServerError
	return errors.Is(err, errTrouble) || errors.Is(err, errCrash) || errors.Is(err, context.Canceled) || m.faulty && errors.As(err, &gone)
}

// TestAnyWorldEndsAsTheModelSays runs worlds drawn by chance, 150 of them; MODEL_WORLDS sets
// another number and MODEL_SEED the first seed.
func TestAnyWorldEndsAsTheModelSays(t *testing.T) {
	t.Parallel()
	worlds, first := uint64(150), uint64(1)
	if n, err := strconv.ParseUint(os.Getenv("MODEL_WORLDS"), 10, 64); err == nil {
		worlds = n
	}
	if n, err := strconv.ParseUint(os.Getenv("MODEL_SEED"), 10, 64); err == nil {
		first = n
	}
	for seed := first; seed < first+worlds; seed++ {
		var err error
		synctest.Test(t, func(t *testing.T) { err = newModel(t, seed).run() })
		assert.NoError(t, err, "MODEL_SEED=%d MODEL_WORLDS=1", seed)
	}
}
