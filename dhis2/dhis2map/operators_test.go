package dhis2map_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/aggregate"
	"github.com/openhim/mediator-go/dhis2/dhis2map"
	"github.com/openhim/mediator-go/mapping"
)

func TestUIDsAreThoseOfIdentities(t *testing.T) {
	t.Parallel()
	patient := dhis2.Identity{System: "urn:s", ID: "NID-1", Kind: dhis2.KindTrackedEntity}
	for rule, test := range map[string]struct{ x, want string }{
		`$uid: {kind: trackedEntity, system: "urn:s"}`:                   {`"NID-1"`, patient.UID()},
		`$uid: {kind: trackedEntity, system: "urn:s", incarnation: 1}`:   {`"NID-1"`, patient.Next().UID()},
		`$uid: {kind: enrollment, system: "urn:s", keys: [PR]}`:          {`"NID-1"`, patient.Child(dhis2.KindEnrollment, "PR").UID()},
		`$uid: {kind: event, system: "urn:s", keys: [PR]}`:               {`["NID-1", "E", 7]`, patient.Child(dhis2.KindEnrollment, "PR").Child(dhis2.KindEvent, "E", "7").UID()},
		`$uid: {kind: trackedEntity, system: "urn:s", namespace: test}`:  {`"NID-1"`, dhis2.Identity{Namespace: "test", System: "urn:s", ID: "NID-1", Kind: dhis2.KindTrackedEntity}.UID()},
		`$uid: {kind: trackedEntity, system: "urn:s", namespace: test2}`: {`77`, dhis2.Identity{Namespace: "test2", System: "urn:s", ID: "77", Kind: dhis2.KindTrackedEntity}.UID()},
	} {
		got, _ := one(t, rule, test.x)
		assert.Equal(t, `{"a":"`+test.want+`"}`, got, rule)
	}
	deleted := dhis2map.Config{System: "urn:s", Incarnation: func(i dhis2.Identity) int {
		if i.Kind == dhis2.KindTrackedEntity && i.ID == "NID-1" {
			return 2
		}
		return 0
	}}
	got, _ := one(t, "$uid: trackedEntity", `"NID-1"`, deleted)
	assert.Equal(t, `{"a":"`+patient.Next().Next().UID()+`"}`, got)
	got, _ = one(t, "$uid: {kind: enrollment, keys: [PR]}", `"NID-1"`, deleted)
	assert.Equal(t, `{"a":"`+patient.Next().Next().Child(dhis2.KindEnrollment, "PR").UID()+`"}`, got, "what is within a deleted object has another UID, too")
}

func TestWhatIsNoIdentityHasNoUID(t *testing.T) {
	t.Parallel()
	for x, want := range map[string]string{
		`""`: `{}`, `[]`: `{}`, `null`: `{}`,
		`["NID-1",""]`:   "required",
		`["","x"]`:       "required",
		`[{"a":1}]`:      "type",
		`["NID-1",null]`: "type",
		`{"a":1}`:        "type",
		`true`:           "type",
	} {
		got, _ := one(t, `$uid: {kind: event, system: "urn:s"}`, x)
		assert.Contains(t, got, want, x)
		assert.NotContains(t, got, "NID-1")
	}
}

