package dhis2_test

import (
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
)

// errShutdown is why a caller gives up.
var errShutdown = errors.New("shutting down")

func TestACallerWhoGivesUpWithACauseIsToldBoth(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	w := &wire{answer: func(int, *http.Request) *reply {
		cancel(errShutdown)
		return nil
	}}
	err := newClient(t, w).Get(ctx, "me", nil, &struct{}{})
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, err, errShutdown)
	assert.False(t, dhis2.Retryable(err))
	assert.Len(t, w.calls(), 1)
}

func TestThoseWhoWaitForAProbeDoNotEndWithItsCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		var asked atomic.Int32
		w := &wire{}
		c := newClient(t, w, func(cfg *dhis2.Config) {
			cfg.HTTPClient = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				if strings.HasSuffix(r.URL.Path, "/system/info") && asked.Add(1) == 1 {
					<-r.Context().Done()
					return nil, context.Cause(r.Context())
				}
				return w.RoundTrip(r)
			})}
		})
		var wait sync.WaitGroup
		wait.Go(func() {
			_, err := c.Server(ctx)
			assert.ErrorIs(t, err, context.Canceled)
			assert.ErrorIs(t, err, errShutdown)
		})
		synctest.Wait()
		for range 20 {
			wait.Go(func() {
				assert.NoError(t, c.Get(t.Context(), "me", nil, &struct{}{}))
			})
		}
		synctest.Wait()
		cancel(errShutdown)
		wait.Wait()
		assert.Less(t, asked.Load(), int32(5))
	})
}

func TestNoBoundOnAnAnswerIsNoEmptyAnswer(t *testing.T) {
	t.Parallel()
	w := &wire{answer: always(http.StatusOK, `{"id":"a"}`)}
	res, err := newClient(t, w).Do(t.Context(), dhis2.Request{Path: "me", MaxBody: math.MaxInt64})
	require.NoError(t, err)
	assert.JSONEq(t, `{"id":"a"}`, string(res.Body))
}

// http2Server speaks HTTP/2, as proxies do.
func http2Server(t *testing.T, h http.HandlerFunc) (*httptest.Server, *http.Client) {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	return s, s.Client()
}

func TestAnHTTP2StreamThatIsCutIsRepeated(t *testing.T) {
	t.Parallel()
	for name, begun := range map[string]bool{"before the answer": false, "in the answer": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var n atomic.Int32
			s, client := http2Server(t, func(w http.ResponseWriter, r *http.Request) {
				assert.Equal(t, 2, r.ProtoMajor)
				if n.Add(1) == 1 {
					if begun {
						_, _ = w.Write([]byte(`{"id":`))
						_ = http.NewResponseController(w).Flush()
					}
					panic(http.ErrAbortHandler)
				}
				_, _ = w.Write([]byte(`{"id":"a"}`))
			})
			c, err := dhis2.New(t.Context(), dhis2.Config{
				URL: s.URL, Auth: dhis2.Bearer(dhis2.TokenSourceFunc(func(context.Context) (string, error) { return "t", nil })),
				HTTPClient: client, Lazy: true, MinWait: time.Millisecond,
			})
			require.NoError(t, err)
			_, err = c.Do(t.Context(), dhis2.Request{
				Method: http.MethodPost, Path: "tracker", Body: []byte(`{}`), Repeat: dhis2.RepeatSafe,
			})
			require.NoError(t, err)
			assert.EqualValues(t, 2, n.Load())
		})
	}
}

// errIdle is what net/http says of a connection that the server closed while it
// was being taken for a POST.
var errIdle = errors.New("http: server closed idle connection")

