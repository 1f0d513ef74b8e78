package main

import (
	"context"
	"errors"

	"github.com/openhim/mediator-go/mapping"
)

func lintCommand() command {
	return command{
		name: "lint", args: "MAPPING ...", summary: "tell what is wrong with mapping documents, without running them",
		about: `Lint finds what keeps a document from compiling, what the schemas of its input and output say
against it, what nothing uses or reaches, and YAML's traps. Every finding has file, line and
column, and where possible what to do. The exit code is 1 if there is an error.`,
		example: "mapping lint patient.yaml",
		setup: func(f *flags) func(context.Context, *session, []string) error {
			c := &linter{
				loading: f.loading(false),
				strict:  f.bool("strict", "warnings fail, too"),
				json:    f.bool("json", "write the findings as JSON"),
			}
			return c.run
		},
	}
}

// linter is the lint command.
type linter struct {
	loading
	strict, json *bool
}

func (c *linter) run(_ context.Context, s *session, args []string) error {
	if len(args) == 0 {
		return usagef("give a mapping document")
	}
	issues, counts := []mapping.Issue{}, map[mapping.Severity]int{}
	for _, name := range args {
		found, err := c.lint(s, name)
		if err != nil {
			return err
		}
		for _, issue := range found {
			counts[issue.Severity]++
			issues = append(issues, forUsers(issue))
		}
	}
	if *c.json {
		if err := s.printJSON(map[string]any{"issues": issues}); err != nil {
			return err
		}
	} else {
		for _, issue := range issues {
			s.out.println(s.outColor.issue(issue))
		}
		s.summarise(len(args), counts)
	}
	if counts[mapping.SeverityError] > 0 || *c.strict && counts[mapping.SeverityWarning] > 0 {
		return errFindings
	}
	return nil
}

func (c *linter) lint(s *session, name string) ([]mapping.Issue, error) {
	source, err := s.read(name)
	if err != nil {
		return nil, err
	}
	d, err := mapping.Parse(display(name), source)
	var bad *mapping.DocumentError
	if errors.As(err, &bad) {
		return bad.Issues, nil
	}
	if err != nil {
		return nil, err
	}
	opts, err := c.options(s, name, d)
	if err != nil {
		return nil, err
	}
	return mapping.Lint(d, opts), nil
}

func (s *session) summarise(documents int, counts map[mapping.Severity]int) {
	w := s.out
	w.printf("%s: ", count(documents, "document"))
	if len(counts) == 0 {
		w.println(s.outColor.green("nothing to say"))
		return
	}
	w.printf("%s, %s", count(counts[mapping.SeverityError], "error"), count(counts[mapping.SeverityWarning], "warning"))
	if n := counts[mapping.SeverityInformation]; n > 0 {
		w.printf(", %s", count(n, "remark"))
	}
	w.println("")
}