func TestOrgUnitsAreFoundOrReported(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ rule, x, want, table string }{
		{"$orgUnit: code", `"OHM_FAC_001"`, `{"a":"lgY4CHs5HtP"}`, ""},
		{"$orgUnit: code", `" OHM_FAC_001 "`, `{"a":"lgY4CHs5HtP"}`, ""},
		{"$orgUnit: code", `""`, `{}`, ""},
		{"$orgUnit: code", `"ohm_fac_001"`, "there is no org unit with this code", "org units by code"},
		{"$orgUnit: code", `"lgY4CHs5HtP"`, "there is no org unit with this code", "org units by code"},
		{"$orgUnit: uid", `"lgY4CHs5HtP"`, `{"a":"lgY4CHs5HtP"}`, ""},
		{"$orgUnit: name", `"Alpha Health Centre"`, `{"a":"lgY4CHs5HtP"}`, ""},
		{"$orgUnit: {program: PR_CHILD}", `"OHM_FAC_003"`, "the org unit is not assigned to program PR_CHILD", "org units of program PR_CHILD"},
		{"$orgUnit: {dataSet: OHM_MONTHLY}", `"OHM_FAC_003"`, "the org unit is not assigned to data set OHM_MONTHLY", "org units of data set OHM_MONTHLY"},
		{"$orgUnit: {program: PR_CHILD, default: na7iT2VcmdU}", `"OHM_FAC_003"`, `{"a":"na7iT2VcmdU"}`, "org units of program PR_CHILD"},
		{"$orgUnit: {unmapped: omit}", `"nowhere"`, `{}`, "org units by code"},
		{"$orgUnit: {within: OHM_DIST_N}", `"OHM_COUNTRY"`, "not within OHM_DIST_N", "org units within OHM_DIST_N"},
		{"$orgUnit: {within: OHM_DIST_N, as: name}", `"OHM_FAC_002"`, `{"a":"Beta Health Centre"}`, ""},
		{"$orgUnit: {by: uid, as: attribute:DpYtjCCJVt5}", `"lgY4CHs5HtP"`, "the org unit has no ATTRIBUTE:DpYtjCCJVt5", "org units by uid"},
	} {
		got, unmapped := one(t, test.rule, test.x)
		assert.Contains(t, got, test.want, test.rule)
		if test.table == "" {
			assert.Empty(t, unmapped, test.rule)
			continue
		}
		require.Len(t, unmapped, 1, test.rule)
		assert.Equal(t, test.table, unmapped[0].Table)
		assert.Equal(t, strings.Trim(test.x, `"`), unmapped[0].Code)
		if !strings.HasPrefix(got, "{") {
			assert.NotContains(t, got, unmapped[0].Code, "issues hold no values")
		}
	}
	shared, err := dhis2.ParseMetadata(strings.NewReader(`{"organisationUnits":[{"id":"aaaaaaaaaa1","code":"X","name":"A"},{"id":"aaaaaaaaaa2","code":"X","name":"B"}]}`))
	require.NoError(t, err)
	got, _ := one(t, "$orgUnit: code", `"X"`, dhis2map.Config{Snapshot: shared})
	assert.Contains(t, got, "2 org units have this code")
}

func TestOptionsAreCodesOrReported(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		rule, x, want string
		unmapped      bool
	}{
		{"$option: OHM_SEX", `"male"`, `{"a":"male"}`, false},
		{"$option: OHM_SEX", `"Male"`, "by: name", true},
		{"$option: OHM_SEX", `"MALE"`, "no option with this code", true},
		{"$option: OHM_SEX", `"M"`, "no option with this code", true},
		{"$option: OHM_SEX", `" "`, `{}`, false},
		{"$option: {set: OHM_SEX, by: name}", `"Male"`, `{"a":"male"}`, false},
		{"$option: {set: OHM_SEX, by: name}", `"male"`, "no option with this name", true},
		{"$option: {set: OHM_SEX, as: name}", `"male"`, `{"a":"Male"}`, false},
		{"$option: {set: OHM_SEX, by: code, as: uid}", `"male"`, `{"a":"VjS7NPft6Vb"}`, false},
		{"$option: {set: OHM_SEX, by: uid}", `"VjS7NPft6Vb"`, `{"a":"male"}`, false},
		{"$option: {set: OHM_SEX, unmapped: omit}", `"M"`, `{}`, true},
		{"$option: {set: OHM_SEX, default: unknown}", `"M"`, `{"a":"unknown"}`, true},
		{"$option: {attribute: OHM_SEX}", `"female"`, `{"a":"female"}`, false},
		{"$option: {dataElement: OHM_VACCINE}", `"03"`, `{"a":"03"}`, false},
		{"$option: {dataElement: OHM_VACCINE}", `3`, "no option with this code", true},
	} {
		got, unmapped := one(t, test.rule, test.x)
		assert.Contains(t, got, test.want, test.rule+" "+test.x)
		assert.Equal(t, test.unmapped, len(unmapped) == 1, test.rule+" "+test.x)
	}
}

