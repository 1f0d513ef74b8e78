package openhim

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/openhim/mediator-go/internal/httpx"
)

// Events returns the events since a moment, at most those of the last hour:
// cores keep them no longer. It needs the permission visualizer-view.
func (a *API) Events(ctx context.Context, since time.Time) ([]Event, error) {
	var answer struct {
		Events []Event `json:"events"`
	}
	err := a.document(ctx, exchange{
		op: "list events", method: http.MethodGet,
		path:  "/events/" + strconv.FormatInt(max(0, since.UnixMilli()), 10),
		retry: httpx.RetrySafe, limit: maxList,
	}, &answer)
	return answer.Events, err
}

// Heartbeats returns for each mediator how long it has been up, by its last
// heartbeat, or nil when there was none in the last minute. The call is
// public.
func (a *API) Heartbeats(ctx context.Context) (map[string]*time.Duration, error) {
	var answer struct {
		Mediators map[string]*float64 `json:"mediators"`
	}
	err := a.document(ctx, exchange{
		op: "read heartbeats", method: http.MethodGet, path: "/heartbeat",
		retry: httpx.RetrySafe, limit: maxList, anonymous: true,
	}, &answer)
	if err != nil {
		return nil, err
	}
	out := make(map[string]*time.Duration, len(answer.Mediators))
	for urn, seconds := range answer.Mediators {
		out[urn] = nil
		if seconds != nil {
			d := time.Duration(*seconds * float64(time.Second))
			out[urn] = &d
		}
	}
	return out, nil
}
