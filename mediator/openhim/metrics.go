package openhim

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/openhim/mediator-go/internal/httpx"
)

// Metric counts transactions, of a channel or of all, in a period or in one
// step of it.
type Metric struct {
	// Total of transactions, and how many of them are in each status.
	Total               int `json:"total"`
	Processing          int `json:"processing"`
	Successful          int `json:"successful"`
	Completed           int `json:"completed"`
	CompletedWithErrors int `json:"completedWErrors"`
	Failed              int `json:"failed"`
	// AverageResponse, MinResponse and MaxResponse are in milliseconds.
	AverageResponse float64 `json:"avgResp"`
	MinResponse     float64 `json:"minResp"`
	MaxResponse     float64 `json:"maxResp"`
	// Timestamp is the begin of the step; zero without steps.
	Timestamp Time `json:"timestamp,omitzero"`
	// Key is what the core grouped by: the channel's ID, the parts of the
	// date.
	Key any `json:"_id,omitempty"`
}

// MetricsQuery says which transactions are counted, and how.
type MetricsQuery struct {
	// Since and Until bound the period. Both are required.
	Since, Until time.Time
	// Step is "", for one number, or "minute", "hour", "day", "week", "month"
	// or "year".
	Step string
	// ChannelID restricts it to one channel; empty means all the user may
	// see.
	ChannelID string
	// ByChannel counts each channel on its own.
	ByChannel bool
}

// Metrics returns counts of transactions.
func (a *API) Metrics(ctx context.Context, q MetricsQuery) ([]Metric, error) {
	r := newRules(nil)
	r.time("Since", At(q.Since), true)
	r.time("Until", At(q.Until), true)
	r.oneOf("Step", q.Step, "minute", "hour", "day", "week", "month", "year")
	if q.ChannelID != "" && !objectID.MatchString(q.ChannelID) {
		r.add("ChannelID", "must be the core's ID of a channel, 24 hexadecimal digits")
	}
	if q.ChannelID != "" && q.ByChannel {
		r.add("ByChannel", "has no meaning beside ChannelID")
	}
	if err := r.result("metrics query"); err != nil {
		return nil, err
	}
	path := "/metrics"
	if q.Step != "" {
		path += "/timeseries/" + q.Step
	}
	switch {
	case q.ChannelID != "":
		path += "/channels/" + q.ChannelID
	case q.ByChannel:
		path += "/channels"
	}
	var list []Metric
	err := a.document(ctx, exchange{
		op: "read metrics", method: http.MethodGet, path: path,
		query: url.Values{
			"startDate": {At(q.Since).Format(timeLayout)},
			"endDate":   {At(q.Until).Format(timeLayout)},
		},
		retry: httpx.RetrySafe, limit: maxList,
	}, &list)
	return list, err
}

// OpenMetrics returns the core's own metrics in the text form of OpenMetrics,
// for Prometheus. The call is public; a core before 8.1 gives a
// *[StatusError] 401.
func (a *API) OpenMetrics(ctx context.Context) (string, error) {
	r, err := a.do(ctx, exchange{
		op: "read open metrics", method: http.MethodGet, path: "/metrics",
		accept: "application/openmetrics-text", retry: httpx.RetrySafe, limit: maxList, anonymous: true,
	})
	if err != nil {
		return "", err
	}
	return string(r.body), nil
}
