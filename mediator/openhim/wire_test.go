package openhim_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mediator/openhim"
)

func TestEnvelopeIsWrittenAsTheContractSays(t *testing.T) {
	t.Parallel()
	at := openhim.At(sometime)
	e := openhim.Envelope{
		URN: "urn:x", Status: openhim.StatusCompletedWithErrors,
		Response: openhim.Response{
			Status:  201,
			Headers: openhim.Headers{"content-type": {"text/plain"}, "Set-Cookie": {"a=b"}, "x": {"1", "2"}},
			Body:    "ü\"\\\n<&>\x01", Timestamp: at,
		},
		Orchestrations: []openhim.Orchestration{
			{Name: "o", Group: "g", Request: openhim.Request{Host: "h", Port: "80", Timestamp: at}},
			{Name: "p", Request: openhim.Request{Timestamp: at}, Response: &openhim.Response{Status: 500, Timestamp: at}, Error: &openhim.Error{Message: "m"}},
		},
		Properties: openhim.Properties{"k": "v"},
		Error:      &openhim.Error{Message: "e", Stack: "s"},
	}
	assert.Equal(t, `{"x-mediator-urn":"urn:x","status":"Completed with error(s)",`+
		`"response":{"status":201,"headers":{"Set-Cookie":["a=b"],"content-type":"text/plain","x":"1, 2"},"body":"ü\"\\\n<&>\u0001","timestamp":"2026-01-02T03:04:05.678Z"},`+
		`"orchestrations":[{"name":"o","group":"g","request":{"timestamp":"2026-01-02T03:04:05.678Z","host":"h","port":"80"}},`+
		`{"name":"p","request":{"timestamp":"2026-01-02T03:04:05.678Z"},"response":{"status":500,"headers":{},"body":"","timestamp":"2026-01-02T03:04:05.678Z"},"error":{"message":"m"}}],`+
		`"properties":{"k":"v"},"error":{"message":"e","stack":"s"}}`, string(e.AppendJSON(nil)))
	assert.Equal(t, `{"response":{"headers":{},"body":""}}`, string(openhim.Envelope{}.AppendJSON(nil)))
	marshaled, err := json.Marshal(e)
	require.NoError(t, err)
	assert.JSONEq(t, string(e.AppendJSON(nil)), string(marshaled))
}

func TestTimesAreReadInTheFormsOfACore(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`"2024-01-02T03:04:05.678Z"`: `"2024-01-02T03:04:05.678Z"`, `"2024-01-02T05:04:05+02:00"`: `"2024-01-02T03:04:05.000Z"`,
		`"2024-01-02T03:04:05.123456789Z"`: `"2024-01-02T03:04:05.123Z"`, `1704164645678`: `"2024-01-02T03:04:05.678Z"`, `null`: `null`,
	} {
		var v openhim.Time
		require.NoError(t, json.Unmarshal([]byte(in), &v), in)
		assert.Equal(t, want, string(v.AppendJSON(nil)), in)
	}
	for _, in := range []string{`"planted"`, `""`, `{"a":"planted"}`, `true`, `1e300`, `-1e300`, `8.64e15`, `"+12024-01-02T03:04:05Z"`} {
		var v openhim.Time
		err := json.Unmarshal([]byte(in), &v)
		require.Error(t, err, in)
		assert.NotContains(t, err.Error(), "planted")
	}
	assert.Equal(t, "null", string(openhim.At(time.Time{}).AppendJSON(nil)))
	assert.Equal(t, "null", string(openhim.At(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)).AppendJSON(nil)))
}

func TestHeadersAreFoundInAnyCase(t *testing.T) {
	t.Parallel()
	h := openhim.Headers{"Content-Type": {"a", "b"}, "empty": {}}
	assert.Equal(t, "a", h.Get("content-type"))
	assert.Empty(t, h.Get("empty"))
	assert.Empty(t, h.Get("other"))
}

func TestStatusesKnowTheirEnd(t *testing.T) {
	t.Parallel()
	for _, s := range openhim.Statuses() {
		assert.True(t, s.Valid())
		assert.Equal(t, s != openhim.StatusProcessing && s != openhim.StatusPendingAsync, s.Final(), s)
	}
	assert.False(t, openhim.Status("Banana").Valid())
	assert.False(t, openhim.Status("").Final())
}

func TestParseEnvelopeSeesWhatIsMissing(t *testing.T) {
	t.Parallel()
	tests := map[string][]string{
		`{}`: {"response", "response.status"},
		`{"response":{"status":200,"headers":{"set-cookie":"a=b"}}}`:                                             {"response.body", "response.headers.set-cookie"},
		`{"status":"","response":{"status":200,"body":"b"},"orchestrations":[null,{"name":"o","request":null}]}`: {"status", "orchestrations[0]", "orchestrations[1].request", "orchestrations[0].name", "orchestrations[0].request.timestamp", "orchestrations[1].request.timestamp"},
	}
	for in, want := range tests {
		_, err := openhim.ParseEnvelope([]byte(in))
		assert.Equal(t, want, fields(t, err), in)
	}
	for _, in := range []string{``, `null`, `[]`, `{"response":{"status":200,"body":{"planted":1}}}`, "{\"response\":{\"status\":200,\"body\":\"\xff\"}}", `{"response":`} {
		_, err := openhim.ParseEnvelope([]byte(in))
		require.Error(t, err, in)
		assert.NotContains(t, err.Error(), "planted")
	}
}
