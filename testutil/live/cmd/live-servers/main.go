// Command live-servers runs a real server on loopback, from the packages of public
// registries alone, for as long as a command runs or until it is interrupted:
//
//	live-servers fhir-hapi -- go test -run '^TestLiveFHIR' ./...   the command finds FHIR_URL
//	live-servers fhir-medplum                                      prints the environment, runs until Ctrl-C
//	live-servers -install fhir-hapi                                only fills the cache
//
// fhir-hapi is HAPI FHIR 8.8.0 (a JDK from 17 on and Maven), fhir-medplum is Medplum's
// router 4.5.2 (Node.js from 20.19 on, with npm). The server is fresh each time, on a free
// port. The command's environment has FHIR_URL, FHIR_FLAVOUR (hapi, medplum) and
// FHIR_LIVE_LOG. Whatever is started is ended at the end, also after a signal, by its own
// process id. The exit code is the command's.
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
	"strings"
	"syscall"

	"github.com/openhim/mediator-go/testutil/live/fhirserver"
	"github.com/openhim/mediator-go/testutil/live/process"
)

// exitUsage is the exit code for arguments that cannot be understood, as of package flag.
const exitUsage = 2

// options are the arguments.
type options struct {
	kind        fhirserver.Kind
	cacheDir    string
	stateDir    string
	installOnly bool
	command     []string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	code, err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "live-servers:", err)
	}
	os.Exit(code)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) (code int, err error) {
	o, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0, nil
	}
	if err != nil {
		return exitUsage, nil //nolint:nilerr // it has been printed with the usage
	}
	log := slog.New(slog.NewTextHandler(stderr, nil))
	dir, err := fhirserver.Install(ctx, o.kind, fhirserver.InstallConfig{CacheDir: o.cacheDir, Logger: log})
	if err != nil {
		return 1, err
	}
	if o.installOnly {
		return 0, nil
	}
	return serve(ctx, o, dir, log, stdout, stderr)
}

// serve starts the server, runs the command and stops the server. A temporary state
// directory is kept for a look at the log when something failed.
func serve(ctx context.Context, o options, dir string, log *slog.Logger, stdout, stderr io.Writer) (code int, err error) {
	state, temporary := o.stateDir, o.stateDir == ""
	if temporary {
		state, err = os.MkdirTemp("", "live-servers")
	} else {
		err = os.MkdirAll(state, 0o700)
	}
	if err != nil {
		return 1, fmt.Errorf("make the state directory: %w", err)
	}
	server, err := fhirserver.Start(ctx, fhirserver.Config{Kind: o.kind, InstallDir: dir, StateDir: state, Logger: log})
	if err != nil {
		return 1, err
	}
	code, err = process.Serve(ctx, o.command, server.Environ(), stdout, stderr)
	err = errors.Join(err, server.Stop(context.WithoutCancel(ctx)))
	if code != 0 || err != nil {
		log.InfoContext(ctx, "state is kept", "dir", state)
		return max(code, 1), err
	}
	if temporary {
		err = os.RemoveAll(state)
	}
	return 0, err
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("live-servers", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		_, _ = fmt.Fprintln(stderr, "usage: live-servers [flags] fhir-hapi|fhir-medplum [-- command [argument...]]")
		flags.PrintDefaults()
	}
	flags.StringVar(&o.cacheDir, "cache", "", "`directory` of installed servers (default: mediator-go-live in the user's cache directory)")
	flags.StringVar(&o.stateDir, "state", "", "`directory` for logs, kept (default: a temporary one, kept only after a failure)")
	flags.BoolVar(&o.installOnly, "install", false, "install the server and end")
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	refuse := func(err error) (options, error) {
		_, _ = fmt.Fprintln(stderr, err)
		flags.Usage()
		return options{}, err
	}
	name, isFHIR := strings.CutPrefix(flags.Arg(0), "fhir-")
	kind, err := fhirserver.ParseKind(name)
	if err != nil || !isFHIR {
		return refuse(errors.New("name the server: fhir-hapi or fhir-medplum"))
	}
	o.kind, o.command = kind, flags.Args()[1:]
	if len(o.command) > 0 && o.command[0] == "--" {
		o.command = o.command[1:]
	}
	return o, nil
}
