package router

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Serve answers the connections of a listener until it is closed, then waits for
// the connections that are open. Every connection is closed when ctx is done.
func (r *Router) Serve(ctx context.Context, listener net.Listener, handle func(context.Context, *Request, net.Conn) *Answer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(r.ctx, cancel) //nolint:contextcheck // the router's own end, besides the caller's
	defer stop()
	var open sync.WaitGroup
	defer open.Wait()
	defer cancel()
	for {
		conn, err := listener.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return nil
			}
			return fmt.Errorf("router: accept: %w", err)
		}
		open.Go(func() { r.serveConn(ctx, conn, handle) })
	}
}

// keepAlive is how long a connection may stay without a request, as in Node.
const keepAlive = 5 * time.Second

func (r *Router) serveConn(ctx context.Context, conn net.Conn, handle func(context.Context, *Request, net.Conn) *Answer) {
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	input := newWatched(conn)
	defer input.wait()
	defer func() { _ = conn.Close() }()
	reader := bufio.NewReaderSize(input, 32<<10)
	for first := true; ; first = false {
		if !first {
			_ = conn.SetReadDeadline(time.Now().Add(keepAlive)) // a closed connection says so on Read
		}
		req, err := readRequest(reader, conn)
		_ = conn.SetReadDeadline(time.Time{})
		if err != nil {
			if errors.Is(err, errBadRequest) || errors.Is(err, errHeadTooLong) {
				_, _ = conn.Write([]byte("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"))
			}
			return
		}
		if ip, _, err := net.SplitHostPort(conn.RemoteAddr().String()); err == nil {
			req.RemoteIP = ip
		}
		gone, cancel := context.WithCancel(ctx)
		input.watch(cancel)
		answer := handle(gone, req, conn)
		cancel()
		if answer == nil || answer.Hangup {
			return
		}
		closing := !persistent(req)
		if err := answer.write(conn, req.Method, closing, r.deps.Clock()); err != nil || closing || answer.Body == nil && !bodyless(answer, req.Method) {
			return
		}
	}
}

// bodyless tells that the end of an answer without a body is clear to the client.
func bodyless(a *Answer, method string) bool {
	return method == http.MethodHead || a.Status == http.StatusNoContent || a.Status == http.StatusNotModified
}

func persistent(req *Request) bool {
	for _, h := range req.Headers {
		if strings.EqualFold(h.Name, "connection") {
			value := strings.ToLower(h.Value)
			return !strings.Contains(value, "close")
		}
	}
	return true
}

// readRequest reads one request; the error is io.EOF at the connection's end.
func readRequest(r *bufio.Reader, w io.Writer) (*Request, error) {
	left := maxHead
	var line []byte
	for len(line) == 0 {
		var err error
		if line, err = readLine(r, &left); err != nil {
			return nil, err
		}
	}
	method, rest, ok := strings.Cut(string(line), " ")
	target, version, ok2 := strings.Cut(rest, " ")
	if !ok || !ok2 || !isToken(method) || target == "" || !strings.HasPrefix(version, "HTTP/1.") {
		return nil, fmt.Errorf("%w: request line", errBadRequest)
	}
	headers, err := readHeaders(r, &left)
	if err != nil {
		return nil, err
	}
	req := &Request{Method: method, Target: latin1([]byte(target)), Headers: headers}
	length, chunked := -1, false
	for _, h := range headers {
		switch strings.ToLower(h.Name) {
		case "content-length":
			n, err := strconv.ParseUint(h.Value, 10, 62)
			if err != nil {
				return nil, fmt.Errorf("%w: Content-Length", errBadRequest)
			}
			length = int(n)
		case "transfer-encoding":
			chunked = strings.Contains(strings.ToLower(h.Value), "chunked")
		case "expect":
			if strings.EqualFold(h.Value, "100-continue") {
				if _, err := io.WriteString(w, "HTTP/1.1 100 Continue\r\n\r\n"); err != nil {
					return nil, err
				}
			}
		}
	}
	switch {
	case chunked:
		req.Body, err = readChunked(r, maxUpstream)
	case length > 0:
		req.Body, err = readExactly(r, length, maxUpstream)
	}
	return req, err
}

// write sends the answer. Date and Connection come behind the others, as in Node.
func (a *Answer) write(w io.Writer, method string, closing bool, now time.Time) error {
	var head bytes.Buffer
	head.WriteString("HTTP/1.1 " + strconv.Itoa(a.Status) + " " + a.Reason + "\r\n")
	hasDate, hasConnection := false, false
	for _, h := range a.Headers {
		name := h.Name
		switch strings.ToLower(name) {
		case "date":
			hasDate = true
		case "connection":
			hasConnection = true
		}
		head.WriteString(name + ": ")
		if a.UTF8 && method != http.MethodHead && len(a.Body) > 0 {
			head.WriteString(h.Value)
		} else {
			head.Write(wire(h.Value))
		}
		head.WriteString("\r\n")
	}
	if !hasDate {
		head.WriteString("Date: " + now.UTC().Format(http.TimeFormat) + "\r\n")
	}
	if !hasConnection {
		if closing || a.Body == nil && !bodyless(a, method) {
			head.WriteString("Connection: close\r\n")
		} else {
			head.WriteString("Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n")
		}
	}
	head.WriteString("\r\n")
	switch {
	case method == http.MethodHead || a.Body == nil:
	case a.Chunked:
		if len(a.Body) > 0 {
			head.WriteString(strconv.FormatInt(int64(len(a.Body)), 16) + "\r\n")
			head.Write(a.Body)
			head.WriteString("\r\n")
		}
		head.WriteString("0\r\n\r\n")
	default:
		head.Write(a.Body)
	}
	_, err := w.Write(head.Bytes())
	return err
}
