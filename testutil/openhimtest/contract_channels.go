package openhimtest

import (
	"net/http"
	"testing"

	"github.com/openhim/mediator-go/mediator/openhim"
)

// Channels and their matching: openhim-core.md sections 7, 8 and 12.

func (c *contract) channelFacts(t *testing.T) {
	t.Helper()
	route := c.route("r")
	refusals := []struct {
		fact    string
		changes object
	}{
		{"a channel without pattern is 400", object{"urlPattern": absent{}}},
		{"a channel without routes is 400", object{"routes": absent{}}},
		{"a channel without primary route is 400", object{"routes": []object{with(route, object{"primary": false})}}},
		{"a channel with two primary routes is 400", object{"routes": []object{route, with(route, object{"name": "s"})}}},
		{"a channel with path and pathTransform is 400", object{"routes": []object{with(route, object{"path": "/a", "pathTransform": "s/a/b"})}}},
		{"a channel with a timeout of 0 is 400", object{"timeout": 0}},
		{"a channel with a timeout of more than an hour is 400", object{"timeout": 3600001}},
		{"a channel with an unknown method is 400", object{"methods": []string{"FETCH"}}},
		{"a channel of an unknown type is 400", object{"type": "pigeon"}},
	}
	for _, r := range refusals {
		t.Run(r.fact, func(t *testing.T) {
			c.post(t, "/channels", c.channelTo("refusal", r.changes)).is(t, http.StatusBadRequest)
			wantTrue(t, "it is not there", !c.channelNamed(t, c.name+"-refusal").Exists())
		})
	}
	t.Run("a name that is taken is 400 and says E11000", func(t *testing.T) {
		r := c.post(t, "/channels", c.channelTo("main", nil)).is(t, http.StatusBadRequest)
		wantContains(t, "text", r.body, "E11000")
	})
	t.Run("a channel without transactions is removed", func(t *testing.T) {
		ch := c.makeChannel(t, "removed", nil)
		c.call(t, http.MethodDelete, "/channels/"+ch.id, nil).is(t, http.StatusOK)
		wantTrue(t, "it is not there", !c.channelNamed(t, ch.name).Exists())
	})
	t.Run("an update changes what it has", func(t *testing.T) {
		ch := c.makeChannel(t, "changed", nil)
		c.put(t, "/channels/"+ch.id, object{"description": "changed"}).is(t, http.StatusOK)
		stored := c.get(t, "/channels/"+ch.id).is(t, http.StatusOK).json()
		wantText(t, stored, "description", "changed")
		wantText(t, stored, "name", ch.name)
	})
}

func (c *contract) matchingFacts(t *testing.T) {
	t.Helper()
	ch := c.channels
	nowhere := pick(c.since(openhim.VersionMethods), http.StatusNotFound, http.StatusUnauthorized)
	here := answer{body: "here"}
	t.Run("no channel for the path is 404, on old cores 401", func(t *testing.T) {
		x := c.send(t, contractChannel{prefix: "/" + c.name + "/nowhere/", lands: "/" + c.name + "/nowhere/"}, here, ask{}).is(t, nowhere)
		wantEqual(t, "requests at the mediator", len(x.arrivals), 0)
	})
	t.Run("a method the channel does not list is 404, on old cores 405", func(t *testing.T) {
		c.send(t, ch.reading, here, ask{method: http.MethodGet}).is(t, http.StatusOK, "here")
		x := c.send(t, ch.reading, here, ask{method: http.MethodPost, body: "b"})
		x.is(t, pick(c.since(openhim.VersionMethods), http.StatusNotFound, http.StatusMethodNotAllowed))
		wantEqual(t, "requests at the mediator", len(x.arrivals), 0)
	})
	t.Run("a channel that is disabled is as none", func(t *testing.T) {
		c.send(t, ch.disabled, here, ask{}).is(t, nowhere)
	})
	t.Run("a content type the channel takes is routed", func(t *testing.T) {
		fhir := [][2]string{{"Content-Type", "application/fhir+json"}}
		c.send(t, ch.typed, here, ask{body: "{}", header: fhir}).is(t, http.StatusOK, "here")
	})
	t.Run("a content type the channel does not take is not routed", func(t *testing.T) {
		c.send(t, ch.typed, here, ask{body: "{}", header: [][2]string{{"Content-Type", "text/xml"}}}).is(t, nowhere)
	})
	t.Run("a value in the body's JSON decides", func(t *testing.T) {
		c.send(t, ch.matching, here, ask{body: `{"kind":"patient"}`}).is(t, http.StatusOK, "here")
		c.send(t, ch.matching, here, ask{body: `{"kind":"visit"}`}).is(t, nowhere)
	})
	t.Run("of two channels for a path the one of the higher priority is taken", func(t *testing.T) {
		tx := c.stored(t, c.send(t, ch.preferred, here, ask{}).is(t, http.StatusOK))
		wantText(t, tx, "channelID", ch.preferred.id)
	})
}
