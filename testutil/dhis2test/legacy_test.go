package dhis2test_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// The lists of old go on beside their successors until 2.41.
func TestOldListsPageAndNameThingsAsTheyDid(t *testing.T) {
	t.Parallel()
	s := clinic(t, "2.41")

	page := do(t, s, http.MethodGet, "/api/enrollments?program=sBSRMACZJOQ&ouMode=ACCESSIBLE&pageSize=2", "")
	assert.Equal(t, http.StatusOK, page.status)
	body := page.json(t)
	assert.Len(t, body["enrollments"], 2)
	assert.Equal(t, map[string]any{"page": 1.0, "pageSize": 2.0, "isLastPage": false}, body["pager"])

	all := do(t, s, http.MethodGet, "/api/enrollments?program=sBSRMACZJOQ&ouMode=ACCESSIBLE&skipPaging=true&fields=enrollment,events[event,eventDate]", "").json(t)
	assert.NotContains(t, all, "pager")
	assert.NotEmpty(t, all["enrollments"])

	events := do(t, s, http.MethodGet, "/api/events?program=sBSRMACZJOQ&totalPages=true&pageSize=1", "").json(t)
	pager, _ := events["pager"].(map[string]any)
	assert.Equal(t, pager["total"], pager["pageCount"], "one event a page")
	assert.Equal(t, http.StatusBadRequest, do(t, s, http.MethodGet, "/api/events?program=zzzzzzzzzzz", "").status)
	assert.Equal(t, http.StatusBadRequest, do(t, s, http.MethodGet, "/api/enrollments?ou=zzzzzzzzzzz", "").status)
}

// What DHIS2 serves and this package does not is said, never passed over.
func TestOldEndpointsAndTreesThatAreNotCoveredSaySo(t *testing.T) {
	t.Parallel()
	old := dhis2test.New(t, dhis2test.Options{Version: "2.41"})
	for _, path := range []string{"enrollments/zzzzzzzzzzz", "relationships", "schemas", "me/dashboard", "organisationUnits?level=2", "organisationUnits/na7iT2VcmdU?includeChildren=true"} {
		assert.Equal(t, http.StatusNotImplemented, do(t, old, http.MethodGet, "/api/"+path, "").status, path)
	}
	assert.Equal(t, http.StatusNotImplemented, do(t, old, http.MethodPost, "/api/events", `{"events":[]}`).status)
	assert.Equal(t, http.StatusNotFound, do(t, dhis2test.New(t, dhis2test.Options{}), http.MethodGet, "/api/enrollments", "").status, "gone from 2.42")
}
