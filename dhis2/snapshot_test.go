package dhis2_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
)

func TestAnExportIsReadByUIDAndByCode(t *testing.T) {
	t.Parallel()
	s := seed(t)
	child := s.Programs().Code("PR_CHILD")
	require.NotNil(t, child)
	assert.Same(t, child, s.Programs().UID("sBSRMACZJOQ"))
	assert.Equal(t, dhis2.WithRegistration, child.Type)
	assert.Equal(t, "OHM_PERSON", child.EntityType.Code)
	require.Len(t, child.Stages, 3)
	assert.Equal(t, "PS_BIRTH", child.Stages[0].Code)
	assert.Same(t, child, child.Stages[0].Program)
	assert.Same(t, s.DefaultCategoryCombo(), child.CategoryCombo)

	dob, ok := child.Attribute("lXXkJgofAcb")
	require.True(t, ok)
	assert.True(t, dob.Mandatory)
	assert.Equal(t, dhis2.ValueDate, dob.Attribute.ValueType)
	_, ok = child.Attribute("hYM3wAU7pVp")
	assert.False(t, ok, "the program does not have the attribute")

	weight, ok := child.Stages[0].Element("SyY2t3MmAHo")
	require.True(t, ok)
	assert.True(t, weight.Compulsory)
	assert.Same(t, s.DataElements().Code("OHM_WEIGHT"), weight.DataElement)

	sex := s.Attributes().Code("OHM_SEX").OptionSet
	require.NotNil(t, sex)
	male, ok := sex.ByCode("male")
	require.True(t, ok)
	assert.Equal(t, "Male", male.Name)
	_, ok = sex.ByCode("Male")
	assert.False(t, ok, "codes are compared exactly")
	named, ok := sex.ByName("Male")
	assert.True(t, ok)
	assert.Equal(t, male, named)

	assert.True(t, child.OrgUnits.Has("lgY4CHs5HtP"))
	assert.False(t, child.OrgUnits.Has("PP7BguJwlu2"))
	assert.Equal(t, 4, child.OrgUnits.Len())
	assert.Len(t, slices.Collect(child.OrgUnits.All()), 4)

	mother := s.RelationshipTypes().Code("OHM_MOTHER_CHILD")
	assert.True(t, mother.Bidirectional)
	assert.Equal(t, dhis2.EntityTrackedEntity, mother.From.Entity)
	assert.Equal(t, "OHM_PERSON", mother.To.EntityType.Code)

	monthly := s.DataSets().Code("OHM_MONTHLY")
	assert.Equal(t, "Monthly", monthly.PeriodType)
	element, ok := monthly.Element("sgU4ZaOXhEi")
	require.True(t, ok)
	assert.Same(t, s.DefaultCategoryCombo(), element.CategoryCombo)
	assert.Equal(t, dhis2.DefaultOptionComboUID, element.CategoryCombo.OptionCombo(dhis2.DefaultCategoryOptionUID).UID)
}

func TestTheTreeOfOrgUnitsIsMadeOfParents(t *testing.T) {
	t.Parallel()
	units := seed(t).OrgUnits()
	alpha := units.Code("OHM_FAC_001")
	assert.Equal(t, "/na7iT2VcmdU/BqSKl7Jbq0H/lgY4CHs5HtP", alpha.Path)
	assert.Equal(t, 3, alpha.Level)
	assert.Equal(t, "BqSKl7Jbq0H", alpha.Parent())
	assert.Equal(t, []string{"na7iT2VcmdU", "BqSKl7Jbq0H", "lgY4CHs5HtP"}, slices.Collect(alpha.Ancestors()))
	assert.True(t, alpha.Within("na7iT2VcmdU"))
	assert.True(t, alpha.Within(alpha.UID))
	assert.False(t, alpha.Within("iPrqVTs7evU"))
	assert.False(t, alpha.Within(""))
	assert.Equal(t, "2000-01-01", alpha.Opening)
	root := units.Code("OHM_COUNTRY")
	assert.Equal(t, "", root.Parent())
	assert.Equal(t, 1, root.Level)
}

func TestParentsInACircleAreTold(t *testing.T) {
	t.Parallel()
	s := parse(t, `{"organisationUnits":[
		{"id":"aaaaaaaaaa1","name":"A","parent":{"id":"aaaaaaaaaa2"}},
		{"id":"aaaaaaaaaa2","name":"B","parent":{"id":"aaaaaaaaaa1"}},
		{"id":"aaaaaaaaaa3","name":"C","parent":{"id":"aaaaaaaaaa9"}}]}`)
	assert.Equal(t, "", s.OrgUnits().UID("aaaaaaaaaa1").Path)
	assert.Equal(t, "", s.OrgUnits().UID("aaaaaaaaaa3").Path)
	assert.Len(t, s.Problems(), 3)
}

