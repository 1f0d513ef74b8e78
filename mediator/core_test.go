package mediator_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/heartbeat"
	"github.com/openhim/mediator-go/mediator"
	"github.com/openhim/mediator-go/mediator/openhim"
	"github.com/openhim/mediator-go/testutil/openhimtest"
)

// configFor is the config of a mediator of this core.
func configFor(core *openhimtest.Core) mediator.Config {
	return mediator.Config{
		Registration: registration(),
		OpenHIM: openhim.Config{
			URL: core.APIURL(), Username: openhimtest.DefaultUsername, Password: openhimtest.DefaultPassword,
		},
	}
}

// attached returns a mediator that runs with this core, behind a channel that
// hands it every request.
func attached(t *testing.T, core *openhimtest.Core, handle func(*mediator.Mediator), change ...func(*mediator.Config)) *mediator.Mediator {
	t.Helper()
	cfg := configFor(core)
	for _, c := range change {
		c(&cfg)
	}
	m, err := mediator.New(cfg)
	require.NoError(t, err)
	handle(m)
	running(t, m)
	_, err = core.AddChannel("all of "+cfg.Registration.URN, "^/", "http://"+m.Addr().String())
	require.NoError(t, err)
	return m
}

func send(t *testing.T, core *openhimtest.Core, method, path, body string, headers ...string) *openhimtest.Exchange {
	t.Helper()
	got, err := core.Send(t.Context(), method, path, strings.NewReader(body), func(r *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
	})
	require.NoError(t, err)
	return got
}

func onBothVersions(t *testing.T, test func(t *testing.T, version string)) {
	t.Helper()
	for _, version := range []string{openhimtest.Version405, openhimtest.Version850} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			test(t, version)
		})
	}
}

func TestAMediatorServesThroughACore(t *testing.T) {
	t.Parallel()
	onBothVersions(t, func(t *testing.T, version string) {
		t.Helper()
		core := openhimtest.New(t, openhimtest.Options{Version: version})
		m := attached(t, core, func(m *mediator.Mediator) {
			m.Handle("POST /hello", func(ctx context.Context, req *mediator.Request) (*mediator.Response, error) {
				req.Transaction.SetProperty("language", "am")
				err := req.Transaction.Orchestrate(ctx, "greet", func(context.Context) error { return nil })
				return mediator.Text(http.StatusCreated, "ሰላም "+string(req.Body)), err
			})
		})
		got := send(t, core, http.MethodPost, "/hello", "ዓለም")
		assert.Equal(t, http.StatusCreated, got.Status)
		assert.Equal(t, "ሰላም ዓለም", string(got.Body))
		tx := got.Transaction
		assert.Equal(t, openhim.StatusSuccessful, tx.Status)
		assert.Equal(t, openhim.Properties{"language": "am"}, tx.Properties)
		require.Len(t, tx.Orchestrations, 2)
		assert.Equal(t, "greet", tx.Orchestrations[0].Name)
		assert.True(t, m.Health().Ready())
		registered, err := core.Mediator("urn:mediator:test")
		require.NoError(t, err)
		assert.Equal(t, "1.0.0", registered.Version)
		assert.False(t, registered.LastHeartbeat.IsZero())
		core.RequireNoFailures(t)
	})
}

func TestBinaryAnswersKeepTheirOrchestrations(t *testing.T) {
	t.Parallel()
	onBothVersions(t, func(t *testing.T, version string) {
		t.Helper()
		core := openhimtest.New(t, openhimtest.Options{Version: version})
		attached(t, core, func(m *mediator.Mediator) {
			m.Handle("GET /image", func(ctx context.Context, req *mediator.Request) (*mediator.Response, error) {
				err := req.Transaction.Orchestrate(ctx, "draw", func(context.Context) error { return nil })
				return mediator.Bytes(200, "image/png", []byte("\x89PNG\x00\xff")), err
			})
		})
		got := send(t, core, http.MethodGet, "/image", "")
		assert.Equal(t, "\x89PNG\x00\xff", string(got.Body))
		_, err := core.WaitTransaction(t.Context(), got.Transaction.ID, func(tx openhim.Transaction) bool {
			for _, o := range tx.Orchestrations {
				if o.Name == "draw" {
					return true
				}
			}
			return false
		})
		require.NoError(t, err)
		core.RequireNoFailures(t)
	})
}

