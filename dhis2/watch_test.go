package dhis2_test

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
)

// newest is the last state of each object that a watch gave.
type newest map[string]time.Time

func (n newest) poll(t *testing.T, w *dhis2.Watch) (given int) {
	t.Helper()
	for c, err := range w.Poll(t.Context()) {
		require.NoError(t, err)
		n[c.UID] = c.UpdatedAt
		given++
	}
	return given
}

func (n newest) holds(t *testing.T, s *listServer) {
	t.Helper()
	for _, o := range s.rows {
		require.True(t, o.at.Equal(n[o.uid]), "%s changed at %s, and what was given last is of %s", o.uid, o.at, n[o.uid])
	}
}

func watchServer(t *testing.T, version string, n int) *listServer {
	t.Helper()
	return &listServer{tb: t, version: version, zone: location(t, "Africa/Nairobi"), list: "tracker/events", now: start().Add(24 * time.Hour), rows: rows(n, start())}
}

func TestAWatchGivesEachChangeOnce(t *testing.T) {
	t.Parallel()
	for _, v := range versions() {
		s := watchServer(t, v, 25)
		w, err := s.client().NewWatch(dhis2.WatchConfig{List: dhis2.Events, PageSize: 10})
		require.NoError(t, err)
		got := newest{}
		assert.Equal(t, 25, got.poll(t, w), v)
		assert.Equal(t, 0, got.poll(t, w), v)
		s.touch(uidOf(3), time.Minute)
		s.touch(uidOf(77), time.Second)
		assert.Equal(t, 2, got.poll(t, w), v)
		assert.Equal(t, 0, got.poll(t, w), v)
		got.holds(t, s)
	}
}

// While a poll reads, objects change: page numbers would skip what moves up behind them.
func TestAWatchLosesNothingOfAListThatChanges(t *testing.T) {
	t.Parallel()
	for _, v := range versions() {
		for seed := range uint64(30) {
			random := rand.New(rand.NewPCG(seed, 1))
			s := watchServer(t, v, 60)
			changing := true
			s.between = func(s *listServer, _ int) {
				for range random.IntN(4) {
					if changing {
						s.touch(uidOf(random.IntN(70)), time.Duration(random.IntN(3))*time.Millisecond) // often at the same moment
					}
				}
			}
			w, err := s.client().NewWatch(dhis2.WatchConfig{List: dhis2.Events, PageSize: 1 + random.IntN(7), Overlap: time.Minute})
			require.NoError(t, err)
			got := newest{}
			for i := range 3 {
				changing = i < 2
				s.now = s.now.Add(time.Second) // what changes from now on is for the next poll
				got.poll(t, w)
				require.False(t, w.Watermark().After(s.now.Add(-time.Minute)), "%s: the watermark trusts the server's last minute", v)
			}
			got.holds(t, s)
		}
	}
}

// An import writes its objects and commits a while later: they appear with an earlier time.
func TestAWatchSeesWhatIsCommittedLate(t *testing.T) {
	t.Parallel()
	s := watchServer(t, "2.42.5.2", 5)
	w, err := s.client().NewWatch(dhis2.WatchConfig{List: dhis2.Events, Overlap: 10 * time.Minute})
	require.NoError(t, err)
	got := newest{}
	written := s.now.Add(-9 * time.Minute)
	s.touch(uidOf(50), time.Second)
	got.poll(t, w)
	s.rows = append(s.rows, row{uid: uidOf(51), at: written})
	assert.Equal(t, 1, got.poll(t, w))
	got.holds(t, s)
}

func TestAWatchGoesOnWhereItsWatermarkWasStored(t *testing.T) {
	t.Parallel()
	s := watchServer(t, "2.43.1", 25)
	w, err := s.client().NewWatch(dhis2.WatchConfig{List: dhis2.Events, PageSize: 10})
	require.NoError(t, err)
	n := 0
	for _, err := range w.Poll(t.Context()) {
		require.NoError(t, err)
		if n++; n == 13 {
			break // the 13th was not dealt with
		}
	}
	stored, err := json.Marshal(w.Watermark())
	require.NoError(t, err)
	var from dhis2.Watermark
	require.NoError(t, json.Unmarshal(stored, &from))
	assert.True(t, from.Equal(start().Add(11*time.Second)), from)

	again, err := s.client().NewWatch(dhis2.WatchConfig{List: dhis2.Events, PageSize: 10, From: from})
	require.NoError(t, err)
	got := newest{}
	assert.Equal(t, 14, got.poll(t, again), "the 12th, which is at the watermark, and all later ones")
	assert.True(t, again.Watermark().Equal(s.now.Add(-10*time.Minute)), "a quiet server's watermark goes on")
	assert.NotContains(t, got, uidOf(0))
	// The same watch goes on, too, and gives the one that was not dealt with.
	rest := newest{}
	assert.Equal(t, 13, rest.poll(t, w))
	assert.Contains(t, rest, uidOf(12))
}

