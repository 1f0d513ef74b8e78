package dhis2

// ValueType is what values of an attribute or a data element are.
type ValueType string

// The value types of DHIS2 2.40 to 2.43.
const (
	ValueText                  ValueType = "TEXT"
	ValueLongText              ValueType = "LONG_TEXT"
	ValueMultiText             ValueType = "MULTI_TEXT"
	ValueLetter                ValueType = "LETTER"
	ValuePhoneNumber           ValueType = "PHONE_NUMBER"
	ValueEmail                 ValueType = "EMAIL"
	ValueBoolean               ValueType = "BOOLEAN"
	ValueTrueOnly              ValueType = "TRUE_ONLY"
	ValueDate                  ValueType = "DATE"
	ValueDateTime              ValueType = "DATETIME"
	ValueTime                  ValueType = "TIME"
	ValueNumber                ValueType = "NUMBER"
	ValueUnitInterval          ValueType = "UNIT_INTERVAL"
	ValuePercentage            ValueType = "PERCENTAGE"
	ValueInteger               ValueType = "INTEGER"
	ValueIntegerPositive       ValueType = "INTEGER_POSITIVE"
	ValueIntegerNegative       ValueType = "INTEGER_NEGATIVE"
	ValueIntegerZeroOrPositive ValueType = "INTEGER_ZERO_OR_POSITIVE"
	ValueTrackerAssociate      ValueType = "TRACKER_ASSOCIATE"
	ValueUsername              ValueType = "USERNAME"
	ValueCoordinate            ValueType = "COORDINATE"
	ValueOrganisationUnit      ValueType = "ORGANISATION_UNIT"
	ValueReference             ValueType = "REFERENCE"
	ValueAge                   ValueType = "AGE"
	ValueURL                   ValueType = "URL"
	ValueFileResource          ValueType = "FILE_RESOURCE"
	ValueImage                 ValueType = "IMAGE"
	ValueGeoJSON               ValueType = "GEOJSON"
)

// Numeric reports whether values are compared as numbers.
func (v ValueType) Numeric() bool {
	switch v {
	case ValueNumber, ValueUnitInterval, ValuePercentage:
		return true
	default:
		return v.Integer()
	}
}

// Integer reports whether values are whole numbers.
func (v ValueType) Integer() bool {
	switch v {
	case ValueInteger, ValueIntegerPositive, ValueIntegerNegative, ValueIntegerZeroOrPositive:
		return true
	default:
		return false
	}
}

// Temporal reports whether values are dates, with or without a time. ValueTime is not.
func (v ValueType) Temporal() bool {
	return v == ValueDate || v == ValueDateTime || v == ValueAge
}

// Attribute is a tracked entity attribute. It is read-only.
type Attribute struct {
	Object
	ValueType    ValueType  `json:"valueType,omitempty"`    // "" if it is Missing
	OptionSet    *OptionSet `json:"-"`                      // nil if any value goes
	Unique       bool       `json:"unique,omitempty"`       // E1064
	OrgUnitScope bool       `json:"orgunitScope,omitempty"` // unique within an org unit only
	Generated    bool       `json:"generated,omitempty"`    // by the server, by Pattern
	Pattern      string     `json:"pattern,omitempty"`
	Confidential bool       `json:"confidential,omitempty"`
}

// DataElement is a data element. It is read-only.
type DataElement struct {
	Object
	ValueType         ValueType      `json:"valueType,omitempty"`  // "" if it is Missing
	Domain            string         `json:"domainType,omitempty"` // TRACKER or AGGREGATE
	AggregationType   string         `json:"aggregationType,omitempty"`
	ZeroIsSignificant bool           `json:"zeroIsSignificant,omitempty"`
	OptionSet         *OptionSet     `json:"-"` // nil if any value goes
	CategoryCombo     *CategoryCombo `json:"-"` // never nil: the default one where none is named
}

// MetadataAttribute is an attribute that metadata has values of; ATTRIBUTE:uid names it.
type MetadataAttribute struct {
	Object
	ValueType ValueType `json:"valueType,omitempty"`
	Unique    bool      `json:"unique,omitempty"` // only such can name metadata
}

// OptionSet is a set of options. Values are options' codes, compared exactly (E1125). It is
// read-only.
type OptionSet struct {
	Object
	ValueType ValueType `json:"valueType,omitempty"`
	Options   []Option  `json:"-"` // by their sort order
	// Incomplete says that its options were not read: whether a code is in it cannot be told.
	Incomplete bool `json:"-"`

	missing     []string // UIDs of options that are not there
	codes, uids map[string]int
	names       map[string]int // -1 for a name of several options
}

// Option is an option of a set.
type Option struct {
	Object
	SortOrder int `json:"sortOrder,omitempty"`
}

// ByCode finds the option with that code.
func (s *OptionSet) ByCode(code string) (Option, bool) { return s.at(s.codes, code) }

// ByUID finds the option with that UID.
func (s *OptionSet) ByUID(uid string) (Option, bool) { return s.at(s.uids, uid) }

// ByName finds the option with that name, false if there is none or if there are several.
func (s *OptionSet) ByName(name string) (Option, bool) { return s.at(s.names, name) }

func (s *OptionSet) at(index map[string]int, key string) (Option, bool) {
	i, ok := index[key]
	if !ok || i < 0 {
		return Option{}, false
	}
	return s.Options[i], true
}
