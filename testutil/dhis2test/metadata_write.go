package dhis2test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// objectMessage is the WebMessage of a change of one object.
func objectMessage(status int, kind metadataKind, uid string, errs []metaError) message {
	m := message{HTTPStatus: http.StatusText(status), HTTPStatusCode: status, Status: "OK"}
	if len(errs) > 0 {
		m.Status, m.Message = "ERROR", seeDetails
	} else {
		errs = []metaError{}
	}
	m.Response = map[string]any{"uid": uid, "klass": kind.java, "errorReports": errs, "responseType": "ObjectReport"}
	return m
}

func readObject(r *http.Request) (object, *httpError) {
	var in object
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(body, &in)
	}
	if err != nil || in == nil {
		return nil, badRequest("JSON parse error: the body is not an object")
	}
	return in, nil
}

// createMetadata serves POST /api/{plural}.
func (s *Server) createMetadata(plural string) handler {
	return func(w http.ResponseWriter, r *http.Request, user User) {
		kind, _ := s.catalogue.kind(plural)
		in, httpErr := readObject(r)
		if httpErr != nil {
			writeError(w, httpErr)
			return
		}
		o := s.saved(s.catalogue, kind, in, user)
		if errs := s.objectErrors(kind, o); len(errs) > 0 {
			writeJSON(w, http.StatusConflict, objectMessage(http.StatusConflict, kind, text(o["id"]), errs))
			return
		}
		if !s.store1(w, kind, o) {
			return
		}
		w.Header().Set("Location", s.base(r)+"/api/"+plural+"/"+text(o["id"]))
		writeJSONAs(w, "application/json", http.StatusCreated, objectMessage(http.StatusCreated, kind, text(o["id"]), nil))
	}
}

// store1 puts one object in, or answers why that cannot be.
func (s *Server) store1(w http.ResponseWriter, kind metadataKind, o object) bool {
	next := s.catalogue.clone()
	next.put(kind.plural, o)
	if err := s.useCatalogue(next); err != nil {
		writeError(w, &httpError{status: http.StatusConflict, message: err.Error()})
		return false
	}
	return true
}

// objectErrors are missing properties (E4000), values that must be the only
// ones of their kind (E5003) and references that lead nowhere (E5002).
func (s *Server) objectErrors(kind metadataKind, o object) []metaError {
	var out []metaError
	for property, class := range kind.required {
		if v := o[property]; v == nil || v == "" {
			out = append(out, metaError{
				Message: "Missing required property `" + property + "`", Args: []string{property}, MainKlass: kind.java,
				ErrorCode: "E4000", ErrorKlass: class, ErrorProperty: property, ErrorProperties: []string{property},
			})
		}
	}
	for _, property := range kind.unique {
		value := text(o[property])
		for _, other := range s.catalogue.all(kind.plural) {
			if value == "" || other["id"] == o["id"] || text(other[property]) != value {
				continue
			}
			args := []string{property, value, fmt.Sprintf("%s [%s] (%s)", text(o["name"]), text(o["id"]), kind.class), text(other["id"])}
			out = append(out, metaError{
				Message: fmt.Sprintf("Property `%s` with value `%s` on object %s already exists on object %s", args[0], args[1], args[2], args[3]),
				Args:    args, MainKlass: kind.java, ErrorCode: "E5003", MainID: text(other["id"]),
				ErrorProperty: property, ErrorProperties: args,
			})
		}
	}
	return append(out, s.catalogue.referenceErrors(kind, o)...)
}

// changeMetadata serves PUT and PATCH /api/{plural}/{id}: a document in the
// place of the old one, or a JSON patch (RFC 6902) of it.
func (s *Server) changeMetadata(plural string) handler {
	return func(w http.ResponseWriter, r *http.Request, user User) {
		kind, _ := s.catalogue.kind(plural)
		old, httpErr := s.readable(r, user, plural)
		var in object
		if httpErr == nil && r.Method == http.MethodPatch {
			in, httpErr = patched(old, r)
		} else if httpErr == nil {
			in, httpErr = readObject(r)
		}
		if httpErr != nil {
			writeError(w, httpErr)
			return
		}
		in["id"] = old["id"]
		o := s.saved(s.catalogue, kind, in, user)
		if errs := s.objectErrors(kind, o); len(errs) > 0 {
			writeJSON(w, http.StatusConflict, objectMessage(http.StatusConflict, kind, text(o["id"]), errs))
			return
		}
		if s.store1(w, kind, o) {
			writeJSON(w, http.StatusOK, objectMessage(http.StatusOK, kind, text(o["id"]), nil))
		}
	}
}

