package objectmapper

import (
	"errors"
	"fmt"
	"strings"
)

// listFrame is a list whose elements are being written.
type listFrame struct {
	scope  bool // it is a $each: paths are relative to its items
	zipped bool
	walks  map[string]string    // names of the zipped lists, by refsKey
	firsts map[*leafRule]string // names of the zipped values
}

// elements writes what every element gets. spread tells that the result is a list of elements.
func (m *migrator) elements(l *placeList, frames []*listFrame) (out *yaml, gives yields, spread bool, err error) {
	depth, walks, firsts, all := len(frames), []*leafRule{}, []*leafRule{}, 0
	seen := map[string]bool{}
	l.elem.leaves(func(leaf *leafRule) {
		if depth >= len(leaf.steps) {
			return
		}
		switch step := leaf.steps[depth]; step.kind {
		case elemWalk:
			key := leaf.groupKey(depth)
			if !seen[key] {
				seen[key] = true
				walks = append(walks, leaf)
			}
		case elemFirst:
			firsts = append(firsts, leaf)
		case elemAll:
			all++
		}
	})
	switch {
	case len(walks) == 0 && len(firsts) == 0:
		l.elem.leaves(func(leaf *leafRule) {
			if len(l.tail) > 0 || len(l.fixed) > 0 {
				m.refused(leaf.pos, "", refuse("oneToAllElements fills elements that other rules write one by one", "write it into each of them"))
				return
			}
			m.note(NoteUnused, leaf.pos, "no rule builds the list that oneToAllElements fills: it writes nothing", "")
		})
		return nil, givesNothing, false, nil
	case len(walks) == 0:
		inner, gives, err := m.render(l.elem, append(frames[:depth:depth], &listFrame{}))
		return inner, gives, false, err
	case len(walks) == 1 && len(firsts) == 0:
		out, err = m.walkRule(walks[0], frames, depth)
		if err != nil {
			return nil, 0, false, &leafError{walks[0], err}
		}
		out, gives, err = m.eachBody(out, l.elem, append(frames[:depth:depth], &listFrame{scope: true}))
		return out, gives, true, err
	}
	f := &listFrame{scope: true, zipped: true, walks: map[string]string{}, firsts: map[*leafRule]string{}}
	zip, taken := yMap(), map[string]bool{}
	name := func(r ref, otherwise string) string {
		base := otherwise
		for _, s := range r.steps {
			if identifier(s.name) {
				base = s.name
			}
		}
		unique := base
		for i := 2; taken[unique]; i++ {
			unique = fmt.Sprintf("%s%d", base, i)
		}
		taken[unique] = true
		return unique
	}
	for _, leaf := range walks {
		group := leaf.steps[depth].walks
		if len(group) > 1 {
			return nil, 0, false, &leafError{leaf, refuse("it joins lists within a list, and other rules write the same elements", "write a list of its own")}
		}
		source, err := m.walkRule(leaf, frames, depth)
		if err != nil {
			return nil, 0, false, &leafError{leaf, err}
		}
		if len(source.keys) == 1 && source.list[0].scalar() {
			source = source.list[0]
		}
		n := name(group[len(group)-1], "items")
		f.walks[leaf.groupKey(depth)] = n
		zip.with(n, source)
	}
	for _, leaf := range firsts {
		if leaf.nested(depth) {
			return nil, 0, false, &leafError{leaf, refuse("it writes a list into the first element of a list that another rule fills",
				"write the list into each element, or beside the list")}
		}
		source, err := m.firstRule(leaf, frames)
		if err != nil {
			return nil, 0, false, &leafError{leaf, err}
		}
		n := name(leaf.origin.rest, "value")
		f.firsts[leaf] = n
		zip.with(n, source)
	}
	out = yOp("$each", yMap().with("zip", zip))
	out, gives, err = m.eachBody(out, l.elem, append(frames[:depth:depth], f))
	return out, gives, true, err
}

