package source_test

import (
	"bytes"
	stdcsv "encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping/source"
)

// FuzzCSV reads what encoding/csv reads, row by row, and fails where it fails.
func FuzzCSV(f *testing.F) {
	for _, seed := range []string{
		"a,b\n1,2\n", "\"a\"\"b\",\"c\nd\"\n", "\"a", "a\"b", "\"a\"b\n", "\r\n\r\n\"\r\n\"\r\n", "a\rb\r", "\"\r", ",,\n,", "\"a\r\r\n\r\"", "\xE9", "\"\xC3\",\"\xA9\"",
	} {
		f.Add([]byte(seed), uint8(0), false)
		f.Add([]byte(seed), uint8(0), true)
		f.Add([]byte(strings.ReplaceAll(seed, ",", ";")), uint8(1), false)
	}
	f.Fuzz(func(t *testing.T, data []byte, delimiter uint8, lazy bool) {
		sign := ",;\t|"[delimiter%4]
		got := readCSV(t, string(data), source.CSVConfig{Columns: []string{"column_1"}, Ragged: true, Delimiter: sign, LazyQuotes: lazy})
		if !utf8.Valid(data) || bytes.HasPrefix(data, []byte("\xEF\xBB\xBF")) {
			return
		}
		reference := stdcsv.NewReader(bytes.NewReader(data))
		reference.Comma, reference.FieldsPerRecord, reference.LazyQuotes = rune(sign), -1, lazy
		for row := 0; ; row++ {
			cells, err := reference.Read()
			if errors.Is(err, io.EOF) {
				require.Len(t, got, row)
				return
			}
			require.Greater(t, len(got), row)
			if err != nil {
				require.True(t, strings.HasPrefix(got[row], "error: "), got[row])
				return
			}
			var record map[string]string
			require.NoError(t, json.Unmarshal([]byte(got[row]), &record), got[row])
			require.Len(t, record, len(cells))
			for i, cell := range cells {
				require.Equal(t, cell, record["column_"+strconv.Itoa(i+1)])
			}
		}
	})
}

// FuzzCSVHeader reads whatever names a header has, in any encoding.
func FuzzCSVHeader(f *testing.F) {
	f.Add([]byte("a,a,,column_3\n1,2,3,4\n"), true, "")
	f.Add([]byte("a,b\n1\n1,2,3"), false, "windows-1252")
	f.Add([]byte("\xFF\xFEa\x00\n\x00"), false, "utf-16")
	f.Fuzz(func(t *testing.T, data []byte, number bool, encoding string) {
		r, err := source.NewCSV(bytes.NewReader(data), source.CSVConfig{NumberNames: number, Encoding: source.Encoding(encoding), Ragged: number})
		if err != nil {
			return
		}
		for _, line := range drain(t, r) {
			if strings.HasPrefix(line, "error: ") {
				continue
			}
			keys := keysOf(t, line)
			seen := map[string]bool{}
			for _, key := range keys {
				require.False(t, seen[key], "the name %q is given twice in %s", key, line)
				seen[key] = true
				require.NotEmpty(t, key)
			}
		}
	})
}

// keysOf returns the keys of an object of strings, in order.
func keysOf(t *testing.T, object string) []string {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(object))
	var keys []string
	for key := false; ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return keys
		}
		require.NoError(t, err)
		if text, ok := token.(string); ok {
			if key = !key; key {
				keys = append(keys, text)
			}
		}
	}
}

// FuzzNDJSON takes exactly the lines that encoding/json takes, as they are.
func FuzzNDJSON(f *testing.F) {
	for _, seed := range []string{"{}\n[1]\n", "{\"a\":1}\r\n\r\n null ", "{", "01", "1e5\n-", "\"\\ud800\"", "\"\x01\"", "[[[[]]]]", "\"\xE9\"", "1 2", "tru", "{\"a\":}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		const depth = 200
		got := readNDJSON(t, string(data), source.NDJSONConfig{MaxDepth: depth})
		if bytes.HasPrefix(data, []byte("\xEF\xBB\xBF")) || bytes.HasPrefix(data, []byte("\xFF\xFE")) || bytes.HasPrefix(data, []byte("\xFE\xFF")) || bytes.Count(data, []byte("["))+bytes.Count(data, []byte("{")) > depth {
			return
		}
		for line := range bytes.Lines(data) {
			if line = bytes.Trim(line, " \t\r\n"); len(line) == 0 {
				continue
			}
			require.NotEmpty(t, got)
			if json.Valid(line) && utf8.Valid(line) {
				require.Equal(t, string(line), got[0])
			} else {
				require.True(t, strings.HasPrefix(got[0], "error: "), "%q is no JSON", line)
			}
			got = got[1:]
		}
		require.Empty(t, got)
	})
}

