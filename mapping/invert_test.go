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
  g: {$each: g, $group: k, k: $.key}
  h: {$each: h, $sort: k, $limit: 2, k: $.k}
  i: {$concat: [{$each: i, a: $.a}, {$each: j, a: $.a}]}
  j: {$from: k, $default: none}
  k: {$from: [m, o], $number: {scale: "1/3"}}
  n: {$switch: {on: p, cases: {a: $.x}}}
  o: {$each: o.#(x=="y")#, x: $.x}
  q: {$from: q, $hash: true}
`)))
	require.NoError(t, err)
	_, losses, err := mapping.Invert(document, mapping.CompileOptions{})
	require.NoError(t, err)
	assert.Equal(t, []mapping.Loss{
		{"/a", "m.yaml", 4, 6, "the table t gives the same for a and b"},
		{"/b", "m.yaml", 5, 6, "an expression"},
		{"/c", "m.yaml", 6, 6, "$date leaves the time away"},
		{"/d", "m.yaml", 7, 6, "of several rules the first is written back"},
		{"/e", "m.yaml", 8, 25, "the items for which n > 1 does not hold"},
		{"/f", "m.yaml", 9, 6, "$case has no inverse"},
		{"/g", "m.yaml", 10, 6, "$group has no inverse"},
		{"/h", "m.yaml", 11, 6, "$limit leaves items out"},
		{"/h", "m.yaml", 11, 6, "the order of the items"},
		{"/i", "m.yaml", 12, 6, "the items of a $concat of arrays that no constant tells apart"},
		{"/j", "m.yaml", 13, 6, "what was missing comes back as the default"},
		{"/k", "m.yaml", 14, 6, "of several sources the first is written"},
		{"/k", "m.yaml", 14, 6, "$number with a scale that is no decimal number"},
		{"/n", "m.yaml", 15, 6, "$switch that is not between different constants"},
		{"/o", "m.yaml", 16, 6, "$each over something that cannot be written to, or twice over the same"},
		{"/q", "m.yaml", 17, 6, "$hash has no inverse"},
	}, losses)
}

// backAndForth gives the inverse's losses and what a roundtrip loses.
func backAndForth(t *testing.T, source, in string) (reasons []string, lost []mapping.Difference) {
	t.Helper()
	document, err := mapping.Parse("m.yaml", []byte("mapping: v1\n"+source))
	require.NoError(t, err)
	there, err := mapping.Compile(document, mapping.CompileOptions{})
	require.NoError(t, err)
	inverse, losses, err := mapping.Invert(document, mapping.CompileOptions{})
	require.NoError(t, err)
	back, err := mapping.Compile(inverse, mapping.CompileOptions{})
	require.NoError(t, err, "%s", inverse.Source())
	for _, loss := range losses {
		reasons = append(reasons, loss.Rule+": "+loss.Reason)
	}
	lost, err = mapping.Roundtrip(t.Context(), there, back, []byte(in), mapping.Options{})
	require.NoError(t, err)
	return reasons, lost
}

func TestInvertFollowsCallsSwitchesSourcesAndParts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		source, in string
		reasons    []string
	}{
		"a fragment, also within a fragment": {
			"defs: {address: {city: $.town, lines: {$call: {def: lines, with: place}}}, lines: {one: $.first}}\nmap: {home: {$call: {def: address, with: person.home}}, all: {$each: list, $value: {$call: address}}, n: {$call: lines}}",
			`{"person":{"home":{"town":"Kira","place":{"first":"A"}}},"list":[{"town":"X"},{"place":{"first":"B"}}],"first":"C"}`, nil,
		},
		"a switch between constants": {
			"map: {sex: {$switch: {on: s, cases: {F: female, M: male}}}}", `{"s":"M"}`, nil,
		},
		"the first of several": {
			"map: {v: {$first: [{$from: a, $prefix: x}, $.b]}, w: {$from: [c, d]}}", `{"a":"1","c":"2"}`,
			[]string{"/v: of several rules the first is written back", "/w: of several sources the first is written"},
		},
		"single values in one array": {
			"map: {names: {$concat: [$.first, $.last]}}", `{"first":"Amina","last":"Okafor"}`,
			[]string{"/names: the places in the list shift when one of them is missing or is a list"},
		},
		"a text of several": {
			"map: {name: {$concat: [$.first, $.last], $join: \" \"}}", `{"first":"Amina","last":"Okafor"}`,
			[]string{`/name: a text with " " in it, or a missing one, shifts the others`},
		},
		"arrays that a constant tells apart": {
			"map: {t: {$concat: [{$each: phones, system: phone, value: $.no}, {$each: mails, system: email, value: $.at}]}}", `{"phones":[{"no":"1"},{"no":"2"}],"mails":[{"at":"a@b"}]}`, nil,
		},
		"the same array, told apart by its condition": {
			"map: {t: {$concat: [{$each: l, $where: 'k == \"a\"', system: a, v: $.v}, {$each: l, $where: 'k == \"b\"', system: b, v: $.v}]}}", `{"l":[{"k":"a","v":1},{"k":"b","v":2}]}`,
			[]string{"/t#1: the order of the items"},
		},
		"numbers": {
			"map: {g: {$from: kg, $number: {scale: 1000}}, n: {$from: t, $as: integer}, e: '= a.b'}", `{"kg":0.5,"t":"7","a":{"b":[1]}}`,
			[]string{"/n: a value that was no text comes back as text"},
		},
		"the root and a let by another name": {
			"let: {who: $.person}\nmap: {a: $root.x, b: $who.y}", `{"x":1,"person":{"y":2}}`, nil,
		},
		"the whole input": {
			"map: {a: [$.], b: $.x}", `{"x":1}`, []string{"/b: reads $.x, and another rule reads all of it"},
		},
		"a whole item beside its members": {
			"map: {a: {$each: l, x: $.x, y: $.}, b: {$each: m, y: $., x: $.x}}", `{"l":[{"x":1}],"m":[{"x":1}]}`,
			[]string{"/a/*/y: reads $., which cannot be written to", "/b/*/x: reads $.x, and another rule reads all of it"},
		},
		"one object for an array": {
			"map: {a: {$each: {from: l, single: true}, $value: $.x}}", `{"l":[{"x":1}]}`,
			[]string{"/a: one value without an array comes back as an array of it"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reasons, lost := backAndForth(t, c.source, c.in)
			assert.Equal(t, c.reasons, reasons)
			assert.Empty(t, lost)
		})
	}
}

func TestTheDocumentsOwnInverseFillsWhatIsNotDerived(t *testing.T) {
	t.Parallel()
	reasons, lost := backAndForth(t, strings.TrimSpace(`
tables: {t: {map: {a: x, b: x, c: y}}}
map: {code: {$from: c, $translate: t}, up: {$from: n.name, $case: upper}, l: {$each: l, k: {$from: k, $trim: true}}}
inverse: {tables: {back: {map: {x: a, y: c}}}, map: {c: {$from: code, $translate: back}, l: {$each: l, k: $.k}}}
`), `{"c":"c","l":[{"k":"z"}]}`)
	assert.Equal(t, []string{"/up: $case has no inverse"}, reasons)
	assert.Empty(t, lost)
}

func TestDirectionSaysWhetherADocumentIsInverted(t *testing.T) {
	t.Parallel()
	document, err := mapping.Parse("m.yaml", []byte("mapping: v1\ndirection: one-way\nmap: {a: $.a}"))
	require.NoError(t, err)
	_, _, err = mapping.Invert(document, mapping.CompileOptions{})
	var bad *mapping.DocumentError
	require.ErrorAs(t, err, &bad)
	assert.Equal(t, 2, bad.Issues[0].Line)
	assert.Equal(t, []string{
		"m.yaml:3:20: warning: inverse: the inverse loses: $case has no inverse (rule /b); inverse: {map: …} writes what is not derived",
	}, lint(t, "direction: both\nmap: {a: $.x.y, b: {$from: b, $case: upper}}"))
	assert.Empty(t, lint(t, "direction: both\nmap: {a: $.x.y, b: {$from: b, $case: upper}}\ninverse: {map: {b: $.b}}"))
	assert.Len(t, lint(t, "direction: both\nmap: {b: {$from: b, $case: upper}}\ninverse: {map: {b: {$from: b, $translate: nope}}}"), 1)
}
