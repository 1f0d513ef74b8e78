package dhis2_test

import (
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/testutil/dhis2test"
)

func fakeClient(t *testing.T, version string) (*dhis2test.Server, *dhis2.Client) {
	t.Helper()
	server := dhis2test.New(t, dhis2test.Options{Version: version, Now: ticking()})
	c, err := dhis2.New(t.Context(), dhis2.Config{URL: server.URL, Auth: dhis2.Basic("admin", "district")})
	require.NoError(t, err)
	return server, c
}

// ticking is a clock that goes on by a second each time it is looked at, so that no two changes
// have one time.
func ticking() func() time.Time {
	var seconds atomic.Int64
	began := start()
	return func() time.Time { return began.Add(time.Duration(seconds.Add(1)) * time.Second) }
}

// The fake knows nothing of this package: it answers as the servers that were recorded.
func TestMetadataAreFetchedFromEveryVersion(t *testing.T) {
	t.Parallel()
	for _, v := range []string{"2.40", "2.41", "2.42", "2.43"} {
		t.Run(v, func(t *testing.T) {
			t.Parallel()
			_, c := fakeClient(t, v)
			got, err := c.FetchMetadata(t.Context(), dhis2.MetadataScope{DataSets: []string{"OHM_MONTHLY"}, AttributeValues: true, Rules: true, PageSize: 3})
			require.NoError(t, err)
			want := seed(t)
			for a := range want.Programs().All() {
				b := got.Programs().UID(a.UID)
				require.NotNil(t, b)
				require.Len(t, b.Stages, len(a.Stages), a.Code)
				require.Len(t, b.Attributes, len(a.Attributes), a.Code)
				for i := range a.Attributes {
					assert.Equal(t, a.Attributes[i].Mandatory, b.Attributes[i].Mandatory)
					assert.Equal(t, a.Attributes[i].Attribute.ValueType, b.Attributes[i].Attribute.ValueType)
				}
				for i, stage := range a.Stages {
					assert.Equal(t, stage.Repeatable, b.Stages[i].Repeatable)
					require.Len(t, b.Stages[i].Elements, len(stage.Elements), stage.Code)
					for j, e := range stage.Elements {
						other := b.Stages[i].Elements[j]
						assert.Equal(t, e.Compulsory, other.Compulsory)
						assert.Equal(t, e.DataElement.UID, other.DataElement.UID)
						if e.DataElement.OptionSet != nil {
							require.NotNil(t, other.DataElement.OptionSet)
							assert.Len(t, other.DataElement.OptionSet.Options, len(e.DataElement.OptionSet.Options))
						}
					}
				}
				for unit := range want.OrgUnits().All() {
					assert.Equal(t, a.OrgUnits.Has(unit.UID), b.OrgUnits.Has(unit.UID))
					assert.Equal(t, unit.Path, got.OrgUnits().UID(unit.UID).Path)
				}
			}
			found, err := got.DataElements().Find(dhis2.SchemeAttribute("DpYtjCCJVt5"), "29463-7")
			require.NoError(t, err)
			assert.Equal(t, "OHM_WEIGHT", found.Code)
			assert.Len(t, got.DataSets().Code("OHM_MONTHLY").Elements, 3)
			one, err := c.FetchMetadata(t.Context(), dhis2.MetadataScope{Programs: []string{"PR_LAB"}, OrgUnits: "BqSKl7Jbq0H"})
			require.NoError(t, err)
			assert.Nil(t, one.Programs().Code("PR_CHILD"))
			assert.Nil(t, one.OrgUnits().Code("OHM_COUNTRY"))
			assert.NotNil(t, one.OrgUnits().Code("OHM_FAC_003"))

			m, err := dhis2.NewMetadata(c, dhis2.MetadataConfig{TTL: time.Nanosecond})
			require.NoError(t, err)
			first, err := m.Get(t.Context())
			require.NoError(t, err)
			second, err := m.Get(t.Context())
			require.NoError(t, err)
			assert.Same(t, first, second, "the cheap check tells that nothing has changed")
		})
	}
}

