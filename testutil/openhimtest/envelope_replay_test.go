package openhimtest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/golden"
)

type envelopeCase struct {
	ID             string
	Request        golden.Request
	Channel        json.RawMessage
	ChannelRefused json.RawMessage
	Mediator       *golden.Answer
	Routes         map[string]*golden.Answer
	Client         golden.ClientAnswer
	Transaction    json.RawMessage
	MediatorCalls  int
	Worker         string
}

// long tells a case with bodies that take time to carry.
func (ec *envelopeCase) long() bool {
	const limit = 1 << 20
	body, err := ec.Request.Body.Bytes()
	if err == nil && len(body) > limit {
		return true
	}
	if ec.Mediator == nil {
		return false
	}
	body, err = ec.Mediator.Body.Bytes()
	return err == nil && len(body) > limit
}

// versions are those of the recordings.
func versions() []string { return []string{"8.5.0", "4.0.5"} }

// atOnce is how many cases run at the same time: they mostly wait.
const atOnce = 12

// share is the part of a file's cases that must be met.
const share = 0.95

// The cases the fake does not meet, by version, with the reason.
func unmetEnvelopes() map[string]map[string]string {
	return map[string]map[string]string{"8.5.0": {}, "4.0.5": {}}
}

func TestEnvelopeRecordings(t *testing.T) {
	t.Parallel()
	for _, version := range versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			rec := golden.Open(t, version, "envelope")
			golden.Replay(t, rec, unmetEnvelopes()[version], share, atOnce, func(c golden.Case) []string { return replayEnvelope(rec, c) })
		})
	}
}

func replayEnvelope(rec *golden.Recording, c golden.Case) []string {
	var ec envelopeCase
	if err := c.Decode(&ec); err != nil {
		return []string{err.Error()}
	}
	w, err := newReplay(rec, config{long: ec.long()}, func(got golden.Received) *golden.Answer {
		path, _, _ := strings.Cut(got.Target, "?")
		if rest, ok := strings.CutPrefix(path, "/secondary/"+ec.ID+"/"); ok {
			return ec.Routes[rest]
		}
		return ec.Mediator
	})
	if err != nil {
		return []string{err.Error()}
	}
	defer w.close()
	if accepted, diffs := w.channel(rec, ec.Channel, ec.ChannelRefused); !accepted {
		return diffs
	}
	answer, err := w.send(&ec.Request, ec.Client.Error)
	if err != nil {
		return []string{err.Error()}
	}
	died := ec.Worker == "died"
	diffs := w.transaction(ec.Transaction, died)
	diffs = append(diffs, ec.Client.Matches(w.names, answer)...)
	if n := len(w.mediator.Received()); n != ec.MediatorCalls {
		diffs = append(diffs, fmt.Sprintf("mediator was called %d times, want %d", n, ec.MediatorCalls))
	}
	if w.died() != died {
		diffs = append(diffs, fmt.Sprintf("worker %s is recorded, failures here: %v", ec.Worker, w.core.Failures()))
	}
	return diffs
}
