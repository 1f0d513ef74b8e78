package dhis2test

import (
	"net/http"
	"slices"
)

// eventOrderFields are what events may be ordered by, beside data elements and
// attributes; 2.41 has followUp under its old spelling as well.
var eventOrderFields = []string{ //nolint:gochecknoglobals // read-only table
	"assignedUser", "assignedUserDisplayName", "attributeOptionCombo", "completedAt", "completedBy", "createdAt",
	"createdAtClient", "createdBy", "deleted", "enrolledAt", "enrollment", "enrollmentStatus", "event", "followUp",
	"occurredAt", "orgUnit", "program", "programStage", "scheduledAt", "status", "storedBy", "trackedEntity",
	"updatedAt", "updatedAtClient", "updatedBy",
}

// eventQuery is GET /api/tracker/events (dhis2.md 1.3).
type eventQuery struct {
	program, stage, entity       string
	uids, enrollments            []string
	scope                        orgScope
	status, enrollmentStatus     string
	followUp                     *bool
	occurred, scheduled, updated timeRange
	enrolled, incident           timeRange
	updatedWithin                string
	categoryCombo                string
	categoryOptions              []string
	assigned                     assignedQuery
	includeDeleted               bool
	items, attributeItems        []filterItem
	filters, attributes          []valueFilter
	optionCombo                  string
	order                        []sortKey
	page                         pager
	tracker                      bool // only events with a tracked entity
	single                       bool // only events without
	programs                     map[string]bool
}

func (p *exportParams) eventQuery() *eventQuery {
	q := &eventQuery{
		program: p.uid("program"), stage: p.uid("programStage"), entity: p.uid("trackedEntity"),
		uids: p.uids("events", "event"), enrollments: p.uids("enrollments", ""),
		status:   p.choice("status", eventStatuses...),
		followUp: p.flag("followUp"), occurred: p.period("occurred"), scheduled: p.period("scheduled"), updated: p.period("updated"),
		enrolled: p.period("enrollmentEnrolled"), incident: p.period("enrollmentOccurred"), updatedWithin: p.text("updatedWithin"),
		enrollmentStatus: p.renamed("enrollmentStatus", "programStatus", "ACTIVE", "COMPLETED", "CANCELLED"),
		assigned:         p.readAssigned(), includeDeleted: p.isTrue("includeDeleted"), order: p.readOrder(), page: p.readPager(),
		programs: map[string]bool{},
	}
	var units []string
	if unit := p.uid("orgUnit"); unit != "" {
		units = []string{unit}
	}
	q.scope = p.readScope(units)
	q.readCategories(p)
	if p.err == nil {
		p.err = q.check(p)
	}
	return q
}

// readCategories reads the attribute category combination and options, which
// had other names before 2.42.
func (q *eventQuery) readCategories(p *exportParams) {
	q.categoryCombo, q.categoryOptions = "", p.uids("attributeCategoryOptions", "attributeCos")
	if p.version.atLeast(2, 41) {
		q.categoryCombo = p.uid("attributeCategoryCombo")
	}
	if p.version.before(2, 42) && q.categoryCombo == "" {
		q.categoryCombo = p.uid("attributeCc")
	}
}

func (q *eventQuery) check(p *exportParams) *httpError {
	if err := q.scope.check(false, false); err != nil {
		return err
	}
	if len(q.uids) > 0 && p.list("filter") != "" {
		return invalidParam("Event UIDs and filters can not be specified at the same time")
	}
	q.items = p.filters("filter")
	q.attributeItems = p.filters("filterAttributes")
	if p.err != nil {
		return p.err
	}
	if q.updatedWithin != "" {
		if q.updated.given() {
			return invalidParam("Last updated from and/or to and last updated duration cannot be specified simultaneously")
		}
		if _, ok := updatedWithin(q.updatedWithin); !ok {
			return invalidParam("Duration is not valid: %s", q.updatedWithin)
		}
	}
	fields := eventOrderFields
	if p.version.before(2, 42) {
		fields = append(slices.Clone(fields), "followup")
	}
	return checkOrder(q.order, fields, "data element and attribute")
}

