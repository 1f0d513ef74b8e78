package httpx

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// AttemptTimeoutError means that one attempt took too long, while the
// request's context had time left.
type AttemptTimeoutError struct {
	// Limit is Config.AttemptTimeout.
	Limit time.Duration
}

// Error implements error.
func (e *AttemptTimeoutError) Error() string {
	return fmt.Sprintf("httpx: no complete answer within %s", e.Limit)
}

// Timeout reports true, as net.Error wants it.
func (e *AttemptTimeoutError) Timeout() bool { return true }

// timeoutTransport bounds each attempt, the reading of its body included.
type timeoutTransport struct {
	base    http.RoundTripper
	timeout time.Duration
}

func (t *timeoutTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	cause := &AttemptTimeoutError{Limit: t.timeout}
	ctx, cancel := context.WithTimeoutCause(req.Context(), t.timeout, cause)
	res, err := t.base.RoundTrip(req.WithContext(ctx))
	if err != nil {
		err = attemptError(ctx, req.Context(), cause, err)
		cancel()
		return nil, err
	}
	res.Body = &timeoutBody{ReadCloser: res.Body, ctx: ctx, parent: req.Context(), cause: cause, cancel: cancel}
	return res, nil
}

// CloseIdleConnections lets http.Client reach the base.
func (t *timeoutTransport) CloseIdleConnections() {
	if c, ok := t.base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// attemptError names the timeout when it was the attempt's own, not the
// request's context that ended.
func attemptError(ctx, parent context.Context, cause *AttemptTimeoutError, err error) error {
	if parent.Err() == nil && ctx.Err() != nil {
		return cause
	}
	return err
}

type timeoutBody struct {
	io.ReadCloser
	ctx, parent context.Context //nolint:containedctx // the contexts of this one answer
	cause       *AttemptTimeoutError
	cancel      context.CancelFunc
}

func (b *timeoutBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF { //nolint:errorlint // io.EOF is never wrapped here
		err = attemptError(b.ctx, b.parent, b.cause, err)
	}
	return n, err
}

func (b *timeoutBody) Close() error {
	err := b.ReadCloser.Close()
	b.cancel()
	return err
}
