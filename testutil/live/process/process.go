package process

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"syscall"
)

// Process is a running program. Its methods are safe for concurrent use.
type Process struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error // set before done is closed
}

// Start starts a command that has been set up but not started. It sets the command's
// SysProcAttr, and must not be given one made by exec.CommandContext: use Stop.
func Start(cmd *exec.Cmd) (*Process, error) {
	cmd.SysProcAttr = ownGroup()
	p := &Process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		// Linux takes the end of the thread that started a program for the end of its
		// parent, so this thread is kept until the program has ended.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			p.err = cmd.Wait()
			close(p.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	return p, nil
}

// ID is the process id, which is the id of the group too.
func (p *Process) ID() int { return p.cmd.Process.Pid }

// Done is closed when the program has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Wait waits for the program's end and returns its exit code, -1 after a signal.
func (p *Process) Wait() int {
	<-p.done
	return p.cmd.ProcessState.ExitCode()
}

// Err waits for the program's end and says how it ended: nil after exit code 0.
func (p *Process) Err() error {
	<-p.done
	return p.err
}

// Kill ends the group at once and waits. Killing what has ended is no error.
func (p *Process) Kill() error {
	return p.end(syscall.SIGKILL)
}

// Stop asks the group to end and waits; when ctx ends first, the group is killed.
func (p *Process) Stop(ctx context.Context) error {
	select {
	case <-p.done:
		return nil
	default:
	}
	if err := p.signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
		return p.Kill()
	}
}

func (p *Process) end(signal syscall.Signal) error {
	select {
	case <-p.done:
		return nil // its id may belong to somebody else by now
	default:
	}
	if err := p.signal(signal); err != nil {
		return err
	}
	<-p.done
	return nil
}

func (p *Process) signal(signal syscall.Signal) error {
	err := syscall.Kill(-p.ID(), signal)
	if err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("signal process group %d: %w", p.ID(), err)
	}
	return nil
}
