package openhimtest

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// answer is what the suite's mediator writes, to the byte.
type answer struct {
	status  int // defaults to 200
	header  [][2]string
	body    string
	chunked bool
	// act is done instead of answering.
	act behaviour
	// held, when it is not nil, is waited for before the answer.
	held <-chan struct{}
}

// behaviour is what a broken mediator does.
type behaviour string

const (
	hang     behaviour = "hang"      // never answers
	hangUp   behaviour = "hang up"   // closes without an answer
	reset    behaviour = "reset"     // resets the connection
	cutReset behaviour = "cut reset" // resets in the middle of the body
)

// scriptedMediator is a raw server that answers each path as it was told. Safe for
// concurrent use.
type scriptedMediator struct {
	listener net.Listener
	closed   context.Context
	work     sync.WaitGroup

	mu       sync.Mutex
	answers  map[string]answer
	arrivals map[string][]arrival
}

func startScriptedMediator(t *testing.T, host string) *scriptedMediator {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		t.Fatalf("the suite's mediator: %v", err)
	}
	closed, shut := context.WithCancel(later(t))
	m := &scriptedMediator{listener: listener, closed: closed, answers: map[string]answer{}, arrivals: map[string][]arrival{}}
	m.work.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			m.work.Go(func() { m.serve(conn) })
		}
	})
	t.Cleanup(func() {
		shut()
		_ = listener.Close()
		m.work.Wait()
	})
	return m
}

func (m *scriptedMediator) port() int {
	return m.listener.Addr().(*net.TCPAddr).Port // it listens on tcp
}

// script says what is answered to a path from now on.
func (m *scriptedMediator) script(path string, a answer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.answers[path] = a
}

// at lists the requests that came to a path.
func (m *scriptedMediator) at(path string) []arrival {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]arrival(nil), m.arrivals[path]...)
}

func (m *scriptedMediator) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(m.closed, func() { _ = conn.Close() })
	defer stop()
	got, err := readArrival(conn)
	if err != nil {
		return
	}
	path, _, _ := strings.Cut(got.target, "?")
	m.mu.Lock()
	m.arrivals[path] = append(m.arrivals[path], got)
	a, known := m.answers[path]
	m.mu.Unlock()
	if !known {
		a = answer{status: 404, body: "the suite has no answer for this path"}
	}
	m.write(conn, got.method, a)
}

func (m *scriptedMediator) write(conn net.Conn, method string, a answer) {
	if a.held != nil {
		select {
		case <-a.held:
		case <-m.closed.Done():
		}
	}
	switch a.act {
	case hang:
		<-m.closed.Done()
		return
	case hangUp:
		return
	case reset:
		resetConn(conn)
		return
	case cutReset:
	}
	_, _ = conn.Write(a.message(method)) // the core may be gone already
	if a.act == cutReset {
		// The core reads the head first: a reset at once could overtake it.
		wait := time.NewTimer(100 * time.Millisecond)
		defer wait.Stop()
		select {
		case <-wait.C:
		case <-m.closed.Done():
		}
		resetConn(conn)
	}
}

// message is the answer to a request with this method.
func (a answer) message(method string) []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "HTTP/1.1 %d X\r\n", pick(a.status == 0, http.StatusOK, a.status))
	for _, h := range a.header {
		out.WriteString(h[0] + ": " + h[1] + "\r\n")
	}
	body := a.body
	switch {
	case method == http.MethodHead:
		fmt.Fprintf(&out, "Content-Length: %d\r\n", len(body))
		body = ""
	case a.chunked:
		out.WriteString("Transfer-Encoding: chunked\r\n")
		body = fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body)
	default:
		fmt.Fprintf(&out, "Content-Length: %d\r\n", len(body))
	}
	if a.act == cutReset {
		body = body[:len(body)/2]
	}
	out.WriteString("Connection: close\r\n\r\n" + body)
	return out.Bytes()
}

func resetConn(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
