package fhir

import (
	"time"

	models "github.com/samply/golang-fhir-models/fhir-models/fhir"
)

// The constructors of this file take what R4 requires of a resource, first of
// all codes: a code that a samply struct holds by value is a real one when
// nobody sets it. Set the other fields, then make a Resource of it with [New].
// A [Bundle] has its own builder.

// NewPatient returns a patient with these identifiers. R4 requires nothing of
// a patient.
func NewPatient(identifiers ...models.Identifier) models.Patient {
	return models.Patient{Identifier: identifiers}
}

// NewObservation returns an observation of what the code says.
func NewObservation(status models.ObservationStatus, code models.CodeableConcept) models.Observation {
	return models.Observation{Status: status, Code: code}
}

// NewTask returns a task. intent is a code of
// http://hl7.org/fhir/ValueSet/task-intent, such as "order".
func NewTask(status models.TaskStatus, intent string) models.Task {
	return models.Task{Status: status, Intent: intent}
}

// NewTaskInput returns an input of a task that is told what by kind, and is a
// text. For other values set the field of their type, or use [Resource.Set] for
// false and 0.
func NewTaskInput(kind models.CodeableConcept, value string) models.TaskInput {
	return models.TaskInput{Type: kind, ValueString: value}
}

// NewImmunization returns an immunization of a patient with a vaccine.
// occurrence is a FHIR dateTime (see [DateTime] and [Date]).
func NewImmunization(status models.ImmunizationStatusCodes, vaccine models.CodeableConcept, patient models.Reference, occurrence string) models.Immunization {
	return models.Immunization{
		Status: status, VaccineCode: vaccine, Patient: patient, OccurrenceDateTime: occurrence,
	}
}

// NewAuditEvent returns an audit event of what kind says, recorded at this
// time by this observer. R4 wants at least one agent: see [NewAuditAgent].
func NewAuditEvent(kind models.Coding, recorded time.Time, observer models.Reference, agents ...models.AuditEventAgent) models.AuditEvent {
	return models.AuditEvent{
		Type: kind, Recorded: Instant(recorded), Agent: agents,
		Source: models.AuditEventSource{Observer: observer},
	}
}

// NewAuditAgent returns who took part in an audited event. requestor tells
// whether they began it.
func NewAuditAgent(who models.Reference, requestor bool) models.AuditEventAgent {
	return models.AuditEventAgent{Who: &who, Requestor: requestor}
}