// patched applies add, replace and remove at the paths of a JSON patch.
func patched(old object, r *http.Request) (object, *httpError) {
	var operations []struct {
		Op    string `json:"op"`
		Path  string `json:"path"`
		Value any    `json:"value"`
	}
	if err := json.NewDecoder(r.Body).Decode(&operations); err != nil {
		return nil, badRequest("JSON parse error: the body is not a JSON patch")
	}
	copied, err := json.Marshal(old)
	var out object
	if err == nil {
		err = json.Unmarshal(copied, &out)
	}
	if err != nil {
		return nil, badRequest("JSON parse error")
	}
	for _, op := range operations {
		property, index, deep := strings.Cut(strings.TrimPrefix(op.Path, "/"), "/")
		list, _ := out[property].([]any)
		switch {
		case deep && (op.Op == "add" && index == "-"):
			out[property] = append(slices.Clone(list), op.Value)
		case deep && op.Op == "remove-by-id":
			out[property] = slices.DeleteFunc(slices.Clone(list), func(v any) bool { uid, ok := isReference(v); return ok && uid == index })
		case deep:
			return nil, badRequest("Path is not supported: %s", op.Path)
		case op.Op == "remove":
			delete(out, property)
		case op.Op == "add" || op.Op == "replace":
			out[property] = op.Value
		default:
			return nil, badRequest("Could not resolve type id '%s' as a subtype of `org.hisp.dhis.jsonpatch.JsonPatchOperation`", op.Op)
		}
	}
	return out, nil
}

// deleteMetadata serves DELETE /api/{plural}/{id}.
func (s *Server) deleteMetadata(plural string) handler {
	return func(w http.ResponseWriter, r *http.Request, user User) {
		kind, _ := s.catalogue.kind(plural)
		o, httpErr := s.readable(r, user, plural)
		if httpErr != nil {
			writeError(w, httpErr)
			return
		}
		next := s.catalogue.clone()
		next.remove(plural, text(o["id"]))
		if err := s.useCatalogue(next); err != nil { // something else refers to it
			writeError(w, &httpError{
				status: http.StatusConflict, code: "E4030",
				message: "Object could not be deleted because it is associated with another object: " + text(o["id"]),
			})
			return
		}
		writeJSON(w, http.StatusOK, objectMessage(http.StatusOK, kind, text(o["id"]), nil))
	}
}

// assign serves POST and DELETE /api/{plural}/{id}/{property}/{item}: an item
// of a collection, such as an org unit of a program.
func (s *Server) assign(plural string) handler {
	return func(w http.ResponseWriter, r *http.Request, user User) {
		kind, _ := s.catalogue.kind(plural)
		o, httpErr := s.readable(r, user, plural)
		property, item := r.PathValue("property"), r.PathValue("item")
		target, known := s.catalogue.kind(referenceKinds[property])
		switch {
		case httpErr != nil:
		case !known:
			httpErr = badRequest("Property %s does not exist on %s", property, kind.class)
		case s.catalogue.get(target.plural, item) == nil:
			httpErr = notFound(target.class, item)
		}
		if httpErr != nil {
			writeError(w, httpErr)
			return
		}
		changed := maps.Clone(o)
		list, _ := o[property].([]any)
		list = slices.DeleteFunc(slices.Clone(list), func(v any) bool { uid, ok := isReference(v); return ok && uid == item })
		stats := metaStats{Deleted: 1, Total: 1}
		if r.Method == http.MethodPost {
			list, stats = append(list, object{"id": item}), metaStats{Updated: 1, Total: 1}
		}
		changed[property] = list
		if s.store1(w, kind, s.saved(s.catalogue, kind, changed, user)) {
			writeJSON(w, http.StatusOK, message{HTTPStatus: "OK", HTTPStatusCode: http.StatusOK, Status: "OK", Response: map[string]any{
				"status": "OK", "stats": stats, "objectReports": []any{}, "responseType": "TypeReport",
			}})
		}
	}
}

// setSharing serves PUT and POST /api/sharing?type=&id=.
func (s *Server) setSharing(w http.ResponseWriter, r *http.Request, user User) {
	q := r.URL.Query()
	in, httpErr := readObject(r)
	if httpErr != nil {
		writeError(w, httpErr)
		return
	}
	for _, kind := range s.catalogue.kinds {
		if kind.singular() != q.Get("type") {
			continue
		}
		o := s.catalogue.get(kind.plural, q.Get("id"))
		if o == nil {
			break
		}
		given, _ := in["object"].(map[string]any)
		changed := maps.Clone(o)
		changed["sharing"] = object{"public": given["publicAccess"], "users": sharedWith(given["userAccesses"]), "userGroups": sharedWith(given["userGroupAccesses"])}
		if s.store1(w, kind, s.saved(s.catalogue, kind, changed, user)) {
			writeOK(w, "Access control set")
		}
		return
	}
	writeError(w, &httpError{status: http.StatusNotFound, message: fmt.Sprintf("Object of type %s with ID %s was not found.", q.Get("type"), q.Get("id"))})
}

func sharedWith(list any) object {
	out := object{}
	items, _ := list.([]any)
	for _, item := range items {
		if o, ok := item.(map[string]any); ok {
			out[text(o["id"])] = object{"id": o["id"], "access": o["access"]}
		}
	}
	return out
}

// writeOK is the WebMessage of something done.
func writeOK(w http.ResponseWriter, text string) {
	writeJSON(w, http.StatusOK, message{HTTPStatus: "OK", HTTPStatusCode: http.StatusOK, Status: "OK", Message: text})
}
