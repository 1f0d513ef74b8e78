package openhimtest_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mediator/openhim"
	"github.com/openhim/mediator-go/testutil/openhimtest"
)

const (
	envelopeType = "application/json+openhim"
	goodEnvelope = `{"x-mediator-urn":"urn:mediator:test","status":"Successful","response":{"status":201,"headers":{"content-type":"text/plain"},` +
		`"body":"made","timestamp":"2024-01-02T03:04:05.000Z"},"orchestrations":[{"name":"step","request":{"timestamp":"2024-01-02T03:04:01.000Z"},` +
		`"response":{"status":200,"timestamp":"2024-01-02T03:04:02.000Z"}}],"properties":{"k":"v"}}`
)

// mediator starts a mediator that answers every request the same.
func mediator(t *testing.T, kind, body string) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(answering(kind, body))
	t.Cleanup(server.Close)
	return server
}

func answering(kind, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		_, _ = io.WriteString(w, body)
	})
}

func coreWith(t *testing.T, opts openhimtest.Options, kind, body string) *openhimtest.Core {
	t.Helper()
	core := openhimtest.New(t, opts)
	_, err := core.AddChannel("patients", "^/patients$", mediator(t, kind, body).URL)
	require.NoError(t, err)
	return core
}

func TestARequestGoesThroughAChannelAndIsStored(t *testing.T) {
	t.Parallel()
	for _, version := range versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			core := coreWith(t, openhimtest.Options{Version: version}, envelopeType, goodEnvelope)
			got, err := core.Send(t.Context(), http.MethodPost, "/patients?a=b", strings.NewReader("the request"))
			require.NoError(t, err)

			assert.Equal(t, http.StatusCreated, got.Status)
			assert.Equal(t, "made", string(got.Body))
			assert.Equal(t, got.Transaction.ID, got.Header.Get("X-OpenHIM-TransactionID"))
			assert.Equal(t, openhim.StatusSuccessful, got.Transaction.Status)
			assert.Equal(t, "the request", got.Transaction.Request.Body)
			assert.Equal(t, "a=b", got.Transaction.Request.Querystring)
			require.Len(t, got.Transaction.Orchestrations, 2)
			assert.Equal(t, "step", got.Transaction.Orchestrations[0].Name)
			assert.Equal(t, "patients", got.Transaction.Orchestrations[1].Name)
			core.RequireNoFailures(t)

			var kinds []string
			for _, event := range core.Events() {
				assert.Equal(t, got.Transaction.ID, event.TransactionID)
				kinds = append(kinds, event.Type+" "+event.Event)
			}
			assert.Equal(t, []string{
				"channel start", "primary start", "primary end", "orchestration start", "orchestration end", "channel end",
			}, kinds)
			assert.Equal(t, "urn:mediator:test", core.Events()[1].Mediator)
		})
	}
}

func TestWithoutAChannelNothingIsStored(t *testing.T) {
	t.Parallel()
	for version, status := range map[string]int{openhimtest.Version850: http.StatusNotFound, openhimtest.Version405: http.StatusUnauthorized} {
		core := openhimtest.New(t, openhimtest.Options{Version: version})
		got, err := core.Send(t.Context(), http.MethodGet, "/nowhere", http.NoBody)
		require.NoError(t, err)
		assert.Equal(t, status, got.Status, version)
		assert.Empty(t, got.Transaction.ID)
		assert.Empty(t, core.Transactions())
	}
}

func TestCustomTokensAuthenticateOnTheNewerCoreOnly(t *testing.T) {
	t.Parallel()
	for version, status := range map[string]int{openhimtest.Version850: http.StatusOK, openhimtest.Version405: http.StatusUnauthorized} {
		core := coreWith(t, openhimtest.Options{Version: version}, "text/plain", "ok")
		require.NoError(t, core.Seed(openhimtest.Seed{Clients: []openhimtest.Client{{ClientID: "tokened", CustomTokenID: "t-1"}}}))
		got, err := core.Send(t.Context(), http.MethodGet, "/patients", http.NoBody, func(r *http.Request) {
			r.Header.Set("Authorization", "Custom t-1")
		})
		require.NoError(t, err)
		assert.Equal(t, status, got.Status, version)
	}
}

func TestAnOrchestrationWithoutRequestIsReportedAsADeadWorker(t *testing.T) {
	t.Parallel()
	body := strings.Replace(goodEnvelope, `"request":{"timestamp":"2024-01-02T03:04:01.000Z"},`, "", 1)
	core := coreWith(t, openhimtest.Options{}, envelopeType, body)
	got, err := core.Send(t.Context(), http.MethodGet, "/patients", http.NoBody)
	require.NoError(t, err)
	failures := core.Failures()
	require.Len(t, failures, 1)
	assert.True(t, failures[0].Fatal)
	assert.Equal(t, got.Transaction.ID, failures[0].TransactionID)
	assert.Contains(t, failures[0].Quirk, "Q3")
	assert.Contains(t, failures[0].String(), "FATAL")
}

func TestARefusedSaveIsReportedAndLosesTheAnswer(t *testing.T) {
	t.Parallel()
	core := coreWith(t, openhimtest.Options{}, envelopeType, strings.Replace(goodEnvelope, `{"k":"v"}`, `{"a.b":"v"}`, 1))
	got, err := core.Send(t.Context(), http.MethodGet, "/patients", http.NoBody)
	require.NoError(t, err)
	assert.Equal(t, http.StatusCreated, got.Status, "the client never notices")
	assert.Nil(t, got.Transaction.Response)
	assert.Equal(t, openhim.StatusSuccessful, got.Transaction.Status)
	require.Len(t, core.Failures(), 1)
	assert.False(t, core.Failures()[0].Fatal)
	assert.Contains(t, core.Failures()[0].Quirk, "Q6")
}

