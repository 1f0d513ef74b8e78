package validate_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/openhim/mediator-go/fhir/validate"
)

func TestAReferencesTypeIsAResourceTypeThatMayStandThere(t *testing.T) {
	t.Parallel()
	v := newValidator(t, validate.Options{})
	task := func(reference string) string {
		return `{"resourceType":"Task","status":"ready","intent":"order","location":` + reference + `,"focus":{"display":"x","type":"Basic"}}`
	}
	valid(t, outcomeOf(t, v, task(`{"reference":"Location/1","type":"Location"}`)))
	invalidAt(t, outcomeOf(t, v, task(`{"reference":"urn:uuid:c757873d-ec9a-4326-a141-556f43239520","type":"Observation"}`)), "Task.location", "Observation")
	invalidAt(t, outcomeOf(t, v, task(`{"reference":"Location/1","type":"Observation"}`)), "Task.location", "agree")
	invalidAt(t, outcomeOf(t, v, task(`{"display":"x","type":"http://hl7.org/fhir/StructureDefinition/Location"}`)), "Task.location.type", "resource type")
	invalidAt(t, outcomeOf(t, v, task(`{"display":"x","type":"urn:uuid:c757873d-ec9a-4326-a141-556f43239520"}`)), "Task.location.type", "resource type")
}

func TestAReferenceIsNotBlank(t *testing.T) {
	t.Parallel()
	v := newValidator(t, validate.Options{})
	invalidAt(t, outcomeOf(t, v, `{"resourceType":"Basic","code":{"text":"c"},"subject":{"reference":" "}}`), "Basic.subject", "white space")
}

func TestACodeHasNoWhiteSpaceOfAnyKindButSingleBlanks(t *testing.T) {
	t.Parallel()
	v := newValidator(t, validate.Options{})
	valid(t, outcomeOf(t, v, `{"resourceType":"Basic","code":{"coding":[{"code":"a b"}]}}`))
	for _, code := range []string{"\u00a0", "a\u00a0b", "a\u2003", "\u0085"} {
		invalidAt(t, outcomeOf(t, v, `{"resourceType":"Basic","code":{"coding":[{"code":"`+code+`"}]}}`), "Basic.code.coding[0].code", "white space")
	}
}

func TestACanonicalResourcesURLIsAbsolute(t *testing.T) {
	t.Parallel()
	v := newValidator(t, validate.Options{})
	valid(t, outcomeOf(t, v, `{"resourceType":"TestScript","url":"http://example.org/t","name":"T","status":"active"}`))
	valid(t, outcomeOf(t, v, `{"resourceType":"Device","url":"printers/3"}`))
	invalidAt(t, outcomeOf(t, v, `{"resourceType":"TestScript","url":"a/b","name":"T","status":"active"}`), "TestScript.url", "absolute")
	invalidAt(t, outcomeOf(t, v, `{"resourceType":"ImplementationGuide","url":"%zz","name":"I","status":"active","packageId":"p","fhirVersion":["4.0.1"]}`),
		"ImplementationGuide.url", "absolute")
}

func TestSystemsOfIdentifiersAndQuantitiesAreAbsolute(t *testing.T) {
	t.Parallel()
	v := newValidator(t, validate.Options{})
	valid(t, outcomeOf(t, v, `{"resourceType":"Basic","code":{"text":"c"},"identifier":[{"system":"urn:example:a","value":"1"}]}`))
	invalidAt(t, outcomeOf(t, v, `{"resourceType":"Basic","code":{"text":"c"},"identifier":[{"system":"a/b","value":"1"}]}`), "Basic.identifier[0]", "absolute")
	invalidAt(t, outcomeOf(t, v, `{"resourceType":"Observation","status":"final","code":{"text":"c"},"valueQuantity":{"value":1,"system":"x","code":"g"}}`),
		"Observation.value.ofType(Quantity)", "absolute")
}

func TestANarrativesAttributesStandOnTheirElements(t *testing.T) {
	t.Parallel()
	v := newValidator(t, validate.Options{})
	basic := func(inner string) string {
		return `{"resourceType":"Basic","code":{"text":"c"},"text":{"status":"generated","div":"<div xmlns='http://www.w3.org/1999/xhtml'>x` + inner + `</div>"}}`
	}
	for _, inner := range []string{
		"<a href='#x' name='n'>y</a>", "<ol start='2' type='a'><li value='3'>y</li></ol>", "<img src='a.png' alt='b' width='3'/>",
		"<table border='1' summary='s'><tr><td colspan='2' nowrap='nowrap'>y</td></tr></table>", "<p xml:lang='en' style='color: red'>y</p>",
	} {
		valid(t, outcomeOf(t, v, basic(inner)))
	}
	for _, inner := range []string{
		"<font>y</font>", "<u>y</u>", "<p href='#x'>y</p>", "<a target='_blank'>y</a>", "<p data-x='1'>y</p>", "<p color='red'>y</p>", "<li src='x'>y</li>",
	} {
		invalidAt(t, outcomeOf(t, v, basic(inner)), "Basic.text.div", "txt-1")
	}
}

func TestNothingStandsBesideANarrative(t *testing.T) {
	t.Parallel()
	v := newValidator(t, validate.Options{})
	const div = `"div":"<div xmlns='http://www.w3.org/1999/xhtml'>x</div>"`
	invalidAt(t, outcomeOf(t, v, `{"resourceType":"Basic","code":{"text":"c"},"text":{"status":"generated",`+div+
		`,"_div":{"extension":[{"url":"http://example.org/e","valueString":"v"}]}}}`), "Basic.text.div", "XHTML")
}

func TestASupplementNamesWhatItSupplements(t *testing.T) {
	t.Parallel()
	v := newValidator(t, validate.Options{})
	valid(t, outcomeOf(t, v, `{"resourceType":"CodeSystem","status":"active","content":"supplement","supplements":"http://example.org/cs"}`))
	invalidAt(t, outcomeOf(t, v, `{"resourceType":"CodeSystem","status":"active","content":"supplement"}`), "CodeSystem", "supplements")
}

func TestAProfilesTypeIsThatTypeAndNoneDerivedFromIt(t *testing.T) {
	t.Parallel()
	v := newValidator(t, validate.Options{})
	observation := func(value string) string {
		return `{"resourceType":"Observation","status":"final","code":{"text":"c"},"extension":[{` +
			`"url":"http://hl7.org/fhir/StructureDefinition/observation-geneticsDNARegionName",` + value + `}]}`
	}
	valid(t, outcomeOf(t, v, observation(`"valueString":"a"`)))
	assert.NotEmpty(t, errorsOf(outcomeOf(t, v, observation(`"valueCode":"a"`))))
}
