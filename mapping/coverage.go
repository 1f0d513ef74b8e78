package mapping

import "sync/atomic"

// RuleCount is how often a rule or branch was reached.
type RuleCount struct {
	Rule   string `json:"rule"` // /birthDate#then
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Count  uint64 `json:"count"`
}

// coverage sums the rule counts of all runs.
type coverage struct{ counts []atomic.Uint64 }

func (c *coverage) add(hits []uint32) {
	for id, n := range hits {
		if n > 0 {
			c.counts[id].Add(uint64(n))
		}
	}
}

// Coverage returns how often each rule and branch was reached since the mapping was
// compiled, in the order of the document. Rules that are constants count with their object.
func (m *Mapping) Coverage() []RuleCount {
	return m.plan.counts(func(id int) uint64 { return m.count.counts[id].Load() })
}

// counts lists the rules with their counts. What stands in one place (a $each and the path
// that it reads) is one rule, and a branch with its value is the branch: a value of $first is
// tried more often than it is taken.
func (p *plan) counts(count func(id int) uint64) []RuleCount {
	all := make([]RuleCount, 0, len(p.rules))
	known, branches := map[RuleCount]int{}, map[int]bool{}
	for _, ru := range p.rules {
		c := RuleCount{Rule: ru.path, File: ru.file, Line: ru.line, Column: ru.column}
		at, twice := known[c]
		if !twice {
			at = len(all)
			known[c] = at
			all = append(all, c)
		}
		switch {
		case ru.branch && !branches[at]:
			branches[at] = true
			all[at].Count = count(ru.id)
		case ru.branch == branches[at]:
			all[at].Count = max(all[at].Count, count(ru.id))
		}
	}
	return all
}

func newCoverage(rules int) *coverage { return &coverage{make([]atomic.Uint64, rules)} }
