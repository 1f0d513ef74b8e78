package mapping_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping"
)

// benchDir is the folder of the mapping corpus. A test that needs it is skipped without it,
// and fails in CI.
func benchDir(tb testing.TB) string {
	tb.Helper()
	shared := os.Getenv("SHARED_DIR")
	if shared == "" {
		shared = filepath.Join("..", "..", "shared")
	}
	dir := filepath.Join(shared, "conformance", "mapping-bench")
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") == "true" {
			tb.Fatalf("the corpus is not there: %v (set SHARED_DIR)", err)
		}
		tb.Skipf("the corpus is not there: %v (set SHARED_DIR)", err)
	}
	return dir
}

func compileSpike(tb testing.TB, dir, name string) *mapping.Mapping {
	tb.Helper()
	source, err := os.ReadFile(filepath.Join(dir, "maps", "spike", name+".yaml"))
	require.NoError(tb, err)
	document, err := mapping.Parse(name+".yaml", source)
	require.NoError(tb, err)
	m, err := mapping.Compile(document, mapping.CompileOptions{FS: os.DirFS(filepath.Join(dir, "maps"))})
	require.NoError(tb, err)
	return m
}

// assertSameJSON compares token by token, so that the order of members counts. Numbers are
// compared by value: the corpus was written by JavaScript, which makes 34.6987 of "34.69870",
// where the engine keeps what was written.
func assertSameJSON(t *testing.T, want, got []byte) {
	t.Helper()
	wanted, found := json.NewDecoder(bytes.NewReader(want)), json.NewDecoder(bytes.NewReader(got))
	wanted.UseNumber()
	found.UseNumber()
	for {
		a, errA := wanted.Token()
		b, errB := found.Token()
		require.Equal(t, errA, errB, "at offset %d of what was got", found.InputOffset())
		if errA != nil {
			require.ErrorIs(t, errA, io.EOF)
			return
		}
		x, isNumber := a.(json.Number)
		y, both := b.(json.Number)
		if isNumber && both {
			p, _ := new(big.Rat).SetString(x.String())
			q, _ := new(big.Rat).SetString(y.String())
			require.Zero(t, p.Cmp(q), "%s and %s at offset %d", x, y, found.InputOffset())
			continue
		}
		require.Equal(t, a, b, "at offset %d of what was got", found.InputOffset())
	}
}

func TestMappingBenchCorpus(t *testing.T) {
	t.Parallel()
	dir := benchDir(t)
	inputs, err := filepath.Glob(filepath.Join(dir, "inputs", "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, inputs)
	maps := map[string]*mapping.Mapping{}
	passed := 0
	for _, input := range inputs {
		id := strings.TrimSuffix(filepath.Base(input), ".json")
		ok := t.Run(id, func(t *testing.T) {
			name := strings.TrimRight(id, "0123456789")
			if maps[name] == nil {
				maps[name] = compileSpike(t, dir, name)
			}
			in, err := os.ReadFile(input)
			require.NoError(t, err)
			want, err := os.ReadFile(filepath.Join(dir, "expected", id+".json"))
			require.NoError(t, err)
			out, report, err := maps[name].Run(t.Context(), in, mapping.Options{})
			require.NoError(t, err)
			assert.True(t, report.OK())
			assertSameJSON(t, want, out)
		})
		if ok {
			passed++
		}
	}
	fmt.Printf("conformance: mapping-bench %d/%d\n", passed, len(inputs))
}
