package objectmapper

import "errors"

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
