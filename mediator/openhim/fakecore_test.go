package openhim_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mediator/openhim"
	"github.com/openhim/mediator-go/testutil/openhimtest"
)

// TestAgainstTheFakeCore walks through the API of a fake core of each version.
func TestAgainstTheFakeCore(t *testing.T) {
	t.Parallel()
	for _, version := range []string{openhimtest.Version405, openhimtest.Version850} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			core := openhimtest.New(t, openhimtest.Options{Version: version, TLS: true})
			api, err := openhim.New(openhim.Config{
				URL: core.APIURL(), Fingerprint: core.Fingerprint(),
				Username: openhimtest.DefaultUsername, Password: openhimtest.DefaultPassword,
			})
			require.NoError(t, err)
			defer api.Close()
			walk(t, api, core.RouterURL())
			core.RequireNoFailures(t)
		})
	}
}

// TestEveryWayOfAuthenticationWorks asks a core of the newest version by each.
func TestEveryWayOfAuthenticationWorks(t *testing.T) {
	t.Parallel()
	core := openhimtest.New(t, openhimtest.Options{TLS: true})
	for _, auth := range []openhim.Auth{openhim.AuthAuto, openhim.AuthToken, openhim.AuthBasic, openhim.AuthSession} {
		api, err := openhim.New(openhim.Config{
			URL: core.APIURL(), Fingerprint: core.Fingerprint(), Auth: auth,
			Username: openhimtest.DefaultUsername, Password: openhimtest.DefaultPassword,
		})
		require.NoError(t, err)
		require.NoError(t, api.Authenticate(t.Context()), auth)
		_, err = api.Mediators(t.Context())
		require.NoError(t, err, auth)
		api.Close()
	}
}
