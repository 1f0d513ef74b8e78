package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/openhim/mediator-go/mapping"
	"github.com/openhim/mediator-go/mapping/internal/doc"
	"github.com/openhim/mediator-go/mapping/mapcase"
)

func roundtripCommand() command {
	return command{
		name: "roundtrip", args: "MAPPING [INPUT or CASES ...]", summary: "map inputs there and back, and tell which of their values are gone or changed",
		about: `The way back is the inverse of MAPPING, or the mapping that --back names. INPUTS are JSON; of a case
file (*.cases.yaml) the JSON inputs are taken, without those that MAPPING refuses. Standard input is
read if none is given. A case's context is used, too, unless --context is given; values of lookups come
from --lookups alone. Nulls and what is empty do not count. The exit code is 1 if a value is gone or
changed, or if no input was left: --ignore says which values may be, with all below them.`,
		example: "mapping roundtrip patient.yaml patient.cases.yaml --ignore /auditInfo",
		setup: func(f *flags) func(context.Context, *session, []string) error {
			c := &roundtripper{
				loading: f.loading(true),
				back:    f.file("back", "the mapping back; the derived inverse if not given"),
				context: f.text("context", "", "what $ctx reads: a JSON object, or @FILE"),
				ignore:  f.texts("ignore", "a JSON pointer of the input that may be gone or changed, may be repeated"),
				json:    f.bool("json", "write the differences as JSON"),
			}
			return c.run
		},
	}
}

// roundtripper is the roundtrip command.
type roundtripper struct {
	loading
	back, context *string
	ignore        *textsValue
	json          *bool
}

// trip is one input's way there and back.
type trip struct {
	name    string
	in      []byte
	context []byte // of the case, nil for that of the command line
	sample  bool   // of a case file: it may be an input that is refused on purpose
}

// tripResult is what became of a trip.
type tripResult struct {
	Input       string               `json:"input"`
	OK          bool                 `json:"ok"`
	Error       string               `json:"error,omitempty"`
	Differences []mapping.Difference `json:"differences"`
}

func (c *roundtripper) run(ctx context.Context, s *session, args []string) error {
	if len(args) == 0 {
		return usagef("give a mapping, and inputs if it is not standard input")
	}
	for _, pointer := range c.ignore.all {
		if !strings.HasPrefix(pointer, "/") {
			return usagef("--ignore is a JSON pointer and begins with /")
		}
	}
	there, back, err := c.mappings(s, args[0])
	if err != nil {
		return err
	}
	opts := mapping.Options{Limits: limits()}
	if opts.Context, err = (reading{context: c.context}).ctx(s); err != nil {
		return err
	}
	trips, err := c.trips(s, args[1:])
	if err != nil {
		return err
	}
	results, skipped := []tripResult{}, 0
	for _, t := range trips {
		own := opts
		if t.context != nil && len(opts.Context) == 0 {
			own.Context = t.context
		}
		if t.sample {
			if _, _, err := there.Run(ctx, t.in, own); refused(err) {
				skipped++
				continue
			}
		}
		result, err := c.take(ctx, there, back, t, own)
		if err != nil {
			return err
		}
		results = append(results, result)
	}
	same := 0
	for _, r := range results {
		if r.OK {
			same++
		}
	}
	if *c.json {
		if err := s.printJSON(map[string]any{"inputs": results, "skipped": skipped}); err != nil {
			return err
		}
	} else {
		c.print(s, results, same, skipped)
	}
	if same < len(results) || len(results) == 0 {
		return errFindings
	}
	return nil
}

// mappings returns the mapping and the one back.
func (c *roundtripper) mappings(s *session, name string) (there, back *mapping.Mapping, err error) {
	d, opts, err := c.document(s, name)
	if err != nil {
		return nil, nil, err
	}
	if in := mapcase.DocumentInput(d); !in.JSON() {
		return nil, nil, usagef("%s reads %s: only what reads JSON can go there and back", display(name), in.Format)
	}
	if there, err = mapping.Compile(d, opts); err != nil {
		return nil, nil, s.findings(err)
	}
	if *c.back != "" {
		back, _, err = c.compile(s, *c.back)
		return there, back, err
	}
	inverse, _, err := mapping.Invert(d, opts)
	if err != nil {
		return nil, nil, s.findings(err)
	}
	if back, err = mapping.Compile(inverse, opts); err != nil {
		return nil, nil, s.findings(err)
	}
	return there, back, nil
}

