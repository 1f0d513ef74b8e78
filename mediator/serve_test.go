package mediator_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mediator"
	"github.com/openhim/mediator-go/mediator/openhim"
)

func echo(_ context.Context, req *mediator.Request) (*mediator.Response, error) {
	return mediator.Bytes(http.StatusOK, "text/plain; charset=utf-8", req.Body), nil
}

func TestAnOpenHIMRequestIsAnsweredWithAnEnvelope(t *testing.T) {
	t.Parallel()
	m := alone(t)
	m.Handle("POST /echo/{name}", func(_ context.Context, req *mediator.Request) (*mediator.Response, error) {
		req.Transaction.SetProperty("seen", req.PathValue("name"))
		return mediator.JSON(http.StatusCreated, map[string]string{"name": string(req.Body)})
	})
	rec := ask(t, m, http.MethodPost, "/echo/x", "ሀገር")
	e := envelopeIn(t, rec)
	assert.Equal(t, "urn:mediator:test", e.URN)
	assert.Equal(t, openhim.StatusSuccessful, e.Status)
	assert.Equal(t, http.StatusCreated, e.Response.Status)
	assert.Equal(t, `{"name":"ሀገር"}`, e.Response.Body)
	assert.Equal(t, "application/json", e.Response.Headers.Get("content-type"))
	assert.False(t, e.Response.Timestamp.IsZero())
	assert.Equal(t, openhim.Properties{"seen": "x"}, e.Properties)
	assert.Nil(t, e.Error)
	assert.Equal(t, strconv.Itoa(rec.Body.Len()), rec.Header().Get("Content-Length"))
}

func TestARequestWithoutOpenHIMGetsThePlainAnswer(t *testing.T) {
	t.Parallel()
	m := alone(t)
	m.Handle("POST /echo", echo)
	rec := askPlain(t, m, http.MethodPost, "/echo", "hello")
	assert.Equal(t, http.StatusOK, rec.Code)
	assert.Equal(t, "text/plain; charset=utf-8", rec.Header().Get("Content-Type"))
	assert.Equal(t, "hello", rec.Body.String())

	always := alone(t, func(c *mediator.Config) { c.AlwaysEnvelope = true })
	always.Handle("POST /echo", echo)
	assert.Equal(t, "hello", envelopeIn(t, askPlain(t, always, http.MethodPost, "/echo", "hello")).Response.Body)
}

func TestErrorsBecomeAnswersAndStatuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err    error
		code   int
		status openhim.Status
		body   string
		retry  bool
	}{
		"the caller's fault": {
			mediator.Errorf(http.StatusUnprocessableEntity, "the patient has no identifier"), 422, openhim.StatusCompleted,
			"the patient has no identifier", false,
		},
		"worth a retry": {
			&mediator.Error{Status: 503, Message: "DHIS2 is closed", Retry: true}, 503, openhim.StatusFailed, "DHIS2 is closed", true,
		},
		"anything else": {errors.New("Jane Doe"), 500, openhim.StatusFailed, "internal error", false},
		"a bad status":  {&mediator.Error{Status: 42, Message: "odd"}, 500, openhim.StatusFailed, "odd", false},
		"time is over":  {fmt.Errorf("query: %w", context.DeadlineExceeded), 504, openhim.StatusFailed, "took too long", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := alone(t)
			m.Handle("GET /", func(context.Context, *mediator.Request) (*mediator.Response, error) { return nil, tt.err })
			e := envelopeIn(t, ask(t, m, http.MethodGet, "/", ""))
			assert.Equal(t, tt.code, e.Response.Status)
			assert.Equal(t, tt.status, e.Status)
			assert.Contains(t, e.Response.Body, tt.body)
			assert.Contains(t, e.Response.Body, txID)
			assert.NotContains(t, e.Response.Body, "Jane")
			assert.Equal(t, tt.retry, e.Error != nil)
		})
	}
}

func TestUnknownPathsAndMethodsHaveTheShapeOfErrors(t *testing.T) {
	t.Parallel()
	m := alone(t)
	m.Handle("POST /echo", echo)
	e := envelopeIn(t, ask(t, m, http.MethodGet, "/nowhere", ""))
	assert.Equal(t, http.StatusNotFound, e.Response.Status)
	assert.Equal(t, openhim.StatusCompleted, e.Status)
	assert.Contains(t, e.Response.Body, `"error":"no such path here"`)
	e = envelopeIn(t, ask(t, m, http.MethodGet, "/echo", ""))
	assert.Equal(t, http.StatusMethodNotAllowed, e.Response.Status)
	assert.Equal(t, "POST", e.Response.Headers.Get("Allow"))
}

