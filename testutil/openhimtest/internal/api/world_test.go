package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/api"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/golden"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/model"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/router"
)

// world is a core with a mediator behind it, as README.md of the recordings
// describes: one client, one default channel, the root user.
type world struct {
	db       *mongo.DB
	set      *model.Set
	api      *httptest.Server
	router   *router.Router
	listener net.Listener
	mediator *golden.Mediator
	names    *golden.Bindings
	email    string
	password string
	cancel   context.CancelFunc
	work     sync.WaitGroup

	mu     sync.Mutex
	answer *golden.Answer // of the mediator
}

func newWorld(rec *golden.Recording) (*world, error) {
	w := &world{set: model.New(rec.Version)}
	w.db = w.set.NewDB(time.Now)
	if err := errors.Join(rec.Decode("user", &w.email), rec.Decode("userPassword", &w.password)); err != nil {
		return nil, err
	}
	if err := w.listen(rec.Version); err != nil {
		return nil, err
	}
	w.api = httptest.NewServer(api.New(api.Deps{
		DB: w.db, Models: w.set, RootEmail: w.email, RootPassword: w.password, Backend: backend{w.router, rec.Version},
	}))
	_, port, err := net.SplitHostPort(w.listener.Addr().String())
	if err != nil {
		return nil, err
	}
	w.names = golden.NewBindings(map[string]string{"medport": w.mediator.Port(), "routerport": port})
	client, err := w.insert(model.Clients, rec.World["client"])
	if err != nil {
		return nil, err
	}
	channel, err := w.insert(model.Channels, rec.World["defaultChannel"])
	w.names.Set("client", client)
	w.names.Set("channel", channel)
	return w, err
}

func (w *world) listen(version string) error {
	mediator, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	w.mediator = golden.StartMediator(mediator, func(got golden.Received) *golden.Answer {
		for _, header := range got.Headers {
			if strings.EqualFold(header[0], "parentid") {
				// The recorder looked at a task while its rerun was under way.
				return &golden.Answer{Behaviour: "hang"}
			}
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.answer
	})
	if w.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return err
	}
	w.router = router.New(router.Deps{DB: w.db, Models: w.set, Version: version})
	ctx, cancel := context.WithCancel(context.Background())
	w.cancel = cancel
	w.work.Go(func() {
		_ = w.router.Serve(ctx, w.listener, func(ctx context.Context, req *router.Request, _ net.Conn) *router.Answer {
			return w.router.Handle(ctx, req)
		})
	})
	return nil
}

func (w *world) insert(collection string, raw json.RawMessage) (string, error) {
	var doc mongo.Doc
	if err := json.Unmarshal([]byte(w.names.Expand(string(raw))), &doc); err != nil {
		return "", err
	}
	cast, err := w.set.Schema(collection).Cast(doc, mongo.CastOptions{Validate: true})
	if err != nil {
		return "", err
	}
	id, err := w.db.Collection(collection).Insert(cast)
	return string(id), err
}

func (w *world) close() {
	w.api.Close()
	w.cancel()
	_ = w.listener.Close()
	w.router.Close()
	w.work.Wait()
	w.mediator.Close()
}

// backend joins the API and the router.
type backend struct {
	router  *router.Router
	version string
}

// EnqueueTask leaves the tasks of 4.0.5 queued: that core looks for them every two
// seconds, and no recorded case waits so long.
func (b backend) EnqueueTask(_ context.Context, task mongo.ObjectID) {
	if b.version != "4.0.5" {
		b.router.EnqueueTask(task)
	}
}

var errNoChannel = errors.New("no such channel")

func (b backend) TriggerPolling(ctx context.Context, channel mongo.ObjectID) (int, error) {
	status, found := b.router.Poll(ctx, channel, time.Now())
	if !found {
		return 0, errNoChannel
	}
	return status, nil
}

func (b backend) TransactionChanged(_ context.Context, id mongo.ObjectID, fields, channel mongo.Doc) {
	b.router.TransactionChanged(id, fields, channel)
}

func (backend) Restart() {}

const patience = 5 * time.Second

// send goes through the router and gives the transaction's id once it stands still.
func (w *world) send(req *golden.Request, answer *golden.Answer) (string, error) {
	w.mu.Lock()
	w.answer = answer
	w.mu.Unlock()
	conn, err := net.Dial("tcp", w.listener.Addr().String())
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	if _, err := req.Send(conn, patience); err != nil {
		return "", err
	}
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	give := time.After(patience)
	for {
		for _, tx := range w.db.Collection(model.Transactions).Find(mongo.Doc{"response": mongo.Doc{"$exists": true}}, mongo.FindOptions{}) {
			if list, _ := tx["orchestrations"].([]any); len(list) > 1 {
				id, _ := tx["_id"].(mongo.ObjectID)
				return string(id), nil
			}
		}
		select {
		case <-tick.C:
		case <-give:
			return "", fmt.Errorf("no transaction was stored within %s", patience)
		}
	}
}
