package fhir_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/openhim/mediator-go/fhir"
)

func ExampleClient_StartExport() {
	ctx := context.Background()
	_, client, stop := exampleServer(exampleAnn, exampleBob)
	defer stop()

	job, err := client.StartExport(ctx, fhir.Export{Types: []string{"Patient"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	exported, err := job.Wait(ctx, fhir.PollOptions{MaxWait: 10 * time.Millisecond}) // 30 s by default
	if err != nil {
		fmt.Println(err)
		return
	}
	n := 0
	for _, err := range exported.Resources(ctx) { // streams: memory does not grow
		if err != nil {
			fmt.Println(err)
			return
		}
		n++
	}
	fmt.Println(n, job.Delete(ctx))
	// Output: 2 <nil>
}

func ExampleNewSMARTAuth() {
	key, err := fhir.ParsePrivateKey([]byte("…")) // of a file that only the service can read
	if err != nil {
		fmt.Println(err)
		return
	}
	auth, err := fhir.NewSMARTAuth(fhir.SMARTConfig{
		URL: "https://fhir.example.org/r4", ClientID: "mediator", Key: key, Scope: "system/Patient.rs",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = fhir.NewClient(fhir.ClientConfig{URL: "https://fhir.example.org/r4", Auth: auth})
	fmt.Println(err)
	// Output: fhir: there is no private key in PEM; an encrypted one must be decrypted first
}

func ExampleSubscriptionReceiver() {
	receiver, err := fhir.NewSubscriptionReceiver(fhir.SubscriptionConfig{
		Secret: "Bearer 3a9f", // Subscription.channel.header is "Authorization: Bearer 3a9f"
		Handle: func(_ context.Context, n fhir.Notification) error {
			fmt.Println(n.Kind, n.Type, n.VersionID)
			return nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	http.NewServeMux().Handle("/hook/", receiver)

	// What HAPI sends, twice, as it does when it did not get the answer.
	for range 2 {
		body := `{"resourceType":"Observation","id":"hr","meta":{"versionId":"2"}}`
		r := httptest.NewRequest(http.MethodPut, "/hook/Observation/hr", strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer 3a9f")
		w := httptest.NewRecorder()
		receiver.ServeHTTP(w, r)
		fmt.Println(w.Code)
	}
	// Output:
	// changed Observation 2
	// 200
	// 200
}

func ExamplePoller() {
	ctx := context.Background()
	server, client, stop := exampleServer(exampleAnn)
	defer stop()

	poller, err := fhir.NewPoller(fhir.PollConfig{
		Client: client, Type: "Patient",
		Store: &fhir.MemoryWatermarks{}, // FileWatermarks("/var/lib/mediator") outlives the process
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	handle := func(_ context.Context, r fhir.Resource) error {
		fmt.Println(r.Reference(), r.VersionID())
		return nil
	}
	for range 2 {
		if _, err := poller.Poll(ctx, handle); err != nil { // Run polls again and again
			fmt.Println(err)
			return
		}
		if _, err := server.Seed(exampleAnn); err != nil { // a new version
			fmt.Println(err)
			return
		}
	}
	// Output:
	// Patient/ann 1
	// Patient/ann 2
}