func (q *eventQuery) resolve(s *Server, user User) *httpError {
	p, err := s.anyProgram(user, q.program)
	if err != nil {
		return err
	}
	switch {
	case p == nil:
	case q.tracker && !p.registration():
		return invalidParam("Program specified is not a tracker program: %s", q.program)
	case q.single && p.registration():
		return invalidParam("Program specified is not an event program: %s", q.program)
	}
	stage := s.meta.stages[q.stage]
	switch {
	case q.stage != "" && stage == nil:
		return invalidParam("Program stage is specified but does not exist: %s", q.stage)
	case stage != nil && !s.readsDataOf(user, &stage.named):
		return forbidden("User has no access to program stage: %s", q.stage)
	}
	if err := s.knownEntity(user, q.entity); err != nil {
		return err
	}
	if err := s.permit(user, q.scope, scopeWords{unknownEventUnit, outsideEventUnit}); err != nil {
		return err
	}
	if err := q.resolveCategories(s); err != nil {
		return err
	}
	if q.filters, err = s.dataElementFilters(q.items); err != nil {
		return err
	}
	if q.attributes, err = s.attributeFilters(q.attributeItems); err != nil {
		return err
	}
	for _, k := range q.order {
		if uidPattern.MatchString(k.field) && !slices.Contains(eventOrderFields, k.field) &&
			s.meta.dataElements[k.field] == nil && s.meta.attributes[k.field] == nil {
			return invalidParam("Cannot order by '%s' as its neither a data element nor a tracked entity attribute. "+
				"Events can be ordered by event fields, data elements and tracked entity attributes.", k.field)
		}
	}
	return nil
}

// resolveCategories finds the option combination that the parameters name;
// they go together [R].
func (q *eventQuery) resolveCategories(s *Server) *httpError {
	if q.categoryCombo == "" && len(q.categoryOptions) == 0 {
		return nil
	}
	conflict := func(code, format string, args ...any) *httpError {
		err := badRequest(format, args...)
		err.status, err.code = http.StatusConflict, code
		return err
	}
	if q.categoryCombo == "" || len(q.categoryOptions) == 0 {
		return conflict("E2040", "Both category combination and category options must be specified")
	}
	combo, ok := s.findOptionCombo(q.categoryCombo, q.categoryOptions)
	if !ok {
		return conflict("", "Attribute option combo does not exist for given category combo and category options")
	}
	q.optionCombo = combo
	return nil
}

// listEvents serves GET /api/tracker/events: of either kind of program. From
// 2.43 on the program must be named; without it the container answers.
func (s *Server) listEvents(w http.ResponseWriter, r *http.Request, user User) {
	if s.version.atLeast(2, 43) && queryOf(r).Get("program") == "" {
		s.writePage(w, r, http.StatusBadRequest, "Required request parameter 'program' for method parameter type UID is not present")
		return
	}
	s.serveEvents(w, r, user, "events", func(*eventQuery) {})
}

// listTrackerEvents and listSingleEvents serve the endpoints of 2.43 for one
// kind of event each.
func (s *Server) listTrackerEvents(w http.ResponseWriter, r *http.Request, user User) {
	s.serveEvents(w, r, user, "trackerEvents", func(q *eventQuery) { q.tracker = true })
}

func (s *Server) listSingleEvents(w http.ResponseWriter, r *http.Request, user User) {
	s.serveEvents(w, r, user, "singleEvents", func(q *eventQuery) { q.single = true })
}

func (s *Server) serveEvents(w http.ResponseWriter, r *http.Request, user User, name string, kind func(*eventQuery)) {
	rows, q, x, err := s.findEvents(r, user, kind)
	if err != nil {
		writeError(w, err)
		return
	}
	fields := readFields(queryOf(r), eventFields)
	writeList(s, w, r, q.page, name, rows, x, func(e *event) map[string]any { return x.event(e, fields) })
}

