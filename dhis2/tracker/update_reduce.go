package tracker

// reduceEvent leaves out of an event what the server sets, and the values and notes that are as
// they were.
func reduceEvent(before, after *Event) (Event, bool) {
	scalars := func(ev *Event) Event {
		out := *ev
		out.TrackedEntity, out.StoredBy, out.CompletedBy, out.CreatedAt, out.UpdatedAt = "", "", "", "", ""
		out.CreatedBy, out.UpdatedBy, out.Deleted, out.FollowUp = nil, nil, false, false
		out.DataValues, out.Notes, out.Relationships = nil, nil, nil
		return out
	}
	old, sent := scalars(before), scalars(after)
	other := !sameText(&old, &sent)
	if sent.Status != EventCompleted && sent.CompletedAt == old.CompletedAt {
		sent.CompletedAt = "" // an event that is opened again was completed at no time (E1051)
	}
	known := make(map[string]*DataValue, len(before.DataValues))
	for i := range before.DataValues {
		known[before.DataValues[i].DataElement] = &before.DataValues[i]
	}
	for i := range after.DataValues {
		value := after.DataValues[i]
		was := known[value.DataElement]
		if !value.sent() || was != nil && was.Value == value.Value && was.ProvidedElsewhere == value.ProvidedElsewhere || was == nil && value.Value == "" {
			continue
		}
		value.CreatedAt, value.UpdatedAt, value.StoredBy, value.CreatedBy, value.UpdatedBy = "", "", "", nil, nil
		sent.DataValues = append(sent.DataValues, value)
	}
	sent.Notes = newNotes(before.Notes, after.Notes)
	return sent, other || len(sent.DataValues) > 0 || len(sent.Notes) > 0
}

// reduceEnrollment is reduceEvent for an enrollment.
func reduceEnrollment(before, after *Enrollment) (Enrollment, bool) {
	scalars := func(en *Enrollment) Enrollment {
		out := *en
		out.StoredBy, out.CompletedBy, out.CreatedAt, out.UpdatedAt = "", "", "", ""
		out.CreatedBy, out.UpdatedBy, out.Deleted = nil, nil, false
		out.Attributes, out.Notes, out.Events, out.Relationships = nil, nil, nil, nil
		return out
	}
	old, sent := scalars(before), scalars(after)
	other := !sameText(&old, &sent)
	if isActive(&sent) && sent.CompletedAt == old.CompletedAt {
		sent.CompletedAt = "" // as for events (E1052)
	}
	sent.Attributes = newAttributes(before.Attributes, after.Attributes)
	sent.Notes = newNotes(before.Notes, after.Notes)
	return sent, other || len(sent.Attributes) > 0 || len(sent.Notes) > 0
}

// reduceEntity is reduceEvent for a tracked entity.
func reduceEntity(before, after *TrackedEntity) (TrackedEntity, bool) {
	scalars := func(te *TrackedEntity) TrackedEntity {
		out := *te
		out.StoredBy, out.CreatedAt, out.UpdatedAt = "", "", ""
		out.CreatedBy, out.UpdatedBy, out.Deleted = nil, nil, false
		out.Attributes, out.Enrollments, out.Relationships, out.ProgramOwners = nil, nil, nil, nil
		return out
	}
	old, sent := scalars(before), scalars(after)
	other := !sameText(&old, &sent)
	sent.Attributes = newAttributes(before.Attributes, after.Attributes)
	return sent, other || len(sent.Attributes) > 0
}

// newAttributes returns the attributes that are new, another or deleted.
func newAttributes(before, after []Attribute) []Attribute {
	known := make(map[string]string, len(before))
	for i := range before {
		known[before[i].Attribute] = before[i].Value
	}
	var sent []Attribute
	for i := range after {
		a := after[i]
		was, has := known[a.Attribute]
		if !a.sent() || has && was == a.Value || !has && a.Value == "" {
			continue
		}
		sent = append(sent, Attribute{Attribute: a.Attribute, Value: a.Value, Delete: a.Delete, Extra: a.Extra})
	}
	return sent
}

