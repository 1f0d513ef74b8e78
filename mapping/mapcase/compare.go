package mapcase

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// maxDifferences is how many differences of one case are told.
const maxDifferences = 20

// comparison collects where two JSON values differ. The order of an object's members is not
// looked at, that of an array's items is.
type comparison struct {
	byValue bool // numbers: 70.0 equals 70
	found   []string
	more    int
}

func (c *comparison) note(pointer, format string, args ...any) {
	if len(c.found) == maxDifferences {
		c.more++
		return
	}
	if pointer == "" {
		pointer = "the output"
	}
	c.found = append(c.found, pointer+": "+fmt.Sprintf(format, args...))
}

func (c *comparison) differences() []string {
	if c.more > 0 {
		return append(c.found, fmt.Sprintf("and %d more differences", c.more))
	}
	return c.found
}

func (c *comparison) compare(pointer string, want, got any) {
	switch w := want.(type) {
	case map[string]any:
		if g, ok := got.(map[string]any); ok {
			c.objects(pointer, w, g)
			return
		}
	case []any:
		if g, ok := got.([]any); ok {
			c.arrays(pointer, w, g)
			return
		}
	case json.Number:
		if g, ok := got.(json.Number); ok {
			c.numbers(pointer, w.String(), g.String())
			return
		}
	default:
		if want == got {
			return
		}
	}
	c.note(pointer, "want %s, got %s", short(want), short(got))
}

func (c *comparison) objects(pointer string, want, got map[string]any) {
	names := slices.Sorted(maps.Keys(want))
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[name]; !ok {
			names = append(names, name)
		}
	}
	for _, name := range names {
		at := pointer + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
		w, wanted := want[name]
		g, there := got[name]
		switch {
		case !there:
			c.note(at, "want %s, got nothing", short(w))
		case !wanted:
			c.note(at, "want nothing, got %s", short(g))
		default:
			c.compare(at, w, g)
		}
	}
}

func (c *comparison) arrays(pointer string, want, got []any) {
	for i := range max(len(want), len(got)) {
		at := pointer + "/" + strconv.Itoa(i)
		switch {
		case i >= len(got):
			c.note(at, "want %s, got nothing", short(want[i]))
		case i >= len(want):
			c.note(at, "want nothing, got %s", short(got[i]))
		default:
			c.compare(at, want[i], got[i])
		}
	}
}

func (c *comparison) numbers(pointer, want, got string) {
	if want == got {
		return
	}
	if sameNumber(want, got) {
		if !c.byValue {
			c.note(pointer, "want the number written %s, got %s (numbers: value takes them as equal)", want, got)
		}
		return
	}
	c.note(pointer, "want %s, got %s", want, got)
}

// sameNumber compares by value. Numbers with exponents beyond all measure are compared as
// text, because their value would fill the memory.
func sameNumber(a, b string) bool {
	for _, text := range []string{a, b} {
		if _, exponent, found := strings.Cut(strings.ToLower(text), "e"); found {
			if n, err := strconv.Atoi(exponent); err != nil || n > 1000 || n < -1000 {
				return a == b
			}
		}
	}
	x, okX := new(big.Rat).SetString(a)
	y, okY := new(big.Rat).SetString(b)
	return okX && okY && x.Cmp(y) == 0
}
