package tracker_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/tracker"
	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// connect starts a server to try with and a client of it.
func connect() (*dhis2.Client, func()) {
	server, err := dhis2test.Start(dhis2test.Options{})
	if err != nil {
		panic(err)
	}
	client, err := dhis2.New(context.Background(), dhis2.Config{URL: server.URL, Auth: dhis2.Basic("admin", "district")})
	if err != nil {
		panic(err)
	}
	return client, func() { client.Close(); server.Close() }
}

// register builds the payload of one visit of one person.
func register() tracker.Payload {
	const personType, program, stage, orgUnit = "peOCoLO91lG", "sBSRMACZJOQ", "zOK5Pk5V5Yz", "lgY4CHs5HtP"
	b := tracker.NewBuilder()
	person := b.TrackedEntity(dhis2.Identity{System: "urn:oid:1.2.3", ID: "NID-1001"})
	person.TrackedEntityType, person.OrgUnit = personType, orgUnit
	person.SetAttribute("iPWPq2EJtIk", "Amina")
	person.SetAttribute("GOCQVgGQGEU", "Okello")
	enrollment := person.Enroll(program)
	enrollment.OrgUnit, enrollment.EnrolledAt = orgUnit, "2026-01-05"
	enrollment.SetAttribute("lXXkJgofAcb", "2025-12-30")
	visit := enrollment.Visit(stage, "encounter-77")
	visit.OrgUnit, visit.OccurredAt, visit.Status = orgUnit, "2026-01-06", tracker.EventCompleted
	visit.SetValue("SyY2t3MmAHo", "3.4")
	payload, err := b.Payload()
	if err != nil {
		panic(err)
	}
	return payload
}

func ExampleImport() {
	client, end := connect()
	defer end()
	payload := register()
	report, err := tracker.Import(context.Background(), client, payload, tracker.Params{})
	if err != nil {
		fmt.Println(err)
	}
	for ref := range payload.Refs() {
		fmt.Println(ref.Type, report.Outcome(ref).State)
	}
	// Output:
	// TRACKED_ENTITY stored
	// ENROLLMENT stored
	// EVENT stored
}

func ExampleReport_Outcome() {
	client, end := connect()
	defer end()
	payload := register()
	payload.TrackedEntities[0].Attributes = nil // two of them are mandatory
	report, err := tracker.Import(context.Background(), client, payload, tracker.Params{Atomic: tracker.AtomicObject})
	fmt.Println(report.Status, errors.Is(err, tracker.ErrNotStored))
	for ref := range payload.Refs() {
		outcome := report.Outcome(ref)
		fmt.Println(ref.Type, outcome.State, outcome.Codes(), len(outcome.RootErrors))
	}
	// Output:
	// OK true
	// TRACKED_ENTITY failed [E1090] 0
	// ENROLLMENT failed [E5000] 2
	// EVENT not stored [] 0
}

func ExampleUpdateEvent() {
	client, end := connect()
	defer end()
	payload := register()
	if _, err := tracker.Import(context.Background(), client, payload, tracker.Params{}); err != nil {
		fmt.Println(err)
	}
	uid := payload.TrackedEntities[0].Enrollments[0].Events[0].Event
	_, err := tracker.UpdateEvent(context.Background(), client, uid, tracker.UpdateOptions{}, func(event *tracker.Event) error {
		event.SetValue("SyY2t3MmAHo", "3.6")
		return nil
	})
	if err != nil {
		fmt.Println(err)
	}
	event, err := tracker.GetEvent(context.Background(), client, uid, dhis2.Fields{})
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println(event.Status, event.DataValues[0].Value)
	// Output: COMPLETED 3.6
}

func ExampleCheck() {
	snapshot, err := dhis2.ParseMetadata(strings.NewReader(string(dhis2test.SeedMetadata())))
	if err != nil {
		fmt.Println(err)
	}
	payload := register()
	payload.TrackedEntities[0].Enrollments[0].Events[0].DataValues[0].Value = "3,4"
	version, _ := dhis2.ParseVersion("2.42.5")
	for _, problem := range tracker.Check(snapshot, &payload, tracker.CheckOptions{Version: version}) {
		fmt.Println(problem.Code, problem.Path, problem.FieldCode, problem.Reason)
	}
	// Output: E1302 trackedEntities[0].enrollments[0].events[0].dataValues[0] OHM_WEIGHT is no NUMBER
}

func ExampleTrackedEntities() {
	client, end := connect()
	defer end()
	if _, err := tracker.Import(context.Background(), client, register(), tracker.Params{}); err != nil {
		fmt.Println(err)
	}
	query := tracker.EntityQuery{
		Program: "sBSRMACZJOQ",
		Filters: []dhis2.TrackerFilter{dhis2.Where("iPWPq2EJtIk").Is(dhis2.OpStarts, "Am")},
		Listing: tracker.Listing{Fields: dhis2.Select("trackedEntity", "orgUnit")},
	}
	for entity, err := range tracker.TrackedEntities(context.Background(), client, query) {
		if err != nil {
			fmt.Println(err)
			break
		}
		fmt.Println(entity.OrgUnit)
	}
	// Output: lgY4CHs5HtP
}

func ExamplePayload_Flatten() {
	payload := tracker.Payload{TrackedEntities: []tracker.TrackedEntity{{
		TrackedEntity: "RnQHyrrL8wK",
		Enrollments:   []tracker.Enrollment{{Enrollment: "iT48QPaRDag"}},
	}}}
	flat := payload.Flatten()
	fmt.Println(string(flat.AppendJSON(nil)))
	// Output: {"trackedEntities":[{"trackedEntity":"RnQHyrrL8wK"}],"enrollments":[{"enrollment":"iT48QPaRDag","trackedEntity":"RnQHyrrL8wK"}]}
}
