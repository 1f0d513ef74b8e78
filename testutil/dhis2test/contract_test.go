package dhis2test_test

import (
	"testing"

	"github.com/openhim/mediator-go/testutil/dhis2test"
)

func TestContractOnTheFake(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.40", "2.41", "2.42", "2.43"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			server := dhis2test.New(t, dhis2test.Options{Version: version})
			dhis2test.Contract(t, dhis2test.Target{URL: server.URL, Username: "admin", Password: "district", Run: "fake"})
		})
	}
}

// A server that is checked again has the objects of the runs before.
func TestContractHoldsASecondTimeAndBelowABasePath(t *testing.T) {
	t.Parallel()
	server := dhis2test.New(t, dhis2test.Options{BasePath: "/dhis", Gzip: true})
	for _, run := range []string{"first", "second"} { //nolint:paralleltest // one after the other
		t.Run(run, func(t *testing.T) {
			dhis2test.Contract(t, dhis2test.Target{URL: server.URL + "/dhis", Username: "admin", Password: "district", Run: run})
		})
	}
}
