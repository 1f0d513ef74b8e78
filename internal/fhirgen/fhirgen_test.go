package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTheTablesAreThoseOfTheDefinitions generates again where FHIR_DEFINITIONS names their folder, and compares byte for byte.
func TestTheTablesAreThoseOfTheDefinitions(t *testing.T) {
	t.Parallel()
	definitions := os.Getenv("FHIR_DEFINITIONS")
	if definitions == "" {
		t.Skip("FHIR_DEFINITIONS is not set: `make generate-check` fetches the definitions and compares")
	}
	out := t.TempDir()
	require.NoError(t, run(definitions, out))
	for _, table := range []string{"types.bin", "terminology.bin", "profiles.bin", "searchparameters.bin"} {
		want, err := os.ReadFile(filepath.Join("..", "..", "fhir", "internal", "elements", table))
		require.NoError(t, err)
		got, err := os.ReadFile(filepath.Join(out, table))
		require.NoError(t, err)
		assert.True(t, string(want) == string(got), "%s is out of date: run make generate", table)
	}
}

func TestElementsAreGroupedByTheirParent(t *testing.T) {
	t.Parallel()
	def := &structureDefinition{ID: "T"}
	def.Snapshot.Element = []elementDefinition{{Path: "T"}, {Path: "T.a"}, {Path: "T.a.b"}, {Path: "T.c"}, {Path: "T.a.d"}}
	structures, index := structuresOf(def)
	require.Len(t, structures, 2)
	assert.Equal(t, map[string]int{"T": 0, "T.a": 1}, index)
	assert.Equal(t, []*elementDefinition{&def.Snapshot.Element[1], &def.Snapshot.Element[3]}, structures[0].children)
	assert.Equal(t, []*elementDefinition{&def.Snapshot.Element[2], &def.Snapshot.Element[4]}, structures[1].children)
}

func TestRunAsksForBothFolders(t *testing.T) {
	t.Parallel()
	require.ErrorContains(t, run("", "x"), "-definitions")
	require.ErrorIs(t, run(t.TempDir(), t.TempDir()), os.ErrNotExist)
}
