package openhim_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/openhim/mediator-go/mediator/openhim"
	"github.com/openhim/mediator-go/testutil/openhimtest"
)

// A mediator tells the core that it is there, and learns its settings.
func Example() {
	core, err := openhimtest.Start(openhimtest.Options{TLS: true}) // use your own core instead
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = core.Close() }()
	ctx := context.Background()

	api, err := openhim.New(openhim.Config{
		URL:         core.APIURL(),
		Fingerprint: core.Fingerprint(),
		Username:    openhimtest.DefaultUsername,
		Password:    openhimtest.DefaultPassword,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer api.Close()

	mediator := openhim.Mediator{
		URN: "urn:mediator:example", Version: "1.0.0", Name: "Example",
		Endpoints:  []openhim.Endpoint{{Name: "api", Host: "localhost", Port: 4000}},
		ConfigDefs: []openhim.ConfigDef{{Param: "url", Type: openhim.ConfigString}},
		Config:     map[string]any{"url": "https://dhis2.example.org"},
	}
	for range 2 {
		registration, err := api.Register(ctx, mediator)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(registration.Outcome)
	}
	reply, err := api.Heartbeat(ctx, mediator.URN, openhim.Heartbeat{Uptime: time.Second, WantConfig: true})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(reply.Config))

	_, err = api.Heartbeat(ctx, "urn:mediator:deleted", openhim.Heartbeat{})
	fmt.Println(openhim.IsNotFound(err))
	// Output:
	// created
	// ignored
	// {"url":"https://dhis2.example.org"}
	// true
}

func ExampleMediator_Validate() {
	err := openhim.Mediator{
		URN: "urn:mediator:example", Version: "1.0",
		Endpoints: []openhim.Endpoint{{Name: "api", Host: "localhost", Port: 70000}},
	}.Validate()
	var invalid *openhim.ValidationError
	if errors.As(err, &invalid) {
		for _, e := range invalid.Errors {
			fmt.Println(e)
		}
	}
	// Output:
	// version: "1.0" is no semantic version; write three numbers, like 1.0.0 or 1.2.0-rc.1
	// name: is required
	// endpoints[0].port: is 70000; a port is 1 to 65535
}

func ExampleAPI_Transactions() {
	core, err := openhimtest.Start(openhimtest.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = core.Close() }()
	api, err := openhim.New(openhim.Config{
		URL: core.APIURL(), Username: openhimtest.DefaultUsername, Password: openhimtest.DefaultPassword,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer api.Close()
	failed := openhim.TransactionFilter{Status: openhim.StatusFailed, Since: time.Now().Add(-24 * time.Hour)}
	n := 0
	for tx, err := range api.Transactions(context.Background(), failed) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(tx.ID, tx.Request.Path)
		n++
	}
	fmt.Println(n, "failed")
	// Output: 0 failed
}
