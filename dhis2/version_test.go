package dhis2_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
)

func version(tb testing.TB, text string) dhis2.Version {
	tb.Helper()
	v, err := dhis2.ParseVersion(text)
	require.NoError(tb, err)
	return v
}

func TestVersionsAreRead(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]dhis2.Version{
		"2.42":              {Major: 2, Minor: 42},
		"2.42.5":            {Major: 2, Minor: 42, Patch: 5},
		"2.43.0.1":          {Major: 2, Minor: 43, Build: 1},
		"2.42.5-SNAPSHOT":   {Major: 2, Minor: 42, Patch: 5, Qualifier: "SNAPSHOT"},
		" 2.44-SNAPSHOT ":   {Major: 2, Minor: 44, Qualifier: "SNAPSHOT"},
		"2.41.0-rc1":        {Major: 2, Minor: 41, Qualifier: "rc1"},
		"2.40.11-EMBARGOED": {Major: 2, Minor: 40, Patch: 11, Qualifier: "EMBARGOED"},
	} {
		assert.Equal(t, want, version(t, text), text)
		assert.Equal(t, want, version(t, want.String()), "what is written is read the same")
	}
	for _, text := range []string{"", "2", "v2.42", "2.42.", "2..4", "2.42.1.2.3", "two", "2.42 ", "-2.42", "9999.1", "2.42-"} {
		if text == "2.42 " {
			continue // space around is cut
		}
		_, err := dhis2.ParseVersion(text)
		assert.Error(t, err, "%q", text)
	}
}

func TestVersionsAreTextsInJSON(t *testing.T) {
	t.Parallel()
	b, err := json.Marshal(map[string]dhis2.Version{"v": version(t, "2.42.5.2")})
	require.NoError(t, err)
	assert.JSONEq(t, `{"v":"2.42.5.2"}`, string(b))
	var back map[string]dhis2.Version
	require.NoError(t, json.Unmarshal(b, &back))
	assert.Equal(t, version(t, "2.42.5.2"), back["v"])
	assert.Error(t, json.Unmarshal([]byte(`{"v":"x"}`), &back))
}

