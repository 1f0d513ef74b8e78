package dhis2test_test

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// Exchanges with one concurrent tag were sent at the same moment, so what the
// recorded server answered depends on which of them validated before which
// committed. The recording does not say; but each such order, a schedule, is
// one the fake can be made to follow, through Options.Race. The rule:
//
//	A group is met when there is a schedule under which the fake gives every
//	request of the group exactly the recorded answer, and the reads that
//	follow the group, up to the next write, find exactly the recorded state.
//
// Otherwise the schedule with the fewest differences stands, and what differs
// under it is not met. A schedule puts the requests into rounds; those of one
// round all validate before the first of them commits, and then commit in
// order.
type schedule [][]int

// replayOptions sets a server up: requests race where the recording says so,
// and jobs can be held.
func replayOptions(options *dhis2test.Options) *jobHold {
	options.Race = func(r *http.Request) {
		if gate, ok := r.Context().Value(gateKey{}).(*raceGate); ok {
			close(gate.reached)
			<-gate.released
		}
	}
	hold := &jobHold{}
	options.JobStage = hold.enter
	return hold
}

var (
	rowNumbers = regexp.MustCompile(`Key \(([a-z, ]+)\)=\([0-9, ]+\)`)
	javaObject = regexp.MustCompile(`\{"class":"class ([\w.]+)", "hashCode":"-?\d+", "id":"\d+", "uid":"(\w+)"[^}]*\}`)
	portal     = regexp.MustCompile(`portal parameter \$\d+`)
	deadlocked = regexp.MustCompile(`(?s)^ERROR: deadlock detected.*`)
)

// importNoise takes out of a message what says nothing of the behaviour: row
// numbers, how Java prints an object, process numbers, where in the body
// Jackson 2.41 stood.
func importNoise(text string) string {
	text, _, _ = strings.Cut(text, "; nested exception is ")
	text = rowNumbers.ReplaceAllString(text, "Key ($1)=(ROW)")
	text = javaObject.ReplaceAllString(text, "$1 $2")
	text = portal.ReplaceAllString(text, "portal parameter")
	return deadlocked.ReplaceAllString(text, "ERROR: deadlock detected")
}

// raceGate holds one request between its validation and its commit.
type raceGate struct {
	reached, released chan struct{}
	done              chan struct{}
	reply             reply
}

type gateKey struct{}

// race finds a schedule for a group and lists what differs under it.
func (r *replay) race(t *testing.T, group []exchange) [][]string {
	t.Helper()
	thaw, asked := r.server.Freeze(), r.asked
	best, fewest := schedule(nil), -1
	try := func(s schedule) (met []bool) {
		thaw()
		r.asked = asked
		wrong := 0
		for _, differences := range r.follow(t, group, s) {
			wrong += len(differences)
			met = append(met, len(differences) == 0)
		}
		if wrong == 0 {
			for _, e := range r.readsAfter(len(group)) {
				wrong += len(r.compare(e, r.send(t, e)))
			}
		}
		if fewest < 0 || wrong < fewest {
			best, fewest = s, wrong
		}
		return met
	}
	for s := obvious(len(group), try); fewest != 0 && len(s) > 0; s = s[1:] {
		try(s[0])
	}
	thaw()
	r.asked = asked
	return r.follow(t, group, best)
}

// obvious tries to let every request go in the first round in which it gets
// its answer, and returns the schedules that are left to try.
func obvious(n int, try func(schedule) []bool) []schedule {
	round := make([]int, n)
	for range n {
		var s schedule
		for i, at := range round {
			for len(s) <= at {
				s = append(s, nil)
			}
			s[at] = append(s[at], i)
		}
		met := try(slices.DeleteFunc(s, func(r []int) bool { return len(r) == 0 }))
		if !slices.Contains(met, false) {
			break
		}
		for i, ok := range met {
			if !ok {
				round[i]++
			}
		}
	}
	return schedules(n)
}

// follow sends a group as a schedule says.
func (r *replay) follow(t *testing.T, group []exchange, s schedule) [][]string {
	t.Helper()
	out := make([][]string, len(group))
	for _, round := range s {
		gates := make([]*raceGate, len(round))
		for i, k := range round {
			gate := &raceGate{reached: make(chan struct{}), released: make(chan struct{}), done: make(chan struct{})}
			gates[i] = gate
			go func() {
				defer close(gate.done)
				gate.reply = r.sendIn(context.WithValue(t.Context(), gateKey{}, gate), t, group[k])
			}()
			select {
			case <-gate.reached:
			case <-gate.done: // it had nothing to commit
			}
		}
		for i, k := range round {
			close(gates[i].released)
			<-gates[i].done
			out[k] = r.compare(group[k], gates[i].reply)
		}
	}
	return out
}

