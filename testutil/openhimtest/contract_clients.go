package openhimtest

import (
	"net/http"
	"testing"
)

// The router's clients: openhim-core.md sections 7 and 8.

func (c *contract) clientFacts(t *testing.T) {
	t.Helper()
	ch := c.channels
	here := answer{body: "here"}
	t.Run("the client of a private channel is stored by its ID", func(t *testing.T) {
		tx := c.stored(t, c.send(t, ch.main, here, ask{}).is(t, http.StatusOK))
		wantText(t, tx, "clientID", c.client.id)
	})
	t.Run("nobody is 401 on a private channel", func(t *testing.T) {
		c.send(t, ch.main, here, ask{anonymous: true}).is(t, http.StatusUnauthorized)
	})
	t.Run("the wrong password is 401", func(t *testing.T) {
		c.send(t, ch.main, here, ask{user: c.client.clientID, password: "wrong"}).is(t, http.StatusUnauthorized)
	})
	t.Run("an unknown client is 401", func(t *testing.T) {
		c.send(t, ch.main, here, ask{user: c.name + "-nobody", password: "p"}).is(t, http.StatusUnauthorized)
	})
	t.Run("a client whose roles the channel does not allow is 401", func(t *testing.T) {
		x := c.send(t, ch.foreign, here, ask{}).is(t, http.StatusUnauthorized)
		wantEqual(t, "requests at the mediator", len(x.arrivals), 0)
	})
	t.Run("everybody may use a public channel", func(t *testing.T) {
		x := c.send(t, ch.public, here, ask{anonymous: true}).is(t, http.StatusOK, "here")
		wantAbsent(t, c.stored(t, x), "clientID")
	})
	t.Run("a clientID that is taken is 400 and says E11000", func(t *testing.T) {
		r := c.post(t, "/clients", object{"clientID": c.client.clientID, "name": "n", "roles": []string{"r"}}).is(t, http.StatusBadRequest)
		wantContains(t, "text", r.body, "E11000")
	})
	t.Run("a client without roles is 400, on old cores 201", func(t *testing.T) {
		name := c.name + "-roleless"
		r := c.post(t, "/clients", object{"clientID": name, "name": "n"})
		if id := named(c.get(t, "/clients").json(), "clientID", name).Get("_id").String(); id != "" {
			c.afterwards(t, "/clients/"+id)
		}
		r.is(t, pick(c.since(versionLenientStatus), http.StatusBadRequest, http.StatusCreated))
	})
}
