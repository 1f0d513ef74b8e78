package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// actor is what the control server steers: a *core.Core.
type actor interface {
	Start(context.Context) error
	Stop(context.Context) error
	Kill() error
	PID() int
}

// control is a small server with which tests take the core away and bring it back.
type control struct {
	listener net.Listener
	server   *http.Server
	done     chan struct{}
}

// listenControl serves on a free port of 127.0.0.1 until close.
func listenControl(ctx context.Context, a actor, log *slog.Logger) (*control, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for control: %w", err)
	}
	c := &control{
		listener: listener,
		server:   &http.Server{Handler: controlHandler(a, log), ReadHeaderTimeout: 5 * time.Second},
		done:     make(chan struct{}),
	}
	go func() {
		defer close(c.done)
		if err := c.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.ErrorContext(ctx, "control server ended", "error", err)
		}
	}()
	return c, nil
}

func (c *control) url() string { return "http://" + c.listener.Addr().String() }

// close ends the server, when a request under way has been answered.
func (c *control) close(ctx context.Context) error {
	err := c.server.Shutdown(ctx)
	<-c.done
	return err
}

// controlHandler answers POST /kill, /stop, /start and /restart with 204 when it is done
// and with 500 and the reason when it is not, and GET /status with a JSON object.
func controlHandler(a actor, log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	actions := map[string]func(context.Context) error{
		"kill":  func(context.Context) error { return a.Kill() },
		"stop":  a.Stop,
		"start": a.Start,
		"restart": func(ctx context.Context) error {
			return errors.Join(a.Kill(), a.Start(ctx))
		},
	}
	for name, act := range actions {
		mux.HandleFunc("POST /"+name, func(w http.ResponseWriter, r *http.Request) {
			log.InfoContext(r.Context(), "control", "action", name)
			// An impatient client must not leave the core half started.
			if err := act(context.WithoutCancel(r.Context())); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			w.WriteHeader(http.StatusNoContent)
		})
	}
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, r *http.Request) {
		pid := a.PID()
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(map[string]any{"running": pid != 0, "pid": pid}); err != nil {
			log.WarnContext(r.Context(), "answer status", "error", err)
		}
	})
	return mux
}
