package tracker

import (
	"fmt"
	"time"

	"github.com/openhim/mediator-go/dhis2"
)

// CheckOptions says against what [Check] holds a payload.
type CheckOptions struct {
	// Version of the server. Some rules differ by it.
	Version dhis2.Version
	// Params are those the payload will be sent with: the strategy and the idSchemes count.
	Params Params
	// Now is the time by the server's clock. Defaults to time.Now.
	Now time.Time
	// Zone is the server's: dates without one are in it, and "today" is its. Defaults to UTC.
	Zone *time.Location
	// Exists tells which objects the server holds, if the caller knows. Those it holds may lack
	// what is mandatory, as it is stored; what is not in the payload and not held has no parent.
	// Nil means that nothing is known: objects in the payload are taken as new (with the strategy
	// UPDATE as held), their parents outside of it as held.
	Exists func(Ref) bool
}

// Check holds a payload against the metadata of a server, without asking it, and returns what the
// server would refuse, with the server's codes, in the order of its checks: within an object they
// stop at the first stage that fails. It finds
//
//   - before 2.42 E1048;
//   - of tracked entities E1121, E1049, E1005, E1090;
//   - of enrollments E1122, E1070, E1069, E1068, E1014, E1041, E1022, E1074, E1012, E1025, E1020,
//     E1021, E1023, E1052, E1075, E1019, E1018 and, within the payload, E1015 and E1016;
//   - of both E1006, E1076, E1077, E1007, E1125 and, within the payload, E1064;
//   - of events E1123, E1033, E1011, E1010, E1013, E1089, E1029, E1079, E1313, E1115, E1116, E1055,
//     E1117, E1054, E1318, E1056, E1057, E1031, E1050, E1046, E1051, E1074, E1012, E1304, E1305, E1125,
//     E1302, E1315, E1303, E1076 and, within the payload, E1039;
//   - of relationships E4001, E1124, E4006, E4000, E4010, E4012, E4014;
//   - E5000 of what hangs on an object that fails.
//
// It does not find what needs the server's data (existing and deleted objects, unique values that
// others hold, what cannot change), the user's rights (E1000 and its like, the periods of E1043 and
// E1047, which some users may change) or the rule engine; nor warnings. [Payload.Refusals] finds
// what breaks the whole request.
//
// The snapshot must hold the programs and org units that the payload names; without any org unit
// none is checked. Metadata that it only refers to is taken as fitting. It is not changed, and
// nothing is kept: Check is safe for concurrent use. At most 10,000 problems are returned.
func Check(snapshot *dhis2.Snapshot, payload *Payload, options CheckOptions) []Problem {
	if options.Params.Strategy == Delete {
		return nil
	}
	if options.Now.IsZero() {
		options.Now = time.Now()
	}
	if options.Zone == nil {
		options.Zone = time.UTC
	}
	c := newChecker(snapshot, payload, options)
	c.visitor = visitor{entity: c.entity, enrollment: c.enrollment, event: c.event}
	payload.walk(&c.visitor)
	c.repeated()
	c.visitor = visitor{relationship: c.relationship}
	payload.walk(&c.visitor)
	c.orphans(payload)
	return c.problems
}

// checker is one run of Check.
type checker struct {
	visitor

	meta     *dhis2.Snapshot
	options  CheckOptions
	tomorrow time.Time // the first instant that is in the server's future

	entities    map[string]*TrackedEntity
	enrollments map[string]*Enrollment
	events      map[string]bool
	parents     map[*Enrollment]string // the tracked entity of an enrollment
	owners      map[*Event]string      // the enrollment of an event
	others      map[enrolled][]*Enrollment
	unique      map[uniqueValue]map[string]bool // who holds it
	slots       map[slot][]slotted
	slotOrder   []slot
	links       map[link]bool
	unseen      map[Ref]bool // relationships the server drops

	// reduced are the programs that an event without program makes the server see without
	// attributes and rules, for the whole payload.
	reduced  map[string]bool
	problems []Problem
	failed   map[Ref]bool
}

// ref names an object of the payload: by its UID, or by its place in memory if it has none.
func ref[T any](kind Type, uid string, object *T) Ref {
	if uid == "" {
		uid = fmt.Sprintf("\x00%p", object)
	}
	return Ref{kind, uid}
}

// enrolled is a tracked entity in a program.
type enrolled struct{ entity, program string }

// uniqueValue is the value of a unique attribute, in an org unit if it is unique there only.
type uniqueValue struct{ attribute, orgUnit, value string }

// slot is a stage that takes one event of an enrollment.
type slot struct{ enrollment, stage string }

// slotted is an event in a slot.
type slotted struct {
	ref   Ref
	place string
}

