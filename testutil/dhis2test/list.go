package dhis2test

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// listParams that change a list of tracked entities and are not covered; a
// real server would honour them, so they are refused. Names it does not know
// it ignores, and so does the fake (dhis2.md 1.3).
var uncoveredParams = []string{ //nolint:gochecknoglobals // read-only table
	"programStage", "enrollmentStatus", "programStatus", "followUp", "updatedAfter", "updatedBefore", "updatedWithin",
	"enrollmentEnrolledAfter", "enrollmentEnrolledBefore", "enrollmentOccurredAfter", "enrollmentOccurredBefore",
	"eventStatus", "eventOccurredAfter", "eventOccurredBefore", "assignedUserMode", "assignedUsers",
	"includeDeleted", "potentialDuplicate", "idScheme",
}

const defaultPageSize, maxPageSize = 50, 50_000

// listEntities serves GET /api/tracker/trackedEntities: by UIDs, program or
// type, org units, attribute filters, ordered and paged.
func (s *Server) listEntities(w http.ResponseWriter, r *http.Request, user User) {
	q := r.URL.Query()
	for _, name := range uncoveredParams {
		if q.Has(name) {
			writeMessage(w, http.StatusNotImplemented, "dhis2test does not cover the parameter "+name, "")
			return
		}
	}
	found, httpErr := s.selectEntities(q, user)
	if httpErr == nil {
		httpErr = orderEntities(found, q.Get("order"))
	}
	var fields *fieldTree
	if httpErr == nil {
		fields, httpErr = readFields(q, entityFields)
	}
	var page pager
	if httpErr == nil {
		page, httpErr = readPager(q)
	}
	if httpErr != nil {
		writeError(w, httpErr)
		return
	}
	part, envelope := page.cut(found, r)
	list := []any{}
	for _, e := range part {
		list = append(list, fields.apply(s.exportEntity(e, q.Get("program"))))
	}
	envelope["trackedEntities"] = list
	writeJSON(w, http.StatusOK, envelope)
}

// listRelationships serves GET /api/tracker/relationships?trackedEntity=,
// enrollment= or event=.
func (s *Server) listRelationships(w http.ResponseWriter, r *http.Request, _ User) {
	q := r.URL.Query()
	end := itemIn{entity: q.Get("trackedEntity"), enrollment: q.Get("enrollment"), event: q.Get("event")}
	if end.count() != 1 {
		writeError(w, badRequest("Exactly one of the parameters 'trackedEntity', 'enrollment', 'event' must be given"))
		return
	}
	links := s.exportLinks(end)
	slices.Reverse(links) // newest first
	writeJSON(w, http.StatusOK, map[string]any{
		"pager": map[string]any{"page": 1, "pageSize": defaultPageSize}, "relationships": links,
	})
}

func invalidParam(format string, args ...any) *httpError {
	err := badRequest(format, args...)
	err.code = "E1003"
	return err
}

func (s *Server) selectEntities(q url.Values, user User) ([]*entity, *httpError) {
	program, kind, uids := q.Get("program"), q.Get("trackedEntityType"), splitList(q["trackedEntities"])
	switch {
	case program != "" && kind != "":
		return nil, invalidParam("`program` and `trackedEntityType` cannot be specified simultaneously")
	case program == "" && kind == "" && len(uids) == 0:
		return nil, invalidParam("Either `program`, `trackedEntityType` or `trackedEntities` should be specified")
	case program != "" && s.meta.programs[program] == nil:
		return nil, invalidParam("Program is specified but does not exist: %s", program)
	case kind != "" && s.meta.entityTypes[kind] == nil:
		return nil, invalidParam("Tracked entity type is specified but does not exist: %s", kind)
	}
	for _, uid := range uids {
		if !uidPattern.MatchString(uid) {
			return nil, badRequest("Value '%s' is not valid for parameter trackedEntities. "+
				"UID must be an alphanumeric string of 11 characters starting with a letter, but was: %s", uid, uid)
		}
	}
	inScope, httpErr := s.orgUnitScope(q, user)
	if httpErr != nil {
		return nil, httpErr
	}
	filters, httpErr := s.readFilters(q["filter"])
	if httpErr != nil {
		return nil, httpErr
	}
	var found []*entity
	for _, e := range s.store.entities.all {
		if e.deleted || !inScope(e.orgUnit) ||
			(len(uids) > 0 && !slices.Contains(uids, e.uid)) ||
			(kind != "" && e.entityType != kind) ||
			(program != "" && !s.enrolledIn(e.uid, program)) ||
			!filters.match(e) {
			continue
		}
		found = append(found, e)
	}
	return found, nil
}

func (s *Server) enrolledIn(entity, program string) bool {
	return slices.ContainsFunc(s.store.enrollments.all, func(e *enrollment) bool {
		return e.entity == entity && e.program == program && !e.deleted
	})
}

