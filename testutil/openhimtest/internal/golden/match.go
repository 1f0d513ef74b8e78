package golden

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Match compares a decoded JSON value with a recorded one and lists the
// differences, each with its path. Keys have no order; `__v` and the `_id` of
// subdocuments are ignored; the arrays whose key is in unordered are compared
// as sets. Names met are bound in b.
func (b *Bindings) Match(want, got any, unordered ...string) []string {
	return (&matcher{names: b, unordered: unordered}).value("", want, got, 0)
}

// MatchJSON is Match for two JSON texts.
func (b *Bindings) MatchJSON(want, got []byte, unordered ...string) []string {
	var w, g any
	if err := json.Unmarshal(want, &w); err != nil {
		return []string{"recorded value: " + err.Error()}
	}
	if err := json.Unmarshal(got, &g); err != nil {
		return []string{"value: " + err.Error()}
	}
	return b.Match(w, g, unordered...)
}

// MatchHeaders compares two lists of headers: names with their case, order and
// values.
func (b *Bindings) MatchHeaders(want, got [][2]string) []string {
	var diffs []string
	if len(want) != len(got) {
		return []string{fmt.Sprintf("want %d headers %s, got %d %s", len(want), listHeaders(want), len(got), listHeaders(got))}
	}
	for i := range want {
		if want[i][0] != got[i][0] {
			return append(diffs, fmt.Sprintf("header %d: want %q in %s, got %q in %s",
				i, want[i][0], listHeaders(want), got[i][0], listHeaders(got)))
		}
		if diff := b.matchText(want[i][1], got[i][1]); diff != "" {
			diffs = append(diffs, fmt.Sprintf("header %s: %s", want[i][0], diff))
		}
	}
	return diffs
}

// MatchText compares two texts; empty: they match.
func (b *Bindings) MatchText(want, got string) string { return b.matchText(want, got) }

func listHeaders(headers [][2]string) string {
	names := make([]string, 0, len(headers))
	for _, h := range headers {
		names = append(names, h[0])
	}
	return "[" + strings.Join(names, ", ") + "]"
}

type matcher struct {
	names     *Bindings
	unordered []string
}

func (m *matcher) value(path string, want, got any, depth int) []string {
	switch w := want.(type) {
	case map[string]any:
		if long, ok := longString(w); ok {
			return m.long(path, long, got)
		}
		g, ok := got.(map[string]any)
		if !ok {
			return differ(path, want, got)
		}
		return m.object(path, w, g, depth)
	case []any:
		g, ok := got.([]any)
		if !ok {
			return differ(path, want, got)
		}
		if path != "" && slices.Contains(m.unordered, path[strings.LastIndexByte(path, '.')+1:]) {
			return m.set(path, w, g, depth)
		}
		return m.array(path, w, g, depth)
	case string:
		return m.text(path, w, got)
	default:
		if want != got {
			return differ(path, want, got)
		}
		return nil
	}
}

func (m *matcher) object(path string, want, got map[string]any, depth int) []string {
	var diffs []string
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if ignored(key, depth) {
			continue
		}
		g, ok := got[key]
		if !ok {
			diffs = append(diffs, fmt.Sprintf("%s: missing, want %s", join(path, key), show(want[key])))
			continue
		}
		diffs = append(diffs, m.value(join(path, key), want[key], g, depth+1)...)
	}
	for _, key := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[key]; !ok && !ignored(key, depth) {
			diffs = append(diffs, fmt.Sprintf("%s: not recorded, got %s", join(path, key), show(got[key])))
		}
	}
	return diffs
}

func ignored(key string, depth int) bool {
	return key == "__v" || key == "_id" && depth > 0
}

func (m *matcher) array(path string, want, got []any, depth int) []string {
	if len(want) != len(got) {
		return []string{fmt.Sprintf("%s: want %d elements, got %d: %s", path, len(want), len(got), show(got))}
	}
	inner := depth
	if path != "" {
		inner++
	}
	var diffs []string
	for i := range want {
		diffs = append(diffs, m.value(join(path, strconv.Itoa(i)), want[i], got[i], inner)...)
	}
	return diffs
}

// set pairs each wanted element with one that matches, in any order.
func (m *matcher) set(path string, want, got []any, depth int) []string {
	if len(want) != len(got) {
		return []string{fmt.Sprintf("%s: want %d elements, got %d: %s", path, len(want), len(got), show(got))}
	}
	left := slices.Clone(got)
	var diffs []string
	for i, w := range want {
		var first []string
		found := -1
		for k, g := range left {
			saved := maps.Clone(m.names.values)
			d := m.value(join(path, strconv.Itoa(i)), w, g, depth+1)
			if len(d) == 0 {
				found = k
				break
			}
			m.names.values = saved
			if k == 0 {
				first = d
			}
		}
		if found < 0 {
			diffs = append(diffs, first...)
			continue
		}
		left = slices.Delete(left, found, found+1)
	}
	return diffs
}

func (m *matcher) long(path string, want *Body, got any) []string {
	text, ok := got.(string)
	if !ok {
		return []string{fmt.Sprintf("%s: want a long text, got %s", path, show(got))}
	}
	if diff := want.Matches(m.names, []byte(text)); diff != "" {
		return []string{path + ": " + diff}
	}
	return nil
}

var (
	asNumber  = regexp.MustCompile(`\A<([A-Za-z][A-Za-z0-9_]*):number>\z`)
	anyNumber = regexp.MustCompile(`\A<(number|epochms)>\z`)
)

func (m *matcher) text(path, want string, got any) []string {
	if n, isNumber := got.(float64); isNumber {
		text := strconv.FormatFloat(n, 'f', -1, 64)
		if name := asNumber.FindStringSubmatch(want); name != nil {
			want = "<" + name[1] + ">"
		} else if !anyNumber.MatchString(want) {
			return differ(path, want, got)
		}
		if diff := m.names.matchText(want, text); diff != "" {
			return []string{path + ": " + diff}
		}
		return nil
	}
	g, ok := got.(string)
	if !ok || asNumber.MatchString(want) {
		return differ(path, want, got)
	}
	if diff := m.names.matchText(want, g); diff != "" {
		return []string{path + ": " + diff}
	}
	return nil
}

func differ(path string, want, got any) []string {
	return []string{fmt.Sprintf("%s: want %s, got %s", path, show(want), show(got))}
}

func show(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	const limit = 300
	if len(text) > limit {
		return fmt.Sprintf("%s… (%d bytes)", text[:limit], len(text))
	}
	return string(text)
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
