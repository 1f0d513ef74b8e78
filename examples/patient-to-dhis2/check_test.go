package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/tracker"
	"github.com/openhim/mediator-go/fhir"
)

// told is an issue as a line: what, where, and where in the text.
func told(i fhir.Issue) string {
	return fmt.Sprintf("%s at %s %d:%d", i.Code, strings.Join(i.Expression, ""), i.Line, i.Column)
}

func toldAll(issues []fhir.Issue) []string {
	all := make([]string, 0, len(issues))
	for _, i := range issues {
		all = append(all, told(i))
	}
	return all
}

func TestWhatIsNoResourceIsRefusedWithItsPlace(t *testing.T) {
	t.Parallel()
	const fhirJSON = "application/fhir+json"
	f := newFixture(t, nil)
	for name, c := range map[string]struct{ contentType, body, where, text string }{
		"bad JSON":               {fhirJSON, "{\n\"resourceType\": Patient}", "invalid at  2:17", ""},
		"a body that was cut":    {fhirJSON, "{\"resourceType\":\"Patient\",\n \"name\":[{\"family\":\"ተስ", "invalid at  2:23", ""},
		"a member that is twice": {fhirJSON, "{\"resourceType\":\"Patient\",\n \"gender\":\"male\",\n \"gender\":\"female\"}", "invalid at  3:2", ""},
		"Latin-1, undeclared":    {fhirJSON, "{\"resourceType\":\"Patient\",\n \"name\":[{\"family\":\"M\xfcller\"}]}", "invalid at  2:22", "UTF-8"},
		"Latin-1 called UTF-8":   {fhirJSON + "; charset=utf-8", "{\n\"x\":\"\xfc\"}", "invalid at  2:6", "UTF-8"},
		"no resourceType":        {fhirJSON, "\n {\"type\":\"Patient\"}", "invalid at  2:2", "resourceType"},
		"nothing":                {fhirJSON, "", "invalid at  1:1", "empty"},
		"XML":                    {"application/fhir+xml", "<Patient xmlns=\"http://hl7.org/fhir\"/>", "invalid at  1:1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, issues := f.postAs(t, c.contentType, c.body)
			assert.Equal(t, http.StatusBadRequest, status)
			require.Len(t, issues, 1)
			assert.Equal(t, c.where, told(issues[0]))
			assert.Contains(t, issues[0].Details, c.text)
			assert.Equal(t, fhir.SeverityFatal, issues[0].Severity)
		})
	}
}

func TestACharsetThatIsNamedIsRead(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	body := strings.Replace(sample(t, "01-plain.json"), "Okello", "M\xfcller", 1)
	status, _ := f.postAs(t, "application/fhir+json; charset=iso-8859-1", body)
	require.Equal(t, http.StatusCreated, status)
	assert.Equal(t, "Müller", f.dhis2.TrackedEntities()[0].Attributes["GOCQVgGQGEU"])

	status, issues := f.postAs(t, "application/fhir+json; charset=klingon", body)
	assert.Equal(t, http.StatusUnsupportedMediaType, status)
	assert.Len(t, issues, 1)
}

func TestAByteOrderMarkDoesNoHarm(t *testing.T) {
	t.Parallel()
	status, _ := newFixture(t, nil).post(t, "\ufeff"+sample(t, "01-plain.json"))
	assert.Equal(t, http.StatusCreated, status)
}

