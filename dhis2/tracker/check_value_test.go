package tracker_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/tracker"
)

// valueCases are values by their type: what is one, and what is none.
func valueCases() map[string]struct{ good, bad []string } {
	return map[string]struct{ good, bad []string }{
		"NUMBER":                   {[]string{"0", "-1.50", "3.4", "123456789012345678901234567890.5"}, []string{"1e3", ".5", "50,5", "NaN", "+1", "01", "1.", " 1", "1 "}},
		"INTEGER":                  {[]string{"0", "-7", "2147483647"}, []string{"1.0", "007", "+1", "2147483648", "-0", "x"}},
		"INTEGER_POSITIVE":         {[]string{"1"}, []string{"0", "-1"}},
		"INTEGER_NEGATIVE":         {[]string{"-1"}, []string{"0", "1"}},
		"INTEGER_ZERO_OR_POSITIVE": {[]string{"0", "1"}, []string{"-1", "1.5"}},
		"PERCENTAGE":               {[]string{"0", "50.5", "100"}, []string{"101", "-1", "50%"}},
		"UNIT_INTERVAL":            {[]string{"0", "0.5", "1"}, []string{"1.1", "-0.1"}},
		"BOOLEAN":                  {[]string{"true", "FALSE"}, []string{"yes", "1"}},
		"TRUE_ONLY":                {[]string{"true", "TRUE"}, []string{"false", "1"}},
		"DATE":                     {[]string{"2025-12-31", "2025-12-31T10:00"}, []string{"31/12/2025", "2025-02-30", "2025-12", "soon"}},
		"AGE":                      {[]string{"2025-12-31"}, []string{"7"}},
		"DATETIME":                 {[]string{"2025-12-31T10:30", "2025-12-31T10:30:00.000Z"}, []string{"10:30", "2025-12-31", "2025-12-31 10:30"}},
		"TIME":                     {[]string{"10:30", "9:05:59"}, []string{"24:00", "10", "10:60"}},
		"PHONE_NUMBER":             {[]string{"+254 700 000 000"}, []string{"call me", "123"}},
		"EMAIL":                    {[]string{"a@b.org"}, []string{"a", "A <a@b.org>"}},
		"URL":                      {[]string{"https://dhis2.org/x"}, []string{"dhis2", "/x"}},
		"COORDINATE":               {[]string{"[36.8,-1.3]"}, []string{"36.8,-1.3", "[200,0]", "[0,91]", "[1]"}},
		"LETTER":                   {[]string{"a", "É"}, []string{"ab", "1"}},
		"TEXT":                     {[]string{"x", " "}, nil},
		"LONG_TEXT":                {[]string{"a\nb"}, nil},
		"ORGANISATION_UNIT":        {[]string{"OrgUnit0001"}, []string{"zzzzzzzzzzz", "OU1"}},
	}
}

// valueMetadata has an event program with a data element of each type.
func valueMetadata(t *testing.T) *dhis2.Snapshot {
	t.Helper()
	var elements, inStage []string
	for kind := range valueCases() {
		uid := dhis2.DeriveUID(kind)
		elements = append(elements, fmt.Sprintf(`{"id":%q,"code":%q,"valueType":%q,"domainType":"TRACKER"}`, uid, kind, kind))
		inStage = append(inStage, fmt.Sprintf(`{"dataElement":{"id":%q}}`, uid))
	}
	options := dhis2.DeriveUID("MULTI_TEXT")
	elements = append(elements, fmt.Sprintf(`{"id":%q,"code":"MULTI","valueType":"MULTI_TEXT","domainType":"TRACKER","optionSet":{"id":"OptionSet01"}}`, options))
	inStage = append(inStage, fmt.Sprintf(`{"dataElement":{"id":%q}}`, options))
	snapshot, err := dhis2.ParseMetadata(strings.NewReader(`{
		"organisationUnits":[{"id":"OrgUnit0001","code":"OU1"}],
		"optionSets":[{"id":"OptionSet01","valueType":"MULTI_TEXT","options":[{"id":"OptionUid01"},{"id":"OptionUid02"}]}],
		"options":[{"id":"OptionUid01","code":"A","name":"Apple"},{"id":"OptionUid02","code":"B","name":"Bean"}],
		"dataElements":[` + strings.Join(elements, ",") + `],
		"categoryOptions":[{"id":"CatOption01","startDate":"2026-01-01","endDate":"2026-12-31"},{"id":"CatOption02"}],
		"categories":[{"id":"Category001","categoryOptions":[{"id":"CatOption01"},{"id":"CatOption02"}]}],
		"categoryCombos":[{"id":"CatCombo001","categories":[{"id":"Category001"}],
			"categoryOptionCombos":[{"id":"OptCombo001"},{"id":"OptCombo002"}]}],
		"categoryOptionCombos":[{"id":"OptCombo001","categoryCombo":{"id":"CatCombo001"},"categoryOptions":[{"id":"CatOption01"}]},
			{"id":"OptCombo002","categoryCombo":{"id":"CatCombo001"},"categoryOptions":[{"id":"CatOption02"}]}],
		"programs":[{"id":"Program0001","programType":"WITHOUT_REGISTRATION","organisationUnits":[{"id":"OrgUnit0001"}],"programStages":[{"id":"Stage000001"}]},
			{"id":"Program0002","programType":"WITHOUT_REGISTRATION","organisationUnits":[{"id":"OrgUnit0001"}],"programStages":[{"id":"Stage000002"}],"categoryCombo":{"id":"CatCombo001"}}],
		"programStages":[{"id":"Stage000001","program":{"id":"Program0001"},"programStageDataElements":[` + strings.Join(inStage, ",") + `]},
			{"id":"Stage000002","program":{"id":"Program0002"}}]}`))
	require.NoError(t, err)
	return snapshot
}

