package openhimtest

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Registration and update of mediators: openhim-core.md section 3.

func (c *contract) registrationFacts(t *testing.T) {
	t.Helper()
	t.Run("a new URN is stored with 201 and a text", func(t *testing.T) {
		doc := c.document("new", nil)
		c.post(t, "/mediators", doc).is(t, http.StatusCreated, "Created")
		c.afterwards(t, mediatorPath(c.urn("new")))
		stored := c.registered(t, c.urn("new"))
		wantText(t, stored, "name", "Contract new")
		wantText(t, stored, "version", "1.0.0")
		wantText(t, stored, "endpoints.0.host", "127.0.0.1")
		wantLength(t, stored, "configDefs", len(settings()))
	})
	t.Run("the least is urn, version, name and an endpoint", func(t *testing.T) {
		urn := c.register(t, c.document("least", object{"description": absent{}, "configDefs": absent{}, "config": absent{}}))
		wantAbsent(t, c.registered(t, urn), "config")
	})
	t.Run("unknown fields are dropped without a word", func(t *testing.T) {
		urn := c.register(t, c.document("unknown-field", object{"colour": "red"}))
		wantAbsent(t, c.registered(t, urn), "colour")
	})
	t.Run("a version may begin with v", func(t *testing.T) {
		urn := c.register(t, c.document("v", object{"version": "v1.3.0"}))
		wantText(t, c.registered(t, urn), "version", "v1.3.0")
	})
	t.Run("the type of an endpoint is http when it is not given", func(t *testing.T) {
		urn := c.register(t, c.document("untyped", object{"endpoints": []object{{"name": "e", "host": "h", "port": 1}}}))
		wantText(t, c.registered(t, urn), "endpoints.0.type", "http")
	})
	t.Run("of many first registrations one wins and the others are 201 or a 500 that says E11000", func(t *testing.T) {
		replies := c.race(t, "race", 8)
		c.afterwards(t, mediatorPath(c.urn("race")))
		won := 0
		for _, r := range replies {
			if r.status == http.StatusCreated {
				won++
				continue
			}
			r.is(t, http.StatusInternalServerError)
			wantContains(t, "text", r.body, "E11000")
		}
		wantTrue(t, "one has won", won > 0)
		urns := 0
		for _, m := range c.get(t, "/mediators").is(t, http.StatusOK).json().Array() {
			if m.Get("urn").String() == c.urn("race") {
				urns++
			}
		}
		wantEqual(t, "mediators with this URN", urns, 1)
	})
}

// race registers the same new URN many times at once.
func (c *contract) race(t *testing.T, name string, many int) []reply {
	t.Helper()
	replies := make([]reply, many)
	failures := make([]error, many)
	var racers sync.WaitGroup
	for i := range many {
		racers.Go(func() {
			replies[i], failures[i] = c.exchange(t.Context(), http.MethodPost, "/mediators", c.document(name, nil))
		})
	}
	racers.Wait()
	for _, err := range failures {
		wantEqual(t, "error of the exchange", err, nil)
	}
	return replies
}

func (c *contract) updateFacts(t *testing.T) {
	t.Helper()
	// update offers a change after a registration of 1.1.0, and gives what is stored then.
	update := func(t *testing.T, name, version string, changes object) (text string) {
		t.Helper()
		urn := c.register(t, c.document(name, object{"version": "1.1.0"}))
		c.post(t, "/mediators", c.document(name, with(object{"version": version, "name": "changed"}, changes))).is(t, http.StatusCreated)
		return c.registered(t, urn).Raw
	}
	outcomes := []struct {
		fact, version string
		stored        bool
	}{
		{"an equal version is ignored with 201", "1.1.0", false},
		{"a lower version is ignored with 201", "1.0.9", false},
		{"a higher version is stored with 201", "1.2.0", true},
		{"the tenth minor version is higher than the second", "1.10.0", true},
		{"a pre-release of the same version is lower", "1.1.0-rc1", false},
		{"a pre-release of the next version is higher", "1.2.0-rc1", true},
		{"build metadata does not make a version higher", "1.1.0+5", false},
	}
	for i, o := range outcomes {
		t.Run(o.fact, func(t *testing.T) {
			got := update(t, "update-"+strconv.Itoa(i), o.version, nil)
			wantEqual(t, "the change is stored", strings.Contains(got, `"name":"changed"`), o.stored)
		})
	}
	t.Run("a stored config value stays in an update", func(t *testing.T) {
		got := update(t, "keeps", "2.0.0", object{"config": object{"text": "other", "number": 5}})
		wantContains(t, "mediator", got, `"text":"a"`)
		wantContains(t, "mediator", got, `"number":1`)
	})
	t.Run("a new config value is added by an update", func(t *testing.T) {
		wantContains(t, "mediator", update(t, "adds", "2.0.0", object{"config": object{"flag": true}}), `"flag":true`)
	})
	t.Run("a field that an update does not have stays", func(t *testing.T) {
		got := update(t, "stays", "2.0.0", object{"description": absent{}})
		wantContains(t, "mediator", got, `"description":"of the contract suite"`)
	})
	t.Run("an update is not validated", func(t *testing.T) {
		got := update(t, "unchecked", "2.0.0", object{"endpoints": []object{}})
		wantContains(t, "mediator", got, `"version":"2.0.0"`)
		wantContains(t, "mediator", got, `"endpoints":[]`)
	})
	t.Run("the config of an update is validated all the same", func(t *testing.T) {
		urn := c.register(t, c.document("checked", nil))
		bad := c.document("checked", object{"version": "2.0.0", "config": object{"number": "five"}})
		c.post(t, "/mediators", bad).is(t, http.StatusBadRequest)
		wantText(t, c.registered(t, urn), "version", "1.0.0")
	})
	t.Run("an ignored registration is validated too", func(t *testing.T) {
		c.register(t, c.document("ignored", nil))
		c.post(t, "/mediators", c.document("ignored", object{"version": "one"})).is(t, http.StatusBadRequest)
	})
}
