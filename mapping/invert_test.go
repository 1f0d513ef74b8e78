package mapping_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping"
)

const invertible = `
mapping: v1
name: person
tables: {sex: {map: {F: female, M: male}}}
let: {who: {$from: person, $required: true}}
map:
  kind: Patient
  id: $.uuid
  gender: {$from: person.sex, $translate: sex}
  born: {$from: person.born, $date: {in: dd/MM/yyyy, out: fhir-date}}
  ref: {$from: uuid, $prefix: Patient/}
  town: $who.address.town
  tags: {$from: tags, $split: ";"}
  active: "= not voided"
  names:
    $each: person.names
    $where: use == "official"
    main: {$if: preferred, $then: yes it is, $else: other}
    family: $.last
  attributes:
    $with: person
    $pairs: {key: attribute, value: value}
    w75: $.phone
  nin: $.ids.#(system=="nin").value
`

func TestInvertBringsBackWhatItSaysItDoes(t *testing.T) {
	t.Parallel()
	document, err := mapping.Parse("m.yaml", []byte(strings.TrimSpace(invertible)))
	require.NoError(t, err)
	there, err := mapping.Compile(document, mapping.CompileOptions{})
	require.NoError(t, err)
	inverse, losses, err := mapping.Invert(document, mapping.CompileOptions{})
	require.NoError(t, err)
	assert.Empty(t, losses)
	back, err := mapping.Compile(inverse, mapping.CompileOptions{})
	require.NoError(t, err)
	in := []byte(`{"uuid":"1","voided":false,"tags":"a;b","person":{"sex":"F","born":"11/03/1988","phone":"+256","address":{"town":"Kira"},
		"names":[{"use":"official","preferred":true,"last":"Okafor"},{"use":"official","preferred":false,"last":"B"}]},
		"ids":[{"system":"nin","value":"CM9"}],"other":5}`)
	differences, err := mapping.Roundtrip(t.Context(), there, back, in, mapping.Options{})
	require.NoError(t, err)
	assert.Equal(t, []mapping.Difference{{Pointer: "/other", Lost: true}}, differences)
}

func TestInvertListsWhatItLosesWithItsPlace(t *testing.T) {
	t.Parallel()
	document, err := mapping.Parse("m.yaml", []byte(strings.TrimSpace(`
mapping: v1
tables: {t: {map: {a: x, b: x}}}
map:
  a: {$from: a, $translate: t}
  b: "= c + d"
  c: {$from: d, $date: {in: openmrs, out: fhir-date}}
  d: {$first: [$.x, $.y]}
  e: {$each: l, $where: n > 1, n: $.n}
  f: {$from: f, $case: upper}
inverse: {map: {a: $.a}}
`)))
	require.NoError(t, err)
	_, losses, err := mapping.Invert(document, mapping.CompileOptions{})
	require.NoError(t, err)
	assert.Equal(t, []mapping.Loss{
		{"/a", "m.yaml", 4, 6, "the table t gives the same for a and b"},
		{"/b", "m.yaml", 5, 6, "an expression"},
		{"/c", "m.yaml", 6, 6, "$date leaves the time away"},
		{"/d", "m.yaml", 7, 6, "$first has no inverse"},
		{"/e", "m.yaml", 8, 25, "the items for which n > 1 does not hold"},
		{"/f", "m.yaml", 9, 6, "$case has no inverse"},
	}, losses)
}
