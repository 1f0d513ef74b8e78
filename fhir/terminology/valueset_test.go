package terminology_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/terminology"
)

func codesOf(e terminology.Expansion) []string {
	var codes []string
	for _, c := range e.Codes {
		codes = append(codes, c.Code)
	}
	return codes
}

func TestExpansionFollowsTheDefinition(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, compose, want string }{
		{"a list", `{"include":[{"system":"http://y","concept":[{"code":"b"},{"code":"a"}]}]}`, "b a"},
		{"two lists, each code once", `{"include":[{"system":"http://y","concept":[{"code":"b"},{"code":"a"}]},{"system":"http://y","concept":[{"code":"a"},{"code":"c"}]}]}`, "b a c"},
		{"one code of two systems", `{"include":[{"system":"http://y","concept":[{"code":"a"}]},{"system":"http://z","concept":[{"code":"a"}]}]}`, "a a"},
		{"a whole code system", `{"include":[{"system":"http://x/animals"}]}`, "animal dog puppy hen dodo pet stone"},
		{"without what is inactive", `{"inactive":false,"include":[{"system":"http://x/animals"}]}`, "animal dog puppy hen pet stone"},
		{"is-a", `{"include":[{"system":"http://x/animals","filter":[{"property":"concept","op":"is-a","value":"dog"}]}]}`, "dog puppy"},
		{"is-a by a property child", `{"include":[{"system":"http://x/animals","filter":[{"property":"concept","op":"is-a","value":"pet"}]}]}`, "dog puppy pet"},
		{"descendent-of", `{"include":[{"system":"http://x/animals","filter":[{"property":"concept","op":"descendent-of","value":"animal"}]}]}`, "dog puppy hen dodo"},
		{"is-not-a", `{"include":[{"system":"http://x/animals","filter":[{"property":"concept","op":"is-not-a","value":"animal"}]}]}`, "pet stone"},
		{"generalizes", `{"include":[{"system":"http://x/animals","filter":[{"property":"concept","op":"generalizes","value":"puppy"}]}]}`, "animal dog puppy pet"},
		{"child-of", `{"include":[{"system":"http://x/animals","filter":[{"property":"concept","op":"child-of","value":"animal"}]}]}`, "dog hen dodo"},
		{"descendent-leaf", `{"include":[{"system":"http://x/animals","filter":[{"property":"concept","op":"descendent-leaf","value":"animal"}]}]}`, "puppy hen dodo"},
		{"=", `{"include":[{"system":"http://x/animals","filter":[{"property":"legs","op":"=","value":"2"}]}]}`, "hen dodo"},
		{"= of the hierarchy", `{"include":[{"system":"http://x/animals","filter":[{"property":"parent","op":"=","value":"animal"}]}]}`, "dog hen dodo"},
		{"two filters", `{"include":[{"system":"http://x/animals","filter":[{"property":"legs","op":"=","value":"2"},{"property":"status","op":"=","value":"retired"}]}]}`, "dodo"},
		{"in", `{"include":[{"system":"http://x/animals","filter":[{"property":"concept","op":"in","value":"dog, stone,other"}]}]}`, "dog stone"},
		{"not-in", `{"include":[{"system":"http://x/animals","filter":[{"property":"legs","op":"not-in","value":"4"}]}]}`, "animal hen dodo pet stone"},
		{"exists", `{"include":[{"system":"http://x/animals","filter":[{"property":"legs","op":"exists","value":"false"}]}]}`, "animal pet stone"},
		{"regex is of the whole", `{"include":[{"system":"http://x/animals","filter":[{"property":"code","op":"regex","value":"d.|do.*"}]}]}`, "dog dodo"},
		{"regex of a display", `{"include":[{"system":"http://x/animals","filter":[{"property":"display","op":"regex","value":"P.*"}]}]}`, "puppy pet"},
		{"exclude a list", `{"include":[{"system":"http://x/animals"}],"exclude":[{"system":"http://x/animals","concept":[{"code":"stone"},{"code":"pet"}]}]}`, "animal dog puppy hen dodo"},
		{"exclude by filter", `{"include":[{"system":"http://x/animals"}],"exclude":[{"system":"http://x/animals","filter":[{"property":"concept","op":"is-a","value":"animal"}]}]}`, "pet stone"},
		{"another value set", `{"include":[{"valueSet":["http://x/vs/list"]}]}`, "dog cat"},
		{"all codes of a system by its value set", `{"include":[{"valueSet":["http://x/vs/all-animals|1.0"]}]}`, "animal dog puppy hen dodo pet stone"},
		{"what two value sets share", `{"include":[{"valueSet":["http://x/vs/list","http://x/vs/all-animals"]}]}`, "dog"},
		{"a system within a value set", `{"include":[{"system":"http://x/animals","filter":[{"property":"legs","op":"=","value":"4"}],"valueSet":["http://x/vs/list"]}]}`, "dog"},
		{"exclude a value set", `{"include":[{"system":"http://x/animals"}],"exclude":[{"valueSet":["http://x/vs/list"]}]}`, "animal puppy hen dodo pet stone"},
		{"codes whose case does not count", `{"include":[{"system":"http://x/folded"}],"exclude":[{"system":"http://x/folded","concept":[{"code":"RED"}]}]}`, "Pink Blue"},
		{"nothing", `{"include":[{"system":"http://x/animals","filter":[{"property":"legs","op":"=","value":"7"}]}]}`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l := localOf(t, animals, folded, part, vs("it", test.compose), vs("list", `{"include":[{"system":"http://x/animals","concept":[{"code":"dog"},{"code":"cat"}]}]}`))
			got, err := l.Expand(t.Context(), terminology.ExpandRequest{ValueSet: "http://x/vs/it"})
			require.NoError(t, err)
			assert.Equal(t, test.want, strings.Join(codesOf(got), " "))
			assert.Equal(t, len(got.Codes), got.Total)
			for _, c := range got.Codes { // membership says the same
				is, err := l.MemberOf(t.Context(), "http://x/vs/it", c.System, c.Code)
				require.NoError(t, err)
				assert.True(t, is, c.Code)
				is, err = l.MemberOf(t.Context(), "http://x/vs/it", "", c.Code)
				require.NoError(t, err)
				assert.True(t, is, c.Code)
			}
			for _, code := range []string{"animal", "dog", "puppy", "hen", "dodo", "pet", "stone", "cat", "nothing"} {
				is, err := l.MemberOf(t.Context(), "http://x/vs/it", "http://x/animals", code)
				require.NoError(t, err)
				want := false
				for _, c := range got.Codes {
					want = want || c.System == "http://x/animals" && c.Code == code
				}
				assert.Equal(t, want, is, code)
			}
		})
	}
}

