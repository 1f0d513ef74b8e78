package conformance

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// failureLines bounds what is shown of one failed test.
const failureLines = 40

// Failures reads the output of `go test -json` and returns an error for each failed test,
// with the end of what it printed, and nil if none failed. Output that cannot be read is
// an error too.
func Failures(goTestJSON io.Reader) error {
	printed := map[string][]string{}
	var failed []error
	for decoder := json.NewDecoder(goTestJSON); ; {
		var e event
		switch err := decoder.Decode(&e); {
		case errors.Is(err, io.EOF):
			return errors.Join(failed...)
		case err != nil:
			return errors.Join(append(failed, fmt.Errorf("read the output of go test -json: %w", err))...)
		}
		name := strings.TrimSpace(e.Package + " " + e.Test)
		switch e.Action {
		case "output", "build-output":
			printed[name] = append(printed[name], e.Output)
			if n := len(printed[name]); n > failureLines {
				printed[name] = printed[name][n-failureLines:]
			}
		case "fail", "build-fail":
			failed = append(failed, fmt.Errorf("%s failed:\n%s", name, strings.Join(printed[name], "")))
			delete(printed, name)
		case "pass", "skip":
			delete(printed, name)
		}
	}
}
