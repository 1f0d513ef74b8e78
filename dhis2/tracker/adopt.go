package tracker

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/openhim/mediator-go/dhis2"
)

// adopt looks for the tracked entity that holds the unique value which kept one from being
// stored, and makes the record an update of that one (dhis2.md 2.2). It gives actReject where
// there is none, more than one, or where the value does not identify a tracked entity.
func (w *worker) adopt(r *record, f *ruling) (action, error) {
	entity := r.entityOf(f.object)
	if entity == nil {
		return actReject, nil
	}
	var te TrackedEntity
	if err := parse(entity.wire, "tracked entity", te.decode); err != nil {
		return actReject, err
	}
	if !dhis2.ValidUID(te.TrackedEntityType) {
		return actReject, nil // another id scheme: its type cannot be searched for
	}
	holder := ""
	for _, value := range f.object.uniqueValues(f.entry.Message, w.rules.unique) {
		holders, err := w.holders(te.TrackedEntityType, value)
		if err != nil {
			return actReject, err
		}
		if len(holders) != 1 || holder != "" && holder != holders[0] {
			return actReject, nil
		}
		holder = holders[0]
	}
	if holder == "" || holder == entity.uid {
		return actReject, nil
	}
	return actAdopt, w.give(r, entity.ref, holder)
}

// entityOf is the tracked entity, of this record and not stored yet, that gets the holder's UID: a
// program's attribute is refused on the enrollment.
func (r *record) entityOf(o *object) *object {
	for i := range r.objects {
		entity := &r.objects[i]
		if entity.fate == "" && (entity == o || slices.Contains(o.parents, entity.ref)) && entity.ref.Type == TypeTrackedEntity {
			return entity
		}
	}
	return nil
}

// uniqueValues are the identifying attributes of an object that was refused: the one that the
// server names, or all where it names none.
func (o *object) uniqueValues(message string, unique []string) []Attribute {
	var attributes []Attribute
	switch o.ref.Type {
	case TypeTrackedEntity:
		var te TrackedEntity
		if parse(o.body, "tracked entity", te.decode) == nil {
			attributes = te.Attributes
		}
	case TypeEnrollment:
		var en Enrollment
		if parse(o.body, "enrollment", en.decode) == nil {
			attributes = en.Attributes
		}
	case TypeEvent, TypeRelationship:
	}
	named := attributeNamed(message)
	return slices.DeleteFunc(attributes, func(a Attribute) bool {
		return a.Value == "" || !slices.Contains(unique, a.Attribute) || named != "" && a.Attribute != named
	})
}

// attributeNamed reads the attribute's UID from an E1064: its message ends in it, between
// back-ticks. Before it stands the value of a patient.
func attributeNamed(message string) string {
	parts := strings.Split(message, "`")
	if len(parts) < 2 {
		return ""
	}
	if uid := parts[len(parts)-2]; dhis2.ValidUID(uid) {
		return uid
	}
	return ""
}

// holders finds the tracked entities that hold a value. The filter ignores case, the server's
// check does not; so what comes is compared again where it tells the value.
func (w *worker) holders(kind string, value Attribute) ([]string, error) {
	version, err := w.version()
	if err != nil {
		return nil, err
	}
	filter, err := dhis2.TrackerFilters(version, dhis2.Where(value.Attribute).Is(dhis2.OpEq, value.Value))
	if err != nil {
		return nil, nil //nolint:nilerr // a value the server cannot search for identifies nobody
	}
	var page struct {
		Entities  []TrackedEntity `json:"trackedEntities"`
		Instances []TrackedEntity `json:"instances"`
	}
	err = w.read("tracker/trackedEntities", url.Values{
		"trackedEntityType": {kind}, "filter": {filter}, "pageSize": {"10"},
		version.Param(dhis2.TrackedEntities, "orgUnitMode"): {w.run.cfg.HolderOrgUnits},
		"fields": {"trackedEntity,attributes[attribute,value]"},
	}, &page)
	if err != nil {
		return nil, err
	}
	var holders []string
	for _, te := range slices.Concat(page.Entities, page.Instances) {
		differs := slices.ContainsFunc(te.Attributes, func(a Attribute) bool {
			return a.Attribute == value.Attribute && a.Value != value.Value
		})
		if !differs && !slices.Contains(holders, te.TrackedEntity) {
			holders = append(holders, te.TrackedEntity)
		}
	}
	return holders, nil
}

