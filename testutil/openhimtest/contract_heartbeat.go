package openhimtest

import (
	"net/http"
	"strings"
	"testing"
)

// Heartbeats: openhim-core.md section 4.

// beat sends a heartbeat.
func (c *contract) beat(t *testing.T, urn string, body any, changes ...modify) reply {
	t.Helper()
	return c.post(t, mediatorPath(urn, "/heartbeat"), body, changes...)
}

// wantNoNews fails the test unless the reply is that of a beat without config.
func wantNoNews(t *testing.T, r reply) {
	t.Helper()
	r.is(t, http.StatusOK, "")
	wantContains(t, "content type", r.contentType(), "text/plain")
}

// wantConfig ends the test unless the reply is a config, which it gives as text.
func wantConfig(t *testing.T, r reply) reply {
	t.Helper()
	r.is(t, http.StatusOK)
	if !strings.HasPrefix(r.contentType(), "application/json") {
		t.Fatalf("got %s %s, want a config", r.contentType(), show(r.body))
	}
	return r
}

func (c *contract) heartbeatFacts(t *testing.T) {
	t.Helper()
	urn := c.register(t, c.document("heart", nil))
	t.Run("a beat without news gets 200 and an empty text", func(t *testing.T) {
		wantNoNews(t, c.beat(t, urn, object{"uptime": 1}))
	})
	t.Run("a beat that asks for it gets the whole config with passwords in the clear", func(t *testing.T) {
		got := wantConfig(t, c.beat(t, urn, object{"uptime": 1, "config": true})).json()
		wantText(t, got, "text", "a")
		wantText(t, got, "secret", "s3cret")
		wantEqual(t, "settings", len(got.Map()), 3)
	})
	t.Run("only true asks for the config", func(t *testing.T) {
		for _, ask := range []any{"true", 1, false, nil} {
			wantNoNews(t, c.beat(t, urn, object{"uptime": 1, "config": ask}))
		}
	})
	t.Run("a mediator without config gets the text OK", func(t *testing.T) {
		bare := c.register(t, c.document("bare", object{"config": absent{}}))
		r := c.beat(t, bare, object{"uptime": 1, "config": true}).is(t, http.StatusOK, "OK")
		wantContains(t, "content type", r.contentType(), "text/plain")
	})
	t.Run("a mediator with an emptied config gets an empty object", func(t *testing.T) {
		emptied := c.register(t, c.document("emptied", nil))
		c.put(t, mediatorPath(emptied, "/config"), object{}).is(t, http.StatusOK)
		wantEqual(t, "config", wantConfig(t, c.beat(t, emptied, object{"uptime": 1, "config": true})).body, "{}")
	})
	t.Run("an unknown URN gets 404", func(t *testing.T) {
		c.beat(t, c.urn("nobody"), object{"uptime": 1}).is(t, http.StatusNotFound, "Not Found")
	})
	t.Run("a mediator that was deleted gets 404", func(t *testing.T) {
		gone := c.register(t, c.document("gone", nil))
		c.beat(t, gone, object{"uptime": 1}).is(t, http.StatusOK)
		c.call(t, http.MethodDelete, mediatorPath(gone), nil).is(t, http.StatusOK)
		c.beat(t, gone, object{"uptime": 2}).is(t, http.StatusNotFound)
	})
	t.Run("a beat without uptime gets 400", func(t *testing.T) {
		c.beat(t, urn, object{}).is(t, http.StatusBadRequest)
	})
	t.Run("a beat whose uptime is null gets 400", func(t *testing.T) {
		c.beat(t, urn, object{"uptime": nil}).is(t, http.StatusBadRequest)
	})
	t.Run("an uptime of 0 is one", func(t *testing.T) {
		c.beat(t, urn, object{"uptime": 0}).is(t, http.StatusOK)
	})
	t.Run("an uptime may be a text of digits", func(t *testing.T) {
		c.beat(t, urn, object{"uptime": "12"}).is(t, http.StatusOK)
		wantText(t, c.registered(t, urn), "_uptime", "12")
	})
	t.Run("an uptime that is no number gets 500", func(t *testing.T) {
		c.beat(t, urn, object{"uptime": "long"}).is(t, http.StatusInternalServerError)
	})
	t.Run("a beat that is sent as text gets 400", func(t *testing.T) {
		c.beat(t, urn, object{"uptime": 1}, withHeader("Content-Type", "text/plain")).is(t, http.StatusBadRequest)
	})
	t.Run("a beat without authentication gets 401", func(t *testing.T) {
		c.beat(t, urn, object{"uptime": 1}, anonymously).is(t, http.StatusUnauthorized)
	})
}

func (c *contract) announcementFacts(t *testing.T) {
	t.Helper()
	change := func(t *testing.T, urn, text string) {
		t.Helper()
		c.put(t, mediatorPath(urn, "/config"), object{"text": text}).is(t, http.StatusOK)
	}
	t.Run("a change is announced to the first replica that beats, and to no other", func(t *testing.T) {
		urn := c.register(t, c.document("replicas", nil))
		c.beat(t, urn, object{"uptime": 1}).is(t, http.StatusOK)
		change(t, urn, "changed")
		first := wantConfig(t, c.beat(t, urn, object{"uptime": 2}))
		wantEqual(t, "config", first.body, `{"text":"changed"}`)
		wantNoNews(t, c.beat(t, urn, object{"uptime": 3}))
	})
	t.Run("the replica that asks gets a change that another one was told", func(t *testing.T) {
		urn := c.register(t, c.document("asking", nil))
		c.beat(t, urn, object{"uptime": 1}).is(t, http.StatusOK)
		change(t, urn, "changed")
		wantConfig(t, c.beat(t, urn, object{"uptime": 2}))
		asked := wantConfig(t, c.beat(t, urn, object{"uptime": 3, "config": true}))
		wantEqual(t, "config", asked.body, `{"text":"changed"}`)
	})
	t.Run("a change before the very first beat is never announced", func(t *testing.T) {
		urn := c.register(t, c.document("early", nil))
		change(t, urn, "changed")
		wantNoNews(t, c.beat(t, urn, object{"uptime": 1}))
		wantNoNews(t, c.beat(t, urn, object{"uptime": 2}))
	})
	t.Run("each change is announced", func(t *testing.T) {
		urn := c.register(t, c.document("twice", nil))
		c.beat(t, urn, object{"uptime": 1}).is(t, http.StatusOK)
		for _, text := range []string{"one", "two"} {
			change(t, urn, text)
			wantEqual(t, "config", wantConfig(t, c.beat(t, urn, object{"uptime": 2})).body, `{"text":"`+text+`"}`)
		}
	})
	t.Run("a refused change is not announced", func(t *testing.T) {
		urn := c.register(t, c.document("refused", nil))
		c.beat(t, urn, object{"uptime": 1}).is(t, http.StatusOK)
		c.put(t, mediatorPath(urn, "/config"), object{"number": "x"}).is(t, http.StatusBadRequest)
		wantNoNews(t, c.beat(t, urn, object{"uptime": 2}))
	})
	t.Run("config values that come with a higher version are not announced", func(t *testing.T) {
		urn := c.register(t, c.document("grown", nil))
		c.beat(t, urn, object{"uptime": 1}).is(t, http.StatusOK)
		c.post(t, "/mediators", c.document("grown", object{"version": "2.0.0", "config": object{"flag": true}})).is(t, http.StatusCreated)
		wantNoNews(t, c.beat(t, urn, object{"uptime": 2}))
		wantText(t, wantConfig(t, c.beat(t, urn, object{"uptime": 3, "config": true})).json(), "flag", "true")
	})
}
