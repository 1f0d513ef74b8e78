package openhim_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"log/slog"
	"math/big"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mediator/openhim"
)

// certificate returns a self-signed one like that of a fresh core:
// CN=localhost and no subjectAltName, unless names are given.
func certificate(t *testing.T, names ...string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: names,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// serveTLS starts a core with a certificate and returns its address.
func serveTLS(t *testing.T, cert tls.Certificate, clients *x509.CertPool) string {
	t.Helper()
	server := httptest.NewUnstartedServer(newCore("8.5.0"))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	if clients != nil {
		server.TLS.ClientAuth, server.TLS.ClientCAs = tls.RequireAndVerifyClientCert, clients
	}
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	server.StartTLS()
	t.Cleanup(server.Close)
	return strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
}

func about(t *testing.T, cfg openhim.Config) error {
	t.Helper()
	cfg.Username, cfg.Password, cfg.MinWait = user, password, time.Nanosecond
	api, err := openhim.New(cfg)
	require.NoError(t, err)
	defer api.Close()
	_, err = api.About(t.Context())
	return err
}

func TestCertificateWithoutNamesIsTrustedByItsFingerprint(t *testing.T) {
	t.Parallel()
	cert := certificate(t)
	url := serveTLS(t, cert, nil)
	fingerprint := openhim.CertificateFingerprint(cert.Certificate[0])
	assert.Len(t, fingerprint, 95)
	for _, pin := range []string{
		fingerprint,
		strings.ToLower(strings.ReplaceAll(fingerprint, ":", "")),
		"sha256 Fingerprint=" + fingerprint + "\n",
	} {
		assert.NoError(t, about(t, openhim.Config{URL: url, Fingerprint: pin}))
	}

	roots := x509.NewCertPool()
	roots.AddCert(cert.Leaf)
	err := about(t, openhim.Config{URL: url, RootCAs: roots})
	require.Error(t, err, "Go does not take a certificate without names, trusted or not")
	assert.Contains(t, err.Error(), "set Fingerprint to "+fingerprint)
	assert.False(t, openhim.Retryable(err))
	assert.False(t, openhim.ReachedCore(err))
}

func TestAnotherCertificateThanThePinnedOneIsRefused(t *testing.T) {
	t.Parallel()
	shown, pinned := certificate(t), certificate(t)
	want := openhim.CertificateFingerprint(pinned.Certificate[0])
	got := openhim.CertificateFingerprint(shown.Certificate[0])
	err := about(t, openhim.Config{URL: serveTLS(t, shown, nil), Fingerprint: want})
	var mismatch *openhim.FingerprintError
	require.ErrorAs(t, err, &mismatch)
	assert.Equal(t, openhim.FingerprintError{Want: want, Got: got}, *mismatch)
	assert.Contains(t, err.Error(), want)
	assert.Contains(t, err.Error(), got)
	assert.False(t, openhim.Retryable(err))
}

func TestCertificateWithNamesIsTrustedByItsRoot(t *testing.T) {
	t.Parallel()
	cert := certificate(t, "localhost")
	roots := x509.NewCertPool()
	roots.AddCert(cert.Leaf)
	url := serveTLS(t, cert, nil)
	assert.NoError(t, about(t, openhim.Config{URL: url, RootCAs: roots}))
	err := about(t, openhim.Config{URL: url})
	assert.ErrorContains(t, err, "unknown authority")
	assert.ErrorContains(t, err, "set Fingerprint to")
}

func TestInsecureSwitchTakesAnyCertificate(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	require.NoError(t, about(t, openhim.Config{
		URL: serveTLS(t, certificate(t), nil), InsecureSkipVerify: true, Logger: slog.New(slog.NewTextHandler(&log, nil)),
	}))
	assert.Contains(t, log.String(), "level=WARN")
}

func TestClientCertificateIsShown(t *testing.T) {
	t.Parallel()
	mine, cert := certificate(t, "me"), certificate(t)
	clients := x509.NewCertPool()
	clients.AddCert(mine.Leaf)
	url := serveTLS(t, cert, clients)
	pin := openhim.CertificateFingerprint(cert.Certificate[0])
	assert.NoError(t, about(t, openhim.Config{URL: url, Fingerprint: pin, ClientCertificates: []tls.Certificate{mine}}))
	assert.Error(t, about(t, openhim.Config{URL: url, Fingerprint: pin}))
}

func TestMixedUpSchemesAreExplained(t *testing.T) {
	t.Parallel()
	plain := httptest.NewServer(newCore("8.5.0"))
	defer plain.Close()
	err := about(t, openhim.Config{URL: strings.Replace(plain.URL, "http:", "https:", 1)})
	assert.ErrorContains(t, err, "the address says https, but plain http is spoken there")
	assert.NoError(t, about(t, openhim.Config{URL: plain.URL}))
}
