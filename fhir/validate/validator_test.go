package validate_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/validate"
)

func TestAnIssueSaysWhereInExpressionLineAndColumn(t *testing.T) {
	t.Parallel()
	outcome := outcomeOf(t, newValidator(t, validate.Options{}), `{
  "resourceType": "Observation",
  "status": "final",
  "code": {"text": "weight"},
  "component": [
    {"code": {"text": "a"}, "valueQuantity": {"value": 1}},
    {"code": {"text": "b"}, "valueQuantity": {"value": "heavy"}}
  ]
}`)
	require.Len(t, errorsOf(outcome), 1)
	issue := outcome.Issues[0]
	assert.Equal(t, []string{"Observation.component[1].value.ofType(Quantity).value"}, issue.Expression)
	assert.Equal(t, 7, issue.Line)
	assert.Equal(t, 56, issue.Column)
	assert.Equal(t, fhir.IssueStructure, issue.Code)
}

func TestPlacesOfManyIssuesAreThoseOfTheText(t *testing.T) {
	t.Parallel()
	outcome := outcomeOf(t, newValidator(t, validate.Options{}), "{\"resourceType\":\"Patient\",\"é\":1, \"x\":2,\n\n \"contact\":[{}],\"gender\":\"ü\"}")
	places := map[string][2]int{}
	for _, issue := range outcome.Issues {
		places[issue.Details[:4]] = [2]int{issue.Line, issue.Column}
	}
	assert.Equal(t, [2]int{1, 27}, places["\"é\""])
	assert.Equal(t, [2]int{1, 34}, places["\"x\" "])
	assert.Equal(t, [2]int{3, 13}, places["an o"])
	assert.Equal(t, [2]int{3, 26}, places["code"])
}

func TestPrimitiveExtensionsAreLocatedAtTheirPrimitive(t *testing.T) {
	t.Parallel()
	outcome := outcomeOf(t, newValidator(t, validate.Options{}), `{"resourceType":"Patient","name":[{"given":["A",null],"_given":[null,{"extension":[{"valueString":"x"}]}]}],"_birthDate":{"foo":1}}`)
	invalidAt(t, outcome, "Patient.name[0].given[1].extension[0]", "url")
	invalidAt(t, outcome, "Patient.birthDate", "foo")
}

func TestWhatIsNoResourceIsAnIssueNotAnError(t *testing.T) {
	t.Parallel()
	v := newValidator(t, validate.Options{})
	for text, words := range map[string]string{
		``: "not JSON", `{`: "not JSON", `{"resourceType":"Patient",}`: "not JSON", `[]`: "not a resource", `"Patient"`: "not a resource",
		`{}`: "resourceType", `{"resourceType":7}`: "resourceType", `{"resourceType":"patient"}`: "resource type", `{"resourceType":"HumanName"}`: "resource type",
		`{"resourceType":"DomainResource"}`: "resource type", `{"resourceType":"Patient.contact"}`: "resource type",
		"{\"resourceType\":\"Patient\",\"name\":[{\"family\":\"\xff\"}]}": "UTF-8",
		`{"resourceType":"Patient","active":true,"active":false}`:         "twice",
	} {
		outcome := outcomeOf(t, v, text)
		require.NotEmpty(t, errorsOf(outcome), text)
		assert.Contains(t, strings.Join(errorsOf(outcome), "|"), words, text)
	}
}

func TestTwinsOfListsDoNoHarm(t *testing.T) {
	t.Parallel()
	v := newValidator(t, validate.Options{})
	for _, text := range []string{
		`{"resourceType":"Bundle","type":"collection","entry":null,"entry":[{"resource":{"resourceType":"Patient","managingOrganization":{"reference":"Organization/1"}}}]}`,
		`{"resourceType":"Bundle","type":"document","entry":[],"entry":[{"resource":{"resourceType":"Composition","subject":{"reference":"Patient/1"}},"resource":{"resourceType":"Patient"}}]}`,
		`{"resourceType":"Patient","contained":7,"contained":[{"resourceType":"Patient","id":"x","link":[{"other":{"reference":"#"}}]}]}`,
	} {
		assert.NotEmpty(t, errorsOf(outcomeOf(t, v, text)))
	}
}

