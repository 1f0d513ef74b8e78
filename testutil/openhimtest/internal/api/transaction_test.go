package api_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/model"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
)

func TestTheRouterIsToldOfLateUpdates(t *testing.T) {
	t.Parallel()
	c := newCore(t, modern)
	channel := c.channel("ch")
	tx := c.transaction(channel, nil)
	c.do(http.MethodPut, "/transactions/"+tx, `{"orchestrations":[{"name":"late"}]}`).is(http.StatusOK, "Transaction with ID: "+tx+" successfully updated")
	c.do(http.MethodPost, "/transactions", `{"status":"Failed","request":{"timestamp":1},"channelID":"`+channel+`"}`)
	c.do(http.MethodPut, "/transactions/"+tx, `{"response":{"status":"x"}}`)
	require.Len(t, c.changed, 4, "but not of one that is refused")
	assert.Equal(t, "late", c.changed[0]["orchestrations"].([]any)[0].(mongo.Doc)["name"])
	assert.Equal(t, "ch", c.changed[1]["name"])
	assert.Equal(t, "Failed", c.changed[2]["status"])
}

func TestEventsSinceATime(t *testing.T) {
	t.Parallel()
	c := newCore(t, modern)
	for _, name := range []string{"before", "after"} {
		_, err := c.db.Collection(model.Events).Insert(mongo.Doc{"name": name, "created": c.clock(), "normalizedTimestamp": c.clock().UnixMilli()})
		require.NoError(t, err)
		c.pass(time.Second)
	}
	var got struct{ Events []map[string]any }
	since := string(mongo.JSON(c.clock().Add(-time.Second).UnixMilli()))
	require.NoError(t, json.Unmarshal([]byte(c.do(http.MethodGet, "/events/"+since, "").body), &got))
	require.Len(t, got.Events, 1)
	assert.Equal(t, "after", got.Events[0]["name"])
}

func TestAnErrorQueuesTheTransactionForRetry(t *testing.T) {
	t.Parallel()
	c := newCore(t, modern)
	channel := c.channel("ch")
	c.do(http.MethodPut, "/channels/"+channel, `{"autoRetryEnabled":true,"autoRetryMaxAttempts":2}`)
	tx := c.transaction(channel, mongo.Doc{"autoRetryAttempt": 1})
	spent := c.transaction(channel, mongo.Doc{"autoRetryAttempt": 2})
	for _, id := range []string{tx, spent} {
		assert.Equal(t, http.StatusOK, c.do(http.MethodPut, "/transactions/"+id, `{"error":{"message":"m"}}`).status)
	}
	assert.Equal(t, true, c.do(http.MethodGet, "/transactions/"+tx, "").doc()["autoRetry"])
	assert.Equal(t, false, c.do(http.MethodGet, "/transactions/"+spent, "").doc()["autoRetry"], "it had all its attempts")
	assert.Equal(t, 1, c.db.Collection(model.AutoRetries).Count(mongo.Doc{}))
	c.do(http.MethodPost, "/tasks", `{"tids":["`+tx+`"],"paused":true}`)
	assert.Zero(t, c.db.Collection(model.AutoRetries).Count(mongo.Doc{}), "a rerun by hand takes its place")
	orphan := c.transaction("", mongo.Doc{"channelID": nil})
	c.do(http.MethodPut, "/transactions/"+orphan, `{"error":{}}`).is(http.StatusInternalServerError,
		"Could not update transaction via the API: TypeError: Cannot read properties of null (reading 'autoRetryMaxAttempts')")
}

func TestBodiesAreCutAtFifteenMebibytesInAll(t *testing.T) {
	t.Parallel()
	c := newCore(t, modern)
	tx := c.transaction(c.channel("ch"), nil)
	const size = 10 << 20
	long := strings.Repeat("é", size/2)
	assert.Equal(t, http.StatusOK, c.do(http.MethodPut, "/transactions/"+tx, `{"response":{"body":"`+long+`"}}`).status)
	assert.Equal(t, http.StatusOK, c.do(http.MethodPut, "/transactions/"+tx, `{"request":{"body":"`+long+`","timestamp":1}}`).status)
	doc, _ := c.db.Collection(model.Transactions).Get(mongo.ObjectID(tx))
	body, _ := doc["request"].(mongo.Doc)["body"].(string)
	assert.Less(t, len(body), 6<<20)
	assert.True(t, strings.HasSuffix(body, "é\n[truncated ...]"), "cut between characters")
	assert.Equal(t, false, doc["canRerun"])
}

func list(filters string, more ...string) string {
	return "/transactions?filterLimit=10&filterPage=0&filters=" + url.QueryEscape(filters) + strings.Join(more, "")
}

