package openhimtest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/openhim/mediator-go/testutil/openhimtest"
)

// In a test, New(t, ...) does what Start and Close do here.
func Example() {
	core, err := openhimtest.Start(openhimtest.Options{})
	if err != nil {
		panic(err)
	}
	defer func() { _ = core.Close() }()

	// A mediator that answers in the way of OpenHIM.
	mediator := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json+openhim")
		_, _ = io.WriteString(w, `{"status":"Successful","response":{"status":201,"headers":{"content-type":"text/plain"},`+
			`"body":"created","timestamp":"2024-01-02T03:04:05.000Z"},"properties":{"a.b":"lost"}}`)
	}))
	defer mediator.Close()
	if _, err := core.AddChannel("patients", "^/patients$", mediator.URL); err != nil {
		panic(err)
	}

	got, err := core.Send(context.Background(), http.MethodPost, "/patients", strings.NewReader(`{}`))
	if err != nil {
		panic(err)
	}
	fmt.Println(got.Status, string(got.Body), got.Transaction.Status)
	for _, failure := range core.Failures() {
		fmt.Println(failure.Quirk)
	}
	// Output:
	// 201 created Successful
	// the database refused the transaction's update: response, orchestrations, properties and error are lost (Q6, messageStore.js)
}
