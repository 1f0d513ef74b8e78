package validate

import (
	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/internal/elements"
)

// rule is an invariant made ready.
type rule struct {
	key, human, expression, source string
	warning                        bool
	simple                         test // when the expression is of the simple kind
	native                         func(r *run, n node) verdict
	compiled                       compiled
}

// rulebook makes rules, each once.
type rulebook struct {
	bestPractice bool
}

// native invariants are part of the walk or of a check in this package.
func nativeElsewhere(c *elements.Constraint) bool {
	switch c.Key {
	case "ele-1", "ext-1", "dom-2", "dom-3", "dom-4", "dom-5", "ref-1", "txt-1", "txt-2":
		return true
	default:
		return false
	}
}

// of makes the rules of constraints on a type, those left out that are checked elsewhere.
func (b *rulebook) of(constraints []*elements.Constraint, typ *elements.Type) []*rule {
	var rules []*rule
	for _, c := range constraints {
		if nativeElsewhere(c) || c.BestPractice && !b.bestPractice || c.Expression == "" {
			continue
		}
		rules = append(rules, newRule(c, typ))
	}
	return rules
}

func newRule(c *elements.Constraint, typ *elements.Type) *rule {
	return &rule{
		key: c.Key, human: c.Human, expression: c.Expression, source: c.Source, warning: c.Warning,
		simple: compilePresence(c.Expression, typ), native: nativeRule(c.Expression),
	}
}

// invariants checks the rules of an element.
func (r *run) invariants(n node, rules []*rule, typ *elements.Type) {
	for _, rule := range rules {
		if r.stopped != nil {
			return
		}
		if r.holds(n, rule, typ) {
			continue
		}
		severity := fhir.SeverityError
		if rule.warning {
			severity = fhir.SeverityWarning
		}
		r.report(found{severity: severity, code: fhir.IssueInvariant, at: n, offset: -1, text: rule.key + ": " + rule.human})
	}
}

// holds evaluates a rule: only true is good, as the empty collection is not.
func (r *run) holds(n node, rule *rule, typ *elements.Type) bool {
	if rule.simple != nil {
		return rule.simple(r.tree, n) == yes
	}
	if rule.native != nil {
		if v := rule.native(r, n); v != unknown {
			return v == yes
		}
	}
	return r.evaluate(n, rule, typ)
}
