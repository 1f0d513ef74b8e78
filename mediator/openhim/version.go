package openhim

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/mod/semver"

	"github.com/openhim/mediator-go/internal/httpx"
)

// Version is the version of a core, "8.5.0". The empty one means that it is
// not known.
type Version string

// The versions that brought what this package minds (openhim-core.md
// section 9).
const (
	VersionMethods     Version = "7.0.1" // a channel without methods matches nothing
	VersionBulkRerun   Version = "7.1.0" // POST /bulkrerun
	VersionKafka       Version = "8.0.0" // kafka routes; host and port optional; no tcp and mllp routes
	VersionAsync       Version = "8.3.0" // Pending Async, isAsynchronousProcess
	VersionOpenMetrics Version = "8.1.0" // GET /metrics for Prometheus
)

// AtLeast reports whether v is other or newer. An unknown version is not.
func (v Version) AtLeast(other Version) bool {
	return validSemver(string(v)) && compareSemver(string(v), string(other)) >= 0
}

// About is what a core tells of itself.
type About struct {
	// Version of the core.
	Version Version `json:"currentCoreVersion"`
	// Timezone of its server, for example "Africa/Nairobi".
	Timezone string `json:"serverTimezone"`
}

// About asks the core for its version. It needs authentication, but no
// permission, and is the cheapest way to check both.
func (a *API) About(ctx context.Context) (About, error) {
	var about About
	err := a.document(ctx, exchange{
		op: "read about", method: http.MethodGet, path: "/about", retry: httpx.RetrySafe,
	}, &about)
	if err != nil {
		return About{}, err
	}
	if !validSemver(string(about.Version)) {
		return about, &ReplyError{
			Op: "read about", Status: http.StatusOK, ContentType: "application/json",
			Err: fmt.Errorf("the core's version %q is not a version", about.Version),
		}
	}
	a.version.set(about.Version)
	return about, nil
}

// Version returns the core's version. It is asked once and remembered; every
// [API.About] and [API.Register] learns it anew.
func (a *API) Version(ctx context.Context) (Version, error) {
	if v := a.version.get(); v != "" {
		return v, nil
	}
	about, err := a.About(ctx)
	return about.Version, err
}

// versionCache remembers the core's version.
type versionCache struct {
	mu sync.Mutex
	v  Version
}

func (c *versionCache) get() Version {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.v
}

func (c *versionCache) set(v Version) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.v = v
}

// validSemver reports whether every core's semver.valid() takes s: exactly
// three numbers of at most 2^53-1, an optional pre-release and build, an
// optional v in front, at most 256 characters.
func validSemver(s string) bool {
	c, ok := canonicalSemver(s)
	return ok && semver.IsValid(c)
}

// compareSemver compares two valid versions by precedence: -1, 0 or 1. Build
// metadata does not count.
func compareSemver(a, b string) int {
	ca, _ := canonicalSemver(a)
	cb, _ := canonicalSemver(b)
	return semver.Compare(ca, cb)
}

func canonicalSemver(s string) (string, bool) {
	if len(s) > 256 {
		return "", false
	}
	s = strings.TrimPrefix(s, "v")
	core := s
	if i := strings.IndexAny(s, "-+"); i >= 0 {
		core = s[:i]
	}
	numbers := strings.Split(core, ".")
	if len(numbers) != 3 {
		return "", false
	}
	for _, n := range numbers {
		v, err := strconv.ParseUint(n, 10, 64)
		if err != nil || v > 1<<53-1 {
			return "", false
		}
	}
	return "v" + s, true
}