func (s *Server) findEvents(r *http.Request, user User, kind func(*eventQuery)) ([]*event, *eventQuery, *exporter, *httpError) {
	params := s.exportParams(queryOf(r))
	q := params.eventQuery()
	kind(q)
	if params.err == nil && q.program == "" && (q.tracker || q.single) {
		params.err = invalidParam("Program is mandatory")
	}
	if params.err == nil {
		params.err = q.resolve(s, user)
	}
	if params.err != nil {
		return nil, nil, nil, params.err
	}
	ids, err := s.readExportSchemes(queryOf(r), "events")
	if err != nil {
		return nil, nil, nil, err
	}
	rows := cachedRows(s, r, user, func() []*event { return s.selectEvents(q, user) })
	return rows, q, s.newExporter(ids, q.includeDeleted), nil
}

func (s *Server) selectEvents(q *eventQuery, user User) []*event {
	inScope := s.scopeFilter(user, q.scope, s.meta.programs[q.program])
	updated := s.since(q.updated, q.updatedWithin)
	var found []*event
	for _, e := range s.eventCandidates(q) {
		if (e.deleted && !q.includeDeleted) ||
			(q.program != "" && e.program != q.program) ||
			(q.stage != "" && e.stage != q.stage) ||
			(q.status != "" && e.status != q.status) ||
			!q.occurred.holds(e.occurredAt) || !q.scheduled.holds(e.scheduledAt) || !updated.holds(&e.updatedAt) ||
			!q.assigned.match(e, user) ||
			(q.optionCombo != "" && q.optionCombo != s.optionComboOf(e)) ||
			!matchAll(q.filters, e.values) ||
			!q.matchEnrollment(s, e) ||
			!s.readsProgram(user, e.program, q.programs) ||
			!inScope.has(s.eventUnit(q, e)) {
			continue
		}
		found = append(found, e)
	}
	return sortRows(found, q.order, func(field string) comparer[*event] { return s.eventColumn(field) }, false)
}

// eventUnit is the org unit that counts: the event's own where org units are
// named; else who may see the event goes by the owner of its entity.
func (s *Server) eventUnit(q *eventQuery, e *event) string {
	if parent := s.store.enrollments.get(e.enrollment); parent != nil && len(q.scope.units) == 0 {
		if owner := s.store.entities.get(parent.entity); owner != nil && owner.owner(e.program) != "" {
			return owner.owner(e.program)
		}
	}
	return e.orgUnit
}

func (s *Server) eventCandidates(q *eventQuery) []*event {
	switch {
	case len(q.uids) > 0:
		return byCreation(q.uids, s.store.events.get, olderEvent)
	case len(q.enrollments) > 0 || q.entity != "":
		var out []*event
		parents := byCreation(q.enrollments, s.store.enrollments.get, olderEnrollment)
		if q.entity != "" && len(q.enrollments) == 0 {
			parents = s.store.entities.get(q.entity).enrollments
		}
		for _, parent := range parents {
			out = append(out, parent.events...)
		}
		slices.SortStableFunc(out, func(a, b *event) int { return a.createdAt.Compare(b.createdAt) })
		return out
	}
	return s.store.events.all
}

// matchEnrollment tells whether an event's enrollment and entity meet what is
// asked of them.
func (q *eventQuery) matchEnrollment(s *Server, e *event) bool {
	parent := s.store.enrollments.get(e.enrollment)
	if parent == nil {
		return q.entity == "" && len(q.enrollments) == 0 && q.enrollmentStatus == "" && q.followUp == nil &&
			!q.enrolled.given() && !q.incident.given() && len(q.attributes) == 0 && !q.tracker
	}
	if q.single || (q.entity != "" && parent.entity != q.entity) ||
		(len(q.enrollments) > 0 && !slices.Contains(q.enrollments, parent.uid)) ||
		(q.enrollmentStatus != "" && parent.status != q.enrollmentStatus) ||
		(q.followUp != nil && parent.followUp != *q.followUp) ||
		!q.enrolled.holds(&parent.enrolledAt) || !q.incident.holds(&parent.occurredAt) {
		return false
	}
	if len(q.attributes) == 0 {
		return true
	}
	owner := s.store.entities.get(parent.entity)
	return owner != nil && matchAll(q.attributes, owner.attributes)
}
