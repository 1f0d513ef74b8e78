package mediator

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/openhim/mediator-go/mediator/openhim"
)

// reportTimeout bounds telling the core what came of late work.
const reportTimeout = 30 * time.Second

var errDrained = errors.New("mediator: stopped before the work was done")

// lateWorks are the works that outlive their request.
type lateWorks struct {
	limit int
	wg    sync.WaitGroup

	mu    sync.Mutex
	count int
	stop  gate // the works have to end
	halt  gate // so has telling the core
}

// gate is a channel that is closed once. The zero gate is open.
type gate struct {
	once sync.Once
	ch   chan struct{}
	shut sync.Once
}

func (g *gate) closed() chan struct{} {
	g.once.Do(func() { g.ch = make(chan struct{}) })
	return g.ch
}

func (g *gate) close() { g.shut.Do(func() { close(g.closed()) }) }

// reserve takes a place for a work, or reports that there is none.
func (l *lateWorks) reserve() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.count >= l.limit {
		return false
	}
	l.count++
	return true
}

func (l *lateWorks) release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count--
}

// until returns a context that ends, for the cause errDrained, when the gate
// closes.
func (l *lateWorks) until(ctx context.Context, g *gate) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	l.wg.Go(func() {
		select {
		case <-g.closed():
			cancel(errDrained)
		case <-ctx.Done():
		}
	})
	return ctx, func() { cancel(nil) }
}

// wait waits until all work is done, and reports whether it is.
func (l *lateWorks) wait(ctx context.Context) bool {
	done := make(chan struct{})
	go func() {
		l.wg.Wait()
		close(done)
	}()
	select {
	case <-done:
		return true
	case <-ctx.Done():
		return false
	}
}

// runLate runs the work of an accepted request, for which a place is
// reserved, and tells the core what came of it.
func (m *Mediator) runLate(ctx context.Context, r *http.Request, tx *Transaction, work func(context.Context) (*Response, error)) {
	m.late.wg.Go(func() {
		defer m.late.release()
		workCtx, cancel := m.late.until(ctx, &m.late.stop)
		defer cancel()
		var resp *Response
		var err error
		if panicked := m.protect(tx, func() { resp, err = work(workCtx) }); panicked != nil {
			err = panicked
		}
		if errors.Is(context.Cause(workCtx), errDrained) && err != nil {
			err = &Error{Status: http.StatusServiceUnavailable, Message: "the mediator stopped before the work was done", Retry: true, Cause: err}
		}
		m.reportLate(ctx, r, tx, resp, err)
	})
}

// reportLate adds the result of late work to its transaction.
func (m *Mediator) reportLate(ctx context.Context, r *http.Request, tx *Transaction, resp *Response, err error) {
	var failure *Error
	if err != nil {
		failure = asError(err)
		tx.Logger().ErrorContext(ctx, "late work failed", slog.Int("status", failure.Status), slog.String("error", safeText(failure)))
		resp = m.render(&Request{Request: r, Transaction: tx}, failure)
	}
	if resp == nil {
		resp = &Response{}
	}
	if resp.Status < 200 || resp.Status > 599 {
		resp.Status = http.StatusOK
	}
	header, _ := cleanHeaders(resp.Header)
	header.Set("Content-Type", contentType(resp.Header, resp.Body))
	x := &exchange{m: m, tx: tx}
	e := envelopeOf(x, &answer{status: resp.Status}, Response{TransactionStatus: resp.TransactionStatus, Error: resp.Error}, failure, tx.take())
	update := openhim.Update{
		Status:             e.Status,
		PushOrchestrations: e.Orchestrations,
		SetProperties:      e.Properties,
		Error:              e.Error,
		Response: &openhim.Response{
			Status: resp.Status, Headers: openhim.Headers(header), Timestamp: openhim.At(time.Now()),
		},
	}
	if isText(header.Get("Content-Type"), resp.Body) {
		update.Response.Body = string(resp.Body)
	}
	m.update(ctx, tx, update)
}

// report tells the core what an answer without an envelope could not: a core
// knows such an answer by its HTTP status only.
func (m *Mediator) report(ctx context.Context, tx *Transaction, code int, e openhim.Envelope) {
	nothing := len(e.Orchestrations) == 0 && len(e.Properties) == 0 && e.Error == nil && e.Status == statusOf(code, false, false)
	if nothing || m.api == nil || tx.id == "" {
		return
	}
	if !m.late.reserve() {
		tx.Logger().WarnContext(ctx, "too much work is under way: the orchestrations of an answer without envelope are lost")
		return
	}
	ctx = context.WithoutCancel(ctx)
	m.late.wg.Go(func() {
		defer m.late.release()
		m.update(ctx, tx, openhim.Update{
			Status: e.Status, PushOrchestrations: e.Orchestrations, SetProperties: e.Properties, Error: e.Error,
		})
	})
}

func (m *Mediator) update(ctx context.Context, tx *Transaction, u openhim.Update) {
	if m.api == nil || tx.id == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, reportTimeout)
	defer cancel()
	ctx, halt := m.late.until(ctx, &m.late.halt)
	defer halt()
	if err := m.api.FinishTransaction(ctx, tx.id, u); err != nil {
		tx.Logger().ErrorContext(ctx, "the core did not take the result of the transaction", slog.String("error", safeText(err)))
	}
}
