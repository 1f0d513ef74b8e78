package tracker_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2/tracker"
)

func TestRequestsAreBoundedByObjectsAndBytesAndSorted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for name, cfg := range map[string]tracker.ImporterConfig{
			"objects": {MaxObjects: 30}, "bytes": {MaxBytes: 10_000},
		} {
			server, n, client := newWorld(t)
			cfg.Client = client
			_, err := newImporter(t, cfg).Run(t.Context(), sequence(childRecords(50)...), nil)
			require.NoError(t, err)
			assert.Len(t, server.TrackedEntities(), 50)
			most := 0
			for _, call := range n.imports {
				most = max(most, call.objects)
				assert.LessOrEqual(t, len(call.body), 10_100, name)
				if name == "objects" {
					assert.LessOrEqual(t, call.objects, 30)
				}
				payload, err := tracker.ParsePayload(call.body)
				require.NoError(t, err)
				var refs []string
				for ref := range payload.Refs() {
					refs = append(refs, fmt.Sprint(slices.Index([]tracker.Type{
						tracker.TypeTrackedEntity, tracker.TypeEnrollment, tracker.TypeEvent,
					}, ref.Type), ref.UID))
				}
				assert.True(t, slices.IsSorted(refs), "parents first, each list by UID")
				assert.True(t, json.Valid(call.body))
			}
			assert.Greater(t, most, 20, "they are filled: %s", name)
		}
	})
}

func TestASlowSourceIsNotKeptWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, n, client := newWorld(t)
		var late []time.Duration
		var begun sync.Map // the source has a goroutine of its own
		source := func(yield func(tracker.Record, error) bool) {
			for i := range 10 {
				time.Sleep(time.Second) //nolint:forbidigo // of fake time
				r := childRecord(i, 1)
				begun.Store(r.Source, time.Now())
				if !yield(r, nil) {
					return
				}
			}
		}
		_, err := newImporter(t, tracker.ImporterConfig{Client: client}).Run(t.Context(), source, func(r tracker.Result) error {
			at, _ := begun.Load(r.Source)
			since, _ := at.(time.Time)
			late = append(late, time.Since(since))
			return nil
		})
		require.NoError(t, err)
		assert.Len(t, n.imports, 10)
		assert.LessOrEqual(t, slices.Max(late), 20*time.Millisecond)
	})
}
