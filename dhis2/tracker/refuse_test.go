package tracker_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2/tracker"
)

func TestRefusalsNameThePlace(t *testing.T) {
	t.Parallel()
	visit := tracker.Event{
		Event: "u01bS7TBPU6", Program: "sBSRMACZJOQ", ProgramStage: "zOK5Pk5V5Yz", Enrollment: "iT48QPaRDag",
		OrgUnit: "lgY4CHs5HtP", OccurredAt: "2026-01-06",
	}
	with := func(change func(*tracker.Event)) tracker.Payload {
		event := visit
		change(&event)
		return tracker.Payload{Events: []tracker.Event{event}}
	}
	for name, c := range map[string]struct {
		payload tracker.Payload
		params  tracker.Params
		want    []string // paths
	}{
		"nothing":                  {payload: with(func(*tracker.Event) {})},
		"no program":               {payload: with(func(e *tracker.Event) { e.Program = "" }), want: []string{"events[0].program"}},
		"no program, deleted":      {payload: with(func(e *tracker.Event) { e.Program = "" }), params: tracker.Params{Strategy: tracker.Delete}},
		"no UID":                   {payload: with(func(e *tracker.Event) { e.Event = "" }), want: []string{"events[0]"}},
		"no UID, allowed":          {payload: with(func(e *tracker.Event) { e.Event = "" }), params: tracker.Params{AllowMissingUIDs: true}},
		"no UID, allowed, deleted": {payload: with(func(e *tracker.Event) { e.Event = "" }), params: tracker.Params{AllowMissingUIDs: true, Strategy: tracker.Delete}, want: []string{"events[0]"}},
		"bad UID":                  {payload: with(func(e *tracker.Event) { e.Event = "invalid_uid" }), want: []string{"events[0]"}},
		"bad reference":            {payload: with(func(e *tracker.Event) { e.Enrollment = "abc" }), want: []string{"events[0].enrollment"}},
		"bad status":               {payload: with(func(e *tracker.Event) { e.Status = "active" }), want: []string{"events[0].status"}},
		"bad date":                 {payload: with(func(e *tracker.Event) { e.OccurredAt = "06/01/2026" }), want: []string{"events[0].occurredAt"}},
		"date with a space":        {payload: with(func(e *tracker.Event) { e.ScheduledAt = "2026-01-06 10:00" }), want: []string{"events[0].scheduledAt"}},
		"month 13":                 {payload: with(func(e *tracker.Event) { e.OccurredAt = "2026-13-01" }), want: []string{"events[0].occurredAt"}},
		"epoch millis":             {payload: with(func(e *tracker.Event) { e.OccurredAt = "1767682800000" })},
		"NUL in a value": {payload: with(func(e *tracker.Event) {
			e.DataValues = []tracker.DataValue{{DataElement: "d4zbVTkwGhf", Value: "a\x00b"}}
		}), want: []string{"events[0]"}},
		"escape of NUL as a text": {payload: with(func(e *tracker.Event) {
			e.DataValues = []tracker.DataValue{{DataElement: "d4zbVTkwGhf", Value: `\u0000`}}
		})},
		"note without UID":          {payload: with(func(e *tracker.Event) { e.Notes = []tracker.Note{{Value: "x"}} }), want: []string{"events[0].notes[0]"}},
		"note without UID and text": {payload: with(func(e *tracker.Event) { e.Notes = []tracker.Note{{}} })},
		"note with a bad UID":       {payload: with(func(e *tracker.Event) { e.Notes = []tracker.Note{{Note: "x", Value: "x"}} }), want: []string{"events[0].notes[0]"}},
		"geometry that is no JSON":  {payload: with(func(e *tracker.Event) { e.Geometry = json.RawMessage(`{`) }), want: []string{"events[0].geometry"}},
		"extra that is no JSON":     {payload: with(func(e *tracker.Event) { e.Extra = map[string]json.RawMessage{"a": json.RawMessage(`x`)} }), want: []string{"events[0].Extra"}},
		"twice":                     {payload: tracker.Payload{Events: []tracker.Event{visit, visit}}, want: []string{"events[1]"}},
		"the UID of another type":   {payload: tracker.Payload{Events: []tracker.Event{visit}, TrackedEntities: []tracker.TrackedEntity{{TrackedEntity: visit.Event}}}},
		"nested": {
			payload: tracker.Payload{TrackedEntities: []tracker.TrackedEntity{{
				TrackedEntity: "RnQHyrrL8wK", Enrollments: []tracker.Enrollment{{
					Enrollment: "iT48QPaRDag", Status: "DONE", Events: []tracker.Event{visit, {Event: "tNppAtDeBxP"}},
					Relationships: []tracker.Relationship{{Relationship: "qJ38OxkEEUe", From: tracker.RelationshipItem{Event: "x"}}},
				}},
			}}},
			want: []string{"trackedEntities[0].enrollments[0].status", "trackedEntities[0].enrollments[0].events[1].program", "trackedEntities[0].enrollments[0].relationships[0].from"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			problems := c.payload.Refusals(c.params)
			paths := make([]string, 0, len(problems))
			for _, problem := range problems {
				paths = append(paths, problem.Path)
				require.NotEmpty(t, problem.Reason)
				require.Empty(t, problem.Code)
				require.NotContains(t, problem.String(), "invalid_uid")
			}
			assert.ElementsMatch(t, c.want, paths)
		})
	}
}
