package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// The exit codes. README.md documents them, and scripts rely on them.
const (
	exitOK       = 0
	exitFindings = 1 // something is wrong with a mapping, an input or a case
	exitUsage    = 2 // the command line is wrong, or names a file that is not there
	exitInternal = 3 // the command failed: a file cannot be written, it was interrupted, …
)

// errFindings says that what is wrong has been told already.
var errFindings = errors.New("findings")

// usageError is a command line that cannot be carried out.
type usageError struct{ message string }

func (e usageError) Error() string { return e.message }

func usagef(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

// command is a subcommand.
type command struct {
	name    string
	args    string // as the usage line shows them
	summary string // one line
	about   string // what help adds
	example string
	choices []string // what the first argument may be; none means files
	// setup declares the flags, and returns what carries the command out.
	setup func(f *flags) func(ctx context.Context, s *session, args []string) error
}

func commands() []command {
	return []command{
		runCommand(), testCommand(), lintCommand(), explainCommand(), invertCommand(), roundtripCommand(),
		migrateCommand(), schemaCommand(), fmtCommand(), completionCommand(),
	}
}

// run carries out a command line and returns the exit code.
func run(ctx context.Context, args []string, sys system) int {
	if len(args) == 0 {
		overview(printer{sys.stderr})
		return exitUsage
	}
	name, rest := args[0], args[1:]
	switch name {
	case "help", "-h", "-help", "--help":
		return help(rest, sys)
	}
	for _, c := range commands() {
		if c.name == name {
			return c.execute(ctx, rest, sys)
		}
	}
	printer{sys.stderr}.printf("mapping: there is no command %q; mapping help lists them\n", name)
	return exitUsage
}

func (c command) execute(ctx context.Context, args []string, sys system) int {
	f := newFlags(c.name)
	color := colorFlag(f)
	do := c.setup(f)
	rest, err := f.parse(args)
	if errors.Is(err, errHelp) {
		c.help(printer{sys.stdout})
		return exitOK
	}
	s := newSession(sys, *color)
	if err == nil {
		err = do(ctx, s, rest)
	}
	if flushErr := s.flush(); err == nil && flushErr != nil {
		err = flushErr
	}
	return s.exit(c, err)
}

// colorFlag is the flag that every command has.
func colorFlag(f *flags) *string {
	return f.choice("color", "auto", "colours: auto (on a terminal, unless NO_COLOR is set), always or never", "auto", "always", "never")
}

// exit tells an error and returns its exit code.
func (s *session) exit(c command, err error) int {
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errFindings):
		return exitFindings
	case errors.As(err, &usage):
		s.tell("%s\nusage: %s\nmapping help %s tells more", usage.message, c.usage(), c.name)
		return exitUsage
	case errors.Is(err, context.Canceled):
		s.tell("interrupted")
		return exitInternal
	case errors.Is(err, fs.ErrNotExist):
		s.tell("%v", err)
		return exitUsage
	default:
		s.tell("%v", err)
		return exitInternal
	}
}

func (c command) usage() string { return strings.TrimSpace("mapping " + c.name + " [flags] " + c.args) }

func help(args []string, sys system) int {
	if len(args) == 0 {
		overview(printer{sys.stdout})
		return exitOK
	}
	for _, c := range commands() {
		if c.name == args[0] {
			c.help(printer{sys.stdout})
			return exitOK
		}
	}
	printer{sys.stderr}.printf("mapping: there is no command %q; mapping help lists them\n", args[0])
	return exitUsage
}

func overview(w printer) {
	w.print("mapping runs and checks mapping documents.\n\nusage: mapping COMMAND [flags] [arguments]\n\n")
	for _, c := range commands() {
		w.printf("  %-12s%s\n", c.name, c.summary)
	}
	w.print("  help        tells more of a command: mapping help run\n\n" +
		"A file named - is standard input. Exit codes: 0 in order; 1 something is wrong with a\n" +
		"mapping, an input or a case; 2 a wrong command line, or a file that is not there; 3 the\n" +
		"command itself failed.\n")
}

func (c command) help(w printer) {
	w.printf("mapping %s: %s\n\nusage: %s\n\n%s\n", c.name, c.summary, c.usage(), strings.TrimSpace(c.about))
	if c.example != "" {
		w.printf("\nexample: %s\n", c.example)
	}
	w.print("\nflags:\n")
	c.declared().help(w)
}
