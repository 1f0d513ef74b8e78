package fhir_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
)

func TestJSONPatchIsWrittenAsRFC6902Says(t *testing.T) {
	t.Parallel()
	client, w := connect(t, answers(says(200, annJSON)))
	patch := fhir.JSONPatch{}.
		Test("/active", true).
		Replace(fhir.Pointer("name", "0", "a/b~c"), "<x>").
		Add("/name/-", map[string]any{"family": "Doe"}).
		Remove("/photo").
		Move("/a", "/b").
		Copy("/a", "/c").
		Add("/n", nil)
	got, err := client.Patch(t.Context(), "Patient", "7", patch, fhir.IfMatch("1"))
	require.NoError(t, err)
	assert.Equal(t, "2", got.VersionID, "HAPI sends no ETag with a patch")
	assert.Equal(t, "PATCH", w.last().Method)
	assert.Equal(t, "application/json-patch+json", w.last().Header.Get("Content-Type"))
	assert.Equal(t, `W/"1"`, w.last().Header.Get("If-Match"))
	assert.Equal(t, `[{"op":"test","path":"/active","value":true},{"op":"replace","path":"/name/0/a~1b~0c","value":"<x>"},`+
		`{"op":"add","path":"/name/-","value":{"family":"Doe"}},{"op":"remove","path":"/photo"},`+
		`{"op":"move","from":"/a","path":"/b"},{"op":"copy","from":"/a","path":"/c"},{"op":"add","path":"/n","value":null}]`, w.last().Body)
}

func TestPathPatchIsWrittenAsTheSpecificationSays(t *testing.T) {
	t.Parallel()
	client, w := connect(t, answers(says(200, annJSON)))
	patch := fhir.PathPatch{}.
		Add("Patient", "birthDate", "date", "1980-02-29").
		AddParts("Patient", "contact", fhir.Parameters{}.Value("name", "HumanName", map[string]any{"text": "a"})).
		Insert("Patient.name", 0, "HumanName", map[string]any{"family": "Doe"}).
		Replace("Patient.active", "boolean", false).
		Delete("Patient.photo").
		Move("Patient.name", 1, 0)
	_, err := client.Patch(t.Context(), "Patient", "7", patch)
	require.NoError(t, err)
	assert.Equal(t, "application/fhir+json", w.last().Header.Get("Content-Type"))
	op := func(parts string) string { return `{"name":"operation","part":[` + parts + `]}` }
	assert.Equal(t, `{"resourceType":"Parameters","parameter":[`+
		op(`{"name":"type","valueCode":"add"},{"name":"path","valueString":"Patient"},{"name":"name","valueString":"birthDate"},{"name":"value","valueDate":"1980-02-29"}`)+","+
		op(`{"name":"type","valueCode":"add"},{"name":"path","valueString":"Patient"},{"name":"name","valueString":"contact"},{"name":"value","part":[{"name":"name","valueHumanName":{"text":"a"}}]}`)+","+
		op(`{"name":"type","valueCode":"insert"},{"name":"path","valueString":"Patient.name"},{"name":"index","valueInteger":0},{"name":"value","valueHumanName":{"family":"Doe"}}`)+","+
		op(`{"name":"type","valueCode":"replace"},{"name":"path","valueString":"Patient.active"},{"name":"value","valueBoolean":false}`)+","+
		op(`{"name":"type","valueCode":"delete"},{"name":"path","valueString":"Patient.photo"}`)+","+
		op(`{"name":"type","valueCode":"move"},{"name":"path","valueString":"Patient.name"},{"name":"source","valueInteger":1},{"name":"destination","valueInteger":0}`)+
		`]}`, w.last().Body)
	r, err := patch.Parameters().Resource()
	require.NoError(t, err)
	assert.Equal(t, w.last().Body, string(r.Bytes()))
}

func TestPatchesThatCannotBeAreNotSent(t *testing.T) {
	t.Parallel()
	client, w := connect(t, answers(says(200, annJSON)))
	for name, patch := range map[string]fhir.Patch{
		"no changes":                   fhir.JSONPatch{},
		"no changes by path":           fhir.PathPatch{},
		"a path that is none":          fhir.JSONPatch{}.Remove("active"),
		"a source that is none":        fhir.JSONPatch{}.Move("a", "/b"),
		"a value that is no JSON":      fhir.JSONPatch{}.Add("/x", math.NaN()),
		"a value of nothing":           fhir.PathPatch{}.Replace("Patient.x", "string", nil),
		"a value of a type that's not": fhir.PathPatch{}.Replace("Patient.x", "", "y"),
	} {
		_, err := client.Patch(t.Context(), "Patient", "7", patch)
		require.Error(t, err, name)
	}
	_, err := client.Patch(t.Context(), "Patient", "a/b", fhir.JSONPatch{}.Remove("/x"))
	require.Error(t, err)
	assert.Empty(t, w.requests())
}

func TestPatchIsAValue(t *testing.T) {
	t.Parallel()
	base := fhir.JSONPatch{}.Remove("/a")
	one, two := base.Remove("/b"), base.Remove("/c")
	assert.Equal(t, "/b", one[1].Path)
	assert.Equal(t, "/c", two[1].Path)
}
