package main

import (
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/openhim/mediator-go/mapping"
	"github.com/openhim/mediator-go/mapping/mapcase"
)

// The elements of JUnit's report, as Jenkins, GitLab and GitHub's reporters read them.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Time     string      `xml:"time,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name      string        `xml:"name,attr"`
		ClassName string        `xml:"classname,attr"`
		File      string        `xml:"file,attr"`
		Line      int           `xml:"line,attr,omitempty"`
		Time      string        `xml:"time,attr"`
		Failure   *junitProblem `xml:"failure"`
		Error     *junitProblem `xml:"error"`
	}
	junitProblem struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// junit writes the report. A case file that cannot be loaded is an error, a mapping whose
// coverage is too low a failure of its own suite.
func junit(runs []suiteRun, coverage []mapcase.Coverage, failUnder float64) ([]byte, error) {
	out := junitSuites{}
	for _, r := range runs {
		suite := junitSuite{Name: r.file, Time: seconds(0)}
		var total time.Duration
		if r.err != nil {
			lines := loadFailure(r.err)
			suite.Cases = append(suite.Cases, junitCase{
				Name: "load", ClassName: r.file, File: r.file, Time: seconds(0), Error: &junitProblem{lines[0], strings.Join(lines, "\n")},
			})
			suite.Errors++
		}
		for i, result := range r.results {
			one := junitCase{
				Name: result.Case.Name(), ClassName: r.file, File: r.file, Line: result.Case.Line(), Time: seconds(r.times[i]),
			}
			total += r.times[i]
			if !result.OK() {
				one.Failure = &junitProblem{result.Failures[0], strings.Join(result.Failures, "\n")}
				suite.Failures++
			}
			suite.Cases = append(suite.Cases, one)
		}
		suite.Time = seconds(total)
		out.add(suite)
	}
	for _, one := range coverage {
		if failUnder == 0 {
			break
		}
		suite := junitSuite{Name: "coverage of " + one.Mapping, Time: seconds(0)}
		c := junitCase{Name: fmt.Sprintf("at least %g %%", failUnder), ClassName: one.Mapping, File: one.Mapping, Time: seconds(0)}
		if one.Percent() < failUnder {
			var missed []string
			for _, rule := range one.Missed() {
				missed = append(missed, fmt.Sprintf("%s:%d:%d: never reached: %s", rule.File, rule.Line, rule.Column, name(rule.Rule)))
			}
			c.Failure = &junitProblem{one.String(), strings.Join(missed, "\n")}
			suite.Failures++
		}
		suite.Cases = append(suite.Cases, c)
		out.add(suite)
	}
	raw, err := xml.MarshalIndent(out, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the JUnit report: %w", err)
	}
	return append([]byte(xml.Header), append(raw, '\n')...), nil
}

func (s *junitSuites) add(suite junitSuite) {
	suite.Tests = len(suite.Cases)
	s.Tests += suite.Tests
	s.Failures += suite.Failures
	s.Errors += suite.Errors
	s.Suites = append(s.Suites, suite)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }

// loadFailure tells why a case file could not be loaded, a line for each reason.
func loadFailure(err error) []string {
	var document *mapping.DocumentError
	var cases *mapcase.FileError
	var issues []mapping.Issue
	switch {
	case errors.As(err, &document):
		issues = document.Issues
	case errors.As(err, &cases):
		issues = cases.Issues
	}
	var lines []string
	for _, issue := range issues {
		if issue.Severity == mapping.SeverityError {
			lines = append(lines, issue.String())
		}
	}
	if len(lines) == 0 {
		return []string{err.Error()}
	}
	return lines
}
