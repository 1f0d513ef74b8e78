package aggregate_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/aggregate"
)

func TestACheckerIsForManyAtOnce(t *testing.T) {
	t.Parallel()
	c := checker(t, nil)
	message := parse(t, monthly(`<dataValue dataElement="CASES" age="U5" sex="F" value="3"/><dataValue dataElement="BEDS" value="x"/>`))
	want := checker(t, nil).ADX(message)
	require.Len(t, want.Findings, 1)
	var wait sync.WaitGroup
	for range 16 {
		wait.Go(func() { assert.Equal(t, want, c.ADX(message)) })
	}
	wait.Wait()
}

// Metadata that are only named, as in an export of a part, break nothing.
func TestMetadataWithHolesAreNoReasonToPanic(t *testing.T) {
	t.Parallel()
	const bare = `{"dataSets":[{"id":"DataSet0001","code":"MONTHLY","periodType":%q,"dataSetElements":[{"dataElement":{"id":"DeBeds00001"}}],
		"organisationUnits":[{"id":"OrgUnit0001"}]%s}]}`
	for _, periodType := range []string{"Monthly", "", "TwoYearly"} {
		for _, combo := range []string{"", `,"categoryCombo":null`, `,"categoryCombo":{"id":"CatCombo001"}`} {
			s, err := dhis2.ParseMetadata(strings.NewReader(fmt.Sprintf(bare, periodType, combo)))
			require.NoError(t, err)
			for _, scheme := range []dhis2.IDScheme{dhis2.SchemeCode, dhis2.SchemeUID, dhis2.SchemeName} {
				c, err := aggregate.NewChecker(aggregate.CheckConfig{Snapshot: s, Scheme: scheme, Today: time.Now})
				require.NoError(t, err)
				name := map[bool]string{true: "DataSet0001", false: "MONTHLY"}[scheme == dhis2.SchemeUID]
				message := adxHead + `<group dataSet="` + name + `" orgUnit="OrgUnit0001" period="2026-01-01/P1M" completeDate="2026-02-01" mechanism="X">
					<dataValue dataElement="DeBeds00001" value="1" sex="F"/><dataValue dataElement="DeBeds00001" value="1"/><dataValue dataElement="x" deleted="true"/></group></adx>`
				r := c.ADX(parse(t, message))
				assert.Equal(t, 3, r.Values)
				assert.False(t, r.OK())
				for _, err := range c.Stream(aggregate.NewADXReader(strings.NewReader(message), aggregate.ADXLimits{})) {
					require.NoError(t, err)
				}
				c.Set(aggregate.DataValueSet{DataSet: name, Period: "202601", OrgUnit: "OrgUnit0001", CompleteDate: "2026-02-01", Values: []aggregate.DataValue{
					{DataElement: "DeBeds00001", Value: "1"}, {DataElement: "DeBeds00001", CategoryOptionCombo: "x"}, {},
				}})
				_, _ = aggregate.MakeADX(s, scheme, aggregate.ISO8601, aggregate.DataValueSet{
					DataSet: "DataSet0001", Period: "202601", OrgUnit: "OrgUnit0001", AttributeOptionCombo: "x",
					Values: []aggregate.DataValue{{DataElement: "DeBeds00001", Value: "1", CategoryOptionCombo: "y"}},
				}, time.Time{})
			}
		}
	}
}

// Servers take all these for a BOOLEAN of aggregate data, and keep true or false.
func TestTheWaysToWriteABooleanAreOne(t *testing.T) {
	t.Parallel()
	const metadata = `{"dataSets":[{"id":"DataSet0001","code":"MONTHLY","periodType":"Monthly","dataSetElements":[{"dataElement":{"id":"DeYes000001"}},{"dataElement":{"id":"DeTrue00001"}}],
		"organisationUnits":[{"id":"OrgUnit0001"}],"categoryCombo":{"id":"bjDvmb4bfuf"}}],
		"dataElements":[{"id":"DeYes000001","code":"YES","valueType":"BOOLEAN","domainType":"AGGREGATE","categoryCombo":{"id":"bjDvmb4bfuf"}},
		{"id":"DeTrue00001","code":"TRUE","valueType":"TRUE_ONLY","domainType":"AGGREGATE","categoryCombo":{"id":"bjDvmb4bfuf"}}],
		"organisationUnits":[{"id":"OrgUnit0001","code":"FAC_1"}]}`
	s, err := dhis2.ParseMetadata(strings.NewReader(metadata))
	require.NoError(t, err)
	c, err := aggregate.NewChecker(aggregate.CheckConfig{Snapshot: s})
	require.NoError(t, err)
	for element, values := range map[string]map[string]string{
		"YES":  {"true": "true", "TRUE": "true", "t": "true", "1": "true", "false": "false", "False": "false", "F": "false", "0": "false", "yes": "", "": "", "2": ""},
		"TRUE": {"true": "true", "True": "true", "false": "", "0": ""},
	} {
		for value, want := range values {
			r := c.Set(aggregate.DataValueSet{DataSet: "MONTHLY", Period: "202601", OrgUnit: "FAC_1", Values: []aggregate.DataValue{{DataElement: element, Value: value}}})
			if want == "" {
				assert.False(t, r.OK(), "%s %q", element, value)
				continue
			}
			require.Empty(t, r.Findings, "%s %q", element, value)
			assert.Equal(t, want, r.Sets[0].Values[0].Value, "%s %q", element, value)
		}
	}
}
