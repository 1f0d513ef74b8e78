package golden

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// Request is what a recorded client sends through the router.
type Request struct {
	Method  string      `json:"method"`
	Path    string      `json:"path"`
	Headers [][2]string `json:"headers"`
	Body    *Body       `json:"body"`
}

// ClientAnswer is what a recorded client got.
type ClientAnswer struct {
	Status  int         `json:"status"`
	Headers [][2]string `json:"headers"`
	Body    *Body       `json:"body"`
	Error   string      `json:"error"`

	// Raw is the body as it came.
	Raw []byte `json:"-"`
}

// Send writes the request to conn as the recorder did and reads the answer; it
// waits for at most patience.
func (q *Request) Send(conn net.Conn, patience time.Duration) (*ClientAnswer, error) {
	message, err := q.message(conn.RemoteAddr().String())
	if err != nil {
		return nil, err
	}
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, fmt.Errorf("golden: deadline: %w", err)
	}
	if _, err := conn.Write(message); err != nil {
		return &ClientAnswer{Error: lost(err, "connection closed without an answer")}, nil
	}
	r := bufio.NewReader(conn)
	for {
		line, headers, err := readHead(r)
		if err != nil {
			return &ClientAnswer{Error: lost(err, "connection closed without an answer")}, nil
		}
		_, rest, _ := strings.Cut(line, " ")
		status, _ := strconv.Atoi(rest[:min(3, len(rest))])
		if status == 100 {
			continue
		}
		answer := &ClientAnswer{Status: status, Headers: withoutHop(headers)}
		answer.Raw, err = readClientBody(r, q.Method, status, headers)
		if err != nil {
			answer.Error = lost(err, "connection lost inside the body")
		}
		return answer, nil
	}
}

func lost(err error, otherwise string) string {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return "no answer within 7000 ms"
	}
	return otherwise
}

func (q *Request) message(host string) ([]byte, error) {
	body, err := q.Body.Bytes()
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.WriteString(q.Method + " " + q.Path + " HTTP/1.1\r\nHost: " + host + "\r\n")
	for _, h := range q.Headers {
		out.WriteString(h[0] + ": ")
		out.Write(toLatin1(h[1]))
		out.WriteString("\r\n")
	}
	length, chunked := bodyFraming(q.Headers)
	if body != nil && length < 0 && !chunked {
		fmt.Fprintf(&out, "Content-Length: %d\r\n", len(body))
		length = len(body)
	}
	out.WriteString("Connection: close\r\n")
	if length < 0 && !chunked && (q.Method == http.MethodPost || q.Method == http.MethodPut || q.Method == http.MethodPatch) {
		// Node's client, with which was recorded, announces a body for these.
		out.WriteString("Transfer-Encoding: chunked\r\n")
		chunked = true
	}
	out.WriteString("\r\n")
	if chunked {
		if len(body) > 0 {
			fmt.Fprintf(&out, "%x\r\n%s\r\n", len(body), body)
		}
		out.WriteString("0\r\n\r\n")
	} else {
		out.Write(body)
	}
	return out.Bytes(), nil
}

func readClientBody(r *bufio.Reader, method string, status int, headers [][2]string) ([]byte, error) {
	if method == "HEAD" || status < 200 || status == 204 || status == 304 {
		return nil, nil
	}
	length, chunked := bodyFraming(headers)
	switch {
	case chunked:
		return readChunks(r)
	case length >= 0:
		body, err := io.ReadAll(io.LimitReader(r, int64(length)))
		if err == nil && len(body) < length {
			err = io.ErrUnexpectedEOF
		}
		return body, err
	default:
		return io.ReadAll(r)
	}
}

func withoutHop(headers [][2]string) [][2]string {
	var out [][2]string
	for _, h := range headers {
		switch strings.ToLower(h[0]) {
		case "date", "connection", "keep-alive":
		default:
			out = append(out, h)
		}
	}
	return out
}

// Matches lists how got differs from the recorded answer. Compressed bodies are
// compared by what they hold.
func (a *ClientAnswer) Matches(names *Bindings, got *ClientAnswer) []string {
	if a.Error != "" || got.Error != "" {
		if a.Error != got.Error {
			return []string{fmt.Sprintf("client: want error %q, got %q (status %d)", a.Error, got.Error, got.Status)}
		}
		return nil
	}
	var diffs []string
	if a.Status != got.Status {
		diffs = append(diffs, fmt.Sprintf("client: want status %d, got %d", a.Status, got.Status))
	}
	for _, d := range names.MatchHeaders(a.Headers, got.Headers) {
		diffs = append(diffs, "client: "+d)
	}
	encoding := ""
	for _, h := range a.Headers {
		if strings.EqualFold(h[0], "content-encoding") {
			encoding = h[1]
		}
	}
	if want, err := a.Body.Bytes(); err == nil && encoding != "" {
		w, errW := decompressed(encoding, want)
		g, errG := decompressed(encoding, got.Raw)
		if errW == nil && errG == nil {
			if !bytes.Equal(w, g) {
				diffs = append(diffs, fmt.Sprintf("client: decompressed body: want %s, got %s", brief(string(w)), brief(string(g))))
			}
			return diffs
		}
	}
	if d := a.Body.Matches(names, got.Raw); d != "" {
		diffs = append(diffs, "client: body: "+d)
	}
	return diffs
}

func decompressed(encoding string, raw []byte) ([]byte, error) {
	var r io.Reader
	var err error
	switch encoding {
	case "gzip":
		r, err = gzip.NewReader(bytes.NewReader(raw))
	case "deflate":
		r, err = zlib.NewReader(bytes.NewReader(raw))
	default:
		return nil, fmt.Errorf("golden: encoding %q", encoding)
	}
	if err != nil {
		return nil, fmt.Errorf("golden: %w", err)
	}
	return io.ReadAll(r)
}

// MatchReceived lists how got differs from a recorded request at the mediator.
func (b *Bindings) MatchReceived(want, got Received) []string {
	var diffs []string
	if want.Method != got.Method {
		diffs = append(diffs, fmt.Sprintf("mediator got %s, want %s", got.Method, want.Method))
	}
	if d := b.matchText(want.Target, got.Target); d != "" {
		diffs = append(diffs, "mediator: target: "+d)
	}
	for _, d := range b.MatchHeaders(want.Headers, got.Headers) {
		diffs = append(diffs, "mediator: "+d)
	}
	if d := want.Body.Matches(b, got.Raw); d != "" {
		diffs = append(diffs, "mediator: body: "+d)
	}
	if complete := want.BodyComplete == nil || *want.BodyComplete; complete != got.Complete {
		diffs = append(diffs, fmt.Sprintf("mediator: body complete: want %t, got %t", complete, got.Complete))
	}
	return diffs
}