func TestPeriodsAreMadeOfDates(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ rule, x, want string }{
		{"$period: Monthly", `"2026-01-31"`, `{"a":"202601"}`},
		{"$period: Monthly", `"2026-01-31T23:59:59.000-11:00"`, `{"a":"202601"}`},
		{"$period: Monthly", `"202601"`, `{"a":"202601"}`},
		{"$period: Monthly", `202601`, `{"a":"202601"}`},
		{"$period: Monthly", `"2026-01"`, `{"a":"202601"}`},
		{"$period: Monthly", `"2026-01-01/P1M"`, `{"a":"202601"}`},
		{"$period: Monthly", `"2026-01-01/P3M"`, "format"},
		{"$period: Monthly", `"2026"`, "not as exact"},
		{"$period: Weekly", `"2026-01"`, "not as exact"},
		{"$period: Weekly", `"2026-01-01"`, `{"a":"2026W1"}`},
		{"$period: WeeklyThursday", `"2025-12-31"`, `{"a":"2025ThuW52"}`},
		{"$period: Quarterly", `"2026-05"`, `{"a":"2026Q2"}`},
		{"$period: Yearly", `"2026"`, `{"a":"2026"}`},
		{"$period: FinancialApril", `"2026-03-31"`, `{"a":"2025April"}`},
		{"$period: Daily", `"2024-02-29"`, `{"a":"20240229"}`},
		{"$period: Daily", `"2025-02-29"`, "format"},
		{"$period: Daily", `"31/01/2026"`, "format"},
		{"$period: Daily", `"yesterday, all my troubles"`, "format"},
		{"$period: Monthly", `""`, `{}`},
		{"$period: {type: Monthly, as: start}", `"202602"`, `{"a":"2026-02-01"}`},
		{"$period: {type: Monthly, as: interval}", `"202602"`, `{"a":"2026-02-01/P1M"}`},
		{"$period: {dataSet: X5fFRSmDgYM}", `"2026-02-03"`, `{"a":"202602"}`},
	} {
		got, _ := one(t, test.rule, test.x)
		assert.Contains(t, got, test.want, test.rule+" "+test.x)
	}
}

// Of every type: the period holds the day, whatever the offset of the time, and its id and its
// interval lead back to it.
func TestPeriodsOfEveryTypeHoldTheirDay(t *testing.T) {
	t.Parallel()
	opts := options(dhis2map.Config{})
	for _, kind := range aggregate.PeriodTypes() {
		m, err := compile("map:\n  id: {$from: x, $period: "+string(kind)+"}\n  start: {$from: x, $period: {type: "+string(kind)+", as: start}}\n"+
			"  end: {$from: x, $period: {type: "+string(kind)+", as: end}}\n  interval: {$from: x, $period: {type: "+string(kind)+", as: interval}}", opts)
		require.NoError(t, err, kind)
		run := func(x string) (got struct{ ID, Start, End, Interval string }) {
			out, _, err := m.Run(t.Context(), []byte(`{"x":"`+x+`"}`), mapping.Options{})
			require.NoError(t, err, "%s %s", kind, x)
			require.NoError(t, json.Unmarshal(out, &got))
			return got
		}
		for day := time.Date(2023, 12, 20, 0, 0, 0, 0, time.UTC); day.Year() < 2027; day = day.AddDate(0, 0, 13) {
			text := day.Format("2006-01-02")
			got := run(text)
			assert.LessOrEqual(t, got.Start, text, kind)
			assert.GreaterOrEqual(t, got.End, text, kind)
			for _, same := range []string{text + "T23:59:59.999-11:00", text + "T00:00:00+14:00", got.Start, got.End, got.ID, got.Interval} {
				if kind == aggregate.BiWeekly && same == got.End && got.ID[len(got.ID)-2:] == "27" {
					continue // of a year with 53 weeks the last one reaches into the next year's first one
				}
				assert.Equal(t, got, run(same), "%s %s", kind, same)
			}
		}
	}
}

