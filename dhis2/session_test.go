package dhis2_test

import (
	"bytes"
	"context"
	"net/http"
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

// guarded is a server that wants a password or the session it gave for it.
type guarded struct {
	mu      sync.Mutex
	session string // that is good, "" for none
	made    int
	hashed  int // passwords looked at
	refuse  func() *reply
}

func (g *guarded) front(r *http.Request) *reply {
	g.mu.Lock()
	defer g.mu.Unlock()
	if user, password, ok := r.BasicAuth(); ok {
		g.hashed++
		if user != testUser || password != testPassword {
			return response(http.StatusUnauthorized, unauthorized)
		}
		return nil
	}
	if cookie, err := r.Cookie("JSESSIONID"); err == nil && cookie.Value == g.session && g.session != "" {
		return nil
	}
	if g.refuse != nil {
		return g.refuse()
	}
	return response(http.StatusUnauthorized, unauthorized, "Set-Cookie", "JSESSIONID=anonymous; Path=/")
}

// info gives a session of its own to whoever comes with a password.
func (g *guarded) open(r *http.Request) *reply {
	if refused := g.front(r); refused != nil {
		return refused
	}
	if !strings.HasSuffix(r.URL.Path, "/system/info") {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.made++
	g.session = "planted-session-" + strings.Repeat("x", g.made)
	return response(http.StatusOK, infoBody, "Set-Cookie", "JSESSIONID="+g.session+"; Path=/dhis; HttpOnly")
}

func (g *guarded) end() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.session = "gone"
}

func (g *guarded) counts() (made, hashed int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.made, g.hashed
}

func TestOneSessionServesAllRequests(t *testing.T) {
	t.Parallel()
	g := &guarded{}
	w := &wire{front: g.open}
	c := newClient(t, w)
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			_, err := c.Do(context.Background(), dhis2.Request{Path: "me"})
			assert.NoError(t, err)
		})
	}
	group.Wait()
	made, hashed := g.counts()
	assert.Equal(t, 1, made, "who comes first opens it, the others wait")
	assert.Equal(t, 1, hashed, "the password is looked at once")
	for _, s := range w.calls() {
		assert.Empty(t, s.Header.Get("Authorization"))
	}
}

func TestASessionThatIsGoneIsOpenedAnew(t *testing.T) {
	t.Parallel()
	for name, refuse := range map[string]func() *reply{
		"a 401": nil,
		"a redirect": func() *reply {
			return response(http.StatusFound, "", "Location", "https://dhis2.test/dhis/dhis-web-login/")
		},
	} {
		g := &guarded{refuse: refuse}
		w := &wire{front: g.open}
		c := newClient(t, w)
		import1 := dhis2.Request{Method: http.MethodPost, Path: "tracker", Body: []byte(`{"events":[]}`), Repeat: dhis2.RepeatNever}
		_, err := c.Do(t.Context(), import1)
		require.NoError(t, err, name)
		g.end()
		w.info = strings.Replace(infoBody, "2.42.5.2", "2.43.1", 1)
		_, err = c.Do(t.Context(), import1)
		require.NoError(t, err, name)
		made, hashed := g.counts()
		assert.Equal(t, 2, made)
		assert.Equal(t, 2, hashed)
		calls := w.calls()
		require.Len(t, calls, 3)
		assert.Equal(t, calls[1].Body, calls[2].Body, "the same bytes")
	}
}

func TestManyWhoseSessionIsGoneOpenOne(t *testing.T) {
	t.Parallel()
	g := &guarded{}
	w := &wire{front: g.open}
	c := newClient(t, w)
	_, err := c.Server(t.Context())
	require.NoError(t, err)
	for round := range 5 {
		g.end()
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				_, err := c.Do(context.Background(), dhis2.Request{Path: "me"})
				assert.NoError(t, err)
			})
		}
		group.Wait()
		made, _ := g.counts()
		assert.Equal(t, round+2, made)
	}
}

