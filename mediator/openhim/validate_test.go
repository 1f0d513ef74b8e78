package openhim_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mediator/openhim"
)

// fields returns what an error names, and fails when it is no
// ValidationError.
func fields(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	var all *openhim.ValidationError
	require.ErrorAs(t, err, &all)
	var out []string
	for _, e := range all.Errors {
		assert.NotEmpty(t, e.Message)
		out = append(out, e.Field)
	}
	return out
}

func TestRegistrationErrorsNameTheFieldsAllAtOnce(t *testing.T) {
	t.Parallel()
	m := openhim.Mediator{
		Version:   "1.0",
		Endpoints: []openhim.Endpoint{{Port: 70000, Type: "ftp"}},
		DefaultChannels: []openhim.Channel{
			{Name: "c", URLPattern: "(", AuthType: "zz"},
			{Name: "c", URLPattern: "^/x$", Methods: []string{"FETCH"}, Timeout: 3600001},
		},
		ConfigDefs: []openhim.ConfigDef{
			{Param: "a", Type: "weird"},
			{Param: "a", Type: openhim.ConfigOption},
			{Param: "s", Type: openhim.ConfigStruct, Template: []openhim.ConfigDef{{Param: "x"}, {Type: openhim.ConfigStruct}}},
		},
		Config: map[string]any{"unknown": 1},
	}
	err := m.Validate()
	assert.Equal(t, []string{
		"urn", "version", "name",
		"endpoints[0].name", "endpoints[0].type", "endpoints[0].host", "endpoints[0].port",
		"defaultChannelConfig[0].urlPattern", "defaultChannelConfig[0].authType",
		"defaultChannelConfig[1].name", "defaultChannelConfig[1].methods[0]", "defaultChannelConfig[1].timeout",
		"configDefs[0].type", "configDefs[1].values", "configDefs[1].param",
		"configDefs[2].template[0].type", "configDefs[2].template[1].type", "configDefs[2].template[1].param",
		"configDefs[2].template[1].template", "config.unknown",
	}, fields(t, err))
	var one openhim.FieldError
	require.ErrorAs(t, err, &one)
	assert.Equal(t, "urn", one.Field)
	assert.Contains(t, err.Error(), "endpoints[0].name: is required")
}

func TestVersionsAreSemantic(t *testing.T) {
	t.Parallel()
	for version, ok := range map[string]bool{
		"1.0.0": true, "v1.3.0": true, "1.2.0-rc1": true, "1.2.0-rc.1+build.5": true, "0.0.0": true, "1.0.0+5": true,
		"1.0": false, "1": false, "1.0.0.0": false, "": false, "latest": false, "01.0.0": false, "1.0.0-01": false,
		"1.0.0-": false, " 1.0.0": false, "vv1.0.0": false, "V1.0.0": false, "=1.0.0": false, "1.0.x": false,
		"9007199254740992.0.0": false, "9007199254740991.0.0": true, "-1.0.0": false, "1.0.0\n": false,
		"1.0.0-" + strings.Repeat("a", 260): false,
	} {
		m := valid()
		m.Version = version
		assert.Equal(t, ok, m.Validate() == nil, "%q", version)
	}
}

func TestRulesDependOnTheVersionOfTheCore(t *testing.T) {
	t.Parallel()
	endpoint := func(e openhim.Endpoint) openhim.Mediator {
		m := valid()
		m.Endpoints = []openhim.Endpoint{e}
		return m
	}
	tests := []struct {
		name              string
		endpoint          openhim.Endpoint
		any, old, current []string
	}{
		{"http", openhim.Endpoint{Name: "e", Host: "h", Port: 1, Type: "http"}, nil, nil, nil},
		{
			"no address",
			openhim.Endpoint{Name: "e"},
			[]string{"endpoints[0].host", "endpoints[0].port"},
			[]string{"endpoints[0].host", "endpoints[0].port"},
			nil,
		},
		{
			"kafka",
			openhim.Endpoint{Name: "e", Host: "h", Port: 1, Type: "kafka"},
			[]string{"endpoints[0].type"},
			[]string{"endpoints[0].type"},
			nil,
		},
		{
			"tcp",
			openhim.Endpoint{Name: "e", Host: "h", Port: 1, Type: "tcp"},
			[]string{"endpoints[0].type"},
			nil,
			[]string{"endpoints[0].type"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := endpoint(tt.endpoint)
			assert.Equal(t, tt.any, fields(t, m.Validate()))
			assert.Equal(t, tt.any, fields(t, m.Validate(openhim.ForVersion("what?"))), "an unknown version is none")
			assert.Equal(t, tt.old, fields(t, m.Validate(openhim.ForVersion("4.0.5"))))
			assert.Equal(t, tt.current, fields(t, m.Validate(openhim.ForVersion("8.5.0"))))
		})
	}
}

