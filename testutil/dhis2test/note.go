package dhis2test

import (
	"io"
	"mime"
	"net/http"
)

// noteAdder serves POST /api/tracker/{enrollments|events}/{uid}/note, which
// DHIS2 has from 2.42 (dhis2.md 1.8): a note by itself, without an import. The
// object must be visible to the user; the note must have a text and be new, for
// unlike an import, which only warns (E1119), this refuses one that is there.
// The answer is the note. The object's updatedAt stays as it is.
func (s *Server) noteAdder(endpoint string) handler {
	return func(w http.ResponseWriter, r *http.Request, user User) {
		uid := r.PathValue("uid")
		notes, httpErr := s.notesOf(endpoint, r, user, uid)
		if httpErr == nil {
			httpErr = s.addNote(w, r, user, notes)
		}
		if httpErr != nil {
			writeError(w, httpErr)
		}
	}
}

// notesOf finds the notes of an object that the user may see.
func (s *Server) notesOf(endpoint string, r *http.Request, user User, uid string) (*[]note, *httpError) {
	if !uidPattern.MatchString(uid) {
		return nil, badRequest("Value '%s' is not valid for path parameter uid. %s%s", uid, uidReason, uid)
	}
	if endpoint == "enrollments" {
		if _, httpErr := s.getEnrollment(r, user, uid); httpErr != nil {
			return nil, httpErr
		}
		return &s.store.enrollments.get(uid).notes, nil
	}
	if _, httpErr := s.getEvent(r, user, uid); httpErr != nil {
		return nil, httpErr
	}
	return &s.store.events.get(uid).notes, nil
}

func (s *Server) addNote(w http.ResponseWriter, r *http.Request, user User, notes *[]note) *httpError {
	sent := r.Header.Get("Content-Type")
	if media, _, err := mime.ParseMediaType(sent); err != nil || media != "application/json" {
		return s.unsupportedMedia(sent)
	}
	body, err := io.ReadAll(r.Body) // bounded by ServeHTTP
	if err != nil {
		return badRequest("Required request body is missing")
	}
	doc, httpErr := decodeBody(body)
	if httpErr != nil {
		return httpErr
	}
	b := &bodyReader{version: s.version, loc: s.opts.Location, uids: &s.uids}
	added := note{uid: b.ownUID(doc, "note"), value: b.text(doc, "value"), at: s.now(), by: &user}
	switch {
	case b.err != nil:
		return b.err
	case added.value == "":
		return invalidParam("Value cannot be empty")
	case s.store.notes[added.uid]:
		return invalidParam("Note `%s` already exists.", added.uid)
	}
	s.store.notes[added.uid] = true
	*notes = append(*notes, added)
	writeJSON(w, http.StatusOK, object{"note": added.uid, "value": added.value})
	return nil
}
