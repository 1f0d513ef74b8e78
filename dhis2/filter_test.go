package dhis2_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
)

const attributeUID = "iPWPq2EJtIk"

func TestTrackerFiltersAreWrittenWithEscapes(t *testing.T) {
	t.Parallel()
	v := version(t, "2.42.5.2")
	for want, filters := range map[string][]dhis2.TrackerFilter{
		"":                                      nil,
		"iPWPq2EJtIk":                           {dhis2.Where(attributeUID)},
		"iPWPq2EJtIk:eq:Amina":                  {dhis2.Where(attributeUID).Is(dhis2.OpEq, "Amina")},
		"iPWPq2EJtIk:eq:O/,Neil/:A//B":          {dhis2.Where(attributeUID).Is(dhis2.OpEq, "O,Neil:A/B")},
		"iPWPq2EJtIk:in:Amina;Ben/,i":           {dhis2.Where(attributeUID).Is(dhis2.OpIn, "Amina", "Ben,i")},
		"iPWPq2EJtIk:null":                      {dhis2.Where(attributeUID).Is(dhis2.OpNull)},
		"iPWPq2EJtIk:ge:0:le:30:neq:5":          {dhis2.Where(attributeUID).Is(dhis2.OpGe, "0").Is(dhis2.OpLe, "30").Is(dhis2.OpNe, "5")},
		"iPWPq2EJtIk:eq:a,HeSe4K0lamJ:!null":    {dhis2.Where(attributeUID).Is(dhis2.OpEq, "a"), dhis2.Where("HeSe4K0lamJ").Is(dhis2.OpNotNull)},
		"iPWPq2EJtIk:like: 0% ":                 {dhis2.Where(attributeUID).Is(dhis2.OpLike, " 0% ")},
		"iPWPq2EJtIk:eq:a;b":                    {dhis2.Where(attributeUID).Is(dhis2.OpEq, "a;b")},
		"iPWPq2EJtIk:sw:////:ew:/,/:":           {dhis2.Where(attributeUID).Is(dhis2.OpStarts, "//").Is(dhis2.OpEnds, ",:")},
		"iPWPq2EJtIk:eq:Élan,HeSe4K0lamJ:gt:-5": {dhis2.Where(attributeUID).Is(dhis2.OpEq, "Élan"), dhis2.Where("HeSe4K0lamJ").Is(dhis2.OpGt, "-5")},
	} {
		got, err := dhis2.TrackerFilters(v, filters...)
		require.NoError(t, err, want)
		assert.Equal(t, want, got)
		if want == "" {
			continue
		}
		back, err := dhis2.ParseTrackerFilters(got)
		require.NoError(t, err, want)
		assert.Equal(t, filters, back)
	}
}

func TestFiltersThatAServerWouldRefuseAreErrors(t *testing.T) {
	t.Parallel()
	of := dhis2.Where(attributeUID)
	for name, f := range map[string]dhis2.TrackerFilter{
		"a code":                dhis2.Where("OHM_NID"),
		"four operators":        of.Is(dhis2.OpGe, "0").Is(dhis2.OpLe, "9").Is(dhis2.OpNe, "5").Is(dhis2.OpNe, "6"),
		"an unknown operator":   of.Is("foo", "x"),
		"no value":              of.Is(dhis2.OpEq),
		"an empty value":        of.Is(dhis2.OpEq, ""),
		"spaces alone":          of.Is(dhis2.OpEq, "  "),
		"two values":            of.Is(dhis2.OpEq, "a", "b"),
		"in without values":     of.Is(dhis2.OpIn),
		"in with a semicolon":   of.Is(dhis2.OpIn, "a;b"),
		"a value of null":       of.Is(dhis2.OpNull, "x"),
		"a NUL character":       of.Is(dhis2.OpEq, "a\x00"),
		"in with an empty text": of.Is(dhis2.OpIn, "a", ""),
	} {
		_, err := dhis2.TrackerFilters(version(t, "2.43.1"), f)
		assert.Error(t, err, name)
	}
	secret := of.Is(dhis2.OpIn, "Okello;")
	_, err := dhis2.TrackerFilters(version(t, "2.43.1"), secret)
	assert.NotContains(t, err.Error(), "Okello", "values may be a patient's")
}

