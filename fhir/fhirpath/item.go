package fhirpath

import (
	"fmt"
	"math"
	"strconv"

	"github.com/openhim/mediator-go/fhir/fhirpath/internal/decimal"
	"github.com/openhim/mediator-go/fhir/fhirpath/internal/temporal"
	"github.com/openhim/mediator-go/fhir/internal/elements"
	"github.com/openhim/mediator-go/fhir/internal/tree"
)

type kind uint8

const (
	kindNone kind = iota
	kindNode      // an element of a document
	kindBoolean
	kindInteger
	kindDecimal
	kindString
	kindDate
	kindDateTime
	kindTime
	kindQuantity
	kindTypeInfo // what type() gives
)

const (
	maxInteger = math.MaxInt32
	minInteger = math.MinInt32
)

// unitSystem says where the unit of a quantity comes from.
type unitSystem uint8

const (
	unitUCUM     unitSystem = iota
	unitCalendar            // year, months: FHIRPath's calendar durations
	unitOther               // FHIR quantities coded otherwise, or not coded
)

// Item is one value of a [Collection]: an element of a document with its FHIR type, or a
// value that an expression made with its System type. The zero Item is nothing. Items are
// immutable; they keep their document in memory.
type Item struct { //nolint:recvcheck // a value outside; inside 64 bytes are not copied for a look
	kind   kind
	truth  bool       // of a Boolean
	system unitSystem // of a Quantity
	node   tree.Node  // the element's JSON value, 0 if it has none
	ext    tree.Node  // the object of "_name" beside a primitive, 0 if there is none
	doc    *Document
	typ    *elements.Type // FHIR type of a node, nil if not known
	num    int64          // of an Integer
	text   string         // of a String; unit of a Quantity; namespace and name of a type
	box    *box
}

// box holds what is too big for every Item.
type box struct {
	dec  decimal.Decimal
	when temporal.Value
	name string
}

// NewString returns a System.String.
func NewString(text string) Item { return Item{kind: kindString, text: text} }

// NewBoolean returns a System.Boolean.
func NewBoolean(value bool) Item { return Item{kind: kindBoolean, truth: value} }

// NewInteger returns a System.Integer.
func NewInteger(value int64) Item { return Item{kind: kindInteger, num: value} }

// NewDecimal returns a System.Decimal with the digits as written, "1.10".
func NewDecimal(text string) (Item, error) {
	d, ok := decimal.Parse(text)
	if !ok {
		return Item{}, fmt.Errorf("fhirpath: no decimal of at most %d digits", decimal.MaxDigits)
	}
	return decimalItem(d), nil
}

// NewDate returns a System.Date: "2014", "2014-01" or "2014-01-31".
func NewDate(text string) (Item, error) {
	v, ok := temporal.ParseDate(text)
	return newTemporal(v, ok, "date")
}

// NewDateTime returns a System.DateTime, partial as FHIR allows or with hours only.
func NewDateTime(text string) (Item, error) {
	v, ok := temporal.ParseDateTime(text)
	return newTemporal(v, ok, "date-time")
}

// NewTime returns a System.Time: "10", "10:30", "10:30:00.000".
func NewTime(text string) (Item, error) {
	v, ok := temporal.ParseTime(text)
	return newTemporal(v, ok, "time")
}

func newTemporal(v temporal.Value, ok bool, what string) (Item, error) {
	if !ok {
		return Item{}, fmt.Errorf("fhirpath: no %s", what)
	}
	return temporalItem(v), nil
}

// NewQuantity returns a System.Quantity with a UCUM unit, "1" for none.
func NewQuantity(value, unit string) (Item, error) {
	d, ok := decimal.Parse(value)
	if !ok {
		return Item{}, fmt.Errorf("fhirpath: no decimal of at most %d digits", decimal.MaxDigits)
	}
	return quantityItem(d, unit, unitUCUM), nil
}

func decimalItem(d decimal.Decimal) Item { return Item{kind: kindDecimal, box: &box{dec: d}} }

func quantityItem(d decimal.Decimal, unit string, system unitSystem) Item {
	return Item{kind: kindQuantity, text: unit, system: system, box: &box{dec: d}}
}

func temporalItem(v temporal.Value) Item {
	k := kindDate
	switch v.Kind {
	case temporal.DateTime:
		k = kindDateTime
	case temporal.Time:
		k = kindTime
	default:
	}
	return Item{kind: k, box: &box{when: v}}
}

