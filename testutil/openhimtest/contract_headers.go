package openhimtest

import (
	"net/http"
	"testing"
)

// The headers that come to the mediator: openhim-core.md section 7.

func (c *contract) headerFacts(t *testing.T) {
	t.Helper()
	ch, ok := c.channels, enveloped(nil)
	arrived := func(t *testing.T, channel contractChannel, q ask) arrival {
		t.Helper()
		q.method = http.MethodGet
		return c.send(t, channel, ok, q).is(t, http.StatusOK).arrived(t)
	}
	t.Run("X-OpenHIM-TransactionID is the transaction's and is told to the client", func(t *testing.T) {
		x := c.send(t, ch.main, ok, ask{}).is(t, http.StatusOK)
		got := x.arrived(t)
		wantTrue(t, "the name is written so", got.named("X-OpenHIM-TransactionID"))
		wantEqual(t, "length", len(got.get("X-OpenHIM-TransactionID")), 24)
		wantEqual(t, "ID the client got", x.header.Get("X-OpenHIM-TransactionID"), got.get("X-OpenHIM-TransactionID"))
		wantText(t, c.stored(t, x), "request.path", x.path)
	})
	t.Run("X-OpenHIM-ClientID is the clientID", func(t *testing.T) {
		got := arrived(t, ch.main, ask{})
		wantTrue(t, "the name is written so", got.named("X-OpenHIM-ClientID"))
		wantEqual(t, "client", got.get("X-OpenHIM-ClientID"), c.client.clientID)
	})
	t.Run("a client cannot forge the transaction's ID", func(t *testing.T) {
		got := arrived(t, ch.main, ask{header: [][2]string{{"X-OpenHIM-TransactionID", "forged"}}})
		wantEqual(t, "length", len(got.get("X-OpenHIM-TransactionID")), 24)
	})
	t.Run("a client of a private channel cannot forge its name", func(t *testing.T) {
		got := arrived(t, ch.main, ask{header: [][2]string{{"X-OpenHIM-ClientID", "forged"}}})
		wantEqual(t, "client", got.get("X-OpenHIM-ClientID"), c.client.clientID)
	})
	t.Run("anybody can forge a name on a public channel", func(t *testing.T) {
		got := arrived(t, ch.public, ask{anonymous: true, header: [][2]string{{"X-OpenHIM-ClientID", "forged"}}})
		wantEqual(t, "client", got.get("X-OpenHIM-ClientID"), "forged")
	})
	t.Run("there is no name on a public channel that nobody forges", func(t *testing.T) {
		wantEqual(t, "client", arrived(t, ch.public, ask{anonymous: true}).get("X-OpenHIM-ClientID"), "")
	})
	t.Run("a client of a public channel that says who it is is known", func(t *testing.T) {
		wantEqual(t, "client", arrived(t, ch.public, ask{}).get("X-OpenHIM-ClientID"), c.client.clientID)
	})
	t.Run("the headers of a rerun can be forged", func(t *testing.T) {
		got := arrived(t, ch.main, ask{header: [][2]string{{"Parentid", "507f1f77bcf86cd799439011"}}})
		wantEqual(t, "parentid", got.get("parentid"), "507f1f77bcf86cd799439011")
	})
	t.Run("there is no X-OpenHIM-ChannelID", func(t *testing.T) {
		wantEqual(t, "channel", arrived(t, ch.main, ask{}).get("X-OpenHIM-ChannelID"), "")
	})
	t.Run("X-Forwarded-For and X-Forwarded-Host name the client and the host it asked", func(t *testing.T) {
		got := arrived(t, ch.main, ask{})
		wantTrue(t, "there is a client", got.get("X-Forwarded-For") != "")
		wantContains(t, "router", c.target.RouterURL, got.get("X-Forwarded-Host"))
	})
	t.Run("an earlier X-Forwarded-For is replaced", func(t *testing.T) {
		own := arrived(t, ch.main, ask{}).get("X-Forwarded-For")
		got := arrived(t, ch.main, ask{header: [][2]string{{"X-Forwarded-For", "10.1.2.3"}}})
		wantEqual(t, "X-Forwarded-For", got.get("X-Forwarded-For"), own)
	})
	t.Run("Host is the mediator's", func(t *testing.T) {
		wantContains(t, "Host", arrived(t, ch.main, ask{}).get("Host"), c.mediator.listener.Addr().String())
	})
	t.Run("Authorization does not come", func(t *testing.T) {
		wantEqual(t, "Authorization", arrived(t, ch.main, ask{}).get("Authorization"), "")
	})
	t.Run("Authorization comes when the route forwards it", func(t *testing.T) {
		wantContains(t, "Authorization", arrived(t, ch.forwarding, ask{}).get("Authorization"), "Basic ")
	})
	t.Run("Authorization is the route's own when it has a user", func(t *testing.T) {
		wantEqual(t, "Authorization", arrived(t, ch.signing, ask{}).get("Authorization"), "Basic dTpw")
	})
	t.Run("other headers come with their names in lower case", func(t *testing.T) {
		got := arrived(t, ch.main, ask{header: [][2]string{{"X-Mixed-Case", "1"}, {"Accept-Language", "en"}}})
		wantTrue(t, "names are in lower case", got.named("x-mixed-case") && got.named("accept-language"))
	})
	t.Run("the client's headers are stored with names in lower case", func(t *testing.T) {
		x := c.send(t, ch.main, ok, ask{header: [][2]string{{"X-Stored", "kept"}}})
		wantText(t, c.stored(t, x), "request.headers.x-stored", "kept")
	})
}
