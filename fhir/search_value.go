package fhir

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// Prefix compares the values of a number, date or quantity parameter with the
// one that is given (R4 search.html, prefixes).
type Prefix string

// The prefixes. Eq is the one that holds where none is written.
const (
	Eq Prefix = ""
	Ne Prefix = "ne"
	Gt Prefix = "gt"
	Lt Prefix = "lt"
	Ge Prefix = "ge"
	Le Prefix = "le"
	Sa Prefix = "sa" // starts after
	Eb Prefix = "eb" // ends before
	Ap Prefix = "ap" // approximately
)

// SearchValue is one value of a search parameter, with its reserved characters
// escaped (R4 search.html, "Escaping Search Parameters").
type SearchValue struct {
	text   string
	reason string // why it cannot be sent
}

// searchEscaper escapes what separates values, parts of tokens and quantities,
// and components.
//
//nolint:gochecknoglobals // a read-only table
var searchEscaper = strings.NewReplacer(`\`, `\\`, `,`, `\,`, `|`, `\|`, `$`, `\$`)

// noValue is the reason for a value that holds nothing. Servers ignore such
// parameters and find everything.
const noValue = "the value is empty; servers would ignore the parameter"

func valueOf(text string, parts ...string) SearchValue {
	if slices.Contains(parts, "") {
		return SearchValue{reason: noValue}
	}
	return SearchValue{text: text}
}

// TokenValue is a code, identifier or flag: "system|code", or just the code
// where system is empty, which is found in any system. The code must not be
// empty, see [SystemValue].
func TokenValue(system, code string) SearchValue {
	escaped := searchEscaper.Replace(code)
	if system != "" {
		escaped = searchEscaper.Replace(system) + "|" + escaped
	}
	return valueOf(escaped, code)
}

// NoSystemValue is a code that has no system: "|code".
func NoSystemValue(code string) SearchValue {
	return valueOf("|"+searchEscaper.Replace(code), code)
}

// SystemValue is any code of a system: "system|".
func SystemValue(system string) SearchValue {
	return valueOf(searchEscaper.Replace(system)+"|", system)
}

// TypedIdentifierValue is an identifier of a type, for the modifier of-type:
// "type's system|type's code|value".
func TypedIdentifierValue(typeSystem, typeCode, value string) SearchValue {
	e := searchEscaper.Replace
	return valueOf(e(typeSystem)+"|"+e(typeCode)+"|"+e(value), typeSystem, typeCode, value)
}

// StringValue is a text. Servers find what begins with it, whatever the case
// of letters and accents.
func StringValue(s string) SearchValue {
	return valueOf(searchEscaper.Replace(s), strings.TrimSpace(s))
}

// URIValue is a URI, found as it is.
func URIValue(uri string) SearchValue { return valueOf(searchEscaper.Replace(uri), uri) }

// CanonicalValue is a canonical URL with a version: "url|version".
func CanonicalValue(url, version string) SearchValue {
	return valueOf(searchEscaper.Replace(url)+"|"+searchEscaper.Replace(version), url, version)
}

// ReferenceValue is a reference: "Patient/1", an id alone, or a URL.
func ReferenceValue(reference string) SearchValue {
	return valueOf(searchEscaper.Replace(reference), reference)
}

var (
	searchDate   = regexp.MustCompile(`^\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?)?)?$`)
	searchNumber = regexp.MustCompile(`^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$`)
)

// DateValue is a date or time as precise as it is written: "2026",
// "2026-02", "2026-02-28", "2026-02-28T10:00:00+02:00". It stands for all of
// that year, month, day, minute or second.
func DateValue(p Prefix, date string) SearchValue {
	if !searchDate.MatchString(date) {
		return SearchValue{reason: "is no FHIR date or time"}
	}
	return prefixed(p, date)
}

// TimeValue is an instant in milliseconds, in UTC.
func TimeValue(p Prefix, t time.Time) SearchValue {
	if t.IsZero() {
		return SearchValue{reason: noValue}
	}
	return prefixed(p, t.UTC().Format("2006-01-02T15:04:05.000Z07:00"))
}

// NumberValue is a number as precise as it is written: 100 and 100.00 are not
// the same in a search.
func NumberValue(p Prefix, number string) SearchValue {
	if !searchNumber.MatchString(number) {
		return SearchValue{reason: "is no number"}
	}
	return prefixed(p, number)
}

// QuantityValue is a number with a unit: "5.4|http://unitsofmeasure.org|mg".
// With an empty system the unit is found as code or text in any system; with
// an empty unit too, any unit fits.
func QuantityValue(p Prefix, number, system, unit string) SearchValue {
	v := NumberValue(p, number)
	switch {
	case v.reason != "" || system == "" && unit == "":
		return v
	case unit == "":
		return SearchValue{reason: "the quantity has a system but no unit"}
	}
	v.text += "|" + searchEscaper.Replace(system) + "|" + searchEscaper.Replace(unit)
	return v
}

func prefixed(p Prefix, text string) SearchValue {
	switch p {
	case Eq, Ne, Gt, Lt, Ge, Le, Sa, Eb, Ap:
		return SearchValue{text: string(p) + text}
	default:
		return SearchValue{reason: "has a prefix that there is not"}
	}
}

// CompositeValue joins the components of a composite parameter: "a$b".
func CompositeValue(components ...SearchValue) SearchValue {
	if len(components) < 2 {
		return SearchValue{reason: "a composite has two components or more"}
	}
	texts := make([]string, len(components))
	for i, c := range components {
		if c.reason != "" {
			return c
		}
		texts[i] = c.text
	}
	return SearchValue{text: strings.Join(texts, "$")}
}
