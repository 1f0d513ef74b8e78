package fhirtest

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"html"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"time"

	"github.com/openhim/mediator-go/fhir"
)

// Fault is what happens to a request. The zero value lets it pass. Several may be
// combined; they take effect in the order of the fields.
type Fault struct {
	// Delay waits before anything else.
	Delay time.Duration

	// FailEntry makes a transaction fail with Status at the entry of this index: the
	// entries before it have been done by then and are taken back.
	FailEntry *int

	// Status answers instead of the server; Header and Body go with it. With AfterWork
	// the server has done its work all the same.
	Status int
	Header http.Header
	Body   string

	// Drop breaks the connection (RST) instead of answering: before the server has seen
	// the request, or with AfterWork when it has done its work.
	Drop      bool
	AfterWork bool

	// ContentType is said instead of the true one; "none" for no header at all.
	ContentType string
	// LoopPages makes the next link of a page lead to the page itself.
	LoopPages bool
	// Pad adds so many bytes of white space to the end of the body.
	Pad int64

	// Cut breaks the connection after CutAfter bytes of the body, of which
	// Content-Length promises all.
	Cut      bool
	CutAfter int
	// Drip sends the body in pieces of 64 bytes and waits so long between them.
	Drip time.Duration
}

// Throttled is 429 Too Many Requests with Retry-After in seconds and an OperationOutcome
// of the code throttled.
func Throttled(after time.Duration) Fault {
	f := OutcomeFault(http.StatusTooManyRequests, "throttled", "too many requests")
	f.Header.Set("Retry-After", strconv.Itoa(int(after.Seconds())))
	return f
}

// Unavailable is 503 Service Unavailable with Retry-After in seconds, as HTML, as proxies
// answer.
func Unavailable(after time.Duration) Fault {
	f := HTMLFault(http.StatusServiceUnavailable)
	f.Header.Set("Retry-After", strconv.Itoa(int(after.Seconds())))
	return f
}

// HTMLFault is an error page in HTML, as proxies in front of a server answer.
func HTMLFault(status int) Fault {
	title := html.EscapeString(fmt.Sprintf("%d %s", status, http.StatusText(status)))
	return Fault{
		Status: status, Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}},
		Body: "<!DOCTYPE html><html><head><title>" + title + "</title></head><body><h1>" + title + "</h1></body></html>",
	}
}

// OutcomeFault is an error with an OperationOutcome of one issue.
func OutcomeFault(status int, code, text string) Fault {
	outcome := fhir.OperationOutcome{Issues: []fhir.Issue{{Severity: fhir.SeverityError, Code: code, Details: text}}}
	return Fault{Status: status, Header: http.Header{"Content-Type": {"application/fhir+json"}}, Body: string(outcome.Resource().Bytes())}
}

// FailAtEntry makes a transaction fail with a status at one of its entries, counted from
// 0; nothing of it is kept.
func FailAtEntry(entry, status int) Fault { return Fault{FailEntry: &entry, Status: status} }

// CommitThenDrop does what is asked and breaks the connection before the answer: the
// client cannot know whether it was done.
func CommitThenDrop() Fault { return Fault{Drop: true, AfterWork: true} }

type failKey struct{}

// failEntry tells the engine to fail at an entry.
func failEntry(r *http.Request, entry int) int {
	if f, ok := r.Context().Value(failKey{}).(*Fault); ok && *f.FailEntry == entry {
		if f.Status == 0 {
			return http.StatusInternalServerError
		}
		return f.Status
	}
	return 0
}

func (f *Fault) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), f.Header)
	w.WriteHeader(f.Status)
	_, _ = io.WriteString(w, f.Body) // a recorder takes everything
}

var (
	nextLink = regexp.MustCompile(`"relation":"next","url":"[^"]*"`)
	selfLink = regexp.MustCompile(`"relation":"self","url":"([^"]*)"`)
)

// change makes a finished answer another one.
func (f *Fault) change(rec *httptest.ResponseRecorder) {
	switch f.ContentType {
	case "":
	case "none":
		rec.Header()["Content-Type"] = nil
	default:
		rec.Header().Set("Content-Type", f.ContentType)
	}
	if f.LoopPages {
		loop(rec)
	}
	if f.Pad > 0 {
		plain(rec)
	}
}

// loop leads the next link of a page to the page itself.
func loop(rec *httptest.ResponseRecorder) {
	plain(rec)
	text := rec.Body.String()
	if m := selfLink.FindStringSubmatch(text); m != nil {
		text = nextLink.ReplaceAllLiteralString(text, `"relation":"next","url":"`+m[1]+`"`)
	}
	rec.Body = bytes.NewBufferString(text)
	rec.Header().Set("Content-Length", strconv.Itoa(len(text)))
}

// plain undoes compression.
func plain(rec *httptest.ResponseRecorder) {
	if rec.Header().Get("Content-Encoding") != "gzip" {
		return
	}
	z, err := gzip.NewReader(rec.Body)
	if err != nil {
		return
	}
	text, err := io.ReadAll(z)
	if err != nil {
		return
	}
	rec.Body = bytes.NewBuffer(text)
	rec.Header().Del("Content-Encoding")
	rec.Header().Set("Content-Length", strconv.Itoa(len(text)))
}

const (
	dripPiece = 64
	padPiece  = 64 << 10
)

func (f *Fault) send(ctx context.Context, w http.ResponseWriter, rec *httptest.ResponseRecorder) {
	maps.Copy(w.Header(), rec.Header())
	body := rec.Body.Bytes()
	if f.Pad > 0 {
		w.Header().Set("Content-Length", strconv.FormatInt(int64(len(body))+f.Pad, 10))
	}
	w.WriteHeader(rec.Code)
	if f.Drip <= 0 {
		_, err := w.Write(body)
		f.pad(w, err)
		return
	}
	for len(body) > 0 {
		n := min(dripPiece, len(body))
		if _, err := w.Write(body[:n]); err != nil {
			return // the client is gone
		}
		_ = http.NewResponseController(w).Flush() // where it can
		body = body[n:]
		if len(body) > 0 && !pause(ctx, f.Drip) {
			panic(http.ErrAbortHandler)
		}
	}
	f.pad(w, nil)
}

func (f *Fault) pad(w io.Writer, err error) {
	piece := bytes.Repeat([]byte(" "), padPiece)
	for left := f.Pad; left > 0 && err == nil; left -= padPiece {
		_, err = w.Write(piece[:min(left, padPiece)])
	}
}

// head is the head of an answer and the first bytes of its body.
func head(rec *httptest.ResponseRecorder, after int) []byte {
	body := rec.Body.Bytes()
	var out bytes.Buffer
	fmt.Fprintf(&out, "HTTP/1.1 %d %s\r\n", rec.Code, http.StatusText(rec.Code))
	rec.Header().Del("Content-Length")
	_ = rec.Header().Write(&out) // a Buffer takes everything
	fmt.Fprintf(&out, "Content-Length: %d\r\n\r\n", len(body))
	out.Write(body[:min(max(after, 0), len(body))])
	return out.Bytes()
}

// breakConnection writes what is given and breaks the connection.
func breakConnection(w http.ResponseWriter, message []byte) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if len(message) > 0 {
		_, _ = conn.Write(message) // the client may be gone
	} else if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
