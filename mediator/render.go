package mediator

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"runtime/debug"
	"time"
)

// render makes the answer for an error.
func (m *Mediator) render(req *Request, failure *Error) *Response {
	if m.cfg.RenderError != nil {
		var resp *Response
		if panicked := m.protect(req.Transaction, func() { resp = m.cfg.RenderError(req, failure) }); panicked == nil && resp != nil {
			if resp.Status == 0 {
				resp.Status = failure.Status
			}
			if resp.Status >= 200 && resp.Status <= 599 {
				return resp
			}
		}
	}
	doc := map[string]string{"error": failure.Message}
	if id := req.Transaction.ID(); id != "" {
		doc["transaction"] = id
	}
	body, err := json.Marshal(doc)
	if err != nil {
		body = []byte(`{"error":"internal error"}`)
	}
	return Bytes(failure.Status, "application/json", append(body, '\n'))
}

// protect runs fn and makes an error of a panic. The stack goes to the log
// only; so does the panic's text, where it is the runtime's own and cannot
// hold patient data.
func (m *Mediator) protect(tx *Transaction, fn func()) (failure *Error) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if v == http.ErrAbortHandler { //nolint:errorlint // a panic value, compared as net/http does
			failure = &Error{Status: http.StatusInternalServerError, Message: "internal error", Cause: http.ErrAbortHandler}
			return
		}
		reason := fmt.Sprintf("%T", v)
		if re, ok := v.(runtime.Error); ok {
			reason = re.Error()
		}
		tx.Logger().Error("handler panicked", slog.String("panic", reason), slog.String("stack", string(debug.Stack())))
		failure = &Error{Status: http.StatusInternalServerError, Message: "internal error", Cause: errPanic}
	}()
	fn()
	return nil
}

var errPanic = errors.New("mediator: a handler panicked")

// logFailure logs why a request failed: what is the caller's fault at level
// debug, everything else as an error.
func (m *Mediator) logFailure(tx *Transaction, r *http.Request, failure *Error) {
	level := slog.LevelError
	if failure.Status < http.StatusInternalServerError {
		level = slog.LevelDebug
	}
	if errors.Is(failure, errPanic) {
		return // said already
	}
	tx.Logger().LogAttrs(r.Context(), level, "request failed",
		slog.String("method", r.Method), slog.String("route", r.Pattern),
		slog.Int("status", failure.Status), slog.String("error", safeText(failure)))
}

// abort breaks the connection of an answer that cannot be finished, by a
// reset: a core that sees an orderly end in the middle of a body waits for
// ever (openhim-core.md sections 7 and 12). It reports whether it could.
func abort(w http.ResponseWriter) bool {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return false
	}
	raw := conn
	if t, ok := raw.(interface{ NetConn() net.Conn }); ok {
		raw = t.NetConn()
	}
	if t, ok := raw.(interface{ SetLinger(sec int) error }); ok {
		_ = t.SetLinger(0) // best effort: closing still ends the answer
	}
	_ = conn.SetDeadline(time.Now())
	_ = conn.Close() // nothing is left to be done about an error
	return true
}