// Table 1.8 of dhis2.md, column by column.
func TestWhatVersionsDoDifferently(t *testing.T) {
	t.Parallel()
	lists := []dhis2.List{dhis2.TrackedEntities, dhis2.Enrollments, dhis2.Events, dhis2.Relationships, dhis2.TrackerEvents, dhis2.SingleEvents}
	type traits struct {
		Key, NoPaging, Separator                                               string
		Flat, Links, Limits, Literal, Queued, BadUIDs, Args, Exceptions, Notes bool
		ChangeLogs, Old, Split, Categories, Rolls, Strict, NumbersAsText       bool
		Lists, NeedProgram, IDSchemes                                          []dhis2.List
	}
	read := func(v dhis2.Version) traits {
		name, value := v.NoPaging()
		out := traits{
			Key: v.ListKey(dhis2.Events), NoPaging: name + "=" + value, Separator: v.Separator(), Flat: v.PagerIsFlat(),
			Links: v.PagerHasLinks(), Limits: v.LimitsPageSize(), Literal: v.AsyncIsLiteral(), Queued: v.AsyncIsQueued(),
			BadUIDs: v.RefusesBadUIDs(), Args: v.ReportHasArgs(), Exceptions: v.ReportHidesExceptions(), Notes: v.HasNotes(),
			ChangeLogs: v.HasChangeLogs(), Old: v.HasOldTracker(), Split: v.SplitsEvents(), Categories: v.HasEnrollmentCategories(),
			Rolls: v.HasRolls(), Strict: v.StrictAggregate(), NumbersAsText: v.FiltersNumbersAsText(),
		}
		for _, list := range lists {
			if v.HasList(list) {
				out.Lists = append(out.Lists, list)
			}
			if v.NeedsProgram(list) {
				out.NeedProgram = append(out.NeedProgram, list)
			}
			if v.HasIDSchemes(list) {
				out.IDSchemes = append(out.IDSchemes, list)
			}
		}
		return out
	}
	want := map[string]traits{
		"2.40.13": {
			Key: "instances", NoPaging: "skipPaging=true", Separator: ";", Flat: true, Literal: true, Exceptions: true,
			Old: true, NumbersAsText: true, Lists: lists[:4], IDSchemes: []dhis2.List{dhis2.Events},
		},
		"2.41.9.1": {
			Key: "events", NoPaging: "paging=false", Separator: ",", Literal: true, Queued: true, Args: true, ChangeLogs: true,
			Old: true, Rolls: true, NumbersAsText: true, Lists: lists[:4], IDSchemes: []dhis2.List{dhis2.Events},
		},
		"2.42.5.2": {
			Key: "events", NoPaging: "paging=false", Separator: ",", Links: true, Limits: true, Queued: true, BadUIDs: true, Args: true,
			Notes: true, ChangeLogs: true, Rolls: true, Lists: lists[:4], IDSchemes: []dhis2.List{dhis2.TrackedEntities, dhis2.Events},
		},
		"2.43.1": {
			Key: "events", NoPaging: "paging=false", Separator: ",", Links: true, Limits: true, Queued: true, BadUIDs: true, Args: true,
			Notes: true, ChangeLogs: true, Split: true, Categories: true, Rolls: true, Strict: true, Lists: lists,
			NeedProgram: []dhis2.List{dhis2.Enrollments, dhis2.Events, dhis2.TrackerEvents, dhis2.SingleEvents}, IDSchemes: lists,
		},
	}
	for text, traits := range want {
		assert.Equal(t, traits, read(version(t, text)), text)
	}
	assert.Equal(t, want["2.43.1"], read(version(t, "2.45.0-SNAPSHOT")), "what comes is taken to be like 2.43")
	assert.False(t, version(t, "2.43.1").HasList("teis"))
	assert.False(t, version(t, "2.43.1").HasIDSchemes("teis"))
	assert.False(t, version(t, "2.39.9").Supported())
	assert.True(t, version(t, "3.0").Supported())
}

func TestParametersHaveTheirOldNames(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		list     dhis2.List
		name     string
		v40, v41 string
	}{
		{dhis2.TrackedEntities, "orgUnitMode", "ouMode", "orgUnitMode"},
		{dhis2.TrackedEntities, "orgUnits", "orgUnit", "orgUnits"},
		{dhis2.TrackedEntities, "trackedEntities", "trackedEntity", "trackedEntities"},
		{dhis2.TrackedEntities, "enrollmentStatus", "programStatus", "programStatus"},
		{dhis2.Enrollments, "status", "programStatus", "programStatus"},
		{dhis2.Events, "status", "status", "status"},
		{dhis2.Events, "enrollmentStatus", "programStatus", "programStatus"},
		{dhis2.Events, "events", "event", "events"},
		{dhis2.Events, "orgUnit", "orgUnit", "orgUnit"},
		{dhis2.Events, "attributeCategoryOptions", "attributeCos", "attributeCategoryOptions"},
		{dhis2.Relationships, "trackedEntity", "tei", "trackedEntity"},
		{dhis2.Enrollments, "trackedEntity", "trackedEntity", "trackedEntity"},
		{dhis2.Events, "updatedAfter", "updatedAfter", "updatedAfter"},
	} {
		assert.Equal(t, tt.v40, version(t, "2.40").Param(tt.list, tt.name), "%s of %s in 2.40", tt.name, tt.list)
		assert.Equal(t, tt.v41, version(t, "2.41").Param(tt.list, tt.name), "%s of %s in 2.41", tt.name, tt.list)
		assert.Equal(t, tt.name, version(t, "2.42").Param(tt.list, tt.name))
		assert.Equal(t, tt.name, version(t, "2.43").Param(tt.list, tt.name))
	}
}