func TestMetadataAreFoundByAnyScheme(t *testing.T) {
	t.Parallel()
	elements := seed(t).DataElements()
	for scheme, name := range map[dhis2.IDScheme]string{
		dhis2.SchemeUID: "SyY2t3MmAHo", dhis2.SchemeCode: "OHM_WEIGHT", dhis2.SchemeName: "OHM Body weight (kg)",
		dhis2.SchemeAttribute("DpYtjCCJVt5"): "29463-7",
	} {
		found, err := elements.Find(scheme, name)
		require.NoError(t, err, scheme)
		assert.Equal(t, "SyY2t3MmAHo", found.UID)
		assert.Equal(t, name, found.By(scheme))
		_, err = elements.Find(scheme, "nothing")
		require.ErrorIs(t, err, dhis2.ErrUnknownObject)
		assert.NotContains(t, err.Error(), "nothing", "what is looked for may come from a record")
	}
}

func TestACodeOfSeveralObjectsFindsNoneAndTellsWhich(t *testing.T) {
	t.Parallel()
	s := parse(t, `{"organisationUnits":[
		{"id":"aaaaaaaaaa1","code":"X","name":"A"},{"id":"aaaaaaaaaa2","code":"X","name":"B"},{"id":"aaaaaaaaaa3","code":"X","name":"B"}]}`)
	assert.Nil(t, s.OrgUnits().Code("X"))
	_, err := s.OrgUnits().Find(dhis2.SchemeCode, "X")
	var bad *dhis2.LookupError
	require.ErrorAs(t, err, &bad)
	require.NotErrorIs(t, err, dhis2.ErrUnknownObject)
	assert.Equal(t, []string{"aaaaaaaaaa1", "aaaaaaaaaa2", "aaaaaaaaaa3"}, bad.UIDs)
	_, err = s.OrgUnits().Find(dhis2.SchemeName, "B")
	require.ErrorAs(t, err, &bad)
	assert.Len(t, bad.UIDs, 2)
	require.Len(t, s.Problems(), 1)
	assert.Contains(t, s.Problems()[0].String(), "3 objects have the code X")
}

func TestOptionsOfOneCodeAreNotFoundByIt(t *testing.T) {
	t.Parallel()
	s := parse(t, `{"optionSets":[{"id":"bbbbbbbbbb1","name":"S","options":[
		{"id":"ccccccccc11","code":"1","name":"One"},{"id":"ccccccccc12","code":"1","name":"Uno"},{"id":"ccccccccc13","code":"2","name":"One"}]}]}`)
	set := s.OptionSets().UID("bbbbbbbbbb1")
	_, ok := set.ByCode("1")
	assert.False(t, ok)
	_, ok = set.ByName("One")
	assert.False(t, ok)
	two, ok := set.ByCode("2")
	assert.True(t, ok)
	assert.Equal(t, "ccccccccc13", two.UID)
	assert.Len(t, s.Problems(), 1)
}

// Options without a code are in some old servers: no value is one of them.
func TestAnOptionWithoutCodeIsNoCode(t *testing.T) {
	t.Parallel()
	s, err := dhis2.ParseMetadata(strings.NewReader(`{"optionSets":[{"id":"oooooooooo1","name":"O","options":[
		{"id":"iiiiiiiiii1","name":"A"},{"id":"iiiiiiiiii2","name":"B"},{"id":"iiiiiiiiii3","code":"c","name":"C"}]}]}`))
	require.NoError(t, err)
	set := s.OptionSets().UID("oooooooooo1")
	_, ok := set.ByCode("")
	assert.False(t, ok)
	option, ok := set.ByUID("iiiiiiiiii1")
	assert.True(t, ok)
	assert.Equal(t, "A", option.Name)
	assert.Equal(t, []string{"option set: an option has no code: iiiiiiiiii1", "option set: an option has no code: iiiiiiiiii2"},
		[]string{s.Problems()[0].String(), s.Problems()[1].String()})
	one, err := dhis2.ParseMetadata(strings.NewReader(`{"optionSets":[{"id":"oooooooooo1","name":"O","options":[{"id":"iiiiiiiiii1","name":"A"}]}]}`))
	require.NoError(t, err)
	_, ok = one.OptionSets().UID("oooooooooo1").ByCode("")
	assert.False(t, ok)
}