func TestLateWorkFinishesItsTransaction(t *testing.T) {
	t.Parallel()
	onBothVersions(t, func(t *testing.T, version string) {
		t.Helper()
		core := openhimtest.New(t, openhimtest.Options{Version: version})
		release := make(chan struct{})
		attached(t, core, func(m *mediator.Mediator) {
			m.Handle("POST /slow", func(ctx context.Context, req *mediator.Request) (*mediator.Response, error) {
				err := req.Transaction.Orchestrate(ctx, "accept", func(context.Context) error { return nil })
				resp := mediator.Accepted(func(ctx context.Context) (*mediator.Response, error) {
					<-release
					tx := mediator.TransactionFrom(ctx)
					tx.SetProperty("rows", "3")
					err := tx.Orchestrate(ctx, "import", func(context.Context) error { return nil })
					return mediator.Text(200, "imported"), err
				})
				resp.Body = []byte("accepted")
				return resp, err
			})
			m.Handle("POST /fails", func(context.Context, *mediator.Request) (*mediator.Response, error) {
				return mediator.Accepted(func(context.Context) (*mediator.Response, error) {
					return nil, &mediator.Error{Status: 502, Message: "DHIS2 is closed", Retry: true}
				}), nil
			})
		})
		got := send(t, core, http.MethodPost, "/slow", "x")
		assert.Equal(t, http.StatusAccepted, got.Status)
		assert.Equal(t, "accepted", string(got.Body))
		assert.Equal(t, openhim.StatusProcessing, got.Transaction.Status)
		close(release)
		tx, err := core.WaitTransaction(t.Context(), got.Transaction.ID, func(tx openhim.Transaction) bool {
			return tx.Status.Final() && tx.Response != nil && tx.Response.Body == "imported"
		})
		require.NoError(t, err)
		assert.Equal(t, openhim.StatusSuccessful, tx.Status)
		assert.Equal(t, "3", tx.Properties["rows"])
		names := make([]string, 0, 3)
		for _, o := range tx.Orchestrations {
			names = append(names, o.Name)
		}
		assert.Subset(t, names, []string{"accept", "import"}, "nothing is replaced")

		got = send(t, core, http.MethodPost, "/fails", "x")
		tx, err = core.WaitTransaction(t.Context(), got.Transaction.ID, nil)
		require.NoError(t, err)
		assert.Equal(t, openhim.StatusFailed, tx.Status)
		core.RequireNoFailures(t)
	})
}

func TestLateWorkIsBounded(t *testing.T) {
	t.Parallel()
	m := alone(t, func(c *mediator.Config) { c.MaxLate = 1 })
	release := make(chan struct{})
	m.Handle("POST /", func(context.Context, *mediator.Request) (*mediator.Response, error) {
		return mediator.Accepted(func(context.Context) (*mediator.Response, error) {
			<-release
			return &mediator.Response{}, nil
		}), nil
	})
	assert.Equal(t, http.StatusAccepted, envelopeIn(t, ask(t, m, http.MethodPost, "/", "x")).Response.Status)
	assert.Equal(t, http.StatusServiceUnavailable, envelopeIn(t, ask(t, m, http.MethodPost, "/", "x")).Response.Status)
	close(release)
}

func TestWorkIsMarkedFailedWhenTheMediatorStopsFirst(t *testing.T) {
	t.Parallel()
	core := openhimtest.New(t, openhimtest.Options{})
	cfg := configFor(core)
	cfg.DrainTimeout = time.Millisecond
	m, err := mediator.New(cfg)
	require.NoError(t, err)
	m.Handle("POST /", func(context.Context, *mediator.Request) (*mediator.Response, error) {
		return mediator.Accepted(func(ctx context.Context) (*mediator.Response, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}), nil
	})
	stop := running(t, m)
	_, err = core.AddChannel("all", "^/", "http://"+m.Addr().String())
	require.NoError(t, err)
	got := send(t, core, http.MethodPost, "/", "x")
	stop()
	tx, err := core.Transaction(got.Transaction.ID)
	require.NoError(t, err)
	assert.Equal(t, openhim.StatusFailed, tx.Status)
	assert.True(t, tx.AutoRetry || tx.Error != nil, "it may be repeated")
}

