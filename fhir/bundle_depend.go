package fhir

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
)

// bundleGroups finds which entries of a transaction or a batch depend on one another: it
// returns for each entry the first entry of its group.
//
// An entry depends on another one when it links to its fullUrl or to the Type/id that it
// writes; when its conditional reference, its condition or its search could find what the
// other one writes; or when both are about the same resource. In doubt it does: only an
// identifier or an id that the other one has not proves that a search cannot find it.
func bundleGroups(b *Bundle) []int {
	g := &bundleGraph{
		parent: make([]int, b.Len()), names: map[string][]int{},
		byIdentifier: map[string][]int{}, opaque: map[string][]int{}, byType: map[string][]int{},
		joined: map[string]bool{},
	}
	requests := make([]BundleRequest, b.Len())
	for i, e := range b.entries {
		g.parent[i] = i
		requests[i], _ = e.Request()
		g.written(i, e, requests[i])
	}
	for i, e := range b.entries {
		g.reads(i, e, requests[i])
	}
	for i := range g.parent {
		g.parent[i] = g.find(i)
	}
	return g.parent
}

type bundleGraph struct {
	parent       []int
	names        map[string][]int // fullUrl and Type/id -> entries that have it or write it
	byIdentifier map[string][]int // type, system and value -> entries that write such a resource
	opaque       map[string][]int // type -> entries that change what is not in the Bundle
	byType       map[string][]int // type -> all entries that write it
	writers      []int
	joined       map[string]bool // lists that are one group already
}

func (g *bundleGraph) find(i int) int {
	for g.parent[i] != i {
		g.parent[i] = g.parent[g.parent[i]]
		i = g.parent[i]
	}
	return i
}

// join puts an entry and others into one group, whose first entry stands for it.
func (g *bundleGraph) join(i int, others []int) {
	for _, other := range others {
		a, b := g.find(i), g.find(other)
		g.parent[max(a, b)] = min(a, b)
	}
}

// joinAll is join, with the name of the list: a list is walked through once.
func (g *bundleGraph) joinAll(i int, list string, others []int) {
	if g.joined[list] {
		others = others[:1]
	} else if len(others) > 0 {
		g.joined[list] = true
	}
	g.join(i, others)
}

// name lets an entry be known by a name. Entries of one name are about the same resource.
func (g *bundleGraph) name(i int, name string) {
	if name == "" {
		return
	}
	if known := g.names[name]; len(known) > 0 {
		g.join(i, known[:1])
	}
	g.names[name] = append(g.names[name], i)
}

// first returns one of the entries of a name, which are of one group, or none.
func (g *bundleGraph) first(name string) []int {
	return g.names[name][:min(1, len(g.names[name]))]
}

// written notes what an entry has and writes.
func (g *bundleGraph) written(i int, e BundleEntry, r BundleRequest) {
	if e.fullURL != nil {
		fullURL := e.FullURL()
		g.name(i, fullURL)
		if at := ParseLocation(fullURL); at.Base != "" {
			g.name(i, at.Reference())
		}
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return
	}
	g.writers = append(g.writers, i)
	kind := requestType(r.URL)
	path, query, conditional := strings.Cut(strings.TrimPrefix(r.URL, "/"), "?")
	if at := ParseLocation(path); at.Type != "" && !conditional {
		g.name(i, at.Reference())
	}
	g.byType[kind] = append(g.byType[kind], i)
	resource := e.Resource()
	if resource.Type() == kind && kind != "" {
		if resource.ID() != "" {
			g.name(i, resource.Reference())
		}
		for identifier := range jsonItems(jsonMember(resource.data, "identifier")) {
			g.identified(i, kind, jsonText(jsonMember(identifier, "system")), jsonText(jsonMember(identifier, "value")))
		}
		if single := jsonMember(resource.data, "identifier"); len(single) > 0 && single[0] == '{' {
			g.identified(i, kind, jsonText(jsonMember(single, "system")), jsonText(jsonMember(single, "value")))
		}
	} else {
		g.opaque[kind] = append(g.opaque[kind], i)
	}
	for _, condition := range []string{query, r.IfNoneExist} {
		tokens, _ := identifierTokens(searchPart(condition))
		for _, t := range tokens {
			g.identified(i, kind, t.system, t.value)
		}
	}
}

func (g *bundleGraph) identified(i int, kind, system, value string) {
	if value == "" {
		return
	}
	for _, key := range []string{identifierKey(kind, system, value), identifierKey(kind, "*", value)} {
		g.byIdentifier[key] = append(g.byIdentifier[key], i)
	}
}

func identifierKey(kind, system, value string) string { return kind + "\x00" + system + "\x00" + value }

