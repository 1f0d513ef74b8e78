package tracker

import (
	"net/url"

	"github.com/openhim/mediator-go/dhis2"
)

// EnrollmentQuery chooses enrollments. Program is needed from 2.43 on.
type EnrollmentQuery struct {
	Listing

	Program string
	// TrackedEntityType is known before 2.43.
	TrackedEntityType             string
	TrackedEntity                 string
	Enrollments                   []string
	Where                         OrgUnits
	Status                        EnrollmentStatus
	FollowUp                      *bool
	EnrolledAfter, EnrolledBefore string // inclusive
}

// Values returns the parameters as the version names them, without those of paging.
func (e EnrollmentQuery) Values(version dhis2.Version) (url.Values, error) {
	q := newQuery(dhis2.Enrollments, version)
	if e.Program == "" && version.NeedsProgram(dhis2.Enrollments) {
		q.refuse("program", "is needed by "+version.String())
	}
	if e.TrackedEntityType != "" && version.AtLeast(2, 43) {
		q.refuse("trackedEntityType", "is ignored by "+version.String())
	}
	if e.UpdatedBefore != "" {
		q.refuse("updatedBefore", "is ignored for enrollments")
	}
	q.uid("program", e.Program)
	q.uid("trackedEntityType", e.TrackedEntityType)
	q.uid("trackedEntity", e.TrackedEntity)
	q.uids("enrollments", e.Enrollments)
	if len(e.Enrollments) == 0 || len(e.Where.UIDs) > 0 || e.Where.Mode != "" {
		q.orgUnits(e.Where, "")
	}
	q.word("status", string(e.Status), enrollmentStatuses()...)
	q.boolean("followUp", e.FollowUp)
	q.dates("enrolledAfter", e.EnrolledAfter, "enrolledBefore", e.EnrolledBefore)
	for _, order := range e.Order {
		if e.TrackedEntity != "" && order.By == "createdAt" && version.AtLeast(2, 42) && !version.AtLeast(2, 43) {
			q.refuse("order", "by createdAt with trackedEntity is broken in "+version.String()+"; order by enrolledAt")
		}
	}
	q.listing(e.Listing, "enrolledAt:asc", "completedAt", "createdAt", "createdAtClient", "enrolledAt", "updatedAt", "updatedAtClient")
	return q.result()
}
