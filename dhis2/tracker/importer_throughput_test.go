package tracker_test

import (
	"bytes"
	"fmt"
	"iter"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2/tracker"
)

// capacity is what a server takes, in objects a second, at 1, 2 and 4 requests at once, with
// requests of so many objects: the table of dhis2.md 0b. In between it is interpolated; beyond 4
// requests it stays as it is, times beyond for each further one.
type capacity struct {
	at     map[int][3]float64
	beyond float64
}

func measured(version string) capacity {
	if version == "2.43.1" {
		return capacity{beyond: 1, at: map[int][3]float64{
			4: {25, 41, 56}, 48: {328, 449, 569}, 500: {1681, 2945, 3585}, 1000: {1867, 2259, 3465},
		}}
	}
	return capacity{beyond: 1, at: map[int][3]float64{
		4: {19, 31, 43}, 48: {201, 264, 300}, 500: {590, 921, 1177}, 1000: {810, 1158, 1315},
	}}
}

// duration of a request of n objects beside others.
func (c capacity) duration(n, underWay int) time.Duration {
	sizes := []int{4, 48, 500, 1000}
	lower, upper := sizes[0], sizes[1]
	for i := 1; i < len(sizes)-1 && n > upper; i++ {
		lower, upper = sizes[i], sizes[i+1]
	}
	seconds := func(size int) float64 { return float64(size*underWay) / c.rate(size, underWay) }
	t := seconds(lower) + (seconds(upper)-seconds(lower))*float64(n-lower)/float64(upper-lower)
	return time.Duration(max(t, seconds(4)/4) * float64(time.Second))
}

// rate is the objects a second of all requests together.
func (c capacity) rate(size, underWay int) float64 {
	r := c.at[size]
	switch {
	case underWay <= 2:
		return r[underWay-1]
	case underWay == 3:
		return (r[1] + r[2]) / 2
	}
	rate := r[2]
	for range underWay - 4 {
		rate *= c.beyond
	}
	return rate
}

func (c capacity) best(size int) float64 {
	best := 0.0
	for n := 1; n <= 8; n++ {
		best = max(best, c.rate(size, n))
	}
	return best
}

// accepting is a server that stores every object and keeps none.
func accepting(r *http.Request, body []byte) *http.Response {
	switch r.URL.Path {
	case "/api/system/info":
		return message(200, `{"version":"2.42.5.2","revision":"x","serverDate":"2026-01-01T00:00:00.000","serverTimeZoneId":"Etc/UTC","systemId":"x","calendar":"iso8601","contextPath":"http://dhis2.test"}`)
	case "/api/tracker":
		return nil
	default:
		return message(200, `{"id":"xE7jOejl9FI"}`)
	}
}

// acceptor answers imports without looking at more than the UIDs.
type acceptor struct{}

func (acceptor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body bytes.Buffer
	_, _ = body.ReadFrom(r.Body)
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(acceptedReport(body.Bytes()))
}

// acceptedReport says of a flat body, as the importer writes it, that all of it was created.
func acceptedReport(body []byte) []byte {
	b := bytes.NewBuffer(make([]byte, 0, len(body)/3+500))
	total := countObjects(body)
	fmt.Fprintf(b, `{"status":"OK","validationReport":{"errorReports":[],"warningReports":[]},"stats":{"created":%d,"updated":0,"deleted":0,"ignored":0,"total":%d},"bundleReport":{"typeReportMap":{`, total, total)
	first := true
	for _, kind := range []struct {
		name tracker.Type
		mark string
	}{
		{tracker.TypeTrackedEntity, `{"trackedEntity":"`},
		{tracker.TypeEnrollment, `{"enrollment":"`},
		{tracker.TypeEvent, `{"event":"`},
		{tracker.TypeRelationship, `{"relationship":"`},
	} {
		rest, begun := body, false
		for {
			i := bytes.Index(rest, []byte(kind.mark))
			if i < 0 {
				break
			}
			rest = rest[i+len(kind.mark):]
			switch {
			case begun:
				b.WriteByte(',')
			case first:
				fmt.Fprintf(b, `"%s":{"trackerType":"%s","stats":{"created":1},"objectReports":[`, kind.name, kind.name)
			default:
				fmt.Fprintf(b, `,"%s":{"trackerType":"%s","stats":{"created":1},"objectReports":[`, kind.name, kind.name)
			}
			begun, first = true, false
			b.WriteString(`{"trackerType":"`)
			b.WriteString(string(kind.name))
			b.WriteString(`","uid":"`)
			b.Write(rest[:11])
			b.WriteString(`","errorReports":[]}`)
		}
		if begun {
			b.WriteString("]}")
		}
	}
	b.WriteString(`}}}`)
	return b.Bytes()
}

func children(n int) iter.Seq2[tracker.Record, error] {
	return func(yield func(tracker.Record, error) bool) {
		for i := range n {
			if !yield(childRecord(i, 1), nil) {
				return
			}
		}
	}
}

func TestTheServerIsTheBottleneck(t *testing.T) {
	t.Parallel()
	atOne := capacity{beyond: 0.9, at: map[int][3]float64{4: {20, 18, 15}, 48: {200, 180, 150}, 500: {1000, 900, 700}, 1000: {1000, 900, 700}}}
	atTwo := capacity{beyond: 0.9, at: map[int][3]float64{4: {20, 30, 25}, 48: {200, 300, 250}, 500: {1000, 1600, 1300}, 1000: {1000, 1600, 1300}}}
	degrading := measured("2.42.5.2")
	degrading.beyond = 0.93
	for name, server := range map[string]capacity{
		"2.42.5.2": measured("2.42.5.2"), "2.43.1": measured("2.43.1"),
		"2.42.5.2 that suffers from more than 4": degrading, "best at 1": atOne, "best at 2": atTwo,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				const size, objects = 500, 200 * 500
				n := &network{server: acceptor{}, replace: accepting, cost: server.duration}
				importer := newImporter(t, tracker.ImporterConfig{Client: n.client(t), MaxObjects: size})
				summary, err := importer.Run(t.Context(), children(objects/4), nil)
				require.NoError(t, err)
				require.EqualValues(t, objects, summary.Tally.Landed())
				rate := objects / summary.Elapsed.Seconds()
				best := server.best(size)
				t.Logf("%.0f objects/s, %.1f %% of the server's best (%.0f); %d requests, at most %d at once",
					rate, 100*rate/best, best, summary.Requests, n.most)
				assert.GreaterOrEqual(t, rate, 0.95*best)
			})
		})
	}
}
