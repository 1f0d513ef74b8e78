package mapping_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping"
)

// records is a Source of n records that fn makes.
type records struct {
	n, at  int
	buffer []byte
	fn     func(dst []byte, i int) []byte
}

func (r *records) Next(ctx context.Context) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if r.at == r.n {
		return nil, io.EOF
	}
	r.at++
	r.buffer = r.fn(r.buffer[:0], r.at-1)
	return r.buffer, nil
}

func (r *records) Locate(pointer string) string {
	return fmt.Sprintf("row %d, column %s", r.at, strings.TrimPrefix(pointer, "/"))
}

func lines(all ...string) *records {
	return &records{n: len(all), fn: func(dst []byte, i int) []byte { return append(dst, all[i]...) }}
}

// pieces keeps what each Write got.
type pieces []string

func (p *pieces) Write(b []byte) (int, error) {
	*p = append(*p, string(b))
	return len(b), nil
}

func compiled(tb testing.TB, source string) *mapping.Mapping {
	tb.Helper()
	document, err := mapping.Parse("m.yaml", []byte("mapping: v1\n"+source))
	require.NoError(tb, err)
	m, err := mapping.Compile(document, caseOptions())
	require.NoError(tb, err)
	return m
}

func TestStreamGivesWhatRunGives(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		source string
		rows   []string
	}{
		"an array in an object":  {"map: {kind: k, events: {$each: rows, $where: x != 2, x: $.x, i: $index}, end: e}", []string{`{"x":1}`, `{"x":2}`, `{}`, `{"x":4}`}},
		"an array":               {"map: {$each: rows, x: $.x}", []string{`{"x":1}`, `{"x":2}`}},
		"nothing":                {"map: {a: {b: {$each: rows, x: $.x}}}", []string{`{"y":1}`}},
		"with lookups and a let": {"lookups: {facility: {unmapped: omit}}\nlet: {now: $ctx.now}\nmap: {e: {$each: rows, x: {$from: x, $lookup: facility, $get: uid}, n: $now}}", []string{`{"x":"HF1"}`, `{"x":"no"}`, `{"x":"HF1"}`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := compiled(t, c.source)
			require.True(t, m.Streams())
			opts := mapping.Options{Context: []byte(`{"now":"n"}`)}
			whole, _, err := m.Run(t.Context(), []byte(`{"rows":[`+strings.Join(c.rows, ",")+`]}`), opts)
			require.NoError(t, err)
			var out bytes.Buffer
			report, err := m.Stream(t.Context(), lines(c.rows...), &out, opts)
			require.NoError(t, err)
			assert.Equal(t, len(c.rows), report.Records)
			if name == "nothing" {
				assert.JSONEq(t, `{"a":{"b":[]}}`, out.String(), "what is written cannot be taken back")
				return
			}
			assert.Equal(t, string(whole), out.String())
		})
	}
}

func TestStreamWritesChunksAsDocumentsOfTheirOwn(t *testing.T) {
	t.Parallel()
	m := compiled(t, "output: {chunk: 2}\nmap: {events: {$each: rows, $where: x > 0, x: $.x}}")
	var out pieces
	_, err := m.Stream(t.Context(), lines(`{"x":1}`, `{"x":0}`, `{"x":2}`, `{"x":3}`), &out, mapping.Options{})
	require.NoError(t, err)
	assert.Equal(t, pieces{`{"events":[{"x":1},{"x":2}]}` + "\n", `{"events":[{"x":3}]}` + "\n"}, out)
}

func TestStreamTakesEachRecordForADocumentWhenTheMappingIsNoEach(t *testing.T) {
	t.Parallel()
	m := compiled(t, "map: {a: $.x}")
	require.False(t, m.Streams())
	var out bytes.Buffer
	_, err := m.Stream(t.Context(), lines(`{"x":1}`, `{"x":2}`), &out, mapping.Options{})
	require.NoError(t, err)
	assert.Equal(t, "{\"a\":1}\n{\"a\":2}\n", out.String())
}

