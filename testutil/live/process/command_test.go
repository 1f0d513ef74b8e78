package process_test

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/openhim/mediator-go/testutil/live/process"
)

func TestTheCommandSeesTheVariablesAndItsCodeIsOurs(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	code, err := process.Run(t.Context(), []string{"sh", "-c", `echo "$OPENHIM_URL"; exit 5`},
		[]string{"OPENHIM_URL=https://127.0.0.1:1"}, &out, io.Discard)
	if err != nil || code != 5 || out.String() != "https://127.0.0.1:1\n" {
		t.Errorf("code %d, error %v, output %q", code, err, out.String())
	}
}

func TestTheCommandEndsWithUs(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	reader, writer := io.Pipe()
	go func() {
		_, _ = reader.Read(make([]byte, 1)) // it runs
		cancel()
		_, _ = io.Copy(io.Discard, reader)
	}()
	code, err := process.Run(ctx, []string{"sh", "-c", "echo up; sleep 60"}, nil, writer, io.Discard)
	if code != 1 || err == nil {
		t.Errorf("code %d, error %v; want 1 and the signal", code, err)
	}
}

func TestAMissingCommandIsAnError(t *testing.T) {
	t.Parallel()
	if _, err := process.Run(t.Context(), []string{"/no/such/command"}, nil, io.Discard, io.Discard); err == nil {
		t.Error("no error")
	}
}

// ending cancels a context when something is written to it.
type ending struct {
	strings.Builder
	cancel context.CancelFunc
}

func (e *ending) Write(b []byte) (int, error) {
	defer e.cancel()
	return e.Builder.Write(b)
}

func TestWithoutACommandTheEnvironmentIsPrintedUntilTheEnd(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := &ending{cancel: cancel}
	code, err := process.Serve(ctx, nil, []string{"FHIR_URL=http://127.0.0.1:1/fhir?a=b"}, out, io.Discard)
	if code != 0 || err != nil || out.String() != "export FHIR_URL='http://127.0.0.1:1/fhir?a=b'\n" {
		t.Errorf("code %d, error %v, output %q", code, err, out.String())
	}
}

func TestAnEnvironmentThatCannotBePrintedEndsAtOnce(t *testing.T) {
	t.Parallel()
	reader, writer := io.Pipe()
	_ = reader.Close()
	code, err := process.Serve(t.Context(), nil, []string{"FHIR_URL=x"}, writer, io.Discard)
	if code != 1 || err == nil {
		t.Errorf("code %d, error %v; want 1 and the error of the pipe", code, err)
	}
}
