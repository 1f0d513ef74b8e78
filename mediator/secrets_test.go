package mediator_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mediator"
	"github.com/openhim/mediator-go/testutil/openhimtest"
)

// The planted secrets: whatever the test does with them, no log line, metric or
// orchestration of ours may hold one.
const (
	plantedPassword = "Pl4nted-Password"
	plantedToken    = "pl4nted-token"
	plantedPatient  = "Tsehay Plantedname"
)

func TestNoSecretReachesLogMetricOrOrchestration(t *testing.T) {
	t.Parallel()
	onBothVersions(t, func(t *testing.T, version string) {
		t.Helper()
		core := openhimtest.New(t, openhimtest.Options{Version: version, Password: plantedPassword})
		downstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			w.Header().Set("Set-Cookie", "session="+plantedToken)
			w.Header().Set("Location", "http://x/Patient?name="+plantedPatient)
			w.WriteHeader(http.StatusConflict)
			_, _ = w.Write(body)
		}))
		t.Cleanup(downstream.Close)
		logger, log := logTo()
		m := attached(t, core, func(m *mediator.Mediator) {
			client := &http.Client{Transport: m.Transport(nil)}
			m.Handle("POST /{what}", func(ctx context.Context, req *mediator.Request) (*mediator.Response, error) {
				query := "/fhir/Patient?name=" + strings.ReplaceAll(plantedPatient, " ", "%20") + "&access_token=" + plantedToken
				_, err := fetch(ctx, client, http.MethodPost, downstream.URL+query, string(req.Body),
					"Authorization", "Bearer "+plantedToken, "X-Api-Key", plantedToken, "If-None-Exist", "name="+plantedPatient)
				require.NoError(t, err)
				switch req.PathValue("what") {
				case "panic":
					panic(plantedPatient)
				case "error":
					return nil, fmt.Errorf("patient %w", &mediator.Error{Status: 422, Message: "no identifier"})
				case "unreachable":
					_, err := fetch(ctx, client, http.MethodGet, "http://127.0.0.1:1"+query, "")
					return nil, err
				case "malformed":
					var doc struct {
						Name int `json:"name"`
					}
					return nil, req.Decode(&doc)
				case "late":
					return mediator.Accepted(func(ctx context.Context) (*mediator.Response, error) {
						_, err := fetch(ctx, client, http.MethodGet, "http://127.0.0.1:1"+query, "")
						return nil, err
					}), nil
				}
				return mediator.Text(200, "done"), nil
			})
		}, func(c *mediator.Config) {
			c.Logger, c.OpenHIM.Password = logger, plantedPassword
			c.HeartbeatInterval, c.DrainTimeout = 20*time.Millisecond, time.Millisecond
		})
		var ours strings.Builder
		for _, what := range []string{"fine", "panic", "error", "unreachable", "malformed", "late"} {
			got := send(t, core, http.MethodPost, "/"+what+"?patient="+strings.ReplaceAll(plantedPatient, " ", "+"),
				`{"name":"`+plantedPatient+`"}`, "Content-Type", "application/json")
			tx, err := core.WaitTransaction(t.Context(), got.Transaction.ID, nil)
			require.NoError(t, err)
			require.NotEmpty(t, tx.Orchestrations)
			for _, o := range tx.Orchestrations {
				if !strings.HasPrefix(o.Name, "all of ") { // the core's own copy of what the client sent
					raw, err := json.Marshal(o)
					require.NoError(t, err)
					ours.Write(raw)
				}
			}
			if tx.Error != nil {
				ours.WriteString(tx.Error.Message + tx.Error.Stack)
			}
			ours.Write(got.Body)
		}
		core.Kill() // and the complaints about it
		require.Eventually(t, func() bool { return !m.Health().Ready() || strings.Contains(log.String(), "heartbeat") }, 20*time.Second, time.Millisecond)
		metrics := askPlain(t, m.AdminHandler(), http.MethodGet, "/metrics", "").Body.String()
		require.Contains(t, ours.String(), "/fhir/Patient", "the calls were recorded")
		require.Contains(t, log.String(), "request failed", "the failures were logged")
		for where, text := range map[string]string{"orchestrations": ours.String(), "log": log.String(), "metrics": metrics} {
			for _, secret := range []string{plantedPassword, plantedToken, "Plantedname", "Tsehay"} {
				assert.NotContains(t, text, secret, where)
			}
		}
	})
}
