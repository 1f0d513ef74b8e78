package dhis2test_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// upload stores a file resource and returns its UID.
func upload(t *testing.T, s *dhis2test.Server) string {
	t.Helper()
	const boundary = "frontier"
	body := "--" + boundary + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n" +
		"Content-Type: text/plain\r\n\r\nhello\r\n--" + boundary + "--\r\n"
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/fileResources?domain=DATA_VALUE", strings.NewReader(body))
	r.Header.Set("Content-Type", "multipart/form-data; boundary="+boundary)
	r.SetBasicAuth("admin", "district")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	var accepted struct {
		Response struct{ FileResource struct{ ID string } }
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &accepted), "%s", w.Body)
	require.NotEmpty(t, accepted.Response.FileResource.ID, "%s", w.Body)
	return accepted.Response.FileResource.ID
}

func TestAFileBelongsToOneObject(t *testing.T) {
	t.Parallel()
	seed := seedWith(t, "dataElements", "fEZef320RHa", map[string]any{"valueType": "FILE_RESOURCE"}, nil)
	s := enrolled(t, dhis2test.Options{Metadata: seed})
	file := upload(t, s)
	unknown := importAs(t, s, "admin", visitBody("Visit000001", "Enrollment1", "fEZef320RHa", "zzzzzzzzzzz"))
	assert.Equal(t, []string{"E1302"}, codesOf(t, unknown))
	assert.Equal(t, http.StatusOK, importAs(t, s, "admin", visitBody("Visit000001", "Enrollment1", "fEZef320RHa", file)).status)
	assert.Equal(t, http.StatusOK, importAs(t, s, "admin", visitBody("Visit000001", "Enrollment1", "fEZef320RHa", file)).status, "its own again")
	taken := importAs(t, s, "admin", visitBody("Visit000002", "Enrollment1", "fEZef320RHa", file))
	assert.Equal(t, []string{"E1009"}, codesOf(t, taken))
}

func TestAConfidentialAttributeNeedsEncryption(t *testing.T) {
	t.Parallel()
	seed := seedWith(t, "trackedEntityAttributes", "XhXpL2WqB15", map[string]any{"confidential": true}, nil)
	s := handler(t, dhis2test.Options{Metadata: seed})
	assert.Equal(t, []string{"E1112"}, codesOf(t, importAs(t, s, "admin", personBody("Person00001", "A"))))
}

func TestEventsComeAsCSVInAnyOrderOfColumns(t *testing.T) {
	t.Parallel()
	s := handler(t, dhis2test.Options{})
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/tracker?async=false", strings.NewReader(
		"program,programStage,value,dataElement,orgUnit,occurredAt,event\n"+
			"fm69ntIAbZu,r2M6G0nP5Qo,11,Mz6b8yeFGJ9,iPrqVTs7evU,2026-01-06,UXMWUiOd8Qd\n"+
			",,2026-01-06T10:00,OQVZYwkmMbH,,,UXMWUiOd8Qd\n"))
	r.Header.Set("Content-Type", "application/csv")
	r.SetBasicAuth("admin", "district")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	require.Equal(t, http.StatusOK, w.Code, "%s", w.Body)
	require.Len(t, s.Events(), 1)
	assert.Equal(t, map[string]string{"Mz6b8yeFGJ9": "11", "OQVZYwkmMbH": "2026-01-06T10:00"}, s.Events()[0].DataValues)
}
