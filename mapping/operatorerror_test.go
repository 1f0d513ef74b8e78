package mapping_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping"
)

// colours is a host's operator that lacks codes as its argument says.
func colours() mapping.Operator {
	return mapping.Operator{
		Summary: "Translates colours.", In: mapping.Text, Out: mapping.Text,
		Takes: func(argument json.RawMessage) bool { return string(argument) != `"own"` },
		Make: func(argument json.RawMessage) (func(mapping.Value) (mapping.Value, error), error) {
			return func(in mapping.Value) (mapping.Value, error) {
				bad := &mapping.OperatorError{Code: mapping.CodeUnmapped, Message: "not a colour", Hint: "paint it", Table: "colours", Unmapped: in.Text()}
				switch string(argument) {
				case `"omit"`:
					bad.Instead = &mapping.Value{}
				case `"keep"`:
					bad.Instead = &in
				case `"other"`:
					return in, errors.New("broken")
				case `"bare"`:
					bad = &mapping.OperatorError{Message: "bare"}
				}
				return mapping.Value{}, bad
			}, nil
		},
	}
}

func TestOperatorErrorsSayMoreThanTheirText(t *testing.T) {
	t.Parallel()
	opts := mapping.CompileOptions{Operators: map[string]mapping.Operator{"$translate": colours()}}
	for argument, want := range map[string]string{
		"fail":  "m.yaml:2:10: error: unmapped: $translate: not a colour (rule /a) at input /x; paint it",
		"other": "m.yaml:2:10: error: operator: $translate: broken (rule /a) at input /x",
		"bare":  "m.yaml:2:10: error: operator: $translate: bare (rule /a) at input /x",
	} {
		_, report, err := mustCompile("map: {a: {$from: x, $translate: "+argument+"}}", opts).Run(t.Context(), []byte(`{"x":"7"}`), mapping.Options{})
		require.Error(t, err)
		require.Len(t, report.Issues, 1)
		assert.Equal(t, want, report.Issues[0].String())
	}
	for argument, want := range map[string]string{"omit": `{}`, "keep": `{"a":"7"}`} {
		out, report, err := mustCompile("map: {a: {$from: x, $translate: "+argument+"}}", opts).Run(t.Context(), []byte(`{"x":"7"}`), mapping.Options{})
		require.NoError(t, err)
		assert.Empty(t, report.Issues)
		assert.Equal(t, []mapping.Unmapped{{Table: "colours", Code: "7", Count: 1}}, report.Unmapped)
		assert.JSONEq(t, want, string(out))
	}
}

func TestOperatorsLeaveArgumentsToTheEnginesOwn(t *testing.T) {
	t.Parallel()
	opts := mapping.CompileOptions{Operators: map[string]mapping.Operator{"$translate": colours()}}
	out, _, err := mustCompile("tables: {own: {map: {\"7\": red}}}\nmap: {a: {$from: x, $translate: own}}", opts).Run(t.Context(), []byte(`{"x":"7"}`), mapping.Options{})
	require.NoError(t, err)
	assert.JSONEq(t, `{"a":"red"}`, string(out))
	assert.True(t, json.Valid(mapping.Schema(opts.Operators)))
}
