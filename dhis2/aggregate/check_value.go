package aggregate

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/openhim/mediator-go/dhis2"
)

// value checks a value of the group, and makes a row of it. Errors of the group
// itself do not keep its values from being checked.
func (b *groupCheck) value(v ADXValue, index int) (DataValue, bool) {
	at := Place{v.Line, v.Column}
	good := true
	wrong := func(rule Rule, message string) {
		b.find(rule, SeverityError, index, at, message)
		good = false
	}
	row := DataValue{
		Period: b.set.Period, OrgUnit: b.set.OrgUnit, AttributeOptionCombo: b.set.AttributeOptionCombo,
		Value: v.Value, Comment: v.Comment, Followup: v.Followup, Deleted: v.Deleted,
	}
	element, combo := b.element(v.DataElement, wrong)
	if element == nil {
		return row, false
	}
	row.DataElement = element.UID
	found, problems := b.c.optionCombo(combo, v.CategoryOptionCombo, v.Dimensions)
	for _, p := range problems {
		wrong(p.rule, p.message)
	}
	if found != nil {
		row.CategoryOptionCombo = found.UID
	}
	switch {
	case element.ValueType.Numeric():
		if row.Comment == "" {
			row.Comment = v.Annotation
		}
	case v.Annotation != "":
		row.Value = v.Annotation
	case !v.Deleted && element.ValueType != "":
		wrong(RuleAnnotationMissing, "a value that is no number stands in an annotation of dataValue")
		return row, false
	}
	row.Value = canonical(element.ValueType, row.Value)
	if !v.Deleted {
		b.content(element, row.Value, index, at, wrong)
	}
	if good && b.ok {
		key := row.Key()
		if first, twice := b.seen[key]; twice {
			message := "the value is there already"
			if first.Line > 0 {
				message += ", in line " + strconv.Itoa(first.Line)
			}
			wrong(RuleDuplicate, message)
		} else {
			b.seen[key] = at
		}
	}
	return row, good && b.ok
}

// element finds a data element of the data set, and its combination here.
func (b *groupCheck) element(name string, wrong func(Rule, string)) (*dhis2.DataElement, *dhis2.CategoryCombo) {
	element, err := b.c.cfg.Snapshot.DataElements().Find(b.c.cfg.Scheme, name)
	if err != nil {
		wrong(RuleElementUnknown, "the data element "+unknown(err, b.c.cfg.Scheme))
		return nil, nil
	}
	if b.dataSet == nil {
		return element, element.CategoryCombo
	}
	in, ok := b.dataSet.Element(element.UID)
	if !ok {
		wrong(RuleElementNotInSet, "the data element is not in the data set")
		return nil, nil
	}
	return element, in.CategoryCombo
}

// content checks what a value is.
func (b *groupCheck) content(element *dhis2.DataElement, value string, index int, at Place, wrong func(Rule, string)) {
	switch options := element.OptionSet; {
	case value == "":
		wrong(RuleNoValue, "there is no value")
		return
	case options != nil && !options.Incomplete:
		codes := []string{value}
		if element.ValueType == dhis2.ValueMultiText {
			codes = strings.Split(value, ",")
		}
		for _, code := range codes {
			if _, ok := options.ByCode(code); !ok {
				wrong(RuleOption, "the value is no option of the data element, by code")
				return
			}
		}
	}
	if !valid(element.ValueType, value) {
		wrong(RuleValueType, "the value is no "+string(element.ValueType))
		return
	}
	if !element.ZeroIsSignificant && element.ValueType.Numeric() && isZero(value) {
		b.find(RuleZeroInsignificant, SeverityWarning, index, at, "zero does not count for this data element, and may not be stored")
	}
}

// canonical is how servers keep a value: of aggregate data they take true and false
// in any case, and t, f, 1 and 0 for them.
func canonical(t dhis2.ValueType, value string) string {
	switch lower := strings.ToLower(value); {
	case t == dhis2.ValueTrueOnly && lower == "true":
		return lower
	case t != dhis2.ValueBoolean:
	case lower == "true" || lower == "t" || lower == "1":
		return "true"
	case lower == "false" || lower == "f" || lower == "0":
		return "false"
	}
	return value
}

// How DHIS2 wants numbers.
var (
	integerText = regexp.MustCompile(`^(0|-?[1-9][0-9]*)$`)
	numberText  = regexp.MustCompile(`^(-?0|-?[1-9][0-9]*)(\.[0-9]+)?(E-?[0-9]+)?$`)
)

// maxValue is how long a value may be, in characters.
const maxValue = 50_000

// valid reports whether a value is of a type, as far as it can be told without
// the server: values of types that are not looked into are.
func valid(t dhis2.ValueType, value string) bool {
	if utf8.RuneCountInString(value) > maxValue {
		return false
	}
	number := func(low, high float64) bool {
		n, err := strconv.ParseFloat(value, 64)
		return numberText.MatchString(value) && err == nil && n >= low && n <= high
	}
	switch t {
	case dhis2.ValueInteger:
		return integerText.MatchString(value)
	case dhis2.ValueIntegerPositive:
		return integerText.MatchString(value) && value[0] != '-' && value != "0"
	case dhis2.ValueIntegerNegative:
		return integerText.MatchString(value) && value[0] == '-'
	case dhis2.ValueIntegerZeroOrPositive:
		return integerText.MatchString(value) && value[0] != '-'
	case dhis2.ValueNumber:
		_, err := strconv.ParseFloat(value, 64)
		return numberText.MatchString(value) && err == nil
	case dhis2.ValuePercentage:
		return number(0, 100)
	case dhis2.ValueUnitInterval:
		return number(0, 1)
	case dhis2.ValueBoolean:
		return value == "true" || value == "false"
	case dhis2.ValueTrueOnly:
		return value == "true"
	case dhis2.ValueDate, dhis2.ValueAge:
		_, ok := parseDate(value)
		return ok
	case dhis2.ValueDateTime:
		date, clock, isTime := cutDate(value)
		_, ok := parseDate(date)
		return ok && (!isTime || isClock(clock))
	case dhis2.ValueTime:
		_, err := time.Parse("15:04", value)
		return err == nil
	case dhis2.ValueLetter:
		return len(value) == 1 && (value[0]|0x20) >= 'a' && (value[0]|0x20) <= 'z'
	case dhis2.ValueOrganisationUnit, dhis2.ValueFileResource, dhis2.ValueImage:
		return dhis2.ValidUID(value)
	default:
		return true
	}
}

func isClock(text string) bool {
	for _, layout := range []string{"15:04", "15:04:05", "15:04Z07:00", "15:04:05Z07:00", "15:04:05Z0700"} {
		if _, err := time.Parse(layout, text); err == nil {
			return true
		}
	}
	return false
}

func isZero(value string) bool {
	n, err := strconv.ParseFloat(value, 64)
	return err == nil && n == 0
}
