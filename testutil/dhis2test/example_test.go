package dhis2test_test

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/openhim/mediator-go/testutil/dhis2test"
)

func Example() {
	dhis2, err := dhis2test.Start(dhis2test.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dhis2.Close()

	body := `{"trackedEntities":[{"trackedEntity":"GzM5NSbpoxx","trackedEntityType":"OHM_PERSON","orgUnit":"OHM_FAC_001",
		"attributes":[{"attribute":"OHM_GIVEN","value":"Amina"},{"attribute":"OHM_FAMILY","value":"Okello"}]}]}`
	r, err := http.NewRequest(http.MethodPost, dhis2.URL+"/api/tracker?async=false&idScheme=CODE", strings.NewReader(body))
	if err != nil {
		fmt.Println(err)
		return
	}
	r.SetBasicAuth("admin", "district")
	r.Header.Set("Content-Type", "application/json")
	resp, err := (&http.Client{}).Do(r)
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = resp.Body.Close()

	fmt.Println(resp.Status, dhis2.TrackedEntities()[0].UID)
	// Output: 200 OK GzM5NSbpoxx
}
