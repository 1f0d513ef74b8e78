package openhimtest

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/router"
)

// Side is one of the two servers of a core.
type Side string

// The sides a [Call] can come to.
const (
	SideAPI    Side = "api"
	SideRouter Side = "router"
)

// Call is a request before the core answers it.
type Call struct {
	Side   Side
	Method string
	// Path and Query as they came, still escaped.
	Path, Query string
	Header      http.Header
}

// Fault is what happens to a call. The zero value lets it pass.
type Fault struct {
	// Delay waits before anything else.
	Delay time.Duration
	// Status answers instead of the core; Header and Body go with it.
	Status int
	Header http.Header
	Body   string
	// Reset breaks the connection (RST) instead of answering: before the core has
	// seen the call, or with AfterWork when it has done its work.
	Reset     bool
	AfterWork bool
	// Cut breaks the connection after CutAfter bytes of the answer's body, of which
	// Content-Length promises all.
	Cut      bool
	CutAfter int
}

type interceptor struct{ decide func(*Call) *Fault }

// Intercept lets decide look at every call to the API and the router; the first
// interceptor that gives a Fault other than nil wins. It is called from many
// goroutines. remove takes it away again.
func (c *Core) Intercept(decide func(*Call) *Fault) (remove func()) {
	added := &interceptor{decide}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.interceptors = append(c.interceptors, added)
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.interceptors = slices.DeleteFunc(c.interceptors, func(i *interceptor) bool { return i == added })
	}
}

func (c *Core) fault(call *Call) Fault {
	c.mu.Lock()
	all := slices.Clone(c.interceptors)
	c.mu.Unlock()
	for _, i := range all {
		if f := i.decide(call); f != nil {
			return *f
		}
	}
	return Fault{}
}

func pause(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// interceptAPI puts the interceptors before the API.
func (c *Core) interceptAPI(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fault := c.fault(&Call{Side: SideAPI, Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, Header: r.Header.Clone()})
		pause(r.Context(), fault.Delay)
		switch {
		case fault.Reset && !fault.AfterWork:
			breakHTTP(w, nil)
		case fault.Reset:
			next.ServeHTTP(httptest.NewRecorder(), r)
			breakHTTP(w, nil)
		case fault.Cut:
			rec := httptest.NewRecorder()
			if fault.Status != 0 {
				fault.write(rec)
			} else {
				next.ServeHTTP(rec, r)
			}
			breakHTTP(w, cutMessage(rec, fault.CutAfter))
		case fault.Status != 0:
			fault.write(w)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func (f *Fault) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), f.Header)
	w.WriteHeader(f.Status)
	_, _ = w.Write([]byte(f.Body)) // the client may be gone
}

// cutMessage is the head of an answer and the first bytes of its body.
func cutMessage(rec *httptest.ResponseRecorder, after int) []byte {
	body := rec.Body.Bytes()
	var out bytes.Buffer
	fmt.Fprintf(&out, "HTTP/1.1 %d %s\r\n", rec.Code, http.StatusText(rec.Code))
	rec.Header().Del("Content-Length")
	_ = rec.Header().Write(&out) // a Buffer takes everything
	fmt.Fprintf(&out, "Content-Length: %d\r\n\r\n", len(body))
	out.Write(body[:min(max(after, 0), len(body))])
	return out.Bytes()
}

// breakHTTP writes what is given and breaks the connection.
func breakHTTP(w http.ResponseWriter, message []byte) {
	hijacker, ok := w.(http.Hijacker)
	if !ok {
		panic(http.ErrAbortHandler)
	}
	conn, _, err := hijacker.Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	breakConn(conn, message)
}

func breakConn(conn net.Conn, message []byte) {
	if len(message) > 0 {
		_, _ = conn.Write(message) // the client may be gone
	}
	below := conn
	if secured, ok := conn.(interface{ NetConn() net.Conn }); ok {
		below = secured.NetConn()
	}
	switch raw := below.(type) {
	case *net.TCPConn:
		_ = raw.SetLinger(0)
	case interface{ Reset() }:
		if len(message) == 0 { // a reset would take back what was written
			raw.Reset()
		}
	}
	_ = below.Close()
}

// handle is the router's side: interceptors, then the core.
func (c *Core) handle(ctx context.Context, r *router.Router, req *router.Request, conn net.Conn) *router.Answer {
	path, query, _ := strings.Cut(req.Target, "?")
	header := http.Header{}
	for _, h := range req.Headers {
		header.Add(h.Name, h.Value)
	}
	fault := c.fault(&Call{Side: SideRouter, Method: req.Method, Path: path, Query: query, Header: header})
	pause(ctx, fault.Delay)
	if fault.Reset && !fault.AfterWork {
		breakConn(conn, nil)
		return &router.Answer{Hangup: true}
	}
	var answer *router.Answer
	if fault.Status != 0 {
		answer = fault.answer()
	} else {
		answer = r.Handle(ctx, req)
		c.stored(conn.RemoteAddr().String(), answer)
	}
	switch {
	case fault.Reset:
		breakConn(conn, nil)
		return &router.Answer{Hangup: true}
	case fault.Cut && !answer.Hangup:
		breakConn(conn, cutAnswer(answer, fault.CutAfter))
		return &router.Answer{Hangup: true}
	}
	return answer
}

func (f *Fault) answer() *router.Answer {
	answer := &router.Answer{Status: f.Status, Reason: http.StatusText(f.Status), Body: []byte(f.Body)}
	for name, values := range f.Header {
		for _, value := range values {
			answer.Headers = append(answer.Headers, router.Header{Name: name, Value: value})
		}
	}
	answer.Headers = append(answer.Headers, router.Header{Name: "Content-Length", Value: strconv.Itoa(len(f.Body))})
	return answer
}

func cutAnswer(a *router.Answer, after int) []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "HTTP/1.1 %d %s\r\n", a.Status, a.Reason)
	for _, h := range a.Headers {
		if !strings.EqualFold(h.Name, "Content-Length") && !strings.EqualFold(h.Name, "Transfer-Encoding") {
			fmt.Fprintf(&out, "%s: %s\r\n", h.Name, h.Value)
		}
	}
	fmt.Fprintf(&out, "Content-Length: %d\r\n\r\n", len(a.Body))
	out.Write(a.Body[:min(max(after, 0), len(a.Body))])
	return out.Bytes()
}
