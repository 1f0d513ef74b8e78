package mediator

import (
	"errors"
	"time"

	"github.com/openhim/mediator-go/mediator/openhim"
)

// call is one orchestration in the making. Its fields are guarded by the
// transaction's mutex, its bodies by their own.
type call struct {
	orchestration openhim.Orchestration
	request       *capture // nil: no body is recorded
	response      *capture
	adopted       []openhim.Orchestration // those of a downstream mediator
	failed        bool
}

// begin adds a call to the transaction and returns it, or nil where there are
// too many.
func (t *Transaction) begin(o openhim.Orchestration) *call {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.recorded >= t.recording.MaxOrchestrations {
		t.dropped++
		return nil
	}
	t.recorded++
	c := &call{orchestration: o}
	t.calls = append(t.calls, c)
	return c
}

// change changes a call under the transaction's lock; c may be nil.
func (t *Transaction) change(c *call, fn func(*call)) {
	if c == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	fn(c)
}

// outcome is what a transaction has to tell the core at one moment.
type outcome struct {
	orchestrations []openhim.Orchestration
	properties     map[string]string
	status         openhim.Status // "" unless overridden
	sideFailed     bool
}

// take returns what was recorded since the last take. Calls still under way
// are told as far as they got.
func (t *Transaction) take() outcome {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := outcome{properties: t.properties, status: t.status}
	t.properties, t.status = nil, ""
	budget := t.recording.MaxBodies
	out.orchestrations = make([]openhim.Orchestration, 0, len(t.calls))
	for i, c := range t.calls {
		o := c.orchestration
		o.Request.Body, budget = c.request.text(budget)
		if o.Response != nil {
			response := *o.Response
			response.Body, budget = c.response.text(budget)
			o.Response = &response
		}
		out.orchestrations = append(out.orchestrations, o)
		out.orchestrations = append(out.orchestrations, c.adopted...)
		if c.failed && !repeatedWell(t.calls[i+1:], o) {
			out.sideFailed = true
		}
	}
	if t.dropped > 0 {
		out.orchestrations = append(out.orchestrations, missing(t.dropped))
		t.dropped = 0
	}
	t.calls = nil
	return out
}

// repeatedWell reports whether one of the later calls is a successful
// repetition of o, as retries are.
func repeatedWell(later []*call, o openhim.Orchestration) bool {
	for _, c := range later {
		l := c.orchestration
		if !c.failed && l.Response != nil && l.Name == o.Name && l.Request.Method == o.Request.Method &&
			l.Request.Host == o.Request.Host && l.Request.Port == o.Request.Port &&
			l.Request.Path == o.Request.Path && l.Request.Querystring == o.Request.Querystring {
			return true
		}
	}
	return false
}

// missing says that n orchestrations are not recorded.
func missing(n int) openhim.Orchestration {
	return openhim.Orchestration{
		Name:    "not recorded",
		Request: openhim.Request{Timestamp: openhim.At(time.Now())},
		Error:   &openhim.Error{Message: plural(n, "more call") + " of this transaction not recorded"},
	}
}

// errorOf is err as the core stores it, without what URLs in it may hold.
func errorOf(err error) *openhim.Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return &openhim.Error{Message: e.Message}
	}
	return &openhim.Error{Message: safeText(err)}
}
