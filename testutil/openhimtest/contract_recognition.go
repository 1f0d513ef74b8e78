package openhimtest

import (
	"net/http"
	"strings"
	"testing"
)

// What an envelope is: openhim-core.md section 5.

// internalError is what a client gets when the core could not make an answer.
const internalError = "An internal server error occurred"

func (c *contract) recognitionFacts(t *testing.T) {
	t.Helper()
	main := c.channels.main
	types := []struct {
		fact, contentType string
		recognised        bool
	}{
		{"the content type makes an envelope", "application/json+openhim", true},
		{"a charset behind it does not matter", "application/json+openhim; charset=utf-8", true},
		{"anything around it does not matter", "text/x; y=application/json+openhimmm", true},
		{"its letters must be small", "Application/JSON+OpenHIM", false},
		{"its words must be in this order", "application/openhim+json", false},
		{"JSON alone makes no envelope", "application/json", false},
	}
	for _, ct := range types {
		t.Run(ct.fact, func(t *testing.T) {
			x := c.send(t, main, envelopeAs(ct.contentType, envelope(nil)), ask{}).is(t, http.StatusOK)
			wantEqual(t, "an envelope was seen", x.body == "done", ct.recognised)
			wantEqual(t, "the client sees the envelope", strings.Contains(x.body, "x-mediator-urn"), !ct.recognised)
		})
	}
	t.Run("the mediator's own HTTP status does not matter", func(t *testing.T) {
		for _, status := range []int{202, 404, 500} {
			a := enveloped(nil)
			a.status = status
			tx := c.stored(t, c.send(t, main, a, ask{}).is(t, http.StatusOK, "done"))
			wantText(t, tx, "status", "Successful")
		}
	})
	t.Run("an envelope may come in chunks", func(t *testing.T) {
		a := enveloped(nil)
		a.chunked = true
		c.send(t, main, a, ask{}).is(t, http.StatusOK, "done")
	})
	t.Run("an envelope may come compressed", func(t *testing.T) {
		a := enveloped(nil)
		a.body, a.header = gzipped(a.body), append(a.header, [2]string{"Content-Encoding", "gzip"})
		c.send(t, main, a, ask{}).is(t, http.StatusOK, "done")
	})
	t.Run("members that are not known do not matter", func(t *testing.T) {
		c.send(t, main, enveloped(object{"colour": "red", "x-mediator-urn": absent{}}), ask{}).is(t, http.StatusOK, "done")
	})
	broken := []struct{ fact, body string }{
		{"an envelope that is no JSON is 500 and fails", "{not json"},
		{"an empty envelope is 500 and fails", ""},
		{"an envelope that is null is 500 and fails", "null"},
		{"an envelope with a byte order mark is 500 and fails", "\ufeff{}"},
	}
	for _, b := range broken {
		t.Run(b.fact, func(t *testing.T) {
			x := c.send(t, main, typed("application/json+openhim", b.body), ask{}).is(t, http.StatusInternalServerError, internalError)
			tx := c.stored(t, x)
			wantText(t, tx, "status", "Failed")
			wantTrue(t, "the error is stored", tx.Get("error.message").String() != "")
		})
	}
}
