package dhis2test

import (
	"net/http"
	"slices"
	"time"
)

// entityOrderFields are what tracked entities may be ordered by, beside
// attributes.
var entityOrderFields = []string{ //nolint:gochecknoglobals // read-only table
	"createdAt", "createdAtClient", "enrolledAt", "inactive", "trackedEntity", "updatedAt", "updatedAtClient",
}

// entityQuery is GET /api/tracker/trackedEntities (dhis2.md 1.3).
type entityQuery struct {
	program, stage, kind string
	uids                 []string
	scope                orgScope
	status               string // of an enrollment
	followUp             *bool
	enrolled, occurred   timeRange
	eventStatus          string
	eventOccurred        timeRange
	updated              timeRange
	updatedWithin        string
	assigned             assignedQuery
	potentialDuplicate   *bool
	includeDeleted       bool
	items                []filterItem
	filters              []valueFilter
	order                []sortKey
	page                 pager
}

func (p *exportParams) entityQuery() *entityQuery {
	if p.version.minor == 41 {
		for _, name := range []string{"query", "attribute"} {
			if p.text(name) != "" {
				p.fail(invalidParam("`%s` parameter was removed in v41. Use `filter` instead.", name))
			}
		}
		if p.text("includeAllAttributes") != "" {
			p.fail(invalidParam("`includeAllAttributes` parameter was removed in v41."))
		}
	}
	q := &entityQuery{
		program: p.uid("program"), stage: p.uid("programStage"), kind: p.uid("trackedEntityType"),
		uids: p.uids("trackedEntities", "trackedEntity"), scope: p.readScope(p.uids("orgUnits", "orgUnit")),
		status: p.renamed("enrollmentStatus", "programStatus", "ACTIVE", "COMPLETED", "CANCELLED"), followUp: p.flag("followUp"),
		enrolled: p.period("enrollmentEnrolled"), occurred: p.period("enrollmentOccurred"),
		eventStatus: p.choice("eventStatus", eventStatuses...), eventOccurred: p.period("eventOccurred"),
		updated: p.period("updated"), updatedWithin: p.text("updatedWithin"), assigned: p.readAssigned(),
		potentialDuplicate: p.flag("potentialDuplicate"), includeDeleted: p.isTrue("includeDeleted"),
		order: p.readOrder(), page: p.readPager(),
	}
	if p.err == nil {
		p.err = q.check(p)
	}
	return q
}

// oldFilters are those of attribute, which 2.40 has beside filter: one without
// an operator only asks for the attribute to be shown.
func (p *exportParams) oldFilters() []filterItem {
	if p.text("query") != "" {
		p.fail(&httpError{status: http.StatusNotImplemented, message: "dhis2test does not cover the parameter query of 2.40"})
	}
	return slices.DeleteFunc(p.filters("attribute"), func(item filterItem) bool { return len(item.tests) == 0 })
}

// check refuses parameters that do not go together, in the server's order.
func (q *entityQuery) check(p *exportParams) *httpError {
	if err := q.scope.check(true, len(q.uids) > 0); err != nil {
		return err
	}
	if err := checkOrder(q.order, entityOrderFields, "attribute"); err != nil {
		return err
	}
	if q.program != "" && q.kind != "" {
		return invalidParam("`program` and `trackedEntityType` cannot be specified simultaneously")
	}
	if q.program == "" {
		if len(q.uids) == 0 && q.kind == "" {
			return invalidParam("Either `program`, `trackedEntityType` or `trackedEntities` should be specified")
		}
		for _, needs := range []struct {
			given bool
			name  string
			verb  string
		}{
			{p.version.before(2, 42) && q.status != "", "programStatus", "defined"},
			{p.version.atLeast(2, 42) && p.text("programStatus") != "", "programStatus", "defined"},
			{q.status != "", "enrollmentStatus", "defined"},
			{q.followUp != nil, "followUp", "defined"},
			{q.enrolled.from != nil, "enrollmentEnrolledAfter", "specified"},
			{q.enrolled.to != nil, "enrollmentEnrolledBefore", "specified"},
			{q.occurred.from != nil, "enrollmentOccurredAfter", "specified"},
			{q.occurred.to != nil, "enrollmentOccurredBefore", "specified"},
		} {
			if needs.given {
				return invalidParam("`program` must be defined when `%s` is %s", needs.name, needs.verb)
			}
		}
	}
	given := q.eventStatus != "" || q.eventOccurred.given()
	if given && (q.eventStatus == "" || q.eventOccurred.from == nil || q.eventOccurred.to == nil) {
		return invalidParam("`eventOccurredAfter`, `eventOccurredBefore` and `eventStatus` must be specified together")
	}
	if q.updatedWithin != "" {
		if q.updated.given() {
			return invalidParam("`updatedAfter` or `updatedBefore` and `updatedWithin` cannot be specified simultaneously")
		}
		if _, ok := updatedWithin(q.updatedWithin); !ok {
			return invalidParam("`updatedWithin` is not valid: %s", q.updatedWithin)
		}
	}
	q.items = p.filters("filter")
	if p.version.before(2, 41) {
		q.items = append(q.items, p.oldFilters()...)
	}
	return p.err
}

