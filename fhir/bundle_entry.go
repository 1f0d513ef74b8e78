package fhir

import (
	"strconv"
	"strings"
)

// BundleEntry is an entry of a Bundle. It refers to the bytes of its Bundle. It is immutable
// and safe for concurrent use.
type BundleEntry struct {
	place    int
	raw      []byte
	fullURL  []byte
	resource []byte
	request  []byte
	response []byte
	search   []byte
}

// noteMember keeps a member of an entry that is being read.
func noteMember(e *BundleEntry, name, value []byte) {
	switch string(name) {
	case "fullUrl":
		e.fullURL = value
	case "resource":
		e.resource = value
	case "request":
		e.request = value
	case "response":
		e.response = value
	case "search":
		e.search = value
	default: // kept as it is
	}
}

// Place returns where the entry is in its Bundle, from 0.
func (e BundleEntry) Place() int { return e.place }

// Bytes returns the whole entry as it came. The caller must not change it.
func (e BundleEntry) Bytes() []byte { return e.raw }

// FullURL returns the entry's fullUrl: the absolute URL of its resource, or "urn:uuid:…" of
// one that has none yet. It is "" where there is none.
func (e BundleEntry) FullURL() string { return jsonText(e.fullURL) }

// HasResource reports whether the entry has a resource.
func (e BundleEntry) HasResource() bool { return len(e.resource) > 0 && e.resource[0] == '{' }

// Resource returns the entry's resource, with the bytes that it has in the Bundle, and the
// zero Resource where there is none.
func (e BundleEntry) Resource() Resource {
	if !e.HasResource() {
		return Resource{}
	}
	return parsedResource(e.resource)
}

// BundleRequest is what an entry of a transaction, a batch or a history asks, or asked, of the
// server (R4 Bundle.entry.request).
type BundleRequest struct {
	Method          string
	URL             string
	IfNoneMatch     string
	IfModifiedSince string
	IfMatch         string
	IfNoneExist     string
}

// Request returns what the entry asks of the server, and false if it asks nothing.
func (e BundleEntry) Request() (BundleRequest, bool) {
	var r BundleRequest
	for name, value := range jsonMembers(e.request) {
		switch string(name) {
		case "method":
			r.Method = jsonText(value)
		case "url":
			r.URL = jsonText(value)
		case "ifNoneMatch":
			r.IfNoneMatch = jsonText(value)
		case "ifModifiedSince":
			r.IfModifiedSince = jsonText(value)
		case "ifMatch":
			r.IfMatch = jsonText(value)
		case "ifNoneExist":
			r.IfNoneExist = jsonText(value)
		default: // of no concern here
		}
	}
	return r, e.request != nil
}

// BundleResponse is what a server answered to an entry (R4 Bundle.entry.response).
type BundleResponse struct {
	// Status is the HTTP status, 201; 0 if there is none. Text is the rest: "Created".
	Status int
	Text   string
	// Location is where the resource is now, and which version it has.
	Location Location
	// ETag is the version without W/ and quotes: HAPI writes 1 where others write W/"1".
	ETag string
	// LastModified is an instant as it came.
	LastModified string
	// Outcome is what the server said; it may say something of a success too. nil for nothing.
	Outcome *OperationOutcome
}

// Response returns what the server answered to the entry, and false if there is no answer.
func (e BundleEntry) Response() (BundleResponse, bool) {
	var r BundleResponse
	for name, value := range jsonMembers(e.response) {
		switch string(name) {
		case "status":
			r.Status, r.Text = parseStatus(jsonText(value))
		case "location":
			r.Location = ParseLocation(jsonText(value))
		case "etag":
			r.ETag = ParseETag(jsonText(value))
		case "lastModified":
			r.LastModified = jsonText(value)
		case "outcome":
			var outcome OperationOutcome
			if outcome.UnmarshalJSON(value) == nil {
				r.Outcome = &outcome
			}
		default: // of no concern here
		}
	}
	return r, e.response != nil
}

// parseStatus reads "201 Created" and "201".
func parseStatus(text string) (status int, reason string) {
	number, reason, _ := strings.Cut(strings.TrimSpace(text), " ")
	status, err := strconv.Atoi(number)
	if err != nil || status < 100 || status > 599 {
		return 0, text
	}
	return status, strings.TrimSpace(reason)
}

// SearchMode is why a resource is in a searchset (R4 Bundle.entry.search.mode).
type SearchMode string

// The modes.
const (
	SearchMatch   SearchMode = "match"
	SearchInclude SearchMode = "include"
	SearchOutcome SearchMode = "outcome"
)

// SearchMode returns why the entry is in a searchset. Where the server does not tell, an
// OperationOutcome is an outcome and any other resource a match.
func (e BundleEntry) SearchMode() SearchMode {
	if mode := jsonText(jsonMember(e.search, "mode")); mode != "" {
		return SearchMode(mode)
	}
	if jsonText(jsonMember(e.resource, "resourceType")) == "OperationOutcome" {
		return SearchOutcome
	}
	return SearchMatch
}

// SearchScore returns how well a match fits, from 0 to 1, as $match tells it, and false where
// the server does not tell.
func (e BundleEntry) SearchScore() (float64, bool) {
	score, err := strconv.ParseFloat(string(jsonMember(e.search, "score")), 64)
	return score, err == nil
}