func TestAfterAnUpdateTheVersionIsTheNewOne(t *testing.T) {
	t.Parallel()
	var up atomic.Bool
	w := &wire{}
	w.front = func(r *http.Request) *reply {
		if up.Load() && r.Header.Get("Cookie") == "JSESSIONID=planted1" {
			return response(http.StatusUnauthorized, unauthorized)
		}
		return nil
	}
	c := newClient(t, w)
	v, err := c.Version(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "2.42.5.2", v.String())
	w.info = strings.Replace(infoBody, "2.42.5.2", "2.43.1", 1)
	up.Store(true)
	_, err = c.Do(t.Context(), dhis2.Request{Path: "me"})
	require.NoError(t, err)
	v, err = c.Version(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "2.43.1", v.String(), "the session went with the restart")
}

func TestAWrongPasswordIsSentOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &guarded{}
		w := &wire{front: g.open}
		c := newClient(t, w, withAuth(dhis2.Basic(testUser, "planted-wrong")))
		for range 10 {
			_, err := c.Do(t.Context(), dhis2.Request{Path: "me"})
			require.ErrorIs(t, err, dhis2.ErrUnauthorized)
			var e *dhis2.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, dhis2.VerdictOperator, e.Verdict)
			assert.False(t, dhis2.Retryable(err))
			assert.NotContains(t, err.Error(), "planted")
		}
		for range 10 {
			_, err := c.Server(t.Context())
			require.ErrorIs(t, err, dhis2.ErrUnauthorized)
			require.ErrorIs(t, c.AddNote(t.Context(), dhis2.Events, "f26BZgGsQIR", "f26BZgGsQIR", "x"), dhis2.ErrUnauthorized)
		}
		_, hashed := g.counts()
		assert.Equal(t, 1, hashed, "DHIS2 locks accounts")
		time.Sleep(5*time.Minute + time.Second) //nolint:forbidigo // fake time
		_, err := c.Do(t.Context(), dhis2.Request{Path: "me"})
		require.ErrorIs(t, err, dhis2.ErrUnauthorized)
		_, hashed = g.counts()
		assert.Equal(t, 2, hashed, "somebody may have set it right")
		_, err = c.Refresh(t.Context())
		require.ErrorIs(t, err, dhis2.ErrUnauthorized)
		_, hashed = g.counts()
		assert.Equal(t, 3, hashed, "when it is asked for")
	})
}

func TestAServerWithoutSessionsGetsThePasswordEachTime(t *testing.T) {
	t.Parallel()
	for name, front := range map[string]func(r *http.Request) *reply{
		"no cookie": func(r *http.Request) *reply {
			if strings.HasSuffix(r.URL.Path, "/system/info") {
				return response(http.StatusOK, infoBody)
			}
			return nil
		},
		"a cookie that is not a session": func(r *http.Request) *reply {
			if strings.HasSuffix(r.URL.Path, "/system/info") {
				return response(http.StatusOK, infoBody, "Set-Cookie", "ROUTE=1; Path=/")
			}
			return nil
		},
		"a cookie of another path": func(r *http.Request) *reply {
			if strings.HasSuffix(r.URL.Path, "/system/info") {
				return response(http.StatusOK, infoBody, "Set-Cookie", "JSESSIONID=planted; Path=/elsewhere")
			}
			return nil
		},
		"a cookie of another host": func(r *http.Request) *reply {
			if strings.HasSuffix(r.URL.Path, "/system/info") {
				return response(http.StatusOK, infoBody, "Set-Cookie", "JSESSIONID=planted; Path=/; Domain=evil.test")
			}
			return nil
		},
		"sessions that are no good": func(r *http.Request) *reply {
			if _, _, ok := r.BasicAuth(); !ok {
				return response(http.StatusUnauthorized, unauthorized)
			}
			return nil
		},
	} {
		w := &wire{front: front}
		c := newClient(t, w)
		for range 3 {
			_, err := c.Do(t.Context(), dhis2.Request{Path: "me"})
			require.NoError(t, err, name)
		}
		last := w.sent[len(w.sent)-1]
		assert.NotEmpty(t, last.Header.Get("Authorization"), name)
		assert.Empty(t, last.Header.Get("Cookie"), name)
	}
}

