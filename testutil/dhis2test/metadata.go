package dhis2test

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

//go:embed seed/metadata.json
var seedMetadata []byte

// SeedMetadata returns a copy of the metadata every server starts with:
// five org units, a person type with ten attributes, three programs with five
// stages, twenty data elements (dhis2.md section 6). A real server accepts the
// same file on POST /api/metadata, so a test can run against both.
func SeedMetadata() []byte { return slices.Clone(seedMetadata) }

// metadata is the part of a metadata export the importer looks at, by UID.
// A value is never changed once built: Seed builds a new one.
type metadata struct {
	orgUnits      map[string]*orgUnit
	optionSets    map[string]*optionSet
	attributes    map[string]*attribute
	entityTypes   map[string]*entityType
	dataElements  map[string]*dataElement
	programs      map[string]*program
	stages        map[string]*programStage
	relationTypes map[string]*relationshipType

	categoryCombos       map[string]*categoryCombo
	categoryOptionCombos map[string]*categoryOptionCombo
	categoryOptions      map[string]*categoryOption
}

// named is what all metadata objects share; it carries the identifiers that
// an idScheme can ask for (dhis2.md 1.1).
type named struct {
	ID              string `json:"id"`
	Code            string `json:"code"`
	Name            string `json:"name"`
	AttributeValues []struct {
		Attribute ref    `json:"attribute"`
		Value     string `json:"value"`
	} `json:"attributeValues"`
	Sharing *sharing `json:"sharing"` // nil: everybody may do everything
}

func (n *named) base() *named { return n }

type ref struct {
	ID string `json:"id"`
}

type orgUnit struct {
	named
	Parent *ref `json:"parent"`
}

type optionSet struct {
	named
	Options []ref `json:"options"`
	codes   map[string]bool
}

type attribute struct {
	named
	ValueType    string `json:"valueType"`
	Unique       bool   `json:"unique"`
	Confidential bool   `json:"confidential"`
	OptionSet    *ref   `json:"optionSet"`
}

type entityType struct {
	named
	MinAttributesRequiredToSearch int  `json:"minAttributesRequiredToSearch"`
	EnableChangeLog               bool `json:"enableChangeLog"` // from 2.43
	Attributes                    []struct {
		Attribute ref  `json:"trackedEntityAttribute"`
		Mandatory bool `json:"mandatory"`
	} `json:"trackedEntityTypeAttributes"`
}

type dataElement struct {
	named
	ValueType string `json:"valueType"`
	OptionSet *ref   `json:"optionSet"`
}

type program struct {
	named
	ProgramType                   string `json:"programType"`
	TrackedEntityType             *ref   `json:"trackedEntityType"`
	OnlyEnrollOnce                bool   `json:"onlyEnrollOnce"`
	DisplayIncidentDate           bool   `json:"displayIncidentDate"`
	SelectEnrollmentDateInFuture  bool   `json:"selectEnrollmentDatesInFuture"`
	SelectIncidentDateInFuture    bool   `json:"selectIncidentDatesInFuture"`
	FeatureType                   string `json:"featureType"`
	AccessLevel                   string `json:"accessLevel"`
	CategoryCombo                 *ref   `json:"categoryCombo"`
	EnrollmentCategoryCombo       *ref   `json:"enrollmentCategoryCombo"` // from 2.43
	ExpiryDays                    int    `json:"expiryDays"`
	ExpiryPeriodType              string `json:"expiryPeriodType"`
	CompleteEventsExpiryDays      int    `json:"completeEventsExpiryDays"`
	MinAttributesRequiredToSearch int    `json:"minAttributesRequiredToSearch"`
	EnableChangeLog               bool   `json:"enableChangeLog"` // from 2.43
	OrgUnits                      []ref  `json:"organisationUnits"`
	Stages                        []ref  `json:"programStages"`
	Attributes                    []struct {
		Attribute ref  `json:"trackedEntityAttribute"`
		Mandatory bool `json:"mandatory"`
	} `json:"programTrackedEntityAttributes"`
}

func (p *program) registration() bool { return p.ProgramType != "WITHOUT_REGISTRATION" }

func (p *program) hasOrgUnit(uid string) bool {
	return slices.ContainsFunc(p.OrgUnits, func(r ref) bool { return r.ID == uid })
}

func (p *program) hasAttribute(uid string) bool {
	for _, a := range p.Attributes {
		if a.Attribute.ID == uid {
			return true
		}
	}
	return false
}

type programStage struct {
	named
	Program              ref    `json:"program"`
	Repeatable           bool   `json:"repeatable"`
	FeatureType          string `json:"featureType"`
	ValidationStrategy   string `json:"validationStrategy"`
	EnableUserAssignment bool   `json:"enableUserAssignment"`
	BlockEntryForm       bool   `json:"blockEntryForm"`
	DataElements         []struct {
		DataElement ref  `json:"dataElement"`
		Compulsory  bool `json:"compulsory"`
	} `json:"programStageDataElements"`
}

func (s *programStage) hasDataElement(uid string) bool {
	for _, d := range s.DataElements {
		if d.DataElement.ID == uid {
			return true
		}
	}
	return false
}

type relationshipType struct {
	named
	Bidirectional bool                   `json:"bidirectional"`
	From          relationshipConstraint `json:"fromConstraint"`
	To            relationshipConstraint `json:"toConstraint"`
}

type relationshipConstraint struct {
	Entity            string `json:"relationshipEntity"`
	TrackedEntityType *ref   `json:"trackedEntityType"`
}

type categoryCombo struct {
	named
}

type categoryOptionCombo struct {
	named
	Combo   ref   `json:"categoryCombo"`
	Options []ref `json:"categoryOptions"`
}

