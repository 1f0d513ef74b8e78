package mediator

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"time"

	"github.com/openhim/mediator-go/mediator/openhim"
)

// grace is how much longer than its time a handler gets to answer itself.
const grace = 250 * time.Millisecond

// serve answers one request.
func (m *Mediator) serve(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	tx := newTransaction(r.Header, m.channels.trusted(r.URL.Path), &m.cfg.Recording, m.cfg.Logger)
	x := &exchange{m: m, tx: tx, out: w, path: r.URL.Path, enveloped: tx.id != "" || m.cfg.AlwaysEnvelope, answered: make(chan struct{}), done: make(chan struct{})}
	x.writer = &answerWriter{limit: m.cfg.MaxResponseBody, spill: x.spill}
	m.metrics.begin()

	ctx, cancel := context.WithTimeout(r.Context(), m.cfg.RequestTimeout)
	defer cancel()
	ctx = context.WithValue(withTransaction(ctx, tx), exchangeKey{}, x)
	inner := r.WithContext(ctx)
	if r.Header.Get("Accept-Encoding") != "" {
		// Nothing may be compressed before it goes into an envelope.
		inner.Header = maps.Clone(r.Header)
		inner.Header.Del("Accept-Encoding")
	}
	if bodyless(r.Method) && r.ContentLength != 0 {
		w.Header().Set("Connection", "close") // or the server waits for the body
	}

	// The handlers run here; when their time is over they are answered for.
	stop := context.AfterFunc(ctx, func() { x.timeUp(ctx, r, start) })
	failure := m.protect(tx, func() { m.handler.ServeHTTP(x.writer, inner) })
	claimed := x.claim()
	close(x.done)
	if claimed {
		stop()
		x.discard(r)
		x.conclude(ctx, r, failure, start)
	} else {
		<-x.answered
	}
	if x.cutOff {
		panic(http.ErrAbortHandler)
	}
}

// timeUp answers for a handler that takes too long. A caller that has gone gets
// no answer.
func (x *exchange) timeUp(ctx context.Context, r *http.Request, start time.Time) {
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-x.done:
	}
	if !x.claim() {
		return
	}
	defer close(x.answered)
	failure := &Error{
		Status: http.StatusGatewayTimeout, Retry: true, Message: "the request took too long", Cause: context.DeadlineExceeded,
	}
	x.m.logFailure(x.tx, r, failure)
	x.out.Header().Set("Connection", "close") // the handler still has it
	x.conclude(ctx, r, failure, start)
	_ = http.NewResponseController(x.out).Flush() // not every writer can
}

// conclude makes the answer, writes it and counts it. It is called once.
func (x *exchange) conclude(ctx context.Context, r *http.Request, failure *Error, start time.Time) {
	var status openhim.Status
	code := 0
	if a, failure := x.outcome(r, failure); a != nil {
		status, code = x.finish(r, a, failure), a.status
	}
	route, result := x.close()
	x.m.metrics.end(route, r.Method, code, status, time.Since(start))
	if result.later != nil {
		x.m.runLate(context.WithoutCancel(ctx), r, x.tx, result.later)
	}
}

// outcome is what goes to the caller, or nil where it went out already.
func (x *exchange) outcome(r *http.Request, failure *Error) (*answer, *Error) {
	a, err := x.writer.answer()
	if err != nil && failure == nil {
		failure = asError(err)
		x.m.logFailure(x.tx, r, failure)
	}
	switch {
	case failure == nil && a != nil:
		return x.m.routed(x, r, a)
	case x.writer.streaming():
		if failure != nil {
			x.cutOff = !abort(x.out)
		}
		return nil, failure
	case failure == nil:
		return nil, nil
	}
	resp := x.m.render(&Request{Request: r, Transaction: x.tx}, failure)
	_, pattern := x.m.mux.Handler(r)
	x.settle(pattern, resp, failure)
	return &answer{status: resp.Status, header: resp.Header, body: resp.Body}, failure
}

// routed gives the mux's own refusals the shape of all other errors.
func (m *Mediator) routed(x *exchange, r *http.Request, a *answer) (*answer, *Error) {
	result, failure := x.settled()
	if result.Status != 0 || (a.status != http.StatusNotFound && a.status != http.StatusMethodNotAllowed) {
		return a, failure
	}
	if _, pattern := m.mux.Handler(r); pattern != "" {
		return a, failure
	}
	message := "no such path here"
	if a.status == http.StatusMethodNotAllowed {
		message = "this method is not allowed here"
	}
	failure = Errorf(a.status, "%s", message)
	resp := m.render(&Request{Request: r, Transaction: x.tx}, failure)
	header := maps.Clone(resp.Header)
	if allow := a.header.Get("Allow"); allow != "" {
		header.Set("Allow", allow)
	}
	x.settle("", resp, failure)
	return &answer{status: resp.Status, header: header, body: resp.Body}, failure
}

// spill begins to hand an answer on that is too large for an envelope.
func (x *exchange) spill(a *answer) (http.ResponseWriter, error) {
	if a.header.Get("Content-Encoding") != "" {
		return nil, errors.New("mediator: a large answer is compressed; the core must not get it so")
	}
	if x.enveloped {
		x.tx.Logger().Warn("answer is too large for an envelope: its orchestrations are not recorded with it")
	}
	header, dropped := cleanHeaders(a.header)
	x.warnDropped(dropped)
	maps.Copy(x.out.Header(), header)
	x.out.Header().Set("Content-Type", contentType(a.header, a.body))
	x.out.WriteHeader(a.status)
	if _, err := x.out.Write(a.body); err != nil {
		return nil, err
	}
	return x.out, nil
}
