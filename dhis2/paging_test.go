package dhis2_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
)

// versions are those whose envelopes differ.
func versions() []string { return []string{"2.40.13", "2.41.9.1", "2.42.5.2", "2.43.1"} }

func rows(n int, at time.Time) []row {
	list := make([]row, n)
	for i := range list {
		list[i] = row{uid: uidOf(i), at: at.Add(time.Duration(i) * time.Second)}
	}
	return list
}

func start() time.Time { return time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC) }

type identified struct {
	ID    string `json:"id"`
	Event string `json:"event"`
}

func TestListsAreReadInTheEnvelopeOfEachVersion(t *testing.T) {
	t.Parallel()
	for _, v := range versions() {
		for _, list := range []string{"tracker/events", "organisationUnits"} {
			for _, n := range []int{0, 1, 9, 10, 11, 20, 25} {
				s := &listServer{tb: t, version: v, zone: time.UTC, list: list, now: start(), rows: rows(n, start())}
				var got []string
				for o, err := range dhis2.ListOf[identified](t.Context(), s.client(), dhis2.ListRequest{Path: list, PageSize: 10}) {
					require.NoError(t, err, "%s %s %d", v, list, n)
					got = append(got, o.ID)
				}
				require.Len(t, got, n, "%s %s", v, list)
				slices.Sort(got)
				assert.Len(t, slices.Compact(got), n)
				assert.LessOrEqual(t, s.requests, n/10+2)
			}
		}
	}
}

func TestAPageThatLacksObjectsIsNotTheLastOne(t *testing.T) {
	t.Parallel()
	s := &listServer{tb: t, version: "2.41.9.1", zone: time.UTC, list: "tracker/relationships", now: start()}
	s.answer = func(w http.ResponseWriter, r *http.Request) bool {
		answers := map[string]string{
			"1": `{"pager":{"page":1,"pageSize":2},"relationships":[{"id":"x1"}]}`, // one of two may not be read
			"2": `{"pager":{"page":2,"pageSize":2},"relationships":[{"id":"x2"},{"id":"x3"}]}`,
			"3": `{"pager":{"page":3,"pageSize":2},"relationships":[]}`,
		}
		_, _ = w.Write([]byte(answers[r.URL.Query().Get("page")]))
		return true
	}
	n := 0
	for _, err := range s.client().List(t.Context(), dhis2.ListRequest{Path: "tracker/relationships", PageSize: 2}) {
		require.NoError(t, err)
		n++
	}
	assert.Equal(t, 3, n)
}

func TestAnObjectThatMovesToTheNextPageComesOnce(t *testing.T) {
	t.Parallel()
	s := &listServer{tb: t, version: "2.42.5.2", zone: time.UTC, list: "tracker/events", now: start(), rows: rows(20, start())}
	s.between = func(s *listServer, request int) {
		if request == 2 { // something new at the front
			s.rows = append([]row{{uid: uidOf(99), at: start()}}, s.rows...)
		}
	}
	var got []string
	for o, err := range dhis2.ListOf[identified](t.Context(), s.client(), dhis2.ListRequest{Path: "tracker/events", PageSize: 10, ID: "event"}) {
		require.NoError(t, err)
		got = append(got, o.Event)
	}
	assert.Len(t, got, 20)
	slices.Sort(got)
	assert.Len(t, slices.Compact(got), 20)
}

// Asked for few members, objects look alike, and so do pages: the pager says that they are others.
func TestPagesThatLookAlikeAreOtherPages(t *testing.T) {
	t.Parallel()
	for _, v := range versions() {
		for _, list := range []string{"tracker/events", "organisationUnits"} {
			s := &listServer{tb: t, version: v, zone: time.UTC, list: list, now: start(), rows: rows(25, start())}
			for i := range s.rows {
				s.rows[i] = row{uid: "same", at: start()}
			}
			n := 0
			for _, err := range s.client().List(t.Context(), dhis2.ListRequest{Path: list, PageSize: 10}) {
				require.NoError(t, err, v)
				n++
			}
			assert.Equal(t, 25, n, "%s %s", v, list)
		}
	}
}

// Some clamp a page past the end to the last one and give it again.
func TestALastPageThatIsRepeatedEndsTheWalk(t *testing.T) {
	t.Parallel()
	s := &listServer{tb: t, version: "2.40.13", zone: time.UTC, list: "tracker/events", now: start()}
	s.answer = func(w http.ResponseWriter, _ *http.Request) bool {
		_, _ = w.Write([]byte(`{"page":1,"pageSize":1,"instances":[{"event":"a"}]}`))
		return true
	}
	n := 0
	for _, err := range s.client().List(t.Context(), dhis2.ListRequest{Path: "tracker/events", PageSize: 1}) {
		require.NoError(t, err)
		n++
	}
	assert.Equal(t, 1, n)
}

func TestAWalkEndsWhereTheCallerEndsIt(t *testing.T) {
	t.Parallel()
	s := &listServer{tb: t, version: "2.42.5.2", zone: time.UTC, list: "tracker/events", now: start(), rows: rows(100, start())}
	n := 0
	for _, err := range s.client().List(t.Context(), dhis2.ListRequest{Path: "tracker/events", PageSize: 10}) {
		require.NoError(t, err)
		if n++; n == 15 {
			break
		}
	}
	assert.Equal(t, 2, s.requests)
}

