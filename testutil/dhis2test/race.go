package dhis2test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// racing are the imports between validation and commit, with Options.Race.
type racing struct{ imports []*importRun }

func (r *racing) enter(run *importRun) { r.imports = append(r.imports, run) }

func (r *racing) leave(run *importRun) {
	r.imports = slices.DeleteFunc(r.imports, func(o *importRun) bool { return o == run })
}

// deadlock: two imports that update the same entities in another order wait
// for each other, and PostgreSQL ends one of them: here the one that comes to
// its commit first, while the other is still on its way. Seen up to 2.42
// (dhis2.md 2.4).
func (r *racing) deadlock(run *importRun) *httpError {
	if run.version.atLeast(2, 43) {
		return nil
	}
	for _, other := range r.imports {
		if other != run && run.crosses(other) {
			return run.databaseError("ERROR: deadlock detected\n  Detail: Process 101 waits for ShareLock on transaction 201; " +
				"blocked by process 102.\nProcess 102 waits for ShareLock on transaction 202; blocked by process 101.\n" +
				"  Hint: See server log for query details.\n  Where: while updating tuple (0,1) in relation \"trackedentity\"")
		}
	}
	return nil
}

// crosses tells whether both imports update two same entities in different
// order.
func (run *importRun) crosses(other *importRun) bool {
	place := map[string]int{}
	for i, e := range other.in.entities {
		if e.persist && e.do == update {
			place[e.uid] = i
		}
	}
	last := -1
	for _, e := range run.in.entities {
		at, both := place[e.uid]
		if !both || !e.persist || e.do != update {
			continue
		}
		if at < last {
			return true
		}
		last = at
	}
	return false
}

// constraint is what the database refuses at the commit: what validation did
// not see because another import stored it since, the same new UID twice
// (from 2.43), a NUL in a value.
func (run *importRun) constraint() *httpError {
	for _, e := range run.in.entities {
		if e.isNew() && (run.store.entities.get(e.uid) != nil || run.refusesAgain(&e.head)) {
			return run.duplicate("uk_rbr4kyuk4s0kb4jo1r77cuaq9", "uid", e.uid)
		}
		if e.persist && run.attributeTaken(e) {
			return run.duplicate("trackedentityattributevalue_pkey", "trackedentityid, trackedentityattributeid", "1, 1")
		}
	}
	for _, e := range run.in.enrollments {
		if e.isNew() && (run.store.enrollments.get(e.uid) != nil || run.refusesAgain(&e.head)) {
			return run.duplicate("uk_d3lsa2h8me94ksyp53l6rpe3g", "uid", e.uid)
		}
		if e.isNew() && !e.owned && run.ownerTaken(e) {
			return run.duplicate("trackedentityprogramowner_trackedentityid_programid_key", "trackedentityid, programid", "1, 1")
		}
	}
	for _, e := range run.in.events {
		switch {
		case e.isNew() && run.store.events.get(e.uid) != nil:
			return run.duplicate("uk_event_uid", "uid", e.uid)
		case e.isNew() && run.refusesAgain(&e.head):
			return run.duplicate("trackerevent_pkey", "eventid", "1")
		}
	}
	for _, r := range run.in.relationships {
		if r.isNew() && run.store.relationships.get(r.uid) != nil {
			return run.duplicate("uk_relationship_uid", "uid", r.uid)
		}
	}
	if run.in.hasNUL() {
		text := `ERROR: invalid byte sequence for encoding "UTF8": 0x00`
		return run.databaseError(text + "\n  Where: unnamed portal parameter $5")
	}
	return nil
}

func (h *head) isNew() bool { return h.persist && h.do == create }

// refusesAgain: a new UID that is twice in a payload is written twice from
// 2.43 (dhis2.md 7, rule 6).
func (run *importRun) refusesAgain(h *head) bool { return h.again && run.version.atLeast(2, 43) }

// attributeTaken: another import has given the entity a value since that this
// one wants to insert.
func (run *importRun) attributeTaken(e *entityIn) bool {
	stored := run.store.entities.get(e.uid)
	if stored == nil || e.again || len(stored.attributes) == len(e.before) {
		return false
	}
	for _, v := range e.attributes {
		a := run.attribute(v.ref)
		if a != nil && v.value != nil && e.before.index(a.ID) < 0 && stored.attributes.index(a.ID) >= 0 {
			return true
		}
	}
	return false
}

// ownerTaken: another import has made the entity's first enrollment in the
// program since.
func (run *importRun) ownerTaken(e *enrollmentIn) bool {
	stored, p := run.store.entities.get(e.entity), run.program(e.program)
	return stored != nil && p != nil && stored.owner(p.ID) != ""
}

func (run *importRun) duplicate(constraint, columns, values string) *httpError {
	return run.databaseError(fmt.Sprintf("ERROR: duplicate key value violates unique constraint %q\n  Detail: Key (%s)=(%s) already exists.",
		constraint, columns, values))
}

// databaseError is how a failure below the validation looks, which is not an
// import report: 2.42 says 409, 2.43 says 500, both with PostgreSQL's text,
// 2.41 trips over it (dhis2.md section 0, fact 2).
func (run *importRun) databaseError(text string) *httpError {
	status := http.StatusConflict
	switch {
	case run.version.atLeast(2, 43):
		status = http.StatusInternalServerError
	case run.version.before(2, 42):
		status = http.StatusInternalServerError
		if run.version.atLeast(2, 41) {
			text = strings.Join([]string{
				`Cannot invoke "org.hisp.dhis.tracker.imports.report.PersistenceReport.getStats()" because`,
				`"persistenceReport" is null`,
			}, " ")
		}
	}
	return &httpError{status: status, message: text}
}
