package validate_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/openhim/mediator-go/fhir/validate"
)

func TestReferencesAreResolvedInsideOfABundle(t *testing.T) {
	t.Parallel()
	v := newValidator(t, validate.Options{})
	const bundle = `{"resourceType":"Bundle","type":"collection","entry":[
		{"fullUrl":"http://a/fhir/Patient/1","resource":{"resourceType":"Patient","id":"1"}},
		{"fullUrl":"http://a/fhir/Slot/1","resource":{"resourceType":"Slot","id":"1","schedule":{"reference":"Schedule/1"},"status":"free","start":"2020-01-01T10:00:00Z","end":"2020-01-01T10:10:00Z"}},
		{"fullUrl":"http://a/fhir/Observation/1","resource":{"resourceType":"Observation","id":"1","status":"final","code":{"text":"x"},"subject":{"reference":%q}}}]}`
	for _, good := range []string{"Patient/1", "http://a/fhir/Patient/1", "Patient/2", "http://b/fhir/Slot/1", "urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7"} {
		valid(t, outcomeOf(t, v, fmt.Sprintf(bundle, good)))
	}
	for _, wrong := range []string{"Slot/1", "http://a/fhir/Slot/1"} {
		invalidAt(t, outcomeOf(t, v, fmt.Sprintf(bundle, wrong)), "Bundle.entry[2].resource.subject", `leads to "Slot"`)
	}
}

func TestADocumentHoldsWhatItsCompositionRefersTo(t *testing.T) {
	t.Parallel()
	v := newValidator(t, validate.Options{})
	document := func(author, more string) string {
		return `{"resourceType":"Bundle","type":"document","identifier":{"system":"urn:ietf:rfc:3986","value":"urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"},"timestamp":"2020-01-01T00:00:00Z","entry":[
			{"fullUrl":"http://a/fhir/Composition/c","resource":{"resourceType":"Composition","id":"c","status":"final","type":{"text":"t"},"date":"2020","author":[{"reference":"` + author + `"}],"title":"t"}},
			{"fullUrl":"http://a/fhir/Practitioner/p","resource":{"resourceType":"Practitioner","id":"p"}}` + more + `]}`
	}
	valid(t, outcomeOf(t, v, document("Practitioner/p", "")))
	valid(t, outcomeOf(t, v, document("Practitioner/p", `,{"fullUrl":"http://a/fhir/Observation/o","resource":{"resourceType":"Observation","id":"o","status":"final","code":{"text":"x"},"performer":[{"reference":"Practitioner/p"}]}}`)))
	invalidAt(t, outcomeOf(t, v, document("Practitioner/x", "")), "Bundle.entry[0].resource.author[0]", "no entry")
	invalidAt(t, outcomeOf(t, v, document("Practitioner/p", `,{"fullUrl":"http://a/fhir/Patient/q","resource":{"resourceType":"Patient","id":"q"}}`)), "Bundle.entry[2]", "nothing links")
	invalidAt(t, outcomeOf(t, v, document("Practitioner/p", `,{"fullUrl":"Patient/q","resource":{"resourceType":"Patient","id":"q"}}`)), "Bundle.entry[2]", "absolute")
}

func TestAFullURLFitsItsResource(t *testing.T) {
	t.Parallel()
	v := newValidator(t, validate.Options{})
	const bundle = `{"resourceType":"Bundle","type":"searchset","link":[{"relation":"self","url":"http://a/fhir/Patient?x=y"}],"entry":[{"fullUrl":%q,"resource":{"resourceType":%q,"id":"1"},"search":{"mode":%q}}]}`
	valid(t, outcomeOf(t, v, fmt.Sprintf(bundle, "http://a/fhir/Patient/1", "Patient", "match")))
	valid(t, outcomeOf(t, v, fmt.Sprintf(bundle, "http://a/fhir/Patient/1", "Patient", "include")))
	invalidAt(t, outcomeOf(t, v, fmt.Sprintf(bundle, "http://a/fhir/Patient/2", "Patient", "match")), "Bundle.entry[0]", "must end with")
	invalidAt(t, outcomeOf(t, v, fmt.Sprintf(bundle, "http://a/fhir/Practitioner/1", "Practitioner", "match")), "Bundle.entry[0].resource", "the search was for")
	invalidAt(t, outcomeOf(t, v, fmt.Sprintf(bundle, "http://a/fhir/Patient/1", "Patient", "outcome")), "Bundle.entry[0].resource", "OperationOutcome")
	invalidAt(t, outcomeOf(t, v, strings.Replace(fmt.Sprintf(bundle, "x", "Patient", "match"), `"fullUrl":"x",`, "", 1)), "Bundle.entry[0]", "need a fullUrl")
}

func TestContainedResourcesAreReferredToAndAlone(t *testing.T) {
	t.Parallel()
	v := newValidator(t, validate.Options{})
	patient := func(contained, reference string) string {
		return `{"resourceType":"Patient","contained":[` + contained + `],"managingOrganization":{"reference":"` + reference + `"}}`
	}
	valid(t, outcomeOf(t, v, patient(`{"resourceType":"Organization","id":"o","name":"n"}`, "#o")))
	valid(t, outcomeOf(t, v, patient(`{"resourceType":"Provenance","id":"p","target":[{"reference":"#"}],"recorded":"2020-01-01T10:00:00Z","agent":[{"who":{"display":"x"}}]}`, "Organization/1")))
	invalidAt(t, outcomeOf(t, v, patient(`{"resourceType":"Organization","id":"o","name":"n"}`, "#x")), "Patient.managingOrganization", "ref-1")
	invalidAt(t, outcomeOf(t, v, patient(`{"resourceType":"Organization","id":"o","name":"n"}`, "#x")), "Patient.contained[0]", "dom-3")
	invalidAt(t, outcomeOf(t, v, patient(`{"resourceType":"Location","id":"o"}`, "#o")), "Patient.managingOrganization", "only Organization")
	invalidAt(t, outcomeOf(t, v, patient(`{"resourceType":"Organization","id":"o","name":"n","meta":{"versionId":"1","security":[{"code":"x"}]}}`, "#o")), "Patient", "dom-4")
	invalidAt(t, outcomeOf(t, v, patient(`{"resourceType":"Organization","id":"o","name":"n","meta":{"security":[{"code":"x"}]}}`, "#o")), "Patient", "dom-5")
	invalidAt(t, outcomeOf(t, v, patient(`{"resourceType":"Organization","id":"o","name":"n","contained":[{"resourceType":"Patient","id":"q"}]}`, "#o")), "Patient.contained[0]", "dom-2")
}

func TestALargeBundleIsJudgedInTime(t *testing.T) {
	t.Parallel()
	var entries []string
	for i := range 3000 {
		entries = append(entries, fmt.Sprintf(`{"fullUrl":"urn:uuid:53fefa32-fcbb-4ff8-8a92-%012d","resource":{"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"o%d","name":"x"}],"managingOrganization":{"reference":"#o%d"}}}`, i, i, i))
	}
	outcome := outcomeOf(t, newValidator(t, validate.Options{}), `{"resourceType":"Bundle","type":"collection","entry":[`+strings.Join(entries, ",")+`]}`)
	assert.Empty(t, outcome.Issues)
}
