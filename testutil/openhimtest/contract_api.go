package openhimtest

import (
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/openhim/mediator-go/mediator/openhim"
)

// What openhim.API makes of a core.

// mediatorFor is a registration for the API; name names it within the run.
func (c *contract) mediatorFor(t *testing.T, name string, channels ...string) openhim.Mediator {
	t.Helper()
	m := openhim.Mediator{
		URN: c.urn(name), Version: "1.0.0", Name: "Contract " + name,
		Endpoints:  []openhim.Endpoint{{Name: "e", Host: "127.0.0.1", Port: 3000, Type: openhim.EndpointHTTP}},
		ConfigDefs: []openhim.ConfigDef{{Param: "text", Type: openhim.ConfigString}},
		Config:     map[string]any{"text": "a"},
	}
	for _, channel := range channels {
		m.DefaultChannels = append(m.DefaultChannels, openhim.Channel{
			Name: channel, URLPattern: "^/" + c.name + "/" + name + "$", Methods: everyMethod(), Allow: []string{c.client.role},
			Routes: []openhim.Route{{Name: "r", Host: c.target.MediatorHost, Port: c.mediator.port(), Primary: true}},
		})
	}
	c.afterwards(t, mediatorPath(m.URN))
	t.Cleanup(func() { c.removeChannels(t, channels...) })
	return m
}

