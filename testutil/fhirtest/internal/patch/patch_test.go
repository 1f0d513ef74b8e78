package patch_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/jsontree"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/patch"
)

const patient = `{"resourceType":"Patient","id":"p","name":[{"use":"official","given":["Ann","Bea"]},{"use":"usual","given":["A"]}],"birthDate":"1980"}`

func parse(t *testing.T, text string) *jsontree.Node {
	t.Helper()
	n, err := jsontree.Parse([]byte(text))
	require.NoError(t, err)
	return n
}

func TestJSONPatchesAreApplied(t *testing.T) {
	t.Parallel()
	for operations, want := range map[string]string{
		`[{"op":"add","path":"/a","value":1}]`:                                                       `{"x":{"y":[1,2]},"z":"t","a":1}`,
		`[{"op":"add","path":"/x/y/-","value":3}]`:                                                   `{"x":{"y":[1,2,3]},"z":"t"}`,
		`[{"op":"add","path":"/x/y/0","value":0}]`:                                                   `{"x":{"y":[0,1,2]},"z":"t"}`,
		`[{"op":"replace","path":"/z","value":{"b":null}}]`:                                          `{"x":{"y":[1,2]},"z":{"b":null}}`,
		`[{"op":"remove","path":"/x/y/0"},{"op":"remove","path":"/z"}]`:                              `{"x":{"y":[2]}}`,
		`[{"op":"move","from":"/z","path":"/x/z"}]`:                                                  `{"x":{"y":[1,2],"z":"t"}}`,
		`[{"op":"copy","from":"/x/y","path":"/y"},{"op":"remove","path":"/x/y/0"}]`:                  `{"x":{"y":[2]},"z":"t","y":[1,2]}`,
		`[{"op":"test","path":"/x","value":{"y":[1,2]}},{"op":"add","path":"/a~1b~0","value":true}]`: `{"x":{"y":[1,2]},"z":"t","a/b~":true}`,
		`[]`: `{"x":{"y":[1,2]},"z":"t"}`,
	} {
		n := parse(t, `{"x":{"y":[1,2]},"z":"t"}`)
		require.NoError(t, patch.JSON(n, parse(t, operations)), operations)
		require.Equal(t, want, string(n.Bytes()), operations)
	}
}

func TestJSONPatchesThatDoNotFitAreTold(t *testing.T) {
	t.Parallel()
	for _, operations := range []string{
		`[{"op":"remove","path":"/none"}]`, `[{"op":"replace","path":"/none","value":1}]`, `[{"op":"test","path":"/z","value":"u"}]`,
		`[{"op":"add","path":"/x/y/9","value":1}]`, `[{"op":"add","path":"/x/y/01","value":1}]`, `[{"op":"remove","path":""}]`, `[{"op":"add","path":"/z/a","value":1}]`,
	} {
		require.ErrorIs(t, patch.JSON(parse(t, `{"x":{"y":[1,2]},"z":"t"}`), parse(t, operations)), patch.ErrNotApplicable, operations)
	}
	for _, operations := range []string{
		`{}`, `[{"op":"add","path":"/a"}]`, `[{"op":"fly","path":"/a"}]`, `[{"op":"remove"}]`, `[{"op":"remove","path":"a"}]`, `[{"op":"move","path":"/a"}]`,
	} {
		err := patch.JSON(parse(t, `{"z":"t"}`), parse(t, operations))
		require.Error(t, err, operations)
		require.NotErrorIs(t, err, patch.ErrNotApplicable, operations)
	}
}

func operation(parts string) string {
	return `{"resourceType":"Parameters","parameter":[{"name":"operation","part":[` + parts + `]}]}`
}

