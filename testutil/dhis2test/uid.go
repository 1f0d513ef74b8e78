package dhis2test

import (
	"fmt"
	"regexp"
	"sync/atomic"
)

var uidPattern = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9]{10}$`)

// isUID is uidPattern without its price: an import asks it for every object.
func isUID(text string) bool {
	if len(text) != len("g0000000001") {
		return false
	}
	for i := range len(text) {
		c := text[i] | 0x20 // lower case
		letter := c >= 'a' && c <= 'z'
		if !letter && (i == 0 || text[i] < '0' || text[i] > '9') {
			return false
		}
	}
	return true
}

// uidSource makes the UIDs of objects that were sent without one. They are a
// plain count, so that two runs of a test get the same. It is safe for
// concurrent use.
type uidSource struct{ n atomic.Int64 }

func (u *uidSource) next() string { return fmt.Sprintf("g%010d", u.n.Add(1)) }
