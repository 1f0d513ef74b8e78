package aggregate_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2/aggregate"
)

func TestAJobOfTheServerIsAwaited(t *testing.T) {
	t.Parallel()
	made := answer(http.StatusOK, `{"httpStatusCode":200,"status":"OK","response":{"id":"JSCQfEcXCXr","jobType":"DATAVALUE_IMPORT"}}`)
	running := answer(http.StatusOK, `[{"level":"INFO","completed":false}]`)
	ended := answer(http.StatusOK, `[{"level":"INFO","completed":true},{"level":"INFO","completed":false}]`)
	died := answer(http.StatusOK, `[{"level":"ERROR","completed":true}]`)
	summary := answer(http.StatusOK, `{"status":"WARNING","importCount":{"imported":1,"ignored":1},"conflicts":[{"errorCode":"E7619","indexes":[1]}],"rejectedIndexes":[1]}`)

	s := newServer(t, "2.42.5", made, running, ended, summary)
	result, err := aggregate.Import(t.Context(), s.client(t), manyValues(2), aggregate.Options{Async: true})
	require.NoError(t, err)
	assert.Equal(t, []aggregate.Status{aggregate.Accepted, aggregate.Rejected}, result.Statuses)
	requests := s.requests()
	require.Len(t, requests, 4)
	assert.Equal(t, "true", requests[0].Query.Get("async"))
	assert.Equal(t, "/api/system/tasks/DATAVALUE_IMPORT/JSCQfEcXCXr", requests[1].Path)
	assert.Equal(t, "/api/system/taskSummaries/DATAVALUE_IMPORT/JSCQfEcXCXr", requests[3].Path)

	for name, answers := range map[string][]http.HandlerFunc{
		"no job":     {answer(http.StatusOK, `{"httpStatusCode":200,"response":{"id":"../../x"}}`)},
		"died":       {made, died, answer(http.StatusNotFound, `{"httpStatusCode":404}`)},
		"forgotten":  {made, running, answer(http.StatusOK, `[]`), answer(http.StatusNotFound, `{"httpStatusCode":404}`)},
		"no summary": {made, ended, answer(http.StatusOK, `{}`)},
	} {
		s := newServer(t, "2.42.5", answers...)
		result, err := aggregate.Import(t.Context(), s.client(t), manyValues(2), aggregate.Options{Async: true})
		var lost *aggregate.JobError
		require.ErrorAs(t, err, &lost, name)
		assert.Equal(t, name == "died", lost.Failed, name)
		assert.NotEmpty(t, lost.Error())
		assert.Equal(t, aggregate.Unknown, result.Statuses[1])
	}

	ctx, cancel := context.WithCancel(t.Context())
	s = newServer(t, "2.42.5", made, func(w http.ResponseWriter, r *http.Request) {
		running(w, r)
		cancel()
	})
	_, err = aggregate.Import(ctx, s.client(t), manyValues(2), aggregate.Options{Async: true})
	require.ErrorIs(t, err, context.Canceled)
}
