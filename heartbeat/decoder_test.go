package heartbeat_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/heartbeat"
	"github.com/openhim/mediator-go/mediator/openhim"
)

// limits is the Go form of the struct param.
type limits struct {
	Max  int8   `json:"max"`
	Unit string `json:"unit"`
}

// settings has a field for each type of the core.
type settings struct {
	Name     string            `json:"name"`
	Text     string            `json:"text"`
	Password string            `json:"password"`
	Count    int               `json:"count"`
	Big      uint64            `json:"big"`
	Ratio    float64           `json:"ratio"`
	Debug    bool              `json:"debug"`
	Mode     string            `json:"mode"`
	Headers  map[string]string `json:"headers"`
	Limits   limits            `json:"limits"`
	Hosts    []string          `json:"hosts"`
	Ports    []uint16          `json:"ports"`
	Wait     duration          `json:"wait"`
	Any      any               `json:"any"`
}

// duration decodes itself, with errors that quote the value.
type duration time.Duration

func (d *duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	*d = duration(v)
	return err
}

func settingsDefs() []openhim.ConfigDef {
	return []openhim.ConfigDef{
		{Param: "name", Type: openhim.ConfigString},
		{Param: "text", Type: openhim.ConfigBigString},
		{Param: "password", Type: openhim.ConfigPassword},
		{Param: "count", Type: openhim.ConfigNumber},
		{Param: "big", Type: openhim.ConfigNumber},
		{Param: "ratio", Type: openhim.ConfigNumber},
		{Param: "debug", Type: openhim.ConfigBool},
		{Param: "mode", Type: openhim.ConfigOption, Values: []string{"fast", "safe"}},
		{Param: "headers", Type: openhim.ConfigMap},
		{Param: "limits", Type: openhim.ConfigStruct, Template: []openhim.ConfigDef{
			{Param: "max", Type: openhim.ConfigNumber}, {Param: "unit", Type: openhim.ConfigOption, Values: []string{"s", "h"}},
		}},
		{Param: "hosts", Type: openhim.ConfigString, Array: true},
		{Param: "ports", Type: openhim.ConfigNumber, Array: true},
		{Param: "wait", Type: openhim.ConfigString},
		{Param: "any"},
	}
}

func TestDecodesEveryTypeOfTheCore(t *testing.T) {
	t.Parallel()
	d, err := heartbeat.NewDecoder[settings](settingsDefs(), nil)
	require.NoError(t, err)
	got, err := d.Decode(json.RawMessage(`{
		"name": "Zoë", "text": "a\nb", "password": "p", "count": 3, "big": 18446744073709551615, "ratio": 0.25, "debug": true, "mode": "safe",
		"headers": {"k": "v"}, "limits": {"max": 5, "unit": "h"}, "hosts": ["a", "b"], "ports": [1, 2], "wait": "1m", "any": [1, "x"]}`))
	require.NoError(t, err)
	assert.Equal(t, settings{
		Name: "Zoë", Text: "a\nb", Password: "p", Count: 3, Big: 18446744073709551615, Ratio: 0.25, Debug: true, Mode: "safe",
		Headers: map[string]string{"k": "v"}, Limits: limits{Max: 5, Unit: "h"}, Hosts: []string{"a", "b"}, Ports: []uint16{1, 2},
		Wait: duration(time.Minute), Any: []any{1.0, "x"},
	}, got)
}

