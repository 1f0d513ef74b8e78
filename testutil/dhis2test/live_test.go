package dhis2test_test

import (
	"bytes"
	"cmp"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// TestContractOnARealServer posts the seed as dhis2.md section 6 says and
// checks the contract on a server that runs.
func TestContractOnARealServer(t *testing.T) { //nolint:paralleltest // one server, other people's too
	address := os.Getenv("DHIS2_URL")
	if address == "" {
		t.Skip("no server: set DHIS2_URL, and DHIS2_USER and DHIS2_PASSWORD if they are not admin and district")
	}
	target := dhis2test.Target{
		URL: address, Username: cmp.Or(os.Getenv("DHIS2_USER"), "admin"), Password: cmp.Or(os.Getenv("DHIS2_PASSWORD"), "district"),
		Client: &http.Client{Timeout: 2 * time.Minute},
	}
	post := func(method, path, contentType string, body []byte) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, address+path, bytes.NewReader(body))
		require.NoError(t, err)
		req.SetBasicAuth(target.Username, target.Password)
		req.Header.Set("Content-Type", contentType)
		res, err := target.Client.Do(req)
		require.NoError(t, err)
		defer func() { _ = res.Body.Close() }()
		require.Less(t, res.StatusCode, 300, path)
	}
	const root = `[{"op":"add","path":"/organisationUnits","value":[{"id":"na7iT2VcmdU"}]},` +
		`{"op":"add","path":"/dataViewOrganisationUnits","value":[{"id":"na7iT2VcmdU"}]},` +
		`{"op":"add","path":"/teiSearchOrganisationUnits","value":[{"id":"na7iT2VcmdU"}]}]`
	post(http.MethodPost, "/api/maintenance?cacheClear=true", "application/json", nil)
	post(http.MethodPost, "/api/metadata?importStrategy=CREATE_AND_UPDATE&async=false", "application/json", dhis2test.SeedMetadata())
	post(http.MethodPost, "/api/metadata?importStrategy=CREATE_AND_UPDATE&async=false", "application/json", dhis2test.SeedUsers())
	post(http.MethodPatch, "/api/users/M5zQapPyTZI", "application/json-patch+json", []byte(root))
	post(http.MethodPost, "/api/maintenance/categoryOptionComboUpdate", "application/json", nil)
	post(http.MethodPost, "/api/maintenance?cacheClear=true", "application/json", nil)
	dhis2test.Contract(t, target)
}

// The steps of a real server's seeding work on the fake too.
func TestTheFakeTakesTheSeedAsARealServerDoes(t *testing.T) {
	t.Parallel()
	server := dhis2test.New(t, dhis2test.Options{Metadata: []byte(`{"organisationUnits":[{"id":"na7iT2VcmdU","name":"Testland"}]}`)})
	for _, body := range [][]byte{dhis2test.SeedMetadata(), dhis2test.SeedUsers()} {
		got := do(t, server, http.MethodPost, "/api/metadata?importStrategy=CREATE_AND_UPDATE&async=false", string(body))
		require.Equal(t, http.StatusOK, got.status, "%s", got.body)
	}
	require.Equal(t, http.StatusOK, importSync(t, server, patient).status)
}
