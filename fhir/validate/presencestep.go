package validate

import (
	"github.com/openhim/mediator-go/fhir/internal/elements"
	"github.com/openhim/mediator-go/fhir/internal/tree"
)

// presenceStep is one name of a path: the members it may be in JSON, and a condition on the values.
type presenceStep struct {
	names []string // "valueQuantity", "valueString" ... for value
	self  bool     // $this, for a where() that begins an expression
	where test
}

// stepTo resolves a name on a type; the type of what it leads to is nil when that is a primitive, several, or not known.
func stepTo(name string, typ *elements.Type) (presenceStep, *elements.Type) {
	if typ == nil {
		return presenceStep{}, nil
	}
	el, ok := typ.Child(name)
	if !ok {
		return presenceStep{}, nil
	}
	var names []string
	var inner *elements.Type
	for _, ref := range el.Types {
		jsonName := el.JSONName(ref.Code)
		names = append(names, jsonName)
		if ref.Primitive() {
			names = append(names, "_"+jsonName)
		} else if !el.Choice {
			inner, _ = elements.Lookup(ref.Code)
		}
	}
	if el.Content != nil {
		inner = el.Content
	}
	return presenceStep{names: names}, inner
}

// reaches reports whether a path leads to anything.
func reaches(t *tree.Tree, n node, path []presenceStep) bool {
	if len(path) == 0 {
		return true
	}
	step := &path[0]
	if step.self {
		return step.passes(t, n) && reaches(t, n, path[1:])
	}
	for _, name := range step.names {
		m := t.Member(n, name)
		switch t.Kind(m) {
		case tree.Missing, tree.Null:
		case tree.Array:
			for item, end := t.First(m), t.End(m); item < end; item = t.Next(item) {
				if t.Kind(item) != tree.Null && step.passes(t, item) && reaches(t, item, path[1:]) {
					return true
				}
			}
		default:
			if step.passes(t, m) && reaches(t, m, path[1:]) {
				return true
			}
		}
	}
	return false
}

func (s *presenceStep) passes(t *tree.Tree, n node) bool {
	return s.where == nil || s.where(t, n) == yes
}

// equals compares the only value of an element with a text; without a value the answer is empty.
func equals(step presenceStep, text string, equal bool) test {
	return func(t *tree.Tree, n node) verdict {
		for _, name := range step.names {
			m := t.Member(n, name)
			switch t.Kind(m) {
			case tree.Missing, tree.Null:
			case tree.Object:
				if name[0] != '_' {
					return truth(!equal)
				}
			case tree.String:
				return truth((t.Text(m) == text) == equal)
			default:
				return truth(!equal)
			}
		}
		return unknown
	}
}

func combine(a, b test, with func(a, b verdict) verdict) test {
	if a == nil || b == nil {
		return nil
	}
	return func(t *tree.Tree, n node) verdict { return with(a(t, n), b(t, n)) }
}

func negate(a test) test {
	if a == nil {
		return nil
	}
	return func(t *tree.Tree, n node) verdict { return not(a(t, n)) }
}

func truth(holds bool) verdict {
	if holds {
		return yes
	}
	return no
}

func not(a verdict) verdict {
	switch a {
	case yes:
		return no
	case no:
		return yes
	default:
		return unknown
	}
}

func or(a, b verdict) verdict {
	switch {
	case a == yes || b == yes:
		return yes
	case a == no && b == no:
		return no
	default:
		return unknown
	}
}

func xor(a, b verdict) verdict {
	if a == unknown || b == unknown {
		return unknown
	}
	return truth(a != b)
}