func TestValuesAreSpelledAsTheirTypeWantsThem(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ code, x, want string }{
		{"OHM_WEIGHT", `3.20`, "3.20"},
		{"OHM_WEIGHT", `1e2`, "100"},
		{"OHM_WEIGHT", `"1.5E-3"`, "0.0015"},
		{"OHM_WEIGHT", `".5"`, "0.5"},
		{"OHM_WEIGHT", `"+3"`, "3"},
		{"OHM_WEIGHT", `"007"`, "7"},
		{"OHM_WEIGHT", `" 3 "`, "3"},
		{"OHM_WEIGHT", `"3,2"`, "!"},
		{"OHM_WEIGHT", `"3 kg"`, "!"},
		{"OHM_WEIGHT", `"NaN"`, "!"},
		{"OHM_WEIGHT", `"1e999999999"`, "!"},
		{"OHM_WEIGHT", `"."`, "!"},
		{"OHM_WEIGHT", `true`, "!"},
		{"OHM_WEIGHT", `[3]`, "!"},
		{"OHM_WEIGHT", `{"v":3}`, "!"},
		{"OHM_WEIGHT", `""`, ""},
		{"OHM_WEIGHT", `"   "`, ""},
		{"OHM_DOSE", `2`, "2"},
		{"OHM_DOSE", `2.0`, "2"},
		{"OHM_DOSE", `2.5`, "!"},
		{"OHM_DOSE", `0`, "!"},
		{"OHM_DOSE", `-1`, "!"},
		{"OHM_DOSE", `99999999999`, "!"},
		{"OHM_PCT", `100`, "100"},
		{"OHM_PCT", `100.5`, "!"},
		{"OHM_VISITDATE", `"2026-01-31"`, "2026-01-31"},
		{"OHM_VISITDATE", `"31/01/2026"`, "!"},
		{"OHM_VISITDATE", `"2026-02-30"`, "!"},
		{"OHM_VISITDATE", `20260131`, "!"},
		{"OHM_VACCINE", `"03"`, "03"},
		{"OHM_VACCINE", `"MMR"`, "!"},
		{"OHM_LOT", `"A\u0000B"`, "!"},
		{"OHM_LOT", `"A,B <&>"`, "A,B <&>"},
		{"OHM_LOT", `7`, "7"},
		{"OHM_LOT", `true`, "!"},
	} {
		got, _ := one(t, "$dataValue: "+test.code, test.x)
		switch test.want {
		case "!":
			assert.Contains(t, got, "error: ", test.code+" "+test.x)
		case "":
			assert.Equal(t, "{}", got, test.code+" "+test.x)
		default:
			assert.Contains(t, got, `"value":"`+test.want+`"}}`, test.code+" "+test.x)
		}
	}
	got, _ := one(t, "$dataValue: OHM_LOT", `"`+strings.Repeat("é", 50_001)+`"`)
	assert.Contains(t, got, "longer than the server takes")
	got, _ = one(t, "$attribute: OHM_ADDRESS", `"`+strings.Repeat("é", 1201)+`"`)
	assert.Contains(t, got, "longer than the server takes")
	assert.NotContains(t, got, "é")
}

// DHIS2 takes true only of TRUE_ONLY, and an empty text deletes a value.
func TestFalseOfATrueOnlyIsNothing(t *testing.T) {
	t.Parallel()
	for x, want := range map[string]string{
		`true`: `{"a":{"attribute":"hYM3wAU7pVp","value":"true"}}`, `"TRUE"`: `{"a":{"attribute":"hYM3wAU7pVp","value":"true"}}`,
		`false`: `{}`, `"false"`: `{}`, `""`: `{}`, `null`: `{}`,
	} {
		got, _ := one(t, "$attribute: OHM_DECEASED", x)
		assert.Equal(t, want, got, x)
	}
	for _, x := range []string{`"yes"`, `1`, `"0"`} {
		got, _ := one(t, "$attribute: OHM_DECEASED", x)
		assert.Contains(t, got, "neither true nor false", x)
	}
}

