package doc_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping/internal/doc"
)

func TestJSONWithTabsHasItsPlaces(t *testing.T) {
	t.Parallel()
	root, traps := doc.Read([]byte("{\n\t\"a\": [1,\n\t\t\"x\"],\n\t\"b\": {\"c\": null}\n}"))
	require.Empty(t, traps)
	a := root.Get("a")
	assert.Equal(t, 2, a.Line)
	assert.Equal(t, 3, a.Items[1].Line)
	assert.Equal(t, 3, a.Items[1].Column)
	assert.Equal(t, "x", a.Items[1].Text)
	assert.Equal(t, 4, root.Get("b").Keys[0].Line)
	_, traps = doc.Read([]byte(`{"a":1,"a":2}`))
	require.Len(t, traps, 1)
	assert.True(t, traps[0].Error)
}

func TestBlocksStandWhereTheirKeysDo(t *testing.T) {
	t.Parallel()
	root, traps := doc.Read([]byte("map:\n  a:\n    b: 1\n"))
	require.Empty(t, traps)
	assert.Equal(t, 2, root.Get("map").Get("a").Line)
}

// FuzzRead: nothing panics, and a tree without fatal traps has a place for every part.
func FuzzRead(f *testing.F) {
	for _, text := range []string{"map: {a: [1, x]}", "a: &b 1\nc: *b", "{\"a\":\t1}", "- 1\n- {b: .5}", "a: |\n  x", "? [a]\n: b"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		root, traps := doc.Read(src)
		for _, trap := range traps {
			require.NotEmpty(t, trap.Message)
			if trap.Error {
				return
			}
		}
		var walk func(n *doc.Node)
		walk = func(n *doc.Node) {
			require.NotNil(t, n)
			for _, item := range n.Items {
				walk(item)
			}
			for _, key := range n.Keys {
				require.Positive(t, key.Line)
				walk(key.Value)
			}
		}
		walk(root)
	})
}