func TestWhatCannotBeExpandedIsAnError(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, compose, system, reason string }{
		{"a system that is not here", `{"include":[{"system":"http://loinc.org"}]}`, "http://loinc.org", "not supplied"},
		{"another version of it", `{"include":[{"system":"http://x/animals","version":"2.0"}]}`, "http://x/animals|2.0", "not supplied"},
		{"a fragment", `{"include":[{"system":"http://x/part"}]}`, "http://x/part", "fragment"},
		{"a filter on what is not here", `{"include":[{"system":"http://snomed.info/sct","filter":[{"property":"concept","op":"is-a","value":"1"}]}]}`, "http://snomed.info/sct", "not supplied"},
		{"an unknown property", `{"include":[{"system":"http://x/animals","filter":[{"property":"wings","op":"=","value":"2"}]}]}`, "http://x/animals", "wings"},
		{"an unknown operation", `{"include":[{"system":"http://x/animals","filter":[{"property":"legs","op":"like","value":"2"}]}]}`, "http://x/animals", "like"},
		{"a filter on an unknown code", `{"include":[{"system":"http://x/animals","filter":[{"property":"concept","op":"is-a","value":"unicorn"}]}]}`, "http://x/animals", "code"},
		{"a hierarchy of a property", `{"include":[{"system":"http://x/animals","filter":[{"property":"legs","op":"is-a","value":"2"}]}]}`, "http://x/animals", "legs"},
		{"a broken expression", `{"include":[{"system":"http://x/animals","filter":[{"property":"code","op":"regex","value":"("}]}]}`, "http://x/animals", "expression"},
		{"an exclude that cannot be told", `{"include":[{"system":"http://x/animals"}],"exclude":[{"system":"http://x/animals","filter":[{"property":"wings","op":"=","value":"2"}]}]}`, "http://x/animals", "wings"},
		{"itself", `{"include":[{"valueSet":["http://x/vs/it"]}]}`, "", "itself"},
		{"nothing at all", `{"include":[{}]}`, "", "neither"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l := localOf(t, animals, part, vs("it", test.compose))
			_, err := l.Expand(t.Context(), terminology.ExpandRequest{ValueSet: "http://x/vs/it"})
			require.ErrorIs(t, err, terminology.ErrOffline)
			var offline *terminology.OfflineError
			require.ErrorAs(t, err, &offline)
			assert.Equal(t, test.system, offline.System)
			assert.Contains(t, offline.Reason, test.reason)
			assert.Contains(t, err.Error(), "http://x/vs/it")
			_, err = l.MemberOf(t.Context(), "http://x/vs/it", "http://x/animals", "dog")
			if strings.HasPrefix(test.system, "http://x/animals") || test.system == "" {
				require.ErrorIs(t, err, terminology.ErrOffline, "nor can membership be told")
			} else {
				require.NoError(t, err, "a code of another system is none of it")
			}
		})
	}
	l := localOf(t, animals)
	_, err := l.Expand(t.Context(), terminology.ExpandRequest{ValueSet: "http://x/vs/other"})
	require.ErrorIs(t, err, terminology.ErrNotSupplied)
	var lacks *terminology.NotSuppliedError
	require.ErrorAs(t, err, &lacks)
	assert.Equal(t, terminology.NotSuppliedError{Kind: "ValueSet", URL: "http://x/vs/other"}, *lacks)
	_, err = localOf(t, vs("it", `{"include":[{"valueSet":["http://x/vs/far"]}]}`)).Expand(t.Context(), terminology.ExpandRequest{ValueSet: "http://x/vs/it"})
	require.ErrorIs(t, err, terminology.ErrNotSupplied)
	_, err = localOf(t, `{"resourceType":"ValueSet","url":"http://x/vs/empty"}`).Expand(t.Context(), terminology.ExpandRequest{ValueSet: "http://x/vs/empty"})
	require.ErrorIs(t, err, terminology.ErrOffline, "a value set that says nothing is no empty one")
}