// reads joins an entry with those that write what it reads.
func (g *bundleGraph) reads(i int, e BundleEntry, r BundleRequest) {
	for link := range bundleLinks(e.resource) {
		if kind, query, ok := strings.Cut(link.text, "?"); ok && link.reference && isTypeName(kind) {
			g.search(i, kind, query)
			continue
		}
		g.named(i, link.text)
	}
	for rest := e.resource; ; { // in narratives and other texts
		n := bytes.Index(rest, []byte(uuidPrefix))
		if n < 0 || len(rest) < n+len(uuidPrefix)+36 {
			break
		}
		g.join(i, g.first(string(rest[n:n+len(uuidPrefix)+36])))
		rest = rest[n+len(uuidPrefix):]
	}
	kind := requestType(r.URL)
	if r.IfNoneExist != "" {
		g.search(i, kind, searchPart(r.IfNoneExist))
	}
	path, query, conditional := strings.Cut(strings.TrimPrefix(r.URL, "/"), "?")
	switch {
	case conditional && path == kind:
		g.search(i, kind, query)
	case conditional || strings.Contains(path, "$"): // a system's search, an operation
		g.joinAll(i, "*", g.writers)
	case ParseLocation(path).Type != "":
		g.named(i, path)
	case path != kind || r.Method == http.MethodGet: // histories, compartments, a whole type
		g.joinAll(i, "*", g.writers)
	}
}

// named joins an entry with those that have the name a link means.
func (g *bundleGraph) named(i int, text string) {
	text, _, _ = strings.Cut(text, "#")
	if text == "" {
		return
	}
	g.join(i, g.first(text))
	if at := ParseLocation(text); !at.IsZero() {
		at.Version = ""
		g.join(i, g.first(at.String()))
		g.join(i, g.first(at.Reference()))
	}
}

// search joins an entry with those that write what a search could find.
func (g *bundleGraph) search(i int, kind, query string) {
	if goesByOthers(query) {
		g.joinAll(i, "*", g.writers)
		return
	}
	tokens, byIdentifier := identifierTokens(query)
	if !byIdentifier {
		values, err := url.ParseQuery(query)
		if ids, ok := values["_id"]; ok && err == nil && len(ids) == 1 {
			for id := range strings.SplitSeq(ids[0], ",") {
				g.join(i, g.first(kind+"/"+id))
			}
			return
		}
		g.joinAll(i, "type "+kind, g.byType[kind])
		return
	}
	for _, t := range tokens {
		system := t.system
		if !t.bySystem {
			system = "*"
		}
		key := identifierKey(kind, system, t.value)
		g.joinAll(i, key, g.byIdentifier[key])
	}
	g.joinAll(i, "opaque "+kind, g.opaque[kind])
}

// goesByOthers reports whether a search takes other resources into account than those it
// finds: by chains, _has, _include and what servers have of their own.
func goesByOthers(query string) bool {
	for part := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(part, "=")
		name, err := url.QueryUnescape(name)
		base, _, _ := strings.Cut(name, ":")
		switch {
		case err != nil, strings.Contains(name, "."):
			return true
		case base == "_id", base == "_tag", base == "_profile", base == "_security", base == "_lastUpdated":
		case strings.HasPrefix(base, "_"):
			return true
		}
	}
	return false
}

type identifierToken struct {
	system, value string
	bySystem      bool
}

// identifierTokens returns the identifiers that a search names, one of which what it finds
// must have, and false if it does not go by identifiers with a value.
func identifierTokens(query string) ([]identifierToken, bool) {
	values, err := url.ParseQuery(query)
	if err != nil || len(values["identifier"]) != 1 {
		return nil, false
	}
	var tokens []identifierToken
	for _, text := range splitUnescaped(values["identifier"][0], ',') {
		parts := splitUnescaped(text, '|')
		t := identifierToken{value: unescapeSearch(parts[len(parts)-1])}
		if len(parts) == 2 {
			t.system, t.bySystem = unescapeSearch(parts[0]), true
		}
		if len(parts) > 2 || t.value == "" {
			return nil, false
		}
		tokens = append(tokens, t)
	}
	return tokens, true
}

// splitUnescaped divides the value of a search parameter at a separator without a backslash
// before it (R4 search.html, section 3.1.1.4.0.1).
func splitUnescaped(text string, separator byte) []string {
	var parts []string
	start := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case separator:
			parts = append(parts, text[start:i])
			start = i + 1
		}
	}
	return append(parts, text[start:])
}

func unescapeSearch(text string) string {
	return strings.NewReplacer(`\\`, `\`, `\,`, `,`, `\|`, `|`, `\$`, `$`).Replace(text)
}