func TestWhatIsWrongWithAPatientIsNamedWithItsPlace(t *testing.T) {
	t.Parallel()
	const identifier = "{\"resourceType\":\"Patient\",\n\"identifier\":[{\"system\":\"urn:ohm:nid\",\"value\":\"1\"}]"
	const whole = identifier + ",\n\"name\":[{\"family\":\"F\"}]"
	const nameOnly = "{\"resourceType\":\"Patient\",\n\"name\":[{\"family\":\"F\"}]"
	f := newFixture(t, nil)
	for name, c := range map[string]struct{ patient, want string }{
		// what the mediator needs
		"no identifier":          {nameOnly + `}`, "required at Patient.identifier 1:1"},
		"only an old identifier": {nameOnly + ",\n" + `"identifier":[{"use":"old","system":"urn:ohm:nid","value":"1"}]}`, "required at Patient.identifier 3:14"},
		"another system":         {nameOnly + ",\n" + `"identifier":[{"system":"urn:x","value":"1"}]}`, "required at Patient.identifier 3:14"},
		"a blank identifier":     {nameOnly + ",\n" + `"identifier":[{"system":"urn:ohm:nid","value":" "}]}`, "required at Patient.identifier 3:14"},
		"two identifiers": {
			nameOnly + ",\n" + `"identifier":[{"system":"urn:ohm:nid","value":"1"},{"system":"urn:ohm:nid","value":"2"}]}`,
			"multiple-matches at Patient.identifier 3:14",
		},
		"no name":              {identifier + `}`, "required at Patient.name 1:1"},
		"a maiden name only":   {identifier + ",\n" + `"name":[{"use":"maiden","family":"F"}]}`, "required at Patient.name 3:8"},
		"a modifier extension": {whole + ",\n" + `"modifierExtension":[{"url":"http://x.org/y","valueCode":"z"}]}`, "extension at Patient.modifierExtension 4:21"},
		// what FHIR does not allow
		"unknown gender code":    {whole + ",\n" + `"gender":"M"}`, "code-invalid at Patient.gender 4:10"},
		"gender in upper case":   {whole + ",\n" + `"gender":"Male"}`, "code-invalid at Patient.gender 4:10"},
		"a number as gender":     {whole + ",\n" + `"gender":1}`, "structure at Patient.gender 4:10"},
		"a day that is not":      {whole + ",\n" + `"birthDate":"2025-02-30"}`, "value at Patient.birthDate 4:13"},
		"month 13":               {whole + ",\n" + `"birthDate":"2025-13"}`, "value at Patient.birthDate 4:13"},
		"a date in local style":  {whole + ",\n" + `"birthDate":"08/03/1991"}`, "value at Patient.birthDate 4:13"},
		"a date with time":       {whole + ",\n" + `"birthDate":"1991-03-08T00:00:00Z"}`, "value at Patient.birthDate 4:13"},
		"a NUL":                  {identifier + ",\n" + `"name":[{"family":"F\u0000"}]}`, "value at Patient.name[0].family 3:19"},
		"a name that is text":    {identifier + ",\n" + `"name":"F"}`, "structure at Patient.name 3:8"},
		"an empty string":        {whole + ",\n" + `"telecom":[{"system":"phone","value":""}]}`, "value at Patient.telecom[0].value 4:38"},
		"text for true or false": {whole + ",\n" + `"deceasedBoolean":"no"}`, "structure at Patient.deceased.ofType(boolean) 4:19"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, issues := f.post(t, c.patient)
			assert.Equal(t, http.StatusUnprocessableEntity, status)
			assert.Equal(t, []string{c.want}, toldAll(issues))
			assert.Empty(t, f.dhis2.Requests(), "DHIS2 was not asked")
		})
	}
}

func TestAllProblemsAreNamedAtOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	_, issues := f.post(t, sample(t, "10-invalid-fhir.json"))
	assert.Equal(t, []string{
		"code-invalid at Patient.name[0].use 12:14",
		"structure at Patient.name[0].given 14:16",
		"structure at Patient 17:3",
		"value at Patient.birthDate 18:16",
		"structure at Patient.deceased.ofType(boolean) 19:22",
		"invariant at Patient.contact[0] 21:5",
		"required at Patient.identifier 3:17", // the mapping's
	}, toldAll(issues))
}

func TestAnInvalidPatientInABundleHasItsPlaceInTheBundle(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	body := strings.Replace(sample(t, "02-bundle.json"), `"gender": "male"`, `"gender": "männlich"`, 1)
	body = strings.Replace(body, "urn:ohm:nid", "urn:ohm:other", 1)
	status, issues := f.post(t, body)
	assert.Equal(t, http.StatusUnprocessableEntity, status)
	assert.Equal(t, []string{
		"code-invalid at Bundle.entry[0].resource.gender 30:19",
		"required at Bundle.entry[0].resource.identifier 9:23",
	}, toldAll(issues))

	status, issues = f.post(t, strings.Replace(sample(t, "02-bundle.json"), `"url": "Patient"`, `"ifMatch": "1"`, 1))
	assert.Equal(t, http.StatusUnprocessableEntity, status)
	assert.Equal(t, []string{"required at Bundle.entry[0].request 39:18"}, toldAll(issues))
}

