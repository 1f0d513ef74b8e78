package dhis2_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
)

// exportServer answers the metadata lists of an export, whole pages and filters by id and code.
type exportServer struct {
	mu      sync.Mutex
	export  map[string][]map[string]any
	stamps  atomic.Int64 // requests of the cheap check
	lists   atomic.Int64 // other requests of lists
	down    atomic.Bool
	delay   time.Duration
	changed func(path string, page int) // called before each answer, with the lock
}

func newExportServer(tb testing.TB) *exportServer {
	tb.Helper()
	raw, err := io.ReadAll(fixtureFile(tb, "seed-metadata.json"))
	require.NoError(tb, err)
	s := &exportServer{}
	require.NoError(tb, json.Unmarshal(raw, &s.export))
	return s
}

func (s *exportServer) client(tb testing.TB) *dhis2.Client {
	tb.Helper()
	c, err := dhis2.New(tb.Context(), dhis2.Config{
		URL: "http://dhis2.test", Auth: dhis2.Basic("a", "b"), HTTPClient: &http.Client{Transport: handlerTransport{s}}, MaxAttempts: 1,
	})
	require.NoError(tb, err)
	return c
}

func (s *exportServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/api/")
	w.Header().Set("Content-Type", "application/json")
	if path == "system/info" {
		_, _ = io.WriteString(w, `{"version":"2.42.5.2","systemId":"sys","serverDate":"2026-01-31T12:00:00.000","serverTimeZoneId":"Africa/Nairobi"}`)
		return
	}
	if s.down.Load() {
		http.Error(w, `{"httpStatusCode":503}`, http.StatusServiceUnavailable)
		return
	}
	pass(s.delay)
	s.mu.Lock()
	defer s.mu.Unlock()
	q := r.URL.Query()
	page, _ := strconv.Atoi(q.Get("page"))
	size, _ := strconv.Atoi(q.Get("pageSize"))
	if q.Get("fields") == "lastUpdated" {
		s.stamps.Add(1)
	} else {
		s.lists.Add(1)
	}
	if s.changed != nil {
		s.changed(path, page)
	}
	found := []map[string]any{}
	for _, o := range s.export[path] {
		if s.matches(o, q["filter"]) {
			found = append(found, o)
		}
	}
	total, pages := len(found), max(1, (len(found)+size-1)/size)
	found = found[min((page-1)*size, total):min(page*size, total)]
	if path == "optionSets" {
		found = s.withOptions(found)
	}
	if path == "programs" {
		found = s.withStages(found)
	}
	_ = json.NewEncoder(w).Encode(map[string]any{path: found, "pager": map[string]any{"page": min(page, pages), "pageCount": pages, "total": total, "pageSize": size}})
}

func (s *exportServer) matches(o map[string]any, filters []string) bool {
	for _, text := range filters {
		f, err := dhis2.ParseMetadataFilter(text)
		if err != nil {
			return false
		}
		value, _ := o[f.Property].(string)
		if f.Property == "path" {
			continue
		}
		found := false
		for _, v := range f.Values {
			found = found || v == value
		}
		if !found {
			return false
		}
	}
	return true
}

// withOptions and withStages nest what a server nests when it is asked for members of members.
func (s *exportServer) withOptions(sets []map[string]any) []map[string]any {
	return s.nest(sets, "options", "options")
}

func (s *exportServer) withStages(programs []map[string]any) []map[string]any {
	programs = s.nest(programs, "programStages", "programStages")
	for _, p := range programs {
		for _, list := range [][]any{p["programTrackedEntityAttributes"].([]any)} {
			s.fill(list, "trackedEntityAttribute", "trackedEntityAttributes")
		}
		for _, stage := range p["programStages"].([]any) {
			s.fill(stage.(map[string]any)["programStageDataElements"].([]any), "dataElement", "dataElements")
		}
	}
	return programs
}

func (s *exportServer) fill(members []any, name, kind string) {
	for _, m := range members {
		member := m.(map[string]any)
		id := member[name].(map[string]any)["id"]
		for _, o := range s.export[kind] {
			if o["id"] == id {
				member[name] = o
			}
		}
	}
}

