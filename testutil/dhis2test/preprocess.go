package dhis2test

// payloadIndex finds the objects of a payload by UID; of a UID that stands
// there twice it is the last.
type payloadIndex struct {
	entities    map[string]*entityIn
	enrollments map[string]*enrollmentIn
	events      map[string]*eventIn

	byEntity map[string][]*enrollmentIn // by the entity's UID; made when asked for
	unique   map[valueKey][]string      // who gives a unique attribute a value; made when asked for
}

type valueKey struct{ ref, text string }

// preprocess decides what to do with each object, completes events and drops
// relationships that are twice in the payload.
func (run *importRun) preprocess() {
	run.index = payloadIndex{
		entities:    make(map[string]*entityIn, len(run.in.entities)),
		enrollments: make(map[string]*enrollmentIn, len(run.in.enrollments)),
		events:      make(map[string]*eventIn, len(run.in.events)),
	}
	for _, e := range run.in.entities {
		stored := run.store.entities.get(e.uid)
		e.do, e.again = run.decide(stored != nil), run.index.entities[e.uid] != nil
		if stored != nil {
			e.before = stored.attributes
		}
		run.index.entities[e.uid] = e
	}
	for _, e := range run.in.enrollments {
		e.do, e.again = run.decide(run.store.enrollments.get(e.uid) != nil), run.index.enrollments[e.uid] != nil
		run.index.enrollments[e.uid] = e
	}
	for _, e := range run.in.events {
		stored := run.store.events.get(e.uid)
		e.do, e.again = run.decide(stored != nil), run.index.events[e.uid] != nil
		if stored != nil {
			e.before = stored.values
		}
		run.index.events[e.uid] = e
		run.completeEvent(e)
	}
	run.preprocessRelationships()
}

func (run *importRun) preprocessRelationships() {
	var kept []*relationshipIn
	seen := map[linkKey]bool{}
	for _, r := range run.in.relationships {
		r.do = run.decide(run.store.relationships.get(r.uid) != nil)
		if r.do != remove {
			key := run.linkKey(r.relationshipType, r.from, r.to)
			if seen[key] {
				continue
			}
			seen[key] = true
		}
		kept = append(kept, r)
	}
	run.in.relationships = kept
}

func (run *importRun) decide(exists bool) action {
	switch run.params.strategy {
	case "CREATE":
		return create
	case "UPDATE":
		return update
	case "DELETE":
		return remove
	}
	if exists {
		return update
	}
	return create
}

// completeEvent finds the program by the stage, the stage of an event program
// and the category option combo. The first has a price: see reduced.
func (run *importRun) completeEvent(e *eventIn) {
	if e.do == remove {
		return
	}
	if e.program == "" {
		if stage := run.stage(e.stage); stage != nil {
			p := run.meta.programs[stage.Program.ID]
			run.reduced[p.ID] = true
			e.program = run.identifierOf(&p.named, run.params.program)
		}
	}
	p := run.program(e.program)
	if e.stage == "" && p != nil && !p.registration() && len(p.Stages) > 0 {
		e.stage = run.identifierOf(&run.meta.stages[p.Stages[0].ID].named, run.params.programStage)
	}
	if e.status == "VISITED" {
		e.status = "ACTIVE"
	}
	if e.categoryOptionCombo == "" && e.categoryOptions != "" && p != nil {
		if combo := run.comboOfOptions(p, e.categoryOptions); combo != nil {
			e.categoryOptionCombo = run.identifierOf(&combo.named, run.params.categoryOptionCombo)
		}
	}
}

// identifierOf is how the payload would have named an object.
func (run *importRun) identifierOf(n *named, s scheme) string {
	switch s {
	case "UID":
		return n.ID
	case "CODE":
		return n.Code
	case "NAME":
		return n.Name
	}
	for _, v := range n.AttributeValues {
		if s == scheme("ATTRIBUTE:"+v.Attribute.ID) {
			return v.Value
		}
	}
	return n.ID
}

// linkKey is what makes two relationships the same: type and ends, in either
// order when the type is bidirectional (dhis2.md 2.2).
type linkKey struct {
	relationshipType string
	a, b             itemIn
}

func (run *importRun) linkKey(relationshipType string, from, to itemIn) linkKey {
	key := linkKey{relationshipType, from, to}
	if t := run.relationshipType(relationshipType); t != nil {
		key.relationshipType = t.ID
		if t.Bidirectional && to.before(from) {
			key.a, key.b = to, from
		}
	}
	return key
}

func (run *importRun) entityType(given string) *entityType {
	return readable(run, find(run.meta.entityTypes, run.params.scheme, given))
}

func (run *importRun) attribute(given string) *attribute {
	return find(run.meta.attributes, run.params.scheme, given)
}

func (run *importRun) orgUnit(given string) *orgUnit {
	return find(run.meta.orgUnits, run.params.orgUnit, given)
}

func (run *importRun) program(given string) *program {
	return readable(run, find(run.meta.programs, run.params.program, given))
}

func (run *importRun) stage(given string) *programStage {
	return readable(run, find(run.meta.stages, run.params.programStage, given))
}

func (run *importRun) dataElement(given string) *dataElement {
	return find(run.meta.dataElements, run.params.dataElement, given)
}

func (run *importRun) relationshipType(given string) *relationshipType {
	return find(run.meta.relationTypes, run.params.scheme, given)
}

// readable hides an object whose metadata the user may not read: to the
// importer it does not exist (dhis2.md 1.1, E1069).
func readable[T interface {
	comparable
	identified
}](run *importRun, object T) T {
	var none T
	if object == none || !object.base().Sharing.allows(*run.user, readMetadata) {
		return none
	}
	return object
}
