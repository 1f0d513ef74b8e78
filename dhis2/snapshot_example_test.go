package dhis2_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// Metadata are read once and looked up by UID or by code.
func ExampleParseMetadata() {
	file, err := os.Open("../testutil/dhis2test/seed/metadata.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	snapshot, err := dhis2.ParseMetadata(file)
	if err != nil {
		fmt.Println(err)
		return
	}
	program := snapshot.Programs().Code("PR_CHILD")
	facility, err := snapshot.OrgUnits().Find(dhis2.SchemeName, "Gamma Hospital (not in programs)")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(program.Name, program.OrgUnits.Has(facility.UID))
	sex := snapshot.Attributes().Code("OHM_SEX")
	_, known := sex.OptionSet.ByCode("M")
	fmt.Println(sex.UID, sex.ValueType, known)
	_, err = snapshot.DataElements().Find(dhis2.SchemeCode, "OHM_WAIST")
	fmt.Println(err)
	// Output:
	// OHM Child health false
	// SHtHqekbvRu TEXT false
	// dhis2: no data element with this CODE in the metadata
}

// A cache asks the server when the snapshot has become old; a file of it serves tests and lint
// without a server.
func ExampleMetadata() {
	server, err := dhis2test.Start(dhis2test.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	ctx := context.Background()
	client, err := dhis2.New(ctx, dhis2.Config{URL: server.URL, Auth: dhis2.Basic("admin", "district")})
	if err != nil {
		fmt.Println(err)
		return
	}
	metadata, err := dhis2.NewMetadata(client, dhis2.MetadataConfig{Scope: dhis2.MetadataScope{Programs: []string{"PR_CHILD"}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	snapshot, err := metadata.Get(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	var saved strings.Builder
	if _, err := snapshot.WriteTo(&saved); err != nil {
		fmt.Println(err)
		return
	}
	again, err := dhis2.ReadSnapshot(strings.NewReader(saved.String()))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(snapshot.Programs().Len(), snapshot.Revision() == again.Revision())
	// Output: 1 true
}

// Filters are written with the escapes of the server's grammar, and what a server would refuse
// is an error.
func ExampleTrackerFilters() {
	version, err := dhis2.ParseVersion("2.42.5")
	if err != nil {
		fmt.Println(err)
		return
	}
	family := dhis2.Where("GOCQVgGQGEU").Is(dhis2.OpEq, "O,Neil")
	age := dhis2.Where("HeSe4K0lamJ").Is(dhis2.OpGe, "5").Is(dhis2.OpLt, "15")
	fmt.Println(dhis2.TrackerFilters(version, family, age))
	fmt.Println(dhis2.TrackerFilters(version, dhis2.Where("OHM_NID").Is(dhis2.OpEq, "1")))
	// Output:
	// GOCQVgGQGEU:eq:O/,Neil,HeSe4K0lamJ:ge:5:lt:15 <nil>
	//  dhis2: filter 1: it is not by the UID of an attribute or data element: names and codes are not taken
}

// Fields are nested as the objects are.
func ExampleSelect() {
	fields := dhis2.Select("*").Without("relationships").
		With("enrollments", dhis2.Select("enrollment", "status").With("events", dhis2.Select("*")))
	fmt.Println(fields)
	// Output: *,!relationships,enrollments[enrollment,status,events[*]]
}

// A watch gives what changes; its watermark is stored when that has been dealt with.
func ExampleClient_NewWatch() {
	server, err := dhis2test.Start(dhis2test.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	ctx := context.Background()
	client, err := dhis2.New(ctx, dhis2.Config{URL: server.URL, Auth: dhis2.Basic("admin", "district")})
	if err != nil {
		fmt.Println(err)
		return
	}
	watch, err := client.NewWatch(dhis2.WatchConfig{List: dhis2.Events, Query: url.Values{"program": {"fm69ntIAbZu"}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := client.Do(ctx, dhis2.Request{Method: "POST", Path: "tracker", Query: url.Values{"async": {"false"}}, Body: []byte(
		`{"events":[{"event":"LabEvent001","program":"fm69ntIAbZu","programStage":"r2M6G0nP5Qo","orgUnit":"lgY4CHs5HtP","occurredAt":"2026-01-31"}]}`)}); err != nil {
		fmt.Println(err)
		return
	}
	for change, err := range watch.Poll(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(change.UID, change.Deleted)
	}
	stored, err := json.Marshal(watch.Watermark())
	fmt.Println(len(stored) > 0, err)
	// Output:
	// LabEvent001 false
	// true <nil>
}
