package main

import (
	"context"
	"fmt"

	"github.com/openhim/mediator-go/mapping"
)

func invertCommand() command {
	return command{
		name: "invert", args: "MAPPING", summary: "derive the mapping from the output back to the input, and tell what it loses",
		about: `The inverse is written to standard output, or with --out to a file. What cannot be brought back is
told on standard error with its place in MAPPING: expressions, filters, tables that give the same for
two codes, … The document's own inverse: {map: …} takes the place of what was derived. Losses are no
errors: --strict makes them fail. A document that says direction: one-way is refused.`,
		example: "mapping invert patient.yaml --out patient.back.yaml",
		setup: func(f *flags) func(context.Context, *session, []string) error {
			c := &inverter{
				loading: f.loading(false),
				strict:  f.bool("strict", "losses fail"),
				out:     f.file("out", "where the inverse goes; standard output if not given"),
				json:    f.bool("json", "write the inverse and its losses as one JSON object to standard output"),
			}
			return c.run
		},
	}
}

// inverter is the invert command.
type inverter struct {
	loading
	strict, json *bool
	out          *string
}

func (c *inverter) run(_ context.Context, s *session, args []string) error {
	if err := oneArgument(args, "a mapping"); err != nil {
		return err
	}
	if *c.json && *c.out != "" {
		return usagef("--json and --out exclude one another")
	}
	document, opts, err := c.document(s, args[0])
	if err != nil {
		return err
	}
	inverse, losses, err := mapping.Invert(document, opts)
	if err != nil {
		return s.findings(err)
	}
	text, err := yamlOf(inverse.Source())
	if err != nil {
		return err
	}
	if err := c.write(s, text, losses); err != nil {
		return err
	}
	if *c.strict && len(losses) > 0 {
		return errFindings
	}
	return nil
}

func (c *inverter) write(s *session, text []byte, losses []mapping.Loss) error {
	if *c.json {
		if losses == nil {
			losses = []mapping.Loss{}
		}
		return s.printJSON(struct {
			Document string         `json:"document"`
			Losses   []mapping.Loss `json:"losses"`
		}{string(text), losses})
	}
	p := s.errColor
	for _, loss := range losses {
		place := fmt.Sprintf("%s:%d:%d: ", loss.File, loss.Line, loss.Column)
		s.err.printf("%s%s%s: %s\n", p.bold(place), p.yellow("lost: "), name(loss.Rule), loss.Reason)
	}
	if *c.out != "" {
		return s.files.write(clean(*c.out), text)
	}
	if _, err := s.out.Write(text); err != nil {
		return fmt.Errorf("write the output: %w", err)
	}
	return nil
}
