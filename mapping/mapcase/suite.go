package mapcase

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/openhim/mediator-go/mapping"
	"github.com/openhim/mediator-go/mapping/internal/doc"
)

// Suite is a case file with the mapping it tests. It is safe for concurrent use.
type Suite struct {
	runner *Runner
	file   *caseFile
	raw    []byte
	under  *compiled
	dir    string
}

// File returns the case file's name.
func (s *Suite) File() string { return s.file.file }

// Mapping returns the name of the file of the mapping under test.
func (s *Suite) Mapping() string { return s.under.name }

// Cases returns the cases in the order of the file.
func (s *Suite) Cases() []*Case { return s.file.cases }

// Result is what became of a case.
type Result struct {
	Case   *Case
	Output []byte          // nil when the mapping refused the input
	Report *mapping.Report // nil when the case could not be run at all
	// Failures tells how the case failed, a line for each way; none when it passed. They hold
	// values of the case.
	Failures []string

	documents bool // the output is a line for each document
}

// OK reports whether the case passed.
func (r *Result) OK() bool { return len(r.Failures) == 0 }

func (r *Result) fail(format string, args ...any) {
	r.Failures = append(r.Failures, fmt.Sprintf(format, args...))
}

// Run runs a case of this suite. It fails a case for whatever keeps it from being run, too.
func (s *Suite) Run(ctx context.Context, c *Case) Result {
	result := s.execute(ctx, c)
	if !result.OK() {
		return result
	}
	s.compareIssues(&result)
	s.compareUnmapped(&result)
	s.compareOutput(&result)
	return result
}

// execute maps the case's input.
func (s *Suite) execute(ctx context.Context, c *Case) Result {
	result := Result{Case: c}
	in, format, err := s.inputOf(c)
	if err != nil {
		result.fail("%v", err)
		return result
	}
	opts := mapping.Options{Context: contextOf(c), Values: true, Limits: s.runner.opts.Limits}
	ctx = context.WithValue(ctx, caseKey{}, c)
	if format.JSON() {
		result.Output, result.Report, err = s.under.mapping.Run(ctx, in, opts)
	} else {
		src, openErr := format.Open(bytes.NewReader(in))
		if openErr != nil {
			result.fail("%v", openErr)
			return result
		}
		var out bytes.Buffer
		result.documents = true
		result.Report, err = s.under.mapping.Stream(ctx, src, &out, opts)
		result.Output = out.Bytes()
	}
	var refused *mapping.InputError
	switch {
	case errors.As(err, &refused):
		result.Output = nil
	case err != nil:
		result.Output = nil
		result.fail("%v", err)
	}
	return result
}

func contextOf(c *Case) []byte {
	if len(c.context) == 0 {
		return nil
	}
	n := &doc.Node{Kind: doc.Map}
	for name, v := range c.context {
		n.Keys = append(n.Keys, doc.Key{Name: name, Value: v})
	}
	return n.AppendJSON(nil)
}

func (s *Suite) inputOf(c *Case) ([]byte, Input, error) {
	format := s.under.input
	if c.format != "" && c.format != format.Format {
		format = Input{Format: c.format}
	}
	switch {
	case c.inputFile != "":
		raw, err := fs.ReadFile(s.runner.fsys, path.Join(s.dir, c.inputFile))
		if err != nil {
			return nil, format, fmt.Errorf("read the input: %w", err)
		}
		return raw, format, nil
	case c.input.Kind == doc.Text:
		return []byte(c.input.Text), format, nil
	default:
		return c.input.AppendJSON(nil), format, nil
	}
}

// wanted returns the documents that the case wants.
func (s *Suite) wanted(c *Case) ([]any, error) {
	raw := []byte{}
	switch {
	case c.wantFile != "":
		var err error
		if raw, err = fs.ReadFile(s.runner.fsys, path.Join(s.dir, c.wantFile)); err != nil {
			return nil, fmt.Errorf("read what is wanted: %w", err)
		}
	case c.want != nil:
		raw = c.want.AppendJSON(raw)
	case c.wantAll != nil:
		for _, item := range c.wantAll.Items {
			raw = append(item.AppendJSON(raw), '\n')
		}
	}
	all, err := documents(raw)
	if err != nil {
		return nil, fmt.Errorf("read what is wanted: %w", err)
	}
	return all, nil
}

