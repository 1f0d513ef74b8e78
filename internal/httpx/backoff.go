package httpx

import (
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"regexp"
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
	return backoff(c.attempt, c.cfg.MinWait, c.cfg.MaxWait, c.cfg.Jitter)
}

// Backoff is the pause after the attempt of this number, the first being 1: min
// doubled with each attempt up to max, half of it spread at random. It is for
// clients whose attempts a [Transport] cannot decide about, as what counts stands
// in the body of an answer.
func Backoff(attempt int, minWait, maxWait time.Duration) time.Duration {
	return backoff(attempt, minWait, maxWait, randomJitter)
}

func backoff(attempt int, minWait, maxWait time.Duration, jitter func() float64) time.Duration {
	d := minWait
	for i := 1; i < attempt && d < maxWait; i++ {
		d *= 2
	}
	d = min(d, maxWait)
	return d/2 + time.Duration(jitter()*float64(d/2))
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
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || droppedText.MatchString(err.Error())
}

// droppedText is of connections and streams that ended, for which net/http has no
// error that could be asked: one that was closed while it was taken from the idle
// ones for a POST, and those of HTTP/2.
var droppedText = regexp.MustCompile(`http: server closed idle connection|\bhttp2: |\b(stream|connection) error: `)
