package dhis2test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// importRequest is a recorded import with what its body names.
type importRequest struct {
	Request

	objects  []string // "event UID" and so on, in the body's order
	entities map[string]bool
	bare     string // the body without its own UIDs
}

// kinds are the objects of a payload and the key of their UID.
var payloadKinds = []struct{ list, key string }{ //nolint:gochecknoglobals // read-only table
	{"trackedEntities", "trackedEntity"},
	{"enrollments", "enrollment"},
	{"events", "event"},
	{"relationships", "relationship"},
}

// imports are the recorded imports that can still be read, oldest first.
func (s *Server) imports() []importRequest {
	owners := s.owners()
	var out []importRequest
	for _, r := range s.Requests() {
		path := strings.TrimPrefix(r.Path, s.opts.BasePath)
		if m := versioned.FindStringSubmatch(path); m != nil {
			path = "/api" + m[2]
		}
		var doc map[string]any
		if r.Method != http.MethodPost || path != "/api/tracker" || json.Unmarshal(r.Body, &doc) != nil {
			continue
		}
		in := importRequest{Request: r, entities: map[string]bool{}}
		in.collect(doc, owners)
		if bare, err := json.Marshal(doc); err == nil {
			in.bare = string(bare)
		}
		out = append(out, in)
	}
	return out
}

// owners maps enrollments and events to their tracked entity.
func (s *Server) owners() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]string{}
	for _, e := range s.store.enrollments.all {
		out[e.uid] = e.entity
	}
	for _, e := range s.store.events.all {
		if owner := out[e.enrollment]; owner != "" {
			out[e.uid] = owner
		}
	}
	return out
}

// collect notes the objects of a payload, however nested, and takes their
// UIDs out of it.
func (in *importRequest) collect(doc map[string]any, owners map[string]string) {
	for _, kind := range payloadKinds {
		list, _ := doc[kind.list].([]any)
		for _, item := range list {
			o, ok := item.(map[string]any)
			if !ok {
				continue
			}
			uid := text(o[kind.key])
			in.objects = append(in.objects, kind.key+" "+uid)
			for _, key := range []string{"trackedEntity", "enrollment", "event"} {
				switch owner := owners[text(o[key])]; {
				case key == "trackedEntity" && text(o[key]) != "":
					in.entities[text(o[key])] = true
				case owner != "":
					in.entities[owner] = true
				}
			}
			in.collect(o, owners)
			for _, key := range []string{"trackedEntity", "enrollment", "event", "relationship"} {
				delete(o, key)
			}
		}
	}
}

// stored tells whether the server kept what an import brought: it was handled,
// committed and not only validated. An import whose answer was lost may have
// been.
func (in *importRequest) stored() bool {
	return in.Handled && in.Status == http.StatusOK && !strings.Contains(strings.ToUpper(in.Query), "IMPORTMODE=VALIDATE")
}

// NoObjectImportedTwice fails the test when an object was in two imports that
// the server took and answered: a client that repeats only what was not
// answered has none. Its imports must be recorded (Options.MaxRequests,
// MaxRecorded).
func (s *Server) NoObjectImportedTwice(tb testing.TB) {
	tb.Helper()
	seen := map[string]int{}
	for i, in := range s.imports() {
		if !in.stored() || in.Dropped {
			continue
		}
		for _, o := range in.objects {
			if before, twice := seen[o]; twice {
				tb.Errorf("%s was imported by the imports %d and %d, though the first was answered", o, before, i)
			}
			seen[o] = i
		}
	}
}

// SameUIDsOnRetry fails the test when two imports say the same about objects
// with different UIDs, or with none: then the client makes new UIDs when it
// repeats a request, and an unknown outcome becomes a duplicate.
func (s *Server) SameUIDsOnRetry(tb testing.TB) {
	tb.Helper()
	first := map[string]importRequest{}
	for _, in := range s.imports() {
		if slices.ContainsFunc(in.objects, func(o string) bool { return strings.HasSuffix(o, " ") }) {
			tb.Errorf("an import has objects without a UID")
			continue
		}
		before, again := first[in.bare]
		if again && !slices.Equal(before.objects, in.objects) {
			tb.Errorf("two imports are equal but for their UIDs: %s", difference(before.objects, in.objects))
		}
		first[in.bare] = in
	}
}

func difference(a, b []string) string {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("first %s, then %s", a[i], b[i])
		}
	}
	return "another number of objects"
}

// NoTwoInFlightWithOneTE fails the test when two imports were under way at the
// same time with the same tracked entity in both: there is no locking, so they
// lose each other's values (dhis2.md section 0, fact 9). An enrollment or event
// counts for its entity.
func (s *Server) NoTwoInFlightWithOneTE(tb testing.TB) {
	tb.Helper()
	imports := s.imports()
	for i, a := range imports {
		for _, b := range imports[i+1:] {
			if a.ended != 0 && b.began > a.ended {
				continue
			}
			for _, uid := range slices.Sorted(maps.Keys(a.entities)) {
				if b.entities[uid] {
					tb.Errorf("two imports with tracked entity %s were under way at once", uid)
				}
			}
		}
	}
}

// MaxInFlight is the largest number of recorded requests that were under way
// at once.
func (s *Server) MaxInFlight() int {
	requests := s.Requests()
	type edge struct{ at, change int }
	var edges []edge
	for _, r := range requests {
		edges = append(edges, edge{r.began, 1})
		if r.ended != 0 {
			edges = append(edges, edge{r.ended, -1})
		}
	}
	slices.SortFunc(edges, func(a, b edge) int { return a.at - b.at })
	most, now := 0, 0
	for _, e := range edges {
		now += e.change
		most = max(most, now)
	}
	return most
}
