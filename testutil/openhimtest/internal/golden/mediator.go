package golden

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Answer is what a recorded mediator answers.
type Answer struct {
	Status    int             `json:"status"`
	Headers   [][2]string     `json:"headers"`
	Body      *Body           `json:"body"`
	Framing   json.RawMessage `json:"framing"`
	DelayMs   int             `json:"delayMs"`
	Drip      *Drip           `json:"drip"`
	Cut       *Cut            `json:"cut"`
	Stall     *int            `json:"stallAfterBytes"`
	Behaviour string          `json:"behaviour"`
	Raw       *Body           `json:"raw"`
}

// Drip is a body in pieces.
type Drip struct {
	Bytes   int `json:"bytes"`
	EveryMs int `json:"everyMs"`
}

// Cut is the end of a connection inside a body.
type Cut struct {
	AfterBytes int    `json:"afterBytes"`
	How        string `json:"how"`
}

// Received is a request as the mediator saw it.
type Received struct {
	Method       string      `json:"method"`
	Target       string      `json:"target"`
	Headers      [][2]string `json:"headers"`
	Body         *Body       `json:"body"`
	BodyComplete *bool       `json:"bodyComplete"`

	// Raw is the body's bytes as they came, Complete whether all announced came.
	Raw      []byte `json:"-"`
	Complete bool   `json:"-"`
}

// Mediator is a scripted mediator: it answers to the byte what it is told. Safe for
// concurrent use.
type Mediator struct {
	listener net.Listener
	answer   func(Received) *Answer
	done     chan struct{}
	work     sync.WaitGroup

	mu       sync.Mutex
	received []Received
}

// StartMediator listens on the listener; answer gives the answer to a request, nil
// for 404 "recorder: no answer". Close it.
func StartMediator(listener net.Listener, answer func(Received) *Answer) *Mediator {
	m := &Mediator{listener: listener, answer: answer, done: make(chan struct{})}
	m.work.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			m.work.Go(func() { m.serve(conn) })
		}
	})
	return m
}

// Port is the number of the mediator's port.
func (m *Mediator) Port() string {
	_, port, err := net.SplitHostPort(m.listener.Addr().String())
	if err != nil {
		return ""
	}
	return port
}

// Received lists what came so far.
func (m *Mediator) Received() []Received {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]Received(nil), m.received...)
}

// Close ends all connections and waits for their goroutines.
func (m *Mediator) Close() {
	close(m.done)
	_ = m.listener.Close()
	m.work.Wait()
}

func (m *Mediator) pause(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-m.done:
		return false
	case <-timer.C:
		return true
	}
}

// bodyPatience is how long the next bytes of a body that was announced are waited for.
const bodyPatience = 1500 * time.Millisecond

// patient is a connection whose body may take its time, as long as it moves.
type patient struct {
	net.Conn
	body bool
}

// Read implements net.Conn.
func (p *patient) Read(b []byte) (int, error) {
	if p.body {
		_ = p.SetReadDeadline(time.Now().Add(bodyPatience)) // a closed connection says so on Read
	}
	return p.Conn.Read(b)
}

func (m *Mediator) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	stop := make(chan struct{})
	defer close(stop)
	m.work.Go(func() {
		select {
		case <-m.done:
			_ = conn.Close()
		case <-stop:
		}
	})
	got, err := readReceived(conn)
	if err != nil {
		return
	}
	m.mu.Lock()
	m.received = append(m.received, got)
	m.mu.Unlock()
	answer := m.answer(got)
	if answer == nil {
		text := "recorder: no answer"
		answer = &Answer{Status: 404, Body: &Body{Text: &text}}
	}
	m.play(conn, got, answer)
}

// play writes an answer as README.md describes.
func (m *Mediator) play(conn net.Conn, got Received, a *Answer) {
	if !m.pause(time.Duration(a.DelayMs) * time.Millisecond) {
		return
	}
	switch a.Behaviour {
	case "hang":
		<-m.done
		return
	case "reset":
		reset(conn)
		return
	case "close":
		return
	case "raw":
		raw, err := a.Raw.Bytes()
		if err == nil {
			_, _ = conn.Write(raw) // the core may be gone already
		}
		return
	}
	body, err := a.Body.Bytes()
	if err != nil {
		return
	}
	head, chunked := a.head(len(body))
	if got.Method == http.MethodHead || a.Status == http.StatusNoContent || a.Status == http.StatusNotModified {
		_, _ = conn.Write(head) // the core may be gone already
		return
	}
	if chunked {
		// The chunk's frame goes out with the head: a cut counts bytes of the body.
		head = append(head, []byte(strconv.FormatInt(int64(len(body)), 16)+"\r\n")...)
	}
	if a.Drip == nil && a.Cut == nil && a.Stall == nil {
		message := append(head, body...)
		if chunked {
			message = append(message, "\r\n0\r\n\r\n"...)
		}
		_, _ = conn.Write(message)
		return
	}
	if _, err := conn.Write(head); err != nil {
		return
	}
	m.pieces(conn, a, body)
}

