package api

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/model"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
)

func metricRoutes() []route {
	series := func(byChannel bool, timeSeries, channel int) func(*call) error {
		return func(c *call) error {
			part := func(i int) string {
				if i < 0 {
					return ""
				}
				return c.param(i)
			}
			return c.getMetrics(byChannel, part(timeSeries), part(channel))
		}
	}
	total := series(false, -1, -1)
	openMetrics := public(get("/metrics", permit{}, (*call).getOpenMetrics))
	openMetrics.only = (*call).wantsOpenMetrics
	return []route{
		openMetrics,
		get("/metrics", permit{}, total),
		get("/metrics/channels", permit{}, series(true, -1, -1)),
		get("/metrics/channels/:channelID", permit{}, series(true, -1, 0)),
		get("/metrics/timeseries/:timeSeries", permit{}, series(false, 0, -1)),
		get("/metrics/timeseries/:timeSeries/channels", permit{}, series(true, 0, -1)),
		get("/metrics/timeseries/:timeSeries/channels/:channelID", permit{}, series(true, 0, 1)),
	}
}

// metric sums up the transactions of one channel or all, in one period or all.
type metric struct {
	channel           mongo.ObjectID
	start             time.Time
	count             int
	total, least, top float64 // milliseconds
	statuses          map[string]int
}

// getMetrics is GET /metrics and its relatives. The sums are made from the stored
// transactions when asked; as in the core, one without a response does not count.
func (c *call) getMetrics(byChannel bool, timeSeries, channel string) error {
	ids, all := c.visibleChannels()
	if channel != "" {
		key, known := mongo.ParseID(channel)
		_, has := c.collection(model.Channels).Get(key)
		if !known || !has || !all && !values(ids).hold(channel) {
			c.setStatus(http.StatusUnauthorized)
			return nil
		}
		ids, all = []any{key}, false
	}
	from, hasFrom := c.queryDate("startDate")
	to, hasTo := c.queryDate("endDate")
	if !hasFrom || !hasTo {
		c.setStatus(http.StatusBadRequest)
		c.setBody("Both start and end date are required")
		return nil
	}
	filter := mongo.Doc{"response.timestamp": mongo.Doc{"$exists": true}}
	if !all {
		filter["channelID"] = mongo.Doc{"$in": ids}
	}
	out := []any{}
	for _, m := range c.sum(filter, byChannel, timeSeries, from, to) {
		out = append(out, m.render(byChannel, timeSeries))
	}
	c.setBody(out)
	return nil
}

func (c *call) sum(filter mongo.Doc, byChannel bool, timeSeries string, from, to time.Time) []*metric {
	type key struct {
		channel mongo.ObjectID
		start   time.Time
	}
	sums := map[key]*metric{}
	for _, tx := range c.collection(model.Transactions).Find(filter, mongo.FindOptions{}) {
		sent, ok := timeOf(docOf(tx["request"])["timestamp"])
		if !ok {
			continue
		}
		start := startOf(sent, timeSeries)
		if start.Before(from) || start.After(to) {
			continue
		}
		k := key{start: start}
		if byChannel {
			k.channel = idOf(tx["channelID"])
		}
		if timeSeries == "" {
			k.start = time.Time{}
		}
		m, has := sums[k]
		if !has {
			m = &metric{channel: k.channel, start: k.start, statuses: map[string]int{}}
			sums[k] = m
		}
		m.add(tx, sent)
	}
	list := make([]*metric, 0, len(sums))
	for _, m := range sums {
		list = append(list, m)
	}
	slices.SortFunc(list, func(a, b *metric) int {
		return cmp.Or(a.start.Compare(b.start), strings.Compare(string(a.channel), string(b.channel)))
	})
	return list
}

func (m *metric) add(tx mongo.Doc, sent time.Time) {
	received, _ := timeOf(docOf(tx["response"])["timestamp"])
	took := float64(received.Sub(sent).Milliseconds())
	if m.count == 0 {
		m.least, m.top = took, took
	}
	m.count++
	m.total += took
	m.least, m.top = min(m.least, took), max(m.top, took)
	m.statuses[text(tx["status"])]++
}

