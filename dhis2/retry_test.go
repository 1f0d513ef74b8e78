package dhis2_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
)

// Bodies as the servers sent them, shortened; see fixtures/dhis2/recorded.
const (
	deadlock     = `{"httpStatus":"Conflict","httpStatusCode":409,"status":"ERROR","message":"could not execute statement [ERROR: deadlock detected\n  Detail: Process 1 planted waits"}`
	duplicateKey = `{"httpStatus":"Internal Server Error","httpStatusCode":500,"status":"ERROR","message":"ERROR: duplicate key value violates unique constraint \"trackedentity_uid_key\"\n  Detail: Key (uid)=(planted) already exists."}`
	getStats     = `{"httpStatus":"Internal Server Error","httpStatusCode":500,"status":"ERROR","message":"Cannot invoke \"org.hisp.dhis.tracker.imports.report.PersistenceReport.getStats()\" because \"this.persistenceReport\" is null"}`
	zeroByte     = `{"httpStatus":"Conflict","httpStatusCode":409,"status":"ERROR","message":"ERROR: invalid byte sequence for encoding \"UTF8\": 0x00 planted"}`
	otherDB      = `{"httpStatus":"Conflict","httpStatusCode":409,"status":"ERROR","message":"could not execute statement; SQL [n/a]; constraint [planted]"}`
	unforeseen   = `{"httpStatus":"Internal Server Error","httpStatusCode":500,"status":"ERROR","message":"Cannot invoke planted"}`
	exception240 = `{"status":"ERROR","message":"Exception:planted","validationReport":{"errorReports":[]},"stats":{"created":0}}`
	report409    = `{"status":"ERROR","validationReport":{"errorReports":[{"message":"planted","errorCode":"E1064","trackerType":"TRACKED_ENTITY","uid":"Kj6vYde4LHh","args":["planted"]}]},"stats":{"created":0}}`
	conflict     = `{"httpStatus":"Conflict","httpStatusCode":409,"status":"ERROR","message":"planted"}`
	page         = `<!doctype html><html><body>planted</body></html>`
)

