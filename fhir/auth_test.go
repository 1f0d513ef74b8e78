package fhir_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
)

func TestCredentialsAreSentWithEachRequest(t *testing.T) {
	t.Parallel()
	n := 0
	for want, auth := range map[string]fhir.Authorizer{
		"Basic dTpw": fhir.BasicAuth("u", "p"),
		"Bearer abc": fhir.BearerAuth("abc"),
		"Bearer 1": fhir.TokenAuth(func(context.Context) (string, error) {
			n++
			return strconv.Itoa(n), nil
		}),
		"": nil,
	} {
		client, w := connect(t, answers(says(200, annJSON)), func(c *fhir.ClientConfig) { c.Auth = auth })
		_, err := client.Read(t.Context(), "Patient", "7")
		require.NoError(t, err)
		assert.Equal(t, want, w.last().Header.Get("Authorization"))
	}
}

func TestCredentialsThatCannotBeHadEndTheCall(t *testing.T) {
	t.Parallel()
	down := errors.New("the vault is down")
	for _, auth := range []fhir.Authorizer{
		fhir.TokenAuth(func(context.Context) (string, error) { return "", down }),
		fhir.BearerAuth(""), fhir.BearerAuth("planted\r\nX-Evil: 1"),
	} {
		client, w := connect(t, answers(says(200, annJSON)), func(c *fhir.ClientConfig) { c.Auth = auth })
		_, err := client.Read(t.Context(), "Patient", "7")
		var transport *fhir.TransportError
		require.ErrorAs(t, err, &transport)
		assert.NotContains(t, err.Error(), "planted")
		assert.Empty(t, w.requests())
	}
}

// renewing has another token after a refusal.
type renewing struct {
	token   string
	refused []string
}

func (r *renewing) Authorize(_ context.Context, req *http.Request) error {
	req.Header.Set("Authorization", "Bearer "+r.token)
	return nil
}

func (r *renewing) Renew(_ context.Context, refused string) bool {
	r.refused = append(r.refused, refused)
	r.token += "'"
	return true
}

func TestRefusedTokenIsRenewedOnce(t *testing.T) {
	t.Parallel()
	auth := &renewing{token: "a"}
	client, w := connect(t, answers(says(401, ""), says(201, annJSON)), func(c *fhir.ClientConfig) { c.Auth, c.MaxAttempts = auth, 1 })
	_, err := client.Create(t.Context(), asResource(t, `{"resourceType":"Patient"}`))
	require.NoError(t, err, "a 401 proves that nothing was done")
	assert.Equal(t, []string{"Bearer a"}, auth.refused)
	all := w.requests()
	require.Len(t, all, 2)
	assert.Equal(t, "Bearer a'", all[1].Header.Get("Authorization"))
	assert.Equal(t, all[0].Body, all[1].Body)

	client, w = connect(t, answers(says(401, "")), func(c *fhir.ClientConfig) { c.Auth = auth })
	_, err = client.Read(t.Context(), "Patient", "7")
	require.ErrorIs(t, err, fhir.ErrUnauthorized)
	assert.Len(t, w.requests(), 2)
	client, w = connect(t, answers(says(401, "")), func(c *fhir.ClientConfig) { c.Auth = fhir.BearerAuth("a") })
	_, err = client.Read(t.Context(), "Patient", "7")
	require.ErrorIs(t, err, fhir.ErrUnauthorized)
	assert.Len(t, w.requests(), 1)
}

func TestMutualTLS(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mediator"}, NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, BasicConstraintsValid: true, IsCA: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	clients := x509.NewCertPool()
	clients.AddCert(certificate)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "mediator", r.TLS.PeerCertificates[0].Subject.CommonName)
		says(200, annJSON)(w, r)
	}))
	server.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: clients}
	server.StartTLS()
	defer server.Close()
	servers := x509.NewCertPool()
	servers.AddCert(server.Certificate())
	client, err := fhir.NewClient(fhir.ClientConfig{URL: server.URL, TLS: &tls.Config{
		RootCAs: servers, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
	}})
	require.NoError(t, err)
	defer client.Close()
	_, err = client.Read(t.Context(), "Patient", "7")
	require.NoError(t, err)
}
