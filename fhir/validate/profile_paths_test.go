package validate_test

import (
	"fmt"
	"testing"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/validate"
)

func TestInvariantsMayAskForCodesAndProfiles(t *testing.T) {
	t.Parallel()
	v := withProfile(t, "Observation", `{"id":"Observation","path":"Observation","constraint":[
		{"key":"o-1","severity":"error","human":"a gender","expression":"value.ofType(CodeableConcept).coding.first().memberOf('http://hl7.org/fhir/ValueSet/administrative-gender')"},
		{"key":"o-2","severity":"error","human":"below the code","expression":"value.ofType(CodeableConcept).coding.count() > 1 implies value.ofType(CodeableConcept).coding.last().subsumedBy(%resource.code.coding.first())"},
		{"key":"o-3","severity":"error","human":"no vital sign","expression":"conformsTo('http://hl7.org/fhir/StructureDefinition/vitalsigns').not()"},
		{"key":"o-4","severity":"error","human":"an observation","expression":"conformsTo('http://hl7.org/fhir/StructureDefinition/Observation') and conformsTo('http://hl7.org/fhir/StructureDefinition/Patient').not()"}]}`)
	const observation = `{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueCodeableConcept":{"coding":[{"system":"http://hl7.org/fhir/administrative-gender","code":%q}]}}`
	valid(t, outcomeOf(t, v, fmt.Sprintf(observation, "female")))
	invalidAt(t, outcomeOf(t, v, fmt.Sprintf(observation, "f")), "Observation", "o-1")
	const clinical = `{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},
		"valueCodeableConcept":{"coding":[{"system":"http://hl7.org/fhir/administrative-gender","code":"male"},{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":%q}]}}`
	valid(t, outcomeOf(t, v, fmt.Sprintf(clinical, "recurrence")))
	invalidAt(t, outcomeOf(t, v, fmt.Sprintf(clinical, "resolved")), "Observation", "o-2")
	invalidAt(t, outcomeOf(t, v, `{"resourceType":"Observation","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],
		"code":{"text":"x"},"subject":{"reference":"Patient/1"},"effectiveDateTime":"2020-01-01","dataAbsentReason":{"text":"x"}}`), "Observation", "o-3")
}

func TestSlicesAreToldByWhatReferencesLeadTo(t *testing.T) {
	t.Parallel()
	v := withProfile(t, "Patient", `
		{"id":"Patient.generalPractitioner","path":"Patient.generalPractitioner","slicing":{"discriminator":[{"type":"type","path":"resolve()"}],"rules":"open"}},
		{"id":"Patient.generalPractitioner:person","path":"Patient.generalPractitioner","sliceName":"person","max":"1","type":[{"code":"Reference","targetProfile":["http://hl7.org/fhir/StructureDefinition/Practitioner"]}]},
		{"id":"Patient.generalPractitioner:org","path":"Patient.generalPractitioner","sliceName":"org","min":1,"type":[{"code":"Reference","targetProfile":["http://hl7.org/fhir/StructureDefinition/Organization"]}]}`)
	const patient = `{"resourceType":"Patient","contained":[{"resourceType":"Practitioner","id":"p"},{"resourceType":"Organization","id":"o","name":"x"}],"generalPractitioner":[%s],"managingOrganization":{"reference":"#o"}}`
	valid(t, outcomeOf(t, v, fmt.Sprintf(patient, `{"reference":"#p"},{"reference":"#o"}`)))
	valid(t, outcomeOf(t, v, fmt.Sprintf(patient, `{"reference":"#p"},{"reference":"Organization/1"}`)))
	outcome := outcomeOf(t, v, fmt.Sprintf(patient, `{"reference":"#p"},{"reference":"Practitioner/1"}`))
	invalidAt(t, outcome, "Patient", `slice "person"`)
	invalidAt(t, outcome, "Patient", `slice "org"`)
}

