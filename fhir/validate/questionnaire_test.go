package validate_test

import (
	"fmt"
	"testing"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/validate"
)

const survey = `{"resourceType":"Questionnaire","url":"http://example.org/q","status":"active","item":[
	{"linkId":"g","type":"group","required":true,"item":[
		{"linkId":"sex","type":"choice","required":true,"answerOption":[{"valueCoding":{"system":"http://x","code":"f"}},{"valueCoding":{"system":"http://x","code":"m"}}]},
		{"linkId":"pregnant","type":"boolean","required":true,"enableWhen":[{"question":"sex","operator":"=","answerCoding":{"system":"http://x","code":"f"}}]},
		{"linkId":"weight","type":"quantity","extension":[{"url":"http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-maxQuantity","valueQuantity":{"value":300,"system":"http://unitsofmeasure.org","code":"kg"}}]},
		{"linkId":"note","type":"string","maxLength":5,"repeats":true}]}]}`

func TestResponsesFitTheirQuestionnaire(t *testing.T) {
	t.Parallel()
	v := newValidator(t, validate.Options{Definitions: []fhir.Resource{parse(t, survey)}})
	response := func(status, items string) fhir.OperationOutcome {
		return outcomeOf(t, v, fmt.Sprintf(`{"resourceType":"QuestionnaireResponse","status":%q,"questionnaire":"http://example.org/q|1","item":[{"linkId":"g","item":[%s]}]}`, status, items))
	}
	const male = `{"linkId":"sex","answer":[{"valueCoding":{"system":"http://x","code":"m"}}]}`
	const female = `{"linkId":"sex","answer":[{"valueCoding":{"system":"http://x","code":"f"}}]}`
	valid(t, response("completed", male))
	valid(t, response("completed", female+`,{"linkId":"pregnant","answer":[{"valueBoolean":false}]},{"linkId":"note","answer":[{"valueString":"a"},{"valueString":"b"}]}`))
	valid(t, response("in-progress", `{"linkId":"note","answer":[{"valueString":"a"}]}`))
	valid(t, response("completed", male+`,{"linkId":"weight","answer":[{"valueQuantity":{"value":70000,"system":"http://unitsofmeasure.org","code":"g"}}]}`))

	const at = "QuestionnaireResponse.item[0]"
	invalidAt(t, response("completed", `{"linkId":"note","answer":[{"valueString":"a"}]}`), at, `"sex"`)
	invalidAt(t, response("completed", female), at, `"pregnant"`)
	invalidAt(t, response("completed", male+`,{"linkId":"pregnant","answer":[{"valueBoolean":true}]}`), at+".item[1]", "not enabled")
	invalidAt(t, response("completed", `{"linkId":"sex","answer":[{"valueCoding":{"system":"http://x","code":"z"}}]}`), at+".item[0].answer[0]", "not one of those permitted")
	invalidAt(t, response("completed", `{"linkId":"sex","answer":[{"valueString":"m"}]}`), at+".item[0].answer[0].value.ofType(string)", "of type Coding")
	invalidAt(t, response("completed", male+`,{"linkId":"note","answer":[{"valueString":"abcdef"}]}`), at+".item[1].answer[0].value.ofType(string)", "5 characters")
	invalidAt(t, response("completed", male+`,{"linkId":"weight","answer":[{"valueQuantity":{"value":400,"system":"http://unitsofmeasure.org","code":"kg"}}]}`), at+".item[1].answer[0].value.ofType(Quantity)", "above")
	invalidAt(t, response("completed", male+`,{"linkId":"weight","answer":[{"valueQuantity":{"value":4,"system":"http://unitsofmeasure.org","code":"m"}}]}`), at+".item[1].answer[0].value.ofType(Quantity)", "cannot be compared")
	invalidAt(t, response("completed", male+`,{"linkId":"nosuch"}`), at, "not one of the questionnaire's")
	invalidAt(t, response("completed", male+`,{"linkId":"sex","answer":[{"valueCoding":{"system":"http://x","code":"m"}}]}`), at+".item[1]", "does not repeat")
}

func TestAContainedQuestionnaireCounts(t *testing.T) {
	t.Parallel()
	v := newValidator(t, validate.Options{})
	const response = `{"resourceType":"QuestionnaireResponse","status":"completed","questionnaire":"#q","contained":[{"resourceType":"Questionnaire","id":"q","status":"active","item":[{"linkId":"1","type":"integer"}]}],
		"item":[{"linkId":"1","answer":[{%s}]}]}`
	valid(t, outcomeOf(t, v, fmt.Sprintf(response, `"valueInteger":1`)))
	invalidAt(t, outcomeOf(t, v, fmt.Sprintf(response, `"valueString":"1"`)), "QuestionnaireResponse.item[0].answer[0].value.ofType(string)", "of type integer")
}

func TestAQuestionIsEnabledByQuestionsThatAreThere(t *testing.T) {
	t.Parallel()
	outcome := outcomeOf(t, newValidator(t, validate.Options{}), `{"resourceType":"Questionnaire","status":"active","item":[{"linkId":"1","type":"string","enableWhen":[{"question":"2","operator":"exists","answerBoolean":true}]}]}`)
	invalidAt(t, outcome, "Questionnaire.item[0]", "enableWhen.question")
}
