package validate_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/validate"
)

const profileURL = "http://example.org/fhir/StructureDefinition/p"

// profileOn makes a profile with a differential from its elements in JSON.
func profileOn(typ, base, differential string) string {
	return fmt.Sprintf(`{"resourceType":"StructureDefinition","url":%q,"name":"P","status":"active","kind":"resource","abstract":false,"type":%q,
		"baseDefinition":%q,"derivation":"constraint","differential":{"element":[%s]}}`, profileURL, typ, base, differential)
}

func withProfile(tb testing.TB, typ, differential string, more ...string) *validate.Validator {
	tb.Helper()
	options := validate.Options{Profiles: []string{profileURL}}
	for _, text := range append([]string{profileOn(typ, "http://hl7.org/fhir/StructureDefinition/"+typ, differential)}, more...) {
		options.Definitions = append(options.Definitions, parse(tb, text))
	}
	return newValidator(tb, options)
}

func TestAProfileNarrowsCardinalitiesAndValues(t *testing.T) {
	t.Parallel()
	v := withProfile(t, "Patient", `
		{"id":"Patient.identifier","path":"Patient.identifier","min":1,"max":"2"},
		{"id":"Patient.identifier.system","path":"Patient.identifier.system","min":1,"fixedUri":"http://example.org/nid"},
		{"id":"Patient.photo","path":"Patient.photo","max":"0"},
		{"id":"Patient.maritalStatus","path":"Patient.maritalStatus","patternCodeableConcept":{"coding":[{"system":"http://x","code":"M"}]}},
		{"id":"Patient.name.text","path":"Patient.name.text","maxLength":5},
		{"id":"Patient.birthDate","path":"Patient.birthDate","minValueDate":"1900-01-01","maxValueDate":"2100-01-01"}`)
	valid(t, outcomeOf(t, v, `{"resourceType":"Patient","identifier":[{"system":"http://example.org/nid","value":"1"}],"name":[{"text":"Ünalo"}],"birthDate":"1980",
		"maritalStatus":{"text":"t","coding":[{"system":"http://y","code":"Z"},{"system":"http://x","code":"M","display":"d"}]}}`))
	invalidAt(t, outcomeOf(t, v, `{"resourceType":"Patient"}`), "Patient", "at least 1")
	outcome := outcomeOf(t, v, `{"resourceType":"Patient","identifier":[{"value":"1"},{"system":"http://other"},{"system":"http://example.org/nid"}],"photo":[{"title":"x"}],
		"maritalStatus":{"coding":[{"system":"http://x","code":"S"}]},"name":[{"text":"Ünalox"}],"birthDate":"1899-12-31"}`)
	invalidAt(t, outcome, "Patient", "2 times at most")
	invalidAt(t, outcome, "Patient.identifier[0]", `"system" is required`)
	invalidAt(t, outcome, "Patient.identifier[1].system", "fixes")
	invalidAt(t, outcome, "Patient", "must not be there")
	invalidAt(t, outcome, "Patient.maritalStatus.coding", "no item")
	invalidAt(t, outcome, "Patient.name[0].text", "5 characters")
	invalidAt(t, outcome, "Patient.birthDate", "below")
	invalidAt(t, outcomeOf(t, v, `{"resourceType":"Patient","identifier":[{"system":"http://example.org/nid"}],"birthDate":"2100-02"}`), "Patient.birthDate", "above")
}

func TestAFixedValueAllowsNothingMore(t *testing.T) {
	t.Parallel()
	v := withProfile(t, "Patient", `{"id":"Patient.maritalStatus","path":"Patient.maritalStatus","fixedCodeableConcept":{"coding":[{"system":"http://x","code":"M"}]}}`)
	valid(t, outcomeOf(t, v, `{"resourceType":"Patient","maritalStatus":{"coding":[{"code":"M","system":"http://x"}]}}`))
	invalidAt(t, outcomeOf(t, v, `{"resourceType":"Patient","maritalStatus":{"coding":[{"code":"M","system":"http://x"}],"text":"t"}}`), "Patient.maritalStatus.text", "must not be there")
	invalidAt(t, outcomeOf(t, v, `{"resourceType":"Patient","maritalStatus":{"coding":[{"system":"http://x"}]}}`), "Patient.maritalStatus.coding[0]", "code")
}

