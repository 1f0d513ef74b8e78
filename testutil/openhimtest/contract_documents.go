package openhimtest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

// route is a route to the suite's mediator.
func (c *contract) route(name string) object {
	return object{"name": name, "type": "http", "host": c.target.MediatorHost, "port": c.mediator.port(), "primary": true}
}

// channelTo is the document of a channel to the suite's mediator.
func (c *contract) channelTo(name string, changes object) object {
	return with(object{
		"name": c.name + "-" + name, "urlPattern": "^/" + c.name + "/" + name + "/", "methods": everyMethod(),
		"type": "http", "authType": "private", "allow": []string{c.client.role}, "routes": []object{c.route("primary")},
	}, changes)
}

// channelNamed gives a channel as the core lists it.
func (c *contract) channelNamed(t *testing.T, name string) gjson.Result {
	t.Helper()
	return named(c.get(t, "/channels").is(t, http.StatusOK).json(), "name", name)
}

// named gives the element of a list that has this text in a member.
func named(list gjson.Result, member, text string) (found gjson.Result) {
	list.ForEach(func(_, element gjson.Result) bool {
		if element.Get(member).String() == text {
			found = element
		}
		return !found.Exists()
	})
	return found
}

// urn names a mediator of the run.
func (c *contract) urn(name string) string { return "urn:" + c.name + ":" + name }

// document is a registration; name names it within the run.
func (c *contract) document(name string, changes object) object {
	return with(object{
		"urn": c.urn(name), "version": "1.0.0", "name": "Contract " + name, "description": "of the contract suite",
		"endpoints":  []object{{"name": "e", "host": "127.0.0.1", "port": 3000, "type": "http"}},
		"configDefs": settings(),
		"config":     object{"text": "a", "number": 1, "secret": "s3cret"},
	}, changes)
}

// settings are definitions of every type.
func settings() []object {
	return []object{
		{"param": "text", "type": "string"},
		{"param": "number", "type": "number"},
		{"param": "flag", "type": "bool"},
		{"param": "choice", "type": "option", "values": []string{"x", "y"}},
		{"param": "long", "type": "bigstring"},
		{"param": "secret", "type": "password"},
		{"param": "labels", "type": "map"},
		{"param": "server", "type": "struct", "template": []object{
			{"param": "url", "type": "string"}, {"param": "key", "type": "password"},
		}},
		{"param": "list", "type": "string", "array": true},
	}
}

// register registers a mediator, which is deleted when the test ends.
func (c *contract) register(t *testing.T, doc object) string {
	t.Helper()
	urn, _ := doc["urn"].(string)
	c.post(t, "/mediators", doc).is(t, http.StatusCreated)
	c.afterwards(t, mediatorPath(urn))
	return urn
}

// mediatorPath is a mediator's path, for the parts below it.
func mediatorPath(urn string, below ...string) string {
	return "/mediators/" + strings.ReplaceAll(url.PathEscape(urn), ":", "%3A") + strings.Join(below, "")
}

// registered gives a mediator as GET /mediators/:urn tells it.
func (c *contract) registered(t *testing.T, urn string) gjson.Result {
	t.Helper()
	return c.get(t, mediatorPath(urn)).is(t, http.StatusOK).json()
}
