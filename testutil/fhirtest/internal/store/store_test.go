package store_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/store"
)

func put(s *store.Store, typ, id string, number int, deleted bool) {
	_ = s.Update(func(tx *store.Tx) error {
		tx.Put(&store.Version{Type: typ, ID: id, Number: number, Deleted: deleted})
		return nil
	})
}

func TestAnUpdateThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	var s store.Store
	put(&s, "Patient", "a", 1, false)
	failed := errors.New("no")
	err := s.Update(func(tx *store.Tx) error {
		tx.Put(&store.Version{Type: "Patient", ID: "a", Number: 2})
		tx.Put(&store.Version{Type: "Patient", ID: "b", Number: 1})
		tx.Put(&store.Version{Type: "Patient", ID: "b", Number: 2})
		tx.Put(&store.Version{Type: "Group", ID: "g", Number: 1})
		require.Len(t, tx.Written(), 4)
		return failed
	})
	require.ErrorIs(t, err, failed)
	s.View(func(tx *store.Tx) {
		require.Equal(t, 1, tx.Current("Patient", "a").Number)
		require.Nil(t, tx.Current("Patient", "b"))
		require.Nil(t, tx.Current("Group", "g"))
		require.Len(t, tx.History("", ""), 1)
		require.Len(t, slices.Collect(tx.All("Patient")), 1)
	})
}

func TestHistoryIsNewestFirst(t *testing.T) {
	t.Parallel()
	var s store.Store
	put(&s, "Patient", "a", 1, false)
	put(&s, "Group", "g", 1, false)
	put(&s, "Patient", "a", 2, true)
	s.View(func(tx *store.Tx) {
		require.Equal(t, 2, tx.History("Patient", "a")[0].Number)
		require.Len(t, tx.History("Patient", ""), 2)
		require.Len(t, tx.History("", ""), 3)
		require.Empty(t, slices.Collect(tx.All("Patient")), "it is deleted")
		require.Equal(t, 1, tx.Version("Patient", "a", 1).Number)
		require.Nil(t, tx.Version("Patient", "a", 3))
	})
}
