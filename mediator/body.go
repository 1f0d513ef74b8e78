package mediator

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// bodyIdle is how long the next bytes of a body may take. A core from 4.x
// announces the body of a PATCH and never sends it.
const bodyIdle = 10 * time.Second

// bodyless reports whether a request's body is not read: cores announce
// bodies of these methods and do not send them (openhim-core.md section 7).
func bodyless(method string) bool {
	switch method {
	case http.MethodPost, http.MethodPut, http.MethodPatch:
		return false
	}
	return true
}

// readBody reads the body of a request, unzipped and bounded.
func (m *Mediator) readBody(x *exchange, req *Request) error {
	r := req.Request
	if bodyless(r.Method) || r.Body == nil || r.Body == http.NoBody {
		r.Body = http.NoBody
		return nil
	}
	limit := m.cfg.MaxRequestBody
	if r.ContentLength > limit {
		return tooLarge(limit)
	}
	ctl := http.NewResponseController(x.out)
	defer func() { _ = ctl.SetReadDeadline(time.Time{}) }() // not every writer can
	raw := io.Reader(&idleReader{r: r.Body, ctl: ctl})
	switch encoding := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding"))); encoding {
	case "", "identity":
	case "gzip", "x-gzip":
		zr, err := gzip.NewReader(io.LimitReader(raw, limit+1))
		if err != nil {
			return bodyError(err, true)
		}
		raw = zr
	default:
		return Errorf(http.StatusUnsupportedMediaType, "the Content-Encoding of the body is not supported; send it plain or as gzip")
	}
	body, err := readAll(raw, r.ContentLength, limit)
	if err != nil {
		return bodyError(err, r.Header.Get("Content-Encoding") != "")
	}
	if int64(len(body)) > limit {
		return tooLarge(limit)
	}
	x.bodyRead.Store(true)
	req.Body = body
	r.Body = io.NopCloser(bytes.NewReader(body))
	return nil
}

// maxDiscard bounds what is read of a body nobody wants.
const maxDiscard = 256 << 20

// discard reads what is left of a request before it is answered. A core whose
// request is answered before it was read, and whose connection is closed then,
// tells its client 500 instead of what the answer says.
func (x *exchange) discard(r *http.Request) {
	if bodyless(r.Method) || r.Body == nil || r.Body == http.NoBody || x.bodyRead.Load() {
		return
	}
	ctl := http.NewResponseController(x.out)
	defer func() { _ = ctl.SetReadDeadline(time.Time{}) }() // not every writer can
	_, _ = io.CopyN(io.Discard, &idleReader{r: r.Body, ctl: ctl}, maxDiscard)
}

// readAll reads at most limit+1 bytes.
func readAll(r io.Reader, expected, limit int64) ([]byte, error) {
	buf := bytes.NewBuffer(make([]byte, 0, min(max(expected, 0), limit, 1<<20)+bytes.MinRead))
	_, err := buf.ReadFrom(io.LimitReader(r, limit+1))
	return buf.Bytes(), err
}

func tooLarge(limit int64) *Error {
	return Errorf(http.StatusRequestEntityTooLarge, "the body is larger than %d bytes", limit)
}

func bodyError(err error, zipped bool) *Error {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &Error{
			Status: http.StatusRequestTimeout, Cause: err,
			Message: "the announced body did not come; an OpenHIM core 4.x does not send the body of a PATCH",
		}
	case zipped:
		return &Error{Status: http.StatusBadRequest, Message: "the body is not valid gzip, or ended too early", Cause: err}
	}
	return &Error{Status: http.StatusBadRequest, Message: "the body ended before its announced length", Cause: err}
}

// idleReader gives up when nothing comes for a while.
type idleReader struct {
	r   io.Reader
	ctl *http.ResponseController
	set time.Time // when the deadline was set
}

// Read implements io.Reader.
func (r *idleReader) Read(p []byte) (int, error) {
	if now := time.Now(); now.Sub(r.set) > time.Second { // a second more or less does not matter
		r.set = now
		_ = r.ctl.SetReadDeadline(now.Add(bodyIdle)) // not every writer can
	}
	return r.r.Read(p)
}
