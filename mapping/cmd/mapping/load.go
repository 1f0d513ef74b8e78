package main

import (
	"errors"
	"maps"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openhim/mediator-go/mapping"
	"github.com/openhim/mediator-go/mapping/mapcase"
)

// loading is the flags that say what a mapping document may use.
type loading struct {
	root    *string
	lookups *string
}

func (f *flags) loading(withLookups bool) loading {
	l := loading{root: f.file("root", "the folder that tables:, use: and schemas are in; the mapping's own if not given")}
	if withLookups {
		l.lookups = f.file("lookups", "values for the mapping's lookups, YAML or JSON: {facility: {KEY: value}}")
	}
	return l
}

// options returns what a document may use. Its lookups are stubs, if there is no flag for them.
func (l loading) options(s *session, name string, d *mapping.Document) (mapping.CompileOptions, error) {
	root := path.Dir(clean(name))
	if name == "-" {
		root = "."
	}
	if *l.root != "" {
		root = clean(*l.root)
	}
	opts := mapping.CompileOptions{
		FS: mapcase.Under(s.files, root), Location: time.LoadLocation, Lookups: map[string]mapping.Lookup{},
	}
	declared := d.Lookups()
	if l.lookups == nil {
		for _, name := range declared {
			opts.Lookups[name] = nothing
		}
		return opts, nil
	}
	if *l.lookups != "" {
		raw, err := s.read(*l.lookups)
		if err != nil {
			return opts, err
		}
		fixtures, err := mapcase.Fixtures(display(*l.lookups), raw)
		if err != nil {
			return opts, s.findings(err)
		}
		maps.Copy(opts.Lookups, fixtures)
	}
	for _, name := range declared {
		if opts.Lookups[name] == nil {
			return opts, usagef("the mapping calls the lookup %s: give its values with --lookups FILE, as {%s: {KEY: value}}", name, name)
		}
	}
	return opts, nil
}

// document reads a mapping document, or tells what is wrong with its notation, and returns
// what it may use.
func (l loading) document(s *session, name string) (*mapping.Document, mapping.CompileOptions, error) {
	source, err := s.read(name)
	if err != nil {
		return nil, mapping.CompileOptions{}, err
	}
	d, err := mapping.Parse(display(name), source)
	if err != nil {
		return nil, mapping.CompileOptions{}, s.findings(err)
	}
	opts, err := l.options(s, name, d)
	return d, opts, err
}

// compile reads and compiles a mapping document, or tells what is wrong with it.
func (l loading) compile(s *session, name string) (*mapping.Mapping, *mapping.Document, error) {
	d, opts, err := l.document(s, name)
	if err != nil {
		return nil, nil, err
	}
	m, err := mapping.Compile(d, opts)
	if err != nil {
		return nil, nil, s.findings(err)
	}
	return m, d, nil
}

// findings tells what is wrong with a document or a case file.
func (s *session) findings(err error) error {
	var document *mapping.DocumentError
	var cases *mapcase.FileError
	var issues []mapping.Issue
	switch {
	case errors.As(err, &document):
		issues = document.Issues
	case errors.As(err, &cases):
		issues = cases.Issues
	default:
		return err
	}
	for _, issue := range issues {
		s.err.println(s.errColor.issue(issue))
	}
	return errFindings
}

// reading is the flags that say how an input is read.
type reading struct {
	format  *string
	options *pairsValue
	context *string
}

func (f *flags) reading() reading {
	return reading{
		format:  f.choice("format", "", "the input's format: json, ndjson, csv, xml or hl7v2; what the mapping says if not given", "json", "ndjson", "csv", "xml", "hl7v2"),
		options: f.pairs("option", "an option of the format, may be repeated: --option encoding=iso-8859-1"),
		context: f.text("context", "", "what $ctx reads: a JSON object, or @FILE"),
	}
}

// input returns how the input is read, after what the mapping and the flags say.
func (r reading) input(d *mapping.Document) (mapcase.Input, error) {
	in := mapcase.DocumentInput(d)
	if *r.format != "" && *r.format != in.Format {
		in = mapcase.Input{Format: *r.format}
	}
	if in.JSON() && len(r.options.all) > 0 {
		return in, usagef("the format json has no options")
	}
	for _, pair := range r.options.all {
		var err error
		if in, err = in.With(pair[0], pair[1]); err != nil {
			return in, usageError{err.Error()}
		}
	}
	return in, nil
}

// limits bounds a run by what the machine can take rather than a server.
func limits() mapping.Limits {
	return mapping.Limits{Input: maxRead, Output: maxRead, Memory: maxRead, Steps: math.MaxInt, Items: math.MaxInt}
}

// oneArgument and its like check the number of arguments.
func oneArgument(args []string, what string) error {
	if len(args) != 1 {
		return usagef("give one argument, %s", what)
	}
	return nil
}

// count writes a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return thousands(n) + " " + noun + "s"
}

// thousands writes a number with separators.
func thousands(n int) string {
	text := strconv.Itoa(n)
	var parts []string
	for len(text) > 3 {
		parts = append(parts, text[len(text)-3:])
		text = text[:len(text)-3]
	}
	parts = append(parts, text)
	slices.Reverse(parts)
	return strings.Join(parts, ",")
}
