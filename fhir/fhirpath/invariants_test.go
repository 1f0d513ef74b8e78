package fhirpath_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir/fhirpath"
	"github.com/openhim/mediator-go/fhir/internal/elements"
)

// constraintsOf visits the invariants of a type and its elements.
func constraintsOf(typ *elements.Type, visit func(path string, c *elements.Constraint)) {
	for _, c := range typ.Constraints {
		visit(typ.Name, c)
	}
	for i := range typ.Elements {
		for _, c := range typ.Elements[i].Constraints {
			visit(typ.Name+"."+typ.Elements[i].Name, c)
		}
	}
}

func TestTheInvariantsOfR4Compile(t *testing.T) {
	t.Parallel()
	engine := newEngine(t, fhirpath.Config{LooseAs: true})
	seen := map[string]bool{}
	for _, name := range elements.Names() {
		typ, ok := elements.Lookup(name)
		require.True(t, ok)
		constraintsOf(typ, func(path string, c *elements.Constraint) {
			if _, err := engine.Compile(c.Expression); err != nil {
				t.Errorf("%s %s: %v", path, c.Key, err)
			}
			seen[c.Key] = true
		})
	}
	assert.Greater(t, len(seen), 200)
}

func TestTheInvariantsOfResourcesHoldOnTheOfficialExamples(t *testing.T) {
	t.Parallel()
	folder := "fixtures/fhir-r4-examples"
	shared(t, folder+"/Patient-example.json") // skips without the examples
	files, err := os.ReadDir(filepath.Join(sharedDir(), folder))
	require.NoError(t, err)
	engine := newEngine(t, fhirpath.Config{LooseAs: true})
	ev := engine.Evaluator()
	evaluated := 0
	for _, file := range files {
		if filepath.Ext(file.Name()) != ".json" {
			continue
		}
		doc, err := fhirpath.ParseDocument(shared(t, folder+"/"+file.Name()))
		require.NoError(t, err, file.Name())
		_, name := doc.Root().Type()
		typ, ok := elements.Lookup(name)
		require.True(t, ok, name)
		for _, c := range typ.Constraints {
			if c.Warning {
				continue
			}
			x, err := engine.Compile(c.Expression)
			require.NoError(t, err)
			holds, err := ev.Holds(t.Context(), x, doc.Root())
			evaluated++
			assert.NoError(t, err, "%s %s", file.Name(), c.Key)
			assert.True(t, holds, "%s %s", file.Name(), c.Key)
		}
	}
	assert.Greater(t, evaluated, 1000)
}
