package openhimtest

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/api"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/model"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/router"
)

// instance is the core's process: what Kill ends and Restart makes anew.
type instance struct {
	handler  http.Handler
	router   *router.Router
	server   *http.Server
	api      net.Listener
	requests net.Listener
	cancel   context.CancelFunc
	work     sync.WaitGroup
}

func (c *Core) start() error {
	c.state.Lock()
	defer c.state.Unlock()
	if c.running != nil {
		return nil
	}
	in := &instance{}
	var err error
	if in.api, err = c.Listen(c.apiAddress); err != nil {
		return fmt.Errorf("openhimtest: API: %w", err)
	}
	if in.requests, err = c.Listen(c.routerAddress); err != nil {
		_ = in.api.Close()
		return fmt.Errorf("openhimtest: router: %w", err)
	}
	// A restarted core listens where it did before.
	c.apiAddress, c.routerAddress = in.api.Addr().String(), in.requests.Addr().String()
	dial := c.opts.Dial
	if dial == nil {
		dial = c.dial
	}
	in.router = router.New(router.Deps{
		DB: c.db, Models: c.models, Version: c.opts.Version, Timeout: c.opts.RouterTimeout, Clock: c.opts.Clock,
		Dial: dial, Logger: c.opts.Logger, Report: c.report, Orders: c.orders,
		Address: func() string { return c.routerAddress }, PollingAddress: c.opts.PollingAddress,
	})
	in.handler = c.interceptAPI(api.New(api.Deps{
		DB: c.db, Models: c.models, Version: c.opts.Version, Clock: c.opts.Clock,
		RootEmail: c.opts.Username, RootPassword: c.opts.Password,
		Certificate: string(c.cert.certPEM), Key: string(c.cert.keyPEM), Backend: backend{c, in.router},
	}))
	ctx, cancel := context.WithCancel(context.Background())
	in.cancel = cancel
	in.server = &http.Server{
		Handler: in.handler, ReadHeaderTimeout: time.Minute,
		ErrorLog: slog.NewLogLogger(c.opts.Logger.Handler(), slog.LevelDebug),
	}
	listener := in.api
	if c.opts.TLS {
		listener = tls.NewListener(in.api, &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{c.cert.pair}})
	}
	in.work.Go(func() { _ = in.server.Serve(listener) }) // ends with Kill
	in.work.Go(func() {
		_ = in.router.Serve(ctx, in.requests, func(ctx context.Context, req *router.Request, conn net.Conn) *router.Answer {
			return c.handle(ctx, in.router, req, conn)
		})
	})
	c.running = in
	return nil
}

// Kill ends the core as a crash does: connections break, requests under way are
// never finished. The data stay. Killing twice is fine.
func (c *Core) Kill() {
	c.state.Lock()
	defer c.state.Unlock()
	in := c.running
	if in == nil {
		return
	}
	c.running = nil
	in.cancel()
	_ = in.requests.Close()
	_ = in.server.Close()
	in.router.Close()
	in.work.Wait()
}

// Restart starts a killed core again, or kills and starts a running one: same
// addresses, same data. From 8.2 on, transactions that were Processing without
// response or error are marked Failed (openhim-core.md section 6).
func (c *Core) Restart() error {
	c.Kill()
	if c.models.Modern() {
		c.failUnfinished()
	}
	return c.start()
}

func (c *Core) failUnfinished() {
	transactions := c.collection(model.Transactions)
	unfinished := mongo.Doc{
		"status": "Processing", "response": mongo.Doc{"$exists": false}, "error": mongo.Doc{"$exists": false},
	}
	for _, tx := range transactions.Find(unfinished, mongo.FindOptions{Projection: mongo.Doc{"_id": 1.0}}) {
		id, _ := tx["_id"].(mongo.ObjectID)
		_, _, _ = transactions.Update(id, mongo.Doc{"$set": mongo.Doc{ // the fields are ours
			"status": "Failed", "error": mongo.Doc{"message": "OpenHIM crashed while still waiting for a response"},
		}})
	}
}

// backend is what the API asks of the router.
type backend struct {
	core   *Core
	router *router.Router
}

func (b backend) EnqueueTask(_ context.Context, task mongo.ObjectID) { b.router.EnqueueTask(task) }

func (b backend) TriggerPolling(ctx context.Context, channel mongo.ObjectID) (int, error) {
	status, found := b.router.Poll(ctx, channel, b.core.opts.Clock())
	if !found {
		return 0, fmt.Errorf("channel %s: %w", channel, ErrNotFound)
	}
	return status, nil
}

func (b backend) TransactionChanged(_ context.Context, id mongo.ObjectID, fields, channel mongo.Doc) {
	b.router.TransactionChanged(id, fields, channel)
}

// Restart is POST /restart: the real core's workers are replaced, which nobody but
// requests under way would notice.
func (b backend) Restart() {}
