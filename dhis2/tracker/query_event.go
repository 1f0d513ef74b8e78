package tracker

import (
	"net/url"
	"strings"

	"github.com/openhim/mediator-go/dhis2"
)

// EventQuery chooses events. Program is needed from 2.43 on.
type EventQuery struct {
	Listing

	// List is dhis2.Events, or from 2.43 on dhis2.TrackerEvents or dhis2.SingleEvents. Defaults to
	// dhis2.Events, which finds those of the program's kind.
	List                            dhis2.List
	Program, ProgramStage           string
	TrackedEntity                   string
	Enrollments, Events             []string
	Where                           OrgUnits // at most one org unit
	Status                          EventStatus
	EnrollmentStatus                EnrollmentStatus
	FollowUp                        *bool
	OccurredAfter, OccurredBefore   string // inclusive
	ScheduledAfter, ScheduledBefore string // inclusive
	// AttributeCategoryCombo and AttributeCategoryOptions come together or not at all.
	AttributeCategoryCombo   string
	AttributeCategoryOptions []string
	AssignedUsers            []string
	// Filters by data elements, AttributeFilters by attributes of the tracked entity; all must hold.
	Filters, AttributeFilters []dhis2.TrackerFilter
}

// Values returns the parameters as the version names them, without those of paging.
func (e EventQuery) Values(version dhis2.Version) (url.Values, error) {
	list := e.list()
	q := newQuery(list, version)
	if e.Program == "" && version.NeedsProgram(list) {
		q.refuse("program", "is needed by "+version.String())
	}
	if (e.AttributeCategoryCombo == "") != (len(e.AttributeCategoryOptions) == 0) {
		q.refuse("attributeCategoryCombo", "goes with attributeCategoryOptions, both or none")
	}
	q.uid("program", e.Program)
	q.uid("programStage", e.ProgramStage)
	q.uid("trackedEntity", e.TrackedEntity)
	if version.AtLeast(2, 41) || len(e.Enrollments) == 0 {
		q.uids("enrollments", e.Enrollments)
	} else {
		q.refuse("enrollments", "are ignored by "+version.String())
	}
	q.uids("events", e.Events)
	if len(e.Events) == 0 || len(e.Where.UIDs) > 0 || e.Where.Mode != "" {
		q.orgUnits(e.Where, "orgUnit")
	}
	q.word("status", string(e.Status), eventStatuses()...)
	q.word("enrollmentStatus", string(e.EnrollmentStatus), enrollmentStatuses()...)
	q.boolean("followUp", e.FollowUp)
	q.dates("occurredAfter", e.OccurredAfter, "occurredBefore", e.OccurredBefore,
		"scheduledAfter", e.ScheduledAfter, "scheduledBefore", e.ScheduledBefore)
	q.uid("attributeCategoryCombo", e.AttributeCategoryCombo)
	q.uids("attributeCategoryOptions", e.AttributeCategoryOptions)
	q.uids("assignedUsers", e.AssignedUsers)
	q.filters("filter", e.Filters)
	q.filters("filterAttributes", e.AttributeFilters)
	q.listing(e.Listing, "createdAt:asc,event:asc", strings.Fields(eventOrders)...)
	return q.result()
}

const eventOrders = "attributeOptionCombo assignedUser completedAt completedBy createdAt createdAtClient createdBy deleted " +
	"enrolledAt enrollment enrollmentStatus event followUp occurredAt orgUnit program programStage scheduledAt status " +
	"storedBy trackedEntity updatedAt updatedAtClient updatedBy"

func (e EventQuery) list() dhis2.List {
	if e.List == "" {
		return dhis2.Events
	}
	return e.List
}

// RelationshipQuery chooses relationships by one object: exactly one of the three is needed.
type RelationshipQuery struct {
	Listing

	TrackedEntity, Enrollment, Event string
}

// Values returns the parameters as the version names them, without those of paging.
func (e RelationshipQuery) Values(version dhis2.Version) (url.Values, error) {
	q := newQuery(dhis2.Relationships, version)
	if len(fill(e.TrackedEntity, e.Enrollment, e.Event)) != 1 {
		q.refuse("trackedEntity", "is needed, or enrollment, or event: exactly one of them")
	}
	if e.UpdatedAfter+e.UpdatedBefore+e.UpdatedWithin != "" {
		q.refuse("updatedAfter", "is ignored for relationships")
	}
	q.uid("trackedEntity", e.TrackedEntity)
	q.uid("enrollment", e.Enrollment)
	q.uid("event", e.Event)
	fallback := "createdAt:asc"
	if !version.AtLeast(2, 41) {
		fallback = "" // not known to order relationships
	}
	q.listing(e.Listing, fallback, "createdAt", "createdAtClient")
	return q.result()
}
