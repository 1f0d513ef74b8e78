package dhis2_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/openhim/mediator-go/dhis2"
)

func TestValidUIDs(t *testing.T) {
	t.Parallel()
	for _, uid := range []string{"aaaaaaaaaaa", "Zz0123456789"[:11], "na7iT2VcmdU", "ABCDEFGHIJK"} {
		assert.True(t, dhis2.ValidUID(uid), uid)
	}
	for _, uid := range []string{"", "1aaaaaaaaaa", "aaaaaaaaaa", "aaaaaaaaaaaa", "aaaaa-aaaaa", "aaaaaaaaaa ", "äaaaaaaaaa", "aaaaaaaaaa\n", "@aaaaaaaaaa", "`aaaaaaaaaa", "[aaaaaaaaaa", "{aaaaaaaaaa"} {
		assert.False(t, dhis2.ValidUID(uid), "%q", uid)
	}
}

// These values are stored by servers: a change of the rule would make every
// patient a new one.
func TestTheRuleOfUIDsNeverChanges(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "f26BZgGsQIR", dhis2.DeriveUID("trackedEntity", "urn:ohm:nid", "NID-1001"), "as examples/patient-to-dhis2 has it")
	patient := dhis2.Identity{System: "urn:ohm:nid", ID: "NID-1001", Kind: dhis2.KindTrackedEntity}
	golden := map[string]string{
		"patient":                  patient.UID(),
		"its next incarnation":     patient.Next().UID(),
		"in another namespace":     dhis2.Identity{Namespace: "test", System: "urn:ohm:nid", ID: "NID-1001", Kind: dhis2.KindTrackedEntity}.UID(),
		"its enrollment":           patient.Child(dhis2.KindEnrollment, "sBSRMACZJOQ").UID(),
		"its event":                patient.Child(dhis2.KindEnrollment, "sBSRMACZJOQ").Child(dhis2.KindEvent, "enc-1").UID(),
		"its event, anew":          patient.Child(dhis2.KindEnrollment, "sBSRMACZJOQ").Child(dhis2.KindEvent, "enc-1").Next().UID(),
		"the next one's event":     patient.Next().Child(dhis2.KindEnrollment, "sBSRMACZJOQ").Child(dhis2.KindEvent, "enc-1").UID(),
		"note":                     dhis2.NoteIdentity{Owner: "f26BZgGsQIR", Key: "2026-01-01 hello"}.UID(),
		"relationship":             dhis2.RelationshipIdentity{Type: "w7FYpYuewfo", From: "na7iT2VcmdU", To: "f26BZgGsQIR"}.UID(),
		"relationship, both ways":  dhis2.RelationshipIdentity{Type: "w7FYpYuewfo", From: "na7iT2VcmdU", To: "f26BZgGsQIR", Bidirectional: true}.UID(),
		"relationship, made again": dhis2.RelationshipIdentity{Type: "w7FYpYuewfo", From: "f26BZgGsQIR", To: "na7iT2VcmdU", Incarnation: 1}.UID(),
	}
	// Computed by another program, from the rule in dhis2.md 2.2.
	assert.Equal(t, map[string]string{
		"patient":                  "f26BZgGsQIR",
		"its next incarnation":     "ds41riVHUc5",
		"in another namespace":     "VHjfQnvlufP",
		"its enrollment":           "nvqXsJmB0yo",
		"its event":                "EkFGv0Dt0x8",
		"its event, anew":          "IoefvIKxsX8",
		"the next one's event":     "YHlYVMVeBow",
		"note":                     "FNY9CvoA5lt",
		"relationship":             "gW3OGjnAVfs",
		"relationship, both ways":  "VlkT58yCWrV",
		"relationship, made again": "Cfbdtrms0hQ",
	}, golden)
	assert.Equal(t, dhis2.DeriveUID("enrollment", "urn:ohm:nid", "NID-1001", "sBSRMACZJOQ"), golden["its enrollment"],
		"keys are further parts, as examples/patient-to-dhis2 has it")
	seen := map[string]string{}
	for name, uid := range golden {
		assert.True(t, dhis2.ValidUID(uid), name)
		assert.Empty(t, seen[uid], "%s has the UID of %s", name, seen[uid])
		seen[uid] = name
	}
}

