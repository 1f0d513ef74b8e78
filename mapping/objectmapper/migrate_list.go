package objectmapper

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