func TestChannelRules(t *testing.T) {
	t.Parallel()
	sound := func() openhim.Channel {
		return openhim.Channel{
			Name: "c", URLPattern: "^/x$", Methods: []string{"GET", "POST"}, Allow: []string{"r"},
			Routes: []openhim.Route{{Name: "r", Host: "h", Port: 80, Primary: true}},
		}
	}
	tests := []struct {
		name   string
		change func(*openhim.Channel)
		want   []string
	}{
		{"sound", func(*openhim.Channel) {}, nil},
		{"no primary", func(c *openhim.Channel) { c.Routes[0].Primary = false }, []string{"routes"}},
		{"disabled primary", func(c *openhim.Channel) { c.Routes[0].Status = "disabled" }, []string{"routes"}},
		{"two primaries", func(c *openhim.Channel) { c.Routes = append(c.Routes, c.Routes[0]) }, []string{"routes"}},
		{"a disabled second primary", func(c *openhim.Channel) {
			r := c.Routes[0]
			r.Status = "disabled"
			c.Routes = append(c.Routes, r)
		}, nil},
		{"methods twice", func(c *openhim.Channel) { c.Methods = []string{"GET", "GET"} }, []string{"methods[1]"}},
		{"methods of a polling channel", func(c *openhim.Channel) {
			c.Type, c.PollingSchedule = openhim.ChannelPolling, "* * * * *"
		}, []string{"methods"}},
		{"polling without schedule", func(c *openhim.Channel) { c.Type, c.Methods = openhim.ChannelPolling, nil }, []string{"pollingSchedule"}},
		{"tcp without port", func(c *openhim.Channel) { c.Type, c.Methods = openhim.ChannelTCP, nil }, []string{"tcpPort"}},
		{"priority", func(c *openhim.Channel) { c.Priority = -1 }, []string{"priority"}},
		{"path and transform", func(c *openhim.Channel) {
			c.Routes[0].Path, c.Routes[0].PathTransform = "/a", "s/a/b"
		}, []string{"routes[0].pathTransform"}},
		{"a good transform", func(c *openhim.Channel) { c.Routes[0].PathTransform = `s/a\/b/c/g` }, nil},
		{"a bad transform", func(c *openhim.Channel) { c.Routes[0].PathTransform = "a/b" }, []string{"routes[0].pathTransform"}},
		{"a transform that does not compile", func(c *openhim.Channel) { c.Routes[0].PathTransform = "s/(/b/" }, []string{"routes[0].pathTransform"}},
		{"content pattern", func(c *openhim.Channel) { c.MatchContentRegex = "[" }, []string{"matchContentRegex"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := sound()
			tt.change(&c)
			assert.Equal(t, tt.want, fields(t, c.Validate()))
		})
	}
}

func TestWarningsTellWhatWillNotWork(t *testing.T) {
	t.Parallel()
	m := valid()
	m.DefaultChannels = []openhim.Channel{{Name: "c", URLPattern: "^/x$", IsAsynchronousProcess: true}}
	require.NoError(t, m.Validate(), "a core takes it")
	names := func(list []openhim.FieldError) (out []string) {
		for _, w := range list {
			out = append(out, w.Field)
		}
		return out
	}
	const c = "defaultChannelConfig[0]."
	assert.Equal(t, []string{c + "allow", c + "methods", c + "routes"}, names(m.Warnings()))
	assert.Equal(t, []string{c + "allow", c + "isAsynchronousProcess", c + "routes"}, names(m.Warnings(openhim.ForVersion("4.0.5"))),
		"methods play no part before 7.0.1")
	public := openhim.Channel{AuthType: openhim.AuthPublic, Methods: []string{"GET"}}
	assert.Empty(t, public.Warnings())
}

