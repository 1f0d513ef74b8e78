package fhir_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
)

func TestOutcomeIsWrittenAndReadAgain(t *testing.T) {
	t.Parallel()
	want := fhir.OperationOutcome{Issues: []fhir.Issue{{
		Severity: fhir.SeverityError, Code: fhir.IssueRequired, Details: "a <name> is missing",
		DetailsCode: []fhir.Coding{{System: "urn:s", Code: "c", Display: "d"}},
		Diagnostics: "more", Expression: []string{"Patient.name"}, Location: []string{"line 3, column 14", "/f:Patient"},
		Line: 3, Column: 14,
	}, {Severity: fhir.SeverityWarning, Code: fhir.IssueInformational}}}
	data, err := json.Marshal(want)
	require.NoError(t, err)
	var got fhir.OperationOutcome
	require.NoError(t, json.Unmarshal(data, &got))
	assert.Equal(t, want, got)
	parsed, err := fhir.ParseOutcome(want.Resource())
	require.NoError(t, err)
	assert.Equal(t, want, parsed)
	assert.Contains(t, string(want.Resource().Bytes()), "<name>", "nothing is escaped for HTML")
}

func TestOutcomeTellsItsPlaceAsLocation(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		give fhir.Issue
		want string
	}{
		{"line and column", fhir.Issue{Line: 3, Column: 14}, `["line 3, column 14"]`},
		{"line alone", fhir.Issue{Line: 3}, `["line 3"]`},
		{"a place that is told already", fhir.Issue{Line: 3, Column: 1, Location: []string{"Line[3] Col[1]"}}, `["Line[3] Col[1]"]`},
		{"beside an XPath", fhir.Issue{Line: 1, Column: 2, Location: []string{"/f:x"}}, `["line 1, column 2","/f:x"]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := fhir.OperationOutcome{Issues: []fhir.Issue{tt.give}}.Resource()
			assert.Equal(t, tt.want, r.Get("issue.0.location").Raw)
			assert.Equal(t, "error", r.Get("issue.0.severity").String())
			assert.Equal(t, "processing", r.Get("issue.0.code").String())
		})
	}
}

func TestOutcomeReadsThePlacesServersTell(t *testing.T) {
	t.Parallel()
	const extensions = `"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-line","valueInteger":4},
		{"url":"http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-col","valueInteger":9}],`
	tests := []struct {
		name, issue  string
		line, column int
	}{
		{"HAPI", `{"severity":"error","code":"processing","location":["Patient","Line[1] Col[193]"]}`, 1, 193},
		{"the Java validator", `{` + extensions + `"severity":"error","code":"structure"}`, 4, 9},
		{"words", `{"location":["line 3, column 14"]}`, 3, 14},
		{"line alone", `{"location":["Line 12"]}`, 12, 0},
		{"none", `{"location":["Patient.deadline[3]"]}`, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o, err := fhir.ParseOutcome(asResource(t, `{"resourceType":"OperationOutcome","issue":[`+tt.issue+`]}`))
			require.NoError(t, err)
			require.Len(t, o.Issues, 1)
			assert.Equal(t, tt.line, o.Issues[0].Line)
			assert.Equal(t, tt.column, o.Issues[0].Column)
		})
	}
}

func TestOutcomeOfWrongTypesIsReadAsFarAsItGoes(t *testing.T) {
	t.Parallel()
	o, err := fhir.ParseOutcome(asResource(t, `{"resourceType":"OperationOutcome","issue":[7,{"severity":5,"code":"invalid","details":"text","expression":"x","diagnostics":{}}]}`))
	require.NoError(t, err)
	assert.Equal(t, []fhir.Issue{{Code: "invalid"}}, o.Issues)
	_, err = fhir.ParseOutcome(asResource(t, `{"resourceType":"Patient"}`))
	require.Error(t, err)
	var text fhir.OperationOutcome
	require.Error(t, text.UnmarshalJSON([]byte(`<html>`)))
}

func TestEmptyOutcomeIsStillAValidResource(t *testing.T) {
	t.Parallel()
	r := fhir.OperationOutcome{}.Resource()
	assert.Equal(t, "OperationOutcome", r.Type())
	assert.Equal(t, "information", r.Get("issue.0.severity").String())
	assert.False(t, fhir.OperationOutcome{}.HasErrors())
}

func TestUnknownSeverityIsNoError(t *testing.T) {
	t.Parallel()
	o := fhir.OperationOutcome{Issues: []fhir.Issue{{Severity: "success"}, {Severity: "warning"}}}
	assert.False(t, o.HasErrors())
	o.Issues = append(o.Issues, fhir.Issue{Severity: "fatal"})
	assert.True(t, o.HasErrors())
}

func TestConditionsOfRefusals(t *testing.T) {
	t.Parallel()
	all := map[string]error{
		"not found": fhir.ErrNotFound, "gone": fhir.ErrGone, "version conflict": fhir.ErrVersionConflict,
		"multiple": fhir.ErrMultipleMatches, "precondition": fhir.ErrPrecondition, "conflict": fhir.ErrConflict,
		"unauthorized": fhir.ErrUnauthorized, "forbidden": fhir.ErrForbidden, "invalid": fhir.ErrInvalid,
		"throttled": fhir.ErrThrottled, "unavailable": fhir.ErrUnavailable, "not supported": fhir.ErrNotSupported,
	}
	issue := func(code, diagnostics string) fhir.OperationOutcome {
		return fhir.OperationOutcome{Issues: []fhir.Issue{{Severity: "error", Code: code, Diagnostics: diagnostics}}}
	}
	tests := []struct {
		name  string
		give  fhir.OutcomeError
		want  []string
		retry bool
	}{
		{"404", fhir.OutcomeError{Status: 404}, []string{"not found"}, false},
		{"410", fhir.OutcomeError{Status: 410}, []string{"not found", "gone"}, false},
		{"412 to If-Match, as the specification has it", fhir.OutcomeError{Status: 412, IfMatch: true}, []string{"version conflict", "precondition"}, false},
		{"409 to If-Match, as HAPI has it", fhir.OutcomeError{Status: 409, IfMatch: true}, []string{"version conflict", "precondition"}, false},
		{"409 of HAPI for a stale entry of a transaction", fhir.OutcomeError{Status: 409, Outcome: issue("processing", "HAPI-0550: HAPI-0989: Trying")}, []string{"version conflict", "precondition"}, false},
		{"412 to a condition", fhir.OutcomeError{Status: 412, Conditional: true}, []string{"multiple", "precondition"}, false},
		{"412 that names the cause", fhir.OutcomeError{Status: 412, Outcome: issue("multiple-matches", "")}, []string{"multiple", "precondition"}, false},
		{"412 of HAPI to a conditional update with If-Match", fhir.OutcomeError{Status: 412, Conditional: true, IfMatch: true, Outcome: issue("processing", "HAPI-0988: Failed")}, []string{"multiple", "precondition"}, false},
		{"412 to If-None-Match", fhir.OutcomeError{Status: 412}, []string{"precondition"}, false},
		{"409 of a race", fhir.OutcomeError{Status: 409, Method: "PUT", Outcome: issue("processing", "HAPI-0550: HAPI-0823: The")}, []string{"conflict"}, true},
		{"409 to a delete that is referred to", fhir.OutcomeError{Status: 409, Method: "DELETE"}, []string{"conflict"}, false},
		{"409 for a duplicate", fhir.OutcomeError{Status: 409, Method: "POST", Outcome: issue("duplicate", "")}, []string{"conflict"}, false},
		{"401", fhir.OutcomeError{Status: 401}, []string{"unauthorized"}, false},
		{"403", fhir.OutcomeError{Status: 403}, []string{"forbidden"}, false},
		{"400", fhir.OutcomeError{Status: 400}, []string{"invalid"}, false},
		{"422", fhir.OutcomeError{Status: 422}, []string{"invalid"}, false},
		{"429", fhir.OutcomeError{Status: 429}, []string{"throttled"}, true},
		{"503", fhir.OutcomeError{Status: 503}, []string{"unavailable"}, true},
		{"500", fhir.OutcomeError{Status: 500}, nil, false},
		{"405", fhir.OutcomeError{Status: 405}, []string{"not supported"}, false},
		{"400 of HAPI to an unknown operation", fhir.OutcomeError{Status: 400, Operation: true, Outcome: issue("not-supported", "")}, []string{"invalid", "not supported"}, false},
		{"404 to an unknown operation", fhir.OutcomeError{Status: 404, Operation: true, URL: "http://x/Patient/$foo"}, []string{"not found", "not supported"}, false},
		{"404 to an operation on an unknown patient", fhir.OutcomeError{Status: 404, Operation: true, URL: "http://x/Patient/{id}/$foo"}, []string{"not found"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for name, condition := range all {
				assert.Equal(t, slices.Contains(tt.want, name), errors.Is(&tt.give, condition), name)
			}
			assert.Equal(t, tt.retry, fhir.Retryable(&tt.give), "retryable")
			assert.True(t, fhir.ReachedServer(&tt.give))
		})
	}
}

func TestErrorsTellNothingOfAPatient(t *testing.T) {
	t.Parallel()
	err := &fhir.OutcomeError{
		Status: 422, Method: "PUT", URL: "http://fhir.test/base/Patient/{id}", RetryAfter: time.Second,
		Outcome: fhir.OperationOutcome{Issues: []fhir.Issue{
			{Severity: "warning", Code: "invalid"},
			{
				Severity: "error", Code: "value", Details: "planted", Diagnostics: "HAPI-1821: planted is wrong",
				Expression: []string{"Bundle.entry[2].resource/*Patient/planted*/.name[0].where(family='planted')"}, Line: 3, Column: 9,
			},
			{Severity: "error", Code: "planted text"},
		}},
	}
	assert.Equal(t, "fhir: PUT http://fhir.test/base/Patient/{id}: 422 Unprocessable Entity: "+
		"error value (HAPI-1821) at Bundle.entry[2].resource (line 3, column 9); error with a code that is none", err.Error())
	html := &fhir.OutcomeError{Status: 502, Method: "GET", URL: "http://fhir.test/base/Patient", ContentType: `text/html; charset="planted"`}
	assert.Equal(t, `fhir: GET http://fhir.test/base/Patient: 502 Bad Gateway, no OperationOutcome but "text/html"`, html.Error())
}

func FuzzOutcome(f *testing.F) {
	f.Add([]byte(`{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"x","location":["Line[1] Col[2]"]}]}`))
	f.Add([]byte(`{"resourceType":"OperationOutcome","issue":{"severity":[]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var o fhir.OperationOutcome
		if o.UnmarshalJSON(data) != nil {
			return
		}
		_ = (&fhir.OutcomeError{Status: 400, Outcome: o}).Error()
		if r := o.Resource(); r.Type() != "OperationOutcome" {
			t.Fatalf("an outcome that was read cannot be written: %q", data)
		}
	})
}
