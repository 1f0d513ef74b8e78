package openhim_test

import (
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mediator/openhim"
)

// TestLiveAPI walks through the API of the core at OPENHIM_URL.
func TestLiveAPI(t *testing.T) {
	t.Parallel()
	if os.Getenv("OPENHIM_URL") == "" {
		if os.Getenv("CI") == "true" && os.Getenv("LIVE") == "1" {
			t.Fatal("OPENHIM_URL is not set: run the live tests by `make live`")
		}
		t.Skip("needs a real core: run `make live`, or set OPENHIM_URL")
	}
	api, err := openhim.New(openhim.Config{
		URL: os.Getenv("OPENHIM_URL"), Username: os.Getenv("OPENHIM_USERNAME"), Password: os.Getenv("OPENHIM_PASSWORD"),
		Fingerprint:        os.Getenv("OPENHIM_LIVE_FINGERPRINT"),
		InsecureSkipVerify: os.Getenv("OPENHIM_LIVE_FINGERPRINT") == "" && os.Getenv("TRUST_SELF_SIGNED") == "true",
	})
	require.NoError(t, err)
	defer api.Close()
	walk(t, api, os.Getenv("OPENHIM_ROUTER_URL"))
}

// walker goes through the calls of an API in the order of a mediator's life.
type walker struct {
	t        *testing.T
	ctx      context.Context //nolint:containedctx // of this one test
	api      *openhim.API
	router   string
	name     string // unique, so that a core may be used twice
	mediator openhim.Mediator
	arrived  chan string // IDs of transactions at the mediator
}

func walk(t *testing.T, api *openhim.API, router string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	w := &walker{
		t: t, ctx: ctx, api: api, router: router,
		name: "openhim-test-" + strings.ToLower(rand.Text()[:10]), arrived: make(chan string, 10),
	}
	server := httptest.NewServer(http.HandlerFunc(w.serve))
	defer server.Close()
	u, err := url.Parse(server.URL)
	require.NoError(t, err)
	port, err := strconv.Atoi(u.Port())
	require.NoError(t, err)
	w.register(openhim.Endpoint{Name: w.name, Host: u.Hostname(), Port: port})
	w.config()
	client := w.channels()
	id := w.finish()
	w.query(id)
	w.rerun(id)
	w.record(id)
	w.clean(client)
}

// serve is the mediator: it promises an answer for later.
func (w *walker) serve(rw http.ResponseWriter, r *http.Request) {
	e := openhim.Envelope{
		URN: w.mediator.URN, Status: openhim.StatusProcessing,
		Response: openhim.Response{
			Status: 202, Headers: openhim.Headers{"content-type": {"text/plain"}}, Body: "later", Timestamp: openhim.At(time.Now()),
		},
		Orchestrations: []openhim.Orchestration{{
			Name: "at once", Request: openhim.Request{Host: "h", Timestamp: openhim.At(time.Now())},
			Response: &openhim.Response{Status: 200, Timestamp: openhim.At(time.Now())},
		}},
		Properties: openhim.Properties{"first": "1"},
	}
	rw.Header().Set("Content-Type", openhim.ContentType)
	_, _ = rw.Write(e.AppendJSON(nil))
	w.arrived <- r.Header.Get("X-Openhim-Transactionid")
}

func (w *walker) register(endpoint openhim.Endpoint) {
	t := w.t
	require.NoError(t, w.api.Authenticate(w.ctx))
	route := openhim.Route{Name: "r", Host: endpoint.Host, Port: endpoint.Port, Primary: true}
	w.mediator = openhim.Mediator{
		URN: "urn:mediator:" + w.name + "/ü +", Version: "1.0.0", Name: w.name, Description: "d",
		Endpoints: []openhim.Endpoint{endpoint},
		DefaultChannels: []openhim.Channel{{
			Name: w.name, URLPattern: "^/" + w.name + "/.*$", Methods: []string{"GET", "POST"}, Allow: []string{w.name}, Routes: []openhim.Route{route},
		}},
		ConfigDefs: []openhim.ConfigDef{{Param: "s", Type: openhim.ConfigString}, {Param: "pw", Type: openhim.ConfigPassword}},
		Config:     map[string]any{"s": "a", "pw": "secret"},
	}
	got, err := w.api.Register(w.ctx, w.mediator)
	require.NoError(t, err)
	assert.Equal(t, openhim.Created, got.Outcome)
	assert.Empty(t, got.Warnings)

	got, err = w.api.Register(w.ctx, w.mediator)
	require.NoError(t, err)
	assert.Equal(t, openhim.Ignored, got.Outcome)
	assert.Empty(t, got.Differences, "the core's defaults are no differences")

	changed := w.mediator
	changed.Description = "other"
	got, err = w.api.Register(w.ctx, changed)
	require.NoError(t, err)
	require.Len(t, got.Differences, 1)
	assert.Equal(t, "description", got.Differences[0].Field)

	w.mediator.Version = "1.1.0"
	got, err = w.api.Register(w.ctx, w.mediator)
	require.NoError(t, err)
	assert.Equal(t, openhim.Registration{Outcome: openhim.Updated, StoredVersion: "1.1.0", PreviousVersion: "1.0.0"}, got)
}

