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

// yields says what writing a part gives when the input has nothing.
type yields uint8

const (
	givesNothing  yields = iota // nothing is ever written
	givesConstant               // constants, which go when nothing else is there
	givesData                   // what the input has
	givesAlways                 // something, in any case
)

// build converts all rules.
func (m *migrator) build() *yaml {
	if !m.doc.HasMapping {
		return m.passBody()
	}
	root, lost := &place{}, []string{}
	for i := range m.doc.Rules {
		rule := &m.doc.Rules[i]
		for j := range rule.Targets {
			t := &rule.Targets[j]
			if err := m.rule(root, rule, t); err != nil {
				what := rule.Source.Text
				if t.Path != nil {
					what += " -> " + t.Path.Text
				}
				lost = append(lost, m.refused(t.Position, what+": ", err))
			}
		}
	}
	out, _, err := m.render(root, nil)
	for bad := (*leafError)(nil); errors.As(err, &bad); out, _, err = m.render(root, nil) {
		// A rule that does not go with the others is left out, and the others stay.
		lost = append(lost, m.refused(bad.leaf.pos, bad.leaf.origin.text+": ", bad.err))
		root.drop(bad.leaf)
	}
	if out == nil {
		out = yMap()
		if root.kind == placeArray {
			out = yList()
		}
	}
	if len(lost) > 0 {
		if out.kind != yamlMap || len(out.keys) == 0 {
			m.out.lost = append(m.out.lost, lost...)
			return out
		}
		if out.comments == nil {
			out.comments = map[int][]string{}
		}
		out.comments[len(out.keys)] = append(out.comments[len(out.keys)], lost...)
	}
	return out
}

func (m *migrator) rule(root *place, rule *Rule, t *Target) error {
	o, err := m.origin(&rule.Source)
	if err != nil {
		return err
	}
	if err := m.checkTarget(t); err != nil {
		return err
	}
	m.defects(rule, t, &o)
	return m.place(root, t, &o)
}

func (m *migrator) checkTarget(t *Target) error {
	if t.Path == nil && t.Function == "" {
		return refuse("the target has no path", "")
	}
	if t.Function == "" || t.Function == "passThroughObject" {
		return nil
	}
	if t.Path == nil {
		return refuse("the transform has no path to write to", "")
	}
	compiled := target{path: t.Path, function: t.Function, params: t.Parameters}
	if err := compiled.compile(t, nil); err != nil {
		hint := ""
		if _, host := m.opts.Options.Functions[t.Function]; host {
			hint = "it is a function of the host: make a mapping.Operator of it"
		}
		return refuse(err.Error(), hint)
	}
	return nil
}

// passBody is what a document without inputMapping does.
func (m *migrator) passBody() *yaml {
	if len(m.doc.Lookups) == 0 {
		return yText("$.")
	}
	lookups := yMap()
	for i := range m.doc.Lookups {
		id := m.doc.Lookups[i].ID
		if lookups.get(memberName(id)) == nil {
			lookups.with(memberName(id), yText(m.lookupRef(id).value()))
		}
	}
	return yMap().with("requestBody", yText("$.")).with("lookupRequests", lookups)
}

// render writes a place.
func (m *migrator) render(p *place, frames []*listFrame) (*yaml, yields, error) {
	switch p.kind {
	case placeObject:
		return m.object(p, frames)
	case placeArray:
		return m.list(p.list, frames)
	case placeLeaf:
		return m.leafChain(p.leaf, frames)
	case placeUnset:
	}
	return nil, givesNothing, nil
}

func (m *migrator) object(p *place, frames []*listFrame) (*yaml, yields, error) {
	out := yMap()
	constant, data, always := false, false, false
	for i, key := range p.keys {
		member, gives, err := m.render(p.members[i], frames)
		if err != nil {
			return nil, 0, err
		}
		if member == nil {
			continue
		}
		constant = constant || gives == givesConstant
		data = data || gives == givesData
		always = always || gives == givesAlways
		out.with(memberName(key), member)
	}
	switch {
	case len(out.keys) == 0:
		return nil, givesNothing, nil
	case constant && data && !always:
		// The peer writes its constants whatever the input has.
		out.keys = append([]string{"$always"}, out.keys...)
		out.list = append([]*yaml{yRaw("true")}, out.list...)
		return out, givesAlways, nil
	case always:
		return out, givesAlways, nil
	case data:
		return out, givesData, nil
	}
	return out, givesConstant, nil
}

// list writes a list: a literal, a $each, or both in a $concat.
func (m *migrator) list(l *placeList, frames []*listFrame) (*yaml, yields, error) {
	var parts []listPart
	add := func(p *place, frames []*listFrame, spread bool) error {
		out, gives, err := m.render(p, frames)
		if err == nil && out != nil {
			parts = append(parts, listPart{out, gives, spread})
		}
		return err
	}
	for _, at := range l.fixed {
		if at == nil {
			m.noteHole(l)
			continue
		}
		if err := add(at, frames, false); err != nil {
			return nil, 0, err
		}
	}
	if l.elem != nil {
		out, gives, spread, err := m.elements(l, frames)
		if err != nil {
			return nil, 0, err
		}
		if out != nil {
			parts = append(parts, listPart{out, gives, spread})
		}
	}
	for _, item := range l.tail {
		if err := add(item.at, frames, item.spread); err != nil {
			return nil, 0, err
		}
	}
	return joinParts(parts)
}

type listPart struct {
	rule   *yaml
	gives  yields
	spread bool
}

// joinParts makes one list of its parts.
func joinParts(parts []listPart) (*yaml, yields, error) {
	if len(parts) == 0 {
		return nil, givesNothing, nil
	}
	most, constant, data, spread := givesConstant, false, false, false
	for _, p := range parts {
		most = max(most, p.gives)
		constant = constant || p.gives == givesConstant
		data = data || p.gives == givesData
		spread = spread || p.spread
	}
	if len(parts) == 1 && spread && parts[0].rule.get("$each") != nil && parts[0].rule.get("$reduce") == nil && parts[0].rule.get("$index") == nil {
		return parts[0].rule, parts[0].gives, nil
	}
	literal := yList()
	// A list of which only constants are left would go, and the peer's does not.
	fragile := constant && data && most != givesAlways
	if !spread && !fragile {
		for _, p := range parts {
			literal.list = append(literal.list, p.rule)
		}
		return literal, most, nil
	}
	for _, p := range parts {
		item := p.rule
		if !p.spread && (item.kind != yamlMap || item.operators()) {
			item = yList(item)
		}
		literal.list = append(literal.list, item)
	}
	if constant {
		most = givesAlways
	}
	return yOp("$concat", literal), most, nil
}

func (m *migrator) noteHole(l *placeList) {
	for _, at := range l.fixed {
		done := false
		at.leaves(func(leaf *leafRule) {
			if !done && leaf.pos.Line > 0 {
				m.note(NoteDecision, leaf.pos, "the list begins with elements that no rule writes: the peer has null there, the mapping leaves them out", "")
			}
			done = true
		})
		if done {
			return
		}
	}
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

// exprLiteral writes a scalar constant in expr-lang.
func exprLiteral(v *value) string {
	switch {
	case v.absent():
		return "nil"
	case v.kind == kindString:
		return exprQuote(v.text)
	case v.kind == kindNumber:
		return v.text
	default:
		return string(encode(v))
	}
}
