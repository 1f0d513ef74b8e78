package dhis2test

import (
	"bytes"
	"compress/gzip"
	"maps"
	"net/http"
	"strings"
)

// answer is an http.ResponseWriter that keeps what it is given, so that the
// server is not locked while a slow client reads.
type answer struct {
	header    http.Header
	status    int
	body      bytes.Buffer
	objects   int // imported or shown, for the latency
	passwords int // checked
}

// Header implements http.ResponseWriter.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

// Write implements http.ResponseWriter.
func (a *answer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(p)
}

func (a *answer) writeHeader(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(max(a.status, http.StatusOK))
}

func (a *answer) sendTo(w http.ResponseWriter, r *http.Request) {
	a.writeHeader(w)
	if r.Method != http.MethodHead {
		_, _ = w.Write(a.body.Bytes()) // a client that went away is not the server's concern
	}
}

// minCompressed is the size from which an answer is worth compressing.
const minCompressed = 2048

// compress packs the body for a client that takes gzip.
func (a *answer) compress(r *http.Request) {
	if a.body.Len() < minCompressed || !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		return
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(a.body.Bytes()) // into memory
	_ = z.Close()
	a.body = packed
	a.header.Set("Content-Encoding", "gzip")
	a.header.Add("Vary", "Accept-Encoding")
}
