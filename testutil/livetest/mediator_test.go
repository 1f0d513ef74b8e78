package livetest_test

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/heartbeat"
	"github.com/openhim/mediator-go/mediator"
	"github.com/openhim/mediator-go/mediator/openhim"
)

// These tests share one core; the last of them takes it away for a while. So
// none is parallel.

//nolint:paralleltest // they share one core
func TestLiveARequestThroughTheRouter(t *testing.T) {
	c := connect(t)
	m := c.mediator("request", nil)
	m.Handle("POST /", func(ctx context.Context, req *mediator.Request) (*mediator.Response, error) {
		req.Transaction.SetProperty("a.b", "ü")
		err := req.Transaction.Orchestrate(ctx, "map", func(context.Context) error { return nil })
		resp := mediator.Text(http.StatusCreated, "ሰላም "+string(req.Body))
		resp.Header.Set("Set-Cookie", "a=b")
		return resp, err
	})
	c.run(m, c.urn("request"))
	path := c.channel("request", "http://"+m.Addr().String())
	got := c.send(http.MethodPost, path, "ዓለም")
	assert.Equal(t, http.StatusCreated, got.status)
	assert.Equal(t, "ሰላም ዓለም", got.body)
	tx := c.transaction(got.id, stored)
	assert.Equal(t, openhim.StatusSuccessful, tx.Status)
	assert.Equal(t, openhim.Properties{openhim.SafeKey("a.b"): "ü"}, tx.Properties)
	require.Len(t, tx.Orchestrations, 2)
	assert.Equal(t, "map", tx.Orchestrations[0].Name)
}

//nolint:paralleltest // they share one core
func TestLiveABodyThatIsTooLargeIs413(t *testing.T) {
	c := connect(t)
	m := c.mediator("large", nil)
	m.Handle("POST /", func(_ context.Context, req *mediator.Request) (*mediator.Response, error) {
		return mediator.Text(http.StatusOK, strconv.Itoa(len(req.Body))), nil
	})
	c.run(m, c.urn("large"))
	path := c.channel("large", "http://"+m.Addr().String())
	assert.Equal(t, "5", c.send(http.MethodPost, path, "small").body)
	for _, size := range []int{10<<20 + 1, 40 << 20} {
		got := c.send(http.MethodPost, path, strings.Repeat("x", size))
		assert.Equal(t, http.StatusRequestEntityTooLarge, got.status, size)
		assert.Contains(t, got.body, "larger than 10485760 bytes")
	}
}

//nolint:paralleltest // they share one core
func TestLiveARerunHasTheSameIdempotencyKey(t *testing.T) {
	c := connect(t)
	keys := make(chan string, 10)
	m := c.mediator("rerun", nil)
	m.Handle("POST /", func(_ context.Context, req *mediator.Request) (*mediator.Response, error) {
		keys <- req.Transaction.IdempotencyKey()
		return mediator.Text(http.StatusOK, "ok"), nil
	})
	c.run(m, c.urn("rerun"))
	got := c.send(http.MethodPost, c.channel("rerun", "http://"+m.Addr().String()), "x")
	assert.Equal(t, got.id, <-keys)
	c.transaction(got.id, stored)
	_, err := c.api.Rerun(t.Context(), got.id)
	require.NoError(t, err)
	select {
	case key := <-keys:
		assert.Equal(t, got.id, key)
	case <-time.After(patience):
		t.Fatal("the rerun did not come")
	}
}

