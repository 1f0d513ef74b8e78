// Command report runs the tests of the given packages and writes what they print of
// conformance to a document. `make conformance` is its usual form.
//
//	report -out docs/conformance.md ./...          write
//	report -check -out docs/conformance.md ./...   fail if writing would change the document
//
// A missing corpus and a failing test are failures here, and leave the document alone.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/openhim/mediator-go/internal/conformance"
)

// makeCommand is how the document says it is made.
const makeCommand = "make conformance"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("report", flag.ContinueOnError)
	flags.SetOutput(stderr)
	path := flags.String("out", "docs/conformance.md", "the `file` to write or check, - for standard output")
	check := flags.Bool("check", false, "compare and do not write")
	input := flags.String("json", "", "read the output of go test -json from this `file` and run nothing")
	if err := flags.Parse(args); err != nil {
		return err
	}
	output, err := testOutput(ctx, *input, flags.Args(), stderr)
	if err != nil {
		return err
	}
	report, err := conformance.Scan(bytes.NewReader(output))
	if err != nil {
		return err
	}
	var document bytes.Buffer
	if err := report.Markdown(&document, makeCommand); err != nil {
		return err
	}
	for _, result := range report.Results {
		if _, err := fmt.Fprintf(stdout, "conformance: %s %d/%d\n", result.Name, result.Passed, result.Total); err != nil {
			return err
		}
	}
	switch {
	case *path == "-":
		_, err = stdout.Write(document.Bytes())
		return err
	case *check:
		return compare(*path, document.Bytes())
	default:
		return write(*path, document.Bytes())
	}
}

// testOutput returns what go test -json prints. A failed test is an error that shows
// the failed tests' output.
func testOutput(ctx context.Context, input string, packages []string, stderr io.Writer) ([]byte, error) {
	if input != "" {
		return os.ReadFile(input) //nolint:gosec // the caller's own file
	}
	if len(packages) == 0 {
		packages = []string{"./..."}
	}
	// -count=1: go test does not notice when a file outside the module has changed.
	cmd := exec.CommandContext(ctx, "go", append([]string{"test", "-json", "-count=1"}, packages...)...) //nolint:gosec // the caller's own packages
	cmd.Env = append(os.Environ(), "CI=true")                                                            // a missing corpus fails
	cmd.Stderr = stderr
	output, err := cmd.Output()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("go test %s: %w", strings.Join(packages, " "), err), conformance.Failures(bytes.NewReader(output)))
	}
	return output, nil
}

func compare(path string, document []byte) error {
	current, err := os.ReadFile(path) //nolint:gosec // the caller's own file
	if err != nil {
		return err
	}
	was, is := strings.Split(string(current), "\n"), strings.Split(string(document), "\n")
	for i := range max(len(was), len(is)) {
		var a, b string
		if i < len(was) {
			a = was[i]
		}
		if i < len(is) {
			b = is[i]
		}
		if a != b {
			return fmt.Errorf("%s is not up to date, run `%s` and commit it; the first difference is in line %d:\n-%s\n+%s",
				path, makeCommand, i+1, a, b)
		}
	}
	return nil
}

func write(path string, document []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	return os.WriteFile(path, document, 0o600)
}