// reincarnate gives an object whose UID is used up the next one, if the caller has one.
func (w *worker) reincarnate(r *record, f *ruling) (action, error) {
	o := f.object
	uid, ok := w.run.cfg.Reincarnate(o.ref, o.uid)
	if !ok || uid == o.uid || !dhis2.ValidUID(uid) {
		return actReject, nil
	}
	return actReincarnate, w.give(r, o.ref, uid)
}

// give has an object another UID at the server, from now on and for every later record.
func (w *worker) give(r *record, ref Ref, uid string) error {
	if err := w.run.cfg.Guard.Save(w.ctx, []Landed{{Ref: ref, UID: uid}}); err != nil {
		return w.storeError("save to the guard", err)
	}
	r.rewrites++
	r.alias(ref, uid)
	r.rewrite()
	return nil
}

func (r *record) alias(ref Ref, uid string) {
	if r.aliases == nil {
		r.aliases = map[Ref]string{}
	}
	r.aliases[ref] = uid
}

// rewrite puts the names at the server into what is sent.
func (r *record) rewrite() {
	name := func(kind Type, uid *string) {
		if alias := r.aliases[Ref{kind, *uid}]; alias != "" {
			*uid = alias
		}
	}
	for i := range r.objects {
		o := &r.objects[i]
		if o.fate != "" {
			continue
		}
		o.uid = o.ref.UID
		name(o.ref.Type, &o.uid)
		o.wire = r.renamed(o, name)
	}
}

// renamed encodes an object anew. Its body was encoded by this package, so it can be read.
func (r *record) renamed(o *object, name func(Type, *string)) []byte {
	switch o.ref.Type {
	case TypeTrackedEntity:
		var te TrackedEntity
		if parse(o.body, "tracked entity", te.decode) == nil {
			name(TypeTrackedEntity, &te.TrackedEntity)
			return r.encode(te.encode)
		}
	case TypeEnrollment:
		var en Enrollment
		if parse(o.body, "enrollment", en.decode) == nil {
			name(TypeEnrollment, &en.Enrollment)
			name(TypeTrackedEntity, &en.TrackedEntity)
			return r.encode(en.encode)
		}
	case TypeEvent:
		var ev Event
		if parse(o.body, "event", ev.decode) == nil {
			name(TypeEvent, &ev.Event)
			name(TypeEnrollment, &ev.Enrollment)
			name(TypeTrackedEntity, &ev.TrackedEntity)
			return r.encode(ev.encode)
		}
	case TypeRelationship:
		var rel Relationship
		if parse(o.body, "relationship", rel.decode) == nil {
			name(TypeRelationship, &rel.Relationship)
			for _, end := range []*RelationshipItem{&rel.From, &rel.To} {
				name(TypeTrackedEntity, &end.TrackedEntity)
				name(TypeEnrollment, &end.Enrollment)
				name(TypeEvent, &end.Event)
			}
			return r.encode(rel.encode)
		}
	}
	return o.body
}

// version is the server's.
func (w *worker) version() (dhis2.Version, error) {
	server, err := w.run.cfg.Client.Server(w.ctx)
	if err != nil {
		return dhis2.Version{}, w.readError(err)
	}
	return server.Version, nil
}

// readError is what a look-up ends a run with. Nothing is guessed where it gave no answer.
func (w *worker) readError(err error) error {
	if w.ctx.Err() != nil || errors.Is(err, errStopped) {
		return errStopped
	}
	return &ServerError{Err: err}
}
