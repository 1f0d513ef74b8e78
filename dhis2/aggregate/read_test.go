package aggregate_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/aggregate"
)

func TestDeleteLooksForTheValuesItHasTo(t *testing.T) {
	t.Parallel()
	stored := `{"dataSet":"X5fFRSmDgYM","period":"202601","orgUnit":"lgY4CHs5HtP","dataValues":[{"dataElement":"b","categoryOptionCombo":"HllvX50cXC0","attributeOptionCombo":"HllvX50cXC0","value":"7"}]}`
	s := bodyServer(t, "2.43.1", answer(http.StatusOK, stored), rule(never))
	set := aggregate.DataValueSet{DataSet: "X5fFRSmDgYM", Period: "202601", OrgUnit: "lgY4CHs5HtP", Values: []aggregate.DataValue{
		{DataElement: "a"}, {DataElement: "b"}, {DataElement: "c", Value: "3"},
	}}
	result, err := aggregate.Delete(t.Context(), s.client(t), set, aggregate.Options{})
	require.NoError(t, err)
	assert.Equal(t, []aggregate.Status{aggregate.Skipped, aggregate.Accepted, aggregate.Accepted}, result.Statuses)
	requests := s.requests()
	require.Len(t, requests, 2)
	assert.Equal(t, http.MethodGet, requests[0].Method)
	assert.Equal(t, "DELETE", requests[1].Query.Get("importStrategy"))
	assert.Contains(t, string(requests[1].Body), `{"dataElement":"b","value":"7"},{"dataElement":"c","value":"3"}`)

	_, err = aggregate.Delete(t.Context(), s.client(t), set, aggregate.Options{IDSchemes: aggregate.IDSchemes{ID: dhis2.SchemeCode}})
	var bad *dhis2.ArgumentError
	require.ErrorAs(t, err, &bad)
}

func TestCompareTellsWhatIsNotStoredSo(t *testing.T) {
	t.Parallel()
	set := manyValues(4)
	set.Values[2].Deleted = true
	set.Values = append(set.Values, aggregate.DataValue{DataElement: set.Values[3].DataElement, Value: "33"})
	stored := slices.Clone(set.Values[:4])
	for i := range stored {
		stored[i].Period, stored[i].OrgUnit, stored[i].Deleted = set.Period, set.OrgUnit, false
		stored[i].CategoryOptionCombo = "HllvX50cXC0"
	}
	stored[0].Value = "9"
	stored = append(stored[:1], stored[2:]...)
	stored = append(stored, aggregate.DataValue{DataElement: "x", Period: "202601", OrgUnit: "o", Value: "1"})
	rows := func(differences []aggregate.Difference) (out []int) {
		for _, d := range differences {
			out = append(out, d.Row)
		}
		return out
	}
	assert.Equal(t, []int{0, 1, 2, 4}, rows(aggregate.Compare(set, stored, false)))
	assert.Equal(t, []int{0, 1, 2, 4, -1}, rows(aggregate.Compare(set, stored, true)))
	assert.Empty(t, aggregate.Compare(aggregate.DataValueSet{}, nil, true))
}

func TestReadNeedsWhatTheServerNeeds(t *testing.T) {
	t.Parallel()
	s := newServer(t, "2.42.5", answer(http.StatusOK, `{}`))
	c := s.client(t)
	for name, q := range map[string]aggregate.Query{
		"nothing":     {},
		"no org unit": {DataSets: []string{"a"}, Periods: []string{"202601"}},
		"no period":   {DataSets: []string{"a"}, OrgUnits: []string{"o"}},
		"empty":       {DataSets: []string{""}, OrgUnits: []string{"o"}, Periods: []string{"202601"}},
		"scheme":      {DataSets: []string{"a"}, OrgUnits: []string{"o"}, Periods: []string{"202601"}, IDSchemes: aggregate.IDSchemes{ID: "code"}},
	} {
		_, err := aggregate.Read(t.Context(), c, q)
		var bad *dhis2.ArgumentError
		require.ErrorAs(t, err, &bad, name)
		_, err = aggregate.Registrations(t.Context(), c, q)
		require.ErrorAs(t, err, &bad, name)
	}
	_, err := aggregate.Read(t.Context(), c, aggregate.Query{
		DataSets: []string{"a", "b"}, OrgUnits: []string{"o"}, Start: date("2026-01-01"), End: date("2026-01-31"), LastUpdated: date("2026-01-02"), Limit: 5,
	})
	require.NoError(t, err)
	q := s.requests()[0].Query
	assert.Equal(t, []string{"a", "b"}, q["dataSet"])
	assert.Equal(t, "2026-01-01", q.Get("startDate"))
	assert.Equal(t, "2026-01-02T00:00:00.000Z", q.Get("lastUpdated"))
}
