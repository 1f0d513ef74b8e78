package tracker_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/tracker"
)

func TestJobsRunOneAtATimeAndTellAllTheSame(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, n, client := newWorld(t)
		importer := newImporter(t, tracker.ImporterConfig{Client: client, Async: true, MaxObjects: 20})
		records := childRecords(20)
		records[3].Payload.TrackedEntities[0].OrgUnit = "zzzzzzzzzzz"
		var got results
		_, err := importer.Run(t.Context(), sequence(records...), got.add)
		require.NoError(t, err)
		assert.Len(t, server.TrackedEntities(), 19)
		assert.Equal(t, []string{"E1049"}, got.of(tracker.Ref{Type: tracker.TypeTrackedEntity, UID: uidOf("te", 3)}).Codes)
		assert.Equal(t, 1, n.most)
		for _, call := range n.imports {
			assert.Contains(t, call.query, "async=true")
		}
	})
}

func TestAJobThatDiedIsRepeatedAndItsRecordFound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, n, client := newWorld(t)
		guilty := uidOf("te", 7)
		n.fault = func(body []byte, before int) fault {
			if before == 0 || strings.Contains(string(body), guilty) {
				return faultDeadJob
			}
			return faultNone
		}
		importer := newImporter(t, tracker.ImporterConfig{Client: client, Async: true})
		var got results
		_, err := importer.Run(t.Context(), sequence(childRecords(20)...), got.add)
		require.NoError(t, err)
		assert.Len(t, server.TrackedEntities(), 19)
		te := got.of(tracker.Ref{Type: tracker.TypeTrackedEntity, UID: guilty})
		assert.Equal(t, tracker.FateRejected, te.Fate)
		assert.Equal(t, dhis2.ClassInternal, te.Class)
		assert.Equal(t, "the job died without a report", te.Reason)
	})
}

func TestAJobTheServerForgotIsSentAgain(t *testing.T) {
	t.Parallel()
	for name, forget := range map[string]func(path string, at time.Duration) *http.Response{
		"its notifications and its report": func(path string, at time.Duration) *http.Response {
			if strings.HasSuffix(path, "/report") {
				return message(404, `{"httpStatus":"Not Found","httpStatusCode":404,"status":"ERROR","errorCode":"E1005"}`)
			}
			return message(200, `[]`)
		},
		"its report": func(path string, _ time.Duration) *http.Response {
			if strings.HasSuffix(path, "/report") {
				return message(404, `{"httpStatus":"Not Found","httpStatusCode":404,"status":"ERROR","errorCode":"E1005"}`)
			}
			return message(200, `[{"level":"INFO","completed":true}]`)
		},
		"to complete it": func(string, time.Duration) *http.Response {
			return message(200, `[{"level":"INFO","completed":false}]`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				server, n, client := newWorld(t)
				begun := time.Now()
				n.replace = func(r *http.Request, _ []byte) *http.Response {
					if len(n.imports) == 1 && strings.HasPrefix(r.URL.Path, "/api/tracker/jobs/") {
						return forget(r.URL.Path, time.Since(begun))
					}
					return nil
				}
				importer := newImporter(t, tracker.ImporterConfig{Client: client, Async: true})
				var got results
				_, err := importer.Run(t.Context(), sequence(childRecords(3)...), got.add)
				require.NoError(t, err)
				require.Len(t, n.imports, 2)
				assert.Equal(t, n.imports[0].body, n.imports[1].body)
				assert.Len(t, server.TrackedEntities(), 3)
				for _, r := range got.list {
					assert.Equal(t, tracker.FateStored, r.Fate)
				}
			})
		})
	}
}
