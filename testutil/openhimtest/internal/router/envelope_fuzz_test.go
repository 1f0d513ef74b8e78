package router_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/memnet"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/model"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/router"
)

// fuzzWorld is a router whose mediator answers what it is told.
type fuzzWorld struct {
	router *router.Router
	db     *mongo.DB
	answer []byte
}

func newFuzzWorld(tb testing.TB, version string) *fuzzWorld {
	tb.Helper()
	set := model.New(version)
	w := &fuzzWorld{db: set.NewDB(time.Now)}
	channel, err := set.Schema(model.Channels).Cast(mongo.Doc{
		"name": "c", "urlPattern": "^/$", "authType": "public", "allow": []any{}, "methods": []any{"GET", "HEAD"},
		"routes": []any{mongo.Doc{"name": "m", "host": "m.test", "port": 1.0, "primary": true}},
	}, mongo.CastOptions{Validate: true})
	require.NoError(tb, err)
	_, err = w.db.Collection(model.Channels).Insert(channel)
	require.NoError(tb, err)
	w.router = router.New(router.Deps{DB: w.db, Models: set, Version: version, Timeout: time.Second, Dial: w.dial})
	tb.Cleanup(w.router.Close)
	return w
}

func (w *fuzzWorld) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	var network memnet.Network
	listener, err := network.Listen("m.test:1")
	if err != nil {
		return nil, err
	}
	go func() {
		defer func() { _ = listener.Close() }()
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		_, _ = conn.Read(make([]byte, 1))
		_, _ = conn.Write(w.answer)
		_ = conn.Close()
	}()
	return network.Dial(ctx, "m.test:1")
}

func (w *fuzzWorld) send(t *testing.T, method string) *router.Answer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	answer := w.router.Handle(ctx, &router.Request{
		Method: method, Target: "/", RemoteIP: "127.0.0.1",
		Headers: []router.Header{{Name: "Host", Value: "core"}, {Name: "Accept-Encoding", Value: "gzip"}},
	})
	require.NotNil(t, answer)
	if !answer.Hangup {
		require.GreaterOrEqual(t, answer.Status, 100)
		for _, h := range answer.Headers {
			require.NotContains(t, h.Name+h.Value, "\n", "a mediator must not split the client's headers")
		}
	}
	return answer
}

func seeds() []string {
	return []string{
		`{"status":"Successful","response":{"status":200,"headers":{"content-type":"text/plain","set-cookie":["a=b; Path=/"]},"body":"x","timestamp":"2024-01-02T03:04:05.000Z"}}`,
		`{"response":{"status":"302","headers":{"location":"back","x":["1",2]},"body":{"a":[1,null]}},"orchestrations":[{"name":"s","request":{"timestamp":1,"body":"b"},"response":{"timestamp":"x","body":"c"}}],"properties":{"a.b":1},"error":{"message":{}}}`,
		`{"response":{"status":204,"headers":["x"],"body":null,"timestamp":{}},"orchestrations":[null,"abc",{"request":null}],"error":false}`,
		`{"response":{"status":200,"headers":{"":"1"}},"orchestrations":{"length":9e9}}`,
		`[[[[`, `null`, `"text"`, `{"a":"\ud800\u0000"}`, "\xff\xfe", ``,
	}
}

// Whatever an envelope holds, the core answers the client or hangs up, and goes on.
func FuzzEnvelope(f *testing.F) {
	for _, seed := range seeds() {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	modern, old := newFuzzWorld(f, "8.5.0"), newFuzzWorld(f, "4.0.5")
	f.Fuzz(func(t *testing.T, envelope []byte, newer bool) {
		w := old
		if newer {
			w = modern
		}
		w.answer = append([]byte("HTTP/1.1 200 OK\r\nContent-Type: application/json+openhim\r\nConnection: close\r\n\r\n"), envelope...)
		w.send(t, "GET")
	})
}

// Whatever a mediator writes to its socket, the core answers the client or hangs up.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxyz", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.0 200\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", "HTTP/1.1 99 X\r\n\r\n", "hello",
		"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08", "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("a", 17000),
		"HTTP/1.1 302 F\r\nLocation: http://\r\nSet-Cookie: a\r\nContent-Length: 0\r\n\r\n",
	} {
		f.Add([]byte(seed), true)
	}
	modern, old := newFuzzWorld(f, "8.5.0"), newFuzzWorld(f, "4.0.5")
	f.Fuzz(func(t *testing.T, answer []byte, newer bool) {
		w := old
		if newer {
			w = modern
		}
		w.answer = answer
		w.send(t, "GET")
		w.send(t, "HEAD")
	})
}
