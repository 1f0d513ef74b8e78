package openhim_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mediator/openhim"
)

// pages makes c list n transactions; from the second page on one more has
// arrived at the top.
func (c *core) pages(n int, arriving bool) *[]http.Request {
	var requests []http.Request
	c.on("GET /transactions", func(w http.ResponseWriter, r *http.Request) {
		requests = append(requests, *r)
		limit, _ := strconv.Atoi(r.URL.Query().Get("filterLimit"))
		page, _ := strconv.Atoi(r.URL.Query().Get("filterPage"))
		all := make([]openhim.Transaction, 0, n+1)
		if arriving && page > 0 {
			all = append(all, openhim.Transaction{ID: id(9999)})
		}
		for i := range n {
			all = append(all, openhim.Transaction{ID: id(i)})
		}
		from, to := min(len(all), page*limit), min(len(all), page*limit+limit)
		document(w, all[from:to])
	})
	return &requests
}

func TestTransactionsAreReadPageByPage(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 4, 5, 10, 11} {
		for _, arriving := range []bool{false, true} {
			c := newCore("8.5.0")
			requests := c.pages(n, arriving)
			var got []string
			for tx, err := range c.api(t, nil).Transactions(t.Context(), openhim.TransactionFilter{PageSize: 5}) {
				require.NoError(t, err)
				got = append(got, tx.ID)
			}
			var want []string
			for i := range n {
				want = append(want, id(i))
			}
			assert.Equal(t, want, got, "%d, arriving %t", n, arriving)
			assert.LessOrEqual(t, len(*requests), n/5+2)
		}
	}
}

func TestTransactionsStopWhenTheLoopDoes(t *testing.T) {
	t.Parallel()
	c := newCore("8.5.0")
	requests := c.pages(100, false)
	seen := 0
	for _, err := range c.api(t, nil).Transactions(t.Context(), openhim.TransactionFilter{PageSize: 10}) {
		require.NoError(t, err)
		if seen++; seen == 15 {
			break
		}
	}
	assert.Len(t, *requests, 2)
}

func TestTransactionsEndWithTheFirstError(t *testing.T) {
	t.Parallel()
	c := newCore("8.5.0")
	c.on("GET /transactions", func(w http.ResponseWriter, _ *http.Request) { text(w, 403, "no") })
	var errs []error
	for tx, err := range c.api(t, nil).Transactions(t.Context(), openhim.TransactionFilter{}) {
		assert.Empty(t, tx.ID)
		errs = append(errs, err)
	}
	require.Len(t, errs, 1)
	assert.True(t, openhim.IsForbidden(errs[0]))
	for _, err := range c.api(t, nil).Transactions(t.Context(), openhim.TransactionFilter{
		Status: "Banana", PageSize: -1, PathPattern: "(", ChannelID: "x", PropertyValue: "v", Representation: "z",
	}) {
		assert.ElementsMatch(t, []string{"Status", "PageSize", "PathPattern", "ChannelID", "Property", "Representation"}, fields(t, err))
	}
}

func TestTransactionFilterIsWrittenAsTheCoreReadsIt(t *testing.T) {
	t.Parallel()
	c := newCore("8.5.0")
	requests := c.pages(0, false)
	yes := true
	for _, err := range c.api(t, nil).Transactions(t.Context(), openhim.TransactionFilter{
		Status: openhim.StatusFailed, ChannelID: id(1), ClientID: id(2), ParentID: id(3),
		Since: sometime, Until: sometime.Add(time.Hour), PathPattern: "^/a", QuerystringPattern: "q=1",
		ResponseStatus: "5xx", Orchestration: "o", Property: "p", CanRerun: &yes,
		Fields: map[string]any{"routes.response.status": "2xx"}, Representation: openhim.RepresentationFull,
	}) {
		require.NoError(t, err)
	}
	require.Len(t, *requests, 1)
	q := (*requests)[0].URL.Query()
	assert.Equal(t, "10", q.Get("filterLimit"))
	assert.Equal(t, "0", q.Get("filterPage"))
	assert.Equal(t, "full", q.Get("filterRepresentation"))
	assert.JSONEq(t, `{
		"status": "Failed", "channelID": "`+id(1)+`", "clientID": "`+id(2)+`", "parentID": "`+id(3)+`",
		"request.timestamp": "{\"$gte\":\"2026-01-02T03:04:05.678Z\",\"$lte\":\"2026-01-02T04:04:05.678Z\"}",
		"request.path": "^/a", "request.querystring": "q=1", "response.status": "5xx", "orchestrations.name": "o",
		"properties": {"p": null}, "canRerun": true, "routes.response.status": "2xx"
	}`, q.Get("filters"))
}

