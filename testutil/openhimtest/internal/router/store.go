package router

import (
	"strconv"
	"strings"
	"time"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/model"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/router/js"
)

// storeTransaction is storeTransaction (messageStore.js): the transaction as it
// came, before anything is sent.
func (x *exchange) storeTransaction() error {
	r := x.router
	x.started = mongo.Time(r.deps.Clock())
	headers := mongo.Doc{}
	var order []string
	for _, h := range js.Entries(x.header) {
		key := escapeKey(h.Key)
		headers[key] = toMongo(h.Value)
		order = append(order, key)
	}
	body := decodeUTF8(x.body)
	canRerun := true
	if x.channel["requestBody"] == false || body == "" {
		body = ""
		switch x.method {
		case "POST", "PUT", "PATCH":
			canRerun = false
		}
	}
	stored, shortened, _ := x.cut(body)
	if shortened {
		canRerun = false
	}
	request := mongo.Doc{
		"path": x.path, "headers": headers, "querystring": x.query, "body": stored,
		"method": x.method, "timestamp": x.started,
	}
	if name, port, hasPort := strings.Cut(x.host, ":"); x.host != "" {
		request["host"] = name
		if hasPort {
			request["port"], _, _ = strings.Cut(port, ":")
		}
	} else {
		request["host"] = ""
	}
	status := "Processing"
	if r.modern && flag(x.channel, "isAsynchronousProcess") {
		status = "Pending Async"
	}
	doc := mongo.Doc{
		"status": status, "clientIP": x.ip, "channelID": x.channel["_id"], "request": request, "__v": 0.0,
	}
	if !canRerun {
		doc["canRerun"] = false
	}
	if id, ok := x.client["_id"].(mongo.ObjectID); ok {
		doc["clientID"] = id
	}
	if x.parent != "" && x.task != "" {
		doc["parentID"] = x.parent
	}
	if js.Truthy(x.attempt) {
		doc["autoRetryAttempt"] = x.attempt
	}
	cast, err := r.deps.Models.Schema(model.Transactions).Cast(doc, mongo.CastOptions{Validate: true, Now: r.deps.Clock})
	if err != nil {
		return err
	}
	cast["__v"] = 0.0
	id, err := r.collection(model.Transactions).Insert(cast)
	if err != nil {
		return err
	}
	x.tx = id
	x.header.Set("X-OpenHIM-TransactionID", string(id))
	r.deps.Orders.set(id, order)
	r.begin(id)
	return nil
}

// storeResponse is storeResponse (messageStore.js). An exception is returned; a
// refused update is reported and forgotten, as the core does.
func (x *exchange) storeResponse() *js.Error {
	update, err := x.responseUpdate()
	if err != nil {
		return err
	}
	x.update(update, true)
	return nil
}

func (x *exchange) responseUpdate() (mongo.Doc, *js.Error) {
	body := ""
	if x.res.hasBody() && (!x.modern() || !statusEmpty(x.res.status)) {
		body = jsBodyText(x.res.body)
	}
	if x.channel["responseBody"] == false {
		body = ""
	}
	stored, _, _ := x.cut(body)
	response := mongo.Doc{"status": float64(x.res.status), "headers": x.res.storedHeaders(), "body": stored}
	x.put(response, "timestamp", x.castable(x.res.timestamp))
	update := mongo.Doc{"response": response}
	x.put(update, "error", x.failure)

	var list []any
	if envelope := x.envelope; !js.Nullish(envelope) {
		if !x.modern() {
			if status, _ := js.Member(envelope, "status"); !js.Nullish(status) {
				update["status"] = toMongo(status)
			}
		}
		orchestrations, _ := js.Member(envelope, "orchestrations")
		if js.Truthy(orchestrations) {
			docs, err := x.cutOrchestrations(orchestrations)
			if err != nil {
				return nil, err
			}
			list = append(list, docs...)
		}
		if properties, _ := js.Member(envelope, "properties"); js.Truthy(properties) {
			update["properties"] = toMongo(properties)
		}
	}
	for _, own := range x.own {
		if own.answer != nil || own.err != nil {
			list = append(list, x.ownOrchestration(own))
		}
	}
	if list == nil {
		list = []any{}
	}
	update["orchestrations"] = list
	return update, nil
}

// castable helps mongoose 4, which takes every timestamp that prints as a number for
// milliseconds.
func (x *exchange) castable(timestamp any) any {
	if x.modern() {
		return timestamp
	}
	switch timestamp.(type) {
	case string, *js.Array:
		text := js.String(timestamp)
		if n, err := strconv.ParseFloat(text, 64); err == nil && js.Number(n) == text {
			return n
		}
	}
	return timestamp
}

