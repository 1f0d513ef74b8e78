package tracker_test

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/openhim/mediator-go/dhis2/tracker"
)

// check compares the server, the results and the park with the reference.
func (m *model) check(told map[place]tracker.Result, park *tracker.MemoryPark) error {
	stored := m.stored()
	for ref, i := range m.want {
		got, there := stored[ref]
		want := content(m.records[i].Version, i)
		switch {
		case ref.Type == tracker.TypeRelationship:
			continue
		case !there:
			return fmt.Errorf("%s is not at the server: %v", ref, m.about(told, ref))
		case ref.Type != tracker.TypeEnrollment && got != want:
			return fmt.Errorf("%s holds %s, want %s: %v", ref, got, want, m.about(told, ref))
		}
	}
	for ref := range stored {
		if _, wanted := m.want[ref]; !wanted {
			return fmt.Errorf("%s is at the server", ref)
		}
	}
	for i := range m.records {
		r := &m.records[i]
		for ref := range r.Payload.Refs() {
			result, is := told[place{int64(i), ref}]
			switch {
			case !is:
				return fmt.Errorf("record %d: nobody was told of %s", i, ref)
			case !r.bad[ref] && !result.Fate.Landed():
				return fmt.Errorf("record %d: %v, in the end", i, result)
			case r.bad[ref] && result.Fate.Landed() && result.Fate != tracker.FateStale:
				return fmt.Errorf("record %d: %v, but it cannot land", i, result)
			}
		}
	}
	for p, err := range park.Entries(m.t.Context(), "") {
		if err != nil {
			return err
		}
		i, _ := strconv.Atoi(strings.TrimPrefix(p.Source, "record "))
		for _, ref := range p.Refs {
			if !m.records[i].bad[ref] {
				return fmt.Errorf("record %d: %s is still parked for %s", i, ref, p.Cause)
			}
		}
	}
	return nil
}

func (m *model) about(told map[place]tracker.Result, ref tracker.Ref) (lines []string) {
	for i := range m.records {
		if r, is := told[place{int64(i), ref}]; is {
			lines = append(lines, fmt.Sprintf("%d v%d %s %s", i, m.records[i].Version, r.Fate, r.Cause))
		}
	}
	return lines
}
