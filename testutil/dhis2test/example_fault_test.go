package dhis2test_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// The import is stored, but its answer is lost; with the same UIDs it can be
// sent again.
func ExampleServer_Inject() {
	server, err := dhis2test.Handler(dhis2test.Options{Version: "2.43"})
	if err != nil {
		fmt.Println(err)
		return
	}
	server.Inject(dhis2test.Fault{Path: "/api/tracker", CommitThenDrop: true})

	client := &http.Client{Transport: server.Transport()}
	send := func() (string, error) {
		body := `{"trackedEntities":[{"trackedEntity":"GzM5NSbpoxx","trackedEntityType":"peOCoLO91lG","orgUnit":"lgY4CHs5HtP",
			"attributes":[{"attribute":"iPWPq2EJtIk","value":"Amina"},{"attribute":"GOCQVgGQGEU","value":"Okello"}]}]}`
		r, err := http.NewRequest(http.MethodPost, "http://dhis2.example.org/api/tracker?async=false", strings.NewReader(body))
		if err != nil {
			return "", err
		}
		r.SetBasicAuth("admin", "district")
		r.Header.Set("Content-Type", "application/json")
		res, err := client.Do(r)
		if err != nil {
			return "", err
		}
		return res.Status, res.Body.Close()
	}
	_, err = send()
	fmt.Println(errors.Is(err, io.ErrUnexpectedEOF), len(server.TrackedEntities()))
	status, err := send()
	fmt.Println(status, err, len(server.TrackedEntities()))
	// Output:
	// true 1
	// 200 OK <nil> 1
}
