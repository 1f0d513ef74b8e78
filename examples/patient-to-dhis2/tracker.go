package main

import (
	"encoding/json"
	"time"
)

// target is where patients go in DHIS2. Metadata is named by code, which the
// people who look after the DHIS2 know; payloads say idScheme=CODE.
type target struct {
	entityType string
	program    string
	orgUnit    string // of patients without managing organization
}

// The attributes written, by code (see testdata/metadata.json).
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

// uids are the two objects of a patient.
func (t target) uids(p patient) (entity, enrolled string) {
	entity = deriveUID("trackedEntity", p.system, p.identifier)
	return entity, deriveUID("enrollment", p.system, p.identifier, t.program)
}

// build makes the payload of a patient. An update replaces every scalar of an
// object, and one that is left out goes back to its default; so those of what
// is stored are sent again: a completed enrollment stays completed
// (dhis2.md section 0, fact 5). Attributes merge by code: an element that the
// Patient does not have leaves the stored value alone.
func (t target) build(p patient, stored *trackedEntity, now time.Time) payload {
	entityUID, enrollmentUID := t.uids(p)
	entity := trackedEntity{TrackedEntity: entityUID}
	enrolled := enrollment{Enrollment: enrollmentUID, Status: "ACTIVE", EnrolledAt: now.UTC().Format(time.RFC3339)}
	if stored != nil {
		entity = *stored
		for _, e := range stored.Enrollments {
			if e.Enrollment == enrollmentUID {
				enrolled = e
			}
		}
	}
	entity.Type, entity.OrgUnit = t.entityType, t.orgUnit
	if p.facility != "" {
		entity.OrgUnit = p.facility
	}
	enrolled.Program, enrolled.OrgUnit = t.program, entity.OrgUnit
	entity.Attributes, entity.Enrollments = p.attributes(), []enrollment{enrolled}
	return payload{TrackedEntities: []trackedEntity{entity}}
}

// attributes never sends "": DHIS2 would take it for a deletion (fact 6).
func (p *patient) attributes() []attribute {
	var out []attribute
	set := func(code, value string) {
		if value != "" {
			out = append(out, attribute{code, &value})
		}
	}
	set(attrIdentifier, p.identifier)
	set(attrGiven, p.given)
	set(attrFamily, p.family)
	set(attrSex, p.gender)
	// One element, two attributes: the one that is not said now must not
	// contradict the other.
	switch {
	case p.born.day != "":
		out = append(out, attribute{attrBirthDate, &p.born.day}, attribute{Attribute: attrBirthPartial})
	case p.born.partial != "":
		out = append(out, attribute{attrBirthPartial, &p.born.partial}, attribute{Attribute: attrBirthDate})
	}
	set(attrPhone, p.phone)
	if p.deceased {
		set(attrDeceased, "true") // TRUE_ONLY: there is no false to send
	}
	return out
}
