package dhis2_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// exampleServer is a DHIS2 for the examples.
func exampleServer() *dhis2test.Server {
	server, err := dhis2test.Start(dhis2test.Options{Version: "2.42"})
	if err != nil {
		panic(err)
	}
	return server
}

func ExampleNew() {
	server := exampleServer() // stands for https://dhis2.example.org/dhis
	defer server.Close()
	ctx := context.Background()

	client, err := dhis2.New(ctx, dhis2.Config{
		URL:  server.URL,
		Auth: dhis2.Basic("admin", "district"), // better: dhis2.Token(pat)
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	info, err := client.Server(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(info.Version.AtLeast(2, 42), info.Zone)
	// Output: true Africa/Nairobi
}

func ExampleError() {
	server := exampleServer()
	defer server.Close()
	ctx := context.Background()
	client, err := dhis2.New(ctx, dhis2.Config{URL: server.URL, Auth: dhis2.Basic("admin", "district")})
	if err != nil {
		fmt.Println(err)
		return
	}

	payload := `{"trackedEntities":[{"trackedEntity":"f26BZgGsQIR","trackedEntityType":"peOCoLO91lG","orgUnit":"unknownUnit"}]}`
	_, err = client.Do(ctx, dhis2.Request{
		Method: http.MethodPost, Path: "tracker", Query: url.Values{"async": {"false"}},
		Body: []byte(payload), Repeat: dhis2.RepeatSafe,
	})
	var refused *dhis2.Error
	if errors.As(err, &refused) {
		fmt.Println(refused.Class, refused.Codes, refused.UIDs)
		fmt.Println(refused.Verdict)
	}
	fmt.Println(dhis2.Retryable(err))
	// Output:
	// metadata [E1049] [f26BZgGsQIR]
	// refresh
	// false
}

func ExampleIdentity() {
	patient := dhis2.Identity{System: "urn:ohm:nid", ID: "NID-1001", Kind: dhis2.KindTrackedEntity}
	enrollment := patient.Child(dhis2.KindEnrollment, "sBSRMACZJOQ")
	visit := enrollment.Child(dhis2.KindEvent, "encounter-7")

	fmt.Println(patient.UID(), enrollment.UID(), visit.UID())
	fmt.Println(patient.Next().UID()) // after it was deleted
	// Output:
	// f26BZgGsQIR nvqXsJmB0yo yMv8CIx0iwb
	// ds41riVHUc5
}

func ExampleRelationshipIdentity() {
	mother, child := "f26BZgGsQIR", "GzM5NSbpoxx"
	one := dhis2.RelationshipIdentity{Type: "w7FYpYuewfo", From: mother, To: child, Bidirectional: true}
	other := dhis2.RelationshipIdentity{Type: "w7FYpYuewfo", From: child, To: mother, Bidirectional: true}
	fmt.Println(one.UID() == other.UID())
	// Output: true
}

func ExampleServer_ParseTime() {
	nairobi := time.FixedZone("EAT", 3*60*60)
	server := dhis2.Server{Zone: nairobi}
	t, err := server.ParseTime("2026-01-31T01:30:00.000") // as servers write it
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(t.UTC())
	fmt.Println(server.FormatTime(t))
	fmt.Println(server.FormatDate(t), dhis2.FormatDate(t.UTC()))
	// Output:
	// 2026-01-30 22:30:00 +0000 UTC
	// 2026-01-31T01:30:00.000+03:00
	// 2026-01-31 2026-01-30
}

func ExampleClient_DataStore() {
	server := exampleServer()
	defer server.Close()
	ctx := context.Background()
	client, err := dhis2.New(ctx, dhis2.Config{URL: server.URL, Auth: dhis2.Basic("admin", "district")})
	if err != nil {
		fmt.Println(err)
		return
	}

	state := client.DataStore("my-mediator")
	var watermark string
	if err := state.Get(ctx, "watermark", &watermark); errors.Is(err, dhis2.ErrNotFound) {
		watermark = "2026-01-01T00:00:00.000Z"
	}
	if err := state.Put(ctx, "watermark", watermark); err != nil {
		fmt.Println(err)
		return
	}
	keys, err := state.Keys(ctx)
	fmt.Println(keys, err)
	// Output: [watermark] <nil>
}

func ExampleVersion() {
	for _, text := range []string{"2.40.13", "2.42.5-SNAPSHOT"} {
		v, err := dhis2.ParseVersion(text)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(v.ListKey(dhis2.Events), v.Param(dhis2.Events, "orgUnitMode"), v.NeedsProgram(dhis2.Events))
	}
	// Output:
	// instances ouMode false
	// events orgUnitMode false
}

func ExampleLookUpCode() {
	code, ok := dhis2.LookUpCode("E1064")
	fmt.Println(ok, code.Class, code.Class.Verdict())
	// Output: true conflict look-up
}
