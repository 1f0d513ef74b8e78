package dhis2test_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// fetch sends a request over the server's transport.
func fetch(ctx context.Context, t *testing.T, s *dhis2test.Server, method, path, body string) (status int, content []byte, err error) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, "http://dhis2.test"+path, strings.NewReader(body))
	require.NoError(t, err)
	req.SetBasicAuth("admin", "district")
	req.Header.Set("Content-Type", "application/json")
	res, err := (&http.Client{Transport: s.Transport()}).Do(req)
	if err != nil {
		return 0, nil, err //nolint:wrapcheck // looked at by the test
	}
	defer func() { _ = res.Body.Close() }()
	content, err = io.ReadAll(res.Body)
	return res.StatusCode, content, err //nolint:wrapcheck // looked at by the test
}

func handler(t *testing.T, opts dhis2test.Options) *dhis2test.Server {
	t.Helper()
	s, err := dhis2test.Handler(opts)
	require.NoError(t, err)
	return s
}

const importPath = "/api/tracker?async=false"

func TestAFaultHitsTheRequestsItChooses(t *testing.T) {
	t.Parallel()
	s := handler(t, dhis2test.Options{})
	fault := s.Inject(dhis2test.Fault{
		Method: http.MethodPost, Path: "/api/tracker", Skip: 1, Times: 2, Status: 503, RetryAfter: "7",
		Match: func(r *dhis2test.Request) bool { return strings.Contains(r.Query, "async=false") },
	})
	var statuses []int
	for range 4 {
		status, _, err := fetch(t.Context(), t, s, http.MethodPost, importPath, "{}")
		require.NoError(t, err)
		statuses = append(statuses, status)
	}
	assert.Equal(t, []int{200, 503, 503, 200}, statuses)
	assert.Equal(t, 2, fault.Fired())
	status, _, err := fetch(t.Context(), t, s, http.MethodGet, "/api/me", "")
	require.NoError(t, err)
	assert.Equal(t, 200, status, "another path")
}

func TestAnImportMayBeStoredAndItsAnswerLost(t *testing.T) {
	t.Parallel()
	s := handler(t, dhis2test.Options{})
	s.Inject(dhis2test.Fault{CommitThenDrop: true})

	_, _, err := fetch(t.Context(), t, s, http.MethodPost, importPath, patient)

	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	assert.Len(t, s.TrackedEntities(), 1, "stored all the same")
	last := s.Requests()[0]
	assert.True(t, last.Dropped)
	assert.True(t, last.Handled)
}

func TestADroppedRequestDoesNothing(t *testing.T) {
	t.Parallel()
	s := handler(t, dhis2test.Options{})
	s.Inject(dhis2test.Fault{Drop: true})
	_, _, err := fetch(t.Context(), t, s, http.MethodPost, importPath, patient)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	assert.Empty(t, s.TrackedEntities())
}

func TestADeadlockLooksAsInEachVersion(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]struct {
		status int
		text   string
	}{
		"2.40": {409, `"message":"Exception:`},
		"2.41": {500, `PersistenceReport.getStats()`},
		"2.42": {409, `deadlock detected`},
		"2.43": {500, `deadlock detected`},
	} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := handler(t, dhis2test.Options{Version: version})
			s.Inject(dhis2test.Fault{Deadlock: true})
			status, body, err := fetch(t.Context(), t, s, http.MethodPost, importPath, patient)
			require.NoError(t, err)
			assert.Equal(t, want.status, status)
			assert.Contains(t, string(body), want.text)
			assert.Empty(t, s.TrackedEntities())
		})
	}
}

func TestAnAnswerMayBeCutShortOrUnreadable(t *testing.T) {
	t.Parallel()
	s := handler(t, dhis2test.Options{})
	s.Inject(dhis2test.Fault{Truncate: 10})
	s.Inject(dhis2test.Fault{CutBody: 10})
	_, whole, err := fetch(t.Context(), t, s, http.MethodGet, "/api/me", "")
	require.NoError(t, err, "the answer ends as if it were whole")
	assert.Len(t, whole, 10)
	_, part, err := fetch(t.Context(), t, s, http.MethodGet, "/api/me", "")
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	assert.Len(t, part, 10)
}

func TestAHangEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := handler(t, dhis2test.Options{})
		s.Inject(dhis2test.Fault{Hang: true, Times: -1})
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		start := time.Now()
		_, _, err := fetch(ctx, t, s, http.MethodPost, importPath, patient)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, time.Hour, time.Since(start))
		synctest.Wait()
	})
}

func TestASlowBodyTakesItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := handler(t, dhis2test.Options{})
		s.Inject(dhis2test.Fault{SlowBody: time.Second})
		start := time.Now()
		_, _, err := fetch(t.Context(), t, s, http.MethodGet, "/api/me", "")
		require.NoError(t, err)
		assert.InDelta(t, 10, time.Since(start).Seconds(), 1)
	})
}

func TestFaultsCanBeTakenAway(t *testing.T) {
	t.Parallel()
	s := handler(t, dhis2test.Options{})
	fault := s.Inject(dhis2test.Fault{Status: 500, Times: -1})
	s.Fail(5, 502)
	fault.Remove()
	status, _, err := fetch(t.Context(), t, s, http.MethodGet, "/api/me", "")
	require.NoError(t, err)
	assert.Equal(t, 502, status, "the next fault's turn")
	s.ClearFaults()
	status, _, err = fetch(t.Context(), t, s, http.MethodGet, "/api/me", "")
	require.NoError(t, err)
	assert.Equal(t, 200, status)
}

func TestTheLatencyIsThatOfTheModel(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := handler(t, dhis2test.Options{Latency: dhis2test.Latency{PerRequest: 60 * time.Millisecond, Password: 80 * time.Millisecond, Workers: 2}})
		start := time.Now()
		done := make(chan error, 4)
		for range 4 {
			go func() {
				_, _, err := fetch(t.Context(), t, s, http.MethodGet, "/api/me", "")
				done <- err
			}()
		}
		for range 4 {
			require.NoError(t, <-done)
		}
		assert.Equal(t, 280*time.Millisecond, time.Since(start), "four requests, two at a time, each 140 ms")
		assert.Equal(t, 4, s.PasswordChecks())
	})
}

func TestABodyThatIsTooLargeIsRefusedAsByAProxy(t *testing.T) {
	t.Parallel()
	s := dhis2test.New(t, dhis2test.Options{MaxBody: 100})
	got := importSync(t, s, patient)
	assert.Equal(t, http.StatusRequestEntityTooLarge, got.status)
	assert.Contains(t, string(got.body), "<html>")
	assert.Empty(t, s.TrackedEntities())
}

func TestTheRecordOfRequestsIsBounded(t *testing.T) {
	t.Parallel()
	s := dhis2test.New(t, dhis2test.Options{MaxRequests: 3, MaxRecorded: int64(len(patient)) + 10})
	for range 5 {
		importSync(t, s, patient)
	}
	requests := s.Requests()
	require.Len(t, requests, 3)
	assert.Equal(t, 5, s.RequestCount())
	assert.Nil(t, requests[1].Body, "an old body is dropped")
	assert.NotEmpty(t, requests[2].Body)
	s.ForgetRequests()
	assert.Empty(t, s.Requests())
}

// A fault may be ended while requests run into it.
func TestAFaultIsEndedWhileItIsAtWork(t *testing.T) {
	t.Parallel()
	s := dhis2test.New(t, dhis2test.Options{})
	fault := s.Inject(dhis2test.Fault{Path: "/api/system/ping", Status: http.StatusBadGateway, Times: -1})
	done := make(chan struct{})
	go func() {
		defer close(done)
		fault.Remove()
	}()
	for range 20 {
		do(t, s, http.MethodGet, "/api/system/ping", "")
	}
	<-done
	assert.Equal(t, http.StatusOK, do(t, s, http.MethodGet, "/api/system/ping", "").status)
}

// A panic in what a test gives the server is that request's only: the server
// is not left locked.
func TestAPanicInATestsRuleLeavesTheServerAnswering(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]dhis2test.Options{
		"rule": {ProgramRules: func(dhis2test.RuleSubject) []dhis2test.RuleResult { panic(http.ErrAbortHandler) }},
		"race": {Race: func(*http.Request) { panic(http.ErrAbortHandler) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := dhis2test.New(t, options)
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/api/tracker?async=false", strings.NewReader(patient))
			require.NoError(t, err)
			r.SetBasicAuth("admin", "district")
			r.Header.Set("Content-Type", "application/json")
			_, err = (&http.Client{}).Do(r) //nolint:bodyclose // the connection is cut
			require.Error(t, err)
			assert.Equal(t, http.StatusOK, do(t, s, http.MethodGet, "/api/system/info", "").status)
		})
	}
}
