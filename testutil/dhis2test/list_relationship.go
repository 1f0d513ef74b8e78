package dhis2test

import (
	"net/http"
	"slices"
	"time"
)

var relationshipOrderFields = []string{"createdAt", "createdAtClient"} //nolint:gochecknoglobals // read-only table

// relationshipQuery is GET /api/tracker/relationships: of one object.
type relationshipQuery struct {
	end            itemIn
	includeDeleted bool
	order          []sortKey
	page           pager
}

func (p *exportParams) relationshipQuery() *relationshipQuery {
	q := &relationshipQuery{
		end:            itemIn{entity: p.uid("trackedEntity"), enrollment: p.uid("enrollment"), event: p.uid("event")},
		includeDeleted: p.isTrue("includeDeleted"), order: p.readOrder(), page: p.readPager(),
	}
	if old := p.uid("tei"); p.version.before(2, 42) && q.end.entity == "" {
		q.end.entity = old
	}
	if p.err != nil {
		return q
	}
	switch q.end.count() {
	case 0:
		p.fail(invalidParam("Missing required parameter 'trackedEntity', 'enrollment' or 'event'."))
	case 1:
		p.fail(checkOrder(q.order, relationshipOrderFields, ""))
	default:
		p.fail(invalidParam("Only one of parameters 'trackedEntity', 'enrollment' or 'event' is allowed."))
	}
	return q
}

// listRelationships serves GET /api/tracker/relationships?trackedEntity=,
// enrollment= or event=.
func (s *Server) listRelationships(w http.ResponseWriter, r *http.Request, user User) {
	params := s.exportParams(queryOf(r))
	q := params.relationshipQuery()
	if params.err == nil {
		params.err = s.findEnd(q.end, user)
	}
	if params.err != nil {
		writeError(w, params.err)
		return
	}
	var rows []*relationship
	for _, link := range s.store.linksOf(q.end) {
		if !link.deleted || q.includeDeleted {
			rows = append(rows, link)
		}
	}
	rows = sortRows(rows, q.order, func(field string) comparer[*relationship] {
		if field == "createdAt" {
			return byTime(func(r *relationship) *time.Time { return &r.createdAt })
		}
		return byTime(func(r *relationship) *time.Time { return r.createdAtClient })
	}, false)
	ids, err := s.readExportSchemes(nil, "relationships")
	if err != nil {
		writeError(w, err)
		return
	}
	x := s.newExporter(ids, q.includeDeleted)
	fields := readFields(queryOf(r), relationshipFields)
	writeList(s, w, r, q.page, "relationships", rows, x, func(r *relationship) map[string]any { return x.relationship(r, fields) })
}

// findEnd is the 404 of an object that does not exist.
func (s *Server) findEnd(end itemIn, user User) *httpError {
	switch {
	case end.entity != "":
		if e := s.store.entities.get(end.entity); e == nil || !s.canSee(user, e, nil) {
			return notFound("TrackedEntity", end.entity)
		}
	case end.enrollment != "":
		if s.store.enrollments.get(end.enrollment) == nil {
			return notFound("Enrollment", end.enrollment)
		}
	case s.store.events.get(end.event) == nil:
		return notFound("Event", end.event)
	}
	return nil
}

// canSee tells whether an entity is in the user's search scope: in a program
// by its owner, the capture scope where the program is guarded; else by its
// own org unit or any owner.
func (s *Server) canSee(user User, e *entity, p *program) bool {
	if p != nil {
		unit, roots := e.owner(p.ID), user.searchScope()
		if unit == "" {
			unit = e.orgUnit
		}
		if p.guarded() {
			roots = user.OrgUnits
		}
		return s.meta.within(unit, roots)
	}
	return s.meta.within(e.orgUnit, user.searchScope()) ||
		slices.ContainsFunc(e.owners, func(o owner) bool { return s.meta.within(o.orgUnit, user.searchScope()) })
}
