package tracker_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/tracker"
	"github.com/openhim/mediator-go/testutil/dhis2test"
)

func TestMistake08TimesOfTheClient(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 21, 30, 0, 0, time.UTC) // 00:30 of the next day at the server
	_, client := start(t, dhis2test.Options{Now: func() time.Time { return now }})
	payload := patient()
	payload.TrackedEntities[0].Enrollments[0].EnrolledAt = "2026-03-02"
	_, err := tracker.Import(t.Context(), client, payload, tracker.Params{})
	require.NoError(t, err, "today at the server is tomorrow here")
	server, err := client.Server(t.Context())
	require.NoError(t, err)
	assert.Empty(t, tracker.Check(seed(t), &payload, tracker.CheckOptions{Version: server.Version, Now: now, Zone: server.Zone}))
	assert.NotEmpty(t, tracker.Check(seed(t), &payload, tracker.CheckOptions{Version: server.Version, Now: now, Zone: time.UTC}))

	count := func(after time.Time) (n int) {
		for _, err := range tracker.TrackedEntities(t.Context(), client, tracker.EntityQuery{
			Program: child, Listing: tracker.Listing{UpdatedAfter: dhis2.FormatTime(after)},
		}) {
			require.NoError(t, err)
			n++
		}
		return n
	}
	assert.Equal(t, 1, count(now), "inclusive, and in any zone")
	assert.Equal(t, 1, count(now.In(time.FixedZone("", -5*3600))))
	assert.Equal(t, 0, count(now.Add(time.Second)))
}

func TestMistake12EnvelopesOfLists(t *testing.T) {
	t.Parallel()
	for _, version := range servers() {
		_, client := stored(t, version)
		n := 0
		for te, err := range tracker.TrackedEntities(t.Context(), client, tracker.EntityQuery{Program: child}) {
			require.NoError(t, err)
			assert.Equal(t, "RnQHyrrL8wK", te.TrackedEntity)
			n++
		}
		assert.Equal(t, 1, n, version)
	}
}

func TestMistake13WalkingPagesOverAChangingSet(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	_, client := start(t, dhis2test.Options{Now: func() time.Time { now = now.Add(time.Second); return now }})
	people(t, client, 9)
	watch, err := tracker.WatchTrackedEntities(t.Context(), client, tracker.EntityQuery{Program: child}, dhis2.WatchConfig{PageSize: 2})
	require.NoError(t, err)
	newest := map[string]string{}
	first := true
	take := func() {
		for change, err := range watch.Poll(t.Context()) {
			require.NoError(t, err)
			te, err := tracker.ParseChange[tracker.TrackedEntity](change)
			require.NoError(t, err)
			newest[te.TrackedEntity] = change.UpdatedAt.String()
			if first { // the object that was just read moves to the end of the list
				first = false
				_, err := tracker.UpdateTrackedEntity(t.Context(), client, te.TrackedEntity, tracker.UpdateOptions{}, func(te *tracker.TrackedEntity) error {
					te.SetAttribute(given, "Moved")
					return nil
				})
				require.NoError(t, err)
			}
		}
	}
	take()
	take()
	assert.Len(t, newest, 9)
	for te, err := range tracker.TrackedEntities(t.Context(), client, tracker.EntityQuery{Program: child}) {
		require.NoError(t, err)
		server, err := client.Server(t.Context())
		require.NoError(t, err)
		at, err := server.ParseTime(te.UpdatedAt)
		require.NoError(t, err)
		assert.Equal(t, at.String(), newest[te.TrackedEntity])
	}
}

func TestMistake14FollowingTheLocationOfAJob(t *testing.T) {
	t.Parallel()
	server, client := start(t, dhis2test.Options{})
	payload := patient()
	res, err := client.Do(t.Context(), dhis2.Request{Method: http.MethodPost, Path: "tracker", Body: payload.AppendJSON(nil)})
	require.NoError(t, err)
	assert.Contains(t, string(res.Body), `/tracker/jobs/`)
	assert.NotContains(t, string(res.Body), `/api/tracker/jobs/`, "the location lacks /api: it leads nowhere")
	server.WaitJobs()
	importer, err := tracker.NewImporter(tracker.ImporterConfig{Client: client, Async: true, PollMin: time.Millisecond})
	require.NoError(t, err)
	landed := 0
	_, err = importer.Run(t.Context(), func(yield func(tracker.Record, error) bool) { yield(tracker.Record{Payload: patient()}, nil) },
		func(result tracker.Result) error {
			if result.Fate.Landed() {
				landed++
			}
			return nil
		})
	require.NoError(t, err)
	assert.Equal(t, 3, landed)
	for _, request := range server.Requests() {
		assert.True(t, strings.HasPrefix(request.Path, "/api/"), request.Path)
	}
}

func TestMistake24TakingTombstonesForAbsent(t *testing.T) {
	t.Parallel()
	_, client := stored(t, "2.42")
	watch, err := tracker.WatchEvents(t.Context(), client, tracker.EventQuery{Program: child}, dhis2.WatchConfig{})
	require.NoError(t, err)
	for _, err := range watch.Poll(t.Context()) {
		require.NoError(t, err)
	}
	_, err = tracker.Remove(t.Context(), client, []tracker.Ref{{Type: tracker.TypeEvent, UID: "u01bS7TBPU6"}}, tracker.Params{})
	require.NoError(t, err)
	count := func(deleted bool) (n int) {
		for ev, err := range tracker.Events(t.Context(), client, tracker.EventQuery{Program: child, Listing: tracker.Listing{IncludeDeleted: deleted}}) {
			require.NoError(t, err)
			assert.True(t, ev.Deleted)
			n++
		}
		return n
	}
	assert.Equal(t, 0, count(false))
	assert.Equal(t, 1, count(true))
	seen := 0
	for change, err := range watch.Poll(t.Context()) {
		require.NoError(t, err)
		assert.True(t, change.Deleted)
		seen++
	}
	assert.Equal(t, 1, seen, "a watch tells of what was deleted")
	_, err = tracker.GetEvent(t.Context(), client, "u01bS7TBPU6", dhis2.Fields{})
	require.True(t, errors.Is(err, dhis2.ErrNotFound))
}
