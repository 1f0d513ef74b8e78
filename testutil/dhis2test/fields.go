package dhis2test

import (
	"net/url"
	"strings"
)

// fieldTree is a parsed fields parameter, such as
// *,!relationships,enrollments[enrollment,events[event]] (dhis2.md 1.3).
// A nil tree keeps everything.
type fieldTree struct {
	all  bool
	keep map[string]*fieldSpec
	drop map[string]bool
}

// fieldSpec is what is asked of one named field; nil asks for all of it.
type fieldSpec struct {
	sub        *fieldTree
	transforms []fieldTransform
}

// readFields parses the parameter; where it is absent the endpoint's default
// holds. An unclosed bracket is tolerated and unknown names match nothing, as
// on a real server. Of the presets only ":all" means something for tracker
// objects; the others select nothing [R fields-preset].
func readFields(q url.Values, fallback string) *fieldTree {
	text := fallback
	if q.Has("fields") {
		text = strings.Join(q["fields"], ",")
	}
	return parseFields(text)
}

// maxFieldNesting bounds the nesting of brackets; deeper ones are read flat.
const maxFieldNesting = 32

func parseFields(text string) *fieldTree {
	tree, _ := parseFieldList(text, 0)
	return tree
}

// parseFieldList reads up to the bracket that closes the list and returns what
// follows it.
func parseFieldList(text string, depth int) (tree *fieldTree, rest string) {
	tree = &fieldTree{keep: map[string]*fieldSpec{}, drop: map[string]bool{}}
	for text != "" {
		name, transforms, delimiter, after := readFieldName(text)
		text = after
		var sub *fieldTree
		if delimiter == '[' && depth < maxFieldNesting {
			sub, text = parseFieldList(text, depth+1)
		}
		switch {
		case name == "*", name == ":all", name == ":*":
			tree.all = true
		case strings.HasPrefix(name, "!"), strings.HasPrefix(name, "-"):
			tree.drop[name[1:]] = true
		case name != "" && !strings.HasPrefix(name, ":"):
			tree.add(name, &fieldSpec{sub: sub, transforms: transforms})
		}
		if delimiter == ']' {
			return tree, text
		}
	}
	return tree, ""
}

// add names a field; a field that is named twice shows what either asks for.
func (t *fieldTree) add(name string, spec *fieldSpec) {
	old, named := t.keep[name]
	if !named || (old.sub == nil) != (spec.sub == nil) {
		if named && old.sub == nil {
			spec.sub = nil
		}
		t.keep[name] = spec
		return
	}
	if spec.sub != nil {
		old.sub.all = old.sub.all || spec.sub.all
		for key, inner := range spec.sub.keep {
			old.sub.add(key, inner)
		}
		for key := range spec.sub.drop {
			old.sub.drop[key] = true
		}
	}
	old.transforms = append(old.transforms, spec.transforms...)
}

// readFieldName reads a name with its transformers and the character that ends
// it: a comma, a bracket of either kind, or 0 at the end of the text.
func readFieldName(text string) (name string, transforms []fieldTransform, delimiter byte, rest string) {
	end := strings.IndexAny(text, ",[]()~|")
	if end < 0 {
		return strings.TrimSpace(text), nil, 0, ""
	}
	name, rest = strings.TrimSpace(text[:end]), text[end:]
	for strings.HasPrefix(rest, "~") || strings.HasPrefix(rest, "|") {
		var t fieldTransform
		t, rest = readFieldTransform(rest[1:])
		transforms = append(transforms, t)
	}
	if rest == "" {
		return name, transforms, 0, ""
	}
	delimiter, rest = rest[0], rest[1:]
	switch delimiter {
	case '(':
		delimiter = '['
	case ')':
		delimiter = ']'
	}
	return name, transforms, delimiter, rest
}

// find tells whether a key is asked for, and how.
func (t *fieldTree) find(key string) (*fieldSpec, bool) {
	if t == nil {
		return nil, true
	}
	spec, named := t.keep[key]
	return spec, !t.drop[key] && (named || t.all)
}

func (f *fieldSpec) tree() *fieldTree {
	if f == nil {
		return nil
	}
	return f.sub
}

// apply returns the part of an object the tree asks for.
func (t *fieldTree) apply(doc map[string]any) map[string]any {
	if t == nil {
		return doc
	}
	out := newDocument(t)
	for key, v := range doc {
		out.set(key, v)
	}
	return out.fields
}

func (t *fieldTree) applyTo(v any) any {
	if t == nil {
		return v
	}
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

// document is an object on its way out: only the fields that the tree asks for
// are kept, and nil and "" are left out, as DHIS2 leaves out null.
type document struct {
	wanted *fieldTree
	fields map[string]any
}

func newDocument(wanted *fieldTree) *document {
	return &document{wanted: wanted, fields: map[string]any{}}
}

// set puts a value that costs nothing to make.
func (d *document) set(key string, v any) {
	if v == nil || v == "" {
		return
	}
	d.nest(key, func(sub *fieldTree) any { return sub.applyTo(v) })
}

// nest puts a value that is made only when it is asked for; build obeys the
// tree it is given.
func (d *document) nest(key string, build func(sub *fieldTree) any) {
	spec, ok := d.wanted.find(key)
	if !ok {
		return
	}
	value := build(spec.tree())
	if spec != nil {
		for _, t := range spec.transforms {
			key, value = t.apply(key, value)
		}
	}
	d.fields[key] = value
}
