package dhis2test

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// changeEntry is one line of a change log.
type changeEntry struct {
	field             string // a field of the event; else ref is an attribute or data element
	ref               string
	kind              string // CREATE, UPDATE or DELETE
	previous, current string
	at                time.Time
	by                *User
}

// logChanges keeps what a merge changes of values that were there before. What
// was only created is not kept: it is read from the values themselves, so that
// a server full of objects costs no more memory.
func (s *store) logChanges(object string, before values, changes []change, at time.Time, by *User) {
	for _, c := range changes {
		i := before.index(c.ref)
		if i < 0 || (c.to != nil && *c.to == before[i].text) {
			continue
		}
		old := before[i]
		log := s.changes[object]
		if !slices.ContainsFunc(log, func(e changeEntry) bool { return e.ref == c.ref }) {
			log = append(log, changeEntry{ref: c.ref, kind: "CREATE", current: old.text, at: old.createdAt, by: old.by})
		}
		entry := changeEntry{ref: c.ref, kind: "DELETE", previous: old.text, at: at, by: by}
		if c.to != nil {
			entry.kind, entry.current = "UPDATE", *c.to
		}
		if s.changes == nil {
			s.changes = map[string][]changeEntry{}
		}
		s.changes[object] = append(log, entry)
	}
}

// changesOf is the log of an object, newest first: what was kept, and the
// creation of every value that is as it was created.
func (s *store) changesOf(object string, now values) []changeEntry {
	out := slices.Clone(s.changes[object])
	for _, v := range now {
		if !slices.ContainsFunc(s.changes[object], func(e changeEntry) bool { return e.ref == v.ref && e.kind != "DELETE" && e.current == v.text }) {
			out = append(out, changeEntry{ref: v.ref, kind: "CREATE", current: v.text, at: v.createdAt, by: v.by})
		}
	}
	slices.SortStableFunc(out, func(a, b changeEntry) int { return b.at.Compare(a.at) })
	return out
}

// listEntityChanges serves GET /api/tracker/trackedEntities/{uid}/changeLogs.
// From 2.43 on nothing is logged unless the type or program says so.
func (s *Server) listEntityChanges(w http.ResponseWriter, r *http.Request, user User) {
	uid := r.PathValue("uid")
	e := s.store.entities.get(uid)
	if e == nil || e.deleted || !s.canSee(user, e, nil) {
		writeError(w, notFound("TrackedEntity", uid))
		return
	}
	var log []changeEntry
	if t := s.meta.entityTypes[e.entityType]; s.version.before(2, 43) || (t != nil && t.EnableChangeLog) {
		log = s.store.changesOf(typeEntity+uid, e.attributes)
	}
	s.writeChanges(w, r, log, "attributeValue", "attribute")
}

// listEventChanges serves GET /api/tracker/events/{uid}/changeLogs; from 2.42
// on the fields of the event are logged beside its values.
func (s *Server) listEventChanges(w http.ResponseWriter, r *http.Request, user User) {
	uid := r.PathValue("uid")
	e := s.store.events.get(uid)
	if e == nil || e.deleted || !s.seesEvent(user, e) {
		writeError(w, notFound("Event", uid))
		return
	}
	var log []changeEntry
	if p := s.meta.programs[e.program]; s.version.before(2, 43) || (p != nil && p.EnableChangeLog) {
		log = s.store.changesOf(typeEvent+uid, e.values)
		if s.version.atLeast(2, 42) {
			log = append(log, e.fieldChanges(s.opts.Location)...)
		}
	}
	s.writeChanges(w, r, log, "dataValue", "dataElement")
}

// fieldChanges are the creations of the fields of an event that are logged.
func (e *event) fieldChanges(zone *time.Location) []changeEntry {
	var out []changeEntry
	add := func(field, value string) {
		out = append(out, changeEntry{field: field, kind: "CREATE", current: value, at: e.createdAt, by: e.createdBy})
	}
	const layout = "2006-01-02 15:04:05.000"
	if e.occurredAt != nil {
		add("occurredAt", e.occurredAt.In(zone).Format(layout))
	}
	if e.scheduledAt != nil {
		add("scheduledAt", e.scheduledAt.In(zone).Format(layout))
	}
	if wkt, _, _ := csvPoint(e.geometry); wkt != "" {
		add("geometry", strings.NewReplacer("POINT (", "(", " ", ", ").Replace(wkt))
	}
	return out
}

