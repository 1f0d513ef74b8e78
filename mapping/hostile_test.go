package mapping_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping"
)

// mapped runs a document on an input.
func mapped(t *testing.T, source, in string, opts mapping.Options) (string, *mapping.Report, error) {
	t.Helper()
	out, report, err := compiled(t, source).Run(t.Context(), []byte(in), opts)
	if err == nil {
		require.True(t, json.Valid(out), "the output is JSON: %s", out)
	}
	return string(out), report, err
}

func refusal(t *testing.T, source string) *mapping.DocumentError {
	t.Helper()
	document, err := mapping.Parse("m.yaml", []byte("mapping: v1\n"+source))
	if err == nil {
		_, err = mapping.Compile(document, caseOptions())
	}
	var bad *mapping.DocumentError
	require.ErrorAs(t, err, &bad)
	return bad
}

func TestAnErrorIsNotLostBehindAHundredWarnings(t *testing.T) {
	t.Parallel()
	var source strings.Builder
	source.WriteString("map:\n")
	for i := range 150 {
		fmt.Fprintf(&source, "  a%d: {$if: true, $then: $.x, $else: $.y}\n", i)
	}
	source.WriteString("  z: {$from: x, $translate: nope}\n")
	bad := refusal(t, source.String())
	found := false
	for _, issue := range bad.Issues {
		found = found || issue.Severity == mapping.SeverityError
	}
	assert.True(t, found)
	assert.LessOrEqual(t, len(bad.Issues), 200)
}

// repeated joins what line gives for each number under n.
func repeated(n int, line func(i int) string) string {
	var all strings.Builder
	for i := range n {
		all.WriteString(line(i))
	}
	return all.String()
}

// soon fails the test when fn takes as long as something that runs away does.
func soon(t *testing.T, what string, fn func()) {
	t.Helper()
	from := time.Now()
	fn()
	assert.Less(t, time.Since(from), 20*time.Second, what)
}

func TestHostileDocumentsStayWithinTheirLimits(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a,", 50_000)
	items := `["` + strings.Repeat(`x","`, 30_000) + `x"]`
	objects := strings.TrimSuffix(strings.Repeat(`{"k":"x"},`, 20_000), ",")
	members := strings.TrimSuffix(repeated(20_000, func(i int) string { return fmt.Sprintf(`"k%d":1,`, i) }), ",")
	in := `{"t":"` + long + `","l":` + items + `,"n":1,"m":[` + objects + `],"o":{` + members + `}}`
	many := func(text string, n int) string { return strings.TrimSuffix(strings.Repeat(text+", ", n), ", ") }
	for name, source := range map[string]string{
		"output of copies":     "map: [" + many("$.", 5000) + "]",
		"sources of one $each": "map: {$each: [" + many("l", 5000) + "], $value: 1}",
		"expanding":            "map: {$each: l, $expand: [" + many(".", 5000) + "]}",
		"a zip of one list": "map: {$each: {zip: {" +
			repeated(2000, func(i int) string { return fmt.Sprintf("k%d: l, ", i) }) + "z: l}}}",
		"splits":                    "map: [" + many("{$from: t, $split: ','}", 2000) + "]",
		"replacing nothing by much": "map: {$from: t, $replace: {match: '', with: '" + strings.Repeat("y", 100_000) + "'}}",
		"replacing again and again": "map: {$from: " + strings.Repeat("{$from: ", 30) + "t" + strings.Repeat(", $replace: {match: 'a', with: 'aaaaaaaaaa'}}", 30) + "}",
		"joining with much":         "map: {$from: l, $join: '" + strings.Repeat("y", 100_000) + "'}",
		"reducing with much":        "map: {$each: l, $reduce: {op: join, with: '" + strings.Repeat("y", 100_000) + "'}}",
		"doubling lets": "let:\n  a0: $.l\n" +
			repeated(40, func(i int) string { return fmt.Sprintf("  a%d: {$concat: [$a%d, $a%d]}\n", i+1, i, i) }) + "map: $a40",
		"doubling calls": "defs:\n  d0: $.n\n" +
			repeated(60, func(i int) string { return fmt.Sprintf("  d%d: [{$call: d%d}, {$call: d%d}]\n", i+1, i, i) }) + "map: {$call: d60}",
		"loops over a let":           "map: '= let r = 1..90000; count(r, any(r, any(r, # < 0)))'",
		"loops over concats":         "map: '= let r = concat(l, l, l, l, l, l, l, l); count(r, any(r, any(r, # == \"\")))'",
		"much text in a loop":        "map: '= count(l, t contains (# + \"zz\"))'",
		"a split in a loop":          "map: '= count(l, len(split(t, #)) > 3)'",
		"a query in a $each":         "map: {$each: l, $value: '$root.m.#(k==\"none\").v'}",
		"an index in a $each":        "map: {$each: l, $value: $root.m.#.k.0}",
		"a let's member in a $each":  "let: {o: {$from: o, $default: 1}}\nmap: {$each: l, $value: $o.none}",
		"$each within one another":   "map: " + strings.Repeat("{$each: $root.l, $value: ", 60) + "1" + strings.Repeat("}", 60),
		"sorting within one another": "map: " + strings.Repeat("{$each: $root.l, $sort: ., $value: ", 60) + "1" + strings.Repeat("}", 60),
		"a large expression":         "map: {$each: l, $value: {$from: $root.t, $match: '((a{0,60}){0,12}b|){0,1}zz'}}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := compiled(t, source)
			soon(t, name, func() {
				_, report, err := m.Run(t.Context(), []byte(in), mapping.Options{Limits: mapping.Limits{Output: 4 << 20, Memory: 4 << 20, Steps: 200_000}})
				require.Error(t, err)
				assert.Contains(t, []string{mapping.CodeLimit, mapping.CodeExpression}, report.Issues[len(report.Issues)-1].Code)
			})
		})
	}
}