func TestAValueThatDoesNotFitIsNamedWithoutItsValue(t *testing.T) {
	t.Parallel()
	tests := []struct{ config, param, reason string }{
		{`{"name": 4711}`, "name", "must be a text"},
		{`{"name": ["s3cret"]}`, "name", "must be a text"},
		{`{"text": {"s3cret": 1}}`, "text", "must be a text"},
		{`{"password": 4711}`, "password", "must be a text"},
		{`{"count": "s3cret"}`, "count", "must be a number"},
		{`{"count": 4711.5}`, "count", "must be an integer in the range of Go type int"},
		{`{"count": 47114711471147114711}`, "count", "must be an integer in the range of Go type int"},
		{`{"big": -4711}`, "big", "must be an integer in the range of Go type uint64"},
		{`{"ratio": 4711e400}`, "ratio", "must be a number that fits 64 bits"},
		{`{"debug": "s3cret"}`, "debug", "must be true or false"},
		{`{"debug": 4711}`, "debug", "must be true or false"},
		{`{"mode": "s3cret"}`, "mode", "must be one of fast, safe"},
		{`{"mode": 4711}`, "mode", "must be one of fast, safe"},
		{`{"headers": ["s3cret"]}`, "headers", "must be an object of texts"},
		{`{"headers": {"s3cret": 4711}}`, "headers", "must be an object of texts: it holds something else"},
		{`{"headers": {"s3cret": null}}`, "headers", "must be an object of texts: it holds something else"},
		{`{"limits": "s3cret"}`, "limits", "must be an object"},
		{`{"limits": {"max": "s3cret"}}`, "limits.max", "must be a number"},
		{`{"limits": {"max": 4711}}`, "limits.max", "must be an integer in the range of Go type int8"},
		{`{"limits": {"unit": "s3cret"}}`, "limits.unit", "must be one of s, h"},
		{`{"hosts": "s3cret"}`, "hosts", "must be a list"},
		{`{"hosts": ["a", 4711]}`, "hosts[1]", "must be a text"},
		{`{"hosts": [null]}`, "hosts[0]", "must be a text"},
		{`{"ports": [1, 4711.5]}`, "ports", "must be an integer in the range of Go type uint16"},
		{`{"wait": "s3cret"}`, "wait", "is refused by the decoding of its field in heartbeat_test.settings"},
		{`["s3cret"]`, "", "is not a JSON object"},
		{`{"s3cret`, "", "is not valid JSON"},
	}
	d, err := heartbeat.NewDecoder[settings](settingsDefs(), nil)
	require.NoError(t, err)
	for _, tt := range tests {
		_, err := d.Decode(json.RawMessage(tt.config))
		pe, ok := errors.AsType[*heartbeat.ParamError](err)
		if assert.True(t, ok, "%s: %v", tt.config, err) {
			assert.Equal(t, heartbeat.ParamError{Param: tt.param, Reason: tt.reason}, *pe, tt.config)
		}
		assert.NotContains(t, err.Error(), "s3cret")
		assert.NotContains(t, err.Error(), "4711")
	}
}

func TestAllMisfitsAreNamedAtOnce(t *testing.T) {
	t.Parallel()
	d, err := heartbeat.NewDecoder[settings](settingsDefs(), nil)
	require.NoError(t, err)
	_, err = d.Decode(json.RawMessage(`{"name": 1, "limits": {"max": "", "unit": ""}, "hosts": [1, "", 2]}`))
	assert.EqualError(t, err, `heartbeat: config param name must be a text
heartbeat: config param limits.max must be a number
heartbeat: config param limits.unit must be one of s, h
heartbeat: config param hosts[0] must be a text
heartbeat: config param hosts[2] must be a text`)
	_, err = d.Decode(json.RawMessage(`{"wait": "x", "count": 0.5, "big": -1}`))
	assert.EqualError(t, err, `heartbeat: config param big must be an integer in the range of Go type uint64
heartbeat: config param count must be an integer in the range of Go type int
heartbeat: config param wait is refused by the decoding of its field in heartbeat_test.settings`)
}

func TestNumbersFitIntegersByValue(t *testing.T) {
	t.Parallel()
	d, err := heartbeat.NewDecoder[settings](settingsDefs(), nil)
	require.NoError(t, err)
	for text, want := range map[string]int{"3.0": 3, "3e2": 300, "30e-1": 3, "-0": 0, "-0.0e5": 0, "-1.50e1": -15, "9223372036854775807.0": 9223372036854775807} {
		got, err := d.Decode(json.RawMessage(`{"count": ` + text + `}`))
		require.NoError(t, err, text)
		assert.Equal(t, want, got.Count, text)
	}
}