func TestSlicesAreToldByValue(t *testing.T) {
	t.Parallel()
	v := withProfile(t, "Patient", `
		{"id":"Patient.identifier","path":"Patient.identifier","slicing":{"discriminator":[{"type":"value","path":"system"}],"rules":"closed","ordered":true}},
		{"id":"Patient.identifier:nid","path":"Patient.identifier","sliceName":"nid","min":1,"max":"1"},
		{"id":"Patient.identifier:nid.system","path":"Patient.identifier.system","min":1,"fixedUri":"http://nid"},
		{"id":"Patient.identifier:nid.value","path":"Patient.identifier.value","min":1},
		{"id":"Patient.identifier:mrn","path":"Patient.identifier","sliceName":"mrn"},
		{"id":"Patient.identifier:mrn.system","path":"Patient.identifier.system","min":1,"fixedUri":"http://mrn"}`)
	valid(t, outcomeOf(t, v, `{"resourceType":"Patient","identifier":[{"system":"http://nid","value":"1"},{"system":"http://mrn"},{"system":"http://mrn"}]}`))
	invalidAt(t, outcomeOf(t, v, `{"resourceType":"Patient","identifier":[{"system":"http://mrn"}]}`), "Patient", `slice "nid"`)
	invalidAt(t, outcomeOf(t, v, `{"resourceType":"Patient","identifier":[{"system":"http://nid"}]}`), "Patient.identifier[0]", `"value" is required`)
	invalidAt(t, outcomeOf(t, v, `{"resourceType":"Patient","identifier":[{"system":"http://nid","value":"1"},{"system":"http://nid","value":"2"}]}`), "Patient", "too many")
	invalidAt(t, outcomeOf(t, v, `{"resourceType":"Patient","identifier":[{"system":"http://nid","value":"1"},{"system":"http://other"}]}`), "Patient.identifier[1]", "none of those")
	invalidAt(t, outcomeOf(t, v, `{"resourceType":"Patient","identifier":[{"system":"http://mrn"},{"system":"http://nid","value":"1"}]}`), "Patient.identifier[1]", "in order")
}

func TestSlicesAreToldByPatternTypeExistenceAndProfile(t *testing.T) {
	t.Parallel()
	byPattern := withProfile(t, "Observation", `
		{"id":"Observation.category","path":"Observation.category","slicing":{"discriminator":[{"type":"pattern","path":"$this"}],"rules":"open"}},
		{"id":"Observation.category:lab","path":"Observation.category","sliceName":"lab","min":1,"patternCodeableConcept":{"coding":[{"code":"lab"}]}}`)
	valid(t, outcomeOf(t, byPattern, `{"resourceType":"Observation","status":"final","code":{"text":"c"},"category":[{"coding":[{"system":"http://x","code":"lab"}]}]}`))
	invalidAt(t, outcomeOf(t, byPattern, `{"resourceType":"Observation","status":"final","code":{"text":"c"},"category":[{"coding":[{"code":"other"}]}]}`), "Observation", `slice "lab"`)

	byType := withProfile(t, "Observation", `
		{"id":"Observation.value[x]","path":"Observation.value[x]","slicing":{"discriminator":[{"type":"type","path":"$this"}],"rules":"closed"}},
		{"id":"Observation.value[x]:valueQuantity","path":"Observation.value[x]","sliceName":"valueQuantity","min":1,"type":[{"code":"Quantity"}]},
		{"id":"Observation.value[x]:valueQuantity.unit","path":"Observation.value[x].unit","min":1}`)
	valid(t, outcomeOf(t, byType, `{"resourceType":"Observation","status":"final","code":{"text":"c"},"valueQuantity":{"value":1,"unit":"kg"}}`))
	invalidAt(t, outcomeOf(t, byType, `{"resourceType":"Observation","status":"final","code":{"text":"c"},"valueQuantity":{"value":1}}`), "Observation.value.ofType(Quantity)", `"unit" is required`)
	invalidAt(t, outcomeOf(t, byType, `{"resourceType":"Observation","status":"final","code":{"text":"c"},"valueString":"x"}`), "Observation.value.ofType(string)", "none of those")

	byExistence := withProfile(t, "Patient", `
		{"id":"Patient.telecom","path":"Patient.telecom","slicing":{"discriminator":[{"type":"exists","path":"rank"}],"rules":"open"}},
		{"id":"Patient.telecom:ranked","path":"Patient.telecom","sliceName":"ranked","max":"1"},
		{"id":"Patient.telecom:ranked.rank","path":"Patient.telecom.rank","min":1},
		{"id":"Patient.telecom:unranked","path":"Patient.telecom","sliceName":"unranked"},
		{"id":"Patient.telecom:unranked.rank","path":"Patient.telecom.rank","max":"0"},
		{"id":"Patient.telecom:unranked.use","path":"Patient.telecom.use","min":1}`)
	valid(t, outcomeOf(t, byExistence, `{"resourceType":"Patient","telecom":[{"rank":1},{"use":"home"}]}`))
	invalidAt(t, outcomeOf(t, byExistence, `{"resourceType":"Patient","telecom":[{"rank":1},{"rank":2},{"use":"home"}]}`), "Patient", `slice "ranked"`)
	invalidAt(t, outcomeOf(t, byExistence, `{"resourceType":"Patient","telecom":[{"system":"phone"}]}`), "Patient.telecom[0]", `"use" is required`)

	byProfile := withProfile(t, "Bundle", `
		{"id":"Bundle.entry","path":"Bundle.entry","slicing":{"discriminator":[{"type":"profile","path":"resource"}],"rules":"open"}},
		{"id":"Bundle.entry:weight","path":"Bundle.entry","sliceName":"weight","min":1},
		{"id":"Bundle.entry:weight.resource","path":"Bundle.entry.resource","min":1,"type":[{"code":"Observation","profile":["http://hl7.org/fhir/StructureDefinition/bodyweight"]}]}`)
	const bundle = `{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7","resource":{"resourceType":"Observation","status":"final",
		"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],
		"code":{"coding":[{"system":"http://loinc.org","code":%q}]},"subject":{"reference":"Patient/1"},"effectiveDateTime":"2020-01-01",
		"valueQuantity":{"value":70,"unit":"kg","system":"http://unitsofmeasure.org","code":"kg"}}}]}`
	valid(t, outcomeOf(t, byProfile, fmt.Sprintf(bundle, "29463-7")))
	invalidAt(t, outcomeOf(t, byProfile, fmt.Sprintf(bundle, "1-1")), "Bundle", `slice "weight"`)
}

