package openhimtest

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"
)

// object is a JSON object.
type object = map[string]any

// absent is the value of a member that shall not be there.
type absent struct{}

// with gives the members of base, replaced and extended by those of changes.
func with(base, changes object) object {
	out := object{}
	for _, members := range []object{base, changes} {
		for name, value := range members {
			if _, gone := value.(absent); gone {
				delete(out, name)
			} else {
				out[name] = value
			}
		}
	}
	return out
}

// wantEqual fails the test unless both are deeply equal.
func wantEqual(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got %s, want %s", what, show(got), show(want))
	}
}

// wantContains fails the test unless the text holds the part.
func wantContains(t *testing.T, what, text, part string) {
	t.Helper()
	if !strings.Contains(text, part) {
		t.Errorf("%s: got %s, which does not hold %q", what, show(text), part)
	}
}

// wantTrue fails the test unless what is said is true.
func wantTrue(t *testing.T, what string, ok bool) {
	t.Helper()
	if !ok {
		t.Errorf("not true: %s", what)
	}
}

// wantText fails the test unless a member of the document has this text, as JSON where
// it is no string. A member that is absent has the text "".
func wantText(t *testing.T, doc gjson.Result, path, want string) {
	t.Helper()
	if got := doc.Get(path).String(); got != want {
		t.Errorf("%s: got %s, want %q", path, show(got), want)
	}
}

// wantAbsent fails the test when the document has the member, unless it is null.
func wantAbsent(t *testing.T, doc gjson.Result, path string) {
	t.Helper()
	if got := doc.Get(path); got.Exists() && got.Type != gjson.Null {
		t.Errorf("%s: got %s, want none", path, show(got.Raw))
	}
}

// wantLength fails the test unless the list has this many elements.
func wantLength(t *testing.T, doc gjson.Result, path string, want int) {
	t.Helper()
	if got := len(doc.Get(path).Array()); got != want {
		t.Errorf("%s: got %d elements, want %d", path, got, want)
	}
}

// askAgain is how often a waiting test asks.
const askAgain = 20 * time.Millisecond

// until asks until done, and fails the test when its patience ends; state tells what was
// seen last.
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

// show is how a value looks in a message, cut to a line or two.
func show(value any) string {
	const most = 400
	text := fmt.Sprintf("%#v", value)
	if len(text) > most {
		text = text[:most] + "…"
	}
	return text
}
