package dhis2_test

import (
	"bytes"
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
)

// country is an export of a large server: that many org units, and a program assigned to all.
func country(n int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"organisationUnits":[`)
	var uids []string
	for i := range n {
		uid := dhis2.DeriveUID("org unit", strconv.Itoa(i))
		uids = append(uids, uid)
		if i > 0 {
			b.WriteByte(',')
		}
		path := "/" + uids[0] + "/" + uids[i/1000] + "/" + uids[i/10]
		fmt.Fprintf(&b, `{"id":"%s","code":"OU_%d","name":"Health centre %d","path":"%s/%s","level":4,"openingDate":"2000-01-01T00:00:00.000"}`, uid, i, i, path, uid)
	}
	b.WriteString(`],"programs":[{"id":"pppppppppp1","name":"P","organisationUnits":[`)
	for i, uid := range uids {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":"%s"}`, uid)
	}
	b.WriteString(`]}]}`)
	return b.Bytes()
}

func BenchmarkSnapshotOf100000OrgUnits(b *testing.B) {
	export := country(100_000)
	b.SetBytes(int64(len(export)))
	b.ReportAllocs()
	for b.Loop() {
		s, err := dhis2.ParseMetadata(bytes.NewReader(export))
		require.NoError(b, err)
		require.Equal(b, 100_000, s.OrgUnits().Len())
	}
}

func BenchmarkSnapshotLookup(b *testing.B) {
	s, err := dhis2.ParseMetadata(bytes.NewReader(country(100_000)))
	require.NoError(b, err)
	program, unit := s.Programs().UID("pppppppppp1"), s.OrgUnits().Code("OU_77777")
	plain := map[string]*dhis2.OrgUnit{}
	for u := range s.OrgUnits().All() {
		plain[u.Code] = u
	}
	b.Run("by code", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if s.OrgUnits().Code("OU_77777") == nil {
				b.Fatal("not found")
			}
		}
	})
	b.Run("reference: a plain map", func(b *testing.B) {
		for b.Loop() {
			if plain["OU_77777"] == nil {
				b.Fatal("not found")
			}
		}
	})
	b.Run("assigned", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if !program.OrgUnits.Has(unit.UID) {
				b.Fatal("not assigned")
			}
		}
	})
	b.Run("revision of a fresh snapshot", func(b *testing.B) {
		var saved bytes.Buffer
		for b.Loop() {
			saved.Reset()
			_, err := s.WriteTo(&saved)
			require.NoError(b, err)
		}
	})
}
