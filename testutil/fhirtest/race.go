package fhirtest

import (
	"net/http"
	"strings"
	"sync"
)

// race holds writes until all of them have come.
type race struct {
	missing int           // guarded by Server.mu, until begun
	begun   chan struct{} // closed when all are there
	winner  sync.Once
	done    chan struct{} // closed when the winner is done
}

// Race makes the next n writes meet: none is done until all have come, then one of them is
// done and the others are answered 409 Conflict, as real servers answer requests that change
// one resource, or create under one condition, at the same moment. Requests that read are not
// held, searches by POST among them. The place of a client that gives up meanwhile is free
// again; with fewer than n writes the others wait until their clients give up. Race(0) holds
// no more writes; those that wait go on waiting.
func (s *Server) Race(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.race = nil
	if n > 0 {
		s.race = &race{missing: n, begun: make(chan struct{}), done: make(chan struct{})}
	}
}

// meet waits for the others. won says whether this is the one to be done; done is to be
// called when it is.
func (s *Server) meet(r *http.Request) (won bool, done func()) {
	held := s.join(r)
	if held == nil {
		return true, func() {}
	}
	select {
	case <-held.begun:
	case <-r.Context().Done():
		if s.leave(held) {
			return false, func() {}
		}
	}
	held.winner.Do(func() { won = true })
	if won {
		return true, func() { close(held.done) }
	}
	select {
	case <-held.done:
	case <-r.Context().Done():
	}
	return false, func() {}
}

// join takes a place in the race, if there is one and the request is a write.
func (s *Server) join(r *http.Request) *race {
	if r.Method == http.MethodGet || r.Method == http.MethodHead || strings.HasSuffix(r.URL.Path, "/_search") {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	held := s.race
	if held == nil {
		return nil
	}
	if held.missing--; held.missing == 0 {
		s.race = nil
		close(held.begun)
	}
	return held
}

// leave gives a place back; false when the race has begun.
func (s *Server) leave(held *race) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if held.missing == 0 {
		return false
	}
	held.missing++
	return true
}