// resolve looks the query's metadata up and refuses what the user may not ask.
func (q *entityQuery) resolve(s *Server, user User) *httpError {
	if q.page.size > maxPageSize {
		return invalidParam("Invalid page size: %d. It must not exceed the system limit of KeyTrackedEntityMaxLimit %d.", q.page.size, maxPageSize)
	}
	program, err := s.trackerProgram(user, q.program)
	if err != nil {
		return err
	}
	if q.stage != "" && (program == nil || !slices.Contains(program.Stages, ref{ID: q.stage})) {
		return invalidParam("Program does not contain the specified programStage: %s", q.stage)
	}
	kind := s.meta.entityTypes[q.kind]
	switch {
	case q.kind != "" && kind == nil:
		return invalidParam("Tracked entity type is specified but does not exist: %s", q.kind)
	case kind != nil && !s.readsDataOf(user, &kind.named):
		return forbidden("User is not authorized to read data from selected tracked entity type: %s", q.kind)
	}
	if err := s.permit(user, q.scope, scopeWords{unknownUnit, outsideUnit}); err != nil {
		return err
	}
	if q.filters, err = s.attributeFilters(q.items); err != nil {
		return err
	}
	for _, k := range q.order {
		if !slices.Contains(entityOrderFields, k.field) && s.meta.attributes[k.field] == nil {
			return invalidParam("Cannot order by '%s' as its not a tracked entity attribute. "+
				"Tracked entities can be ordered by fields and tracked entity attributes.", k.field)
		}
		if k.field == "trackedEntity" && s.version.atLeast(2, 43) {
			return sqlError("42702", "ERROR: column reference \"uid\" is ambiguous\n  Position: 28") // dhis2.md 0b.19
		}
	}
	if program == nil && kind == nil && len(q.scope.units) == 0 &&
		slices.ContainsFunc(q.filters, func(f valueFilter) bool { return !s.meta.attributes[f.uid].Unique }) {
		return databaseError("Either a program or tracked entity type must be specified")
	}
	if s.leavesCapture(user, q.scope) {
		return q.checkSearch(s, program, kind)
	}
	return nil
}

// checkSearch refuses a search beyond the capture scope that does not say
// enough (dhis2.md 0b.18).
func (q *entityQuery) checkSearch(s *Server, p *program, t *entityType) *httpError {
	least := 0
	switch {
	case t != nil:
		least = t.MinAttributesRequiredToSearch
	case p != nil:
		least = p.MinAttributesRequiredToSearch
	}
	unique := slices.ContainsFunc(q.filters, func(f valueFilter) bool { return s.meta.attributes[f.uid].Unique })
	if len(q.uids) > 0 || unique || len(q.filters) >= least {
		return nil
	}
	err := badRequest("At least %d attributes should be mentioned in the search criteria.", least)
	err.status = http.StatusConflict
	return err
}

// listEntities serves GET /api/tracker/trackedEntities.
func (s *Server) listEntities(w http.ResponseWriter, r *http.Request, user User) {
	rows, q, x, err := s.findEntities(r, user)
	if err != nil {
		writeError(w, err)
		return
	}
	fields := readFields(queryOf(r), entityFields)
	writeList(s, w, r, q.page, "trackedEntities", rows, x, func(e *entity) map[string]any {
		x.listed, x.fields = e, fields
		return x.entity(e, fields, q.program)
	})
}

// findEntities reads a request and finds what it asks for, in its order.
func (s *Server) findEntities(r *http.Request, user User) ([]*entity, *entityQuery, *exporter, *httpError) {
	params := s.exportParams(queryOf(r))
	q := params.entityQuery()
	if params.err == nil {
		params.err = q.resolve(s, user)
	}
	if params.err != nil {
		return nil, nil, nil, params.err
	}
	ids, err := s.readExportSchemes(queryOf(r), "trackedEntities")
	if err != nil {
		return nil, nil, nil, err
	}
	rows := cachedRows(s, r, user, func() []*entity { return s.selectEntities(q, user) })
	return rows, q, s.newExporter(ids, q.includeDeleted), nil
}

