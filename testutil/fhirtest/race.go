package fhirtest

import (
	"net/http"
	"sync"
)

// race holds writes until all of them have come.
type race struct {
	mu      sync.Mutex
	missing int
	arrived int
	begun   chan struct{}
	first   chan struct{} // closed when the winner is done
}

// Race makes the next n writes meet: none is done until all have come, then the first one
// is done and the others are answered 409 Conflict, as real servers answer requests that
// change one resource, or create under one condition, at the same moment. Requests that
// read are not held. A client that gives up meanwhile is let through to its end; with fewer
// than n writes the others wait until their clients give up.
func (s *Server) Race(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.race = &race{missing: n, begun: make(chan struct{}), first: make(chan struct{})}
}

// meet waits for the others. won says whether this is the one to be done; done is to be
// called when it is.
func (s *Server) meet(r *http.Request) (won bool, done func()) {
	s.mu.Lock()
	held := s.race
	if held == nil || r.Method == http.MethodGet || r.Method == http.MethodHead {
		s.mu.Unlock()
		return true, func() {}
	}
	held.mu.Lock()
	held.arrived++
	place := held.arrived
	if held.arrived == held.missing {
		s.race = nil
		close(held.begun)
	}
	held.mu.Unlock()
	s.mu.Unlock()
	select {
	case <-held.begun:
	case <-r.Context().Done():
		return false, func() {}
	}
	if place == 1 {
		return true, func() { close(held.first) }
	}
	select {
	case <-held.first:
	case <-r.Context().Done():
	}
	return false, func() {}
}
