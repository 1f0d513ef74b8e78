//go:build unix

package dhis2test_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// personPayload is n tracked entities, from number first on, each with an
// enrollment and two events: 4n objects.
func personPayload(first, n int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"trackedEntities":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		_, _ = fmt.Fprintf(&b, `{"trackedEntity":"T%010d","trackedEntityType":"peOCoLO91lG","orgUnit":"lgY4CHs5HtP",
"attributes":[{"attribute":"iPWPq2EJtIk","value":"Amina"},{"attribute":"GOCQVgGQGEU","value":"Okello"},
{"attribute":"XhXpL2WqB15","value":"NID-%[1]d"},{"attribute":"SHtHqekbvRu","value":"female"}],
"enrollments":[{"enrollment":"E%010[1]d","program":"sBSRMACZJOQ","orgUnit":"lgY4CHs5HtP","enrolledAt":"2026-01-05","status":"ACTIVE",
"attributes":[{"attribute":"lXXkJgofAcb","value":"2025-12-30"}],
"events":[{"event":"B%010[1]d","program":"sBSRMACZJOQ","programStage":"F3GRYA6dGir","orgUnit":"lgY4CHs5HtP","occurredAt":"2026-01-06",
"status":"COMPLETED","dataValues":[{"dataElement":"SyY2t3MmAHo","value":"3.4"}]},
{"event":"V%010[1]d","program":"sBSRMACZJOQ","programStage":"zOK5Pk5V5Yz","orgUnit":"lgY4CHs5HtP","occurredAt":"2026-02-06","status":"ACTIVE",
"dataValues":[{"dataElement":"fEZef320RHa","value":"60"},{"dataElement":"Mz6b8yeFGJ9","value":"11.2"}]}]}]}`, first+i)
	}
	b.WriteString(`]}`)
	return b.Bytes()
}

func importBody(tb testing.TB, server http.Handler, body []byte) {
	tb.Helper()
	r := httptest.NewRequestWithContext(tb.Context(), http.MethodPost, "/api/tracker?async=false", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.SetBasicAuth("admin", "district")
	w := httptest.NewRecorder()
	server.ServeHTTP(w, r)
	require.Equal(tb, http.StatusOK, w.Code, "%.300s", w.Body)
}

// The server must never be the bottleneck of a test: 20,000 objects per second
// and core (dhis2.md 7). Each payload has 500 objects, all new, so the store
// grows while the benchmark runs.
func BenchmarkImport(b *testing.B) {
	const people = 125
	server, err := dhis2test.Handler(dhis2test.Options{MaxRequests: 1})
	require.NoError(b, err)
	bodies := make([][]byte, b.N)
	for i := range bodies {
		bodies[i] = personPayload(i*people, people)
	}
	b.ReportAllocs()
	b.ResetTimer()
	watch := startWatch(b)
	for _, body := range bodies {
		importBody(b, server, body)
	}
	watch.report(b, b.N*people*4)
}

// An update of what is there, the other half of a sync.
func BenchmarkImportAgain(b *testing.B) {
	const people = 125
	server, err := dhis2test.Handler(dhis2test.Options{MaxRequests: 1})
	require.NoError(b, err)
	body := personPayload(0, people)
	importBody(b, server, body)
	b.ResetTimer()
	watch := startWatch(b)
	for range b.N {
		importBody(b, server, body)
	}
	watch.report(b, b.N*people*4)
}

// watch measures objects per second of the wall and of one core: the second
// does not depend on what else the machine does.
type watch struct {
	wall time.Time
	core time.Duration
}

func startWatch(b *testing.B) watch {
	b.Helper()
	return watch{time.Now(), coreTime(b)}
}

func (w watch) report(b *testing.B, objects int) {
	b.Helper()
	b.ReportMetric(float64(objects)/time.Since(w.wall).Seconds(), "objects/s")
	b.ReportMetric(float64(objects)/(coreTime(b)-w.core).Seconds(), "objects/core-s")
}

func coreTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// What a million objects weigh: run it with -benchtime=1x.
func BenchmarkMemoryPerObject(b *testing.B) {
	const people, payloads = 125, 500
	for range b.N {
		server, err := dhis2test.Handler(dhis2test.Options{MaxRequests: 1})
		require.NoError(b, err)
		before := heap()
		for i := range payloads {
			importBody(b, server, personPayload(i*people, people))
		}
		b.ReportMetric(float64(heap()-before)/(people*payloads*4), "bytes/object")
		runtime.KeepAlive(server)
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