// IsZero reports whether the item is nothing.
func (i Item) IsZero() bool { return i.kind == kindNone }

// IsElement reports whether the item is an element of a document.
func (i Item) IsElement() bool { return i.kind == kindNode }

// Type returns namespace and name of the item's type: "FHIR", "HumanName"; "System",
// "Integer". A backbone is "BackboneElement". The name is empty for an element that R4 does
// not define.
func (i Item) Type() (namespace, name string) {
	switch i.kind {
	case kindNone:
		return "", ""
	case kindNode:
		return "FHIR", i.fhirName()
	case kindTypeInfo:
		return "System", "TypeInfo"
	default:
		return "System", systemNames[i.kind]
	}
}

var systemNames = map[kind]string{ //nolint:gochecknoglobals // a read-only table
	kindBoolean: "Boolean", kindInteger: "Integer", kindDecimal: "Decimal", kindString: "String",
	kindDate: "Date", kindDateTime: "DateTime", kindTime: "Time", kindQuantity: "Quantity",
}

func (i *Item) fhirName() string {
	switch {
	case i.typ == nil:
		if i.doc != nil {
			return i.doc.resourceType(i.node)
		}
		return ""
	case i.typ.Base == "BackboneElement" || i.typ.Base == "Element" && i.typ.Kind == elements.Complex && backbone(i.typ.Name):
		return i.typ.Base
	default:
		return i.typ.Name
	}
}

// backbone reports whether a type's name is the path of an inline one.
func backbone(name string) bool {
	for j := range len(name) {
		if name[j] == '.' {
			return true
		}
	}
	return false
}

// String returns the text of a primitive or System value, as toString() gives it: numbers
// with their digits as in the data; the JSON of anything else.
func (i Item) String() string {
	if text, ok := i.str(); ok {
		return text
	}
	if i.kind == kindNode {
		return i.JSON()
	}
	return ""
}

// str is the text of what toString() converts.
func (i *Item) str() (string, bool) {
	switch i.kind {
	case kindNode:
		if !i.primitive() {
			if v, ok := i.value(); ok && v.kind == kindQuantity {
				return v.str()
			}
			return "", false
		}
		if i.node == 0 {
			return "", false
		}
		return i.doc.tree.Text(i.node), true
	case kindBoolean:
		return strconv.FormatBool(i.truth), true
	case kindInteger:
		return strconv.FormatInt(i.num, 10), true
	case kindDecimal:
		return i.box.dec.String(), true
	case kindString:
		return i.text, true
	case kindDate, kindDateTime, kindTime:
		return i.box.when.String(), true
	case kindQuantity:
		if i.system == unitCalendar {
			return i.box.dec.String() + " " + i.text, true
		}
		return i.box.dec.String() + " '" + i.text + "'", true
	case kindTypeInfo:
		return i.text + "." + i.box.name, true
	default:
		return "", false
	}
}

// Bool returns the value of a Boolean; false, false for anything else.
func (i Item) Bool() (value, ok bool) {
	v, has := i.value()
	return v.truth, has && v.kind == kindBoolean
}

// Int returns the value of an Integer; false for anything else.
func (i Item) Int() (int64, bool) {
	v, has := i.value()
	return v.num, has && v.kind == kindInteger
}

// Quantity returns the value (digits as in the data) and the unit of a Quantity, "year" and
// the like for calendar durations.
func (i Item) Quantity() (value, unit string, ok bool) {
	v, has := i.value()
	if !has || v.kind != kindQuantity {
		return "", "", false
	}
	return v.box.dec.String(), v.text, true
}

// JSON returns the text of an element as it stands in the document, and the JSON that FHIR
// would have for a System value. It is empty for a primitive that has extensions only.
func (i Item) JSON() string {
	switch i.kind {
	case kindNode:
		if i.node == 0 {
			return ""
		}
		return i.doc.tree.Raw(i.node)
	case kindBoolean, kindInteger, kindDecimal:
		text, _ := i.str()
		return text
	case kindQuantity:
		return i.quantityJSON()
	case kindNone:
		return ""
	default:
		text, _ := i.str()
		return quoteJSON(text)
	}
}

// Position returns where an element stands in its document: line and column from 1, the
// column in characters; zeros for a System value.
func (i Item) Position() (line, column int) {
	if i.kind != kindNode {
		return 0, 0
	}
	return i.doc.tree.Position(i.doc.tree.Offset(i.anchor()))
}