func TestAbsentAndNullSettingsHaveTheirDefaults(t *testing.T) {
	t.Parallel()
	defaults := map[string]any{"count": 7, "headers": map[string]string{"a": "b"}, "mode": "fast", "name": nil}
	d, err := heartbeat.NewDecoder[settings](settingsDefs(), defaults)
	require.NoError(t, err)
	want := settings{Count: 7, Mode: "fast", Headers: map[string]string{"a": "b"}}
	for _, config := range []string{"", "OK", "{}", "[]", `{"count": null, "mode": null, "name": null, "debug": null}`} {
		got, err := d.Decode(json.RawMessage(config))
		require.NoError(t, err)
		assert.Equal(t, want, got, config)
		got.Headers["a"] = "changed" // is this call's own
	}
	got, err := d.Decode(json.RawMessage(`{"count": 0, "headers": {"x": "y"}}`))
	require.NoError(t, err)
	assert.Equal(t, settings{Mode: "fast", Headers: map[string]string{"x": "y"}}, got, "a value replaces all of its default")
}

func TestParamsWithoutDefinitionArePassedOver(t *testing.T) {
	t.Parallel()
	type part struct {
		Count int `json:"count"`
	}
	defs := []openhim.ConfigDef{{Param: "count", Type: openhim.ConfigNumber}}
	d, err := heartbeat.NewDecoder[part](defs, nil)
	require.NoError(t, err)
	got, err := d.Decode(json.RawMessage(`{"old": {"x": [1]}, "COUNT": "no", "count": 2}`))
	require.NoError(t, err)
	assert.Equal(t, part{Count: 2}, got)
}

func TestWithoutDefinitionsAllParamsAreRead(t *testing.T) {
	t.Parallel()
	d, err := heartbeat.NewDecoder[map[string]any](nil, map[string]any{"b": "default"})
	require.NoError(t, err)
	got, err := d.Decode(json.RawMessage(`{"a": [1], "b": null, "c": {}}`))
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"a": []any{1.0}, "b": "default", "c": map[string]any{}}, got)
}

func TestDefinitionsMustFitTheGoType(t *testing.T) {
	t.Parallel()
	type small struct {
		A string `json:"a"`
		S struct {
			X string `json:"x"`
		} `json:"s"`
	}
	tests := []struct {
		name     string
		defs     []openhim.ConfigDef
		defaults map[string]any
		want     string
	}{
		{"field without definition", []openhim.ConfigDef{{Param: "a"}}, nil, `config param s has a field but no definition: correct its json tag, or set json:"-"`},
		{
			"field in a struct without definition",
			[]openhim.ConfigDef{{Param: "s", Type: openhim.ConfigStruct, Template: []openhim.ConfigDef{{Param: "y", Type: openhim.ConfigString}}}},
			nil, "config param s.x has a field but no definition",
		},
		{"other type", []openhim.ConfigDef{{Param: "a", Type: openhim.ConfigNumber}}, nil, "config param a has no place in heartbeat_test.small: a JSON number does not fit Go type string"},
		{"a list", []openhim.ConfigDef{{Param: "a", Type: openhim.ConfigOption, Array: true}}, nil, "a JSON array does not fit Go type string"},
		{"twice", []openhim.ConfigDef{{Param: "a"}, {Param: "a"}}, nil, "config param a is defined twice"},
		{"no name", []openhim.ConfigDef{{Type: openhim.ConfigBool}}, nil, "config param configDefs[0] has no name: set its Param"},
		{"default without definition", []openhim.ConfigDef{{Param: "a"}}, map[string]any{"z": 1}, "config param z has a default but no definition"},
		{"default of another type", []openhim.ConfigDef{{Param: "a", Type: openhim.ConfigString}, {Param: "s"}}, map[string]any{"a": 1}, "config param a must be a text"},
		{"default that does not fit the field", []openhim.ConfigDef{{Param: "a"}, {Param: "s"}}, map[string]any{"a": 1}, "config param a does not fit: a JSON number into Go type string"},
		{"default without JSON form", []openhim.ConfigDef{{Param: "a"}}, map[string]any{"a": func() {}}, "defaults have no JSON form"},
	}
	for _, tt := range tests {
		d, err := heartbeat.NewDecoder[small](tt.defs, tt.defaults)
		assert.Nil(t, d, tt.name)
		assert.ErrorContains(t, err, tt.want, tt.name)
	}
	_, err := heartbeat.NewDecoder[int]([]openhim.ConfigDef{{Param: "a"}}, nil)
	assert.ErrorContains(t, err, "has no place in int: a JSON object does not fit Go type int")
}

