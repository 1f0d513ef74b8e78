package openhim_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mediator/openhim"
)

// stored is a core's transaction as a document: it takes updates as MongoDB
// does, and writes its own copy at copyAt, over what was written before.
type stored struct {
	doc      map[string]any
	copyAt   time.Time
	statusAt time.Time // when the core writes its own status
	puts     int
	refuse   func(put int) int // a status for a PUT, 0 for the usual
}

func (s *stored) settle() {
	if !s.copyAt.IsZero() && !time.Now().Before(s.copyAt) {
		s.copyAt = time.Time{}
		s.doc["response"] = map[string]any{"status": 202, "timestamp": "2026-01-02T03:04:05.000Z"}
		s.doc["orchestrations"] = []any{map[string]any{"name": "core's own", "request": map[string]any{"timestamp": "2026-01-02T03:04:05.000Z"}}}
		s.doc["status"] = "Processing"
	}
	if !s.statusAt.IsZero() && !time.Now().Before(s.statusAt) {
		s.statusAt = time.Time{}
		s.doc["status"] = "Processing"
	}
}

func (s *stored) put(update map[string]any) {
	for key, value := range update {
		switch {
		case key == "$push":
			each := value.(map[string]any)["orchestrations"].(map[string]any)["$each"].([]any)
			list, _ := s.doc["orchestrations"].([]any)
			s.doc["orchestrations"] = append(list, each...)
		case strings.HasPrefix(key, "properties."):
			p, ok := s.doc["properties"].(map[string]any)
			if !ok {
				p = map[string]any{}
				s.doc["properties"] = p
			}
			p[strings.TrimPrefix(key, "properties.")] = value
		default:
			s.doc[key] = value
		}
	}
}

// serve puts s into a core.
func (s *stored) serve(c *core) {
	path := " /transactions/" + id(1)
	s.doc["_id"] = id(1)
	c.on("GET"+path, func(w http.ResponseWriter, _ *http.Request) {
		s.settle()
		document(w, s.doc)
	})
	c.on("PUT"+path, func(w http.ResponseWriter, r *http.Request) {
		s.settle()
		s.puts++
		if s.refuse != nil {
			if status := s.refuse(s.puts); status != 0 {
				text(w, status, "no")
				return
			}
		}
		b, _ := io.ReadAll(r.Body)
		var update map[string]any
		_ = json.Unmarshal(b, &update)
		s.put(update)
		text(w, 200, "Transaction successfully updated")
	})
}

func result() openhim.Update {
	at := openhim.At(sometime)
	return openhim.Update{
		Status:   openhim.StatusSuccessful,
		Response: &openhim.Response{Status: 200, Body: "done", Timestamp: at},
		PushOrchestrations: []openhim.Orchestration{
			{Name: "one", Request: openhim.Request{Host: "h", Port: "80", Timestamp: at}, Response: &openhim.Response{Status: 200, Timestamp: at}},
			{Name: "same", Request: openhim.Request{Timestamp: at}},
			{Name: "same", Request: openhim.Request{Timestamp: at}},
		},
		SetProperties: openhim.Properties{"n": 1, "list": []string{"a"}},
		Error:         &openhim.Error{Message: "m"},
	}
}

func names(doc map[string]any) (out []string) {
	list, _ := doc["orchestrations"].([]any)
	for _, o := range list {
		out = append(out, o.(map[string]any)["name"].(string))
	}
	return out
}

func TestFinishWaitsForTheCoresOwnCopy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCore("8.5.0")
		s := &stored{doc: map[string]any{"status": "Processing"}, copyAt: time.Now().Add(5 * time.Second)}
		s.serve(c)
		require.NoError(t, c.api(t, nil).FinishTransaction(t.Context(), id(1), result()))
		assert.Equal(t, 1, s.puts)
		assert.Equal(t, "Successful", s.doc["status"])
		assert.Equal(t, []string{"core's own", "one", "same", "same"}, names(s.doc))
		assert.Equal(t, map[string]any{"n": 1.0, "list": []any{"a"}}, s.doc["properties"])
	})
}

func TestFinishSendsAgainWhatWasNotKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCore("8.5.0")
		s := &stored{
			doc:      map[string]any{"status": "Processing", "response": map[string]any{"status": 202}},
			statusAt: time.Now().Add(150 * time.Millisecond),
		}
		s.serve(c)
		require.NoError(t, c.api(t, nil).FinishTransaction(t.Context(), id(1), result()))
		assert.Equal(t, 2, s.puts)
		assert.JSONEq(t, `{"status":"Successful"}`, c.body("PUT /transactions/"+id(1)), "only what is missing")
		assert.Equal(t, []string{"one", "same", "same"}, names(s.doc))
	})
}

func TestFinishTwiceIsFinishOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCore("8.5.0")
		s := &stored{doc: map[string]any{"response": map[string]any{"status": 202}}}
		s.serve(c)
		api := c.api(t, nil)
		require.NoError(t, api.FinishTransaction(t.Context(), id(1), result()))
		require.NoError(t, api.FinishTransaction(t.Context(), id(1), result()))
		assert.Equal(t, 1, s.puts)
		assert.Equal(t, []string{"one", "same", "same"}, names(s.doc))
	})
}

func TestFinishDoesNotPushTwiceWhenAnAnswerIsLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCore("8.5.0")
		s := &stored{doc: map[string]any{"response": map[string]any{"status": 202}}}
		s.serve(c)
		lost := false
		api := c.api(t, func(cfg *openhim.Config) {
			cfg.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
				res, err := c.RoundTrip(r)
				if r.Method == http.MethodPut && !lost {
					lost = true
					return nil, io.ErrUnexpectedEOF
				}
				return res, err
			})
		})
		require.NoError(t, api.FinishTransaction(t.Context(), id(1), result()))
		assert.Equal(t, 1, s.puts)
		assert.Equal(t, []string{"one", "same", "same"}, names(s.doc))
	})
}

func TestFinishPushesOnceForAUserWhoMayNotSeeOrchestrations(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCore("8.5.0")
		s := &stored{doc: map[string]any{"response": map[string]any{"status": 202}}}
		s.serve(c)
		c.on("GET /transactions/"+id(1), func(w http.ResponseWriter, _ *http.Request) {
			seen := maps.Clone(s.doc)
			delete(seen, "orchestrations")
			document(w, seen)
		})
		require.NoError(t, c.api(t, nil).FinishTransaction(t.Context(), id(1), result()))
		assert.Equal(t, 1, s.puts)
		assert.Equal(t, []string{"one", "same", "same"}, names(s.doc))
	})
}

func TestFinishSaysWhatTheCoreDidNotKeep(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCore("8.5.0")
		s := &stored{
			doc:    map[string]any{"response": map[string]any{"status": 202}},
			refuse: func(int) int { return 500 },
		}
		s.serve(c)
		err := c.api(t, nil).FinishTransaction(t.Context(), id(1), result())
		var kept *openhim.NotKeptError
		require.ErrorAs(t, err, &kept)
		assert.Equal(t, id(1), kept.ID)
		assert.Equal(t, []string{"status", "response", "orchestrations", "properties", "error"}, kept.Missing)
		assert.True(t, openhim.Retryable(err))
		assert.True(t, openhim.ReachedCore(err))
		assert.Equal(t, 8, s.puts, "bounded")
		var status *openhim.StatusError
		require.ErrorAs(t, err, &status)
	})
}

func TestFinishEndsAtOnceWhenItMust(t *testing.T) {
	t.Parallel()
	t.Run("the core forbids it", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c := newCore("8.5.0")
			s := &stored{doc: map[string]any{"response": map[string]any{"status": 202}}, refuse: func(int) int { return 403 }}
			s.serve(c)
			err := c.api(t, nil).FinishTransaction(t.Context(), id(1), result())
			assert.True(t, openhim.IsForbidden(err))
			assert.Equal(t, 1, s.puts)
		})
	})
	t.Run("there is no such transaction", func(t *testing.T) {
		t.Parallel()
		err := newCore("8.5.0").api(t, nil).FinishTransaction(t.Context(), id(9), result())
		assert.True(t, openhim.IsNotFound(err))
	})
	t.Run("the context ends", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c := newCore("8.5.0")
			s := &stored{doc: map[string]any{}}
			s.serve(c)
			reason := errors.New("shutting down")
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(time.Second, func() { cancel(reason) })
			started := time.Now()
			err := c.api(t, nil).FinishTransaction(ctx, id(1), result())
			require.ErrorIs(t, err, reason)
			assert.Equal(t, time.Second, time.Since(started))
		})
	})
	t.Run("the update is invalid", func(t *testing.T) {
		t.Parallel()
		api := newCore("8.5.0").api(t, nil)
		assert.Equal(t, []string{"id"}, fields(t, api.FinishTransaction(t.Context(), "xyz", result())))
		u := result()
		u.Status, u.SetProperties = "Banana", openhim.Properties{"": 1, "a.b": 1}
		u.PushOrchestrations[0].Name = ""
		assert.Equal(t, []string{"status", "orchestrations[0].name", "properties", "properties.a.b"},
			fields(t, api.FinishTransaction(t.Context(), id(1), u)))
	})
}

