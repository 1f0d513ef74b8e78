package openhimtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// certificate is the core's own: self-signed, CN=localhost, no subjectAltName,
// 2017 to 2037, as openhim-core.md section 1 says.
type certificate struct {
	parsed  *x509.Certificate
	pair    tls.Certificate
	certPEM []byte
	keyPEM  []byte
}

func newCertificate() (certificate, error) {
	fail := func(err error) (certificate, error) {
		return certificate{}, fmt.Errorf("openhimtest: certificate: %w", err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fail(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, Issuer: pkix.Name{CommonName: "localhost"},
		NotBefore: time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2037, 1, 1, 0, 0, 0, 0, time.UTC),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return fail(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		return fail(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fail(err)
	}
	return certificate{
		parsed: parsed, pair: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: parsed},
		certPEM: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		keyPEM:  pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}),
	}, nil
}

var errWrongCertificate = errors.New("openhimtest: not the core's certificate")

// clientConfig trusts exactly this certificate. Go refuses it otherwise, because
// it has no subjectAltName.
func (c certificate) clientConfig() *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: true, //nolint:gosec // the certificate is compared byte by byte below
		VerifyConnection: func(state tls.ConnectionState) error {
			if len(state.PeerCertificates) == 0 || !state.PeerCertificates[0].Equal(c.parsed) {
				return errWrongCertificate
			}
			return nil
		},
	}
}

// Certificate is the API's certificate (Options.TLS).
func (c *Core) Certificate() *x509.Certificate { return c.cert.parsed }

// CertificatePEM is the certificate in PEM, as GET /keystore/cert gives it.
func (c *Core) CertificatePEM() []byte { return append([]byte(nil), c.cert.certPEM...) }

// Fingerprint is the certificate's SHA-256 in upper-case hexadecimal digits, pairs
// with colons between: what `openssl x509 -fingerprint -sha256` prints.
func (c *Core) Fingerprint() string {
	sum := sha256.Sum256(c.cert.parsed.Raw)
	pairs := make([]string, len(sum))
	for i, b := range sum {
		pairs[i] = strings.ToUpper(hex.EncodeToString([]byte{b}))
	}
	return strings.Join(pairs, ":")
}
