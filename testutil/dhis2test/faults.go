package dhis2test

import (
	"net/http"
	"strconv"
)

// Intercept puts f before the server: when f returns true it has answered (or
// cut the connection with panic(http.ErrAbortHandler)) and the server does
// nothing more; when it returns false the server goes on, also if f only
// waited. Credentials are not checked yet, the body may be read, and f may be
// called from several goroutines at once. It must return when the request's
// context ends, for Close waits for it. nil takes it away.
func (s *Server) Intercept(f func(w http.ResponseWriter, r *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.intercept = f
}

// Fail makes the next n requests answer status instead of being handled:
// 502, 503, 504 and 429 with the HTML page of a proxy (429 and 503 with
// Retry-After: 1), everything else with DHIS2's WebMessage. Nothing is stored.
func (s *Server) Fail(n, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		s.failures = append(s.failures, status)
	}
}

func writeFailure(w http.ResponseWriter, status int) {
	switch status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", strconv.Itoa(1))
		writeHTML(w, status, "failed on purpose")
	case http.StatusBadGateway, http.StatusGatewayTimeout:
		writeHTML(w, status, "failed on purpose")
	default:
		writeMessage(w, status, "failed on purpose", "")
	}
}
