package openhimtest

import (
	"net/http"
	"testing"
)

// Installation of default channels: openhim-core.md sections 3 and 10.

func (c *contract) installationFacts(t *testing.T) {
	t.Helper()
	// offering registers a mediator with two default channels, one and two.
	offering := func(t *testing.T, name string) (urn, one, two string) {
		t.Helper()
		one, two = c.name+"-"+name+"-1", c.name+"-"+name+"-2"
		urn = c.register(t, c.document(name, object{"defaultChannelConfig": []object{
			with(c.channelTo(name, nil), object{"name": one}), with(c.channelTo(name, nil), object{"name": two, "authType": absent{}, "allow": absent{}}),
		}}))
		t.Cleanup(func() { c.removeChannels(t, one, two) })
		return urn, one, two
	}
	installed := func(t *testing.T, name string) bool {
		t.Helper()
		return c.channelNamed(t, name).Exists()
	}
	t.Run("an empty list installs all", func(t *testing.T) {
		urn, one, two := offering(t, "all")
		c.post(t, mediatorPath(urn, "/channels"), []string{}).is(t, http.StatusCreated)
		wantTrue(t, "both are there", installed(t, one) && installed(t, two))
	})
	t.Run("a list of names installs these", func(t *testing.T) {
		urn, one, two := offering(t, "some")
		c.post(t, mediatorPath(urn, "/channels"), []string{two}).is(t, http.StatusCreated)
		wantTrue(t, "only the second is there", !installed(t, one) && installed(t, two))
	})
	t.Run("no body installs nothing and says 201", func(t *testing.T) {
		urn, one, two := offering(t, "nothing")
		c.post(t, mediatorPath(urn, "/channels"), nil).is(t, http.StatusCreated)
		wantTrue(t, "none is there", !installed(t, one) && !installed(t, two))
	})
	t.Run("a name the mediator does not offer is 400 and installs nothing", func(t *testing.T) {
		urn, one, _ := offering(t, "strange")
		c.post(t, mediatorPath(urn, "/channels"), []string{one, "strange"}).is(t, http.StatusBadRequest)
		wantTrue(t, "none is there", !installed(t, one))
	})
	t.Run("a channel that is there already is 500 and says E11000", func(t *testing.T) {
		urn, one, _ := offering(t, "again")
		c.post(t, mediatorPath(urn, "/channels"), []string{one}).is(t, http.StatusCreated)
		r := c.post(t, mediatorPath(urn, "/channels"), []string{one}).is(t, http.StatusInternalServerError)
		wantContains(t, "text", r.body, "E11000")
	})
	t.Run("the channels of an unknown mediator are 404", func(t *testing.T) {
		c.post(t, mediatorPath(c.urn("nobody"), "/channels"), []string{}).is(t, http.StatusNotFound)
	})
	t.Run("a channel is private and allows nobody when it does not say so", func(t *testing.T) {
		urn, _, two := offering(t, "private")
		c.post(t, mediatorPath(urn, "/channels"), []string{two}).is(t, http.StatusCreated)
		wantText(t, c.channelNamed(t, two), "authType", "private")
		wantLength(t, c.channelNamed(t, two), "allow", 0)
	})
}

func (c *contract) removeChannels(t *testing.T, names ...string) {
	t.Helper()
	list, err := c.exchange(later(t), http.MethodGet, "/channels", nil)
	if err != nil {
		t.Errorf("GET /channels: %v", err)
		return
	}
	for _, name := range names {
		if id := named(list.json(), "name", name).Get("_id").String(); id != "" {
			if _, err := c.exchange(later(t), http.MethodDelete, "/channels/"+id, nil); err != nil {
				t.Errorf("DELETE /channels: %v", err)
			}
		}
	}
}
