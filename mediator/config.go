package mediator

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"github.com/openhim/mediator-go/mediator/openhim"
)

// Defaults of [Config].
const (
	DefaultRequestTimeout = 50 * time.Second
	DefaultDrainTimeout   = 20 * time.Second
	DefaultMaxBody        = 10 << 20
)

// Config is what a person sets once for a mediator. The zero value of every
// field but Registration and OpenHIM works.
type Config struct {
	// Registration is what the core and its console know of the mediator. Its
	// URN, Version and Name are required; one endpoint is made up from Addr
	// where there is none.
	Registration openhim.Mediator
	// OpenHIM says where the core's API is and who the mediator is there. Its
	// URL is required unless Unregistered is set.
	OpenHIM openhim.Config
	// Unregistered serves without a core: nothing is registered and no
	// heartbeat is sent. For development. Defaults to false.
	Unregistered bool
	// InstallChannels installs the registration's default channels that the
	// core does not have yet. Defaults to false: an administrator does it.
	InstallChannels bool
	// HeartbeatInterval is the time between two heartbeats; the core counts a
	// mediator as dead after 60 s without one. Defaults to 10 s.
	HeartbeatInterval time.Duration

	// Addr is the TCP address requests are served on, "host:port". Defaults to
	// ":port" of the first endpoint, or to a free port on 127.0.0.1 where the
	// endpoint has none.
	Addr string
	// TLS serves by TLS with these certificates. With ClientCAs and
	// ClientAuth set, only clients with a certificate of theirs are served;
	// the core presents its own server certificate. Defaults to none: plain
	// HTTP.
	TLS *tls.Config
	// AdminAddr serves /livez, /readyz and /metrics, for the operator and not
	// for the core. Defaults to "": not served.
	AdminAddr string

	// RequestTimeout is how long a handler may take; after it the caller gets
	// a 504. Keep it below the core's own timeout (60 s unless changed), which
	// gives the caller a 500 without any orchestration. Defaults to 50 s.
	RequestTimeout time.Duration
	// DrainTimeout is how long Run waits for requests and late work under way
	// once its context is cancelled. Defaults to 20 s.
	DrainTimeout time.Duration
	// MaxRequestBody bounds the body of a request in bytes, unzipped. What is
	// larger gets a 413. Defaults to 10 MiB.
	MaxRequestBody int64
	// MaxResponseBody bounds the body of an answer that is held in memory to
	// go into an envelope, in bytes. What is larger gets a 500, or, from a
	// mounted http.Handler, goes out as it comes and without an envelope.
	// Defaults to 10 MiB.
	MaxResponseBody int64
	// MaxLate bounds the late works (see [Accepted]) under way at one time; a
	// request for one more gets a 503. Defaults to 100.
	MaxLate int
	// AlwaysEnvelope answers with an envelope also where the request has no
	// X-OpenHIM-TransactionID. Defaults to false: such a caller gets the plain
	// answer.
	AlwaysEnvelope bool
	// TrustClientID says that every channel leading here is private, so that
	// X-OpenHIM-ClientID is the core's word. Defaults to false: it is trusted
	// only where all channels of Registration are private.
	TrustClientID bool
	// Recording says what of the calls of a handler the core is told. The
	// zero value leaves patient data out.
	Recording Recording

	// RenderError makes the answer for an error of a handler, a timeout, a
	// request that is too large and the like; for example an OperationOutcome.
	// The status of what it returns may differ from the error's. Defaults to a
	// small JSON document {"error": …, "transaction": …}.
	RenderError func(req *Request, err *Error) *Response
	// Logger gets what happens, never bodies, credentials or header values.
	// Defaults to none: silent.
	Logger *slog.Logger
	// Metrics is where the Prometheus metrics are registered; it must be a
	// Gatherer too to be served at /metrics, as a *prometheus.Registry is.
	// Defaults to a registry of the mediator's own.
	Metrics prometheus.Registerer
	// Tracer makes OpenTelemetry spans of requests and, by [Mediator.Transport],
	// of calls. Defaults to none, which costs nothing.
	Tracer trace.TracerProvider
}

// withDefaults fills in what is not set.
func (c Config) withDefaults() Config {
	if c.Addr == "" {
		c.Addr = "127.0.0.1:0"
		if len(c.Registration.Endpoints) > 0 && c.Registration.Endpoints[0].Port > 0 {
			c.Addr = ":" + strconv.Itoa(c.Registration.Endpoints[0].Port)
		}
	}
	setDefault(&c.HeartbeatInterval, 10*time.Second)
	setDefault(&c.RequestTimeout, DefaultRequestTimeout)
	setDefault(&c.DrainTimeout, DefaultDrainTimeout)
	setDefault(&c.MaxRequestBody, DefaultMaxBody)
	setDefault(&c.MaxResponseBody, DefaultMaxBody)
	setDefault(&c.MaxLate, 100)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.OpenHIM.Logger == nil {
		c.OpenHIM.Logger = c.Logger
	}
	c.Recording.setDefaults()
	return c
}

func setDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

// validate names every field that cannot be used.
func (c Config) validate() error {
	var errs []error
	bad := func(field, format string, args ...any) {
		errs = append(errs, fmt.Errorf("mediator: Config.%s: %s", field, fmt.Sprintf(format, args...)))
	}
	if err := c.registration(c.Addr).Validate(); err != nil {
		errs = append(errs, fmt.Errorf("mediator: Config.Registration: %w", err))
	}
	if c.OpenHIM.URL == "" && !c.Unregistered {
		bad("OpenHIM.URL", "is empty; set it, or set Unregistered to serve without a core")
	}
	for _, a := range []struct{ field, addr string }{{"Addr", c.Addr}, {"AdminAddr", c.AdminAddr}} {
		if a.addr == "" {
			continue
		}
		if _, _, err := net.SplitHostPort(a.addr); err != nil {
			bad(a.field, "%q is not host:port", a.addr)
		}
	}
	if c.TLS != nil && len(c.TLS.Certificates) == 0 && c.TLS.GetCertificate == nil && c.TLS.GetConfigForClient == nil {
		bad("TLS", "has no certificate")
	}
	for _, d := range []struct {
		field string
		value time.Duration
	}{
		{"HeartbeatInterval", c.HeartbeatInterval},
		{"RequestTimeout", c.RequestTimeout},
		{"DrainTimeout", c.DrainTimeout},
	} {
		if d.value < 0 {
			bad(d.field, "is negative")
		}
	}
	if c.MaxRequestBody < 0 || c.MaxResponseBody < 0 || c.MaxLate < 0 {
		bad("MaxRequestBody, MaxResponseBody, MaxLate", "must not be negative")
	}
	return errors.Join(errs...)
}

// registration is the document to register for a mediator that listens on addr.
func (c Config) registration(addr string) openhim.Mediator {
	reg := c.Registration
	if len(reg.Endpoints) > 0 {
		return reg
	}
	host, portText, _ := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
		host = "localhost"
	}
	port, _ := strconv.Atoi(portText)
	port = max(port, 1) // 0, a free one, is known once Run listens
	reg.Endpoints = []openhim.Endpoint{{
		Name: reg.Name, Host: host, Port: port, Path: "/", Type: openhim.EndpointHTTP, Secured: c.TLS != nil,
	}}
	return reg
}
