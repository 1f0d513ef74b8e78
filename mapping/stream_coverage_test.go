package mapping_test

import (
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping"
)

func TestAStreamReachesWhatStandsAroundItsItems(t *testing.T) {
	t.Parallel()
	m := compiled(t, "map: {kind: k, inner: {events: {$each: rows, x: $.x}}}")
	report, err := m.Stream(t.Context(), lines(`{"x":1}`, `{"x":2}`), io.Discard, mapping.Options{Coverage: true})
	require.NoError(t, err)
	counts := map[string]uint64{}
	for _, c := range report.Coverage {
		assert.NotZero(t, c.Count, "%s in line %d", c.Rule, c.Line)
		counts[c.Rule] = c.Count
	}
	assert.Equal(t, uint64(1), counts[""])
	assert.Equal(t, uint64(2), counts["/inner/events/*/x"])
}
