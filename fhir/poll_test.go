package fhir_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
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

	"github.com/openhim/mediator-go/fhir"
)

// timeline is a server whose data change: pages are cut by offset from what is
// there at that moment.
type timeline struct {
	mu       sync.Mutex
	all      map[string]stored
	unsorted bool
	before   func(n int) // is called before the n-th request, with the lock held
}

type stored struct {
	version int
	at      time.Time
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// put stores a resource at a second after noon.
func (s *timeline) put(id string, second int) {
	s.all[id] = stored{version: s.all[id].version + 1, at: noon.Add(time.Duration(second) * time.Second)}
}

func (s *timeline) serve(n int, w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.before != nil {
		s.before(n)
	}
	q := r.URL.Query()
	var ids []string
	for id, v := range s.all {
		keep := true
		for _, bound := range q["_lastUpdated"] {
			at, _ := time.Parse(time.RFC3339, bound[2:])
			keep = keep && (bound[:2] == "ge" && !v.at.Before(at) || bound[:2] == "le" && !v.at.After(at))
		}
		if keep {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b string) int {
		c := s.all[a].at.Compare(s.all[b].at)
		if s.unsorted {
			c = -c
		}
		return 2*c + strings.Compare(a, b)
	})
	offset, _ := strconv.Atoi(q.Get("offset"))
	count, _ := strconv.Atoi(q.Get("_count"))
	page := ids[min(offset, len(ids)):min(offset+count, len(ids))]
	var entries []string
	for _, id := range page {
		v := s.all[id]
		entries = append(entries, fmt.Sprintf(`{"resource":{"resourceType":"Patient","id":%q,"meta":{"versionId":"%d","lastUpdated":%q}},"search":{"mode":"match"}}`,
			id, v.version, v.at.Format("2006-01-02T15:04:05.000Z07:00")))
	}
	next := ""
	if offset+count < len(ids) {
		q.Set("offset", strconv.Itoa(offset+count))
		next = `{"relation":"next","url":"` + serverURL + "/Patient?" + q.Encode() + `"}`
	}
	says(200, `{"resourceType":"Bundle","type":"searchset","link":[`+next+`],"entry":[`+strings.Join(entries, ",")+`]}`)(w, r)
}

// poll is a poller of a timeline, and the versions it handed over.
type poll struct {
	*fhir.Poller

	wire *wire
	got  []string
	fail string // the id whose handling fails
}

func newPoll(t *testing.T, s *timeline, change ...func(*fhir.PollConfig)) *poll {
	t.Helper()
	client, w := connect(t, s.serve)
	cfg := fhir.PollConfig{Client: client, Type: "Patient", Store: &fhir.MemoryWatermarks{}, PageSize: 3}
	for _, c := range change {
		c(&cfg)
	}
	p, err := fhir.NewPoller(cfg)
	require.NoError(t, err)
	return &poll{Poller: p, wire: w}
}

var errHandle = errors.New("it cannot be handled")

func (p *poll) handle(_ context.Context, r fhir.Resource) error {
	if r.ID() == p.fail {
		return errHandle
	}
	p.got = append(p.got, r.ID()+"/"+r.VersionID())
	return nil
}

func (p *poll) poll(t *testing.T, want ...string) {
	t.Helper()
	p.got = nil
	n, err := p.Poll(t.Context(), p.handle)
	require.NoError(t, err)
	assert.Equal(t, len(p.got), n)
	assert.ElementsMatch(t, want, p.got)
}

func TestPollHandsOverWhatIsNew(t *testing.T) {
	t.Parallel()
	s := &timeline{all: map[string]stored{}}
	p := newPoll(t, s, func(c *fhir.PollConfig) { c.Query = fhir.Where(fhir.ByToken("active", "", "true")) })
	p.poll(t)
	s.put("a", 0)
	s.put("b", 1)
	p.poll(t, "a/1", "b/1")
	p.poll(t)
	s.put("a", 2)
	p.poll(t, "a/2")
	last := p.wire.last()
	assert.Contains(t, last.URL, "active=true")
	assert.Contains(t, last.URL, "_sort=_lastUpdated")
	assert.Equal(t, "no-cache", last.Header.Get("Cache-Control"), "HAPI would answer from its cache")
}

func TestPollSeesWhatComesUpLate(t *testing.T) {
	t.Parallel()
	s := &timeline{all: map[string]stored{}}
	p := newPoll(t, s)
	s.put("a", 1000)
	p.poll(t, "a/1")
	s.put("late", 1000-290)
	s.put("same time", 1000)
	p.poll(t, "late/1", "same time/1")
	s.put("too late", 1000-301)
	p.poll(t)
}

func TestPollBeginsWhereItWasTold(t *testing.T) {
	t.Parallel()
	s := &timeline{all: map[string]stored{}}
	s.put("old", 0)
	s.put("new", 10)
	p := newPoll(t, s, func(c *fhir.PollConfig) { c.Start = noon.Add(5 * time.Second) })
	p.poll(t, "new/1")
	s.put("of before", 4)
	p.poll(t)
}

func TestPollLosesNothingWhenEntriesSlipBetweenPages(t *testing.T) {
	t.Parallel()
	for _, unsorted := range []bool{false, true} {
		s := &timeline{all: map[string]stored{}, unsorted: unsorted}
		for i := range 9 {
			s.put(fmt.Sprint("p", i), i*1000)
		}
		// While the second page is asked for, the first entry moves to the
		// end: all others move up, and one slips from the second page to the
		// first, which was read already.
		s.before = func(n int) {
			if n == 2 {
				s.put("p0", 20000)
			}
		}
		p := newPoll(t, s)
		p.got = nil
		_, err := p.Poll(t.Context(), p.handle)
		require.NoError(t, err)
		_, err = p.Poll(t.Context(), p.handle)
		require.NoError(t, err)
		for i := 1; i < 9; i++ {
			assert.Contains(t, p.got, fmt.Sprintf("p%d/1", i))
		}
		assert.Contains(t, p.got, "p0/2")
		seen := map[string]bool{}
		for _, v := range p.got {
			assert.False(t, seen[v], "twice: "+v)
			seen[v] = true
		}
	}
}

func TestPollLosesNothingWhenEntriesAreDeletedBetweenPages(t *testing.T) {
	t.Parallel()
	s := &timeline{all: map[string]stored{}}
	for i := range 9 {
		s.put(fmt.Sprint("p", i), i*1000)
	}
	s.before = func(n int) {
		if n == 2 {
			delete(s.all, "p0")
		}
	}
	p := newPoll(t, s)
	p.poll(t, "p0/1", "p1/1", "p2/1", "p3/1", "p4/1", "p5/1", "p6/1", "p7/1", "p8/1")
}

func TestPollCatchesUpInWindows(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1, 2, 3, 5, 100} {
		s := &timeline{all: map[string]stored{}}
		var want []string
		for i := range 40 {
			s.put(fmt.Sprint("p", i), i/4) // four of each second
			want = append(want, fmt.Sprintf("p%d/1", i))
		}
		marks := &fhir.MemoryWatermarks{}
		p := newPoll(t, s, func(c *fhir.PollConfig) { c.Window, c.Store, c.Overlap = size, marks, time.Second })
		p.poll(t, want...)
		p.poll(t)
		mark, err := marks.Load(t.Context(), "Patient")
		require.NoError(t, err)
		assert.Equal(t, noon.Add(9*time.Second), mark.Time.UTC())
		assert.Len(t, mark.Seen, 8, "what is older than the overlap is forgotten")
	}
}

