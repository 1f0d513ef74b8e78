package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestATypeGetsBackWhatHL7Defined(t *testing.T) {
	t.Parallel()
	o := &original{elements: map[string]*elementDefinition{}, order: map[string]int{}, children: map[string][]string{}}
	for i, el := range []elementDefinition{
		{Path: "T.a", Max: "1"}, {Path: "T.gone", Max: "1"}, {Path: "T.changed", Min: 1, Max: "*"}, {Path: "T.inner.b", Max: "1"},
	} {
		o.elements[el.Path], o.order[el.Path] = &el, i
		o.children[parentPath(el.Path)] = append(o.children[parentPath(el.Path)], el.Path)
	}
	def := &structureDefinition{ID: "T"}
	def.Snapshot.Element = []elementDefinition{
		{Path: "T"},
		{Path: "T.id"},
		{Path: "T.a", Max: "1"},
		{Path: "T.changed", Max: "1"},
		{Path: "T.added"},
		{Path: "T.new"},
		{Path: "T.new.id"},
		{Path: "T.inner"},
		{Path: "T.inner.id"},
		{Path: "T.inner.b", Max: "1"},
		{Path: "T.inner.more", ContentReference: "#T.inner"},
	}
	o.restore(def)
	var paths []string
	for _, el := range def.Snapshot.Element {
		paths = append(paths, el.Path)
	}
	assert.Equal(t, []string{"T", "T.id", "T.a", "T.gone", "T.changed", "T.inner", "T.inner.id", "T.inner.b", "T.inner.more"}, paths)
	assert.Equal(t, 1, def.Snapshot.Element[4].Min)
	assert.Equal(t, "*", def.Snapshot.Element[4].Max)
}

func TestATypeThatTheOriginalLacksStaysAsItIs(t *testing.T) {
	t.Parallel()
	o := &original{elements: map[string]*elementDefinition{}, order: map[string]int{}, children: map[string][]string{"Age": {"Age.id"}}}
	def := &structureDefinition{ID: "Age"}
	def.Snapshot.Element = []elementDefinition{{Path: "Age"}, {Path: "Age.value"}}
	o.restore(def)
	assert.Len(t, def.Snapshot.Element, 2)
}
