package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping"
)

func TestFormatting(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, before, after string }{
		{"keys of the document have an order", "map: {}\nname: x\nmapping: v1\n", "mapping: v1\nname: x\nmap: {}\n"},
		{"keys of the output keep theirs", "mapping: v1\nmap:\n  name: x\n  map: y\n  mapping: z\n", "mapping: v1\nmap:\n  name: x\n  map: y\n  mapping: z\n"},
		{"comments go with what they are above", "# of map\nmap: {}\n# of mapping\nmapping: v1 # the version\n", "# of mapping\nmapping: v1 # the version\n# of map\nmap: {}\n"},
		{"empty lines stay, one at most", "mapping: v1\n\n\n\nmap:\n  a: 1\n\n  b: 2\n", "mapping: v1\n\nmap:\n  a: 1\n\n  b: 2\n"},
		{"line ends", "mapping: v1  \r\nmap: {}\r\n\r\n\r\n", "mapping: v1\nmap: {}\n"},
		{"texts within braces keep their form", "mapping: v1\nmap: {a: {$from:   u, $default: http://x.org/y}}\n", "mapping: v1\nmap: {a: {$from: u, $default: http://x.org/y}}\n"},
		{"numbers keep their text", "mapping: v1\nmap: {a: 70.0, b: 1E5, c: 12345678901234567890123}\n", "mapping: v1\nmap: {a: 70.0, b: 1E5, c: 12345678901234567890123}\n"},
		{"braces over several lines become lines", "mapping: v1\nmap: {a: x,\n  b: {c: y}}\n", "mapping: v1\nmap:\n  a: x\n  b: {c: y}\n"},
		{"texts of several lines", "mapping: v1\nmap:\n    a: |\n       # no comment\n\n\n       two\n", "mapping: v1\nmap:\n  a: |\n    # no comment\n\n\n    two\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := format([]byte(tc.before))
			require.NoError(t, err)
			assert.Equal(t, tc.after, string(got))
			again, err := format(got)
			require.NoError(t, err)
			assert.Equal(t, string(got), string(again), "formatted twice")
		})
	}
}

// What is formatted is formatted for good, and is still a mapping document.
func FuzzFormat(f *testing.F) {
	files, err := filepath.Glob("testdata/*.yaml")
	require.NoError(f, err)
	for _, file := range files {
		raw, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		if len(source) > 10_000 {
			return
		}
		if _, err := mapping.Parse("m.yaml", source); err != nil {
			return
		}
		once, err := format(source)
		if err != nil {
			return // refused, and nothing is written
		}
		if _, err := mapping.Parse("m.yaml", once); err != nil {
			t.Fatalf("no longer a mapping document: %v\n%s", err, once)
		}
		twice, err := format(once)
		if err != nil {
			t.Fatalf("refused the second time: %v\n%s", err, once)
		}
		if !bytes.Equal(once, twice) {
			t.Fatalf("formatted twice:\n%s\n%s", once, twice)
		}
	})
}
