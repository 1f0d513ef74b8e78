package openhim_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mediator/openhim"
)

func TestPropertiesThatCannotBeWrittenAreLeftOutAlone(t *testing.T) {
	t.Parallel()
	endless := map[string]any{}
	endless["self"] = endless
	list := []any{nil}
	list[0] = list
	p := openhim.Properties{
		"a": 1, "chan": make(chan int), "endless": endless, "list": list, "nan": []any{1, math.NaN()},
		"inside": map[string]any{"f": func() {}}, "z": "last", "time": time.Second, "bytes": []byte("x"),
		"struct": struct {
			A string `json:"a"`
		}{"<é>"}, "nilmap": map[string]any(nil), "nillist": []any(nil), "ok": true, "none": nil, "number": json.Number("1.50"),
	}
	assert.Equal(t, `{"a":1,"bytes":"eA==","nillist":null,"nilmap":null,"none":null,"number":1.50,"ok":true,`+
		`"struct":{"a":"<é>"},"time":1000000000,"z":"last"}`, string(p.AppendJSON(nil)))
	assert.ElementsMatch(t, []string{"chan", "nan[1]", "inside.f"}, shallow(fields(t, p.Validate())))
	out, err := json.Marshal(openhim.Properties(nil))
	require.NoError(t, err)
	assert.Equal(t, "null", string(out))
}

// shallow drops the fields of values without an end.
func shallow(in []string) (out []string) {
	for _, f := range in {
		if len(f) < 20 {
			out = append(out, f)
		}
	}
	return out
}

func TestPropertiesReadWhateverIsStored(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]openhim.Properties{
		`{"a":1}`: {"a": 1.0}, `null`: nil, `[1]`: {"": []any{1.0}}, `"x"`: {"": "x"}, `5`: {"": 5.0},
	} {
		var p openhim.Properties
		require.NoError(t, json.Unmarshal([]byte(in), &p))
		assert.Equal(t, want, p)
	}
}

func TestPartsOfAnEnvelopeCanBeValidatedAlone(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{"name", "request.timestamp"}, fields(t, openhim.Orchestration{}.Validate()))
	assert.Equal(t, []string{"status"}, fields(t, openhim.Response{}.Validate()))
	assert.NoError(t, openhim.Response{Status: 200}.Validate())
}

func TestErrorsSayWhatAndWhere(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"openhim: bulk rerun: this core is 7.0.1, it needs 7.1.0 or later":   &openhim.VersionError{Op: "bulk rerun", Since: "7.1.0", Core: "7.0.1"},
		"openhim: finish transaction 1: the core did not keep status, error": &openhim.NotKeptError{ID: "1", Missing: []string{"status", "error"}},
		"openhim: op: the core answered 404 Not Found":                       &openhim.StatusError{Op: "op", Status: 404},
		"openhim: config: URL: is bad":                                       &openhim.ConfigError{Field: "URL", Reason: "is bad"},
	} {
		assert.EqualError(t, err, want)
	}
	err := &openhim.ChannelConflictError{URN: "urn:x", Names: []string{"a", "b"}}
	assert.ErrorContains(t, err, "urn:x")
	assert.ErrorContains(t, err, "a, b")
}
