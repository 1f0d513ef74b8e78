package fhirtest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"sort"
	"strings"
)

// names are what a recording and a replay call differently: ids the servers gave. Each
// name of one side stands for one of the other.
type names struct {
	fixed    []string // recorded, actual, …: addresses
	forward  map[string]string
	backward map[string]string
}

func newNames(recordedBase, actualBase string) *names {
	return &names{fixed: []string{recordedBase, actualBase}, forward: map[string]string{}, backward: map[string]string{}}
}

func (n *names) same(recorded, actual string) {
	if !slices.Contains(n.fixed, recorded) {
		n.fixed = append(n.fixed, recorded, actual)
	}
}

// What a server makes up: ids (numbers of four digits or more, UUIDs, the letters of an
// exported file), instants, request ids, durations.
var (
	generated = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|Binary/[A-Za-z0-9-]{16,}|\b[A-Z][A-Za-z]+/1\d{3}\b|\b1\d{3}\b`)
	instant   = regexp.MustCompile(`\b2026-\d\d-\d\dT[0-9:.]+\+00:00`)
	instantIn = regexp.MustCompile(`\b20\d\d-\d\d-\d\dT[0-9:.]+\+00:00`)
	requestID = regexp.MustCompile(`#[A-Za-z0-9]{16}\b|^#req-1$`)
	took      = regexp.MustCompile(` Took \d+ms\.`)
	hapiCode  = regexp.MustCompile(`HAPI-\d{4}`)
)

// toActual writes a recorded text with the names of the replay.
func (n *names) toActual(text string) string {
	for i := 0; i < len(n.fixed); i += 2 {
		text = strings.ReplaceAll(text, n.fixed[i], n.fixed[i+1])
	}
	return generated.ReplaceAllStringFunc(text, func(token string) string {
		if known, ok := n.forward[token]; ok {
			return known
		}
		if typ, id, ok := strings.Cut(token, "/"); ok {
			if known, ok := n.forward[id]; ok {
				return typ + "/" + known
			}
		}
		return token
	})
}

// bind says that two names stand for each other; false when one stands for another.
func (n *names) bind(recorded, actual string) bool {
	if known, ok := n.forward[recorded]; ok {
		return known == actual
	}
	if known, ok := n.backward[actual]; ok {
		return known == recorded
	}
	n.forward[recorded], n.backward[actual] = actual, recorded
	return true
}

// text compares two texts: what is made up is bound, the rest must be equal.
func (n *names) text(recorded, actual string) bool {
	for i := 0; i < len(n.fixed); i += 2 {
		recorded = strings.ReplaceAll(recorded, n.fixed[i], "BASE")
		actual = strings.ReplaceAll(actual, n.fixed[i+1], "BASE")
	}
	if recorded == actual {
		return true
	}
	recorded, actual = instant.ReplaceAllString(recorded, "TIME"), instantIn.ReplaceAllString(actual, "TIME")
	recorded, actual = took.ReplaceAllString(recorded, ""), took.ReplaceAllString(actual, "")
	recorded, actual = requestID.ReplaceAllString(recorded, "#ID"), requestID.ReplaceAllString(actual, "#ID")
	if recorded == actual {
		return true
	}
	a, b := generated.FindAllString(recorded, -1), generated.FindAllString(actual, -1)
	if len(a) != len(b) || generated.ReplaceAllString(recorded, "ID") != generated.ReplaceAllString(actual, "ID") {
		return false
	}
	for i := range a {
		typeA, idA, okA := strings.Cut(a[i], "/")
		typeB, idB, okB := strings.Cut(b[i], "/")
		if okA != okB || (okA && (typeA != typeB || !n.bind(idA, idB))) || (!okA && !n.bind(a[i], b[i])) {
			return false
		}
	}
	return true
}

// Headers of the connection and of the web server; all others are compared.
var unminded = []string{"Date", "Server", "Transfer-Encoding", "Content-Length", "Connection"}

func (w *replay) headers(e *recorded, got http.Header) []string {
	var diffs []string
	seen := map[string]bool{}
	for name, want := range e.Response.Headers {
		key := http.CanonicalHeaderKey(name)
		seen[key] = true
		if slices.Contains(unminded, key) {
			continue
		}
		have, ok := got[key]
		switch {
		case !ok || len(have) == 0:
			diffs = append(diffs, fmt.Sprintf("header %s: missing, want %s", name, want))
		case key == "Last-Modified":
			if _, err := http.ParseTime(have[0]); err != nil {
				diffs = append(diffs, fmt.Sprintf("header %s: got %s", name, have[0]))
			}
		case key == "X-Request-Id" && e.Request.Headers["X-Request-ID"] == "":
		case !w.names.text(want, have[0]):
			diffs = append(diffs, fmt.Sprintf("header %s: got %s, want %s", name, have[0], want))
		}
	}
	for name := range got {
		if !seen[name] && !slices.Contains(unminded, name) {
			diffs = append(diffs, fmt.Sprintf("header %s: got %s, want none", name, got.Get(name)))
		}
	}
	sort.Strings(diffs)
	return diffs
}

