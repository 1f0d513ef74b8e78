package fhirmap_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/fhirmap"
	"github.com/openhim/mediator-go/fhir/fhirpath"
	"github.com/openhim/mediator-go/mapping"
)

func TestOperators(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, rule, x, want string }{
		{"a reference by id", `$reference: Patient`, `"p-7"`, `{"a":{"reference":"Patient/p-7"}}`},
		{"a reference by a number", `$reference: Patient`, `7`, `{"a":{"reference":"Patient/7"}}`},
		{"a reference that is one already", `$reference: Patient`, `"Patient/7"`, `{"a":{"reference":"Patient/7"}}`},
		{"a reference to another server", `$reference: {type: Patient, base: "https://s/fhir/", display: A}`, `"7"`, `{"a":{"reference":"https://s/fhir/Patient/7","display":"A"}}`},
		{"a conditional reference", `$reference: {type: Patient, by: search, system: "http://x/nin"}`, `"a,b|c $d"`, `{"a":{"reference":"Patient?identifier=http%3A%2F%2Fx%2Fnin%7Ca%5C%2Cb%5C%7Cc+%5C%24d"}}`},
		{"a logical reference", `$reference: {type: Patient, by: identifier, system: "urn:oid:1.2.3"}`, `" 7 "`, `{"a":{"type":"Patient","identifier":{"system":"urn:oid:1.2.3","value":"7"}}}`},
		{"a reference in a Bundle", `$reference: {type: Patient, by: urn, namespace: n}`, `"7"`, `{"a":{"reference":"` + fhir.UUIDURN("n", "7") + `"}}`},
		{"what is no id", `$reference: Patient`, `"a b"`, `m.yaml:2:10: error: format: $reference: the text is not an id: letters, digits, - and ., at most 64 of them (rule /a) at input /x; by: search or by: identifier refer to a resource by its identifier`},
		{"another type's reference", `$reference: Patient`, `"Group/7"`, `m.yaml:2:10: error: format: $reference: the text is not an id: letters, digits, - and ., at most 64 of them (rule /a) at input /x; by: search or by: identifier refer to a resource by its identifier`},
		{"a reference of nothing", `$reference: Patient`, `" "`, `{}`},
		{"a reference of an object", `$reference: Patient`, `{}`, `m.yaml:2:10: error: type: $reference needs text or a number and found an object (rule /a) at input /x`},

		{"an identifier", `$identifier: "http://x/nin"`, `"7<"`, `{"a":{"system":"http://x/nin","value":"7<"}}`},
		{"an identifier with all", `$identifier: {system: "http://x/nin", use: official, type: {code: MR, display: Record}, assigner: Ministry}`, `7`, `{"a":{"use":"official","type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MR","display":"Record"}]},"system":"http://x/nin","value":"7","assigner":{"display":"Ministry"}}}`},
		{"an identifier of nothing", `$identifier: "http://x/nin"`, `""`, `{}`},
		{"an identifier with a control character", `$identifier: "http://x/nin"`, `"a\u0001b"`, `m.yaml:2:10: error: format: $identifier: the text has a control character (rule /a) at input /x; cut it with $replace`},

		{"a concept", `$codeableConcept: http://loinc.org`, `"8867-4"`, `{"a":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]}}`},
		{"a concept with all", `$codeableConcept: {system: "http://loinc.org", version: "2.7", display: Rate, text: Heart rate}`, `"8867-4"`, `{"a":{"coding":[{"system":"http://loinc.org","version":"2.7","code":"8867-4","display":"Rate"}],"text":"Heart rate"}}`},
		{"a concept of a Coding", `$codeableConcept: true`, `{"system":"s","code":"c","userSelected":true}`, `{"a":{"coding":[{"system":"s","code":"c","userSelected":true}]}}`},
		{"a concept of Codings", `$codeableConcept: true`, `[{"code":"c"},{"code":"d"}]`, `{"a":{"coding":[{"code":"c"},{"code":"d"}]}}`},
		{"a concept of no Codings", `$codeableConcept: true`, `[]`, `{}`},
		{"a concept of what is none", `$codeableConcept: true`, `[7]`, `m.yaml:2:10: error: type: $codeableConcept: not a Coding, nor an array of them (rule /a) at input /x`},
		{"a concept of a Coding without code", `$codeableConcept: true`, `{"system":"s"}`, `m.yaml:2:10: error: required: $codeableConcept: a Coding without a code (rule /a) at input /x`},
		{"a concept of a code alone", `$codeableConcept: true`, `"c"`, `m.yaml:2:10: error: type: $codeableConcept: a code without a system (rule /a) at input /x; $codeableConcept: the URI of its system`},
		{"a concept of a boolean", `$codeableConcept: http://loinc.org`, `true`, `m.yaml:2:10: error: type: $codeableConcept: a boolean is no code (rule /a) at input /x`},
		{"a concept of what is no code", `$codeableConcept: http://loinc.org`, `"a  b"`, `m.yaml:2:10: error: format: $codeableConcept: the text is not a code: it has white space of more than one character (rule /a) at input /x; make it single spaces with $replace`},
		{"a code that is checked", `$codeableConcept: {system: "http://hl7.org/fhir/administrative-gender", check: true}`, `"male"`, `{"a":{"coding":[{"system":"http://hl7.org/fhir/administrative-gender","code":"male"}]}}`},
		{"a code that is not in its system", `$codeableConcept: {system: "http://hl7.org/fhir/administrative-gender", check: true}`, `"M"`, `m.yaml:2:10: error: unmapped: $codeableConcept: the code system http://hl7.org/fhir/administrative-gender does not have the code (rule /a) at input /x`},
		{"a code of a system that is not here", `$codeableConcept: {system: "http://loinc.org", check: true}`, `"M"`, `m.yaml:2:10: error: operator: $codeableConcept: terminology: no CodeSystem http://loinc.org was supplied (rule /a) at input /x`},

		{"a translation", `$translate: http://example.org/fhir/ConceptMap/sex`, `"F"`, `{"a":"female"}`},
		{"a translation to a Coding", `$translate: {map: "http://example.org/fhir/ConceptMap/sex", as: coding}`, `"F"`, `{"a":{"system":"http://hl7.org/fhir/administrative-gender","code":"female"}}`},
		{"a translation to a concept", `$translate: {map: "http://example.org/fhir/ConceptMap/sex", as: codeableConcept}`, `"F"`, `{"a":{"coding":[{"system":"http://hl7.org/fhir/administrative-gender","code":"female"}]}}`},
		{"a translation of a Coding", `$translate: {map: "http://example.org/fhir/ConceptMap/sex", from: "http://moh.example.org/sex"}`, `{"system":"http://moh.example.org/sex","code":"F"}`, `{"a":"female"}`},
		{"a translation of another system's Coding", `$translate: {map: "http://example.org/fhir/ConceptMap/sex", from: "http://moh.example.org/sex"}`, `{"system":"http://other","code":"F"}`, `m.yaml:2:10: error: type: $translate: the Coding is not of the system http://moh.example.org/sex (rule /a) at input /x`},
		{"a translation of no Coding", `$translate: http://example.org/fhir/ConceptMap/sex`, `{"system":"s"}`, `m.yaml:2:10: error: type: $translate: the object is not a Coding with a code (rule /a) at input /x`},
		{"a translation back", `$translate: {map: "http://example.org/fhir/ConceptMap/sex", reverse: true}`, `"female"`, `{"a":"F"}`},
		{"an unmapped code", `$translate: http://example.org/fhir/ConceptMap/sex`, `"?"`, `m.yaml:2:10: error: unmapped: $translate: no translation by http://example.org/fhir/ConceptMap/sex: the code is not in the ConceptMap (rule /a) at input /x; add it to the ConceptMap, or set unmapped: omit or keep, or a default`},
		{"an unmatched code", `$translate: http://example.org/fhir/ConceptMap/sex`, `"X"`, `m.yaml:2:10: error: unmapped: $translate: no translation by http://example.org/fhir/ConceptMap/sex: there is no such code in the target system (rule /a) at input /x; add it to the ConceptMap, or set unmapped: omit or keep, or a default`},
		{"an unmapped code that is left out", `$translate: {map: "http://example.org/fhir/ConceptMap/sex", unmapped: omit}`, `"?"`, `{}`},
		{"an unmapped code that is kept", `$translate: {map: "http://example.org/fhir/ConceptMap/sex", unmapped: keep, as: coding, from: "http://moh.example.org/sex"}`, `"?"`, `{"a":{"system":"http://moh.example.org/sex","code":"?"}}`},
		{"a default", `$translate: {map: "http://example.org/fhir/ConceptMap/sex", default: unknown}`, `"?"`, `{"a":"unknown"}`},
		{"a default with a system", `$translate: {map: "http://example.org/fhir/ConceptMap/sex", default: unknown, as: coding, to: "http://hl7.org/fhir/administrative-gender"}`, `"?"`, `{"a":{"system":"http://hl7.org/fhir/administrative-gender","code":"unknown"}}`},
		{"a default that is an object", `$translate: {map: "http://example.org/fhir/ConceptMap/sex", default: {code: u}, as: coding}`, `"?"`, `{"a":{"code":"u"}}`},
		{"a translation of nothing", `$translate: http://example.org/fhir/ConceptMap/sex`, `""`, `{}`},
		{"more precise than there is", `$translate: {map: "http://example.org/fhir/ConceptMap/sex", atLeast: equal, unmapped: omit}`, `"F"`, `{}`},

		{"a path", `$fhirpath: Patient.name.given.first()`, `{"resourceType":"Patient","name":[{"given":["A","B"]}]}`, `{"a":"A"}`},
		{"a path to several", `$fhirpath: Patient.name.given`, `{"resourceType":"Patient","name":[{"given":["A","B"]}]}`, `m.yaml:2:10: error: type: $fhirpath: the expression finds more than one value (rule /a) at input /x; end it with .first(), or write {path: …, all: true} for an array`},
		{"a path to all", `$fhirpath: {path: Patient.name.given, all: true}`, `{"resourceType":"Patient","name":[{"given":["A","B"],"_given":[null,{"id":"x"}]}]}`, `{"a":["A","B"]}`},
		{"a path to nothing", `$fhirpath: Patient.photo`, `{"resourceType":"Patient"}`, `{}`},
		{"a path in a data type", `$fhirpath: {path: "given.join(' ')", type: HumanName}`, `{"given":["A","B"]}`, `{"a":"A B"}`},
		{"a path to an element", `$fhirpath: "Observation.value as Quantity"`, `{"resourceType":"Observation","valueQuantity":{"value":1.50}}`, `{"a":{"value":1.50}}`},
		{"a path to a boolean", `$fhirpath: "Patient.gender.memberOf('http://hl7.org/fhir/ValueSet/administrative-gender')"`, `{"resourceType":"Patient","gender":"male"}`, `{"a":true}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, one(t, test.rule, test.x))
		})
	}
}

func TestOperatorsCheckTheirArguments(t *testing.T) {
	t.Parallel()
	for rule, want := range map[string]string{
		`$reference: Patent`:                                                             `there is no resource type "Patent"`,
		`$reference: Resource`:                                                           "there is no resource type",
		`$reference: {typ: Patient}`:                                                     "there is no key typ; the keys are type,",
		`$reference: {type: Patient, by: name}`:                                          `by: "name" is not known`,
		`$reference: {type: Patient, by: search}`:                                        "the system is missing",
		`$reference: {type: Patient, system: "http://x"}`:                                "by: id has no system",
		`$reference: {type: Patient, namespace: n}`:                                      "by: urn",
		`$reference: {type: Patient, base: "ftp://x"}`:                                   "URL of a server",
		`$reference: 7`:                                                                  "the argument is a text, or an object",
		`$reference: {type: 7}`:                                                          "type cannot be a number",
		`$identifier: nin`:                                                               "not an absolute URI",
		`$identifier: "urn:oid:1.02"`:                                                    "not an OID",
		`$identifier: "urn:uuid:X"`:                                                      "not a UUID",
		`$identifier: "http://hl7.org/fhir/v2/0203"`:                                     "write http://terminology.hl7.org/CodeSystem/v2-0203",
		`$identifier: "http://hl7.org/fhir/v3/ActCode"`:                                  "write http://terminology.hl7.org/CodeSystem/v3-ActCode",
		`$identifier: {system: "http://x", use: formal}`:                                 `use: "formal" is not known`,
		`$identifier: {system: "http://x", type: {display: x}}`:                          "no code",
		`$codeableConcept: https://www.loinc.org/`:                                       "is written http://loinc.org",
		`$codeableConcept: "http://snomed.info/sct/"`:                                    "is written http://snomed.info/sct",
		`$codeableConcept: {}`:                                                           "the system is missing",
		`$translate: http://x/none`:                                                      "there is no ConceptMap http://x/none",
		`$translate: {map: ""}`:                                                          "the map is missing",
		`$translate: {map: "http://example.org/fhir/ConceptMap/sex", as: x}`:             `as: "x" is not known`,
		`$translate: {map: "http://example.org/fhir/ConceptMap/sex", unmapped: x}`:       `unmapped: "x" is not known`,
		`$translate: {map: "http://example.org/fhir/ConceptMap/sex", atLeast: disjoint}`: "atLeast",
		`$translate: {map: "http://example.org/fhir/ConceptMap/sex", unmapped: omit, default: x}`: "leave one of them away",
		`$translate: {map: "http://example.org/fhir/ConceptMap/sex", to: x}`:                      "not an absolute URI",
		`$fhirpath: "Patient."`:               "$fhirpath",
		`$fhirpath: ""`:                       "the expression is missing",
		`$fhirpath: {path: x, type: Nothing}`: "no type Nothing",
		`$fhirpath: "today()"`:                "no clock",
	} {
		_, err := compile("map: {a: {$from: x, "+rule+"}}", options(fhirmap.Config{}))
		require.ErrorContains(t, err, want, rule)
		require.ErrorContains(t, err, "m.yaml:2:", "the line")
	}
}