func TestPollOfAServerThatDoesNotSort(t *testing.T) {
	t.Parallel()
	s := &timeline{all: map[string]stored{}, unsorted: true}
	var want []string
	for i := range 20 {
		s.put(fmt.Sprint("p", i), i*1000)
		want = append(want, fmt.Sprintf("p%d/1", i))
	}
	p := newPoll(t, s, func(c *fhir.PollConfig) { c.Window = 2 })
	p.poll(t, want...)
	p.poll(t)
}

func TestFailedHandlingIsRepeatedAndTheRestIsNot(t *testing.T) {
	t.Parallel()
	s := &timeline{all: map[string]stored{}}
	for i := range 5 {
		s.put(fmt.Sprint("p", i), i*1000)
	}
	p := newPoll(t, s)
	p.fail = "p2"
	n, err := p.Poll(t.Context(), p.handle)
	require.ErrorIs(t, err, errHandle)
	assert.Equal(t, 2, n)
	assert.Equal(t, []string{"p0/1", "p1/1"}, p.got)
	p.fail = ""
	p.poll(t, "p2/1", "p3/1", "p4/1")
}

func TestPollWithoutTimesIsRefused(t *testing.T) {
	t.Parallel()
	client, _ := connect(t, answers(says(200, `{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"Patient","id":"7"}}]}`)))
	p, err := fhir.NewPoller(fhir.PollConfig{Client: client, Type: "Patient", Store: &fhir.MemoryWatermarks{}})
	require.NoError(t, err)
	_, err = p.Poll(t.Context(), func(context.Context, fhir.Resource) error { return nil })
	require.ErrorContains(t, err, "no meta.lastUpdated")
}

