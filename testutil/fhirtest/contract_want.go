package fhirtest

import (
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"
)

// wantEqual fails the test unless both are equal.
func wantEqual[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %s, want %s", what, show(got), show(want))
	}
}

// wantTrue fails the test unless what is said is true.
func wantTrue(t *testing.T, what string, ok bool) {
	t.Helper()
	if !ok {
		t.Errorf("not true: %s", what)
	}
}

// wantText fails the test unless a member of the document has this text, as JSON where it
// is no string. A member that is absent has the text "".
func wantText(t *testing.T, doc, path, want string) {
	t.Helper()
	if got := gjson.Get(doc, path).String(); got != want {
		t.Errorf("%s: got %q, want %q in %s", path, got, want, show(doc))
	}
}

// wantRaw compares JSON as it is written.
func wantRaw(t *testing.T, doc, path, want string) {
	t.Helper()
	if got := gjson.Get(doc, path).Raw; got != want {
		t.Errorf("%s: got %s, want %s", path, show(got), show(want))
	}
}

// wantPart fails the test unless the text holds the part.
func wantPart(t *testing.T, what, text, part string) {
	t.Helper()
	if !strings.Contains(text, part) {
		t.Errorf("%s: got %s, which does not hold %q", what, show(text), part)
	}
}

// wantAbsent fails the test when the document has the member.
func wantAbsent(t *testing.T, doc, path string) {
	t.Helper()
	if got := gjson.Get(doc, path); got.Exists() {
		t.Errorf("%s: got %s, want none", path, show(got.Raw))
	}
}

// wantCount fails the test unless a list has this many elements.
func wantCount(t *testing.T, doc, path string, want int) {
	t.Helper()
	if got := len(gjson.Get(doc, path).Array()); got != want {
		t.Errorf("%s: got %d elements, want %d in %s", path, got, want, show(doc))
	}
}

// askAgain is how often a waiting fact asks.
const askAgain = 50 * time.Millisecond

// until asks until done, and ends the test when its patience does.
func (c *contract) until(t *testing.T, what string, done func() (ok bool, state string)) {
	t.Helper()
	deadline := time.NewTimer(c.target.Patience)
	defer deadline.Stop()
	ticker := time.NewTicker(askAgain)
	defer ticker.Stop()
	for {
		ok, state := done()
		if ok {
			return
		}
		select {
		case <-ticker.C:
		case <-deadline.C:
			t.Fatalf("waited %s in vain for %s; last seen: %s", c.target.Patience, what, show(state))
		}
	}
}
