package router

import (
	"math"
	"strconv"
	"strings"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/router/js"
)

// secondary sends the request to a route that is not primary and stores its
// answer in transaction.routes. It tells whether the worker would have died.
func (x *exchange) secondary(route mongo.Doc, out outgoing) (fatal bool) {
	res := x.router.send(out)
	switch {
	case res.fatal != "":
		x.router.report(res.fatal, true, x.tx, "route "+text(route, "name")+": "+res.detail)
		x.mu.Lock()
		x.dead = true
		x.mu.Unlock()
		return true
	case res.hang:
		x.router.report(QuirkHang, false, x.tx, "route "+text(route, "name")+": "+res.detail)
		<-x.router.ctx.Done() // the core waits for ever, and so does the final status
		return false
	}
	kept := &routeResult{name: text(route, "name"), request: x.started, orchestrations: js.Undefined{}, urn: js.Undefined{}, response: js.Undefined{}}
	err := res.err
	if err == nil {
		err = x.readSecondary(res.answer, kept)
	}
	counted := true
	if err != nil {
		kept.doc = mongo.Doc{"name": kept.name, "error": mongo.Doc{"message": err.Message, "stack": err.Stack()}}
		kept.response, kept.orchestrations = js.Undefined{}, js.Undefined{}
		counted = x.modern() // 4.0.5 forgets a failed route when it looks for the status
		x.mu.Lock()
		x.autoRetry = true
		x.mu.Unlock()
	}
	response, stored := x.secondaryResponse(kept)
	kept.status = statusNumber(kept.response)
	if counted {
		x.mu.Lock()
		x.routes = append(x.routes, kept)
		x.mu.Unlock()
	}
	if !stored {
		return false
	}
	if response != nil {
		kept.doc["response"] = response
	}
	kept.doc["request"] = mongo.Doc{
		"host": out.host, "port": float64(out.port), "path": destination(route, x.path), "headers": toMongo(x.header.Clone()),
		"querystring": x.query, "method": x.method, "timestamp": x.started,
	}
	x.router.updateTransaction(x.tx, mongo.Doc{"$push": mongo.Doc{"routes": kept.doc}}, false, QuirkRefusedRoute)
	return false
}

// readSecondary takes a secondary route's answer apart; of an envelope status and
// error are not used.
func (x *exchange) readSecondary(answer *incoming, kept *routeResult) *js.Error {
	kept.doc = mongo.Doc{"name": kept.name}
	kind, _ := answer.headers.Get("content-type").(string)
	if !isEnvelope(kind) {
		whole := &js.Object{}
		whole.Set("status", float64(answer.status))
		whole.Set("headers", answer.headers)
		whole.Set("timestamp", answer.timestamp)
		whole.Set("body", answer.body)
		kept.response = whole
		return nil
	}
	envelope, err := js.Parse(bodyText(answer.body))
	if err != nil {
		return err
	}
	if kept.urn, err = js.Member(envelope, "x-mediator-urn"); err != nil {
		return err
	}
	kept.orchestrations, _ = js.Member(envelope, "orchestrations")
	kept.response, _ = js.Member(envelope, "response")
	x.put(kept.doc, "orchestrations", kept.orchestrations)
	if _, undefined := kept.orchestrations.(js.Undefined); undefined {
		delete(kept.doc, "orchestrations")
	}
	if properties, _ := js.Member(envelope, "properties"); properties != (js.Undefined{}) {
		kept.doc["properties"] = toMongo(properties)
	}
	return nil
}

// secondaryResponse gives the response to store, counted against the budget; stored
// is false when the core's code throws and so stores nothing.
func (x *exchange) secondaryResponse(kept *routeResult) (response mongo.Doc, stored bool) {
	if js.Nullish(kept.response) {
		whole := &js.Object{}
		whole.Set("status", float64(500))
		whole.Set("timestamp", x.started)
		kept.response = whole
		if x.channel["responseBody"] == false {
			whole.Set("body", "")
		}
		doc, _ := toMongo(whole).(mongo.Doc)
		return doc, true
	}
	whole, ok := kept.response.(*js.Object)
	if !ok { // a text or a number: mongoose leaves it out
		if x.channel["responseBody"] == false {
			err := js.SetMember(kept.response, "body", "")
			return nil, err == nil
		}
		return nil, true
	}
	if x.channel["responseBody"] == false {
		whole.Set("body", "")
	}
	if body := whole.Get("body"); !js.Nullish(body) {
		cut, _, err := x.cut(body)
		if err != nil {
			x.router.report(QuirkRefusedRoute, false, x.tx, "route "+kept.name+": "+err.Message)
			return nil, false
		}
		whole.Set("body", cut)
	}
	doc, _ := toMongo(whole).(mongo.Doc)
	return doc, true
}

// statusNumber is Number(response.status): NaN for what is no number.
func statusNumber(response any) float64 {
	status, err := js.Member(response, "status")
	if err != nil {
		return math.NaN()
	}
	switch v := status.(type) {
	case float64:
		return v
	case string:
		if n, err := strconv.ParseFloat(strings.TrimSpace(v), 64); err == nil {
			return n
		}
	}
	return math.NaN()
}
