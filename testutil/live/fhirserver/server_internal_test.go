package fhirserver

import (
	"strings"
	"testing"
)

func TestStartSaysWhatLacks(t *testing.T) {
	t.Parallel()
	for want, config := range map[string]Config{
		"Config.Kind is empty":       {InstallDir: "x", StateDir: "x"},
		"Config.InstallDir is empty": {Kind: HAPI, StateDir: "x"},
		"Config.StateDir is empty":   {Kind: HAPI, InstallDir: "x"},
		"read the class path":        {Kind: HAPI, InstallDir: t.TempDir(), StateDir: t.TempDir()},
	} {
		if _, err := Start(t.Context(), config); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestTheReadyLineHasItsEnd(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"log\nready 80": "", "log\nready 8080\nmore": "8080", "not ready 8080\n": ""} {
		got := ""
		if m := readyLine.FindStringSubmatch(text); m != nil {
			got = m[1]
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestWhatTheCallerAsksOfJavaStays(t *testing.T) {
	t.Setenv("JAVA_TOOL_OPTIONS", "-Dhttps.proxyHost=proxy")
	const want = `JAVA_TOOL_OPTIONS=-Dhttps.proxyHost=proxy "-Djava.io.tmpdir=/a b"`
	if got := javaOptions("/a b"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestATailIsWholeLines(t *testing.T) {
	t.Parallel()
	got := string(tail([]byte(strings.Repeat("0123456789\n", 1000))))
	if len(got) > tailSize || !strings.HasPrefix(got, "0123456789\n") {
		t.Errorf("got %d bytes that begin with %q", len(got), got[:20])
	}
}
