package dhis2map_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/dhis2map"
	"github.com/openhim/mediator-go/mapping"
)

// snapshot is of the metadata that testutil/dhis2test is seeded with.
var snapshot = sync.OnceValue(func() *dhis2.Snapshot {
	file, err := os.Open(filepath.Join("..", "..", "testutil", "dhis2test", "seed", "metadata.json"))
	if err != nil {
		panic(err)
	}
	defer func() { _ = file.Close() }()
	s, err := dhis2.ReadSnapshot(file)
	if err != nil {
		panic(err)
	}
	return s
})

func options(config dhis2map.Config) mapping.CompileOptions {
	if config.Snapshot == nil {
		config.Snapshot = snapshot()
	}
	o, err := dhis2map.Options(mapping.CompileOptions{}, config)
	if err != nil {
		panic(err)
	}
	return o
}

func compile(source string, opts mapping.CompileOptions) (*mapping.Mapping, error) {
	d, err := mapping.Parse("m.yaml", []byte("mapping: v1\n"+source))
	if err != nil {
		return nil, err
	}
	return mapping.Compile(d, opts)
}

// one runs a rule on {"x": …} and returns what it gives, or the issue; and what was unmapped.
func one(t *testing.T, rule, x string, config ...dhis2map.Config) (string, []mapping.Unmapped) {
	t.Helper()
	m, err := compile("map: {a: {$from: x, "+rule+"}}", options(append(config, dhis2map.Config{})[0]))
	require.NoError(t, err, rule)
	out, report, err := m.Run(t.Context(), []byte(`{"x":`+x+`}`), mapping.Options{})
	if err != nil {
		require.Len(t, report.Issues, 1)
		return report.Issues[0].String(), report.Unmapped
	}
	return string(out), report.Unmapped
}
