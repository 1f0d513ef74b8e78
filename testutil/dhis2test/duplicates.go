package dhis2test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// potentialDuplicate is a pair of tracked entities that somebody takes for one.
type potentialDuplicate struct {
	uid, original, duplicate string
	status                   string // OPEN, INVALID, MERGED
	created, updated         time.Time
	by                       User
}

func (s *Server) duplicateDocument(d *potentialDuplicate) object {
	return object{
		"id": d.uid, "original": d.original, "duplicate": d.duplicate, "status": d.status,
		"created": s.format(d.created), "lastUpdated": s.format(d.updated),
		"createdByUserName": d.by.Username, "lastUpdatedByUserName": d.by.Username,
	}
}

// listDuplicates serves GET /api/potentialDuplicates?status=&trackedEntities=.
func (s *Server) listDuplicates(w http.ResponseWriter, r *http.Request, user User) {
	q := r.URL.Query()
	status, entities := strings.ToUpper(first(q.Get("status"), "OPEN")), commaList(append(q["trackedEntities"], q["teis"]...))
	if !slices.Contains([]string{"OPEN", "INVALID", "MERGED", "ALL"}, status) {
		writeError(w, badRequest("Value '%s' is not valid for parameter status. Valid values are: [ALL, OPEN, INVALID, MERGED]", q.Get("status")))
		return
	}
	fields, v := parseMetaFields(fieldsParam(q, "*")), s.viewer(r, user)
	list := []any{}
	for _, d := range s.duplicates {
		if (status == "ALL" || d.status == status) && (len(entities) == 0 || slices.Contains(entities, d.original) || slices.Contains(entities, d.duplicate)) {
			list = append(list, v.pick("", s.duplicateDocument(d), fields))
		}
	}
	page, size := positive(q.Get("page"), 1), positive(q.Get("pageSize"), defaultPageSize)
	doc := map[string]any{}
	if q.Get("paging") != "false" {
		from := min((page-1)*size, len(list))
		list = list[from:min(from+size, len(list))]
		doc["pager"] = map[string]any{"page": page, "pageSize": size}
	}
	doc["potentialDuplicates"] = list
	writeJSON(w, http.StatusOK, doc)
}

// createDuplicate serves POST /api/potentialDuplicates.
func (s *Server) createDuplicate(w http.ResponseWriter, r *http.Request, user User) {
	var in struct{ Original, Duplicate string }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		writeError(w, badRequest("JSON parse error: the body is not an object"))
		return
	}
	for _, uid := range []string{in.Original, in.Duplicate} {
		e := s.store.entities.get(uid)
		switch {
		case uid == "":
			writeError(w, badRequest("Missing required input property 'original' or 'duplicate'"))
			return
		case !uidPattern.MatchString(uid):
			writeError(w, badRequest("'%s' is not valid value for property 'original' or 'duplicate'", uid))
			return
		case e == nil || e.deleted:
			writeError(w, &httpError{status: http.StatusNotFound, message: "No tracked entity found with id '" + uid + "'.", code: "E1005"})
			return
		}
	}
	for _, d := range s.duplicates {
		pair := []string{d.original, d.duplicate}
		if d.status == "OPEN" && slices.Contains(pair, in.Original) && slices.Contains(pair, in.Duplicate) {
			writeError(w, &httpError{status: http.StatusConflict, message: "'" + in.Original + "' and '" + in.Duplicate + "' is already marked as a potential duplicate"})
			return
		}
	}
	d := &potentialDuplicate{uid: s.uids.next(), original: in.Original, duplicate: in.Duplicate, status: "OPEN", created: s.now(), updated: s.now(), by: user}
	if len(s.duplicates) < maxEntries {
		s.duplicates = append(s.duplicates, d)
	}
	s.flagDuplicates(d, true)
	writeJSON(w, http.StatusOK, s.duplicateDocument(d))
}

// flagDuplicates sets the flag of both tracked entities.
func (s *Server) flagDuplicates(d *potentialDuplicate, flag bool) {
	for _, uid := range []string{d.original, d.duplicate} {
		if e := s.store.entities.get(uid); e != nil {
			e.potentialDuplicate = flag
		}
	}
}

func (s *Server) duplicateOf(w http.ResponseWriter, r *http.Request) *potentialDuplicate {
	uid := r.PathValue("id")
	at := slices.IndexFunc(s.duplicates, func(d *potentialDuplicate) bool { return d.uid == uid })
	if at < 0 {
		writeError(w, &httpError{status: http.StatusNotFound, message: "No potentialDuplicate record found with id '" + uid + "'.", code: "E1005"})
		return nil
	}
	return s.duplicates[at]
}

func (s *Server) readDuplicate(w http.ResponseWriter, r *http.Request, _ User) {
	if d := s.duplicateOf(w, r); d != nil {
		writeJSON(w, http.StatusOK, s.duplicateDocument(d))
	}
}

// settleDuplicate serves PUT /api/potentialDuplicates/{id}?status=: merged can
// neither be undone nor set by hand.
func (s *Server) settleDuplicate(w http.ResponseWriter, r *http.Request, _ User) {
	d := s.duplicateOf(w, r)
	if d == nil {
		return
	}
	switch status := strings.ToUpper(r.URL.Query().Get("status")); {
	case d.status == "MERGED":
		writeError(w, badRequest("Can't update a potential duplicate that is already MERGED to %s", status))
	case status == "MERGED":
		writeError(w, badRequest("Can't update a potential duplicate to MERGED"))
	case status != "OPEN" && status != "INVALID":
		writeError(w, badRequest("Value '%s' is not valid for parameter status. Valid values are: [OPEN, INVALID, MERGED]", r.URL.Query().Get("status")))
	default:
		d.status, d.updated = status, s.now()
		s.flagDuplicates(d, status == "OPEN")
		w.WriteHeader(http.StatusOK)
	}
}

// mergeDuplicate serves POST /api/potentialDuplicates/{id}/merge: the
// duplicate's values, enrollments and relationships become the original's, and
// the duplicate is deleted. Values that contradict each other are a 409.
func (s *Server) mergeDuplicate(w http.ResponseWriter, r *http.Request, user User) {
	d := s.duplicateOf(w, r)
	if d == nil {
		return
	}
	original, duplicate := s.store.entities.get(d.original), s.store.entities.get(d.duplicate)
	conflict := func(format string, args ...any) {
		writeError(w, &httpError{status: http.StatusConflict, message: "PotentialDuplicate is missing references and cannot be merged: " + fmt.Sprintf(format, args...)})
	}
	switch {
	case d.status != "OPEN":
		conflict("it is %s", d.status)
		return
	case original == nil || duplicate == nil || original.deleted || duplicate.deleted:
		conflict("a tracked entity is gone")
		return
	case original.entityType != duplicate.entityType:
		conflict("the types differ")
		return
	}
	for _, v := range duplicate.attributes {
		if held, ok := original.attributes.get(v.ref); ok && held != v.text {
			conflict("the values of %s differ", v.ref)
			return
		}
	}
	for _, mine := range original.enrollments {
		for _, other := range duplicate.enrollments {
			if mine.program == other.program && !mine.deleted && !other.deleted {
				conflict("both are enrolled in %s", mine.program)
				return
			}
		}
	}
	s.joinEntities(original, duplicate, user)
	d.status, d.updated = "MERGED", s.now()
	w.WriteHeader(http.StatusOK)
}