func TestAHandlersOwnNotFoundIsLeftAlone(t *testing.T) {
	t.Parallel()
	m := alone(t)
	m.Handle("GET /patient", func(context.Context, *mediator.Request) (*mediator.Response, error) {
		return mediator.Text(http.StatusNotFound, "no such patient"), nil
	})
	assert.Equal(t, "no such patient", envelopeIn(t, ask(t, m, http.MethodGet, "/patient", "")).Response.Body)
}

func TestAPanicIsA500WithItsStackInTheLogOnly(t *testing.T) {
	t.Parallel()
	logger, log := logTo()
	m := alone(t, func(c *mediator.Config) { c.Logger = logger })
	m.Handle("GET /", func(context.Context, *mediator.Request) (*mediator.Response, error) { panic("Jane Doe") })
	rec := ask(t, m, http.MethodGet, "/", "")
	e := envelopeIn(t, rec)
	assert.Equal(t, 500, e.Response.Status)
	assert.Equal(t, openhim.StatusFailed, e.Status)
	assert.NotContains(t, rec.Body.String(), "serve_test.go")
	assert.Contains(t, log.String(), "serve_test.go")
	assert.Contains(t, log.String(), txID)
	assert.NotContains(t, log.String()+rec.Body.String(), "Jane Doe")
}

func TestAHandlerThatTakesTooLongIsAnsweredFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := alone(t, func(c *mediator.Config) { c.RequestTimeout = 5 * time.Second; c.MaxLate = 1 })
		release := make(chan struct{})
		m.Handle("GET /", func(ctx context.Context, req *mediator.Request) (*mediator.Response, error) {
			_ = req.Transaction.Orchestrate(ctx, "before", func(context.Context) error { return nil })
			<-release
			assert.ErrorIs(t, ctx.Err(), context.DeadlineExceeded)
			return mediator.Accepted(func(context.Context) (*mediator.Response, error) {
				t.Error("nobody was told that this would be done")
				return &mediator.Response{}, nil
			}), nil
		})
		rec, done := httptest.NewRecorder(), make(chan struct{})
		go func() {
			defer close(done)
			req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
			req.Header.Set("X-OpenHIM-TransactionID", txID)
			m.ServeHTTP(rec, req)
		}()
		start := time.Now()
		time.Sleep(6 * time.Second) //nolint:forbidigo // of fake time
		synctest.Wait()
		require.True(t, rec.Flushed, "the caller has the answer while the handler is at it")
		assert.Less(t, time.Since(start), 7*time.Second)
		e := envelopeIn(t, rec)
		assert.Equal(t, http.StatusGatewayTimeout, e.Response.Status)
		assert.NotNil(t, e.Error)
		require.Len(t, e.Orchestrations, 1, "what was done is told")
		close(release)
		<-done
		synctest.Wait()
	})
}

func TestRequestBodiesAreBoundedAndUnzipped(t *testing.T) {
	t.Parallel()
	m := alone(t, func(c *mediator.Config) { c.MaxRequestBody = 100 })
	m.Handle("POST /", echo)
	zip := func(s string) string {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, err := io.WriteString(w, s)
		require.NoError(t, err)
		require.NoError(t, w.Close())
		return b.String()
	}
	for name, tt := range map[string]struct {
		body, encoding string
		code           int
		want           string
	}{
		"at the limit":        {strings.Repeat("x", 100), "", 200, strings.Repeat("x", 100)},
		"over the limit":      {strings.Repeat("x", 101), "", 413, "larger than 100 bytes"},
		"gzip":                {zip("hello"), "gzip", 200, "hello"},
		"gzip bomb":           {zip(strings.Repeat("x", 1<<20)), "gzip", 413, "larger than 100 bytes"},
		"gzip that is none":   {"hello", "gzip", 400, "not valid gzip"},
		"gzip cut off":        {zip("hello")[:12], "gzip", 400, "ended too early"},
		"an unknown encoding": {"hello", "br", 415, "not supported"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := envelopeIn(t, ask(t, m, http.MethodPost, "/", tt.body, "Content-Encoding", tt.encoding))
			assert.Equal(t, tt.code, e.Response.Status, e.Response.Body)
			assert.Contains(t, e.Response.Body, tt.want)
		})
	}
}