func TestFinishWithoutTheCoresCopyGivesUpWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCore("8.5.0")
		s := &stored{doc: map[string]any{"status": "Processing"}} // the save was refused
		s.serve(c)
		require.NoError(t, c.api(t, nil).FinishTransaction(t.Context(), id(1), openhim.Update{Status: openhim.StatusFailed}))
		assert.Equal(t, "Failed", s.doc["status"])
	})
}

func TestCompletedFinishesNothingOnAnAsynchronousChannel(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCore("8.5.0")
		s := &stored{doc: map[string]any{"status": "Pending Async", "response": map[string]any{"status": 202}}}
		s.serve(c)
		require.NoError(t, c.api(t, nil).FinishTransaction(t.Context(), id(1), openhim.Update{Status: openhim.StatusCompleted}))
		assert.Equal(t, "Completed with error(s)", s.doc["status"])
	})
}

func TestUpdateIsWrittenInTheRecordedForms(t *testing.T) {
	t.Parallel()
	at := openhim.At(sometime)
	b, err := json.Marshal(openhim.Update{
		Status: openhim.StatusFailed, SetProperties: openhim.Properties{"k": "v"}, Error: &openhim.Error{Message: "E", Stack: "S"},
		PushOrchestrations: []openhim.Orchestration{{Name: "pushed", Request: openhim.Request{Host: "h", Timestamp: at}}},
		Response:           &openhim.Response{Status: 200, Body: "b", Timestamp: at},
	})
	require.NoError(t, err)
	assert.JSONEq(t, `{
		"status": "Failed", "properties.k": "v", "error": {"message":"E","stack":"S"},
		"response": {"status":200,"headers":{},"body":"b","timestamp":"2026-01-02T03:04:05.678Z"},
		"$push": {"orchestrations": {"$each": [{"name":"pushed","request":{"host":"h","timestamp":"2026-01-02T03:04:05.678Z"}}]}}
	}`, string(b))
	b, err = json.Marshal(openhim.Update{})
	require.NoError(t, err)
	assert.Equal(t, `{}`, string(b))
}

// TestUpdatesAreKeptAsRecorded looks at what real cores made of the forms an
// Update uses.
func TestUpdatesAreKeptAsRecorded(t *testing.T) {
	t.Parallel()
	checked := 0
	for _, rec := range recordings(t, "api") {
		for _, c := range rec.Cases {
			var put json.RawMessage
			for _, s := range c.Steps {
				switch {
				case s.Request.Method == http.MethodPut && s.Reply.Status == 200:
					put = s.Request.JSON
				case s.Request.Method == http.MethodGet && put != nil && len(s.Reply.JSON) > 0:
					var after openhim.Transaction
					switch c.ID {
					case "tx-put-push", "tx-put-push-each", "tx-put-push-status", "tx-put-plain-dotted", "tx-put-error":
						require.NoError(t, json.Unmarshal(times(s.Reply.JSON), &after))
						checked++
					default:
						continue
					}
					switch c.ID {
					case "tx-put-push-status":
						assert.Equal(t, openhim.StatusCompleted, after.Status)
						assert.Len(t, after.Orchestrations, 3)
					case "tx-put-push":
						assert.Len(t, after.Orchestrations, 3)
					case "tx-put-push-each":
						assert.Len(t, after.Orchestrations, 4)
					case "tx-put-plain-dotted":
						assert.Equal(t, openhim.Properties{"p": "1", "k": "v"}, after.Properties)
					case "tx-put-error":
						assert.Equal(t, &openhim.Error{Message: "E", Stack: "S"}, after.Error)
					}
				}
			}
		}
	}
	assert.Equal(t, 10, checked)
}