func TestAMediatorThatIsDownGivesTheClient500(t *testing.T) {
	t.Parallel()
	core := openhimtest.New(t, openhimtest.Options{})
	_, err := core.AddChannel("down", "^/down$", "http://127.0.0.1:1")
	require.NoError(t, err)
	got, err := core.Send(t.Context(), http.MethodGet, "/down", http.NoBody)
	require.NoError(t, err)
	assert.Equal(t, http.StatusInternalServerError, got.Status)
	assert.Equal(t, "An internal server error occurred", string(got.Body))
	assert.Equal(t, openhim.StatusFailed, got.Transaction.Status)
	assert.Equal(t, "connect ECONNREFUSED 127.0.0.1:1", got.Transaction.Error.Message)
	assert.True(t, got.Transaction.AutoRetry)
}

func TestASeedThatDoesNotFitIsRefusedWithItsName(t *testing.T) {
	t.Parallel()
	core := openhimtest.New(t, openhimtest.Options{})
	err := core.Seed(openhimtest.Seed{Channels: []openhim.Channel{{Name: "no pattern"}}})
	require.ErrorContains(t, err, `"no pattern"`)
	require.ErrorContains(t, err, "urlPattern")
	_, err = core.AddChannel("x", "^/x$", "not a url")
	require.ErrorContains(t, err, "not a url")
	_, err = openhimtest.Start(openhimtest.Options{Version: "6.0.0"})
	require.ErrorContains(t, err, "6.0.0")
}

func TestTheWholeCoreRunsInMemoryAndFakeTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core, err := openhimtest.Start(openhimtest.Options{Memory: true, TLS: true, RouterTimeout: 10 * time.Second})
		require.NoError(t, err)
		listener, err := core.Listen("127.0.0.1:0")
		require.NoError(t, err)
		release := make(chan struct{})
		server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release })}
		served := make(chan error, 1)
		go func() { served <- server.Serve(listener) }()
		_, err = core.AddChannel("slow", "^/slow$", openhimtest.MediatorURL(listener))
		require.NoError(t, err)

		start := time.Now()
		got, err := core.Send(t.Context(), http.MethodGet, "/slow", http.NoBody)
		require.NoError(t, err)
		assert.Equal(t, http.StatusInternalServerError, got.Status)
		assert.Equal(t, "Request took longer than 10000ms", got.Transaction.Error.Message)
		assert.Equal(t, 10*time.Second, time.Since(start))

		client := core.HTTPClient()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, core.APIURL()+"/heartbeat", http.NoBody)
		require.NoError(t, err)
		res, err := client.Do(req)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		assert.Equal(t, http.StatusOK, res.StatusCode)

		client.CloseIdleConnections()
		close(release)
		require.NoError(t, server.Close())
		require.ErrorIs(t, <-served, http.ErrServerClosed)
		require.NoError(t, core.Close())
	})
}

func TestRerunRunsATransactionAgain(t *testing.T) {
	t.Parallel()
	for _, version := range versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			core := coreWith(t, openhimtest.Options{Version: version}, envelopeType, goodEnvelope)
			first, err := core.Send(t.Context(), http.MethodPost, "/patients", strings.NewReader("again"))
			require.NoError(t, err)
			task, err := core.Rerun(t.Context(), first.Transaction.ID)
			require.NoError(t, err)
			require.Len(t, task.Transactions, 1)
			child, err := core.WaitTransaction(t.Context(), task.Transactions[0].RerunID, nil)
			require.NoError(t, err)
			assert.Equal(t, first.Transaction.ID, child.ParentID)
			assert.Equal(t, "again", child.Request.Body)
			original, err := core.Transaction(first.Transaction.ID)
			require.NoError(t, err)
			assert.True(t, original.WasRerun)
			assert.Equal(t, []string{child.ID}, original.ChildIDs)
		})
	}
}

func TestAnAdministratorDeletesAMediatorAndChangesItsConfig(t *testing.T) {
	t.Parallel()
	core := openhimtest.New(t, openhimtest.Options{})
	require.NoError(t, core.Seed(openhimtest.Seed{Mediators: []openhim.Mediator{{
		URN: "urn:mediator:m", Name: "m", Version: "1.0.0", Config: map[string]any{"a": "1"},
		Endpoints: []openhim.Endpoint{{Name: "e", Host: "h", Port: 1}},
	}}}))
	require.NoError(t, core.SetConfig("urn:mediator:m", map[string]any{"a": "2"}))
	got, err := core.Mediator("urn:mediator:m")
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"a": "2"}, got.Config)
	assert.False(t, got.ConfigModified.IsZero())
	require.NoError(t, core.DeleteMediator("urn:mediator:m"))
	require.ErrorIs(t, core.DeleteMediator("urn:mediator:m"), openhimtest.ErrNotFound)
	_, err = core.Mediator("urn:mediator:m")
	require.ErrorIs(t, err, openhimtest.ErrNotFound)
}

func TestWaitTransactionNamesWhatItWaitsFor(t *testing.T) {
	t.Parallel()
	core := coreWith(t, openhimtest.Options{}, envelopeType, strings.Replace(goodEnvelope, "Successful", "Processing", 1))
	got, err := core.Send(t.Context(), http.MethodGet, "/patients", http.NoBody)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = core.WaitTransaction(ctx, got.Transaction.ID, nil)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, "Processing")
}