func TestConfigIsCheckedAgainstItsDefinitions(t *testing.T) {
	t.Parallel()
	type text string
	defs := []openhim.ConfigDef{
		{Param: "s", Type: openhim.ConfigString},
		{Param: "n", Type: openhim.ConfigNumber},
		{Param: "b", Type: openhim.ConfigBool},
		{Param: "o", Type: openhim.ConfigOption, Values: []string{"x", "1"}},
		{Param: "m", Type: openhim.ConfigMap},
		{Param: "st", Type: openhim.ConfigStruct, Template: []openhim.ConfigDef{
			{Param: "f", Type: openhim.ConfigString}, {Param: "k", Type: openhim.ConfigNumber},
		}},
		{Param: "arr", Type: openhim.ConfigNumber, Array: true},
		{Param: "any"},
	}
	tests := []struct {
		name   string
		config map[string]any
		want   []string
	}{
		{"nothing", nil, nil},
		{"everything", map[string]any{
			"s": "a", "n": 1.5, "b": true, "o": "1", "m": map[string]any{"k": "v"},
			"st": map[string]any{"f": "x", "k": 2}, "arr": []any{1.0, 2}, "any": []any{nil, map[string]any{"a": 1}},
		}, nil},
		{"values of Go", map[string]any{
			"s": text("a"), "n": uint8(1), "m": map[string]string{"k": "v"}, "arr": []int{1, 2}, "st": map[text]any{"f": text("x")},
		}, nil},
		{"other types", map[string]any{"s": 1, "n": "1", "b": "true", "m": []any{"x"}, "st": "x", "arr": 1}, []string{"arr", "b", "m", "n", "s", "st"}},
		{"nulls: only a map may be", map[string]any{"s": nil, "n": nil, "b": nil, "o": nil, "m": nil, "st": nil, "arr": nil}, []string{"arr", "b", "n", "o", "s", "st"}},
		{"a number for an option: values are texts", map[string]any{"o": 1}, []string{"o"}},
		{"outside of the option", map[string]any{"o": "z"}, []string{"o"}},
		{"members of a struct", map[string]any{"st": map[string]any{"f": 1, "k": "x", "z": 1}}, []string{"st.f", "st.k", "st.z"}},
		{"elements", map[string]any{"arr": []any{1, "2", 3, nil}}, []string{"arr[1]", "arr[3]"}},
		{"values of a map", map[string]any{"m": map[string]any{"a": "x", "b": 1}}, []string{"m.b"}},
		{"keys that cannot be stored", map[string]any{"m": map[string]any{"a.b": "x", "$c": "y"}, "any": map[string]any{"d.e": 1}}, []string{"any.d.e", "m.$c", "m.a.b"}},
		{"numbers that are none", map[string]any{"n": math.NaN(), "arr": []float64{math.Inf(1)}}, []string{"arr[0]", "n"}},
		{"not defined", map[string]any{"zz": 1}, []string{"zz"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, fields(t, openhim.ValidateConfig(defs, tt.config)))
		})
	}
}

func TestConfigErrorsTellNoValues(t *testing.T) {
	t.Parallel()
	defs := []openhim.ConfigDef{{Param: "p", Type: openhim.ConfigPassword, Array: true}, {Param: "o", Type: openhim.ConfigOption, Values: []string{"a"}}}
	err := openhim.ValidateConfig(defs, map[string]any{"p": "planted", "o": "planted", "x": "planted"})
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "planted")
}