func newChecker(snapshot *dhis2.Snapshot, payload *Payload, options CheckOptions) *checker {
	year, month, day := options.Now.In(options.Zone).Date()
	c := &checker{
		meta: snapshot, options: options, tomorrow: time.Date(year, month, day+1, 0, 0, 0, 0, options.Zone),
		entities: map[string]*TrackedEntity{}, enrollments: map[string]*Enrollment{}, events: map[string]bool{},
		parents: map[*Enrollment]string{}, owners: map[*Event]string{}, others: map[enrolled][]*Enrollment{},
		unique: map[uniqueValue]map[string]bool{}, slots: map[slot][]slotted{}, links: map[link]bool{}, unseen: map[Ref]bool{}, reduced: map[string]bool{}, failed: map[Ref]bool{},
	}
	payload.walk(&visitor{
		entity: func(te *TrackedEntity) bool {
			uid := ref(TypeTrackedEntity, te.TrackedEntity, te).UID
			c.entities[uid] = te
			c.remember(te.Attributes, uid, te.OrgUnit)
			return true
		},
		enrollment: func(en *Enrollment, parent *TrackedEntity) bool {
			entity := en.TrackedEntity
			if parent != nil {
				entity = ref(TypeTrackedEntity, parent.TrackedEntity, parent).UID
			}
			c.enrollments[ref(TypeEnrollment, en.Enrollment, en).UID], c.parents[en] = en, entity
			key := enrolled{entity, en.Program}
			c.others[key] = append(c.others[key], en)
			c.remember(en.Attributes, entity, en.OrgUnit)
			return true
		},
		event: func(ev *Event, parent *Enrollment) bool {
			c.events[ev.Event] = true
			c.owners[ev] = ev.Enrollment
			if parent != nil {
				c.owners[ev] = ref(TypeEnrollment, parent.Enrollment, parent).UID
			}
			if stage := c.stage(ev.ProgramStage); ev.Program == "" && stage != nil && stage.Program != nil {
				c.reduced[stage.Program.UID] = true
			}
			return true
		},
	})
	return c
}

// remember notes who holds which unique values.
func (c *checker) remember(attributes []Attribute, entity, orgUnit string) {
	for i := range attributes {
		key, ok := c.uniqueKey(&attributes[i], orgUnit)
		if !ok {
			continue
		}
		if c.unique[key] == nil {
			c.unique[key] = map[string]bool{}
		}
		c.unique[key][entity] = true
	}
}

func (c *checker) uniqueKey(a *Attribute, orgUnit string) (uniqueValue, bool) {
	attribute := c.attribute(a.Attribute)
	if attribute == nil || !attribute.Unique || a.Value == "" {
		return uniqueValue{}, false
	}
	if !attribute.OrgUnitScope {
		orgUnit = ""
	}
	return uniqueValue{attribute.UID, orgUnit, a.Value}, true
}

// exists says whether the server holds an object of the payload.
func (c *checker) exists(ref Ref) bool {
	if c.options.Exists != nil {
		return c.options.Exists(ref)
	}
	return c.options.Params.Strategy == Update
}

// missing says whether an object outside of the payload is known not to be there.
func (c *checker) missing(ref Ref) bool {
	return c.options.Exists != nil && !c.options.Exists(ref)
}

// finding collects the problems of one object.
type finding struct {
	*checker

	ref   Ref
	count int
}

func (c *checker) object(ref Ref) *finding { return &finding{checker: c, ref: ref} }

func (f *finding) add(code, suffix, reason string) { f.field(code, suffix, "", "", reason) }

// field adds a problem of an attribute or data element.
func (f *finding) field(code, suffix, uid, fieldCode, reason string) {
	f.count++
	f.failed[f.ref] = true
	f.report(Problem{Code: code, Ref: f.ref, Path: f.place() + suffix, Field: uid, FieldCode: fieldCode, Reason: reason})
}

// report keeps a problem. What is no UID is not repeated: it may be a patient's number.
func (c *checker) report(p Problem) {
	if !dhis2.ValidUID(p.Ref.UID) {
		p.Ref.UID = ""
	}
	if len(c.problems) < maxProblems {
		c.problems = append(c.problems, p)
	}
}

// uid checks the UIDs of an object and its notes, which the server does by itself before 2.42;
// from then on it refuses the whole request. It says whether the rest is looked at.
func (f *finding) uid(uid string, notes []Note) bool {
	if f.options.Version.RefusesBadUIDs() {
		return true
	}
	const reason = "the UID is none: a letter and ten letters or digits are wanted"
	if uid != "" && !dhis2.ValidUID(uid) {
		f.add("E1048", "", reason)
	}
	for i := range notes {
		if notes[i].sent() && notes[i].Note != "" && !dhis2.ValidUID(notes[i].Note) {
			f.add("E1048", fmt.Sprintf(".notes[%d]", i), reason)
		}
	}
	return f.ok()
}

func (f *finding) ok() bool { return f.count == 0 }
