package dhis2test

import (
	"net/http"
	"time"
)

var enrollmentOrderFields = []string{ //nolint:gochecknoglobals // read-only table
	"completedAt", "createdAt", "createdAtClient", "enrolledAt", "updatedAt", "updatedAtClient",
}

// enrollmentQuery is GET /api/tracker/enrollments (dhis2.md 1.3).
type enrollmentQuery struct {
	program, kind, entity string
	uids                  []string
	scope                 orgScope
	status                string
	followUp              *bool
	enrolled              timeRange
	updatedAfter          *time.Time
	updatedWithin         string
	includeDeleted        bool
	order                 []sortKey
	page                  pager
}

func (p *exportParams) enrollmentQuery() *enrollmentQuery {
	q := &enrollmentQuery{
		program: p.uid("program"), entity: p.uid("trackedEntity"), uids: p.uids("enrollments", "enrollment"),
		scope:  p.readScope(p.uids("orgUnits", "orgUnit")),
		status: p.renamed("status", "programStatus", "ACTIVE", "COMPLETED", "CANCELLED"), followUp: p.flag("followUp"),
		enrolled: p.period("enrolled"), updatedAfter: p.instant("updatedAfter", false), updatedWithin: p.text("updatedWithin"),
		includeDeleted: p.isTrue("includeDeleted"), order: p.readOrder(), page: p.readPager(),
	}
	if p.version.before(2, 43) {
		q.kind = p.uid("trackedEntityType")
	}
	if p.err == nil {
		p.err = q.check(p)
	}
	return q
}

func (q *enrollmentQuery) check(p *exportParams) *httpError {
	if q.program == "" && p.version.atLeast(2, 43) {
		return invalidParam("Program is mandatory")
	}
	if err := q.scope.check(false, false); err != nil {
		return err
	}
	if err := checkOrder(q.order, enrollmentOrderFields, ""); err != nil {
		return err
	}
	switch {
	case q.program != "" && q.kind != "":
		return invalidParam("`program` and `trackedEntityType` cannot be specified simultaneously")
	case q.updatedWithin != "" && q.updatedAfter != nil:
		return invalidParam("Last updated and last updated duration cannot be specified simultaneously")
	case q.updatedWithin != "":
		if _, ok := updatedWithin(q.updatedWithin); !ok {
			return invalidParam("Duration is not valid: %s", q.updatedWithin)
		}
	}
	return nil
}

func (q *enrollmentQuery) resolve(s *Server, user User) *httpError {
	if _, err := s.trackerProgram(user, q.program); err != nil {
		return err
	}
	if q.kind != "" && s.meta.entityTypes[q.kind] == nil {
		return invalidParam("Tracked entity type is specified but does not exist: %s", q.kind)
	}
	if err := s.knownEntity(user, q.entity); err != nil {
		return err
	}
	if err := s.permit(user, q.scope, scopeWords{unknownUnit, outsideUnit}); err != nil {
		return err
	}
	// The statement joins a second table with a column of this name (dhis2.md
	// 0b.19); the position is where it stood in the recorded one.
	for _, k := range q.order {
		if k.field == "createdAt" && q.entity != "" && s.version.before(2, 43) {
			position := "1551"
			if s.version.before(2, 42) {
				position = "1512"
			}
			return databaseError("ERROR: column reference \"created\" is ambiguous\n  Position: " + position)
		}
	}
	return nil
}

// listEnrollments serves GET /api/tracker/enrollments.
func (s *Server) listEnrollments(w http.ResponseWriter, r *http.Request, user User) {
	params := s.exportParams(queryOf(r))
	q := params.enrollmentQuery()
	if params.err == nil {
		params.err = q.resolve(s, user)
	}
	ids, err := s.readExportSchemes(queryOf(r), "enrollments")
	if params.err == nil {
		params.err = err
	}
	if params.err != nil {
		writeError(w, params.err)
		return
	}
	x := s.newExporter(ids, q.includeDeleted)
	fields := readFields(queryOf(r), enrollmentFields)
	rows := cachedRows(s, r, user, func() []*enrollment { return s.selectEnrollments(q, user) })
	writeList(s, w, r, q.page, "enrollments", rows, x, func(e *enrollment) map[string]any {
		return x.enrollment(e, fields, nil)
	})
}

func (s *Server) selectEnrollments(q *enrollmentQuery, user User) []*enrollment {
	inScope := s.scopeFilter(user, q.scope, s.meta.programs[q.program])
	updated := s.since(timeRange{from: q.updatedAfter}, q.updatedWithin)
	readable := map[string]bool{}
	var found []*enrollment
	for _, e := range s.enrollmentCandidates(q) {
		owner := s.store.entities.get(e.entity)
		if owner == nil || (e.deleted && !q.includeDeleted) ||
			(q.program != "" && e.program != q.program) ||
			(q.kind != "" && owner.entityType != q.kind) ||
			(q.entity != "" && e.entity != q.entity) ||
			(q.status != "" && e.status != q.status) ||
			(q.followUp != nil && e.followUp != *q.followUp) ||
			!q.enrolled.holds(&e.enrolledAt) || !updated.holds(&e.updatedAt) ||
			!s.readsProgram(user, e.program, readable) {
			continue
		}
		unit := owner.owner(e.program)
		if unit == "" {
			unit = e.orgUnit
		}
		if inScope.has(unit) {
			found = append(found, e)
		}
	}
	return sortRows(found, q.order, q.column, false)
}

func (s *Server) enrollmentCandidates(q *enrollmentQuery) []*enrollment {
	switch {
	case len(q.uids) > 0:
		return byCreation(q.uids, s.store.enrollments.get, olderEnrollment)
	case q.entity != "":
		return s.store.entities.get(q.entity).enrollments
	}
	return s.store.enrollments.all
}

func (q *enrollmentQuery) column(field string) comparer[*enrollment] {
	switch field {
	case "createdAt":
		return byTime(func(e *enrollment) *time.Time { return &e.createdAt })
	case "createdAtClient":
		return byTime(func(e *enrollment) *time.Time { return e.createdAtClient })
	case "updatedAt":
		return byTime(func(e *enrollment) *time.Time { return &e.updatedAt })
	case "updatedAtClient":
		return byTime(func(e *enrollment) *time.Time { return e.updatedAtClient })
	case "completedAt":
		return byTime(func(e *enrollment) *time.Time { return e.completedAt })
	}
	return byTime(func(e *enrollment) *time.Time { return &e.enrolledAt })
}