func TestTransactionIsReadAndCreated(t *testing.T) {
	t.Parallel()
	c := newCore("8.5.0")
	c.on("GET /transactions/"+id(1), func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "full", r.URL.Query().Get("filterRepresentation"))
		document(w, map[string]any{"_id": id(1), "status": "Banana", "error": "odd", "orchestrations": []any{map[string]any{"name": 5, "request": "GET /"}}})
	})
	c.on("POST /transactions", func(w http.ResponseWriter, _ *http.Request) { text(w, 201, "Created") })
	api := c.api(t, nil)
	tx, err := api.Transaction(t.Context(), id(1))
	require.NoError(t, err)
	assert.Equal(t, openhim.Status("Banana"), tx.Status)
	require.Len(t, tx.Orchestrations, 1)
	assert.Equal(t, "5", tx.Orchestrations[0].Name, "what 4.0.5 stored unchecked is read as far as it goes")
	_, err = api.Transaction(t.Context(), "xyz")
	assert.Equal(t, []string{"id"}, fields(t, err))

	err = api.CreateTransaction(t.Context(), openhim.Transaction{Orchestrations: []openhim.Orchestration{{}}})
	assert.Equal(t, []string{"status", "channelID", "request.timestamp", "orchestrations[0].name", "orchestrations[0].request.timestamp"}, fields(t, err))
	require.NoError(t, api.CreateTransaction(t.Context(), openhim.Transaction{
		Status: openhim.StatusProcessing, ChannelID: id(1), Request: openhim.Request{Timestamp: openhim.At(sometime), Path: "/p", Method: "GET"},
	}))
	assert.JSONEq(t, `{"status":"Processing","channelID":"`+id(1)+`","request":{"timestamp":"2026-01-02T03:04:05.678Z","path":"/p","method":"GET"}}`,
		c.body("POST /transactions"))
}

func TestPushesAreNotRepeated(t *testing.T) {
	t.Parallel()
	c := newCore("8.5.0")
	c.on("PUT /transactions/"+id(1), func(w http.ResponseWriter, _ *http.Request) { text(w, 503, "no") })
	api := c.api(t, nil)
	require.Error(t, api.UpdateTransaction(t.Context(), id(1), result()))
	assert.Len(t, c.seen("PUT"), 1)
	require.Error(t, api.UpdateTransaction(t.Context(), id(1), openhim.Update{Status: openhim.StatusFailed}))
	assert.Len(t, c.seen("PUT"), 4, "setting a status twice is setting it once")
}

