package golden

import (
	"fmt"
	"maps"
	"regexp"
	"strings"
)

// kinds are the placeholders that stand for any value of a shape.
var kinds = map[string]string{ //nolint:gochecknoglobals // a read-only table
	"id":       `[0-9a-f]{24}`,
	"time":     `\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)`,
	"epochms":  `\d{12,14}`,
	"httpdate": `[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT`,
	"jsdate":   `[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d{4} \d\d:\d\d:\d\d GMT[+-]\d{4}(?: \([^)]*\))?`,
	"uuid":     `[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}`,
	"number":   `-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?`,
	"path":     `[^\s"]+`,
	"stack":    `(?s:.*)`,
	"value":    `[^;,\s]*`,
}

// ids are names bound to one value inside a case.
var ids = map[string]string{ //nolint:gochecknoglobals // a read-only table
	"tx": kinds["id"], "child": kinds["id"], "task": kinds["id"], "channel": kinds["id"], "client": kinds["id"],
	"medport": `\d+`, "routerport": `\d+`, "apiport": `\d+`, "deadport": `\d+`,
}

var token = regexp.MustCompile(`<([A-Za-z][A-Za-z0-9_]*)(:number)?>`)

// Bindings are the values of the names of a case: a name is bound where it is
// set or first met and must be the same ever after. Not safe for concurrent use.
type Bindings struct {
	values map[string]string
	names  map[string]string // name → pattern
}

// NewBindings starts with the given names and values.
func NewBindings(values map[string]string) *Bindings {
	b := &Bindings{values: map[string]string{}, names: map[string]string{}}
	maps.Copy(b.names, ids)
	for name, value := range values {
		b.Set(name, value)
	}
	return b
}

// Set binds a name, replacing what it was bound to.
func (b *Bindings) Set(name, value string) {
	b.values[name] = value
	if _, known := b.names[name]; !known {
		b.names[name] = `[^\s"<>]+`
	}
}

// Declare makes a name known as a placeholder, to be bound when first met.
func (b *Bindings) Declare(name string) {
	if _, known := b.names[name]; !known {
		b.names[name] = `[^\s"<>]+`
	}
}

// Get gives the value bound to a name.
func (b *Bindings) Get(name string) (string, bool) {
	value, ok := b.values[name]
	return value, ok
}

// Expand replaces the bound names in text; "<x:number>" (with its quotes)
// becomes a number. Unbound names stay.
func (b *Bindings) Expand(text string) string {
	text = regexp.MustCompile(`"<([A-Za-z][A-Za-z0-9_]*):number>"`).ReplaceAllStringFunc(text, func(quoted string) string {
		if value, ok := b.values[strings.TrimSuffix(quoted[2:], `:number>"`)]; ok {
			return value
		}
		return quoted
	})
	return token.ReplaceAllStringFunc(text, func(name string) string {
		if value, ok := b.values[strings.TrimSuffix(name[1:len(name)-1], ":number")]; ok {
			return value
		}
		return name
	})
}

// matchText compares a text with a recorded one that may hold placeholders.
func (b *Bindings) matchText(want, got string) string {
	if !strings.Contains(want, "<") {
		if want == got {
			return ""
		}
		return fmt.Sprintf("want %s, got %s", brief(want), brief(got))
	}
	var pattern strings.Builder
	pattern.WriteString(`\A`)
	var free []string
	rest := want
	placeholders := false
	for _, at := range token.FindAllStringSubmatchIndex(want, -1) {
		name := want[at[2]:at[3]]
		shape, known := b.shape(name)
		if !known {
			continue
		}
		placeholders = true
		before := want[len(want)-len(rest) : at[0]]
		pattern.WriteString(regexp.QuoteMeta(before))
		rest = want[at[1]:]
		if _, kind := kinds[name]; kind {
			pattern.WriteString("(?:" + shape + ")")
			continue
		}
		if value, bound := b.values[name]; bound {
			pattern.WriteString(regexp.QuoteMeta(value))
			continue
		}
		pattern.WriteString("(" + shape + ")")
		free = append(free, name)
	}
	if !placeholders {
		if want == got {
			return ""
		}
		return fmt.Sprintf("want %s, got %s", brief(want), brief(got))
	}
	pattern.WriteString(regexp.QuoteMeta(rest) + `\z`)
	found := regexp.MustCompile(pattern.String()).FindStringSubmatch(got)
	if found == nil {
		return fmt.Sprintf("want %s, got %s", brief(want), brief(got))
	}
	for i, name := range free {
		value := found[i+1]
		if old, bound := b.values[name]; bound && old != value {
			return fmt.Sprintf("<%s> is %s and %s in %s", name, old, value, brief(got))
		}
		b.values[name] = value
	}
	return ""
}

func (b *Bindings) shape(name string) (string, bool) {
	if shape, ok := kinds[name]; ok {
		return shape, true
	}
	shape, ok := b.names[name]
	return shape, ok
}
