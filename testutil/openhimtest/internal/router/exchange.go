package router

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/router/js"
)

// exchange is one request on its way: koa's ctx.
type exchange struct {
	router *Router
	res    *response

	method, path, query string
	// header is ctx.request.header: lower-case names, then the core's own in mixed
	// case. Routes take names out of it, one after the other.
	header *js.Object
	host   string
	ip     string
	body   []byte

	client    mongo.Doc
	channel   mongo.Doc
	tx        mongo.ObjectID
	started   time.Time
	status    any // the final status when no envelope gave one (ctx.transactionStatus)
	autoRetry bool

	// of a rerun
	parent, task mongo.ObjectID
	attempt      any
	// of a polling channel's run
	polled bool

	primary  mongo.Doc
	envelope any // ctx.mediatorResponse, js.Undefined when there is none
	own      []*orchestration
	failure  any // ctx.error: a JavaScript value, js.Undefined for none

	mu     sync.Mutex // guards what secondary routes share
	stored int        // ctx.totalBodyLength
	routes []*routeResult
	dead   bool // a secondary route's answer killed the worker
}

func (r *Router) newExchange(req *Request) *exchange {
	x := &exchange{
		router: r, res: newResponse(r.modern), method: req.Method, ip: req.RemoteIP, body: req.Body,
		header: merge(req.Headers), envelope: js.Undefined{}, failure: js.Undefined{},
	}
	if x.body == nil {
		x.body = []byte{}
	}
	x.path, x.query = splitTarget(req.Target)
	x.host, _ = x.header.Get("host").(string)
	return x
}

func (x *exchange) modern() bool { return x.router.modern }

func (x *exchange) headerText(name string) string {
	text, _ := x.header.Get(name).(string)
	return text
}

// splitTarget is ctx.path and ctx.querystring: the raw text of both.
func splitTarget(target string) (path, query string) {
	if !strings.HasPrefix(target, "/") {
		if u, err := url.Parse(target); err == nil && u.IsAbs() {
			path := u.EscapedPath()
			if path == "" {
				path = "/"
			}
			return path, u.RawQuery
		}
	}
	target, _, _ = strings.Cut(target, "#")
	path, query, _ = strings.Cut(target, "?")
	return path, query
}

// forwarded is proxy.js. It means to append, but looks for mixed case in
// lower-case headers: what the client sent is replaced on the wire.
func (x *exchange) forwarded() {
	if x.ip != "" {
		x.header.Set("X-Forwarded-For", x.ip)
	}
	if x.host != "" {
		host, _, _ := strings.Cut(x.host, ",")
		x.header.Set("X-Forwarded-Host", strings.TrimSpace(host))
	}
}

// run is the chain from messageStore.js on: store, events, routes, store.
func (x *exchange) run(ctx context.Context) *Answer {
	if err := x.storeTransaction(); err != nil {
		x.router.report(QuirkRefusedStart, false, "", err.Error())
		x.res.fail()
		return x.res.answer(x.method)
	}
	answer := x.through(ctx)
	answer.Transaction = x.tx
	return answer
}

func (x *exchange) through(ctx context.Context) *Answer {
	r := x.router
	x.channelStart()
	outcome := x.route(ctx)
	switch {
	case r.ctx.Err() != nil: // killed: nothing more is written
		r.end(x.tx)
		return &Answer{Hangup: true}
	case outcome.fatal:
		x.died()
		r.end(x.tx)
		return &Answer{Hangup: true}
	case outcome.hang:
		r.end(x.tx)
		<-ctx.Done()
		return &Answer{Hangup: true}
	case outcome.err != nil:
		r.end(x.tx)
		x.res.fail()
		return x.res.answer(x.method)
	}
	x.endEvents()
	thrown, quirk := x.rewrite(), QuirkRewrite
	if thrown == nil {
		thrown, quirk = x.storeResponse(), QuirkStoreResponse
	}
	x.finish(outcome)
	if thrown != nil {
		r.report(quirk, false, x.tx, thrown.Message)
		x.res.fail()
		return x.res.answer(x.method)
	}
	if x.task == "" && !x.polled {
		x.compress()
	}
	return x.res.answer(x.method)
}

// finish sets the final status, at once when no other route is under way.
func (x *exchange) finish(outcome routed) {
	if !outcome.routed || outcome.pending.done() {
		x.complete(outcome)
		return
	}
	x.router.work.Go(func() {
		<-outcome.pending.left
		x.complete(outcome)
	})
}

func (x *exchange) complete(outcome routed) {
	x.mu.Lock()
	dead := x.dead
	x.mu.Unlock()
	if outcome.routed && !dead && x.router.ctx.Err() == nil {
		x.setFinalStatus()
		x.routeEvents()
	}
	x.router.end(x.tx)
}

// died leaves the transaction as a restarted core does: from 8.2 on it marks what
// has neither response nor error as failed.
func (x *exchange) died() {
	if !x.modern() {
		return
	}
	x.update(mongo.Doc{"status": "Failed", "error": mongo.Doc{"message": "OpenHIM crashed while still waiting for a response"}}, false)
}

// pendingRoutes counts the secondary routes under way.
type pendingRoutes struct {
	group sync.WaitGroup
	left  chan struct{} // closed when all are done
}

func (p *pendingRoutes) done() bool {
	select {
	case <-p.left:
		return true
	default:
		return false
	}
}