func TestEnvelopeRules(t *testing.T) {
	t.Parallel()
	now := openhim.At(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	sound := func() openhim.Envelope {
		return openhim.Envelope{
			Status:   openhim.StatusSuccessful,
			Response: openhim.Response{Status: 200, Headers: openhim.Headers{"content-type": {"text/plain"}}, Body: "b", Timestamp: now},
			Orchestrations: []openhim.Orchestration{{
				Name: "o", Request: openhim.Request{Timestamp: now}, Response: &openhim.Response{Status: 404, Timestamp: now},
			}},
			Properties: openhim.Properties{"p": "1"},
		}
	}
	deep := any("x")
	for range 100 {
		deep = map[string]any{"a": deep}
	}
	tests := []struct {
		name   string
		change func(*openhim.Envelope)
		want   []string
	}{
		{"sound", func(*openhim.Envelope) {}, nil},
		{"no status: the core decides", func(e *openhim.Envelope) { e.Status = "" }, nil},
		{"another status", func(e *openhim.Envelope) { e.Status = "Banana" }, []string{"status"}},
		{"pending async is new", func(e *openhim.Envelope) { e.Status = openhim.StatusPendingAsync }, []string{"status"}},
		{"no response status", func(e *openhim.Envelope) { e.Response.Status = 0 }, []string{"response.status"}},
		{"an informational status", func(e *openhim.Envelope) { e.Response.Status = 101 }, []string{"response.status"}},
		{"status 600", func(e *openhim.Envelope) { e.Response.Status = 600 }, []string{"response.status"}},
		{"no headers", func(e *openhim.Envelope) { e.Response.Headers = nil }, nil},
		{"header with a space", func(e *openhim.Envelope) { e.Response.Headers["a b"] = []string{"x"} }, []string{"response.headers.a b"}},
		{"header without a name", func(e *openhim.Envelope) { e.Response.Headers[""] = []string{"x"} }, []string{"response.headers."}},
		{"header with a dot", func(e *openhim.Envelope) { e.Response.Headers["a.b"] = []string{"x"} }, []string{"response.headers.a.b"}},
		{"header value with a line end", func(e *openhim.Envelope) { e.Response.Headers["x"] = []string{"a\nb"} }, []string{"response.headers.x"}},
		{"header value outside Latin-1", func(e *openhim.Envelope) { e.Response.Headers["x"] = []string{"ж"} }, []string{"response.headers.x"}},
		{"header value in Latin-1", func(e *openhim.Envelope) { e.Response.Headers["x"] = []string{"é\t"} }, nil},
		{"cookies", func(e *openhim.Envelope) {
			e.Response.Headers["Set-Cookie"] = []string{"a=b; Path=/; Secure; HttpOnly; Expires=Wed, 21 Oct 2026 07:28:00 GMT"}
		}, nil},
		{"a cookie that is none", func(e *openhim.Envelope) { e.Response.Headers["set-cookie"] = []string{"x"} }, []string{"response.headers.set-cookie"}},
		{"a cookie with a hidden line end", func(e *openhim.Envelope) { e.Response.Headers["set-cookie"] = []string{"a=%0D%0A"} }, []string{"response.headers.set-cookie"}},
		{"a signed cookie", func(e *openhim.Envelope) { e.Response.Headers["set-cookie"] = []string{"a=b; signed=1"} }, []string{"response.headers.set-cookie"}},
		{"orchestration without a name", func(e *openhim.Envelope) { e.Orchestrations[0].Name = "" }, []string{"orchestrations[0].name"}},
		{"orchestration without a time", func(e *openhim.Envelope) { e.Orchestrations[0].Request.Timestamp = openhim.Time{} }, []string{"orchestrations[0].request.timestamp"}},
		{"a time that cannot be written", func(e *openhim.Envelope) {
			e.Response.Timestamp = openhim.At(time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC))
		}, []string{"response.timestamp"}},
		{"stored header with a dot", func(e *openhim.Envelope) { e.Orchestrations[0].Request.Headers = openhim.Headers{"a.b": {"x"}} }, []string{"orchestrations[0].request.headers.a.b"}},
		{"stored header with a dollar", func(e *openhim.Envelope) {
			e.Orchestrations[0].Response.Headers = openhim.Headers{"$a": {"x"}, "a$": {"x"}}
		}, []string{"orchestrations[0].response.headers.$a"}},
		{"property with a dot", func(e *openhim.Envelope) { e.Properties["a.b"] = 1 }, []string{"properties.a.b"}},
		{"property with a dot inside", func(e *openhim.Envelope) { e.Properties["a"] = []any{map[string]string{"b.c": ""}} }, []string{"properties.a[0].b.c"}},
		{"property that is no JSON", func(e *openhim.Envelope) { e.Properties["a"] = make(chan int) }, []string{"properties.a"}},
		{"property without an end", func(e *openhim.Envelope) { e.Properties["a"] = deep }, []string{"properties.a" + strings.Repeat(".a", 80)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := sound()
			tt.change(&e)
			assert.Equal(t, tt.want, fields(t, e.Validate()))
		})
	}
	pending := sound()
	pending.Status = openhim.StatusPendingAsync
	assert.NoError(t, pending.Validate(openhim.ForVersion("8.3.0")))
}

func TestSafeKeyMakesAnyKeyStorable(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "a\uFF0Eb\uFF0Ec", openhim.SafeKey("a.b.c"))
	assert.Equal(t, "\uFF04a", openhim.SafeKey("$a"))
	for _, key := range []string{"", "a", "..", "$$", "a\x00b", "$.$"} {
		assert.NoError(t, openhim.Properties{openhim.SafeKey(key): 1}.Validate(), "%q", key)
	}
}

func TestValidationErrorUnwrapsToItsFields(t *testing.T) {
	t.Parallel()
	err := error(&openhim.ValidationError{Document: "d", Errors: []openhim.FieldError{{Field: "a", Message: "m"}, {Message: "n"}}})
	assert.Equal(t, "openhim: invalid d: a: m; n", err.Error())
	assert.ErrorIs(t, err, openhim.FieldError{Message: "n"})
	assert.False(t, openhim.ReachedCore(err))
	assert.False(t, openhim.Retryable(err))
	assert.NotErrorIs(t, err, errors.ErrUnsupported)
}
