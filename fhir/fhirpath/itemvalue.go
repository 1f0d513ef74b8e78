package fhirpath

import (
	"strings"

	"github.com/openhim/mediator-go/fhir/fhirpath/internal/decimal"
	"github.com/openhim/mediator-go/fhir/fhirpath/internal/temporal"
	"github.com/openhim/mediator-go/fhir/internal/elements"
	"github.com/openhim/mediator-go/fhir/internal/tree"
)

// primitive reports whether a node is a FHIR primitive; of an element that R4 does not
// define, whether it is a JSON scalar.
func (i *Item) primitive() bool {
	if i.typ != nil {
		return i.typ.Kind == elements.Primitive
	}
	switch i.doc.tree.Kind(i.node) {
	case tree.Object, tree.Array:
		return false
	default:
		return true
	}
}

// quantityLike reports whether the type is Quantity or one of its specializations.
func quantityLike(t *elements.Type) bool {
	switch t.Name {
	case "Quantity", "SimpleQuantity", "Age", "Count", "Distance", "Duration", "MoneyQuantity":
		return true
	default:
		return false
	}
}

// value returns the System value that a FHIR primitive or Quantity converts to implicitly
// (https://hl7.org/fhir/R4/fhirpath.html#types), and System values as they are. False for
// everything else, and for primitives without a value or with one that their type forbids.
func (i *Item) value() (Item, bool) {
	if i.kind != kindNode {
		return *i, i.kind != kindNone && i.kind != kindTypeInfo
	}
	if i.typ == nil {
		return i.untypedValue()
	}
	if i.typ.Kind != elements.Primitive {
		if quantityLike(i.typ) {
			return i.quantityValue()
		}
		return Item{}, false
	}
	if i.node == 0 {
		return Item{}, false
	}
	t := i.doc.tree
	switch i.typ.Name {
	case "boolean":
		k := t.Kind(i.node)
		return NewBoolean(k == tree.True), k == tree.True || k == tree.False
	case "integer", "positiveInt", "unsignedInt":
		d, ok := decimal.Parse(t.Raw(i.node))
		n, whole := d.Int64()
		return NewInteger(n), ok && whole && t.Kind(i.node) == tree.Number
	case "decimal":
		d, ok := decimal.Parse(t.Raw(i.node))
		return decimalItem(d), ok && t.Kind(i.node) == tree.Number
	case "date":
		v, ok := temporal.ParseDate(t.Text(i.node))
		return temporalItem(v), ok
	case "dateTime", "instant":
		v, ok := temporal.ParseDateTime(t.Text(i.node))
		return temporalItem(v), ok
	case "time":
		v, ok := temporal.ParseTime(t.Text(i.node))
		return temporalItem(v), ok
	default:
		return NewString(t.Text(i.node)), t.Kind(i.node) == tree.String
	}
}

// untypedValue reads a JSON scalar that no definition types.
func (i *Item) untypedValue() (Item, bool) {
	t := i.doc.tree
	switch t.Kind(i.node) {
	case tree.True, tree.False:
		return NewBoolean(t.Kind(i.node) == tree.True), true
	case tree.Number:
		d, ok := decimal.Parse(t.Raw(i.node))
		if n, whole := d.Int64(); ok && whole && d.Scale() == 0 && n <= maxInteger && n >= minInteger {
			return NewInteger(n), true
		}
		return decimalItem(d), ok
	case tree.String:
		return NewString(t.Text(i.node)), true
	default:
		return Item{}, false
	}
}

const (
	systemUCUM = "http://unitsofmeasure.org"
	unitOne    = "1"
)

// quantityValue reads a FHIR Quantity. One with a comparator ("<5") is not a number.
func (i *Item) quantityValue() (Item, bool) {
	t := i.doc.tree
	value := t.Member(i.node, "value")
	d, ok := decimal.Parse(t.Raw(value))
	if !ok || t.Kind(value) != tree.Number || t.Member(i.node, "comparator") != 0 {
		return Item{}, false
	}
	system, code := t.Text(t.Member(i.node, "system")), t.Text(t.Member(i.node, "code"))
	switch {
	case code != "" && system == systemUCUM:
		return quantityItem(d, code, unitUCUM), true
	case code != "":
		return quantityItem(d, system+"|"+code, unitOther), true
	}
	if unit := t.Text(t.Member(i.node, "unit")); unit != "" {
		return quantityItem(d, unit, unitOther), true
	}
	return quantityItem(d, unitOne, unitUCUM), true
}

// quantityJSON writes a System.Quantity as a FHIR Quantity.
func (i *Item) quantityJSON() string {
	var b strings.Builder
	b.WriteString(`{"value":` + i.box.dec.String())
	switch code, _ := i.ucum(); {
	case i.system == unitOther || code == "":
		b.WriteString(`,"unit":` + quoteJSON(i.text))
	default:
		b.WriteString(`,"unit":` + quoteJSON(i.text) + `,"system":"` + systemUCUM + `","code":` + quoteJSON(code))
	}
	b.WriteByte('}')
	return b.String()
}

// number returns the value of an Integer or Decimal.
func (i *Item) number() (decimal.Decimal, bool) {
	switch i.kind {
	case kindInteger:
		return decimal.FromInt(i.num), true
	case kindDecimal:
		return i.box.dec, true
	default:
		return decimal.Decimal{}, false
	}
}

func (i *Item) temporal() bool {
	return i.kind == kindDate || i.kind == kindDateTime || i.kind == kindTime
}

// quoteJSON writes a JSON string; bytes that are not UTF-8 become U+FFFD.
func quoteJSON(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x20:
			const digits = "0123456789abcdef"
			b.WriteString(`\u00` + string(digits[r>>4]) + string(digits[r&15]))
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
