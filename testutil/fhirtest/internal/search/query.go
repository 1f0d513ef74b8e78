// Package search parses FHIR searches and runs them on a store: parameters with
// modifiers, chains and _has, sorting, includes. Paging and Bundles are the caller's.
package search

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/definitions"
)

// Param is one parameter as it was given, decoded.
type Param struct{ Name, Value string }

// Query is a search that was understood.
type Query struct {
	Type     string
	Count    int // -1: not given
	Offset   int // -1: not given
	Total    string
	Summary  string
	Elements []string
	// Used are the parameters that were understood, as given.
	Used []Param
	// Conditions is how many parameters narrow the search down.
	Conditions int

	clauses     []*clause
	sort        []sortKey
	includes    []include
	revincludes []include
}

// Manner is how a server takes what it does not know.
type Manner struct {
	// Lenient ignores parameters that are not known.
	Lenient bool
	// Forgiving makes unknown modifiers and empty values match nothing, as HAPI does;
	// else a modifier is an error and an empty value ignored.
	Forgiving bool
	// NoContains refuses :contains, :of-type, full-text search and one of several dates, as
	// HAPI does unless it is told otherwise.
	NoContains bool
}

// Problem is the kind of an Error.
type Problem int

// The kinds of errors.
const (
	UnknownParameter Problem = iota
	UnknownModifier
	BadDate
	BadNumber
	BadPrefix
	BadCount
	BadInclude
	BadTarget
	ContainsDisabled
	BadIncludeType // the source of an include is no type
	BadIncludeForm // an include without a parameter
	BadChain       // a chain to a parameter that no target has
	BadChainType   // a chain to a type that is none
	BadHas         // a _has of a type that is none
	DateOr         // one of several dates, which HAPI refuses
	OfTypeDisabled
	FulltextDisabled
	BadSort
)

// Error is a search that cannot be run.
type Error struct {
	Problem Problem
	Type    string // resource type
	Name    string // of the parameter
	Value   string
}

func (e *Error) Error() string { return "search: " + e.Name + " of " + e.Type + " cannot be used" }

type parser struct {
	table  *definitions.Table
	manner Manner
	query  *Query
}

// Parse understands the parameters of a search for a type; an *Error says what it does
// not.
func Parse(table *definitions.Table, typ string, params []Param, manner Manner) (*Query, error) {
	p := &parser{table: table, manner: manner, query: &Query{Type: typ, Count: -1, Offset: -1}}
	for _, param := range params {
		used, err := p.param(param)
		if err != nil {
			return nil, err
		}
		if used {
			p.query.Used = append(p.query.Used, param)
		}
	}
	return p.query, nil
}

func (p *parser) param(param Param) (used bool, err error) {
	q := p.query
	switch name, modifier, _ := strings.Cut(param.Name, ":"); name {
	case "_count", "_offset":
		n, err := strconv.Atoi(param.Value)
		if err != nil || n < 0 {
			return false, &Error{Problem: BadCount, Type: q.Type, Name: name, Value: param.Value}
		}
		if name == "_count" {
			q.Count = n
		} else {
			q.Offset = n
		}
	case "_total":
		q.Total = param.Value
	case "_summary":
		q.Summary = param.Value
	case "_elements":
		q.Elements = append(q.Elements, strings.Split(param.Value, ",")...)
	case "_sort":
		return true, p.sort(param.Value)
	case "_include", "_revinclude":
		return true, p.include(name, modifier, param.Value)
	case "_format", "_pretty", "_contained", "_containedType":
	default:
		c, err := p.clause(q.Type, param.Name, param.Value)
		if err != nil || c == ignored {
			return false, err
		}
		q.clauses = append(q.clauses, c)
		q.Conditions++
	}
	return true, nil
}

// ignored is what becomes of a condition that is not to count.
var ignored = &clause{} //nolint:gochecknoglobals // a mark, compared only