func TestSystemsCanBeLimited(t *testing.T) {
	t.Parallel()
	opts := options(fhirmap.Config{Systems: []string{"http://x/nin"}})
	_, err := compile("map: {a: {$from: x, $identifier: http://x/nin}}", opts)
	require.NoError(t, err)
	_, err = compile("map: {a: {$from: x, $identifier: http://x/other}}", opts)
	require.ErrorContains(t, err, "http://x/other is not among Config.Systems")
}

func TestTablesOfTheDocumentStay(t *testing.T) {
	t.Parallel()
	m, err := compile("tables: {sex: {map: {F: woman}}}\nmap: {a: {$from: x, $translate: sex}, b: {$from: x, $translate: http://example.org/fhir/ConceptMap/sex}}", options(fhirmap.Config{}))
	require.NoError(t, err)
	out, _, err := m.Run(t.Context(), []byte(`{"x":"F"}`), mapping.Options{})
	require.NoError(t, err)
	assert.JSONEq(t, `{"a":"woman","b":"female"}`, string(out))
	_, err = compile("map: {a: {$from: x, $translate: sex}}", options(fhirmap.Config{}))
	require.ErrorContains(t, err, "there is no table sex")
}

func TestExpressionsOfTheHostsEngineMayAskForTheTime(t *testing.T) {
	t.Parallel()
	engine, err := fhirpath.New(fhirpath.Config{Now: func() time.Time { return time.Date(2026, 3, 10, 8, 0, 0, 0, time.UTC) }})
	require.NoError(t, err)
	m, err := compile("map: {a: {$from: x, $fhirpath: 'today()'}}", options(fhirmap.Config{FHIRPath: engine}))
	require.NoError(t, err)
	out, _, err := m.Run(t.Context(), []byte(`{"x":{"resourceType":"Patient"}}`), mapping.Options{})
	require.NoError(t, err)
	assert.JSONEq(t, `{"a":"2026-03-10"}`, string(out))
}

