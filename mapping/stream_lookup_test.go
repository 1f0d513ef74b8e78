package mapping_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping"
)

func TestStreamCountsABatchThatWaitsForLookupsOnce(t *testing.T) {
	t.Parallel()
	m := compiled(t, "tables: {t: {map: {A: a}, unmapped: omit}}\nlookups: {facility: {unmapped: omit}}\nmap: {e: {$each: rows, x: {$from: x, $lookup: facility, $get: uid}, y: {$from: y, $translate: t}}}")
	var out bytes.Buffer
	report, err := m.Stream(t.Context(), lines(`{"x":"HF1","y":"B"}`, `{"x":"no","y":"B"}`), &out, mapping.Options{Coverage: true})
	require.NoError(t, err)
	assert.Equal(t, []mapping.Unmapped{{Table: "facility", Code: "no", Count: 1}, {Table: "t", Code: "B", Count: 2}}, report.Unmapped)
	for _, c := range report.Coverage {
		if c.Rule == "/e/*/y" {
			assert.Equal(t, uint64(2), c.Count)
		}
	}
}

func TestStreamWaitsForTheLookupsOfItsLets(t *testing.T) {
	t.Parallel()
	m := compiled(t, "lookups: {facility: {}}\nlet: {f: {$from: $ctx.f, $lookup: facility, $get: uid, $required: true}}\nmap: {e: {$each: rows, x: $f}}")
	require.True(t, m.Streams())
	var out bytes.Buffer
	_, err := m.Stream(t.Context(), lines(`{}`), &out, mapping.Options{Context: []byte(`{"f":"HF1"}`)})
	require.NoError(t, err)
	assert.JSONEq(t, `{"e":[{"x":"U-HF1"}]}`, out.String())
}

func TestStreamKeepsTheIssuesItHasWhenThereIsNoRoomForMore(t *testing.T) {
	t.Parallel()
	m := compiled(t, "map: {e: {$each: rows, $onError: drop, x: {$from: x, $as: number}}}")
	report, err := m.Stream(t.Context(), lines(`{"x":"bad"}`, `{"x"`, `{"x":"bad"}`, `{"x":1}`), io.Discard, mapping.Options{Limits: mapping.Limits{Issues: 1}})
	require.NoError(t, err)
	require.Len(t, report.Issues, 1)
	assert.Equal(t, mapping.CodeFormat, report.Issues[0].Code)
	assert.Contains(t, report.Issues[0].Message, "not a number")
	assert.Equal(t, 3, report.Dropped)
}

func TestTheContextsCauseEndsARunInALookup(t *testing.T) {
	t.Parallel()
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	document, err := mapping.Parse("m.yaml", []byte("mapping: v1\nlookups: {f: {}}\nmap: {a: {$from: a, $lookup: f}}"))
	require.NoError(t, err)
	m, err := mapping.Compile(document, mapping.CompileOptions{Lookups: map[string]mapping.Lookup{
		"f": func(ctx context.Context, _ []string) ([]json.RawMessage, error) {
			cancel(cause)
			return nil, ctx.Err()
		},
	}})
	require.NoError(t, err)
	_, _, err = m.Run(ctx, []byte(`{"a":"x"}`), mapping.Options{})
	require.ErrorIs(t, err, cause)
}
