package dhis2test_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// Messages of codes that no recording of 2.41 shows are as its source words
// them.
func TestOldMessagesAreWordedAsTheSourceDoes(t *testing.T) {
	t.Parallel()
	visit := visitBody("Visit000001", "Enrollment1", "fEZef320RHa", "50")
	scheduled := strings.Replace(visit, `"occurredAt":"2026-01-06"`, `"status":"SCHEDULE","scheduledAt":"2026-12-31"`, 1)
	assigned := strings.Replace(visit, `"occurredAt"`, `"assignedUser":{"username":"nobody"},"occurredAt"`, 1)
	for body, want := range map[string]map[string]string{
		scheduled: {
			"2.41": "Status `SCHEDULE` does not allow creating data values, allow statuses: [ACTIVE, COMPLETED, VISITED].",
			"2.43": "Status `SCHEDULE` does not allow creating data values, allow statuses: [COMPLETED, VISITED, ACTIVE].",
		},
		assigned: {
			"2.41": "Assigned user `User(uid=null, username=nobody)` is not valid.",
			"2.42": "Assigned User `User(uid=null, username=nobody)` is not valid.",
		},
	} {
		for version, text := range want {
			a := importAs(t, enrolled(t, dhis2test.Options{Version: version}), "admin", body)
			assert.Equal(t, http.StatusConflict, a.status)
			assert.Contains(t, string(a.body), text, version)
		}
	}
}

// Up to 2.41 the new owner is ou; orgUnit is ignored, so that ou is missing
// [R41 permissions/ownership-after].
func TestOldVersionsTransferOwnershipByOu(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.40", "2.41", "2.42", "2.43"} {
		s := enrolled(t, dhis2test.Options{Version: version})
		old := version < "2.42"
		transfer := func(query string) int {
			return direct(t, s, http.MethodPut, "/api/tracker/ownership/transfer?program=sBSRMACZJOQ&"+query, "", "admin").status
		}
		want := http.StatusOK
		if old {
			want = http.StatusBadRequest
		}
		assert.Equal(t, want, transfer("trackedEntity=Person00001&orgUnit=iPrqVTs7evU"), version)
		if old {
			assert.Equal(t, http.StatusOK, transfer("trackedEntityInstance=Person00001&ou=iPrqVTs7evU"), version)
		}
	}
}
