package router

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/router/js"
)

// maxNodeHead is Node's --max-http-header-size.
const maxNodeHead = 16 << 10

// head is the first part of a mediator's answer.
type head struct {
	status  int
	headers []Header
	merged  *js.Object
	close   bool
	length  int // -1: none
	chunked bool
	coded   bool // a Transfer-Encoding other than chunked
}

// readAnswer reads a mediator's answer as Node's http client does, with its
// errors (llhttp) and with what router.js makes of them.
func readAnswer(r *bufio.Reader, out outgoing, now func() time.Time) result {
	h, res := readHead(r, out)
	if h == nil {
		return res
	}
	body, err := readBody(r, h, out.method)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return result{hang: true, detail: "the connection ended after " + strconv.Itoa(len(body)) + " bytes of the body"}
	case errors.Is(err, errChunkFraming):
		return nodeError("Parse Error: Invalid character in chunk size")
	case errors.Is(err, errBodyTooLong):
		return nodeError("the answer is longer than this fake core reads")
	case err != nil:
		return readError(err, out)
	}
	if r.Buffered() > 0 {
		if h.close {
			return nodeError("Parse Error: Data after `Connection: close`")
		}
		if rest, err := r.Peek(min(r.Buffered(), 5)); err == nil && !strings.HasPrefix("HTTP/", string(rest)) {
			return nodeError("Parse Error: Expected HTTP/, RTSP/ or ICE/")
		}
	}
	answer := &incoming{status: h.status, headers: h.merged, body: body, timestamp: now()}
	return inflate(answer)
}

// inflate is the handling of Content-Encoding in sendHttpRequest: exactly gzip and
// deflate are decoded, and nobody listens for the errors of either.
func inflate(answer *incoming) result {
	encoding, _ := answer.headers.Get("content-encoding").(string)
	if encoding != "gzip" && encoding != "deflate" {
		return result{answer: answer}
	}
	raw, _ := answer.body.([]byte)
	plain, err := decompress(encoding, raw, maxUpstream)
	if err != nil {
		return result{fatal: QuirkCompression, detail: encoding + ": " + err.Error()}
	}
	kind, _ := answer.headers.Get("content-type").(string)
	charset := charsetOf(kind)
	text, known := decodeCharset(plain, charset)
	if !known {
		return result{fatal: QuirkCharset, detail: "Unknown encoding: " + charset}
	}
	answer.body = text
	return result{answer: answer}
}

func readHead(r *bufio.Reader, out outgoing) (*head, result) {
	for {
		left := maxNodeHead
		line, err := readStrictLine(r, &left)
		switch {
		case errors.Is(err, errHeadTooLong):
			return nil, nodeError("Parse Error: Header overflow")
		case errors.Is(err, errNoCR) && len(line) == 0:
			continue
		case len(line) > 0 && !startsHTTP(line):
			return nil, nodeError("Parse Error: Expected HTTP/, RTSP/ or ICE/")
		case errors.Is(err, errNoCR):
			return nil, nodeError("Parse Error: Missing expected CR after response line")
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return nil, nodeError("socket hang up")
		case err != nil:
			return nil, readError(err, out)
		}
		if len(line) == 0 {
			continue // empty lines before an answer are skipped
		}
		status, old, message := parseStatusLine(string(line))
		if message != "" {
			return nil, nodeError("Parse Error: " + message)
		}
		headers, res := readAnswerHeaders(r, &left, out)
		if res != nil {
			return nil, *res
		}
		if status >= 100 && status < 200 && status != http.StatusSwitchingProtocols {
			continue
		}
		h := &head{status: status, headers: headers, merged: merge(headers), length: -1, close: old}
		if message := h.framing(); message != "" {
			return nil, nodeError("Parse Error: " + message)
		}
		if status == http.StatusSwitchingProtocols {
			return nil, result{hang: true, detail: "101 Switching Protocols"}
		}
		return h, result{}
	}
}

func startsHTTP(line []byte) bool {
	n := min(len(line), 5)
	return string(line[:n]) == "HTTP/"[:n]
}