func TestWhatIsRepeated(t *testing.T) {
	t.Parallel()
	post := dhis2.Request{Method: http.MethodPost, Path: "tracker", Body: []byte(`{"events":[]}`)}
	safe := post
	safe.Repeat = dhis2.RepeatSafe
	never := post
	never.Repeat = dhis2.RepeatNever
	get := dhis2.Request{Path: "me"}
	put := dhis2.Request{Method: http.MethodPut, Path: "dataStore/a/b", Body: []byte("1")}
	html := func(status int) func(int, *http.Request) *reply {
		return always(status, page, "Content-Type", "text/html;charset=utf-8")
	}
	lost := func(int, *http.Request) *reply { return nil }
	for _, tt := range []struct {
		name    string
		request dhis2.Request
		answer  func(int, *http.Request) *reply
		sent    int
		class   dhis2.Class
		verdict dhis2.Verdict
	}{
		{"a GET after 503", get, html(503), 4, dhis2.ClassTransport, dhis2.VerdictRetry},
		{"a GET after 500", get, always(500, unforeseen), 3, dhis2.ClassInternal, dhis2.VerdictBisect},
		{"a GET after a lost connection", get, lost, 4, dhis2.ClassTransport, dhis2.VerdictRetry},
		{"a GET that is given a page", get, html(200), 4, dhis2.ClassTransport, dhis2.VerdictRetry},
		{"a GET not after 404", get, always(404, `{"httpStatusCode":404,"errorCode":"E1005"}`), 1, dhis2.ClassNotFoundTarget, dhis2.VerdictPark},
		{"a GET not after 404 of an endpoint", get, html(404), 1, dhis2.ClassRequest, dhis2.VerdictPark},
		{"a GET not after 400", get, always(400, `{"httpStatusCode":400}`), 1, dhis2.ClassRequest, dhis2.VerdictSplit},
		{"a GET not after 403", get, always(403, `{"httpStatusCode":403}`), 1, dhis2.ClassPermission, dhis2.VerdictOperator},
		{"a PUT after 502", put, html(502), 4, dhis2.ClassTransport, dhis2.VerdictRetry},
		{"a POST not after 503: it may have been done", post, html(503), 1, dhis2.ClassTransport, dhis2.VerdictRetry},
		{"a POST not after a lost connection", post, lost, 1, dhis2.ClassTransport, dhis2.VerdictRetry},
		{"a POST not after a race", post, always(409, deadlock), 1, dhis2.ClassRace, dhis2.VerdictRetry},
		{"a POST after 429: it was not looked at", post, always(429, "slow down"), 4, dhis2.ClassTransport, dhis2.VerdictRetry},
		{"a safe POST after 503", safe, html(503), 4, dhis2.ClassTransport, dhis2.VerdictRetry},
		{"a safe POST after 504", safe, html(504), 4, dhis2.ClassTransport, dhis2.VerdictRetry},
		{"a safe POST after a lost connection", safe, lost, 4, dhis2.ClassTransport, dhis2.VerdictRetry},
		{"a safe POST after a deadlock of 2.42", safe, always(409, deadlock), 4, dhis2.ClassRace, dhis2.VerdictRetry},
		{"a safe POST after a duplicate key of 2.43", safe, always(500, duplicateKey), 4, dhis2.ClassRace, dhis2.VerdictRetry},
		{"a safe POST after what 2.41 says of both", safe, always(500, getStats), 4, dhis2.ClassRace, dhis2.VerdictRetry},
		{"a safe POST after 500, three times", safe, always(500, unforeseen), 3, dhis2.ClassInternal, dhis2.VerdictBisect},
		{"a safe POST after 500 with a page", safe, html(500), 3, dhis2.ClassInternal, dhis2.VerdictBisect},
		{"a safe POST after an exception of 2.40", safe, always(409, exception240), 3, dhis2.ClassInternal, dhis2.VerdictBisect},
		{"a safe POST after another text of the database", safe, always(409, otherDB), 3, dhis2.ClassInternal, dhis2.VerdictBisect},
		{"a safe POST not after a NUL character", safe, always(409, zeroByte), 1, dhis2.ClassData, dhis2.VerdictSplit},
		{"a safe POST not after a NUL character in 2.43", safe, always(500, zeroByte), 1, dhis2.ClassData, dhis2.VerdictSplit},
		{"a safe POST not after a report", safe, always(409, report409), 1, dhis2.ClassConflict, dhis2.VerdictLookUp},
		{"a safe POST not after any other conflict", safe, always(409, conflict), 1, dhis2.ClassRequest, dhis2.VerdictSplit},
		{"a safe POST not after 413", safe, html(413), 1, dhis2.ClassRequest, dhis2.VerdictSplit},
		{"a safe POST not after 415", safe, always(415, `{"httpStatusCode":415}`), 1, dhis2.ClassRequest, dhis2.VerdictPark},
		{"a safe POST not after 422", safe, always(422, `{"httpStatusCode":422}`), 1, dhis2.ClassRequest, dhis2.VerdictSplit},
		{"nothing marked never", never, html(503), 1, dhis2.ClassTransport, dhis2.VerdictRetry},
		{"nothing marked never, not even 429", never, always(429, ""), 1, dhis2.ClassTransport, dhis2.VerdictRetry},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := &wire{answer: tt.answer}
				var log bytes.Buffer
				c := newClient(t, w, withLog(&log))
				res, err := c.Do(t.Context(), tt.request)
				var e *dhis2.Error
				require.ErrorAs(t, err, &e)
				assert.Len(t, w.calls(), tt.sent)
				assert.Equal(t, tt.sent, e.Attempts)
				assert.Equal(t, tt.class, e.Class)
				assert.Equal(t, tt.verdict, e.Verdict, e.Verdict.String())
				assert.Equal(t, e.Status != 0, res != nil, "the answer is there if there is one")
				for _, s := range w.calls() {
					assert.Equal(t, string(tt.request.Body), s.Body, "each attempt sends the same bytes")
				}
				assert.NotContains(t, err.Error()+log.String(), "planted")
			})
		})
	}
}

func TestAttemptsCanBeFewerForARequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &wire{answer: always(503, "")}
		c := newClient(t, w)
		_, err := c.Do(t.Context(), dhis2.Request{Path: "me", Attempts: 2})
		require.Error(t, err)
		assert.Len(t, w.calls(), 2)
	})
}

func TestARaceIsWonTheSecondTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &wire{answer: func(n int, _ *http.Request) *reply {
			if n == 1 {
				return response(http.StatusConflict, deadlock)
			}
			return response(http.StatusOK, `{"status":"OK"}`)
		}}
		started := time.Now()
		res, err := newClient(t, w).Do(t.Context(), dhis2.Request{Method: http.MethodPost, Path: "tracker", Body: []byte("{}"), Repeat: dhis2.RepeatSafe})
		require.NoError(t, err)
		assert.JSONEq(t, `{"status":"OK"}`, string(res.Body))
		wait := time.Since(started)
		assert.True(t, wait >= 100*time.Millisecond && wait <= 200*time.Millisecond, "half of the pause is by chance: %s", wait)
	})
}