// 2.41.9.1 answers 400 to null and to three operators.
func TestFiltersOfOldVersionsAreLessThanThoseOfNewOnes(t *testing.T) {
	t.Parallel()
	three := dhis2.Where(attributeUID).Is(dhis2.OpGe, "0").Is(dhis2.OpLe, "9").Is(dhis2.OpNe, "5")
	null := dhis2.Where(attributeUID).Is(dhis2.OpNull)
	for _, f := range []dhis2.TrackerFilter{three, null} {
		_, err := dhis2.TrackerFilters(version(t, "2.41.9.1"), f)
		require.Error(t, err)
		_, err = dhis2.TrackerFilters(version(t, "2.42.0"), f)
		require.NoError(t, err)
	}
	_, err := dhis2.TrackerFilters(version(t, "2.41.9.1"), null)
	require.ErrorIs(t, err, dhis2.ErrUnsupported)
}

func TestAFilterIsAValue(t *testing.T) {
	t.Parallel()
	base := dhis2.Where(attributeUID).Is(dhis2.OpGe, "1")
	a, b := base.Is(dhis2.OpLe, "2"), base.Is(dhis2.OpLe, "3")
	assert.Equal(t, "iPWPq2EJtIk:ge:1:le:2", a.String())
	assert.Equal(t, "iPWPq2EJtIk:ge:1:le:3", b.String())
	assert.Equal(t, "iPWPq2EJtIk:ge:1", base.String())
}

// What 2.42.5.2 and 2.43.1 took as a filter is taken, what they called invalid is not.
func TestTheGrammarOfFiltersIsTheServers(t *testing.T) {
	t.Parallel()
	taken, refused := 0, 0
	for _, of := range []string{"2.42.5.2", "2.43.1"} {
		var file struct {
			Exchanges []struct {
				Request  struct{ Method, Path string }
				Response struct {
					Status int
					Body   json.RawMessage
				}
			}
		}
		require.NoError(t, json.NewDecoder(fixtureFile(t, "recorded/"+of+"/tracker-export.json")).Decode(&file))
		for _, e := range file.Exchanges {
			u, err := url.Parse(e.Request.Path)
			require.NoError(t, err)
			filters := u.Query()["filter"]
			if len(filters) == 0 || !strings.HasPrefix(u.Path, "/api/tracker/") {
				continue
			}
			_, err = dhis2.ParseTrackerFilters(strings.Join(filters, ","))
			switch {
			case e.Response.Status == 200:
				taken++
				assert.NoError(t, err, e.Request.Path)
			case strings.Contains(string(e.Response.Body), `"filter=`): // "filter=… is invalid": its form, not what it names
				refused++
				assert.Error(t, err, e.Request.Path)
			}
		}
	}
	assert.Greater(t, taken, 50)
	assert.Greater(t, refused, 5)
}