func TestAMultiTextIsJoinedOfCodes(t *testing.T) {
	t.Parallel()
	s, err := dhis2.ParseMetadata(strings.NewReader(`{"dataElements":[
		{"id":"eeeeeeeeee1","code":"SYMPTOMS","name":"S","valueType":"MULTI_TEXT","optionSet":{"id":"oooooooooo1","name":"O","options":[
			{"id":"iiiiiiiiii1","code":"fever","name":"Fever"},{"id":"iiiiiiiiii2","code":"cough","name":"Cough"}]}},
		{"id":"eeeeeeeeee2","code":"FREE","name":"F","valueType":"MULTI_TEXT"}]}`))
	require.NoError(t, err)
	config := dhis2map.Config{Snapshot: s}
	got, _ := one(t, "$dataValue: SYMPTOMS", `["fever", "cough", ""]`, config)
	assert.Contains(t, got, `"value":"fever,cough"`)
	got, unmapped := one(t, "$dataValue: SYMPTOMS", `["fever", "Cough"]`, config)
	assert.Contains(t, got, "E1125")
	require.Len(t, unmapped, 1)
	assert.Equal(t, "Cough", unmapped[0].Code)
	got, _ = one(t, "$dataValue: {code: SYMPTOMS, by: name}", `["Fever", "Cough"]`, config)
	assert.Contains(t, got, `"value":"fever,cough"`)
	got, _ = one(t, "$dataValue: FREE", `["a,b"]`, config)
	assert.Contains(t, got, "comma")
	got, _ = one(t, "$dataValue: FREE", `[]`, config)
	assert.Equal(t, "{}", got)
	got, _ = one(t, "$dataValue: FREE", `[1]`, config)
	assert.Contains(t, got, "no text")
	got, unmapped = one(t, "$dataValue: SYMPTOMS", `"fever,rash"`, config)
	assert.Contains(t, got, "E1125", "a text of codes is held against the set, too")
	assert.Len(t, unmapped, 1)
}

func TestUnmappedOptionsOfValuesAreReported(t *testing.T) {
	t.Parallel()
	got, unmapped := one(t, "$attribute: OHM_SEX", `"M"`)
	assert.Contains(t, got, "E1125")
	assert.Equal(t, []mapping.Unmapped{{Table: "options of OHM_SEX", Code: "M", Count: 1}}, unmapped)
	got, unmapped = one(t, "$attribute: {code: OHM_SEX, unmapped: omit}", `"M"`)
	assert.Equal(t, `{}`, got)
	assert.Len(t, unmapped, 1)
	got, unmapped = one(t, "$attribute: {code: OHM_SEX, default: unknown}", `"M"`)
	assert.Equal(t, `{"a":{"attribute":"SHtHqekbvRu","value":"unknown"}}`, got)
	assert.Len(t, unmapped, 1)
}

func TestValuesAreReadBack(t *testing.T) {
	t.Parallel()
	entity := `{"trackedEntity":"x","attributes":[{"attribute":"XhXpL2WqB15","value":"NID-1"},{"attribute":"SHtHqekbvRu","value":"female"},{"attribute":"g4wsHYWkBYE","value":null}]}`
	for rule, want := range map[string]string{
		"$attribute: {code: OHM_NID, read: true}":              `{"a":"NID-1"}`,
		"$attribute: {code: OHM_SEX, read: true}":              `{"a":"female"}`,
		"$attribute: {code: OHM_SEX, by: name, read: true}":    `{"a":"Female"}`,
		"$attribute: {code: OHM_PHONE, read: true}":            `{}`,
		"$attribute: {code: OHM_DOB, read: true}":              `{}`,
		"$dataValue: {code: OHM_WEIGHT, read: true}":           `{}`,
		"$attribute: {code: OHM_NID, read: true}, $trim: true": `{"a":"NID-1"}`,
	} {
		got, _ := one(t, rule, entity)
		assert.Equal(t, want, got, rule)
	}
	for _, x := range []string{`"x"`, `3`, `[1]`, `{"attributes":1}`, `[{"attribute":"XhXpL2WqB15","value":3}]`} {
		got, _ := one(t, "$attribute: {code: OHM_NID, read: true}", x)
		assert.Contains(t, got, "error: ", x)
	}
	for _, x := range []string{`[]`, `{}`, `{"attributes":null}`} {
		got, _ := one(t, "$attribute: {code: OHM_NID, read: true}", x)
		assert.Equal(t, `{}`, got, x)
	}
}