func (w *walker) config() {
	t := w.t
	reply, err := w.api.Heartbeat(w.ctx, w.mediator.URN, openhim.Heartbeat{Uptime: time.Second, WantConfig: true})
	require.NoError(t, err)
	assert.JSONEq(t, `{"s":"a","pw":"secret"}`, string(reply.Config))
	reply, err = w.api.Heartbeat(w.ctx, w.mediator.URN, openhim.Heartbeat{Uptime: 2 * time.Second})
	require.NoError(t, err)
	assert.Nil(t, reply.Config)

	require.NoError(t, w.api.SetConfig(w.ctx, w.mediator.URN, map[string]any{"s": "b", "pw": "**********"}))
	reply, err = w.api.Heartbeat(w.ctx, w.mediator.URN, openhim.Heartbeat{Uptime: 3 * time.Second})
	require.NoError(t, err)
	assert.JSONEq(t, `{"s":"b","pw":"secret"}`, string(reply.Config), "a change is announced")

	m, err := w.api.Mediator(w.ctx, w.mediator.URN)
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"s": "b", "pw": "**********"}, m.Config)
	assert.InDelta(t, 3, m.Uptime, 0)
	beats, err := w.api.Heartbeats(w.ctx)
	require.NoError(t, err)
	require.NotNil(t, beats[w.mediator.URN])
	assert.Equal(t, 3*time.Second, *beats[w.mediator.URN])
	all, err := w.api.Mediators(w.ctx)
	require.NoError(t, err)
	assert.NotEmpty(t, all)
}

func (w *walker) channels() openhim.Client {
	t := w.t
	done, err := w.api.InstallChannels(w.ctx, w.mediator.URN)
	require.NoError(t, err)
	assert.Equal(t, openhim.ChannelInstallation{Installed: []string{w.name}}, done)
	done, err = w.api.InstallChannels(w.ctx, w.mediator.URN, w.name)
	require.NoError(t, err)
	assert.Equal(t, openhim.ChannelInstallation{Existing: []string{w.name}}, done)

	client := openhim.Client{ClientID: w.name + "-client", Name: w.name, Roles: []string{w.name}}
	client, err = w.api.CreateClient(w.ctx, client.WithPassword("pass"))
	require.NoError(t, err)
	client.Organization = "org"
	require.NoError(t, w.api.UpdateClient(w.ctx, client.ID, client))
	read, err := w.api.Client(w.ctx, client.ID)
	require.NoError(t, err)
	assert.Equal(t, "org", read.Organization)
	return client
}

// send sends a request through the router, as soon as the core has learnt of
// the channel.
func (w *walker) send() string {
	for {
		req, err := http.NewRequestWithContext(w.ctx, http.MethodPost, w.router+"/"+w.name+"/x", strings.NewReader("question"))
		require.NoError(w.t, err)
		req.SetBasicAuth(w.name+"-client", "pass")
		res, err := (&http.Client{}).Do(req)
		require.NoError(w.t, err)
		body, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if res.StatusCode == http.StatusNotFound || res.StatusCode == http.StatusUnauthorized {
			select { // the core reads its channels anew every second
			case <-w.ctx.Done():
				require.NoError(w.t, w.ctx.Err())
			case <-time.After(200 * time.Millisecond):
			}
			continue
		}
		require.Equal(w.t, 202, res.StatusCode, string(body))
		return <-w.arrived
	}
}

func (w *walker) finish() string {
	t := w.t
	id := w.send()
	at := openhim.At(time.Now())
	u := openhim.Update{
		Status:             openhim.StatusSuccessful,
		Response:           &openhim.Response{Status: 200, Body: "answer", Timestamp: at},
		PushOrchestrations: []openhim.Orchestration{{Name: "later", Request: openhim.Request{Host: "h", Timestamp: at}, Response: &openhim.Response{Status: 200, Timestamp: at}}},
		SetProperties:      openhim.Properties{"second": w.name},
	}
	require.NoError(t, w.api.FinishTransaction(w.ctx, id, u))
	require.NoError(t, w.api.FinishTransaction(w.ctx, id, u), "twice is once")
	tx, err := w.api.Transaction(w.ctx, id)
	require.NoError(t, err)
	var names []string
	for _, o := range tx.Orchestrations {
		names = append(names, o.Name)
	}
	assert.ElementsMatch(t, []string{"at once", "r", "later"}, names)
	assert.Equal(t, openhim.StatusSuccessful, tx.Status)
	assert.Equal(t, openhim.Properties{"first": "1", "second": w.name}, tx.Properties)
	require.NotNil(t, tx.Response)
	assert.Equal(t, "answer", tx.Response.Body)
	assert.Equal(t, "question", tx.Request.Body)
	return id
}