func TestAConnectionThatWasClosedWhileIdleIsNotTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &wire{}
		first := true
		client := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			if first {
				first = false
				return nil, errIdle
			}
			return w.RoundTrip(r)
		})}
		c := newClient(t, w, func(cfg *dhis2.Config) {
			cfg.HTTPClient = client
			cfg.Auth = dhis2.Bearer(dhis2.TokenSourceFunc(func(context.Context) (string, error) { return "t", nil }))
		})
		_, err := c.Do(t.Context(), dhis2.Request{
			Method: http.MethodPost, Path: "tracker", Body: []byte(`{}`), Repeat: dhis2.RepeatSafe,
		})
		require.NoError(t, err)
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestA404ThatIsNotOfDHIS2DoesNotSayThatAnObjectIsGone(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]*reply{
		"a page of a container without DHIS2": response(404, page, "Content-Type", "text/html;charset=utf-8"),
		"JSON of a gateway":                   response(404, `{"message":"no Route matched with those values"}`),
		"nothing":                             response(404, ""),
	} {
		w := &wire{answer: func(int, *http.Request) *reply { return answer }}
		err := newClient(t, w).DataStore("a").Get(t.Context(), "b", &struct{}{})
		require.NotErrorIs(t, err, dhis2.ErrNotFound, name)
		var refused *dhis2.Error
		require.ErrorAs(t, err, &refused, name)
		assert.Equal(t, 404, refused.Status, name)
	}
	w := &wire{answer: always(404, `{"httpStatus":"Not Found","httpStatusCode":404,"status":"ERROR","errorCode":"E1005"}`)}
	require.ErrorIs(t, newClient(t, w).DataStore("a").Get(t.Context(), "b", &struct{}{}), dhis2.ErrNotFound)
}

func TestSystemInfoOfOtherTypesIsReadAsFarAsItCan(t *testing.T) {
	t.Parallel()
	w := &wire{info: `{"version":"2.43.1","readOnlyMode":true,"systemName":null,"revision":7,"serverTimeZoneId":"Africa/Nairobi","calendar":["x"]}`}
	server, err := newClient(t, w).Server(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 43, server.Version.Minor)
	assert.True(t, server.ReadOnly)
	for _, info := range []string{`null`, `[]`, `{}`, `"2.43.1"`, `{"version":2.43}`, `{"version":null}`} {
		_, err := newClient(t, &wire{info: info}).Server(t.Context())
		require.Error(t, err, info)
	}
}

func TestAnswersThatHoldNothingAreErrors(t *testing.T) {
	t.Parallel()
	const uid = "Kj6vYde4LHh"
	for _, body := range []string{`null`, `{}`, `{"value":""}`, `{"id":null}`} {
		c := newClient(t, &wire{answer: always(http.StatusOK, body)})
		_, err := c.GenerateValue(t.Context(), uid, nil)
		require.Error(t, err, "generate %s", body)
		_, err = c.Me(t.Context())
		require.Error(t, err, "me %s", body)
		_, err = c.FileResource(t.Context(), uid)
		require.Error(t, err, "file %s", body)
	}
	for _, body := range []string{`null`, `[]`, `[{"value":"1"}]`, `[{"value":"1"},{}]`, `[{"value":"1"},{"value":"1"}]`} {
		_, err := newClient(t, &wire{answer: always(http.StatusOK, body)}).ReserveValues(t.Context(), uid, 2, 0, nil)
		require.Error(t, err, "reserve %s", body)
	}
	_, err := newClient(t, &wire{answer: always(http.StatusOK, `{"codes":["x"]}`)}).GenerateUIDs(t.Context(), 1)
	require.Error(t, err)
}

func TestAPasswordThatIsRefusedAfterUselessSessionsIsNotSentAgain(t *testing.T) {
	t.Parallel()
	var passwords atomic.Int32
	w := &wire{}
	w.front = func(r *http.Request) *reply {
		if _, _, ok := r.BasicAuth(); !ok {
			return response(http.StatusUnauthorized, unauthorized)
		}
		passwords.Add(1)
		if strings.HasSuffix(r.URL.Path, "/system/info") {
			return nil // it opens sessions, none of which is any good
		}
		return response(http.StatusUnauthorized, unauthorized)
	}
	c := newClient(t, w)
	for range 10 {
		require.ErrorIs(t, c.Get(t.Context(), "me", nil, &struct{}{}), dhis2.ErrUnauthorized)
	}
	assert.EqualValues(t, 3, passwords.Load(), "two sessions, and one request without")
}