func TestMoreChangesOfOneMomentThanAPageHoldsAreAllGiven(t *testing.T) {
	t.Parallel()
	for _, v := range versions() {
		for _, n := range []int{10, 11, 95, 641} {
			s := watchServer(t, v, 0)
			for i := range n {
				s.rows = append(s.rows, row{uid: uidOf(i), at: start()})
			}
			s.rows = append(s.rows, row{uid: uidOf(5000), at: start().Add(time.Millisecond)})
			w, err := s.client().NewWatch(dhis2.WatchConfig{List: dhis2.Events, PageSize: 10})
			require.NoError(t, err)
			assert.Equal(t, n+1, newest{}.poll(t, w), "%s %d", v, n)
		}
	}
}

func TestACrowdLargerThanAnyPageIsGivenByPages(t *testing.T) {
	t.Parallel()
	s := watchServer(t, "2.42.5.2", 0)
	for i := range 21_000 {
		s.rows = append(s.rows, row{uid: uidOf(i), at: start()})
	}
	s.rows = append(s.rows, row{uid: uidOf(50_000), at: start().Add(time.Second)})
	moved := false
	s.between = func(s *listServer, _ int) {
		if values, _ := url.ParseQuery(s.queries[len(s.queries)-1]); values.Get("page") == "2" && !moved {
			moved = true
			s.touch(uidOf(7), time.Second) // what is behind moves up by one
		}
	}
	w, err := s.client().NewWatch(dhis2.WatchConfig{List: dhis2.Events, PageSize: 10_000})
	require.NoError(t, err)
	got := newest{}
	got.poll(t, w)
	assert.True(t, moved)
	got.holds(t, s)
}

// Servers make pages, and then take out what the user may not read: pages come with less, or
// with nothing, and others follow.
func TestAWatchLosesNothingBehindObjectsThatMayNotBeRead(t *testing.T) {
	t.Parallel()
	for _, v := range versions() {
		for _, hidden := range []int{1, 9, 10, 15, 40} {
			s := watchServer(t, v, 3+hidden+3)
			for i := range hidden {
				s.rows[3+i].hidden = true
			}
			from := dhis2.Watermark{}
			if hidden == 9 { // the poll begins with them: a whole page, but for one
				from = dhis2.Watermark{Time: s.rows[3].at}
			}
			w, err := s.client().NewWatch(dhis2.WatchConfig{List: dhis2.Events, PageSize: 10, From: from})
			require.NoError(t, err)
			got := newest{}
			got.poll(t, w)
			for i := 3 + hidden; i < len(s.rows); i++ {
				assert.Contains(t, got, s.rows[i].uid, "%s: behind %d", v, hidden)
			}
			assert.Zero(t, got.poll(t, w))
		}
	}
	// From 2.42 on the pager tells that there is more, also of an empty page.
	for _, v := range []string{"2.42.5.2", "2.43.1"} {
		s := watchServer(t, v, 100)
		for i := range 95 {
			s.rows[i].hidden = true
		}
		w, err := s.client().NewWatch(dhis2.WatchConfig{List: dhis2.Events, PageSize: 10})
		require.NoError(t, err)
		assert.Equal(t, 5, newest{}.poll(t, w), v)
	}
}

func TestAServerThatIgnoresThePageDoesNotHoldAWatchForEver(t *testing.T) {
	t.Parallel()
	for name, rows := range map[string]int{"the same page": 10_000, "empty pages": 0} {
		s := watchServer(t, "2.42.5.2", 0)
		var list []map[string]any
		for i := range rows {
			list = append(list, map[string]any{"event": uidOf(i), "updatedAt": "2026-01-31T10:00:00.000"})
		}
		s.answer = func(w http.ResponseWriter, r *http.Request) bool {
			size, _ := strconv.Atoi(r.URL.Query().Get("pageSize"))
			_ = json.NewEncoder(w).Encode(map[string]any{"events": append([]map[string]any{}, list[:min(size, len(list))]...), "pager": map[string]any{"nextPage": "x"}})
			return true
		}
		w, err := s.client().NewWatch(dhis2.WatchConfig{List: dhis2.Events, PageSize: 5000})
		require.NoError(t, err)
		var last error
		for _, err := range w.Poll(t.Context()) {
			last = err
		}
		require.ErrorContains(t, last, "page", name)
		assert.True(t, w.Watermark().Before(s.now.Add(-10*time.Minute)), "%s: the watermark does not go on", name)
	}
}

func TestDeletedObjectsAreChanges(t *testing.T) {
	t.Parallel()
	s := watchServer(t, "2.42.5.2", 3)
	s.rows[1].deleted = true
	w, err := s.client().NewWatch(dhis2.WatchConfig{List: dhis2.Events, Query: url.Values{"fields": {"event,status"}, "program": {"x"}}})
	require.NoError(t, err)
	deleted := 0
	for c, err := range w.Poll(t.Context()) {
		require.NoError(t, err)
		if c.Deleted {
			deleted++
			assert.Equal(t, uidOf(1), c.UID)
		}
	}
	assert.Equal(t, 1, deleted)
	values, err := url.ParseQuery(s.queries[0])
	require.NoError(t, err)
	assert.Equal(t, "event,status,event,updatedAt,deleted", values.Get("fields"))
	assert.Equal(t, "x", values.Get("program"))

	w, err = s.client().NewWatch(dhis2.WatchConfig{List: dhis2.Events, IgnoreDeleted: true})
	require.NoError(t, err)
	assert.Equal(t, 2, newest{}.poll(t, w))
}

