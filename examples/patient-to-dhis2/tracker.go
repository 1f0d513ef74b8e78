package main

import (
	"encoding/json"
	"errors"
)

// target is where patients go in DHIS2. Metadata is named by code, which the
// people who look after the DHIS2 know; payloads say idScheme=CODE.
type target struct {
	entityType string
	program    string
	orgUnit    string // of patients without managing organization
}

// The attributes that mapping/patient.yaml writes, by code (see testdata/metadata.json).
const (
	attrIdentifier   = "OHM_NID"
	attrGiven        = "OHM_GIVEN"
	attrFamily       = "OHM_FAMILY"
	attrSex          = "OHM_SEX"
	attrBirthDate    = "OHM_DOB"
	attrBirthPartial = "OHM_DOB_PARTIAL"
	attrPhone        = "OHM_PHONE"
	attrDeceased     = "OHM_DECEASED"
)

// elements says which element of the Patient an attribute came from.
func elements() map[string]string {
	return map[string]string{
		attrIdentifier: ".identifier", attrGiven: ".name.given", attrFamily: ".name.family", attrSex: ".gender",
		attrBirthDate: ".birthDate", attrBirthPartial: ".birthDate", attrPhone: ".telecom", attrDeceased: ".deceased",
	}
}

// payload is the body of POST /api/tracker.
type payload struct {
	TrackedEntities []trackedEntity `json:"trackedEntities"`
}

// trackedEntity is both written and, with the scalars of an existing one,
// read.
type trackedEntity struct {
	TrackedEntity      string          `json:"trackedEntity"`
	Type               string          `json:"trackedEntityType,omitempty"`
	OrgUnit            string          `json:"orgUnit,omitempty"`
	Inactive           bool            `json:"inactive,omitempty"`
	PotentialDuplicate bool            `json:"potentialDuplicate,omitempty"`
	Geometry           json.RawMessage `json:"geometry,omitempty"`
	Attributes         []attribute     `json:"attributes,omitempty"`
	Enrollments        []enrollment    `json:"enrollments,omitempty"`
}

type enrollment struct {
	Enrollment  string          `json:"enrollment"`
	Program     string          `json:"program,omitempty"`
	OrgUnit     string          `json:"orgUnit,omitempty"`
	EnrolledAt  string          `json:"enrolledAt,omitempty"`
	OccurredAt  string          `json:"occurredAt,omitempty"`
	Status      string          `json:"status,omitempty"`
	FollowUp    bool            `json:"followUp,omitempty"`
	CompletedAt string          `json:"completedAt,omitempty"`
	Geometry    json.RawMessage `json:"geometry,omitempty"`
}

// attribute with a nil value deletes the stored one.
type attribute struct {
	Attribute string  `json:"attribute"`
	Value     *string `json:"value"`
}

// storedFields asks for exactly the scalars that an update must send again.
const storedFields = "trackedEntity,inactive,potentialDuplicate,geometry," +
	"enrollments[enrollment,enrolledAt,occurredAt,status,followUp,completedAt,geometry]"

// identify gives the objects of a payload their UIDs, which are derived from the identifier of
// the patient in a system.
func (p *payload) identify(system string) error {
	for i := range p.TrackedEntities {
		entity := &p.TrackedEntities[i]
		identifier := entity.value(attrIdentifier)
		if identifier == "" || len(entity.Enrollments) == 0 {
			return errors.New("patient.yaml gives a tracked entity without " + attrIdentifier + " or without an enrollment")
		}
		entity.TrackedEntity = deriveUID("trackedEntity", system, identifier)
		for j := range entity.Enrollments {
			enrolled := &entity.Enrollments[j]
			enrolled.Enrollment = deriveUID("enrollment", system, identifier, enrolled.Program)
		}
	}
	if len(p.TrackedEntities) == 0 {
		return errors.New("patient.yaml gives no tracked entity")
	}
	return nil
}

// value returns that of an attribute, "" when it is deleted or not said.
func (e *trackedEntity) value(code string) string {
	for _, a := range e.Attributes {
		if a.Attribute == code && a.Value != nil {
			return *a.Value
		}
	}
	return ""
}

// keep makes an update of a payload. An update replaces every scalar of an object, and one that
// is left out goes back to its default; so those of what is stored are sent again: a completed
// enrollment stays completed (dhis2.md section 0, fact 5). Attributes merge by code: an element
// that the Patient does not have leaves the stored value alone.
func (p *payload) keep(stored trackedEntity) {
	entity := &p.TrackedEntities[0]
	entity.Inactive, entity.PotentialDuplicate, entity.Geometry = stored.Inactive, stored.PotentialDuplicate, stored.Geometry
	for i := range entity.Enrollments {
		enrolled := &entity.Enrollments[i]
		for _, before := range stored.Enrollments {
			if before.Enrollment == enrolled.Enrollment {
				before.Program, before.OrgUnit = enrolled.Program, enrolled.OrgUnit
				*enrolled = before
			}
		}
	}
}

// birthDatePrecision names what is known of the birth date, without the date itself.
func (p *payload) birthDatePrecision() string {
	entity := &p.TrackedEntities[0]
	partial := entity.value(attrBirthPartial)
	switch {
	case entity.value(attrBirthDate) != "":
		return "day"
	case len(partial) == len("2006-01"):
		return "month"
	case partial != "":
		return "year"
	default:
		return "none"
	}
}