func TestArgumentsThatCannotBeAreIssuesOfTheDocument(t *testing.T) {
	t.Parallel()
	for rule, want := range map[string]string{
		"$uid: trackedEntity":                                 "no system",
		"$uid: {system: x}":                                   "no kind",
		"$uid: {kind: x, system: y, incarnation: -1}":         "incarnation",
		"$uid: {kind: x, sustem: y}":                          "there is no key sustem",
		"$uid: [x]":                                           "the argument is a text",
		"$orgUnit: kode":                                      "by: \"kode\" is not known",
		"$orgUnit: {as: attribute:x}":                         "as: \"attribute:x\" is not known",
		"$orgUnit: {program: PR_CHIL}":                        "did you mean PR_CHILD?",
		"$orgUnit: {program: PR_CHILD, dataSet: OHM_MONTHLY}": "say one of them",
		"$orgUnit: {default: nowhere}":                        "there is no org unit nowhere",
		"$orgUnit: {program: PR_CHILD, default: PP7BguJwlu2}": "is not assigned",
		"$orgUnit: {unmapped: keep}":                          "unmapped",
		"$orgUnit: {unmapped: omit, default: na7iT2VcmdU}":    "leave one of them away",
		"$option: OHM_SEXX":                                   "did you mean OHM_SEX?",
		"$option: {attribute: OHM_NID}":                       "has no option set",
		"$option: {set: OHM_SEX, attribute: OHM_SEX}":         "one of set, attribute and dataElement",
		"$option: {set: OHM_SEX, default: X}":                 "the default X is no option",
		"$option: {set: OHM_SEX, by: colour}":                 "by: \"colour\" is not known",
		"$period: monthly":                                    "did you mean Monthly?",
		"$period: Fortnightly":                                "there is no period type",
		"$period: {type: Monthly, dataSet: OHM_MONTHLY}":      "one of type and dataSet",
		"$period: {type: Monthly, calendar: martian}":         "there is no calendar",
		"$dataValue: ohm_weight":                              "did you mean OHM_WEIGHT?",
		"$dataValue: {code: OHM_DX, stage: PS_BIRTH}":         "data element OHM_DX is not in stage PS_BIRTH (E1305)",
		"$dataValue: {code: OHM_WEIGHT, by: name}":            "has no option set",
		"$attribute: {code: OHM_DECEASED, program: PR_CHILD}": "attribute OHM_DECEASED is not in program PR_CHILD (E1019)",
		"$attribute: {code: OHM_SEX, default: nobody}":        "default nobody: ",
		"$attribute: {code: OHM_SEX, default: \"\"}":          "the default is empty",
		"$attribute: {code: OHM_SEX, default: null}":          "the default is empty",
		"$attribute: {code: OHM_SEX, default: [male]}":        "the default is one value",
		"$attribute: {code: OHM_DECEASED, default: false}":    "it would be no value of OHM_DECEASED",
		"$dataValue: {code: OHM_DOSE, default: none}":         "default none: ",
		"$option: {set: OHM_SEX, as: name, default: male}":    "the default male is no option of OHM_SEX by name",
		"$option: {set: OHM_SEX, default: 9}":                 "the default 9 is no option",
		"$orgUnit: {default: 7}":                              "there is no org unit 7 by UID",
		"$attribute: {code: [x]}":                             "code cannot be a array",
	} {
		_, err := compile("map:\n  b: $.x\n  a: {$from: x, "+rule+"}", options(dhis2map.Config{}))
		var bad *mapping.DocumentError
		require.ErrorAs(t, err, &bad, rule)
		assert.Contains(t, bad.Error(), want, rule)
		assert.Equal(t, 4, bad.Issues[0].Line, rule)
	}
}

// YAML reads 01 and 9 as numbers: they are codes all the same.
func TestADefaultMayBeANumberOfTheDocument(t *testing.T) {
	t.Parallel()
	for rule, want := range map[string]string{
		`$option: {dataElement: OHM_VACCINE, default: "03"}`: `{"a":"03"}`,
		`$dataValue: {code: OHM_DOSE, default: 1}`:           "error: ", // no number is no gap of a table
		`$option: {set: NINES, default: 9}`:                  `{"a":"9"}`,
		`$dataValue: {code: NINE, default: 9}`:               `{"a":{"dataElement":"eeeeeeeeee1","value":"9"}}`,
	} {
		config := dhis2map.Config{}
		if strings.Contains(rule, "NINE") {
			s, err := dhis2.ParseMetadata(strings.NewReader(`{"dataElements":[{"id":"eeeeeeeeee1","code":"NINE","name":"N","valueType":"TEXT","optionSet":{"id":"oooooooooo1"}}],
				"optionSets":[{"id":"oooooooooo1","code":"NINES","name":"N","options":[{"id":"iiiiiiiiii1","code":"9","name":"Not known"}]}]}`))
			require.NoError(t, err)
			config.Snapshot = s
		}
		got, _ := one(t, rule, `"x"`, config)
		assert.Contains(t, got, want, rule)
	}
}