// shared is embedded, and itself again by way of a pointer.
type shared struct {
	*shared //nolint:unused // the search for fields must end all the same
	Name    string
}

func TestATypeMayHoldAPartOfTheSettings(t *testing.T) {
	t.Parallel()
	type part struct {
		shared
		Limits  *limits           `json:"limits"`
		Ports   [2]uint16         `json:"ports"`
		Mode    string            `json:",omitempty"`
		Own     func()            `json:"-"`
		hidden  string            //nolint:unused // must not be asked for
		Headers map[string]string `json:"headers"`
		Wait    *duration         `json:"wait"`
	}
	d, err := heartbeat.NewDecoder[part](settingsDefs(), nil)
	require.NoError(t, err)
	got, err := d.Decode(json.RawMessage(`{"name": "n", "mode": "fast", "text": "t", "ports": [1, 2], "limits": {"max": 1, "old": 2}}`))
	require.NoError(t, err)
	assert.Equal(t, part{shared: shared{Name: "n"}, Mode: "fast", Ports: [2]uint16{1, 2}, Limits: &limits{Max: 1}}, got)
	_, err = d.Decode(json.RawMessage(`{"text": 1}`))
	assert.ErrorContains(t, err, "text must be a text", "which it does not hold")
}

func TestFieldsOfAListOfStructsNeedDefinitions(t *testing.T) {
	t.Parallel()
	type servers struct {
		Servers []struct {
			Host string `json:"host"`
			Prot int    `json:"prot"`
		} `json:"servers"`
	}
	_, err := heartbeat.NewDecoder[servers]([]openhim.ConfigDef{{Param: "servers", Type: openhim.ConfigStruct, Array: true, Template: []openhim.ConfigDef{
		{Param: "host", Type: openhim.ConfigString}, {Param: "port", Type: openhim.ConfigNumber},
	}}}, nil)
	assert.EqualError(t, err, `heartbeat: config param servers.prot has a field but no definition: correct its json tag, or set json:"-"`)
}

// raw decodes itself and takes only what it likes.
type raw string

func (r *raw) UnmarshalJSON(b []byte) error {
	*r = raw(b)
	if len(b) == 2 {
		return errors.New("empty: s3cret")
	}
	return nil
}

func TestATypeMayDecodeItself(t *testing.T) {
	t.Parallel()
	d, err := heartbeat.NewDecoder[raw]([]openhim.ConfigDef{{Param: "b"}, {Param: "a"}}, nil)
	require.NoError(t, err)
	got, err := d.Decode(json.RawMessage(`{"b": 2.0, "a": "<", "z": 1}`))
	require.NoError(t, err)
	assert.Equal(t, raw(`{"a":"\u003c","b":2}`), got)
	_, err = d.Decode(nil)
	assert.EqualError(t, err, "heartbeat: config is refused by the decoding of heartbeat_test.raw")
}

func TestTypedAnswersEveryConfigWithTheFaultOfItsDefinitions(t *testing.T) {
	t.Parallel()
	called := false
	on := heartbeat.Typed([]openhim.ConfigDef{{Param: "max"}}, func(context.Context, limits) error {
		called = true
		return nil
	})
	assert.ErrorContains(t, on(t.Context(), json.RawMessage(`{}`)), "config param unit has a field but no definition")
	assert.False(t, called)
}

func TestTypedGivesGoodConfigsOnlyAndReturnsTheErrorOfItsFunction(t *testing.T) {
	t.Parallel()
	sentinel := errors.New("no")
	var got []int
	type ctxKey struct{}
	on := heartbeat.Typed(settingsDefs(), func(ctx context.Context, s settings) error {
		assert.Equal(t, "v", ctx.Value(ctxKey{}))
		got = append(got, s.Count)
		return sentinel
	})
	ctx := context.WithValue(t.Context(), ctxKey{}, "v")
	assert.ErrorIs(t, on(ctx, json.RawMessage(`{"count": 1}`)), sentinel)
	assert.ErrorContains(t, on(ctx, json.RawMessage(`{"count": "1"}`)), "count must be a number")
	assert.Equal(t, []int{1}, got)
}
