package tracker_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/tracker"
	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// Records come from a file of any size, one a line; what became of each object comes out.
func ExampleImporter_RunNDJSON() {
	server, err := dhis2test.Start(dhis2test.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	ctx := context.Background()
	client, err := dhis2.New(ctx, dhis2.Config{URL: server.URL, Auth: dhis2.Basic("admin", "district")})
	if err != nil {
		log.Fatal(err)
	}

	importer, err := tracker.NewImporter(tracker.ImporterConfig{
		Client: client,
		Alert:  func(c tracker.Cause) { fmt.Println("alert:", c) },
	})
	if err != nil {
		log.Fatal(err)
	}
	file := strings.NewReader(`
{"source":"row 1","trackedEntities":[{"trackedEntity":"Kj6vYde4LHh","trackedEntityType":"peOCoLO91lG","orgUnit":"lgY4CHs5HtP","attributes":[{"attribute":"iPWPq2EJtIk","value":"Amina"},{"attribute":"GOCQVgGQGEU","value":"Okello"}]}]}
{"source":"row 2","trackedEntities":[{"trackedEntity":"Zv2ApO4fq5h","trackedEntityType":"peOCoLO91lG","orgUnit":"UnknownUnit","attributes":[{"attribute":"iPWPq2EJtIk","value":"Baraka"},{"attribute":"GOCQVgGQGEU","value":"Otieno"}]}]}
`)
	summary, err := importer.RunNDJSON(ctx, file, func(r tracker.Result) error {
		fmt.Println(r.Source, r.Ref, r.Fate, r.Codes)
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(summary.Tally.Created, "created,", summary.Tally.Rejected, "rejected")

	// Unordered output:
	// alert: metadata/E1049/TRACKED_ENTITY/UnknownUnit
	// row 1 TRACKED_ENTITY/Kj6vYde4LHh created []
	// row 2 TRACKED_ENTITY/Zv2ApO4fq5h rejected [E1049]
	// 1 created, 1 rejected
}

// A mediator imports one patient for each request, several at the same time.
func ExampleImporter_Send() {
	server, err := dhis2test.Start(dhis2test.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	ctx := context.Background()
	client, err := dhis2.New(ctx, dhis2.Config{URL: server.URL, Auth: dhis2.Basic("admin", "district")})
	if err != nil {
		log.Fatal(err)
	}
	importer, err := tracker.NewImporter(tracker.ImporterConfig{Client: client})
	if err != nil {
		log.Fatal(err)
	}

	person := tracker.TrackedEntity{
		TrackedEntity:     dhis2.Identity{System: "urn:example:emr", ID: "12345", Kind: dhis2.KindTrackedEntity}.UID(),
		TrackedEntityType: "peOCoLO91lG", OrgUnit: "lgY4CHs5HtP",
	}
	person.SetAttribute("iPWPq2EJtIk", "Amina")
	person.SetAttribute("GOCQVgGQGEU", "Okello")
	record := tracker.Record{
		Source:  "transaction 65f0c0ffee", // in the caller's words, and without the patient's
		Payload: tracker.Payload{TrackedEntities: []tracker.TrackedEntity{person}},
	}
	for range 2 { // the second time nothing has changed
		results, err := importer.Send(ctx, record)
		if err != nil {
			log.Fatal(err)
		}
		for _, r := range results {
			fmt.Println(r.Ref.Type, r.Fate, r.Codes)
		}
	}

	// Output:
	// TRACKED_ENTITY created []
	// TRACKED_ENTITY unchanged []
}
