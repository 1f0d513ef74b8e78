package dhis2map

import (
	"encoding/json"
	"math/big"
	"regexp"
	"strings"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/mapping"
)

// The forms of values (dhis2.md 1.1, value checks).
var (
	decimalForm = regexp.MustCompile(`^-?(0|[1-9]\d*)(\.\d+)?$`)
	integerForm = regexp.MustCompile(`^-?(0|[1-9]\d*)$`)
	looseForm   = regexp.MustCompile(`^[+-]?\d{0,40}(\.\d{0,40})?([eE][+-]?\d{1,2})?$`)
)

// text is how the server wants a value, "" for nothing.
func (a *valueArgument) text(in mapping.Value) (string, error) {
	raw := in.JSON()
	switch raw[0] {
	case '{':
		return "", &mapping.OperatorError{Code: mapping.CodeType, Message: "a value of " + a.Code + " is no object"}
	case '[':
		return a.several(raw)
	}
	text := in.Text()
	if strings.TrimSpace(text) == "" {
		return "", nil
	}
	if strings.ContainsRune(text, 0) {
		return "", a.wrong("it has a NUL character, which breaks the whole request", "cut it with $replace")
	}
	if length(text) > a.what.limit {
		return "", a.wrong("it is longer than the server takes (E1077, E1302)", "cut it")
	}
	if a.what.value == dhis2.ValueMultiText {
		return a.join(strings.Split(text, ","))
	}
	if a.what.options != nil {
		return a.option(strings.TrimSpace(text))
	}
	return a.typed(text, raw[0] == 't' || raw[0] == 'f')
}

// several joins the codes of a MULTI_TEXT.
func (a *valueArgument) several(raw json.RawMessage) (string, error) {
	var items []string
	if a.what.value != dhis2.ValueMultiText {
		return "", &mapping.OperatorError{Code: mapping.CodeType, Message: "a value of " + a.Code + " is no array", Hint: "$index takes one item, $join makes a text of them"}
	}
	if json.Unmarshal(raw, &items) != nil {
		return "", &mapping.OperatorError{Code: mapping.CodeType, Message: "the array has what is no text"}
	}
	for _, item := range items {
		if strings.Contains(item, ",") {
			return "", a.wrong("a code has a comma, which parts the codes of a MULTI_TEXT", "")
		}
	}
	return a.join(items)
}

// join makes the text of a MULTI_TEXT of its codes.
func (a *valueArgument) join(items []string) (string, error) {
	var kept []string
	for _, item := range items {
		if strings.TrimSpace(item) == "" {
			continue
		}
		if a.what.options != nil {
			code, err := a.option(strings.TrimSpace(item))
			if err != nil {
				return "", err
			}
			item = code
		}
		kept = append(kept, item)
	}
	text := strings.Join(kept, ",")
	if length(text) > a.what.limit || strings.ContainsRune(text, 0) {
		return "", a.wrong("it is longer than the server takes, or has a NUL character", "")
	}
	return text, nil
}

// option holds a text against the option set.
func (a *valueArgument) option(text string) (string, error) {
	set := a.what.options
	if a.By == "name" {
		if option, ok := set.ByName(text); ok {
			return option.Code, nil
		}
	} else if _, ok := set.ByCode(text); ok {
		return text, nil
	}
	hint := "add it to the option set, or translate it before with a table"
	if _, is := set.ByName(text); is && a.By == "code" {
		hint = "it is the name of an option: by: name"
	}
	return "", a.unmapped("options of "+a.Code, text, "the option set of "+a.Code+" has no option with this "+a.By+" (E1125)", hint)
}

func (a *valueArgument) wrong(message, hint string) error {
	return &mapping.OperatorError{Code: mapping.CodeFormat, Message: a.Code + ": " + message, Hint: hint}
}

// typed spells a value as its type wants it.
func (a *valueArgument) typed(text string, isBool bool) (string, error) {
	kind := a.what.value
	trimmed := strings.TrimSpace(text)
	switch {
	case kind == dhis2.ValueTrueOnly:
		switch strings.ToLower(trimmed) {
		case "true":
			return "true", nil
		case "false": // the server takes true only; false is said by saying nothing
			return "", nil
		}
		return "", a.wrong("it is neither true nor false", "translate it before with a table")
	case kind == dhis2.ValueBoolean:
		if lower := strings.ToLower(trimmed); lower == "true" || lower == "false" {
			return lower, nil
		}
		return "", a.wrong("it is neither true nor false", "translate it before with a table")
	case kind.Numeric():
		return a.number(trimmed)
	case isBool:
		return "", &mapping.OperatorError{Code: mapping.CodeType, Message: "a value of " + a.Code + " is a " + string(kind) + ", and this is a boolean"}
	case kind == dhis2.ValueOrganisationUnit:
		return a.orgUnit(trimmed)
	}
	form, formed := forms()[kind]
	if !formed {
		return text, nil
	}
	if !form.fits(trimmed) {
		return "", a.wrong("it is no "+form.is, form.hint)
	}
	return trimmed, nil
}

// orgUnit holds the UID of an organisation unit against those that were read.
func (a *valueArgument) orgUnit(uid string) (string, error) {
	const hint = "$orgUnit: {as: uid} finds it by code"
	if !dhis2.ValidUID(uid) {
		return "", a.wrong("it is not the UID of an organisation unit", hint)
	}
	if unit := a.what.units.UID(uid); a.what.units.Len() > 0 && (unit == nil || unit.Missing) {
		return "", a.unmapped("org units by uid", uid, a.Code+": there is no org unit with this UID", hint)
	}
	return uid, nil
}

// number spells a number without exponent, sign and superfluous digits.
func (a *valueArgument) number(text string) (string, error) {
	if !looseForm.MatchString(text) || !strings.ContainsAny(text, "0123456789") {
		return "", a.wrong("it is no number", "$replace takes units and commas off")
	}
	exact, ok := new(big.Rat).SetString(text)
	if !ok {
		return "", a.wrong("it is no number", "")
	}
	if !decimalForm.MatchString(text) || a.what.value.Integer() {
		if exact.IsInt() {
			text = exact.Num().String()
		} else if !decimalForm.MatchString(text) {
			text = strings.TrimRight(exact.FloatString(140), "0")
		}
	}
	if reason := a.outside(text, exact); reason != "" {
		return "", a.wrong(reason, "")
	}
	return text, nil
}

func (a *valueArgument) outside(text string, exact *big.Rat) string {
	kind := a.what.value
	if kind.Integer() {
		if !integerForm.MatchString(text) {
			return "it is no whole number"
		}
		if !exact.Num().IsInt64() || exact.Num().Int64() != int64(int32(exact.Num().Int64())) { //nolint:gosec // that is the test
			return "it has more than 32 bits"
		}
	}
	switch sign := exact.Sign(); {
	case kind == dhis2.ValueIntegerPositive && sign <= 0:
		return "it is not above 0"
	case kind == dhis2.ValueIntegerNegative && sign >= 0:
		return "it is not below 0"
	case kind == dhis2.ValueIntegerZeroOrPositive && sign < 0:
		return "it is below 0"
	case kind == dhis2.ValuePercentage && (sign < 0 || exact.Cmp(big.NewRat(100, 1)) > 0):
		return "it is not between 0 and 100"
	case kind == dhis2.ValueUnitInterval && (sign < 0 || exact.Cmp(big.NewRat(1, 1)) > 0):
		return "it is not between 0 and 1"
	default:
		return ""
	}
}