func TestTransactionFilters(t *testing.T) {
	t.Parallel()
	c := newCore(t, modern)
	channel := c.channel("ch")
	one := c.transaction(channel, mongo.Doc{"properties": mongo.Doc{"p": "1"}})
	c.pass(time.Hour)
	two := c.transaction(channel, mongo.Doc{
		"status": "Failed", "response": mongo.Doc{"status": 503, "timestamp": c.clock()}, "childIDs": []any{one},
		"routes": []any{mongo.Doc{"name": "r", "request": mongo.Doc{"path": "/second", "timestamp": c.clock()}}},
	})
	for filters, want := range map[string][]string{
		`{}`:                                {two, one}, // latest first
		`{"status":"Failed"}`:               {two},
		`{"response.status":"5xx"}`:         {two},
		`{"response.status":"200"}`:         {one},
		`{"request.path":"^/A"}`:            {two, one},
		`{"routes.request.path":"SECOND"}`:  {two},
		`{"properties":{"p":null}}`:         {one},
		`{"properties":{"p":"2"}}`:          {},
		`{"childIDs":"{\"$exists\":true}"}`: {two, one},
		`{"request.timestamp":"{\"$gte\":\"2026-01-02T04:00:00.000Z\"}"}`: {two},
		`{"orchestrations.name":"first"}`:                                 {two, one},
		`{"$or":[{"status":"Failed"},{"properties.p":"1"}]}`:              {two, one},
	} {
		got := []string{}
		a := c.do(http.MethodGet, list(filters), "")
		require.Equal(t, http.StatusOK, a.status, "%s: %s", filters, a.body)
		for _, tx := range a.list() {
			got = append(got, tx["_id"].(string))
		}
		assert.Equal(t, want, got, filters)
	}
	assert.Len(t, c.do(http.MethodGet, "/transactions?filterLimit=1&filterPage=1", "").list(), 1)
	assert.Len(t, c.do(http.MethodGet, "/transactions?channelID="+channel, "").list(), 2)
	assert.Empty(t, c.do(http.MethodGet, "/transactions/clients/507f1f77bcf86cd799439011", "").list())
	const prefix = "Could not retrieve transactions via the API: "
	c.do(http.MethodGet, list(`{"request.path":"("}`), "").is(http.StatusInternalServerError, prefix+"SyntaxError: Invalid regular expression: /(/: Invalid group")
	c.do(http.MethodGet, list(`{"request.timestamp":{"$gte":1}}`), "").is(http.StatusInternalServerError, prefix+`SyntaxError: "[object Object]" is not valid JSON`)
	c.do(http.MethodGet, list(`{"channelID":"x"}`), "").is(http.StatusInternalServerError,
		prefix+`CastError: Cast to ObjectId failed for value "x" (type string) at path "channelID" for model "Transaction"`)
	c.do(http.MethodGet, list(`{"status":{"$foo":1}}`), "").is(http.StatusInternalServerError, prefix+"MongoServerError: unknown operator: $foo")
}

func TestFulltruncateCutsEachBody(t *testing.T) {
	t.Parallel()
	c := newCore(t, modern)
	long := strings.Repeat("x", 15001)
	tx := c.transaction(c.channel("ch"), mongo.Doc{"request": mongo.Doc{"body": long, "timestamp": 1}})
	full := c.do(http.MethodGet, "/transactions/"+tx, "").body
	cut := c.do(http.MethodGet, "/transactions/"+tx+"?filterRepresentation=fulltruncate", "").body
	assert.Contains(t, full, long)
	assert.NotContains(t, cut, long)
	assert.Contains(t, cut, `x\n[truncated ...]`)
}

func TestTasksAreHandedToTheRouter(t *testing.T) {
	t.Parallel()
	c := newCore(t, modern)
	channel := c.channel("ch")
	tx := c.transaction(channel, nil)
	c.transaction(channel, mongo.Doc{"canRerun": false})
	assert.Equal(t, http.StatusCreated, c.do(http.MethodPost, "/tasks", `{"tids":["`+tx+`"]}`).status)
	assert.Equal(t, http.StatusCreated, c.do(http.MethodPost, "/tasks", `{"tids":["`+tx+`"],"paused":true}`).status)
	bulk := c.do(http.MethodPost, "/bulkrerun", `{"filters":{"status":"Successful"},"batchSize":2}`)
	require.Equal(t, http.StatusCreated, bulk.status, bulk.body)
	require.Len(t, c.queued, 2, "all but the paused one")
	task := c.do(http.MethodGet, "/tasks/"+string(c.queued[1])+"?filters=%7B%7D&filterLimit=5&filterPage=0", "").doc()
	assert.Equal(t, 2.0, task["batchSize"])
	assert.Len(t, task["transactions"], 1, "only what can be rerun")
	o := newCore(t, old)
	assert.Equal(t, http.StatusNotFound, o.do(http.MethodPost, "/bulkrerun", `{}`, o.signed()).status, "since 7.1")
	c.do(http.MethodPost, "/tasks", `{"tids":[],"batchSize":0}`).is(http.StatusBadRequest, "Invalid batch size specified")
	c.do(http.MethodPut, "/channels/"+channel, `{"status":"disabled"}`)
	c.do(http.MethodPost, "/tasks", `{"tids":["`+tx+`"]}`).is(http.StatusBadRequest, "Cannot queue task as there are transactions with disabled or deleted channels")
	c.do(http.MethodPut, "/tasks/xyz", `{}`).is(http.StatusInternalServerError,
		`Could not update Task by ID xyz via the API: CastError: Cast to ObjectId failed for value "xyz" (type string) at path "_id" for model "Task"`)
	c.do(http.MethodPut, "/tasks/"+string(c.queued[0]), `{"status":"Queued"}`)
	assert.Len(t, c.queued, 3, "a task that is queued again goes on")
}