func TestARerunReachesTheMediatorWithItsParent(t *testing.T) {
	t.Parallel()
	core := openhimtest.New(t, openhimtest.Options{})
	keys := make(chan string, 2)
	attached(t, core, func(m *mediator.Mediator) {
		m.Handle("POST /", func(_ context.Context, req *mediator.Request) (*mediator.Response, error) {
			keys <- req.Transaction.IdempotencyKey()
			return mediator.Text(200, "ok"), nil
		})
	})
	got := send(t, core, http.MethodPost, "/", "x")
	_, err := core.Rerun(t.Context(), got.Transaction.ID)
	require.NoError(t, err)
	assert.Equal(t, got.Transaction.ID, <-keys)
	assert.Equal(t, got.Transaction.ID, <-keys)
}

func TestAMediatorWaitsForACoreThatIsDown(t *testing.T) {
	t.Parallel()
	core := openhimtest.New(t, openhimtest.Options{})
	cfg := configFor(core)
	core.Kill()
	logger, log := logTo()
	cfg.Logger = logger
	m, err := mediator.New(cfg)
	require.NoError(t, err)
	m.Handle("GET /", func(context.Context, *mediator.Request) (*mediator.Response, error) {
		return mediator.Text(200, "serving"), nil
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx) }()
	t.Cleanup(func() { cancel(); assert.NoError(t, <-done) })
	require.Eventually(t, func() bool { return strings.Contains(log.String(), "did not take the registration") }, 20*time.Second, time.Millisecond)
	_, body := get(t, plainClient(t), "http://"+m.Addr().String()+"/")
	assert.Equal(t, "serving", body, "requests are served all the same")
	assert.False(t, m.Health().Ready())
	require.NoError(t, core.Restart())
	<-m.Ready()
	assert.True(t, m.Health().Ready())
	assert.Equal(t, 1, strings.Count(log.String(), "did not take the registration"))
}

func TestADeletedMediatorRegistersAgain(t *testing.T) {
	t.Parallel()
	core := openhimtest.New(t, openhimtest.Options{})
	attached(t, core, func(*mediator.Mediator) {}, func(c *mediator.Config) { c.HeartbeatInterval = 20 * time.Millisecond })
	require.NoError(t, core.DeleteMediator("urn:mediator:test"))
	require.Eventually(t, func() bool {
		_, err := core.Mediator("urn:mediator:test")
		return err == nil
	}, 20*time.Second, time.Millisecond)
}

func TestEveryReplicaGetsTheConsolesConfig(t *testing.T) {
	t.Parallel()
	core := openhimtest.New(t, openhimtest.Options{})
	type settings struct {
		URL   string `json:"url"`
		Batch int    `json:"batch"`
	}
	change := func(c *mediator.Config) {
		c.HeartbeatInterval = 20 * time.Millisecond
		c.Registration.ConfigDefs = []openhim.ConfigDef{
			{Param: "url", Type: openhim.ConfigString}, {Param: "batch", Type: openhim.ConfigNumber},
		}
		c.Registration.Config = map[string]any{"url": "http://a", "batch": 10}
	}
	values := make([]heartbeat.Value[settings], 2)
	for i := range values {
		cfg := configFor(core)
		change(&cfg)
		m, err := mediator.New(cfg)
		require.NoError(t, err)
		require.NoError(t, mediator.OnConfig(m, values[i].Set))
		running(t, m)
	}
	await := func(want settings) {
		for i := range values {
			require.Eventually(t, func() bool {
				got, ok := values[i].Load()
				return ok && got == want
			}, 20*time.Second, time.Millisecond, "replica %d", i)
		}
	}
	await(settings{"http://a", 10})
	require.NoError(t, core.SetConfig("urn:mediator:test", map[string]any{"url": "http://b", "batch": 20}))
	await(settings{"http://b", 20})
}

func TestOnConfigNamesAFieldNobodyDescribes(t *testing.T) {
	t.Parallel()
	type settings struct {
		URL string `json:"uri"`
	}
	m := alone(t, func(c *mediator.Config) {
		c.Registration.ConfigDefs = []openhim.ConfigDef{{Param: "url", Type: openhim.ConfigString}}
	})
	err := mediator.OnConfig(m, func(context.Context, settings) error { return nil })
	assert.ErrorContains(t, err, "uri")
}

func TestChangesWithoutAHigherVersionAreWarnedOf(t *testing.T) {
	t.Parallel()
	core := openhimtest.New(t, openhimtest.Options{})
	attached(t, core, func(*mediator.Mediator) {})
	logger, log := logTo()
	cfg := configFor(core)
	cfg.Logger = logger
	cfg.Registration.Description = "changed"
	m, err := mediator.New(cfg)
	require.NoError(t, err)
	running(t, m)
	assert.Contains(t, log.String(), "raise its version")
	assert.Contains(t, log.String(), "description")
}

