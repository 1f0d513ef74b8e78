package validate

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir/internal/elements"
	"github.com/openhim/mediator-go/fhir/internal/tree"
)

func TestMostInvariantsNeedNoEngine(t *testing.T) {
	t.Parallel()
	simple, all := 0, map[string]bool{}
	for _, name := range elements.Names() {
		typ, ok := elements.Lookup(name)
		require.True(t, ok)
		eachConstraint(typ, map[*elements.Type]bool{}, func(c *elements.Constraint, on *elements.Type) {
			if nativeElsewhere(c) || all[c.Key+c.Expression] {
				return
			}
			all[c.Key+c.Expression] = true
			if compilePresence(c.Expression, on) != nil || nativeRule(c.Expression) != nil {
				simple++
			}
		})
	}
	t.Logf("%d of %d invariants are look-ups", simple, len(all))
	assert.Greater(t, simple, 80)
}

func eachConstraint(typ *elements.Type, seen map[*elements.Type]bool, visit func(*elements.Constraint, *elements.Type)) {
	if seen[typ] {
		return
	}
	seen[typ] = true
	for _, c := range typ.Constraints {
		visit(c, typ)
	}
	for i := range typ.Elements {
		el := &typ.Elements[i]
		inner := el.Content
		if inner == nil && len(el.Types) == 1 {
			inner, _ = elements.Lookup(el.Types[0].Code)
		}
		for _, c := range el.Constraints {
			visit(c, inner)
		}
		if el.Content != nil {
			eachConstraint(el.Content, seen, visit)
		}
	}
}

func TestOnlySimpleExpressionsAreLookedUp(t *testing.T) {
	t.Parallel()
	patient, ok := elements.Lookup("Patient")
	require.True(t, ok)
	for _, expression := range []string{
		"name.count() > 1", "name.given.first() = 'x'", "active = true", "nosuch.exists()", "name", "name.exists() and", "(name.exists()", "name.exists())", "",
		"exists()", "name.exists(given = 'x')", "name.family = 'a'", "%resource.name.exists()", "name.exists() | active.exists()", `gender = 'a\'b'`,
	} {
		assert.Nil(t, compilePresence(expression, patient), expression)
	}
	assert.Nil(t, compilePresence(strings.Repeat("(", 200)+"name.exists()", patient))
}

// TestLookedUpInvariantsJudgeAsTheEngineDoes evaluates every rule that has a shortcut both ways on all examples, where the rules hold, and on objects
// of other types, where many do not.
func TestLookedUpInvariantsJudgeAsTheEngineDoes(t *testing.T) {
	t.Parallel()
	shared := os.Getenv("SHARED_DIR")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	files, err := filepath.Glob(filepath.Join(shared, "fixtures", "fhir-r4-examples", "*.json"))
	require.NoError(t, err)
	if len(files) == 0 {
		if os.Getenv("CI") == "true" {
			t.Fatal("the examples are not there: set SHARED_DIR")
		}
		t.Skip("the examples are not there: set SHARED_DIR to run this")
	}
	v, err := New(Options{})
	require.NoError(t, err)
	var strangers []ruleOn
	for _, name := range elements.Names() {
		if sh := v.shapes.of(name); sh != nil {
			strangers = collectRules(sh, strangers, map[*shape]bool{})
		}
	}
	compared, broken := 0, 0
	for i, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		parsed, err := tree.Parse(data, tree.Limits{})
		require.NoError(t, err)
		r := &run{v: v, ctx: context.Background(), tree: parsed}
		compare := func(n node, rule *rule, typ *elements.Type) {
			if rule.simple == nil && rule.native == nil || rule.key == "que-7" || rule.key == "obs-7" {
				return // those two mean what their text says, not what their expression does: see native.go
			}
			got, want := r.holds(n, rule, typ), r.evaluate(n, rule, typ)
			assert.Equal(t, want, got, "%s: %s at %s", filepath.Base(file), rule.key, r.locate(n))
			compared++
			if !want {
				broken++
			}
		}
		r.eachRule(parsed.Root(), v.shapes.of(r.typeName(parsed.Root())), compare)
		for n := parsed.Root(); int(n) < parsed.Nodes(); n += node(7 + i%5) {
			if parsed.Kind(n) == tree.Object {
				stranger := strangers[(int(n)+i)%len(strangers)]
				compare(n, stranger.rule, stranger.typ)
			}
		}
	}
	t.Logf("%d evaluations compared, %d of them of broken rules", compared, broken)
	assert.Greater(t, compared, 5000)
	assert.Greater(t, broken, 500)
}

type ruleOn struct {
	rule *rule
	typ  *elements.Type
}

// collectRules lists the rules with shortcuts of a shape and of its backbones.
func collectRules(sh *shape, into []ruleOn, seen map[*shape]bool) []ruleOn {
	if seen[sh] {
		return into
	}
	seen[sh] = true
	add := func(rules []*rule, typ *elements.Type) {
		for _, rule := range rules {
			if rule.simple != nil || rule.native != nil {
				into = append(into, ruleOn{rule, typ})
			}
		}
	}
	add(sh.rules, sh.typ)
	for i := range sh.typ.Elements {
		el := &sh.typ.Elements[i]
		if len(el.Types) == 0 {
			continue
		}
		if m := sh.members[el.JSONName(el.Types[0].Code)]; m != nil && m.shape != nil {
			add(m.rules, m.shape.typ)
			if el.Content != nil {
				into = collectRules(m.shape, into, seen)
			}
		}
	}
	return into
}

// eachRule visits the rules of every object.
func (r *run) eachRule(n node, sh *shape, visit func(node, *rule, *elements.Type)) {
	if sh == nil || r.tree.Kind(n) != tree.Object {
		return
	}
	for _, rule := range sh.rules {
		visit(n, rule, sh.typ)
	}
	for c := range r.tree.Children(n) {
		m := sh.members[r.tree.Name(c)]
		if m == nil || m.el == nil || m.prim != nil {
			continue
		}
		values := []node{c}
		if r.tree.Kind(c) == tree.Array {
			values = nil
			for item := range r.tree.Children(c) {
				values = append(values, item)
			}
		}
		for _, value := range values {
			inner := m.shape
			if m.resource {
				inner = r.shapeOf(value)
			}
			if inner == nil {
				continue
			}
			for _, rule := range m.rules {
				visit(value, rule, inner.typ)
			}
			r.eachRule(value, inner, visit)
		}
	}
}