func TestStreamReportsTheRowInTheSourcesTermsAndDropsIt(t *testing.T) {
	t.Parallel()
	m := compiled(t, "map: {e: {$each: rows, $onError: drop, x: {$from: x, $as: number}}}")
	var out bytes.Buffer
	report, err := m.Stream(t.Context(), lines(`{"x":"1"}`, `{"x":"bad"}`, `{"x"`, `{"x":"3"}`), &out, mapping.Options{})
	require.NoError(t, err)
	assert.JSONEq(t, `{"e":[{"x":1},{"x":3}]}`, out.String())
	assert.Equal(t, 2, report.Dropped)
	require.Len(t, report.Issues, 2)
	assert.Equal(t, "row 2, column x", report.Issues[0].Source)
	assert.Equal(t, "/rows/1/x", *report.Issues[0].Pointer)
	assert.Equal(t, mapping.SeverityWarning, report.Issues[0].Severity)
	assert.Equal(t, mapping.CodeInput, report.Issues[1].Code)
}

func TestStreamWritesNothingMoreAfterAnErrorAndReportsTheRest(t *testing.T) {
	t.Parallel()
	m := compiled(t, "output: {chunk: 1}\nmap: {e: {$each: rows, x: {$from: x, $as: number}}}")
	var out pieces
	report, err := m.Stream(t.Context(), lines(`{"x":"1"}`, `{"x":"bad"}`, `{"x":"3"}`, `{"x":"bad"}`), &out, mapping.Options{})
	var bad *mapping.InputError
	require.ErrorAs(t, err, &bad)
	assert.Equal(t, 2, report.Errors)
	assert.Equal(t, pieces{`{"e":[{"x":1}]}` + "\n"}, out)
}

