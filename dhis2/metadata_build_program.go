package dhis2

import (
	"cmp"
	"slices"
)

func (b *builder) stage(w *wireStage) *ProgramStage {
	s := &w.ProgramStage
	s.AttributeValues = w.values()
	list := slices.Clone(w.Elements)
	slices.SortStableFunc(list, func(a, b wireMember) int { return cmp.Compare(a.SortOrder, b.SortOrder) })
	s.byElement = make(map[string]int, len(list))
	for _, m := range list {
		e := b.s.dataElements.UID(string(m.DataElement))
		if e == nil {
			continue
		}
		if _, twice := s.byElement[e.UID]; !twice {
			s.byElement[e.UID] = len(s.Elements)
			s.Elements = append(s.Elements, StageElement{DataElement: e, Compulsory: m.Compulsory, AllowFutureDate: m.AllowFutureDate, AllowProvidedElsewhere: m.AllowProvidedElsewhere})
		}
	}
	if uid := w.Program.uid(); uid != "" {
		refer(b.p.programs, uid)
		b.stagesOf(uid, s.UID)
	}
	return s
}

// stagesOf notes that a stage says which program it is of.
func (b *builder) stagesOf(program, stage string) {
	if b.programStages == nil {
		b.programStages = map[string][]string{}
	}
	b.programStages[program] = append(b.programStages[program], stage)
}

func (b *builder) program(w *wireProgram) *Program {
	p := &w.Program
	p.AttributeValues = w.values()
	p.EntityType = b.s.entityTypes.UID(w.EntityType.uid())
	p.CategoryCombo = b.comboOr(w.CategoryCombo, b.s.defaultCombo)
	p.EnrollmentCategoryCombo = b.s.combos.UID(string(w.EnrollmentCategoryCombo))
	p.OrgUnits = b.assigned(w.OrgUnits)
	p.Attributes, p.byAttribute = b.members(w.Attributes)
	seen := make(map[*ProgramStage]bool, len(w.Stages))
	uids := make([]string, 0, len(w.Stages))
	for _, uid := range w.Stages {
		uids = append(uids, string(uid))
	}
	for _, uid := range append(uids, b.programStages[p.UID]...) {
		stage := b.s.stages.UID(uid)
		if stage == nil || seen[stage] || stage.Program != nil && stage.Program != p {
			continue
		}
		seen[stage] = true
		stage.Program = p
		p.Stages = append(p.Stages, stage)
	}
	slices.SortStableFunc(p.Stages, func(a, b *ProgramStage) int { return cmp.Compare(a.SortOrder, b.SortOrder) })
	return p
}

// programRules puts the rules to their programs.
func (b *builder) programRules() {
	actions := b.p.actions
	for _, e := range b.p.rules {
		for _, a := range e.wire.Actions {
			if a.ProgramRule != nil {
				actions = append(actions, a)
			}
		}
	}
	type ofRule struct {
		rule   string
		action RuleAction
	}
	byRule, seen := map[string][]RuleAction{}, map[ofRule]bool{}
	for _, a := range actions {
		made := ofRule{a.ProgramRule.uid(), RuleAction{Type: a.Type, DataElement: a.DataElement.uid(), Attribute: a.Attribute.uid()}}
		if made.action.Type != "" && !seen[made] {
			seen[made] = true
			byRule[made.rule] = append(byRule[made.rule], made.action)
		}
	}
	for uid, e := range b.p.rules {
		program := b.s.programs.UID(e.wire.Program.uid())
		if program == nil {
			continue
		}
		rule := ProgramRule{Object: e.wire.Object, Actions: byRule[uid]}
		slices.SortFunc(rule.Actions, func(a, b RuleAction) int {
			return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.DataElement, b.DataElement), cmp.Compare(a.Attribute, b.Attribute))
		})
		program.Rules = append(program.Rules, rule)
	}
	for program := range b.s.programs.All() {
		slices.SortFunc(program.Rules, func(a, b ProgramRule) int { return cmp.Compare(a.UID, b.UID) })
	}
}
