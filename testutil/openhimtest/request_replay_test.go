package openhimtest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/openhim/mediator-go/testutil/openhimtest"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/golden"
)

type requestCase struct {
	ID               string
	Request          *golden.Request
	Channel          json.RawMessage
	ChannelRefused   json.RawMessage
	Answer           *golden.Answer
	MediatorReceived []golden.Received
	Client           *golden.ClientAnswer
	Transaction      json.RawMessage
	Rerun            *rerunCase
	Polled           bool
}

type rerunCase struct {
	Request struct {
		Method, Path string
		JSON         json.RawMessage
	}
	Response struct {
		Status      int
		ContentType string
		Text        string
	}
	MediatorReceived []golden.Received
	Original         json.RawMessage
	Child            json.RawMessage
	Task             json.RawMessage
}

// The cases the fake does not meet, by version, with the reason.
func unmetRequests() map[string]map[string]string {
	return map[string]map[string]string{"8.5.0": {}, "4.0.5": {}}
}

func TestRequestRecordings(t *testing.T) {
	t.Parallel()
	for _, version := range versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			rec := golden.Open(t, version, "request")
			golden.Replay(t, rec, unmetRequests()[version], share, atOnce, func(c golden.Case) []string { return replayRequest(rec, c) })
		})
	}
}

// pollingHost is the Host the recorded core sent to itself; the port is a setting of
// that core and stands in the recording as it was.
func (rc *requestCase) pollingHost() string {
	var tx struct {
		Request struct{ Headers struct{ Host string } }
	}
	if !rc.Polled || json.Unmarshal(rc.Transaction, &tx) != nil {
		return ""
	}
	return tx.Request.Headers.Host
}

func replayRequest(rec *golden.Recording, c golden.Case) []string {
	var rc requestCase
	if err := c.Decode(&rc); err != nil {
		return []string{err.Error()}
	}
	answer := rc.Answer
	if answer == nil {
		answer = &golden.Answer{}
		if err := rec.Decode("defaultAnswer", answer); err != nil {
			return []string{err.Error()}
		}
	}
	if rc.Client != nil && rc.Client.Body != nil && rc.Client.Body.Text != nil && *rc.Client.Body.Text == "recorder: no answer" {
		answer = nil // the recorder's mediator did not know the path
	}
	w, err := newReplay(rec, config{polling: rc.pollingHost()}, func(golden.Received) *golden.Answer { return answer })
	if err != nil {
		return []string{err.Error()}
	}
	defer w.close()
	if answer != nil {
		if answer, err = expand(answer, w.names); err != nil {
			return []string{err.Error()}
		}
	}
	if accepted, diffs := w.channel(rec, rc.Channel, rc.ChannelRefused); !accepted {
		return diffs
	}
	if rc.Polled {
		return w.polled(&rc)
	}
	got, err := w.send(rc.Request, rc.Client.Error)
	if err != nil {
		return []string{err.Error()}
	}
	diffs := w.transaction(rc.Transaction, false)
	diffs = append(diffs, rc.Client.Matches(w.names, got)...)
	diffs = append(diffs, w.received(rc.MediatorReceived, 0)...)
	if rc.Rerun != nil && len(diffs) == 0 {
		diffs = w.rerun(rc.Rerun, len(rc.MediatorReceived))
	}
	return diffs
}

// expand replaces names in an answer.
func expand(answer *golden.Answer, names *golden.Bindings) (*golden.Answer, error) {
	raw, err := json.Marshal(answer)
	if err != nil {
		return nil, err
	}
	out := &golden.Answer{}
	// json.Marshal escapes "<" and ">"; names are found without.
	text := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(string(raw))
	return out, json.Unmarshal([]byte(names.Expand(text)), out)
}

// received compares what the mediator got from the request number skip on.
func (w *replay) received(want []golden.Received, skip int) []string {
	got := w.mediator.Received()[skip:]
	if len(got) != len(want) {
		return []string{fmt.Sprintf("mediator got %d requests, want %d", len(got), len(want))}
	}
	var diffs []string
	for i := range want {
		diffs = append(diffs, w.names.MatchReceived(want[i], got[i])...)
	}
	return diffs
}

func (w *replay) polled(rc *requestCase) []string {
	channel, _ := w.names.Get("channel")
	if _, err := w.core.Poll(context.Background(), channel, time.Now()); err != nil {
		return []string{err.Error()}
	}
	return append(w.transaction(rc.Transaction, false), w.received(rc.MediatorReceived, 0)...)
}

func (w *replay) rerun(rc *rerunCase, before int) []string {
	status, text, err := w.call(rc.Request.Method, rc.Request.Path, w.names.Expand(string(rc.Request.JSON)))
	if err != nil {
		return []string{err.Error()}
	}
	if status != rc.Response.Status || status != http.StatusCreated {
		return []string{fmt.Sprintf("POST /tasks: want %d, got %d %s", rc.Response.Status, status, text)}
	}
	if diff := w.names.MatchText(rc.Response.Text, text); diff != "" {
		return []string{"POST /tasks: " + diff}
	}
	const patience = 3 * time.Second
	return await(patience, func() []string {
		_, children := w.transactions()
		var diffs []string
		switch {
		case len(rc.Child) == 0 || string(rc.Child) == "null":
			if len(children) > 0 {
				diffs = append(diffs, "a child was stored")
			}
		case len(children) != 1:
			return []string{fmt.Sprintf("%d children were stored", len(children))}
		default:
			var child struct {
				ID string `json:"_id"`
			}
			if err := json.Unmarshal(children[0], &child); err != nil {
				return []string{err.Error()}
			}
			w.names.Set("child", child.ID)
			diffs = prefixed("child", w.names.MatchJSON(rc.Child, children[0], "routes"))
		}
		originals, _ := w.transactions()
		diffs = append(diffs, prefixed("original", w.names.MatchJSON(rc.Original, originals[0], "routes"))...)
		if tasks := w.core.Raw(openhimtest.RawTasks); len(tasks) == 1 {
			diffs = append(diffs, prefixed("task", w.matchTask(rc.Task, tasks[0]))...)
		} else {
			diffs = append(diffs, fmt.Sprintf("%d tasks", len(tasks)))
		}
		return append(diffs, w.received(rc.MediatorReceived, before)...)
	})
}

// matchTask compares a task as GET /tasks/:id gives it: with the number of its
// filtered transactions, which is not stored.
func (w *replay) matchTask(want, got []byte) []string {
	var doc map[string]any
	if err := json.Unmarshal(got, &doc); err != nil {
		return []string{err.Error()}
	}
	if list, ok := doc["transactions"].([]any); ok {
		doc["totalFilteredTransactions"] = len(list)
	}
	text, err := json.Marshal(doc)
	if err != nil {
		return []string{err.Error()}
	}
	return w.names.MatchJSON(want, text)
}

func prefixed(prefix string, diffs []string) []string {
	out := make([]string, len(diffs))
	for i, d := range diffs {
		out[i] = prefix + ": " + d
	}
	return out
}
