package source_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping/source"
)

// TestHostileInputs reads each file of testdata/hostile by the reader of its extension, as it comes
// and with all allowances made. What is read, refused and said is in the .golden beside it, which
// UPDATE_GOLDEN=1 writes.
func TestHostileInputs(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/hostile/*")
	require.NoError(t, err)
	cases := 0
	for _, file := range files {
		if filepath.Ext(file) == ".golden" {
			continue
		}
		cases++
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			in, err := os.ReadFile(file)
			require.NoError(t, err)
			strict, lenient := openBoth(t, filepath.Ext(file), in)
			got := strings.Join(drain(t, strict), "\n") + "\n--- with all allowances\n" + strings.Join(drain(t, lenient), "\n") + "\n"
			if os.Getenv("UPDATE_GOLDEN") != "" {
				require.NoError(t, os.WriteFile(file+".golden", []byte(got), 0o600))
			}
			want, err := os.ReadFile(file + ".golden")
			require.NoError(t, err, "run with UPDATE_GOLDEN=1, and read what it writes")
			assert.Equal(t, string(want), got)
		})
	}
	require.Greater(t, cases, 50)
}

func openBoth(t *testing.T, ext string, in []byte) (strict, lenient source.Reader) {
	t.Helper()
	var err, also error
	switch ext {
	case ".csv":
		strict, err = source.NewCSV(bytes.NewReader(in), source.CSVConfig{})
		lenient, also = source.NewCSV(bytes.NewReader(in), source.CSVConfig{LazyQuotes: true, Ragged: true, NumberNames: true})
	case ".ndjson":
		strict, err = source.NewNDJSON(bytes.NewReader(in), source.NDJSONConfig{})
		lenient, also = source.NewNDJSON(bytes.NewReader(in), source.NDJSONConfig{MaxDepth: 1000})
	case ".xml":
		strict, err = source.NewXML(bytes.NewReader(in), source.XMLConfig{})
		lenient, also = source.NewXML(bytes.NewReader(in), source.XMLConfig{Records: "/*/*", Order: true})
	case ".hl7":
		strict, err = source.NewHL7(bytes.NewReader(in), source.HL7Config{})
		lenient, also = source.NewHL7(bytes.NewReader(in), source.HL7Config{Encoding: source.Latin1, Order: true})
	}
	require.NoError(t, err)
	require.NoError(t, also)
	return strict, lenient
}
