package openhimtest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/openhimtest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	for _, version := range []string{openhimtest.Version405, openhimtest.Version850} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			core := openhimtest.New(t, openhimtest.Options{Version: version, TLS: true})
			openhimtest.Contract(t, openhimtest.Target{
				APIURL: core.APIURL(), RouterURL: core.RouterURL(), Version: version, Fingerprint: core.Fingerprint(),
			})
		})
	}
}

func TestContractLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	core := openhimtest.New(t, openhimtest.Options{})
	t.Run("the suite", func(t *testing.T) {
		openhimtest.Contract(t, openhimtest.Target{APIURL: core.APIURL(), RouterURL: core.RouterURL()})
	})
	require.Empty(t, core.Mediators())
	require.Empty(t, core.Channels())
	require.Empty(t, core.Transactions())
	require.Len(t, core.Raw(openhimtest.RawClients), 1, "the client every new core has")
	for _, failure := range core.Failures() {
		require.False(t, failure.Fatal, "the suite would have ended a real core's worker: %s", failure)
	}
}
