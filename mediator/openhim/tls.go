package openhim

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// FingerprintError means that the server showed another certificate than the
// one pinned by Config.Fingerprint. Either the core's certificate was
// exchanged, or somebody stands between.
type FingerprintError struct {
	// Want and Got are SHA-256 fingerprints in hexadecimal with colons.
	Want, Got string
}

// Error implements error.
func (e *FingerprintError) Error() string {
	return fmt.Sprintf("the server's certificate has the SHA-256 fingerprint %s, but %s is pinned; "+
		"if the core got a new certificate, change the pin", e.Got, e.Want)
}

// Permanent reports true: another attempt meets the same certificate.
func (e *FingerprintError) Permanent() bool { return true }

// CertificateFingerprint returns the SHA-256 fingerprint of a certificate in
// DER form, as Config.Fingerprint takes it: pairs of hexadecimal digits with
// colons between.
func CertificateFingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return colonHex(sum[:])
}

func colonHex(b []byte) string {
	parts := make([]string, len(b))
	for i, c := range b {
		parts[i] = strings.ToUpper(hex.EncodeToString([]byte{c}))
	}
	return strings.Join(parts, ":")
}

// parseFingerprint reads a fingerprint as openssl, browsers or
// CertificateFingerprint write it.
func parseFingerprint(s string) ([]byte, error) {
	if _, after, ok := strings.Cut(s, "="); ok { // "sha256 Fingerprint=AA:BB"
		s = after
	}
	s = strings.NewReplacer(":", "", " ", "", "\t", "", "\n", "").Replace(s)
	b, err := hex.DecodeString(s)
	if err != nil {
		return nil, fmt.Errorf("is not hexadecimal: %w", err)
	}
	if len(b) != sha256.Size {
		return nil, fmt.Errorf("has %d bytes; a SHA-256 fingerprint has %d", len(b), sha256.Size)
	}
	return b, nil
}

func (cfg Config) checkTLS() error {
	if cfg.Fingerprint != "" {
		if _, err := parseFingerprint(cfg.Fingerprint); err != nil {
			return &ConfigError{Field: "Fingerprint", Reason: err.Error()}
		}
		if cfg.InsecureSkipVerify {
			return &ConfigError{Field: "InsecureSkipVerify", Reason: "contradicts Fingerprint; set one of them"}
		}
		if cfg.RootCAs != nil {
			return &ConfigError{Field: "RootCAs", Reason: "has no use beside Fingerprint; set one of them"}
		}
		if strings.HasPrefix(cfg.URL, "http:") {
			return &ConfigError{Field: "Fingerprint", Reason: "has no use with an http:// URL"}
		}
	}
	if cfg.Transport == nil {
		return nil
	}
	for field, set := range map[string]bool{
		"RootCAs":            cfg.RootCAs != nil,
		"ClientCertificates": len(cfg.ClientCertificates) > 0,
		"Fingerprint":        cfg.Fingerprint != "",
		"InsecureSkipVerify": cfg.InsecureSkipVerify,
	} {
		if set {
			return &ConfigError{Field: field, Reason: "has no effect when Transport is set; configure the transport instead"}
		}
	}
	return nil
}

// transport returns what sends a single request.
func (cfg Config) transport() http.RoundTripper {
	if cfg.Transport != nil {
		return cfg.Transport
	}
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:       cfg.tlsConfig(),
		TLSHandshakeTimeout:   5 * time.Second,
		MaxIdleConns:          8,
		MaxIdleConnsPerHost:   8,
		IdleConnTimeout:       90 * time.Second,
		ExpectContinueTimeout: time.Second,
		ForceAttemptHTTP2:     true,
	}
}

func (cfg Config) tlsConfig() *tls.Config {
	t := &tls.Config{
		MinVersion:   tls.VersionTLS12,
		RootCAs:      cfg.RootCAs,
		Certificates: cfg.ClientCertificates,
	}
	if cfg.InsecureSkipVerify {
		t.InsecureSkipVerify = true
		return t
	}
	if cfg.Fingerprint == "" {
		return t
	}
	want, _ := parseFingerprint(cfg.Fingerprint) // checked by New
	// The default certificate of a core has no subjectAltName, which Go
	// refuses even when it is in RootCAs. The pin is the whole verification.
	t.InsecureSkipVerify = true
	t.VerifyConnection = func(state tls.ConnectionState) error { // also runs for resumed sessions
		if len(state.PeerCertificates) == 0 {
			return &FingerprintError{Want: colonHex(want), Got: "(no certificate)"}
		}
		got := sha256.Sum256(state.PeerCertificates[0].Raw)
		if subtle.ConstantTimeCompare(got[:], want) != 1 {
			return &FingerprintError{Want: colonHex(want), Got: colonHex(got[:])}
		}
		return nil
	}
	return t
}
