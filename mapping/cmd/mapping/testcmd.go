package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/openhim/mediator-go/mapping"
	"github.com/openhim/mediator-go/mapping/mapcase"
)

func testCommand() command {
	return command{
		name: "test", args: "[FILE or FOLDER ...]", summary: "run case files, and tell how much of the mappings they reach",
		about: `Case files are named *.cases.yaml; a mapping document may have its own in tests:. Of a folder,
all below it are run; without arguments those of the working folder. --update writes what came
out into the case files: read the difference before you commit it.`,
		example: "mapping test mappings --cover --fail-under 100 --junit report.xml",
		setup: func(f *flags) func(context.Context, *session, []string) error {
			c := &tester{
				update:    f.bool("update", "make the cases want what came out"),
				cover:     f.bool("cover", "list the rules and branches that no case has reached"),
				failUnder: f.number("fail-under", 0, "fail if the cases reach less than this percentage of a mapping's rules"),
				junit:     f.file("junit", "write a JUnit XML report there"),
				json:      f.bool("json", "write results and coverage as JSON"),
				verbose:   f.bool("verbose", "list the cases that passed, too"),
			}
			return c.run
		},
	}
}

// tester is the test command.
type tester struct {
	update, cover, json, verbose *bool
	failUnder                    *float64
	junit                        *string
}

// suiteRun is what became of a case file.
type suiteRun struct {
	file    string
	mapping string
	suite   *mapcase.Suite
	results []mapcase.Result
	times   []time.Duration
	err     error // the file could not be loaded
}

func (r suiteRun) failed() int {
	n := 0
	for _, result := range r.results {
		if !result.OK() {
			n++
		}
	}
	return n
}

func (c *tester) run(ctx context.Context, s *session, args []string) error {
	if *c.failUnder < 0 || *c.failUnder > 100 {
		return usagef("--fail-under is a percentage, 0 to 100")
	}
	files, err := c.find(s, args)
	if err != nil {
		return err
	}
	runs, coverage, err := c.all(ctx, s, files)
	if err != nil {
		return err
	}
	if *c.update {
		changed, err := c.rewrite(s, runs)
		if err != nil {
			return err
		}
		if changed {
			if runs, coverage, err = c.all(ctx, s, files); err != nil {
				return err
			}
		}
	}
	if *c.junit != "" {
		report, err := junit(runs, coverage, *c.failUnder)
		if err != nil {
			return err
		}
		if err := s.files.write(*c.junit, report); err != nil {
			return err
		}
	}
	ok := c.passed(runs, coverage)
	if *c.json {
		if err := s.printJSON(c.forMachines(runs, coverage, ok)); err != nil {
			return err
		}
	} else {
		c.print(s, runs, coverage)
	}
	if !ok {
		return errFindings
	}
	return nil
}

// find returns the case files that the arguments name.
func (c *tester) find(s *session, args []string) ([]string, error) {
	if len(args) == 0 {
		args = []string{"."}
	}
	var files []string
	for _, arg := range args {
		if _, err := s.files.Stat(clean(arg)); err != nil {
			return nil, err
		}
		if !s.isDir(arg) {
			files = append(files, clean(arg))
			continue
		}
		found, err := mapcase.Find(s.files, clean(arg))
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, usagef("there are no case files in %s; they are named *.cases.yaml", clean(arg))
		}
		files = append(files, found...)
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}

// all runs the case files.
func (c *tester) all(ctx context.Context, s *session, files []string) ([]suiteRun, []mapcase.Coverage, error) {
	runner := mapcase.New(s.files, mapcase.Options{Compile: mapping.CompileOptions{Location: time.LoadLocation}, Limits: limits()})
	var runs []suiteRun
	for _, file := range files {
		r := suiteRun{file: file}
		if r.suite, r.err = runner.Load(file); r.err == nil {
			r.mapping = r.suite.Mapping()
			if len(r.suite.Cases()) == 0 {
				r.err = fmt.Errorf("%s: the file has no cases", file)
			}
			for _, one := range r.suite.Cases() {
				if err := ctx.Err(); err != nil {
					return nil, nil, err
				}
				begin := s.now()
				r.results = append(r.results, r.suite.Run(ctx, one))
				r.times = append(r.times, s.now().Sub(begin))
			}
		}
		runs = append(runs, r)
	}
	return runs, runner.Coverage(), nil
}

