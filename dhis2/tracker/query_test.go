package tracker_test

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/tracker"
)

// asked is what every query has.
type asked interface {
	Values(version dhis2.Version) (url.Values, error)
}

func version(tb testing.TB, text string) dhis2.Version {
	tb.Helper()
	v, err := dhis2.ParseVersion(text)
	require.NoError(tb, err)
	return v
}

func TestQueriesNameParametersAsTheVersionDoes(t *testing.T) {
	t.Parallel()
	yes := true
	entities := tracker.EntityQuery{
		Program: child, Where: tracker.OrgUnits{UIDs: []string{facility, facility2}, Mode: tracker.Descendants},
		EnrollmentStatus: tracker.EnrollmentActive, FollowUp: &yes, EnrolledAfter: "2026-01-01",
		Filters: []dhis2.TrackerFilter{dhis2.Where(given).Is(dhis2.OpEq, "a,b:c/d")},
		Listing: tracker.Listing{Fields: dhis2.Select("*"), UpdatedAfter: "2026-01-01T00:00:00.000+03:00", IncludeDeleted: true},
	}
	events := tracker.EventQuery{
		Program: child, Where: tracker.OrgUnits{UIDs: []string{facility}}, Events: []string{"u01bS7TBPU6", "tNppAtDeBxP"},
		EnrollmentStatus: tracker.EnrollmentActive, Listing: tracker.Listing{Order: []tracker.Order{{By: "updatedAt", Descending: true}, {By: weight}}},
	}
	for _, c := range []struct {
		query   asked
		version string
		want    string
	}{
		{entities, "2.43.1", "enrollmentEnrolledAfter=2026-01-01&enrollmentStatus=ACTIVE&fields=*&filter=iPWPq2EJtIk:eq:a/,b/:c//d&followUp=true&includeDeleted=true&order=createdAt:asc&orgUnitMode=DESCENDANTS&orgUnits=lgY4CHs5HtP,iPrqVTs7evU&program=sBSRMACZJOQ&updatedAfter=2026-01-01T00:00:00.000+03:00"},
		{entities, "2.41.9.1", "enrollmentEnrolledAfter=2026-01-01&fields=*&filter=iPWPq2EJtIk:eq:a/,b/:c//d&followUp=true&includeDeleted=true&order=createdAt:asc&orgUnitMode=DESCENDANTS&orgUnits=lgY4CHs5HtP,iPrqVTs7evU&program=sBSRMACZJOQ&programStatus=ACTIVE&updatedAfter=2026-01-01T00:00:00.000+03:00"},
		{entities, "2.40.3", "enrollmentEnrolledAfter=2026-01-01&fields=*&filter=iPWPq2EJtIk:eq:a/,b/:c//d&followUp=true&includeDeleted=true&order=createdAt:asc&orgUnit=lgY4CHs5HtP;iPrqVTs7evU&ouMode=DESCENDANTS&program=sBSRMACZJOQ&programStatus=ACTIVE&updatedAfter=2026-01-01T00:00:00.000+03:00"},
		{events, "2.42.5", "enrollmentStatus=ACTIVE&events=u01bS7TBPU6,tNppAtDeBxP&order=updatedAt:desc,SyY2t3MmAHo:asc&orgUnit=lgY4CHs5HtP&program=sBSRMACZJOQ"},
		{events, "2.40", "event=u01bS7TBPU6;tNppAtDeBxP&order=updatedAt:desc,SyY2t3MmAHo:asc&orgUnit=lgY4CHs5HtP&program=sBSRMACZJOQ&programStatus=ACTIVE"},
		{tracker.EntityQuery{TrackedEntities: []string{"RnQHyrrL8wK"}}, "2.43", "order=createdAt:asc&trackedEntities=RnQHyrrL8wK"},
		{tracker.EnrollmentQuery{Program: child, Status: tracker.EnrollmentCompleted}, "2.41", "order=enrolledAt:asc&orgUnitMode=ACCESSIBLE&program=sBSRMACZJOQ&programStatus=COMPLETED"},
		{tracker.EnrollmentQuery{Program: child, Status: tracker.EnrollmentCompleted}, "2.42", "order=enrolledAt:asc&orgUnitMode=ACCESSIBLE&program=sBSRMACZJOQ&status=COMPLETED"},
		{tracker.RelationshipQuery{TrackedEntity: "RnQHyrrL8wK"}, "2.43", "order=createdAt:asc&trackedEntity=RnQHyrrL8wK"},
		{tracker.RelationshipQuery{TrackedEntity: "RnQHyrrL8wK"}, "2.40", "tei=RnQHyrrL8wK"},
	} {
		values, err := c.query.Values(version(t, c.version))
		require.NoError(t, err, c.version)
		want, err := url.ParseQuery(escape(c.want))
		require.NoError(t, err)
		assert.Equal(t, want, values, c.version)
	}
}

func escape(query string) string {
	out := []byte{}
	for i := range len(query) {
		switch c := query[i]; c {
		case '+':
			out = append(out, "%2B"...)
		case ';':
			out = append(out, "%3B"...)
		default:
			out = append(out, c)
		}
	}
	return string(out)
}