func (s *exportServer) nest(objects []map[string]any, name, kind string) []map[string]any {
	made := make([]map[string]any, len(objects))
	for i, o := range objects {
		made[i] = map[string]any{}
		maps.Copy(made[i], o)
		list := []any{}
		refs, _ := o[name].([]any)
		for _, r := range refs {
			for _, inner := range s.export[kind] {
				if inner["id"] == r.(map[string]any)["id"] {
					list = append(list, inner)
				}
			}
		}
		made[i][name] = list
	}
	return made
}

// pass lets fake time go on.
func pass(d time.Duration) { <-time.After(d) }

func TestFetchedMetadataAreWhatTheServerHas(t *testing.T) {
	t.Parallel()
	c := newExportServer(t).client(t)
	got, err := c.FetchMetadata(t.Context(), dhis2.MetadataScope{DataSets: []string{"*"}, AttributeValues: true, Rules: true, PageSize: 2})
	require.NoError(t, err)
	want := seed(t)
	for _, code := range []string{"PR_CHILD", "PR_ONCE", "PR_LAB"} {
		a, b := want.Programs().Code(code), got.Programs().Code(code)
		require.NotNil(t, b, code)
		assert.Len(t, b.Stages, len(a.Stages))
		assert.Len(t, b.Attributes, len(a.Attributes))
		assert.Equal(t, a.OrgUnits.Len(), b.OrgUnits.Len())
		for i := range a.Stages {
			assert.Len(t, b.Stages[i].Elements, len(a.Stages[i].Elements))
		}
	}
	assert.Equal(t, want.OrgUnits().Len(), got.OrgUnits().Len())
	assert.NotNil(t, got.DataSets().Code("OHM_MONTHLY"))
	sex := got.Attributes().Code("OHM_SEX").OptionSet
	_, ok := sex.ByCode("male")
	assert.True(t, ok)
	assert.Equal(t, "sys", got.Header().SystemID)
	assert.Equal(t, "2.42.5", got.Header().Version[:6])
	for _, p := range got.Problems() {
		assert.NotContains(t, p.Message, "without a value type", p)
	}
}

func TestChosenProgramsAreReadByUIDOrCode(t *testing.T) {
	t.Parallel()
	c := newExportServer(t).client(t)
	got, err := c.FetchMetadata(t.Context(), dhis2.MetadataScope{Programs: []string{"PR_LAB", "HhEVINQlTfG"}, NoOrgUnits: true})
	require.NoError(t, err)
	assert.NotNil(t, got.Programs().Code("PR_LAB"))
	assert.NotNil(t, got.Programs().Code("PR_ONCE"))
	assert.Nil(t, got.Programs().Code("PR_CHILD"))
	assert.Zero(t, got.OrgUnits().Len())
	assert.True(t, got.Programs().Code("PR_LAB").OrgUnits.Has("lgY4CHs5HtP"))
	_, err = c.FetchMetadata(t.Context(), dhis2.MetadataScope{Programs: []string{"NOPE"}})
	require.ErrorIs(t, err, dhis2.ErrUnknownObject)
	require.ErrorContains(t, err, "NOPE")
	for _, bad := range []dhis2.MetadataScope{
		{Programs: []string{""}}, {Programs: []string{"x"}, NoPrograms: true}, {OrgUnits: "x"}, {NoOrgUnits: true, OrgUnits: "lgY4CHs5HtP"}, {PageSize: -1},
	} {
		_, err = c.FetchMetadata(t.Context(), bad)
		require.Error(t, err)
	}
}

func TestAListThatChangesWhileItIsReadIsReadAgain(t *testing.T) {
	t.Parallel()
	s := newExportServer(t)
	gone := 0
	s.changed = func(path string, page int) {
		if path == "organisationUnits" && page == 2 && gone == 0 {
			gone++
			s.export[path] = s.export[path][1:] // what is behind moves up
		}
	}
	got, err := s.client(t).FetchMetadata(t.Context(), dhis2.MetadataScope{PageSize: 2})
	require.NoError(t, err)
	missing := 0
	for u := range got.OrgUnits().All() {
		if u.Missing {
			missing++
		}
	}
	assert.Equal(t, 4, got.OrgUnits().Len()-missing)

	s.changed = func(path string, page int) {
		if path == "organisationUnits" && page == 2 {
			s.export[path] = append(s.export[path], map[string]any{"id": uidOf(len(s.export[path])), "name": "new"})
		}
	}
	_, err = s.client(t).FetchMetadata(t.Context(), dhis2.MetadataScope{PageSize: 2})
	require.ErrorContains(t, err, "changing")
}

