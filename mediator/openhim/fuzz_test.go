package openhim_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mediator/openhim"
)

// FuzzEnvelopeDecode: whatever is read is written again in one form, which is
// read as the same; and what ParseEnvelope takes, Validate takes.
func FuzzEnvelopeDecode(f *testing.F) {
	for _, seed := range []string{
		`{"x-mediator-urn":"urn:x","status":"Successful","response":{"status":200,"headers":{"content-type":"text/plain"},"body":"b","timestamp":"2024-01-02T03:04:05.000Z"}}`,
		`{"response":{"status":200,"headers":{"set-cookie":["a=b"],"n":5,"l":["1",2,null,{"a":1}],"z":null},"body":"","timestamp":1704164645678},"orchestrations":[{"name":"o","request":{"host":"h","port":80,"timestamp":"2024-01-02T05:04:05+02:00"},"response":{"status":404,"headers":{},"body":"x"},"error":{"message":"m"}}],"properties":{"a":[1,{"b":null}]},"error":{"stack":"s"}}`,
		`{"response":{"status":200,"body":"","timestamp":8.64e15},"properties":[1,2]}`,
		`{"status":"","response":null,"orchestrations":[null]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		parsed, parseErr := openhim.ParseEnvelope(data)
		if parseErr == nil {
			require.NoError(t, parsed.Validate())
		}
		var e openhim.Envelope
		if json.Unmarshal(data, &e) != nil {
			require.Error(t, parseErr)
			return
		}
		once := e.AppendJSON(nil)
		require.True(t, json.Valid(once), "%s", once)
		var again openhim.Envelope
		require.NoError(t, json.Unmarshal(once, &again))
		assert.Equal(t, string(once), string(again.AppendJSON(nil)))
	})
}

// FuzzEnvelopeAppend: any Go value gives valid JSON; one that is valid reads
// as what was written.
func FuzzEnvelopeAppend(f *testing.F) {
	f.Add("urn:x", "Successful", 200, "content-type", "text/plain", "body\x00\xff\u2028", int64(1704164645678), "o", "p", "v")
	f.Add("", "", 0, "set-cookie", "a=b", "", int64(-62135596800000), "", "a.b", "\"")
	f.Fuzz(func(t *testing.T, urn, status string, code int, header, value, body string, ms int64, name, key, property string) {
		at := openhim.At(time.UnixMilli(ms % (1 << 50)))
		response := openhim.Response{Status: code, Headers: openhim.Headers{header: {value, value}}, Body: body, Timestamp: at}
		e := openhim.Envelope{
			URN: urn, Status: openhim.Status(status), Response: response,
			Orchestrations: []openhim.Orchestration{{
				Name: name, Group: urn, Request: openhim.Request{
					Host: value, Port: openhim.Port(name), Path: body, Headers: openhim.Headers{header: {value}},
					Querystring: key, Body: body, Method: name, Timestamp: at,
				},
				Response: &response, Error: &openhim.Error{Message: body, Stack: value},
			}},
			Properties: openhim.Properties{key: property, "nested": []any{map[string]any{key: code}}},
			Error:      &openhim.Error{Message: property},
		}
		out := e.AppendJSON([]byte("before"))
		require.True(t, json.Valid(out[len("before"):]), "%s", out)
		if e.Validate() != nil {
			return
		}
		back, err := openhim.ParseEnvelope(out[len("before"):])
		require.NoError(t, err, "what Validate takes can be read: %s", out)
		assert.Equal(t, string(out[len("before"):]), string(back.AppendJSON(nil)))
	})
}

// FuzzValidateConfig: no definition and no value makes it panic, and no error
// tells a value.
func FuzzValidateConfig(f *testing.F) {
	f.Add([]byte(`[{"param":"a","type":"struct","template":[{"param":"b","type":"number"}],"array":true}]`), []byte(`{"a":[{"b":1},{"b":"x","c":null},5]}`))
	f.Add([]byte(`[{"param":"m","type":"map"},{"param":"o","type":"option","values":["x"]},{"param":"y"}]`), []byte(`{"m":{"a.b":1},"o":1,"y":{"$a":[[[]]]}}`))
	f.Fuzz(func(t *testing.T, definitions, values []byte) {
		var defs []openhim.ConfigDef
		var config map[string]any
		if json.Unmarshal(definitions, &defs) != nil || json.Unmarshal(values, &config) != nil {
			return
		}
		err := openhim.ValidateConfig(defs, config)
		m := openhim.Mediator{URN: "u", Version: "1.0.0", Name: "n", ConfigDefs: defs, Config: config}
		whole := m.Validate()
		require.Error(t, whole, "it has no endpoints")
		if err == nil {
			return
		}
		assert.NotEmpty(t, fields(t, err))
	})
}

// FuzzTransactionDecode: any JSON document is read, and never with a panic.
func FuzzTransactionDecode(f *testing.F) {
	f.Add([]byte(`{"_id":5,"request":"x","orchestrations":[{"name":{"a":1},"request":{"timestamp":"no","headers":[1]}}],"error":[1],"routes":{}}`))
	f.Add([]byte(`{"childIDs":[1,null],"canRerun":"yes","autoRetryAttempt":1.5,"response":{"status":"x"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var tx openhim.Transaction
		err := json.Unmarshal(data, &tx)
		if !json.Valid(data) {
			require.Error(t, err)
			return
		}
		require.NoError(t, err)
		_, err = json.Marshal(tx)
		require.NoError(t, err)
	})
}
