// Command openhim-live runs a real OpenHIM core on loopback, from the packages of public
// registries alone, for as long as a command runs or until it is interrupted:
//
//	openhim-live -- go test -run '^TestLive' ./...   the command finds the core in its environment
//	openhim-live                                     prints the environment, runs until Ctrl-C
//	openhim-live -install                            only fills the cache
//
// The core is fresh each time. It is version 4.0.5 on FerretDB with SQLite; it needs
// Node.js 18 or later with npm. Whatever is started is ended at the end, also after a
// signal, by its own process id. The exit code is the command's.
//
// Tests can take the core away and bring it back, while the database and all ports stay:
// POST to /kill, /stop, /start or /restart below OPENHIM_LIVE_CONTROL; each answers when
// it is done. GET /status tells whether the core runs.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/openhim/mediator-go/testutil/live/core"
	"github.com/openhim/mediator-go/testutil/live/process"
)

// exitUsage is the exit code for flags that cannot be understood, as of package flag.
const exitUsage = 2

// options are the flags and the command after them.
type options struct {
	cacheDir      string
	stateDir      string
	routerTimeout time.Duration
	installOnly   bool
	command       []string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	code, err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "openhim-live:", err)
	}
	os.Exit(code)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) (code int, err error) {
	o, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0, nil
	}
	if err != nil {
		return exitUsage, nil //nolint:nilerr // the flag set has printed the error and the usage
	}
	log := slog.New(slog.NewTextHandler(stderr, nil))
	dir, err := core.Install(ctx, core.InstallConfig{CacheDir: o.cacheDir, Logger: log})
	if err != nil {
		return 1, err
	}
	if o.installOnly {
		return 0, nil
	}
	stack, err := start(ctx, o, dir, log)
	if err != nil {
		return 1, err
	}
	code, err = process.Serve(ctx, o.command, stack.environ(), stdout, stderr)
	return code, errors.Join(err, stack.stop(context.WithoutCancel(ctx), code == 0 && err == nil))
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("openhim-live", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		_, _ = fmt.Fprintln(stderr, "usage: openhim-live [flags] [-- command [argument...]]")
		flags.PrintDefaults()
	}
	flags.StringVar(&o.cacheDir, "cache", "", "`directory` of installed cores (default: mediator-go-live in the user's cache directory)")
	flags.StringVar(&o.stateDir, "state", "", "`directory` for data and logs, kept (default: a temporary one, kept only after a failure)")
	flags.DurationVar(&o.routerTimeout, "router-timeout", time.Minute, "how long the router waits for a mediator")
	flags.BoolVar(&o.installOnly, "install", false, "install the core and end")
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	o.command = flags.Args()
	return o, nil
}
