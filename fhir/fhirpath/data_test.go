package fhirpath_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/fhirpath"
)

const primitives = `{"resourceType":"Patient","id":"p","birthDate":"1970-03",
"_birthDate":{"id":"b","extension":[{"url":"u","valueDateTime":"1970-03-01T10:00:00Z"}]},
"_gender":{"extension":[{"url":"absent","valueCode":"unknown"}]},
"name":[{"given":["A",null,"C"],"_given":[null,{"extension":[{"url":"g","valueString":"x"}]},{"id":"c"}]}],
"deceasedBoolean":false,"active":true}`

func TestPrimitivesHaveTheirExtensionsWithOrWithoutAValue(t *testing.T) {
	t.Parallel()
	table(t, newEngine(t, fhirpath.Config{}), primitives, map[string][]string{
		"birthDate.extension('u').value":               {"1970-03-01T10:00:00Z"},
		"birthDate.id":                                 {"b"},
		"gender.exists()":                              {"true"},
		"gender.hasValue()":                            {"false"},
		"gender.extension.value":                       {"unknown"},
		"gender = 'male'":                              {"false"},
		"name.given.count()":                           {"3"},
		"name.given.where(hasValue())":                 {"A", "C"},
		"name.given[1].extension('g').value":           {"x"},
		"name.given[2].id":                             {"c"},
		"name.given.where(extension.exists()).count()": {"1"},
		"birthDate.getValue() is Date":                 {"true"},
		"birthDate.children().count()":                 {"2"},
		"deceased":                                     {"false"},
		"deceased is boolean":                          {"true"},
		"deceasedBoolean":                              {},
		"resourceType":                                 {},
		"descendants().ofType(Extension).url":          {"u", "absent", "g"},
		"Resource.id | DomainResource.id":              {"p"},
		"Observation.id":                               {},
		"birthDate < @1970-04":                         {"true"},
		"birthDate < @1970-03-15":                      {},
		"birthDate + 1 year":                           {"1971-03"},
		"active and deceased":                          {"false"},
	})
}

const quantities = `{"resourceType":"Observation","component":[
{"valueQuantity":{"value":1.50,"unit":"g","system":"http://unitsofmeasure.org","code":"g"}},
{"valueQuantity":{"value":5,"comparator":"<","unit":"g","system":"http://unitsofmeasure.org","code":"g"}},
{"valueQuantity":{"value":3,"unit":"Stück"}},
{"valueQuantity":{"value":2,"system":"urn:x","code":"box"}},
{"valueQuantity":{"unit":"g"}},{"valueString":"text"},{"valueInteger":7},{"valuePeriod":{"start":"2020"}}]}`

func TestFHIRQuantitiesConvert(t *testing.T) {
	t.Parallel()
	table(t, newEngine(t, fhirpath.Config{}), quantities, map[string][]string{
		"component[0].value = 1500 'mg'":                                     {"true"},
		"component[0].value + 500 'mg'":                                      {"2000 'mg'"},
		"component[0].value.value":                                           {"1.50"},
		"component[1].value < 10 'g'":                                        {}, // "<5" is no number
		"component[1].value + 1 'g'":                                         {},
		"component[2].value > 2 'g'":                                         {},
		"component[2].value = component[2].value":                            {"true"},
		"component[3].value = 2 'box'":                                       {},
		"component[4].value + 1 'g'":                                         {},
		"component[6].value > 6":                                             {"true"},
		"component[7].value > @2019":                                         {},
		"component.value.ofType(string)":                                     {"text"},
		"component.value.ofType(Quantity).count()":                           {"5"},
		"component[0].value.ofType(System.Quantity)":                         {},
		"component.where(value is Period).value.start":                       {"2020"},
		"(component[0].value as Quantity).unit":                              {"g"},
		"component.value.where($this is integer or $this is string).count()": {"2"},
		"component[0].type().name":                                           {"BackboneElement"},
		"component[0] is BackboneElement":                                    {"true"},
		"component[0].value.type().name":                                     {"Quantity"},
	})
}

func TestAsOnSeveralItemsIsLooseOnDemand(t *testing.T) {
	t.Parallel()
	_, err := eval(t, newEngine(t, fhirpath.Config{}), "(component.value as Quantity).unit", quantities)
	require.ErrorContains(t, err, "several items on the left of as (use ofType(…))")
	got, err := eval(t, newEngine(t, fhirpath.Config{LooseAs: true}), "(component.value as Quantity).unit", quantities)
	require.NoError(t, err)
	assert.Equal(t, []string{"g", "g", "Stück", "g"}, got.Strings())
}