// changeOrders are the fields a change log may be ordered by.
func changeOrders(reference string) []string {
	out := []string{"createdAt", "username", reference}
	if reference == "dataElement" {
		out = append(out, "field")
	}
	return out
}

func (s *Server) writeChanges(w http.ResponseWriter, r *http.Request, log []changeEntry, wrapper, reference string) {
	params := s.exportParams(queryOf(r))
	page, order := params.readPager(), params.readOrder()
	params.fail(checkOrder(order, changeOrders(reference), ""))
	log = params.filterChanges(log, reference)
	if params.err != nil {
		writeError(w, params.err)
		return
	}
	for _, k := range order {
		slices.SortStableFunc(log, func(a, b changeEntry) int {
			c := a.compare(b, k.field)
			if k.desc {
				return -c
			}
			return c
		})
	}
	fields := readFields(queryOf(r), "change,createdAt,createdBy,type")
	first, last := page.window(len(log))
	list := []any{}
	for _, e := range log[first:last] {
		list = append(list, fields.apply(s.changeDoc(e, wrapper, reference)))
	}
	doc := map[string]any{"page": page.page, "pageSize": page.size}
	s.link(doc, page, r, last < len(log))
	writeJSON(w, http.StatusOK, map[string]any{"pager": doc, "changeLogs": list})
}

func (e changeEntry) compare(other changeEntry, field string) int {
	switch field {
	case "createdAt":
		return e.at.Compare(other.at)
	case "username":
		return strings.Compare(usernameOf(e.by), usernameOf(other.by))
	case "field":
		return strings.Compare(e.field, other.field)
	}
	return strings.Compare(e.ref, other.ref)
}

// filterChanges reads filter=FIELD:eq:VALUE.
func (p *exportParams) filterChanges(log []changeEntry, reference string) []changeEntry {
	text := p.text("filter")
	if text == "" {
		return log
	}
	known := slices.DeleteFunc(changeOrders(reference), func(f string) bool { return f == "createdAt" })
	parts := strings.Split(text, ":")
	switch {
	case len(parts) != 3:
		p.fail(invalidParam("Invalid filter => %s. Expected format is [field]:eq:[value]. Supported fields are '%s'. "+
			"Only one of them can be specified at a time", text, strings.Join(known, ", ")))
		return nil
	case !slices.Contains(known, parts[0]):
		p.fail(invalidParam("Invalid filter field. Supported fields are '%s'. Only one of them can be specified at a time", strings.Join(known, ", ")))
		return nil
	case !strings.EqualFold(parts[1], "eq"):
		p.fail(invalidParam("Invalid filter operator. The only supported operator is 'eq'."))
		return nil
	case parts[0] == reference && !uidPattern.MatchString(parts[2]):
		p.fail(invalidParam("Incorrect filter value provided as UID: %s. UID must be an alphanumeric string of 11 characters starting with a letter.", parts[2]))
		return nil
	}
	return slices.DeleteFunc(log, func(e changeEntry) bool {
		switch parts[0] {
		case "username":
			return usernameOf(e.by) != parts[2]
		case "field":
			return e.field != parts[2]
		}
		return e.ref != parts[2]
	})
}

func (s *Server) changeDoc(e changeEntry, wrapper, reference string) map[string]any {
	inner := map[string]any{}
	for key, v := range map[string]string{reference: e.ref, "field": e.field, "previousValue": e.previous, "currentValue": e.current} {
		if v != "" {
			inner[key] = v
		}
	}
	if e.field != "" {
		wrapper = "eventField"
	}
	doc := map[string]any{"createdAt": s.format(e.at), "type": e.kind, "change": map[string]any{wrapper: inner}}
	if by := userDoc(e.by); by != nil {
		doc["createdBy"] = by
	}
	return doc
}
