package main

import (
	"io"
	"strings"
	"testing"
)

func TestWrongFlagsEndWithTheUsage(t *testing.T) {
	t.Parallel()
	var stderr strings.Builder
	code, err := run(t.Context(), []string{"-nonsense"}, io.Discard, &stderr)
	if code != exitUsage || err != nil || !strings.Contains(stderr.String(), "usage: openhim-live") {
		t.Errorf("code %d, error %v, printed %q", code, err, stderr.String())
	}
}
