package openhim_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mediator/openhim"
)

var sometime = time.Date(2026, 1, 2, 3, 4, 5, 678_900_000, time.UTC)

func TestHeartbeatRepliesAreUnderstood(t *testing.T) {
	t.Parallel()
	const jsonType = "application/json; charset=utf-8"
	tests := []struct {
		name, contentType, body string
		want                    string
		broken                  bool
	}{
		{"a config", jsonType, ` {"a":1} `, `{"a":1}`, false},
		{"an empty config", jsonType, `{}`, `{}`, false},
		{"an array, which administrators can store", jsonType, `[ ]`, `{}`, false},
		{"nothing as text", "text/plain; charset=utf-8", ``, ``, false},
		{"OK: no config is stored", "text/plain; charset=utf-8", `OK`, ``, false},
		{"the text of basic authentication", "text/plain", `User Authenticated Successfully`, ``, false},
		{"no content type", "", ``, ``, false},
		{"an empty document", jsonType, ` `, ``, false},
		{"null", jsonType, `null`, ``, false},
		{"JSON called text is text", "text/plain", `{"a":1}`, ``, false},
		{"broken JSON", jsonType, `{"a":`, ``, true},
		{"no object", jsonType, `"a"`, ``, true},
		{"a full array", jsonType, `[1]`, ``, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newCore("8.5.0")
			c.on("POST /mediators/urn:x/heartbeat", func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Content-Type"] = nil
				if tt.contentType != "" {
					w.Header().Set("Content-Type", tt.contentType)
				}
				_, _ = w.Write([]byte(tt.body))
			})
			reply, err := c.api(t, nil).Heartbeat(t.Context(), "urn:x", openhim.Heartbeat{})
			var bad *openhim.ReplyError
			if tt.broken {
				require.ErrorAs(t, err, &bad)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, tt.want, string(reply.Config))
			assert.Equal(t, tt.want == "", reply.Config == nil)
		})
	}
}

func TestHeartbeatSendsSeconds(t *testing.T) {
	t.Parallel()
	c := newCore("8.5.0")
	c.on("POST /mediators/urn:x/heartbeat", func(w http.ResponseWriter, _ *http.Request) { text(w, 200, "") })
	api := c.api(t, nil)
	for beat, want := range map[openhim.Heartbeat]string{
		{Uptime: 1500 * time.Millisecond}:       `{"uptime":1.5}`,
		{Uptime: time.Minute, WantConfig: true}: `{"uptime":60,"config":true}`,
		{Uptime: -time.Second}:                  `{"uptime":0}`,
	} {
		_, err := api.Heartbeat(t.Context(), "urn:x", beat)
		require.NoError(t, err)
		assert.Equal(t, want, c.body("POST /mediators/urn:x/heartbeat"))
	}
	for _, h := range c.auth[1:] {
		assert.Equal(t, "application/json", h.Get("Content-Type"), "a core reads nothing else")
	}
}

func TestHeartbeatOfAnUnknownMediatorIsNotFound(t *testing.T) {
	t.Parallel()
	_, err := newCore("8.5.0").api(t, nil).Heartbeat(t.Context(), "urn:x", openhim.Heartbeat{})
	assert.True(t, openhim.IsNotFound(err))
}

func TestHeartbeatIsNotRepeated(t *testing.T) {
	t.Parallel()
	c := newCore("8.5.0")
	c.on("POST /mediators/urn:x/heartbeat", func(w http.ResponseWriter, _ *http.Request) { text(w, 503, "") })
	_, err := c.api(t, nil).Heartbeat(t.Context(), "urn:x", openhim.Heartbeat{})
	assert.True(t, openhim.Retryable(err))
	assert.Len(t, c.seen("POST /mediators/urn:x/heartbeat"), 1)
}

func TestSetConfigChecksAgainstTheStoredDefinitions(t *testing.T) {
	t.Parallel()
	c := newCore("8.5.0")
	m := valid()
	m.ConfigDefs = []openhim.ConfigDef{{Param: "n", Type: openhim.ConfigNumber}}
	c.mediators(map[string]openhim.Mediator{m.URN: m})
	path := "PUT /mediators/" + m.URN + "/config"
	c.on(path, func(w http.ResponseWriter, _ *http.Request) { text(w, 200, "OK") })
	api := c.api(t, nil)
	assert.Equal(t, []string{"n"}, fields(t, api.SetConfig(t.Context(), m.URN, map[string]any{"n": "1"})))
	assert.Empty(t, c.seen(path))
	require.NoError(t, api.SetConfig(t.Context(), m.URN, map[string]any{"n": 1}))
	assert.JSONEq(t, `{"n":1}`, c.body(path))
	require.NoError(t, api.SetConfig(t.Context(), m.URN, nil))
	assert.JSONEq(t, `{}`, c.body(path), "no body would be taken for one")
	assert.True(t, openhim.IsNotFound(api.SetConfig(t.Context(), "urn:other", nil)))
}