func (s *Server) selectEntities(q *entityQuery, user User) []*entity {
	inScope := s.scopeFilter(user, q.scope, s.meta.programs[q.program])
	updated := s.since(q.updated, q.updatedWithin)
	var found []*entity
	for _, e := range s.entityCandidates(q) {
		if (e.deleted && !q.includeDeleted) ||
			(q.kind != "" && e.entityType != q.kind) ||
			!updated.holds(&e.updatedAt) ||
			(q.potentialDuplicate != nil && *q.potentialDuplicate != e.potentialDuplicate) ||
			!matchAll(q.filters, e.attributes) ||
			!q.enrolledIn(e, user) ||
			!inScope.has(q.owningUnit(e)) {
			continue
		}
		found = append(found, e)
	}
	return sortRows(found, q.order, q.column, s.version.atLeast(2, 43) && len(q.order) > 0)
}

// entityCandidates are the entities that can be asked for, in order of
// creation: few when UIDs or the value of a unique attribute are given.
func (s *Server) entityCandidates(q *entityQuery) []*entity {
	if len(q.uids) > 0 {
		return byCreation(q.uids, s.store.entities.get, olderEntity)
	}
	for _, f := range q.filters {
		a := s.meta.attributes[f.uid]
		if a.Unique && !q.includeDeleted && len(f.tests) > 0 && (f.tests[0].op == "eq" || f.tests[0].op == "ieq" || f.tests[0].op == "in") && !f.asNumbers {
			return s.store.holdersOfAny(f.uid, f.tests[0].values())
		}
	}
	return s.store.entities.all
}

// owningUnit is the org unit that counts: the owner in the program, else the
// entity's own.
func (q *entityQuery) owningUnit(e *entity) string {
	if q.program != "" {
		if unit := e.owner(q.program); unit != "" {
			return unit
		}
	}
	return e.orgUnit
}

// enrolledIn tells whether one enrollment meets all that is asked of it.
func (q *entityQuery) enrolledIn(e *entity, user User) bool {
	if q.program == "" && q.eventStatus == "" && q.assigned.mode == "" {
		return true
	}
	return slices.ContainsFunc(e.enrollments, func(child *enrollment) bool {
		return (!child.deleted || q.includeDeleted) &&
			(q.program == "" || child.program == q.program) &&
			(q.status == "" || child.status == q.status) &&
			(q.followUp == nil || child.followUp == *q.followUp) &&
			q.enrolled.holds(&child.enrolledAt) && q.occurred.holds(&child.occurredAt) &&
			q.hasEvent(child, user)
	})
}

// hasEvent tells whether an enrollment has the event asked for. The stage alone
// asks for none: it only narrows the others [R te-programStage-VISIT].
func (q *entityQuery) hasEvent(e *enrollment, user User) bool {
	if q.eventStatus == "" && q.assigned.mode == "" {
		return true
	}
	return slices.ContainsFunc(e.events, func(child *event) bool {
		return (!child.deleted || q.includeDeleted) &&
			(q.stage == "" || child.stage == q.stage) &&
			(q.eventStatus == "" || (child.status == q.eventStatus && q.eventOccurred.holds(child.moment()))) &&
			q.assigned.match(child, user)
	})
}

// moment is when an event happened or, before it did, is to happen.
func (e *event) moment() *time.Time {
	if e.occurredAt != nil {
		return e.occurredAt
	}
	return e.scheduledAt
}

// column is what a field of the order parameter compares.
func (q *entityQuery) column(field string) comparer[*entity] {
	switch field {
	case "createdAt":
		return byTime(func(e *entity) *time.Time { return &e.createdAt })
	case "createdAtClient":
		return byTime(func(e *entity) *time.Time { return e.createdAtClient })
	case "updatedAt":
		return byTime(func(e *entity) *time.Time { return &e.updatedAt })
	case "updatedAtClient":
		return byTime(func(e *entity) *time.Time { return e.updatedAtClient })
	case "enrolledAt":
		return byTime(func(e *entity) *time.Time {
			for _, child := range e.enrollments {
				if !child.deleted && (q.program == "" || child.program == q.program) {
					return &child.enrolledAt
				}
			}
			return nil
		})
	case "inactive":
		return byFlag(func(e *entity) bool { return e.inactive })
	case "trackedEntity":
		return byText(func(e *entity) (string, bool) { return e.uid, true })
	}
	return byText(func(e *entity) (string, bool) { return e.attributes.get(field) })
}
