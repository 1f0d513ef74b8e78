package fhir

import (
	"container/list"
	"context"
	"slices"
	"sync"
	"time"
)

// versionMark is a version of a resource, as far as it is known.
type versionMark struct {
	version string
	at      time.Time
}

// before reports whether v is older than w, and whether that can be told: by
// versions that are numbers, else by when they were stored. Where both
// contradict, versions began anew, as after an expunge, and it cannot.
func (v versionMark) before(w versionMark) (older, known bool) {
	if !w.at.IsZero() && v.at.After(w.at) {
		return false, true
	}
	if isNumber(v.version) && isNumber(w.version) {
		if len(v.version) != len(w.version) {
			return len(v.version) < len(w.version), true
		}
		return v.version < w.version, true
	}
	if !v.at.IsZero() && !w.at.IsZero() && !v.at.Equal(w.at) {
		return v.at.Before(w.at), true
	}
	return false, false
}

func isNumber(version string) bool {
	if version == "" || version[0] == '0' {
		return false
	}
	for i := range len(version) {
		if version[i] < '0' || version[i] > '9' {
			return false
		}
	}
	return true
}

// same reports whether both are one version.
func (v versionMark) same(w versionMark) bool {
	if v.version != "" || w.version != "" {
		return v.version == w.version && (v.at.IsZero() || w.at.IsZero() || v.at.Equal(w.at))
	}
	return v.at.Equal(w.at)
}

// What a version is, compared with those that were handled.
type versionNews int

const (
	versionNew versionNews = iota
	versionKnown
	versionOlder
)

// maxVersions is how many versions of one resource are remembered.
const maxVersions = 16

// versionSubject is what is remembered of one resource. Its marks belong to
// whoever has the turn.
type versionSubject struct {
	key     string
	turn    chan struct{}
	handled []versionMark // the latest last
	newest  versionMark

	users int           // guarded by the memory's mutex
	place *list.Element // guarded by the memory's mutex
}

func (s *versionSubject) judge(v versionMark) versionNews {
	if slices.ContainsFunc(s.handled, v.same) {
		return versionKnown
	}
	if older, known := v.before(s.newest); known && older {
		return versionOlder
	}
	return versionNew
}

func (s *versionSubject) note(v versionMark) {
	if older, known := v.before(s.newest); !known || !older {
		s.newest = v
	}
	s.handled = append(s.handled, v)
	if len(s.handled) > maxVersions {
		s.handled = slices.Delete(s.handled, 0, 1)
	}
}

// versionMemory remembers which versions of resources were handled, of those
// that were heard of last, and lets one goroutine at a time at each.
type versionMemory struct {
	limit int

	mu       sync.Mutex
	subjects map[string]*versionSubject
	recent   *list.List // the one heard of last in front
}

func newVersionMemory(limit int) *versionMemory {
	return &versionMemory{limit: limit, subjects: map[string]*versionSubject{}, recent: list.New()}
}

// enter waits for the turn at a resource.
func (m *versionMemory) enter(ctx context.Context, key string) (*versionSubject, error) {
	m.mu.Lock()
	s, ok := m.subjects[key]
	if !ok {
		s = &versionSubject{key: key, turn: make(chan struct{}, 1)}
		s.place = m.recent.PushFront(s)
		m.subjects[key] = s
	}
	s.users++
	m.recent.MoveToFront(s.place)
	m.mu.Unlock()
	select {
	case s.turn <- struct{}{}:
		return s, nil
	case <-ctx.Done():
		m.release(s)
		return nil, context.Cause(ctx)
	}
}

// leave gives the turn back.
func (m *versionMemory) leave(s *versionSubject) {
	<-s.turn
	m.release(s)
}

// release forgets the resources heard of longest ago, but for those in use.
func (m *versionMemory) release(s *versionSubject) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s.users--
	for e := m.recent.Back(); e != nil && len(m.subjects) > m.limit; {
		old, ok := e.Value.(*versionSubject)
		previous := e.Prev()
		if ok && old.users == 0 {
			m.recent.Remove(e)
			delete(m.subjects, old.key)
		}
		e = previous
	}
}