func TestPartsAreNotMixedUp(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, parts := range [][]string{{}, {"a"}, {"a", "b"}, {"ab"}, {"", "ab"}, {"ab", ""}, {"a", "", "b"}, {"a\x00b"}} {
		uid := dhis2.DeriveUID(parts...)
		assert.True(t, dhis2.ValidUID(uid))
		assert.False(t, seen[uid], "%q is like no other", parts)
		seen[uid] = true
	}
}

func TestIncarnationsOfAChildDoNotMeetThoseOfItsParent(t *testing.T) {
	t.Parallel()
	patient := dhis2.Identity{System: "s", ID: "1", Kind: dhis2.KindTrackedEntity}
	seen := map[string]string{}
	for p := range 4 {
		for e := range 4 {
			for v := range 4 {
				patient.Incarnation = p
				enrollment := patient.Child(dhis2.KindEnrollment, "prog")
				enrollment.Incarnation = e
				event := enrollment.Child(dhis2.KindEvent, "1")
				event.Incarnation = v
				name := fmt.Sprint(p, e, v)
				assert.Empty(t, seen[event.UID()], name)
				seen[event.UID()] = name
			}
		}
	}
	assert.Len(t, seen, 64)
}

func TestWhatIdentifiesNothingHasNoUID(t *testing.T) {
	t.Parallel()
	for _, i := range []dhis2.Identity{
		{}, {System: "s", ID: "1"}, {System: "s", Kind: "k"}, {ID: "1", Kind: "k"}, {System: "s", ID: "1", Kind: "k", Incarnation: -1},
	} {
		assert.Empty(t, i.UID())
		assert.Error(t, i.Check())
	}
	assert.NoError(t, dhis2.Identity{System: "s", ID: "1", Kind: "k"}.Check())
	assert.Empty(t, dhis2.NoteIdentity{Owner: "f26BZgGsQIR"}.UID())
	assert.Empty(t, dhis2.NoteIdentity{Key: "k"}.UID())
	assert.Empty(t, dhis2.RelationshipIdentity{Type: "t", From: "a", To: "a"}.UID(), "E4000")
	assert.Empty(t, dhis2.RelationshipIdentity{Type: "t", From: "a"}.UID())
	assert.Empty(t, dhis2.RelationshipIdentity{Type: "t", From: "a", To: "b", Incarnation: -1}.UID())
}

func TestBidirectionalRelationshipsHaveNoDirection(t *testing.T) {
	t.Parallel()
	one := dhis2.RelationshipIdentity{Type: "t", From: "a", To: "b"}
	other := dhis2.RelationshipIdentity{Type: "t", From: "b", To: "a"}
	assert.NotEqual(t, one.UID(), other.UID())
	one.Bidirectional, other.Bidirectional = true, true
	assert.Equal(t, one.UID(), other.UID())
}

func TestDerivedUIDsAreSpreadEvenly(t *testing.T) {
	t.Parallel()
	const n = 20_000
	count := map[byte]int{}
	last := map[byte]int{}
	seen := map[string]bool{}
	for i := range n {
		uid := dhis2.DeriveUID("k", "s", strconv.Itoa(i))
		count[uid[0]]++
		last[uid[10]]++
		seen[uid] = true
	}
	assert.Len(t, seen, n, "no two are equal")
	assert.Len(t, count, 52)
	assert.Len(t, last, 62)
	for c, times := range count {
		assert.InDelta(t, n/52, times, n/52*0.4, string(c))
	}
}

func FuzzDeriveUID(f *testing.F) {
	f.Add("trackedEntity", "urn:ohm:nid", "NID-1001")
	f.Add("", "", "")
	f.Add("a\x00", "\xff", strings.Repeat("x", 1000))
	f.Fuzz(func(t *testing.T, a, b, c string) {
		uid := dhis2.DeriveUID(a, b, c)
		assert.True(t, dhis2.ValidUID(uid))
		assert.Equal(t, uid, dhis2.DeriveUID(a, b, c))
		if b != "" {
			assert.NotEqual(t, uid, dhis2.DeriveUID(a+b, "", c))
		}
	})
}

func BenchmarkDeriveUID(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_ = dhis2.Identity{System: "urn:ohm:nid", ID: "NID-1001", Kind: dhis2.KindTrackedEntity}.UID()
	}
}
