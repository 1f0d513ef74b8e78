package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
)

var sent = payload{TrackedEntities: []trackedEntity{{
	TrackedEntity: "GzM5NSbpoxx", Enrollments: []enrollment{{Enrollment: "toxdZQNeSuL"}},
}}}

func parseReport(t *testing.T, text string) importReport {
	t.Helper()
	var r importReport
	require.NoError(t, json.Unmarshal([]byte(text), &r))
	return r
}

func TestStatusOKDoesNotMeanStored(t *testing.T) {
	t.Parallel()
	// As DHIS2 answers with atomicMode=OBJECT: 200, OK, and an error inside.
	r := parseReport(t, `{"status":"OK","validationReport":{"errorReports":[
			{"message":"x","errorCode":"E1018","trackerType":"ENROLLMENT","uid":"toxdZQNeSuL"}],"warningReports":[]},
		"stats":{"created":1,"ignored":1,"total":2},
		"bundleReport":{"typeReportMap":{"TRACKED_ENTITY":{"stats":{"created":1},"objectReports":[{"uid":"GzM5NSbpoxx"}]}}}}`)

	results := r.results(sent)

	require.Len(t, results, 2)
	assert.True(t, results[0].created)
	assert.False(t, results[1].stored)
	status, issues := failures(results, "Patient")
	assert.Equal(t, http.StatusUnprocessableEntity, status)
	require.Len(t, issues, 1)
	assert.Contains(t, issues[0].Details, "enrollment toxdZQNeSuL with E1018")
}

func TestAnObjectTheReportDoesNotListIsNotStored(t *testing.T) {
	t.Parallel()
	r := parseReport(t, `{"status":"OK","validationReport":{"errorReports":[]},"bundleReport":{"typeReportMap":{}}}`)

	status, issues := failures(r.results(sent), "Patient")

	assert.Equal(t, http.StatusBadGateway, status)
	assert.Len(t, issues, 2)
}

func TestOutcomesQuoteNoPatientData(t *testing.T) {
	t.Parallel()
	const secret = "Okello-1991"
	for code := range refusals() {
		r := parseReport(t, `{"status":"ERROR","validationReport":{"errorReports":[{"message":"Value `+"`"+secret+"`"+` of `+"`OHM_SEX`"+`",
			"errorCode":"`+code+`","uid":"GzM5NSbpoxx"}]}}`)
		_, issues := failures(r.results(sent), "Patient")
		text, err := encode(fhir.OperationOutcome{Issues: issues})
		require.NoError(t, err)
		assert.NotContains(t, string(text), secret, code)
	}
}

func TestTheGravestRefusalDecidesTheStatus(t *testing.T) {
	t.Parallel()
	r := parseReport(t, `{"status":"ERROR","validationReport":{"errorReports":[
		{"errorCode":"E1064","uid":"GzM5NSbpoxx"},{"errorCode":"E1090","message":"`+"`OHM_FAMILY`"+`","uid":"GzM5NSbpoxx"},
		{"errorCode":"E9998","uid":"toxdZQNeSuL"}]}}`)

	status, issues := failures(r.results(sent), "Bundle.entry[0].resource")

	assert.Equal(t, http.StatusConflict, status)
	var expressions []string
	for _, i := range issues {
		expressions = append(expressions, strings.Join(i.Expression, ""))
	}
	assert.Equal(t, []string{"Bundle.entry[0].resource.identifier", "Bundle.entry[0].resource.name.family", "Bundle.entry[0].resource"}, expressions)
}

// A report of whatever shape stores nothing it does not list, and what is not
// stored has an issue.
func FuzzResults(f *testing.F) {
	f.Add([]byte(`{"validationReport":{"errorReports":[{"uid":"GzM5NSbpoxx","errorCode":"E1064","message":"a` + "`b`" + `"}]}}`))
	f.Add([]byte(`{"bundleReport":{"typeReportMap":{"ENROLLMENT":{"objectReports":[{"uid":"toxdZQNeSuL"}]}}}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var r importReport
		if json.Unmarshal(raw, &r) != nil {
			return
		}
		results := r.results(sent)
		status, issues := failures(results, "Patient")
		refused := 0
		for _, res := range results {
			if !res.stored {
				refused++
			} else {
				assert.NotEmpty(t, r.BundleReport.TypeReportMap[res.trackerType].ObjectReports)
			}
		}
		assert.GreaterOrEqual(t, len(issues), refused)
		assert.Equal(t, refused > 0, status >= http.StatusBadRequest)
	})
}
