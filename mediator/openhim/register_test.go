package openhim_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mediator/openhim"
)

func TestRegistrationOutcomesAreToldApart(t *testing.T) {
	t.Parallel()
	c := newCore("8.5.0")
	c.mediators(map[string]openhim.Mediator{})
	api := c.api(t, nil)
	m := valid()

	got, err := api.Register(t.Context(), m)
	require.NoError(t, err)
	assert.Equal(t, openhim.Registration{Outcome: openhim.Created, StoredVersion: "1.0.0"}, got)

	got, err = api.Register(t.Context(), m)
	require.NoError(t, err)
	assert.Equal(t, openhim.Registration{Outcome: openhim.Ignored, StoredVersion: "1.0.0", PreviousVersion: "1.0.0"}, got,
		"the restart of a mediator: no differences")

	m.Name = "Changed"
	got, err = api.Register(t.Context(), m)
	require.NoError(t, err)
	assert.Equal(t, openhim.Ignored, got.Outcome)
	assert.Equal(t, []openhim.FieldDifference{{Field: "name", Stored: `"Test"`, Offered: `"Changed"`}}, got.Differences)

	m.Version = "1.0.1"
	got, err = api.Register(t.Context(), m)
	require.NoError(t, err)
	assert.Equal(t, openhim.Registration{Outcome: openhim.Updated, StoredVersion: "1.0.1", PreviousVersion: "1.0.0"}, got)

	m.Version = "0.9.0"
	got, err = api.Register(t.Context(), m)
	require.NoError(t, err)
	assert.Equal(t, openhim.Ignored, got.Outcome)
	assert.Equal(t, "version", got.Differences[0].Field)
}

func TestRegistrationIsValidatedForTheVersionOfTheCore(t *testing.T) {
	t.Parallel()
	m := valid()
	m.Endpoints = []openhim.Endpoint{{Name: "e", Type: openhim.EndpointKafka}}
	c := newCore("8.5.0")
	c.mediators(map[string]openhim.Mediator{})
	_, err := c.api(t, nil).Register(t.Context(), m)
	require.NoError(t, err)

	old := newCore("4.0.5")
	old.mediators(map[string]openhim.Mediator{})
	_, err = old.api(t, nil).Register(t.Context(), m)
	assert.Equal(t, []string{"endpoints[0].type", "endpoints[0].host", "endpoints[0].port"}, fields(t, err))
	assert.Empty(t, old.seen("POST /mediators"))
}

func TestRegistrationDoesNotSendWhatTheCoreSets(t *testing.T) {
	t.Parallel()
	c := newCore("8.5.0")
	c.mediators(map[string]openhim.Mediator{})
	m := valid()
	m.Uptime, m.LastHeartbeat = 5, openhim.At(sometime)
	_, err := c.api(t, nil).Register(t.Context(), m)
	require.NoError(t, err)
	assert.NotContains(t, c.body("POST /mediators"), `"_`)
}

func TestLostFirstRegistrationIsVerified(t *testing.T) {
	t.Parallel()
	const race = "Could not add Mediator via the API: MongoServerError: E11000 duplicate key error"
	lose := func(c *core, winner openhim.Mediator) {
		c.on("POST /mediators", func(w http.ResponseWriter, r *http.Request) {
			store := map[string]openhim.Mediator{winner.URN: winner}
			c.mediators(store) // also serves the next POST
			text(w, 500, race)
		})
	}
	t.Run("the same document: success", func(t *testing.T) {
		t.Parallel()
		c := newCore("8.5.0")
		lose(c, valid())
		got, err := c.api(t, nil).Register(t.Context(), valid())
		require.NoError(t, err)
		assert.Equal(t, openhim.Created, got.Outcome)
		assert.Len(t, c.seen("POST /mediators"), 1)
	})
	t.Run("an older one: updated", func(t *testing.T) {
		t.Parallel()
		c := newCore("8.5.0")
		older := valid()
		older.Version = "0.9.0"
		lose(c, older)
		got, err := c.api(t, nil).Register(t.Context(), valid())
		require.NoError(t, err)
		assert.Equal(t, openhim.Updated, got.Outcome)
	})
	t.Run("another one of the same version: ignored, with differences", func(t *testing.T) {
		t.Parallel()
		c := newCore("8.5.0")
		other := valid()
		other.Name = "Other"
		lose(c, other)
		got, err := c.api(t, nil).Register(t.Context(), valid())
		require.NoError(t, err)
		assert.Equal(t, openhim.Ignored, got.Outcome)
		assert.Len(t, got.Differences, 1)
	})
	t.Run("for ever: an error after three", func(t *testing.T) {
		t.Parallel()
		c := newCore("8.5.0")
		c.on("POST /mediators", func(w http.ResponseWriter, _ *http.Request) { text(w, 500, race) })
		_, err := c.api(t, nil).Register(t.Context(), valid())
		require.Error(t, err)
		assert.Len(t, c.seen("POST /mediators"), 3)
	})
	t.Run("another 500 is none", func(t *testing.T) {
		t.Parallel()
		c := newCore("8.5.0")
		c.on("POST /mediators", func(w http.ResponseWriter, _ *http.Request) { text(w, 500, "database down") })
		_, err := c.api(t, nil).Register(t.Context(), valid())
		assert.True(t, openhim.Retryable(err))
		assert.Len(t, c.seen("POST /mediators"), 1)
	})
}