func TestSlicesAreToldByExtensionsAndByElementsBelow(t *testing.T) {
	t.Parallel()
	v := withProfile(t, "Patient", `
		{"id":"Patient.identifier","path":"Patient.identifier","slicing":{"discriminator":[{"type":"value","path":"extension('http://x/kind').value"},{"type":"value","path":"type.coding.code"}],"rules":"open"}},
		{"id":"Patient.identifier:a","path":"Patient.identifier","sliceName":"a","min":1},
		{"id":"Patient.identifier:a.type","path":"Patient.identifier.type","min":1},
		{"id":"Patient.identifier:a.type.coding","path":"Patient.identifier.type.coding","min":1},
		{"id":"Patient.identifier:a.type.coding.code","path":"Patient.identifier.type.coding.code","min":1,"fixedCode":"A"},
		{"id":"Patient.identifier:a.extension:kind","path":"Patient.identifier.extension","sliceName":"kind","min":1},
		{"id":"Patient.identifier:a.extension:kind.url","path":"Patient.identifier.extension.url","fixedUri":"http://x/kind"},
		{"id":"Patient.identifier:a.extension:kind.value[x]","path":"Patient.identifier.extension.value[x]","min":1,"fixedString":"k"}`)
	const patient = `{"resourceType":"Patient","identifier":[{"extension":[{"url":"http://x/kind","valueString":%q}],"type":{"coding":[{"code":%q}]}}]}`
	valid(t, outcomeOf(t, v, fmt.Sprintf(patient, "k", "A")))
	invalidAt(t, outcomeOf(t, v, fmt.Sprintf(patient, "other", "A")), "Patient", `slice "a"`)
	invalidAt(t, outcomeOf(t, v, fmt.Sprintf(patient, "k", "B")), "Patient", `slice "a"`)
}

func TestFiltersOfValueSetsAreApplied(t *testing.T) {
	t.Parallel()
	system := `{"resourceType":"CodeSystem","url":"http://cs","status":"active","content":"complete","concept":[{"code":"m","concept":[{"code":"m1"}]},{"code":"s"}]}`
	for filter, codes := range map[string]map[string]bool{
		`{"property":"concept","op":"is-a","value":"m"}`:          {"m": true, "m1": true, "s": false},
		`{"property":"concept","op":"descendent-of","value":"m"}`: {"m": false, "m1": true, "s": false},
		`{"property":"concept","op":"is-not-a","value":"m"}`:      {"m": false, "m1": false, "s": true},
		`{"property":"code","op":"=","value":"s"}`:                {"m": false, "s": true},
		`{"property":"code","op":"regex","value":"m.*"}`:          {"m": true, "m1": true, "s": false},
		`{"property":"colour","op":"=","value":"red"}`:            {"m": true, "s": true}, // cannot be told, so it passes
		`{"property":"code","op":"regex","value":"("}`:            {"m": true},
	} {
		v := withProfile(t, "Patient", `{"path":"Patient.maritalStatus","binding":{"strength":"required","valueSet":"http://vs"}}`, system,
			`{"resourceType":"ValueSet","url":"http://vs","status":"active","compose":{"include":[{"system":"http://cs","filter":[`+filter+`]}]}}`)
		for code, good := range codes {
			outcome := outcomeOf(t, v, `{"resourceType":"Patient","maritalStatus":{"coding":[{"system":"http://cs","code":"`+code+`"}]}}`)
			if good {
				valid(t, outcome)
			} else {
				invalidAt(t, outcome, "Patient.maritalStatus", "http://vs")
			}
		}
	}
}

func TestQuestionsAreEnabledByComparisons(t *testing.T) {
	t.Parallel()
	for condition, want := range map[string]bool{
		`"operator":"=","answerInteger":5`: true, `"operator":"!=","answerInteger":5`: false, `"operator":">","answerInteger":4`: true, `"operator":"<","answerInteger":4`: false,
		`"operator":">=","answerInteger":5`: true, `"operator":"<=","answerInteger":4`: false, `"operator":"exists","answerBoolean":true`: true, `"operator":"exists","answerBoolean":false`: false,
		`"operator":"=","answerString":"5"`: false,
	} {
		form := `{"resourceType":"Questionnaire","url":"http://q","status":"active","item":[{"linkId":"n","type":"integer"},{"linkId":"d","type":"date","enableWhen":[{"question":"n",` + condition + `}]}]}`
		v := newValidator(t, validate.Options{Definitions: []fhir.Resource{parse(t, form)}})
		outcome := outcomeOf(t, v, `{"resourceType":"QuestionnaireResponse","status":"completed","questionnaire":"http://q","item":[{"linkId":"n","answer":[{"valueInteger":5}]},{"linkId":"d","answer":[{"valueDate":"2020"}]}]}`)
		if want {
			valid(t, outcome)
		} else {
			invalidAt(t, outcome, "QuestionnaireResponse.item[1]", "not enabled")
		}
	}
}