func TestQueriesRefuseWhatServersRefuseOrIgnore(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		query   asked
		version string
	}{
		"no scope":                           {tracker.EntityQuery{}, "2.42"},
		"program and type":                   {tracker.EntityQuery{Program: child, TrackedEntityType: person}, "2.42"},
		"event conditions without all three": {tracker.EntityQuery{Program: child, EventStatus: tracker.EventActive}, "2.42"},
		"enrollment condition, no program":   {tracker.EntityQuery{TrackedEntityType: person, EnrolledAfter: "2026-01-01"}, "2.42"},
		"mode without org units":             {tracker.EntityQuery{Program: child, Where: tracker.OrgUnits{Mode: tracker.Children}}, "2.42"},
		"mode with org units":                {tracker.EntityQuery{Program: child, Where: tracker.OrgUnits{Mode: tracker.All, UIDs: []string{facility}}}, "2.42"},
		"mode nobody knows":                  {tracker.EntityQuery{Program: child, Where: tracker.OrgUnits{Mode: "NOPE"}}, "2.42"},
		"bad UID":                            {tracker.EntityQuery{Program: "PR_CHILD"}, "2.42"},
		"bad UID in a list":                  {tracker.EntityQuery{TrackedEntities: []string{"a,b"}}, "2.42"},
		"within as ISO":                      {tracker.EntityQuery{Program: child, Listing: tracker.Listing{UpdatedWithin: "PT1H"}}, "2.42"},
		"within and after":                   {tracker.EntityQuery{Program: child, Listing: tracker.Listing{UpdatedWithin: "1d", UpdatedAfter: "2026-01-01"}}, "2.42"},
		"bad date":                           {tracker.EntityQuery{Program: child, Listing: tracker.Listing{UpdatedAfter: "yesterday"}}, "2.42"},
		"order nobody knows":                 {tracker.EntityQuery{Program: child, Listing: tracker.Listing{Order: []tracker.Order{{By: "orgUnit"}}}}, "2.42"},
		"order twice":                        {tracker.EntityQuery{Program: child, Listing: tracker.Listing{Order: []tracker.Order{{By: "createdAt"}, {By: "createdAt"}}}}, "2.42"},
		"order by uid on 2.43":               {tracker.EntityQuery{Program: child, Listing: tracker.Listing{Order: []tracker.Order{{By: "updatedAt"}, {By: "trackedEntity"}}}}, "2.43"},
		"order that is broken on 2.42":       {tracker.EnrollmentQuery{TrackedEntity: "RnQHyrrL8wK", Listing: tracker.Listing{Order: []tracker.Order{{By: "createdAt"}}}}, "2.42"},
		"enrollments have no uid order":      {tracker.EnrollmentQuery{Program: child, Listing: tracker.Listing{Order: []tracker.Order{{By: "enrollment"}}}}, "2.42"},
		"enrollments need a program":         {tracker.EnrollmentQuery{}, "2.43"},
		"enrollments without type":           {tracker.EnrollmentQuery{Program: child, TrackedEntityType: person}, "2.43"},
		"events need a program":              {tracker.EventQuery{}, "2.43"},
		"events of one org unit":             {tracker.EventQuery{Program: child, Where: tracker.OrgUnits{UIDs: []string{facility, facility2}}}, "2.42"},
		"events, combo without options":      {tracker.EventQuery{Program: child, AttributeCategoryCombo: "bjDvmb4bfuf"}, "2.42"},
		"status nobody knows":                {tracker.EventQuery{Program: child, Status: "completed"}, "2.42"},
		"lists of 2.43":                      {tracker.EventQuery{Program: child, List: dhis2.SingleEvents}, "2.42"},
		"scheme ignored":                     {tracker.EntityQuery{Program: child, Listing: tracker.Listing{IDScheme: dhis2.SchemeCode}}, "2.41"},
		"scheme nobody knows":                {tracker.EventQuery{Program: child, Listing: tracker.Listing{IDScheme: "code"}}, "2.42"},
		"null filter on 2.41":                {tracker.EntityQuery{Program: child, Filters: []dhis2.TrackerFilter{dhis2.Where(given).Is(dhis2.OpNull)}}, "2.41"},
		"fields of no name":                  {tracker.EntityQuery{Program: child, Listing: tracker.Listing{Fields: dhis2.Select("a b")}}, "2.42"},
		"relationships of nothing":           {tracker.RelationshipQuery{}, "2.42"},
		"relationships of two":               {tracker.RelationshipQuery{TrackedEntity: "RnQHyrrL8wK", Event: "u01bS7TBPU6"}, "2.42"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := c.query.Values(version(t, c.version))
			require.Error(t, err)
			assert.NotContains(t, err.Error(), "yesterday")
		})
	}
}

// What the running servers answered with 200, a query can ask.
func TestQueriesTakeOrdersThatWork(t *testing.T) {
	t.Parallel()
	for _, by := range []string{"createdAt", "updatedAt", "inactive", "enrolledAt", given} {
		for _, v := range []string{"2.41", "2.42", "2.43"} {
			_, err := tracker.EntityQuery{Program: child, Listing: tracker.Listing{Order: []tracker.Order{{By: by}}}}.Values(version(t, v))
			require.NoError(t, err, by)
		}
	}
	_, err := tracker.EntityQuery{Program: child, Listing: tracker.Listing{Order: []tracker.Order{{By: "trackedEntity"}}}}.Values(version(t, "2.42"))
	require.NoError(t, err)
}
