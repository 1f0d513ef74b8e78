package dhis2_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
)

func TestFieldsAreWrittenNested(t *testing.T) {
	t.Parallel()
	for want, f := range map[string]dhis2.Fields{
		"":        {},
		"id,code": dhis2.Select("id", "code"),
		"*,!relationships,enrollments[*,events[*]]": dhis2.Select("*").Without("relationships").
			With("enrollments", dhis2.Select("*").With("events", dhis2.Select("*"))),
		":owner,!sharing,options[id,code]":          dhis2.Select(":owner").Without("sharing").With("options", dhis2.Select("id").And("code")),
		"programStages[id],programType,attribute_1": dhis2.Fields{}.With("programStages", dhis2.Select("id")).And("programType", "attribute_1"),
	} {
		require.NoError(t, f.Check(), want)
		assert.Equal(t, want, f.String())
		assert.Equal(t, want == "", f.IsZero())
		back, err := dhis2.ParseFields(want)
		require.NoError(t, err, want)
		assert.Equal(t, want, back.String())
	}
}

func TestFieldsAreValues(t *testing.T) {
	t.Parallel()
	base := dhis2.Select("id").And("x")
	a, b := base.And("a"), base.Without("b")
	c := base.With("c", dhis2.Select("id"))
	assert.Equal(t, []string{"id,x", "id,x,a", "id,x,!b", "id,x,c[id]"}, []string{base.String(), a.String(), b.String(), c.String()})
}

func TestFieldsThatMeanNothingAreErrors(t *testing.T) {
	t.Parallel()
	deep := dhis2.Select("id")
	for range 20 {
		deep = dhis2.Fields{}.With("parent", deep)
	}
	for _, f := range []dhis2.Fields{
		dhis2.Select(""), dhis2.Select("a,b"), dhis2.Select("a[b]"), dhis2.Select(":nothing"), dhis2.Select("1a"), dhis2.Select("!"), dhis2.Select("é"),
		dhis2.Fields{}.With("a", dhis2.Fields{}), dhis2.Fields{}.With("*", dhis2.Select("id")), dhis2.Fields{}.With("!a", dhis2.Select("id")), deep,
	} {
		assert.Error(t, f.Check(), f.String())
	}
	for _, text := range []string{"a[", "a]", "a[b)", "a[]", "a,,b", "a[b]c", ",", "a(b]", strings.Repeat("a[", 1000)} {
		_, err := dhis2.ParseFields(text)
		assert.Error(t, err, text)
	}
	f, err := dhis2.ParseFields("a(b,c(d)), e")
	require.NoError(t, err)
	assert.Equal(t, "a[b,c[d]],e", f.String(), "parentheses are brackets, too")
}

func FuzzFields(f *testing.F) {
	for _, text := range []string{"*,!relationships,enrollments[*,events[*]]", "a(b)", ":owner", "a[b[c[d]]]", "a,b]["} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		fields, err := dhis2.ParseFields(text)
		if err != nil {
			return
		}
		again, err := dhis2.ParseFields(fields.String())
		require.NoError(t, err, fields.String())
		require.Equal(t, fields, again)
	})
}
