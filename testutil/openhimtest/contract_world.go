package openhimtest

import (
	"net"
	"net/http"
	"testing"
)

// contractClient is the run's client of the router.
type contractClient struct {
	id       string // the core's ObjectId
	clientID string
	password string
	role     string
}

// contractChannel is a channel of the run. What comes in below prefix arrives at the
// mediator below lands.
type contractChannel struct {
	id     string
	name   string
	prefix string
	lands  string
}

// contractChannels are the channels of the run. What is not said is as in main.
type contractChannels struct {
	main       contractChannel // private, all methods, for the run's client
	public     contractChannel
	reading    contractChannel // GET only
	foreign    contractChannel // allows another role
	disabled   contractChannel
	brief      contractChannel // times out soon
	refused    contractChannel // nothing listens at its route
	fixed      contractChannel // the route has a path
	moved      contractChannel // the route transforms the path
	signing    contractChannel // the route has a user and a password
	forwarding contractChannel // the route gets the client's Authorization
	pair       contractChannel // two routes, the second gets the path below second
	second     string
	silent     contractChannel // stores no bodies
	retrying   contractChannel // retries by itself
	typed      contractChannel // takes one content type
	matching   contractChannel // takes one value in the body's JSON
	preferred  contractChannel // of two with the same pattern, the one that comes first
	unfinished contractChannel // asynchronous, since 8.3
}

// briefTimeout is the timeout of the channel brief, in milliseconds.
const briefTimeout = 300

// everyMethod lists what channels take.
func everyMethod() []string {
	return []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}
}

// furnish makes the client and the channels, and waits until the router knows them.
func (c *contract) furnish(t *testing.T) {
	t.Helper()
	c.makeClient(t)
	ch := &c.channels
	route := c.route("primary")
	ch.public = c.makeChannel(t, "public", object{"authType": "public", "allow": []string{}})
	ch.reading = c.makeChannel(t, "reading", object{"methods": []string{"GET"}})
	ch.foreign = c.makeChannel(t, "foreign", object{"allow": []string{c.name + "-others"}})
	ch.disabled = c.makeChannel(t, "disabled", object{"status": "disabled"})
	ch.brief = c.makeChannel(t, "brief", object{"timeout": briefTimeout})
	ch.refused = c.makeChannel(t, "refused", object{"routes": []object{with(route, object{"port": deadPort(t)})}})
	ch.fixed = c.makeChannel(t, "fixed", object{"routes": []object{with(route, object{"path": "/" + c.name + "/at-the-mediator"})}})
	ch.moved = c.makeChannel(t, "moved", object{"routes": []object{with(route, object{"pathTransform": "s/moved/elsewhere/"})}})
	ch.signing = c.makeChannel(t, "signing", object{"routes": []object{with(route, object{"username": "u", "password": "p"})}})
	ch.forwarding = c.makeChannel(t, "forwarding", object{"routes": []object{with(route, object{"forwardAuthHeader": true})}})
	ch.pair = c.makeChannel(t, "pair", object{"routes": []object{
		route, with(c.route("secondary"), object{"primary": false, "pathTransform": "s/pair/second/"}),
	}})
	ch.silent = c.makeChannel(t, "silent", object{"requestBody": false, "responseBody": false})
	ch.retrying = c.makeChannel(t, "retrying", object{"autoRetryEnabled": true, "autoRetryPeriodMinutes": 60, "autoRetryMaxAttempts": 1})
	ch.typed = c.makeChannel(t, "typed", object{"matchContentTypes": []string{"application/fhir+json"}})
	ch.matching = c.makeChannel(t, "matching", object{"matchContentJson": "kind", "matchContentValue": "patient"})
	ch.preferred = c.makeChannel(t, "preferred", object{"priority": 1, "routes": []object{with(route, object{"name": "first"})}})
	c.makeChannel(t, "outranked", object{
		"urlPattern": "^" + ch.preferred.prefix, "priority": 2, "routes": []object{with(route, object{"name": "last"})},
	})
	ch.unfinished = c.makeChannel(t, "unfinished", object{"isAsynchronousProcess": true})
	ch.main = c.makeChannel(t, "main", nil)
	ch.fixed.lands, ch.moved.lands = "/"+c.name+"/at-the-mediator", "/"+c.name+"/elsewhere/"
	ch.second = "/" + c.name + "/second/"
	c.until(t, "the router to know the new channels", func() (bool, string) {
		x := c.send(t, ch.main, answer{body: "here"}, ask{method: http.MethodGet})
		return x.body == "here", x.String()
	})
}

func (c *contract) makeClient(t *testing.T) {
	t.Helper()
	c.client = contractClient{clientID: c.name + "-client", password: "p" + c.name, role: c.name + "-role"}
	c.post(t, "/clients", object{
		"clientID": c.client.clientID, "name": "contract", "roles": []string{c.client.role},
		"passwordAlgorithm": "sha512", "passwordSalt": "salt", "passwordHash": sha512Hex(c.client.password + "salt"),
	}).is(t, http.StatusCreated)
	found := named(c.get(t, "/clients").is(t, http.StatusOK).json(), "clientID", c.client.clientID)
	c.client.id = found.Get("_id").String()
	c.afterwards(t, "/clients/"+c.client.id)
}

func (c *contract) makeChannel(t *testing.T, name string, changes object) contractChannel {
	t.Helper()
	ch := contractChannel{name: c.name + "-" + name, prefix: "/" + c.name + "/" + name + "/"}
	ch.lands = ch.prefix
	c.post(t, "/channels", c.channelTo(name, changes)).is(t, http.StatusCreated)
	ch.id = c.channelNamed(t, ch.name).Get("_id").String()
	c.afterwards(t, "/channels/"+ch.id)
	// A channel with transactions would be kept, as deleted.
	t.Cleanup(func() { c.removeTransactions(t, ch.id) })
	return ch
}

// afterwards deletes a document of the API when the test ends.
func (c *contract) afterwards(t *testing.T, path string) {
	t.Helper()
	t.Cleanup(func() {
		if _, err := c.exchange(later(t), http.MethodDelete, path, nil); err != nil {
			t.Errorf("DELETE %s: %v", path, err)
		}
	})
}

func (c *contract) removeTransactions(t *testing.T, channel string) {
	t.Helper()
	path := "/transactions" + query(object{"channelID": channel}, "filterLimit=1000", "filterPage=0", "filterRepresentation=simple")
	list, err := c.exchange(later(t), http.MethodGet, path, nil)
	if err != nil {
		t.Errorf("GET /transactions: %v", err)
	}
	for _, tx := range list.json().Array() {
		if _, err := c.exchange(later(t), http.MethodDelete, "/transactions/"+tx.Get("_id").String(), nil); err != nil {
			t.Errorf("DELETE /transactions: %v", err)
		}
	}
}

// deadPort is a port where nothing listens.
func deadPort(t *testing.T) int {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("a port where nothing listens: %v", err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().(*net.TCPAddr).Port // it listens on tcp
}