// clause understands one condition; it may be to be ignored.
func (p *parser) clause(typ, name, value string) (*clause, error) {
	if rest, ok := strings.CutPrefix(name, "_has:"); ok {
		return p.has(typ, name, rest, value)
	}
	head, chained, chain := strings.Cut(name, ".")
	code, modifier, _ := strings.Cut(head, ":")
	parameter := p.table.Parameter(typ, code)
	if parameter == nil {
		if p.manner.NoContains && (code == "_text" || code == "_content") {
			return nil, &Error{Problem: FulltextDisabled, Type: typ, Name: code, Value: value}
		}
		if p.manner.Lenient {
			return ignored, nil
		}
		return nil, &Error{Problem: UnknownParameter, Type: typ, Name: code, Value: value}
	}
	if chain {
		return p.chain(typ, parameter, modifier, chained, value)
	}
	if value == "" {
		if p.manner.Forgiving {
			return &clause{parameter: parameter, never: true}, nil
		}
		return ignored, nil
	}
	c := &clause{parameter: parameter, modifier: modifier}
	switch {
	case !p.modifierKnown(parameter, modifier):
		if !p.manner.Forgiving {
			return nil, &Error{Problem: UnknownModifier, Type: typ, Name: name, Value: value}
		}
		c.never = true
		return c, nil
	case modifier == "contains" && parameter.Type == "string" && p.manner.NoContains:
		return nil, &Error{Problem: ContainsDisabled, Type: typ, Name: code, Value: value}
	case modifier == "of-type" && p.manner.NoContains:
		return nil, &Error{Problem: OfTypeDisabled, Type: typ, Name: code, Value: value}
	case parameter.Type == "date" && p.manner.NoContains && strings.Contains(value, ","):
		return nil, &Error{Problem: DateOr, Type: typ, Name: code, Value: value}
	case modifier == "missing":
		c.missing = value == "true"
		return c, nil
	}
	for _, one := range splitEscaped(value, ',') {
		o, err := parseOperand(parameter, modifier, one)
		if err != nil {
			err.Type, err.Name, err.Value = typ, code, cmp.Or(err.Value, one)
			return nil, err
		}
		c.operands = append(c.operands, o)
	}
	return c, nil
}

func (p *parser) modifierKnown(parameter *definitions.SearchParameter, modifier string) bool {
	if modifier == "" || modifier == "missing" {
		return true
	}
	known := map[string][]string{
		"token": {"not", "text", "of-type"}, "string": {"exact", "contains", "text"}, "reference": {"identifier"}, "uri": {"below", "above"},
	}[parameter.Type]
	return slices.Contains(known, modifier) || (parameter.Type == "reference" && p.table.IsResource(modifier))
}

// chain is subject:Patient.identifier or subject.name.
func (p *parser) chain(typ string, parameter *definitions.SearchParameter, target, chained, value string) (*clause, error) {
	if parameter.Type != "reference" {
		return nil, &Error{Problem: BadTarget, Type: typ, Name: parameter.Code + "." + chained, Value: value}
	}
	targets := parameter.Targets
	if target != "" && !p.table.IsResource(target) {
		return nil, &Error{Problem: BadChainType, Type: typ, Name: parameter.Code, Value: target}
	}
	if target != "" {
		targets = []string{target}
	}
	if len(targets) == 0 {
		targets = p.table.Resources()
	}
	c := &clause{parameter: parameter, chained: map[string]*clause{}}
	var failed error
	for _, t := range targets {
		inner, err := p.clause(t, chained, value)
		switch {
		case err != nil:
			failed = err
		case inner != ignored:
			c.chained[t] = inner
		}
	}
	if len(c.chained) == 0 {
		var e *Error
		if errors.As(failed, &e) && e.Problem == UnknownParameter {
			return nil, &Error{Problem: BadChain, Type: typ, Name: parameter.Code + "." + chained, Value: value}
		}
		return ignored, failed
	}
	return c, nil
}

// has is Observation:subject:code.
func (p *parser) has(typ, name, rest, value string) (*clause, error) {
	const parts = 3
	f := strings.SplitN(rest, ":", parts)
	if len(f) == parts && !p.table.IsResource(f[0]) {
		return nil, &Error{Problem: BadHas, Type: typ, Name: name, Value: f[0]}
	}
	if len(f) < parts || !p.table.IsResource(f[0]) || p.table.Parameter(f[0], f[1]) == nil {
		return nil, &Error{Problem: UnknownParameter, Type: typ, Name: name, Value: value}
	}
	inner, err := p.clause(f[0], f[2], value)
	if err != nil || inner == ignored {
		return inner, err
	}
	return &clause{hasType: f[0], parameter: p.table.Parameter(f[0], f[1]), has: inner}, nil
}

// splitEscaped splits at separators that no backslash stands before (R4 search 3.1.1.4.0.1).
func splitEscaped(text string, at byte) []string {
	if !strings.Contains(text, `\`) {
		return strings.Split(text, string(at))
	}
	var out []string
	start := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case at:
			out = append(out, text[start:i])
			start = i + 1
		}
	}
	return append(out, text[start:])
}

func unescape(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	return strings.NewReplacer(`\\`, `\`, `\,`, `,`, `\|`, `|`, `\$`, `$`).Replace(text)
}
