package router

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/router/js"
)

// Header is one header as it stands on the wire. Values are Latin-1 there and
// UTF-8 here, as in Node.
type Header struct{ Name, Value string }

// maxHead bounds a message's head; Node's limit is 16 KiB for the headers.
const maxHead = 64 << 10

var (
	errHeadTooLong  = errors.New("message head too long")
	errBodyTooLong  = errors.New("message body too long")
	errBadRequest   = errors.New("not an HTTP request")
	errNoCR         = errors.New("line without CR")
	errChunkFraming = errors.New("bad chunk framing")
)

// Request is a client's request as it came.
type Request struct {
	Method, Target string
	Headers        []Header
	Body           []byte
	// RemoteIP of the client.
	RemoteIP string
	// TLS tells that it came over TLS.
	TLS bool
}

// Answer is what the client gets.
type Answer struct {
	Status  int
	Reason  string
	Headers []Header
	// Body is nil where HTTP allows none; then Content-Length is not added.
	Body []byte
	// Chunked sends the body in chunks.
	Chunked bool
	// UTF8 header values, as Node sends them before a text body; else Latin-1.
	UTF8 bool
	// Hangup closes the connection without an answer.
	Hangup bool
	// Transaction that was stored; empty for none.
	Transaction mongo.ObjectID
}

// latin1 makes text of bytes, and wire the bytes of text.
func latin1(raw []byte) string {
	runes := make([]rune, len(raw))
	for i, b := range raw {
		runes[i] = rune(b)
	}
	return string(runes)
}

func wire(text string) []byte {
	out := make([]byte, 0, len(text))
	for _, r := range text {
		out = append(out, byte(r)) //nolint:gosec // Node's latin1 keeps the low byte
	}
	return out
}

// readLine reads a line without its end, LF or CRLF; left counts down what may be
// read.
func readLine(r *bufio.Reader, left *int) ([]byte, error) {
	line, err := readStrictLine(r, left)
	if errors.Is(err, errNoCR) {
		err = nil
	}
	return line, err
}

// readStrictLine is readLine that says errNoCR, with the line, when it ends in LF
// alone.
func readStrictLine(r *bufio.Reader, left *int) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		*left -= len(part)
		if *left < 0 {
			return nil, errHeadTooLong
		}
		line = append(line, part...)
		if err == nil {
			break
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			if errors.Is(err, io.EOF) && len(line) > 0 {
				err = io.ErrUnexpectedEOF
			}
			return line, err
		}
	}
	line = line[:len(line)-1]
	n := len(line)
	if n == 0 || line[n-1] != '\r' {
		return line, errNoCR
	}
	return line[:n-1], nil
}

// readHeaders reads header lines up to the empty one.
func readHeaders(r *bufio.Reader, left *int) ([]Header, error) {
	var headers []Header
	for {
		line, err := readLine(r, left)
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
		if len(line) == 0 {
			return headers, nil
		}
		name, value, found := strings.Cut(string(line), ":")
		if !found || name == "" || !isToken(name) {
			return nil, fmt.Errorf("%w: header line", errBadRequest)
		}
		headers = append(headers, Header{name, latin1([]byte(strings.Trim(value, " \t")))})
	}
}

func isToken(name string) bool {
	if name == "" {
		return false
	}
	for i := range len(name) {
		c := name[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0:
		default:
			return false
		}
	}
	return true
}

// single lists the headers of which Node keeps the first only.
var single = map[string]bool{ //nolint:gochecknoglobals // a read-only table
	"age": true, "authorization": true, "content-length": true, "content-type": true, "etag": true, "expires": true,
	"from": true, "host": true, "if-modified-since": true, "if-unmodified-since": true, "last-modified": true,
	"location": true, "max-forwards": true, "proxy-authorization": true, "referer": true, "retry-after": true,
	"server": true, "user-agent": true,
}

// merge is IncomingMessage.headers: lower-case names, repeated ones joined.
func merge(headers []Header) *js.Object {
	out := &js.Object{}
	for _, h := range headers {
		name := strings.ToLower(h.Name)
		old, seen := out.Get(name).(string)
		switch {
		case name == "set-cookie":
			list, ok := out.Get(name).(*js.Array)
			if !ok {
				list = &js.Array{}
				out.Set(name, list)
			}
			list.Elems = append(list.Elems, h.Value)
		case !seen:
			out.Set(name, h.Value)
		case single[name]:
		case name == "cookie":
			out.Set(name, old+"; "+h.Value)
		default:
			out.Set(name, old+", "+h.Value)
		}
	}
	return out
}

// readChunked reads a chunked body up to max bytes.
func readChunked(r *bufio.Reader, limit int) ([]byte, error) {
	var body []byte
	for {
		left := maxHead
		line, err := readLine(r, &left)
		if err != nil {
			return body, unexpectedEOF(err)
		}
		size, _, _ := strings.Cut(string(line), ";")
		n, err := strconv.ParseUint(strings.TrimSpace(size), 16, 31)
		if err != nil {
			return body, fmt.Errorf("%w: size %q", errChunkFraming, size)
		}
		if n == 0 {
			_, err := readHeaders(r, &left)
			return body, unexpectedEOF(err)
		}
		if len(body)+int(n) > limit {
			return body, errBodyTooLong
		}
		start := len(body)
		body = append(body, make([]byte, n)...)
		read, err := io.ReadFull(r, body[start:])
		if err != nil {
			return body[:start+read], unexpectedEOF(err)
		}
		if line, err := readLine(r, &left); err != nil || len(line) > 0 {
			if err == nil {
				err = errChunkFraming
			}
			return body, unexpectedEOF(err)
		}
	}
}

func unexpectedEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// readExactly reads n bytes, growing as they come: the number is the sender's.
func readExactly(r *bufio.Reader, n, limit int) ([]byte, error) {
	if n > limit {
		return nil, errBodyTooLong
	}
	body, err := io.ReadAll(io.LimitReader(r, int64(n)))
	if err == nil && len(body) < n {
		err = io.ErrUnexpectedEOF
	}
	return body, err
}
