// Command mapping runs, tests, checks, explains, inverts, formats and migrates mapping documents.
// README.md says how to use it, and mapping help says it too.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // zone: Africa/Kampala means the same on every machine
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], system{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		env: os.Getenv, now: time.Now, terminal: isTerminal,
	})
	stop()
	os.Exit(code)
}
