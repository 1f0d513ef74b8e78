package fhirtest

import (
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// Operations: R4 operations, resource and patient operations.
func (c *contract) operationFacts(t *testing.T) {
	t.Helper()
	p := c.make(t, c.patient("op-1"))
	o := c.make(t, c.observation("Patient/"+p.id()))
	lacks := func(t *testing.T, has bool, r contractReply) bool {
		t.Helper()
		if !has {
			r.is(t, c.traits.unknownOperation).outcome(t, "error")
		}
		return !has
	}
	t.Run("$validate of a good resource finds no error", func(t *testing.T) {
		r := c.post(t, "/Patient/$validate", c.patient("op-2"))
		if lacks(t, c.traits.validate, r) {
			return
		}
		wantTrue(t, "there is none", !strings.Contains(r.is(t, http.StatusOK).body, `"severity":"error"`))
	})
	t.Run("$validate of a bad resource is 200 with errors", func(t *testing.T) {
		r := c.post(t, "/Observation/$validate", object{"resourceType": "Observation", "code": object{"text": "x"}})
		if lacks(t, c.traits.validate, r) {
			return
		}
		wantPart(t, "issues", strings.ReplaceAll(r.is(t, http.StatusOK).body, " ", ""), `"severity":"error"`)
	})
	t.Run("$validate takes Parameters", func(t *testing.T) {
		r := c.post(t, "/Patient/$validate", object{"resourceType": "Parameters", "parameter": []object{{"name": "resource", "resource": c.patient("op-3")}}})
		if lacks(t, c.traits.validate, r) {
			return
		}
		wantText(t, r.is(t, http.StatusOK).body, "resourceType", "OperationOutcome")
	})
	t.Run("$validate of what is stored", func(t *testing.T) {
		r := c.get(t, "/Patient/"+p.id()+"/$validate")
		if lacks(t, c.traits.validate, r) {
			return
		}
		wantText(t, r.is(t, http.StatusOK).body, "resourceType", "OperationOutcome")
	})
	t.Run("$everything gives the patient and what is about him", func(t *testing.T) {
		r := c.get(t, "/Patient/"+p.id()+"/$everything")
		if lacks(t, c.traits.everything, r) {
			return
		}
		wantText(t, r.is(t, http.StatusOK).body, "type", "searchset")
		ids := r.get("entry.#.resource.id").Raw
		wantPart(t, "ids", ids, p.id())
		wantPart(t, "ids", ids, o.id())
	})
	t.Run("$everything of nobody is 404", func(t *testing.T) {
		r := c.get(t, "/Patient/nope-"+c.name+"/$everything")
		if lacks(t, c.traits.everything, r) {
			return
		}
		r.is(t, http.StatusNotFound).outcome(t, "error", c.code("not-found"))
	})
	t.Run("$match finds by an identifier, with score and grade", func(t *testing.T) {
		r := c.post(t, "/Patient/$match", object{"resourceType": "Parameters", "parameter": []object{
			{"name": "resource", "resource": c.patient("op-1")}, {"name": "onlyCertainMatches", "valueBoolean": true},
		}})
		if lacks(t, c.traits.match, r) {
			return
		}
		wantText(t, r.is(t, http.StatusOK).body, "entry.0.resource.id", p.id())
		wantText(t, r.body, "entry.0.search.extension.0.valueCode", "certain")
		wantTrue(t, "there is a score", r.get("entry.0.search.score").Num > 0)
	})
	t.Run("$meta gives the meta", func(t *testing.T) {
		r := c.get(t, "/Patient/"+p.id()+"/$meta")
		if lacks(t, c.traits.meta, r) {
			return
		}
		wantText(t, r.is(t, http.StatusOK).body, "parameter.0.valueMeta.versionId", p.version())
	})
	t.Run("$meta-add adds a tag without a new version", func(t *testing.T) {
		r := c.post(t, "/Patient/"+p.id()+"/$meta-add", object{"resourceType": "Parameters", "parameter": []object{
			{"name": "meta", "valueMeta": object{"tag": []object{{"system": c.system(), "code": "seen"}}}},
		}})
		if lacks(t, c.traits.meta, r) {
			return
		}
		r.is(t, http.StatusOK)
		got := c.get(t, "/Patient/"+p.id())
		wantText(t, got.body, "meta.tag.0.code", "seen")
		wantEqual(t, "version", got.version(), p.version())
	})
	t.Run("$expand lists the codes of a value set", func(t *testing.T) {
		r := c.get(t, "/ValueSet/$expand?url=http://hl7.org/fhir/ValueSet/administrative-gender")
		if lacks(t, c.traits.expand, r) {
			return
		}
		wantCount(t, r.is(t, http.StatusOK).body, "expansion.contains", 4)
	})
	t.Run("$validate-code tells what is a code", func(t *testing.T) {
		for code, want := range map[string]string{"male": "true", "woman": "false"} {
			r := c.get(t, "/ValueSet/$validate-code?url=http://hl7.org/fhir/ValueSet/administrative-gender&system=http://hl7.org/fhir/administrative-gender&code="+code)
			if lacks(t, c.traits.expand, r) {
				return
			}
			wantText(t, r.is(t, http.StatusOK).body, `parameter.#(name=="result").valueBoolean`, want)
		}
	})
	t.Run("an operation that is not known is refused", func(t *testing.T) {
		c.post(t, "/Patient/$nosuch", object{"resourceType": "Parameters"}).is(t, c.traits.unknownOperation).outcome(t, "error")
	})
}

// Bulk export: HL7 bulk data 2.0, kick-off to cancel. What is exported is not waited for
// on servers that take minutes.
func (c *contract) exportFacts(t *testing.T) {
	t.Helper()
	kickOff := func(t *testing.T, header ...string) contractReply {
		t.Helper()
		return c.get(t, "/$export?_type=Patient", header...)
	}
	if !c.traits.export {
		t.Run("there is no export", func(t *testing.T) {
			r := kickOff(t, "Prefer", "respond-async")
			wantTrue(t, "nothing is started", r.status != http.StatusAccepted && r.header.Get("Content-Location") == "")
		})
		return
	}
	t.Run("an export must be asked for asynchronously", func(t *testing.T) {
		kickOff(t).is(t, http.StatusBadRequest).outcome(t, "error")
	})
	started := kickOff(t, "Prefer", "respond-async").is(t, http.StatusAccepted)
	status := started.header.Get("Content-Location")
	t.Run("the kick-off tells where to ask", func(t *testing.T) { wantTrue(t, "it is a URL", strings.HasPrefix(status, c.target.URL)) })
	t.Run("an export at work is 202 with progress", func(t *testing.T) {
		r := c.get(t, status)
		if r.status == http.StatusOK {
			return // it was quick
		}
		r.is(t, http.StatusAccepted)
		wantTrue(t, "there is progress", r.header.Get("X-Progress") != "")
		wantTrue(t, "it says when to ask again", r.header.Get("Retry-After") != "")
	})
	t.Run("an export can be cancelled", func(t *testing.T) {
		other := kickOff(t, "Prefer", "respond-async").is(t, http.StatusAccepted)
		c.call(t, http.MethodDelete, other.header.Get("Content-Location"), nil).is(t, http.StatusAccepted)
	})
	t.Run("an export that is not known is 404", func(t *testing.T) {
		c.get(t, "/$export-poll-status?_jobId=00000000-0000-0000-0000-000000000000").is(t, http.StatusNotFound).outcome(t, "error")
	})
}

// hookCalls are what a subscription's endpoint was sent.
type hookCalls struct {
	mu    sync.Mutex
	calls []hookCall
}

type hookCall struct {
	method, path, contentType, auth, body string
}

func (h *hookCalls) all() []hookCall {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]hookCall(nil), h.calls...)
}

