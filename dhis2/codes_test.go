package dhis2_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
)

// The table is what was read in the source of the servers.
func TestCodesAreThoseOfTheServers(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(fixture(t, "tracker-error-codes.json"))
	require.NoError(t, err)
	var facts struct {
		Classes map[dhis2.Class]string
		Codes   map[string]struct {
			Class            dhis2.Class
			Retry            string
			Declared, Raised []string
		}
	}
	require.NoError(t, json.Unmarshal(b, &facts))
	require.Len(t, facts.Codes, 131)
	retries := map[string][]dhis2.Verdict{
		"no(success)":           {dhis2.VerdictDone},
		"no":                    {dhis2.VerdictPark, dhis2.VerdictUpsert, dhis2.VerdictReincarnate, dhis2.VerdictIgnore, dhis2.VerdictBisect},
		"after-dependency":      {dhis2.VerdictAfterParent},
		"after-resolution":      {dhis2.VerdictLookUp},
		"after-operator":        {dhis2.VerdictOperator},
		"after-metadata-change": {dhis2.VerdictRefresh},
	}
	passed := 0
	for code := range dhis2.Codes() {
		fact, ok := facts.Codes[code.ID]
		if !assert.True(t, ok, "%s is made up", code.ID) {
			continue
		}
		good := assert.Equal(t, fact.Class, code.Class, code.ID)
		good = assert.Equal(t, fact.Class, dhis2.ClassOf(code.ID)) && good
		good = assert.Contains(t, retries[fact.Retry], code.Class.Verdict(), code.ID) && good
		for text, v := range map[string]string{"2.40": "2.40", "2.41": "2.41.9", "2.42": "2.42.5", "2.43": "2.43.1", "2.44-dev": "2.44-SNAPSHOT"} {
			good = assert.Equal(t, slices.Contains(fact.Raised, text), code.RaisedIn(version(t, v)), "%s raised in %s", code.ID, text) && good
			good = assert.Equal(t, slices.Contains(fact.Declared, text), code.DeclaredIn(version(t, v)), "%s declared in %s", code.ID, text) && good
		}
		assert.Contains(t, facts.Classes, code.Class)
		if good {
			passed++
		}
	}
	assert.Equal(t, len(facts.Codes), passed)
	fmt.Printf("conformance: dhis2/tracker-error-codes %d/%d\n", passed, len(facts.Codes))
}

func TestCodesAreSortedAndFound(t *testing.T) {
	t.Parallel()
	var ids []string
	for code := range dhis2.Codes() {
		ids = append(ids, code.ID)
		found, ok := dhis2.LookUpCode(code.ID)
		assert.True(t, ok)
		assert.Equal(t, code, found)
	}
	assert.True(t, slices.IsSorted(ids))
	for range dhis2.Codes() {
		break // half a walk is one, too
	}
	for _, id := range []string{"", "E0000", "E1004", "E9998", "Z", "e1000"} {
		_, ok := dhis2.LookUpCode(id)
		assert.False(t, ok, id)
		assert.Equal(t, dhis2.ClassUnknown, dhis2.ClassOf(id))
	}
	assert.False(t, func() bool { c, _ := dhis2.LookUpCode("E1000"); return c.RaisedIn(version(t, "2.39")) }(), "of 2.39 nothing is known")
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	want := map[dhis2.Class][2]string{
		dhis2.ClassUnknown:        {"park", "park"},
		dhis2.ClassAlreadyExists:  {"done", "done"},
		dhis2.ClassNotFoundTarget: {"upsert", "done"},
		dhis2.ClassTombstone:      {"reincarnate", "done"},
		dhis2.ClassDependency:     {"after-parent", "after-parent"},
		dhis2.ClassConflict:       {"look-up", "look-up"},
		dhis2.ClassPermission:     {"operator", "operator"},
		dhis2.ClassMetadata:       {"refresh", "refresh"},
		dhis2.ClassWindow:         {"park", "park"},
		dhis2.ClassImmutable:      {"park", "park"},
		dhis2.ClassData:           {"park", "park"},
		dhis2.ClassRule:           {"park", "park"},
		dhis2.ClassWarningOnly:    {"ignore", "ignore"},
		dhis2.ClassInternal:       {"bisect", "bisect"},
		dhis2.ClassRace:           {"retry", "retry"},
		dhis2.ClassTransport:      {"retry", "retry"},
		dhis2.ClassAuthentication: {"operator", "operator"},
		dhis2.ClassRequest:        {"split", "split"},
	}
	assert.Len(t, dhis2.Classes(), len(want)-1)
	for _, class := range append(dhis2.Classes(), dhis2.ClassUnknown) {
		assert.Equal(t, want[class], [2]string{class.Verdict().String(), class.VerdictOnDelete().String()}, class)
	}
	assert.Equal(t, "unknown", dhis2.Verdict(-1).String())
	assert.Equal(t, "unknown", dhis2.Verdict(99).String())
}