func TestMembershipIsToldAsFarAsItCan(t *testing.T) {
	t.Parallel()
	l := localOf(t, part, vs("mixed", `{"include":[{"system":"http://loinc.org"},{"system":"http://y","concept":[{"code":"a"}]}]}`),
		vs("part", `{"include":[{"system":"http://x/part"}]}`),
		vs("without", `{"include":[{"system":"http://y","concept":[{"code":"a"},{"code":"b"}]}],"exclude":[{"system":"http://loinc.org"},{"system":"http://y","concept":[{"code":"b"}]}]}`))
	for _, test := range []struct {
		set, system, code string
		want              bool
		err               error
	}{
		{"mixed", "http://y", "a", true, nil},
		{"mixed", "http://y", "b", false, nil},
		{"mixed", "http://loinc.org", "1", false, terminology.ErrOffline},
		{"mixed", "", "a", true, nil},
		{"mixed", "", "b", false, terminology.ErrOffline},
		{"part", "http://x/part", "a", true, nil},
		{"part", "http://x/part", "b", false, terminology.ErrOffline},
		{"without", "http://y", "a", true, nil},
		{"without", "http://y", "b", false, nil},
	} {
		is, err := l.MemberOf(t.Context(), "http://x/vs/"+test.set, test.system, test.code)
		require.ErrorIs(t, err, test.err, "%v", test)
		assert.Equal(t, test.want, is, "%v", test)
	}
}

