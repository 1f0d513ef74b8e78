package mapping_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping"
)

// outline writes what a document writes in one line.
func outline(o *mapping.Output) string {
	var text string
	var parts []string
	switch o.Kind {
	case mapping.OutputUnknown:
		text = "?"
	case mapping.OutputObject:
		for _, m := range o.Members {
			parts = append(parts, m.Name+":"+outline(m.Value))
		}
		text = "{" + strings.Join(parts, " ") + "}"
	case mapping.OutputList, mapping.OutputEither:
		for _, item := range o.Items {
			parts = append(parts, outline(item))
		}
		text = "[" + strings.Join(parts, " ") + "]"
		if o.Kind == mapping.OutputEither {
			text = "(" + strings.Join(parts, "|") + ")"
		}
		if o.Repeats {
			text += "*"
		}
	case mapping.OutputText:
		text = "'" + o.Text + "'"
	case mapping.OutputNumber, mapping.OutputBool:
		text = o.Text
	case mapping.OutputValue:
		text = "<" + o.Gives.String() + ">" + strings.Join(o.Codes, ",")
	}
	if o.Conditional {
		text += "?"
	}
	return text
}

func TestOutputIsWhatADocumentWrites(t *testing.T) {
	t.Parallel()
	for document, want := range map[string]string{
		"map: {a: x, b: 1.50, c: true, $$d: $$e, f: null}":                                     "{a:'x' b:1.50 c:true $d:'$e' f:?}",
		"map: {a: $.x, b: '= x == 1', c: {$from: x, $trim: true}, d: {$from: x, $as: number}}": "{a:<any value> b:<any value> c:<text> d:<any value>}",
		"map: {a: [x, $.y]}":                                                                              "{a:['x' <any value>]}",
		"map: {a: {$each: xs, b: $.c, $where: b}}":                                                        "{a:[{b:<any value>}]*}",
		"map: {a: {$each: xs, $value: {$from: y, $trim: true}}}":                                          "{a:[<text>]*}",
		"map: {a: {$each: xs, $index: 0, b: x}}":                                                          "{a:{b:'x'}}",
		"map: {a: {$each: xs, $value: $.n, $reduce: sum}}":                                                "{a:<any value>}",
		"map: {a: {$if: x, $then: 1, $else: y}, b: {$if: x, $then: 1}, c: {$when: x, d: $.e}}":            "{a:(1|'y') b:(1)? c:{d:<any value>}?}",
		"map: {a: {$first: [$.x, {$from: y}]}, b: {$switch: {on: x, cases: {p: q}, else: r}}}":            "{a:(<any value>|<any value>) b:('r'|'q')}",
		"map: {a: {$concat: [[1], {$each: x, b: 1}]}}":                                                    "{a:[1 {b:1}]*}",
		"map: {a: {$pairs: {key: k, value: v}, b: $.c}}":                                                  "{a:[]*}",
		"defs: {d: {e: f, g: $.h}}\nmap: {a: {$call: d}}":                                                 "{a:{e:'f' g:<any value>}}",
		"tables: {t: {map: {M: male, F: female}, default: unknown}}\nmap: {a: {$from: x, $translate: t}}": "{a:<any value>female,male,unknown}",
		"tables: {t: {map: {M: male}, unmapped: keep}}\nmap: {a: {$from: x, $translate: t}}":              "{a:<any value>}",
		"map: {a: {$join: {with: ys, on: [k, k]}, $each: xs, b: $.c}}":                                    "{a:[{b:<any value>}]*}",
		"map: {a: {$join: \",\", $each: xs, $value: $.c}}":                                                "{a:<text>}",
		"map: {a: {$from: {b: $.c}}}":                                                                     "{a:{b:<any value>}}",
	} {
		d, err := mapping.Parse("m.yaml", []byte("mapping: v1\noutput: {schema: shape}\n"+document))
		require.NoError(t, err, document)
		var seen string
		issues := mapping.Lint(d, mapping.CompileOptions{Output: func(schema string, out *mapping.Output) ([]mapping.Issue, bool) {
			assert.Equal(t, "shape", schema)
			if out != nil {
				seen = outline(out)
			}
			return nil, true
		}})
		for _, issue := range issues {
			assert.NotEqual(t, mapping.CodeSchema, issue.Code, "%s: %s", document, issue)
		}
		assert.Equal(t, want, seen, document)
	}
}

func TestOutputLintReportsWhatTheHostFinds(t *testing.T) {
	t.Parallel()
	d, err := mapping.Parse("m.yaml", []byte("mapping: v1\noutput: {schema: shape}\nmap: {a: {b: x}}"))
	require.NoError(t, err)
	issues := mapping.Lint(d, mapping.CompileOptions{Output: func(_ string, out *mapping.Output) ([]mapping.Issue, bool) {
		if out == nil {
			return nil, true
		}
		b := out.Member("a").Member("b")
		assert.Nil(t, out.Member("z"))
		return []mapping.Issue{{Message: "no " + b.Text, Line: b.Line, Column: b.Column, Rule: b.Rule, Severity: mapping.SeverityError}}, true
	}})
	require.Len(t, issues, 1)
	assert.Equal(t, "m.yaml:3:14: warning: schema: no x (rule /a/b)", issues[0].String())
	_, err = mapping.Compile(d, mapping.CompileOptions{Output: func(string, *mapping.Output) ([]mapping.Issue, bool) { return nil, true }})
	require.NoError(t, err)

	issues = mapping.Lint(d, mapping.CompileOptions{Output: func(string, *mapping.Output) ([]mapping.Issue, bool) { return nil, false }})
	require.Len(t, issues, 1, "the host does not know it, and there is no JSON Schema")
	assert.Contains(t, fmt.Sprint(issues[0]), "cannot be found")
}

func TestOutputTellsAValuesLastOperatorAndItsArgument(t *testing.T) {
	t.Parallel()
	d, err := mapping.Parse("m.yaml", []byte("mapping: v1\noutput: {schema: shape}\n"+
		"map: {a: {$from: x, $trim: true, $pad: {width: 3}}, b: $.y, c: constant}"))
	require.NoError(t, err)
	var got *mapping.Output
	mapping.Lint(d, mapping.CompileOptions{Output: func(_ string, out *mapping.Output) ([]mapping.Issue, bool) {
		if out != nil {
			got = out
		}
		return nil, true
	}})
	require.NotNil(t, got)
	assert.Equal(t, "$pad", got.Member("a").Operator)
	assert.JSONEq(t, `{"width": 3}`, string(got.Member("a").Argument))
	assert.Empty(t, got.Member("b").Operator)
	assert.Empty(t, got.Member("c").Operator)
	assert.Nil(t, got.Member("c").Argument)
}
