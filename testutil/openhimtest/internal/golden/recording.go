package golden

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// Recording is one file of recorded cases.
type Recording struct {
	// Version is the version of the recorded core, Name the file without .json.
	Version, Name string
	// World holds every top-level value of the file besides the cases.
	World map[string]json.RawMessage
	// Cases in the order of the file.
	Cases []Case
}

// Case is one recorded case.
type Case struct {
	ID, Title string
	// Raw is the whole case.
	Raw json.RawMessage
}

// Decode reads the case into v.
func (c Case) Decode(v any) error {
	if err := json.Unmarshal(c.Raw, v); err != nil {
		return fmt.Errorf("golden: case %s: %w", c.ID, err)
	}
	return nil
}

// Decode reads the top-level value key of the recording into v.
func (r *Recording) Decode(key string, v any) error {
	raw, ok := r.World[key]
	if !ok {
		return fmt.Errorf("golden: %s/%s.json has no %q", r.Version, r.Name, key)
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return fmt.Errorf("golden: %s/%s.json, %q: %w", r.Version, r.Name, key, err)
	}
	return nil
}

// Open loads the recording fixtures/openhim-core/<version>/<name>.json of the
// shared folder (environment SHARED_DIR, else ../shared beside the project's
// root). Without it the test is skipped, or fails when CI is true.
func Open(tb testing.TB, version, name string) *Recording {
	tb.Helper()
	path := filepath.Join(sharedDir(tb), "fixtures", "openhim-core", version, name+".json")
	text, err := os.ReadFile(path) //nolint:gosec // the path of a test corpus
	if err != nil {
		absent(tb, err)
	}
	rec, err := Parse(text)
	if err != nil {
		tb.Fatalf("golden: %s: %v", path, err)
	}
	rec.Version, rec.Name = version, name
	return rec
}

// Parse reads a recording from its text.
func Parse(text []byte) (*Recording, error) {
	world := map[string]json.RawMessage{}
	if err := json.Unmarshal(text, &world); err != nil {
		return nil, fmt.Errorf("golden: recording: %w", err)
	}
	var raws []json.RawMessage
	if err := json.Unmarshal(world["cases"], &raws); err != nil {
		return nil, fmt.Errorf("golden: cases: %w", err)
	}
	delete(world, "cases")
	rec := &Recording{World: world}
	for i, raw := range raws {
		var head struct{ ID, Title string }
		if err := json.Unmarshal(raw, &head); err != nil {
			return nil, fmt.Errorf("golden: case %d: %w", i, err)
		}
		rec.Cases = append(rec.Cases, Case{ID: head.ID, Title: head.Title, Raw: raw})
	}
	return rec, nil
}

func sharedDir(tb testing.TB) string {
	tb.Helper()
	if dir := os.Getenv("SHARED_DIR"); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatalf("golden: working directory: %v", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(filepath.Dir(dir), "shared")
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			tb.Fatal("golden: no go.mod above the working directory; set SHARED_DIR")
		}
		dir = parent
	}
}

func absent(tb testing.TB, err error) {
	tb.Helper()
	if os.Getenv("CI") == "true" {
		tb.Fatalf("golden: recordings needed in CI: %v", err)
	}
	tb.Skipf("golden: no recordings (set SHARED_DIR): %v", err)
}