func TestChannelsAreInstalledOnlyWhenAskedFor(t *testing.T) {
	t.Parallel()
	core := openhimtest.New(t, openhimtest.Options{})
	channel := func(c *mediator.Config) {
		c.Registration.DefaultChannels = []openhim.Channel{openhimtest.ChannelTo("patients", "^/patients$", "http://127.0.0.1:1")}
	}
	attached(t, core, func(*mediator.Mediator) {}, channel)
	assert.Len(t, core.Channels(), 1)
	attached(t, core, func(*mediator.Mediator) {}, channel, func(c *mediator.Config) {
		c.Registration.URN, c.InstallChannels = "urn:mediator:second", true
	})
	assert.Len(t, core.Channels(), 3)
}

func TestACorePinnedByItsFingerprint(t *testing.T) {
	t.Parallel()
	core := openhimtest.New(t, openhimtest.Options{TLS: true})
	m := attached(t, core, func(*mediator.Mediator) {}, func(c *mediator.Config) { c.OpenHIM.Fingerprint = core.Fingerprint() })
	assert.True(t, m.Health().Ready())
}

func TestTwoMediatorsInOneProcess(t *testing.T) {
	t.Parallel()
	core := openhimtest.New(t, openhimtest.Options{})
	handle := func(text string) func(*mediator.Mediator) {
		return func(m *mediator.Mediator) {
			m.Handle("GET /", func(context.Context, *mediator.Request) (*mediator.Response, error) {
				return mediator.Text(200, text), nil
			})
		}
	}
	first := attached(t, core, handle("first"))
	second := attached(t, core, handle("second"), func(c *mediator.Config) { c.Registration.URN = "urn:mediator:second" })
	require.NoError(t, core.DeleteMediator("urn:mediator:second"))
	for m, want := range map[*mediator.Mediator]string{first: "first", second: "second"} {
		_, body := get(t, plainClient(t), "http://"+m.Addr().String()+"/")
		assert.Equal(t, want, body)
	}
}

func TestAMediatorRunsOnFakeTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core := openhimtest.New(t, openhimtest.Options{Memory: true})
		cfg := configFor(core)
		cfg.OpenHIM.Transport = core.Transport()
		m, err := mediator.New(cfg)
		require.NoError(t, err)
		listener, err := core.Listen("mediator:80")
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- m.Serve(ctx, listener, nil) }()
		<-m.Ready()
		start := time.Now()
		before := m.Health().LastBeat
		time.Sleep(time.Hour) //nolint:forbidigo // of fake time
		assert.WithinDuration(t, start.Add(time.Hour), m.Health().LastBeat, 15*time.Second)
		assert.True(t, m.Health().LastBeat.After(before))
		cancel()
		require.NoError(t, <-done)
	})
}

func TestABodyThatIsTooLargeIs413AtTheClient(t *testing.T) {
	t.Parallel()
	onBothVersions(t, func(t *testing.T, version string) {
		t.Helper()
		core := openhimtest.New(t, openhimtest.Options{Version: version})
		attached(t, core, func(m *mediator.Mediator) {
			m.Handle("POST /", func(_ context.Context, req *mediator.Request) (*mediator.Response, error) {
				return mediator.Bytes(200, "text/plain", req.Body), nil
			})
		})
		got := send(t, core, http.MethodPost, "/", strings.Repeat("x", 10<<20+1))
		assert.Equal(t, http.StatusRequestEntityTooLarge, got.Status, "a core reports a connection that breaks under its request as 500")
		assert.Equal(t, openhim.StatusCompleted, got.Transaction.Status)
		core.RequireNoFailures(t)
	})
}

func TestARefusalOfALargeRequestReachesTheClient(t *testing.T) {
	t.Parallel()
	core := openhimtest.New(t, openhimtest.Options{})
	attached(t, core, func(m *mediator.Mediator) {
		m.UseHTTP(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/denied" {
					http.Error(w, "denied", http.StatusForbidden)
					return
				}
				next.ServeHTTP(w, r)
			})
		})
	})
	large := strings.Repeat("x", 5<<20)
	assert.Equal(t, http.StatusForbidden, send(t, core, http.MethodPost, "/denied", large).Status)
	assert.Equal(t, http.StatusNotFound, send(t, core, http.MethodPost, "/nowhere", large).Status)
	core.RequireNoFailures(t)
}
