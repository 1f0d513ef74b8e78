package source_test

import (
	"io"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping/source"
)

// generated is an input of many records that is nowhere in memory.
type generated struct {
	head, tail string
	record     func(i int) string
	records    int
	made       int
	rest       string
}

func (g *generated) Read(p []byte) (int, error) {
	if g.rest == "" {
		switch {
		case g.head != "":
			g.rest, g.head = g.head, ""
		case g.made < g.records:
			g.rest = g.record(g.made % 1000) // as long as those before
			g.made++
		case g.tail != "":
			g.rest, g.tail = g.tail, ""
		default:
			return 0, io.EOF
		}
	}
	n := copy(p, g.rest)
	g.rest = g.rest[n:]
	return n, nil
}

// heap returns the bytes in use.
func heap() uint64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

//nolint:paralleltest // it measures the heap of the process
func TestMemoryDoesNotGrowWithRecords(t *testing.T) {
	// So many that a reader which kept one pointer of each record would keep more than allowed:
	// 8 bytes of 35,000 records are 273 KiB.
	const records, settled, allowed = 40_000, 5000, 256 << 10
	require.Greater(t, 8*(records-settled), allowed)
	adx := generated{head: "<adx>", tail: "</adx>", record: xmlRow, records: records}
	for name, tt := range map[string]struct {
		in   *generated
		open func(r io.Reader) (source.Reader, error)
	}{
		"csv": {&generated{head: csvHead, record: csvRow, records: records}, func(r io.Reader) (source.Reader, error) {
			return source.NewCSV(r, source.CSVConfig{})
		}},
		"quoted csv in windows-1252": {&generated{head: csvHead, record: quotedRow, records: records}, func(r io.Reader) (source.Reader, error) {
			return source.NewCSV(r, source.CSVConfig{Encoding: source.Windows1252})
		}},
		"ndjson": {&generated{record: jsonRow, records: records}, func(r io.Reader) (source.Reader, error) {
			return source.NewNDJSON(r, source.NDJSONConfig{})
		}},
		"xml": {&adx, func(r io.Reader) (source.Reader, error) {
			return source.NewXML(r, source.XMLConfig{Records: "/adx/group"})
		}},
		"hl7": {&generated{record: hl7Row, records: records}, func(r io.Reader) (source.Reader, error) {
			return source.NewHL7(r, source.HL7Config{})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := tt.open(tt.in)
			require.NoError(t, err)
			read, bytes, before := 0, 0, uint64(0)
			for record, err := range source.All(t.Context(), r) {
				require.NoError(t, err)
				bytes += len(record)
				if read++; read == settled {
					before = heap()
				}
			}
			require.Equal(t, tt.in.records, read)
			require.Positive(t, before)
			after := heap()
			runtime.KeepAlive(r)
			assert.LessOrEqual(t, after, before+allowed, "%d records, %d bytes of JSON", read, bytes)
		})
	}
}

//nolint:paralleltest // it counts the allocations of the process
func TestRowsOfCSVAndNDJSONAllocateNothing(t *testing.T) {
	const n = 10_000
	csv, err := source.NewCSV(&generated{head: csvHead, record: func(int) string { return "a,b,c,d,e,f,g,h,i,j,k\n" }, records: n + 200}, source.CSVConfig{})
	require.NoError(t, err)
	ndjson, err := source.NewNDJSON(&generated{record: func(int) string { return "{\"a\":[1,2]}\n" }, records: n + 200}, source.NDJSONConfig{})
	require.NoError(t, err)
	for name, r := range map[string]source.Reader{"csv": csv, "ndjson": ndjson} {
		for range 100 {
			_, err := r.Next(t.Context())
			require.NoError(t, err)
		}
		perRow := testing.AllocsPerRun(n, func() {
			if _, err := r.Next(t.Context()); err != nil {
				t.Error(err)
			}
		})
		assert.Zero(t, perRow, name)
	}
}