// parseStatusLine gives the status, whether the version is 1.0, and the parse
// error.
func parseStatusLine(line string) (status int, old bool, message string) {
	version, rest, _ := strings.Cut(strings.TrimPrefix(line, "HTTP/"), " ")
	if len(version) != 3 || version[1] != '.' || version[0] < '0' || version[0] > '9' || version[2] < '0' || version[2] > '9' {
		return 0, false, "Invalid HTTP version"
	}
	switch version {
	case "0.9", "1.0", "1.1", "2.0":
	default:
		return 0, false, "Invalid HTTP version"
	}
	if len(rest) < 3 {
		return 0, false, "Invalid status code"
	}
	for i := range 3 {
		if rest[i] < '0' || rest[i] > '9' {
			return 0, false, "Invalid status code"
		}
		status = status*10 + int(rest[i]-'0')
	}
	if len(rest) > 3 && rest[3] != ' ' {
		return 0, false, "Invalid response status"
	}
	return status, version == "1.0", ""
}

// readAnswerHeaders reads header lines with llhttp's errors.
func readAnswerHeaders(r *bufio.Reader, left *int, out outgoing) ([]Header, *result) {
	var headers []Header
	fail := func(message string) ([]Header, *result) {
		res := nodeError("Parse Error: " + message)
		return nil, &res
	}
	for {
		line, err := readStrictLine(r, left)
		switch {
		case errors.Is(err, errHeadTooLong):
			return fail("Header overflow")
		case errors.Is(err, errNoCR):
			return fail("Missing expected CR after header value")
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			res := nodeError("socket hang up")
			return nil, &res
		case err != nil:
			res := readError(err, out)
			return nil, &res
		}
		if len(line) == 0 {
			return headers, nil
		}
		if (line[0] == ' ' || line[0] == '\t') && len(headers) > 0 {
			return fail("Unexpected whitespace after header value") // a folded line
		}
		name, value, found := strings.Cut(string(line), ":")
		if !found || !isToken(name) {
			return fail("Invalid header token")
		}
		value = strings.Trim(value, " \t")
		for i := range len(value) {
			if c := value[i]; c < ' ' && c != '\t' || c == 0x7f {
				return fail("Invalid header value char")
			}
		}
		headers = append(headers, Header{name, latin1([]byte(value))})
	}
}

// framing reads the headers that say how long the body is, and llhttp's errors
// about them.
func (h *head) framing() string {
	for _, header := range h.headers {
		value := strings.ToLower(header.Value)
		switch strings.ToLower(header.Name) {
		case "connection":
			for token := range strings.SplitSeq(value, ",") {
				switch strings.TrimSpace(token) {
				case "close":
					h.close = true
				case "keep-alive":
					h.close = false
				}
			}
		case "content-length":
			if h.chunked || h.coded {
				return "Content-Length can't be present with Transfer-Encoding"
			}
			if value == "" {
				return "Empty Content-Length"
			}
			n, err := strconv.ParseUint(value, 10, 62)
			if err != nil {
				return "Invalid character in Content-Length"
			}
			if h.length >= 0 {
				return "Duplicate Content-Length"
			}
			h.length = int(n)
		case "transfer-encoding":
			if h.length >= 0 {
				return "Transfer-Encoding can't be present with Content-Length"
			}
			h.chunked = strings.HasSuffix(strings.TrimSpace(value), "chunked")
			h.coded = !h.chunked
		}
	}
	return ""
}

func readBody(r *bufio.Reader, h *head, method string) ([]byte, error) {
	switch {
	case method == "HEAD", h.status == http.StatusNoContent, h.status == http.StatusNotModified:
		return []byte{}, nil
	case h.chunked:
		body, err := readChunked(r, maxUpstream)
		if body == nil {
			body = []byte{}
		}
		return body, err
	case h.length >= 0:
		return readExactly(r, h.length, maxUpstream)
	default:
		body, err := io.ReadAll(io.LimitReader(r, maxUpstream+1))
		if err == nil && len(body) > maxUpstream {
			err = errBodyTooLong
		}
		return body, err
	}
}

func readError(err error, out outgoing) result {
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, syscall.ECONNRESET):
		return nodeError("read ECONNRESET")
	case errors.Is(err, syscall.EPIPE):
		return nodeError("write EPIPE")
	case errors.As(err, &timeout) && timeout.Timeout():
		return tooLong(out)
	default:
		return nodeError("socket hang up")
	}
}