func TestATasksTransactionsAreFiltered(t *testing.T) {
	t.Parallel()
	c := newCore(t, modern)
	c.do(http.MethodPost, "/tasks", `{"tids":["507f1f77bcf86cd799439011","507f1f77bcf86cd799439012"],"paused":true}`)
	id := c.id(model.Tasks, "status", "Paused")
	get := func(filters string) float64 {
		n, _ := c.do(http.MethodGet, "/tasks/"+id+"?filterLimit=1&filterPage=0&filters="+url.QueryEscape(filters), "").doc()["totalFilteredTransactions"].(float64)
		return n
	}
	assert.Equal(t, 2.0, get(`{"tstatus":"Queued"}`))
	assert.Zero(t, get(`{"tstatus":"Failed"}`))
	assert.Zero(t, get(`{"hasErrors":"yes"}`))
	assert.Equal(t, 2.0, get(`{"hasErrors":"no"}`))
	assert.Len(t, c.do(http.MethodGet, "/tasks?filters="+url.QueryEscape(`{"created":"{\"$lte\":\"2027-01-01\"}"}`), "").list(), 1)
}

func TestMetricsAreSummedUp(t *testing.T) {
	t.Parallel()
	c := newCore(t, modern)
	one, two := c.channel("one"), c.channel("two")
	c.transaction(one, nil)
	c.transaction(one, mongo.Doc{"status": "Failed", "response": mongo.Doc{"timestamp": c.clock().Add(300 * time.Millisecond)}})
	c.pass(time.Hour)
	c.transaction(two, nil)
	c.transaction(two, mongo.Doc{"response": nil})
	const days = "?startDate=2026-01-01&endDate=2026-02-01"
	all := c.do(http.MethodGet, "/metrics"+days, "").list()
	require.Len(t, all, 1)
	assert.Equal(t, 3.0, all[0]["total"], "without a response it does not count")
	assert.Equal(t, 1.0, all[0]["failed"])
	assert.InDelta(t, 166.67, all[0]["avgResp"], 0.1)
	assert.Len(t, c.do(http.MethodGet, "/metrics/channels"+days, "").list(), 2)
	assert.Len(t, c.do(http.MethodGet, "/metrics/channels/"+two+days, "").list(), 1)
	assert.Len(t, c.do(http.MethodGet, "/metrics/timeseries/hour"+days, "").list(), 2)
	byHour := c.do(http.MethodGet, "/metrics/timeseries/hour/channels/"+one+days, "").list()
	require.Len(t, byHour, 1)
	assert.Equal(t, "2026-01-02T03:00:00.000Z", byHour[0]["timestamp"])
	c.do(http.MethodGet, "/metrics", "").is(http.StatusBadRequest, "Both start and end date are required")
	assert.Equal(t, http.StatusUnauthorized, c.do(http.MethodGet, "/metrics/channels/507f1f77bcf86cd799439011"+days, "").status)

	text := c.do(http.MethodGet, "/metrics", "", nobody, header("Accept", "application/openmetrics-text"))
	require.Equal(t, http.StatusOK, text.status)
	assert.Contains(t, text.header.Get("Content-Type"), "application/openmetrics-text")
	assert.Contains(t, text.body, "openhim_transactions_total{channel=\"one\",status=\"Failed\"} 1\n")
	assert.Contains(t, text.body, "openhim_request_duration_bucket{channel=\"one\",le=\"200\"} 1\n")
	assert.True(t, strings.HasSuffix(text.body, "# EOF\n"))
	o := newCore(t, old)
	assert.Equal(t, http.StatusUnauthorized, o.do(http.MethodGet, "/metrics", "", nobody, header("Accept", "application/openmetrics-text")).status)
}