func TestAProxyThatIsDownDoesNotMeanThatThereAreNoSessions(t *testing.T) {
	t.Parallel()
	g := &guarded{}
	var down atomic.Int32
	w := &wire{front: func(r *http.Request) *reply {
		if down.Add(1) <= 2 {
			return response(http.StatusBadGateway, "<html>down</html>", "Content-Type", "text/html")
		}
		return g.open(r)
	}}
	c := newClient(t, w, func(cfg *dhis2.Config) { cfg.MinWait = time.Nanosecond })
	for range 3 {
		_, err := c.Do(t.Context(), dhis2.Request{Path: "me"})
		require.NoError(t, err)
	}
	_, hashed := g.counts()
	assert.Equal(t, 1, hashed)
}

func TestAServerWithoutInfoCanBeUsedAllTheSame(t *testing.T) {
	t.Parallel()
	w := &wire{front: func(r *http.Request) *reply {
		if strings.HasSuffix(r.URL.Path, "/system/info") {
			return response(http.StatusForbidden, `{"httpStatusCode":403,"status":"ERROR","message":"x"}`, "Set-Cookie", "JSESSIONID=planted; Path=/")
		}
		return nil
	}}
	c := newClient(t, w)
	_, err := c.Do(t.Context(), dhis2.Request{Path: "tracker/events"})
	require.NoError(t, err, "a gateway may let through the tracker only")
	assert.Equal(t, "JSESSIONID=planted", w.calls()[0].Header.Get("Cookie"))
	_, err = c.Server(t.Context())
	require.ErrorIs(t, err, dhis2.ErrForbidden)
}

func TestSessionsAreNotShared(t *testing.T) {
	t.Parallel()
	g := &guarded{}
	w := &wire{front: g.open}
	shared := &http.Client{Transport: w, Jar: panicJar{}}
	auth := dhis2.Basic(testUser, testPassword)
	for range 2 {
		c, err := dhis2.New(t.Context(), dhis2.Config{URL: "https://dhis2.test/dhis", Auth: auth, HTTPClient: shared})
		require.NoError(t, err)
		_, err = c.Do(t.Context(), dhis2.Request{Path: "me"})
		require.NoError(t, err)
	}
	made, _ := g.counts()
	assert.Equal(t, 2, made, "each client has its own, whatever else they share")
}

func TestARefreshOpensANewSession(t *testing.T) {
	t.Parallel()
	g := &guarded{}
	w := &wire{front: g.open}
	c := newClient(t, w)
	_, err := c.Server(t.Context())
	require.NoError(t, err)
	_, err = c.Refresh(t.Context())
	require.NoError(t, err)
	made, _ := g.counts()
	assert.Equal(t, 2, made)
}

func TestACookieThatTheServerRenewsIsKept(t *testing.T) {
	t.Parallel()
	w := &wire{answer: func(n int, _ *http.Request) *reply {
		if n == 1 {
			return response(http.StatusOK, `{}`, "Set-Cookie", "JSESSIONID=planted-other; Path=/", "Set-Cookie", "ROUTE=2; Path=/")
		}
		return response(http.StatusOK, `{}`)
	}}
	c := newClient(t, w)
	for range 2 {
		res, err := c.Do(t.Context(), dhis2.Request{Path: "me"})
		require.NoError(t, err)
		assert.Empty(t, res.Header.Get("Set-Cookie"), "a session is not for callers")
	}
	assert.Contains(t, w.calls()[1].Header.Get("Cookie"), "JSESSIONID=planted-other")
	assert.Contains(t, w.calls()[1].Header.Get("Cookie"), "ROUTE=2", "nor what a proxy needs to find it")
}

