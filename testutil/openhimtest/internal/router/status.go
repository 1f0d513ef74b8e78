package router

import (
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/model"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/router/js"
)

// setFinalStatus is setFinalStatus (messageStore.js; openhim-core.md section 6):
// once all routes are done.
func (x *exchange) setFinalStatus() {
	tx, found := x.router.collection(model.Transactions).Get(x.tx)
	if !found {
		return
	}
	update := mongo.Doc{}
	given := any(js.Undefined{})
	if !js.Nullish(x.envelope) {
		given, _ = js.Member(x.envelope, "status")
	}
	switch {
	case js.Nullish(given):
		x.status = x.computedStatus(text(tx, "status"))
		update["status"] = x.status
	case x.modern():
		update["status"] = toMongo(given)
	}
	x.mu.Lock()
	retry := x.autoRetry
	x.mu.Unlock()
	if retry {
		update["autoRetry"] = !reachedMaxAttempts(tx, x.channel)
	}
	if len(update) == 0 || !x.update(update, false) {
		return
	}
	if update["autoRetry"] == true {
		x.queueForRetry(tx)
	}
}

func (x *exchange) computedStatus(before string) string {
	x.mu.Lock()
	defer x.mu.Unlock()
	failed, successful := false, true
	for _, route := range x.routes {
		if route.status >= 500 && route.status <= 599 {
			failed = true
		}
		if in2xx := route.status >= 200 && route.status <= 299; !in2xx { // NaN is not in it
			successful = false
		}
	}
	status := x.res.status
	if status >= 500 && status <= 599 {
		return "Failed"
	}
	out := before
	if failed {
		out = "Completed with error(s)"
	}
	if status >= 200 && status <= 299 && successful {
		out = "Successful"
		if x.modern() && flag(x.channel, "isAsynchronousProcess") {
			out = "Pending Async"
		}
	}
	if status >= 400 && status <= 499 && successful {
		out = "Completed"
	}
	if out == "Processing" {
		out = "Completed"
	}
	return out
}

func reachedMaxAttempts(tx, channel mongo.Doc) bool {
	limit, ok := channel["autoRetryMaxAttempts"].(float64)
	attempt, _ := tx["autoRetryAttempt"].(float64)
	return ok && limit > 0 && attempt >= limit
}

// queueForRetry is autoRetry.js: the queue is kept; the core's timer that works on
// it is not part of the fake.
func (x *exchange) queueForRetry(tx mongo.Doc) {
	request, _ := tx["request"].(mongo.Doc)
	_, _ = x.router.collection(model.AutoRetries).Insert(mongo.Doc{ // the keys are all ours
		"transactionID": tx["_id"], "channelID": tx["channelID"], "requestTimestamp": request["timestamp"],
	})
}
