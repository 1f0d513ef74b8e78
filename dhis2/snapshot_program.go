package dhis2

// ProgramType says whether a program has tracked entities.
type ProgramType string

// The types of programs.
const (
	WithRegistration    ProgramType = "WITH_REGISTRATION"    // a tracker program: enrollments with events
	WithoutRegistration ProgramType = "WITHOUT_REGISTRATION" // an event program: events alone
)

// Program is a program. It is read-only.
type Program struct {
	Object
	Type ProgramType `json:"programType,omitempty"`
	// EntityType is nil for event programs.
	EntityType *TrackedEntityType `json:"-"`
	Stages     []*ProgramStage    `json:"-"` // by their sort order
	Attributes []ProgramAttribute `json:"-"` // of an enrollment, by their sort order
	// CategoryCombo is of the attributeOptionCombo of events, EnrollmentCategoryCombo of that of
	// enrollments (2.43 and later, nil before). Neither is nil otherwise.
	CategoryCombo           *CategoryCombo `json:"-"`
	EnrollmentCategoryCombo *CategoryCombo `json:"-"`
	// OrgUnits are those that the program is assigned to: others are refused (E1029, E1041).
	OrgUnits OrgUnitSet    `json:"-"`
	Rules    []ProgramRule `json:"-"`

	OnlyEnrollOnce                bool   `json:"onlyEnrollOnce,omitempty"`      // E1016
	DisplayIncidentDate           bool   `json:"displayIncidentDate,omitempty"` // then an enrollment needs occurredAt (E1023)
	SelectEnrollmentDatesInFuture bool   `json:"selectEnrollmentDatesInFuture,omitempty"`
	SelectIncidentDatesInFuture   bool   `json:"selectIncidentDatesInFuture,omitempty"`
	ExpiryDays                    int    `json:"expiryDays,omitempty"`
	ExpiryPeriodType              string `json:"expiryPeriodType,omitempty"`
	CompleteEventsExpiryDays      int    `json:"completeEventsExpiryDays,omitempty"`
	OpenDaysAfterCategoryOptEnd   int    `json:"openDaysAfterCoEndDate,omitempty"`
	FeatureType                   string `json:"featureType,omitempty"` // of an enrollment's geometry: NONE, POINT, POLYGON …; "" is none
	AccessLevel                   string `json:"accessLevel,omitempty"` // OPEN, AUDITED, PROTECTED, CLOSED

	byAttribute map[string]int
}

// Attribute finds what the program says of an attribute, by the attribute's UID.
func (p *Program) Attribute(uid string) (ProgramAttribute, bool) {
	i, ok := p.byAttribute[uid]
	if !ok {
		return ProgramAttribute{}, false
	}
	return p.Attributes[i], true
}

// Stage finds a stage of this program by its UID, nil if it has none such.
func (p *Program) Stage(uid string) *ProgramStage {
	for _, stage := range p.Stages {
		if stage.UID == uid {
			return stage
		}
	}
	return nil
}

// ProgramAttribute is an attribute that enrollments of a program have.
type ProgramAttribute struct {
	Attribute       *Attribute
	Mandatory       bool // E1018
	AllowFutureDate bool
	Searchable      bool
}

// ProgramStage is a stage of a program: its events are the visits. It is read-only.
type ProgramStage struct {
	Object
	Program  *Program       `json:"-"` // nil if it is not known
	Elements []StageElement `json:"-"` // by their sort order

	Repeatable           bool   `json:"repeatable,omitempty"`         // otherwise there is one event an enrollment (E1039)
	ValidationStrategy   string `json:"validationStrategy,omitempty"` // ON_COMPLETE, ON_UPDATE_AND_INSERT: when compulsory values are demanded
	BlockEntryForm       bool   `json:"blockEntryForm,omitempty"`     // completed events cannot be changed (E1326, 2.41)
	EnableUserAssignment bool   `json:"enableUserAssignment,omitempty"`
	FeatureType          string `json:"featureType,omitempty"`
	SortOrder            int    `json:"sortOrder,omitempty"`

	byElement map[string]int
}

// Element finds what the stage says of a data element, by the data element's UID.
func (s *ProgramStage) Element(uid string) (StageElement, bool) {
	i, ok := s.byElement[uid]
	if !ok {
		return StageElement{}, false
	}
	return s.Elements[i], true
}

// StageElement is a data element that events of a stage have.
type StageElement struct {
	DataElement            *DataElement
	Compulsory             bool // E1303
	AllowFutureDate        bool
	AllowProvidedElsewhere bool
}

// ProgramRule is a rule that the server runs at each import. It is known so that a reader can
// be warned: its condition is not evaluated here.
type ProgramRule struct {
	Object
	Actions []RuleAction
}

// RuleAction is what a rule does: ASSIGN, SHOWERROR, SETMANDATORYFIELD, … and to what, by UID.
type RuleAction struct {
	Type        string
	DataElement string
	Attribute   string
}

// TrackedEntityType is a type of tracked entities: person, commodity … It is read-only.
type TrackedEntityType struct {
	Object
	Attributes                    []ProgramAttribute `json:"-"`
	FeatureType                   string             `json:"featureType,omitempty"`
	MinAttributesRequiredToSearch int                `json:"minAttributesRequiredToSearch,omitempty"`

	byAttribute map[string]int
}

// Attribute finds what the type says of an attribute, by the attribute's UID: mandatory ones
// are E1090 when they lack.
func (t *TrackedEntityType) Attribute(uid string) (ProgramAttribute, bool) {
	i, ok := t.byAttribute[uid]
	if !ok {
		return ProgramAttribute{}, false
	}
	return t.Attributes[i], true
}

// RelationshipType says what a relationship links. It is read-only.
type RelationshipType struct {
	Object
	Bidirectional bool                   `json:"bidirectional,omitempty"`
	From          RelationshipConstraint `json:"-"`
	To            RelationshipConstraint `json:"-"`
}

// The entities that a relationship links, as metadata spells them.
const (
	EntityTrackedEntity = "TRACKED_ENTITY_INSTANCE"
	EntityEnrollment    = "PROGRAM_INSTANCE"
	EntityEvent         = "PROGRAM_STAGE_INSTANCE"
)

// RelationshipConstraint is what one end of a relationship may be. Types that are nil are not
// demanded.
type RelationshipConstraint struct {
	Entity     string // EntityTrackedEntity, EntityEnrollment or EntityEvent (E4010)
	EntityType *TrackedEntityType
	Program    *Program
	Stage      *ProgramStage
}
