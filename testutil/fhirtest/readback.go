package fhirtest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/store"
)

// Request is one request as it came in.
type Request struct {
	Method string
	Path   string // without the query
	Query  string // raw
	Header http.Header
	// Body is as it came, compressed where it was. Of a request that a fault met before
	// the server read it, it is nil.
	Body []byte
}

// mostRequests is how many requests are remembered at least.
const mostRequests = 50000

// Requests returns all requests so far, oldest first, also those that were refused or met
// by a fault; of very many only the last 50,000 and some.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Seed stores resources under their ids, or under new ones where they have none, without
// checking them beyond their type; one that exists gets a new version. It answers
// Type/id of each. The error names the first that is no resource; those before it are
// stored.
func (s *Server) Seed(resources ...string) ([]string, error) {
	out := make([]string, 0, len(resources))
	for i, text := range resources {
		typ, id, err := s.engine.Seed([]byte(text))
		if err != nil {
			return out, fmt.Errorf("fhirtest: seed, resource %d: %w", i, err)
		}
		out = append(out, typ+"/"+id)
	}
	return out, nil
}

// Resource reads what is stored under a reference such as Patient/123. ok is false when
// it was never there or was deleted.
func (s *Server) Resource(reference string) (r fhir.Resource, ok bool) {
	typ, id, _ := strings.Cut(reference, "/")
	s.engine.Store().View(func(tx *store.Tx) {
		if v := tx.Current(typ, id); v != nil && !v.Deleted {
			r, ok = parsed(v), true
		}
	})
	return r, ok
}

// Resources are all stored resources of a type, oldest first, without deleted ones.
func (s *Server) Resources(typ string) []fhir.Resource {
	var out []fhir.Resource
	s.engine.Store().View(func(tx *store.Tx) {
		for v := range tx.All(typ) {
			out = append(out, parsed(v))
		}
	})
	return out
}

// Version is one version of a resource.
type Version struct {
	Number   int
	Updated  time.Time
	Method   string // POST, PUT or DELETE
	Deleted  bool
	Resource fhir.Resource // zero when deleted
}

// Versions are all versions of what a reference such as Patient/123 leads to, oldest
// first.
func (s *Server) Versions(reference string) []Version {
	typ, id, _ := strings.Cut(reference, "/")
	var out []Version
	s.engine.Store().View(func(tx *store.Tx) {
		for _, v := range slices.Backward(tx.History(typ, id)) {
			made := Version{Number: v.Number, Updated: v.Updated, Method: v.Method, Deleted: v.Deleted}
			if !v.Deleted {
				made.Resource = parsed(v)
			}
			out = append(out, made)
		}
	})
	return out
}

// Reset takes away all resources, searches, exports and recorded requests; interceptors
// stay.
func (s *Server) Reset() {
	s.engine.Store().Clear()
	s.engine.Forget()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
}

// Forget makes all pages and cached searches unknown, and all exports, as time does: a
// next link then answers 410.
func (s *Server) Forget() { s.engine.Forget() }

// parsed is a stored version as a resource; the engine writes nothing that is none.
func parsed(v *store.Version) fhir.Resource {
	r, err := fhir.Parse(v.Body)
	if err != nil {
		panic("fhirtest: a stored resource cannot be read: " + err.Error())
	}
	return r
}