func TestStreamEndsWithTheContextAndWithTheWriter(t *testing.T) {
	t.Parallel()
	m := compiled(t, "map: {e: {$each: rows, x: $.x}}")
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("enough")
	cancel(cause)
	_, err := m.Stream(ctx, lines(`{"x":1}`), io.Discard, mapping.Options{})
	require.ErrorIs(t, err, cause)
	_, err = m.Stream(t.Context(), lines(`{"x":1}`), brokenWriter{}, mapping.Options{})
	require.ErrorIs(t, err, io.ErrClosedPipe)
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestStreamMemoryDoesNotGrowWithTheRecords(t *testing.T) { //nolint:paralleltest // it measures the heap
	if testing.Short() {
		t.Skip("maps 200,000 rows")
	}
	m := compiled(t, "tables: {t: {map: {A: a}}}\noutput: {chunk: 200}\nmap: {e: {$each: rows, x: {$from: x, $translate: t}, d: {$from: d, $date: {in: dd/MM/yyyy, out: fhir-date}}}}")
	heap := func(n int) uint64 {
		src := &records{n: n, fn: func(dst []byte, i int) []byte {
			return fmt.Appendf(dst, `{"x":"A","d":"%02d/03/2026","i":%d}`, i%28+1, i)
		}}
		report, err := m.Stream(t.Context(), src, io.Discard, mapping.Options{})
		require.NoError(t, err)
		require.Equal(t, n, report.Records)
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return stats.HeapAlloc
	}
	small := heap(1_000)
	assert.Less(t, heap(200_000), small+4<<20)
}

func TestReportRendersAsOperationOutcomeAndAsOpenHIMError(t *testing.T) {
	t.Parallel()
	m := compiled(t, "map: {a: {$from: a, $as: number}, b: {$from: b, $required: true}}")
	_, report, err := m.Run(t.Context(), []byte(`{"a":"Amina Okafor"}`), mapping.Options{})
	require.Error(t, err)
	assert.JSONEq(t, `{"resourceType":"OperationOutcome","issue":[
		{"severity":"error","code":"value","details":{"text":"$as: number: not a number as JSON writes it"},
		 "diagnostics":"m.yaml:2:10: error: format: $as: number: not a number as JSON writes it (rule /a) at input /a; no leading zeros or plus sign, a point for the decimals; $replace can mend it","expression":["/a"]},
		{"severity":"error","code":"required","details":{"text":"required, and came to nothing"},
		 "diagnostics":"m.yaml:2:38: error: required: required, and came to nothing (rule /b) at the whole input; read from b","expression":[""]}]}`, string(report.OperationOutcome()))
	var message struct {
		Message string `json:"message"`
	}
	require.NoError(t, json.Unmarshal(report.OpenHIMError(), &message))
	assert.Len(t, strings.Split(message.Message, "\n"), 2)
	for _, text := range []string{err.Error(), message.Message, string(report.OperationOutcome())} {
		assert.NotContains(t, text, "Okafor", "values are in no report unless asked for")
	}
}

func TestCoverageCountsRulesAndBranches(t *testing.T) {
	t.Parallel()
	m := compiled(t, "map:\n  a: $.a\n  b: {$if: a == 1, $then: yes it is, $else: no}\n  c: {$each: l, x: $.x}")
	_, report, err := m.Run(t.Context(), []byte(`{"a":1,"l":[{},{"x":1}]}`), mapping.Options{Coverage: true})
	require.NoError(t, err)
	counts := map[string]uint64{}
	for _, c := range report.Coverage {
		counts[c.Rule] += c.Count
	}
	assert.Equal(t, uint64(1), counts["/a"])
	assert.Equal(t, uint64(1), counts["/b#then"])
	assert.Equal(t, uint64(0), counts["/b#else"])
	assert.Equal(t, uint64(2), counts["/c/*/x"])
	_, _, err = m.Run(t.Context(), []byte(`{"a":2}`), mapping.Options{})
	require.NoError(t, err)
	for _, c := range m.Coverage() {
		assert.NotZero(t, c.Line)
		if c.Rule == "/b#else" {
			assert.Equal(t, uint64(1), c.Count)
		}
	}
}

func TestLookupIsCalledOnceWithEachKeyOnce(t *testing.T) {
	t.Parallel()
	document, err := mapping.Parse("m.yaml", []byte("mapping: v1\nlookups: {f: {batch: 2}}\nmap: {$each: '.', $value: {$from: '.', $lookup: f}}"))
	require.NoError(t, err)
	var calls [][]string
	m, err := mapping.Compile(document, mapping.CompileOptions{Lookups: map[string]mapping.Lookup{
		"f": func(_ context.Context, keys []string) ([]json.RawMessage, error) {
			calls = append(calls, keys)
			out := make([]json.RawMessage, len(keys))
			for i, key := range keys {
				out[i], _ = json.Marshal(key + key)
			}
			return out, nil
		},
	}})
	require.NoError(t, err)
	out, _, err := m.Run(t.Context(), []byte(`["c","a","b","a","c"]`), mapping.Options{})
	require.NoError(t, err)
	assert.JSONEq(t, `["cc","aa","bb","aa","cc"]`, string(out))
	assert.Equal(t, [][]string{{"a", "b"}, {"c"}}, calls)
}

func TestIDChangesWithTheDocumentAndItsFiles(t *testing.T) {
	t.Parallel()
	id := func(source, table string) string {
		document, err := mapping.Parse("m.yaml", []byte("mapping: v1\n"+source))
		require.NoError(t, err)
		fs := files()
		fs["sex.json"].Data = []byte(table)
		m, err := mapping.Compile(document, mapping.CompileOptions{FS: fs})
		require.NoError(t, err)
		return m.ID()
	}
	source := "tables: {t: {file: sex.json}}\nmap: {a: {$from: a, $translate: t}}"
	first := id(source, `{"a":"b"}`)
	assert.Len(t, first, 64)
	assert.Equal(t, first, id(source, `{"a":"b"}`))
	assert.NotEqual(t, first, id(source, `{"a":"c"}`))
	assert.NotEqual(t, first, id(source+" # changed", `{"a":"b"}`))
}

func TestMappingsRunConcurrently(t *testing.T) {
	t.Parallel()
	m := compiled(t, "tables: {t: {map: {A: a}, unmapped: keep}}\nlet: {x: $.x}\nmap: {x: $x, l: {$each: l, $group: k, k: {$from: key, $translate: t}, n: {$each: items, $value: $.n}}}")
	done := make(chan string)
	for i := range 8 {
		go func() {
			in := fmt.Appendf(nil, `{"x":%d,"l":[{"k":"A","n":1},{"k":"B","n":%d},{"k":"A","n":3}]}`, i, i)
			want := fmt.Sprintf(`{"x":%d,"l":[{"k":"a","n":[1,3]},{"k":"B","n":[%d]}]}`, i, i)
			for range 200 {
				out, _, err := m.Run(context.Background(), in, mapping.Options{})
				if err != nil || string(out) != want {
					done <- fmt.Sprintf("%s %v", out, err)
					return
				}
			}
			done <- ""
		}()
	}
	for range 8 {
		assert.Empty(t, <-done)
	}
}
