package rest

import (
	"net/http"
	"strings"
)

// ServeConflict answers a write as to the loser of a race: 409, nothing is done.
func (e *Engine) ServeConflict(w http.ResponseWriter, r *http.Request) {
	x := &exchange{e: e, ctx: r.Context(), request: r, method: r.Method, header: r.Header, now: e.config.Clock().UTC(), requestID: newRequestID()}
	const (
		version   = "The operation has failed with a version constraint failure. This generally means that two clients/threads were trying to update the same resource at the same time, and this request was chosen as the failing request."
		condition = "The operation has failed with a conditional constraint failure. This generally means that two clients/threads were trying to perform a conditional create or update at the same time which would have resulted in duplicate resources being created."
	)
	f := fail(http.StatusConflict, "conflict", "another request changed the same resource at the same time")
	path := strings.Trim(strings.TrimPrefix(r.URL.Path, e.config.Path), "/")
	switch {
	case path == "":
		f = f.hapi(0, "HAPI-0550: HAPI-2745: Error flushing transaction - %s", condition)
	case r.URL.RawQuery != "" || r.Header.Get("If-None-Exist") != "":
		f = f.hapi(0, "HAPI-0550: HAPI-2745: %s", condition)
	default:
		f = f.hapi(0, "HAPI-0550: HAPI-0823: %s", version)
	}
	x.send(w, x.refusal(f))
}
