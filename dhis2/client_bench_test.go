package dhis2_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
)

// BenchmarkDo is the cost of a small import through the client beside that of
// net/http alone, over a connection on this machine.
func BenchmarkDo(b *testing.B) {
	report := `{"status":"OK","validationReport":{"errorReports":[],"warningReports":[]},"stats":{"created":1,"total":1}}`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "info") {
			w.Header().Set("Set-Cookie", "JSESSIONID=a; Path=/")
			_, _ = io.WriteString(w, infoBody)
			return
		}
		_, _ = io.WriteString(w, report)
	}))
	defer server.Close()
	client, err := dhis2.New(context.Background(), dhis2.Config{URL: server.URL, Auth: dhis2.Basic("u", "p")})
	require.NoError(b, err)
	defer client.Close()
	body := []byte(seedFamily)
	ours := func() {
		_, err := client.Do(context.Background(), dhis2.Request{Method: http.MethodPost, Path: "tracker", Body: body, Repeat: dhis2.RepeatSafe})
		if err != nil {
			b.Fatal(err)
		}
	}
	plain := &http.Client{Transport: &http.Transport{}}
	defer plain.CloseIdleConnections()
	theirs := func() {
		res, err := plain.Post(server.URL+"/api/tracker", "application/json", bytes.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		_, _ = io.ReadAll(res.Body)
		_ = res.Body.Close()
	}
	ours()
	theirs()
	var reference time.Duration
	for b.Loop() {
		ours()
		b.StopTimer()
		started := time.Now()
		theirs()
		reference += time.Since(started)
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed())/float64(reference), "times_net/http")
}
