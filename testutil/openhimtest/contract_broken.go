package openhimtest

import (
	"net/http"
	"testing"
)

// Mediators that do not answer: openhim-core.md section 7.

func (c *contract) brokenFacts(t *testing.T) {
	t.Helper()
	ch := c.channels
	broken := []struct {
		fact    string
		channel contractChannel
		answer  answer
		message string
	}{
		{"a mediator that is down is 500, and fails", ch.refused, answer{}, "ECONNREFUSED"},
		{"a mediator that closes without an answer is 500, and fails", ch.main, answer{act: hangUp}, "socket hang up"},
		{"a mediator that resets the connection is 500, and fails", ch.main, answer{act: reset}, "ECONNRESET"},
		{"a mediator that resets the connection inside its answer is 500, and fails", ch.main, answer{act: cutReset, body: "a long answer"}, ""},
		{"a mediator that is slower than the channel's timeout is 500, and fails", ch.brief, answer{act: hang}, "Request took longer than 300ms"},
	}
	for _, b := range broken {
		t.Run(b.fact, func(t *testing.T) {
			x := c.send(t, b.channel, b.answer, ask{body: "question"}).is(t, http.StatusInternalServerError, internalError)
			wantEqual(t, "X-OpenHIM-TransactionID", x.header.Get("X-OpenHIM-TransactionID"), "")
			tx := c.retried(t, x)
			wantText(t, tx, "status", "Failed")
			wantText(t, tx, "response.status", "500")
			wantContains(t, "error", tx.Get("error.message").String(), b.message)
		})
	}
	t.Run("the core goes on after all that", func(t *testing.T) {
		c.send(t, ch.main, enveloped(nil), ask{}).is(t, http.StatusOK, "done")
	})
}
