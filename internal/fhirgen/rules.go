package main

import "strings"

// ruleTable numbers the distinct invariants: most elements share a few.
type ruleTable struct {
	rules   []elementRule
	numbers map[string]int
}

func newRuleTable() *ruleTable { return &ruleTable{numbers: map[string]int{}} }

// refer writes the numbers of an element's invariants but for those in skip, which come with the type.
func (t *ruleTable) refer(e *encoder, rules []elementRule, skip string) {
	var kept []int
	for _, rule := range rules {
		if !strings.Contains(" "+skip+" ", " "+rule.Key+" ") {
			kept = append(kept, t.number(rule))
		}
	}
	e.count(len(kept))
	for _, n := range kept {
		e.count(n)
	}
}

func (t *ruleTable) number(rule elementRule) int {
	rule.Expression = mended(rule)
	id := strings.Join([]string{rule.Key, rule.Severity, rule.Human, rule.Expression, rule.Source}, "\x00")
	if n, ok := t.numbers[id]; ok {
		return n
	}
	n := len(t.rules)
	t.numbers[id] = n
	t.rules = append(t.rules, rule)
	return n
}

// encode writes all rules: key, flags (1 warning, 2 best practice), text, expression, source.
func (t *ruleTable) encode(e *encoder) {
	e.count(len(t.rules))
	for _, rule := range t.rules {
		e.text(rule.Key)
		e.number(bit(rule.Severity == "warning", 1) | bit(bestPractice(rule), 2))
		e.text(rule.Human)
		e.text(rule.Expression)
		e.text(rule.Source)
	}
}

func bestPractice(rule elementRule) bool {
	for _, ext := range rule.Extension {
		if strings.HasSuffix(ext.URL, "/elementdefinition-bestpractice") {
			return ext.ValueBoolean
		}
	}
	return false
}

// mended is a rule's expression, put right where R4's own contradicts what the rule says: que-12 asks for enableBehavior as soon as there
// is more than one enableWhen (so do its text, the description of enableBehavior, and FHIR R5), but counts to two.
func mended(rule elementRule) string {
	if rule.Key == "que-12" {
		return strings.Replace(rule.Expression, "enableWhen.count() > 2", "enableWhen.count() > 1", 1)
	}
	return rule.Expression
}