// schedules are those that are tried for n requests, the likely ones first.
func schedules(n int) []schedule {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	var out []schedule
	// runs of the recorded order, which is that of the answers
	for cuts := range 1 << (n - 1) {
		var s schedule
		round := []int{0}
		for i := 1; i < n; i++ {
			if cuts>>(i-1)&1 == 1 {
				s = append(s, round)
				round = nil
			}
			round = append(round, i)
		}
		out = append(out, append(s, round))
	}
	// some first, the rest after them
	for first := 1; first < 1<<n-1; first++ {
		var s schedule = [][]int{nil, nil}
		for i := range n {
			round := 1 - first>>i&1
			s[round] = append(s[round], i)
		}
		backwards := slices.Clone(s[0])
		slices.Reverse(backwards)
		out = append(out, s, schedule{backwards, s[1]})
	}
	// all at once, another one commits first or last
	for i := range all {
		rest := slices.Delete(slices.Clone(all), i, i+1)
		out = append(out, schedule{append([]int{i}, rest...)}, schedule{append(rest, i)})
	}
	return out
}

// readsAfter are the reads between a group and the next write.
func (r *replay) readsAfter(n int) []exchange {
	var out []exchange
	for _, e := range r.exchanges[r.at+n:] {
		if e.Request.Method != http.MethodGet || e.Concurrent != "" {
			break
		}
		out = append(out, e)
	}
	return out
}

var locationHost = regexp.MustCompile(`"location": ?"http://([^/"]+)/`)

// otherHost is the Host a request was sent with: the recording keeps no Host
// header, but an answer that names a host has it from there.
func otherHost(e exchange) string {
	if m := locationHost.FindSubmatch(e.Response.Body); m != nil {
		return string(m[1])
	}
	return ""
}

// prepare is called before the exchange at i: a job is where the recorded one
// was when it was looked at, in the middle or done.
func (r *replay) prepare(exchanges []exchange, i int) {
	r.exchanges, r.at = exchanges, i
	e := exchanges[i]
	if r.hold.job != "" && e.Request.Method == http.MethodGet && strings.Contains(e.Request.Path, r.hold.job) && unfinished(e) != "" {
		r.hold.wait()
		return
	}
	r.hold.open()
	r.server.WaitJobs()
	if e.Request.Method != http.MethodPost {
		return
	}
	var accepted struct {
		Response struct{ ID string }
	}
	if json.Unmarshal(e.Response.Body, &accepted) != nil || accepted.Response.ID == "" {
		return
	}
	for _, later := range exchanges[i+1:] {
		if strings.Contains(later.Request.Path, accepted.Response.ID) {
			if stage := unfinished(later); stage != "" {
				r.hold.at(accepted.Response.ID, stage)
			}
			return
		}
	}
}

// unfinished is the stage a recorded job is in by an answer about it; empty
// when it is over.
func unfinished(e exchange) string {
	var list []struct {
		Message   string
		Completed bool
	}
	switch {
	case e.Response.Status == http.StatusNotFound:
		return "Running PreHeat"
	case json.Unmarshal(e.Response.Body, &list) != nil || len(list) == 0:
		return ""
	}
	for _, n := range list {
		if n.Completed {
			return ""
		}
	}
	return list[0].Message
}

// jobHold keeps a job in a stage.
type jobHold struct {
	mu                sync.Mutex
	job               string // as recorded; empty when none is held
	stage             string
	reached, released chan struct{}
}

func (h *jobHold) at(job, stage string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.job, h.stage = job, stage
	h.reached, h.released = make(chan struct{}), make(chan struct{})
}

// wait waits until the job is there.
func (h *jobHold) wait() {
	h.mu.Lock()
	reached := h.reached
	h.mu.Unlock()
	<-reached
}

// open lets the job go on.
func (h *jobHold) open() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.job != "" {
		close(h.released)
	}
	h.job, h.stage = "", ""
}

// enter is Options.JobStage.
func (h *jobHold) enter(_ context.Context, _, stage string) error {
	h.mu.Lock()
	held, reached, released := h.stage == stage, h.reached, h.released
	h.mu.Unlock()
	if held {
		close(reached)
		<-released
	}
	return nil
}