func TestMetadataAreReadOnceHoweverManyAsk(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newExportServer(t)
		m, err := dhis2.NewMetadata(s.client(t), dhis2.MetadataConfig{})
		require.NoError(t, err)
		assert.Nil(t, m.Snapshot())
		s.delay = time.Second
		var group sync.WaitGroup
		var got [20]*dhis2.Snapshot
		for i := range got {
			group.Go(func() {
				var err error
				got[i], err = m.Get(t.Context())
				assert.NoError(t, err)
			})
		}
		group.Wait()
		lists := s.lists.Load()
		for _, g := range got {
			assert.Same(t, got[0], g)
		}
		_, err = m.Get(t.Context())
		require.NoError(t, err)
		assert.Equal(t, lists, s.lists.Load())
		assert.Same(t, got[0], m.Snapshot())
	})
}

func TestUnchangedMetadataAreNotReadAgainBeforeMaxAge(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newExportServer(t)
		m, err := dhis2.NewMetadata(s.client(t), dhis2.MetadataConfig{TTL: time.Minute, MaxAge: time.Hour})
		require.NoError(t, err)
		first, err := m.Get(t.Context())
		require.NoError(t, err)
		lists, stamps := s.lists.Load(), s.stamps.Load()
		pass(2 * time.Minute)
		second, err := m.Get(t.Context())
		require.NoError(t, err)
		assert.Same(t, first, second)
		assert.Equal(t, lists, s.lists.Load(), "only the cheap check is made")
		assert.Greater(t, s.stamps.Load(), stamps)

		s.mu.Lock()
		s.export["dataElements"][0]["lastUpdated"] = "2026-02-01T00:00:00.000"
		s.export["programs"][0]["name"] = "Renamed"
		s.mu.Unlock()
		pass(2 * time.Minute)
		third, err := m.Get(t.Context())
		require.NoError(t, err)
		assert.NotSame(t, first, third)

		s.mu.Lock()
		s.export["programs"][0]["name"] = "Renamed again, which no time of change tells"
		s.mu.Unlock()
		pass(2 * time.Minute)
		fourth, err := m.Get(t.Context())
		require.NoError(t, err)
		assert.Same(t, third, fourth)
		pass(time.Hour)
		fifth, err := m.Get(t.Context())
		require.NoError(t, err)
		assert.NotSame(t, third, fifth)
	})
}

func TestRefreshReadsOnceForAllWhoSawTheSame(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newExportServer(t)
		m, err := dhis2.NewMetadata(s.client(t), dhis2.MetadataConfig{})
		require.NoError(t, err)
		seen, err := m.Get(t.Context())
		require.NoError(t, err)
		lists := s.lists.Load()
		s.mu.Lock()
		s.export["programs"][0]["onlyEnrollOnce"] = true
		s.mu.Unlock()
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				fresh, err := m.Refresh(t.Context(), seen)
				assert.NoError(t, err)
				assert.NotSame(t, seen, fresh)
			})
		}
		group.Wait()
		once := s.lists.Load() - lists
		assert.LessOrEqual(t, once, lists)

		// Objects that really do not fit: no stream of reloads.
		now := m.Snapshot()
		for range 20 {
			fresh, err := m.Refresh(t.Context(), now)
			require.NoError(t, err)
			assert.Same(t, now, fresh)
		}
		assert.Equal(t, once, s.lists.Load()-lists)
		pass(2 * time.Minute)
		fresh, err := m.Refresh(t.Context(), now)
		require.NoError(t, err)
		assert.Same(t, now, fresh, "the same metadata are the same snapshot")
		assert.Greater(t, s.lists.Load()-lists, once)
	})
}

