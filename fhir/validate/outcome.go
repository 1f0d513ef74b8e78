package validate

import (
	"errors"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/internal/tree"
)

// unreadable is the outcome of a text that is no JSON.
func unreadable(err error) fhir.OperationOutcome {
	issue := fhir.Issue{Severity: fhir.SeverityFatal, Code: fhir.IssueStructure}
	fault := &tree.Error{}
	if !errors.As(err, &fault) {
		issue.Details = "the text is not JSON: " + err.Error()
		return fhir.OperationOutcome{Issues: []fhir.Issue{issue}}
	}
	issue.Line, issue.Column = fault.Line, fault.Column
	issue.Details = "the text is not JSON: " + fault.Message
	if fault.Limit {
		issue.Code = fhir.IssueTooLong
		issue.Details = "the text is larger or nested more deeply than this validator takes: " + fault.Message
	}
	return fhir.OperationOutcome{Issues: []fhir.Issue{issue}}
}

// outcome renders what was found, in the order in which it was.
func (r *run) outcome() fhir.OperationOutcome {
	var out fhir.OperationOutcome
	if len(r.found) == 0 {
		return out
	}
	out.Issues = make([]fhir.Issue, len(r.found), len(r.found)+1)
	for i := range r.found {
		f := &r.found[i]
		out.Issues[i] = fhir.Issue{Severity: f.severity, Code: f.code, Details: f.text}
		if path := r.locate(f.at); path != "" {
			out.Issues[i].Expression = []string{path}
		}
	}
	r.places(out.Issues)
	if r.dropped > 0 {
		out.Issues = append(out.Issues, fhir.Issue{
			Severity: fhir.SeverityInformation, Code: fhir.IssueInformational,
			Details: strconv.Itoa(r.dropped) + " more issues are not shown: mend these first, or raise Options.MaxIssues",
		})
	}
	return out
}

// places sets lines and columns, in one pass over the text however many issues there are: a text without line breaks would be counted through
// for each of them otherwise.
func (r *run) places(issues []fhir.Issue) {
	order := make([]int, len(issues))
	for i := range order {
		order[i] = i
		if r.found[i].offset < 0 {
			r.found[i].offset = r.tree.Offset(r.found[i].at)
		}
	}
	slices.SortFunc(order, func(a, b int) int { return r.found[a].offset - r.found[b].offset })
	text := r.tree.Source()
	line, column, at := 1, 1, 0
	for _, i := range order {
		between := text[at:max(at, min(r.found[i].offset, len(text)))]
		at += len(between)
		if breaks := strings.Count(between, "\n"); breaks > 0 {
			line, column = line+breaks, 1
			between = between[strings.LastIndexByte(between, '\n')+1:]
		}
		column += characters(between)
		issues[i].Line, issues[i].Column = line, column
	}
}

// characters counts the code points of a text in UTF-8, eight bytes at a time: those that do not continue a character (10xxxxxx).
func characters(text string) int {
	const high, low = 0x8080808080808080, 0x0101010101010101
	continuing, i := 0, 0
	for ; i+8 <= len(text); i += 8 {
		s := text[i : i+8]
		word := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
		if word&high == 0 {
			continue
		}
		continuing += bits.OnesCount64((word >> 7) & (^word >> 6) & low)
	}
	for ; i < len(text); i++ {
		if text[i]&0xC0 == 0x80 {
			continuing++
		}
	}
	return len(text) - continuing
}
