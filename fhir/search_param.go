package fhir

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Param is one parameter of a search: its name with modifier or chain, and its
// value. What is wrong with it is told as an *[ArgumentError] by the call it is
// for, before anything is sent: an empty value above all, which servers take
// for no condition. It is a value that can be used again and again, and a
// [SearchOption].
type Param struct {
	name   string
	value  string
	reason string
}

func (p Param) applySearch(q *request) { q.query = append(q.query, p) }

// searchName is what names of parameters are made of, chains included.
var searchName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.:*-]*$`)

// By is a parameter that has one of these values: "name=a,b".
func By(name string, values ...SearchValue) Param {
	p := Param{name: name}
	if !searchName.MatchString(name) {
		p.reason = "the name of the parameter is none"
	}
	if len(values) == 0 {
		p.reason = noValue
	}
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = v.text
		if v.reason != "" && p.reason == "" {
			p.reason = v.reason
		}
	}
	p.value = strings.Join(texts, ",")
	return p
}

// ByToken finds a code or an identifier, see [TokenValue].
func ByToken(name, system, code string) Param { return By(name, TokenValue(system, code)) }

// ByString finds texts that begin with s, see [StringValue] and the modifiers
// [Param.Exact] and [Param.Contains].
func ByString(name, s string) Param { return By(name, StringValue(s)) }

// ByDate finds dates and times, see [DateValue].
func ByDate(name string, p Prefix, date string) Param { return By(name, DateValue(p, date)) }

// ByTime finds what is before or after an instant, see [TimeValue].
func ByTime(name string, p Prefix, t time.Time) Param { return By(name, TimeValue(p, t)) }

// ByNumber finds numbers, see [NumberValue].
func ByNumber(name string, p Prefix, number string) Param { return By(name, NumberValue(p, number)) }

// ByQuantity finds numbers with units, see [QuantityValue].
func ByQuantity(name string, p Prefix, number, system, unit string) Param {
	return By(name, QuantityValue(p, number, system, unit))
}

// ByReference finds what refers to a resource, see [ReferenceValue].
func ByReference(name, reference string) Param { return By(name, ReferenceValue(reference)) }

// ByURI finds a URI, see [URIValue].
func ByURI(name, uri string) Param { return By(name, URIValue(uri)) }

// ByComposite finds what has all components in one place, see
// [CompositeValue].
func ByComposite(name string, components ...SearchValue) Param {
	return By(name, CompositeValue(components...))
}

// ByMissing finds what has no value for a parameter, or has one.
func ByMissing(name string, missing bool) Param {
	return By(name, SearchValue{text: strconv.FormatBool(missing)}).With("missing")
}

// ByID finds resources by their ids (_id).
func ByID(ids ...string) Param {
	values := make([]SearchValue, len(ids))
	for i, id := range ids {
		values[i] = TokenValue("", id)
	}
	return By("_id", values...)
}

// ByLastUpdated finds resources by when they were last stored
// (_lastUpdated).
func ByLastUpdated(p Prefix, t time.Time) Param { return ByTime("_lastUpdated", p, t) }

// ByRaw is any parameter, with a value in which reserved characters are
// escaped already.
func ByRaw(name, value string) Param {
	p := By(name, SearchValue{text: value})
	if value == "" {
		p.reason = noValue
	}
	return p
}

// With adds a modifier to the name: "name:modifier", which may be the type of a
// reference too.
func (p Param) With(modifier string) Param {
	p.name += ":" + modifier
	if modifier == "" {
		p.reason = "the modifier is empty"
	}
	return p
}

// Exact finds the whole text only, as it is written.
func (p Param) Exact() Param { return p.With("exact") }

// Contains finds the text anywhere in a value.
func (p Param) Contains() Param { return p.With("contains") }

// Not turns a token around.
func (p Param) Not() Param { return p.With("not") }

// AnyOf finds what has any of the values of parameters of one name:
// "name=a,b". Several parameters in a [Query] must all hold.
func AnyOf(params ...Param) Param {
	if len(params) == 0 {
		return Param{reason: noValue}
	}
	out := params[0]
	for _, p := range params[1:] {
		if p.name != out.name {
			out.reason = "AnyOf takes parameters of one name"
		}
		if p.reason != "" {
			out.reason = p.reason
		}
		out.value += "," + p.value
	}
	return out
}

// Chain finds by a parameter of the resource that a reference leads to:
// Chain("subject:Patient", ByString("name", "Ann")) is
// "subject:Patient.name=Ann". Chains can be chained.
func Chain(reference string, p Param) Param {
	if !searchName.MatchString(reference) {
		p.reason = "the name of the reference is none"
	}
	p.name = reference + "." + p.name
	return p
}

// Has finds what another resource refers to: Has("Observation", "patient",
// ByToken("code", loinc, "8867-4")) is
// "_has:Observation:patient:code=…". They can be nested.
func Has(typ, reference string, p Param) Param {
	if !isTypeName(typ) || !searchName.MatchString(reference) {
		p.reason = "the type or the reference of _has is none"
	}
	p.name = "_has:" + typ + ":" + reference + ":" + p.name
	return p
}