// A refresh that failed has told nothing: the old snapshot must not come back as if it were new.
func TestARefreshThatFailedIsNoRefresh(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newExportServer(t)
		m, err := dhis2.NewMetadata(s.client(t), dhis2.MetadataConfig{RetryWait: 10 * time.Second})
		require.NoError(t, err)
		seen, err := m.Get(t.Context())
		require.NoError(t, err)
		s.mu.Lock()
		s.export["programs"][0]["onlyEnrollOnce"] = true
		s.mu.Unlock()

		s.down.Store(true)
		var group sync.WaitGroup
		for range 10 {
			group.Go(func() {
				_, err := m.Refresh(t.Context(), seen)
				assert.Error(t, err)
			})
		}
		group.Wait()
		s.down.Store(false)
		before := s.stamps.Load()
		_, err = m.Refresh(t.Context(), seen)
		require.Error(t, err, "the server is left alone for a while")
		assert.Equal(t, before, s.stamps.Load())
		pass(11 * time.Second)

		hasty, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = m.Refresh(hasty, seen)
		require.ErrorIs(t, err, context.Canceled)
		fresh, err := m.Refresh(t.Context(), seen)
		require.NoError(t, err)
		assert.NotSame(t, seen, fresh, "who had no time did not refresh for the others")
	})
}

func TestStaleMetadataServeWhileTheServerIsDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newExportServer(t)
		var log bytes.Buffer
		m, err := dhis2.NewMetadata(s.client(t), dhis2.MetadataConfig{
			TTL: time.Minute, MaxStale: time.Hour, RetryWait: 10 * time.Second, Logger: slog.New(slog.NewTextHandler(&log, nil)),
		})
		require.NoError(t, err)
		first, err := m.Get(t.Context())
		require.NoError(t, err)
		s.down.Store(true)
		pass(2 * time.Minute)
		again, err := m.Get(t.Context())
		require.NoError(t, err)
		assert.Same(t, first, again)
		assert.Contains(t, log.String(), "stale")
		lines := strings.Count(log.String(), "\n")
		_, err = m.Get(t.Context())
		require.NoError(t, err)
		assert.Equal(t, lines, strings.Count(log.String(), "\n"), "the server is left alone for a while")
		_, err = m.Refresh(t.Context(), first)
		require.Error(t, err)
		pass(time.Hour)
		_, err = m.Get(t.Context())
		require.Error(t, err, "too old")
		s.down.Store(false)
		pass(time.Minute)
		_, err = m.Get(t.Context())
		require.NoError(t, err)
	})
}

func TestWithoutAServerTheInitialMetadataServe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newExportServer(t)
		c := s.client(t)
		saved := seed(t)
		s.down.Store(true)
		none, err := dhis2.NewMetadata(c, dhis2.MetadataConfig{})
		require.NoError(t, err)
		_, err = none.Get(t.Context())
		require.Error(t, err)
		m, err := dhis2.NewMetadata(c, dhis2.MetadataConfig{Initial: saved})
		require.NoError(t, err)
		got, err := m.Get(t.Context())
		require.NoError(t, err)
		assert.Same(t, saved, got)
		s.down.Store(false)
		pass(time.Minute)
		got, err = m.Get(t.Context())
		require.NoError(t, err)
		assert.NotSame(t, saved, got)
	})
}

func TestACallerWithoutTimeIsNoFailureOfTheServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newExportServer(t)
		m, err := dhis2.NewMetadata(s.client(t), dhis2.MetadataConfig{})
		require.NoError(t, err)
		s.delay = time.Second
		hasty, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		var group sync.WaitGroup
		group.Go(func() {
			_, err := m.Get(hasty)
			assert.ErrorIs(t, err, context.DeadlineExceeded)
		})
		synctest.Wait()
		group.Go(func() {
			_, err := m.Get(hasty) // waits for the other
			assert.ErrorIs(t, err, context.DeadlineExceeded)
		})
		group.Go(func() {
			got, err := m.Get(t.Context())
			assert.NoError(t, err)
			assert.NotNil(t, got)
		})
		group.Wait()
	})
}

func TestThoseWhoWaitedForAFailureAreTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newExportServer(t)
		m, err := dhis2.NewMetadata(s.client(t), dhis2.MetadataConfig{})
		require.NoError(t, err)
		s.delay = time.Second
		s.changed = func(string, int) { s.down.Store(true) }
		var group sync.WaitGroup
		for range 10 {
			group.Go(func() {
				_, err := m.Get(t.Context())
				assert.Error(t, err)
			})
		}
		group.Wait()
		assert.LessOrEqual(t, s.stamps.Load(), int64(1), "one asked for all")
	})
}
