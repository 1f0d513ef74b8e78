package livetest_test

import (
	"context"
	"crypto/rand"
	"crypto/sha512"
	"encoding/hex"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mediator"
	"github.com/openhim/mediator-go/mediator/openhim"
	"github.com/openhim/mediator-go/testutil/openhimtest"
)

// patience bounds every wait for the core: a real one looks for new channels
// every second and for tasks every two.
const patience = 60 * time.Second

// core is the real core the environment names.
type core struct {
	t        *testing.T
	config   openhim.Config
	api      *openhim.API
	router   string
	control  string
	id       string // of this test, in names
	clientID string
	http     *http.Client
}

const clientPassword = "password"

// connect skips the test where no core is named, makes a client for the test,
// and removes it at the end.
func connect(t *testing.T) *core {
	t.Helper()
	url := os.Getenv("OPENHIM_URL")
	if url == "" {
		if os.Getenv("CI") == "true" && os.Getenv("LIVE") == "1" {
			t.Fatal("OPENHIM_URL is not set: run the live tests by `make live`")
		}
		t.Skip("needs a real core: run `make live`, or set OPENHIM_URL")
	}
	transport := &http.Transport{DisableKeepAlives: true}
	c := &core{
		t: t, router: os.Getenv("OPENHIM_ROUTER_URL"), control: os.Getenv("OPENHIM_LIVE_CONTROL"),
		id: strings.ToLower(rand.Text()[:8]), http: &http.Client{Transport: transport},
		config: openhim.Config{
			URL: url, Username: os.Getenv("OPENHIM_USERNAME"), Password: os.Getenv("OPENHIM_PASSWORD"),
			Fingerprint: os.Getenv("OPENHIM_LIVE_FINGERPRINT"),
		},
	}
	c.config.InsecureSkipVerify = c.config.Fingerprint == "" && os.Getenv("TRUST_SELF_SIGNED") == "true"
	require.NotEmpty(t, c.router, "OPENHIM_ROUTER_URL is not set")
	var err error
	c.api, err = openhim.New(c.config)
	require.NoError(t, err)
	t.Cleanup(c.api.Close)

	c.clientID = "livetest-" + c.id
	hash := sha512.Sum512([]byte(clientPassword + "salt"))
	client, err := c.api.CreateClient(t.Context(), openhim.Client{
		ClientID: c.clientID, Name: c.clientID, Roles: []string{c.clientID, "fhir"},
		PasswordAlgorithm: "sha512", PasswordSalt: "salt", PasswordHash: hex.EncodeToString(hash[:]),
	})
	require.NoError(t, err)
	c.atEnd(func(ctx context.Context) error { return c.api.DeleteClient(ctx, client.ID) })
	return c
}

// atEnd runs fn when the test is over.
func (c *core) atEnd(fn func(context.Context) error) {
	c.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(c.t.Context()), patience)
		defer cancel()
		if err := fn(ctx); err != nil {
			c.t.Errorf("clean up: %v", err)
		}
	})
}

// urn is a URN of this test's own.
func (c *core) urn(name string) string { return "urn:mediator:live-" + name + "-" + c.id }

// mediator returns a mediator for this core, deleted from it at the end.
func (c *core) mediator(name string, change func(*mediator.Config)) *mediator.Mediator {
	c.t.Helper()
	cfg := mediator.Config{
		Registration:      openhim.Mediator{URN: c.urn(name), Version: "1.0.0", Name: name},
		OpenHIM:           c.config,
		HeartbeatInterval: 200 * time.Millisecond,
	}
	if change != nil {
		change(&cfg)
	}
	m, err := mediator.New(cfg)
	require.NoError(c.t, err)
	return m
}

// run runs a mediator until the test ends and returns once the core knows it.
func (c *core) run(m *mediator.Mediator, urn string) {
	c.t.Helper()
	c.atEnd(func(ctx context.Context) error { return c.api.DeleteMediator(ctx, urn) })
	ctx, cancel := context.WithCancel(context.WithoutCancel(c.t.Context()))
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx) }()
	c.t.Cleanup(func() {
		cancel()
		require.NoError(c.t, <-done)
	})
	select {
	case <-m.Ready():
	case <-time.After(patience):
		c.t.Fatal("the mediator is not ready: " + m.Health().Problem)
	}
}

// channel leads requests for a path below /livetest/<id>/ to a mediator and
// returns that path.
func (c *core) channel(name, mediatorURL string) (path string) {
	c.t.Helper()
	path = "/livetest/" + c.id + "/" + name
	channel := openhimtest.ChannelTo("livetest "+name+" "+c.id, "^"+path+"$", mediatorURL)
	channel.Allow = []string{c.clientID}
	c.addChannel(channel)
	return path
}

func (c *core) addChannel(channel openhim.Channel) {
	c.t.Helper()
	stored, err := c.api.CreateChannel(c.t.Context(), channel)
	require.NoError(c.t, err)
	c.atEnd(func(ctx context.Context) error { return c.api.DeleteChannel(ctx, stored.ID) })
}

// answer is a client's answer, with the transaction it belongs to.
type answer struct {
	status int
	body   string
	id     string
}

// ask sends a client's request through the router.
func (c *core) ask(ctx context.Context, method, path, body string, headers ...string) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.router+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	req.SetBasicAuth(c.clientID, clientPassword)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, string(text), resp.Header.Get("X-OpenHIM-TransactionID")}, err
}

// send asks until the core knows the channel.
func (c *core) send(method, path, body string, headers ...string) answer {
	c.t.Helper()
	var got answer
	c.await("the channel of "+path, func() bool {
		var err error
		got, err = c.ask(c.t.Context(), method, path, body, headers...)
		return err == nil && got.status != http.StatusUnauthorized && got.status != http.StatusNotFound
	})
	return got
}

// await looks until something has happened.
func (c *core) await(what string, happened func() bool) {
	c.t.Helper()
	require.Eventually(c.t, happened, patience, 50*time.Millisecond, what)
}

// transaction reads a transaction back once it is as wanted.
func (c *core) transaction(id string, wanted func(openhim.Transaction) bool) openhim.Transaction {
	c.t.Helper()
	var tx openhim.Transaction
	c.await("transaction "+id, func() bool {
		var err error
		tx, err = c.api.Transaction(c.t.Context(), id)
		return err == nil && wanted(tx)
	})
	return tx
}

func stored(tx openhim.Transaction) bool { return tx.Response != nil && tx.Status.Final() }

// command tells the launcher to do something with the core.
func (c *core) command(name string) {
	c.t.Helper()
	if c.control == "" {
		c.t.Skip("needs a core that can be killed: run `make live`")
	}
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.control+"/"+name, nil)
	require.NoError(c.t, err)
	resp, err := c.http.Do(req)
	require.NoError(c.t, err)
	require.NoError(c.t, resp.Body.Close())
	require.Equal(c.t, http.StatusNoContent, resp.StatusCode, name)
}
