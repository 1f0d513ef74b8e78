package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Each line of a golden file that begins with "$ " is a command line; what follows is what
// it gives. UPDATE_GOLDEN=1 writes the files anew.
func TestCommandsGiveTheirGoldenOutput(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("golden/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range append(files, "README.md") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			before, err := os.ReadFile(file)
			require.NoError(t, err)
			after := transcript(t, newWorld(t), string(before), filepath.Ext(file) == ".md")
			if os.Getenv("UPDATE_GOLDEN") != "" {
				require.NoError(t, os.WriteFile(file, []byte(after), 0o644))
				return
			}
			assert.Equal(t, string(before), after)
		})
	}
}

// transcript runs the command lines of a text, and returns it with what they give. In
// Markdown only blocks of console are looked at.
func transcript(t *testing.T, w *world, text string, markdown bool) string {
	t.Helper()
	var out strings.Builder
	inside, skipping := !markdown, false
	for line := range strings.Lines(text) {
		switch {
		case markdown && strings.HasPrefix(line, "```"):
			inside, skipping = !inside && line == "```console\n", false
			out.WriteString(line)
		case inside && strings.HasPrefix(line, "$ "):
			skipping = true
			out.WriteString(line + command1(t, w, strings.TrimSpace(line[2:])))
		case inside && !markdown && strings.HasPrefix(line, "## "):
			skipping = false
			out.WriteString("\n" + line)
		case inside && skipping:
		default:
			out.WriteString(line)
		}
	}
	return strings.TrimPrefix(out.String(), "\n")
}

// command1 carries out one line: mapping … [< FILE], or cat FILE, and nothing else.
func command1(t *testing.T, w *world, line string) string {
	t.Helper()
	words := strings.Fields(line)
	switch words[0] {
	case "cat":
		return w.read(t, words[1])
	case "mapping":
	default:
		require.Fail(t, "a golden file runs mapping and cat", line)
	}
	words = words[1:]
	w.stdin = ""
	for i, word := range words {
		if word == "<" {
			w.stdin = w.read(t, words[i+1])
			words = words[:i]
			break
		}
	}
	code, stdout, stderr := w.run(t.Context(), words...)
	text := stdout + stderr
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	if code != 0 {
		text += fmt.Sprintf("(exit code %d)\n", code)
	}
	return text
}
