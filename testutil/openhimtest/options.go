package openhimtest

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"time"
)

// The versions that were recorded.
const (
	Version850 = "8.5.0"
	Version405 = "4.0.5"
)

// The credentials every new core has.
const (
	// DefaultUsername and DefaultPassword are the root user of the API.
	DefaultUsername = "root@openhim.org"
	DefaultPassword = "openhim-password"
	// ClientID and ClientPassword belong to a client with the role ClientRole.
	ClientID       = "test"
	ClientPassword = "password"
	ClientRole     = "test"
)

// Options say what core to start. The zero value is a core 8.5.0 with http on free
// ports of 127.0.0.1.
type Options struct {
	// Version is [Version850] or [Version405]. Defaults to the former. It decides
	// answers, validation and quirks.
	Version string
	// Username and Password of the API's root user. Default to DefaultUsername and
	// DefaultPassword.
	Username, Password string
	// TLS serves the API by https with a self-signed certificate for CN=localhost
	// without subjectAltName, as a fresh core does (openhim-core.md section 1).
	TLS bool
	// RouterTimeout is router.timeout: idle time on a mediator's connection.
	// Defaults to 60 s.
	RouterTimeout time.Duration
	// PollingAddress is polling.host:pollingPort, the Host of the core's requests to
	// itself that start a polling channel; nothing listens there. Defaults to
	// 127.0.0.1:7788.
	PollingAddress string
	// Clock gives the time the core stores and compares tokens with. Timeouts run on
	// real time all the same. Defaults to time.Now.
	Clock func() time.Time
	// Logger gets the core's log: what happened, never bodies or credentials.
	// Defaults to none.
	Logger *slog.Logger
	// Memory makes a network in memory instead of sockets, so that the core, its
	// clients and the mediator run inside testing/synctest: reach the core by
	// [Core.HTTPClient], let the mediator listen on [Core.Listen].
	Memory bool
	// Dial opens the router's connections to mediators. Defaults to sockets, or to
	// the network in memory.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

func (o *Options) complete() error {
	switch o.Version {
	case "":
		o.Version = Version850
	case Version850, Version405:
	default:
		return fmt.Errorf("openhimtest: version %q is not known; use %q or %q", o.Version, Version850, Version405)
	}
	if o.Username == "" {
		o.Username = DefaultUsername
	}
	if o.Password == "" {
		o.Password = DefaultPassword
	}
	if o.RouterTimeout == 0 {
		o.RouterTimeout = time.Minute
	}
	if o.RouterTimeout < 0 {
		return fmt.Errorf("openhimtest: router timeout %s is negative", o.RouterTimeout)
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}