func TestOptionsRefuseOperatorsOfTheirNames(t *testing.T) {
	t.Parallel()
	_, err := fhirmap.Options(mapping.CompileOptions{Operators: map[string]mapping.Operator{"$reference": {}}}, fhirmap.Config{})
	require.ErrorContains(t, err, "$reference")
	own, err := fhirmap.Options(mapping.CompileOptions{Operators: map[string]mapping.Operator{"$own": {}}}, fhirmap.Config{})
	require.NoError(t, err)
	assert.Contains(t, own.Operators, "$own")
	assert.Contains(t, own.Operators, "$fhirpath")
}

func TestErrorsHaveNoValuesOfTheInput(t *testing.T) {
	t.Parallel()
	for _, rule := range []string{
		`$reference: Patient`, `$codeableConcept: {system: "http://hl7.org/fhir/administrative-gender", check: true}`,
		`$translate: http://example.org/fhir/ConceptMap/sex`,
	} {
		assert.NotContains(t, strings.ToLower(one(t, rule, `"secret name"`)), "secret")
	}
	assert.NotContains(t, one(t, `$fhirpath: "Patient.name.family.toInteger() + 'x' + Patient.name.family.single() + 7"`, `{"resourceType":"Patient","name":[{"family":"secret"}]}`), "secret")
}
