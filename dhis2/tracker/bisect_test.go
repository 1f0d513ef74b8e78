package tracker_test

import (
	"bytes"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/tracker"
)

func childRecords(n int) []tracker.Record {
	records := make([]tracker.Record, n)
	for i := range records {
		records[i] = childRecord(i, 1)
	}
	return records
}

func TestARecordThatPoisonsItsRequestIsFound(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault   fault
		status  int
		class   dhis2.Class
		atMost  int
		patient time.Duration
	}{
		"the server fails over it":     {faultInternal, 500, dhis2.ClassInternal, 200, time.Minute},
		"the proxy finds it too large": {faultTooLarge, 413, dhis2.ClassRequest, 20, time.Second},
		"the server never answers":     {faultHang, 0, dhis2.ClassTransport, 200, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				server, n, client := newWorld(t)
				guilty := []byte(uidOf("te", 17))
				n.fault = func(body []byte, _ int) fault {
					if bytes.Contains(body, guilty) {
						return c.fault
					}
					return faultNone
				}
				importer := newImporter(t, tracker.ImporterConfig{Client: client, AttemptTimeout: 20 * time.Second})
				var got results
				begun := time.Now()
				summary, err := importer.Run(t.Context(), sequence(childRecords(100)...), got.add)
				require.NoError(t, err)
				assert.Less(t, time.Since(begun), c.patient)
				assert.Len(t, server.TrackedEntities(), 99)
				assert.EqualValues(t, 396, summary.Tally.Landed())
				assert.LessOrEqual(t, len(n.imports), c.atMost)
				for _, r := range got.list {
					if r.Fate == tracker.FateRejected {
						assert.Equal(t, "patient 17 v1", r.Source)
						assert.Equal(t, c.status, r.Status)
						assert.Equal(t, c.class, r.Class)
					}
				}
				assert.Len(t, summary.Parked, 1)
				assert.Empty(t, n.shared)
			})
		})
	}
}

func TestNothingIsParkedForAServerThatIsDown(t *testing.T) {
	t.Parallel()
	t.Run("which ends the run after a while", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			_, n, client := newWorld(t)
			n.replace = func(*http.Request, []byte) *http.Response { return page(503) }
			park := tracker.NewMemoryPark(0)
			importer := newImporter(t, tracker.ImporterConfig{Client: client, Park: park})
			begun := time.Now()
			summary, err := importer.Run(t.Context(), sequence(childRecords(10)...), nil)
			var down *tracker.ServerError
			require.ErrorAs(t, err, &down)
			assert.Greater(t, time.Since(begun), 9*time.Minute)
			assert.EqualValues(t, 40, summary.Tally.Unfinished)
			causes, err := park.Causes(t.Context())
			require.NoError(t, err)
			assert.Empty(t, causes)
		})
	})
	t.Run("or comes back", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			server, n, client := newWorld(t)
			begun := time.Now()
			n.replace = func(*http.Request, []byte) *http.Response {
				if time.Since(begun) < 5*time.Minute {
					return page(502)
				}
				return nil
			}
			summary, err := newImporter(t, tracker.ImporterConfig{Client: client}).Run(t.Context(), sequence(childRecords(10)...), nil)
			require.NoError(t, err)
			assert.EqualValues(t, 40, summary.Tally.Landed())
			assert.Len(t, server.TrackedEntities(), 10)
		})
	})
	t.Run("or fails over every import", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			_, n, client := newWorld(t)
			n.fault = func([]byte, int) fault { return faultInternal }
			summary, err := newImporter(t, tracker.ImporterConfig{Client: client}).Run(t.Context(), sequence(childRecords(200)...), nil)
			var down *tracker.ServerError
			require.ErrorAs(t, err, &down)
			assert.LessOrEqual(t, summary.Tally.Rejected, int64(20), "only a few are given up before it is clear")
			assert.EqualValues(t, 800, summary.Tally.Total())
		})
	})
	t.Run("or refuses the credentials", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			_, n, client := newWorld(t)
			n.replace = func(*http.Request, []byte) *http.Response {
				return message(401, `{"httpStatus":"Unauthorized","httpStatusCode":401,"status":"ERROR","message":"Unauthorized"}`)
			}
			_, err := newImporter(t, tracker.ImporterConfig{Client: client}).Run(t.Context(), sequence(childRecords(3)...), nil)
			require.ErrorIs(t, err, dhis2.ErrUnauthorized)
		})
	})
}
