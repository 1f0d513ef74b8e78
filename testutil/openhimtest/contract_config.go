package openhimtest

import (
	"net/http"
	"testing"

	"github.com/tidwall/gjson"
)

// PUT /mediators/:urn/config: openhim-core.md section 3.

func (c *contract) configFacts(t *testing.T) {
	t.Helper()
	configured := func(t *testing.T, name string) string {
		t.Helper()
		return c.register(t, c.document("config-"+name, nil))
	}
	// kept is the config as a mediator gets it.
	kept := func(t *testing.T, urn string) gjson.Result {
		t.Helper()
		return wantConfig(t, c.beat(t, urn, object{"uptime": 1, "config": true})).json()
	}
	t.Run("a config replaces the whole one", func(t *testing.T) {
		urn := configured(t, "whole")
		c.put(t, mediatorPath(urn, "/config"), object{"number": 2}).is(t, http.StatusOK, "OK")
		wantEqual(t, "config", kept(t, urn).Raw, `{"number":2}`)
	})
	t.Run("a password of asterisks keeps the stored one", func(t *testing.T) {
		urn := configured(t, "asterisks")
		c.put(t, mediatorPath(urn, "/config"), object{"secret": "**********"}).is(t, http.StatusOK)
		wantText(t, kept(t, urn), "secret", "s3cret")
	})
	t.Run("a password of asterisks within a struct keeps the stored one", func(t *testing.T) {
		urn := configured(t, "struct")
		c.put(t, mediatorPath(urn, "/config"), object{"server": object{"url": "u", "key": "k"}}).is(t, http.StatusOK)
		c.put(t, mediatorPath(urn, "/config"), object{"server": object{"url": "v", "key": "**********"}}).is(t, http.StatusOK)
		wantText(t, kept(t, urn), "server.url", "v")
		wantText(t, kept(t, urn), "server.key", "k")
	})
	t.Run("a setting without definition is 400", func(t *testing.T) {
		urn := configured(t, "unknown")
		c.put(t, mediatorPath(urn, "/config"), object{"colour": 1}).
			is(t, http.StatusBadRequest, "No config definition found for parameter colour")
	})
	t.Run("a value of the wrong type is 400 and changes nothing", func(t *testing.T) {
		urn := configured(t, "wrong")
		c.put(t, mediatorPath(urn, "/config"), object{"text": "b", "number": "2"}).
			is(t, http.StatusBadRequest, "Expected config param number to be a number.")
		wantText(t, kept(t, urn), "text", "a")
	})
	t.Run("an element of the wrong type is named by its index", func(t *testing.T) {
		urn := configured(t, "element")
		c.put(t, mediatorPath(urn, "/config"), object{"list": []any{"a", 1}}).
			is(t, http.StatusBadRequest, "Expected config param list[1] to be a string.")
	})
	t.Run("the members of a struct are not checked", func(t *testing.T) {
		urn := configured(t, "loose")
		c.put(t, mediatorPath(urn, "/config"), object{"server": object{"url": 5}}).is(t, http.StatusOK)
		wantEqual(t, "url", kept(t, urn).Get("server.url").Raw, "5")
	})
	t.Run("the config of an unknown mediator is 404", func(t *testing.T) {
		c.put(t, mediatorPath(c.urn("nobody"), "/config"), object{}).
			is(t, http.StatusNotFound, "No mediator found for this urn.")
	})
	t.Run("a config without authentication is 401", func(t *testing.T) {
		urn := configured(t, "anonymous")
		c.put(t, mediatorPath(urn, "/config"), object{"number": 2}, anonymously).is(t, http.StatusUnauthorized)
	})
	t.Run("the time of the change is stored", func(t *testing.T) {
		urn := configured(t, "time")
		wantAbsent(t, c.registered(t, urn), "_configModifiedTS")
		c.put(t, mediatorPath(urn, "/config"), object{"number": 2}).is(t, http.StatusOK)
		wantTrue(t, "_configModifiedTS is stored", c.registered(t, urn).Get("_configModifiedTS").Exists())
	})
}
