package rest

import (
	"net/http"
	"strings"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/jsontree"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/search"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/store"
)

// Notification is what a rest-hook subscription is told (R4 subscription.html).
type Notification struct {
	Subscription string // its id
	Method, URL  string
	Header       http.Header
	Body         []byte
}

// checkSubscription refuses criteria that cannot be run, and makes what is stored ready.
func (x *exchange) checkSubscription(n *jsontree.Node) *failure {
	if n.Str("resourceType") != "Subscription" {
		return nil
	}
	criteria := n.Str("criteria")
	typ, query, hasQuery := strings.Cut(criteria, "?")
	if x.e.config.HAPI {
		for _, rule := range []struct {
			broken bool
			says   string
		}{
			{n.Str("status") == "", "HAPI-0008: Can not process submitted Subscription - Subscription.status must be populated on this server"},
			{criteria == "", "HAPI-0011: Subscription.criteria must be populated"},
			{!hasQuery, `HAPI-0014: Subscription.criteria must be in the form "{Resource Type}?[params]"`},
			{n.Str("channel.type") == "", "HAPI-0020: Subscription.channel.type must be populated"},
			{n.Str("channel.type") == "rest-hook" && n.Str("channel.endpoint") == "", "HAPI-0021: Rest-hook subscriptions must have Subscription.channel.endpoint defined"},
		} {
			if rule.broken {
				return fail(http.StatusUnprocessableEntity, "required", "").hapi(0, "%s", rule.says)
			}
		}
	}
	if !x.e.table.IsResource(typ) {
		return fail(http.StatusUnprocessableEntity, "value", "the criteria name no resource type").at(x.place("Subscription.criteria")).
			hapi(0, "HAPI-0013: Subscription.criteria contains invalid/unsupported resource type: %s", typ)
	}
	params, f := parseQuery(query)
	if f != nil {
		return f
	}
	if _, err := search.Parse(x.e.table, typ, params, search.Manner{}); err != nil {
		f := searchFailure(err, criteria)
		text := f.hapiText
		f.status = http.StatusUnprocessableEntity
		return f.at(x.place("Subscription.criteria")).hapi(0, "HAPI-0009: Invalid subscription criteria submitted: %s %s", criteria, text)
	}
	if x.e.config.HAPI {
		meta := n.Get("meta")
		if meta == nil {
			meta = jsontree.NewObject()
			n.Set("meta", meta)
		}
		if len(meta.List("tag")) == 0 {
			meta.Set("tag", jsontree.NewArray(jsontree.NewObject("system", "http://hapifhir.io/fhir/StructureDefinition/subscription-matching-strategy",
				"code", "IN_MEMORY", "display", "In-memory")))
		}
	}
	return nil
}

// activate makes requested rest-hook subscriptions active, each with a new version, as
// servers do some time after they were made. Who made one is still told of the first.
func (e *Engine) activate(written []*store.Version) {
	for _, w := range written {
		if w.Type != "Subscription" || w.Deleted || w.Tree.Str("status") != "requested" || w.Tree.Str("channel.type") != "rest-hook" {
			continue
		}
		_ = e.store.Update(func(tx *store.Tx) error { // it gives none
			if tx.Current(w.Type, w.ID) != w {
				return nil
			}
			x := &exchange{e: e, tx: tx, now: e.config.Clock().UTC()}
			n := w.Tree.Clone()
			n.Set("status", jsontree.NewString("active"))
			made := x.put(w.Type, w.ID, http.MethodPut, n)
			if e.config.HAPI { // the server itself has no request id
				made.Tree.Get("meta").Delete("source")
				made.Body = made.Tree.Bytes()
			}
			return nil
		})
	}
}

// notify tells the active subscriptions of what was written. Deletions are not told.
func (e *Engine) notify(x *exchange, written []*store.Version) {
	if e.config.Notify == nil || len(written) == 0 {
		return
	}
	var out []Notification
	e.store.View(func(tx *store.Tx) {
		for s := range tx.All("Subscription") {
			if s.Tree.Str("status") != "active" || s.Tree.Str("channel.type") != "rest-hook" {
				continue
			}
			typ, query, _ := strings.Cut(s.Tree.Str("criteria"), "?")
			params, f := parseQuery(query)
			if f != nil {
				continue
			}
			q, err := search.Parse(e.table, typ, params, search.Manner{})
			if err != nil {
				continue
			}
			for _, v := range written {
				if q.Matches(tx, x.base, v) {
					out = append(out, notification(s, v))
				}
			}
		}
	})
	for _, n := range out {
		e.config.Notify(n)
	}
}

// notification is a PUT of the resource below the endpoint where a payload is asked for,
// else an empty POST, as HAPI sends them.
func notification(s, v *store.Version) Notification {
	channel := s.Tree.Get("channel")
	n := Notification{Subscription: s.ID, Method: http.MethodPost, URL: channel.Str("endpoint"), Header: http.Header{}}
	if payload := channel.Str("payload"); payload != "" {
		n.Method, n.Body = http.MethodPut, v.Body
		n.URL = strings.TrimSuffix(n.URL, "/") + "/" + v.Type + "/" + v.ID
		n.Header.Set("Content-Type", payload)
		n.Header.Set("If-Match", etag(v.Number))
	}
	for _, line := range channel.List("header") {
		if name, value, ok := strings.Cut(line.Text, ":"); ok {
			n.Header.Add(strings.TrimSpace(name), strings.TrimSpace(value))
		}
	}
	return n
}
