package aggregate_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/aggregate"
	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// The whole way with every version: a message is checked, sent, read back,
// told as ADX again, and deleted.
func TestAMessageGoesToEveryVersionAndBack(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.40", "2.41", "2.42", "2.43"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			now := func() time.Time { return time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC) }
			server := dhis2test.New(t, dhis2test.Options{Version: version, Now: now})
			client, err := dhis2.New(t.Context(), dhis2.Config{URL: server.URL, Auth: dhis2.Basic("admin", "district")})
			require.NoError(t, err)
			defer client.Close()
			info, err := client.Server(t.Context())
			require.NoError(t, err)
			metadata, err := dhis2.ParseMetadata(bytesReader(readShared(t, "fixtures/dhis2/seed-metadata.json")))
			require.NoError(t, err)
			checker, err := aggregate.NewChecker(aggregate.CheckConfig{
				Snapshot: metadata, Version: info.Version, Calendar: aggregate.Calendar(info.Calendar),
				Today: func() time.Time { return now().In(info.Zone) },
			})
			require.NoError(t, err)
			report := checker.ADX(parse(t, string(readShared(t, "fixtures/dhis2/seed-payloads/adx.xml"))))
			require.Empty(t, report.Findings)
			require.Len(t, report.Sets, 1)
			set := report.Sets[0].DataValueSet
			set.Values = append(set.Values, aggregate.DataValue{DataElement: "sgU4ZaOXhEi", Period: "202601", OrgUnit: "lgY4CHs5HtP", Value: "x"})

			result, err := aggregate.Import(t.Context(), client, set, aggregate.Options{})
			require.NoError(t, err)
			assert.Equal(t, []aggregate.Status{aggregate.Accepted, aggregate.Rejected}, result.Statuses)
			code := "E7619"
			if info.Version.StrictAggregate() {
				code = "E8122"
			}
			assert.Equal(t, []aggregate.Rejection{{Row: 1, Code: code, Conflict: 0}}, result.Rejections)

			// Again, by a job: nothing changes.
			result, err = aggregate.Import(t.Context(), client, set, aggregate.Options{Async: true})
			require.NoError(t, err)
			assert.Equal(t, 1, result.Accepted())

			query := aggregate.Query{DataSets: []string{set.DataSet}, Periods: []string{"202601"}, OrgUnits: []string{"lgY4CHs5HtP"}}
			stored, err := aggregate.Read(t.Context(), client, query)
			require.NoError(t, err)
			differences := aggregate.Compare(set, stored, true)
			require.Len(t, differences, 1)
			assert.Equal(t, 1, differences[0].Row)

			back, err := aggregate.MakeADX(metadata, dhis2.SchemeCode, aggregate.Calendar(info.Calendar), aggregate.DataValueSet{DataSet: set.DataSet, Values: stored}, time.Time{})
			require.NoError(t, err)
			assert.Equal(t, "OHM_AGG_BCG", back.Groups[0].Values[0].DataElement)
			assert.Equal(t, "2026-01-01/P1M", back.Groups[0].Period)

			set.Values = set.Values[:1]
			set.Values[0].Value = ""
			result, err = aggregate.Delete(t.Context(), client, set, aggregate.Options{})
			require.NoError(t, err)
			assert.Equal(t, 1, result.Accepted())
			stored, err = aggregate.Read(t.Context(), client, query)
			require.NoError(t, err)
			assert.Empty(t, stored)
			result, err = aggregate.Delete(t.Context(), client, set, aggregate.Options{})
			require.NoError(t, err)
			assert.Equal(t, []aggregate.Status{aggregate.Skipped}, result.Statuses)
		})
	}
}

// What the checker says of a value is what a server of 2.43 does, and one of
// 2.42 that is asked to be strict.
func TestTheCheckerFindsWhatAStrictServerRefuses(t *testing.T) {
	t.Parallel()
	metadata, err := dhis2.ParseMetadata(bytesReader(readShared(t, "fixtures/dhis2/seed-metadata.json")))
	require.NoError(t, err)
	good := aggregate.DataValue{DataElement: "sgU4ZaOXhEi", Period: "202601", OrgUnit: "lgY4CHs5HtP", Value: "1"}
	server := dhis2test.New(t, dhis2test.Options{Version: "2.43"})
	client, err := dhis2.New(t.Context(), dhis2.Config{URL: server.URL, Auth: dhis2.Basic("admin", "district")})
	require.NoError(t, err)
	defer client.Close()
	info, err := client.Server(t.Context())
	require.NoError(t, err)
	checker, err := aggregate.NewChecker(aggregate.CheckConfig{Snapshot: metadata, Version: info.Version, Scheme: dhis2.SchemeUID})
	require.NoError(t, err)
	for name, change := range map[string]func(*aggregate.DataValue){
		"good":                  func(*aggregate.DataValue) {},
		"data element":          func(v *aggregate.DataValue) { v.DataElement = "zzzzzzzzzzz" },
		"tracker data element":  func(v *aggregate.DataValue) { v.DataElement = "Mz6b8yeFGJ9" },
		"org unit":              func(v *aggregate.DataValue) { v.OrgUnit = "zzzzzzzzzzz" },
		"org unit not assigned": func(v *aggregate.DataValue) { v.OrgUnit = "PP7BguJwlu2" },
		"period type":           func(v *aggregate.DataValue) { v.Period = "2026Q1" },
		"option combo":          func(v *aggregate.DataValue) { v.CategoryOptionCombo = "zzzzzzzzzzz" },
		"value":                 func(v *aggregate.DataValue) { v.Value = "x" },
	} {
		v := good
		change(&v)
		set := aggregate.DataValueSet{DataSet: "X5fFRSmDgYM", Values: []aggregate.DataValue{v}}
		result, err := aggregate.Import(t.Context(), client, set, aggregate.Options{})
		require.NoError(t, err, name)
		report := checker.Set(set)
		if name == "good" {
			assert.Empty(t, report.Findings)
			assert.Empty(t, result.Rejections)
			continue
		}
		require.Len(t, report.Findings, 1, name)
		require.Len(t, result.Rejections, 1, name)
		assert.Equal(t, result.Rejections[0].Code, report.Findings[0].Code, name)
	}
}
