package tracker

// Flatten returns the same objects with no object inside of another. As the server does, it gives
// a nested enrollment the UID of the tracked entity it stands in, a nested event the UID of its
// enrollment, and lifts relationships from every level. A child in a parent without a UID keeps
// the reference it has: give parents UIDs first. The payload is not changed; attributes, data
// values and notes are shared with it.
func (p *Payload) Flatten() Payload {
	counts := p.Counts()
	flat := Payload{
		TrackedEntities: sized[TrackedEntity](counts.TrackedEntities),
		Enrollments:     sized[Enrollment](counts.Enrollments),
		Events:          sized[Event](counts.Events),
		Relationships:   sized[Relationship](counts.Relationships),
	}
	p.walk(&visitor{
		entity: func(te *TrackedEntity) bool {
			alone := *te
			alone.Enrollments, alone.Relationships = nil, nil
			flat.TrackedEntities = append(flat.TrackedEntities, alone)
			return true
		},
		enrollment: func(en *Enrollment, parent *TrackedEntity) bool {
			alone := *en
			alone.Events, alone.Relationships = nil, nil
			if parent != nil && parent.TrackedEntity != "" {
				alone.TrackedEntity = parent.TrackedEntity
			}
			flat.Enrollments = append(flat.Enrollments, alone)
			return true
		},
		event: func(ev *Event, parent *Enrollment) bool {
			alone := *ev
			alone.Relationships = nil
			if parent != nil && parent.Enrollment != "" {
				alone.Enrollment = parent.Enrollment
			}
			flat.Events = append(flat.Events, alone)
			return true
		},
		relationship: func(rel *Relationship) bool {
			flat.Relationships = append(flat.Relationships, *rel)
			return true
		},
	})
	return flat
}

// Nest returns the same objects with each enrollment in its tracked entity and each event in its
// enrollment, where the payload holds the parent. Others stay in the lists, relationships always
// do. The payload is not changed; attributes, data values and notes are shared with it.
func (p *Payload) Nest() Payload {
	nested := p.Flatten()
	entities := make(map[string]int, len(nested.TrackedEntities))
	for i := range nested.TrackedEntities {
		entities[nested.TrackedEntities[i].TrackedEntity] = i
	}
	enrollments := make(map[string]int, len(nested.Enrollments))
	for i := range nested.Enrollments {
		enrollments[nested.Enrollments[i].Enrollment] = i
	}
	nested.Events = keep(nested.Events, func(ev *Event) bool {
		i, known := enrollments[ev.Enrollment]
		if !known || ev.Enrollment == "" {
			return true
		}
		nested.Enrollments[i].Events = append(nested.Enrollments[i].Events, *ev)
		return false
	})
	nested.Enrollments = keep(nested.Enrollments, func(en *Enrollment) bool {
		i, known := entities[en.TrackedEntity]
		if !known || en.TrackedEntity == "" {
			return true
		}
		nested.TrackedEntities[i].Enrollments = append(nested.TrackedEntities[i].Enrollments, *en)
		return false
	})
	return nested
}

func sized[T any](n int) []T {
	if n == 0 {
		return nil
	}
	return make([]T, 0, n)
}

// keep returns the items for which the function gives true, nil if there are none.
func keep[T any](items []T, want func(*T) bool) []T {
	var kept []T
	for i := range items {
		if want(&items[i]) {
			kept = append(kept, items[i])
		}
	}
	return kept
}
