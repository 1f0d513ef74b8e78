package objectmapper

import (
	"context"
	"slices"
	"strconv"
	"strings"
)

// origin is where a rule reads: a constant, or a path with the lists that it walks over.
type origin struct {
	nothing  bool   // there is no such part of the data
	constant *value // from constants
	// walks are the lists to go through, each relative to the element of the one before; rest is read of the last one's elements.
	walks []ref
	rest  ref
	// whole tells that the path ends with [], so that its value is a list.
	whole bool
	kind  shape // what is known of the value
	let   *letRule
	text  string
}

func (o *origin) scalar() bool {
	return o.constant != nil && o.constant.kind < kindArray || o.kind != 0 && o.kind&(shapeList|shapeObject) == 0
}

// pathStep is one step of a source path.
type pathStep struct {
	name string
	each bool
	// index tells that the name is a number in brackets.
	index bool
}

// flatten takes a source path apart.
func flatten(p *Path) ([]pathStep, error) {
	var out []pathStep
	for i := range p.Segments {
		s := &p.Segments[i]
		if hasGlob(s.Key) {
			return nil, refuse("the pattern "+p.Text+" reads members by their look", "name the members: {$concat: [$.a, $.b]}")
		}
		if s.Key != "" {
			out = append(out, pathStep{name: s.Key})
		} else if !s.array() || i > 0 {
			return nil, refuse("the path has an empty name", "")
		}
		for _, b := range s.Brackets {
			switch {
			case b.IsIndex && b.Index < 0:
				return nil, refuse("an index from the end of a list", "write an expression: = last(list)")
			case b.IsIndex:
				out = append(out, pathStep{name: strconv.Itoa(b.Index), index: true})
			default:
				out = append(out, pathStep{name: b.Text, each: b.Each})
			}
		}
	}
	return out, nil
}

// origin resolves the source path of a rule.
func (m *migrator) origin(p *Path) (origin, error) {
	out := origin{text: p.Text, whole: p.endsWithEach()}
	steps, err := flatten(p)
	if err != nil {
		return out, err
	}
	if m.opts.Mapping {
		m.walk(&out, ref{}, steps, nil)
		return out, nil
	}
	second := func() (string, error) {
		if len(steps) < 2 || steps[1].each || steps[1].index {
			return "", refuse(steps[0].name+" is read as a whole", "read each member: "+steps[0].name+".name")
		}
		return steps[1].name, nil
	}
	switch head := steps[0].name; head {
	case "requestBody":
		m.walk(&out, ref{}, steps[1:], []string{head})
	case "query", "urlParams", "requestHeaders", "state", "timestamps":
		m.walk(&out, ref{base: "$ctx"}.then(refStep{name: head}), steps[1:], []string{head})
	case "constants":
		return m.constantOrigin(p)
	case "lookupRequests":
		id, err := second()
		if err != nil {
			return out, err
		}
		m.walk(&out, m.lookupRef(id), steps[2:], []string{head, id})
	case "transforms":
		name, err := second()
		if err != nil {
			return out, err
		}
		let := m.lets[name]
		switch {
		case let == nil:
			out.nothing = true
			return out, nil
		case let.err != nil:
			return out, refuse("it reads transforms."+name+", which is not converted", "see the note at that inputTransform")
		}
		m.walk(&out, let.ref, steps[2:], []string{head, name})
		let.uses++
		out.let = let
		if len(steps) > 2 {
			let.named = true
		} else {
			out.kind = let.kind
		}
	default:
		out.nothing = true
	}
	return out, nil
}

// walk follows the steps from start.
func (m *migrator) walk(out *origin, current ref, steps []pathStep, names []string) {
	closeList := func() {
		out.walks = append(out.walks, current)
		current = ref{}
		names = append(names, "[]")
	}
	for _, s := range steps {
		if s.each {
			closeList()
			continue
		}
		if !s.index && m.shapes.at(names)&shapeList != 0 {
			closeList() // a name on a list is asked of every element
		}
		current = current.then(refStep{s.name, s.index})
		if s.index {
			names = append(names, "[]")
		} else {
			names = append(names, s.name)
		}
	}
	out.rest = current
	out.kind = m.shapes.at(names)
}

// constantOrigin reads a path below constants.
func (m *migrator) constantOrigin(p *Path) (origin, error) {
	out := origin{text: p.Text, whole: p.endsWithEach()}
	all := newObject()
	if m.doc.constants != nil {
		all.set("constants", m.doc.constants)
	}
	f, err := (reader{&budget{ctx: context.Background(), limits: Limits{}.withDefaults()}}).read(all, p.Segments)
	if err != nil {
		return out, err
	}
	if f.many {
		out.constant = f.flat(false)
	} else {
		out.constant = f.val
	}
	if out.constant.absent() {
		out.constant, out.nothing = nil, true
	}
	return out, nil
}

// lookups decides how each lookup comes into the mapping: by name when one key tells all of it, else in the context.
func (m *migrator) lookups() {
	m.lookupNames = map[string]string{}
	for i := range m.doc.Lookups {
		l := &m.doc.Lookups[i]
		if l.ID == "" || m.lookupNames[l.ID] != "" {
			continue
		}
		params := append(slices.Clone(l.URLParams), l.QueryParams...)
		key, ok := m.lookupKey(l, params)
		if !ok {
			m.note(NoteDecision, l.Position, "the lookup "+l.ID+" sends more than one key: its answer comes in the context",
				"put {data, headers} of it into Options.Context, below lookupRequests")
			continue
		}
		name := m.name(l.ID, "lookup")
		m.lookupNames[l.ID] = name
		m.out.Lookups[name] = l.ID
		m.lookupKeys = append(m.lookupKeys, lookupRule{
			name: name, rule: yMap().with("from", key), note: strings.TrimSpace(l.Method + " " + l.URL),
		})
		m.note(NoteHost, l.Position, "the lookup "+l.ID+" is "+l.Method+" "+l.URL, "give it to CompileOptions.Lookups as "+name+": it gives {data, headers}")
	}
}

// lookupKey is what a lookup is asked for.
func (m *migrator) lookupKey(l *RequestConfig, params []Param) (*yaml, bool) {
	if l.ForwardBody || l.ForEach != "" || len(params) > 1 {
		return nil, false
	}
	if len(params) == 0 {
		return yText("= " + exprQuote(l.ID)), true
	}
	kind, rest, _ := strings.Cut(params[0].Path, ".")
	at := ref{}
	switch kind {
	case "payload":
	case "query", "urlParams", "state":
		at = ref{base: "$ctx"}.then(refStep{name: kind})
	default:
		return nil, false
	}
	for _, name := range valuePath(rest) {
		at = at.then(refStep{name: name})
	}
	return yText(at.source()), true
}

func (m *migrator) lookupRef(id string) ref {
	if name := m.lookupNames[id]; name != "" {
		return ref{base: "$" + name}
	}
	return ref{base: "$ctx"}.then(refStep{name: "lookupRequests"}, refStep{name: id})
}
