package openhimtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

// ask is a client's request. The zero value is a POST of nothing to a path of its own.
type ask struct {
	method string
	path   string // below the channel's prefix; defaults to one no other request has
	query  string // without the question mark
	header [][2]string
	body   string
	// user and password default to the run's client.
	user, password string
	anonymous      bool
}

// exchanged is a client's request that went through the router.
type exchanged struct {
	path   string // as it was sent, without the query
	lands  string // as it shall come to the mediator
	status int
	header http.Header
	body   string
	err    error // what broke on the way
	// arrivals are the requests the mediator had got when the client had its answer.
	arrivals []arrival
}

// is ends the test unless the client got the status, and the body when one is given.
func (x exchanged) is(t *testing.T, status int, body ...string) exchanged {
	t.Helper()
	if x.err != nil {
		t.Fatalf("the client got no answer: %v", x.err)
	}
	if x.status != status {
		t.Fatalf("the client got status %d %s, want %d", x.status, show(x.body), status)
	}
	for _, want := range body {
		wantEqual(t, "body the client got", x.body, want)
	}
	return x
}

// arrived gives the one request the mediator got.
func (x exchanged) arrived(t *testing.T) arrival {
	t.Helper()
	if len(x.arrivals) != 1 {
		t.Fatalf("the mediator got %d requests at %s, want 1; the client got %d %s", len(x.arrivals), x.lands, x.status, show(x.body))
	}
	return x.arrivals[0]
}

// send lets the mediator have an answer and sends a client's request through the router.
func (c *contract) send(t *testing.T, ch contractChannel, a answer, q ask) exchanged {
	t.Helper()
	if q.path == "" {
		q.path = strconv.FormatInt(c.requests.Add(1), 10)
	}
	if q.method == "" {
		q.method = http.MethodPost
	}
	x := exchanged{path: ch.prefix + q.path, lands: ch.lands}
	if strings.HasSuffix(ch.lands, "/") {
		x.lands += q.path
	}
	c.mediator.script(x.lands, a)
	before := len(c.mediator.at(x.lands))
	x.err = c.deliver(t, q, &x)
	x.arrivals = c.mediator.at(x.lands)[before:]
	return x
}

func (c *contract) deliver(t *testing.T, q ask, x *exchanged) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), c.target.Patience)
	defer cancel()
	url := c.target.RouterURL + x.path
	if q.query != "" {
		url += "?" + q.query
	}
	var body io.Reader
	if q.body != "" {
		body = strings.NewReader(q.body)
	}
	req, err := http.NewRequestWithContext(ctx, q.method, url, body)
	if err != nil {
		return err
	}
	switch {
	case q.anonymous:
	case q.user != "":
		req.SetBasicAuth(q.user, q.password)
	default:
		req.SetBasicAuth(c.client.clientID, c.client.password)
	}
	for _, h := range q.header {
		req.Header[h[0]] = append(req.Header[h[0]], h[1])
	}
	res, err := c.http.Do(req)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(io.LimitReader(res.Body, maxReply))
	x.status, x.header, x.body = res.StatusCode, res.Header, string(text)
	return errors.Join(err, res.Body.Close())
}

// transactionID gives the ID of the transaction a request became. Where neither the
// client nor the mediator was told, the core is asked for it.
func (c *contract) transactionID(t *testing.T, x exchanged) string {
	t.Helper()
	if id := x.header.Get("X-OpenHIM-TransactionID"); id != "" {
		return id
	}
	for _, a := range x.arrivals {
		if id := a.get("X-OpenHIM-TransactionID"); id != "" {
			return id
		}
	}
	var id string
	c.until(t, "a transaction for "+x.path, func() (bool, string) {
		list := c.get(t, "/transactions"+query(object{"request.path": x.path}, "filterLimit=2", "filterPage=0")).is(t, http.StatusOK)
		id = list.json().Get("0._id").String()
		return id != "", list.body
	})
	return id
}

// transaction gives a transaction as it is stored now.
func (c *contract) transaction(t *testing.T, id string) gjson.Result {
	t.Helper()
	return c.get(t, "/transactions/"+id).is(t, http.StatusOK).json()
}

// stored gives the transaction of a request once the core has finished it.
func (c *contract) stored(t *testing.T, x exchanged) gjson.Result {
	t.Helper()
	return c.becomes(t, c.transactionID(t, x), "be finished", func(tx gjson.Result) bool {
		switch tx.Get("status").String() {
		case "Processing", "Pending Async":
			return false
		default:
			return tx.Get("response").Exists() || tx.Get("error.message").Exists()
		}
	})
}

// becomes waits until a transaction is as wanted.
func (c *contract) becomes(t *testing.T, id, what string, wanted func(gjson.Result) bool) (tx gjson.Result) {
	t.Helper()
	c.until(t, "transaction "+id+" to "+what, func() (bool, string) {
		tx = c.transaction(t, id)
		return wanted(tx), tx.Raw
	})
	return tx
}

// settled gives the transaction of a request when the core has surely done all it will
// do: it has finished a request that came after it.
func (c *contract) settled(t *testing.T, x exchanged) gjson.Result {
	t.Helper()
	id := c.transactionID(t, x)
	c.stored(t, c.send(t, c.channels.main, answer{body: "later"}, ask{method: http.MethodGet}))
	return c.transaction(t, id)
}

// String tells what the client got, for messages.
func (x exchanged) String() string {
	return fmt.Sprintf("%s: status %d, body %q, %d requests at the mediator, error %v", x.path, x.status, x.body, len(x.arrivals), x.err)
}