func codesOf(snapshot *dhis2.Snapshot, event tracker.Event) []string {
	payload := tracker.Payload{Events: []tracker.Event{event}}
	codes := []string{}
	for _, problem := range tracker.Check(snapshot, &payload, tracker.CheckOptions{Version: dhis2.Version{Major: 2, Minor: 42}, Now: recorded()}) {
		codes = append(codes, problem.Code)
	}
	return codes
}

func TestCheckKnowsTheValueTypes(t *testing.T) {
	t.Parallel()
	snapshot := valueMetadata(t)
	event := tracker.Event{Event: "u01bS7TBPU6", Program: "Program0001", ProgramStage: "Stage000001", OrgUnit: "OrgUnit0001", OccurredAt: "2026-01-06"}
	for kind, values := range valueCases() {
		for i, value := range append(values.good, values.bad...) {
			event.DataValues = []tracker.DataValue{{DataElement: dhis2.DeriveUID(kind), Value: value}}
			want := []string{}
			if i >= len(values.good) {
				want = []string{"E1302"}
			}
			assert.Equal(t, want, codesOf(snapshot, event), "%s %q", kind, value)
		}
	}
	for value, want := range map[string][]string{"A": {}, "A,B": {}, "A,C": {"E1125"}, "a": {"E1125"}, "Apple": {"E1125"}} {
		event.DataValues = []tracker.DataValue{{DataElement: dhis2.DeriveUID("MULTI_TEXT"), Value: value}}
		assert.Equal(t, want, codesOf(snapshot, event), value)
	}
	event.DataValues = []tracker.DataValue{{DataElement: dhis2.DeriveUID("TEXT"), Value: strings.Repeat("é", 50_001)}}
	assert.Equal(t, []string{"E1302"}, codesOf(snapshot, event))
}

func TestCheckKnowsCategories(t *testing.T) {
	t.Parallel()
	snapshot := valueMetadata(t)
	for name, c := range map[string]struct {
		combo   string
		options []string
		date    string
		want    []string
	}{
		"none":                     {"", nil, "2026-01-06", []string{"E1055"}},
		"a combination":            {"OptCombo001", nil, "2026-01-06", []string{}},
		"an option":                {"", []string{"CatOption01"}, "2026-01-06", []string{}},
		"both":                     {"OptCombo001", []string{"CatOption01"}, "2026-01-06", []string{}},
		"both, not the same":       {"OptCombo002", []string{"CatOption01"}, "2026-01-06", []string{"E1117"}},
		"two options of one":       {"", []string{"CatOption01", "CatOption02"}, "2026-01-06", []string{"E1117"}},
		"unknown combination":      {"zzzzzzzzzzz", nil, "2026-01-06", []string{"E1115"}},
		"unknown option":           {"", []string{"zzzzzzzzzzz"}, "2026-01-06", []string{"E1116"}},
		"before the option begins": {"OptCombo001", nil, "2025-12-31", []string{"E1056"}},
		"its last day":             {"OptCombo001", nil, "2026-12-31", []string{}},
		"after the option ended":   {"OptCombo001", nil, "2027-01-01", []string{"E1057"}},
		"an option without end":    {"OptCombo002", nil, "2027-01-01", []string{}},
	} {
		event := tracker.Event{
			Event: "u01bS7TBPU6", Program: "Program0002", ProgramStage: "Stage000002", OrgUnit: "OrgUnit0001",
			OccurredAt: c.date, AttributeOptionCombo: c.combo, AttributeCategoryOptions: c.options,
		}
		assert.Equal(t, c.want, codesOf(snapshot, event), name)
	}
}

func TestCheckTellsNoValues(t *testing.T) {
	t.Parallel()
	snapshot := seed(t)
	payload := patient()
	payload.TrackedEntities[0].SetAttribute(sex, "Wanjiku")
	payload.TrackedEntities[0].Enrollments[0].OrgUnit = "Wanjiku"
	payload.TrackedEntities[0].Enrollments[0].Events[0].Event = "Wanjiku"
	for _, options := range []tracker.CheckOptions{{Version: dhis2.Version{Major: 2, Minor: 40}}, {Version: dhis2.Version{Major: 2, Minor: 43}}} {
		problems := tracker.Check(snapshot, &payload, options)
		require.NotEmpty(t, problems)
		for _, problem := range problems {
			assert.NotContains(t, fmt.Sprintf("%+v %s", problem, problem), "Wanjiku")
		}
	}
}