//nolint:paralleltest // they share one core
func TestLiveLateWorkFinishesItsTransaction(t *testing.T) {
	c := connect(t)
	m := c.mediator("late", nil)
	m.Handle("POST /", func(ctx context.Context, req *mediator.Request) (*mediator.Response, error) {
		err := req.Transaction.Orchestrate(ctx, "accept", func(context.Context) error { return nil })
		return mediator.Accepted(func(ctx context.Context) (*mediator.Response, error) {
			tx := mediator.TransactionFrom(ctx)
			tx.SetProperty("rows", "3")
			return mediator.Text(http.StatusOK, "imported"), tx.Orchestrate(ctx, "import", func(context.Context) error { return nil })
		}), err
	})
	c.run(m, c.urn("late"))
	got := c.send(http.MethodPost, c.channel("late", "http://"+m.Addr().String()), "x")
	assert.Equal(t, http.StatusAccepted, got.status)
	tx := c.transaction(got.id, stored)
	assert.Equal(t, openhim.StatusSuccessful, tx.Status)
	assert.Equal(t, "imported", tx.Response.Body)
	assert.Equal(t, "3", tx.Properties["rows"])
	names := make([]string, 0, 3)
	for _, o := range tx.Orchestrations {
		names = append(names, o.Name)
	}
	assert.Subset(t, names, []string{"accept", "import"})
}

//nolint:paralleltest // they share one core
func TestLiveTheConsolesConfigReachesTheMediator(t *testing.T) {
	c := connect(t)
	type settings struct {
		URL string `json:"url"`
	}
	var value heartbeat.Value[settings]
	m := c.mediator("config", func(cfg *mediator.Config) {
		cfg.Registration.ConfigDefs = []openhim.ConfigDef{{Param: "url", Type: openhim.ConfigString}}
		cfg.Registration.Config = map[string]any{"url": "http://first"}
	})
	require.NoError(t, mediator.OnConfig(m, value.Set))
	c.run(m, c.urn("config"))
	has := func(url string) func() bool {
		return func() bool {
			v, ok := value.Load()
			return ok && v.URL == url
		}
	}
	c.await("the first config", has("http://first"))
	require.NoError(t, c.api.SetConfig(t.Context(), c.urn("config"), map[string]any{"url": "http://second"}))
	c.await("the changed config", has("http://second"))
}

//nolint:paralleltest // they share one core
func TestLiveADeletedMediatorRegistersAgain(t *testing.T) {
	c := connect(t)
	m := c.mediator("deleted", nil)
	c.run(m, c.urn("deleted"))
	require.NoError(t, c.api.DeleteMediator(t.Context(), c.urn("deleted")))
	c.await("the registration", func() bool {
		_, err := c.api.Mediator(t.Context(), c.urn("deleted"))
		return err == nil
	})
	c.await("heartbeats", func() bool { return m.Health().Ready() })
}

//nolint:paralleltest // they share one core
func TestLiveTheCoreIsKilledUnderLoad(t *testing.T) {
	c := connect(t)
	if c.control == "" {
		t.Skip("needs a core that can be killed: run `make live`")
	}
	m := c.mediator("killed", func(cfg *mediator.Config) { cfg.HeartbeatInterval = 2 * time.Second })
	m.Handle("POST /", func(context.Context, *mediator.Request) (*mediator.Response, error) {
		return mediator.Text(http.StatusOK, "ok"), nil
	})
	c.run(m, c.urn("killed"))
	path := c.channel("killed", "http://"+m.Addr().String())
	require.Equal(t, http.StatusOK, c.send(http.MethodPost, path, "x").status)

	var served, refused atomic.Int64
	ctx, stop := context.WithCancel(t.Context())
	var load sync.WaitGroup
	for range 2 {
		load.Go(func() {
			for ctx.Err() == nil {
				if got, err := c.ask(ctx, http.MethodPost, path, "x"); err == nil && got.status == http.StatusOK {
					served.Add(1)
				} else {
					refused.Add(1)
				}
				select {
				case <-ctx.Done():
				case <-time.After(50 * time.Millisecond):
				}
			}
		})
	}
	defer func() { stop(); load.Wait() }()
	c.await("load", func() bool { return served.Load() > 20 })
	c.command("kill")
	c.await("the load to notice", func() bool { return refused.Load() > 0 })
	c.await("the mediator to notice", func() bool { return time.Since(m.Health().LastBeat) > 4*time.Second })
	c.command("start")
	started := time.Now()
	before := served.Load()
	c.await("load again", func() bool { return served.Load() > before+20 })
	c.await("heartbeats again", func() bool { return m.Health().LastBeat.After(started) })
	assert.True(t, m.Health().Ready(), "without a restart of the mediator")
}
