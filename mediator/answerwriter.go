package mediator

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"sync"
)

var (
	errTooLarge  = errors.New("mediator: the body is larger than Config.MaxResponseBody")
	errAbandoned = errors.New("mediator: the request was answered already, its time is over")
)

func errStatus(status int) error {
	return fmt.Errorf("mediator: a handler answered with status %d", status)
}

// answerWriter holds what a handler writes until it is known how it goes out.
// A body larger than the limit is handed on as it comes, by spill. Safe for
// concurrent use: a handler may still write when its time is over.
type answerWriter struct {
	limit int64
	spill func(*answer) (http.ResponseWriter, error) // nil: the limit is an error

	mu        sync.Mutex
	header    http.Header
	status    int
	sent      http.Header // the headers as they were when they were written
	body      []byte
	stream    http.ResponseWriter
	streamErr error
	abandoned bool
}

// Header implements http.ResponseWriter.
func (w *answerWriter) Header() http.Header {
	if w.header == nil {
		w.header = make(http.Header)
	}
	return w.header
}

// WriteHeader implements http.ResponseWriter. Informational statuses are not
// sent: a core reads them as the answer.
func (w *answerWriter) WriteHeader(status int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writeHeader(status)
}

func (w *answerWriter) writeHeader(status int) {
	if w.status != 0 || w.abandoned || (status >= 100 && status < 200) {
		return
	}
	w.status, w.sent = status, w.header.Clone()
}

// Write implements http.ResponseWriter.
func (w *answerWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writeHeader(http.StatusOK)
	switch {
	case w.abandoned:
		return 0, errAbandoned
	case w.streamErr != nil:
		return 0, w.streamErr
	case w.stream != nil:
		return w.stream.Write(p)
	case int64(len(w.body)+len(p)) <= w.limit:
		w.body = append(w.body, p...)
		return len(p), nil
	case w.spill == nil:
		w.streamErr = errTooLarge
		return 0, errTooLarge
	}
	w.stream, w.streamErr = w.spill(&answer{status: w.status, header: w.sent, body: w.body})
	if w.streamErr != nil {
		return 0, w.streamErr
	}
	w.body = nil
	return w.stream.Write(p)
}

// set makes a handler's response the answer without copying it. Headers that
// middlewares have set stay where the response does not set them itself.
func (w *answerWriter) set(resp *Response) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.status != 0 || w.abandoned {
		return
	}
	w.status, w.sent, w.body = resp.Status, w.header, resp.Body
	if w.sent == nil {
		w.sent = resp.Header
		return
	}
	maps.Copy(w.sent, resp.Header)
}

// answer ends the writing and returns what was written, or nil where it went
// out already.
func (w *answerWriter) answer() (*answer, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.abandoned = true
	if w.streamErr != nil || w.stream != nil {
		return nil, w.streamErr
	}
	a := &answer{status: w.status, header: w.sent, body: w.body}
	if a.status == 0 {
		a.status, a.header = http.StatusOK, w.header
	}
	return a, nil
}

// streaming reports whether the answer went out already, in part at least.
func (w *answerWriter) streaming() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.stream != nil
}

// answer is what goes to the caller.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// writeTo writes a response the way any http.Handler would.
func (r *Response) writeTo(w http.ResponseWriter) {
	maps.Copy(w.Header(), r.Header)
	status := r.Status
	if status == 0 {
		status = http.StatusOK
	}
	w.WriteHeader(status)
	_, _ = w.Write(r.Body) // an answerWriter keeps its error for later
}
