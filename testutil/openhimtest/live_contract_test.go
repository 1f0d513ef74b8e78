package openhimtest_test

import (
	"os"
	"testing"

	"github.com/openhim/mediator-go/testutil/openhimtest"
)

// The facts of the fake hold on a real core. CONTRIBUTING.md tells what a live test finds
// in its environment.
//
//nolint:paralleltest // the core is to do nothing else meanwhile
func TestLiveContract(t *testing.T) {
	if os.Getenv("OPENHIM_URL") == "" {
		if os.Getenv("LIVE") == "1" {
			t.Fatal("OPENHIM_URL is not set, but this is a live run: start it by make live")
		}
		t.Skip("OPENHIM_URL is not set: run make live")
	}
	openhimtest.Contract(t, openhimtest.Target{
		APIURL:             os.Getenv("OPENHIM_URL"),
		RouterURL:          os.Getenv("OPENHIM_ROUTER_URL"),
		Username:           os.Getenv("OPENHIM_USERNAME"),
		Password:           os.Getenv("OPENHIM_PASSWORD"),
		Version:            os.Getenv("OPENHIM_LIVE_VERSION"),
		Fingerprint:        os.Getenv("OPENHIM_LIVE_FINGERPRINT"),
		InsecureSkipVerify: os.Getenv("TRUST_SELF_SIGNED") == "true",
	})
}
