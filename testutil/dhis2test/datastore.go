package dhis2test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// entry is one key of a data store (dhis2.md 1.7).
type entry struct {
	uid              string
	value            json.RawMessage
	encrypted        bool
	created, updated time.Time
	createdBy, by    User
}

// datastore keeps entries by namespace and key. It knows no versions of an
// entry: If-Match is ignored, so it is no lock.
type datastore map[string]map[string]*entry

// maxEntries bounds the keys of a server.
const maxEntries = 100_000

// Datastore returns the value of a key as JSON, or nil.
func (s *Server) Datastore(namespace, key string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.datastore[namespace][key]; e != nil {
		return bytes.Clone(e.value)
	}
	return nil
}

func (s *Server) namespaceMissing(name string) *httpError {
	return &httpError{status: http.StatusNotFound, code: "E1005", message: "Namespace not found: '" + name + "'"}
}

func keyMissing(namespace, key string) *httpError {
	return &httpError{status: http.StatusNotFound, code: "E1005", message: fmt.Sprintf("Key '%s' not found in namespace '%s'", key, namespace)}
}

// listNamespaces serves GET /api/dataStore.
func (s *Server) listNamespaces(w http.ResponseWriter, _ *http.Request, _ User) {
	writeJSON(w, http.StatusOK, append([]string{}, slices.Sorted(maps.Keys(s.datastore))...))
}

// listKeys serves GET /api/dataStore/{namespace}: the keys, or with fields the
// entries.
func (s *Server) listKeys(w http.ResponseWriter, r *http.Request, _ User) {
	name, q := r.PathValue("namespace"), r.URL.Query()
	entries := s.datastore[name]
	if entries == nil {
		writeError(w, s.namespaceMissing(name))
		return
	}
	if q.Has("fields") {
		s.queryEntries(w, r, entries)
		return
	}
	since, limited := parseInstant(q.Get("lastUpdated"), s.opts.Location)
	keys := []string{}
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		if !limited || !entries[key].updated.Before(since) {
			keys = append(keys, key)
		}
	}
	writeJSON(w, http.StatusOK, keys)
}

func (s *Server) deleteNamespace(w http.ResponseWriter, r *http.Request, _ User) {
	name := r.PathValue("namespace")
	if s.datastore[name] == nil {
		writeError(w, s.namespaceMissing(name))
		return
	}
	delete(s.datastore, name)
	writeOK(w, "Namespace deleted: '"+name+"'")
}

func (s *Server) readEntry(w http.ResponseWriter, r *http.Request, _ User) {
	namespace, key := r.PathValue("namespace"), r.PathValue("key")
	e := s.datastore[namespace][key]
	if e == nil {
		writeError(w, keyMissing(namespace, key))
		return
	}
	writeJSON(w, http.StatusOK, e.value)
}

// describeEntry serves GET /api/dataStore/{namespace}/{key}/metaData.
func (s *Server) describeEntry(w http.ResponseWriter, r *http.Request, user User) {
	namespace, key := r.PathValue("namespace"), r.PathValue("key")
	e := s.datastore[namespace][key]
	if e == nil {
		writeError(w, keyMissing(namespace, key))
		return
	}
	doc := object{
		"id": e.uid, "namespace": namespace, "key": key, "created": s.format(e.created), "lastUpdated": s.format(e.updated),
		"createdBy": userStamp(e.createdBy), "lastUpdatedBy": userStamp(e.by), "user": userStamp(e.createdBy),
		"translations": []any{}, "attributeValues": []any{}, "favorite": false, "favorites": []any{},
	}
	doc["sharing"] = s.sharingOf("dataStores", doc, nil, e.createdBy)
	v := s.viewer(r, user)
	doc["access"] = v.access("dataStores", doc)
	writeJSON(w, http.StatusOK, doc)
}

// entryValue reads the body as JSON text.
func entryValue(r *http.Request, key string) (json.RawMessage, *httpError) {
	body, err := io.ReadAll(r.Body)
	switch {
	case err != nil || len(bytes.TrimSpace(body)) == 0:
		return nil, badRequest("Required request body is missing: public org.hisp.dhis.dxf2.webmessage.WebMessage org.hisp.dhis.webapi.controller.DatastoreController")
	case !json.Valid(body):
		return nil, &httpError{status: http.StatusBadRequest, code: "E1003", message: "Invalid JSON value for key '" + key + "'"}
	}
	return body, nil
}

// createEntry serves POST /api/dataStore/{namespace}/{key}.
func (s *Server) createEntry(w http.ResponseWriter, r *http.Request, user User) {
	namespace, key := r.PathValue("namespace"), r.PathValue("key")
	if s.datastore[namespace][key] != nil {
		writeError(w, &httpError{status: http.StatusConflict, code: "E1004", message: fmt.Sprintf("Key '%s' already exists in namespace '%s'", key, namespace)})
		return
	}
	value, err := entryValue(r, key)
	if err == nil {
		err = s.putEntry(namespace, key, value, user, r.URL.Query().Get("encrypt") == "true")
	}
	if err != nil {
		writeError(w, err)
		return
	}
	writeCreated(w, "Key created: '"+key+"'")
}

func writeCreated(w http.ResponseWriter, text string) {
	writeJSONAs(w, "application/json;charset=UTF-8", http.StatusCreated, message{
		HTTPStatus: "Created", HTTPStatusCode: http.StatusCreated, Status: "OK", Message: text,
	})
}