// brokenStore cannot load, or not save.
type brokenStore struct{ load, save error }

func (b brokenStore) Load(context.Context, string) (fhir.Watermark, error) {
	return fhir.Watermark{}, b.load
}

func (b brokenStore) Save(context.Context, string, fhir.Watermark) error { return b.save }

func TestFaultsOfTheStoreAreTold(t *testing.T) {
	t.Parallel()
	s := &timeline{all: map[string]stored{}}
	s.put("a", 0)
	full := errors.New("the disk is full")
	for _, store := range []brokenStore{{load: full}, {save: full}} {
		p := newPoll(t, s, func(c *fhir.PollConfig) { c.Store = store })
		_, err := p.Poll(t.Context(), p.handle)
		require.ErrorIs(t, err, full)
		assert.Len(t, p.got, map[bool]int{true: 0, false: 1}[store.load != nil])
	}
}

func TestFileWatermarksOutliveTheProcess(t *testing.T) {
	t.Parallel()
	s := &timeline{all: map[string]stored{}}
	s.put("a", 0)
	dir := t.TempDir()
	inFiles := func(c *fhir.PollConfig) { c.Store = fhir.FileWatermarks(dir) }
	newPoll(t, s, inFiles).poll(t, "a/1")
	s.put("b", 1)
	newPoll(t, s, inFiles).poll(t, "b/1")
	newPoll(t, s, inFiles, func(c *fhir.PollConfig) { c.Key = "other/../key" }).poll(t, "a/1", "b/1")
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, files, 2)
	require.NoError(t, os.WriteFile(dir+"/"+files[0].Name(), []byte("{"), 0o600))
	require.NoError(t, os.WriteFile(dir+"/"+files[1].Name(), []byte("{"), 0o600))
	_, err = newPoll(t, s, inFiles).Poll(t.Context(), func(context.Context, fhir.Resource) error { return nil })
	require.ErrorContains(t, err, "is damaged")
}

func TestRunPollsUntilItsContextEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &timeline{all: map[string]stored{}}
		s.put("a", 0)
		p := newPoll(t, s, func(c *fhir.PollConfig) { c.Interval = time.Minute })
		p.fail = "a"
		s.before = func(n int) {
			if n == 4 {
				p.fail = ""
				s.put("b", 1)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 9*time.Minute+30*time.Second)
		defer cancel()
		err := p.Run(ctx, p.handle)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, []string{"a/1", "b/1"}, p.got, "a failed poll is tried again")
		assert.Len(t, p.wire.requests(), 10)
	})
}

func TestPollConfigThatCannotBeUsedIsRefused(t *testing.T) {
	t.Parallel()
	client, _ := connect(t, answers(says(200, emptySet)))
	store := &fhir.MemoryWatermarks{}
	for field, cfg := range map[string]fhir.PollConfig{
		"Client": {Type: "Patient", Store: store},
		"Type":   {Client: client, Store: store},
		"Store":  {Client: client, Type: "Patient"},
		"Query":  {Client: client, Type: "Patient", Store: store, Query: fhir.Where(fhir.SortBy("_id"))},
	} {
		_, err := fhir.NewPoller(cfg)
		var config *fhir.ConfigError
		require.ErrorAs(t, err, &config)
		assert.Equal(t, field, config.Field)
	}
}

func TestResourceWhoseVersionsBeginAnewIsHandedOver(t *testing.T) {
	t.Parallel()
	s := &timeline{all: map[string]stored{}}
	s.put("a", 1)
	p := newPoll(t, s)
	p.poll(t, "a/1")
	delete(s.all, "a") // expunged
	s.put("a", 5)
	p.poll(t, "a/1")
	p.poll(t)
}