// What a gateway says of everything must not be taken for what the server says of
// one object: an importer would give up one after the other.
func TestOnlyDHIS2ItselfRefusesAPayloadForItsContent(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, body, kind string
		status           int
		verdict          dhis2.Verdict
	}{
		{"a page with 400", `<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>`, "text/html", 400, dhis2.VerdictOperator},
		{"JSON of a gateway with 400", `{"message":"bad"}`, "application/json", 400, dhis2.VerdictOperator},
		{"a page with 409", page, "text/html", 409, dhis2.VerdictOperator},
		{"nothing with 422", "", "application/json", 422, dhis2.VerdictOperator},
		{"a page with 413, of nginx", page, "text/html", 413, dhis2.VerdictSplit},
		{"DHIS2 with 400", `{"httpStatusCode":400}`, "application/json", 400, dhis2.VerdictSplit},
		{"DHIS2 with 409", conflict, "application/json", 409, dhis2.VerdictSplit},
	} {
		w := &wire{answer: always(tt.status, tt.body, "Content-Type", tt.kind)}
		_, err := newClient(t, w).Do(t.Context(), dhis2.Request{Method: http.MethodPost, Path: "tracker", Body: []byte(`{}`)})
		var refused *dhis2.Error
		require.ErrorAs(t, err, &refused, tt.name)
		assert.Equal(t, dhis2.ClassRequest, refused.Class, tt.name)
		assert.Equal(t, tt.verdict, refused.Verdict, tt.name)
	}
}

func TestAConflictThatIsCutIsAskedForAgain(t *testing.T) {
	t.Parallel()
	for name, cut := range map[string]*reply{
		"by a connection that ended": {status: 409, header: http.Header{"Content-Type": {"application/json"}}, body: io.MultiReader(
			strings.NewReader(report409[:40]), iotest.ErrReader(io.ErrUnexpectedEOF))},
		"by something in between": response(409, report409[:40]),
	} {
		synctest.Test(t, func(t *testing.T) {
			w := &wire{answer: func(n int, _ *http.Request) *reply {
				if n == 1 {
					return cut
				}
				return response(http.StatusOK, `{}`)
			}}
			_, err := newClient(t, w).Do(t.Context(), dhis2.Request{
				Method: http.MethodPost, Path: "tracker", Body: []byte(`{}`), Repeat: dhis2.RepeatSafe,
			})
			require.NoError(t, err, name)
			assert.Len(t, w.calls(), 2, name)
		})
	}
}

func TestAnAbsurdRetryAfterIsNoReasonToHurry(t *testing.T) {
	t.Parallel()
	for after, sent := range map[string]int{
		"99999999999":                   1,
		"99999999999999999999999999":    1,
		"2147483647":                    1,
		"Fri, 31 Dec 9999 23:59:59 GMT": 1,
		"-5":                            4,
		"soon":                          4,
		"NaN":                           4,
		"0":                             4,
		"Thu, 01 Jan 1970 00:00:00 GMT": 4,
	} {
		synctest.Test(t, func(t *testing.T) {
			w := &wire{answer: always(http.StatusServiceUnavailable, page, "Content-Type", "text/html", "Retry-After", after)}
			err := newClient(t, w).Get(t.Context(), "me", nil, &struct{}{})
			var refused *dhis2.Error
			require.ErrorAs(t, err, &refused, after)
			assert.Len(t, w.calls(), sent, after)
			assert.GreaterOrEqual(t, refused.RetryAfter, time.Duration(0), after)
		})
	}
}

func TestAProxyThatWantsCredentialsSaysNothingOfThePassword(t *testing.T) {
	t.Parallel()
	w := &wire{answer: func(n int, _ *http.Request) *reply {
		if n == 1 {
			return response(http.StatusProxyAuthRequired, page, "Content-Type", "text/html")
		}
		return response(http.StatusOK, `{}`)
	}}
	c := newClient(t, w)
	err := c.Get(t.Context(), "me", nil, &struct{}{})
	require.NotErrorIs(t, err, dhis2.ErrUnauthorized)
	var refused *dhis2.Error
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, dhis2.VerdictOperator, refused.Verdict)
	assert.Equal(t, 1, refused.Attempts)
	require.NoError(t, c.Get(t.Context(), "dataStore", nil, &struct{}{}))
	assert.Equal(t, 1, w.probes(), "the session is still good")
}
