package tracker_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/tracker"
)

func TestRemoveIsSoftFinalAndTwiceIsLikeOnce(t *testing.T) {
	t.Parallel()
	for _, version := range servers() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			_, client := stored(t, version)
			entity := tracker.Ref{Type: tracker.TypeTrackedEntity, UID: "RnQHyrrL8wK"}
			event := tracker.Ref{Type: tracker.TypeEvent, UID: "u01bS7TBPU6"}
			there, err := tracker.Exists(t.Context(), client, entity)
			require.NoError(t, err)
			assert.True(t, there)

			report, err := tracker.Remove(t.Context(), client, []tracker.Ref{event}, tracker.Params{})
			require.NoError(t, err)
			assert.Equal(t, 1, report.Stats.Deleted)
			report, err = tracker.Remove(t.Context(), client, []tracker.Ref{event, entity}, tracker.Params{})
			require.NoError(t, err, "what was deleted before counts as deleted")
			assert.Equal(t, 1, report.Stats.Deleted)
			there, err = tracker.Exists(t.Context(), client, entity)
			require.NoError(t, err)
			assert.False(t, there)

			report, err = tracker.Import(t.Context(), client, patient(), tracker.Params{Atomic: tracker.AtomicObject})
			require.ErrorIs(t, err, tracker.ErrNotStored)
			outcome := report.Outcome(entity)
			assert.Equal(t, []string{"E1114"}, outcome.Codes())
			assert.Equal(t, dhis2.VerdictReincarnate, dhis2.ClassOf("E1114").Verdict())
		})
	}
}

func TestRemoveOfAllOrNothingTellsThatNothingWasDeleted(t *testing.T) {
	t.Parallel()
	_, client := stored(t, "2.42")
	refs := []tracker.Ref{{Type: tracker.TypeEvent, UID: "u01bS7TBPU6"}, {Type: tracker.TypeEvent, UID: "tNppAtDeBxP"}}
	_, err := tracker.Remove(t.Context(), client, refs, tracker.Params{Atomic: tracker.AtomicAll})
	require.ErrorIs(t, err, tracker.ErrNotStored, "one is not there, so the other was kept")
	there, err := tracker.Exists(t.Context(), client, refs[0])
	require.NoError(t, err)
	assert.True(t, there)
	_, err = tracker.Remove(t.Context(), client, refs[1:], tracker.Params{Atomic: tracker.AtomicAll})
	require.NoError(t, err)
}

func TestRemoveNeedsUIDs(t *testing.T) {
	t.Parallel()
	_, client := stored(t, "2.42")
	_, err := tracker.Remove(t.Context(), client, []tracker.Ref{{Type: tracker.TypeEvent}}, tracker.Params{})
	require.ErrorIs(t, err, tracker.ErrRefused)
	_, err = tracker.Exists(t.Context(), client, tracker.Ref{UID: "RnQHyrrL8wK"})
	var bad *dhis2.ArgumentError
	require.ErrorAs(t, err, &bad)
}
