package dhis2test_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// Categories bind enrollments from 2.43 as they always bound events: the
// combination must be of the program's, and its options open to the user.
func TestCombinationsOfAnotherProgramAreRefused(t *testing.T) {
	t.Parallel()
	ref := func(uid string) map[string]any { return map[string]any{"id": uid} }
	seed := seedWith(t, "programs", "sBSRMACZJOQ", map[string]any{"categoryCombo": ref("FundCombo01")}, map[string][]any{
		"categoryCombos":  {map[string]any{"id": "FundCombo01", "name": "Fund"}, map[string]any{"id": "OtherCombo1", "name": "Other"}},
		"categoryOptions": {map[string]any{"id": "FundOption1", "name": "Fund 1", "sharing": map[string]any{"public": "rw------"}}},
		"categoryOptionCombos": {
			map[string]any{"id": "FundOptCom1", "name": "Fund 1", "categoryCombo": ref("FundCombo01"), "categoryOptions": []any{ref("FundOption1")}},
			map[string]any{"id": "OtherOptCo1", "name": "Other", "categoryCombo": ref("OtherCombo1"), "categoryOptions": []any{ref("FundOption1")}},
		},
	})
	s := enrolled(t, dhis2test.Options{Version: "2.43", Metadata: seed, Users: append(dhis2test.DefaultUsers(), clerk())})
	with := func(body, combo string) string {
		return strings.Replace(body, `"orgUnit"`, `"attributeOptionCombo":"`+combo+`","orgUnit"`, 1)
	}
	visit := visitBody("Visit000001", "Enrollment1", "fEZef320RHa", "60")
	assert.Equal(t, []string{"E1054"}, codesOf(t, importAs(t, s, "admin", with(visit, "OtherOptCo1"))))
	assert.Equal(t, []string{"E1099"}, codesOf(t, importAs(t, s, "clerk", with(visit, "FundOptCom1"))))
	assert.Empty(t, codesOf(t, importAs(t, s, "admin", with(visit, "FundOptCom1"))))
	enrollment := enrollmentBody("Enrollment1", "Person00001")
	assert.Equal(t, []string{"E1130"}, codesOf(t, importAs(t, s, "admin", with(enrollment, "OtherOptCo1"))))
}

func TestAnUpdateNeedsAProgramTheUserMayWriteFrom243(t *testing.T) {
	t.Parallel()
	var doc map[string]any
	require.NoError(t, json.Unmarshal(dhis2test.SeedMetadata(), &doc))
	for _, p := range doc["programs"].([]any) { //nolint:forcetypeassert // the seed's shape
		p.(map[string]any)["sharing"] = map[string]any{"public": "rwr-----"} //nolint:forcetypeassert // the seed's shape
	}
	seed := []byte(encode(doc))
	for version, want := range map[string][]string{"2.42": nil, "2.43": {"E1323"}} {
		s := handler(t, dhis2test.Options{Version: version, Metadata: seed, Users: append(dhis2test.DefaultUsers(), clerk())})
		importAs(t, s, "admin", personBody("Person00001", "A"))
		assert.Equal(t, want, codesOf(t, importAs(t, s, "clerk", personBody("Person00001", "A"))), version)
	}
}
