package dhis2

// Param is what this version calls a parameter of a tracker list that 2.43 calls
// name. It matters: a server ignores a name that it does not know, and answers
// with everything.
func (v Version) Param(list List, name string) string {
	for _, r := range renamed {
		if r.name == name && (r.list == "" || r.list == list) && !v.AtLeast(2, r.since) {
			return r.old
		}
	}
	return name
}

// renamed are the parameters that had other names (dhis2.md 1.3, 0b.11).
//
//nolint:gochecknoglobals // a read-only table
var renamed = []struct {
	list  List // empty for all
	name  string
	old   string
	since int // the minor version that takes name
}{
	{"", "orgUnitMode", "ouMode", 41},
	{TrackedEntities, "orgUnits", "orgUnit", 41},
	{TrackedEntities, "trackedEntities", "trackedEntity", 41},
	{TrackedEntities, "enrollmentStatus", "programStatus", 42},
	{TrackedEntities, "assignedUsers", "assignedUser", 41},
	{Enrollments, "orgUnits", "orgUnit", 41},
	{Enrollments, "enrollments", "enrollment", 41},
	{Enrollments, "status", "programStatus", 42},
	{Events, "events", "event", 41},
	{Events, "enrollmentStatus", "programStatus", 42},
	{Events, "assignedUsers", "assignedUser", 41},
	{Events, "attributeCategoryCombo", "attributeCc", 41},
	{Events, "attributeCategoryOptions", "attributeCos", 41},
	{Relationships, "trackedEntity", "tei", 41},
}