func TestRetryAfterIsHeeded(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		value string
		wait  time.Duration
		sent  int
	}{
		"seconds":                       {"7", 7 * time.Second, 2},
		"longer than we wait":           {"3600", 0, 1},
		"longer than the call may take": {"25", 0, 1},
		"rubbish":                       {"soon", 200 * time.Millisecond, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := &wire{answer: func(n int, _ *http.Request) *reply {
					if n == 1 {
						return response(http.StatusServiceUnavailable, "", "Retry-After", tt.value)
					}
					return response(http.StatusOK, "{}")
				}}
				c := newClient(t, w, func(cfg *dhis2.Config) { cfg.Timeout = 20 * time.Second })
				_, err := c.Server(t.Context())
				require.NoError(t, err)
				started := time.Now()
				_, err = c.Do(t.Context(), dhis2.Request{Path: "me"})
				assert.Len(t, w.calls(), tt.sent)
				assert.LessOrEqual(t, time.Since(started), tt.wait)
				assert.GreaterOrEqual(t, time.Since(started), tt.wait/2)
				if tt.sent == 1 {
					var e *dhis2.Error
					require.ErrorAs(t, err, &e)
					assert.NotZero(t, e.RetryAfter)
				}
			})
		})
	}
}

// slow is a server that does not answer, or not to the end.
type slow struct {
	wire  *wire
	after string // what it sends before it hangs
}

func (s *slow) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/system/info") {
		return s.wire.RoundTrip(r)
	}
	if r.Body != nil {
		_ = r.Body.Close()
	}
	if s.after == "" {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	res := response(http.StatusOK, "")
	res.body = io.MultiReader(strings.NewReader(s.after), hang{r.Context()})
	return res.made(r), nil
}

type hang struct{ ctx context.Context }

func (h hang) Read([]byte) (int, error) {
	<-h.ctx.Done()
	return 0, h.ctx.Err()
}

func TestTimeIsBounded(t *testing.T) {
	t.Parallel()
	for _, after := range []string{"", `{"half":`} {
		t.Run("sent "+after, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := &slow{wire: &wire{}, after: after}
				c := newClient(t, w.wire, func(cfg *dhis2.Config) { cfg.HTTPClient = &http.Client{Transport: w} })
				_, err := c.Server(t.Context())
				require.NoError(t, err)

				started := time.Now()
				_, err = c.Do(t.Context(), dhis2.Request{Method: http.MethodPost, Path: "tracker", Body: []byte("{}")})
				require.Error(t, err)
				assert.Equal(t, time.Minute, time.Since(started), "an attempt has its bound")
				assert.Contains(t, err.Error(), "1m0s")
				assert.True(t, dhis2.Retryable(err))
				assert.False(t, dhis2.ReachedServer(err))

				started = time.Now()
				_, err = c.Do(t.Context(), dhis2.Request{Path: "me"})
				require.ErrorIs(t, err, context.DeadlineExceeded)
				assert.Equal(t, 2*time.Minute, time.Since(started), "a call has its bound")
				assert.Contains(t, err.Error(), "nothing complete came within 2m0s")

				started = time.Now()
				_, err = c.Do(t.Context(), dhis2.Request{Path: "me", Timeout: 3 * time.Second})
				require.ErrorIs(t, err, context.DeadlineExceeded)
				assert.Equal(t, 3*time.Second, time.Since(started))

				started = time.Now()
				_, err = c.Do(t.Context(), dhis2.Request{Path: "me", AttemptTimeout: time.Second, Attempts: 1})
				require.Error(t, err)
				assert.Equal(t, time.Second, time.Since(started))

				ctx, cancel := context.WithCancel(t.Context())
				go func() {
					time.Sleep(time.Second) //nolint:forbidigo // fake time
					cancel()
				}()
				_, err = c.Do(ctx, dhis2.Request{Path: "me"})
				require.ErrorIs(t, err, context.Canceled)
				assert.False(t, dhis2.Retryable(err))
			})
		})
	}
}

// failing is a transport that gives an error.
type failing struct {
	wire *wire
	err  error
	sent int
}

func (f *failing) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/system/info") {
		return f.wire.RoundTrip(r)
	}
	if r.Body != nil {
		_ = r.Body.Close()
	}
	f.sent++
	return nil, f.err
}

func TestWhatWasNeverSentIsRepeated(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err   error
		sent  int
		retry bool
	}{
		"a refused connection":    {&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, 4, true},
		"an unknown name":         {&net.DNSError{Err: "no such host", Name: "planted"}, 4, true},
		"a reset: it may be done": {&net.OpError{Op: "read", Err: syscall.ECONNRESET}, 1, true},
		"something of ours":       {errors.New(`net/http: invalid header "planted"`), 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := &failing{wire: &wire{}, err: tt.err}
				c := newClient(t, f.wire, func(cfg *dhis2.Config) { cfg.HTTPClient = &http.Client{Transport: f} })
				_, err := c.Do(t.Context(), dhis2.Request{Method: http.MethodPost, Path: "tracker", Body: []byte("{}")})
				require.ErrorIs(t, err, tt.err)
				assert.Equal(t, tt.sent, f.sent)
				assert.Equal(t, tt.retry, dhis2.Retryable(err))
				assert.NotContains(t, err.Error(), "trackedEntit")
			})
		})
	}
}