// ServeHTTP notes a call.
func (h *hookCalls) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	const most = 1 << 20
	body, err := io.ReadAll(io.LimitReader(r.Body, most))
	if err != nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls = append(h.calls, hookCall{r.Method, r.URL.Path, r.Header.Get("Content-Type"), r.Header.Get("Authorization"), string(body)})
}

// Rest-hook subscriptions: R4 subscription.
func (c *contract) subscriptionFacts(t *testing.T) {
	t.Helper()
	hook := &hookCalls{}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", net.JoinHostPort(c.target.HookHost, "0"))
	if err != nil {
		t.Fatalf("listen for notifications: %v", err)
	}
	server := &http.Server{Handler: hook, ReadHeaderTimeout: 5 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener) // until it is closed
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	subscription := func(criteria, path string, channel ...any) object {
		return object{
			"resourceType": "Subscription", "status": "requested", "reason": "contract", "criteria": criteria,
			"channel": and(object{"type": "rest-hook", "endpoint": "http://" + listener.Addr().String() + path}, channel...),
		}
	}
	criteria := "Observation?code=" + c.system() + "%7Chooked"
	t.Run("criteria of a type that is not known are refused", func(t *testing.T) {
		c.post(t, "/Subscription", subscription("Nothing?x=1", "/x")).is(t, c.traits.badCriteria)
	})
	t.Run("criteria with a parameter that is not known are refused", func(t *testing.T) {
		c.post(t, "/Subscription", subscription("Observation?nosuch=1", "/x")).is(t, c.traits.badCriteria)
	})
	made := c.make(t, subscription(criteria, "/full", "payload", "application/fhir+json", "header", []string{"Authorization: Basic abc"}))
	empty := c.make(t, subscription(criteria, "/empty"))
	t.Run("a subscription is requested at first", func(t *testing.T) { wantText(t, made.body, "status", "requested") })
	if !c.traits.subscriptions {
		t.Run("a subscription is kept and nothing more", func(t *testing.T) {
			wantText(t, c.get(t, "/Subscription/"+made.id()).body, "status", "requested")
		})
		return
	}
	t.Run("a subscription becomes active by itself", func(t *testing.T) {
		for _, id := range []string{made.id(), empty.id()} {
			c.until(t, "the subscription to be active", func() (bool, string) {
				status := c.get(t, "/Subscription/"+id).get("status").String()
				return status == "active", status
			})
		}
	})
	c.make(t, c.observation("", "code", object{"coding": []object{{"system": c.system(), "code": "other"}}}))
	o := c.make(t, c.observation("", "code", object{"coding": []object{{"system": c.system(), "code": "hooked"}}}))
	c.until(t, "both endpoints to be told", func() (bool, string) { return len(hook.all()) >= 2, "fewer than two calls" })
	for _, call := range hook.all() {
		if strings.HasPrefix(call.path, "/full") {
			t.Run("with a payload the resource is sent", func(t *testing.T) {
				wantText(t, call.body, "id", o.id())
				wantPart(t, "Content-Type", call.contentType, "application/fhir+json")
			})
			t.Run("with a payload it is a PUT below the endpoint", func(t *testing.T) {
				wantEqual(t, "method", call.method, http.MethodPut)
				wantEqual(t, "path", call.path, "/full/Observation/"+o.id())
			})
			t.Run("the headers of the channel are sent", func(t *testing.T) { wantEqual(t, "Authorization", call.auth, "Basic abc") })
		} else {
			t.Run("without payload the call is an empty POST", func(t *testing.T) {
				wantEqual(t, "method", call.method, http.MethodPost)
				wantEqual(t, "body", call.body, "")
			})
		}
	}
	t.Run("what does not match is not told", func(t *testing.T) { wantEqual(t, "calls", len(hook.all()), 2) })
	for _, id := range []string{made.id(), empty.id()} {
		c.call(t, http.MethodDelete, "/Subscription/"+id, nil).is(t, c.traits.deleteStatus)
	}
}
