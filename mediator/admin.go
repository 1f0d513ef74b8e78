package mediator

import (
	"encoding/json"
	"net/http"
)

// AdminHandler serves the operator, at Config.AdminAddr or wherever it is
// mounted: GET /livez (200 while the process runs), GET /readyz (200 once the
// mediator serves, is registered and its heartbeats are taken, else 503; the
// body says which) and GET /metrics (Prometheus).
func (m *Mediator) AdminHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) {
		writeStatus(w, http.StatusOK, map[string]any{"alive": true})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		h := m.Health()
		code := http.StatusOK
		if !h.Ready() {
			code = http.StatusServiceUnavailable
		}
		writeStatus(w, code, h)
	})
	mux.Handle("GET /metrics", m.metrics.handler())
	return mux
}

func writeStatus(w http.ResponseWriter, code int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_, _ = w.Write(append(body, '\n')) // the reader is gone: nobody to tell
}
