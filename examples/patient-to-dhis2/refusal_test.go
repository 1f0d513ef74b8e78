package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2/tracker"
	"github.com/openhim/mediator-go/fhir"
)

var (
	theEntity     = tracker.Ref{Type: tracker.TypeTrackedEntity, UID: "GzM5NSbpoxx"}
	theEnrollment = tracker.Ref{Type: tracker.TypeEnrollment, UID: "toxdZQNeSuL"}
)

func rejected(ref tracker.Ref, codes ...string) tracker.Result {
	return tracker.Result{Ref: ref, UID: ref.UID, Fate: tracker.FateRejected, Codes: codes}
}

func landed(ref tracker.Ref, fate tracker.Fate) tracker.Result {
	return tracker.Result{Ref: ref, UID: ref.UID, Fate: fate}
}

func TestWhatLandedIsNoFailure(t *testing.T) {
	t.Parallel()
	for _, fate := range []tracker.Fate{
		tracker.FateCreated, tracker.FateUpdated, tracker.FateStored, tracker.FateUnchanged, tracker.FateStale,
	} {
		status, issues := failures([]tracker.Result{landed(theEntity, fate)}, "Patient")
		assert.Zero(t, status, fate)
		assert.Empty(t, issues, fate)
	}
}

func TestEveryObjectThatDidNotLandIsTold(t *testing.T) {
	t.Parallel()
	enrollment := rejected(theEnrollment, "E5000")
	enrollment.Root, enrollment.RootCodes = theEntity, []string{"E1000"}

	status, issues := failures([]tracker.Result{rejected(theEntity, "E1000"), enrollment}, "Patient")

	assert.Equal(t, http.StatusBadGateway, status)
	require.Len(t, issues, 2)
	assert.Equal(t, []string{"Patient.managingOrganization"}, issues[0].Expression)
	assert.Contains(t, issues[0].Details, "DHIS2 refused tracked entity GzM5NSbpoxx with E1000")
	assert.Equal(t, "DHIS2 refused enrollment toxdZQNeSuL because of tracked entity GzM5NSbpoxx", issues[1].Details)
}

func TestAnObjectWhoseFateNobodyKnowsIsAFailure(t *testing.T) {
	t.Parallel()
	status, issues := failures([]tracker.Result{landed(theEntity, tracker.FateUnfinished), landed(theEnrollment, tracker.FateCreated)}, "Patient")
	assert.Equal(t, http.StatusBadGateway, status)
	assert.Len(t, issues, 1)
}

func TestTheGravestRefusalDecidesTheStatus(t *testing.T) {
	t.Parallel()
	status, issues := failures([]tracker.Result{rejected(theEntity, "E1064", "E1090"), rejected(theEnrollment, "E9998")}, "Bundle.entry[0].resource")

	assert.Equal(t, http.StatusConflict, status)
	var expressions []string
	for _, i := range issues {
		expressions = append(expressions, strings.Join(i.Expression, ""))
	}
	assert.Equal(t, []string{"Bundle.entry[0].resource.identifier", "Bundle.entry[0].resource", "Bundle.entry[0].resource"}, expressions)
}

func TestAForeseenRefusalNamesTheElementOnce(t *testing.T) {
	t.Parallel()
	status, issues := foreseen([]tracker.Problem{
		{Code: "E1049", Ref: theEntity, Reason: "there is no such org unit"},
		{Code: "E1125", Ref: theEntity, Field: "SHtHqekbvRu", FieldCode: attrSex, Reason: "is no code of the option set"},
		{Code: "E1070", Ref: theEnrollment, Reason: "there is no such org unit"},
		{Code: "E5000", Ref: theEnrollment, Reason: "hangs on an object that fails"},
	}, "Patient")

	assert.Equal(t, http.StatusUnprocessableEntity, status)
	assert.Equal(t, []fhir.Issue{
		problem("not-found", "Patient.managingOrganization", "DHIS2 would refuse the tracked entity with E1049: there is no such org unit"),
		problem("code-invalid", "Patient.gender", "DHIS2 would refuse the tracked entity with E1125: OHM_SEX is no code of the option set"),
	}, issues)
}

func TestMetadataThatIsNotThereIsOurFault(t *testing.T) {
	t.Parallel()
	status, issues := foreseen([]tracker.Problem{{Code: "E1069", Ref: theEnrollment, Reason: "there is no such program"}}, "Patient")
	assert.Equal(t, http.StatusBadGateway, status)
	require.Len(t, issues, 1)
	assert.Empty(t, issues[0].Expression)
}