// startOf is the beginning of the period a time falls into. Weeks, months and
// years are made of days, and so is what is not grouped by time.
func startOf(t time.Time, timeSeries string) time.Time {
	switch timeSeries {
	case "minute":
		return t.Truncate(time.Minute)
	case "hour":
		return t.Truncate(time.Hour)
	default:
		return t.Truncate(24 * time.Hour)
	}
}

func (m *metric) render(byChannel bool, timeSeries string) mongo.Doc {
	out := mongo.Doc{
		"total": m.count, "avgResp": m.total / float64(m.count), "minResp": m.least, "maxResp": m.top,
		"failed": m.statuses["Failed"], "successful": m.statuses["Successful"], "processing": m.statuses["Processing"],
		"completed": m.statuses["Completed"], "completedWErrors": m.statuses["Completed with error(s)"],
	}
	id := mongo.Doc{}
	if byChannel {
		id["channelID"] = m.channel
	}
	if timeSeries != "" {
		_, week := m.start.ISOWeek()
		out["timestamp"] = m.start
		id["minute"], id["hour"], id["day"] = m.start.Minute(), m.start.Hour(), int(m.start.Weekday())
		id["week"], id["month"], id["year"] = week, int(m.start.Month())-1, m.start.Year()
	}
	out["_id"] = id
	return out
}

// durationBuckets are the upper bounds of openhim_request_duration, in milliseconds.
func durationBuckets() []float64 { return []float64{50, 100, 200, 500, 1000, 2000, 5000, 10000} }

// wantsOpenMetrics tells Prometheus from the console.
func (c *call) wantsOpenMetrics() bool {
	return c.modern && strings.Contains(c.r.Header.Get("Accept"), "application/openmetrics-text")
}

// getOpenMetrics is GET /metrics for Prometheus, open to everyone since 8.1 when
// asked with Accept: application/openmetrics-text.
func (c *call) getOpenMetrics() error {
	names := map[mongo.ObjectID]string{}
	for _, channel := range c.collection(model.Channels).Find(mongo.Doc{}, mongo.FindOptions{}) {
		names[idOf(channel["_id"])] = text(channel["name"])
	}
	counts := map[string]int{}
	durations := map[string][]float64{}
	for _, tx := range c.collection(model.Transactions).Find(mongo.Doc{}, mongo.FindOptions{}) {
		channel := fmt.Sprintf("channel=%q", names[idOf(tx["channelID"])])
		labels := channel + fmt.Sprintf(",status=%q", text(tx["status"]))
		counts[labels]++
		sent, hasSent := timeOf(docOf(tx["request"])["timestamp"])
		if received, has := timeOf(docOf(tx["response"])["timestamp"]); has && hasSent {
			durations[channel] = append(durations[channel], float64(received.Sub(sent).Milliseconds()))
		}
	}
	var b strings.Builder
	b.WriteString("# HELP openhim_transactions Transactions by channel and status.\n# TYPE openhim_transactions counter\n")
	for _, labels := range sorted(counts) {
		fmt.Fprintf(&b, "openhim_transactions_total{%s} %d\n", labels, counts[labels])
	}
	b.WriteString("# HELP openhim_request_duration Milliseconds from request to response.\n# TYPE openhim_request_duration histogram\n")
	for _, labels := range sorted(durations) {
		writeHistogram(&b, labels, durations[labels])
	}
	b.WriteString("# EOF\n")
	c.w.Header().Set("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8")
	c.setBody(b.String())
	return nil
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func writeHistogram(b *strings.Builder, labels string, took []float64) {
	sum := 0.0
	for _, ms := range took {
		sum += ms
	}
	for _, bound := range durationBuckets() {
		below := 0
		for _, ms := range took {
			if ms <= bound {
				below++
			}
		}
		fmt.Fprintf(b, "openhim_request_duration_bucket{%s,le=\"%s\"} %d\n", labels, strconv.FormatFloat(bound, 'f', -1, 64), below)
	}
	fmt.Fprintf(b, "openhim_request_duration_bucket{%s,le=\"+Inf\"} %d\n", labels, len(took))
	fmt.Fprintf(b, "openhim_request_duration_sum{%s} %s\n", labels, strconv.FormatFloat(sum, 'f', -1, 64))
	fmt.Fprintf(b, "openhim_request_duration_count{%s} %d\n", labels, len(took))
}