func TestDifferencesKnowTheDefaultsOfACore(t *testing.T) {
	t.Parallel()
	compared := 0
	for _, rec := range recordings(t, "api") {
		for _, c := range rec.Cases {
			var offered *openhim.Mediator
			for _, s := range c.Steps {
				switch {
				case s.Request.Method == http.MethodPost && s.Request.Path == "/mediators" && s.Reply.Status == 201:
					var m openhim.Mediator
					if json.Unmarshal(s.Request.JSON, &m) == nil && holds(&m, s.Request.JSON) && offered == nil {
						offered = &m
					}
				case s.Request.Method == http.MethodGet && len(s.Reply.JSON) > 0 && s.Reply.JSON[0] == '{' && offered != nil:
					var stored openhim.Mediator
					require.NoError(t, json.Unmarshal(times(s.Reply.JSON), &stored))
					if stored.URN != offered.URN || stored.Version != offered.Version || len(c.Steps) > 3 {
						continue
					}
					assert.Empty(t, openhim.Differences(*offered, stored), "%s %s", rec.Core, c.ID)
					compared++
				}
			}
		}
	}
	assert.Greater(t, compared, 10)
}

func TestDifferencesNameFieldsAndHideSecrets(t *testing.T) {
	t.Parallel()
	stored := valid()
	stored.Endpoints = []openhim.Endpoint{
		{Name: "api", Host: "localhost", Port: 4000, Type: "http", Status: "enabled", Password: "planted1"},
		{Name: "gone", Host: "h", Port: 1, Password: "planted2"},
	}
	stored.DefaultChannels = []openhim.Channel{{Name: "c", URLPattern: "^/a$", Routes: []openhim.Route{{Name: "r", Password: "planted3"}}}}
	stored.ConfigDefs = []openhim.ConfigDef{{Param: "p", Type: openhim.ConfigPassword}, {Param: "old"}}
	stored.Config = map[string]any{"p": "planted4", "old": 1}
	offered := valid()
	offered.Description = "new"
	offered.Endpoints[0].Port, offered.Endpoints[0].Password = 4001, "planted5"
	offered.DefaultChannels = []openhim.Channel{{Name: "c", URLPattern: "^/b$", Routes: []openhim.Route{{Name: "r", Password: "planted6"}, {Name: "s"}}}}
	offered.ConfigDefs = []openhim.ConfigDef{{Param: "p", Type: openhim.ConfigString}, {Param: "fresh", Values: []string{"x"}}}
	offered.Config = map[string]any{"p": "planted7", "fresh": "planted8"}

	diff := openhim.Differences(offered, stored)
	var names []string
	for _, d := range diff {
		names = append(names, d.Field)
		assert.NotContains(t, d.String(), "planted")
	}
	assert.Equal(t, []string{
		"description", "endpoints[api].password", "endpoints[api].port", "endpoints[gone]",
		"defaultChannelConfig[c].routes", "defaultChannelConfig[c].urlPattern",
		"configDefs[p].type", "configDefs[fresh]", "configDefs[old]", "config.fresh",
	}, names)
	assert.Equal(t, "endpoints[api].port: stored 4000, offered 4001", diff[2].String())
	assert.Equal(t, "description: stored \"\", offered \"new\"", diff[0].String())
	assert.Contains(t, diff[3].String(), "offered nothing")
}
