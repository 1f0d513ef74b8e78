package openhimtest

import (
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"strings"
	"testing"

	"github.com/openhim/mediator-go/mediator/openhim"
)

// The API's certificate: openhim-core.md section 1.

func (c *contract) certificateFacts(t *testing.T) {
	t.Helper()
	if !strings.HasPrefix(c.target.APIURL, "https:") {
		t.Skip("the API is not served by https")
	}
	shown := pem.Block{Type: "CERTIFICATE"}
	res := c.get(t, "/keystore/cert").is(t, http.StatusOK).json()
	if block, _ := pem.Decode([]byte(res.Get("data").String())); block != nil {
		shown = *block
	}
	t.Run("the API shows a certificate that names no host", func(t *testing.T) {
		cert, err := x509.ParseCertificate(shown.Bytes)
		if err != nil {
			t.Fatalf("GET /keystore/cert: %v", err)
		}
		wantEqual(t, "host names", len(cert.DNSNames)+len(cert.IPAddresses), 0)
	})
	t.Run("the certificate is trusted by its fingerprint", func(t *testing.T) {
		err := c.connect(t, openhim.Config{Fingerprint: openhim.CertificateFingerprint(shown.Bytes)})
		wantEqual(t, "error", err, nil)
	})
	t.Run("the certificate is not trusted although it is among the roots", func(t *testing.T) {
		roots := x509.NewCertPool()
		cert, err := x509.ParseCertificate(shown.Bytes)
		if err != nil {
			t.Fatalf("GET /keystore/cert: %v", err)
		}
		roots.AddCert(cert)
		err = c.connect(t, openhim.Config{RootCAs: roots, MaxAttempts: 1})
		wantTrue(t, "the connection is refused", err != nil && !openhim.ReachedCore(err))
	})
}

// connect asks for the version with a client of its own.
func (c *contract) connect(t *testing.T, cfg openhim.Config) error {
	t.Helper()
	cfg.URL, cfg.Username, cfg.Password = c.target.APIURL, c.target.Username, c.target.Password
	api, err := openhim.New(cfg)
	if err != nil {
		t.Fatalf("client of the API: %v", err)
	}
	defer api.Close()
	_, err = api.About(t.Context())
	return err
}
