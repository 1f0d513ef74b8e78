package fhir

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// resultParams do not choose what is found but how it is shown. They cannot be
// part of a condition.
//
//nolint:gochecknoglobals // a read-only table
var resultParams = []string{
	"_count", "_sort", "_include", "_revinclude", "_summary", "_elements", "_total",
	"_contained", "_containedType", "_format", "_pretty", "_offset", "_getpages",
}

// isResultParam reports whether a parameter is one of them, whatever its
// modifier.
func isResultParam(name string) bool {
	name, _, _ = strings.Cut(name, ":")
	return slices.Contains(resultParams, name)
}

var (
	includePath = regexp.MustCompile(`^(\*|[A-Z][A-Za-z]*:(\*|[A-Za-z_][A-Za-z0-9_-]*)(:[A-Z][A-Za-z]*)?)$`)
	elementName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*$`)
	sortName    = regexp.MustCompile(`^-?[A-Za-z_][A-Za-z0-9_-]*$`)
)

// listed is a parameter whose values are names of one form.
func listed(name string, form *regexp.Regexp, values []string) Param {
	p := Param{name: name, value: strings.Join(values, ",")}
	if len(values) == 0 {
		p.reason = noValue
	}
	for _, v := range values {
		if !form.MatchString(v) {
			p.reason = "a value has not the form that is due"
		}
	}
	return p
}

// Include takes along what the matches refer to by a search parameter:
// "Observation:subject", "Observation:subject:Patient". With("iterate") follows
// the references of what was included, too.
func Include(path string) Param { return listed("_include", includePath, []string{path}) }

// RevInclude takes along what refers to the matches: "Observation:subject".
func RevInclude(path string) Param { return listed("_revinclude", includePath, []string{path}) }

// SortBy sorts the matches by search parameters, a minus before one for
// descending: SortBy("-date", "_id").
func SortBy(params ...string) Param { return listed("_sort", sortName, params) }

// Shown is a parameter that a read takes too.
type Shown struct{ Param }

func (s Shown) applyRead(q *request) { q.query = append(q.query, s.Param) }

// Elements asks for these elements only, and the mandatory ones. What comes is
// not the whole resource: never store it.
func Elements(names ...string) Shown { return Shown{listed("_elements", elementName, names)} }

// SummaryMode is how much of a resource is shown.
type SummaryMode string

// How much of a resource may be shown. What comes is not the whole resource,
// but for SummaryFalse: never store it. For SummaryCount see [Client.Count].
const (
	SummaryTrue  SummaryMode = "true"  // elements that are part of the summary
	SummaryText  SummaryMode = "text"  // narrative, id, meta and mandatory elements
	SummaryData  SummaryMode = "data"  // all but the narrative
	SummaryCount SummaryMode = "count" // no resources
	SummaryFalse SummaryMode = "false" // everything
)

// Summary asks for a part of each resource.
func Summary(mode SummaryMode) Shown { return Shown{ByRaw("_summary", string(mode))} }

// TotalMode is how exact a search's total has to be.
type TotalMode string

// How exact a total may be.
const (
	TotalNone     TotalMode = "none"
	TotalEstimate TotalMode = "estimate"
	TotalAccurate TotalMode = "accurate"
)

// Total asks for the number of matches on all pages, see [Page.Total].
func Total(mode TotalMode) Param { return ByRaw("_total", string(mode)) }

// PageSize asks for so many matches a page (_count). It bounds no search: a
// page has a next one. Servers have limits of their own (HAPI 200 by default).
func PageSize(n int) Param {
	p := ByRaw("_count", strconv.Itoa(n))
	if n < 0 {
		p.reason = "a page cannot have less than nothing"
	}
	return p
}
