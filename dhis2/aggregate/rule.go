package aggregate

import "github.com/openhim/mediator-go/dhis2"

// Rule is a rule that aggregate data must keep, by a name that stays the same
// whatever the server's version.
type Rule string

// The rules of [Check].
const (
	RuleDataSetMissing     Rule = "data-set-missing"
	RuleDataSetUnknown     Rule = "data-set-unknown"
	RuleOrgUnitUnknown     Rule = "org-unit-unknown"
	RuleOrgUnitNotAssigned Rule = "org-unit-not-assigned"
	RulePeriodInvalid      Rule = "period-invalid"
	RulePeriodType         Rule = "period-type"
	RulePeriodFuture       Rule = "period-future"
	RulePeriodExpired      Rule = "period-expired"
	RuleCompleteDate       Rule = "complete-date"
	RuleElementUnknown     Rule = "data-element-unknown"
	RuleElementNotInSet    Rule = "data-element-not-in-set"
	RuleCategoryUnknown    Rule = "category-unknown"
	RuleCategoryMissing    Rule = "category-missing"
	RuleOptionUnknown      Rule = "category-option-unknown"
	RuleOptionComboUnknown Rule = "option-combo-unknown"
	RuleOptionComboNotIn   Rule = "option-combo-not-in-combination"
	RuleAttributeUnknown   Rule = "attribute-option-combo-unknown"
	RuleAttributeNotIn     Rule = "attribute-option-combo-not-in-combination"
	RuleAttributeDates     Rule = "attribute-option-combo-dates"
	RuleNoValue            Rule = "value-missing"
	RuleAnnotationMissing  Rule = "annotation-missing"
	RuleValueType          Rule = "value-type"
	RuleOption             Rule = "option-unknown"
	RuleDuplicate          Rule = "duplicate"
	RuleZeroInsignificant  Rule = "zero-insignificant"
)

// codes are the server's for a rule, "" where it has none: before 2.43, and
// since. Those of 2.43 are the ones that were recorded on a server.
func (r Rule) codes() (before, since string) {
	switch r {
	case RuleDataSetMissing:
		return "E7602", ""
	case RuleDataSetUnknown:
		return "E7600", "E8020"
	case RuleOrgUnitUnknown:
		return "E7612", "E8022"
	case RuleOrgUnitNotAssigned:
		return "E7636", "E8022"
	case RulePeriodInvalid:
		return "E7611", "E8021"
	case RulePeriodType:
		return "E7632", "E8021"
	case RulePeriodFuture:
		return "E7641", ""
	case RulePeriodExpired:
		return "E7640", ""
	case RuleElementUnknown:
		return "E7610", "E8020"
	case RuleElementNotInSet:
		return "E7633", "E8020"
	case RuleOptionComboUnknown, RuleOptionUnknown:
		return "E7613", "E8024"
	case RuleOptionComboNotIn:
		return "E7634", "E8024"
	case RuleAttributeUnknown:
		return "E7615", ""
	case RuleAttributeNotIn:
		return "E7635", ""
	case RuleAttributeDates:
		return "E7638", ""
	case RuleNoValue:
		return "E7618", "E8120"
	case RuleValueType:
		return "E7619", "E8122"
	case RuleOption:
		return "E7621", ""
	case RuleDuplicate:
		return "", "E8128"
	case RuleCompleteDate, RuleCategoryUnknown, RuleCategoryMissing, RuleAnnotationMissing, RuleZeroInsignificant:
	}
	return "", ""
}

// Code is the server's code for the rule in this version, "" if it has none.
func (r Rule) Code(v dhis2.Version) string {
	before, since := r.codes()
	if v.StrictAggregate() {
		return since
	}
	return before
}