// refused reports whether a mapping refused an input.
func refused(err error) bool {
	var input *mapping.InputError
	return errors.As(err, &input)
}

// take goes there and back.
func (c *roundtripper) take(ctx context.Context, there, back *mapping.Mapping, t trip, opts mapping.Options) (tripResult, error) {
	result := tripResult{Input: t.name, Differences: []mapping.Difference{}}
	found, err := mapping.Roundtrip(ctx, there, back, t.in, opts)
	switch {
	case refused(err):
		result.Error = err.Error()
		return result, nil
	case err != nil:
		return result, err
	}
	for _, d := range found {
		if !slices.ContainsFunc(c.ignore.all, func(at string) bool { return d.Pointer == at || strings.HasPrefix(d.Pointer, at+"/") }) {
			result.Differences = append(result.Differences, d)
		}
	}
	result.OK = len(result.Differences) == 0
	return result, nil
}

func (c *roundtripper) print(s *session, results []tripResult, same, skipped int) {
	p := s.outColor
	for _, r := range results {
		if r.Error != "" {
			s.out.printf("%s%s\n", p.bold(r.Input+": "), p.red(r.Error))
		}
		for _, d := range r.Differences {
			what := p.yellow("changed")
			if d.Lost {
				what = p.red("lost")
			}
			s.out.printf("%s%s: %s\n", p.bold(r.Input+": "), d.Pointer, what)
		}
	}
	s.out.printf("%s: %d the same", count(len(results), "input"), same)
	if skipped > 0 {
		s.out.printf(", %s that the mapping refuses left out", count(skipped, "case"))
	}
	s.out.println("")
}

// trips reads the inputs.
func (c *roundtripper) trips(s *session, names []string) ([]trip, error) {
	if len(names) == 0 {
		names = []string{"-"}
	}
	var all []trip
	for _, name := range names {
		raw, err := s.read(name)
		if err != nil {
			return nil, err
		}
		if !strings.HasSuffix(name, ".cases.yaml") {
			all = append(all, trip{name: display(name), in: raw})
			continue
		}
		found, err := s.inputsOf(name, raw)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// inputsOf returns the JSON inputs of a case file.
func (s *session) inputsOf(name string, raw []byte) ([]trip, error) {
	root, traps := doc.Read(raw)
	for _, t := range traps {
		if t.Error {
			return nil, usagef("%s:%d:%d: %s", display(name), t.Line, t.Column, t.Message)
		}
	}
	cases := root.Get("cases")
	if cases == nil || len(cases.Items) == 0 {
		return nil, usagef("%s has no cases", display(name))
	}
	var all []trip
	for _, one := range cases.Items {
		if format := one.Get("format"); format != nil && format.Text != "json" {
			continue
		}
		t := trip{sample: true, name: fmt.Sprintf("%s:%d", display(name), one.Line), context: contextOf(root, one)}
		if title := one.Get("name"); title != nil {
			t.name += ": " + title.Text
		}
		file, input := one.Get("inputFile"), one.Get("input")
		switch {
		case file != nil:
			var err error
			if t.in, err = s.read(path.Join(path.Dir(clean(name)), file.Text)); err != nil {
				return nil, err
			}
		case input == nil:
			return nil, usagef("%s has no input", t.name)
		case input.Kind == doc.Text:
			t.in = []byte(input.Text)
		default:
			t.in = input.AppendJSON(nil)
		}
		all = append(all, t)
	}
	return all, nil
}

// contextOf returns the context of a case: that of the file, with the case's own members over
// it. It is nil if there is none.
func contextOf(file, one *doc.Node) []byte {
	merged := &doc.Node{Kind: doc.Map}
	for _, from := range []*doc.Node{one.Get("context"), file.Get("context")} {
		if from == nil {
			continue
		}
		for _, key := range from.Keys {
			if merged.Get(key.Name) == nil {
				merged.Keys = append(merged.Keys, key)
			}
		}
	}
	if len(merged.Keys) == 0 {
		return nil
	}
	return merged.AppendJSON(nil)
}
