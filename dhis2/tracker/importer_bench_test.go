package tracker_test

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2/tracker"
)

// benchObjects is how many objects the subprocess of BenchmarkMillionObjects imports.
const benchObjects = "IMPORTER_BENCH_OBJECTS"

// BenchmarkMillionObjects imports a million objects, 250,000 patients, into a server that costs
// next to nothing, in a process of its own, and reports the memory that took at its peak.
func BenchmarkMillionObjects(b *testing.B) {
	if _, err := os.Stat("/proc/self/status"); err != nil {
		b.Skip("the peak of a process is read from /proc")
	}
	for range b.N {
		cmd := exec.CommandContext(b.Context(), os.Args[0], "-test.run=^TestImportInAProcessOfItsOwn$", "-test.v")
		cmd.Env = append(os.Environ(), benchObjects+"=1000000")
		out, err := cmd.CombinedOutput()
		require.NoError(b, err, "%s", out)
		var rss, rate float64
		for line := range strings.Lines(string(out)) {
			if _, figures, found := strings.Cut(line, "peak "); found {
				_, err := fmt.Sscanf(figures, "%f MB, %f objects/s", &rss, &rate)
				require.NoError(b, err)
			}
		}
		require.NotZero(b, rss, "%s", out)
		b.ReportMetric(rss, "rss-MB")
		b.ReportMetric(rate, "objects/s")
		require.Less(b, rss, 64.0, "MB at the peak")
	}
}

func TestImportInAProcessOfItsOwn(t *testing.T) {
	t.Parallel()
	var objects int
	if _, err := fmt.Sscan(os.Getenv(benchObjects), &objects); err != nil {
		t.Skip("this is the subprocess of BenchmarkMillionObjects")
	}
	n := &network{server: acceptor{}, replace: accepting, plain: true}
	importer := newImporter(t, tracker.ImporterConfig{Client: n.client(t)})
	told := 0
	summary, err := importer.Run(t.Context(), children(objects/4), func(tracker.Result) error {
		told++
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, objects, told)
	fmt.Printf("peak %.1f MB, %.0f objects/s\n", peakMemory(t), float64(objects)/summary.Elapsed.Seconds())
}

// peakMemory is the most that this process had resident, in MB.
func peakMemory(t *testing.T) float64 {
	t.Helper()
	status, err := os.Open("/proc/self/status")
	require.NoError(t, err)
	defer func() { _ = status.Close() }()
	lines := bufio.NewScanner(status)
	for lines.Scan() {
		if kb, found := strings.CutPrefix(lines.Text(), "VmHWM:"); found {
			var peak float64
			_, err := fmt.Sscanf(kb, "%f kB", &peak)
			require.NoError(t, err)
			return peak / 1024
		}
	}
	t.Fatal("no VmHWM in /proc/self/status")
	return 0
}

// BenchmarkImport measures the importer itself, against a server that costs next to nothing.
func BenchmarkImport(b *testing.B) {
	n := &network{server: acceptor{}, replace: accepting, plain: true}
	importer := newImporter(b, tracker.ImporterConfig{Client: n.client(b)})
	b.ReportAllocs()
	b.ResetTimer()
	summary, err := importer.Run(b.Context(), children(b.N), nil)
	require.NoError(b, err)
	b.ReportMetric(float64(summary.Tally.Landed())/b.Elapsed().Seconds(), "objects/s")
}

var _ http.Handler = acceptor{}
