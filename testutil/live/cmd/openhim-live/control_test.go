package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
)

// recorder is an actor that notes what is done to it.
type recorder struct {
	done  []string
	fails error
}

func (r *recorder) note(action string) error { r.done = append(r.done, action); return r.fails }

func (r *recorder) Start(context.Context) error { return r.note("start") }
func (r *recorder) Stop(context.Context) error  { return r.note("stop") }
func (r *recorder) Kill() error                 { return r.note("kill") }
func (r *recorder) PID() int                    { return 42 }

func call(t *testing.T, a actor, method, path string) (status int, body string) {
	t.Helper()
	c, err := listenControl(t.Context(), a, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := c.close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	}()
	request, err := http.NewRequestWithContext(t.Context(), method, c.url()+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := new(http.Client).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, strings.TrimSpace(string(content))
}

func TestControlSteersTheCore(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/kill": "kill", "/stop": "stop", "/start": "start", "/restart": "kill start",
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			a := &recorder{}
			if status, body := call(t, a, http.MethodPost, path); status != http.StatusNoContent {
				t.Errorf("status %d: %s", status, body)
			}
			if got := strings.Join(a.done, " "); got != want {
				t.Errorf("did %q, want %q", got, want)
			}
		})
	}
}

func TestControlTellsTheStatus(t *testing.T) {
	t.Parallel()
	status, body := call(t, &recorder{}, http.MethodGet, "/status")
	if status != http.StatusOK || body != `{"pid":42,"running":true}` {
		t.Errorf("status %d: %s", status, body)
	}
}

func TestControlTellsWhatWentWrong(t *testing.T) {
	t.Parallel()
	status, body := call(t, &recorder{fails: errors.New("no such core")}, http.MethodPost, "/start")
	if status != http.StatusInternalServerError || body != "no such core" {
		t.Errorf("status %d: %s", status, body)
	}
}

func TestControlDoesNothingOnGet(t *testing.T) {
	t.Parallel()
	a := &recorder{}
	if status, _ := call(t, a, http.MethodGet, "/kill"); status != http.StatusMethodNotAllowed || len(a.done) > 0 {
		t.Errorf("status %d, did %q", status, a.done)
	}
}
