package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"

	"github.com/openhim/mediator-go/mapping"
	"github.com/openhim/mediator-go/mapping/mapcase"
)

func runCommand() command {
	return command{
		name: "run", args: "MAPPING [INPUT]", summary: "map an input, and write what comes out",
		about: `INPUT is a file, or standard input if it is not given. CSV, NDJSON, XML and HL7 v2 inputs are
streamed: memory does not grow with their length, and several documents come out a line each.
Issues go to standard error. The exit code is 1 if the input cannot be mapped, or no record of it.`,
		example: "mapping run linelist.yaml cases.csv --option encoding=windows-1252 --out events.json",
		setup: func(f *flags) func(context.Context, *session, []string) error {
			c := &runner{
				loading: f.loading(true), reading: f.reading(),
				values:   f.bool("values", "show values of the input in messages; they may be patient data"),
				out:      f.file("out", "where the output goes, whole or not at all; standard output if not given"),
				report:   f.bool("json", "write the report as one JSON object to standard error"),
				progress: f.choice("progress", "auto", "tell on standard error how far it is: auto (on a terminal), always or never", "auto", "always", "never"),
			}
			return c.run
		},
	}
}

// runner is the run command.
type runner struct {
	loading
	reading
	out      *string
	values   *bool
	report   *bool
	progress *string
}

func (c *runner) run(ctx context.Context, s *session, args []string) error {
	if len(args) < 1 || len(args) > 2 {
		return usagef("give a mapping, and an input if it is not standard input")
	}
	input := "-"
	if len(args) == 2 {
		input = args[1]
	}
	m, d, err := c.compile(s, args[0])
	if err != nil {
		return err
	}
	format, err := c.input(d)
	if err != nil {
		return err
	}
	opts := mapping.Options{Values: *c.values, Limits: limits()}
	if opts.Context, err = c.ctx(s); err != nil {
		return err
	}
	if *c.out == "" {
		return c.execute(ctx, s, m, input, format, s.out, opts)
	}
	file, err := s.files.create(*c.out)
	if err != nil {
		return err
	}
	if err := c.execute(ctx, s, m, input, format, file, opts); err != nil {
		file.abort()
		return err
	}
	return file.commit()
}

// ctx returns the context that the flag gives, checked to be an object.
func (r reading) ctx(s *session) ([]byte, error) {
	if *r.context == "" {
		return nil, nil
	}
	raw, err := s.readPrefix(*r.context)
	if err != nil {
		return nil, err
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(raw, &object); err != nil || object == nil {
		return nil, usagef("--context is not a JSON object")
	}
	return raw, nil
}

func (c *runner) execute(ctx context.Context, s *session, m *mapping.Mapping, input string, format mapcase.Input, w io.Writer, opts mapping.Options) error {
	file, err := s.open(input)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	p := s.newProgress(*c.progress)
	var report *mapping.Report
	if format.JSON() {
		report, err = c.whole(ctx, m, p, file, display(input), w, opts)
	} else {
		src, openErr := format.Open(p.reader(file))
		if openErr != nil {
			return usageError{openErr.Error()}
		}
		lines := &lineEnder{Writer: w}
		if report, err = m.Stream(ctx, p.source(src), lines, opts); err == nil {
			err = lines.end()
		}
		p.done()
	}
	if report == nil {
		return err
	}
	s.report(report, *c.report)
	var refused *mapping.InputError
	if errors.As(err, &refused) || err == nil && report.Records > 0 && report.Dropped == report.Records {
		return errFindings
	}
	return err
}

// lineEnder ends what is written with the end of a line: a stream's only document has none.
type lineEnder struct {
	io.Writer
	last byte
}

// Write writes, and notes the last byte.
func (l *lineEnder) Write(p []byte) (int, error) {
	if len(p) > 0 {
		l.last = p[len(p)-1]
	}
	return l.Writer.Write(p)
}

func (l *lineEnder) end() error {
	if l.last == 0 || l.last == '\n' {
		return nil
	}
	_, err := io.WriteString(l.Writer, "\n")
	return err
}

// whole maps one JSON document. The report is nil when it could not be read.
func (c *runner) whole(
	ctx context.Context, m *mapping.Mapping, p *progress, file io.Reader, name string, w io.Writer, opts mapping.Options,
) (*mapping.Report, error) {
	if p != nil {
		p.whole = true
		defer p.done()
	}
	raw, err := readAll(p.reader(file), name)
	if err != nil {
		return nil, err
	}
	stop := p.during("mapping")
	report, err := m.RunTo(ctx, w, raw, opts)
	stop()
	if err == nil {
		_, err = io.WriteString(w, "\n")
	}
	return report, err
}

// report tells what a run found.
func (s *session) report(report *mapping.Report, asJSON bool) {
	if asJSON {
		_ = s.err.encode(report, "") // standard error has no one to be told to
		return
	}
	for _, issue := range report.Issues {
		s.err.println(s.errColor.issue(issue))
	}
	errorsTold := 0
	for _, issue := range report.Issues {
		if issue.Severity == mapping.SeverityError {
			errorsTold++
		}
	}
	if more := report.Errors - errorsTold; more > 0 {
		s.tell("and %s", count(more, "more error"))
	}
	for _, u := range report.Unmapped {
		s.err.printf("unmapped: %s has no %q (%s)\n", u.Table, u.Code, times(u.Count))
	}
	if report.Dropped > 0 {
		s.tell("%s of %s left out because of errors", thousands(report.Dropped), count(report.Records, "record"))
	}
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return thousands(n) + " times"
}
