package tracker

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAPositionIsPassedWhenAllBelowItAreFinal(t *testing.T) {
	t.Parallel()
	for seed := range uint64(100) {
		random := rand.New(rand.NewPCG(seed, 2))
		order := random.Perm(200)
		p := positions{}
		final := map[int64]bool{}
		for _, at := range order {
			p.done(int64(at))
			p.done(int64(at)) // twice is like once
			final[int64(at)] = true
			want := int64(0)
			for final[want] {
				want++
			}
			require.Equal(t, want, p.below)
		}
		require.Empty(t, p.beyond)
	}
}

func TestCheckpointsSurviveInFiles(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	store := FileCheckpoints(folder)
	c, err := store.Load(t.Context(), "a/b.ndjson")
	require.NoError(t, err)
	assert.Zero(t, c)
	want := Checkpoint{Records: 17, Busy: true, At: time.Date(2026, 1, 6, 10, 0, 0, 0, time.UTC)}
	require.NoError(t, store.Save(t.Context(), "a/b.ndjson", want))
	require.NoError(t, store.Save(t.Context(), "other", Checkpoint{Done: true}))
	c, err = FileCheckpoints(folder).Load(t.Context(), "a/b.ndjson")
	require.NoError(t, err)
	assert.Equal(t, want, c)
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	require.NoError(t, err)
	require.Len(t, files, 2)
	info, err := os.Stat(files[0])
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	require.NoError(t, os.WriteFile(store.path("other"), []byte("{"), 0o600))
	_, err = store.Load(t.Context(), "other")
	require.ErrorContains(t, err, "damaged")
	require.Error(t, FileCheckpoints(filepath.Join(folder, "missing")).Save(t.Context(), "x", want))
}
