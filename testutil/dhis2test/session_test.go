package dhis2test_test

import (
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// browser is a client that keeps cookies; with password it signs in each time.
func browser(t *testing.T, s *dhis2test.Server, password bool, headers ...string) func(path string) int {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	client := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return func(path string) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, nil)
		require.NoError(t, err)
		if password {
			req.SetBasicAuth("admin", "district")
			password = false // once
		}
		for i := 0; i < len(headers); i += 2 {
			req.Header.Set(headers[i], headers[i+1])
		}
		res, err := client.Do(req)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		return res.StatusCode
	}
}

func TestASessionTakesThePlaceOfThePassword(t *testing.T) {
	t.Parallel()
	s := dhis2test.New(t, dhis2test.Options{})
	get := browser(t, s, true)
	assert.Equal(t, 200, get("/api/me"))
	assert.Equal(t, 200, get("/api/me"))
	assert.Equal(t, 1, s.PasswordChecks())

	s.ExpireSessions()
	assert.Equal(t, 302, get("/api/me"), "a dead session is no credentials")
	quiet := browser(t, s, true, "X-Requested-With", "XMLHttpRequest")
	assert.Equal(t, 200, quiet("/api/me"))
	s.ExpireSessions()
	assert.Equal(t, 401, quiet("/api/me"), "and a 401 with X-Requested-With")
}

func TestASessionEndsWhenItIsNotUsed(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s := dhis2test.New(t, dhis2test.Options{SessionTimeout: time.Minute, Now: func() time.Time { return now }})
	get := browser(t, s, true)
	assert.Equal(t, 200, get("/api/me"))
	now = now.Add(50 * time.Second)
	assert.Equal(t, 200, get("/api/me"))
	now = now.Add(50 * time.Second)
	assert.Equal(t, 200, get("/api/me"), "it was used in between")
	now = now.Add(61 * time.Second)
	assert.Equal(t, 302, get("/api/me"))
}

func TestBadPasswordsLockAnAccountFrom243(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]int{"2.42": 200, "2.43": 401} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			s := dhis2test.New(t, dhis2test.Options{Version: version, Now: func() time.Time { return now }})
			require.Equal(t, 200, do(t, s, http.MethodPost, "/api/systemSettings/keyLockMultipleFailedLogins?value=true", "").status)
			wrong, right := "Basic b2htOnh4", "Basic b2htOk9obS1UZXN0LTEh"
			for range 4 {
				require.Equal(t, 401, do(t, s, http.MethodGet, "/api/me", "", "Authorization", wrong).status)
			}
			got := do(t, s, http.MethodGet, "/api/me", "", "Authorization", right)
			assert.Equal(t, want, got.status)
			if want == 401 {
				assert.Equal(t, "Account locked", got.json(t)["message"])
			}
			now = now.Add(2 * time.Hour)
			assert.Equal(t, 200, do(t, s, http.MethodGet, "/api/me", "", "Authorization", right).status, "for an hour")
		})
	}
}

func TestTokensOfEachForm(t *testing.T) {
	t.Parallel()
	old := dhis2test.New(t, dhis2test.Options{Version: "2.40"})
	key := old.AddToken("ohm")
	assert.True(t, strings.HasPrefix(key, "d2pat_"), "2.40 knows the first form only")
	assert.Equal(t, 200, do(t, old, http.MethodGet, "/api/me", "", "Authorization", "ApiToken "+key).status)
	assert.Equal(t, 400, do(t, old, http.MethodGet, "/api/me", "", "Authorization", "ApiToken "+key[:len(key)-1]+"x").status)

	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s := dhis2test.New(t, dhis2test.Options{Version: "2.43", Now: func() time.Time { return now }})
	key = s.AddToken("ohm")
	assert.Equal(t, 200, do(t, s, http.MethodGet, "/api/me", "", "Authorization", "ApiToken "+key).status)
	now = now.Add(31 * 24 * time.Hour)
	assert.Equal(t, 401, do(t, s, http.MethodGet, "/api/me", "", "Authorization", "ApiToken "+key).status, "it has expired")
}

func TestABearerTokenSignsInWhereJWTIsOn(t *testing.T) {
	t.Parallel()
	s := dhis2test.New(t, dhis2test.Options{})
	assert.Equal(t, 302, do(t, s, http.MethodGet, "/api/me", "", "Authorization", "Bearer x").status, "JWT is off")
	token := s.AddBearer("ohm")
	got := do(t, s, http.MethodGet, "/api/me", "", "Authorization", "Bearer "+token)
	assert.Equal(t, "ohm", got.json(t)["username"])
	s.ExpireBearer(token)
	assert.Equal(t, 401, do(t, s, http.MethodGet, "/api/me", "", "Authorization", "Bearer "+token).status)
}

func TestUsersAreMadeChangedAndDisabled(t *testing.T) {
	t.Parallel()
	s := dhis2test.New(t, dhis2test.Options{})
	const user = `{"users":[{"id":"aFe1DGH7mNa","username":"lim","password":"Pw-1","firstName":"L","surname":"I","userRoles":[{"id":"QKzMs5QupFl"}],
		"organisationUnits":[{"id":"lgY4CHs5HtP"}]}],"userRoles":[{"id":"QKzMs5QupFl","name":"none","authorities":["F_X"]}]}`
	require.Equal(t, 200, do(t, s, http.MethodPost, "/api/metadata", user).status)
	const lim = "Basic bGltOlB3LTE="
	got := do(t, s, http.MethodGet, "/api/me?fields=*", "", "Authorization", lim)
	require.Equal(t, 200, got.status)
	assert.Equal(t, []any{"F_X"}, got.json(t)["authorities"])
	assert.NotContains(t, string(got.body), "Pw-1")

	patch := `[{"op":"replace","path":"/disabled","value":true}]`
	require.Equal(t, 200, do(t, s, http.MethodPatch, "/api/users/aFe1DGH7mNa", patch).status)
	assert.Equal(t, "Account disabled", do(t, s, http.MethodGet, "/api/me", "", "Authorization", lim).json(t)["message"])
}

func TestAVersionThatIsNotKnownIsRefused(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.39", "3", "x", "2.42.1.2.3", "2.44"} {
		_, err := dhis2test.Handler(dhis2test.Options{Version: version})
		require.ErrorContains(t, err, "want 2.40, 2.41, 2.42 or 2.43", version)
	}
	s := dhis2test.New(t, dhis2test.Options{Version: "2.43.2-SNAPSHOT"})
	assert.Equal(t, "2.43.2-SNAPSHOT", do(t, s, http.MethodGet, "/api/system/info", "").json(t)["version"])
}