func TestExpansionPagesAndFilters(t *testing.T) {
	t.Parallel()
	l := localOf(t, animals, vs("it", `{"include":[{"system":"http://x/animals"}]}`))
	ask := func(request terminology.ExpandRequest) terminology.Expansion {
		request.ValueSet = "http://x/vs/it"
		e, err := l.Expand(t.Context(), request)
		require.NoError(t, err)
		return e
	}
	page := ask(terminology.ExpandRequest{Offset: 2, Count: 3})
	assert.Equal(t, []string{"puppy", "hen", "dodo"}, codesOf(page))
	assert.Equal(t, 7, page.Total)
	assert.Equal(t, 2, page.Offset)
	assert.Empty(t, ask(terminology.ExpandRequest{Offset: 9}).Codes)
	assert.Equal(t, 7, ask(terminology.ExpandRequest{Count: -1}).Total)
	assert.Empty(t, ask(terminology.ExpandRequest{Count: -1}).Codes)
	assert.Equal(t, []string{"dog", "puppy", "dodo", "pet", "stone"}[:1], codesOf(ask(terminology.ExpandRequest{Filter: "MBWA"})))
	assert.Equal(t, []string{"puppy"}, codesOf(ask(terminology.ExpandRequest{Filter: "pup y"})))
	active := ask(terminology.ExpandRequest{ActiveOnly: true})
	assert.NotContains(t, codesOf(active), "dodo")
	assert.Equal(t, 6, active.Total)
	french := ask(terminology.ExpandRequest{Language: "fr", Designations: true})
	assert.Equal(t, "Chien", french.Codes[1].Display)
	assert.Len(t, french.Codes[1].Designations, 2)
	assert.Equal(t, "Hen", french.Codes[3].Display)
	assert.True(t, french.Codes[0].Abstract)
	assert.True(t, french.Codes[4].Inactive)
	assert.Empty(t, active.Codes[1].Designations)
}

func TestExpansionOfTooManyCodesIsAnError(t *testing.T) {
	t.Parallel()
	l, err := terminology.NewLocal(terminology.LocalConfig{MaxExpansion: 3}, mustParse(animals), mustParse(vs("it", `{"include":[{"system":"http://x/animals"}]}`)),
		mustParse(vs("lists", `{"include":[{"system":"http://y","concept":[{"code":"a"},{"code":"b"}]},{"system":"http://z","concept":[{"code":"a"},{"code":"b"}]}]}`)))
	require.NoError(t, err)
	for _, set := range []string{"it", "lists"} {
		_, err = l.Expand(t.Context(), terminology.ExpandRequest{ValueSet: "http://x/vs/" + set})
		require.ErrorIs(t, err, terminology.ErrOffline)
		require.ErrorContains(t, err, "MaxExpansion")
	}
}

func TestStoredExpansionsServeWhereTheDefinitionDoesNot(t *testing.T) {
	t.Parallel()
	l := localOf(t,
		`{"resourceType":"ValueSet","url":"http://x/vs/stored","compose":{"include":[{"system":"http://loinc.org"}]},"expansion":{"total":2,"contains":[{"abstract":true,"display":"group","contains":[{"system":"http://loinc.org","code":"1","inactive":true},{"system":"http://loinc.org","code":"2"}]}]}}`,
		`{"resourceType":"ValueSet","url":"http://x/vs/page","expansion":{"total":9,"contains":[{"system":"http://loinc.org","code":"1"}]}}`)
	e, err := l.Expand(t.Context(), terminology.ExpandRequest{ValueSet: "http://x/vs/stored"})
	require.NoError(t, err)
	assert.Equal(t, []string{"1", "2"}, codesOf(e))
	assert.True(t, e.Codes[0].Inactive)
	is, err := l.MemberOf(t.Context(), "http://x/vs/stored", "http://loinc.org", "3")
	require.NoError(t, err)
	assert.False(t, is)
	_, err = l.Expand(t.Context(), terminology.ExpandRequest{ValueSet: "http://x/vs/page"})
	require.ErrorIs(t, err, terminology.ErrOffline, "a page is not all")
}

