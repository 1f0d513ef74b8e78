package openhimtest

import (
	"net/http"
	"slices"
	"testing"
)

// Reading and removing mediators: openhim-core.md sections 3 and 4.

func (c *contract) mediatorFacts(t *testing.T) {
	t.Helper()
	t.Run("one mediator is told with its passwords masked", func(t *testing.T) {
		urn := c.register(t, c.document("masked", nil))
		wantText(t, c.registered(t, urn), "config.secret", "**********")
	})
	t.Run("the list of mediators tells passwords in the clear", func(t *testing.T) {
		urn := c.register(t, c.document("listed", nil))
		found := named(c.get(t, "/mediators").is(t, http.StatusOK).json(), "urn", urn)
		wantText(t, found, "config.secret", "s3cret")
	})
	t.Run("an unknown mediator is 404", func(t *testing.T) {
		c.get(t, mediatorPath(c.urn("nobody"))).is(t, http.StatusNotFound, "Not Found")
	})
	t.Run("a deleted mediator is unknown", func(t *testing.T) {
		urn := c.register(t, c.document("deleted", nil))
		c.call(t, http.MethodDelete, mediatorPath(urn), nil).is(t, http.StatusOK)
		c.get(t, mediatorPath(urn)).is(t, http.StatusNotFound)
	})
	t.Run("a deleted mediator can register again with the same version", func(t *testing.T) {
		urn := c.register(t, c.document("back", nil))
		c.call(t, http.MethodDelete, mediatorPath(urn), nil).is(t, http.StatusOK)
		c.register(t, c.document("back", object{"name": "again"}))
		wantText(t, c.registered(t, urn), "name", "again")
	})
	t.Run("an unknown mediator is deleted with 200", func(t *testing.T) {
		c.call(t, http.MethodDelete, mediatorPath(c.urn("nobody")), nil).is(t, http.StatusOK)
	})
	t.Run("a mediator cannot be replaced by PUT", func(t *testing.T) {
		urn := c.register(t, c.document("put", nil))
		r := c.put(t, mediatorPath(urn), c.document("put", object{"version": "2.0.0"}))
		wantTrue(t, "there is no such call", slices.Contains([]int{http.StatusNotFound, http.StatusMethodNotAllowed}, r.status))
		wantText(t, c.registered(t, urn), "version", "1.0.0")
	})
	for _, part := range []string{"a/b", "a b", "a+b", "ümlaut"} {
		t.Run("a URN with "+part+" can be addressed", func(t *testing.T) {
			urn := c.register(t, c.document(part, nil))
			wantText(t, c.registered(t, urn), "urn", urn)
		})
	}
	t.Run("a URN in a path is unescaped twice, so that one with an escape could never be addressed", func(t *testing.T) {
		urn := c.register(t, c.document("aA", nil))
		wantText(t, c.registered(t, c.urn("a%41")), "urn", urn)
	})
	t.Run("a heartbeat of the last minute is listed without authentication", func(t *testing.T) {
		urn := c.register(t, c.document("beating", nil))
		c.beat(t, urn, object{"uptime": 12.5}).is(t, http.StatusOK)
		beats, err := c.api.Heartbeats(t.Context())
		wantEqual(t, "error", err, nil)
		if up := beats[urn]; up == nil || up.Seconds() != 12.5 {
			t.Errorf("uptime of %s: got %v, want 12.5 s", urn, up)
		}
		c.get(t, "/heartbeat", anonymously).is(t, http.StatusOK)
	})
	t.Run("a mediator that never beat is listed with null", func(t *testing.T) {
		urn := c.register(t, c.document("quiet", nil))
		beats, err := c.api.Heartbeats(t.Context())
		wantEqual(t, "error", err, nil)
		up, listed := beats[urn]
		wantTrue(t, "it is listed without an uptime", listed && up == nil)
	})
}