// A call whose time ends while it waits for somebody else's login ends, and a
// login whose caller gave up is done by the next.
func TestWaitingForASessionEndsWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		w := &wire{front: func(r *http.Request) *reply {
			if strings.HasSuffix(r.URL.Path, "/system/info") && asked.Add(1) == 1 {
				<-r.Context().Done()
				return nil
			}
			return nil
		}}
		c := newClient(t, w)
		first, cancel := context.WithCancel(t.Context())
		done := make(chan error, 3)
		go func() {
			_, err := c.Do(first, dhis2.Request{Path: "me"})
			done <- err
		}()
		synctest.Wait()
		short, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		_, err := c.Do(short, dhis2.Request{Path: "me"})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		var e *dhis2.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, dhis2.ClassTransport, e.Class)
		go func() {
			_, err := c.Do(t.Context(), dhis2.Request{Path: "me"})
			done <- err
		}()
		synctest.Wait()
		cancel()
		got := []error{<-done, <-done}
		failed := 0
		for _, err := range got {
			if err != nil {
				failed++
				require.ErrorIs(t, err, context.Canceled)
			}
		}
		assert.Equal(t, 1, failed, "only who gave up")
	})
}

func TestLogsTellNothingOfSessions(t *testing.T) {
	t.Parallel()
	g := &guarded{}
	w := &wire{front: g.open}
	var log bytes.Buffer
	c := newClient(t, w, withLog(&log))
	_, err := c.Do(t.Context(), dhis2.Request{Path: "me", Query: map[string][]string{"query": {"planted"}}})
	require.NoError(t, err)
	g.end()
	_, err = c.Do(t.Context(), dhis2.Request{Path: "trackedEntities/IWqKCl8sBnd", Query: map[string][]string{"query": {"planted"}}})
	require.NoError(t, err)
	assert.Contains(t, log.String(), "the session is gone")
	assert.Contains(t, log.String(), "trackedEntities/{id}")
	for _, secret := range []string{"planted", "IWqKCl8sBnd"} {
		assert.NotContains(t, log.String(), secret)
	}
}

// An answer to a question that was asked before a refresh is too old for it.
func TestARefreshDoesNotTakeAnEarlierAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		hold := make(chan struct{})
		w := &wire{front: func(r *http.Request) *reply {
			if strings.HasSuffix(r.URL.Path, "/system/info") && asked.Add(1) == 1 {
				<-hold
			}
			return nil
		}}
		c := newClient(t, w)
		go func() { _, _ = c.Server(t.Context()) }()
		synctest.Wait()
		done := make(chan error)
		go func() {
			_, err := c.Refresh(t.Context())
			done <- err
		}()
		synctest.Wait()
		close(hold)
		require.NoError(t, <-done)
		assert.EqualValues(t, 2, asked.Load())
	})
}

// A server that was restarted twice in a moment is not without sessions for ever.
func TestSessionsAreTriedAgainLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var broken atomic.Bool
		broken.Store(true)
		w := &wire{front: func(r *http.Request) *reply {
			if _, _, ok := r.BasicAuth(); !ok && broken.Load() {
				return response(http.StatusUnauthorized, unauthorized)
			}
			return nil
		}}
		c := newClient(t, w)
		do := func() sent {
			_, err := c.Do(t.Context(), dhis2.Request{Path: "me"})
			require.NoError(t, err)
			calls := w.calls()
			return calls[len(calls)-1]
		}
		assert.NotEmpty(t, do().Header.Get("Authorization"))
		broken.Store(false)
		assert.NotEmpty(t, do().Header.Get("Authorization"), "for a while")
		time.Sleep(5*time.Minute + time.Second) //nolint:forbidigo // fake time
		assert.Empty(t, do().Header.Get("Authorization"))
	})
}