// A hundred thousand members of one owner, in a list of their own, are read in one go.
func TestMembersOfOneOwnerMayBeMany(t *testing.T) {
	t.Parallel()
	const n = 100_000
	var b strings.Builder
	b.WriteString(`{"programStages":[{"id":"ssssssssss1","name":"S"}],"dashboards":[{"a":[1]},2],"constants":{"a":[]},"x":null,"programStageDataElements":[`)
	for i := range n {
		fmt.Fprintf(&b, `{"dataElement":{"id":%q},"programStage":{"id":"ssssssssss1"}},`, uidOf(i))
	}
	fmt.Fprintf(&b, `{"dataElement":{"id":%q},"programStage":{"id":"ssssssssss1"},"compulsory":true}]}`, uidOf(7))
	s, err := dhis2.ParseMetadata(strings.NewReader(b.String()))
	require.NoError(t, err)
	stage := s.ProgramStages().UID("ssssssssss1")
	assert.Len(t, stage.Elements, n)
	element, _ := stage.Element(uidOf(7))
	assert.False(t, element.Compulsory, "the first one counts")
}

func TestNestedAndFlatExportsAreTheSame(t *testing.T) {
	t.Parallel()
	flat := parse(t, `{
		"programs":[{"id":"pppppppppp1","name":"P","programType":"WITH_REGISTRATION","programStages":[{"id":"ssssssssss1"}]}],
		"programStages":[{"id":"ssssssssss1","name":"S","program":{"id":"pppppppppp1"},"programStageDataElements":[{"id":"mmmmmmmmmm1"}]}],
		"programStageDataElements":[{"id":"mmmmmmmmmm1","compulsory":true,"programStage":{"id":"ssssssssss1"},"dataElement":{"id":"eeeeeeeeee1"}}],
		"dataElements":[{"id":"eeeeeeeeee1","name":"E","valueType":"TEXT","optionSet":{"id":"oooooooooo1"}}],
		"optionSets":[{"id":"oooooooooo1","name":"O","options":[{"id":"iiiiiiiiii2"},{"id":"iiiiiiiiii1"}]}],
		"options":[{"id":"iiiiiiiiii1","code":"a","name":"A","sortOrder":1},{"id":"iiiiiiiiii2","code":"b","name":"B","sortOrder":2,"optionSet":{"id":"oooooooooo1"}}]}`)
	nested := parse(t, `{"programs":[{"id":"pppppppppp1","name":"P","programType":"WITH_REGISTRATION","programStages":[
		{"id":"ssssssssss1","name":"S","program":{"id":"pppppppppp1"},"programStageDataElements":[{"compulsory":true,"dataElement":
			{"id":"eeeeeeeeee1","name":"E","valueType":"TEXT","optionSet":{"id":"oooooooooo1","name":"O","options":[
				{"id":"iiiiiiiiii1","code":"a","name":"A","sortOrder":1},{"id":"iiiiiiiiii2","code":"b","name":"B","sortOrder":2}]}}}]}]}]}`)
	assert.Equal(t, flat.Revision(), nested.Revision())
	element, ok := flat.ProgramStages().UID("ssssssssss1").Element("eeeeeeeeee1")
	require.True(t, ok)
	assert.True(t, element.Compulsory)
	assert.Equal(t, []string{"a", "b"}, []string{element.DataElement.OptionSet.Options[0].Code, element.DataElement.OptionSet.Options[1].Code})
}

func TestPartsAreReadAsOne(t *testing.T) {
	t.Parallel()
	program := `{"programs":[{"id":"pppppppppp1","name":"P","organisationUnits":[{"id":"uuuuuuuuuu1"}],"trackedEntityType":{"id":"tttttttttt1"}}]}`
	alone := parse(t, program)
	assert.True(t, alone.Programs().UID("pppppppppp1").EntityType.Missing)
	assert.True(t, alone.Programs().UID("pppppppppp1").OrgUnits.Has("uuuuuuuuuu1"))
	assert.Len(t, alone.Problems(), 1)
	both := parse(t, program, `{"trackedEntityTypes":[{"id":"tttttttttt1","name":"T"}],"organisationUnits":[{"id":"uuuuuuuuuu1","name":"U"}]}`)
	assert.False(t, both.Programs().UID("pppppppppp1").EntityType.Missing)
	assert.True(t, both.Programs().UID("pppppppppp1").OrgUnits.Has("uuuuuuuuuu1"))
	assert.Empty(t, both.Problems())
}

