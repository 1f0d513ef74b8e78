package validate

import (
	"maps"
	"sync"
	"sync/atomic"

	"github.com/openhim/mediator-go/fhir/internal/elements"
)

// shape is a type of the element table made ready for the walk: what each JSON member must be, in one look-up. Immutable once built.
type shape struct {
	typ     *elements.Type
	members map[string]*member
	// required are the elements with a minimum, in order.
	required []requirement
	// rules are the invariants on the type that are not native to the walk.
	rules []*rule
	// check has what the specification says about the type in words only; nil for most.
	check func(*run, node, *scope)
	// canonical: a resource that others name by its url: it has a publisher too, which Device, with the URL of its network address, has not.
	canonical bool
	// words is how many 64-bit words a set of its elements takes.
	words int
}

// requirement is an element with a minimum and its place among those of its type.
type requirement struct {
	el    *elements.Element
	index int
}

// member is one JSON name that an object of a shape may have.
type member struct {
	el    *elements.Element
	index int // of the element in its type
	code  string
	list  bool
	// Exactly one of these says what the value is: a primitive, a resource, or an object of a shape.
	prim     *primitive
	resource bool
	shape    *shape

	targets []string // of a reference
	binding *binding
	rules   []*rule
	narrow  []string // profiles on the type, such as SimpleQuantity
}

// shapes builds shapes on demand. Reading is free of locks; a type is built once, with all types it leads to.
type shapes struct {
	built atomic.Pointer[map[string]*shape]
	mu    sync.Mutex
	codes *codebook
	rules *rulebook
}

func newShapes(codes *codebook, rules *rulebook) *shapes {
	s := &shapes{codes: codes, rules: rules}
	s.built.Store(&map[string]*shape{})
	return s
}

// of returns the shape of a type by its name, nil for an unknown or primitive one.
func (s *shapes) of(name string) *shape {
	if found, ok := (*s.built.Load())[name]; ok {
		return found
	}
	typ, ok := elements.Lookup(name)
	if !ok || typ.Kind == elements.Primitive {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old := *s.built.Load()
	all := make(map[string]*shape, len(old)+16)
	maps.Copy(all, old)
	built := s.build(typ, all)
	s.built.Store(&all)
	return built
}

// build makes the shape of a type and, first entering it, those it leads to.
func (s *shapes) build(typ *elements.Type, all map[string]*shape) *shape {
	if found, ok := all[typ.Name]; ok {
		return found
	}
	sh := &shape{typ: typ, members: map[string]*member{}, words: (len(typ.Elements) + 63) / 64, check: typeCheck(typ.Name)}
	all[typ.Name] = sh
	sh.rules = s.rules.of(typ.Constraints, typ)
	for i := range typ.Elements {
		el := &typ.Elements[i]
		if el.Min > 0 {
			sh.required = append(sh.required, requirement{el: el, index: i})
		}
		for _, ref := range el.Types {
			sh.members[el.JSONName(ref.Code)] = s.member(el, i, ref, all)
		}
	}
	_, named := typ.Child("url")
	_, published := typ.Child("publisher")
	sh.canonical = named && published
	if typ.Kind == elements.Resource || typ.Kind == elements.Logical {
		sh.members["resourceType"] = &member{index: -1}
	}
	return sh
}

func (s *shapes) member(el *elements.Element, index int, ref elements.TypeRef, all map[string]*shape) *member {
	m := &member{el: el, index: index, code: ref.Code, list: el.List(), targets: ref.Targets, narrow: ref.Profiles}
	switch {
	case el.Content != nil:
		m.shape = s.build(el.Content, all)
	case ref.Primitive():
		m.prim = primitiveOf(ref.Code)
	case ref.Code == "Resource":
		m.resource = true
	default:
		if typ, ok := elements.Lookup(ref.Code); ok {
			m.shape = s.build(typ, all)
		}
	}
	var inner *elements.Type
	if m.shape != nil {
		inner = m.shape.typ
	}
	m.rules = s.rules.of(el.Constraints, inner)
	if el.Binding != nil {
		m.binding = s.codes.bind(el.Binding.Strength, el.Binding.ValueSet, el.Binding.MaxValueSet, ref.Code)
	}
	return m
}
