package dhis2test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// Target is a DHIS2 server to check with [Contract]: the fake, or a real one
// that has [SeedMetadata] (dhis2.md section 6).
type Target struct {
	// URL is the server's base address; the API is below URL + "/api".
	URL string

	// Username and Password of a superuser whose org unit is the seed's root.
	Username, Password string

	// Client sends the requests; redirects are never followed. Defaults to a
	// client with a timeout of a minute.
	Client *http.Client

	// Run makes UIDs and unique values of one run differ from another's, so
	// that a server can be checked again. Defaults to the time.
	Run string
}

// fact is one thing that is so on a DHIS2 server.
type fact struct {
	name string

	// since and before bound the versions it holds for, such as "2.42"; empty
	// is no bound.
	since, before string

	check func(c *contract)
}

// Contract checks what this package says of DHIS2, fact by fact, on a server:
// each fact is a subtest that makes its own objects. Facts that do not hold
// for the server's version are left out; what differs by version is in the
// facts. It is how the fake is kept true: the same facts run against a real
// server (TestContractOnARealServer).
func Contract(t *testing.T, target Target) {
	t.Helper()
	c := newContract(t, target)
	for _, area := range []struct {
		name  string
		facts []fact
	}{
		{"front door", frontDoorFacts()},
		{"metadata", metadataFacts()},
		{"import", importFacts()},
		{"jobs", jobFacts()},
		{"export", exportFacts()},
		{"aggregate", aggregateFacts()},
		{"data store", datastoreFacts()},
	} {
		t.Run(area.name, func(t *testing.T) {
			for _, f := range area.facts {
				if c.holds(f) {
					t.Run(f.name, func(t *testing.T) {
						t.Helper()
						f.check(c.of(t))
					})
				}
			}
		})
	}
}

// holds tells whether a fact is one of the server's version.
func (c *contract) holds(f fact) bool {
	return (f.since == "" || !olderThan(c.version, f.since)) && (f.before == "" || olderThan(c.version, f.before))
}

func olderThan(v version, bound string) bool {
	limit, err := readVersion(bound)
	return err == nil && v.before(limit.major, limit.minor)
}

func newContract(t *testing.T, target Target) *contract {
	t.Helper()
	if target.Client == nil {
		target.Client = &http.Client{Timeout: time.Minute}
	}
	client := *target.Client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	target.Client = &client
	if target.Run == "" {
		target.Run = time.Now().UTC().Format(time.RFC3339Nano)
	}
	target.URL = strings.TrimSuffix(target.URL, "/")
	c := &contract{T: t, target: target, months: new(int), stuck: new(string)}
	info := c.get("system/info")
	c.status(info, http.StatusOK)
	v, err := readVersion(strings.TrimSuffix(info.text("version"), "-SNAPSHOT"))
	if err != nil {
		t.Fatalf("the server says it is %q: %v", info.text("version"), err)
	}
	c.version = v
	return c
}
