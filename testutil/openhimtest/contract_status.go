package openhimtest

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

// Plain answers (openhim-core.md section 5) and the status of transactions (section 6).

func (c *contract) plainFacts(t *testing.T) {
	t.Helper()
	main := c.channels.main
	t.Run("a plain answer comes to the client as it is", func(t *testing.T) {
		a := typed("text/plain", "plain")
		a.status, a.header = 203, append(a.header, [2]string{"X-Own", "1"})
		x := c.send(t, main, a, ask{}).is(t, 203, "plain")
		wantEqual(t, "X-Own", x.header.Get("X-Own"), "1")
		wantTrue(t, "the transaction is told", x.header.Get("X-OpenHIM-TransactionID") != "")
	})
	t.Run("bytes that are no text come to the client as they are", func(t *testing.T) {
		c.send(t, main, typed("application/octet-stream", "\x00\xff\xfe\x80"), ask{}).is(t, http.StatusOK, "\x00\xff\xfe\x80")
	})
	t.Run("a plain answer has the core's own orchestration only", func(t *testing.T) {
		tx := c.stored(t, c.send(t, main, typed("text/plain", "plain"), ask{}))
		wantLength(t, tx, "orchestrations", 1)
		wantText(t, tx, "response.body", "plain")
	})
	t.Run("a mediator cannot tell another transaction", func(t *testing.T) {
		a := typed("text/plain", "plain")
		a.header = append(a.header, [2]string{"X-OpenHIM-TransactionID", "forged"})
		x := c.send(t, main, a, ask{}).is(t, http.StatusOK)
		told := x.header.Values("X-OpenHIM-TransactionID")
		wantTrue(t, "the core's is told", strings.Contains(strings.Join(told, ","), x.arrived(t).get("X-OpenHIM-TransactionID")))
	})
	statuses := []struct {
		http   int
		status string
	}{{200, "Successful"}, {201, "Successful"}, {400, "Completed"}, {404, "Completed"}, {500, "Failed"}, {503, "Failed"}}
	for _, s := range statuses {
		t.Run(http.StatusText(s.http)+" makes a transaction "+s.status, func(t *testing.T) {
			a := typed("text/plain", "plain")
			a.status = s.http
			wantText(t, c.stored(t, c.send(t, main, a, ask{}).is(t, s.http, "plain")), "status", s.status)
		})
	}
}

func (c *contract) statusFacts(t *testing.T) {
	t.Helper()
	main := c.channels.main
	for _, status := range []string{"Successful", "Completed", "Completed with error(s)", "Failed"} {
		t.Run("the envelope's "+status+" is stored whatever the response is", func(t *testing.T) {
			for _, code := range []int{200, 500} {
				a := enveloped(object{"status": status, "response": response(object{"status": code})})
				wantText(t, c.stored(t, c.send(t, main, a, ask{}).is(t, code)), "status", status)
			}
		})
	}
	none := []struct {
		fact   string
		status any
	}{
		{"without a status in the envelope the response decides", absent{}},
		{"with a status of null in the envelope the response decides", nil},
	}
	for _, n := range none {
		t.Run(n.fact, func(t *testing.T) {
			for code, want := range map[int]string{202: "Successful", 404: "Completed", 500: "Failed"} {
				a := enveloped(object{"status": n.status, "response": response(object{"status": code})})
				wantText(t, c.stored(t, c.send(t, main, a, ask{}).is(t, code)), "status", want)
			}
		})
	}
	t.Run("a redirect makes a transaction Completed", func(t *testing.T) {
		a := enveloped(object{"status": absent{}, "response": response(object{"status": 301})})
		wantText(t, c.stored(t, c.send(t, main, a, ask{}).is(t, http.StatusMovedPermanently)), "status", "Completed")
	})
	t.Run("a status the core does not know is stored, by old cores nothing is", func(t *testing.T) {
		x := c.send(t, main, enveloped(object{"status": "Banana"}), ask{}).is(t, http.StatusOK, "done")
		if !c.since(versionLenientStatus) {
			c.wantLost(t, x)
			return
		}
		wantText(t, c.stored(t, x), "status", "Banana")
	})
	t.Run("a transaction that is Processing stays so with its response", func(t *testing.T) {
		tx := c.settled(t, c.send(t, main, enveloped(object{"status": "Processing"}), ask{}).is(t, http.StatusOK, "done"))
		wantText(t, tx, "status", "Processing")
		wantText(t, tx, "response.body", "done")
	})
}

func (c *contract) secondaryFacts(t *testing.T) {
	t.Helper()
	// both sends a request through the channel with two routes and gives what is stored
	// when the answer of the second one is, too.
	both := func(t *testing.T, first, second answer) (exchanged, gjson.Result) {
		t.Helper()
		q := ask{path: "two-" + strconv.FormatInt(c.requests.Add(1), 10)}
		c.mediator.script(c.channels.second+q.path, second)
		x := c.send(t, c.channels.pair, first, q)
		tx := c.becomes(t, c.transactionID(t, x), "have both answers", func(tx gjson.Result) bool {
			route := tx.Get("routes.0")
			return tx.Get("status").String() != "Processing" && (route.Get("response.status").Exists() || route.Get("error").Exists())
		})
		return x, tx
	}
	code := func(status int) answer {
		a := typed("text/plain", "plain")
		a.status = status
		return a
	}
	t.Run("both routes get the request, and the client the answer of the primary one", func(t *testing.T) {
		x, tx := both(t, typed("text/plain", "first"), typed("text/plain", "second"))
		x.is(t, http.StatusOK, "first")
		wantText(t, tx, "routes.0.name", "secondary")
		wantText(t, tx, "routes.0.response.body", "second")
		wantText(t, tx, "status", "Successful")
	})
	computed := []struct {
		first, second int
		status        string
	}{
		{200, 404, "Completed"},
		{200, 500, "Completed with error(s)"},
		{404, 200, "Completed"},
		{404, 500, "Completed with error(s)"},
		{500, 200, "Failed"},
	}
	for _, s := range computed {
		t.Run(http.StatusText(s.first)+" and then "+http.StatusText(s.second)+" make a transaction "+s.status, func(t *testing.T) {
			x, tx := both(t, code(s.first), code(s.second))
			x.is(t, s.first)
			id := tx.Get("_id").String()
			c.becomes(t, id, "become "+s.status, func(tx gjson.Result) bool { return tx.Get("status").String() == s.status })
		})
	}
	t.Run("the status of the primary envelope overrides a failure of the other route", func(t *testing.T) {
		_, tx := both(t, enveloped(nil), code(500))
		wantText(t, tx, "status", "Successful")
	})
	t.Run("an envelope of the other route is stored, without its status and error", func(t *testing.T) {
		second := enveloped(object{
			"status": "Failed", "error": object{"message": "E"}, "properties": object{"k": "v"}, "orchestrations": []object{step("theirs", nil)},
		})
		_, tx := both(t, typed("text/plain", "first"), second)
		wantText(t, tx, "status", "Successful")
		wantText(t, tx, "routes.0.response.body", "done")
		wantText(t, tx, "routes.0.properties.k", "v")
		wantText(t, tx, "routes.0.orchestrations.0.name", "theirs")
		wantEqual(t, "autoRetry", tx.Get("autoRetry").Raw, "false")
	})
}
