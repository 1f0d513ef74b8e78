package dhis2test_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestOrderPutsMissingValuesLastAndLeavesTiesToTheNewest(t *testing.T) {
	t.Parallel()
	s := clinic(t, "2.42")
	list := func(order string) string {
		return numbers(names(t, get(t, s, "trackedEntities?program="+childProgram+"&fields=trackedEntity&order="+order)))
	}
	assert.Equal(t, "4 3 2 1 0", list(""), "newest first without an order")
	assert.Equal(t, "0 1 2 3 4", list("createdAt"))
	assert.Equal(t, "4 3 2 1 0", list("updatedAt:desc"))
	assert.Equal(t, "0 1 2 3 4", list("trackedEntity"))
	assert.Equal(t, "1 4 3 2 0", list(age+":desc"), "attributes are ordered as text")
	assert.Equal(t, "3 1 4 2 0", list(sex), "missing ones are the largest")
	assert.Equal(t, "4 2 0 1 3", list(sex+":desc"))
	assert.Equal(t, "4 2 0 3 1", list("enrolledAt"))
	assert.Equal(t, "0 2 4 1 3", list("enrolledAt,createdAt:asc"))

	events := func(order string) string {
		return numbers(names(t, get(t, s, "events?program="+childProgram+"&programStage="+visitStage+"&fields=event&order="+order)))
	}
	assert.Equal(t, "0 1 2 3 4", events(height), "data elements are ordered as numbers")
	assert.Equal(t, "4 3 2 1 0", events("event:desc"))
	assert.Equal(t, "0 1 2 3 4", events(givenName))
}

func TestOrderIsRefusedAsTheServerDoes(t *testing.T) {
	t.Parallel()
	s, newer := clinic(t, "2.42"), clinic(t, "2.43")
	for path, want := range map[string]string{
		"trackedEntities?program=" + childProgram + "&order=orgUnit":                  "order parameter is invalid. Cannot order by 'orgUnit'. Supported are attribute UIDs and fields 'createdAt, createdAtClient, enrolledAt, inactive, trackedEntity, updatedAt, updatedAtClient'. All of which can at most be specified once.",
		"trackedEntities?program=" + childProgram + "&order=updatedAt,updatedAt:desc": "order parameter is invalid. 'updatedAt' are repeated. Supported are attribute UIDs and fields 'createdAt, createdAtClient, enrolledAt, inactive, trackedEntity, updatedAt, updatedAtClient'. All of which can at most be specified once.",
		"trackedEntities?program=" + childProgram + "&order=updatedAt:up":             "Value 'updatedAt:up' is not valid for parameter order. 'up' is not a valid sort direction. Valid values are: [ASC, DESC].",
		"enrollments?program=" + childProgram + "&order=enrollment":                   "order parameter is invalid. Cannot order by 'enrollment'. Supported fields are 'completedAt, createdAt, createdAtClient, enrolledAt, updatedAt, updatedAtClient'. All of which can at most be specified once.",
	} {
		got := get(t, s, path)
		assert.Equal(t, http.StatusBadRequest, got.status, path)
		assert.Equal(t, want, refusal(t, got), path)
	}
	got := get(t, newer, "trackedEntities?program="+childProgram+"&order=updatedAt,trackedEntity")
	assert.Equal(t, http.StatusConflict, got.status, "its SQL is broken in 2.43")
	assert.Contains(t, refusal(t, got), "SqlState: 42702")
	got = get(t, s, "enrollments?program="+childProgram+"&trackedEntity=Patient0000&order=createdAt")
	assert.Equal(t, http.StatusConflict, got.status, "its SQL is broken before 2.43")
	assert.Equal(t, http.StatusOK, get(t, newer, "enrollments?program="+childProgram+"&trackedEntity=Patient0000&order=createdAt").status)
}
