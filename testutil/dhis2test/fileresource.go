package dhis2test

import (
	"crypto/md5" //nolint:gosec // DHIS2's own checksum of files, no security in it
	"encoding/hex"
	"io"
	"net/http"
	"strconv"
)

// fileResource is an uploaded file; its UID is the value of a data element or
// attribute of type FILE_RESOURCE or IMAGE, of one object only (E1009).
type fileResource struct {
	document object
	content  []byte
}

const (
	maxFiles    = 10_000
	maxFileSize = 10 << 20
)

// uploadFile serves POST /api/fileResources, a form with the part "file".
func (s *Server) uploadFile(w http.ResponseWriter, r *http.Request, user User) {
	file, header, err := r.FormFile("file")
	if err != nil {
		writeError(w, badRequest("Required part 'file' is not present."))
		return
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, maxFileSize+1))
	if err != nil || len(content) > maxFileSize || len(s.files) >= maxFiles {
		writeError(w, &httpError{status: http.StatusConflict, message: "File is too large"})
		return
	}
	uid, sum := s.uids.next(), md5.Sum(content) //nolint:gosec // as above
	name := first(header.Filename, "untitled")
	doc := object{
		"id": uid, "name": name, "displayName": name, "created": s.format(s.now()), "lastUpdated": s.format(s.now()),
		"contentType": first(header.Header.Get("Content-Type"), "application/octet-stream"), "contentLength": len(content),
		"contentMd5": hex.EncodeToString(sum[:]), "domain": first(r.FormValue("domain"), "DATA_VALUE"),
		"storageStatus": "STORED", "hasMultipleStorageFiles": false, "createdBy": userStamp(user), "lastUpdatedBy": userStamp(user),
	}
	s.files[uid] = fileResource{doc, content}
	s.store.files[uid] = ""
	writeJSON(w, http.StatusAccepted, message{
		HTTPStatus: "Accepted", HTTPStatusCode: http.StatusAccepted, Status: "OK",
		Response: map[string]any{"fileResource": doc, "responseType": "FileResource"},
	})
}

// describeFile serves GET /api/fileResources/{id}.
func (s *Server) describeFile(w http.ResponseWriter, r *http.Request, user User) {
	file, known := s.files[r.PathValue("id")]
	if !known {
		writeError(w, notFound("FileResource", r.PathValue("id")))
		return
	}
	writeJSON(w, http.StatusOK, s.viewer(r, user).pick("", file.document, parseMetaFields(fieldsParam(r.URL.Query(), "*"))))
}

// downloadFile serves GET /api/fileResources/{id}/data.
func (s *Server) downloadFile(w http.ResponseWriter, r *http.Request, _ User) {
	file, known := s.files[r.PathValue("id")]
	if !known {
		writeError(w, notFound("FileResource", r.PathValue("id")))
		return
	}
	w.Header().Set("Content-Type", text(file.document["contentType"]))
	w.Header().Set("Content-Length", strconv.Itoa(len(file.content)))
	_, _ = w.Write(file.content)
}