func TestConfigThatIsNoObjectIsReadAsNone(t *testing.T) {
	t.Parallel()
	c := newCore("8.5.0")
	c.on("GET /mediators/urn:x", func(w http.ResponseWriter, _ *http.Request) {
		document(w, map[string]any{"urn": "urn:x", "config": []any{}, "_uptime": 1.5, "_lastHeartbeat": "2026-01-02T03:04:05.678Z"})
	})
	m, err := c.api(t, nil).Mediator(t.Context(), "urn:x")
	require.NoError(t, err)
	assert.Nil(t, m.Config)
	assert.InDelta(t, 1.5, m.Uptime, 0)
	assert.Equal(t, openhim.At(sometime), m.LastHeartbeat)
}

func TestInstallChannels(t *testing.T) {
	t.Parallel()
	const urn = "urn:mediator:test"
	const route = "POST /mediators/" + urn + "/channels"
	setup := func(have ...openhim.Channel) *core {
		m := valid()
		m.DefaultChannels = []openhim.Channel{{Name: "a", URLPattern: "^/a$"}, {Name: "b", URLPattern: "^/b$"}, {Name: "c", URLPattern: "^/c$"}}
		c := newCore("8.5.0")
		c.mediators(map[string]openhim.Mediator{m.URN: m})
		c.on("GET /channels", func(w http.ResponseWriter, _ *http.Request) { document(w, have) })
		c.on(route, func(w http.ResponseWriter, _ *http.Request) { text(w, 201, "Created") })
		return c
	}
	t.Run("all", func(t *testing.T) {
		t.Parallel()
		c := setup()
		got, err := c.api(t, nil).InstallChannels(t.Context(), urn)
		require.NoError(t, err)
		assert.Equal(t, openhim.ChannelInstallation{Installed: []string{"a", "b", "c"}}, got)
		assert.JSONEq(t, `["a","b","c"]`, c.body(route))
	})
	t.Run("some, one of them there already", func(t *testing.T) {
		t.Parallel()
		c := setup(openhim.Channel{Name: "a", URLPattern: "^/a$", Allow: []string{"changed"}})
		got, err := c.api(t, nil).InstallChannels(t.Context(), urn, "a", "c", "c")
		require.NoError(t, err)
		assert.Equal(t, openhim.ChannelInstallation{Installed: []string{"c"}, Existing: []string{"a"}}, got)
		assert.JSONEq(t, `["c"]`, c.body(route))
	})
	t.Run("nothing to do: nothing is sent", func(t *testing.T) {
		t.Parallel()
		c := setup(openhim.Channel{Name: "a", URLPattern: "^/a$"})
		_, err := c.api(t, nil).InstallChannels(t.Context(), urn, "a")
		require.NoError(t, err)
		assert.Empty(t, c.seen(route), "an empty list would mean all")
	})
	t.Run("names that are taken", func(t *testing.T) {
		t.Parallel()
		c := setup(openhim.Channel{Name: "a", URLPattern: "^/other$"}, openhim.Channel{Name: "b", URLPattern: "^/b$", Status: "deleted"})
		got, err := c.api(t, nil).InstallChannels(t.Context(), urn)
		var conflict *openhim.ChannelConflictError
		require.ErrorAs(t, err, &conflict)
		assert.Equal(t, []string{"a", "b"}, conflict.Names)
		assert.Equal(t, openhim.ChannelInstallation{Installed: []string{"c"}, Conflicting: []string{"a", "b"}}, got)
		assert.False(t, openhim.Retryable(err))
	})
	t.Run("a name the mediator does not offer", func(t *testing.T) {
		t.Parallel()
		c := setup()
		_, err := c.api(t, nil).InstallChannels(t.Context(), urn, "a", "zz")
		assert.Equal(t, []string{"names[1]"}, fields(t, err))
		assert.Empty(t, c.seen(route))
	})
	t.Run("a lost race", func(t *testing.T) {
		t.Parallel()
		c := setup()
		c.on(route, func(w http.ResponseWriter, _ *http.Request) {
			c.on("GET /channels", func(w http.ResponseWriter, _ *http.Request) {
				document(w, []openhim.Channel{{Name: "a", URLPattern: "^/a$"}})
			})
			c.on(route, func(w http.ResponseWriter, _ *http.Request) { text(w, 201, "Created") })
			text(w, 500, "E11000 duplicate key error")
		})
		got, err := c.api(t, nil).InstallChannels(t.Context(), urn, "a", "b")
		require.NoError(t, err)
		assert.Equal(t, openhim.ChannelInstallation{Installed: []string{"a", "b"}}, got)
		assert.JSONEq(t, `["b"]`, c.body(route))
	})
	t.Run("an unknown mediator", func(t *testing.T) {
		t.Parallel()
		_, err := setup().api(t, nil).InstallChannels(t.Context(), "urn:other")
		assert.True(t, openhim.IsNotFound(err))
	})
}
