package search

import (
	"math/big"
	"strings"
	"time"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/definitions"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/index"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/store"
)

// clause is one condition. Its operands are alternatives.
type clause struct {
	parameter *definitions.SearchParameter
	modifier  string
	operands  []operand
	missing   bool
	never     bool

	chained map[string]*clause // by the type of the target
	has     *clause            // of resources of hasType that refer by parameter
	hasType string
}

// condition is a clause made ready for one run.
type condition struct {
	*clause
	run *run
	// targets are Type/id of the resources a chain or a _has leads to.
	targets map[string]bool
}

func (r *run) prepare(c *clause) condition {
	out := condition{clause: c, run: r}
	switch {
	case c.has != nil:
		out.targets = map[string]bool{}
		inner := r.prepare(c.has)
		for v := range r.tx.All(c.hasType) {
			if !inner.matches(v) {
				continue
			}
			for _, value := range v.Values(c.parameter) {
				if ref := r.local(value.Reference); ref.URL == "" {
					out.targets[ref.Type+"/"+ref.ID] = true
				}
			}
		}
	case c.chained != nil:
		out.targets = map[string]bool{}
		for typ, chained := range c.chained {
			inner := r.prepare(chained)
			for v := range r.tx.All(typ) {
				if inner.matches(v) {
					out.targets[typ+"/"+v.ID] = true
				}
			}
		}
	}
	return out
}

func (c *condition) matches(v *store.Version) bool {
	if c.never {
		return false
	}
	if c.has != nil {
		return c.targets[v.Type+"/"+v.ID]
	}
	values := v.Values(c.parameter)
	if c.chained != nil {
		for i := range values {
			if ref := c.run.local(values[i].Reference); ref.URL == "" && c.targets[ref.Type+"/"+ref.ID] {
				return true
			}
		}
		return false
	}
	if c.modifier == "missing" {
		return (len(values) == 0) == c.missing
	}
	found := false
	for i := range values {
		for j := range c.operands {
			if c.compare(&values[i], &c.operands[j]) {
				found = true
			}
		}
	}
	return found != (c.modifier == "not" && c.parameter.Type == "token")
}

func (c *condition) compare(v *index.Value, o *operand) bool {
	switch c.parameter.Type {
	case "token":
		return c.token(v, o)
	case "string":
		switch c.modifier {
		case "exact":
			return v.Exact == o.exact
		case "contains", "text":
			return strings.Contains(v.Text, o.text)
		}
		return strings.HasPrefix(v.Text, o.text)
	case "date":
		return compareSpan(o.prefix, v.Span, o.span)
	case "number":
		return compareNumber(v.Number, o)
	case "quantity":
		if o.hasSystem && v.System != o.system {
			return false
		}
		if o.hasCode && v.Code != o.code && (o.hasSystem || v.Unit != o.code) {
			return false
		}
		return compareNumber(v.Number, o)
	case "reference":
		if c.modifier == "identifier" {
			return c.token(v, o)
		}
		return c.reference(v.Reference, o.reference)
	default:
		switch c.modifier {
		case "below":
			return strings.HasPrefix(v.Exact, o.exact)
		case "above":
			return strings.HasPrefix(o.exact, v.Exact)
		}
		return v.Exact == o.exact
	}
}

func (c *condition) token(v *index.Value, o *operand) bool {
	switch {
	case c.modifier == "text":
		return v.Text != "" && strings.Contains(v.Text, o.text)
	case c.modifier == "of-type":
		for _, t := range v.IdentifierType {
			if t.System == o.system && t.Code == o.typeCode {
				return v.Code == o.code
			}
		}
		return false
	case o.hasSystem && v.System != o.system && !c.implied(o.system):
		return false
	case o.hasCode:
		return v.Code == o.code
	}
	return v.Code != "" || v.System != ""
}

// implied tells whether the parameter's values are plain codes, whose system is that of
// their binding and not written down.
func (c *condition) implied(system string) bool {
	return system != "" && len(c.parameter.Paths) > 0 && (c.parameter.Paths[0].Type == "code" || c.parameter.Paths[0].Type == "boolean")
}

func (c *condition) reference(v, o index.Reference) bool {
	v, o = c.run.local(v), c.run.local(o)
	switch {
	case o.URL != "" || v.URL != "":
		return v.URL == o.URL
	case o.Type != "" && v.Type != o.Type:
		return false
	case c.modifier != "" && v.Type != c.modifier:
		return false
	}
	return v.ID == o.ID && v.ID != ""
}

func compareSpan(prefix string, v, o index.Span) bool {
	within := !v.From.Before(o.From) && !v.Until.After(o.Until)
	switch prefix {
	case "ne":
		return !within
	case "gt":
		return v.Until.After(o.Until)
	case "ge":
		return v.Until.After(o.Until) || within
	case "lt":
		return v.From.Before(o.From)
	case "le":
		return v.From.Before(o.From) || within
	case "sa":
		return !v.From.Before(o.Until)
	case "eb":
		return !v.Until.After(o.From)
	case "ap":
		const day = 24 * time.Hour
		return v.From.Before(o.Until.Add(day)) && v.Until.After(o.From.Add(-day))
	}
	return within
}

func compareNumber(v *big.Rat, o *operand) bool {
	if v == nil {
		return false
	}
	distance := new(big.Rat).Sub(v, o.number)
	near := new(big.Rat).Abs(distance).Cmp(o.half) <= 0
	switch o.prefix {
	case "ne":
		return !near
	case "gt", "sa":
		return distance.Sign() > 0
	case "ge":
		return distance.Sign() >= 0
	case "lt", "eb":
		return distance.Sign() < 0
	case "le":
		return distance.Sign() <= 0
	case "ap":
		const tenth = 10
		return new(big.Rat).Abs(distance).Cmp(new(big.Rat).Abs(new(big.Rat).Quo(o.number, big.NewRat(tenth, 1)))) <= 0
	}
	return near
}
