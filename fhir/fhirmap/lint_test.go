package fhirmap_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir/fhirmap"
	"github.com/openhim/mediator-go/mapping"
)

func lint(t *testing.T, typ, document string) []string {
	t.Helper()
	d, err := mapping.Parse("m.yaml", []byte("mapping: v1\noutput: {schema: \"fhir:4.0.1/"+typ+"\"}\n"+document))
	require.NoError(t, err)
	found := []string{}
	for _, issue := range mapping.Lint(d, options(fhirmap.Config{})) {
		assert.Equal(t, mapping.CodeSchema, issue.Code)
		assert.Equal(t, mapping.SeverityWarning, issue.Severity)
		found = append(found, strings.TrimPrefix(issue.String(), "m.yaml:"))
	}
	return found
}

func TestLintOfWhatFHIRHas(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, typ, document, want string }{
		{"an element that is not there", "Patient", "map: {resourceType: Patient, birthdate: $.x}", "3:30: warning: schema: element birthdate is not in Patient (rule /birthdate); did you mean birthDate?"},
		{"nothing like it", "Patient", "map: {resourceType: Patient, colour: $.x}", "3:30: warning: schema: element colour is not in Patient (rule /colour)"},
		{"below", "Patient", "map:\n  resourceType: Patient\n  contact:\n    - {name: {famly: $.x}}", "6:15: warning: schema: element famly is not in Patient.contact.name (rule /contact/0/name/famly); did you mean family?"},
		{"below an each", "Patient", "map: {resourceType: Patient, name: {$each: names, last: $.x}}", "3:51: warning: schema: element last is not in Patient.name (rule /name/*/last)"},
		{"a choice without its type", "Observation", "map: {resourceType: Observation, status: final, code: {text: x}, value: $.x}", "3:66: warning: schema: element value is not in Observation (rule /value); write one of valueQuantity, valueCodeableConcept, valueString, valueBoolean, valueInteger, valueRange, …"},
		{"a choice made twice", "Patient", "map: {resourceType: Patient, deceasedBoolean: true, deceasedDateTime: $.x}", "3:53: warning: schema: deceased[x] may be only one of deceasedBoolean, deceasedDateTime in Patient (rule /deceasedDateTime); put $when at all but one of them"},
		{"a choice that excludes itself", "Patient", "map: {resourceType: Patient, deceasedBoolean: {$when: not x, $from: y}, deceasedDateTime: $.x}", ""},
		{"a required element", "Observation", "map: {resourceType: Observation, status: final}", "3:6: warning: schema: element code is required in Observation, and it is never written"},
		{"a required element below", "Patient", "map: {resourceType: Patient, link: [{other: {reference: $.x}}]}", "3:37: warning: schema: element type is required in Patient.link, and it is never written (rule /link/0)"},
		{"a required choice", "Immunization", "map: {resourceType: Immunization, status: completed, vaccineCode: {text: x}, patient: {reference: $.x}}", "3:6: warning: schema: element occurrence[x] is required in Immunization, and it is never written; write one of occurrenceDateTime, occurrenceString"},
		{"an element with extensions only", "Observation", "map: {resourceType: Observation, _status: {extension: [{url: \"http://x\", valueCode: y}]}, code: {text: x}}", ""},
		{"extensions of what is no primitive", "Patient", "map: {resourceType: Patient, _name: {}}", "3:30: warning: schema: element name of Patient is no primitive: it has no _name (rule /_name)"},
		{"a list", "Patient", "map: {resourceType: Patient, name: {family: $.x}}", "3:36: warning: schema: element Patient.name is a list (rule /name); write a list of one: - …, or $each"},
		{"a list of texts", "Patient", "map: {resourceType: Patient, name: [{given: Amina}]}", "3:45: warning: schema: element Patient.name.given is a list (rule /name/0/given); write a list of one: - …, or $each"},
		{"no list", "Patient", "map: {resourceType: Patient, gender: [male]}", "3:38: warning: schema: element Patient.gender may occur once: it is not a list (rule /gender)"},
		{"an operator that gives no list", "Patient", "map: {resourceType: Patient, identifier: {$from: x, $identifier: \"http://x\"}}", "3:42: warning: schema: element Patient.identifier is a list (rule /identifier); write a list of one: - …, or $each"},
		{"an operator that gives text", "Patient", "map: {resourceType: Patient, maritalStatus: {$from: x, $trim: true}}", "3:45: warning: schema: element Patient.maritalStatus is a CodeableConcept, and this gives text (rule /maritalStatus); $codeableConcept makes one of a code"},
		{"an operator that gives an object", "Patient", "map: {resourceType: Patient, gender: {$from: x, $reference: Patient}}", "3:38: warning: schema: element Patient.gender is a code, and this gives an object (rule /gender); $as: string"},
		{"a constant for an object", "Patient", "map: {resourceType: Patient, maritalStatus: M}", "3:45: warning: schema: element Patient.maritalStatus is a CodeableConcept, which has members (rule /maritalStatus)"},
		{"an object for a primitive", "Patient", "map: {resourceType: Patient, gender: {code: $.x}}", "3:38: warning: schema: element Patient.gender is a code: it has no members (rule /gender); extensions of a primitive stand under _gender"},
		{"a text for a boolean", "Patient", "map: {resourceType: Patient, active: \"true\"}", "3:38: warning: schema: element Patient.active is a boolean, and this is text (rule /active)"},
		{"a number for a text", "Patient", "map: {resourceType: Patient, address: [{postalCode: 256}]}", "3:53: warning: schema: element Patient.address.postalCode is a string, and this is a number (rule /address/0/postalCode); put it in quotes"},
		{"a constant that is no date", "Patient", "map: {resourceType: Patient, birthDate: 24/03/1988}", "3:41: warning: schema: element Patient.birthDate is a date, and \"24/03/1988\" is none (rule /birthDate)"},
		{"a code that is not in its value set", "Patient", "map: {resourceType: Patient, gender: F}", "3:38: warning: schema: element Patient.gender cannot be \"F\": the code is not in http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1 (rule /gender); there are: male, female, other, unknown"},
		{"a table that gives such a code", "Patient", "tables: {t: {map: {F: female, M: man}}}\nmap: {resourceType: Patient, gender: {$from: x, $translate: t}}", "4:38: warning: schema: element Patient.gender cannot be \"man\": the code is not in http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1 (rule /gender); there are: male, female, other, unknown"},
		{"a branch with such a code", "Patient", "map: {resourceType: Patient, gender: {$if: x, $then: female, $else: none}}", "3:69: warning: schema: element Patient.gender cannot be \"none\": the code is not in http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1 (rule /gender#else); there are: male, female, other, unknown"},
		{"white space in a URI", "Patient", "map: {resourceType: Patient, identifier: [{system: \"http://x y\", value: $.x}]}", "3:52: warning: schema: element Patient.identifier.system is a uri, and \"http://x y\" has white space (rule /identifier/0/system)"},
		{"another resource", "Patient", "map: {resourceType: Person}", "3:7: warning: schema: resourceType is Patient here, not Person (rule /resourceType)"},
		{"no resourceType", "Patient", "map: {active: true}", "3:6: warning: schema: Patient has no resourceType; resourceType: Patient"},
		{"a resourceType where there is none", "HumanName", "map: {resourceType: HumanName}", "3:7: warning: schema: HumanName is no resource and has no resourceType (rule /resourceType)"},
		{"an unknown type", "Patent", "map: {resourceType: Patent}", "3:6: warning: schema: there is no resource or data type Patent in FHIR 4.0.1"},
		{"a list of resources", "Patient", "map: {$each: rows, resourceType: Patient, colour: $.x}", "3:43: warning: schema: element colour is not in Patient (rule /*/colour)"},
		{"an entry of a Bundle", "Bundle", "map: {resourceType: Bundle, type: collection, entry: {$each: rows, resource: {resourceType: Patient, colour: $.x}}}", "3:102: warning: schema: element colour is not in Patient (rule /entry/*/resource/colour)"},
		{"an entry that does not say its type", "Bundle", "map: {resourceType: Bundle, type: collection, entry: [{resource: {id: $.x}}]}", "3:66: warning: schema: the resource at Bundle.entry.resource has no resourceType (rule /entry/0/resource)"},
		{"an entry of a type there is not", "Bundle", "map: {resourceType: Bundle, type: collection, entry: [{resource: {resourceType: Patent}}]}", "3:81: warning: schema: there is no resource type Patent in FHIR 4.0.1 (rule /entry/0/resource/resourceType)"},
		{"an entry that is none", "Bundle", "map: {resourceType: Bundle, type: collection, entry: [{resource: x}]}", "3:66: warning: schema: element Bundle.entry.resource is a resource (rule /entry/0/resource)"},
		{"a contained one", "Patient", "map: {resourceType: Patient, contained: [{resourceType: Organization, nam: $.x}]}", "3:71: warning: schema: element nam is not in Organization (rule /contained/0/nam); did you mean name?"},
		{"backbones that refer to others", "Questionnaire", "map: {resourceType: Questionnaire, status: draft, item: [{linkId: \"1\", type: group, item: [{linkId: \"2\"}]}]}", "3:92: warning: schema: element type is required in Questionnaire.item.item, and it is never written (rule /item/0/item/0)"},
		{"fragments", "Patient", "defs: {name: {famly: $.x}}\nmap: {resourceType: Patient, name: [{$call: {def: name, with: y}}]}", "3:15: warning: schema: element famly is not in Patient.name (rule /name/0/famly); did you mean family?"},
		{"what is in order", "Observation", "map: {resourceType: Observation, status: final, code: {$from: c, $codeableConcept: \"http://loinc.org\"}, subject: {$from: p, $reference: Patient}, valueQuantity: {value: {$from: v, $as: number}, unit: kg}, category: [{$from: k, $codeableConcept: \"http://x\"}], effectiveDateTime: {$first: [$.d, $.e]}, component: {$concat: [{$each: a, code: {text: $.x}}]}, note: $.x}", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, strings.Join(lint(t, test.typ, test.document), "\n"))
		})
	}
}

func TestLintLeavesOtherSchemasToOthers(t *testing.T) {
	t.Parallel()
	seen := ""
	opts, err := fhirmap.Options(mapping.CompileOptions{Output: func(schema string, _ *mapping.Output) ([]mapping.Issue, bool) {
		seen = schema
		return nil, schema == "mine"
	}}, fhirmap.Config{})
	require.NoError(t, err)
	_, known := opts.Output("mine", nil)
	assert.True(t, known)
	assert.Equal(t, "mine", seen)
	_, known = opts.Output("theirs", nil)
	assert.False(t, known)
	_, known = opts.Output("fhir:4.0.1/Patient", nil)
	assert.True(t, known)
}
