package router

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/model"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/router/js"
)

// EnqueueTask starts a rerun task (tasks.js) and returns at once. From 8.x on the
// task is Processing when it returns, on 4.0.5 still Queued.
func (r *Router) EnqueueTask(task mongo.ObjectID) {
	if r.modern {
		r.clearAttempts(task)
		if !r.claim(task) {
			return
		}
	}
	r.work.Go(func() {
		if !r.modern && !r.claim(task) {
			return
		}
		for r.taskRound(task) {
			if !r.claim(task) {
				return
			}
		}
	})
}

// clearAttempts sets the attempts of the transactions of a task to 0, as 8.x does.
func (r *Router) clearAttempts(id mongo.ObjectID) {
	task, _ := r.collection(model.Tasks).Get(id)
	list, _ := task["transactions"].([]any)
	for _, element := range list {
		transaction, _ := element.(mongo.Doc)
		if tid, ok := mongo.ParseID(idText(transaction["tid"])); ok {
			_, _, _ = r.collection(model.Transactions).Update(tid, mongo.Doc{"$set": mongo.Doc{"autoRetryAttempt": 0.0}}) // the field is ours
		}
	}
}

// claim takes a queued task; only one does.
func (r *Router) claim(id mongo.ObjectID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	task, found := r.collection(model.Tasks).Get(id)
	if !found || text(task, "status") != "Queued" || r.ctx.Err() != nil {
		return false
	}
	return r.updateTask(id, mongo.Doc{"status": "Processing"})
}

func (r *Router) updateTask(id mongo.ObjectID, set mongo.Doc) bool {
	_, ok, err := r.collection(model.Tasks).Update(id, mongo.Doc{"$set": set})
	return ok && err == nil
}

// taskRound runs the next batchSize transactions of a task at the same time, and
// tells whether another round is due.
func (r *Router) taskRound(id mongo.ObjectID) (more bool) {
	task, found := r.collection(model.Tasks).Get(id)
	if !found {
		return false
	}
	list, _ := task["transactions"].([]any)
	remaining := int(number(task["remainingTransactions"]))
	from := max(0, len(list)-remaining)
	to := min(len(list), from+max(1, int(number(task["batchSize"]))))
	type outcome struct {
		index int
		set   mongo.Doc
		done  bool
	}
	results := make(chan outcome, to-from)
	for i := from; i < to; i++ {
		element, _ := list[i].(mongo.Doc)
		tid, _ := mongo.ParseID(idText(element["tid"]))
		r.work.Go(func() {
			set, done := r.rerunOne(tid, idText(element["tid"]), id)
			results <- outcome{i, set, done}
		})
	}
	for range to - from {
		out := <-results
		if !out.done {
			return false // the core waits for ever: the task stays Processing
		}
		set := mongo.Doc{}
		for key, value := range out.set {
			set["transactions."+strconv.Itoa(out.index)+"."+key] = value
		}
		if !r.updateTask(id, set) {
			return false
		}
		remaining--
	}
	return r.endRound(id, remaining)
}

func (r *Router) endRound(id mongo.ObjectID, remaining int) (more bool) {
	task, found := r.collection(model.Tasks).Get(id)
	if !found {
		return false
	}
	set := mongo.Doc{"remainingTransactions": float64(remaining)}
	switch {
	case remaining == 0:
		set["status"], set["completedDate"] = "Completed", mongo.Time(r.deps.Clock())
	case text(task, "status") == "Processing":
		set["status"], more = "Queued", true
	}
	return r.updateTask(id, set) && more
}

// rerunOne runs one transaction again and gives what changes in its element of the
// task. done is false when the core would wait for ever.
func (r *Router) rerunOne(id mongo.ObjectID, name string, task mongo.ObjectID) (set mongo.Doc, done bool) {
	failed := func(message string) (mongo.Doc, bool) {
		return mongo.Doc{"tstatus": "Failed", "error": "Error: " + message}, true
	}
	original, found := r.collection(model.Transactions).Get(id)
	if !found {
		return failed("Transaction " + name + " could not be found")
	}
	if original["canRerun"] == false {
		return failed("Transaction " + name + " cannot be rerun as there isn't enough information about the request")
	}
	channelID, _ := original["channelID"].(mongo.ObjectID)
	channel, found := r.collection(model.Channels).Get(channelID)
	if !found {
		return failed("Cannot read properties of null (reading 'type')")
	}
	if kind := text(channel, "type"); kind != "http" && kind != "polling" {
		return nil, false // other types are not rerun by this fake
	}
	req, complete := r.rerunRequest(original, id, task)
	if !complete {
		<-r.ctx.Done() // Content-Length goes out without the body: nobody ever answers
		return nil, false
	}
	x := r.newExchange(req)
	answer := r.runAgain(x, channel, id, task)
	if answer.Hangup {
		return mongo.Doc{"tstatus": "Completed"}, r.ctx.Err() == nil
	}
	set = mongo.Doc{"tstatus": "Completed"}
	if x.tx != "" {
		set["rerunID"] = string(x.tx)
	}
	if status, ok := x.status.(string); ok {
		set["rerunStatus"] = status
	}
	if r.modern && flag(channel, "isAsynchronousProcess") {
		return set, r.awaitAsync(x.tx)
	}
	return set, true
}

// awaitAsync waits for one of the three statuses that end an asynchronous rerun
// from 8.3 on.
func (r *Router) awaitAsync(id mongo.ObjectID) bool {
	const pause = 100 * time.Millisecond
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for {
		tx, found := r.collection(model.Transactions).Get(id)
		if !found {
			return false
		}
		switch text(tx, "status") {
		case "Successful", "Failed", "Completed with error(s)":
			return true
		}
		select {
		case <-r.ctx.Done():
			return false
		case <-ticker.C:
		}
	}
}

