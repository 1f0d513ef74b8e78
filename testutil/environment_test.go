package testutil_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mediator"
	"github.com/openhim/mediator-go/mediator/openhim"
	"github.com/openhim/mediator-go/testutil"
	"github.com/openhim/mediator-go/testutil/openhimtest"
)

// newMediator is the code under test: it asks DHIS2 who it is.
func newMediator(t *testing.T, cfg mediator.Config, dhis2 string) *mediator.Mediator {
	t.Helper()
	m, err := mediator.New(cfg)
	require.NoError(t, err)
	client := &http.Client{Transport: m.Transport(nil)}
	m.Handle("GET /info", func(ctx context.Context, _ *mediator.Request) (*mediator.Response, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, dhis2+"/api/system/info", nil)
		if err != nil {
			return nil, err
		}
		req.SetBasicAuth("admin", "district")
		resp, err := client.Do(req)
		if err != nil {
			return nil, err
		}
		return mediator.Text(resp.StatusCode, resp.Status), resp.Body.Close()
	})
	m.Handle("POST /later", func(context.Context, *mediator.Request) (*mediator.Response, error) {
		return mediator.Accepted(func(context.Context) (*mediator.Response, error) {
			return mediator.Text(http.StatusOK, "done"), nil
		}), nil
	})
	return m
}

func TestAnEnvironmentInThreeLines(t *testing.T) {
	t.Parallel()
	registration := openhim.Mediator{URN: "urn:mediator:info", Version: "1.0.0", Name: "Info"}
	for name, core := range map[string]openhimtest.Options{
		"8.5.0":   {},
		"4.0.5":   {Version: openhimtest.Version405},
		"by TLS":  {TLS: true},
		"a login": {Username: "me@example.org", Password: "secret"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := testutil.New(t, testutil.Options{Core: core})
			env.Run(newMediator(t, env.Config(registration), env.DHIS2().URL))
			got := env.Send(http.MethodGet, "/info", "")
			assert.Equal(t, http.StatusOK, got.Status)
			require.Len(t, got.Transaction.Orchestrations, 2)
			assert.Equal(t, "/api/system/info", got.Transaction.Orchestrations[0].Request.Path)
			assert.Equal(t, openhim.StatusSuccessful, got.Transaction.Status)

			got = env.Send(http.MethodPost, "/later", "x", "X-Custom", "1")
			assert.Equal(t, "done", env.Finished(got.Transaction.ID).Response.Body)
		})
	}
}