func TestValuesThatAreAbsentCountByTheirExtensions(t *testing.T) {
	t.Parallel()
	v := withProfile(t, "Patient", `{"path":"Patient.birthDate","min":1},{"path":"Patient.name.given","min":2}`)
	const absent = `{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}]}`
	valid(t, outcomeOf(t, v, `{"resourceType":"Patient","_birthDate":`+absent+`,"name":[{"_given":[`+absent+`,`+absent+`]}]}`))
	invalidAt(t, outcomeOf(t, v, `{"resourceType":"Patient","_birthDate":`+absent+`,"name":[{"_given":[`+absent+`,null]}]}`), "Patient.name[0]", "at least 2")
	invalidAt(t, outcomeOf(t, newValidator(t, validate.Options{}), `{"resourceType":"Patient","_birthDate":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/patient-birthPlace","valueAddress":{"city":"x"}}]},"birthDate":"1980"}`),
		"Patient.birthDate", "may stand on Patient only")
}

func TestADiscriminatorMayNameWhatHoldsTheValue(t *testing.T) {
	t.Parallel()
	v := withProfile(t, "Patient", `
		{"id":"Patient.identifier","path":"Patient.identifier","slicing":{"discriminator":[{"type":"value","path":"type"}],"rules":"open"}},
		{"id":"Patient.identifier:a","path":"Patient.identifier","sliceName":"a","min":1},
		{"id":"Patient.identifier:a.type","path":"Patient.identifier.type","min":1},
		{"id":"Patient.identifier:a.type.coding","path":"Patient.identifier.type.coding","slicing":{"discriminator":[{"type":"value","path":"code"}],"rules":"open"}},
		{"id":"Patient.identifier:a.type.coding:x","path":"Patient.identifier.type.coding","sliceName":"x","min":1},
		{"id":"Patient.identifier:a.type.coding:x.code","path":"Patient.identifier.type.coding.code","min":1,"fixedCode":"A"}`)
	valid(t, outcomeOf(t, v, `{"resourceType":"Patient","identifier":[{"value":"1"},{"type":{"coding":[{"code":"Z"},{"code":"A"}]}}]}`))
	invalidAt(t, outcomeOf(t, v, `{"resourceType":"Patient","identifier":[{"type":{"coding":[{"code":"Z"}]}}]}`), "Patient", `slice "a"`)
}

func TestTimesAreComparedAsInstants(t *testing.T) {
	t.Parallel()
	v := withProfile(t, "Observation", `{"path":"Observation.issued","minValueInstant":"2020-01-01T00:00:00Z","maxValueInstant":"2021-01-01T00:00:00+02:00"}`)
	for text, good := range map[string]bool{
		"2020-01-01T00:00:00Z": true, "2020-01-01T01:00:00+02:00": false, "2019-12-31T23:00:00-02:00": true, "2020-12-31T22:00:00Z": true, "2020-12-31T22:00:00.001Z": false,
	} {
		outcome := outcomeOf(t, v, fmt.Sprintf(`{"resourceType":"Observation","status":"final","code":{"text":"x"},"issued":%q}`, text))
		if good {
			valid(t, outcome)
		} else {
			invalidAt(t, outcome, "Observation.issued", "allows")
		}
	}
}

func TestAttachmentsSayTheirSizeAndHash(t *testing.T) {
	t.Parallel()
	v := newValidator(t, validate.Options{})
	photo := func(members string) fhir.OperationOutcome {
		return outcomeOf(t, v, `{"resourceType":"Patient","photo":[{"contentType":"image/png","data":"aGVs\nbG8=",`+members+`}]}`)
	}
	valid(t, photo(`"size":5,"hash":"qvTGHdzF6KLavt4PO0gs2a6pQ00="`))
	invalidAt(t, photo(`"size":6`), "Patient.photo[0]", "size")
	invalidAt(t, photo(`"hash":"AvTGHdzF6KLavt4PO0gs2a6pQ00="`), "Patient.photo[0]", "hash")
}