func TestASnapshotIsSavedAndReadBack(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]*dhis2.Snapshot{
		"seed": seed(t),
		"e2e":  fixtures(t, "e2e/metadata.json", "e2e/tracker_metadata.json", "e2e/programs_with_program_rules.json"),
		"base": fixtures(t, "tracker/base_metadata.json"),
		"none": parse(t, `{}`),
		"rest": parse(t, `{"system":{"id":"s","version":"2.42.5","date":"2026-11-23T08:03:06.302+0300"},
			"optionSets":[{"id":"oooooooooo1","name":"empty","options":[]},{"id":"oooooooooo2","name":"unknown"}]}`),
	} {
		var saved, again bytes.Buffer
		n, err := s.WriteTo(&saved)
		require.NoError(t, err)
		assert.Equal(t, int64(saved.Len()), n)
		assert.True(t, json.Valid(saved.Bytes()), name)
		back, err := dhis2.ReadSnapshot(bytes.NewReader(saved.Bytes()))
		require.NoError(t, err, name)
		assert.Equal(t, s.Revision(), back.Revision(), name)
		assert.Equal(t, s.Header(), back.Header(), name)
		_, err = back.WriteTo(&again)
		require.NoError(t, err)
		assert.Equal(t, saved.String(), again.String(), name)
	}
}

func TestTheRevisionSeesEveryChange(t *testing.T) {
	t.Parallel()
	raw, err := io.ReadAll(fixtureFile(t, "seed-metadata.json"))
	require.NoError(t, err)
	before := parse(t, string(raw)).Revision()
	assert.Len(t, before, 32)
	assert.Equal(t, before, seed(t).Revision())
	for _, change := range [][2]string{
		{`"code": "male"`, `"code": "Male"`},
		{`"repeatable": true`, `"repeatable": false`},
		{`"onlyEnrollOnce": true`, `"onlyEnrollOnce": false`},
		{`"Alpha Health Centre"`, `"Alpha"`},
		{`"compulsory": true`, `"compulsory": false`},
		{`"periodType": "Monthly"`, `"periodType": "Weekly"`},
		{`"value": "29463-7"`, `"value": "x"`},
		{`"bidirectional": true`, `"bidirectional": false`},
	} {
		changed := strings.Replace(string(raw), change[0], change[1], 1)
		if changed == string(raw) {
			changed = strings.Replace(string(raw), strings.ReplaceAll(change[0], ": ", ":"), strings.ReplaceAll(change[1], ": ", ":"), 1)
		}
		require.NotEqual(t, string(raw), changed, change[0])
		assert.NotEqual(t, before, parse(t, changed).Revision(), change[0])
	}
}

func TestExportsOfTheDHIS2ProjectAreRead(t *testing.T) {
	t.Parallel()
	e2e := fixtures(t, "e2e/metadata.json", "e2e/tracker_metadata.json", "e2e/programs_with_program_rules.json")
	assert.Len(t, slices.Collect(e2e.Programs().All()), e2e.Programs().Len())
	rules := 0
	for p := range e2e.Programs().All() {
		rules += len(p.Rules)
		for _, r := range p.Rules {
			assert.NotEmpty(t, r.Actions, r.UID)
		}
	}
	assert.GreaterOrEqual(t, rules, 7)
	base := fixtures(t, "tracker/base_metadata.json")
	combo := base.CategoryCombos().UID("O4VaNks6tta")
	assert.Equal(t, "tzsPhPtE94U", combo.OptionCombo("M58XdOfhiJ7", "xEunk8LPzkb").UID, "in any order")
	assert.Nil(t, combo.OptionCombo("M58XdOfhiJ7"))
	assert.Equal(t, "categoryOption xwZ2u3WyQR0", base.CategoryOptions().UID("xwZ2u3WyQR0").AttributeValues["j45AR9cBQKc"])
}

func TestWhatIsNoExportIsRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		``, `[]`, `null`, `1`, `{"programs":{}}`, `{"programs":[1]}`, `{"programs":[{}]}`, `{"programs":[{"id":"x"}]}`, `{"programs":[{"id":1}]}`,
		`{"programs":[{"id":"pppppppppp1","programStages":[1]}]}`, `{"programs":[{"id":"pppppppppp1","programStages":["abcdefghijk"]}]}`,
		`{"programs":[{"id":"pppppppppp1","organisationUnits":[{"id":"x"}]}]}`,
		`{"programs":[{"id":"pppppppppp1","programTrackedEntityAttributes":[{}]}]}`, `{"programs":[{"id":"pppppppppp1","expiryDays":"x"}]}`,
		`{"programs":[`, `{} {}`, `{"programs":[{"id":"pppppppppp1"}]} x`,
	} {
		_, err := tryParse(text)
		assert.Error(t, err, text)
	}
	for _, text := range []string{`{}`, `{"date":1,"system":null}`, `{"programs":[]}`, `{"users":[{"x":1}],"programs":[{"id":"pppppppppp1","programStages":[null]}]}`} {
		_, err := tryParse(text)
		assert.NoError(t, err, text)
	}
}

func TestALaterPartKeepsWhatOnlyAnEarlierOneSaid(t *testing.T) {
	t.Parallel()
	s := parse(t,
		`{"programs":[{"id":"pppppppppp1","name":"P","code":"P1","programTrackedEntityAttributes":[
			{"mandatory":true,"trackedEntityAttribute":{"id":"aaaaaaaaaa1","valueType":"TEXT"}},{"trackedEntityAttribute":{"id":"aaaaaaaaaa2","valueType":"TEXT"}}]}]}`,
		`{"programs":[{"id":"pppppppppp1","name":"Q","programTrackedEntityAttributes":[{"trackedEntityAttribute":{"id":"aaaaaaaaaa3","valueType":"TEXT"}}]}]}`)
	p := s.Programs().UID("pppppppppp1")
	assert.Equal(t, "Q", p.Name)
	assert.Equal(t, "P1", p.Code)
	require.Len(t, p.Attributes, 1, "a list is replaced as a whole")
	assert.False(t, p.Attributes[0].Mandatory, "nothing of an item that was there before is left")
	assert.Equal(t, "aaaaaaaaaa3", p.Attributes[0].Attribute.UID)
}

func TestASnapshotServesManyAtOnce(t *testing.T) {
	t.Parallel()
	s := seed(t)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			_, err := s.DataElements().Find(dhis2.SchemeName, "OHM Body weight (kg)")
			assert.NoError(t, err)
			_, err = s.DataElements().Find(dhis2.SchemeAttribute("DpYtjCCJVt5"), "29463-7")
			assert.NoError(t, err)
			assert.NotEmpty(t, s.Revision())
		})
	}
	group.Wait()
}

func TestIDSchemesAreReadExactly(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"UID", "CODE", "NAME", "ATTRIBUTE:DpYtjCCJVt5"} {
		scheme, err := dhis2.ParseIDScheme(text)
		require.NoError(t, err)
		assert.Equal(t, text, string(scheme))
	}
	scheme, err := dhis2.ParseIDScheme("")
	require.NoError(t, err)
	assert.Equal(t, dhis2.SchemeUID, scheme)
	for _, text := range []string{"code", "uid", "ATTRIBUTE", "ATTRIBUTE:", "ATTRIBUTE:x", "CODE "} {
		_, err := dhis2.ParseIDScheme(text)
		assert.Error(t, err, text)
	}
}

func FuzzParseMetadata(f *testing.F) {
	f.Add(`{"programs":[{"id":"pppppppppp1","name":"P","programStages":[{"id":"ssssssssss1"}]}],"organisationUnits":[{"id":"uuuuuuuuuu1","parent":{"id":"uuuuuuuuuu2"}}]}`)
	f.Add(`{"optionSets":[{"id":"oooooooooo1","options":[{"id":"iiiiiiiiii2"},null]}],"options":[{"id":"iiiiiiiiii1","optionSet":{"id":"oooooooooo1"}}]}`)
	f.Add(`{"categoryCombos":[{"id":"bjDvmb4bfuf","categories":[{"id":"GLevLNI9wkl"}]}],"dataSets":[{"id":"dddddddddd1","dataSetElements":[{"dataElement":{"id":"eeeeeeeeee1"}}]}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := tryParse(text)
		if err != nil {
			return
		}
		var saved bytes.Buffer
		_, err = s.WriteTo(&saved)
		require.NoError(t, err)
		back, err := dhis2.ReadSnapshot(&saved)
		require.NoError(t, err, saved.String())
		require.Equal(t, s.Revision(), back.Revision(), text)
	})
}
