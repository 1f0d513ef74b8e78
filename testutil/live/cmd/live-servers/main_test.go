package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWrongArgumentsEndWithTheUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-nonsense"}, {}, {"hapi"}, {"fhir-nothing"}} {
		var stderr strings.Builder
		code, err := run(t.Context(), args, io.Discard, &stderr)
		if code != exitUsage || err != nil || !strings.Contains(stderr.String(), "usage: live-servers") {
			t.Errorf("%q: code %d, error %v, printed %q", args, code, err, stderr.String())
		}
	}
}

func TestTheCommandComesAfterTheServer(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"fhir-hapi", "--", "go", "test"}, {"fhir-hapi", "go", "test"}} {
		o, err := parse(args, io.Discard)
		if err != nil || o.kind != "hapi" || strings.Join(o.command, " ") != "go test" {
			t.Errorf("%q: %+v, %v", args, o, err)
		}
	}
}

// A program named node stands in for the server: what is started is waited for and ended.
func TestTheServerRunsAsLongAsTheCommand(t *testing.T) {
	bin, cache, state := t.TempDir(), t.TempDir(), t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(bin, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	write("npm", "#!/bin/sh\nmkdir -p node_modules/@medplum/fhir-router\n")
	write("node", "#!/bin/sh\necho ready 4711\nexec sleep 60\n")
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	var out strings.Builder
	args := []string{"-cache", cache, "-state", state, "fhir-medplum", "--", "sh", "-c", "echo $FHIR_URL $FHIR_FLAVOUR; exit 3"}
	code, err := run(context.Background(), args, &out, io.Discard)
	if err != nil || code != 3 || out.String() != "http://127.0.0.1:4711/fhir medplum\n" {
		t.Errorf("code %d, error %v, output %q", code, err, out.String())
	}
}

func TestAServerThatDoesNotStartShowsItsLog(t *testing.T) {
	bin, cache, state := t.TempDir(), t.TempDir(), t.TempDir()
	for name, text := range map[string]string{
		"npm": "#!/bin/sh\nmkdir -p node_modules/@medplum/fhir-router\n", "node": "#!/bin/sh\necho no such module\nexit 7\n",
	} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	code, err := run(context.Background(), []string{"-cache", cache, "-state", state, "fhir-medplum", "--", "true"}, io.Discard, io.Discard)
	if code != 1 || err == nil || !strings.Contains(err.Error(), "no such module") {
		t.Errorf("code %d, error %v", code, err)
	}
}
