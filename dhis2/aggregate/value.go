package aggregate

import (
	"cmp"
	"strings"
	"unicode/utf8"

	"github.com/openhim/mediator-go/dhis2"
)

// DataValue is one value of aggregate data. Its text fields are in the id
// schemes of the request, UIDs unless said otherwise.
type DataValue struct {
	// DataElement is what was counted. It is needed.
	DataElement string `json:"dataElement"`
	// Period and OrgUnit say when and where. Default to those of the set.
	Period  string `json:"period,omitempty"`
	OrgUnit string `json:"orgUnit,omitempty"`
	// CategoryOptionCombo and AttributeOptionCombo disaggregate. Default to those
	// that every server has for what is not disaggregated, AttributeOptionCombo
	// to that of the set.
	CategoryOptionCombo  string `json:"categoryOptionCombo,omitempty"`
	AttributeOptionCombo string `json:"attributeOptionCombo,omitempty"`
	// Value is always sent as text: 2.43 fails over a number. "" is no value, see
	// [Options].Empty.
	Value string `json:"value"`
	// Comment is kept beside the value.
	Comment string `json:"comment,omitempty"`
	// Followup marks the value for somebody to look at.
	Followup bool `json:"followup,omitempty"`
	// Deleted deletes the value, or says that it was deleted when it is read. The
	// server wants a Value with it: [Delete] looks for it.
	Deleted bool `json:"deleted,omitempty"`
	// StoredBy, Created and LastUpdated are the server's notes, as it writes
	// them. They are not sent.
	StoredBy    string `json:"-"`
	Created     string `json:"-"`
	LastUpdated string `json:"-"`
}

// DataValueSet is values of one data set.
type DataValueSet struct {
	// DataSet is the values' data set. It is needed to import: without it 2.43
	// refuses data elements of several data sets (E8002), and no server can check
	// that values belong together.
	DataSet string
	// Period, OrgUnit and AttributeOptionCombo are those of values without their
	// own.
	Period, OrgUnit, AttributeOptionCombo string
	// CompleteDate, as 2026-02-05, says that the data set is complete for Period
	// and OrgUnit since that day. "" changes nothing.
	CompleteDate string
	// Values in any order.
	Values []DataValue
}

// Row is a value with its data set: one of a stream.
type Row struct {
	// DataSet is as that of [DataValueSet].
	DataSet string
	DataValue
}

// row is the value with what it has from the set.
func (s *DataValueSet) row(i int) DataValue {
	v := s.Values[i]
	v.Period = cmp.Or(v.Period, s.Period)
	v.OrgUnit = cmp.Or(v.OrgUnit, s.OrgUnit)
	v.AttributeOptionCombo = cmp.Or(v.AttributeOptionCombo, s.AttributeOptionCombo)
	return v
}

// Key is what a server has one value for. Two rows with the same Key are the
// same value.
type Key struct {
	DataElement, Period, OrgUnit, CategoryOptionCombo, AttributeOptionCombo string
}

// Key is the value's: the default option combo stands for none, which is right
// for UIDs.
func (v DataValue) Key() Key {
	return Key{
		v.DataElement, v.Period, v.OrgUnit,
		cmp.Or(v.CategoryOptionCombo, dhis2.DefaultOptionComboUID), cmp.Or(v.AttributeOptionCombo, dhis2.DefaultOptionComboUID),
	}
}

// empty reports whether there is nothing to store.
func (v DataValue) empty() bool { return v.Value == "" && !v.Deleted }

// storable reports whether the texts can be sent and kept as they are: JSON holds
// UTF-8 only, and the server's database no NUL.
func (v DataValue) storable() bool {
	for _, text := range []string{
		v.DataElement, v.Period, v.OrgUnit, v.CategoryOptionCombo, v.AttributeOptionCombo, v.Value, v.Comment,
	} {
		if !utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0 {
			return false
		}
	}
	return true
}
