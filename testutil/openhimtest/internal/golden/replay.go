package golden

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
)

// Replay runs every case and reports one subtest each. check gives the
// differences between the recording and the fake; none: met.
//
// The cases in unmet (id → reason) are known not to be met: the test fails when
// one of them passes, when another one fails, and when fewer than the share
// minimum (0..1) of all are met. At the end one line
// `conformance: openhim-core/<version>/<name> passed/total` is printed.
//
// workers cases run at the same time; check must be safe for that. Timeouts of the
// recordings are real seconds, which a busy machine can miss with many cases at
// once: a case that differs is run once more by itself, and that run counts.
func Replay(t *testing.T, rec *Recording, unmet map[string]string, minimum float64, workers int, check func(Case) []string) {
	t.Helper()
	results := make([][]string, len(rec.Cases))
	next := make(chan int)
	var pool sync.WaitGroup
	for range max(workers, 1) {
		pool.Go(func() {
			for i := range next {
				results[i] = guarded(rec.Cases[i], check)
			}
		})
	}
	for i := range rec.Cases {
		next <- i
	}
	close(next)
	pool.Wait()
	again(rec, results, check)

	passed := 0
	for i, c := range rec.Cases {
		diffs := results[i]
		if len(diffs) == 0 {
			passed++
		}
		t.Run(c.ID, func(t *testing.T) { judge(t, c, diffs, unmet) })
	}
	// The line is read by tools: exactly this text, on standard output.
	_, _ = fmt.Fprintf(os.Stdout, "conformance: openhim-core/%s/%s %d/%d\n", rec.Version, rec.Name, passed, len(rec.Cases))
	if float64(passed) < minimum*float64(len(rec.Cases)) {
		t.Errorf("%d of %d cases of %s/%s are met, at least %.0f %% are required",
			passed, len(rec.Cases), rec.Version, rec.Name, minimum*100)
	}
}

// again runs the cases that differ once more, one at a time. When many differ, it
// is not for want of time.
func again(rec *Recording, results [][]string, check func(Case) []string) {
	var differ []int
	for i, diffs := range results {
		if len(diffs) > 0 {
			differ = append(differ, i)
		}
	}
	if len(differ) > 10+len(results)/20 {
		return
	}
	for _, i := range differ {
		results[i] = guarded(rec.Cases[i], check)
	}
}

func judge(t *testing.T, c Case, diffs []string, unmet map[string]string) {
	t.Helper()
	reason, listed := unmet[c.ID]
	switch {
	case listed && len(diffs) == 0:
		t.Errorf("%s (%s) is met now: take it from the list of unmet cases", c.ID, c.Title)
	case listed:
		t.Skipf("known not to be met: %s\n%s", reason, strings.Join(diffs, "\n"))
	case len(diffs) > 0:
		t.Errorf("%s (%s):\n%s", c.ID, c.Title, strings.Join(diffs, "\n"))
	}
}

func guarded(c Case, check func(Case) []string) (diffs []string) {
	defer func() {
		if p := recover(); p != nil {
			diffs = []string{fmt.Sprintf("panic: %v", p)}
		}
	}()
	return check(c)
}