func TestTasks(t *testing.T) {
	t.Parallel()
	c := newCore("8.5.0")
	tasks := []openhim.Task{{ID: id(7), TotalTransactions: 1, Status: "Queued"}, {ID: id(8), TotalTransactions: 2}, {ID: id(9), TotalTransactions: 2}}
	members := map[string][]openhim.TaskTransaction{
		id(7): {{ID: id(1)}}, id(8): {{ID: id(3)}, {ID: id(4)}}, id(9): {{ID: id(1)}, {ID: id(2)}},
	}
	c.on("GET /tasks", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("filters") == "" {
			text(w, 500, "undefined")
			return
		}
		document(w, tasks)
	})
	for _, task := range tasks {
		c.on("GET /tasks/"+task.ID, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("filters") == "" {
				text(w, 500, "undefined")
				return
			}
			task.Transactions = members[task.ID]
			document(w, task)
		})
	}
	c.on("POST /tasks", func(w http.ResponseWriter, _ *http.Request) { text(w, 201, "in any words") })
	api := c.api(t, nil)

	task, err := api.Rerun(t.Context(), id(1), id(2))
	require.NoError(t, err)
	assert.Equal(t, id(9), task.ID, "found by its transactions, not by the text")
	assert.JSONEq(t, `{"tids":["`+id(1)+`","`+id(2)+`"],"batchSize":1,"paused":false}`, c.body("POST /tasks"))

	_, err = api.CreateTask(t.Context(), openhim.NewTask{TransactionIDs: []string{id(5)}, BatchSize: 3, Paused: true})
	assert.ErrorContains(t, err, "not found again")
	_, err = api.Rerun(t.Context())
	assert.Equal(t, []string{"tids"}, fields(t, err))
	_, err = api.Rerun(t.Context(), "xyz")
	assert.Equal(t, []string{"tids[0]"}, fields(t, err))

	n := 0
	for _, err := range api.Tasks(t.Context(), openhim.TaskFilter{Status: "Queued", User: user}) {
		require.NoError(t, err)
		n++
	}
	assert.Equal(t, 3, n)
}

func TestBulkRerunNeedsTheVersion(t *testing.T) {
	t.Parallel()
	old := newCore("7.0.1")
	err := old.api(t, nil).BulkRerun(t.Context(), openhim.TransactionFilter{Status: openhim.StatusFailed}, 5, false)
	var version *openhim.VersionError
	require.ErrorAs(t, err, &version)
	assert.Equal(t, openhim.VersionError{Op: "bulk rerun", Since: "7.1.0", Core: "7.0.1"}, *version)
	assert.Empty(t, old.seen("POST /bulkrerun"), "with basic authentication an unknown call answers 200")

	c := newCore("7.1.0")
	c.on("POST /bulkrerun", func(w http.ResponseWriter, _ *http.Request) { document(w, map[string]any{"success": true}) })
	require.NoError(t, c.api(t, nil).BulkRerun(t.Context(), openhim.TransactionFilter{Status: openhim.StatusFailed}, 0, true))
	assert.JSONEq(t, `{"filters":{"status":"Failed"},"batchSize":1,"pauseQueue":true}`, c.body("POST /bulkrerun"))
}

func TestChannelsAndClients(t *testing.T) {
	t.Parallel()
	c := newCore("8.5.0")
	channel := openhim.Channel{Name: "c", URLPattern: "^/c$", Routes: []openhim.Route{{Name: "r", Host: "h", Port: 1, Primary: true}}}
	client := openhim.Client{ClientID: "cl", Name: "n", Roles: []string{"r"}}
	c.on("POST /channels", func(w http.ResponseWriter, _ *http.Request) { text(w, 201, "Channel successfully created") })
	c.on("POST /clients", func(w http.ResponseWriter, _ *http.Request) { text(w, 201, "Client successfully created") })
	c.on("GET /channels", func(w http.ResponseWriter, _ *http.Request) {
		stored := channel
		stored.ID = id(1)
		document(w, []openhim.Channel{{Name: "x"}, stored})
	})
	c.on("GET /clients", func(w http.ResponseWriter, _ *http.Request) {
		stored := client
		stored.ID = id(2)
		document(w, []openhim.Client{stored})
	})
	for _, route := range []string{"PUT /channels/", "DELETE /channels/", "POST /channels/", "PUT /clients/", "DELETE /clients/"} {
		suffix := ""
		if route == "POST /channels/" {
			suffix = "/trigger"
		}
		c.on(route+id(1)+suffix, func(w http.ResponseWriter, _ *http.Request) { text(w, 200, "done") })
	}
	api := c.api(t, nil)
	gotChannel, err := api.CreateChannel(t.Context(), channel)
	require.NoError(t, err)
	assert.Equal(t, id(1), gotChannel.ID)
	gotClient, err := api.CreateClient(t.Context(), client)
	require.NoError(t, err)
	assert.Equal(t, id(2), gotClient.ID)
	require.NoError(t, api.UpdateChannel(t.Context(), id(1), gotChannel))
	assert.NotContains(t, c.body("PUT /channels/"+id(1)), "_id")
	require.NoError(t, api.TriggerChannel(t.Context(), id(1)))
	require.NoError(t, api.DeleteChannel(t.Context(), id(1)))
	require.NoError(t, api.UpdateClient(t.Context(), id(1), client))
	require.NoError(t, api.DeleteClient(t.Context(), id(1)))

	before := len(c.calls)
	_, err = api.CreateChannel(t.Context(), openhim.Channel{})
	assert.Equal(t, []string{"name", "urlPattern", "routes"}, fields(t, err))
	_, err = api.CreateClient(t.Context(), openhim.Client{Roles: []string{""}, PasswordHash: "h"})
	assert.Equal(t, []string{"clientID", "name", "roles[0]", "passwordAlgorithm"}, fields(t, err))
	for _, err := range []error{
		api.UpdateChannel(t.Context(), "x", channel), api.DeleteChannel(t.Context(), "x"), api.TriggerChannel(t.Context(), "x"),
		api.UpdateClient(t.Context(), "x", client), api.DeleteClient(t.Context(), "x"),
	} {
		assert.Equal(t, []string{"id"}, fields(t, err))
	}
	assert.Len(t, c.calls, before, "nothing invalid is sent")
}