func (w *replay) body(e *recorded, got []byte) []string {
	if e.Response.Cut > 0 {
		return w.cutBody(e, got)
	}
	var text string
	if json.Unmarshal(e.Response.Body, &text) == nil {
		if !strings.HasPrefix(text, "{") {
			if !w.names.text(text, string(got)) {
				return []string{fmt.Sprintf("body: got %.200q, want %.200q", got, text)}
			}
			return nil
		}
		// recorded as text, so that numbers can be compared as they were written
		return w.jsonBody([]byte(text), got, true)
	}
	return w.jsonBody(e.Response.Body, got, false)
}

// cutBody compares what is there of a body that was shortened: its type.
func (w *replay) cutBody(e *recorded, got []byte) []string {
	var want, have struct{ ResourceType, ContentType string }
	if json.Unmarshal(e.Response.Body, &want) != nil {
		var text string
		if err := json.Unmarshal(e.Response.Body, &text); err != nil {
			return []string{err.Error()}
		}
		if _, after, ok := strings.Cut(text, `"resourceType":"`); ok {
			want.ResourceType, _, _ = strings.Cut(after, `"`)
		}
	}
	first, _, _ := strings.Cut(string(got), "\n")
	if err := json.Unmarshal([]byte(first), &have); err != nil {
		return []string{"body: " + err.Error()}
	}
	if have.ResourceType != want.ResourceType {
		return []string{fmt.Sprintf("body: got a %s, want a %s", have.ResourceType, want.ResourceType)}
	}
	return nil
}

func (w *replay) jsonBody(want, got []byte, asText bool) []string {
	a, err := decode(want)
	if err != nil {
		return []string{"recorded body: " + err.Error()}
	}
	b, err := decode(got)
	if err != nil {
		return []string{fmt.Sprintf("body: %v: %.200s", err, got)}
	}
	return w.compare("", a, b, asText)
}

func decode(text []byte) (any, error) {
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err
}

func (w *replay) compare(path string, want, got any, asText bool) []string {
	switch a := want.(type) {
	case map[string]any:
		b, ok := got.(map[string]any)
		if !ok {
			return []string{fmt.Sprintf("%s: got %v, want an object", path, got)}
		}
		return w.compareObjects(path, a, b, asText)
	case []any:
		b, ok := got.([]any)
		if !ok || len(a) != len(b) {
			return []string{fmt.Sprintf("%s: got %d elements, want %d", path, len(b), len(a))}
		}
		if strings.HasSuffix(path, ".entry") || strings.HasSuffix(path, ".contains") {
			return w.compareUnordered(path, a, b, asText)
		}
		var diffs []string
		for i := range a {
			diffs = append(diffs, w.compare(fmt.Sprintf("%s[%d]", path, i), a[i], b[i], asText)...)
		}
		return diffs
	case string:
		b, ok := got.(string)
		if strings.HasSuffix(path, ".diagnostics") {
			return w.compareDiagnostics(path, a, b)
		}
		if !ok || !w.names.text(a, b) {
			return []string{fmt.Sprintf("%s: got %v, want %q", path, got, a)}
		}
	case json.Number:
		b, ok := got.(json.Number)
		if !ok {
			return []string{fmt.Sprintf("%s: got %v, want %s", path, got, a)}
		}
		x, _ := a.Float64()
		y, _ := b.Float64()
		if (asText && a != b) || x != y {
			return []string{fmt.Sprintf("%s: got %s, want %s", path, b, a)}
		}
	default:
		if want != got {
			return []string{fmt.Sprintf("%s: got %v, want %v", path, got, want)}
		}
	}
	return nil
}

func (w *replay) compareObjects(path string, a, b map[string]any, asText bool) []string {
	var diffs []string
	for name, v := range a {
		other, ok := b[name]
		if !ok {
			diffs = append(diffs, fmt.Sprintf("%s.%s: missing", path, name))
			continue
		}
		diffs = append(diffs, w.compare(path+"."+name, v, other, asText)...)
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			diffs = append(diffs, fmt.Sprintf("%s.%s: got %v, want none", path, name, b[name]))
		}
	}
	sort.Strings(diffs)
	return diffs
}

// compareUnordered finds for each entry its counterpart: a database gives them in no order
// unless asked to sort.
func (w *replay) compareUnordered(path string, a, b []any, asText bool) []string {
	var diffs []string
	used := make([]bool, len(b))
	for i := range a {
		var best []string
		matched := false
		for j := range b {
			if used[j] {
				continue
			}
			saved := w.names.clone()
			d := w.compare(fmt.Sprintf("%s[%d]", path, i), a[i], b[j], asText)
			if len(d) == 0 {
				used[j], matched = true, true
				break
			}
			w.names = saved
			if best == nil || len(d) < len(best) {
				best = d
			}
		}
		if !matched {
			diffs = append(diffs, best...)
		}
	}
	return diffs
}

func (n *names) clone() *names {
	out := &names{fixed: slices.Clone(n.fixed), forward: map[string]string{}, backward: map[string]string{}}
	for k, v := range n.forward {
		out.forward[k], out.backward[v] = v, k
	}
	return out
}

// compareDiagnostics compares the codes of HAPI's messages, which clients may go by; where
// there is none the text has to be there.
func (w *replay) compareDiagnostics(path, want, got string) []string {
	a, b := hapiCode.FindAllString(want, -1), hapiCode.FindAllString(got, -1)
	if !slices.Equal(a, b) {
		return []string{fmt.Sprintf("%s: got %q, want %q", path, got, want)}
	}
	if got == "" {
		return []string{path + ": empty"}
	}
	return nil
}
