package mediator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/openhim/mediator-go/mediator/openhim"
)

// ErrRunning is returned by a second Run of one mediator.
var ErrRunning = errors.New("mediator: Run was called already")

// Run serves until ctx is cancelled: it listens, registers with the core
// (waiting for one that is down), sends heartbeats and serves requests from
// the first moment on. Then it stops accepting requests, waits up to
// Config.DrainTimeout for those and the late works under way, and returns nil.
// It returns an error where it cannot listen or the server fails; nothing the
// core does ends it. A mediator runs once.
func (m *Mediator) Run(ctx context.Context) error {
	if !m.running.CompareAndSwap(false, true) {
		return ErrRunning
	}
	listener, err := listen(ctx, m.cfg.Addr)
	if err != nil {
		return fmt.Errorf("mediator: Config.Addr: %w", err)
	}
	var admin net.Listener
	if m.cfg.AdminAddr != "" {
		if admin, err = listen(ctx, m.cfg.AdminAddr); err != nil {
			_ = listener.Close() // the other error is told
			return fmt.Errorf("mediator: Config.AdminAddr: %w", err)
		}
	}
	return m.runOn(ctx, listener, admin)
}

// Serve is Run on listeners of one's own; admin may be nil. It closes them.
func (m *Mediator) Serve(ctx context.Context, listener, admin net.Listener) error {
	if !m.running.CompareAndSwap(false, true) {
		return ErrRunning
	}
	return m.runOn(ctx, listener, admin)
}

func (m *Mediator) runOn(ctx context.Context, listener, admin net.Listener) error {
	addr := listener.Addr()
	m.addr.Store(&addr)
	reg := m.cfg.registration(addr.String())
	log := m.cfg.Logger
	log.InfoContext(ctx, "serving", slog.String("urn", reg.URN), slog.String("version", reg.Version), slog.String("addr", addr.String()))
	if m.cfg.Recording.PatientData {
		log.WarnContext(ctx, "bodies and query values are recorded as orchestrations: everybody who may open the console sees patient data")
	}

	// What belongs to the core outlives ctx until the requests are drained.
	coreCtx, stopCore := context.WithCancel(context.WithoutCancel(ctx))
	defer stopCore()
	var work sync.WaitGroup
	failed := make(chan error, 2)

	server := m.server()
	if m.cfg.TLS != nil {
		server.TLSConfig = m.cfg.TLS.Clone()
	}
	work.Go(func() { failed <- serveOn(server, listener) })
	servers := []*http.Server{server}
	if admin != nil {
		adminAddr := admin.Addr()
		m.admin.Store(&adminAddr)
		s := m.server()
		s.Handler = m.AdminHandler()
		work.Go(func() { failed <- serveOn(s, admin) })
		servers = append(servers, s)
	}
	m.health.set(func(h *health) { h.serving, h.alone = true, m.cfg.Unregistered })
	if m.cfg.Unregistered {
		close(m.ready)
	} else {
		work.Go(func() { m.live(coreCtx, reg) })
	}

	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	m.health.set(func(h *health) { h.serving = false })
	m.drain(context.WithoutCancel(ctx), servers)
	stopCore()
	work.Wait()
	if m.api != nil {
		m.api.Close()
	}
	log.InfoContext(ctx, "stopped", slog.String("urn", reg.URN))
	return err
}

// Ready is closed when the mediator is registered and the core has taken its
// first heartbeat; at once when it is Unregistered and serves.
func (m *Mediator) Ready() <-chan struct{} { return m.ready }

// Addr is the address requests are served on, or nil before Run.
func (m *Mediator) Addr() net.Addr { return load(m.addr.Load()) }

// AdminAddr is the address of the admin listener, or nil where there is none.
func (m *Mediator) AdminAddr() net.Addr { return load(m.admin.Load()) }

func load(a *net.Addr) net.Addr {
	if a == nil {
		return nil
	}
	return *a
}

func listen(ctx context.Context, addr string) (net.Listener, error) {
	var lc net.ListenConfig
	return lc.Listen(ctx, "tcp", addr)
}

// server is an http.Server with every time and size bounded.
func (m *Mediator) server() *http.Server {
	return &http.Server{
		Handler:           m,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(m.cfg.Logger.Handler(), slog.LevelDebug),
	}
}

func serveOn(s *http.Server, l net.Listener) error {
	var err error
	if s.TLSConfig != nil {
		err = s.ServeTLS(l, "", "")
	} else {
		err = s.Serve(l)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("mediator: serve: %w", err)
}

// drain waits for requests and late works under way, but not for ever.
func (m *Mediator) drain(ctx context.Context, servers []*http.Server) {
	ctx, cancel := context.WithTimeout(ctx, m.cfg.DrainTimeout)
	defer cancel()
	for _, s := range servers {
		if err := s.Shutdown(ctx); err != nil {
			m.cfg.Logger.WarnContext(ctx, "requests under way are cut off", slog.String("error", err.Error()))
			_ = s.Close() // nothing is left to be done about an error
		}
	}
	if m.late.wait(ctx) {
		return
	}
	m.cfg.Logger.WarnContext(ctx, "work under way is cut off")
	m.late.stop.close()
	last, cancelLast := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancelLast()
	if m.late.wait(last) {
		return
	}
	m.late.halt.close()
	final, cancelFinal := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancelFinal()
	if !m.late.wait(final) {
		m.cfg.Logger.ErrorContext(ctx, "work does not heed its context and is left behind")
	}
}

// lastWords is how long the core may take, once the time to drain is over, to
// hear what became of the work.
const lastWords = 5 * time.Second

// live registers with the core and beats until ctx ends.
func (m *Mediator) live(ctx context.Context, reg openhim.Mediator) {
	if !m.registerUntilDone(ctx, reg) {
		return
	}
	hb, err := m.newHeartbeat(reg)
	if err != nil {
		m.cfg.Logger.ErrorContext(ctx, "heartbeats cannot be sent", slog.String("error", err.Error()))
		return
	}
	m.health.set(func(h *health) { h.beat = hb })
	_ = hb.Run(ctx) // it returns why ctx ended
}
