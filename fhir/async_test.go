package fhir_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
)

func TestJobIsWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client, w := connect(t, answers(
			says(202, "", "Content-Location", "http://hapi:8080/fhir/$poll?_jobId=x"),
			says(202, "", "X-Progress", "10 %", "Retry-After", "5"), says(202, ""), says(202, "", "Retry-After", "120"),
			says(200, emptySet),
		), func(c *fhir.ClientConfig) { c.Aliases = []string{"http://hapi:8080/fhir"} })
		job, err := client.Start(t.Context(), fhir.Request{Path: "Patient", Query: fhir.Where(fhir.ByToken("active", "", "true"))})
		require.NoError(t, err)
		assert.Equal(t, "respond-async", w.last().Header.Get("Prefer"))
		assert.Equal(t, serverURL+"/$poll?_jobId=x", job.URL())
		var told []string
		started := time.Now()
		answer, err := job.Wait(t.Context(), fhir.PollOptions{Progress: func(p fhir.Progress) { told = append(told, p.Text) }})
		require.NoError(t, err)
		assert.Equal(t, []string{"10 %", "", ""}, told)
		assert.Equal(t, 5*time.Second+1500*time.Millisecond+30*time.Second, time.Since(started))
		r, err := answer.Resource()
		require.NoError(t, err)
		assert.Equal(t, "Bundle", r.Type())
		again, err := client.Job(job.URL())
		require.NoError(t, err)
		_, _, err = again.Poll(t.Context())
		require.NoError(t, err)
	})
}

func TestJobEnds(t *testing.T) {
	t.Parallel()
	t.Run("with the refusal of the server", func(t *testing.T) {
		t.Parallel()
		client, _ := connect(t, answers(says(202, "", "Content-Location", "/base/job/1"), refuses(500, "exception", "planted"), says(404, "")))
		job, err := client.Start(t.Context(), fhir.Request{Path: "Patient"})
		require.NoError(t, err)
		_, err = job.Wait(t.Context(), fhir.PollOptions{})
		var outcome *fhir.OutcomeError
		require.ErrorAs(t, err, &outcome)
		assert.NotContains(t, err.Error(), "planted")
		_, _, err = job.Poll(t.Context())
		require.ErrorIs(t, err, fhir.ErrNotFound)
		require.ErrorIs(t, job.Delete(t.Context()), fhir.ErrNotFound)
	})
	t.Run("with the context", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			client, w := connect(t, answers(says(202, "", "Content-Location", "/base/job/1"), says(202, "")))
			job, err := client.Start(t.Context(), fhir.Request{Path: "Patient"})
			require.NoError(t, err)
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			_, err = job.Wait(ctx, fhir.PollOptions{})
			require.ErrorIs(t, err, fhir.ErrJobRunning)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			before := len(w.requests())
			require.NoError(t, job.Delete(t.Context()))
			assert.Equal(t, http.MethodDelete, w.requests()[before].Method)
		})
	})
	t.Run("at once where the server does not wait", func(t *testing.T) {
		t.Parallel()
		client, w := connect(t, answers(says(200, emptySet)))
		job, err := client.Start(t.Context(), fhir.Request{Path: "Patient"})
		require.NoError(t, err)
		answer, err := job.Wait(t.Context(), fhir.PollOptions{})
		require.NoError(t, err)
		assert.Equal(t, 200, answer.Status)
		require.NoError(t, job.Delete(t.Context()))
		assert.Len(t, w.requests(), 1)
	})
}

func TestJobThatCannotBeFollowed(t *testing.T) {
	t.Parallel()
	auth := func(c *fhir.ClientConfig) { c.Auth = fhir.BearerAuth("secret") }
	for _, location := range []string{"", "https://evil.test/job", "http://[bad"} {
		client, w := connect(t, answers(says(202, "", "Content-Location", location)), auth)
		_, err := client.Start(t.Context(), fhir.Request{Path: "Patient"})
		var response *fhir.ResponseError
		require.ErrorAs(t, err, &response)
		assert.Len(t, w.requests(), 1)
	}
	client, _ := connect(t, answers(says(200, "")), auth)
	_, err := client.Job("https://evil.test/job")
	require.ErrorIs(t, err, fhir.ErrOtherOrigin)
}