func TestResourcesOfOtherVersionsAreReadByTheirNames(t *testing.T) {
	t.Parallel()
	table(t, newEngine(t, fhirpath.Config{}), `{"resourceType":"ActorDefinition","id":"a","newThing":[{"valueCode":"c"},{"value":3}],"contained":[{"resourceType":"Patient","id":"q"}]}`, map[string][]string{
		"ActorDefinition.id":                         {"a"},
		"newThing.value":                             {"c", "3"},
		"newThing.value.ofType(code)":                {"c"},
		"$this is FHIR.ActorDefinition":              {"true"},
		"$this is Resource":                          {"true"},
		"$this is FHIR.Nonsense":                     {"false"},
		"newThing[1].value + 1":                      {"4"},
		"newThing.type().name":                       {"", ""},
		"contained.where(resolve().empty()).count()": {"1"},
		"Patient.id":                                 {},
	})
	table(t, newEngine(t, fhirpath.Config{}), `{"resourceType":"Patient","newInR9":"x","name":[{"family":"F"}]}`, map[string][]string{
		"newInR9":             {"x"},
		"newInR9.length()":    {"1"},
		"Patient.name.family": {"F"},
		"children().count()":  {"2"},
	})
}

func TestDecimalsOfTheDataKeepTheirText(t *testing.T) {
	t.Parallel()
	table(t, newEngine(t, fhirpath.Config{}), `{"resourceType":"Observation","valueQuantity":{"value":1.500E2}}`, map[string][]string{
		"value.value":            {"1.500E2"},
		"value.value.toString()": {"150.0"},
		"value.value + 0.05":     {"150.05"},
	})
}

func TestEqualityOfComplexElements(t *testing.T) {
	t.Parallel()
	table(t, newEngine(t, fhirpath.Config{}), `{"resourceType":"Patient","name":[
{"family":"F","given":["A","B"]},{"given":["A","B"],"family":"F"},{"family":"f","given":["B","A"]},{"family":"F"}]}`, map[string][]string{
		"name[0] = name[1]":             {"true"},
		"name[0] = name[2]":             {"false"},
		"name[0] ~ name[2]":             {"true"},
		"name[0] = name[3]":             {"false"},
		"name.distinct().count()":       {"3"},
		"name.isDistinct()":             {"false"},
		"name = 'F'":                    {"false"},
		"name[0] in name":               {"true"},
		"name.subsetOf(name)":           {"true"},
		"name.exclude(name[0]).count()": {"2"},
		"name.intersect(name).count()":  {"3"},
	})
}

const bundle = `{"resourceType":"Bundle","type":"collection","entry":[
{"fullUrl":"http://s/fhir/Patient/1","resource":{"resourceType":"Patient","id":"1","meta":{"versionId":"2"},"gender":"female"}},
{"fullUrl":"urn:uuid:a","resource":{"resourceType":"Patient","id":"2","gender":"male"}},
{"fullUrl":"http://s/fhir/Observation/3","resource":{"resourceType":"Observation","id":"3","subject":{"reference":"Patient/1"},
 "contained":[{"resourceType":"Device","id":"d","patient":{"reference":"#"}}],"device":{"reference":"#d"},
 "performer":[{"reference":"urn:uuid:a"},{"reference":"http://s/fhir/Patient/1/_history/2"},{"reference":"http://s/fhir/Patient/1/_history/1"},{"reference":"Practitioner/9"}]}}]}`

func TestReferencesLeadIntoTheDocument(t *testing.T) {
	t.Parallel()
	table(t, newEngine(t, fhirpath.Config{}), bundle, map[string][]string{
		"entry.resource.subject.resolve().gender":                  {"female"},
		"entry.resource.performer.resolve().gender":                {"male", "female"},
		"entry.resource.device.resolve().id":                       {"d"},
		"entry.resource.device.resolve().patient.resolve().id":     {"3"},
		"entry.resource.ofType(Observation).contained.id":          {"d"},
		"entry.resource.subject.reference.resolve().id":            {"1"},
		"entry.resource.where($this is Patient).gender.distinct()": {"female", "male"},
	})
}