// Events that are imported, changed and deleted come out of a watch of each version.
func TestImportsAreWatchedOnEveryVersion(t *testing.T) {
	t.Parallel()
	for _, v := range []string{"2.40", "2.41", "2.42", "2.43"} {
		t.Run(v, func(t *testing.T) {
			t.Parallel()
			_, c := fakeClient(t, v)
			post := func(strategy, body string) {
				t.Helper()
				_, err := c.Do(t.Context(), dhis2.Request{
					Method: "POST", Path: "tracker", Query: url.Values{"async": {"false"}, "importStrategy": {strategy}}, Body: []byte(body),
				})
				require.NoError(t, err)
			}
			event := func(i int, result string) string {
				return fmt.Sprintf(`{"events":[{"event":"%s","program":"fm69ntIAbZu","programStage":"r2M6G0nP5Qo","orgUnit":"lgY4CHs5HtP","occurredAt":"2026-01-%02d","status":"ACTIVE","dataValues":[{"dataElement":"iAxbGD9fT60","value":"%s"}]}]}`, uidOf(i), i+1, result)
			}
			for i := range 12 {
				post("CREATE_AND_UPDATE", event(i, "x"))
			}
			w, err := c.NewWatch(dhis2.WatchConfig{List: dhis2.Events, PageSize: 5, Query: url.Values{"program": {"fm69ntIAbZu"}, "fields": {"event,dataValues"}}})
			require.NoError(t, err)
			got := newest{}
			assert.Equal(t, 12, got.poll(t, w))
			assert.Zero(t, got.poll(t, w))
			post("CREATE_AND_UPDATE", event(3, "y"))
			post("DELETE", fmt.Sprintf(`{"events":[{"event":"%s"}]}`, uidOf(4)))
			deleted := 0
			for change, err := range w.Poll(t.Context()) {
				require.NoError(t, err)
				if change.Deleted {
					deleted++
					assert.Equal(t, uidOf(4), change.UID)
				}
			}
			assert.Equal(t, 1, deleted)
			n := 0
			for _, err := range c.List(t.Context(), dhis2.ListRequest{Path: "tracker/events", PageSize: 5, ID: "event", Query: url.Values{"program": {"fm69ntIAbZu"}}}) {
				require.NoError(t, err)
				n++
			}
			assert.Equal(t, 11, n)
		})
	}
}

// The filters of this package choose what the fake, which has its own parser, is asked for.
func TestFiltersAreUnderstood(t *testing.T) {
	t.Parallel()
	_, c := fakeClient(t, "2.42")
	names := []string{"O,Neil", "A/B", "c:d", "e;f", "100%", "//,:"}
	for i, name := range names {
		_, err := c.Do(t.Context(), dhis2.Request{Method: "POST", Path: "tracker", Query: url.Values{"async": {"false"}}, Body: fmt.Appendf(nil,
			`{"trackedEntities":[{"trackedEntity":"%s","trackedEntityType":"peOCoLO91lG","orgUnit":"lgY4CHs5HtP","attributes":[{"attribute":"iPWPq2EJtIk","value":"G"},{"attribute":"GOCQVgGQGEU","value":%q}]}]}`, uidOf(i), name)})
		require.NoError(t, err)
	}
	for i, name := range names {
		text, err := dhis2.TrackerFilters(version(t, "2.42.5"), dhis2.Where("GOCQVgGQGEU").Is(dhis2.OpEq, name), dhis2.Where("iPWPq2EJtIk").Is(dhis2.OpNotNull))
		require.NoError(t, err)
		q := url.Values{"trackedEntityType": {"peOCoLO91lG"}, "orgUnitMode": {"ACCESSIBLE"}, "filter": {text}, "fields": {dhis2.Select("trackedEntity").String()}}
		var found []string
		type entity struct{ TrackedEntity string }
		for e, err := range dhis2.ListOf[entity](t.Context(), c, dhis2.ListRequest{Path: "tracker/trackedEntities", Query: q}) {
			require.NoError(t, err)
			found = append(found, e.TrackedEntity)
		}
		assert.Equal(t, []string{uidOf(i)}, found, name)
	}
}

// A program names all org units that it is assigned to: with 200,000 of them fifty programs would be
// more than an answer may have.
func TestProgramsAreReadInSmallPages(t *testing.T) {
	t.Parallel()
	server, c := fakeClient(t, "2.42")
	_, err := c.FetchMetadata(t.Context(), dhis2.MetadataScope{DataSets: []string{"*"}})
	require.NoError(t, err)
	sizes := map[string]string{}
	for _, r := range server.Requests() {
		q, err := url.ParseQuery(r.Query)
		require.NoError(t, err)
		sizes[strings.TrimPrefix(r.Path, "/api/")] = q.Get("pageSize")
	}
	assert.Equal(t, []string{"10", "10", "50", "1000"}, []string{sizes["programs"], sizes["dataSets"], sizes["optionSets"], sizes["organisationUnits"]})
}
