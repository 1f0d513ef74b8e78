package mediator_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mediator"
)

// running runs a mediator until the test ends or stop is called, and returns
// once it is ready.
func running(t *testing.T, m *mediator.Mediator) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		assert.NoError(t, <-done)
	}
	t.Cleanup(stop)
	select {
	case <-m.Ready():
	case err := <-done:
		stopped = true
		require.NoError(t, err, "Run ended early")
	case <-time.After(20 * time.Second):
		t.Fatal("the mediator did not get ready")
	}
	return stop
}

func get(t *testing.T, client *http.Client, url string, headers ...string) (status int, text string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := client.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(body)
}

func TestRunServesUntilItsContextEnds(t *testing.T) {
	t.Parallel()
	m := alone(t, func(c *mediator.Config) { c.AdminAddr = "127.0.0.1:0" })
	m.Handle("GET /", func(context.Context, *mediator.Request) (*mediator.Response, error) {
		return mediator.Text(200, "hello"), nil
	})
	require.Nil(t, m.Addr())
	stop := running(t, m)
	_, body := get(t, plainClient(t), "http://"+m.Addr().String()+"/")
	assert.Equal(t, "hello", body)
	status, body := get(t, plainClient(t), "http://"+m.AdminAddr().String()+"/readyz")
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, body, `"serving":true`)
	require.ErrorIs(t, m.Run(t.Context()), mediator.ErrRunning)
	stop()
	assert.False(t, m.Health().Ready())
	var d net.Dialer
	_, err := d.DialContext(t.Context(), "tcp", m.Addr().String())
	assert.Error(t, err, "nobody listens any more")
}

func TestRunNamesTheAddressItCannotListenOn(t *testing.T) {
	t.Parallel()
	var lc net.ListenConfig
	taken, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = taken.Close() })
	err = alone(t, func(c *mediator.Config) { c.Addr = taken.Addr().String() }).Run(t.Context())
	require.ErrorContains(t, err, "Config.Addr")
	err = alone(t, func(c *mediator.Config) { c.AdminAddr = taken.Addr().String() }).Run(t.Context())
	assert.ErrorContains(t, err, "Config.AdminAddr")
}

func TestRunDrainsRequestsUnderWay(t *testing.T) {
	t.Parallel()
	m := alone(t)
	entered, release := make(chan struct{}), make(chan struct{})
	m.Handle("GET /", func(context.Context, *mediator.Request) (*mediator.Response, error) {
		close(entered)
		<-release
		return mediator.Text(200, "finished"), nil
	})
	stop := running(t, m)
	answer := make(chan string, 1)
	go func() {
		_, body := get(t, plainClient(t), "http://"+m.Addr().String()+"/")
		answer <- body
	}()
	<-entered
	stopped := make(chan struct{})
	go func() { stop(); close(stopped) }()
	require.Eventually(t, func() bool { return !m.Health().Serving }, 10*time.Second, time.Millisecond)
	select {
	case <-stopped:
		t.Fatal("Run did not wait for the request")
	default:
	}
	close(release)
	assert.Equal(t, "finished", <-answer)
	<-stopped
}

// authority makes certificates for 127.0.0.1.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{pool: x509.NewCertPool()}
	pair := a.issue(t, &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	a.cert, a.key = pair.Leaf, pair.PrivateKey.(*ecdsa.PrivateKey)
	a.pool.AddCert(a.cert)
	return a
}

func (a *authority) issue(t *testing.T, template *x509.Certificate) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	template.Subject = pkix.Name{CommonName: "test"}
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func TestOnlyClientsWithACertificateAreServedByMutualTLS(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	m := alone(t, func(c *mediator.Config) {
		c.TLS = &tls.Config{
			MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{ca.issue(t, &x509.Certificate{})},
			ClientCAs: ca.pool, ClientAuth: tls.RequireAndVerifyClientCert,
		}
	})
	m.Handle("GET /", func(_ context.Context, req *mediator.Request) (*mediator.Response, error) {
		return mediator.Text(200, req.TLS.PeerCertificates[0].Subject.CommonName), nil
	})
	running(t, m)
	core := ca.issue(t, &x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	client := func(certs ...tls.Certificate) *http.Client {
		transport := &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: ca.pool, Certificates: certs}}
		t.Cleanup(transport.CloseIdleConnections)
		return &http.Client{Transport: transport}
	}
	_, body := get(t, client(core), "https://"+m.Addr().String()+"/")
	assert.Equal(t, "test", body)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+m.Addr().String()+"/", nil)
	require.NoError(t, err)
	resp, err := client().Do(req)
	if err == nil {
		_ = resp.Body.Close()
	}
	assert.Error(t, err, "no certificate, no answer")
}

func TestAnAnswerThatCannotBeFinishedIsReset(t *testing.T) {
	t.Parallel()
	m := alone(t, func(c *mediator.Config) { c.MaxResponseBody = 1000 })
	m.HandleHTTP("GET /", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat("x", 5000))
		panic("in the middle")
	}))
	running(t, m)
	conn := dial(t, m.Addr())
	_, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nX-OpenHIM-TransactionID: "+txID+"\r\n\r\n")
	require.NoError(t, err)
	_, err = io.ReadAll(conn)
	assert.ErrorContains(t, err, "reset")
}

func plainClient(t *testing.T) *http.Client {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}
