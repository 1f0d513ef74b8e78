package aggregate

import (
	"fmt"
	"time"
)

// ADXNamespace is the namespace of ADX, the Aggregate Data Exchange of IHE QRPH.
const ADXNamespace = "urn:ihe:qrph:adx:2015"

// ADXContentType is what dataValueSets calls ADX.
const ADXContentType = "application/adx+xml"

// ADX is a whole message of aggregate data. Use an [ADXReader] for those that
// may be large.
type ADX struct {
	// Exported is when the message was made; the zero time if it does not say.
	Exported time.Time
	// Groups in the order of the message.
	Groups []ADXGroup
}

// ADXGroup is the values of one org unit and period, and of a data set if it
// says so.
type ADXGroup struct {
	// OrgUnit, DataSet and AttributeOptionCombo are in the scheme of the message:
	// codes, unless sender and receiver agreed on another. DataSet and
	// AttributeOptionCombo are "" if the message does not say.
	OrgUnit, DataSet, AttributeOptionCombo string
	// Period is an interval by ISO 8601, as written: see [ParseInterval].
	Period string
	// CompleteDate says that the data set is complete since that day, as written;
	// "" if it does not.
	CompleteDate string
	// Comment is free text.
	Comment string
	// Dimensions are the group's other attributes: options of the categories of
	// the data set, by code.
	Dimensions []ADXDimension
	// Values in the order of the message. An [ADXReader] leaves it nil.
	Values []ADXValue
	// Line and Column, from 1 and in bytes, are where the element starts in the
	// message that was read; 0 if it was not.
	Line, Column int
}

// ADXValue is one value of a group.
type ADXValue struct {
	// DataElement, CategoryOptionCombo in the scheme of the message.
	DataElement, CategoryOptionCombo string
	// Value as written. For a data element that is no number DHIS2 wants 0 here,
	// and the text in Annotation.
	Value string
	// Annotation is the text of the element annotation, without white space
	// around it; "" if there is none.
	Annotation string
	// Comment is what DHIS2 keeps beside the value; "" if there is none.
	Comment string
	// Followup marks the value for somebody to look at.
	Followup bool
	// Deleted says that the value is to be deleted.
	Deleted bool
	// Dimensions are the value's other attributes: options of the categories of
	// the data element, by code.
	Dimensions []ADXDimension
	// Line and Column as those of [ADXGroup].
	Line, Column int
}

// ADXDimension is an option of a category: the attribute's name is the
// category, its value the option.
type ADXDimension struct {
	Category, Option string
}

// ADXLimits bounds what an [ADXReader] takes. A zero field has its default.
type ADXLimits struct {
	// Bytes is how long a message may be. Defaults to 1 GiB.
	Bytes int64
	// Depth is how deeply elements may be nested. Defaults to 16; ADX has 4.
	Depth int
	// Attributes is how many an element may have. Defaults to 64.
	Attributes int
	// Text is how long an attribute's value or a text may be, in bytes. Defaults
	// to 64 KiB, which is more than DHIS2 stores of a value.
	Text int
}

func (l ADXLimits) withDefaults() ADXLimits {
	defaultTo(&l.Bytes, 1<<30)
	defaultTo(&l.Depth, 16)
	defaultTo(&l.Attributes, 64)
	defaultTo(&l.Text, 64<<10)
	return l
}

func defaultTo[T int | int64](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}

// ADXError means that a message is no ADX. It holds names of the message's
// structure and no value.
type ADXError struct {
	// Line and Column of the message, from 1; Column counts bytes.
	Line, Column int
	// Reason says what is wrong.
	Reason string
	// Err is why the message could not be read on; nil if it was.
	Err error
}

// Error implements error.
func (e *ADXError) Error() string {
	text := fmt.Sprintf("adx: line %d, column %d: %s", e.Line, e.Column, e.Reason)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns Err.
func (e *ADXError) Unwrap() error { return e.Err }
