package mediator

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/json"
	"io"
	"maps"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/openhim/mediator-go/mediator/openhim"
)

// finish writes the answer and returns the transaction's status.
func (x *exchange) finish(r *http.Request, a *answer, failure *Error) openhim.Status {
	a, failure = x.plain(r, a, failure)
	result, _ := x.settled()
	out := x.tx.take()
	var adopted *openhim.Envelope
	if strings.Contains(a.header.Get("Content-Type"), openhim.ContentType) {
		adopted, a, failure = x.own(r, a, failure)
	}
	e := envelopeOf(x, a, result, failure, out)
	if adopted != nil {
		join(&e, adopted)
	}
	header, dropped := cleanHeaders(a.header)
	x.warnDropped(dropped)
	ct := contentType(a.header, a.body)
	if !x.enveloped || r.Method == http.MethodHead || !isText(ct, a.body) {
		x.writeRaw(r, a, header, ct)
		x.m.report(r.Context(), x.tx, a.status, e)
		return e.Status
	}
	header.Set("Content-Type", ct)
	e.Response = openhim.Response{
		Status:    a.status,
		Headers:   openhim.Headers(header),
		Body:      string(a.body),
		Timestamp: openhim.At(time.Now()),
	}
	body := e.AppendJSON(make([]byte, 0, len(a.body)+len(a.body)/8+1024+512*len(e.Orchestrations)))
	h := x.out.Header()
	h.Set("Content-Type", openhim.ContentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	x.out.WriteHeader(http.StatusOK)
	x.write(body)
	return e.Status
}

// writeRaw writes an answer without envelope.
func (x *exchange) writeRaw(r *http.Request, a *answer, header http.Header, ct string) {
	h := x.out.Header()
	maps.Copy(h, header)
	delete(h, "Content-Type")
	if len(a.body) > 0 || a.header.Get("Content-Type") != "" {
		h.Set("Content-Type", ct)
	}
	switch {
	case a.status == http.StatusNoContent || a.status == http.StatusNotModified:
		delete(h, "Content-Type")
		x.out.WriteHeader(a.status)
		return
	case r.Method != http.MethodHead:
		h.Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	x.out.WriteHeader(a.status)
	if r.Method != http.MethodHead {
		x.write(a.body)
	}
}

func (x *exchange) write(body []byte) {
	if _, err := x.out.Write(body); err != nil {
		x.tx.Logger().Warn("the answer could not be written", "error", err)
	}
}

// plain undoes a compression: an answer must never go compressed to a core,
// whose worker dies of an invalid one.
func (x *exchange) plain(r *http.Request, a *answer, failure *Error) (*answer, *Error) {
	encoding := strings.ToLower(strings.TrimSpace(a.header.Get("Content-Encoding")))
	if encoding == "" || encoding == "identity" || len(a.body) == 0 {
		return a, failure
	}
	var zr io.Reader
	var err error
	switch encoding {
	case "gzip", "x-gzip":
		zr, err = gzip.NewReader(bytes.NewReader(a.body))
	case "deflate":
		zr, err = zlib.NewReader(bytes.NewReader(a.body))
	default:
		return x.broken(r, "the answer has a Content-Encoding that cannot be undone")
	}
	if err != nil {
		return x.broken(r, "the answer's Content-Encoding is not that of its body")
	}
	body, err := readAll(zr, 0, x.m.cfg.MaxResponseBody)
	switch {
	case err != nil:
		return x.broken(r, "the answer's Content-Encoding is not that of its body")
	case int64(len(body)) > x.m.cfg.MaxResponseBody:
		return x.broken(r, "the answer is too large once uncompressed")
	}
	return &answer{status: a.status, header: a.header, body: body}, failure
}

// own reads an answer that is an envelope already.
func (x *exchange) own(r *http.Request, a *answer, failure *Error) (*openhim.Envelope, *answer, *Error) {
	var e openhim.Envelope
	if err := json.Unmarshal(a.body, &e); err != nil || e.Response.Status < 200 || e.Response.Status > 599 {
		a, failure = x.broken(r, "the answer claims to be an OpenHIM envelope and is none")
		return nil, a, failure
	}
	x.tx.mu.Lock()
	e.Orchestrations = x.tx.adopt(e.Orchestrations)
	x.tx.mu.Unlock()
	return &e, &answer{
		status: e.Response.Status, header: headerOf(e.Response.Headers), body: []byte(e.Response.Body),
	}, failure
}

func headerOf(h openhim.Headers) http.Header {
	out := make(http.Header, len(h))
	for name, values := range h {
		for _, v := range values {
			out.Add(name, v)
		}
	}
	return out
}

// broken replaces an answer that must not go out by an error.
func (x *exchange) broken(r *http.Request, problem string) (*answer, *Error) {
	failure := &Error{Status: http.StatusInternalServerError, Message: "internal error", Cause: &Error{Status: http.StatusInternalServerError, Message: problem}}
	x.m.logFailure(x.tx, r, failure)
	resp := x.m.render(&Request{Request: r, Transaction: x.tx}, failure)
	return &answer{status: resp.Status, header: resp.Header, body: resp.Body}, failure
}

// isText reports whether a body can go into an envelope, which holds text
// only: it is UTF-8, and not labelled as anything else.
func isText(contentType string, body []byte) bool {
	if !utf8.Valid(body) {
		return false
	}
	_, params, _ := mime.ParseMediaType(contentType)
	switch strings.ToLower(params["charset"]) {
	case "", "utf-8", "utf8", "us-ascii":
		return true
	}
	for _, b := range body {
		if b == 0 || b >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func (x *exchange) warnDropped(names []string) {
	if len(names) > 0 {
		x.tx.Logger().Warn("headers of the answer that a core cannot hand on are left out", "headers", names)
	}
}