func (w *walker) query(id string) {
	t := w.t
	for name, filter := range map[string]openhim.TransactionFilter{
		"path":          {PathPattern: "^/" + w.name + "/"},
		"property":      {Property: "second", PropertyValue: w.name},
		"orchestration": {Orchestration: "later", PathPattern: w.name, Representation: openhim.RepresentationFull},
		"time":          {Since: time.Now().Add(-time.Hour), Until: time.Now().Add(time.Hour), PathPattern: w.name, PageSize: 1},
		"status":        {Status: openhim.StatusSuccessful, ResponseStatus: "2xx", PathPattern: w.name},
	} {
		var got []string
		for tx, err := range w.api.Transactions(w.ctx, filter) {
			require.NoError(t, err, name)
			got = append(got, tx.ID)
		}
		assert.Equal(t, []string{id}, got, name)
	}
	for _, err := range w.api.Transactions(w.ctx, openhim.TransactionFilter{PathPattern: "^/nothing" + w.name}) {
		t.Error("nothing matches", err)
	}
}

func (w *walker) rerun(id string) {
	t := w.t
	task, err := w.api.Rerun(w.ctx, id)
	require.NoError(t, err)
	assert.Equal(t, 1, task.TotalTransactions)
	child := <-w.arrived
	require.NoError(t, w.api.FinishTransaction(w.ctx, child, openhim.Update{Status: openhim.StatusCompleted}))
	tx, err := w.api.Transaction(w.ctx, child)
	require.NoError(t, err)
	assert.Equal(t, id, tx.ParentID)
	again, err := w.api.Task(w.ctx, task.ID)
	require.NoError(t, err)
	require.Len(t, again.Transactions, 1)
	assert.Equal(t, id, again.Transactions[0].ID)

	version, err := w.api.Version(w.ctx)
	require.NoError(t, err)
	if !version.AtLeast(openhim.VersionBulkRerun) {
		var old *openhim.VersionError
		require.ErrorAs(t, w.api.BulkRerun(w.ctx, openhim.TransactionFilter{}, 1, true), &old)
	}
}

func (w *walker) record(id string) {
	t := w.t
	tx, err := w.api.Transaction(w.ctx, id)
	require.NoError(t, err)
	require.NoError(t, w.api.CreateTransaction(w.ctx, openhim.Transaction{
		Status: openhim.StatusFailed, ChannelID: tx.ChannelID,
		Request: openhim.Request{Path: "/recorded-" + w.name, Method: "GET", Timestamp: openhim.At(time.Now())},
	}))
	for made, err := range w.api.Transactions(w.ctx, openhim.TransactionFilter{PathPattern: "recorded-" + w.name}) {
		require.NoError(t, err)
		require.NoError(t, w.api.UpdateTransaction(w.ctx, made.ID, openhim.Update{Error: &openhim.Error{Message: "E"}}))
		made, err = w.api.Transaction(w.ctx, made.ID)
		require.NoError(t, err)
		assert.Equal(t, "E", made.Error.Message)
	}
	events, err := w.api.Events(w.ctx, time.Now().Add(-time.Hour))
	require.NoError(t, err)
	assert.NotEmpty(t, events)
	for _, step := range []string{"", "day"} {
		_, err = w.api.Metrics(w.ctx, openhim.MetricsQuery{Since: time.Now().Add(-time.Hour), Until: time.Now(), Step: step})
		require.NoError(t, err)
	}
	_, err = w.api.Audits(w.ctx, openhim.AuditFilter{PageSize: 5})
	require.NoError(t, err)
}

func (w *walker) clean(client openhim.Client) {
	t := w.t
	list, err := w.api.Channels(w.ctx)
	require.NoError(t, err)
	for _, c := range list {
		if c.Name != w.name {
			continue
		}
		c.Description = "changed"
		require.NoError(t, w.api.UpdateChannel(w.ctx, c.ID, c))
		read, err := w.api.Channel(w.ctx, c.ID)
		require.NoError(t, err)
		assert.Equal(t, "changed", read.Description)
		require.NoError(t, w.api.DeleteChannel(w.ctx, c.ID))
	}
	require.NoError(t, w.api.DeleteClient(w.ctx, client.ID))
	require.NoError(t, w.api.DeleteMediator(w.ctx, w.mediator.URN))
	_, err = w.api.Heartbeat(w.ctx, w.mediator.URN, openhim.Heartbeat{})
	assert.True(t, openhim.IsNotFound(err))
	assert.True(t, openhim.ReachedCore(err))
}
