package elements_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir/internal/elements"
)

func TestValueSetsAreFoundByURLAndVersion(t *testing.T) {
	t.Parallel()
	const gender = "http://hl7.org/fhir/ValueSet/administrative-gender"
	set, ok := elements.LookupValueSet(gender + "|4.0.1")
	require.True(t, ok)
	assert.Equal(t, []elements.Include{{System: "http://hl7.org/fhir/administrative-gender", Filters: []elements.Filter{}}}, set.Include)
	same, ok := elements.LookupValueSet(gender)
	require.True(t, ok)
	assert.Same(t, set, same)
	_, ok = elements.LookupValueSet(gender + "|5.0.0")
	assert.False(t, ok)
	_, ok = elements.LookupValueSet("http://example.org/nosuch")
	assert.False(t, ok)
}

func TestCodeSystemsKnowWhatIsAboveACode(t *testing.T) {
	t.Parallel()
	system, ok := elements.LookupCodeSystem("http://terminology.hl7.org/CodeSystem/condition-clinical")
	require.True(t, ok)
	assert.True(t, system.Complete)
	codes := map[string]elements.Concept{}
	for _, concept := range system.Concepts {
		codes[concept.Code] = concept
	}
	require.Len(t, codes["recurrence"].Parents, 1)
	assert.Equal(t, "active", system.Concepts[codes["recurrence"].Parents[0]].Code)
	assert.Empty(t, codes["active"].Parents)
	snomed, ok := elements.LookupCodeSystem("http://snomed.info/sct")
	require.True(t, ok)
	assert.False(t, snomed.Complete)
}

func TestEveryValueSetAndCodeSystemDecodes(t *testing.T) {
	t.Parallel()
	assert.Len(t, elements.ValueSetURLs(), 1317)
	for _, url := range elements.ValueSetURLs() {
		set, ok := elements.LookupValueSet(url)
		require.True(t, ok, url)
		assert.Equal(t, url, set.URL)
	}
	assert.Len(t, elements.CodeSystemURLs(), 1063)
	for _, url := range elements.CodeSystemURLs() {
		system, ok := elements.LookupCodeSystem(url)
		require.True(t, ok, url)
		for i, concept := range system.Concepts {
			assert.NotEmpty(t, concept.Code, url)
			for _, parent := range concept.Parents {
				assert.True(t, parent < len(system.Concepts) && parent != i, url)
			}
		}
	}
}

func TestRequiredBindingsHaveTheirValueSets(t *testing.T) {
	t.Parallel()
	var missing []string
	for _, name := range elements.Names() {
		typ := lookup(t, name)
		for i := range typ.Elements {
			if b := typ.Elements[i].Binding; b != nil && b.Strength == elements.Required {
				if _, ok := elements.LookupValueSet(b.ValueSet); !ok {
					missing = append(missing, b.ValueSet)
				}
			}
		}
	}
	assert.Empty(t, slices.Compact(slices.Sorted(slices.Values(missing))))
}

func TestEveryProfileUnpacks(t *testing.T) {
	t.Parallel()
	urls := elements.ProfileURLs()
	assert.Len(t, urls, 439) // 44 profiles, 393 extensions, SimpleQuantity, MoneyQuantity
	for _, url := range urls {
		data, ok := elements.Profile(url + "|4.0.1")
		require.True(t, ok, url)
		var definition struct {
			URL, Type, Derivation string
			Snapshot              struct{ Element []json.RawMessage }
		}
		require.NoError(t, json.Unmarshal(data, &definition), url)
		assert.Equal(t, url, definition.URL)
		assert.Equal(t, "constraint", definition.Derivation, url)
		assert.NotEmpty(t, definition.Snapshot.Element, url)
	}
	_, ok := elements.Profile("http://hl7.org/fhir/StructureDefinition/bp|3.0.2")
	assert.False(t, ok)
	_, ok = elements.Profile("http://hl7.org/fhir/StructureDefinition/Patient")
	assert.False(t, ok)
}

func TestWhatR4SaysWrongIsMended(t *testing.T) {
	t.Parallel()
	item, ok := lookup(t, "Questionnaire").Child("item")
	require.True(t, ok)
	inner, ok := lookup(t, "Questionnaire.item").Child("item")
	require.True(t, ok)
	assert.Equal(t, item.Constraints, inner.Constraints)
	for _, rule := range item.Constraints {
		if rule.Key == "que-12" {
			assert.Equal(t, "enableWhen.count() > 1 implies enableBehavior.exists()", rule.Expression)
		}
	}
	data, ok := elements.Profile("http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type")
	require.True(t, ok)
	assert.True(t, strings.Contains(string(data), `"expression":"ElementDefinition.type"`))
	_, ok = elements.Lookup("SubscriptionStatus")
	assert.False(t, ok, "a type of R4B")
}

func BenchmarkProfile(b *testing.B) {
	for b.Loop() {
		elements.Profile("http://hl7.org/fhir/StructureDefinition/bp")
	}
}

func TestSearchParametersAreFoundByURL(t *testing.T) {
	t.Parallel()
	name, ok := elements.LookupSearchParameter("http://hl7.org/fhir/SearchParameter/Organization-name|4.0.1")
	require.True(t, ok)
	assert.Equal(t, &elements.SearchParameter{Type: "string", Bases: []string{"Organization"}}, name)
	for _, url := range []string{"http://hl7.org/fhir/SearchParameter/nosuch", "http://example.org/Organization-name", "http://hl7.org/fhir/SearchParameter/Organization-name|5.0.0"} {
		_, ok = elements.LookupSearchParameter(url)
		assert.False(t, ok, url)
	}
}