type categoryOption struct {
	named
	StartDate string `json:"startDate"`
	EndDate   string `json:"endDate"`
}

// merge returns m with the objects of a metadata export added; an object with
// a known UID replaces the old one, as importStrategy=CREATE_AND_UPDATE does.
// A reference to an object that neither has is an error that names both.
func (m *metadata) merge(export []byte) (*metadata, error) {
	var doc struct {
		OrgUnits      []*orgUnit          `json:"organisationUnits"`
		OptionSets    []*optionSet        `json:"optionSets"`
		Options       []*named            `json:"options"`
		Attributes    []*attribute        `json:"trackedEntityAttributes"`
		EntityTypes   []*entityType       `json:"trackedEntityTypes"`
		DataElements  []*dataElement      `json:"dataElements"`
		Programs      []*program          `json:"programs"`
		Stages        []*programStage     `json:"programStages"`
		RelationTypes []*relationshipType `json:"relationshipTypes"`

		CategoryCombos       []*categoryCombo       `json:"categoryCombos"`
		CategoryOptionCombos []*categoryOptionCombo `json:"categoryOptionCombos"`
		CategoryOptions      []*categoryOption      `json:"categoryOptions"`
	}
	if err := json.Unmarshal(export, &doc); err != nil {
		return nil, fmt.Errorf("metadata: %w", err)
	}
	optionCodes := make(map[string]string, len(doc.Options))
	for _, o := range doc.Options {
		optionCodes[o.ID] = o.Code
	}
	for _, set := range doc.OptionSets {
		set.codes = make(map[string]bool, len(set.Options))
		for _, o := range set.Options {
			code, ok := optionCodes[o.ID]
			if !ok {
				return nil, fmt.Errorf("metadata: option set %s names option %s, which is not in the file", set.ID, o.ID)
			}
			set.codes[code] = true
		}
	}
	out := &metadata{
		orgUnits:      union(m.orgUnits, doc.OrgUnits),
		optionSets:    union(m.optionSets, doc.OptionSets),
		attributes:    union(m.attributes, doc.Attributes),
		entityTypes:   union(m.entityTypes, doc.EntityTypes),
		dataElements:  union(m.dataElements, doc.DataElements),
		programs:      union(m.programs, doc.Programs),
		stages:        union(m.stages, doc.Stages),
		relationTypes: union(m.relationTypes, doc.RelationTypes),

		categoryCombos:       union(m.categoryCombos, doc.CategoryCombos),
		categoryOptionCombos: union(m.categoryOptionCombos, doc.CategoryOptionCombos),
		categoryOptions:      union(m.categoryOptions, doc.CategoryOptions),
	}
	return out, out.check()
}

// check finds references that lead nowhere.
func (m *metadata) check() error {
	missing := func(kind, uid, wants, target string) error {
		return fmt.Errorf("metadata: %s %s names %s %s, which is not there", kind, uid, wants, target)
	}
	for _, t := range m.entityTypes {
		for _, a := range t.Attributes {
			if m.attributes[a.Attribute.ID] == nil {
				return missing("tracked entity type", t.ID, "attribute", a.Attribute.ID)
			}
		}
	}
	for _, p := range m.programs {
		for _, a := range p.Attributes {
			if m.attributes[a.Attribute.ID] == nil {
				return missing("program", p.ID, "attribute", a.Attribute.ID)
			}
		}
		for _, s := range p.Stages {
			if m.stages[s.ID] == nil {
				return missing("program", p.ID, "program stage", s.ID)
			}
		}
		for _, o := range p.OrgUnits {
			if m.orgUnits[o.ID] == nil {
				return missing("program", p.ID, "org unit", o.ID)
			}
		}
	}
	for _, s := range m.stages {
		if m.programs[s.Program.ID] == nil {
			return missing("program stage", s.ID, "program", s.Program.ID)
		}
		for _, d := range s.DataElements {
			if m.dataElements[d.DataElement.ID] == nil {
				return missing("program stage", s.ID, "data element", d.DataElement.ID)
			}
		}
	}
	return nil
}

// within tells whether an org unit is one of the roots or below one.
func (m *metadata) within(orgUnit string, roots []string) bool {
	for depth := 0; depth <= len(m.orgUnits); depth++ {
		unit := m.orgUnits[orgUnit]
		if unit == nil {
			return false
		}
		if slices.Contains(roots, orgUnit) {
			return true
		}
		if unit.Parent == nil {
			return false
		}
		orgUnit = unit.Parent.ID
	}
	return false
}

type identified interface{ base() *named }

func union[T identified](old map[string]T, added []T) map[string]T {
	out := make(map[string]T, len(old)+len(added))
	maps.Copy(out, old)
	for _, v := range added {
		out[v.base().ID] = v
	}
	return out
}

// scheme is one idScheme parameter: UID, CODE, NAME or ATTRIBUTE:uid.
type scheme string

func (s scheme) identifies(n *named, given string) bool {
	switch {
	case given == "":
		return false
	case s == "CODE":
		return n.Code == given
	case s == "NAME":
		return n.Name == given
	case strings.HasPrefix(string(s), "ATTRIBUTE:"):
		for _, v := range n.AttributeValues {
			if v.Attribute.ID == string(s[len("ATTRIBUTE:"):]) && v.Value == given {
				return true
			}
		}
		return false
	default:
		return n.ID == given
	}
}

// find returns the object an identifier stands for, the zero T when there is
// none. By UID it is one map look-up, by another scheme a walk.
func find[T identified](objects map[string]T, s scheme, given string) T {
	if s == "UID" {
		return objects[given]
	}
	for _, o := range objects {
		if s.identifies(o.base(), given) {
			return o
		}
	}
	var none T
	return none
}