func TestExtensionsAreSlicedByURL(t *testing.T) {
	t.Parallel()
	extension := `{"resourceType":"StructureDefinition","url":"http://example.org/e","name":"E","status":"active","kind":"complex-type","abstract":false,"type":"Extension",
		"context":[{"type":"element","expression":"Patient"}],"baseDefinition":"http://hl7.org/fhir/StructureDefinition/Extension","derivation":"constraint","differential":{"element":[
		{"id":"Extension.url","path":"Extension.url","fixedUri":"http://example.org/e"},{"id":"Extension.value[x]","path":"Extension.value[x]","min":1,"type":[{"code":"boolean"}]}]}}`
	v := withProfile(t, "Patient", `
		{"id":"Patient.extension","path":"Patient.extension","slicing":{"discriminator":[{"type":"value","path":"url"}],"rules":"open"}},
		{"id":"Patient.extension:e","path":"Patient.extension","sliceName":"e","min":1,"max":"1","type":[{"code":"Extension","profile":["http://example.org/e"]}]}`, extension)
	valid(t, outcomeOf(t, v, `{"resourceType":"Patient","extension":[{"url":"http://example.org/other","valueString":"x"},{"url":"http://example.org/e","valueBoolean":true}]}`))
	invalidAt(t, outcomeOf(t, v, `{"resourceType":"Patient","extension":[{"url":"http://example.org/other","valueString":"x"}]}`), "Patient", `slice "e"`)
	invalidAt(t, outcomeOf(t, v, `{"resourceType":"Patient","extension":[{"url":"http://example.org/e","valueString":"x"}]}`), "Patient.extension[0].value.ofType(string)", "not allowed")
	invalidAt(t, outcomeOf(t, v, `{"resourceType":"Patient","extension":[{"url":"http://example.org/e","valueBoolean":true}],"name":[{"extension":[{"url":"http://example.org/e","valueBoolean":true}]}]}`),
		"Patient.name[0]", "may stand on Patient only")
}

func TestInvariantsOfProfilesAreEvaluated(t *testing.T) {
	t.Parallel()
	v := withProfile(t, "Patient", `
		{"id":"Patient","path":"Patient","constraint":[{"key":"p-1","severity":"error","human":"two names","expression":"name.count() >= 2"},
			{"key":"p-2","severity":"warning","human":"a photo","expression":"photo.exists()"},{"key":"p-3","severity":"error","human":"nonsense","expression":"((("}]},
		{"id":"Patient.contact","path":"Patient.contact","constraint":[{"key":"p-4","severity":"error","human":"a full name","expression":"name.family.exists() and name.given.count() > 1"}]}`)
	outcome := outcomeOf(t, v, `{"resourceType":"Patient","name":[{"family":"a"}],"contact":[{"name":{"family":"a","given":["x","y"]}},{"name":{"family":"a"}}]}`)
	invalidAt(t, outcome, "Patient", "p-1: two names")
	invalidAt(t, outcome, "Patient.contact[1]", "p-4")
	assert.Len(t, errorsOf(outcome), 2)
	assert.Contains(t, fmt.Sprint(outcome), "p-2")
	assert.Contains(t, fmt.Sprint(outcome), "p-3 could not be checked")
}

