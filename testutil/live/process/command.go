package process

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// commandGrace is how long a command may take to end after we were asked to end.
const commandGrace = 10 * time.Second

// Run runs a command with variables added to our environment and returns its exit code.
// When ctx ends, the command and all it started are ended.
func Run(ctx context.Context, command, environ []string, stdout, stderr io.Writer) (code int, err error) {
	cmd := exec.Command(command[0], command[1:]...) //nolint:gosec,noctx // running it is the purpose; ended below
	cmd.Env = append(os.Environ(), environ...)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	p, err := Start(cmd)
	if err != nil {
		return 1, err
	}
	select {
	case <-p.Done():
	case <-ctx.Done():
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), commandGrace)
		defer cancel()
		if err := p.Stop(grace); err != nil {
			return 1, err
		}
	}
	if code = p.Wait(); code < 0 {
		return 1, fmt.Errorf("%s: %w", command[0], p.Err())
	}
	return code, nil
}

// Serve runs a command while a server is up, as [Run] does; without one it prints the environment
// for a shell to read, and waits for the end of ctx.
func Serve(ctx context.Context, command, environ []string, stdout, stderr io.Writer) (code int, err error) {
	if len(command) > 0 {
		return Run(ctx, command, environ, stdout, stderr)
	}
	for _, line := range environ {
		name, value, _ := strings.Cut(line, "=")
		if _, err := fmt.Fprintf(stdout, "export %s='%s'\n", name, value); err != nil {
			return 1, err
		}
	}
	<-ctx.Done()
	return 0, nil
}
