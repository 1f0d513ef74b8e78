package tracker_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2/tracker"
)

func TestAMemoryGuardForgetsTheLeastUsedButNoName(t *testing.T) {
	t.Parallel()
	guard := tracker.NewMemoryGuard(100)
	ref := func(i int) tracker.Ref { return tracker.Ref{Type: tracker.TypeEvent, UID: uidOf("guard", i)} }
	adopted := tracker.Ref{Type: tracker.TypeTrackedEntity, UID: uidOf("guard", 0)}
	require.NoError(t, guard.Save(t.Context(), []tracker.Landed{{Ref: adopted, UID: "HoldsTheNid", Version: 3}}))
	for i := range 1000 {
		require.NoError(t, guard.Save(t.Context(), []tracker.Landed{{Ref: ref(i), Version: int64(i + 1), Hash: [16]byte{1}}}))
		known, err := guard.Load(t.Context(), []tracker.Ref{ref(0), ref(i)})
		require.NoError(t, err)
		assert.EqualValues(t, 1, known[0].Version, "what is asked for is kept")
		assert.EqualValues(t, i+1, known[1].Version)
	}
	known, err := guard.Load(t.Context(), []tracker.Ref{adopted, ref(950), ref(500), {Type: tracker.TypeEvent, UID: "short"}})
	require.NoError(t, err)
	assert.Equal(t, "HoldsTheNid", known[0].UID)
	assert.EqualValues(t, 951, known[1].Version)
	assert.Zero(t, known[2])
	assert.Zero(t, known[3])
}
