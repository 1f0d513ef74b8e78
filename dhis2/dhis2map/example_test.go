package dhis2map_test

import (
	"context"
	"fmt"
	"os"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/dhis2map"
	"github.com/openhim/mediator-go/mapping"
)

// A register's line becomes an event: lint holds the document against the metadata, and the
// run tells what it could not translate.
func ExampleOptions() {
	file, err := os.Open("../../testutil/dhis2test/seed/metadata.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	snapshot, err := dhis2.ReadSnapshot(file)
	if err != nil {
		fmt.Println(err)
		return
	}
	options, err := dhis2map.Options(mapping.CompileOptions{}, dhis2map.Config{Snapshot: snapshot, System: "http://clinic.example.org"})
	if err != nil {
		fmt.Println(err)
		return
	}
	document, err := mapping.Parse("visit.yaml", []byte(`
mapping: v1
output: {schema: dhis2:tracker/event}
map:
  event: {$from: visit, $uid: event}
  program: fm69ntIAbZu
  programStage: r2M6G0nP5Qo
  orgUnit: {$from: facility, $orgUnit: {by: code, program: PR_LAB}}
  status: COMPLETED
  occurredAt: $.date
  dataValues:
    - {$from: weight, $dataValue: OHM_WEIGHT}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, issue := range mapping.Lint(document, options) {
		fmt.Printf("line %d: %s\n", issue.Line, issue.Message)
	}
	m, err := mapping.Compile(document, options)
	if err != nil {
		fmt.Println(err)
		return
	}
	out, _, err := m.Run(context.Background(), []byte(`{"visit":"V1","facility":"OHM_FAC_001","date":"2026-01-31","weight":3.2}`), mapping.Options{})
	fmt.Println(string(out), err)
	_, report, _ := m.Run(context.Background(), []byte(`{"visit":"V2","facility":"OHM_FAC_003","date":"2026-01-31"}`), mapping.Options{})
	fmt.Println(report.Unmapped)
	// Output:
	// line 12: data element OHM_WEIGHT is not in stage PS_LAB (E1305)
	// {"event":"klW1wdAnitn","program":"fm69ntIAbZu","programStage":"r2M6G0nP5Qo","orgUnit":"lgY4CHs5HtP","status":"COMPLETED","occurredAt":"2026-01-31","dataValues":[{"dataElement":"SyY2t3MmAHo","value":"3.2"}]} <nil>
	// [{org units of program PR_LAB OHM_FAC_003 1}]
}