func (m *Mediator) pieces(conn net.Conn, a *Answer, body []byte) {
	switch {
	case a.Cut != nil:
		_, _ = conn.Write(body[:min(a.Cut.AfterBytes, len(body))])
		m.pause(100 * time.Millisecond)
		if a.Cut.How == "reset" {
			reset(conn)
		}
	case a.Stall != nil:
		_, _ = conn.Write(body[:min(*a.Stall, len(body))])
		<-m.done
	default:
		for len(body) > 0 {
			n := min(a.Drip.Bytes, len(body))
			if _, err := conn.Write(body[:n]); err != nil {
				return
			}
			body = body[n:]
			if !m.pause(time.Duration(a.Drip.EveryMs) * time.Millisecond) {
				return
			}
		}
	}
}

// reset closes with RST instead of FIN.
func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	if r, ok := conn.(interface{ Reset() }); ok {
		r.Reset()
	}
	_ = conn.Close()
}

func (a *Answer) head(length int) (head []byte, chunked bool) {
	var out bytes.Buffer
	fmt.Fprintf(&out, "HTTP/1.1 %d X\r\n", a.Status)
	for _, h := range a.Headers {
		out.WriteString(h[0] + ": ")
		out.Write(toLatin1(h[1]))
		out.WriteString("\r\n")
	}
	var how string
	var lie struct{ ContentLength *int }
	_ = json.Unmarshal(a.Framing, &how) // one of the two fits
	_ = json.Unmarshal(a.Framing, &lie)
	switch {
	case how == "chunked":
		out.WriteString("Transfer-Encoding: chunked\r\n")
	case how == "close" || how == "none":
	case lie.ContentLength != nil:
		fmt.Fprintf(&out, "Content-Length: %d\r\n", *lie.ContentLength)
	default:
		fmt.Fprintf(&out, "Content-Length: %d\r\n", length)
	}
	out.WriteString("Connection: close\r\n\r\n")
	return out.Bytes(), how == "chunked"
}

// readReceived reads a request with the raw names of its headers.
func readReceived(conn net.Conn) (Received, error) {
	source := &patient{Conn: conn}
	r := bufio.NewReader(source)
	line, headers, err := readHead(r)
	if err != nil {
		return Received{}, err
	}
	method, rest, _ := strings.Cut(line, " ")
	target, _, _ := strings.Cut(rest, " ")
	got := Received{Method: method, Target: target, Headers: headers, Complete: true}
	length, chunked := bodyFraming(headers)
	source.body = true
	switch {
	case chunked:
		got.Raw, err = readChunks(r)
	case length > 0:
		got.Raw, err = io.ReadAll(io.LimitReader(r, int64(length)))
		if err == nil && len(got.Raw) < length {
			err = io.ErrUnexpectedEOF
		}
	}
	got.Complete = err == nil
	_ = conn.SetReadDeadline(time.Time{})
	return got, nil
}

// readHead reads a start line and headers, with raw names and Latin-1 values.
func readHead(r *bufio.Reader) (line string, headers [][2]string, err error) {
	lines := textproto.NewReader(r)
	if line, err = lines.ReadLine(); err != nil {
		return "", nil, fmt.Errorf("start line: %w", err)
	}
	for {
		text, err := lines.ReadLine()
		if err != nil {
			return line, headers, fmt.Errorf("headers: %w", err)
		}
		if text == "" {
			return line, headers, nil
		}
		name, value, _ := strings.Cut(text, ":")
		headers = append(headers, [2]string{name, fromLatin1(strings.Trim(value, " \t"))})
	}
}

func bodyFraming(headers [][2]string) (length int, chunked bool) {
	length = -1
	for _, h := range headers {
		switch strings.ToLower(h[0]) {
		case "content-length":
			if n, err := strconv.Atoi(h[1]); err == nil {
				length = n
			}
		case "transfer-encoding":
			chunked = strings.Contains(strings.ToLower(h[1]), "chunked")
		}
	}
	return length, chunked
}

func readChunks(r *bufio.Reader) ([]byte, error) {
	var body []byte
	lines := textproto.NewReader(r)
	for {
		line, err := lines.ReadLine()
		if err != nil {
			return body, noEOF(err)
		}
		n, err := strconv.ParseInt(strings.TrimSpace(line), 16, 32)
		if err != nil {
			return body, fmt.Errorf("chunk size: %w", err)
		}
		piece := make([]byte, n)
		if _, err := io.ReadFull(r, piece); err != nil {
			return body, noEOF(err)
		}
		body = append(body, piece...)
		if _, err := lines.ReadLine(); err != nil {
			return body, noEOF(err)
		}
		if n == 0 {
			return body, nil
		}
	}
}

func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func toLatin1(text string) []byte {
	out := make([]byte, 0, len(text))
	for _, r := range text {
		out = append(out, byte(r)) //nolint:gosec // recorded values are Latin-1
	}
	return out
}

func fromLatin1(raw string) string {
	runes := make([]rune, len(raw))
	for i := range len(raw) {
		runes[i] = rune(raw[i])
	}
	return string(runes)
}
