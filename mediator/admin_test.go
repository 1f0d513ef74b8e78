package mediator_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/openhim/mediator-go/mediator"
)

func TestAdminShowsMetricsByRouteAndNothingOfMessages(t *testing.T) {
	t.Parallel()
	m := alone(t)
	m.Handle("GET /patients/{id}", func(context.Context, *mediator.Request) (*mediator.Response, error) {
		return nil, mediator.Errorf(http.StatusNotFound, "no such patient")
	})
	ask(t, m, http.MethodGet, "/patients/planted", "")
	ask(t, m, "PLANTED", "/patients/planted", "")
	text := askPlain(t, m.AdminHandler(), http.MethodGet, "/metrics", "").Body.String()
	assert.Contains(t, text, `openhim_mediator_requests_total{code="404",method="GET",route="GET /patients/{id}",status="Completed",urn="urn:mediator:test"} 1`)
	assert.Contains(t, text, `method="other",route="unmatched"`)
	assert.Contains(t, text, "openhim_mediator_build_info{")
	assert.Contains(t, text, "go_build_info")
	assert.NotContains(t, text, "planted")
	assert.NotContains(t, text, "PLANTED")
}

func TestReadyzSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	m := alone(t)
	rec := askPlain(t, m.AdminHandler(), http.MethodGet, "/readyz", "")
	assert.Equal(t, http.StatusServiceUnavailable, rec.Code)
	assert.JSONEq(t, `{"serving":false,"registered":false,"beating":false,"problem":"not serving"}`, rec.Body.String())
	assert.Equal(t, http.StatusOK, askPlain(t, m.AdminHandler(), http.MethodGet, "/livez", "").Code)
}
