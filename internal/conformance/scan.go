package conformance

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// The lines may stand after the "file.go:1: " of a test's log.
var (
	resultLine = regexp.MustCompile(`(?:^|\s)conformance: (\S+) (\d+)/(\d+)\s*$`)
	caseLine   = regexp.MustCompile(`(?:^|\s)conformance-(unmet|apart): (\S+) (.+?): (.*?)\s*$`)
	anyLine    = regexp.MustCompile(`(?:^|\s)conformance(?:-[a-z]+)?: `)
)

// Case is one case of a corpus and what is to be said about it.
type Case struct {
	ID, Reason string
}

// Result is what one test found.
type Result struct {
	Name          string // the corpus: its path below conformance/ or fixtures/, without .json
	Package       string // the import path of the test's package
	Passed, Total int
	Unmet         []Case // as far as printed, sorted by ID
	Apart         []Case // not in Total, sorted by ID
}

// Report is what all tests found, sorted by name and package. It is a plain value: read
// it from as many goroutines as you like.
type Report struct {
	Results []Result
}

// Scan reads the output of `go test -json`. It returns an error for output that makes no
// report: no result at all, a result printed twice by one package, a line that looks like
// ours and cannot be read, figures that contradict each other, or a case without a result.
func Scan(goTestJSON io.Reader) (Report, error) {
	s := scanner{results: map[key]*Result{}, printed: map[key]bool{}}
	if err := outputLines(goTestJSON, s.line); err != nil {
		return Report{}, err
	}
	if len(s.printed) == 0 {
		return Report{}, errors.New("no test printed a conformance line")
	}
	var report Report
	for k, result := range s.results {
		if err := result.complete(s.printed[k]); err != nil {
			return Report{}, err
		}
		report.Results = append(report.Results, *result)
	}
	slices.SortFunc(report.Results, func(a, b Result) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Package, b.Package))
	})
	return report, nil
}

// key names a result: two packages may each run one corpus.
type key struct{ name, pkg string }

type scanner struct {
	results map[key]*Result
	printed map[key]bool // has its result line
}

func (s *scanner) line(pkg, line string) error {
	if m := resultLine.FindStringSubmatch(line); m != nil {
		passed, err1 := strconv.Atoi(m[2])
		total, err2 := strconv.Atoi(m[3])
		if err := errors.Join(err1, err2); err != nil {
			return fmt.Errorf("%s: %q: %w", pkg, line, err)
		}
		k := key{m[1], pkg}
		if s.printed[k] {
			return fmt.Errorf("%s prints a result of %s twice", pkg, m[1])
		}
		s.printed[k] = true
		result := s.result(k)
		result.Passed, result.Total = passed, total
		return nil
	}
	if m := caseLine.FindStringSubmatch(line); m != nil {
		result := s.result(key{m[2], pkg})
		list := &result.Unmet
		if m[1] == "apart" {
			list = &result.Apart
		}
		*list = append(*list, Case{ID: m[3], Reason: m[4]})
		return nil
	}
	if anyLine.MatchString(line) {
		return fmt.Errorf("%s prints a conformance line that cannot be read: %q", pkg, line)
	}
	return nil
}

func (s *scanner) result(k key) *Result {
	if s.results[k] == nil {
		s.results[k] = &Result{Name: k.name, Package: k.pkg}
	}
	return s.results[k]
}

// complete sorts the cases of a result, and checks that its figures agree.
func (r Result) complete(printed bool) error {
	switch {
	case !printed:
		return fmt.Errorf("%s prints cases of %s and no result of it", r.Package, r.Name)
	case r.Total == 0 || r.Passed > r.Total:
		return fmt.Errorf("%s: %s: %d of %d cases passed, which cannot be", r.Package, r.Name, r.Passed, r.Total)
	case len(r.Unmet) > r.Total-r.Passed:
		return fmt.Errorf("%s: %s: %d of %d cases passed, yet %d are listed as not met",
			r.Package, r.Name, r.Passed, r.Total, len(r.Unmet))
	}
	for _, cases := range [][]Case{r.Unmet, r.Apart} {
		slices.SortFunc(cases, func(a, b Case) int {
			return cmp.Or(strings.Compare(a.ID, b.ID), strings.Compare(a.Reason, b.Reason))
		})
	}
	return nil
}