// firstRule reads a value that goes to the first element as a list, so that it can be zipped.
func (m *migrator) firstRule(leaf *leafRule, frames []*listFrame) (*yaml, error) {
	if name, ok := leaf.zipped(frames); ok {
		return yOp("$from", yText(name)).with("$as", yText("array")), nil
	}
	alone := *leaf
	alone.or, alone.keepNull = nil, false
	alone.steps = leaf.steps[:len(frames)]
	if leaf.keepNull {
		return nil, refuse("a null is kept in the first element of a list that another rule fills", "")
	}
	rule, _, err := m.leafChain(&alone, frames)
	if err != nil {
		return nil, err
	}
	if rule.kind == yamlText && strings.HasPrefix(rule.text, "$.") && len(rule.text) > 2 && !strings.HasPrefix(rule.text, "$.$") {
		rule = yText(rule.text[2:])
	}
	if rule.kind == yamlMap && rule.get("$from") != nil && rule.get("$as") == nil && rule.get("$keep") == nil {
		return rule.with("$as", yText("array")), nil
	}
	if leaf.origin.constant != nil && leaf.function == "" {
		rule = yText("= " + exprLiteral(leaf.origin.constant))
	}
	return yMap().with("$from", rule).with("$as", yText("array")), nil
}

func (l *leafRule) groupKey(depth int) string {
	parts := []string{l.origin.base()}
	for _, step := range l.steps[:depth+1] {
		parts = append(parts, refsKey(step.walks))
	}
	return strings.Join(parts, "\x01")
}

func (o *origin) base() string {
	if len(o.walks) > 0 {
		return o.walks[0].base
	}
	return o.rest.base
}

// walkRule begins a $each over a leaf's list.
func (m *migrator) walkRule(leaf *leafRule, frames []*listFrame, depth int) (*yaml, error) {
	group := leaf.steps[depth].walks
	start, err := leaf.locate(frames, depth, group[0])
	if err != nil {
		return nil, err
	}
	return m.each(start, group[1:]), nil
}

// each begins a $each over a list, and over lists below its elements, flattened.
func (m *migrator) each(first ref, more []ref) *yaml {
	out := yMap()
	source := yText(first.source())
	if m.single {
		source = yMap().with("from", source).with("single", yRaw("true"))
	}
	out.with("$each", source)
	for i, next := range more {
		if i > 0 {
			out = yOp("$each", out)
		}
		out.with("$expand", yText(next.source()))
	}
	return out
}

func (m *migrator) eachBody(out *yaml, elem *place, frames []*listFrame) (*yaml, yields, error) {
	body, gives, err := m.render(elem, frames)
	switch {
	case err != nil:
		return nil, 0, err
	case body == nil:
		return nil, givesNothing, nil
	case body.kind == yamlMap && (body.get("$always") != nil || !body.operators()):
		for i, key := range body.keys {
			out.with(key, body.list[i])
		}
	case body.kind == yamlText && body.text == "$.":
	default:
		out.with("$value", body)
	}
	if gives == givesAlways {
		gives = givesData // of no elements nothing comes
	}
	return out, gives, nil
}

// leafError is why one rule cannot be written together with the others.
type leafError struct {
	leaf *leafRule
	err  error
}

func (e *leafError) Error() string { return e.err.Error() }

// nested reports whether a value of the first element is a list of its own, which cannot go beside the lists of other rules.
func (l *leafRule) nested(depth int) bool {
	for _, step := range l.steps[depth+1:] {
		if step.kind == elemWalk {
			return true
		}
	}
	return len(l.rest) > 0 || len(l.origin.walks) > 0 || l.origin.kind&shapeList != 0 || l.origin.constant != nil && l.origin.constant.kind >= kindArray
}

var errFar = errors.New("it reads from outside of two lists around it")

// locate makes a leaf's path relative to where it stands, with the first depth frames around it.
func (l *leafRule) locate(frames []*listFrame, depth int, r ref) (ref, error) {
	scopes := 0 // between what the path is relative to and the innermost frame
	for i := depth - 1; i >= 0; i-- {
		f := frames[i]
		kind := elemAll
		if i < len(l.steps) {
			kind = l.steps[i].kind
		}
		if f.scope && kind == elemWalk {
			out := ref{}
			if f.zipped {
				out = out.then(refStep{name: f.walks[l.groupKey(i)]})
			}
			switch scopes {
			case 0:
			case 1:
				out.base = "$parent"
			default:
				return ref{}, refuse(errFar.Error(), "put the rules below a $with, or name the value with let")
			}
			return out.join(r), nil
		}
		if f.scope {
			scopes++
		}
	}
	if scopes > 0 && r.base == "" {
		return ref{base: "$root", steps: r.steps}, nil
	}
	return r, nil
}
