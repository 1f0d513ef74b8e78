package mapping_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping"
)

func TestSourceOfADocumentIsACopyOfWhatWasParsed(t *testing.T) {
	t.Parallel()
	const text = "mapping: v1 # the format\nmap: {a: $.b}\n"
	d, err := mapping.Parse("m.yaml", []byte(text))
	require.NoError(t, err)
	source := d.Source()
	assert.Equal(t, text, string(source))
	source[0] = 'x'
	assert.Equal(t, text, string(d.Source()))
}
