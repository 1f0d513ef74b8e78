package main

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/openhim/mediator-go/mapping/source"
)

// progress tells how far a long input is. It is told by whoever reads, so reading needs no
// goroutine; a source that hangs shows the same line until it goes on. While a JSON input is
// mapped, which is one step, during tells how long it takes.
type progress struct {
	w       printer
	now     func() time.Time
	started time.Time
	last    time.Time
	every   time.Duration
	line    bool // a person sees it: the line is written over
	whole   bool // the input is read whole: there are no records
	records int
	bytes   int64
	shown   bool
}

// newProgress returns nil if nothing is to be told.
func (s *session) newProgress(when string) *progress {
	seen := s.terminal(s.stderr)
	if when == "never" || when == "auto" && !seen {
		return nil
	}
	p := &progress{w: s.err, now: s.now, started: s.now(), every: 10 * time.Second, line: seen}
	if seen {
		p.every = 500 * time.Millisecond
	}
	p.last = p.started
	return p
}

// tick counts a record, and now and then looks at the clock.
func (p *progress) tick() {
	if p.records++; p.records&0xff == 0 {
		p.due()
	}
}

// due tells how far it is, if that is longer ago than it should be.
func (p *progress) due() {
	now := p.now()
	if now.Sub(p.last) < p.every {
		return
	}
	p.last = now
	p.show(now)
}

func (p *progress) show(now time.Time) { p.print(p.text(now)) }

func (p *progress) print(text string) {
	p.shown = true
	begin, end := "", "\n"
	if p.line {
		begin, end = "\r\x1b[K", ""
	}
	p.w.printf("%s%s%s", begin, text, end)
}

// during tells of a step that takes long until stop is called, which has to be.
func (p *progress) during(doing string) (stop func()) {
	if p == nil {
		return func() {}
	}
	begun, ended := p.now(), make(chan struct{})
	var told sync.WaitGroup
	told.Go(func() {
		ticker := time.NewTicker(p.every)
		defer ticker.Stop()
		for {
			select {
			case <-ended:
				return
			case <-ticker.C:
				p.print(fmt.Sprintf("%s %.1f MB, %s", doing, float64(p.bytes)/1e6, p.now().Sub(begun).Round(time.Second)))
			}
		}
	})
	return func() {
		close(ended)
		told.Wait()
	}
}

func (p *progress) text(now time.Time) string {
	if p.whole {
		return fmt.Sprintf("read %.1f MB", float64(p.bytes)/1e6)
	}
	text := fmt.Sprintf("%s, %.1f MB", count(p.records, "record"), float64(p.bytes)/1e6)
	if seconds := now.Sub(p.started).Seconds(); seconds > 0 {
		text += fmt.Sprintf(", %s/s", count(int(float64(p.records)/seconds), "record"))
	}
	return text
}

// done takes the line away, or tells the end.
func (p *progress) done() {
	switch {
	case p == nil || !p.shown:
	case p.whole && !p.line:
	case p.line:
		p.w.print("\r\x1b[K")
	default:
		p.show(p.now())
	}
}

// reader counts the bytes of an input.
func (p *progress) reader(r io.Reader) io.Reader {
	if p == nil {
		return r
	}
	return &countingReader{r, p}
}

type countingReader struct {
	io.Reader
	progress *progress
}

// Read counts what it reads.
func (r *countingReader) Read(into []byte) (int, error) {
	n, err := r.Reader.Read(into)
	if r.progress.bytes += int64(n); r.progress.whole {
		r.progress.due()
	}
	return n, err
}

// source counts the records of a source.
func (p *progress) source(r source.Reader) source.Reader {
	if p == nil {
		return r
	}
	return &countingSource{r, p}
}

type countingSource struct {
	source.Reader
	progress *progress
}

// Next counts the record it returns.
func (s *countingSource) Next(ctx context.Context) ([]byte, error) {
	record, err := s.Reader.Next(ctx)
	s.progress.tick()
	return record, err
}
