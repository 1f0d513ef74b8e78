package dhis2_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// Whatever goes wrong on the way, an import of derived UIDs that is sent again
// lands once, on every version.
func TestASafeImportLandsOnceWhateverGoesWrong(t *testing.T) {
	t.Parallel()
	faults := map[string]dhis2test.Fault{
		"a proxy's 502":                {Status: http.StatusBadGateway},
		"a proxy's 503 for a while":    {Status: http.StatusServiceUnavailable, Times: 3},
		"a 500":                        {Status: http.StatusInternalServerError},
		"slow down":                    {Status: http.StatusTooManyRequests, RetryAfter: "0"},
		"no answer":                    {Hang: true},
		"cut off before":               {Drop: true},
		"cut off after it was done":    {CommitThenDrop: true},
		"cut off in the answer":        {CutBody: 20},
		"a deadlock":                   {Deadlock: true},
		"two deadlocks":                {Deadlock: true, Times: 2},
		"a session that ended as well": {Status: http.StatusBadGateway},
	}
	for _, version := range everyVersion {
		for name, fault := range faults {
			t.Run(version+"/"+name, func(t *testing.T) {
				t.Parallel()
				server, c := onServer(t, version, func(cfg *dhis2.Config) { cfg.AttemptTimeout = 500 * time.Millisecond })
				if name == "a session that ended as well" {
					server.ExpireSessions()
				}
				fault.Method, fault.Path = http.MethodPost, "/"
				injected := server.Inject(fault)
				res, err := c.Do(t.Context(), dhis2.Request{
					Method: http.MethodPost, Path: "tracker", Query: map[string][]string{"async": {"false"}},
					Body: []byte(seedFamily), Repeat: dhis2.RepeatSafe,
				})
				require.NoError(t, err)
				assert.Equal(t, http.StatusOK, res.Status)
				assert.NotZero(t, injected.Fired())
				assert.Len(t, server.TrackedEntities(), 2, "once")
			})
		}
	}
}

func TestAnImportThatIsNotSafeIsLeftToItsCaller(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]dhis2test.Fault{
		"cut off after it was done": {CommitThenDrop: true}, "cut off in the answer": {CutBody: 20}, "no answer": {Hang: true},
	} {
		server, c := onServer(t, "2.42", func(cfg *dhis2.Config) { cfg.AttemptTimeout = 500 * time.Millisecond })
		fault.Method, fault.Path = http.MethodPost, "/"
		server.Inject(fault)
		_, err := c.Do(t.Context(), dhis2.Request{
			Method: http.MethodPost, Path: "tracker", Query: map[string][]string{"async": {"false"}}, Body: []byte(seedFamily),
		})
		var e *dhis2.Error
		require.ErrorAs(t, err, &e, name)
		assert.Equal(t, 1, e.Attempts)
		assert.Equal(t, dhis2.VerdictRetry, e.Verdict, "that is for who knows what is in it")
		assert.False(t, dhis2.ReachedServer(err))
	}
}

func TestReadsGetOverFaults(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]dhis2test.Fault{
		"a page": {Status: http.StatusGatewayTimeout}, "cut off": {CutBody: 5}, "slow, but whole": {SlowBody: time.Millisecond}, "dropped": {Drop: true},
	} {
		server, c := onServer(t, "2.43")
		fault.Path = "/"
		injected := server.Inject(fault)
		me, err := c.Me(t.Context())
		require.NoError(t, err, name)
		assert.Equal(t, "admin", me.Username)
		assert.Equal(t, 1, injected.Fired())
	}
	server, c := onServer(t, "2.43")
	server.Inject(dhis2test.Fault{Path: "/", Truncate: 10, Times: -1})
	_, err := c.Me(t.Context())
	require.ErrorContains(t, err, "not the JSON that is due")
}
