package conformance

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strings"
)

// Markdown writes the report as a document that names the command which makes it. The
// same results always give the same bytes.
func (r Report) Markdown(w io.Writer, command string) error {
	out := bufio.NewWriter(w)
	write := func(format string, args ...any) { _, _ = fmt.Fprintf(out, format, args...) } // Flush returns the error

	write("# Conformance\n\n")
	write("Written by `%s`; do not edit. A case is one entry of a corpus or one recorded\n", command)
	write("exchange of a real server, and passes only whole.\n\n")
	write("| corpus | passed | of | per cent | tested by |\n|---|---:|---:|---:|---|\n")
	for _, result := range r.Results {
		write("| %s | %d | %d | %s | `%s` |\n", cell(result.Name), result.Passed, result.Total, result.percent(), result.Package)
	}
	r.cases(write, "Not met", func(result Result) ([]Case, string) {
		missing := result.Total - result.Passed
		if missing == 0 {
			return nil, ""
		}
		return result.Unmet, fmt.Sprintf("%d of %d not met, %d of them listed", missing, result.Total, len(result.Unmet))
	})
	r.cases(write, "Apart: not counted, by the corpus's own README", func(result Result) ([]Case, string) {
		if len(result.Apart) == 0 {
			return nil, ""
		}
		return result.Apart, fmt.Sprintf("%d apart", len(result.Apart))
	})
	return out.Flush()
}

// cases writes a chapter with a section for each result that pick has something to say of.
func (r Report) cases(write func(string, ...any), title string, pick func(Result) ([]Case, string)) {
	titled := false
	for _, result := range r.Results {
		list, summary := pick(result)
		if summary == "" {
			continue
		}
		if !titled {
			write("\n## %s\n", title)
			titled = true
		}
		write("\n### %s\n\n%s (`%s`)\n", result.Name, summary, result.Package)
		for i, c := range list {
			if i == 0 {
				write("\n| case | why |\n|---|---|\n")
			}
			write("| %s | %s |\n", cell(c.ID), cell(c.Reason))
		}
	}
}

// percent has one decimal and is rounded down, so that 100 means all.
func (r Result) percent() string {
	tenths := math.Floor(float64(r.Passed) * 1000 / float64(r.Total))
	return strings.TrimSuffix(fmt.Sprintf("%.1f", tenths/10), ".0")
}

// cell makes text safe inside a table.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", ">", "&gt;", "\n", " ").Replace(text)
}
