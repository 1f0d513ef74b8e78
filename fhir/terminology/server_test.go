package terminology_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/terminology"
	"github.com/openhim/mediator-go/testutil/fhirtest"
)

// The remote operations through a client and a server.
func TestRemoteOnAServer(t *testing.T) {
	t.Parallel()
	for name, flavour := range map[string]fhirtest.Flavour{"strict": fhirtest.Strict, "hapi": fhirtest.HAPI} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := fhirtest.New(t, fhirtest.Options{Flavour: flavour})
			_, err := server.Seed(`{"resourceType":"ValueSet","id":"v","url":"http://x/vs/colours","status":"active","compose":{"include":[{"system":"http://x/colours","concept":[{"code":"red","display":"Red"},{"code":"blue"}]}]}}`)
			require.NoError(t, err)
			client, err := fhir.NewClient(fhir.ClientConfig{URL: server.URL, HTTPClient: server.Client(), MaxAttempts: 1})
			require.NoError(t, err)
			remote, err := terminology.NewRemote(terminology.RemoteConfig{Client: client})
			require.NoError(t, err)
			service := terminology.NewService(localOf(t), remote)

			e, err := service.Expand(t.Context(), terminology.ExpandRequest{ValueSet: "http://x/vs/colours"})
			require.NoError(t, err)
			assert.Equal(t, []string{"red", "blue"}, codesOf(e))
			for code, want := range map[string]bool{"red": true, "green": false} {
				is, err := service.MemberOf(t.Context(), "http://x/vs/colours", "http://x/colours", code)
				require.NoError(t, err)
				assert.Equal(t, want, is, code)
			}
			calls := len(server.Requests())
			_, err = service.MemberOf(t.Context(), "http://x/vs/colours", "http://x/colours", "red")
			require.NoError(t, err)
			assert.Len(t, server.Requests(), calls, "kept")
			_, err = service.Expand(t.Context(), terminology.ExpandRequest{ValueSet: "http://x/vs/none"})
			require.Error(t, err)
		})
	}
}
