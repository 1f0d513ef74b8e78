package tracker

import (
	"slices"
	"time"
)

const (
	gainUp     = 1.02 // what one more request at once must bring to be kept
	gainDown   = 0.99 // what one less may cost to be kept
	firstHold  = 4    // windows before the next try; doubles with each that failed
	longestTry = 64
	sampleRing = 64
)

// limiter finds how many requests at once the server takes best: additive increase as long as one
// more request at once brings more objects a second, multiplicative decrease when the server is in
// trouble (5xx, 429, deadlock, lost answer, or a 95th percentile of the latency above the bound).
//
// It measures windows of requests that were sent at one limit, and only while every slot was
// used: a slow source says nothing about the server. It belongs to one goroutine.
type limiter struct {
	lowest, highest int
	tooSlow         time.Duration

	limit   int
	changed time.Time // when limit changed; requests begun before do not count
	window  window
	rate    float64 // objects a second at the limit before the trial, or the last known one
	trial   int     // +1 or -1 while a neighbouring limit is tried, else 0
	hold    int     // windows until the next trial
	holdFor int
	down    bool // the next trial goes down

	latencies []time.Duration // the last sampleRing
	next      int
}

type window struct {
	begun   time.Time
	objects int
	count   int
}

// sample is one answered import request.
type sample struct {
	begun, ended time.Time
	objects      int
	trouble      bool
	full         bool // every slot was in use
	partial      bool // of a request that was split: its size says nothing
}

func newLimiter(lowest, highest, start int, tooSlow time.Duration, now time.Time) *limiter {
	return &limiter{
		lowest: lowest, highest: highest, limit: min(max(start, lowest), highest),
		tooSlow: tooSlow, changed: now, holdFor: firstHold,
	}
}

// observe takes one sample into account.
func (l *limiter) observe(s sample) {
	l.remember(s.ended.Sub(s.begun))
	if s.trouble {
		l.backOff(s)
		return
	}
	if s.begun.Before(l.changed) {
		return
	}
	if s.partial {
		return
	}
	if !s.full {
		l.window = window{}
		return
	}
	if l.window.begun.IsZero() {
		l.window.begun = s.ended // the first answer at this limit opens the window
		return
	}
	l.window.objects += s.objects
	l.window.count++
	if l.window.count < max(4, 2*l.limit) {
		return
	}
	elapsed := s.ended.Sub(l.window.begun).Seconds()
	rate := float64(l.window.objects) / max(elapsed, 1e-9)
	l.window = window{begun: s.ended}
	if l.p95() > l.tooSlow {
		l.backOff(s)
		return
	}
	l.decide(rate, s.ended)
}

// decide uses the rate of one window.
func (l *limiter) decide(rate float64, now time.Time) {
	switch l.trial {
	case +1:
		if rate >= l.rate*gainUp {
			l.accept(rate)
			l.try(+1, now)
			return
		}
		l.giveUp(now)
	case -1:
		if rate >= l.rate*gainDown {
			l.accept(rate)
			l.try(-1, now)
			return
		}
		l.giveUp(now)
	default:
		l.rate = rate
		if l.hold--; l.hold <= 0 {
			l.explore(now)
		}
	}
}

// accept keeps the limit that was tried.
func (l *limiter) accept(rate float64) {
	l.rate, l.trial, l.holdFor = rate, 0, firstHold
}

// giveUp goes back to the limit before the trial, and waits longer before the next one.
func (l *limiter) giveUp(now time.Time) {
	l.set(l.limit-l.trial, now)
	l.down = l.trial > 0
	l.trial, l.hold = 0, l.holdFor
	l.holdFor = min(l.holdFor*2, longestTry)
}

// explore tries a neighbouring limit, up and down in turn.
func (l *limiter) explore(now time.Time) {
	step := +1
	if l.down && l.limit > l.lowest || l.limit == l.highest {
		step = -1
	}
	l.down = step > 0
	l.try(step, now)
}

func (l *limiter) try(step int, now time.Time) {
	next := l.limit + step
	if next < l.lowest || next > l.highest {
		l.hold = l.holdFor
		return
	}
	l.trial = step
	l.set(next, now)
}

// backOff halves the limit, once for all requests that were under way together.
func (l *limiter) backOff(s sample) {
	if s.begun.Before(l.changed) && l.trial == 0 {
		return
	}
	l.trial, l.hold, l.rate = 0, 1, 0
	l.holdFor = firstHold
	l.down = false
	l.latencies, l.next = nil, 0
	l.set(max(l.lowest, l.limit/2), s.ended)
}

func (l *limiter) set(limit int, now time.Time) {
	l.limit, l.changed, l.window = limit, now, window{}
}

func (l *limiter) remember(latency time.Duration) {
	if len(l.latencies) < sampleRing {
		l.latencies = append(l.latencies, latency)
		return
	}
	l.latencies[l.next] = latency
	l.next = (l.next + 1) % sampleRing
}

// p95 is the 95th percentile of the last latencies.
func (l *limiter) p95() time.Duration {
	if len(l.latencies) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(l.latencies))
	return sorted[(len(sorted)*95-1)/100]
}
