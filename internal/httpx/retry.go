package httpx

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// Retry says whether a request may be sent a second time.
type Retry int

const (
	// RetryByMethod repeats GET, HEAD and OPTIONS; anything else only when it
	// was provably never sent.
	RetryByMethod Retry = iota
	// RetrySafe repeats the request whatever its method: the caller knows
	// that doing it twice is the same as doing it once.
	RetrySafe
	// RetryUnsent repeats the request only when it was provably never sent,
	// for example when the server refused the connection.
	RetryUnsent
	// RetryNever sends the request once.
	RetryNever
	// RetryRefused repeats the request when it was provably never sent, and
	// when the answer proves that the server did not act on it: 425 Too Early
	// and 429 Too Many Requests. A 503 proves nothing: gateways answer it when
	// a server dies over a request.
	RetryRefused
)

type retryKey struct{}

// WithRetry marks requests sent with the context. Without a mark
// [RetryByMethod] holds.
func WithRetry(ctx context.Context, r Retry) context.Context {
	return context.WithValue(ctx, retryKey{}, r)
}

// Repeatable reports whether req may be sent again after it may have reached
// the server.
func Repeatable(req *http.Request) bool {
	r, _ := req.Context().Value(retryKey{}).(Retry)
	switch r {
	case RetrySafe:
		return true
	case RetryUnsent, RetryNever, RetryRefused:
		return false
	default:
		return slices.Contains([]string{"", http.MethodGet, http.MethodHead, http.MethodOptions}, req.Method)
	}
}

// NeverSent reports whether err proves that no byte of the request left: the
// address could not be resolved or the connection not be made.
func NeverSent(err error) bool {
	var op *net.OpError
	if errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect") {
		return true
	}
	var dns *net.DNSError
	return errors.As(err, &dns)
}

// Permanent is implemented by errors for which another attempt is useless.
type Permanent interface{ Permanent() bool }

// TransientStatus reports whether a status is that of a passing fault: 408,
// 425, 429, 502, 503 and 504. A 500 is not: servers use it for requests that
// will never work.
func TransientStatus(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	default:
		return false
	}
}

// TransientError reports whether another attempt after err may go better: all
// faults of the network do, an ended context and a failed verification of a
// certificate do not.
func TransientError(err error) bool {
	var ue *url.Error
	if errors.As(err, &ue) {
		err = ue.Err // *url.Error calls itself a net.Error whatever it holds
	}
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	var permanent Permanent
	if errors.As(err, &permanent) && permanent.Permanent() {
		return false
	}
	var (
		verification *tls.CertificateVerificationError
		unknown      x509.UnknownAuthorityError
		hostname     x509.HostnameError
		invalid      x509.CertificateInvalidError
		alert        tls.AlertError
		record       tls.RecordHeaderError
	)
	if errors.As(err, &verification) || errors.As(err, &unknown) || errors.As(err, &hostname) ||
		errors.As(err, &invalid) || errors.As(err, &alert) || errors.As(err, &record) {
		return false
	}
	var slow *AttemptTimeoutError
	if errors.As(err, &slow) {
		return true
	}
	var nerr net.Error
	return NeverSent(err) || errors.As(err, &nerr) || isConnectionLoss(err)
}

// call decides about the attempts of one request.
type call struct {
	cfg        *Config
	req        *http.Request
	repeatable bool // the body can be sent again
	started    time.Time
	attempt    int
	wait       time.Duration // before the next attempt
}

// check implements retryablehttp.CheckRetry.
func (c *call) check(ctx context.Context, res *http.Response, err error) (bool, error) {
	c.attempt++
	if ctx.Err() != nil {
		return false, err
	}
	if !c.worthRepeating(res, err) || c.attempt >= c.cfg.MaxAttempts {
		return false, err
	}
	c.wait = c.pause(res)
	if c.wait > c.cfg.MaxWait {
		return false, err // the server wants more patience than we have
	}
	if c.cfg.Clock().Add(c.wait).Sub(c.started) > c.cfg.MaxElapsed {
		return false, err
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < c.wait {
		return false, err // the answer we have is worth more than a timeout
	}
	c.log(ctx, res)
	return true, nil
}

func (c *call) worthRepeating(res *http.Response, err error) bool {
	if r, _ := c.req.Context().Value(retryKey{}).(Retry); !c.repeatable || r == RetryNever {
		return false
	}
	if err != nil {
		return TransientError(err) && (NeverSent(err) || Repeatable(c.req))
	}
	if r, _ := c.req.Context().Value(retryKey{}).(Retry); r == RetryRefused {
		return refusedStatus(res.StatusCode)
	}
	return TransientStatus(res.StatusCode) && Repeatable(c.req)
}

// refusedStatus reports whether a status proves that the server did not act.
func refusedStatus(status int) bool {
	return status == http.StatusTooEarly || status == http.StatusTooManyRequests
}

// backoff implements retryablehttp.Backoff; check has computed it.
func (c *call) backoff(_, _ time.Duration, _ int, _ *http.Response) time.Duration { return c.wait }

func (c *call) log(ctx context.Context, res *http.Response) {
	attrs := []slog.Attr{
		slog.String("method", c.req.Method),
		slog.String("host", c.req.URL.Host),
		slog.Int("attempt", c.attempt),
		slog.Duration("wait", c.wait),
	}
	if res != nil {
		attrs = append(attrs, slog.Int("status", res.StatusCode))
	}
	c.cfg.Logger.LogAttrs(ctx, slog.LevelDebug, "request is repeated", attrs...)
}