func TestOptionsThatWereNotReadAreAnIssueOfTheDocument(t *testing.T) {
	t.Parallel()
	s, err := dhis2.ParseMetadata(strings.NewReader(`{"dataElements":[{"id":"eeeeeeeeee1","code":"SEX","name":"S","valueType":"TEXT","optionSet":{"id":"oooooooooo1"}}]}`))
	require.NoError(t, err)
	for _, rule := range []string{"$dataValue: SEX", "$option: {dataElement: SEX}", "$dataValue: {code: SEX, by: name, read: true}"} {
		_, err = compile("map: {a: {$from: x, "+rule+"}}", options(dhis2map.Config{Snapshot: s}))
		require.ErrorContains(t, err, "the options of SEX are not in the metadata", rule)
	}
	got, _ := one(t, "$dataValue: {code: SEX, read: true}", `[{"dataElement":"eeeeeeeeee1","value":"M"}]`, dhis2map.Config{Snapshot: s})
	assert.Equal(t, `{"a":"M"}`, got, "what the server has is given")
}

func TestAnElementWithoutItsTypeIsAnIssueOfTheDocument(t *testing.T) {
	t.Parallel()
	s, err := dhis2.ParseMetadata(strings.NewReader(`{"dataElements":[{"id":"eeeeeeeeee1","code":"X","name":"X"}]}`))
	require.NoError(t, err)
	_, err = compile("map: {a: {$from: x, $dataValue: X}}", options(dhis2map.Config{Snapshot: s}))
	require.ErrorContains(t, err, "data element X is in the metadata in part only", "any value would pass")
}

func TestOrgUnitsAsValuesAreThoseThatThereAre(t *testing.T) {
	t.Parallel()
	s, err := dhis2.ParseMetadata(strings.NewReader(`{"dataElements":[{"id":"eeeeeeeeee1","code":"TO","name":"T","valueType":"ORGANISATION_UNIT"}],"organisationUnits":[{"id":"ouuuuuuuuu1","name":"Here"}]}`))
	require.NoError(t, err)
	config := dhis2map.Config{Snapshot: s}
	got, _ := one(t, "$dataValue: TO", `"ouuuuuuuuu1"`, config)
	assert.Contains(t, got, `"value":"ouuuuuuuuu1"`)
	got, unmapped := one(t, "$dataValue: TO", `"ouuuuuuuuu2"`, config)
	assert.Contains(t, got, "there is no org unit with this UID")
	assert.Equal(t, []mapping.Unmapped{{Table: "org units by uid", Code: "ouuuuuuuuu2", Count: 1}}, unmapped)
}

func FuzzValues(f *testing.F) {
	opts := options(dhis2map.Config{})
	var all []*mapping.Mapping
	for _, rule := range []string{
		"$dataValue: OHM_WEIGHT", "$dataValue: OHM_DOSE", "$dataValue: OHM_VISITDATE", "$dataValue: OHM_LOT", "$attribute: OHM_SEX", "$attribute: OHM_DECEASED",
		"$dataValue: {code: OHM_WEIGHT, read: true}", "$period: Monthly", "$period: Weekly", "$orgUnit: code", "$option: OHM_SEX", "$uid: {kind: event, system: s}",
	} {
		m, err := compile("map: {a: {$from: x, "+rule+"}}", opts)
		require.NoError(f, err)
		all = append(all, m)
	}
	for _, x := range []string{`1e5`, `"2026-01"`, `["a",1]`, `{"dataValues":[{"dataElement":"SyY2t3MmAHo","value":"1"}]}`, `"2026-01-01/P1M"`, `-0.0`, `"male"`} {
		f.Add(x)
	}
	f.Fuzz(func(t *testing.T, x string) {
		for _, m := range all {
			out, _, err := m.Run(t.Context(), []byte(`{"x":`+x+`}`), mapping.Options{})
			if err == nil {
				assert.NotContains(t, string(out), `"value":""`, "an empty value deletes")
			}
		}
	})
}