func TestVersionsOfResources(t *testing.T) {
	t.Parallel()
	version := func(v, code string) string {
		return `{"resourceType":"ValueSet","url":"http://x/vs/v","version":"` + v + `","compose":{"include":[{"system":"http://y","concept":[{"code":"` + code + `"}]}]}}`
	}
	l := localOf(t, version("1.10.0", "new"), version("1.9.0", "old"), version("1.2", "oldest"))
	for canonical, want := range map[string]string{"http://x/vs/v": "new", "http://x/vs/v|1.9.0": "old", "http://x/vs/v|1.2": "oldest"} {
		e, err := l.Expand(t.Context(), terminology.ExpandRequest{ValueSet: canonical})
		require.NoError(t, err)
		assert.Equal(t, []string{want}, codesOf(e))
	}
	_, err := l.Expand(t.Context(), terminology.ExpandRequest{ValueSet: "http://x/vs/v|3"})
	require.ErrorIs(t, err, terminology.ErrNotSupplied)
}

func TestValidateCodeTellsWhatItFound(t *testing.T) {
	t.Parallel()
	l := localOf(t, animals, vs("it", `{"include":[{"system":"http://x/animals","concept":[{"code":"dog","display":"Good dog"},{"code":"dodo"}]}]}`))
	ask := func(request terminology.ValidateRequest) terminology.Validation {
		v, err := l.ValidateCode(t.Context(), request)
		require.NoError(t, err)
		return v
	}
	v := ask(terminology.ValidateRequest{ValueSet: "http://x/vs/it", Coding: fhir.Coding{Code: "dog"}})
	assert.Equal(t, terminology.Validation{Result: true, Coding: fhir.Coding{System: "http://x/animals", Version: "1.0", Code: "dog", Display: "Good dog"}}, v)
	assert.False(t, ask(terminology.ValidateRequest{ValueSet: "http://x/vs/it", Coding: fhir.Coding{Code: "dog", Display: " chien"}}).WrongDisplay)
	wrong := ask(terminology.ValidateRequest{ValueSet: "http://x/vs/it", Coding: fhir.Coding{Code: "dog", Display: "Cat"}})
	assert.True(t, wrong.Result)
	assert.True(t, wrong.WrongDisplay)
	assert.NotEmpty(t, wrong.Message)
	assert.True(t, ask(terminology.ValidateRequest{ValueSet: "http://x/vs/it", Coding: fhir.Coding{Code: "dodo"}}).Inactive)
	no := ask(terminology.ValidateRequest{ValueSet: "http://x/vs/it", Coding: fhir.Coding{Code: "hen"}})
	assert.False(t, no.Result)
	assert.NotEmpty(t, no.Message)
	assert.True(t, ask(terminology.ValidateRequest{Coding: fhir.Coding{System: "http://x/animals", Code: "hen"}}).Result)
	assert.False(t, ask(terminology.ValidateRequest{Coding: fhir.Coding{System: "http://x/animals", Code: "cat"}}).Result)
	_, err := l.ValidateCode(t.Context(), terminology.ValidateRequest{Coding: fhir.Coding{System: "http://x/other", Code: "cat"}})
	require.ErrorIs(t, err, terminology.ErrNotSupplied)
}