// FuzzHL7 reads what a plain split by delimiters reads.
func FuzzHL7(f *testing.F) {
	for _, seed := range []string{
		"MSH|^~\\&|A\rPID|1^2&3~4\r", "\x0BMSH|^~\\&\r\x1C\r", "FHS|^~\\&\rBHS|^~\\&\rMSH|^~\\&\rBTS|1\rFTS|1\r", "MSH|^~\\&|\\F\\\\X41\\\\.br\\\\", "MSH$%*@#\rPID$a%b",
		"MSH|\r", "MSHMSH", "PID|\rMSH|^\rPID|^|\"\"\r\n\n", "MSH|^~\\&||||||||||||||||8859/1\rPID|\xE9", "MSH|^~\\&\rOBR\rOBX\rNTE\rOBR",
	} {
		f.Add([]byte(seed), false)
		f.Add([]byte(seed), true)
	}
	f.Fuzz(func(t *testing.T, data []byte, group bool) {
		config := source.HL7Config{}
		if group {
			config = source.HL7Config{Order: true, Groups: map[string][]string{"OBR": {"OBX", "NTE"}, "OBX": {"NTE"}}}
		}
		got := readHL7(t, string(data), config)
		text := strings.ReplaceAll(string(data), "\r\n", "\r")
		plain := strings.HasPrefix(text, "MSH|^~\\&|") && strings.Count(text, "MSH") == 1 && !strings.ContainsAny(text[9:], "\\\x0B\x1C\n") &&
			!strings.Contains(text, "BHS") && !strings.Contains(text, "FHS") && !strings.Contains(text, "BTS") && !strings.Contains(text, "FTS")
		if group || !plain || len(got) != 1 || strings.HasPrefix(got[0], "error: ") {
			return
		}
		if want := splitHL7(text); want != nil {
			var record map[string]any
			require.NoError(t, json.Unmarshal([]byte(got[0]), &record))
			delete(record, "__")
			require.Equal(t, want, record)
		}
	})
}

// splitHL7 reads a message of the usual delimiters in the plainest way; nil if it names a
// character set, whose values must be decoded.
func splitHL7(text string) map[string]any {
	want := map[string]any{}
	for segment := range strings.SplitSeq(text, "\r") {
		if segment == "" {
			continue
		}
		fields := map[string]any{}
		parts := strings.Split(segment, "|")
		if parts[0] == "MSH" {
			parts = append([]string{"MSH", "|"}, parts[1:]...)
			if len(parts) > 18 && parts[18] != "" {
				return nil
			}
		}
		for number, field := range parts[1:] {
			var repetitions []any
			valued := false
			repeated := strings.Split(field, "~")
			if parts[0] == "MSH" && number < 2 {
				repetitions, repeated, valued = []any{map[string]any{"1": field}}, nil, true
			}
			for _, repetition := range repeated {
				components := map[string]any{}
				for c, component := range strings.Split(repetition, "^") {
					for s, value := range strings.Split(component, "&") {
						key := strconv.Itoa(c + 1)
						if s > 0 {
							key += "&" + strconv.Itoa(s+1)
						}
						if value == `""` {
							components[key] = nil
						} else if value != "" {
							components[key] = value
						}
					}
				}
				valued = valued || len(components) > 0
				repetitions = append(repetitions, components)
			}
			if valued {
				fields[strconv.Itoa(number+1)] = repetitions
			}
		}
		all, _ := want[parts[0]].([]any)
		want[parts[0]] = append(all, fields)
	}
	return want
}

// FuzzLocate never fails, whatever it is asked.
func FuzzLocate(f *testing.F) {
	for _, seed := range []string{"", "/", "/a/0/_b", "/__parents/0/_x", "/OBX/1/5/2/1&2", "//~/~1", "a", "/__", "/__parents/-1", "/__parents/99999999999999999999"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, pointer string) {
		for name, r := range everyReader(t, func(text string) io.Reader { return strings.NewReader(text) }) {
			require.Empty(t, r.Locate(pointer))
			_, err := r.Next(t.Context())
			require.NoError(t, err, name)
			require.NotEmpty(t, r.Locate(pointer), name)
		}
	})
}
