package router

import (
	"time"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/model"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/router/js"
)

// channelStart writes the event of the transaction's start (events.js).
func (x *exchange) channelStart() {
	x.saveEvents(x.event("channel", "start", text(x.channel, "name"), millis(x.started)))
}

// endEvents writes the events of the primary route, of its orchestrations and of
// the channel's end. An orchestration without request makes the core throw outside
// of any handler: the worker dies and none of these is written.
func (x *exchange) endEvents() {
	var events []mongo.Doc
	status := float64(x.res.status)
	start := millis(x.started)
	end := later(timestampMillis(x.res.timestamp), start)
	var urn, orchestrations any = js.Undefined{}, js.Undefined{}
	if !js.Nullish(x.envelope) {
		urn, _ = js.Member(x.envelope, "x-mediator-urn")
		orchestrations, _ = js.Member(x.envelope, "orchestrations")
	}
	if x.primary != nil {
		name := text(x.primary, "name")
		events = append(events,
			withURN(x.event("primary", "start", name, start), urn),
			withStatus(withURN(x.event("primary", "end", name, end), urn), status))
	}
	if js.Truthy(orchestrations) {
		own, err := x.orchestrationEvents(orchestrations)
		if err != nil {
			x.router.report(QuirkOrchestrationRequest, true, x.tx, err.Message)
			return
		}
		events = append(events, own...)
	}
	x.saveEvents(append(events, withStatus(x.event("channel", "end", text(x.channel, "name"), end), status))...)
}

// routeEvents writes the events of the secondary routes once all are done.
func (x *exchange) routeEvents() {
	x.mu.Lock()
	routes := x.routes
	x.mu.Unlock()
	var events []mongo.Doc
	for _, route := range routes {
		response, _ := route.doc["response"].(mongo.Doc)
		if response["timestamp"] != nil {
			events = append(events, x.pair("route", route.name, route.urn,
				millis(x.started), timestampMillis(response["timestamp"]), response["status"])...)
		}
		if !js.Truthy(route.orchestrations) {
			continue
		}
		own, err := x.orchestrationEvents(route.orchestrations)
		if err != nil {
			if !x.router.modern {
				x.router.report(QuirkOrchestrationRequest, true, x.tx, "route "+route.name+": "+err.Message)
			}
			return // 8.5 catches it; the events are lost all the same
		}
		events = append(events, own...)
	}
	x.saveEvents(events...)
}

// orchestrationEvents is createOrchestrationEvents: a pair for each orchestration
// whose request and response have a timestamp. Each must have a request.
func (x *exchange) orchestrationEvents(list any) ([]mongo.Doc, *js.Error) {
	elements := js.ArrayFrom(list)
	for _, element := range elements {
		request, err := js.Member(element, "request")
		if err != nil {
			return nil, err
		}
		if _, err := js.Member(request, "timestamp"); err != nil {
			return nil, err
		}
	}
	var events []mongo.Doc
	for _, element := range elements {
		request, _ := js.Member(element, "request")
		from, _ := js.Member(request, "timestamp")
		response, _ := js.Member(element, "response")
		if js.Nullish(from) || js.Nullish(response) {
			continue
		}
		to, _ := js.Member(response, "timestamp")
		if js.Nullish(to) {
			continue
		}
		name, _ := js.Member(element, "name")
		urn, _ := js.Member(element, "mediatorURN")
		status, _ := js.Member(response, "status")
		text, _ := toMongo(name).(string)
		events = append(events, x.pair("orchestration", text, urn, timestampMillis(from), timestampMillis(to), toMongo(status))...)
	}
	return events, nil
}

func (x *exchange) pair(kind, name string, urn any, start, end, status any) []mongo.Doc {
	if s, ok := start.(float64); ok {
		if e, ok := end.(float64); ok && s > e {
			start = e
		}
	}
	return []mongo.Doc{
		withURN(x.event(kind, "start", name, start), urn),
		withStatus(withURN(x.event(kind, "end", name, end), urn), status),
	}
}

func (x *exchange) event(kind, event, name string, at any) mongo.Doc {
	// The model's field is a text: a number is read back as one.
	doc := mongo.Doc{
		"channelID": x.channel["_id"], "transactionID": x.tx, "normalizedTimestamp": normalized(at),
		"type": kind, "event": event, "name": name,
	}
	if js.Truthy(x.attempt) {
		doc["autoRetryAttempt"] = x.attempt
	}
	return doc
}

func normalized(at any) string {
	if ms, ok := at.(float64); ok {
		return js.Number(ms)
	}
	return "NaN"
}

func withURN(doc mongo.Doc, urn any) mongo.Doc {
	if !js.Nullish(urn) {
		doc["mediator"] = toMongo(urn)
	}
	return doc
}

func withStatus(doc mongo.Doc, status any) mongo.Doc {
	doc["status"] = status
	doc["statusType"] = "success"
	if code, ok := status.(float64); ok && code >= 500 && code <= 599 {
		doc["statusType"] = "error"
	}
	return doc
}

func (x *exchange) saveEvents(events ...mongo.Doc) {
	created := mongo.Time(x.router.deps.Clock())
	for _, event := range events {
		event["created"] = created
		if _, err := x.router.collection(model.Events).Insert(event); err != nil {
			x.router.deps.Logger.Error("could not save event", "transaction", x.tx, "error", err)
		}
	}
}

func millis(t time.Time) any { return float64(t.UnixMilli()) }

// timestampMillis is moment(new Date(ts)).valueOf(); nil stands for NaN.
func timestampMillis(ts any) any {
	switch ts := ts.(type) {
	case nil:
		return float64(0) // new Date(null)
	case time.Time:
		return millis(ts)
	case float64:
		return ts
	case bool:
		if ts {
			return float64(1)
		}
		return float64(0)
	case string:
		if at, ok := mongo.ParseDate(ts); ok {
			return millis(at)
		}
	}
	return nil
}

// later is the end of an event pair: not before its start.
func later(end, start any) any {
	e, ok := end.(float64)
	s, _ := start.(float64)
	if ok && e < s {
		return start
	}
	return end
}

// TransactionChanged writes the events of fields that POST or PUT /transactions
// stored (createTransactionEvents).
func (r *Router) TransactionChanged(id mongo.ObjectID, fields, channel mongo.Doc) {
	x := &exchange{router: r, tx: id, channel: channel, started: mongo.Time(r.deps.Clock())}
	request, _ := fields["request"].(mongo.Doc)
	if at, ok := request["timestamp"].(time.Time); ok {
		x.started = at
	}
	start := millis(x.started)
	var events []mongo.Doc
	if response, ok := fields["response"].(mongo.Doc); ok && request != nil {
		name := ""
		for _, route := range enabledRoutes(channel) {
			if flag(route, "primary") {
				name = text(route, "name")
			}
		}
		end := later(timestampMillis(response["timestamp"]), start)
		events = append(events, x.event("primary", "start", name, start), withStatus(x.event("primary", "end", name, end), response["status"]))
	}
	if own, err := x.orchestrationEvents(fromDoc(fields["orchestrations"])); err == nil {
		events = append(events, own...)
	}
	x.saveEvents(events...)
}
