package dhis2

import "slices"

// List is one of the tracker's lists, below "tracker/".
type List string

// The lists of the tracker.
const (
	TrackedEntities List = "trackedEntities"
	Enrollments     List = "enrollments"
	Events          List = "events"
	Relationships   List = "relationships"
	TrackerEvents   List = "trackerEvents" // from 2.43
	SingleEvents    List = "singleEvents"  // from 2.43
)

// ListKey is the member of an answer that holds the list.
func (v Version) ListKey(list List) string {
	if !v.AtLeast(2, 41) {
		return "instances"
	}
	return string(list)
}

// HasList reports whether there is such a list.
func (v Version) HasList(list List) bool {
	switch list {
	case TrackedEntities, Enrollments, Events, Relationships:
		return true
	case TrackerEvents, SingleEvents:
		return v.AtLeast(2, 43)
	default:
		return false
	}
}

// PagerIsFlat reports whether page, pageSize, total and pageCount of a tracker
// list stand beside the list, not in a member "pager" (2.40; 2.41 has both).
func (v Version) PagerIsFlat() bool { return !v.AtLeast(2, 41) }

// PagerHasLinks reports whether the pager of a tracker list has prevPage and
// nextPage, so that the last page is the one without nextPage.
func (v Version) PagerHasLinks() bool { return v.AtLeast(2, 42) }

// NoPaging is the parameter that asks a tracker list for all at once.
func (v Version) NoPaging() (name, value string) {
	if !v.AtLeast(2, 41) {
		return "skipPaging", "true"
	}
	return "paging", "false"
}

// LimitsPageSize reports whether a page larger than the setting
// KeyTrackedEntityMaxLimit (50,000 unless changed) is refused.
func (v Version) LimitsPageSize() bool { return v.AtLeast(2, 42) }

// Separator stands between the UIDs of a list in a parameter, and between
// those of an event's attributeCategoryOptions.
func (v Version) Separator() string {
	if !v.AtLeast(2, 41) {
		return ";"
	}
	return ","
}

// AsyncIsLiteral reports whether an import is synchronous only with the very
// text async=false: everything else, "async=maybe" too, is asynchronous.
func (v Version) AsyncIsLiteral() bool { return !v.AtLeast(2, 42) }

// AsyncIsQueued reports whether asynchronous imports run one after the other.
func (v Version) AsyncIsQueued() bool { return v.AtLeast(2, 41) }

// RefusesBadUIDs reports whether one invalid UID makes the server refuse the
// whole request (400); before 2.42 it is an error of its object, E1048.
func (v Version) RefusesBadUIDs() bool { return v.AtLeast(2, 42) }

// ReportHasArgs reports whether errors of an import report have args.
func (v Version) ReportHasArgs() bool { return v.AtLeast(2, 41) }

// ReportHidesExceptions reports whether an import that died answers with an
// import report whose message begins with "Exception:" (2.40), not with a
// WebMessage.
func (v Version) ReportHidesExceptions() bool { return !v.AtLeast(2, 41) }

// NeedsProgram reports whether a list is refused without the parameter program.
func (v Version) NeedsProgram(list List) bool {
	return v.AtLeast(2, 43) && slices.Contains([]List{Enrollments, Events, TrackerEvents, SingleEvents}, list)
}

// HasIDSchemes reports whether a list takes idScheme and its relatives; an
// object without the identifier asked for is then a 422, or left out in 2.41.
func (v Version) HasIDSchemes(list List) bool {
	switch list {
	case Events:
		return true
	case TrackedEntities:
		return v.AtLeast(2, 42)
	case Enrollments, TrackerEvents, SingleEvents, Relationships:
		return v.AtLeast(2, 43)
	default:
		return false
	}
}

// HasNotes reports whether a note can be added by itself (POST
// tracker/events/UID/note).
func (v Version) HasNotes() bool { return v.AtLeast(2, 42) }

// HasChangeLogs reports whether tracker objects have change logs.
func (v Version) HasChangeLogs() bool { return v.AtLeast(2, 41) }

// HasOldTracker reports whether trackedEntityInstances, enrollments and events
// exist outside of tracker/, too.
func (v Version) HasOldTracker() bool { return !v.AtLeast(2, 42) }

// SplitsEvents reports whether events of programs without registration are kept
// apart from those of enrollments.
func (v Version) SplitsEvents() bool { return v.AtLeast(2, 43) }

// HasEnrollmentCategories reports whether enrollments have an
// attributeOptionCombo.
func (v Version) HasEnrollmentCategories() bool { return v.AtLeast(2, 43) }

// HasRolls reports whether a part of a value in the dataStore can be set (path,
// roll).
func (v Version) HasRolls() bool { return v.AtLeast(2, 41) }

// StrictAggregate reports whether dataValueSets refuses org units, data elements
// and periods that do not fit the data set, and answers 200 with WARNING when it
// took a part; before, it takes nearly everything and answers 409 with WARNING.
func (v Version) StrictAggregate() bool { return v.AtLeast(2, 43) }

// FiltersNumbersAsText reports whether gt, ge, lt and le of a numeric attribute
// compare texts, so that gt:5 misses 10 (2.41; 2.40 is taken to be like it).
func (v Version) FiltersNumbersAsText() bool { return !v.AtLeast(2, 42) }
