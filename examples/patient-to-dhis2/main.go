// Command patient-to-dhis2 is an OpenHIM mediator that takes FHIR R4 Patients
// to a DHIS2 Tracker program. README.md says how to run it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // the server's time zone is known in an empty container, too

	"github.com/openhim/mediator-go/mediator"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Stdout, os.Getenv)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "patient-to-dhis2:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends, or, without OPENHIM_URL and DHIS2_URL, gives the
// demonstration and returns.
func run(ctx context.Context, stdout io.Writer, getenv func(string) string) error {
	s, err := readSettings(getenv)
	if err != nil {
		return err
	}
	if getenv("OPENHIM_URL") == "" && s.dhis2URL == "" {
		return demonstrate(ctx, stdout, s)
	}
	return serve(ctx, stdout, s, getenv)
}

func serve(ctx context.Context, stdout io.Writer, s settings, getenv func(string) string) error {
	if err := s.complete(getenv); err != nil {
		return err
	}
	logger := slog.New(slog.NewTextHandler(stdout, nil))
	cfg, err := mediator.LoadConfig(mediator.Config{Registration: s.registration(0, false), Logger: logger}, "", getenv)
	if err != nil {
		return err
	}
	listener, err := listen(ctx, net.JoinHostPort(getenv("SERVER_HOST"), s.port))
	if err != nil {
		return err
	}
	var admin net.Listener
	if cfg.AdminAddr != "" {
		if admin, err = listen(ctx, cfg.AdminAddr); err != nil {
			return errors.Join(err, listener.Close())
		}
	}
	urn := cfg.Registration.URN
	cfg.Registration = s.registration(portOf(listener), cfg.TLS != nil)
	cfg.Registration.URN = urn
	m, h, err := newMediator(s, cfg) //nolint:contextcheck // what it starts lives as long as Serve
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	if err := h.warm(ctx); err != nil {
		logger.WarnContext(ctx, "DHIS2 cannot be used yet", "error", err)
	}
	return m.Serve(ctx, listener, admin)
}

// listen opens the port before the mediator is made, so that its registration
// can name it, also when the system chose it.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	return listener, nil
}

func portOf(listener net.Listener) int {
	if addr, ok := listener.Addr().(*net.TCPAddr); ok {
		return addr.Port
	}
	return 0
}