// newNotes returns the notes that are not stored. Stored ones never change.
func newNotes(before, after []Note) []Note {
	known := make(map[string]bool, len(before))
	for i := range before {
		known[before[i].Note] = true
	}
	var sent []Note
	for i := range after {
		if after[i].sent() && !known[after[i].Note] {
			sent = append(sent, after[i])
		}
	}
	return sent
}

// holdsValues says whether the values that were sent are there, and the deleted ones are not.
func holdsValues(now, sent []DataValue) bool {
	stored := make(map[string]string, len(now))
	for i := range now {
		stored[now[i].DataElement] = now[i].Value
	}
	for i := range sent {
		if stored[sent[i].DataElement] != sent[i].Value {
			return false
		}
	}
	return true
}

// holdsAttributes is holdsValues for attributes.
func holdsAttributes(now, sent []Attribute) bool {
	stored := make(map[string]string, len(now))
	for i := range now {
		stored[now[i].Attribute] = now[i].Value
	}
	for i := range sent {
		if stored[sent[i].Attribute] != sent[i].Value {
			return false
		}
	}
	return true
}

// SetValue gives a data element of the event a value, in place or at the end. An empty value
// changes nothing: to delete one use [Event.DeleteValue].
func (ev *Event) SetValue(dataElement, value string) {
	if value == "" {
		return
	}
	for i := range ev.DataValues {
		if ev.DataValues[i].DataElement == dataElement {
			ev.DataValues[i].Value, ev.DataValues[i].Delete = value, false
			return
		}
	}
	ev.DataValues = append(ev.DataValues, DataValue{DataElement: dataElement, Value: value})
}

// DeleteValue marks the value of a data element to be deleted on the server.
func (ev *Event) DeleteValue(dataElement string) {
	for i := range ev.DataValues {
		if ev.DataValues[i].DataElement == dataElement {
			ev.DataValues[i].Value, ev.DataValues[i].Delete = "", true
			return
		}
	}
	ev.DataValues = append(ev.DataValues, DataValue{DataElement: dataElement, Delete: true})
}

// SetAttribute gives an attribute of the enrollment a value. An empty value changes nothing: to
// delete one use [Enrollment.DeleteAttribute].
func (en *Enrollment) SetAttribute(attribute, value string) {
	en.Attributes = setAttribute(en.Attributes, attribute, value)
}

// DeleteAttribute marks the value of an attribute to be deleted on the server.
func (en *Enrollment) DeleteAttribute(attribute string) {
	en.Attributes = deleteAttribute(en.Attributes, attribute)
}

// SetAttribute gives an attribute of the tracked entity a value. An empty value changes nothing:
// to delete one use [TrackedEntity.DeleteAttribute].
func (te *TrackedEntity) SetAttribute(attribute, value string) {
	te.Attributes = setAttribute(te.Attributes, attribute, value)
}

// DeleteAttribute marks the value of an attribute to be deleted on the server.
func (te *TrackedEntity) DeleteAttribute(attribute string) {
	te.Attributes = deleteAttribute(te.Attributes, attribute)
}

func setAttribute(attributes []Attribute, name, value string) []Attribute {
	if value == "" {
		return attributes
	}
	for i := range attributes {
		if attributes[i].Attribute == name {
			attributes[i].Value, attributes[i].Delete = value, false
			return attributes
		}
	}
	return append(attributes, Attribute{Attribute: name, Value: value})
}

func deleteAttribute(attributes []Attribute, name string) []Attribute {
	for i := range attributes {
		if attributes[i].Attribute == name {
			attributes[i].Value, attributes[i].Delete = "", true
			return attributes
		}
	}
	return append(attributes, Attribute{Attribute: name, Delete: true})
}
