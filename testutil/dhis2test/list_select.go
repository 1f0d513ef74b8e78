package dhis2test

import (
	"cmp"
	"slices"
	"strings"
)

// eventStatuses are the values of an event's status, in DHIS2's order.
var eventStatuses = []string{ //nolint:gochecknoglobals // read-only table
	"ACTIVE", "COMPLETED", "VISITED", "SCHEDULE", "OVERDUE", "SKIPPED",
}

// assignedQuery asks for events by whom they are assigned to.
type assignedQuery struct {
	mode  string
	users []string
}

func (p *exportParams) readAssigned() assignedQuery {
	q := assignedQuery{
		mode:  p.choice("assignedUserMode", "CURRENT", "PROVIDED", "NONE", "ANY", "ALL"),
		users: p.uids("assignedUsers", "assignedUser"),
	}
	switch {
	case len(q.users) > 0 && q.mode == "":
		q.mode = "PROVIDED"
	case len(q.users) > 0 && q.mode != "PROVIDED":
		p.fail(databaseError("Assigned User uid(s) cannot be specified if selectionMode is not PROVIDED"))
	case q.mode == "ALL":
		q.mode = ""
	}
	return q
}

func (q assignedQuery) match(e *event, user User) bool {
	switch q.mode {
	case "CURRENT":
		return e.assigned != nil && e.assigned.UID == user.UID
	case "PROVIDED":
		return e.assigned != nil && slices.Contains(q.users, e.assigned.UID)
	case "NONE":
		return e.assigned == nil
	case "ANY":
		return e.assigned != nil
	}
	return true
}

// since is a period with updatedWithin put in: that long before now.
func (s *Server) since(p timeRange, within string) timeRange {
	if d, ok := updatedWithin(within); ok {
		from := s.now().Add(-d)
		p.from = &from
	}
	return p
}

// matchAll tells whether values pass all filters.
func matchAll(filters []valueFilter, held values) bool {
	for _, f := range filters {
		if f.optional {
			continue
		}
		text, has := held.get(f.uid)
		if !f.match(text, has) {
			return false
		}
	}
	return true
}

// trackerProgram looks a tracker program up; nil when none is named. One whose
// data the user may not read does not exist for the user.
func (s *Server) trackerProgram(user User, uid string) (*program, *httpError) {
	p, err := s.anyProgram(user, uid)
	if err == nil && p != nil && !p.registration() {
		return nil, invalidParam("Program specified is not a tracker program: %s", uid)
	}
	return p, err
}

func (s *Server) anyProgram(user User, uid string) (*program, *httpError) {
	if uid == "" {
		return nil, nil
	}
	p := s.meta.programs[uid]
	if p == nil || !s.readsDataOf(user, &p.named) {
		return nil, invalidParam("Program is specified but does not exist: %s", uid)
	}
	return p, nil
}

// knownEntity checks the entity that enrollments or events are asked for.
func (s *Server) knownEntity(user User, uid string) *httpError {
	e := s.store.entities.get(uid)
	switch {
	case uid == "":
		return nil
	case e == nil || e.deleted:
		return invalidParam("Tracked entity is specified but does not exist: %s", uid)
	case !s.canSee(user, e, nil):
		return forbidden("User has no access to tracked entity: %s", uid)
	}
	return nil
}

// readsProgram tells whether a user may read a program's data; known remembers
// the answers.
func (s *Server) readsProgram(user User, uid string, known map[string]bool) bool {
	may, asked := known[uid]
	if !asked {
		p := s.meta.programs[uid]
		may = p == nil || s.readsDataOf(user, &p.named)
		known[uid] = may
	}
	return may
}

// byCreation are the objects of some UIDs that exist, oldest first.
func byCreation[T comparable](uids []string, get func(uid string) T, older func(a, b T) int) []T {
	var none T
	var out []T
	for _, uid := range uids {
		if v := get(uid); v != none {
			out = append(out, v)
		}
	}
	slices.SortFunc(out, older)
	return out
}

func olderEntity(a, b *entity) int { return older(&a.stamp, &b.stamp, a.uid, b.uid) }

func olderEnrollment(a, b *enrollment) int { return older(&a.stamp, &b.stamp, a.uid, b.uid) }

func olderEvent(a, b *event) int { return older(&a.stamp, &b.stamp, a.uid, b.uid) }

func older(a, b *stamp, uidA, uidB string) int {
	return cmp.Or(a.createdAt.Compare(b.createdAt), strings.Compare(uidA, uidB))
}

// holdersOfAny are the living entities whose value of an attribute is one of
// texts, oldest first. A search does not regard case.
func (s *store) holdersOfAny(attribute string, texts []string) []*entity {
	var out []*entity
	for _, text := range texts {
		out = append(out, s.holdersFolded(attribute, text)...)
	}
	slices.SortFunc(out, olderEntity)
	return slices.Compact(out)
}
