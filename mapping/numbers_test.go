package mapping_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping"
)

func TestNumbersAreComparedByTheirValueHoweverManyThereAre(t *testing.T) {
	t.Parallel()
	var items []string
	for i := range 40 {
		items = append(items, fmt.Sprintf(`{"k":%d}`, i))
	}
	items = append(items, `{"k":3.0}`, `{"k":30e0}`, `{"k":"3"}`, `{"k":-0}`)
	in := `{"l":[` + strings.Join(items, ",") + `],"r":[{"k":3.00,"v":"three"}]}`
	out, _, err := mapped(t, "map: {g: {$each: {$each: l, $group: k, n: {$each: items, $reduce: count}}, $value: $.n, $reduce: count}, d: {$each: l, $distinct: k, $reduce: count}, j: {$each: l, $join: {with: r, on: [k, k]}, $where: $joined.v == \"three\", $value: $.k}}", in, mapping.Options{})
	require.NoError(t, err)
	assert.Equal(t, `{"g":41,"d":41,"j":[3,3.0,"3"]}`, out)
}

func TestNumbersBeyondFloatsAreComparedExactly(t *testing.T) {
	t.Parallel()
	out, _, err := mapped(t, `
map:
  sorted: {$each: l, $sort: ., $value: $.}
  big: "= a == b"
  query: $.q.#(id==9007199254740993).v
  text: $.q.#(id=="abc").v
  huge: "= h > 5"
  min: {$each: l, $reduce: min}
`, `{"l":[1E400,5,-1e500,2e499,1e500,1E+400,-0,0.0],"a":9007199254740993,"b":9007199254740992,"h":1e500,
		"q":[{"id":9007199254740992,"v":"wrong"},{"id":0,"v":"nought"},{"id":9007199254740993,"v":"right"}]}`, mapping.Options{})
	require.NoError(t, err)
	assert.Equal(t, `{"sorted":[-1e500,-0,0.0,5,1E400,1E+400,2e499,1e500],"big":false,"query":"right","huge":true,"min":-1e500}`, out)
}

func TestExpressionsLoseNoDigits(t *testing.T) {
	t.Parallel()
	for expression, in := range map[string]string{
		"= x + 1":           `{"x":9223372036854775807}`,
		"= x - 2":           `{"x":-9223372036854775807}`,
		"= x * x":           `{"x":4294967296}`,
		"= x + 0":           `{"x":0.12345678901234567890}`,
		"= max([x])":        `{"x":12345678901234567890}`,
		"= x * 2":           `{"x":1E400}`,
		"= int(x)":          `{"x":1e30}`,
		"= -x":              `{"x":1e308, "y":1}`,
		"= sum([x, x])":     `{"x":9223372036854775807}`,
		"= string(x + 0.5)": `{"x":9007199254740993}`,
	} {
		out, report, err := mapped(t, "map: {a: '"+expression+"'}", in, mapping.Options{})
		if expression == "= -x" {
			require.NoError(t, err)
			continue
		}
		require.Error(t, err, "%s of %s gives %s", expression, in, out)
		assert.Equal(t, mapping.CodeExpression, report.Issues[0].Code)
	}
	out, _, err := mapped(t, "map: {a: '= x + 1', b: '= y * 2', c: '= x - 1', d: '= \"a\" + z', e: '= max([x, 1])', f: '= -1 * (y + 1)', g: '= y / 2'}", `{"x":9007199254740992,"y":70.0,"z":"b"}`, mapping.Options{})
	require.NoError(t, err)
	assert.Equal(t, `{"a":9007199254740993,"b":140,"c":9007199254740991,"d":"ab","e":9007199254740992,"f":-71,"g":35}`, out)
}

func TestYearsOfFiveDigitsAreNoDates(t *testing.T) {
	t.Parallel()
	for _, date := range []string{"{in: ethiopian, out: fhir-date}", "{in: fhir, out: fhir-date}"} {
		_, report, err := mapped(t, "map: {a: {$from: d, $date: "+date+"}}", `{"d":"9999-13-01"}`, mapping.Options{})
		require.Error(t, err)
		assert.Equal(t, mapping.CodeFormat, report.Issues[0].Code)
	}
}

func TestADocumentInJSONMayHoldNulls(t *testing.T) {
	t.Parallel()
	document, err := mapping.Parse("m.json", []byte(`{"mapping":"v1","map":{"a":null,"b":[1.50,null,"x"],"c":{"$keep":["null"],"d":null},"e":"$.e"}}`))
	require.NoError(t, err)
	m, err := mapping.Compile(document, mapping.CompileOptions{})
	require.NoError(t, err)
	out, _, err := m.Run(t.Context(), []byte(`{"e":2}`), mapping.Options{})
	require.NoError(t, err)
	assert.Equal(t, `{"b":[1.50,"x"],"c":{"d":null},"e":2}`, string(out))
}
