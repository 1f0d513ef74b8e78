package dhis2test

import (
	"time"
)

// The fields an object is exported with when none are asked for.
const (
	entityFields       = "*,!relationships,!enrollments,!events,!programOwners"
	enrollmentFields   = "*,!relationships,!events,!attributes"
	eventFields        = "*,!relationships"
	relationshipFields = "relationship,relationshipType,createdAtClient,from[trackedEntity[trackedEntity],enrollment[enrollment],event[event]]," +
		"to[trackedEntity[trackedEntity],enrollment[enrollment],event[event]]"
)

// exporter makes the documents of one answer.
type exporter struct {
	s              *Server
	shape          exportShape
	ids            *exportSchemes
	includeDeleted bool

	// listed is the entity of a list that is being shown, and fields what is
	// asked of it: 2.41 shows it in its own relationships as it loaded it for
	// the list.
	listed *entity
	fields *fieldTree
}

// exportShape is what a release shows of its objects beyond what all do [R].
// storedBy comes and goes: 2.41 has it everywhere, 2.42 on data values only,
// 2.43 on all but tracked entities.
type exportShape struct {
	entityStoredBy, objectStoredBy, attributeStoredBy, valueStoredBy, noteStoredBy bool

	valueUsers  bool // createdBy and updatedBy of data values
	followup    bool // an event's followUp under its old spelling as well
	optionCombo bool // attributeOptionCombo of enrollments
	linked      bool // an end of a relationship: without relationships of its own
}

func (s *Server) newExporter(ids *exportSchemes, includeDeleted bool) *exporter {
	old := s.version.before(2, 42)
	return &exporter{s: s, ids: ids, includeDeleted: includeDeleted, shape: exportShape{
		entityStoredBy: old, objectStoredBy: old || s.version.atLeast(2, 43),
		attributeStoredBy: old || s.version.atLeast(2, 43), valueStoredBy: true, noteStoredBy: old || s.version.atLeast(2, 43),
		valueUsers: !old, followup: old, optionCombo: s.version.atLeast(2, 43),
	}}
}

// linked makes the exporter of a relationship's ends, which DHIS2 reads by
// other means than the object itself and shows with other fields [R].
func (x *exporter) linked() *exporter {
	out := *x
	out.shape.linked, out.shape.optionCombo = true, false
	if x.s.version.atLeast(2, 42) {
		out.shape.attributeStoredBy, out.shape.valueStoredBy, out.shape.noteStoredBy = false, false, false
	}
	return &out
}

// stamp sets what every object carries.
func (x *exporter) stamp(d *document, st *stamp) {
	d.set("createdAt", x.s.format(st.createdAt))
	d.set("updatedAt", x.s.format(st.updatedAt))
	d.set("deleted", st.deleted)
	d.set("createdBy", userDoc(st.createdBy))
	d.set("updatedBy", userDoc(st.updatedBy))
}

// storedBy sets the name of who made an object. In 2.41 an update takes it
// away again, except from tracked entities [R41].
func (x *exporter) storedBy(d *document, st *stamp, shown bool) {
	if shown && st.createdBy != nil && (x.s.version.atLeast(2, 42) || !st.updatedAt.After(st.createdAt)) {
		d.set("storedBy", st.createdBy.Username)
	}
}

// clientTimes sets the times a client gave.
func (x *exporter) clientTimes(d *document, created, updated *time.Time) {
	d.set("createdAtClient", x.instant(created))
	d.set("updatedAtClient", x.instant(updated))
}

func (x *exporter) instant(t *time.Time) string {
	if t == nil {
		return ""
	}
	return x.s.format(*t)
}

// userDoc is a user as others see them; nil for nobody.
func userDoc(u *User) any {
	if u == nil {
		return nil
	}
	return map[string]any{"uid": u.UID, "username": u.Username, "firstName": u.FirstName, "surname": u.Surname}
}

func (x *exporter) shows(deleted bool) bool { return x.includeDeleted || !deleted }

func (x *exporter) orgUnit(uid string) string {
	return x.ids.name(x.ids.orgUnit, "OrganisationUnit", baseOf(x.s.meta.orgUnits, uid), uid)
}

func (x *exporter) program(uid string) string {
	return x.ids.name(x.ids.program, "Program", baseOf(x.s.meta.programs, uid), uid)
}

func (x *exporter) stage(uid string) string {
	return x.ids.name(x.ids.programStage, "ProgramStage", baseOf(x.s.meta.stages, uid), uid)
}

// baseOf is what identifies an object; nil when it is not there.
func baseOf[T identified](objects map[string]T, uid string) *named {
	if o, ok := objects[uid]; ok {
		return o.base()
	}
	return nil
}

func (x *exporter) notes(notes []note) func(*fieldTree) any {
	return func(f *fieldTree) any {
		out := make([]any, 0, len(notes))
		for _, n := range notes {
			d := newDocument(f)
			d.set("note", n.uid)
			d.set("value", n.value)
			d.set("storedAt", x.s.format(n.at))
			if n.by != nil {
				d.set("createdBy", map[string]any{
					"uid": n.by.UID, "username": n.by.Username, "firstName": n.by.FirstName, "surname": n.by.Surname,
					"displayName": n.by.FirstName + " " + n.by.Surname,
				})
				if x.shape.noteStoredBy {
					d.set("storedBy", n.by.Username)
				}
			}
			out = append(out, d.fields)
		}
		return out
	}
}
