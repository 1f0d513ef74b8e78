// Package mappingtest runs the case files of mappings inside go test, a subtest for each
// case:
//
//	func TestMappings(t *testing.T) { mappingtest.Run(t, "mappings") }
//
// What a case file looks like is told by package mapping/mapcase; the command mapping test
// runs the same files. With UPDATE_GOLDEN=1 in the environment the cases are rewritten to
// want what came out: read the difference before you commit it.
package mappingtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openhim/mediator-go/mapping"
	"github.com/openhim/mediator-go/mapping/mapcase"
)

// Run runs all case files in a folder and below it; see Config for what mappings may need
// beside their documents. It fails if there are none.
func Run(t *testing.T, dir string) {
	t.Helper()
	Config{}.Run(t, dir)
}

// Config is how case files are run. The zero value runs mappings that need nothing, and asks
// for no coverage.
type Config struct {
	// Compile has the host's operators, functions and schemas. Its FS is not used, and its
	// Lookups are not called: cases have fixtures. Location defaults to time.LoadLocation.
	Compile mapping.CompileOptions
	// Limits bounds the run of each case. Zero fields have the defaults of mapping.Limits.
	Limits mapping.Limits
	// MinCoverage is the percentage of its rules and branches that the cases must reach of
	// each mapping, 0 to 100. It is not asked for when -run has left cases out. Defaults to 0.
	MinCoverage float64
	// Update rewrites the cases to want what came out. Defaults to whether UPDATE_GOLDEN is set.
	Update bool
}

// Run is the function Run with this configuration.
func (c Config) Run(t *testing.T, dir string) {
	t.Helper()
	runner, files, err := c.load(dir)
	if err != nil {
		t.Fatal(err)
	}
	left := false // cases out, by -run
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			suite, err := runner.Load(file)
			if err != nil {
				t.Fatal(reasons(err))
			}
			var results []mapcase.Result
			for _, one := range suite.Cases() {
				t.Run(one.Name(), func(t *testing.T) {
					result := suite.Run(t.Context(), one)
					results = append(results, result)
					if !result.OK() && !c.updates() {
						t.Errorf("%s:%d:\n  %s", suite.File(), one.Line(), strings.Join(result.Failures, "\n  "))
					}
				})
			}
			left = left || len(results) < len(suite.Cases())
			if c.updates() {
				if err := rewrite(suite, results); err != nil {
					t.Error(reasons(err))
				}
			}
		})
	}
	for _, coverage := range runner.Coverage() {
		t.Log(coverage)
	}
	if left || t.Failed() {
		return
	}
	if err := c.covered(runner); err != nil {
		t.Error(err)
	}
}

// Check is Run without a test, as for an example or a check at start-up. The error tells
// everything that failed. It updates nothing.
func (c Config) Check(ctx context.Context, dir string) error {
	runner, files, err := c.load(dir)
	if err != nil {
		return err
	}
	var failed []error
	for _, file := range files {
		suite, err := runner.Load(file)
		if err != nil {
			failed = append(failed, errors.New(reasons(err)))
			continue
		}
		for _, one := range suite.Cases() {
			if result := suite.Run(ctx, one); !result.OK() {
				failed = append(failed, fmt.Errorf("%s:%d: %s: %s", file, one.Line(), one.Name(), strings.Join(result.Failures, "; ")))
			}
		}
	}
	return errors.Join(append(failed, c.covered(runner))...)
}

func (c Config) load(dir string) (*mapcase.Runner, []string, error) {
	if c.MinCoverage < 0 || c.MinCoverage > 100 {
		return nil, nil, fmt.Errorf("mappingtest: MinCoverage is %g, and has to be a percentage, 0 to 100", c.MinCoverage)
	}
	if c.Compile.Location == nil {
		c.Compile.Location = time.LoadLocation
	}
	files, err := mapcase.Find(disk{}, filepath.ToSlash(filepath.Clean(dir)))
	if err != nil {
		return nil, nil, fmt.Errorf("mappingtest: find the case files: %w", err)
	}
	if len(files) == 0 {
		return nil, nil, fmt.Errorf("mappingtest: there are no case files in %s; they are named *.cases.yaml", dir)
	}
	return mapcase.New(disk{}, mapcase.Options{Compile: c.Compile, Limits: c.Limits}), files, nil
}

func (c Config) updates() bool { return c.Update || os.Getenv("UPDATE_GOLDEN") != "" }

// covered asks for the coverage of each mapping.
func (c Config) covered(runner *mapcase.Runner) error {
	var failed []error
	for _, coverage := range runner.Coverage() {
		if coverage.Percent() >= c.MinCoverage {
			continue
		}
		lines := []string{fmt.Sprintf("%s, less than %g %%; never reached:", coverage, c.MinCoverage)}
		for _, rule := range coverage.Missed() {
			lines = append(lines, fmt.Sprintf("%s:%d:%d: %s", rule.File, rule.Line, rule.Column, rule.Rule))
		}
		failed = append(failed, errors.New(strings.Join(lines, "\n  ")))
	}
	return errors.Join(failed...)
}

// reasons tells all that is wrong with a case file or a mapping, a line for each.
func reasons(err error) string {
	var document *mapping.DocumentError
	var cases *mapcase.FileError
	var issues []mapping.Issue
	switch {
	case errors.As(err, &document):
		issues = document.Issues
	case errors.As(err, &cases):
		issues = cases.Issues
	default:
		return err.Error()
	}
	lines := make([]string, len(issues))
	for i, issue := range issues {
		lines[i] = issue.String()
	}
	return strings.Join(lines, "\n")
}
