package mediator

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/openhim/mediator-go/mediator/openhim"
)

// LoadConfig completes a config from the conventional mediatorConfig.json file
// and from the environment. What comes later overrides what came before:
//
//  1. base, what the program itself says;
//
//  2. file, a registration as JSON: urn, version, name, endpoints,
//     defaultChannelConfig, configDefs, config. Every member that is present
//     replaces that of base. "" reads no file; a file that is missing or has
//     unknown members is an error;
//
//  3. the environment:
//
//     OPENHIM_URL            URL of the core's API, https://core:8080
//     OPENHIM_USERNAME       user of the core's API
//     OPENHIM_PASSWORD       its password, or
//     OPENHIM_PASSWORD_FILE  a file that holds it
//     OPENHIM_CA_FILE        PEM file of certificates to trust for the core
//     OPENHIM_FINGERPRINT    SHA-256 of the one certificate to trust
//     TRUST_SELF_SIGNED      true trusts any certificate of the core
//     OPENHIM_REGISTER       false serves without a core
//     OPENHIM_INSTALL_CHANNELS  true installs the default channels
//     MEDIATOR_URN           URN of the mediator
//     SERVER_HOST, SERVER_PORT  where requests are served
//     SERVER_CERT_FILE, SERVER_KEY_FILE  PEM files: serve by TLS
//     SERVER_CLIENT_CA_FILE  PEM file: only clients with a certificate of these
//     ADMIN_ADDR             where /livez, /readyz and /metrics are served
//     HEARTBEAT_INTERVAL     such as 10s
//     REQUEST_TIMEOUT        such as 50s
//
// getenv is os.Getenv where it is nil; a variable that is empty counts as not
// set. The error names every variable that cannot be used, never its value
// where that is a secret.
func LoadConfig(base Config, file string, getenv func(string) string) (Config, error) {
	if getenv == nil {
		getenv = os.Getenv
	}
	if file != "" {
		if err := readRegistration(&base.Registration, file); err != nil {
			return base, err
		}
	}
	env := environment{get: getenv}
	env.openhim(&base)
	env.server(&base)
	env.logger(&base)
	return base, errors.Join(env.errs...)
}

// readRegistration replaces the members of reg that the file has.
func readRegistration(reg *openhim.Mediator, file string) error {
	raw, err := os.ReadFile(file) //nolint:gosec // the operator names it
	if err != nil {
		return fmt.Errorf("mediator: registration file: %w", err)
	}
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	type document openhim.Mediator // without its tolerance for what cores store
	if err := dec.Decode((*document)(reg)); err != nil {
		return fmt.Errorf("mediator: registration file %s: %s", file, problemOf(raw, err))
	}
	return nil
}

// environment reads settings and collects what is wrong with them.
type environment struct {
	get  func(string) string
	errs []error
}

func (e *environment) bad(name, problem string) {
	e.errs = append(e.errs, fmt.Errorf("mediator: environment variable %s: %s", name, problem))
}

func (e *environment) text(name string, to *string) {
	if v := e.get(name); v != "" {
		*to = v
	}
}

func (e *environment) boolean(name string, set func(bool)) {
	v := e.get(name)
	if v == "" {
		return
	}
	b, err := strconv.ParseBool(v)
	if err != nil {
		e.bad(name, "is neither true nor false")
		return
	}
	set(b)
}

func (e *environment) duration(name string, to *time.Duration) {
	v := e.get(name)
	if v == "" {
		return
	}
	d, err := time.ParseDuration(v)
	if err != nil || d <= 0 {
		e.bad(name, "is no duration such as 10s")
		return
	}
	*to = d
}

// pem reads a file of certificates.
func (e *environment) pem(name string) *x509.CertPool {
	file := e.get(name)
	if file == "" {
		return nil
	}
	raw, err := os.ReadFile(file) //nolint:gosec // the operator names it
	if err != nil {
		e.bad(name, err.Error())
		return nil
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(raw) {
		e.bad(name, "the file holds no certificate in PEM form")
		return nil
	}
	return pool
}

func (e *environment) openhim(c *Config) {
	e.text("OPENHIM_URL", &c.OpenHIM.URL)
	e.text("OPENHIM_USERNAME", &c.OpenHIM.Username)
	e.text("OPENHIM_PASSWORD", &c.OpenHIM.Password)
	if file := e.get("OPENHIM_PASSWORD_FILE"); file != "" {
		switch raw, err := os.ReadFile(file); { //nolint:gosec // the operator names it
		case e.get("OPENHIM_PASSWORD") != "":
			e.bad("OPENHIM_PASSWORD_FILE", "is set besides OPENHIM_PASSWORD; set one of them")
		case err != nil:
			e.bad("OPENHIM_PASSWORD_FILE", err.Error())
		default:
			c.OpenHIM.Password = strings.TrimRight(string(raw), "\r\n")
		}
	}
	if pool := e.pem("OPENHIM_CA_FILE"); pool != nil {
		c.OpenHIM.RootCAs = pool
	}
	e.text("OPENHIM_FINGERPRINT", &c.OpenHIM.Fingerprint)
	e.boolean("TRUST_SELF_SIGNED", func(b bool) { c.OpenHIM.InsecureSkipVerify = b })
	e.boolean("OPENHIM_REGISTER", func(b bool) { c.Unregistered = !b })
	e.boolean("OPENHIM_INSTALL_CHANNELS", func(b bool) { c.InstallChannels = b })
	e.text("MEDIATOR_URN", &c.Registration.URN)
	e.duration("HEARTBEAT_INTERVAL", &c.HeartbeatInterval)
}

// logger gives a program that did not say where to log one that its operator
// can read.
func (e *environment) logger(c *Config) {
	if c.Logger != nil {
		return
	}
	level := slog.LevelInfo
	switch text := e.get("LOG_LEVEL"); text {
	case "":
	case "off":
		return
	default:
		if err := level.UnmarshalText([]byte(text)); err != nil {
			e.bad("LOG_LEVEL", "is none of debug, info, warn, error, off")
			return
		}
	}
	c.Logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
}

func (e *environment) server(c *Config) {
	host, port := e.get("SERVER_HOST"), e.get("SERVER_PORT")
	if host != "" || port != "" {
		oldHost, oldPort, _ := net.SplitHostPort(c.withDefaults().Addr)
		if port == "" {
			port = oldPort
		} else if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
			e.bad("SERVER_PORT", "is no port number, 0 to 65535")
		}
		if host == "" && c.Addr != "" {
			host = oldHost
		}
		c.Addr = net.JoinHostPort(host, port)
	}
	e.text("ADMIN_ADDR", &c.AdminAddr)
	e.duration("REQUEST_TIMEOUT", &c.RequestTimeout)
	cert, key := e.get("SERVER_CERT_FILE"), e.get("SERVER_KEY_FILE")
	switch {
	case cert == "" && key == "":
	case cert == "" || key == "":
		e.bad("SERVER_CERT_FILE, SERVER_KEY_FILE", "must be set together")
	default:
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			e.bad("SERVER_CERT_FILE, SERVER_KEY_FILE", err.Error())
			break
		}
		c.TLS = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}
	}
	if pool := e.pem("SERVER_CLIENT_CA_FILE"); pool != nil {
		if c.TLS == nil {
			e.bad("SERVER_CLIENT_CA_FILE", "needs SERVER_CERT_FILE and SERVER_KEY_FILE")
			return
		}
		c.TLS = c.TLS.Clone()
		c.TLS.ClientCAs, c.TLS.ClientAuth = pool, tls.RequireAndVerifyClientCert
	}
}
