package openhimtest_test

import (
	"errors"
	"io"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mediator/openhim"
	"github.com/openhim/mediator-go/testutil/openhimtest"
)

func getAbout(t *testing.T, core *openhimtest.Core) (status int, body string, err error) {
	t.Helper()
	client := core.HTTPClient()
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, core.APIURL()+"/heartbeat", http.NoBody)
	require.NoError(t, err)
	res, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	text, err := io.ReadAll(res.Body)
	return res.StatusCode, string(text), errors.Join(err, res.Body.Close())
}

func always(f openhimtest.Fault) func(*openhimtest.Call) *openhimtest.Fault {
	return func(*openhimtest.Call) *openhimtest.Fault { return &f }
}

func TestFaultsOfTheAPI(t *testing.T) {
	t.Parallel()
	for _, tls := range []bool{false, true} {
		core := openhimtest.New(t, openhimtest.Options{TLS: tls})

		remove := core.Intercept(always(openhimtest.Fault{Status: http.StatusServiceUnavailable, Body: "busy"}))
		status, body, err := getAbout(t, core)
		require.NoError(t, err)
		assert.Equal(t, http.StatusServiceUnavailable, status)
		assert.Equal(t, "busy", body)
		remove()

		for _, after := range []bool{false, true} {
			remove = core.Intercept(always(openhimtest.Fault{Reset: true, AfterWork: after}))
			_, _, err = getAbout(t, core)
			require.Error(t, err)
			remove()
		}

		remove = core.Intercept(always(openhimtest.Fault{Cut: true, CutAfter: 3}))
		status, body, err = getAbout(t, core)
		require.Error(t, err)
		assert.Equal(t, http.StatusOK, status)
		assert.LessOrEqual(t, len(body), 3)
		remove()

		status, _, err = getAbout(t, core)
		require.NoError(t, err)
		assert.Equal(t, http.StatusOK, status)
	}
}

func TestAResetIsARealOne(t *testing.T) {
	t.Parallel()
	core := openhimtest.New(t, openhimtest.Options{})
	core.Intercept(always(openhimtest.Fault{Reset: true}))
	_, _, err := getAbout(t, core)
	require.Error(t, err)
	assert.True(t, errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.EOF), err)
}

func TestFaultsOfTheRouter(t *testing.T) {
	t.Parallel()
	core := coreWith(t, openhimtest.Options{}, "text/plain", "a longer answer")
	onRouter := func(f openhimtest.Fault) func() {
		return core.Intercept(func(call *openhimtest.Call) *openhimtest.Fault {
			if call.Side != openhimtest.SideRouter || call.Path != "/patients" {
				return nil
			}
			return &f
		})
	}
	remove := onRouter(openhimtest.Fault{Status: http.StatusBadGateway, Body: "no"})
	got, err := core.Send(t.Context(), http.MethodGet, "/patients", http.NoBody)
	require.NoError(t, err)
	assert.Equal(t, http.StatusBadGateway, got.Status)
	assert.Empty(t, core.Transactions())
	remove()

	remove = onRouter(openhimtest.Fault{Cut: true, CutAfter: 4})
	got, err = core.Send(t.Context(), http.MethodGet, "/patients", http.NoBody)
	require.Error(t, err)
	assert.Equal(t, openhim.StatusSuccessful, got.Transaction.Status, "the core knows nothing of the cut")
	remove()

	remove = onRouter(openhimtest.Fault{Reset: true, AfterWork: true})
	got, err = core.Send(t.Context(), http.MethodGet, "/patients", http.NoBody)
	require.Error(t, err)
	assert.NotEmpty(t, got.Transaction.ID)
	remove()

	start := time.Now()
	const pause = 30 * time.Millisecond
	remove = onRouter(openhimtest.Fault{Delay: pause})
	got, err = core.Send(t.Context(), http.MethodGet, "/patients", http.NoBody)
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, got.Status)
	assert.GreaterOrEqual(t, time.Since(start), pause)
	remove()
}
