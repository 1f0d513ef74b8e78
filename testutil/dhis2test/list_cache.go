package dhis2test

import (
	"net/http"
	"slices"
	"strings"
)

// maxCachedLists bounds how many lists a server remembers.
const maxCachedLists = 4

// cachedRows finds the rows of a list once for all its pages: a reader who
// pages through 100,000 objects asks the same question a hundred times. What
// was found holds until something is stored or deleted (store.changed), the
// metadata change or another user asks. A question about the time of day is
// asked anew each time.
func cachedRows[T any](s *Server, r *http.Request, user User, find func() []T) []T {
	q := queryOf(r)
	if q.Get("updatedWithin") != "" {
		return find()
	}
	for _, name := range []string{"page", "pageSize", "totalPages", "paging", "skipPaging", "fields", "skipHeader"} {
		q.Del(name)
	}
	key := strings.Join(slices.Concat(
		[]string{strings.TrimSuffix(r.URL.Path, ".csv"), q.Encode(), user.UID},
		user.Authorities, user.Groups, user.OrgUnits, []string{""}, user.SearchOrgUnits,
	), "\n")
	if rows, ok := s.store.lists[key].([]T); ok {
		return rows
	}
	rows := find()
	if s.store.lists == nil || len(s.store.lists) >= maxCachedLists {
		s.store.lists = map[string]any{}
	}
	s.store.lists[key] = rows
	return rows
}

// changed forgets the lists that were found before; whatever writes to the
// store calls it.
func (s *store) changed() { s.lists = nil }
