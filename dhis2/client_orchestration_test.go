package dhis2_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/mediator"
	"github.com/openhim/mediator-go/mediator/openhim"
	"github.com/openhim/mediator-go/testutil"
	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// Every call of the client is an orchestration of the transaction it is made
// for, through the transport alone: package dhis2 knows nothing of the mediator.
func TestEveryCallIsAnOrchestration(t *testing.T) {
	t.Parallel()
	server := dhis2test.New(t, dhis2test.Options{})
	env := testutil.New(t, testutil.Options{})
	m, err := mediator.New(env.Config(openhim.Mediator{URN: "urn:mediator:dhis2", Version: "1.0.0", Name: "DHIS2"}))
	require.NoError(t, err)
	client, err := dhis2.New(t.Context(), dhis2.Config{
		URL: server.URL, Auth: dhis2.Basic("admin", "district"), HTTPClient: &http.Client{Transport: m.Transport(nil)}, MinWait: time.Nanosecond,
	})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	m.Handle("POST /patients", func(ctx context.Context, req *mediator.Request) (*mediator.Response, error) {
		res, err := client.Do(ctx, dhis2.Request{
			Method: http.MethodPost, Path: "tracker", Query: map[string][]string{"async": {"false"}}, Body: req.Body, Repeat: dhis2.RepeatSafe,
		})
		if err != nil {
			return nil, err
		}
		return mediator.Text(res.Status, "done"), nil
	})
	env.Run(m)
	server.Fail(1, http.StatusBadGateway)
	server.ExpireSessions()
	got := env.Send(http.MethodPost, "/patients", seedFamily, "Content-Type", "application/json")
	require.Equal(t, http.StatusOK, got.Status, got.Body)
	var calls []string
	var recorded []openhim.Orchestration
	for _, o := range got.Transaction.Orchestrations {
		if o.Response != nil && o.Request.Path != "/patients" {
			calls = append(calls, o.Request.Method+" "+o.Request.Path+" "+http.StatusText(o.Response.Status))
			recorded = append(recorded, o)
		}
	}
	assert.Equal(t, []string{
		"POST /api/tracker Bad Gateway", "POST /api/tracker Unauthorized", "GET /api/system/info OK", "POST /api/tracker OK",
	}, calls, "each attempt is one")
	b, err := json.Marshal(recorded)
	require.NoError(t, err)
	for _, secret := range []string{"Planted", "YWRtaW46ZGlzdHJpY3Q=", "district", server.URL + "planted"} {
		assert.NotContains(t, string(b), secret, "neither the password nor the patient is recorded")
	}
	assert.NotRegexp(t, `JSESSIONID=[0-9A-Za-z]`, string(b), "nor the session")
}