// All examples of FHIR are read, and expanded or refused with a reason.
func TestExamplesOfFHIR(t *testing.T) {
	t.Parallel()
	var resources []fhir.Resource
	for _, kind := range []string{"CodeSystem", "ValueSet", "ConceptMap"} {
		files, err := filepath.Glob(filepath.Join(examplesDir(t), kind+"-*.json"))
		require.NoError(t, err)
		for _, file := range files {
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			r, err := fhir.Parse(data)
			require.NoError(t, err)
			resources = append(resources, r)
		}
	}
	l, err := terminology.NewLocal(terminology.LocalConfig{}, resources...)
	require.NoError(t, err)
	expanded := 0
	for _, r := range resources {
		if r.Type() != "ValueSet" {
			continue
		}
		e, err := l.Expand(t.Context(), terminology.ExpandRequest{ValueSet: r.Get("url").String()})
		if err != nil {
			assert.True(t, errors.Is(err, terminology.ErrOffline) || errors.Is(err, terminology.ErrNotSupplied), "%v", err)
			continue
		}
		expanded++
		assert.NotEmpty(t, e.Codes)
	}
	assert.Positive(t, expanded)
	translated, err := l.Translate(t.Context(), terminology.TranslateRequest{Coding: fhir.Coding{System: "http://hl7.org/fhir/event-status", Code: "preparation"}})
	require.NoError(t, err)
	assert.NotEmpty(t, translated.Matches)
}

func TestValueSetsThatReferToOneAnotherInManyWaysAreAnError(t *testing.T) {
	t.Parallel()
	texts := []string{vs("0", `{"include":[{"system":"http://y","concept":[{"code":"a"}]}]}`)}
	for i := range 30 {
		below := fmt.Sprintf("http://x/vs/%d", i)
		texts = append(texts, vs(strconv.Itoa(i+1), `{"include":[{"valueSet":["`+below+`"]},{"valueSet":["`+below+`"]}]}`))
	}
	l := localOf(t, texts...)
	e, err := l.Expand(t.Context(), terminology.ExpandRequest{ValueSet: "http://x/vs/5"})
	require.NoError(t, err)
	assert.Equal(t, []string{"a"}, codesOf(e))
	_, err = l.Expand(t.Context(), terminology.ExpandRequest{ValueSet: "http://x/vs/30"})
	require.ErrorIs(t, err, terminology.ErrOffline)
	_, err = l.MemberOf(t.Context(), "http://x/vs/30", "http://y", "b")
	require.ErrorIs(t, err, terminology.ErrOffline)
}

func TestWhatFHIRPublishesIsKnown(t *testing.T) {
	t.Parallel()
	l := localOf(t)
	for _, test := range []struct {
		set, system, code string
		want              bool
	}{
		{"http://hl7.org/fhir/ValueSet/administrative-gender", "http://hl7.org/fhir/administrative-gender", "female", true},
		{"http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1", "", "female", true},
		{"http://hl7.org/fhir/ValueSet/administrative-gender", "", "F", false},
		{"http://hl7.org/fhir/ValueSet/marital-status", "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus", "M", true},
	} {
		is, err := l.MemberOf(t.Context(), test.set, test.system, test.code)
		require.NoError(t, err)
		assert.Equal(t, test.want, is, "%v", test)
	}
	e, err := l.Expand(t.Context(), terminology.ExpandRequest{ValueSet: "http://hl7.org/fhir/ValueSet/administrative-gender"})
	require.NoError(t, err)
	assert.ElementsMatch(t, []string{"male", "female", "other", "unknown"}, codesOf(e))
	_, err = l.Expand(t.Context(), terminology.ExpandRequest{ValueSet: "http://hl7.org/fhir/ValueSet/observation-codes"})
	require.ErrorIs(t, err, terminology.ErrOffline, "LOINC is not published there")
	without, err := terminology.NewLocal(terminology.LocalConfig{WithoutR4: true})
	require.NoError(t, err)
	_, err = without.MemberOf(t.Context(), "http://hl7.org/fhir/ValueSet/administrative-gender", "", "female")
	require.ErrorIs(t, err, terminology.ErrNotSupplied)
	own := localOf(t, `{"resourceType":"ValueSet","url":"http://hl7.org/fhir/ValueSet/administrative-gender","compose":{"include":[{"system":"http://x","concept":[{"code":"x"}]}]}}`)
	is, err := own.MemberOf(t.Context(), "http://hl7.org/fhir/ValueSet/administrative-gender", "", "x")
	require.NoError(t, err)
	assert.True(t, is, "what is supplied comes first")
}
