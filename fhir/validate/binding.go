package validate

import (
	"context"
	"strings"
	"sync"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/internal/elements"
	"github.com/openhim/mediator-go/fhir/internal/tree"
)

// Terminology answers for codes that cannot be told offline: of LOINC, SNOMED CT, UCUM and the like, or of value sets that are not at
// hand. Checks of fhir/terminology's Service is one. It must be safe for concurrent use.
type Terminology interface {
	// ValidateCode reports whether a code of a system belongs to a value set, a canonical URL mostly with "|version"; an empty valueSet asks
	// whether the system has the code at all, an empty system lets the value set decide which. known is false when it cannot tell. An error stops the validation.
	ValidateCode(ctx context.Context, valueSet, system, code string) (valid, known bool, err error)
}

// binding is an element's binding made ready. The value set is expanded when a code first asks for it.
type binding struct {
	strength elements.Strength
	url      string
	maxURL   string
	typ      string // of the element: code, Coding, CodeableConcept, Quantity, string, uri
	set      func() *valueSet
	max      func() *valueSet
}

func (b *codebook) bind(strength elements.Strength, url, maxURL, typ string) *binding {
	bound := &binding{strength: strength, url: url, maxURL: maxURL, typ: typ}
	bound.set = sync.OnceValue(func() *valueSet { return b.valueSet(url) })
	bound.max = func() *valueSet { return nil }
	if maxURL != "" {
		bound.max = sync.OnceValue(func() *valueSet { return b.valueSet(maxURL) })
	}
	return bound
}

// code checks a primitive against its binding.
func (r *run) code(at node, b *binding, text string) {
	if b.strength == elements.Required && r.belongsCode(b.set(), b.url, text) == no {
		r.fail(at, fhir.IssueCodeInvalid, "code %s is not in the value set %s, which is required here: use one of its codes", quoted(text), b.url)
		return
	}
	if b.maxURL != "" && r.belongsCode(b.max(), b.maxURL, text) == no {
		r.fail(at, fhir.IssueCodeInvalid, "code %s is not in %s, which holds all codes allowed here", quoted(text), b.maxURL)
	}
}

func (r *run) belongsCode(set *valueSet, url, code string) verdict {
	if set != nil {
		if v := set.containsCode(code); v != unknown {
			return v
		}
	}
	return r.ask(url, "", code)
}

func (r *run) belongs(set *valueSet, url, system, code string) verdict {
	if set != nil {
		if v := set.contains(system, code); v != unknown {
			return v
		}
	}
	return r.ask(url, system, code)
}

// ask asks the user's terminology service, if there is one.
func (r *run) ask(url, system, code string) verdict {
	if r.v.terminology == nil || r.stopped != nil {
		return unknown
	}
	valid, known, err := r.v.terminology.ValidateCode(r.ctx, url, system, code)
	switch {
	case err != nil:
		r.stopped = err
		return unknown
	case !known:
		return unknown
	case valid:
		return yes
	default:
		return no
	}
}

// coded checks a Coding, CodeableConcept or Quantity against its binding.
func (r *run) coded(at node, b *binding) {
	t := r.tree
	switch b.typ {
	case "Coding":
		r.codings(at, b, []node{at})
	case "CodeableConcept":
		list := t.Member(at, "coding")
		if t.Kind(list) != tree.Array {
			list = 0
		}
		var few [8]node
		codings := few[:0]
		for c, end := t.First(list), t.End(list); list != 0 && c < end; c = t.Next(c) {
			if t.Kind(c) == tree.Object {
				codings = append(codings, c)
			}
		}
		r.codings(at, b, codings)
	default:
		if t.Member(at, "code") != 0 && (b.typ == "Quantity" || b.typ == "SimpleQuantity" || b.typ == "Age" || b.typ == "Duration") {
			r.codings(at, b, []node{at})
		}
	}
}

// codings checks the codings of one concept: one at least must belong to a required value set, and each must exist in its system.
func (r *run) codings(at node, b *binding, list []node) {
	best := no
	maxBest := no
	anyCode := false
	set := b.set()
	for _, coding := range list {
		system, code := r.str(coding, "system"), r.str(coding, "code")
		if code == "" {
			continue
		}
		anyCode = true
		if system != "" && r.exists(system, code) == no {
			r.fail(at, fhir.IssueCodeInvalid, "code %s does not exist in the code system %s", quoted(code), quoted(system))
			if b.strength != elements.Required {
				continue
			}
		}
		if b.strength <= elements.Extensible {
			best = better(best, r.belongs(set, b.url, system, code))
		}
		if b.maxURL != "" {
			maxBest = better(maxBest, r.belongs(b.max(), b.maxURL, system, code))
		}
	}
	switch {
	case b.strength == elements.Required && !anyCode && (set != nil || b.maxURL != ""):
		r.fail(at, fhir.IssueCodeInvalid, "no code is given, and one of the value set %s is required: add a coding with system and code", b.url)
	case b.strength == elements.Required && best == no && set != nil:
		r.fail(at, fhir.IssueCodeInvalid, "none of the codes is in the value set %s, which is required here: use one of its codes", b.url)
	case b.strength == elements.Extensible && anyCode && best == no && set != nil:
		r.warn(at, fhir.IssueCodeInvalid, "none of the codes is in the value set %s, which must be used where it has a fitting code", b.url)
	}
	if b.maxURL != "" && anyCode && maxBest == no {
		r.fail(at, fhir.IssueCodeInvalid, "none of the codes is in %s, which holds all codes allowed here", b.maxURL)
	}
}

// exists says whether a code system has a code.
func (r *run) exists(system, code string) verdict {
	if v := r.v.codes.inSystem(system, code); v != unknown {
		return v
	}
	return r.ask("", system, code)
}

func better(a, b verdict) verdict {
	switch {
	case a == yes || b == yes:
		return yes
	case a == unknown || b == unknown:
		return unknown
	default:
		return no
	}
}

// str returns the text of a string member, "" when there is none.
func (r *run) str(n node, name string) string {
	m := r.tree.Member(n, name)
	if r.tree.Kind(m) != tree.String {
		return ""
	}
	return r.tree.Text(m)
}

// bareURL cuts "|version" off a canonical URL.
func bareURL(canonical string) string {
	url, _, _ := strings.Cut(canonical, "|")
	return url
}