func TestAProfileStandsOnAnother(t *testing.T) {
	t.Parallel()
	derived := `{"resourceType":"StructureDefinition","url":"http://example.org/derived","name":"D","status":"active","kind":"resource","abstract":false,"type":"Patient",
		"baseDefinition":"` + profileURL + `","derivation":"constraint","differential":{"element":[
		{"id":"Patient.identifier:nid.value","path":"Patient.identifier.value","min":1},{"id":"Patient.gender","path":"Patient.gender","min":1}]}}`
	v := newValidator(t, validate.Options{Definitions: []fhir.Resource{parse(t, derived), parse(t, profileOn("Patient", "http://hl7.org/fhir/StructureDefinition/Patient", `
		{"id":"Patient.identifier","path":"Patient.identifier","slicing":{"discriminator":[{"type":"value","path":"system"}],"rules":"open"}},
		{"id":"Patient.identifier:nid","path":"Patient.identifier","sliceName":"nid","min":1},
		{"id":"Patient.identifier:nid.system","path":"Patient.identifier.system","min":1,"fixedUri":"http://nid"}`))}})
	const ask = "http://example.org/derived"
	valid(t, outcomeOf(t, v, `{"resourceType":"Patient","gender":"male","identifier":[{"system":"http://nid","value":"1"}]}`, ask))
	outcome := outcomeOf(t, v, `{"resourceType":"Patient","identifier":[{"system":"http://nid"}]}`, ask)
	invalidAt(t, outcome, "Patient.identifier[0]", "value")
	invalidAt(t, outcome, "Patient", "gender")
	invalidAt(t, outcomeOf(t, v, `{"resourceType":"Patient","gender":"male"}`, ask), "Patient", `slice "nid"`)
	invalidAt(t, outcomeOf(t, v, `{"resourceType":"Observation","status":"final","code":{"text":"x"}}`, ask), "Observation", "is one on Patient")
}

func TestProfilesThatCannotBeUsedAreRefused(t *testing.T) {
	t.Parallel()
	self := profileOn("Patient", profileURL, ``)
	for name, text := range map[string]string{
		"stands on itself": self,
		"unknown base":     profileOn("Patient", "http://example.org/nosuch", ``),
		"unknown type":     profileOn("Nosuch", "http://example.org/nosuch", ``),
		"no path":          profileOn("Patient", "http://hl7.org/fhir/StructureDefinition/Patient", `{"id":"Patient"}`),
		"bad max":          profileOn("Patient", "http://hl7.org/fhir/StructureDefinition/Patient", `{"path":"Patient.name","max":"many"}`),
	} {
		_, err := validate.New(validate.Options{Definitions: []fhir.Resource{parse(t, text)}, Profiles: []string{profileURL}})
		assert.ErrorContains(t, err, "profile", name)
	}
}

// TestADifferentialJudgesAsItsSnapshotDoes holds examples against R4's own profiles on vital signs, once with the snapshots that HL7 made, once
// from differentials laid on top of each other.
func TestADifferentialJudgesAsItsSnapshotDoes(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(sharedDir(t), "fixtures", "fhir-r4-examples")
	data, err := os.ReadFile(filepath.Join(dir, "StructureDefinition-resprate.json"))
	require.NoError(t, err)
	var definition map[string]any
	require.NoError(t, json.Unmarshal(data, &definition))
	require.NotEmpty(t, definition["snapshot"])
	delete(definition, "snapshot")
	stripped, err := json.Marshal(definition)
	require.NoError(t, err)
	const url = "http://hl7.org/fhir/StructureDefinition/resprate"
	bySnapshot := newValidator(t, validate.Options{})
	byDifferential := newValidator(t, validate.Options{Definitions: []fhir.Resource{parse(t, string(stripped))}})
	files, err := filepath.Glob(filepath.Join(dir, "Observation-*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	broken := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		want, got := errorsOf(outcomeOf(t, bySnapshot, string(data), url)), errorsOf(outcomeOf(t, byDifferential, string(data), url))
		assert.ElementsMatch(t, want, got, filepath.Base(file))
		broken += len(want)
	}
	assert.Greater(t, broken, 20)
}