func TestResourceVariablesFollowWhatIsEvaluatedOn(t *testing.T) {
	t.Parallel()
	doc, err := fhirpath.ParseDocument([]byte(bundle))
	require.NoError(t, err)
	device, err := fhirpath.MustCompile("entry.resource.contained.patient").Eval(t.Context(), doc)
	require.NoError(t, err)
	engine := newEngine(t, fhirpath.Config{})
	for source, want := range map[string]string{
		"%resource.id": "d", "%rootResource.id": "3", "%context.reference": "#", "$this.reference": "#",
	} {
		x, err := engine.Compile(source)
		require.NoError(t, err)
		got, err := x.EvalOn(t.Context(), device[0])
		require.NoError(t, err)
		assert.Equal(t, want, got.String(), source)
	}
	got, err := fhirpath.MustCompile("%resource.type & %rootResource.type").EvalOn(t.Context(), device[0], fhirpath.WithResource(doc.Root(), doc.Root()))
	require.NoError(t, err)
	assert.Equal(t, "collectioncollection", got.String())
	got, err = fhirpath.MustCompile("%resource").EvalOn(t.Context(), fhirpath.NewInteger(1))
	require.NoError(t, err)
	assert.Empty(t, got)
}

func TestItemsTellTypePathAndPosition(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"name.given[1]":             "Patient.name[0].given[1]",
		"birthDate.extension.value": "Patient.birthDate.extension[0].value.ofType(dateTime)",
		"deceased":                  "Patient.deceased.ofType(boolean)",
		"$this":                     "Patient",
		"gender":                    "Patient.gender",
	} {
		got, err := eval(t, newEngine(t, fhirpath.Config{}), source, primitives)
		require.NoError(t, err)
		item, ok := got.Single()
		require.True(t, ok, source)
		assert.Equal(t, want, item.Path())
		again, err := eval(t, newEngine(t, fhirpath.Config{}), item.Path(), primitives)
		require.NoError(t, err)
		assert.Equal(t, got.Strings(), again.Strings(), "the path leads there")
	}
	got, err := eval(t, newEngine(t, fhirpath.Config{}), "entry.resource.contained.patient.reference", bundle)
	require.NoError(t, err)
	assert.Equal(t, "Bundle.entry[2].resource.contained[0].patient.reference", got[0].Path())
	line, column := got[0].Position()
	assert.Equal(t, []int{5, 72}, []int{line, column})
	namespace, name := got[0].Type()
	assert.Equal(t, []string{"FHIR", "string"}, []string{namespace, name})
	assert.Equal(t, `"#"`, got[0].JSON())
	one := fhirpath.NewInteger(1)
	line, _ = one.Position()
	assert.Zero(t, line)
	assert.Empty(t, one.Path())
}

func TestSystemValuesHaveTheirJSON(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"1": "1", "1.50": "1.50", "'a\"b'": `"a\"b"`, "true": "true", "@2014-01": `"2014-01"`, "@T10:30": `"10:30"`,
		"4 'mg'": `{"value":4,"unit":"mg","system":"http://unitsofmeasure.org","code":"mg"}`,
		"4 days": `{"value":4,"unit":"days","system":"http://unitsofmeasure.org","code":"d"}`,
	} {
		got, err := eval(t, newEngine(t, fhirpath.Config{}), source, "")
		require.NoError(t, err)
		assert.Equal(t, want, got[0].JSON(), source)
	}
}

func TestDataTypesAreReadByTheirType(t *testing.T) {
	t.Parallel()
	doc, err := fhirpath.ParseElement([]byte(`{"given":["A","B"]}`), "HumanName")
	require.NoError(t, err)
	got, err := fhirpath.MustCompile("HumanName.given.join(' ')").Eval(t.Context(), doc)
	require.NoError(t, err)
	assert.Equal(t, "A B", got.String())
	_, err = fhirpath.ParseElement([]byte(`{}`), "HumanNme")
	require.ErrorContains(t, err, "there is no type")
	_, err = fhirpath.MustCompile("id").EvalBytes(t.Context(), []byte("{\"id\":\n x}"))
	var fault *fhir.ParseError
	require.ErrorAs(t, err, &fault)
	assert.Equal(t, []int{2, 2}, []int{fault.Line, fault.Column})
}

func TestNarrativesAreChecked(t *testing.T) {
	t.Parallel()
	for div, want := range map[string]string{
		`<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>x &nbsp;</p></div>`: "true", `<div xmlns=\"http://www.w3.org/1999/xhtml\"> </div>`: "false",
		`<div><script>x</script></div>`: "false", `<div><p onclick=\"x\">x</p></div>`: "false", `<p>x</p>`: "false", `<div>x`: "false", `<div>x</div>y`: "false",
		`<div><img src=\"#a\"/></div>`: "true", `<div><a href=\"javascript:x\">x</a></div>`: "false",
	} {
		got, err := eval(t, newEngine(t, fhirpath.Config{}), "text.div.htmlChecks()", `{"resourceType":"Patient","text":{"div":"`+div+`"}}`)
		require.NoError(t, err)
		assert.Equal(t, want, got.String(), div)
	}
}
