package process

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
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
