package openhimtest_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mediator/openhim"
	"github.com/openhim/mediator-go/testutil/openhimtest"
)

func TestAKilledCoreRefusesAndARestartedOneKnowsEverything(t *testing.T) {
	t.Parallel()
	core := coreWith(t, openhimtest.Options{}, envelopeType, goodEnvelope)
	first, err := core.Send(t.Context(), http.MethodGet, "/patients", http.NoBody)
	require.NoError(t, err)
	api, router := core.APIURL(), core.RouterURL()

	core.Kill()
	core.Kill()
	_, err = core.Send(t.Context(), http.MethodGet, "/patients", http.NoBody)
	require.Error(t, err)
	_, _, err = getAbout(t, core)
	require.Error(t, err)

	require.NoError(t, core.Restart())
	assert.Equal(t, api, core.APIURL())
	assert.Equal(t, router, core.RouterURL())
	_, err = core.Transaction(first.Transaction.ID)
	require.NoError(t, err)
	_, err = core.Send(t.Context(), http.MethodGet, "/patients", http.NoBody)
	require.NoError(t, err)
	assert.Len(t, core.Transactions(), 2)
}

func TestARequestUnderWayWhenTheCoreIsKilledIsFailedByTheNextStart(t *testing.T) {
	t.Parallel()
	for version, status := range map[string]openhim.Status{
		openhimtest.Version850: openhim.StatusFailed, openhimtest.Version405: openhim.StatusProcessing,
	} {
		core := openhimtest.New(t, openhimtest.Options{Version: version})
		arrived, release := make(chan struct{}), make(chan struct{})
		server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			close(arrived)
			<-release
		}))
		_, err := core.AddChannel("slow", "^/slow$", server.URL)
		require.NoError(t, err)
		sent := make(chan error, 1)
		go func() {
			_, err := core.Send(t.Context(), http.MethodGet, "/slow", http.NoBody)
			sent <- err
		}()
		<-arrived
		require.NoError(t, core.Restart())
		require.Error(t, <-sent)
		close(release)
		server.Close()
		require.Len(t, core.Transactions(), 1)
		assert.Equal(t, status, core.Transactions()[0].Status, version)
	}
}

func TestTheCertificateHasNoSubjectAltName(t *testing.T) {
	t.Parallel()
	core := openhimtest.New(t, openhimtest.Options{TLS: true})
	assert.Empty(t, core.Certificate().DNSNames)
	assert.Equal(t, "localhost", core.Certificate().Subject.CommonName)
	assert.Regexp(t, `^([0-9A-F]{2}:){31}[0-9A-F]{2}$`, core.Fingerprint())
	assert.Contains(t, string(core.CertificatePEM()), "BEGIN CERTIFICATE")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, core.APIURL()+"/heartbeat", http.NoBody)
	require.NoError(t, err)
	client := &http.Client{Transport: &http.Transport{}}
	_, err = client.Do(req) //nolint:bodyclose // there is none
	require.ErrorContains(t, err, "certificate")
}