func (s *Suite) compareOutput(result *Result) {
	c := result.Case
	if c.want == nil && c.wantAll == nil && c.wantFile == "" {
		if result.Output != nil {
			result.fail("the case does not say which output it wants: have the file updated, and read what it says then")
		}
		return
	}
	if result.Output == nil && !result.Report.OK() {
		result.fail("want an output, but the input was refused: %s", firstError(result.Report))
		return
	}
	want, err := s.wanted(c)
	if err != nil {
		result.fail("%v", err)
		return
	}
	got, err := documents(result.Output)
	if err != nil {
		result.fail("the output is not JSON: %v", err)
		return
	}
	if c.want != nil && len(got) != 1 {
		result.fail("want one document, got %d: write wantAll", len(got))
		return
	}
	compared := &comparison{byValue: s.file.byValue}
	if len(want) == 1 && len(got) == 1 {
		compared.compare("", want[0], got[0])
	} else {
		compared.arrays("", want, got)
	}
	result.Failures = append(result.Failures, compared.differences()...)
}

func firstError(report *mapping.Report) string {
	for _, issue := range report.Issues {
		if issue.Severity == mapping.SeverityError {
			return issue.String()
		}
	}
	return "for more than the report holds"
}

// compareIssues finds for each issue that was reported one that is wanted, and the reverse,
// in any order.
func (s *Suite) compareIssues(result *Result) {
	reported := result.Report.Issues
	met := make([]bool, len(reported))
next:
	for _, w := range result.Case.issues {
		for i := range reported {
			if !met[i] && w.meets(reported[i]) {
				met[i] = true
				continue next
			}
		}
		result.fail("want the issue {%s}, which was not reported", w)
	}
	for i, issue := range reported {
		if !met[i] {
			result.fail("reported, and not wanted: %s", issue)
		}
	}
}

func (w wantedIssue) meets(i mapping.Issue) bool {
	is := func(want, got string) bool { return want == "" || want == got }
	switch {
	case !is(w.code, i.Code), !is(w.severity, string(i.Severity)), !is(w.rule, i.Rule), !is(w.source, i.Source), !is(w.value, i.Value),
		!strings.Contains(i.Message, w.message), w.line != 0 && w.line != i.Line, w.column != 0 && w.column != i.Column:
		return false
	case w.hasPointer:
		return i.Pointer != nil && *i.Pointer == w.pointer
	}
	return true
}

// String writes what is wanted as a case file would.
func (w wantedIssue) String() string {
	parts := []string{"code: " + w.code}
	for _, part := range []struct{ name, value string }{
		{"severity", w.severity}, {"rule", w.rule}, {"pointer", w.pointer}, {"source", w.source}, {"value", w.value}, {"message", w.message},
	} {
		if part.value != "" {
			parts = append(parts, part.name+": "+part.value)
		}
	}
	if w.line != 0 {
		parts = append(parts, fmt.Sprintf("line: %d", w.line))
	}
	return strings.Join(parts, ", ")
}

func (s *Suite) compareUnmapped(result *Result) {
	if result.Case.unmapped == nil {
		return
	}
	got := map[string]any{}
	for _, u := range result.Report.Unmapped {
		codes, ok := got[u.Table].(map[string]any)
		if !ok {
			codes = map[string]any{}
			got[u.Table] = codes
		}
		codes[u.Code] = json.Number(strconv.Itoa(u.Count))
	}
	want, err := documents(result.Case.unmapped.AppendJSON(nil))
	if err != nil {
		result.fail("unmapped: %v", err)
		return
	}
	compared := &comparison{byValue: true}
	compared.compare("unmapped", want[0], got)
	result.Failures = append(result.Failures, compared.differences()...)
}