// rerunRequest builds the request the core sends to itself; complete is false when
// its body is announced but not sent (only POST and PUT carry one).
func (r *Router) rerunRequest(original mongo.Doc, id, task mongo.ObjectID) (req *Request, complete bool) {
	stored, _ := original["request"].(mongo.Doc)
	headers, _ := stored["headers"].(mongo.Doc)
	sent := &js.Object{}
	for _, name := range r.headerOrder(id, headers) {
		sent.Set(strings.ToLower(name), Header{strings.ToLower(name), js.String(fromDoc(headers[name]))})
	}
	if client := idText(original["clientID"]); client != "" {
		sent.Set("clientid", Header{"clientID", client})
	}
	sent.Set("parentid", Header{"parentID", string(id)})
	sent.Set("taskid", Header{"taskID", string(task)})
	req = &Request{Method: text(stored, "method"), Target: text(stored, "path"), RemoteIP: "127.0.0.1"}
	if query := text(stored, "querystring"); query != "" {
		req.Target += "?" + query
	}
	for _, e := range js.Entries(sent) {
		if h, ok := e.Value.(Header); ok {
			req.Headers = append(req.Headers, h)
		}
	}
	body := ""
	if req.Method == http.MethodPost || req.Method == http.MethodPut {
		body = text(stored, "body")
	}
	if length, ok := sent.Get("content-length").(Header); ok {
		n, err := strconv.Atoi(length.Value)
		if err != nil || n > len(body) {
			return nil, false
		}
		body = body[:n]
	}
	req.Body = []byte(body)
	return req, true
}

// headerOrder is the order of the stored headers: as they came; the database behind
// the recorded 4.0.5 gave them back from the last to the first.
func (r *Router) headerOrder(id mongo.ObjectID, headers mongo.Doc) []string {
	order := r.deps.Orders.get(id)
	order = slices.DeleteFunc(order, func(name string) bool { _, has := headers[name]; return !has })
	if len(order) < len(headers) {
		var rest []string
		for name := range headers {
			if !slices.Contains(order, name) {
				rest = append(rest, name)
			}
		}
		slices.Sort(rest)
		order = append(order, rest...)
	}
	if !r.modern {
		slices.Reverse(order)
	}
	return order
}

// runAgain is the core's rerun app: no authentication, no compression; authorise
// runs without a matching channel and leaves its traces in the answer.
func (r *Router) runAgain(x *exchange, channel mongo.Doc, parent, task mongo.ObjectID) *Answer {
	x.res.setBody(x.body)
	x.parent, x.task, x.channel = parent, task, channel
	if id, ok := mongo.ParseID(x.headerText("clientid")); ok {
		x.client, _ = r.collection(model.Clients).Get(id)
	}
	if original, found := r.collection(model.Transactions).Get(parent); found && original["autoRetry"] == true {
		x.attempt = number(original["autoRetryAttempt"]) + 1
	}
	if r.modern {
		x.res.explicit, x.res.status = true, http.StatusNotFound
	} else {
		x.res.explicit, x.res.status = true, http.StatusUnauthorized
		x.res.set("WWW-Authenticate", "Basic")
	}
	answer := x.run(r.ctx)
	if x.tx != "" && !answer.Hangup {
		_, _, _ = r.collection(model.Transactions).Update(parent, mongo.Doc{ // both fields are ours
			"$push": mongo.Doc{"childIDs": x.tx}, "$set": mongo.Doc{"wasRerun": true}, "$inc": mongo.Doc{"__v": 1.0},
		})
	}
	return answer
}

// Poll runs a polling channel as its schedule would (polling.js): the status is
// that of the answer.
func (r *Router) Poll(ctx context.Context, channelID mongo.ObjectID, lastRun time.Time) (status int, found bool) {
	channel, found := r.collection(model.Channels).Get(channelID)
	if !found {
		return 0, false
	}
	req := &Request{Method: http.MethodGet, Target: "/trigger", RemoteIP: "127.0.0.1"}
	add := func(name, value string) { req.Headers = append(req.Headers, Header{name, value}) }
	if r.modern {
		add("Accept", "application/json, text/plain, */*")
	}
	add("channel-id", string(channelID))
	add("X-OpenHIM-LastRunAt", jsDate(lastRun))
	if r.modern {
		add("User-Agent", "axios/0.21.4")
	}
	add("Host", r.deps.PollingAddress)
	add("Connection", "keep-alive")
	x := r.newExchange(req)
	x.res.setBody(x.body)
	x.channel, x.client, x.polled = channel, r.poller, true
	answer := x.run(ctx)
	return answer.Status, true
}

// jsDate is Date.prototype.toString in a server whose zone is UTC.
func jsDate(t time.Time) string {
	return t.UTC().Format("Mon Jan 02 2006 15:04:05 GMT-0700") + " (Coordinated Universal Time)"
}

func number(v any) float64 {
	n, _ := v.(float64)
	return n
}

func idText(v any) string {
	switch v := v.(type) {
	case mongo.ObjectID:
		return string(v)
	case string:
		return v
	default:
		return ""
	}
}

// fromDoc brings a document's value back to JavaScript.
func fromDoc(v any) any {
	switch v := v.(type) {
	case []any:
		out := &js.Array{}
		for _, element := range v {
			out.Elems = append(out.Elems, fromDoc(element))
		}
		return out
	case mongo.Doc:
		out := &js.Object{}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			out.Set(key, fromDoc(v[key]))
		}
		return out
	default:
		return v
	}
}
