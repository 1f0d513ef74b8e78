package mapping_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping"
)

func TestConcatTakesTheOneItemThatEachGives(t *testing.T) {
	t.Parallel()
	out, _, err := mapped(t, "map: {$concat: [{$each: a}, {$each: b, $index: 1}, {$each: b, $index: 0}, {$each: a, $reduce: count}]}", `{"a":[1,2],"b":[3,[4,5]]}`, mapping.Options{})
	require.NoError(t, err)
	assert.Equal(t, `[1,2,4,5,3,2]`, out)
}

func TestALimitIsNoItemToDrop(t *testing.T) {
	t.Parallel()
	in := `{"l":["` + strings.Repeat("x", 600) + `","` + strings.Repeat("y", 600) + `"]}`
	for _, source := range []string{
		"map: {e: {$each: l, $onError: drop, $value: {a: $., b: $.}}}",
		"map: {e: {$each: l, $value: {a: {$from: ., $onError: drop}, b: {$from: ., $onError: omit}}}}",
		"map: {e: {$each: l, $onError: drop, $reduce: join}}",
	} {
		out, report, err := mapped(t, source, in, mapping.Options{Limits: mapping.Limits{Output: 1000, Memory: 900}})
		require.Error(t, err, "%s gives %d bytes", source, len(out))
		assert.Equal(t, mapping.CodeLimit, report.Issues[len(report.Issues)-1].Code)
	}
}

func TestTheItemThatFailsIsTheOneThatIsDropped(t *testing.T) {
	t.Parallel()
	in := `{"l":[{"i":1,"d":"2"},{"i":2,"d":"x"},{"i":3,"d":"1"}],"k":[1]}`
	for source, want := range map[string]string{
		"map: {$each: l, $sort: {by: {$from: d, $as: number, $onError: drop}}, $value: $.i}":                             `[3,1]`,
		"map: {$each: l, $distinct: {$from: d, $as: number, $onError: drop}, $value: $.i}":                               `[1,3]`,
		"map: {$each: l, $group: {$from: d, $as: number, $onError: drop}, $value: $.first.i}":                            `[1,3]`,
		"map: {$each: l, $join: {with: $root.k, on: [{$from: d, $as: number, $onError: drop}, .]}, $value: $.i}":         `[1,3]`,
		"map: {$each: l, $value: {$each: [{$from: d, $as: number, $onError: drop}, $root.k], $value: $.}}":               `[]`,
		"map: {$each: l, $onError: drop, $where: 'd > 1', $value: $.i}":                                                  `[]`,
		"map: {$each: l, $onError: drop, $sort: {by: {$from: d, $as: number}}, $value: $.i}":                             `[3,1]`,
		"map: {$each: l, $onError: drop, $expand: {$from: d, $as: number}, $value: $.}":                                  `[2,1]`,
		"map: {$each: l, $reduce: sum, $value: {$from: d, $as: number, $onError: drop}}":                                 `3`,
		"map: {$each: l, $value: {$each: $parent.l, $sort: {by: {$from: d, $as: number, $onError: drop}}, $value: $.i}}": `[[3,1],[3,1],[3,1]]`,
	} {
		t.Run(source, func(t *testing.T) {
			t.Parallel()
			in := in
			if strings.Contains(source, "$root.k]") {
				in = `{"l":[{"d":"x"}],"k":[1]}`
			}
			out, report, err := mapped(t, source, in, mapping.Options{})
			require.NoError(t, err)
			assert.Equal(t, want, out)
			assert.NotEmpty(t, report.Issues)
		})
	}
}

func TestConditionsOfWhatFailsAreCoveredByOnError(t *testing.T) {
	t.Parallel()
	out, report, err := mapped(t, "map: {a: {$when: n, $from: n, $onError: omit}, b: {$from: n, $when: n > \"x\", $default: 2, $onError: default}, c: 1, d: $.n}", `{"n":1}`, mapping.Options{})
	require.NoError(t, err)
	assert.Equal(t, `{"b":2,"c":1,"d":1}`, out)
	assert.Len(t, report.Issues, 2)
}

func TestJoinRefusesKeysThatAreNoScalars(t *testing.T) {
	t.Parallel()
	_, report, err := mapped(t, "map: {$each: l, $join: {with: r, on: [k, k]}, $value: $joined.v}", `{"l":[{"k":[1]}],"r":[{"k":{"a":1},"v":"wrong"}]}`, mapping.Options{})
	require.Error(t, err)
	assert.Equal(t, mapping.CodeType, report.Issues[0].Code)
}