func TestWarningsRideAlongWithTheAnswer(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	doubtful := strings.Replace(sample(t, "01-plain.json"), `"gender"`, `"meta": {"profile": ["http://example.org/national-patient"]}, "gender"`, 1)
	status, issues := f.post(t, doubtful)
	assert.Equal(t, http.StatusCreated, status)
	require.Len(t, issues, 3, "tracked entity, enrollment, warning")
	assert.Equal(t, fhir.SeverityWarning, issues[2].Severity)
	assert.Equal(t, "not-found at Patient.meta.profile[0] 32:24", told(issues[2]))

	_, issues = f.post(t, strings.Replace(doubtful, `"female"`, `"F"`, 1))
	require.Len(t, issues, 1, "a refusal tells what must be mended only")
	assert.Equal(t, "Patient.gender", issues[0].Expression[0])
}

func TestAnAnswerIsBoundedWhateverWasSent(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	entry := `{"resource":{"resourceType":"Practitioner"},"request":{"method":"POST","url":"Practitioner"}}`
	status, issues := f.post(t, `{"resourceType":"Bundle","type":"transaction","entry":[`+strings.Repeat(entry+",", 999)+entry+`]}`)
	assert.Equal(t, http.StatusUnprocessableEntity, status)
	require.Len(t, issues, maxIssues+1)
	assert.Equal(t, "Bundle.entry[49].resource", issues[49].Expression[0])
	assert.Equal(t, "and 950 more", issues[50].Details)
}

func TestNoValueOfAPatientIsTold(t *testing.T) {
	t.Parallel()
	const secret = "Okello1991"
	f := newFixture(t, nil)
	for _, member := range []string{
		`"gender":"Okello1991"`, `"birthDate":"Okello1991"`, `"name":"Okello1991"`, `"name":[{"use":"Okello1991","given":"Okello1991"}]`,
		`"telecom":[{"system":"Okello1991","rank":"Okello1991"}]`, `"deceasedDateTime":"Okello1991"`, `"active":"Okello1991"`,
		`"maritalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-MaritalStatus","code":"Okello1991"}]}`,
		`"communication":[{"language":{"coding":[{"system":"urn:ietf:bcp:47","code":"Okello1991"}]}}]`,
		`"managingOrganization":{"reference":"Okello1991 x"}`, `"photo":[{"data":"Okello1991"}]`, `"id":"Okello1991 x"`,
		`"text":{"status":"generated","div":"<p>Okello1991</p>"}`, `"identifier":[{"system":"urn:ietf:rfc:3986","value":"Okello1991"}]`,
	} {
		status, issues := f.post(t, `{"resourceType":"Patient",`+member+`}`)
		assert.Equal(t, http.StatusUnprocessableEntity, status, member)
		for _, i := range issues {
			assert.NotContains(t, fmt.Sprint(i), secret, member)
		}
	}
	assert.NotContains(t, f.log.String(), secret)
}

// What is accepted has an identifier and its payload is JSON that reads as what was mapped;
// what is not names an element and its place.
func FuzzCheck(f *testing.F) {
	f.Add(minimal + `,"gender":"female","birthDate":"1957"}`)
	f.Add(minimal + `,"telecom":[{"system":"phone","value":"1"}],"deceasedDateTime":"2020"}`)
	f.Add(`{"resourceType":"Patient","name":[{"given":[null]}],"identifier":{}}`)
	f.Add(`{"resourceType":"Bundle","type":"transaction","entry":[{"resource":` + minimal + `},"request":{"method":"PUT","url":"Patient?x=1"}},[]]}`)
	v, err := newValidator()
	require.NoError(f, err)
	h := &handler{validator: v, mapper: patientMapper(f), now: time.Now}
	f.Fuzz(func(t *testing.T, raw string) {
		message, err := fhir.Parse([]byte(raw))
		if err != nil {
			return
		}
		in, issues := findPatient(message)
		p, issues, err := h.check(t.Context(), in, issues)
		require.NoError(t, err)
		if (fhir.OperationOutcome{Issues: issues}).HasErrors() {
			resp, err := refuse(http.StatusUnprocessableEntity, message, issues)
			require.NoError(t, err)
			told := issuesOf(string(resp.Body))
			require.NotEmpty(t, told)
			for _, i := range told {
				if i.IsError() {
					require.Len(t, i.Expression, 1)
					assert.Positive(t, i.Line)
					assert.Positive(t, i.Column)
				}
			}
			return
		}
		require.Len(t, p.payload.TrackedEntities, 1)
		assert.NotEmpty(t, p.value(attrIdentifier))
		assert.True(t, dhis2.ValidUID(p.key))
		body := p.payload.AppendJSON(nil)
		back, err := tracker.ParsePayload(body)
		require.NoError(t, err)
		assert.Equal(t, string(body), string(back.AppendJSON(nil)))
	})
}
