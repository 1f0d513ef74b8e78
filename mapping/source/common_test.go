package source_test

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping/source"
)

// drain returns the records and the errors of r, one a line, as they come. It checks what holds for
// every reader: records are JSON, errors are typed, and a fatal one stays.
func drain(tb testing.TB, r source.Reader) []string {
	tb.Helper()
	var got []string
	for {
		record, err := r.Next(tb.Context())
		if errors.Is(err, io.EOF) {
			_, again := r.Next(tb.Context())
			require.ErrorIs(tb, again, io.EOF, "the end stays the end")
			return got
		}
		if err == nil {
			require.True(tb, json.Valid(record), "the record must be JSON: %q", record)
			require.Positive(tb, r.Position().Record)
			got = append(got, string(record))
			continue
		}
		var bad *source.Error
		require.ErrorAs(tb, err, &bad)
		require.NotEmpty(tb, bad.Reason)
		require.Equal(tb, !bad.Fatal, bad.Skip())
		got = append(got, "error: "+bad.Error())
		if bad.Fatal {
			_, again := r.Next(tb.Context())
			require.Same(tb, err, again, "a fatal error stays")
			return got
		}
	}
}

// wantLines splits what drain returned, for tables.
func wantLines(text string) []string {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}
	return lines
}

// readCSV drains a CSV reader.
func readCSV(tb testing.TB, in string, config source.CSVConfig) []string {
	tb.Helper()
	r, err := source.NewCSV(strings.NewReader(in), config)
	require.NoError(tb, err)
	return drain(tb, r)
}

// readXML drains an XML reader.
func readXML(tb testing.TB, in string, config source.XMLConfig) []string {
	tb.Helper()
	r, err := source.NewXML(strings.NewReader(in), config)
	require.NoError(tb, err)
	return drain(tb, r)
}

// readHL7 drains a HL7 reader.
func readHL7(tb testing.TB, in string, config source.HL7Config) []string {
	tb.Helper()
	r, err := source.NewHL7(strings.NewReader(in), config)
	require.NoError(tb, err)
	return drain(tb, r)
}

// readNDJSON drains an NDJSON reader.
func readNDJSON(tb testing.TB, in string, config source.NDJSONConfig) []string {
	tb.Helper()
	r, err := source.NewNDJSON(strings.NewReader(in), config)
	require.NoError(tb, err)
	return drain(tb, r)
}

// one returns the only record of r.
func one(tb testing.TB, r source.Reader, err error) string {
	tb.Helper()
	require.NoError(tb, err)
	record, err := source.One(tb.Context(), r)
	require.NoError(tb, err)
	assert.True(tb, json.Valid(record))
	return string(record)
}
