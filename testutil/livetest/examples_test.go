package livetest_test

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mediator/openhim"
	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// example builds an example and runs it until the test ends. It returns the
// registration the core has of it then.
func (c *core) example(name, urn string, env ...string) openhim.Mediator {
	c.t.Helper()
	binary := filepath.Join(c.t.TempDir(), name)
	build := exec.CommandContext(c.t.Context(), "go", "build", "-o", binary, "../../examples/"+name)
	out, err := build.CombinedOutput()
	require.NoError(c.t, err, string(out))
	require.NoError(c.t, c.api.DeleteMediator(c.t.Context(), urn), "what an earlier run has left")
	cmd := exec.CommandContext(c.t.Context(), binary)
	cmd.Env = append(os.Environ(), append([]string{"SERVER_HOST=127.0.0.1", "SERVER_PORT=0"}, env...)...)
	require.NoError(c.t, cmd.Start())
	c.t.Cleanup(func() {
		_ = cmd.Process.Kill() // it serves until it is ended
		_ = cmd.Wait()         // killed: its error says no more
	})
	c.atEnd(func(ctx context.Context) error { return c.api.DeleteMediator(ctx, urn) })
	var registered openhim.Mediator
	c.await("the registration of "+name, func() bool {
		var err error
		registered, err = c.api.Mediator(c.t.Context(), urn)
		return err == nil
	})
	require.NotEmpty(c.t, registered.Endpoints)
	return registered
}

//nolint:paralleltest // they share one core
func TestLiveHello(t *testing.T) {
	c := connect(t)
	hello := c.example("hello", "urn:mediator:hello")
	path := c.channel("hello", "http://127.0.0.1:"+strconv.Itoa(hello.Endpoints[0].Port)+"/hello/Amina")
	got := c.send(http.MethodGet, path, "")
	assert.Equal(t, http.StatusOK, got.status)
	assert.Equal(t, "hello Amina", got.body)
	assert.Equal(t, openhim.StatusSuccessful, c.transaction(got.id, stored).Status)
}

//nolint:paralleltest // they share one core
func TestLivePatientToDHIS2(t *testing.T) {
	c := connect(t)
	metadata, err := os.ReadFile("../../examples/patient-to-dhis2/testdata/metadata.json")
	require.NoError(t, err)
	dhis2 := dhis2test.New(t, dhis2test.Options{})
	require.NoError(t, dhis2.Seed(metadata))
	example := c.example("patient-to-dhis2", "urn:mediator:patient-to-dhis2",
		"DHIS2_URL="+dhis2.URL, "DHIS2_TOKEN="+dhis2.AddToken("admin"), "MEDIATOR_HOST=127.0.0.1")
	path := c.channel("patient", "http://127.0.0.1:"+strconv.Itoa(example.Endpoints[0].Port)+"/fhir/Patient")

	samples, err := filepath.Glob("../../examples/patient-to-dhis2/testdata/patients/*plain*.json")
	require.NoError(t, err)
	require.NotEmpty(t, samples)
	patient, err := os.ReadFile(samples[0])
	require.NoError(t, err)
	for range 2 { // the second time updates, it does not duplicate
		got := c.send(http.MethodPost, path, string(patient), "Content-Type", "application/fhir+json")
		assert.Contains(t, []int{http.StatusOK, http.StatusCreated}, got.status, got.body)
		tx := c.transaction(got.id, stored)
		assert.Equal(t, openhim.StatusSuccessful, tx.Status)
		assert.Greater(t, len(tx.Orchestrations), 1)
	}
	assert.Len(t, dhis2.TrackedEntities(), 1)

	got := c.send(http.MethodPost, path, `{"resourceType":"Patient"}`, "Content-Type", "application/fhir+json")
	assert.Equal(t, http.StatusUnprocessableEntity, got.status)
	assert.Contains(t, got.body, "OperationOutcome")
	assert.Contains(t, got.body, `"location":["line 1, column 1"],"expression":["Patient.identifier"]`)
	assert.Equal(t, openhim.StatusCompleted, c.transaction(got.id, stored).Status)
}
