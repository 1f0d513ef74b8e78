package fhirtest

import (
	"crypto/rand"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Target is the server a [Contract] is checked on.
type Target struct {
	// URL is the base of the FHIR API, without a slash at its end.
	URL string
	// Server says whose facts hold where servers differ: [ServerStrict], [ServerHAPI] or
	// [ServerMedplum]. Defaults to ServerStrict.
	Server string
	// Transport reaches the server. Defaults to one of the suite's own.
	Transport http.RoundTripper
	// HookHost is where the suite listens for notifications of subscriptions, on a free
	// port, and under which the server reaches it. Defaults to 127.0.0.1.
	HookHost string
	// Patience bounds every wait for something the server does by itself. Defaults to
	// 30 s.
	Patience time.Duration
}

// The servers whose facts are known.
const (
	ServerStrict  = "strict"  // the fake that follows the specification
	ServerHAPI    = "hapi"    // HAPI FHIR 8.8.0, and the fake's flavour
	ServerMedplum = "medplum" // the router of Medplum 4.5.2 over its memory repository
)

type contract struct {
	target Target
	traits traits
	http   *http.Client
	// name is in all that this run makes, so that it finds its own only.
	name string
}

// Contract checks that a server behaves as FHIR R4 says and as the known servers do. Each
// fact is a subtest of its own, and all facts are asked over HTTP, so that the same suite
// tells whether a fake is faithful, and whether a real server is still the one that
// clients were written for. Where servers differ, the fact says what each of them does; a
// server that lacks something must refuse it as the table of traits tells.
//
// The suite makes resources under names no other run has. It may run twice on one server,
// at the same time too, but the server should be one for tests: what it made stays there.
func Contract(t *testing.T, target Target) {
	t.Helper()
	c := newContract(t, target)
	for _, group := range []struct {
		name  string
		facts func(*contract, *testing.T)
	}{
		{"capability", (*contract).capabilityFacts},
		{"create", (*contract).createFacts},
		{"read", (*contract).readFacts},
		{"formats", (*contract).formatFacts},
		{"update", (*contract).updateFacts},
		{"patch", (*contract).patchFacts},
		{"delete", (*contract).deleteFacts},
		{"conditional create", (*contract).conditionalCreateFacts},
		{"conditional changes", (*contract).conditionalChangeFacts},
		{"bad bodies", (*contract).bodyFacts},
		{"references", (*contract).referenceFacts},
		{"search", (*contract).searchFacts},
		{"search results", (*contract).resultFacts},
		{"searches that are wrong", (*contract).badSearchFacts},
		{"includes", (*contract).includeFacts},
		{"paging", (*contract).pagingFacts},
		{"history", (*contract).historyFacts},
		{"transaction", (*contract).transactionFacts},
		{"failing transaction", (*contract).failingTransactionFacts},
		{"batch", (*contract).batchFacts},
		{"operations", (*contract).operationFacts},
		{"export", (*contract).exportFacts},
		{"subscription", (*contract).subscriptionFacts},
	} {
		t.Run(group.name, func(t *testing.T) { group.facts(c, t) })
	}
}

func newContract(t *testing.T, target Target) *contract {
	t.Helper()
	if target.Server == "" {
		target.Server = ServerStrict
	}
	if target.HookHost == "" {
		target.HookHost = "127.0.0.1"
	}
	if target.Patience == 0 {
		target.Patience = 30 * time.Second
	}
	target.URL = strings.TrimSuffix(target.URL, "/")
	known, ok := traitsOf(target.Server)
	if !ok {
		t.Fatalf("server %q is not known; use %q, %q or %q", target.Server, ServerStrict, ServerHAPI, ServerMedplum)
	}
	if target.Transport == nil {
		transport := &http.Transport{DisableCompression: true}
		t.Cleanup(transport.CloseIdleConnections)
		target.Transport = transport
	}
	return &contract{
		target: target, traits: known, name: strings.ToLower(rand.Text()[:10]),
		http: &http.Client{
			Transport:     target.Transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}
