package fhir

import (
	"fmt"
	"net/http"
	"strings"
)

// BundleResult is what became of one entry of a transaction or a batch.
type BundleResult struct {
	// Place of the entry in the Bundle that was sent, from 0.
	Place int
	// FullURL and Request are of the entry that was sent.
	FullURL string
	Request BundleRequest
	// Response is what the server answered. Its Location is completed with what the request and
	// the resource in the answer tell, where the server says less.
	Response BundleResponse
	// Resource is what the server sent back: the result of a GET, and what it stored where
	// "Prefer: return=representation" asked for it. Zero for nothing.
	Resource Resource
	// Err is an *OutcomeError if the entry was refused, nil if it was done.
	Err error
}

// BundleResults are what became of the entries of a transaction or a batch, in the order of
// the Bundle that was sent.
type BundleResults []BundleResult

// Results brings the answer to a transaction or a batch together with its entries: by their
// places, as the specification demands (R4 http.html, section 3.1.0.11.2). The error is
// ErrBundleMismatch for an answer that cannot be one to this Bundle: another number of entries,
// or a location of another resource than was to be written. That entries of a batch were refused is not an error here: see [BundleResults.Err].
func (b *Bundle) Results(answer *Bundle) (BundleResults, error) {
	switch answer.Type() {
	case BundleTransactionResponse, BundleBatchResponse:
	default:
		return nil, fmt.Errorf("%w: it is %s", ErrBundleMismatch, safeType(string(answer.Type())))
	}
	if b.Len() != answer.Len() {
		return nil, fmt.Errorf("%w: it has %d entries for %d", ErrBundleMismatch, answer.Len(), b.Len())
	}
	results := make(BundleResults, b.Len())
	for i, sent := range b.entries {
		got := answer.entries[i]
		response, ok := got.Response()
		if !ok || response.Status == 0 {
			return nil, fmt.Errorf("%w: entry %d has no status", ErrBundleMismatch, i)
		}
		request, _ := sent.Request()
		r := BundleResult{Place: i, FullURL: sent.FullURL(), Request: request, Response: response, Resource: got.Resource()}
		if r.isElsewhere() {
			return nil, fmt.Errorf("%w: entry %d is answered with the place of another resource", ErrBundleMismatch, i)
		}
		r.Response.Location = completed(r)
		r.Err = entryRefusal(r)
		results[i] = r
	}
	return results, nil
}

// isElsewhere reports whether a write was answered with the location of what it cannot have
// written: the answers are in another order then, or not to this Bundle.
func (r BundleResult) isElsewhere() bool {
	at := r.Response.Location
	path, _, conditional := strings.Cut(strings.TrimPrefix(r.Request.URL, "/"), "?")
	if at.IsZero() || r.Response.Status >= http.StatusMultipleChoices || strings.Contains(path, "$") {
		return false
	}
	switch r.Request.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch:
	default:
		return false
	}
	if kind := requestType(path); kind != "" && kind != at.Type {
		return true
	}
	asked := ParseLocation(path)
	return !conditional && asked.ID != "" && asked.ID != at.ID
}

// completed returns the location with what else is known of it.
func completed(r BundleResult) Location {
	at := r.Response.Location
	if r.Response.Status >= http.StatusBadRequest {
		return at
	}
	switch r.Request.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch:
	default:
		return at
	}
	if at.IsZero() && r.Resource.Type() == requestType(r.Request.URL) && isID(r.Resource.ID()) {
		at = Location{Type: r.Resource.Type(), ID: r.Resource.ID(), Version: r.Resource.VersionID()}
	}
	if at.IsZero() && r.Request.Method != http.MethodPost && !strings.Contains(r.Request.URL, "?") {
		at = ParseLocation(r.Request.URL)
		at.Version = ""
	}
	if at.Type != "" && at.Version == "" {
		at.Version = r.Response.ETag
	}
	return at
}

// entryRefusal makes the error of an answer that says no.
func entryRefusal(r BundleResult) error {
	if r.Response.Status < http.StatusBadRequest {
		return nil
	}
	e := &OutcomeError{
		Status: r.Response.Status, Method: r.Request.Method, URL: requestTemplate(r.Request.URL),
		IfMatch: r.Request.IfMatch != "", Conditional: r.Request.IfNoneExist != "" || strings.Contains(r.Request.URL, "?"),
	}
	switch {
	case r.Response.Outcome != nil:
		e.Outcome = *r.Response.Outcome
	case r.Resource.Type() == "OperationOutcome": // where servers before R4 put it
		_ = e.Outcome.UnmarshalJSON(r.Resource.Bytes())
	default:
		e.Outcome.Issues = []Issue{{Severity: SeverityError, Code: IssueProcessing}}
	}
	return e
}

// OK reports whether the entry was done.
func (r BundleResult) OK() bool { return r.Err == nil }

// Err returns a *BundleError of the entries that were refused, nil if there is none.
func (r BundleResults) Err() error {
	e := &BundleError{Total: len(r)}
	for i := range r {
		if r[i].Err != nil {
			e.Entries = append(e.Entries, &BundleEntryError{
				Place: r[i].Place, FullURL: r[i].FullURL,
				Method: r[i].Request.Method, Type: requestType(r[i].Request.URL), Err: r[i].Err,
			})
		}
	}
	return e.orNil()
}

// Of returns the result of the entry with that fullUrl, the one a [BundleDraft] gives as its
// Reference, and false if there is none.
func (r BundleResults) Of(fullURL string) (BundleResult, bool) {
	for i := range r {
		if fullURL != "" && r[i].FullURL == fullURL {
			return r[i], true
		}
	}
	return BundleResult{}, false
}

// requestType returns the resource type that the URL of a request begins with, "" for none.
func requestType(url string) string {
	path, _, _ := strings.Cut(url, "?")
	path = strings.TrimPrefix(path, "/")
	if name, _, _ := strings.Cut(path, "/"); isTypeName(name) {
		return name
	}
	return ParseLocation(path).Type
}

// requestTemplate returns the URL of a request without anything that may name a patient.
func requestTemplate(url string) string {
	kind := requestType(url)
	if kind == "" {
		return ""
	}
	path, _, conditional := strings.Cut(url, "?")
	if conditional {
		return kind + "?…"
	}
	at := ParseLocation(path)
	switch {
	case at.ID == "":
		return kind
	case at.Version != "":
		return kind + "/{id}/_history/{version}"
	default:
		return kind + "/{id}"
	}
}
