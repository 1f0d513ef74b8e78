package aggregate_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/aggregate"
)

func ExampleParsePeriod() {
	p, err := aggregate.ParsePeriod("2026NovQ1")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Type(), p.Start().Format(time.DateOnly), p.End().Format(time.DateOnly))
	fmt.Println(p.Interval(), p.Next())
	// Output:
	// QuarterlyNov 2025-11-01 2026-01-31
	// 2025-11-01/P3M 2026NovQ2
}

func ExampleParseInterval() {
	i, err := aggregate.ParseInterval("2026-01-01/P1M")
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := i.Period()
	fmt.Println(p, err)
	_, err = i.PeriodOf(aggregate.Quarterly, aggregate.ISO8601)
	fmt.Println(err)
	// Output:
	// 202601 <nil>
	// period "2026-01-01/P1M": it is not a Quarterly period: that of its first day is 2026Q1, which is 2026-01-01/P3M
}

func ExampleCalendar() {
	p, err := aggregate.Ethiopian.Parse("201804")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Start().Format(time.DateOnly), p.End().Format(time.DateOnly), p.Interval())
	// Output: 2025-12-10 2026-01-08 2025-12-10/P30D
}

const exampleADX = `<?xml version="1.0" encoding="UTF-8"?>
<adx xmlns="urn:ihe:qrph:adx:2015" exported="2026-02-01T00:00:00Z">
  <group dataSet="MONTHLY" orgUnit="FAC_1" period="2026-01-01/P1M">
    <dataValue dataElement="CASES" sex="F" age="U5" value="3"/>
    <dataValue dataElement="CASES" sex="F" value="4"/>
    <dataValue dataElement="BEDS" value="twelve"/>
  </group>
</adx>`

// exampleSnapshot stands for dhis2.Metadata of a server.
func exampleSnapshot() (*dhis2.Snapshot, error) {
	data, err := os.ReadFile("testdata/metadata.json")
	if err != nil {
		return nil, err
	}
	return dhis2.ParseMetadata(bytes.NewReader(data))
}

// A message is checked before anything is sent: each finding has its place, and
// the code that the server would answer.
func ExampleChecker_ADX() {
	snapshot, err := exampleSnapshot()
	if err != nil {
		fmt.Println(err)
		return
	}
	checker, err := aggregate.NewChecker(aggregate.CheckConfig{Snapshot: snapshot})
	if err != nil {
		fmt.Println(err)
		return
	}
	adx, err := aggregate.ParseADX([]byte(exampleADX))
	if err != nil {
		fmt.Println(err)
		return
	}
	report := checker.ADX(adx)
	for _, f := range report.Findings {
		fmt.Println(f)
	}
	for _, v := range report.Sets[0].Values {
		fmt.Println(v.DataElement, v.CategoryOptionCombo, v.Period, v.OrgUnit, v.Value)
	}
	// Output:
	// line 5, column 5: error: the attribute of the category age is missing
	// line 6, column 5: error E7619: the value is no INTEGER
	// DeCases0001 CocFU500001 202601 OrgUnit0001 3
}

// A message of any size is checked and sent as it is read.
func ExampleChecker_Stream() {
	ctx := context.Background()
	client, stop, err := exampleServer(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer stop()
	snapshot, err := client.FetchMetadata(ctx, dhis2.MetadataScope{NoPrograms: true, DataSets: []string{"*"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	checker, err := aggregate.NewChecker(aggregate.CheckConfig{Snapshot: snapshot})
	if err != nil {
		fmt.Println(err)
		return
	}
	message := strings.NewReader(`<adx xmlns="urn:ihe:qrph:adx:2015" exported="2026-02-01T00:00:00Z">
		<group dataSet="OHM_MONTHLY" orgUnit="OHM_FAC_001" period="2026-01-01/P1M">
			<dataValue dataElement="OHM_AGG_BCG" value="12"/>
			<dataValue dataElement="OHM_AGG_MEASLES" value="-1"/>
		</group></adx>`)
	rows := func(yield func(aggregate.Row, error) bool) {
		for row, err := range checker.Stream(aggregate.NewADXReader(message, aggregate.ADXLimits{})) {
			for _, f := range row.Findings {
				fmt.Println(f)
			}
			if (row.OK || err != nil) && !yield(row.Row, err) {
				return
			}
		}
	}
	for outcome, err := range aggregate.ImportRows(ctx, client, rows, aggregate.Options{}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(outcome.Row, outcome.Status)
	}
	// Output:
	// line 4, column 4: error E7619: the value is no INTEGER_ZERO_OR_POSITIVE
	// 0 accepted
}

func ExampleADXReader() {
	r := aggregate.NewADXReader(strings.NewReader(exampleADX), aggregate.ADXLimits{})
	for g, v := range r.Values() {
		fmt.Println(g.OrgUnit, g.Period, v.DataElement, v.Value, v.Line)
	}
	if err := r.Err(); err != nil {
		fmt.Println(err)
		return
	}
	// Output:
	// FAC_1 2026-01-01/P1M CASES 3 4
	// FAC_1 2026-01-01/P1M CASES 4 5
	// FAC_1 2026-01-01/P1M BEDS twelve 6
}

func ExampleADXWriter() {
	w := aggregate.NewADXWriter(os.Stdout, time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC))
	group := aggregate.ADXGroup{DataSet: "MONTHLY", OrgUnit: "FAC_1", Period: "2026-01-01/P1M"}
	value := aggregate.ADXValue{DataElement: "CASES", Value: "3", Dimensions: []aggregate.ADXDimension{{Category: "sex", Option: "F"}}}
	if err := w.Group(group); err != nil {
		fmt.Println(err)
		return
	}
	if err := w.Value(value); err != nil {
		fmt.Println(err)
		return
	}
	if err := w.Close(); err != nil {
		fmt.Println(err)
		return
	}
	// Output:
	// <?xml version="1.0" encoding="UTF-8"?>
	// <adx xmlns="urn:ihe:qrph:adx:2015" exported="2026-02-01T00:00:00Z">
	//   <group dataSet="MONTHLY" period="2026-01-01/P1M" orgUnit="FAC_1">
	//     <dataValue dataElement="CASES" sex="F" value="3"/>
	//   </group>
	// </adx>
}

// Values are sent, and what became of each row is known.
func ExampleImport() {
	ctx := context.Background()
	client, stop, err := exampleServer(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer stop()
	result, err := aggregate.Import(ctx, client, aggregate.DataValueSet{
		DataSet: "X5fFRSmDgYM", Period: "202602", OrgUnit: "lgY4CHs5HtP",
		Values: []aggregate.DataValue{
			{DataElement: "sgU4ZaOXhEi", Value: "x"},
			{DataElement: "UfwqW6NnhXF", Value: "13"},
		},
	}, aggregate.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for row, status := range result.Statuses {
		fmt.Println(row, status)
	}
	fmt.Println(result.Err())
	// Output:
	// 0 rejected
	// 1 accepted
	// aggregate: 1 of 2 rows were rejected (E7619)
}
