package conformance

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// event is a line of `go test -json`, as far as it matters here.
type event struct {
	Action, Package, Test, Output string
}

// outputLines calls yield with each whole line that a test printed. The output of
// one test can come in pieces between those of others.
func outputLines(r io.Reader, yield func(pkg, line string) error) error {
	type source struct{ pkg, test string }
	pending := map[source]string{}
	for decoder := json.NewDecoder(r); ; {
		var e event
		switch err := decoder.Decode(&e); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("read the output of go test -json: %w", err)
		}
		if e.Action != "output" {
			continue
		}
		from := source{e.Package, e.Test}
		text := pending[from] + e.Output
		for {
			line, rest, whole := strings.Cut(text, "\n")
			if !whole {
				break
			}
			if err := yield(e.Package, strings.TrimSuffix(line, "\r")); err != nil {
				return err
			}
			text = rest
		}
		pending[from] = text
	}
}