func TestEventsAuditsAndMetrics(t *testing.T) {
	t.Parallel()
	c := newCore("8.5.0")
	c.on("GET /events/"+strconv.FormatInt(sometime.UnixMilli(), 10), func(w http.ResponseWriter, _ *http.Request) {
		document(w, map[string]any{"events": []any{map[string]any{"type": "channel", "event": "end", "status": 200, "mediator": "urn:x"}}})
	})
	c.on("GET /audits", func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "20", r.URL.Query().Get("filterLimit"))
		assert.Equal(t, "full", r.URL.Query().Get("filterRepresentation"))
		document(w, []any{map[string]any{"eventIdentification": map[string]any{"eventDateTime": "2026-01-02T03:04:05.678Z", "eventID": map[string]any{"code": "c"}}}})
	})
	c.on("POST /audits", func(w http.ResponseWriter, _ *http.Request) { text(w, 201, "Audit successfully created") })
	c.on("GET /metrics/timeseries/day/channels/"+id(1), func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "2026-01-02T03:04:05.678Z", r.URL.Query().Get("startDate"))
		document(w, []any{map[string]any{"total": 3, "completedWErrors": 1, "avgResp": 1.5, "timestamp": "2026-01-02T00:00:00.000Z"}})
	})
	c.on("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "application/openmetrics-text", r.Header.Get("Accept"))
		text(w, 200, "# EOF")
	})
	c.authorize = func(r *http.Request) bool { return r.URL.Path == "/metrics" || c.token(r) }
	api := c.api(t, nil)
	events, err := api.Events(t.Context(), sometime)
	require.NoError(t, err)
	assert.Equal(t, "urn:x", events[0].Mediator)
	audits, err := api.Audits(t.Context(), openhim.AuditFilter{Full: true, PageSize: 20})
	require.NoError(t, err)
	assert.Equal(t, "c", audits[0].Event.ID.Code)
	require.NoError(t, api.CreateAudit(t.Context(), audits[0]))
	metrics, err := api.Metrics(t.Context(), openhim.MetricsQuery{Since: sometime, Until: sometime, Step: "day", ChannelID: id(1)})
	require.NoError(t, err)
	assert.Equal(t, 1, metrics[0].CompletedWithErrors)
	open, err := api.OpenMetrics(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "# EOF", open)
	_, err = api.Metrics(t.Context(), openhim.MetricsQuery{Step: "century", ChannelID: "x", ByChannel: true})
	assert.Equal(t, []string{"Since", "Until", "Step", "ChannelID", "ByChannel"}, fields(t, err))
	_, err = api.Audits(t.Context(), openhim.AuditFilter{Page: -1, PageSize: 5000, Fields: map[string]any{"x": make(chan int)}})
	assert.Equal(t, []string{"Page", "PageSize", "Fields"}, fields(t, err))
	var doc json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(c.body("POST /audits")), &doc))
}
