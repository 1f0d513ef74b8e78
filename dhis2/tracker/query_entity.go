package tracker

import (
	"net/url"

	"github.com/openhim/mediator-go/dhis2"
)

// EntityQuery chooses tracked entities. Program, TrackedEntityType or TrackedEntities is needed,
// the first two exclude each other.
type EntityQuery struct {
	Listing

	Program, TrackedEntityType string
	TrackedEntities            []string
	Where                      OrgUnits
	// The rest of the enrollment's and event's conditions need Program.
	ProgramStage                                      string
	EnrollmentStatus                                  EnrollmentStatus
	FollowUp                                          *bool
	EnrolledAfter, EnrolledBefore                     string // inclusive
	EnrollmentOccurredAfter, EnrollmentOccurredBefore string // inclusive
	// EventStatus, EventOccurredAfter and EventOccurredBefore come together or not at all.
	EventStatus                             EventStatus
	EventOccurredAfter, EventOccurredBefore string
	AssignedUsers                           []string
	PotentialDuplicate                      *bool
	// Filters by attributes; all must hold.
	Filters []dhis2.TrackerFilter
}

// Values returns the parameters as the version names them, without those of paging.
func (e EntityQuery) Values(version dhis2.Version) (url.Values, error) {
	q := newQuery(dhis2.TrackedEntities, version)
	switch {
	case e.Program == "" && e.TrackedEntityType == "" && len(e.TrackedEntities) == 0:
		q.refuse("program", "is needed, or trackedEntityType, or trackedEntities")
	case e.Program != "" && e.TrackedEntityType != "":
		q.refuse("trackedEntityType", "goes without program")
	}
	if e.Program == "" && (e.ProgramStage != "" || e.EnrollmentStatus != "" || e.FollowUp != nil || e.EventStatus != "" ||
		e.EnrolledAfter+e.EnrolledBefore+e.EnrollmentOccurredAfter+e.EnrollmentOccurredBefore != "" || len(e.AssignedUsers) > 0) {
		q.refuse("program", "is needed for conditions of enrollments and events")
	}
	if given := len(fill(string(e.EventStatus), e.EventOccurredAfter, e.EventOccurredBefore)); given != 0 && given != 3 {
		q.refuse("eventStatus", "goes with eventOccurredAfter and eventOccurredBefore, all or none")
	}
	q.uid("program", e.Program)
	q.uid("programStage", e.ProgramStage)
	q.uid("trackedEntityType", e.TrackedEntityType)
	q.uids("trackedEntities", e.TrackedEntities)
	if len(e.TrackedEntities) == 0 || len(e.Where.UIDs) > 0 || e.Where.Mode != "" {
		q.orgUnits(e.Where, "")
	}
	q.word("enrollmentStatus", string(e.EnrollmentStatus), enrollmentStatuses()...)
	q.boolean("followUp", e.FollowUp)
	q.dates("enrollmentEnrolledAfter", e.EnrolledAfter, "enrollmentEnrolledBefore", e.EnrolledBefore,
		"enrollmentOccurredAfter", e.EnrollmentOccurredAfter, "enrollmentOccurredBefore", e.EnrollmentOccurredBefore,
		"eventOccurredAfter", e.EventOccurredAfter, "eventOccurredBefore", e.EventOccurredBefore)
	q.word("eventStatus", string(e.EventStatus), eventStatuses()...)
	q.uids("assignedUsers", e.AssignedUsers)
	q.boolean("potentialDuplicate", e.PotentialDuplicate)
	q.filters("filter", e.Filters)
	orders := []string{"createdAt", "createdAtClient", "enrolledAt", "inactive", "trackedEntity", "updatedAt", "updatedAtClient"}
	if version.AtLeast(2, 43) {
		orders = append(orders[:4:4], orders[5:]...) // by trackedEntity is broken SQL there: 409
	}
	q.listing(e.Listing, "createdAt:asc", orders...)
	return q.result()
}

// fill returns the texts that are not empty.
func fill(texts ...string) []string {
	var out []string
	for _, text := range texts {
		if text != "" {
			out = append(out, text)
		}
	}
	return out
}

func enrollmentStatuses() []string {
	return []string{string(EnrollmentActive), string(EnrollmentCompleted), string(EnrollmentCancelled)}
}

func eventStatuses() []string {
	return []string{
		string(EventActive), string(EventCompleted), string(EventVisited),
		string(EventSchedule), string(EventOverdue), string(EventSkipped),
	}
}
