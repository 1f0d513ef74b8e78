package elements_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir/internal/elements"
)

// The package that the definitions come from holds additions of its server and parts of R5.
func TestTheTypesHoldWhatR4HasAndNoMore(t *testing.T) {
	t.Parallel()
	for typ, names := range map[string][]string{
		"Meta":                  {"project", "author", "onBehalfOf", "account", "accounts", "compartment"},
		"Binary":                {"url"},
		"DeviceDefinition":      {"classification", "bodySite"},
		"ObservationDefinition": {"publisher"},
		"ResearchStudy":         {"label", "region", "recruitment", "associatedParty", "outcomeMeasure"},
	} {
		def, ok := elements.Lookup(typ)
		require.True(t, ok, typ)
		for _, name := range names {
			_, ok := def.Child(name)
			assert.False(t, ok, "%s.%s is not of R4", typ, name)
		}
	}
}

func TestWhatR4DefinesStandsAsItIsThere(t *testing.T) {
	t.Parallel()
	child := func(typ *elements.Type, name string) *elements.Element {
		el, ok := typ.Child(name)
		require.True(t, ok, "%s.%s", typ.Name, name)
		return el
	}
	lookup := func(name string) *elements.Type {
		typ, ok := elements.Lookup(name)
		require.True(t, ok, name)
		return typ
	}
	assert.Contains(t, child(lookup("DetectedIssue"), "status").Binding.ValueSet, "/observation-status")
	assert.Equal(t, []string{"Location"}, child(lookup("ResearchStudy"), "site").Types[0].Targets)
	assert.NotContains(t, child(lookup("MeasureReport"), "subject").Types[0].Targets, "Organization")
	characteristic := child(lookup("EvidenceVariable"), "characteristic")
	assert.Equal(t, 1, characteristic.Min)
	var names []string
	for i := range characteristic.Content.Elements {
		names = append(names, characteristic.Content.Elements[i].Name)
	}
	assert.Equal(t, []string{
		"id", "extension", "modifierExtension", "description", "definition", "usageContext", "exclude", "participantEffective",
		"timeFromStart", "groupMeasure",
	}, names)
	assert.Equal(t, 1, child(characteristic.Content, "definition").Min)
}
