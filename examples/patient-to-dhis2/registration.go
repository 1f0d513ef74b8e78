package main

import (
	"errors"
	"slices"
	"time"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/tracker"
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

// registration is what DHIS2 gets of a Patient: a tracked entity with an enrollment.
type registration struct {
	payload tracker.Payload
	key     string // the derived UID of the tracked entity, also when another one is adopted
	program string // that it is enrolled in, by code
	version int64  // of the Patient, 0 when it does not tell
}

// register gives the objects of a payload their UIDs, derived from the identifier of the patient
// in a system: whatever is sent twice updates what it created. changed is when the Patient was
// changed at its source.
func register(payload tracker.Payload, system string, changed time.Time) (registration, error) {
	r := registration{payload: payload}
	if len(payload.TrackedEntities) != 1 || len(r.entity().Enrollments) != 1 || r.value(attrIdentifier) == "" {
		return r, errors.New("patient.yaml must give one tracked entity, with " + attrIdentifier + " and an enrollment")
	}
	patient := dhis2.Identity{System: system, ID: r.value(attrIdentifier), Kind: dhis2.KindTrackedEntity}
	r.key = patient.UID()
	r.entity().TrackedEntity = r.key
	r.program = r.entity().Enrollments[0].Program
	r.entity().Enrollments[0].Enrollment = patient.Child(dhis2.KindEnrollment, r.program).UID()
	if !changed.IsZero() {
		r.version = tracker.VersionOf(changed)
	}
	return r, nil
}

func (r *registration) entity() *tracker.TrackedEntity { return &r.payload.TrackedEntities[0] }

// value returns that of an attribute, "" when it is deleted or not said.
func (r *registration) value(code string) string {
	for _, a := range r.entity().Attributes {
		if a.Attribute == code {
			return a.Value
		}
	}
	return ""
}

// keep makes an update of what is stored, which may have another UID than the derived one. An
// update replaces every scalar of an object, and one that is left out goes back to its default; so
// those are sent again (dhis2.md section 0, fact 5). Attributes merge by code: an element that the
// Patient does not have leaves the stored value alone. Who is in the program is not enrolled again:
// the enrollments there are come back, untouched.
func (r *registration) keep(stored tracker.TrackedEntity, program string) (left []tracker.Result) {
	r.payload.TrackedEntities = slices.Clone(r.payload.TrackedEntities) // another attempt needs them as they were
	entity := r.entity()
	entity.TrackedEntity = stored.TrackedEntity
	entity.Inactive, entity.PotentialDuplicate, entity.Geometry = stored.Inactive, stored.PotentialDuplicate, stored.Geometry
	for _, before := range stored.Enrollments {
		if before.Program == program {
			ref := tracker.Ref{Type: tracker.TypeEnrollment, UID: before.Enrollment}
			left = append(left, tracker.Result{Ref: ref, UID: ref.UID, Fate: tracker.FateUnchanged})
		}
	}
	if len(left) > 0 {
		entity.Enrollments = nil
	}
	return left
}

// birthDatePrecision names what is known of the birth date, without the date itself.
func (r *registration) birthDatePrecision() string {
	partial := r.value(attrBirthPartial)
	switch {
	case r.value(attrBirthDate) != "":
		return "day"
	case len(partial) == len("2006-01"):
		return "month"
	case partial != "":
		return "year"
	default:
		return "none"
	}
}