func TestDecodeNamesLineAndColumn(t *testing.T) {
	t.Parallel()
	m := alone(t)
	m.Handle("POST /", func(_ context.Context, req *mediator.Request) (*mediator.Response, error) {
		var doc struct {
			Name  string `json:"name"`
			Count int    `json:"count"`
		}
		if err := req.Decode(&doc); err != nil {
			return nil, err
		}
		return mediator.Text(200, doc.Name), nil
	})
	for name, tt := range map[string]struct {
		body, contentType string
		code              int
		want              string
	}{
		"good":                {`{"name":"ü"}`, "", 200, "ü"},
		"with a mark":         {"\xef\xbb\xbf{\"name\":\"x\"}", "", 200, "x"},
		"empty":               {"  ", "", 400, "the body is empty"},
		"syntax":              {"{\n  \"name\": \"Jane\",\n  oops\n}", "", 400, "line 3, column 3"},
		"cut off":             {`{"name":"Jane`, "", 400, "ends too early"},
		"a wrong type":        {"{\n\"count\": 98765.5}", "", 400, "count at line 2"},
		"latin-1, undeclared": {"{\"name\":\"caf\xe9\"}", "", 400, "not UTF-8 at line 1, column 13"},
		"latin-1, declared":   {"{\"name\":\"caf\xe9\"}", "application/json; charset=iso-8859-1", 200, "café"},
		"an unknown charset":  {`{}`, "application/json; charset=klingon", 415, "charset"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := envelopeIn(t, ask(t, m, http.MethodPost, "/", tt.body, "Content-Type", tt.contentType))
			assert.Equal(t, tt.code, e.Response.Status, e.Response.Body)
			assert.Contains(t, e.Response.Body, tt.want)
			if tt.code == 400 {
				assert.NotContains(t, e.Response.Body, "Jane")
				assert.NotContains(t, e.Response.Body, "98765")
			}
		})
	}
}

func TestABodyThatNeverComesIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	m := alone(t)
	m.Handle("/", func(_ context.Context, req *mediator.Request) (*mediator.Response, error) {
		body, err := io.ReadAll(req.Request.Body)
		return mediator.Text(200, req.Method+" "+strconv.Itoa(len(body))), err
	})
	server := httptest.NewServer(m)
	t.Cleanup(server.Close)
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		conn := dial(t, server.Listener.Addr())
		_, err := fmt.Fprintf(conn, "%s / HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\nX-OpenHIM-TransactionID: %s\r\n\r\n", method, txID)
		require.NoError(t, err)
		answer, err := io.ReadAll(conn) // until the mediator closes the connection
		require.NoError(t, err)
		assert.Contains(t, string(answer), `"body":"`+method+` 0"`)
	}
}

func TestMiddlewaresRunInOrderAroundMountedHandlersToo(t *testing.T) {
	t.Parallel()
	m := alone(t)
	var order []string
	note := func(name string) mediator.Middleware {
		return func(next mediator.Handler) mediator.Handler {
			return func(ctx context.Context, req *mediator.Request) (*mediator.Response, error) {
				order = append(order, name)
				return next(ctx, req)
			}
		}
	}
	m.HandleHTTP("POST /mounted", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Kind", "mounted")
		w.WriteHeader(http.StatusAccepted)
		_, _ = w.Write(body)
	}))
	m.Use(note("first"), note("second"))
	m.UseHTTP(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			order = append(order, "http")
			w.Header().Set("X-From", "http")
			next.ServeHTTP(w, r)
		})
	})
	e := envelopeIn(t, ask(t, m, http.MethodPost, "/mounted", "hello"))
	assert.Equal(t, []string{"http", "first", "second"}, order)
	assert.Equal(t, http.StatusAccepted, e.Response.Status)
	assert.Equal(t, "hello", e.Response.Body)
	assert.Equal(t, "mounted", e.Response.Headers.Get("X-Kind"))
	assert.Equal(t, "http", e.Response.Headers.Get("X-From"))
}

func TestRenderErrorShapesEveryError(t *testing.T) {
	t.Parallel()
	m := alone(t, func(c *mediator.Config) {
		c.RenderError = func(_ *mediator.Request, err *mediator.Error) *mediator.Response {
			return mediator.Bytes(err.Status, "application/fhir+json", []byte(`{"resourceType":"OperationOutcome"}`))
		}
	})
	m.Handle("GET /panic", func(context.Context, *mediator.Request) (*mediator.Response, error) { panic("x") })
	for path, code := range map[string]int{"/nowhere": 404, "/panic": 500} {
		e := envelopeIn(t, ask(t, m, http.MethodGet, path, ""))
		assert.Equal(t, code, e.Response.Status)
		assert.Equal(t, "application/fhir+json", e.Response.Headers.Get("Content-Type"))
	}
}
