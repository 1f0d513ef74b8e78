package main

import (
	"bytes"
	"context"
	"fmt"

	"github.com/openhim/mediator-go/mapping"
)

func fmtCommand() command {
	return command{
		name: "fmt", args: "[MAPPING ...]", summary: "give mapping documents their usual form",
		about: `The usual form: two spaces a level, the keys of the document in one order (mapping, name, …, map,
tests), no space at line ends, one empty line at most. Comments and quotes stay. Nothing that the
document means changes; that is checked before anything is written. Without arguments standard
input is formatted.`,
		example: "mapping fmt --write mappings/*.yaml",
		setup: func(f *flags) func(context.Context, *session, []string) error {
			c := &formatter{
				write: f.bool("write", "write the files instead of standard output"),
				check: f.bool("check", "write nothing; list the files that are not in their usual form, and fail if there are any"),
			}
			return c.run
		},
	}
}

// formatter is the fmt command.
type formatter struct{ write, check *bool }

func (c *formatter) run(_ context.Context, s *session, args []string) error {
	if *c.write && *c.check {
		return usagef("--write and --check exclude one another")
	}
	if len(args) == 0 {
		args = []string{"-"}
	}
	var failed bool
	for _, name := range args {
		source, err := s.read(name)
		if err != nil {
			return err
		}
		if _, err := mapping.Parse(display(name), source); err != nil {
			if err := s.findings(err); err != errFindings { //nolint:errorlint // it is returned as it is
				return err
			}
			failed = true
			continue
		}
		formatted, err := format(source)
		if err != nil {
			return fmt.Errorf("%s: %w", display(name), err)
		}
		same := bytes.Equal(source, formatted)
		switch {
		case *c.check && !same:
			s.out.println(display(name))
			failed = true
		case *c.check:
		case *c.write && name != "-":
			if !same {
				if err := s.files.write(clean(name), formatted); err != nil {
					return err
				}
			}
		default:
			if _, err := s.out.Write(formatted); err != nil {
				return fmt.Errorf("write the output: %w", err)
			}
		}
	}
	if failed {
		return errFindings
	}
	return nil
}
