package core

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// testCore is a Core whose "node" is a shell, and whose "server" is a script.
func testCore(t *testing.T, script string) *Core {
	t.Helper()
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "lib"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "lib", "server.js"), []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := pickPorts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return &Core{
		log: discard(), command: "/bin/sh", dir: dir, ports: p,
		conf: filepath.Join(dir, "core.json"), logPath: filepath.Join(dir, "core.log"),
	}
}

func TestACoreThatEndsAtOnceIsReportedWithItsLog(t *testing.T) {
	t.Parallel()
	c := testCore(t, "echo cannot reach the database; exit 1")
	err := c.Start(t.Context())
	if err == nil || !strings.Contains(err.Error(), "cannot reach the database") {
		t.Fatalf("got %v", err)
	}
	if c.PID() != 0 {
		t.Error("it counts as running")
	}
}

func TestACoreThatNeverGetsReadyIsEnded(t *testing.T) {
	t.Parallel()
	c := testCore(t, "echo waiting; sleep 60")
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := c.Start(ctx); err == nil || !strings.Contains(err.Error(), "waiting") {
		t.Fatalf("got %v", err)
	}
	if c.PID() != 0 {
		t.Error("it counts as running")
	}
}

func TestStoppingWhatDoesNotRunIsFine(t *testing.T) {
	t.Parallel()
	c := testCore(t, "")
	for range 2 {
		if err := c.Kill(); err != nil {
			t.Error(err)
		}
		if err := c.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestStartSaysThatAPortIsTaken(t *testing.T) {
	t.Parallel()
	c := testCore(t, "")
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", address(c.ports.Router))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := c.Start(ctx); err == nil || !strings.Contains(err.Error(), "port is in use") {
		t.Fatalf("got %v", err)
	}
}

func TestPortsDiffer(t *testing.T) {
	t.Parallel()
	p, err := pickPorts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for _, port := range p.all() {
		if seen[*port] || *port < lowestPort || *port >= highestPort {
			t.Errorf("port %d, of %+v", *port, p)
		}
		seen[*port] = true
	}
}

func TestSettingsKeepEverythingOnLoopback(t *testing.T) {
	t.Parallel()
	content, err := settings(ports{API: 1, Router: 2, RouterTLS: 3, Rerun: 4, TCP: 5, Polling: 6}, "mongodb://127.0.0.1:7/openhim", 3*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	var decoded struct {
		BindAddress string
		Mongo       struct{ URL, ATNAURL string }
		Router      struct{ HTTPPort, HTTPSPort, Timeout int }
		API         struct{ HTTPSPort int }
		Alerts      struct{ EnableAlerts *bool }
		Reports     struct{ EnableReports *bool }
	}
	if err := json.Unmarshal(content, &decoded); err != nil {
		t.Fatal(err)
	}
	if decoded.BindAddress != "127.0.0.1" || decoded.Mongo.URL != decoded.Mongo.ATNAURL {
		t.Errorf("got %s", content)
	}
	if decoded.API.HTTPSPort != 1 || decoded.Router.HTTPPort != 2 || decoded.Router.HTTPSPort != 3 || decoded.Router.Timeout != 3000 {
		t.Errorf("got %s", content)
	}
	// The core takes anything but a JSON false for true.
	if a, r := decoded.Alerts.EnableAlerts, decoded.Reports.EnableReports; a == nil || *a || r == nil || *r {
		t.Errorf("got %s", content)
	}
}

func TestTheLockNamesNoRegistry(t *testing.T) {
	t.Parallel()
	files, name, err := lockFiles()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(name, "openhim-core-"+Version+"-") {
		t.Errorf("directory %q", name)
	}
	var lock struct {
		Packages map[string]struct{ Version, Resolved, Integrity string }
	}
	if err := json.Unmarshal(files["package-lock.json"], &lock); err != nil {
		t.Fatal(err)
	}
	if got := lock.Packages["node_modules/openhim-core"].Version; got != Version {
		t.Errorf("openhim-core %s is locked, want %s", got, Version)
	}
	for path, p := range lock.Packages {
		if p.Resolved != "" || (path != "" && p.Integrity == "") {
			t.Errorf("%s: resolved %q, integrity %q", path, p.Resolved, p.Integrity)
		}
	}
}

func TestAnInstalledCoreIsNotInstalledAgain(t *testing.T) {
	t.Parallel()
	_, name, err := lockFiles()
	if err != nil {
		t.Fatal(err)
	}
	cache := t.TempDir()
	want := filepath.Join(cache, name, "node_modules", "openhim-core")
	if err := os.MkdirAll(filepath.Join(want, "lib"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(want, "lib", "server.js"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Install(t.Context(), InstallConfig{CacheDir: cache})
	if err != nil || got != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}

func TestNewNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	whole := Config{InstallDir: "a", StateDir: "b", MongoURL: "c"}
	for name, cut := range map[string]func(*Config){
		"InstallDir": func(c *Config) { c.InstallDir = "" },
		"StateDir":   func(c *Config) { c.StateDir = "" },
		"MongoURL":   func(c *Config) { c.MongoURL = "" },
	} {
		config := whole
		cut(&config)
		if _, err := New(t.Context(), config); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

func TestEnvironHoldsWhatAMediatorNeeds(t *testing.T) {
	t.Parallel()
	environ := Facts{APIURL: "https://127.0.0.1:1", Username: "u", Password: "p", RouterURL: "http://127.0.0.1:2"}.Environ()
	for _, want := range []string{
		"OPENHIM_URL=https://127.0.0.1:1", "OPENHIM_USERNAME=u", "OPENHIM_PASSWORD=p",
		"TRUST_SELF_SIGNED=true", "OPENHIM_ROUTER_URL=http://127.0.0.1:2",
	} {
		if !slices.Contains(environ, want) {
			t.Errorf("no %s in %q", want, environ)
		}
	}
}
