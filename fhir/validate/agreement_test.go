package validate_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/openhim/mediator-go/fhir"
)

var (
	comment   = regexp.MustCompile(`/\*.*?\*/`)
	ofType    = regexp.MustCompile(`\.ofType\([A-Za-z0-9]+\)|\[x\]|\[url='[^']*'\]`)
	lastIndex = regexp.MustCompile(`\[\d+\]$`)
)

// plain strips a place of what writers differ in.
func plain(at string) string {
	at = strings.TrimSpace(strings.ReplaceAll(at, "`", ""))
	return lastIndex.ReplaceAllString(ofType.ReplaceAllString(comment.ReplaceAllString(at, ""), ""), "")
}

func parent(at string) string {
	if i := strings.LastIndexByte(at, '.'); i >= 0 {
		return lastIndex.ReplaceAllString(at[:i], "")
	}
	return at
}

// samePlace: equal, or one is the other's parent.
func samePlace(ours, theirs string) bool {
	if theirs == "" || theirs == "$" {
		return true
	}
	ours, theirs = plain(ours), plain(theirs)
	return ours == theirs || parent(ours) == theirs || ours == parent(theirs)
}

// verdict says how an outcome agrees with what is expected: "" or what is wrong.
func disagreement(outcome fhir.OperationOutcome, valid bool, errors []expectedError) string {
	var ours []string
	for _, issue := range outcome.Issues {
		if !issue.IsError() {
			continue
		}
		place := ""
		if len(issue.Expression) > 0 {
			place = issue.Expression[0]
		}
		ours = append(ours, place+" "+issue.Code+" "+issue.Details)
		for _, want := range errors {
			if !valid && (place == "" || samePlace(place, want.At)) {
				return ""
			}
		}
	}
	switch {
	case valid && len(ours) == 0:
		return ""
	case valid:
		return "should be valid: " + strings.Join(ours, " | ")
	case len(ours) == 0:
		return "should be invalid: " + wanted(errors)
	case len(errors) == 0:
		return ""
	default:
		return "error at another place: " + strings.Join(ours, " | ") + "\n      want: " + wanted(errors)
	}
}

func wanted(errors []expectedError) string {
	var list []string
	for _, e := range errors {
		list = append(list, e.At+" "+e.ID+" "+e.Message)
	}
	return strings.Join(list, " | ")
}

// tally counts agreement over many cases. known are the cases that do not agree, with the reason.
type tally struct {
	name  string
	known map[string]string

	mu            sync.Mutex
	passed, total int
	apart         map[string][2]int
	seen          map[string]bool     // of the known cases: does it agree?
	byKind        map[string][]string // what disagrees and is not known
}

func newTally(name string, known map[string]string) *tally {
	return &tally{name: name, known: known, apart: map[string][2]int{}, seen: map[string]bool{}, byKind: map[string][]string{}}
}

// add notes how a case came out: wrong is "" or what disagrees; apart says why it does not count, "" when it does.
func (c *tally) add(kind, id, wrong, apart string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if apart != "" {
		n := c.apart[apart]
		n[1]++
		if wrong == "" {
			n[0]++
		}
		c.apart[apart] = n
		return
	}
	c.total++
	if wrong == "" {
		c.passed++
	}
	if _, known := c.known[id]; known {
		before, met := c.seen[id]
		c.seen[id] = wrong == "" && (before || !met) // some names stand for two cases
	} else if wrong != "" {
		c.byKind[kind] = append(c.byKind[kind], id+": "+wrong)
	}
}

// finish prints the count, and fails for too few, for known cases that agree by now, and, where the corpus is the one that the table of
// known cases was written for, for others that do not.
func (c *tally) finish(t *testing.T, least float64) {
	t.Helper()
	fmt.Printf("conformance: %s %d/%d\n", c.name, c.passed, c.total)
	for apart, n := range c.apart {
		t.Logf("%s, not counted: %s, %d of %d agree", c.name, apart, n[0], n[1])
	}
	if share := float64(c.passed) / float64(c.total); share < least {
		t.Errorf("%.1f %% agree, at least %.1f %% should", 100*share, 100*least)
	}
	for id, agrees := range c.seen {
		if agrees {
			t.Errorf("%s agrees by now: take it out of the table", id)
		}
	}
	sameCorpus := len(c.seen) == len(c.known)
	for kind, list := range c.byKind {
		t.Run(kind, func(t *testing.T) {
			slices.Sort(list)
			if sameCorpus {
				t.Errorf("%d disagree:\n%s", len(list), strings.Join(list, "\n"))
			} else if os.Getenv("VERBOSE") != "" {
				t.Logf("%d disagree:\n%s", len(list), strings.Join(list, "\n"))
			}
		})
	}
}
