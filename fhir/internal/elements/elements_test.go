package elements_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir/internal/elements"
)

func lookup(tb testing.TB, name string) *elements.Type {
	tb.Helper()
	found, ok := elements.Lookup(name)
	require.True(tb, ok, name)
	return found
}

func TestEveryTypeDecodes(t *testing.T) {
	t.Parallel()
	names := elements.Names()
	assert.Len(t, names, 210) // 148 resources, 41 complex types, 20 primitives, MetadataResource
	for _, name := range names {
		found := lookup(t, name)
		assert.Equal(t, name, found.Name)
		assert.NotZero(t, found.Kind, name)
		for i := range found.Elements {
			el := &found.Elements[i]
			assert.NotEmpty(t, el.Types, "%s.%s", name, el.Name)
			for _, typ := range el.Types {
				_, known := elements.Lookup(typ.Code)
				assert.True(t, known, "%s.%s has type %s", name, el.Name, typ.Code)
			}
		}
	}
}

func TestAChoiceIsFoundByItsJSONName(t *testing.T) {
	t.Parallel()
	patient := lookup(t, "Patient")
	el, typ, ok := patient.Element("deceasedBoolean")
	require.True(t, ok)
	assert.Equal(t, "deceased", el.Name)
	assert.True(t, el.Choice)
	assert.Equal(t, "boolean", typ.Code)
	assert.Equal(t, "deceasedDateTime", el.JSONName("dateTime"))
	_, _, ok = patient.Element("deceased")
	assert.False(t, ok)
}

func TestSystemTypesGoByTheirFHIRNames(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"Patient id": "id", "Element id": "string", "Extension url": "uri", "code value": "code", "Narrative div": "xhtml", "Narrative id": "string",
	} {
		var typeName, member string
		_, err := fmt.Sscan(path, &typeName, &member)
		require.NoError(t, err)
		el, typ, ok := lookup(t, typeName).Element(member)
		require.True(t, ok, path)
		assert.Equal(t, want, typ.Code, path)
		assert.Equal(t, path != "Patient id" && member != "div", el.XMLAttr, path)
	}
}

func TestContentReferencesLeadBack(t *testing.T) {
	t.Parallel()
	item := lookup(t, "Questionnaire.item")
	el, typ, ok := item.Element("item")
	require.True(t, ok)
	assert.Same(t, item, el.Content)
	assert.Equal(t, "BackboneElement", typ.Code)
	assert.Equal(t, elements.Unbounded, el.Max)
}

func TestTypesKnowTheirAncestors(t *testing.T) {
	t.Parallel()
	assert.True(t, lookup(t, "Patient").IsA("DomainResource"))
	assert.True(t, lookup(t, "Bundle").IsA("Resource"))
	assert.False(t, lookup(t, "Bundle").IsA("DomainResource"))
	assert.True(t, lookup(t, "code").IsA("string"))
	assert.True(t, lookup(t, "Age").IsA("Quantity"))
	assert.True(t, lookup(t, "Patient.contact").IsA("BackboneElement"))
}

func TestReferencesNameTheirTargets(t *testing.T) {
	t.Parallel()
	_, typ, ok := lookup(t, "Patient").Element("generalPractitioner")
	require.True(t, ok)
	assert.Equal(t, elements.TypeRef{Code: "Reference", Targets: []string{"Organization", "Practitioner", "PractitionerRole"}}, typ)
}

func TestBindingsAndInvariantsAreThere(t *testing.T) {
	t.Parallel()
	patient := lookup(t, "Patient")
	gender, ok := patient.Child("gender")
	require.True(t, ok)
	assert.Equal(t, &elements.Binding{Strength: elements.Required, ValueSet: "http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1"}, gender.Binding)
	contact, ok := patient.Child("contact")
	require.True(t, ok)
	require.Len(t, contact.Constraints, 1)
	assert.Equal(t, "pat-1", contact.Constraints[0].Key)
	assert.NotEmpty(t, contact.Constraints[0].Expression)
	var best []string
	for _, rule := range patient.Constraints {
		if rule.BestPractice {
			best = append(best, rule.Key)
		}
	}
	assert.Equal(t, []string{"dom-6"}, best)
}

func TestRequiredChoicesAreListed(t *testing.T) {
	t.Parallel()
	required := lookup(t, "Immunization").RequiredChoices()
	require.Len(t, required, 1)
	assert.Equal(t, "occurrence", required[0].Name)
}

func TestLookupIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	found := make([]*elements.Type, 16)
	var wg sync.WaitGroup
	for i := range found {
		wg.Go(func() { found[i], _ = elements.Lookup("Observation") })
	}
	wg.Wait()
	for _, other := range found {
		assert.Same(t, found[0], other)
	}
}

func BenchmarkLookup(b *testing.B) {
	for b.Loop() {
		elements.Lookup("Patient")
	}
}