func TestHostileDocumentsAreRefused(t *testing.T) {
	t.Parallel()
	for name, source := range map[string]string{
		"an exponent in a scale":        "map: {a: {$from: n, $number: {scale: '0x1p99999999'}}}",
		"an exponent in a fraction":     "map: {a: {$from: n, $number: {scale: '1/1e99999999'}}}",
		"an exponent":                   "map: {a: {$from: n, $number: {scale: 1e99999999}}}",
		"a large regular expression":    "map: {a: {$from: n, $match: '" + strings.Repeat("a{1000}", 2000) + "'}}",
		"many large ones":               "map: [" + strings.Repeat("{$from: n, $match: '(x|yz){0,1000}'}, ", 3000) + "1]",
		"a large one in an expression":  "map: {$each: l, $where: 'n matches \"" + strings.Repeat("a{1000}", 200) + "\"'}",
		"a zone that there is not":      "map: {a: {$from: n, $date: {in: iso, out: iso, zone: '+99:00'}}}",
		"fragments that use each other": "use: [many.yaml, many.yaml, many.yaml]\nmap: {a: 1}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			soon(t, name, func() {
				document, err := mapping.Parse("m.yaml", []byte("mapping: v1\n"+source))
				require.NoError(t, err)
				opts := caseOptions()
				opts.FS = fstest.MapFS{"many.yaml": {Data: []byte("use: [" + strings.Repeat("many.yaml, ", 100) + "many.yaml]\n")}}
				_, err = mapping.Compile(document, opts)
				var bad *mapping.DocumentError
				require.ErrorAs(t, err, &bad)
			})
		})
	}
}

func TestNumbersWithVastExponentsAreNotValidatedAndNotCalculated(t *testing.T) {
	t.Parallel()
	source := `
input: {schema: {type: object, properties: {n: {type: integer, minimum: 3}, m: {multipleOf: 3}}}}
output: {schema: {type: object, properties: {x: {type: integer}}}}
validate: {input: always, output: always}
map: {x: $.x}`
	for _, in := range []string{`{"n":1e999999999}`, `{"m":-1E-999999999}`, `{"x":1e999999999}`} {
		soon(t, in, func() {
			_, report, err := mapped(t, source, in, mapping.Options{})
			require.Error(t, err)
			assert.Equal(t, mapping.CodeSchema, report.Issues[0].Code)
		})
	}
	soon(t, "lint", func() {
		assert.NotEmpty(t, lint(t, "output: {schema: {type: object, properties: {a: {type: integer}}}}\nmap: {a: 1e999999999, $limit: 1e999999999}"))
		_ = lint(t, "input: {schema: {type: object, properties: {n: {type: integer, maximum: 9}}}}\nmap: {a: 1e999999999}")
	})
	_, _, err := mapped(t, "input: {schema: {type: object, properties: {n: {type: integer}}}}\nmap: {a: $.n}", `{"n":1e999999999}`, mapping.Options{})
	require.Error(t, err)
}

func TestSchemaIssuesComeInOneOrder(t *testing.T) {
	t.Parallel()
	var properties, members []string
	for i := range 40 {
		properties = append(properties, fmt.Sprintf(`"p%d":{"type":"string"}`, i))
		members = append(members, fmt.Sprintf(`"p%d":%d`, i, i))
	}
	m := compiled(t, `input: {schema: {"type":"object","properties":{`+strings.Join(properties, ",")+"}}}\nvalidate: {input: always}\nmap: {a: $.p0.x}")
	in := []byte("{" + strings.Join(members, ",") + "}")
	_, first, err := m.Run(t.Context(), in, mapping.Options{Limits: mapping.Limits{Issues: 10}})
	require.Error(t, err)
	for range 20 {
		_, again, err := m.Run(t.Context(), in, mapping.Options{Limits: mapping.Limits{Issues: 10}})
		require.Error(t, err)
		require.Equal(t, first.Issues, again.Issues)
		require.Equal(t, first.Errors, again.Errors)
	}
}

func TestExplainOfALongListTakesNoLongerThanItsLength(t *testing.T) {
	t.Parallel()
	m := compiled(t, "map: {e: {$each: l, x: $.x, y: $.y, z: $.z}}")
	in := []byte(`{"l":[` + strings.TrimSuffix(strings.Repeat(`{"x":1,"y":2,"z":3},`, 20_000), ",") + `]}`)
	from := time.Now()
	_, err := m.Explain(t.Context(), in, mapping.Options{})
	require.NoError(t, err)
	assert.Less(t, time.Since(from), 15*time.Second)
}

func TestTablesOfManyRows(t *testing.T) {
	t.Parallel()
	var csv bytes.Buffer
	csv.WriteString("code,uid\n")
	for i := range 50_000 { // a million take 2 s
		fmt.Fprintf(&csv, "C%d,U%d\n", i, i)
	}
	document, err := mapping.Parse("m.yaml", []byte("mapping: v1\ntables: {t: {file: t.csv}}\nmap: {a: {$from: a, $translate: t}}"))
	require.NoError(t, err)
	m, err := mapping.Compile(document, mapping.CompileOptions{FS: fstest.MapFS{"t.csv": {Data: csv.Bytes()}}})
	require.NoError(t, err)
	out, _, err := m.Run(t.Context(), []byte(`{"a":"C49999"}`), mapping.Options{})
	require.NoError(t, err)
	assert.Equal(t, `{"a":"U49999"}`, string(out))
}