// orgUnitScope reads orgUnits and orgUnitMode. The search scope is taken to be
// the capture scope, as it is for the users of the seed.
func (s *Server) orgUnitScope(q url.Values, user User) (func(orgUnit string) bool, *httpError) {
	units, mode := splitList(q["orgUnits"]), strings.ToUpper(q.Get("orgUnitMode"))
	if mode == "" {
		mode = "ACCESSIBLE"
		if len(units) > 0 {
			mode = "SELECTED"
		}
	}
	within := func(unit string) bool { return s.meta.within(unit, user.OrgUnits) }
	switch mode {
	case "ACCESSIBLE", "CAPTURE", "ALL":
		if len(units) > 0 {
			return nil, invalidParam("orgUnitMode %s cannot be used with orgUnits. Please remove the orgUnit parameter and try again.", mode)
		}
		return within, nil
	case "SELECTED", "DESCENDANTS", "CHILDREN":
		if len(units) == 0 {
			return nil, invalidParam("At least one org unit is required for orgUnitMode: %s", mode)
		}
		return func(unit string) bool {
			switch {
			case !within(unit):
				return false
			case slices.Contains(units, unit):
				return true
			case mode == "CHILDREN":
				u := s.meta.orgUnits[unit]
				return u.Parent != nil && slices.Contains(units, u.Parent.ID)
			default:
				return mode == "DESCENDANTS" && s.meta.within(unit, units)
			}
		}, nil
	}
	return nil, badRequest("Value '%s' is not valid for parameter orgUnitMode. "+
		"Valid values are: [SELECTED, CHILDREN, DESCENDANTS, ACCESSIBLE, CAPTURE, ALL]", mode)
}

// orderEntities orders by time of creation or change; newest first is the
// default.
func orderEntities(found []*entity, order string) *httpError {
	field, direction, _ := strings.Cut(order, ":")
	switch field {
	case "":
		direction = "desc"
	case "createdAt", "trackedEntity":
	case "updatedAt":
	default:
		return &httpError{status: http.StatusNotImplemented, message: "dhis2test does not cover order=" + order}
	}
	slices.SortStableFunc(found, func(a, b *entity) int {
		switch field {
		case "trackedEntity":
			return strings.Compare(a.uid, b.uid)
		case "updatedAt":
			return a.updatedAt.Compare(b.updatedAt)
		}
		return 0 // the store is in order of creation
	})
	if strings.EqualFold(direction, "desc") {
		slices.Reverse(found)
	}
	return nil
}

// pager is the paging of a list (dhis2.md 1.3).
type pager struct {
	page, size int
	off, total bool
}

func readPager(q url.Values) (pager, *httpError) {
	p := pager{page: 1, size: defaultPageSize}
	for _, param := range []struct {
		name string
		into *int
	}{{"page", &p.page}, {"pageSize", &p.size}} {
		if !q.Has(param.name) {
			continue
		}
		n, err := strconv.ParseInt(q.Get(param.name), 10, 32)
		if err != nil {
			return p, badRequest("Value '%s' is not valid for parameter %s. For input string: %q", q.Get(param.name), param.name, q.Get(param.name))
		}
		if n < 1 {
			return p, invalidParam("%s must be greater than or equal to 1 if specified", param.name)
		}
		*param.into = int(n)
	}
	p.total, p.off = q.Get("totalPages") == "true", q.Get("paging") == "false"
	if p.off && (p.total || q.Has("page") || q.Has("pageSize")) {
		return p, invalidParam("Paging cannot be disabled with paging=false while also requesting a paginated response with page, pageSize and/or totalPages=true")
	}
	if p.size > maxPageSize {
		return p, invalidParam("Invalid page size: %d. It must not exceed the system limit of KeyTrackedEntityMaxLimit %d.", p.size, maxPageSize)
	}
	return p, nil
}

func (p pager) cut(found []*entity, r *http.Request) ([]*entity, map[string]any) {
	if p.off {
		return found, map[string]any{}
	}
	doc := map[string]any{"page": p.page, "pageSize": p.size}
	if p.total {
		doc["total"], doc["pageCount"] = len(found), (len(found)+p.size-1)/p.size
	}
	link := func(page int) string {
		q := r.URL.Query()
		q.Set("page", strconv.Itoa(page))
		return "http://" + r.Host + r.URL.Path + "?" + q.Encode()
	}
	if p.page > 1 {
		doc["prevPage"] = link(p.page - 1)
	}
	first := min((p.page-1)*p.size, len(found))
	last := min(first+p.size, len(found))
	if last < len(found) {
		doc["nextPage"] = link(p.page + 1)
	}
	return found[first:last], map[string]any{"pager": doc}
}

func splitList(values []string) []string {
	var out []string
	for _, v := range values {
		for part := range strings.SplitSeq(v, ",") {
			if part != "" {
				out = append(out, part)
			}
		}
	}
	return out
}
