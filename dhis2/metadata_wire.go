package dhis2

import (
	"encoding/json"
	"errors"
)

// The objects of a metadata export as they stand on the wire. Each embeds what of the public
// object has the same form; references and lists are apart. Decoding a second appearance of an
// object over the first one keeps what only the first had.

type wireRef struct {
	ID string `json:"id"`
}

type wireAttributeValue struct {
	Attribute wireRef `json:"attribute"`
	Value     string  `json:"value"`
}

type wireValues struct {
	AttributeValues []wireAttributeValue `json:"attributeValues,omitempty"`
}

type wireProgram struct {
	Program
	wireValues
	EntityType              *wireRef          `json:"trackedEntityType,omitempty"`
	CategoryCombo           json.RawMessage   `json:"categoryCombo,omitempty"`
	EnrollmentCategoryCombo json.RawMessage   `json:"enrollmentCategoryCombo,omitempty"`
	Stages                  []json.RawMessage `json:"programStages,omitempty"`
	Attributes              wireMembers       `json:"programTrackedEntityAttributes,omitempty"`
	OrgUnits                wireUIDs          `json:"organisationUnits"`
}

// wireMember is what a program says of an attribute, a stage or a data set of a data element.
// In an export it may be apart, and then the owner has nothing but its id.
type wireMember struct {
	ID                     string          `json:"id,omitempty"`
	Program                *wireRef        `json:"program,omitempty"`
	ProgramStage           *wireRef        `json:"programStage,omitempty"`
	DataSet                *wireRef        `json:"dataSet,omitempty"`
	Attribute              json.RawMessage `json:"trackedEntityAttribute,omitempty"`
	DataElement            json.RawMessage `json:"dataElement,omitempty"`
	CategoryCombo          json.RawMessage `json:"categoryCombo,omitempty"`
	Mandatory              bool            `json:"mandatory,omitempty"`
	Compulsory             bool            `json:"compulsory,omitempty"`
	Searchable             bool            `json:"searchable,omitempty"`
	AllowFutureDate        bool            `json:"allowFutureDate,omitempty"`
	AllowProvidedElsewhere bool            `json:"allowProvidedElsewhere,omitempty"`
	SortOrder              int             `json:"sortOrder,omitempty"`
}

type wireStage struct {
	ProgramStage
	wireValues
	Program  *wireRef    `json:"program,omitempty"`
	Elements wireMembers `json:"programStageDataElements,omitempty"`
}

type wireAttribute struct {
	Attribute
	wireValues
	OptionSet json.RawMessage `json:"optionSet,omitempty"`
}

type wireElement struct {
	DataElement
	wireValues
	OptionSet     json.RawMessage `json:"optionSet,omitempty"`
	CategoryCombo json.RawMessage `json:"categoryCombo,omitempty"`
}

type wireOptionSet struct {
	OptionSet
	wireValues
	Options *[]json.RawMessage `json:"options,omitempty"`
}

type wireOption struct {
	Option
	wireValues
	OptionSet *wireRef `json:"optionSet,omitempty"`
}

type wireOrgUnit struct {
	OrgUnit
	wireValues
	Opening string   `json:"openingDate,omitempty"`
	Closed  string   `json:"closedDate,omitempty"`
	Parent  *wireRef `json:"parent,omitempty"`
}

type wireEntityType struct {
	TrackedEntityType
	wireValues
	Attributes wireMembers `json:"trackedEntityTypeAttributes,omitempty"`
}

type wireConstraint struct {
	Entity       string   `json:"relationshipEntity,omitempty"`
	EntityType   *wireRef `json:"trackedEntityType,omitempty"`
	Program      *wireRef `json:"program,omitempty"`
	ProgramStage *wireRef `json:"programStage,omitempty"`
}

type wireRelationshipType struct {
	RelationshipType
	wireValues
	From wireConstraint `json:"fromConstraint"`
	To   wireConstraint `json:"toConstraint"`
}

type wireDataSet struct {
	DataSet
	wireValues
	CategoryCombo json.RawMessage `json:"categoryCombo,omitempty"`
	Elements      wireMembers     `json:"dataSetElements,omitempty"`
	OrgUnits      wireUIDs        `json:"organisationUnits"`
}

type wireCombo struct {
	CategoryCombo
	wireValues
	Categories   []json.RawMessage `json:"categories,omitempty"`
	OptionCombos []json.RawMessage `json:"categoryOptionCombos,omitempty"`
}

type wireOptionCombo struct {
	OptionCombo
	wireValues
	CategoryCombo *wireRef          `json:"categoryCombo,omitempty"`
	Options       []json.RawMessage `json:"categoryOptions,omitempty"`
}

type wireCategory struct {
	Category
	wireValues
	Options []json.RawMessage `json:"categoryOptions,omitempty"`
}

type wireCategoryOption struct {
	CategoryOption
	wireValues
	Start string `json:"startDate,omitempty"`
	End   string `json:"endDate,omitempty"`
}

type wireRule struct {
	Object
	Program *wireRef         `json:"program,omitempty"`
	Actions []wireRuleAction `json:"programRuleActions,omitempty"`
}

type wireRuleAction struct {
	ID          string   `json:"id,omitempty"`
	Type        string   `json:"programRuleActionType,omitempty"`
	DataElement *wireRef `json:"dataElement,omitempty"`
	Attribute   *wireRef `json:"trackedEntityAttribute,omitempty"`
	ProgramRule *wireRef `json:"programRule,omitempty"`
}

// wireMembers drops references to members that stand in a list of their own: they say there
// which owner they have.
type wireMembers []wireMember

// UnmarshalJSON reads the members anew, whatever was there before.
func (m *wireMembers) UnmarshalJSON(raw []byte) error {
	*m = nil
	if string(raw) == "null" {
		return nil
	}
	var bad error
	err := eachItem(raw, func(item []byte) {
		if bad != nil || isReference(item) && jsonText(item, "id") != "" {
			return
		}
		var one wireMember
		if bad = json.Unmarshal(item, &one); bad == nil && one.Attribute == nil && one.DataElement == nil {
			bad = errors.New("a member names neither an attribute nor a data element")
		}
		*m = append(*m, one)
	})
	return errors.Join(err, bad)
}

// wireUIDs is a list of references by UID. UIDs lie side by side in one text: a program may be
// assigned to 100,000 units.
type wireUIDs struct{ packed []byte }

// UnmarshalJSON reads [{"id":"…"}, …].
func (u *wireUIDs) UnmarshalJSON(raw []byte) error {
	u.packed = u.packed[:0]
	if string(raw) == "null" {
		return nil
	}
	var bad error
	if err := eachItem(raw, func(item []byte) {
		id := jsonText(item, "id")
		if len(id) != uidLength {
			bad = errors.New("a reference has no UID as its id")
			return
		}
		u.packed = append(u.packed, id...)
	}); err != nil {
		return err
	}
	return bad
}

// MarshalJSON writes [{"id":"…"}, …].
func (u wireUIDs) MarshalJSON() ([]byte, error) {
	raw := []byte{'['}
	for i := range u.len() {
		if i > 0 {
			raw = append(raw, ',')
		}
		raw = append(append(append(raw, `{"id":"`...), u.at(i)...), `"}`...)
	}
	return append(raw, ']'), nil
}

func (u wireUIDs) len() int        { return len(u.packed) / uidLength }
func (u wireUIDs) at(i int) string { return string(u.packed[i*uidLength : (i+1)*uidLength]) }
