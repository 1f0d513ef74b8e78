package mapping_test

import (
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping"
	"github.com/openhim/mediator-go/mapping/source"
)

func BenchmarkMapping(b *testing.B) {
	dir := benchDir(b)
	for _, name := range []string{"a", "b", "c"} {
		in, err := os.ReadFile(filepath.Join(dir, "inputs", name+"1.json"))
		require.NoError(b, err)
		m := compileSpike(b, dir, name)
		tables := readTables(b, readCorpus(b, dir, "maps/tables.json"))
		for _, variant := range []struct {
			name string
			do   handMapping
		}{{"hand", handWritten(name)}, {"hand-valid", checked(handWritten(name))}} {
			b.Run(name+"/"+variant.name, func(b *testing.B) {
				b.SetBytes(int64(len(in)))
				b.ReportAllocs()
				text := string(in)
				for b.Loop() {
					if _, err := variant.do(nil, text, tables); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		b.Run(name+"/engine", func(b *testing.B) {
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := m.Run(b.Context(), in, mapping.Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func readCorpus(tb testing.TB, dir, name string) []byte {
	tb.Helper()
	src, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	require.NoError(tb, err)
	return src
}

// rowsReader is a CSV file of n rows like the corpus's, made as it is read.
type rowsReader struct {
	head, row []byte
	n, at     int
	rest      []byte
}

func (r *rowsReader) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		if len(r.rest) == 0 {
			if r.at > r.n {
				if n > 0 {
					return n, nil
				}
				return 0, io.EOF
			}
			r.rest = r.row
			if r.at == 0 {
				r.rest = r.head
			}
			r.at++
		}
		k := copy(p[n:], r.rest)
		r.rest = r.rest[k:]
		n += k
	}
	return n, nil
}

// streamRows maps n rows of CSV to DHIS2 events, 200 in a document.
func streamRows(tb testing.TB, n int) {
	tb.Helper()
	dir := benchDir(tb)
	src := string(readCorpus(tb, dir, "maps/spike/c.yaml"))
	document, err := mapping.Parse("c.yaml", []byte(strings.Replace(src, "output: {format: json,", "output: {chunk: 200, format: json,", 1)))
	require.NoError(tb, err)
	m, err := mapping.Compile(document, mapping.CompileOptions{FS: os.DirFS(filepath.Join(dir, "maps"))})
	require.NoError(tb, err)
	head, rest, _ := strings.Cut(string(readCorpus(tb, dir, "inputs/c1.csv")), "\n")
	row, _, _ := strings.Cut(rest, "\n")
	csv, err := source.NewCSV(&rowsReader{head: []byte(head + "\n"), row: []byte(row + "\n"), n: n}, source.CSVConfig{})
	require.NoError(tb, err)
	report, err := m.Stream(tb.Context(), csv, io.Discard, mapping.Options{})
	require.NoError(tb, err)
	require.Equal(tb, n, report.Records)
}

// rowsOf is how many rows are streamed: MAPPING_ROWS, or otherwise.
func rowsOf(tb testing.TB, otherwise int) int {
	tb.Helper()
	text := os.Getenv("MAPPING_ROWS")
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	require.NoError(tb, err, "MAPPING_ROWS")
	return n
}

// peakMemory returns the peak of resident memory in MB since it was last begun, 0 where the
// system does not tell.
func peakMemory() int {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kB, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(rest), " kB"))
			return kB / 1024
		}
	}
	return 0
}

// beginPeak forgets what ran before in the process. See proc(5), clear_refs.
func beginPeak() {
	debug.FreeOSMemory()
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
}

// BenchmarkStreamCSV maps CSV to chunks of DHIS2 events. MAPPING_ROWS=10000000 shows that
// memory does not grow with the rows.
func BenchmarkStreamCSV(b *testing.B) {
	rows := rowsOf(b, 20_000)
	beginPeak()
	b.ReportAllocs()
	for b.Loop() {
		streamRows(b, rows)
	}
	b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(peakMemory()), "peak-MB")
}

// TestStreamTenMillionRows takes a minute: it runs when MAPPING_ROWS says how many rows.
func TestStreamTenMillionRows(t *testing.T) { //nolint:paralleltest // it measures the process
	n := rowsOf(t, 0)
	if n == 0 {
		t.Skip("set MAPPING_ROWS=10000000")
	}
	beginPeak()
	start := time.Now()
	streamRows(t, n)
	peak := peakMemory()
	t.Logf("%.0f rows/s, peak %d MB", float64(n)/time.Since(start).Seconds(), peak)
	require.Less(t, peak, 64, "MB of resident memory")
}

// BenchmarkRatio measures engine and hand-written code in turns, which a busy machine
// disturbs alike, and reports the best times and their ratio. The target is 1.3 at most.
func BenchmarkRatio(b *testing.B) {
	dir := benchDir(b)
	tables := readTables(b, readCorpus(b, dir, "maps/tables.json"))
	for _, name := range []string{"a", "b", "c"} {
		in := readCorpus(b, dir, "inputs/"+name+"1.json")
		m := compileSpike(b, dir, name)
		b.Run(name, func(b *testing.B) {
			text, do := string(in), handWritten(name)
			var dst, buffer []byte
			best := [2]time.Duration{time.Hour, time.Hour}
			for b.Loop() {
				start := time.Now()
				out, err := do(buffer[:0], text, tables)
				between := time.Now()
				if err != nil {
					b.Fatal(err)
				}
				buffer = out
				again, _, err := m.Run(b.Context(), in, mapping.Options{Buffer: dst})
				end := time.Now()
				if err != nil {
					b.Fatal(err)
				}
				dst = again
				best[0], best[1] = min(best[0], between.Sub(start)), min(best[1], end.Sub(between))
			}
			b.ReportMetric(float64(best[0].Nanoseconds()), "hand-ns")
			b.ReportMetric(float64(best[1].Nanoseconds()), "engine-ns")
			b.ReportMetric(float64(best[1])/float64(best[0]), "ratio")
		})
	}
}
