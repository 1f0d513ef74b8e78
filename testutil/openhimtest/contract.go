package openhimtest

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openhim/mediator-go/mediator/openhim"
)

// Target is a core for [Contract]: a fake one, or a real one.
type Target struct {
	// APIURL is the management API and RouterURL is where clients send their
	// requests, both without a slash at the end. Required.
	APIURL, RouterURL string
	// Username and Password of an administrator. Default to DefaultUsername and
	// DefaultPassword.
	Username, Password string
	// Version the core must say it has. Defaults to whatever it says.
	Version string

	// Fingerprint is the SHA-256 of the API's certificate in hexadecimal, with or
	// without colons; only this certificate is taken then. Defaults to none.
	Fingerprint string
	// RootCAs verify the API's certificate. Defaults to the system's.
	RootCAs *x509.CertPool
	// InsecureSkipVerify takes any certificate. Defaults to false.
	InsecureSkipVerify bool

	// MediatorHost is where the suite's mediator listens, on a free port, and under
	// which the core reaches it. Defaults to 127.0.0.1.
	MediatorHost string
	// Patience bounds every wait for something the core does by itself. Defaults to
	// 15 s.
	Patience time.Duration
}

// Contract checks that a core behaves as openhim-core.md says. Each fact is a
// subtest of its own, and all facts are asked over HTTP, so that the same suite tells
// whether a fake is faithful and whether a real core is still the one the SDK was
// written for. Facts that differ between versions go by the version the core says it
// has; 4.0.5 and 8.5.0 were recorded, for others the nearest facts are taken.
//
// The suite makes a client, channels, mediators and a user of its own, under names no
// other run has, and removes them at its end with the transactions it made. It may run
// twice on one core, at the same time too, but the core should be one for tests. What
// would end a real core's worker process is not part of it: that is in the recordings
// only.
func Contract(t *testing.T, target Target) {
	t.Helper()
	c := newContract(t, target)
	groups := []struct {
		name  string
		facts func(*testing.T)
	}{
		{"certificate", c.certificateFacts},
		{"authentication", c.authenticationFacts},
		{"basic authentication and sessions", c.basicFacts},
		{"registration", c.registrationFacts},
		{"update", c.updateFacts},
		{"validation of mediators", c.validationFacts},
		{"validation of settings", c.settingFacts},
		{"mediators", c.mediatorFacts},
		{"heartbeat", c.heartbeatFacts},
		{"announcement of config", c.announcementFacts},
		{"config", c.configFacts},
		{"installation of channels", c.installationFacts},
		{"channels", c.channelFacts},
		{"matching", c.matchingFacts},
		{"clients of the router", c.clientFacts},
		{"request at the mediator", c.requestFacts},
		{"headers at the mediator", c.headerFacts},
		{"path at the mediator", c.pathFacts},
		{"recognition of the envelope", c.recognitionFacts},
		{"response of the envelope", c.responseFacts},
		{"headers of the envelope", c.envelopeHeaderFacts},
		{"orchestrations", c.orchestrationFacts},
		{"properties and error", c.propertyFacts},
		{"plain answers", c.plainFacts},
		{"status", c.statusFacts},
		{"secondary routes", c.secondaryFacts},
		{"broken mediators", c.brokenFacts},
		{"storage", c.storageFacts},
		{"transactions", c.transactionFacts},
		{"update of transactions", c.transactionUpdateFacts},
		{"list of transactions", c.transactionListFacts},
		{"rerun", c.rerunFacts},
		{"asynchronous work", c.asyncFacts},
		{"client of the API", c.apiFacts},
		{"client of the API and transactions", c.apiTransactionFacts},
	}
	for _, group := range groups {
		t.Run(group.name, group.facts)
	}
}

// contract is one run of the suite.
type contract struct {
	target  Target
	version openhim.Version
	// name begins all names the run gives, and all its paths.
	name string

	http     *http.Client
	signer   signer
	api      *openhim.API
	mediator *scriptedMediator
	channels contractChannels
	client   contractClient

	requests atomic.Int64 // that were sent through the router
}

func newContract(t *testing.T, target Target) *contract {
	t.Helper()
	if target.Username == "" {
		target.Username = DefaultUsername
	}
	if target.Password == "" {
		target.Password = DefaultPassword
	}
	if target.MediatorHost == "" {
		target.MediatorHost = "127.0.0.1"
	}
	if target.Patience == 0 {
		target.Patience = 15 * time.Second
	}
	c := &contract{target: target, name: "contract-" + strings.ToLower(rand.Text()[:10])}
	c.http = newContractClient(t, target)
	c.signer = c.signerOf(t, target.Username, target.Password)
	c.version = openhim.Version(c.get(t, "/about").is(t, http.StatusOK).json().Get("currentCoreVersion").String())
	if c.version == "" {
		t.Fatal("GET /about tells no version")
	}
	if target.Version != "" && string(c.version) != target.Version {
		t.Fatalf("the core says it has version %s, want %s", c.version, target.Version)
	}
	api, err := openhim.New(openhim.Config{
		URL: target.APIURL, Username: target.Username, Password: target.Password, Transport: c.http.Transport,
	})
	if err != nil {
		t.Fatalf("client of the API: %v", err)
	}
	c.api = api
	c.mediator = startScriptedMediator(t, target.MediatorHost)
	c.furnish(t)
	return c
}

// since tells whether the core is of this version or newer.
func (c *contract) since(v openhim.Version) bool { return c.version.AtLeast(v) }

// The versions that brought a difference some fact minds, besides those of package
// openhim (openhim-core.md sections 9 and 12).
const (
	versionLenientStatus openhim.Version = "5.0.0" // any status from an envelope is stored
	versionBasic         openhim.Version = "7.1.0" // basic authentication is on
	versionSessions      openhim.Version = "7.2.0" // sessions
)

// pick gives then when the condition holds, else otherwise.
func pick[T any](condition bool, then, otherwise T) T {
	if condition {
		return then
	}
	return otherwise
}

// later is the context for what is done after a test has ended.
func later(t *testing.T) context.Context {
	t.Helper()
	return context.WithoutCancel(t.Context())
}
