package mediator

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
)

// exchange is one request on its way through the mediator.
type exchange struct {
	m         *Mediator
	tx        *Transaction
	out       http.ResponseWriter // the connection's
	path      string              // of the request
	enveloped bool
	writer    *answerWriter

	claimed  atomic.Bool   // somebody makes the answer
	done     chan struct{} // closed once the handler has returned
	answered chan struct{} // closed once timeUp has made it
	bodyRead atomic.Bool
	cutOff   bool // the connection has to be aborted

	mu     sync.Mutex
	closed bool
	route  string
	result *Response // what a handler returned
	err    *Error    // what became of its error
}

type exchangeKey struct{}

func exchangeFrom(ctx context.Context) *exchange {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	return x
}

// claim reports, to one caller only, that the answer is its to make.
func (x *exchange) claim() bool { return x.claimed.CompareAndSwap(false, true) }

// settle notes what a handler returned, and reports whether it still counts.
func (x *exchange) settle(route string, result *Response, err *Error) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.closed {
		return false
	}
	x.route, x.result, x.err = route, result, err
	return true
}

func (x *exchange) settled() (result Response, err *Error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.result != nil {
		result = *x.result
	}
	return result, x.err
}

// close ends the exchange: what a handler returns from now on does not count.
func (x *exchange) close() (route string, result Response) {
	result, _ = x.settled()
	x.mu.Lock()
	defer x.mu.Unlock()
	x.closed = true
	return x.route, result
}

// adapt makes an http.Handler of a handler and the middlewares.
func (m *Mediator) adapt(h Handler) http.Handler {
	var once sync.Once
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		once.Do(func() {
			for i := len(m.use) - 1; i >= 0; i-- {
				h = m.use[i](h)
			}
		})
		x := exchangeFrom(r.Context())
		req := &Request{Request: r, Transaction: x.tx}
		resp, err := m.call(r.Context(), x, w, req, h)
		var failure *Error
		if err != nil {
			failure = asError(err)
			m.logFailure(x.tx, r, failure)
			resp = m.render(req, failure)
		}
		if resp == nil {
			resp = &Response{}
		}
		if !x.settle(r.Pattern, resp, failure) && resp.later != nil {
			m.late.release() // accepted too late: nobody was told
		}
		switch {
		case resp.streamed:
		case w == http.ResponseWriter(x.writer):
			x.writer.set(resp)
		default:
			resp.writeTo(w)
		}
	})
}

// call reads the body, runs the handler and checks what it returned.
func (m *Mediator) call(ctx context.Context, x *exchange, w http.ResponseWriter, req *Request, h Handler) (*Response, error) {
	if err := m.readBody(x, req); err != nil {
		return nil, err
	}
	resp, err := h(context.WithValue(ctx, writerKey{}, w), req)
	if err != nil || resp == nil {
		return resp, err
	}
	if resp.Status == 0 {
		c := *resp
		resp, c.Status = &c, http.StatusOK
	}
	if resp.Status < 200 || resp.Status > 599 {
		return nil, &Error{Status: http.StatusInternalServerError, Message: "internal error", Cause: errStatus(resp.Status)}
	}
	if int64(len(resp.Body)) > m.cfg.MaxResponseBody {
		return nil, &Error{Status: http.StatusInternalServerError, Message: "the answer is too large", Cause: errTooLarge}
	}
	if resp.later != nil && !m.late.reserve() {
		return nil, &Error{
			Status: http.StatusServiceUnavailable, Retry: true,
			Message: "too much work is under way, try again later",
		}
	}
	return resp, nil
}
