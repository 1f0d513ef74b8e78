package dhis2_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/tracker"
)

// exampleClient is a client of a DHIS2 for the examples.
func exampleClient() (*dhis2.Client, func()) {
	server := exampleServer()
	client, err := dhis2.New(context.Background(), dhis2.Config{URL: server.URL, Auth: dhis2.Basic("admin", "district")})
	if err != nil {
		panic(err)
	}
	return client, func() { client.Close(); server.Close() }
}

// registration is one person who came to a facility.
func registration(facility string) tracker.Payload {
	b := tracker.NewBuilder()
	person := b.TrackedEntity(dhis2.Identity{System: "urn:ohm:nid", ID: "NID-1001"})
	person.TrackedEntityType, person.OrgUnit = "peOCoLO91lG", facility
	person.SetAttribute("iPWPq2EJtIk", "Amina")
	person.SetAttribute("GOCQVgGQGEU", "Okello")
	enrollment := person.Enroll("sBSRMACZJOQ")
	enrollment.OrgUnit, enrollment.EnrolledAt = facility, "2026-01-05"
	enrollment.SetAttribute("lXXkJgofAcb", "2025-12-30")
	payload, err := b.Payload()
	if err != nil {
		panic(err)
	}
	return payload
}

func Example_importPatient() {
	client, end := exampleClient()
	defer end()
	ctx := context.Background()

	b := tracker.NewBuilder()
	person := b.TrackedEntity(dhis2.Identity{System: "urn:ohm:nid", ID: "NID-1001"}) // its UID is derived
	person.TrackedEntityType, person.OrgUnit = "peOCoLO91lG", "lgY4CHs5HtP"
	person.SetAttribute("iPWPq2EJtIk", "Amina")
	person.SetAttribute("GOCQVgGQGEU", "Okello")
	enrollment := person.Enroll("sBSRMACZJOQ")
	enrollment.OrgUnit, enrollment.EnrolledAt = "lgY4CHs5HtP", "2026-01-05"
	enrollment.SetAttribute("lXXkJgofAcb", "2025-12-30")
	visit := enrollment.Visit("zOK5Pk5V5Yz", "encounter-77")
	visit.OrgUnit, visit.OccurredAt, visit.Status = "lgY4CHs5HtP", "2026-01-06", tracker.EventCompleted
	visit.SetValue("SyY2t3MmAHo", "3.4")
	payload, err := b.Payload()
	if err != nil {
		fmt.Println(err)
		return
	}

	importer, err := tracker.NewImporter(tracker.ImporterConfig{Client: client}) // one for the whole mediator
	if err != nil {
		fmt.Println(err)
		return
	}
	record := tracker.Record{Source: "transaction 65f0c0ffee", Payload: payload} // Source: in your words, without the patient's
	for range 2 {
		results, err := importer.Send(ctx, record)
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, r := range results {
			fmt.Println(r.Ref.Type, r.Fate, r.Codes)
		}
	}
	// Output:
	// TRACKED_ENTITY created []
	// ENROLLMENT created []
	// EVENT created []
	// TRACKED_ENTITY unchanged []
	// ENROLLMENT unchanged []
	// EVENT unchanged []
}

func Example_importFile() {
	client, end := exampleClient()
	defer end()
	ctx := context.Background()

	// A line is a payload; "source" comes back in the results.
	file := strings.NewReader(
		`{"source":"line 1","trackedEntities":[{"trackedEntity":"f26BZgGsQIR","trackedEntityType":"peOCoLO91lG","orgUnit":"lgY4CHs5HtP",` +
			`"attributes":[{"attribute":"iPWPq2EJtIk","value":"Amina"},{"attribute":"GOCQVgGQGEU","value":"Okello"}]}]}` + "\n" +
			`{"source":"line 2","trackedEntities":[{"trackedEntity":"ds41riVHUc5","trackedEntityType":"peOCoLO91lG","orgUnit":"lgY4CHs5HtP"}]}` + "\n")

	importer, err := tracker.NewImporter(tracker.ImporterConfig{Client: client})
	if err != nil {
		fmt.Println(err)
		return
	}
	summary, err := importer.RunNDJSON(ctx, file, func(r tracker.Result) error {
		if !r.Fate.Landed() {
			fmt.Println(r.Source, r.Fate, r.Class, r.Codes)
		}
		return nil
	})
	fmt.Println(summary.Tally.Landed(), "landed,", summary.Tally.Rejected, "rejected", err)
	// Output:
	// line 2 rejected data [E1090]
	// 1 landed, 1 rejected <nil>
}

func Example_releaseParked() {
	client, end := exampleClient()
	defer end()
	ctx := context.Background()

	park := tracker.NewMemoryPark(1000) // OpenFilePark keeps it over a restart
	importer, err := tracker.NewImporter(tracker.ImporterConfig{
		Client: client, Park: park, ParkPayloads: true, // patient data: keep it where that may be
		Alert: func(c tracker.Cause) { fmt.Println("alert:", c) },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	facility := "PP7BguJwlu2" // not one of the program's yet
	results, err := importer.Send(ctx, tracker.Record{Source: "message-1", Payload: registration(facility)})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range results {
		fmt.Println(r)
	}
	causes, err := park.Causes(ctx)
	fmt.Println(causes, err)

	// Somebody assigns the facility to the program ...
	_, err = client.Do(ctx, dhis2.Request{Method: http.MethodPost, Path: "programs/sBSRMACZJOQ/organisationUnits/" + facility})
	if err != nil {
		fmt.Println(err)
		return
	}
	// ... and what waited for that lands.
	for cause := range causes {
		summary, err := importer.Release(ctx, cause, func(tracker.Result) error { return nil })
		fmt.Println(summary.Tally.Landed(), "landed", err)
	}
	causes, err = park.Causes(ctx)
	fmt.Println(causes, err)
	// Output:
	// alert: metadata/E1041/ENROLLMENT/sBSRMACZJOQ/PP7BguJwlu2
	// TRACKED_ENTITY/f26BZgGsQIR rejected: ENROLLMENT/nvqXsJmB0yo [E1041]
	// ENROLLMENT/nvqXsJmB0yo rejected [E1041]
	// map[metadata/E1041/ENROLLMENT/sBSRMACZJOQ/PP7BguJwlu2:1] <nil>
	// 2 landed <nil>
	// map[] <nil>
}
