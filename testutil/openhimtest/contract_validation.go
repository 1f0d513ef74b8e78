package openhimtest

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/openhim/mediator-go/mediator/openhim"
)

// What a registration is refused for, with 400, and what not: openhim-core.md section 3.

// rule is a document of a registration that is taken or refused.
type rule struct {
	fact    string
	changes object
	refused string // part of the text; empty when it is taken
}

func (c *contract) checkRules(t *testing.T, group string, rules []rule) {
	t.Helper()
	for i, r := range rules {
		t.Run(r.fact, func(t *testing.T) {
			name := fmt.Sprintf("%s-%d", group, i)
			doc := c.document(name, r.changes)
			if r.refused == "" {
				c.register(t, doc)
				return
			}
			got := c.post(t, "/mediators", doc).is(t, http.StatusBadRequest)
			wantContains(t, "text", got.body, r.refused)
			c.get(t, mediatorPath(c.urn(name))).is(t, http.StatusNotFound)
		})
	}
}

func (c *contract) validationFacts(t *testing.T) {
	t.Helper()
	endpoint := func(changes object) []object {
		return []object{with(object{"name": "e", "host": "h", "port": 1, "type": "http"}, changes)}
	}
	channel := func(changes object) []object {
		return []object{with(object{"name": c.name + "-never", "urlPattern": "^/never$"}, changes)}
	}
	modern := c.since(openhim.VersionKafka)
	c.checkRules(t, "rule", []rule{
		{"no URN is refused", object{"urn": absent{}}, "URN is required"},
		{"no version is refused", object{"version": absent{}}, "Version is required"},
		{"a version of two numbers is refused", object{"version": "1.0"}, "ersion"},
		{"a version that is a number is refused", object{"version": 1}, "ersion"},
		{"no name is refused", object{"name": absent{}}, "name"},
		{"no endpoints are refused", object{"endpoints": absent{}}, "endpoint"},
		{"an empty list of endpoints is refused", object{"endpoints": []object{}}, "endpoint"},
		{"an endpoint without name is refused", object{"endpoints": endpoint(object{"name": absent{}})}, "name"},
		{"a port above 65536 is refused", object{"endpoints": endpoint(object{"port": 65537})}, "port"},
		{"an endpoint without host is refused before 8.0", object{"endpoints": endpoint(object{"host": absent{}})}, pick(modern, "", "host")},
		{"an endpoint of type tcp is refused since 8.0", object{"endpoints": endpoint(object{"type": "tcp"})}, pick(modern, "tcp", "")},
		{"an endpoint of type kafka is refused before 8.0", object{"endpoints": endpoint(object{"type": "kafka"})}, pick(modern, "", "kafka")},
		{"a default channel without name is refused", object{"defaultChannelConfig": channel(object{"name": absent{}})}, "name"},
		{"a default channel without pattern is refused", object{"defaultChannelConfig": channel(object{"urlPattern": absent{}})}, "urlPattern"},
		{"a default channel of an unknown authType is refused", object{"defaultChannelConfig": channel(object{"authType": "secret"})}, "authType"},
		{"a default channel without routes is taken", object{"defaultChannelConfig": channel(nil)}, ""},
	})
	t.Run("JSON that is broken is refused", func(t *testing.T) {
		c.post(t, "/mediators", "{x").is(t, http.StatusBadRequest, "Bad Request")
	})
	t.Run("JSON that is null is refused", func(t *testing.T) {
		c.post(t, "/mediators", "null").is(t, http.StatusBadRequest, "Bad Request")
	})
	t.Run("JSON that is sent as text is not read", func(t *testing.T) {
		doc := c.document("text", nil)
		got := c.post(t, "/mediators", doc, withHeader("Content-Type", "text/plain")).is(t, http.StatusBadRequest)
		wantContains(t, "text", got.body, "URN is required")
	})
}

func (c *contract) settingFacts(t *testing.T) {
	t.Helper()
	defs := func(def object) object {
		return object{"configDefs": []object{with(object{"param": "p"}, def)}, "config": absent{}}
	}
	value := func(param string, v any) object { return object{"config": object{param: v}} }
	c.checkRules(t, "setting", []rule{
		{"a definition of an unknown type is refused", defs(object{"type": "date"}), "date"},
		{"a definition without a type is taken", defs(nil), ""},
		{"a struct without template is refused", defs(object{"type": "struct"}), "emplate"},
		{"a struct within a struct is refused", defs(object{"type": "struct", "template": []object{{"param": "q", "type": "struct"}}}), "struct"},
		{"a template without types is refused", defs(object{"type": "struct", "template": []object{{"param": "q"}}}), "type"},
		{"an option without values is refused", defs(object{"type": "option"}), "values"},
		{"an option with an empty list of values is refused", defs(object{"type": "option", "values": []string{}}), "values"},
		{"two definitions of one setting are taken", object{"configDefs": []object{
			{"param": "p", "type": "string"}, {"param": "p", "type": "number"},
		}, "config": absent{}}, ""},
		{"a value without definition is refused", value("unknown", 1), "No config definition found for parameter unknown"},
		{"a number is no string", value("text", 1), "Expected config param text to be a string."},
		{"a string is no number", value("number", "1"), "Expected config param number to be a number."},
		{"a string is no bool", value("flag", "true"), "Expected config param flag to be a boolean."},
		{"an option must be one of its values", value("choice", "z"), "choice"},
		{"an option that is one of its values is taken", value("choice", "y"), ""},
		{"a number is no bigstring", value("long", 1), "long"},
		{"a number is no password", value("secret", 1), "secret"},
		{"a map holds strings only", value("labels", object{"a": 1}), "labels"},
		{"a map of strings is taken", value("labels", object{"a": "1"}), ""},
		{"a struct has the members of its template only", value("server", object{"colour": "red"}), "server"},
		{"the members of a struct may have any type", value("server", object{"url": 5}), ""},
		{"a list must be a list", value("list", "a"), "list"},
		{"each element of a list is checked", value("list", []any{"a", 1}), "list[1]"},
		{"a list of the right type is taken", value("list", []string{"a"}), ""},
		{"values without any definitions are taken", object{"configDefs": absent{}, "config": object{"x": 1}}, ""},
	})
}