func TestFHIRPathPatchesAreApplied(t *testing.T) {
	t.Parallel()
	const kind, path = `{"name":"type","valueCode":"`, `"},{"name":"path","valueString":"`
	for parts, want := range map[string]string{
		kind + `replace` + path + `Patient.birthDate"},{"name":"value","valueDate":"1981"}`:                                                      `1981`,
		kind + `add` + path + `Patient"},{"name":"name","valueString":"gender"},{"name":"value","valueCode":"male"}`:                             `"gender":"male"`,
		kind + `add` + path + `Patient.name[1]"},{"name":"name","valueString":"given"},{"name":"value","valueString":"New"}`:                     `["A","New"]`,
		kind + `delete` + path + `Patient.name.where(use = 'usual')"}`:                                                                           `"name":[{"use":"official","given":["Ann","Bea"]}]`,
		kind + `insert` + path + `Patient.name[0].given"},{"name":"index","valueInteger":1},{"name":"value","valueString":"Mid"}`:                `["Ann","Mid","Bea"]`,
		kind + `move` + path + `Patient.name.first().given"},{"name":"source","valueInteger":1},{"name":"destination","valueInteger":0}`:         `["Bea","Ann"]`,
		kind + `delete` + path + `Patient.gender"}`:                                                                                              `"birthDate":"1980"`,
		kind + `add` + path + `Patient"},{"name":"name","valueString":"contact"},{"name":"value","part":[{"name":"gender","valueCode":"male"}]}`: `"contact":[{"gender":"male"}]`,
		kind + `replace` + path + `Patient.name.last().use"},{"name":"value","valueCode":"old"}`:                                                 `"use":"old"`,
	} {
		n := parse(t, patient)
		require.NoError(t, patch.FHIRPath(n, parse(t, operation(parts))), parts)
		require.Contains(t, string(n.Bytes()), want, parts)
	}
}

func TestFHIRPathPatchesThatDoNotFitAreTold(t *testing.T) {
	t.Parallel()
	const kind, path = `{"name":"type","valueCode":"`, `"},{"name":"path","valueString":"`
	for _, parts := range []string{
		kind + `replace` + path + `Patient.gender"},{"name":"value","valueCode":"male"}`, kind + `delete` + path + `Patient.name"}`,
		kind + `insert` + path + `Patient.name"},{"name":"index","valueInteger":9},{"name":"value","valueString":"x"}`,
		kind + `add` + path + `Patient"},{"name":"name","valueString":"colour"},{"name":"value","valueString":"x"}`,
		kind + `replace` + path + `Patient.birthDate"}`, kind + `fly` + path + `Patient.birthDate"}`, kind + `delete` + path + `Group.name"}`,
		kind + `delete` + path + `Patient.name.select($this)"}`, kind + `delete"}`, ``,
	} {
		require.Error(t, patch.FHIRPath(parse(t, patient), parse(t, operation(parts))), parts)
	}
	require.Error(t, patch.FHIRPath(parse(t, patient), parse(t, `{"resourceType":"Parameters"}`)))
}

func FuzzJSON(f *testing.F) {
	f.Add(`{"a":[1,{"b":2}]}`, `[{"op":"move","from":"/a/1/b","path":"/a/-"}]`)
	f.Add(`{}`, `[{"op":"copy","from":"","path":"/a"},{"op":"copy","from":"","path":"/b"}]`)
	f.Fuzz(func(t *testing.T, document, operations string) {
		d, err1 := jsontree.Parse([]byte(document))
		o, err2 := jsontree.Parse([]byte(operations))
		if err1 != nil || err2 != nil || len(o.Items) > 8 {
			return
		}
		if patch.JSON(d, o) != nil {
			return
		}
		if _, err := jsontree.Parse(d.Bytes()); err != nil {
			t.Fatalf("%q became %q: %v", document, d.Bytes(), err)
		}
	})
}

func FuzzFHIRPath(f *testing.F) {
	f.Add("replace", "Patient.name.where(use = 'usual').given[0]", "given", 0, 1)
	f.Add("move", "Patient.name.last().given", "", 1, 0)
	f.Fuzz(func(t *testing.T, kind, path, name string, source, destination int) {
		p := jsontree.NewObject("resourceType", "Parameters", "parameter", jsontree.NewArray(jsontree.NewObject("name", "operation", "part", jsontree.NewArray(
			jsontree.NewObject("name", "type", "valueCode", kind), jsontree.NewObject("name", "path", "valueString", path),
			jsontree.NewObject("name", "name", "valueString", name), jsontree.NewObject("name", "value", "valueString", "v"),
			jsontree.NewObject("name", "index", "valueInteger", jsontree.NewNumber("1")),
			jsontree.NewObject("name", "source", "valueInteger", jsontree.NewNumber(string(rune('0'+source%10)))),
			jsontree.NewObject("name", "destination", "valueInteger", jsontree.NewNumber(string(rune('0'+destination%10))))))))
		d := parse(t, patient)
		if patch.FHIRPath(d, p) == nil {
			parse(t, string(d.Bytes()))
		}
	})
}
