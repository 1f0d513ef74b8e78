package process_test

import (
	"context"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/openhim/mediator-go/testutil/live/process"
)

func TestExitCodeIsReported(t *testing.T) {
	t.Parallel()
	p := start(t, "exit 3")
	if got := p.Wait(); got != 3 {
		t.Errorf("exit code %d, want 3", got)
	}
	if p.Err() == nil {
		t.Error("no error for exit code 3")
	}
}

func TestAMissingProgramIsAnError(t *testing.T) {
	t.Parallel()
	if _, err := process.Start(exec.Command("/no/such/program")); err == nil {
		t.Error("no error")
	}
}

// The shell prints its child's id and waits for it: killing the group must end both.
func TestKillEndsTheWholeGroup(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*process.Process) error{
		"kill": (*process.Process).Kill,
		"stop": func(p *process.Process) error { return p.Stop(t.Context()) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command("sh", "-c", "sleep 60 & echo $!; wait")
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			p, err := process.Start(cmd)
			if err != nil {
				t.Fatal(err)
			}
			line := make([]byte, 16)
			n, err := out.Read(line)
			if err != nil {
				t.Fatal(err)
			}
			child, err := strconv.Atoi(strings.TrimSpace(string(line[:n])))
			if err != nil {
				t.Fatal(err)
			}
			if err := end(p); err != nil {
				t.Fatal(err)
			}
			eventuallyGone(t, child)
		})
	}
}

func TestStopKillsWhatDoesNotListen(t *testing.T) {
	t.Parallel()
	p := start(t, "trap '' TERM; while :; do sleep 0.1; done")
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := p.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	if got := p.Wait(); got != -1 {
		t.Errorf("exit code %d, want -1", got)
	}
}

func TestEndingTwiceIsFine(t *testing.T) {
	t.Parallel()
	p := start(t, "sleep 60")
	for range 2 {
		if err := p.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := p.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func start(t *testing.T, script string) *process.Process {
	t.Helper()
	p, err := process.Start(exec.Command("sh", "-c", script))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Kill(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// eventuallyGone waits for a process to end. A process of ours nobody has waited for yet
// (a zombie) counts as gone; signal 0 cannot tell, so its state is read where there is /proc.
func eventuallyGone(t *testing.T, pid int) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(10 * time.Second); ; {
		if syscall.Kill(pid, 0) != nil || zombie(pid) {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("process %d is still there", pid)
		}
	}
}