func TestTextsBeyondTheBoundsAreRefused(t *testing.T) {
	t.Parallel()
	v := newValidator(t, validate.Options{MaxBytes: 1000, MaxDepth: 20, MaxIssues: 3})
	outcome := outcomeOf(t, v, `{"resourceType":"Patient","id":"`+strings.Repeat("x", 1000)+`"}`)
	require.Len(t, outcome.Issues, 1)
	assert.Equal(t, fhir.IssueTooLong, outcome.Issues[0].Code)
	outcome = outcomeOf(t, v, `{"resourceType":"Patient","extension":`+strings.Repeat(`[{"extension":`, 30)+`[]`+strings.Repeat(`}]`, 30)+`}`)
	require.Len(t, outcome.Issues, 1)
	assert.Equal(t, fhir.IssueTooLong, outcome.Issues[0].Code)
}

func TestErrorsPushOutWarningsAndTheRestIsCounted(t *testing.T) {
	t.Parallel()
	v := newValidator(t, validate.Options{MaxIssues: 3, BestPractice: true})
	outcome := outcomeOf(t, v, `{"resourceType":"Bundle","type":"collection","entry":[`+strings.TrimSuffix(strings.Repeat(`{"fullUrl":"urn:x:y","resource":{"resourceType":"Patient"}},`, 5), ",")+
		`,{"fullUrl":"urn:x:z","resource":{"resourceType":"Patient","a":1,"b":2,"c":3,"d":4}}]}`)
	require.Len(t, outcome.Issues, 4)
	assert.Len(t, errorsOf(outcome), 3)
	assert.Contains(t, outcome.Issues[3].Details, "more issues")
}

func TestNoVerdictIsGivenWhenTheContextEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := newValidator(t, validate.Options{}).ValidateJSON(ctx, []byte(`{"resourceType":"Patient"}`))
	require.ErrorIs(t, err, context.Canceled)
}

func TestAResourceIsValidatedAsItsText(t *testing.T) {
	t.Parallel()
	outcome, err := newValidator(t, validate.Options{}).Validate(context.Background(), parse(t, `{"resourceType":"Patient","gender":"m"}`))
	require.NoError(t, err)
	invalidAt(t, outcome, "Patient.gender", `code "m" is not in the value set`)
}

func TestMessagesHoldNoValues(t *testing.T) {
	t.Parallel()
	const secret = "Kowalska-4711"
	v := newValidator(t, validate.Options{BestPractice: true})
	texts := []string{
		`{"resourceType":"Patient","id":"a b %s","birthDate":"%s","active":"%s","name":"%s"}`,
		`{"resourceType":"Patient","name":[{"family":7,"given":["","%s\u0000"],"period":{"start":"%s"}}],"telecom":[{"value":"%s"}],"photo":[{"data":"%s","size":1}]}`,
		`{"resourceType":"Patient","identifier":[{"system":"urn:ietf:rfc:3986","value":"%s"}],"managingOrganization":{"reference":"#%s"},"generalPractitioner":[{"reference":"%s x"}]}`,
		`{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>%s</div>"},"link":[{"other":{"reference":"Practitioner/%s"}}]}`,
		`{"resourceType":"Bundle","type":"document","entry":[{"fullUrl":"%s","resource":{"resourceType":"Composition","id":"%s","title":"%s","subject":{"reference":"Patient/%s"}}},{"fullUrl":"http://x/Patient/%s","resource":{"resourceType":"Patient","id":"9"}}]}`,
		`{"resourceType":"Observation","status":"final","code":{"text":"%s"},"valueString":"%s","valueBoolean":true,"meta":{"profile":["http://hl7.org/fhir/StructureDefinition/bp"]}}`,
		`{"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"%s","name":"%s"}],"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/patient-birthPlace","valueString":"%s"}]}`,
		`{"resourceType":"Patient","name":[{"family":"%s`,
	}
	for _, text := range texts {
		outcome := outcomeOf(t, v, strings.ReplaceAll(text, "%s", secret))
		require.NotEmpty(t, errorsOf(outcome), text)
		for _, issue := range outcome.Issues {
			assert.NotContains(t, fmt.Sprintf("%+v", issue), "4711")
		}
	}
}

func TestHostileNamesAreCutAndCleaned(t *testing.T) {
	t.Parallel()
	outcome := outcomeOf(t, newValidator(t, validate.Options{}), `{"resourceType":"Patient","a\u0000\n\"b`+strings.Repeat("é", 100)+`":1}`)
	require.Len(t, outcome.Issues, 1)
	assert.Less(t, len(outcome.Issues[0].Details), 200)
	assert.NotContains(t, outcome.Issues[0].Details, "\n")
	assert.NotContains(t, outcome.Issues[0].Details, "\x00")
}

func TestAValidatorIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	v := newValidator(t, validate.Options{})
	texts := []string{
		`{"resourceType":"Patient","gender":"male","contact":[{}]}`,
		`{"resourceType":"Observation","meta":{"profile":["http://hl7.org/fhir/StructureDefinition/bodyweight"]},"status":"final"}`,
		`{"resourceType":"Organization"}`, `{"resourceType":"Questionnaire","status":"active","item":[{"linkId":"1","type":"group"}]}`,
	}
	want := make([]int, len(texts))
	for i, text := range texts {
		want[i] = len(outcomeOf(t, newValidator(t, validate.Options{}), text).Issues)
	}
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			outcome, err := v.ValidateJSON(context.Background(), []byte(texts[i%len(texts)]))
			assert.NoError(t, err)
			assert.Len(t, outcome.Issues, want[i%len(texts)])
		})
	}
	wg.Wait()
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	_, err := validate.New(validate.Options{Profiles: []string{"http://example.org/nosuch"}})
	require.ErrorContains(t, err, "Options.Packages")
	_, err = validate.New(validate.Options{Packages: []*validate.Package{nil}})
	require.ErrorContains(t, err, "nil package")
	_, err = newValidator(t, validate.Options{}).ValidateJSON(context.Background(), []byte(`{}`), "http://example.org/nosuch")
	require.ErrorContains(t, err, "not known")
}

// listed knows a handful of codes.
type listed struct {
	codes map[string]bool
	err   error
}

func (l listed) ValidateCode(_ context.Context, _, system, code string) (valid, known bool, err error) {
	valid, known = l.codes[system+"#"+code]
	return valid, known, l.err
}

func TestTheTerminologyServiceDecidesWhatCannotBeToldOffline(t *testing.T) {
	t.Parallel()
	const text = `{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"%s"}]}}`
	v := newValidator(t, validate.Options{Terminology: listed{codes: map[string]bool{"http://loinc.org#29463-7": true, "http://loinc.org#29463-8": false}}})
	valid(t, outcomeOf(t, v, fmt.Sprintf(text, "29463-7")))
	valid(t, outcomeOf(t, v, fmt.Sprintf(text, "1-1")))
	invalidAt(t, outcomeOf(t, v, fmt.Sprintf(text, "29463-8")), "Observation.code", "does not exist")
	valid(t, outcomeOf(t, newValidator(t, validate.Options{}), fmt.Sprintf(text, "29463-8")))

	down := errors.New("terminology server is down")
	_, err := newValidator(t, validate.Options{Terminology: listed{err: down}}).ValidateJSON(context.Background(), fmt.Appendf(nil, text, "1-1"))
	require.ErrorIs(t, err, down)
}

func TestReferencesMayBeCheckedByTheirTextAlone(t *testing.T) {
	t.Parallel()
	const text = `{"resourceType":"Patient","managingOrganization":{"reference":"Slot/1"}}`
	outcome := outcomeOf(t, newValidator(t, validate.Options{}), text)
	valid(t, outcome)
	assert.NotEmpty(t, outcome.Issues)
	invalidAt(t, outcomeOf(t, newValidator(t, validate.Options{StrictTargets: true}), text), "Patient.managingOrganization", "only Organization may stand here")
}

func TestBestPracticeAndHTMLAreOptional(t *testing.T) {
	t.Parallel()
	const text = `{"resourceType":"Patient","name":[{"text":"<b>x</b>"}]}`
	assert.Empty(t, outcomeOf(t, newValidator(t, validate.Options{}), text).Issues)
	outcome := outcomeOf(t, newValidator(t, validate.Options{BestPractice: true, RejectHTML: true}), text)
	invalidAt(t, outcome, "Patient.name[0].text", "HTML")
	assert.Contains(t, fmt.Sprint(outcome), "dom-6")
}

func TestUnknownExtensionsAndProfilesAreTheCallersChoice(t *testing.T) {
	t.Parallel()
	const extension = `{"resourceType":"Patient","extension":[{"url":"http://example.org/e","valueString":"x"}]}`
	valid(t, outcomeOf(t, newValidator(t, validate.Options{}), extension))
	strict := newValidator(t, validate.Options{UnknownExtensions: func(string) bool { return false }, AllowUnknownProfiles: true})
	invalidAt(t, outcomeOf(t, strict, extension), "Patient.extension[0]", "not known")
	const profiled = `{"resourceType":"Patient","meta":{"profile":["http://example.org/p"]}}`
	valid(t, outcomeOf(t, strict, profiled))
	invalidAt(t, outcomeOf(t, newValidator(t, validate.Options{}), profiled), "Patient.meta.profile[0]", "not known")
}
