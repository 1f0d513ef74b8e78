package tracker_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkServerShare reports what share of the best that a server can take the importer makes it
// take, for each server of TestTheServerIsTheBottleneck. Their time is fake, which only tests can
// have, so that the test runs in a process of its own.
func BenchmarkServerShare(b *testing.B) {
	for range b.N {
		cmd := exec.CommandContext(b.Context(), os.Args[0], "-test.run=^TestTheServerIsTheBottleneck$", "-test.v")
		out, err := cmd.CombinedOutput()
		require.NoError(b, err, "%s", out)
		servers := 0
		lowest := 100.0
		name := ""
		for line := range strings.Lines(string(out)) {
			if _, of, found := strings.Cut(line, "TestTheServerIsTheBottleneck/"); found {
				name = strings.Fields(of)[0]
			}
			_, figures, found := strings.Cut(line, " objects/s, ")
			if !found {
				continue
			}
			var share float64
			_, err := fmt.Sscanf(figures, "%f", &share)
			require.NoError(b, err, line)
			lowest = min(lowest, share)
			servers++
			b.Logf("%s: %.1f %%", name, share)
		}
		require.NotZero(b, servers, "%s", out)
		b.ReportMetric(lowest, "lowest-%")
	}
}