// On the night when clocks go back the server's timestamps of an hour come twice.
func TestAWatchLosesNothingWhenClocksGoBack(t *testing.T) {
	t.Parallel()
	s := watchServer(t, "2.42.5.2", 0)
	s.zone = location(t, "Europe/Berlin")
	s.now = time.Date(2026, 10, 24, 23, 0, 0, 0, time.UTC) // 01:00 in Berlin; at 01:00 UTC 03:00 becomes 02:00
	w, err := s.client().NewWatch(dhis2.WatchConfig{List: dhis2.Events, Overlap: time.Minute})
	require.NoError(t, err)
	seen := map[string]int{}
	for i := range 60 { // five hours, of five minutes each
		s.now = s.now.Add(5 * time.Minute)
		// Stored without a zone: read back it is the first of the two hours.
		at, err := dhis2.ParseTime(s.now.In(s.zone).Format("2006-01-02T15:04:05.000"), s.zone)
		require.NoError(t, err)
		s.rows = append(s.rows, row{uid: uidOf(i), at: at})
		for c, err := range w.Poll(t.Context()) {
			require.NoError(t, err)
			seen[c.UID]++
		}
		require.Contains(t, seen, uidOf(i), "what changed at %s", s.now.In(s.zone))
	}
	for uid, n := range seen {
		assert.LessOrEqual(t, n, 2, uid)
	}
}

func TestAServerThatDoesNotOrderIsFoundOut(t *testing.T) {
	t.Parallel()
	s := watchServer(t, "2.42.5.2", 0)
	s.answer = func(w http.ResponseWriter, _ *http.Request) bool {
		_, _ = w.Write([]byte(`{"events":[{"event":"abcdefghij1","updatedAt":"2026-01-31T10:00:00.000"},{"event":"abcdefghij2","updatedAt":"2026-01-01T10:00:00.000"}]}`))
		return true
	}
	w, err := s.client().NewWatch(dhis2.WatchConfig{List: dhis2.Events})
	require.NoError(t, err)
	var last error
	for _, err := range w.Poll(t.Context()) {
		last = err
	}
	require.ErrorContains(t, last, "order")
	assert.True(t, w.Watermark().IsZero())
}

func TestAnAnswerThatIsNoListEndsThePoll(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `[]`, `{"events":[1]}`, `{"events":[{"event":"x","updatedAt":"2026"}]}`, `{"events":[{"event":"abcdefghij1"}]}`, `<html>`, `{"events":[`} {
		s := watchServer(t, "2.42.5.2", 0)
		s.answer = func(w http.ResponseWriter, _ *http.Request) bool {
			_, _ = w.Write([]byte(body))
			return true
		}
		w, err := s.client().NewWatch(dhis2.WatchConfig{List: dhis2.Events})
		require.NoError(t, err)
		var last error
		for _, err := range w.Poll(t.Context()) {
			last = err
		}
		require.Error(t, last, body)
	}
}

func TestAWatchThatCannotBeIsRefused(t *testing.T) {
	t.Parallel()
	c := watchServer(t, "2.42.5.2", 0).client()
	for name, cfg := range map[string]dhis2.WatchConfig{
		"relationships":       {List: dhis2.Relationships},
		"no list":             {},
		"its own order":       {List: dhis2.Events, Query: url.Values{"order": {"event"}}},
		"a page too large":    {List: dhis2.Events, PageSize: 10_001},
		"an overlap of none":  {List: dhis2.Events, Overlap: time.Millisecond},
		"an interval below 0": {List: dhis2.Events, Interval: -1},
	} {
		_, err := c.NewWatch(cfg)
		assert.Error(t, err, name)
	}
	w, err := c.NewWatch(dhis2.WatchConfig{List: dhis2.SingleEvents})
	require.NoError(t, err)
	var last error
	for _, err := range w.Poll(t.Context()) {
		last = err
	}
	assert.Error(t, last, "2.42 has no singleEvents")
}

func TestFollowPollsUntilItsContextEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := watchServer(t, "2.42.5.2", 2)
		c, err := dhis2.New(t.Context(), dhis2.Config{URL: "http://dhis2.test", Auth: dhis2.Basic("a", "b"), HTTPClient: &http.Client{Transport: handlerTransport{s}}})
		require.NoError(t, err)
		w, err := c.NewWatch(dhis2.WatchConfig{List: dhis2.Events, Interval: time.Hour})
		require.NoError(t, err)
		began, n := time.Now(), 0
		for _, err := range w.Follow(t.Context()) {
			require.NoError(t, err)
			if n++; n == 2 {
				go s.later(uidOf(9))
			}
			if n == 3 {
				break
			}
		}
		assert.Equal(t, time.Hour, time.Since(began))
	})
}