// rewrite makes the cases want what came out, and reports whether that changed a file.
func (c *tester) rewrite(s *session, runs []suiteRun) (bool, error) {
	changed := false
	for _, r := range runs {
		if r.err != nil {
			continue
		}
		files, err := r.suite.Update(r.results)
		if err != nil {
			return false, s.findings(err)
		}
		for _, name := range sortedNames(files) {
			if err := s.files.write(name, files[name]); err != nil {
				return false, err
			}
			s.tell("updated %s", name)
			changed = true
		}
	}
	return changed, nil
}

func sortedNames(files map[string][]byte) []string {
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (c *tester) passed(runs []suiteRun, coverage []mapcase.Coverage) bool {
	for _, r := range runs {
		if r.err != nil || r.failed() > 0 {
			return false
		}
	}
	for _, one := range coverage {
		if one.Percent() < *c.failUnder {
			return false
		}
	}
	return true
}

func (c *tester) print(s *session, runs []suiteRun, coverage []mapcase.Coverage) {
	p := s.outColor
	total, failed := 0, 0
	for _, r := range runs {
		if r.err != nil {
			failed++
			s.out.printf("%s  %s\n", p.red("FAIL"), p.bold(r.file))
			for _, line := range loadFailure(r.err) {
				s.out.printf("      %s\n", line)
			}
			continue
		}
		total += len(r.results)
		failed += r.failed()
		if r.failed() == 0 {
			s.out.printf("%s    %s (%s)\n", p.green("ok"), p.bold(r.file), count(len(r.results), "case"))
		}
		for _, result := range r.results {
			switch {
			case !result.OK():
				s.out.printf("%s  %s %s\n", p.red("FAIL"), p.bold(fmt.Sprintf("%s:%d:", r.file, result.Case.Line())), result.Case.Name())
				for _, failure := range result.Failures {
					s.out.printf("      %s\n", failure)
				}
			case *c.verbose:
				s.out.printf("      %s %s\n", p.dim("pass"), result.Case.Name())
			}
		}
	}
	for _, one := range coverage {
		line := one.String()
		if one.Percent() < *c.failUnder {
			line = p.red(fmt.Sprintf("%s, less than %g %%", line, *c.failUnder))
		}
		s.out.println(line)
		if *c.cover || one.Percent() < *c.failUnder {
			for _, rule := range one.Missed() {
				s.out.printf("      %s:%d:%d: never reached: %s\n", rule.File, rule.Line, rule.Column, name(rule.Rule))
			}
		}
	}
	if failed > 0 {
		s.out.printf("%s, %s\n", count(total, "case"), p.red(fmt.Sprintf("%d failed", failed)))
		return
	}
	s.out.printf("%s, all passed\n", count(total, "case"))
}

// name names a rule: that of the whole output has no path.
func name(rule string) string {
	if rule == "" {
		return "the whole output"
	}
	return rule
}

// forMachines is what --json writes.
func (c *tester) forMachines(runs []suiteRun, coverage []mapcase.Coverage, ok bool) any {
	type oneCase struct {
		Name     string          `json:"name"`
		Line     int             `json:"line"`
		OK       bool            `json:"ok"`
		Failures []string        `json:"failures,omitempty"`
		Report   *mapping.Report `json:"report,omitempty"`
	}
	type oneFile struct {
		File    string    `json:"file"`
		Mapping string    `json:"mapping,omitempty"`
		Error   []string  `json:"error,omitempty"`
		Cases   []oneCase `json:"cases"`
	}
	type oneMapping struct {
		mapcase.Coverage
		Percent float64 `json:"percent"`
	}
	out := struct {
		OK       bool         `json:"ok"`
		Files    []oneFile    `json:"files"`
		Coverage []oneMapping `json:"coverage"`
	}{OK: ok, Files: []oneFile{}, Coverage: []oneMapping{}}
	for _, r := range runs {
		file := oneFile{File: r.file, Mapping: r.mapping, Cases: []oneCase{}}
		if r.err != nil {
			file.Error = loadFailure(r.err)
		}
		for _, result := range r.results {
			file.Cases = append(file.Cases, oneCase{result.Case.Name(), result.Case.Line(), result.OK(), result.Failures, result.Report})
		}
		out.Files = append(out.Files, file)
	}
	for _, one := range coverage {
		out.Coverage = append(out.Coverage, oneMapping{one, one.Percent()})
	}
	return out
}
