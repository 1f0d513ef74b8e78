package api_test

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/api"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/model"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
)

const (
	root     = "root@openhim.org"
	rootPass = "openhim-password"
	modern   = "8.5.0"
	old      = "4.0.5"
)

// core is an API with a clock that stands still and a backend that takes notes.
type core struct {
	t       *testing.T
	db      *mongo.DB
	handler http.Handler

	mu       sync.Mutex
	now      time.Time
	queued   []mongo.ObjectID
	polled   []mongo.ObjectID
	changed  []mongo.Doc
	restarts int
	status   int // of a poll
}

func newCore(t *testing.T, version string) *core {
	t.Helper()
	c := &core{t: t, now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), status: http.StatusOK}
	set := model.New(version)
	c.db = set.NewDB(c.clock)
	c.handler = api.New(api.Deps{DB: c.db, Models: set, Clock: c.clock, Backend: c})
	return c
}

func (c *core) clock() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *core) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func (c *core) EnqueueTask(_ context.Context, task mongo.ObjectID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queued = append(c.queued, task)
}

func (c *core) TriggerPolling(_ context.Context, channel mongo.ObjectID) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.polled = append(c.polled, channel)
	return c.status, nil
}

func (c *core) TransactionChanged(_ context.Context, _ mongo.ObjectID, fields, channel mongo.Doc) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changed = append(c.changed, fields, channel)
}

func (c *core) Restart() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.restarts++
}

// answer is what came back.
type answer struct {
	t      *testing.T
	status int
	header http.Header
	body   string
}

func (a answer) list() []map[string]any {
	a.t.Helper()
	var out []map[string]any
	require.NoError(a.t, json.Unmarshal([]byte(a.body), &out), a.body)
	return out
}

func (a answer) doc() map[string]any {
	a.t.Helper()
	var out map[string]any
	require.NoError(a.t, json.Unmarshal([]byte(a.body), &out), a.body)
	return out
}

// is checks status and text.
func (a answer) is(status int, body string) {
	a.t.Helper()
	require.Equal(a.t, body, a.body)
	require.Equal(a.t, status, a.status)
}

type option func(*http.Request)

func as(email, password string) option {
	return func(r *http.Request) { r.SetBasicAuth(email, password) }
}

func header(name, value string) option {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func nobody(r *http.Request) { r.Header.Del("Authorization") }

// do makes a call with basic authentication as root; on 4.0.5 sign it with token.
func (c *core) do(method, path, body string, options ...option) answer {
	c.t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, path, reader)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	r.SetBasicAuth(root, rootPass)
	for _, option := range options {
		option(r)
	}
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	return answer{t: c.t, status: w.Code, header: w.Header(), body: w.Body.String()}
}

// token signs as the core's console does, with the given time.
func (c *core) token(email, password string, stamp string) option {
	c.t.Helper()
	var first struct{ Salt string }
	got := c.do(http.MethodGet, "/authenticate/"+email, "", nobody)
	_ = json.Unmarshal([]byte(got.body), &first) // an unknown user has no salt
	return func(r *http.Request) {
		r.Header.Del("Authorization")
		r.Header.Set("auth-username", email)
		r.Header.Set("auth-ts", stamp)
		r.Header.Set("auth-salt", "s")
		r.Header.Set("auth-token", sha512Hex(sha512Hex(first.Salt, password), "s", stamp))
	}
}

func (c *core) signed() option {
	c.t.Helper()
	return c.token(root, rootPass, c.clock().Format(time.RFC3339))
}

// id gives the identifier of the document with this value.
func (c *core) id(collection, key string, value any) string {
	c.t.Helper()
	doc, has := c.db.Collection(collection).FindOne(mongo.Doc{key: value})
	require.True(c.t, has, "%s with %s %v", collection, key, value)
	id, _ := doc["_id"].(mongo.ObjectID)
	return string(id)
}

const channelBody = `{"name":"ch","urlPattern":"^/x$","allow":["test"],"methods":["GET"],"routes":[{"name":"r","host":"h","port":1,"primary":true}]}`

// channel makes a channel and gives its identifier.
func (c *core) channel(name string, options ...option) string {
	c.t.Helper()
	c.do(http.MethodPost, "/channels", strings.Replace(channelBody, `"ch"`, `"`+name+`"`, 1), options...).is(http.StatusCreated, "Channel successfully created")
	return c.id(model.Channels, "name", name)
}

// transaction stores one as the router would.
func (c *core) transaction(channel string, more mongo.Doc) string {
	c.t.Helper()
	at := c.clock()
	doc := mongo.Doc{
		"channelID": channel, "status": "Successful", "request": mongo.Doc{"path": "/a/b", "method": "GET", "timestamp": at, "body": "in"},
		"response":       mongo.Doc{"status": 200, "body": "out", "timestamp": at.Add(100 * time.Millisecond)},
		"orchestrations": []any{mongo.Doc{"name": "first", "request": mongo.Doc{"timestamp": at}}},
	}
	maps.Copy(doc, more)
	cast, err := c.db.Collection(model.Transactions).Schema().Cast(doc, mongo.CastOptions{Validate: true})
	require.NoError(c.t, err)
	id, err := c.db.Collection(model.Transactions).Insert(cast)
	require.NoError(c.t, err)
	return string(id)
}
