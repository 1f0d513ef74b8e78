package prune

import (
	"github.com/openhim/mediator-go/fhir/internal/elements"
)

// choose drops the alternatives of choices that were not set.
func (p *pruner) choose(members []member, typ *elements.Type, at *Place) {
	if typ == nil {
		return
	}
	for k := range members {
		el, _, ok := typ.Element(members[k].key)
		if !ok || !el.Choice || members[k].dropped {
			continue
		}
		p.resolve(members[k:], typ, el, at)
	}
}

// resolve leaves of the alternatives of one choice the one that is set.
func (p *pruner) resolve(members []member, typ *elements.Type, el *elements.Element, at *Place) {
	var group, set []*member
	guess := false // an alternative is false or 0: perhaps set, perhaps not
	for k := range members {
		m := &members[k]
		if other, _, ok := typ.Element(m.key); !ok || other != el || m.dropped {
			continue
		}
		group = append(group, m)
		switch p.stateOf(m, at) {
		case isSet:
			set = append(set, m)
		case maybeSet:
			guess = true
		case unset:
		}
	}
	if len(group) == 1 && !isZeroStruct(at.Member(group[0].key)) {
		return // nothing to choose from: false means false
	}
	if len(set) > 1 {
		p.fail(at.Member(el.Name+"[x]"), "more than one alternative is set: "+set[0].key+" and "+set[1].key)
		return
	}
	if len(set) == 0 && guess && el.Min > 0 {
		p.fail(at.Member(el.Name+"[x]"), "none of the alternatives is set, or one is set to false or 0, "+
			"which cannot be told apart; use Set for such a value")
		return
	}
	for _, m := range group {
		m.dropped = len(set) == 0 || m != set[0]
	}
}

type state uint8

const (
	unset state = iota
	maybeSet
	isSet
)

// stateOf tells whether a member was set, by the Go value it comes from if
// that can be found, else by the JSON.
func (p *pruner) stateOf(m *member, at *Place) state {
	scalar := p.src[m.Value] != '"' && p.src[m.Value] != '{' && p.src[m.Value] != '['
	if v := at.Member(m.key).Value(); v.IsValid() {
		switch {
		case !v.IsZero():
			if Empty(p.src, m.Value) {
				return unset
			}
			return isSet
		case scalar && !isUnsetNumber(at.Member(m.key)):
			return maybeSet
		default:
			return unset
		}
	}
	switch {
	case Empty(p.src, m.Value):
		return unset
	case scalar && (p.src[m.Value] == 'f' || string(p.src[m.Value:m.End]) == "0"):
		return maybeSet
	default:
		return isSet
	}
}

// Unset returns the alternatives of choices in the object src that were not
// set, as another one was.
func Unset(src []byte, typ *elements.Type, at *Place) []string {
	p := &pruner{src: src}
	members := p.members(0)
	p.choose(members, typ, at)
	var names []string
	for _, m := range members {
		if m.dropped {
			names = append(names, m.key)
		}
	}
	return names
}