func TestServersThatDoNotPageAreFoundOut(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"always the same page":      `{"pager":{"nextPage":"x"},"events":[{"event":"a"}]}`,
		"a list under another key":  `{"instances":[]}`,
		"a list that is none":       `{"events":{}}`,
		"no JSON":                   `{"events":[`,
		"HTML":                      `<html>`,
		"empty pages for ever":      `{"pager":{"nextPage":"x"},"events":[]}`,
		"a page that was not asked": `{"pager":{"page":7,"nextPage":"x"},"events":[{"event":"a"}]}`,
		"the first page again":      `{"pager":{"page":1,"pageSize":1,"pageCount":3,"nextPage":"x"},"events":[{"event":"a"}]}`,
	} {
		s := &listServer{tb: t, version: "2.42.5.2", zone: time.UTC, list: "tracker/events", now: start()}
		s.answer = func(w http.ResponseWriter, _ *http.Request) bool {
			_, _ = w.Write([]byte(answer))
			return true
		}
		var last error
		for _, err := range s.client().List(t.Context(), dhis2.ListRequest{Path: "tracker/events", PageSize: 1}) {
			last = err
		}
		assert.Error(t, last, name)
	}
	s := &listServer{tb: t, version: "2.42.5.2", zone: time.UTC, list: "tracker/events", now: start(), rows: rows(30, start())}
	var last error
	for _, err := range s.client().List(t.Context(), dhis2.ListRequest{Path: "tracker/events", PageSize: 10, MaxObjects: 15}) {
		last = err
	}
	require.ErrorContains(t, last, "more than 15 objects")
}

func TestAListThatCannotBeAskedIsAnError(t *testing.T) {
	t.Parallel()
	s := &listServer{tb: t, version: "2.42.5.2", zone: time.UTC, list: "tracker/events", now: start()}
	c := s.client()
	for name, r := range map[string]dhis2.ListRequest{
		"a size below 0":        {Path: "tracker/events", PageSize: -1},
		"a size too large":      {Path: "tracker/events", PageSize: 50_001},
		"its own page":          {Path: "tracker/events", Query: url.Values{"page": {"1"}}},
		"a list of 2.43":        {Path: "tracker/singleEvents"},
		"a path out of the API": {Path: "../x"},
	} {
		var last error
		for _, err := range c.List(t.Context(), r) {
			last = err
		}
		assert.Error(t, last, name)
	}
	assert.Zero(t, s.requests)
}

func TestTheTotalIsToldWhenItIsAskedFor(t *testing.T) {
	t.Parallel()
	s := &listServer{tb: t, version: "2.42.5.2", zone: time.UTC, list: "organisationUnits", now: start(), rows: rows(25, start())}
	var pages []dhis2.Page
	for p, err := range s.client().Pages(t.Context(), dhis2.ListRequest{Path: "organisationUnits", PageSize: 10}) {
		require.NoError(t, err)
		pages = append(pages, p)
	}
	require.Len(t, pages, 3)
	assert.Equal(t, 25, pages[0].Total)
	assert.True(t, pages[2].Last)
	assert.True(t, json.Valid(pages[0].Objects[0]))
	values, err := url.ParseQuery(s.queries[0])
	require.NoError(t, err)
	assert.Equal(t, "id:asc", values.Get("order"))
}

func TestOrgUnitsOfAListAreAskedByTheNamesOfItsVersion(t *testing.T) {
	t.Parallel()
	two := dhis2.OrgUnitScope{Mode: dhis2.ModeDescendants, UIDs: []string{"lgY4CHs5HtP", "iPrqVTs7evU"}}
	one := dhis2.OrgUnitScope{Mode: dhis2.ModeSelected, UIDs: []string{"lgY4CHs5HtP"}}
	for want, ask := range map[string]struct {
		version string
		list    dhis2.List
		scope   dhis2.OrgUnitScope
	}{
		"orgUnit=lgY4CHs5HtP%3BiPrqVTs7evU&ouMode=DESCENDANTS":       {"2.40.1", dhis2.TrackedEntities, two},
		"orgUnitMode=DESCENDANTS&orgUnits=lgY4CHs5HtP%2CiPrqVTs7evU": {"2.41.9.1", dhis2.TrackedEntities, two},
		"orgUnit=lgY4CHs5HtP&orgUnitMode=SELECTED":                   {"2.43.1", dhis2.Events, one},
		"orgUnitMode=ALL": {"2.42.5.2", dhis2.Enrollments, dhis2.OrgUnitScope{Mode: dhis2.ModeAll}},
		"":                {"2.42.5.2", dhis2.Relationships, dhis2.OrgUnitScope{}},
	} {
		q := url.Values{}
		require.NoError(t, ask.scope.AddTo(q, version(t, ask.version), ask.list), want)
		assert.Equal(t, want, q.Encode())
	}
	v := version(t, "2.43.1")
	for name, bad := range map[string]error{
		"all with units":        dhis2.OrgUnitScope{Mode: dhis2.ModeAll, UIDs: one.UIDs}.AddTo(url.Values{}, v, dhis2.TrackedEntities),
		"selected without":      dhis2.OrgUnitScope{Mode: dhis2.ModeSelected}.AddTo(url.Values{}, v, dhis2.TrackedEntities),
		"an unknown mode":       dhis2.OrgUnitScope{Mode: "NEAR"}.AddTo(url.Values{}, v, dhis2.TrackedEntities),
		"a code":                dhis2.OrgUnitScope{UIDs: []string{"OHM_FAC_001"}}.AddTo(url.Values{}, v, dhis2.TrackedEntities),
		"events of two":         two.AddTo(url.Values{}, v, dhis2.Events),
		"relationships of unit": one.AddTo(url.Values{}, v, dhis2.Relationships),
	} {
		assert.Error(t, bad, name)
	}
}