// jsBodyText is body.toString().
func jsBodyText(body any) string {
	if raw, ok := body.([]byte); ok {
		return decodeUTF8(raw)
	}
	return js.String(body)
}

// put sets a value the core may not have: mongoose 4 stores undefined as null, later
// ones leave it out.
func (x *exchange) put(doc mongo.Doc, key string, value any) {
	if _, undefined := value.(js.Undefined); undefined {
		if !x.modern() {
			doc[key] = nil
		}
		return
	}
	doc[key] = toMongo(value)
}

// cutOrchestrations is truncateOrchestrationBodies on what the mediator sent.
func (x *exchange) cutOrchestrations(value any) ([]any, *js.Error) {
	list, ok := value.(*js.Array)
	if !ok {
		return nil, js.TypeError("orchestrations.map is not a function")
	}
	out := make([]any, 0, len(list.Elems))
	for _, element := range list.Elems {
		copied := &js.Object{} // Object.assign({}, element)
		for _, e := range js.Entries(element) {
			copied.Set(e.Key, e.Value)
		}
		for _, side := range []string{"request", "response"} {
			part := copied.Get(side)
			if !js.Truthy(part) {
				continue
			}
			body, _ := js.Member(part, "body")
			if !js.Truthy(body) {
				continue
			}
			stored, shortened, err := x.cut(body)
			if err != nil {
				return nil, err
			}
			if shortened {
				if err := js.SetMember(part, "body", stored); err != nil {
					return nil, err
				}
			}
		}
		out = append(out, toMongo(copied))
	}
	return out, nil
}

// ownOrchestration is the core's record of its own request (sendRequest).
func (x *exchange) ownOrchestration(own *orchestration) mongo.Doc {
	request := mongo.Doc{
		"host": own.host, "port": own.port, "path": own.path, "headers": toMongo(x.header),
		"method": x.method, "timestamp": x.started,
	}
	body, shortened, _ := x.cut(x.body)
	raw, _ := body.([]byte)
	switch {
	case shortened:
		request["body"] = body
	case x.modern():
		request["body"] = decodeUTF8(raw)
	default:
		request["body"] = base64Buffer(raw)
	}
	doc := mongo.Doc{"name": own.name, "request": request}
	if own.err != nil {
		doc["error"] = mongo.Doc{"message": own.err.Message, "stack": own.err.Stack()}
		return doc
	}
	answer := own.answer
	response := mongo.Doc{"status": float64(answer.status), "headers": toMongo(answer.headers), "timestamp": mongo.Time(answer.timestamp)}
	stored := answer.body
	_, isText := stored.(string)
	if !isText || stored != "" { // an empty string is not counted, an empty Buffer is
		stored, _, _ = x.cut(stored)
	}
	response["body"] = bodyText(stored)
	doc["response"] = response
	return doc
}

// update writes to the transaction through mongoose; with validators when asked.
// What the database or mongoose refuses is reported.
func (x *exchange) update(update mongo.Doc, validate bool) bool {
	return x.router.updateTransaction(x.tx, update, validate, QuirkRefusedSave)
}

func (r *Router) updateTransaction(id mongo.ObjectID, update mongo.Doc, validate bool, quirk Quirk) bool {
	cast, err := r.deps.Models.Schema(model.Transactions).Cast(update, mongo.CastOptions{Update: true, Validate: validate, Now: r.deps.Clock})
	if err == nil {
		r.settle(cast)
		_, _, err = r.collection(model.Transactions).Update(id, cast)
	}
	if err != nil {
		r.report(quirk, false, id, err.Error())
		return false
	}
	return true
}

// toMongo brings JavaScript values to what documents hold.
func toMongo(v any) any {
	switch v := v.(type) {
	case *js.Object:
		doc := mongo.Doc{}
		for _, e := range js.Entries(v) {
			// Copying an object key by key loses __proto__ in JavaScript.
			if _, undefined := e.Value.(js.Undefined); !undefined && e.Key != "__proto__" {
				doc[e.Key] = toMongo(e.Value)
			}
		}
		return doc
	case *js.Array:
		list := make([]any, len(v.Elems))
		for i, element := range v.Elems {
			list[i] = toMongo(element)
		}
		return list
	case js.Undefined:
		return nil
	case []byte:
		return decodeUTF8(v)
	case time.Time:
		return mongo.Time(v)
	default:
		return v
	}
}
