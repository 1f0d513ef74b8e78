package httpx

import (
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// pause returns how long to wait before the next attempt: what the server
// asks for in Retry-After, else the exponential back-off. Half of the latter
// is spread by the jitter, so that clients do not come back all at once.
func (c *call) pause(res *http.Response) time.Duration {
	if res != nil {
		if d, ok := RetryAfter(res.Header, c.cfg.Clock()); ok {
			return d
		}
	}
	d := c.cfg.MinWait
	for i := 1; i < c.attempt && d < c.cfg.MaxWait; i++ {
		d *= 2
	}
	d = min(d, c.cfg.MaxWait)
	return d/2 + time.Duration(c.cfg.Jitter()*float64(d/2))
}

// RetryAfter reads the Retry-After header, a number of seconds or an HTTP
// date as seen at now. A date that is past means now; ok is false when there
// is none or it cannot be read.
func RetryAfter(h http.Header, now time.Time) (wait time.Duration, ok bool) {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if v == "" {
		return 0, false
	}
	if s, err := strconv.ParseInt(v, 10, 32); err == nil {
		if s < 0 {
			return 0, false
		}
		return time.Duration(s) * time.Second, true
	}
	t, err := http.ParseTime(v)
	if err != nil {
		return 0, false
	}
	return max(0, t.Sub(now)), true
}

func randomJitter() float64 { return rand.Float64() } //nolint:gosec // spreads load, protects nothing

// isConnectionLoss reports whether the connection ended before the answer.
func isConnectionLoss(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
