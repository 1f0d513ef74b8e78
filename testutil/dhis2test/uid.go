package dhis2test

import (
	"fmt"
	"regexp"
)

var uidPattern = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9]{10}$`)

// uidSource makes the UIDs of objects that were sent without one. They are a
// plain count, so that two runs of a test get the same.
type uidSource struct{ n int }

func (u *uidSource) next() string {
	u.n++
	return fmt.Sprintf("g%010d", u.n)
}