func (c *contract) apiFacts(t *testing.T) {
	t.Helper()
	register := func(t *testing.T, m openhim.Mediator) openhim.Registration {
		t.Helper()
		r, err := c.api.Register(t.Context(), m)
		if err != nil {
			t.Fatalf("register %s: %v", m.URN, err)
		}
		return r
	}
	t.Run("Register tells created, ignored and updated apart", func(t *testing.T) {
		m := c.mediatorFor(t, "outcomes")
		wantEqual(t, "first", register(t, m).Outcome, openhim.Created)
		wantEqual(t, "same version", register(t, m).Outcome, openhim.Ignored)
		m.Version = "1.0.1"
		updated := register(t, m)
		wantEqual(t, "higher version", updated.Outcome, openhim.Updated)
		wantEqual(t, "previous version", updated.PreviousVersion, "1.0.0")
	})
	t.Run("Register names what is ignored because the version was not raised", func(t *testing.T) {
		m := c.mediatorFor(t, "differences")
		register(t, m)
		wantEqual(t, "differences of the same document", len(register(t, m).Differences), 0)
		m.Name = "other"
		ignored := register(t, m)
		if len(ignored.Differences) != 1 || ignored.Differences[0].Field != "name" {
			t.Errorf("differences: got %v, want one in name", ignored.Differences)
		}
	})
	t.Run("Register succeeds for all of many instances at once", func(t *testing.T) {
		m := c.mediatorFor(t, "instances")
		failures := make([]error, 6)
		var instances sync.WaitGroup
		for i := range failures {
			instances.Go(func() { _, failures[i] = c.api.Register(t.Context(), m) })
		}
		instances.Wait()
		wantEqual(t, "error", errors.Join(failures...), nil)
	})
	t.Run("Register sends nothing that is broken", func(t *testing.T) {
		m := c.mediatorFor(t, "broken")
		m.Version = "one"
		_, err := c.api.Register(t.Context(), m)
		var invalid *openhim.ValidationError
		wantTrue(t, "it is a ValidationError", errors.As(err, &invalid))
		_, err = c.api.Mediator(t.Context(), m.URN)
		wantTrue(t, "the core knows nothing of it", openhim.IsNotFound(err))
	})
	t.Run("Heartbeat gives the config when it is asked for and when it was changed", func(t *testing.T) {
		m := c.mediatorFor(t, "api-heart")
		register(t, m)
		beat := func(want bool) string {
			r, err := c.api.Heartbeat(t.Context(), m.URN, openhim.Heartbeat{Uptime: time.Second, WantConfig: want})
			wantEqual(t, "error", err, nil)
			return string(r.Config)
		}
		wantEqual(t, "config", beat(true), `{"text":"a"}`)
		wantEqual(t, "config", beat(false), "")
		wantEqual(t, "error", c.api.SetConfig(t.Context(), m.URN, map[string]any{"text": "b"}), nil)
		wantEqual(t, "config", beat(false), `{"text":"b"}`)
	})
	t.Run("Heartbeat of an unknown mediator is not found", func(t *testing.T) {
		_, err := c.api.Heartbeat(t.Context(), c.urn("nobody"), openhim.Heartbeat{})
		wantTrue(t, "it is not found", openhim.IsNotFound(err))
		wantTrue(t, "the core was reached", openhim.ReachedCore(err))
	})
	t.Run("InstallChannels installs what is missing and leaves the rest", func(t *testing.T) {
		one, two := c.name+"-api-1", c.name+"-api-2"
		m := c.mediatorFor(t, "installing", one, two)
		register(t, m)
		first, err := c.api.InstallChannels(t.Context(), m.URN, one)
		wantEqual(t, "error", err, nil)
		wantEqual(t, "installed", first.Installed, []string{one})
		second, err := c.api.InstallChannels(t.Context(), m.URN)
		wantEqual(t, "error", err, nil)
		wantEqual(t, "installed", second.Installed, []string{two})
		wantEqual(t, "existing", second.Existing, []string{one})
	})
	t.Run("InstallChannels reports a name that another channel has", func(t *testing.T) {
		other := c.makeChannel(t, "conflicting-with", nil)
		m := c.mediatorFor(t, "conflicting", other.name)
		register(t, m)
		_, err := c.api.InstallChannels(t.Context(), m.URN)
		var conflict *openhim.ChannelConflictError
		if !errors.As(err, &conflict) {
			t.Fatalf("got error %v, want a ChannelConflictError", err)
		}
		wantEqual(t, "names", conflict.Names, []string{other.name})
	})
	t.Run("a wrong password is an AuthError that is a 401", func(t *testing.T) {
		api, err := openhim.New(openhim.Config{
			URL: c.target.APIURL, Username: c.target.Username, Password: "wrong", Transport: c.http.Transport,
		})
		wantEqual(t, "error", err, nil)
		err = api.Authenticate(t.Context())
		var refused *openhim.AuthError
		wantTrue(t, "it is an AuthError", errors.As(err, &refused))
		wantTrue(t, "it is a 401", openhim.IsUnauthorized(err))
	})
	t.Run("a core that is not there was not reached", func(t *testing.T) {
		api, err := openhim.New(openhim.Config{URL: "http://127.0.0.1:1", Username: "u", Password: "p", MaxAttempts: 1})
		wantEqual(t, "error", err, nil)
		_, err = api.About(t.Context())
		wantTrue(t, "the core was not reached", err != nil && !openhim.ReachedCore(err))
	})
	t.Run("About tells the version", func(t *testing.T) {
		about, err := c.api.About(t.Context())
		wantEqual(t, "error", err, nil)
		wantEqual(t, "version", about.Version, c.version)
	})
	t.Run("channels are made, changed and deleted", func(t *testing.T) {
		name := c.name + "-api-made"
		made, err := c.api.CreateChannel(t.Context(), openhim.Channel{
			Name: name, URLPattern: "^/" + c.name + "/api-made$", Methods: []string{http.MethodGet}, Allow: []string{c.client.role},
			Routes: []openhim.Route{{Name: "r", Host: "127.0.0.1", Port: 3000, Primary: true}},
		})
		wantEqual(t, "error", err, nil)
		made.Description = "changed"
		wantEqual(t, "error", c.api.UpdateChannel(t.Context(), made.ID, made), nil)
		read, err := c.api.Channel(t.Context(), made.ID)
		wantEqual(t, "error", err, nil)
		wantEqual(t, "description", read.Description, "changed")
		wantEqual(t, "error", c.api.DeleteChannel(t.Context(), made.ID), nil)
		wantTrue(t, "it is gone", !c.channelNamed(t, name).Exists())
	})
	t.Run("clients are made and deleted", func(t *testing.T) {
		made, err := c.api.CreateClient(t.Context(), openhim.Client{ClientID: c.name + "-api", Name: "n", Roles: []string{c.client.role}})
		wantEqual(t, "error", err, nil)
		read, err := c.api.Client(t.Context(), made.ID)
		wantEqual(t, "error", err, nil)
		wantEqual(t, "clientID", read.ClientID, c.name+"-api")
		wantEqual(t, "error", c.api.DeleteClient(t.Context(), made.ID), nil)
		_, err = c.api.Client(t.Context(), made.ID)
		wantTrue(t, "it is not found", openhim.IsNotFound(err))
	})
}