func (s *Server) putEntry(namespace, key string, value json.RawMessage, user User, encrypted bool) *httpError {
	total := 0
	for _, entries := range s.datastore {
		total += len(entries)
	}
	old := s.datastore[namespace][key]
	if old == nil && total >= maxEntries {
		return &httpError{status: http.StatusConflict, message: "dhis2test: the data store is full"}
	}
	if s.datastore[namespace] == nil {
		s.datastore[namespace] = map[string]*entry{}
	}
	e := &entry{uid: s.uids.next(), value: value, encrypted: encrypted, created: s.now(), updated: s.now(), createdBy: user, by: user}
	if old != nil {
		e.uid, e.created, e.createdBy, e.encrypted = old.uid, old.created, old.createdBy, old.encrypted
		e.updated = s.now()
	} else {
		e.updated = e.created
	}
	s.datastore[namespace][key] = e
	return nil
}

// updateEntry serves PUT /api/dataStore/{namespace}/{key}: it creates what is
// not there (201), replaces what is, or with path changes a part of it (from
// 2.41); with roll it appends to a list that keeps its length.
func (s *Server) updateEntry(w http.ResponseWriter, r *http.Request, user User) {
	namespace, key, q := r.PathValue("namespace"), r.PathValue("key"), r.URL.Query()
	old := s.datastore[namespace][key]
	value, err := entryValue(r, key)
	if err == nil && old != nil && s.version.atLeast(2, 41) && (q.Has("path") || q.Has("roll")) {
		value, err = partial(old.value, q.Get("path"), positive(q.Get("roll"), 0), value)
	}
	if err == nil {
		err = s.putEntry(namespace, key, value, user, q.Get("encrypt") == "true")
	}
	switch {
	case err != nil:
		writeError(w, err)
	case old == nil:
		writeCreated(w, "Key created: '"+key+"'")
	default:
		writeOK(w, "Key updated: '"+key+"'")
	}
}

// partial puts a value at a path of a document.
func partial(doc json.RawMessage, path string, roll int, value json.RawMessage) (json.RawMessage, *httpError) {
	var root, added any
	if json.Unmarshal(doc, &root) != nil || json.Unmarshal(value, &added) != nil {
		return nil, &httpError{status: http.StatusBadRequest, code: "E1003", message: "Invalid JSON value"}
	}
	var segments []string
	if path != "" {
		segments = strings.Split(path, ".")
	}
	out, err := json.Marshal(placed(root, segments, roll, added))
	if err != nil {
		return nil, badRequest("Invalid JSON value")
	}
	return out, nil
}

func placed(node any, path []string, roll int, value any) any {
	if len(path) == 0 {
		list, isList := node.([]any)
		if roll == 0 || (node != nil && !isList) {
			return value
		}
		list = append(slices.Clone(list), value)
		return list[max(0, len(list)-roll):]
	}
	members, ok := node.(map[string]any)
	if !ok {
		members = map[string]any{}
	}
	members = maps.Clone(members)
	members[path[0]] = placed(members[path[0]], path[1:], roll, value)
	return members
}

func (s *Server) deleteEntry(w http.ResponseWriter, r *http.Request, _ User) {
	namespace, key := r.PathValue("namespace"), r.PathValue("key")
	if s.datastore[namespace][key] == nil {
		writeError(w, keyMissing(namespace, key))
		return
	}
	delete(s.datastore[namespace], key)
	if len(s.datastore[namespace]) == 0 {
		delete(s.datastore, namespace)
	}
	writeOK(w, fmt.Sprintf("Key '%s' deleted from namespace '%s'", key, namespace))
}

// The data store of a user is one of the server's, in a namespace of the
// user's own.
func userNamespace(user User, namespace string) string { return "\x00" + user.UID + "\x00" + namespace }

func (s *Server) createUserEntry(w http.ResponseWriter, r *http.Request, user User) {
	namespace, key := r.PathValue("namespace"), r.PathValue("key")
	own := userNamespace(user, namespace)
	if s.userStore[own][key] != nil {
		writeError(w, &httpError{status: http.StatusConflict, code: "E1004", message: fmt.Sprintf("Key '%s' already exists in namespace '%s'", key, namespace)})
		return
	}
	s.saveUserEntry(w, r, user, fmt.Sprintf("Key '%s' in namespace '%s' created.", key, namespace), true)
}

func (s *Server) updateUserEntry(w http.ResponseWriter, r *http.Request, user User) {
	namespace, key := r.PathValue("namespace"), r.PathValue("key")
	if s.userStore[userNamespace(user, namespace)][key] == nil {
		writeError(w, keyMissing(namespace, key))
		return
	}
	s.saveUserEntry(w, r, user, fmt.Sprintf("Key '%s' in namespace '%s' updated.", key, namespace), false)
}

func (s *Server) saveUserEntry(w http.ResponseWriter, r *http.Request, user User, done string, created bool) {
	key := r.PathValue("key")
	value, err := entryValue(r, key)
	if err != nil {
		writeError(w, err)
		return
	}
	own := userNamespace(user, r.PathValue("namespace"))
	if s.userStore[own] == nil {
		s.userStore[own] = map[string]*entry{}
	}
	if len(s.userStore[own]) < maxEntries {
		s.userStore[own][key] = &entry{value: value, created: s.now(), updated: s.now()}
	}
	if created {
		writeCreated(w, done)
		return
	}
	writeOK(w, done)
}

func (s *Server) readUserEntry(w http.ResponseWriter, r *http.Request, user User) {
	namespace, key := r.PathValue("namespace"), r.PathValue("key")
	e := s.userStore[userNamespace(user, namespace)][key]
	if e == nil {
		writeError(w, keyMissing(namespace, key))
		return
	}
	writeJSON(w, http.StatusOK, e.value)
}
