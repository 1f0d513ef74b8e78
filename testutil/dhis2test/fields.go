package dhis2test

import (
	"net/http"
	"net/url"
	"strings"
)

// fieldTree is a parsed fields parameter, such as
// *,!relationships,enrollments[enrollment,events[event]] (dhis2.md 1.3).
// A nil tree keeps everything.
type fieldTree struct {
	all  bool
	keep map[string]*fieldTree
	drop map[string]bool
}

// readFields parses the parameter; where it is absent the endpoint's default
// holds. An unclosed bracket is tolerated and unknown names match nothing, as
// on a real server; presets (":all") and transformers ("~rename()") are not
// covered.
func readFields(q url.Values, fallback string) (*fieldTree, *httpError) {
	text := fallback
	if q.Has("fields") {
		text = strings.Join(q["fields"], ",")
	}
	if strings.ContainsAny(text, "~:@") {
		return nil, &httpError{status: http.StatusNotImplemented, message: "dhis2test does not cover fields=" + text}
	}
	tree, _ := parseFields(text)
	return tree, nil
}

func parseFields(text string) (tree *fieldTree, rest string) {
	tree = &fieldTree{keep: map[string]*fieldTree{}, drop: map[string]bool{}}
	for text != "" {
		end := strings.IndexAny(text, ",[]")
		if end < 0 {
			end = len(text)
		}
		name := strings.TrimSpace(text[:end])
		delimiter := ""
		if end < len(text) {
			delimiter, text = text[end:end+1], text[end+1:]
		} else {
			text = ""
		}
		var sub *fieldTree
		if delimiter == "[" {
			sub, text = parseFields(text)
		}
		switch {
		case name == "*":
			tree.all = true
		case strings.HasPrefix(name, "!"):
			tree.drop[name[1:]] = true
		case name != "":
			tree.keep[name] = sub
		}
		if delimiter == "]" {
			return tree, text
		}
	}
	return tree, ""
}

// apply returns the part of an object the tree asks for.
func (t *fieldTree) apply(doc map[string]any) map[string]any {
	if t == nil {
		return doc
	}
	out := map[string]any{}
	for key, v := range doc {
		sub, named := t.keep[key]
		if t.drop[key] || (!named && !t.all) {
			continue
		}
		out[key] = sub.applyTo(v)
	}
	return out
}

func (t *fieldTree) applyTo(v any) any {
	switch v := v.(type) {
	case map[string]any:
		return t.apply(v)
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = t.applyTo(item)
		}
		return out
	default:
		return v
	}
}