func TestMetadataFiltersAreParametersOfTheirOwn(t *testing.T) {
	t.Parallel()
	q := url.Values{}
	filters := []dhis2.MetadataFilter{
		dhis2.Filter("code", dhis2.MetaEq, "PR_LAB"), dhis2.Filter("id", dhis2.MetaIn, "a", "b"), dhis2.Filter("programStages.code", dhis2.MetaNull),
		dhis2.Filter("name", dhis2.MetaEnds, "a:b, c"), dhis2.Filter("options", dhis2.MetaNotEmpty),
	}
	require.NoError(t, dhis2.MetadataFilters(q, filters...))
	assert.Equal(t, []string{"code:eq:PR_LAB", "id:in:[a,b]", "programStages.code:null", "name:like$:a:b, c", "options:!empty"}, q["filter"])
	for i, text := range q["filter"] {
		back, err := dhis2.ParseMetadataFilter(text)
		require.NoError(t, err)
		if len(filters[i].Values) == 0 {
			filters[i].Values = nil
		}
		assert.Equal(t, filters[i], back)
	}
	for name, bad := range map[string]dhis2.MetadataFilter{
		"sw, which metadata have not":       dhis2.Filter("code", "sw", "PR_"),
		"eq without a value, which is 500":  dhis2.Filter("code", dhis2.MetaEq),
		"an empty value":                    dhis2.Filter("code", dhis2.MetaEq, ""),
		"a property that is none":           dhis2.Filter("co de", dhis2.MetaEq, "x"),
		"no property":                       dhis2.Filter("", dhis2.MetaEq, "x"),
		"in with a comma":                   dhis2.Filter("name", dhis2.MetaIn, "a,b"),
		"in with a bracket":                 dhis2.Filter("name", dhis2.MetaIn, "a]"),
		"in with nothing":                   dhis2.Filter("name", dhis2.MetaIn),
		"null with a value":                 dhis2.Filter("name", dhis2.MetaNull, "x"),
		"two values for an operator of one": dhis2.Filter("name", dhis2.MetaEq, "x", "y"),
	} {
		before := len(q["filter"])
		assert.Error(t, dhis2.MetadataFilters(q, bad), name)
		assert.Len(t, q["filter"], before, "nothing is added")
	}
}

func FuzzTrackerFilters(f *testing.F) {
	for _, text := range []string{
		"iPWPq2EJtIk", "iPWPq2EJtIk:eq:O/,Neil", "iPWPq2EJtIk:in:a;b//,HeSe4K0lamJ:null", "iPWPq2EJtIk:ne:a/:b:!null:gt:5", "iPWPq2EJtIk:eq:A/B", "x:eq:/", ",:",
	} {
		f.Add(text)
	}
	v := dhis2.Version{Major: 2, Minor: 43}
	f.Fuzz(func(t *testing.T, text string) {
		filters, err := dhis2.ParseTrackerFilters(text)
		if err != nil {
			return
		}
		written, err := dhis2.TrackerFilters(v, filters...)
		require.NoError(t, err, text)
		again, err := dhis2.ParseTrackerFilters(written)
		require.NoError(t, err, written)
		require.Equal(t, filters, again, written)
	})
}

// Any value goes through the escapes and back.
func FuzzTrackerFilterValue(f *testing.F) {
	f.Add("a,b:c/d", "//")
	f.Add(" x ", "/,")
	f.Fuzz(func(t *testing.T, one, two string) {
		filters := []dhis2.TrackerFilter{dhis2.Where(attributeUID).Is(dhis2.OpEq, one).Is(dhis2.OpIn, one, two), dhis2.Where("HeSe4K0lamJ").Is(dhis2.OpLike, two)}
		written, err := dhis2.TrackerFilters(dhis2.Version{Major: 2, Minor: 43}, filters...)
		if err != nil {
			blank := slices.ContainsFunc([]string{one, two}, func(s string) bool { return strings.TrimSpace(s) == "" })
			require.True(t, blank || strings.ContainsAny(one+two, "\x00;"), "%q %q: %v", one, two, err)
			return
		}
		back, err := dhis2.ParseTrackerFilters(written)
		require.NoError(t, err)
		require.Equal(t, filters, back)
	})
}

func FuzzMetadataFilter(f *testing.F) {
	f.Add("code:eq:a:b")
	f.Add("id:in:[a,b]")
	f.Add("name:!null")
	f.Fuzz(func(t *testing.T, text string) {
		filter, err := dhis2.ParseMetadataFilter(text)
		if err != nil {
			return
		}
		q := url.Values{}
		require.NoError(t, dhis2.MetadataFilters(q, filter))
		again, err := dhis2.ParseMetadataFilter(q.Get("filter"))
		require.NoError(t, err)
		require.Equal(t, filter, again)
	})
}
