package dhis2test

import (
	"net/http"
	"slices"
)

// orgUnitModes are the values of orgUnitMode, in the order of DHIS2's texts.
var orgUnitModes = []string{ //nolint:gochecknoglobals // read-only table
	"SELECTED", "CHILDREN", "DESCENDANTS", "ACCESSIBLE", "CAPTURE", "ALL",
}

// orgScope is the part of the org unit tree that a list looks at.
type orgScope struct {
	mode  string
	units []string // of SELECTED, CHILDREN and DESCENDANTS
}

// readScope reads the mode; the org units are read by the endpoint, whose
// parameter for them differs. Without a mode it is SELECTED with org units and
// ACCESSIBLE without.
func (p *exportParams) readScope(units []string) orgScope {
	name := "orgUnitMode"
	if p.version.before(2, 41) {
		name = "ouMode"
	}
	mode := p.choice(name, orgUnitModes...)
	if p.version.minor == 41 {
		if old := p.choice("ouMode", orgUnitModes...); old != "" && mode != "" {
			p.fail(invalidParam("Only one parameter of 'ouMode' and 'orgUnitMode' must be specified. Prefer 'orgUnitMode' as 'ouMode' will be removed."))
		} else if mode == "" {
			mode = old
		}
	}
	if mode == "" {
		mode = "ACCESSIBLE"
		if len(units) > 0 {
			mode = "SELECTED"
		}
	}
	return orgScope{mode: mode, units: units}
}

// check refuses a mode with org units that needs none, and one without that
// needs some; entities says whether tracked entities are named instead.
func (o orgScope) check(entitiesAllowed, entities bool) *httpError {
	switch o.mode {
	case "ACCESSIBLE", "CAPTURE", "ALL":
		if len(o.units) > 0 {
			return invalidParam("orgUnitMode %s cannot be used with orgUnits. Please remove the orgUnit parameter and try again.", o.mode)
		}
	default:
		switch {
		case len(o.units) > 0 || entities:
		case entitiesAllowed:
			return invalidParam("At least one org unit or tracked entity is required for orgUnitMode: %s. "+
				"Please add one of the two or use a different orgUnitMode.", o.mode)
		default:
			return invalidParam("At least one org unit is required for orgUnitMode: %s. "+
				"Please add one org unit or use a different orgUnitMode.", o.mode)
		}
	}
	return nil
}

// authorityAllOrgUnits lets a user who is no superuser ask for orgUnitMode=ALL.
const authorityAllOrgUnits = "F_TRACKED_ENTITY_INSTANCE_SEARCH_IN_ALL_ORGUNITS"

// scopeWords are how an endpoint refuses org units.
type scopeWords struct{ unknown, outside string }

// The words of lists of entities and enrollments, and of events, which look
// for their one org unit by themselves.
const (
	unknownUnit      = "Organisation unit does not exist: %s"
	outsideUnit      = "Organisation unit is not part of the search scope: %s"
	unknownEventUnit = "Organisation unit is specified but does not exist: %s"
	outsideEventUnit = "Organisation unit is not part of your search scope: %s"
)

// permit refuses what a user may not look at: org units that do not exist or
// are outside of the search scope, and all org units without the authority.
func (s *Server) permit(user User, o orgScope, words scopeWords) *httpError {
	for _, unit := range o.units {
		if s.meta.orgUnits[unit] == nil {
			return invalidParam(words.unknown, unit)
		}
		if !s.meta.within(unit, user.searchScope()) && (s.version.atLeast(2, 43) || !user.Has("ALL")) {
			return forbidden(words.outside, unit)
		}
	}
	if o.mode == "ALL" && !user.Has(authorityAllOrgUnits) {
		if s.version.before(2, 42) {
			return invalidParam("Current user is not authorized to query across all organisation units")
		}
		return forbidden("User is not authorized to query across all organisation units")
	}
	return nil
}

func forbidden(format string, args ...any) *httpError {
	err := badRequest(format, args...)
	err.status, err.code = http.StatusForbidden, "E1006"
	return err
}

// searchScope are the roots a user may search below: those given for it, else
// those of the capture scope.
func (u User) searchScope() []string {
	if len(u.SearchOrgUnits) > 0 {
		return u.SearchOrgUnits
	}
	return u.OrgUnits
}

// scopeFilter tells org units inside of a scope from others. A program that is
// protected or closed narrows ACCESSIBLE to the capture scope.
type scopeFilter struct {
	seen map[string]bool
	test func(unit string) bool
}

func (s *Server) scopeFilter(user User, o orgScope, p *program) *scopeFilter {
	roots := user.searchScope()
	if p != nil && p.guarded() {
		roots = user.OrgUnits
	}
	f := &scopeFilter{seen: map[string]bool{}}
	accessible := func(unit string) bool { return s.meta.within(unit, roots) }
	switch {
	case o.mode == "ALL":
		f.test = func(string) bool { return true }
	case o.mode == "CAPTURE":
		f.test = func(unit string) bool { return s.meta.within(unit, user.OrgUnits) }
	case o.mode == "ACCESSIBLE", len(o.units) == 0:
		f.test = accessible
	case o.mode == "SELECTED":
		f.test = func(unit string) bool { return slices.Contains(o.units, unit) && accessible(unit) }
	case o.mode == "CHILDREN":
		f.test = func(unit string) bool {
			u := s.meta.orgUnits[unit]
			return u != nil && accessible(unit) && (slices.Contains(o.units, unit) || (u.Parent != nil && slices.Contains(o.units, u.Parent.ID)))
		}
	default:
		f.test = func(unit string) bool { return s.meta.within(unit, o.units) && accessible(unit) }
	}
	return f
}

// has remembers its answers: a list asks for few org units many times.
func (f *scopeFilter) has(unit string) bool {
	in, known := f.seen[unit]
	if !known {
		in = f.test(unit)
		f.seen[unit] = in
	}
	return in
}

// leavesCapture tells whether a search can find what is outside of the user's
// capture scope (dhis2.md 0b.18).
func (s *Server) leavesCapture(user User, o orgScope) bool {
	var looked []string
	switch o.mode {
	case "CAPTURE":
		return false
	case "SELECTED", "CHILDREN", "DESCENDANTS":
		looked = o.units
	case "ALL":
		for uid, unit := range s.meta.orgUnits {
			if unit.Parent == nil {
				looked = append(looked, uid)
			}
		}
	default:
		looked = user.searchScope()
	}
	return slices.ContainsFunc(looked, func(unit string) bool { return !s.meta.within(unit, user.OrgUnits) })
}

// guarded programs show their objects in the capture scope only.
func (p *program) guarded() bool { return p.AccessLevel == "PROTECTED" || p.AccessLevel == "CLOSED" }

// readsDataOf tells whether a user may read the data of a program, stage or type.
func (s *Server) readsDataOf(user User, n *named) bool { return n.Sharing.allows(user, readData) }
