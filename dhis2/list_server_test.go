package dhis2_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
)

// row is an object of the list server.
type row struct {
	uid     string
	at      time.Time
	deleted bool
	hidden  bool // the user may not read it: it is taken out of the page that was made with it
}

// listServer answers system/info and one list, in the envelope of a version, and lets a test
// change the list between requests.
type listServer struct {
	tb      testing.TB
	version string
	zone    *time.Location
	list    string // tracker/events, or a metadata list

	mu       sync.Mutex
	now      time.Time
	rows     []row
	between  func(s *listServer, request int) // called before each page, with the lock
	requests int
	queries  []string
	answer   func(w http.ResponseWriter, r *http.Request) bool // instead
}

func (s *listServer) client() *dhis2.Client {
	server := httptest.NewServer(s)
	s.tb.Cleanup(server.Close)
	c, err := dhis2.New(s.tb.Context(), dhis2.Config{
		URL: server.URL, Auth: dhis2.Basic("admin", "district"), MaxAttempts: 1, Clock: func() time.Time { return s.now },
	})
	require.NoError(s.tb, err)
	return c
}

func uidOf(i int) string { return fmt.Sprintf("a%010d", i) }

// touch gives an object a new time of change: the server's, which goes on by step.
func (s *listServer) touch(uid string, step time.Duration) {
	s.now = s.now.Add(step)
	for i := range s.rows {
		if s.rows[i].uid == uid {
			s.rows[i].at = s.now
			return
		}
	}
	s.rows = append(s.rows, row{uid: uid, at: s.now})
}

func (s *listServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if strings.HasSuffix(r.URL.Path, "/system/info") {
		_ = json.NewEncoder(w).Encode(map[string]string{
			"version": s.version, "serverDate": s.now.In(s.zone).Format("2006-01-02T15:04:05.000"), "serverTimeZoneId": s.zone.String(),
		})
		return
	}
	if !strings.HasSuffix(r.URL.Path, "/api/"+s.list) {
		http.NotFound(w, r)
		return
	}
	s.requests++
	s.queries = append(s.queries, r.URL.RawQuery)
	if s.between != nil {
		s.between(s, s.requests)
	}
	if s.answer != nil && s.answer(w, r) {
		return
	}
	s.page(w, r)
}

func (s *listServer) page(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	tracker, after := strings.HasPrefix(s.list, "tracker/"), time.Time{}
	if text := q.Get("updatedAfter"); text != "" {
		at, err := dhis2.ParseTime(text, s.zone)
		if err != nil {
			http.Error(w, "bad updatedAfter", http.StatusBadRequest)
			return
		}
		after = at
	}
	var found []row
	for _, o := range s.rows {
		if !o.at.Before(after) && (!o.deleted || q.Get("includeDeleted") == "true") {
			found = append(found, o)
		}
	}
	if strings.HasPrefix(q.Get("order"), "updatedAt:asc") {
		slices.SortStableFunc(found, func(a, b row) int { return a.at.Compare(b.at) })
	}
	page, _ := strconv.Atoi(q.Get("page"))
	size, _ := strconv.Atoi(q.Get("pageSize"))
	pages := (len(found) + size - 1) / size
	if !tracker && page > max(pages, 1) {
		page, found = max(pages, 1), nil // clamped
	} else {
		found = found[min((page-1)*size, len(found)):min(page*size, len(found))]
	}
	objects := []map[string]any{}
	for _, o := range found {
		if o.hidden {
			continue
		}
		objects = append(objects, map[string]any{"id": o.uid, "event": o.uid, "updatedAt": o.at.In(s.zone).Format("2006-01-02T15:04:05.000"), "deleted": o.deleted})
	}
	key := s.list[strings.LastIndexByte(s.list, '/')+1:]
	pager := map[string]any{"page": page, "pageSize": size}
	answer := map[string]any{key: objects, "pager": pager}
	switch v := s.version; {
	case !tracker:
		pager["pageCount"], pager["total"] = max(pages, 1), len(s.rows)
	case strings.HasPrefix(v, "2.40"):
		answer = map[string]any{"instances": objects, "page": page, "pageSize": size}
	case strings.HasPrefix(v, "2.41"):
		answer["page"], answer["pageSize"] = page, size
	case page < pages:
		pager["nextPage"] = "http://elsewhere.example/api?page=2"
	}
	if page > 1 {
		pager["prevPage"] = "http://elsewhere.example/api?page=1"
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// later changes an object while a watch waits.
func (s *listServer) later(uid string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.touch(uid, time.Minute)
}

// handlerTransport is a network without sockets.
type handlerTransport struct{ handler http.Handler }

func (h handlerTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	h.handler.ServeHTTP(recorder, r)
	if err := context.Cause(r.Context()); err != nil {
		return nil, err
	}
	return recorder.Result(), nil
}
