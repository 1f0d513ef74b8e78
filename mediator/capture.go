package mediator

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode/utf8"
)

// capture keeps the first bytes of a body that streams past it. The nil
// capture keeps nothing. Safe for concurrent use.
type capture struct {
	limit int

	mu    sync.Mutex
	kept  []byte
	total int64
}

func (c *capture) add(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.total += int64(len(b))
	if room := c.limit - len(c.kept); room > 0 {
		c.kept = append(c.kept, b[:min(room, len(b))]...)
	}
}

// text is what was kept, cut to the budget, and what is left of the budget.
func (c *capture) text(budget int) (text string, left int) {
	if c == nil {
		return "", budget
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.total == 0 {
		return "", budget
	}
	kept := c.kept[:min(len(c.kept), max(budget, 0))]
	cut := int64(len(kept)) < c.total
	if cut { // not inside a character
		for i := 0; i < utf8.UTFMax && len(kept) > 0; i++ {
			if r, n := utf8.DecodeLastRune(kept); r != utf8.RuneError || n != 1 {
				break
			}
			kept = kept[:len(kept)-1]
		}
	}
	if !utf8.Valid(kept) {
		return fmt.Sprintf("[%d bytes that are no text]", c.total), budget
	}
	left = budget - len(kept)
	if cut {
		return string(kept) + truncated, left
	}
	return string(kept), left
}

// tee is a body that is captured while somebody reads it.
type tee struct {
	io.ReadCloser
	to   *capture // may be nil
	done func(error)
	once sync.Once
}

// Read implements io.Reader.
func (t *tee) Read(p []byte) (int, error) {
	n, err := t.ReadCloser.Read(p)
	if n > 0 && t.to != nil {
		t.to.add(p[:n])
	}
	if err != nil {
		t.finish(err)
	}
	return n, err
}

// Close implements io.Closer.
func (t *tee) Close() error {
	err := t.ReadCloser.Close()
	t.finish(nil)
	return err
}

func (t *tee) finish(err error) {
	if t.done == nil {
		return
	}
	t.once.Do(func() {
		if err == io.EOF { //nolint:errorlint // readers return io.EOF itself
			err = nil
		}
		t.done(err)
	})
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %s", n, what+"s")
}

// oneLine is s without line breaks and control characters.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}
