package validate

import (
	"strings"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/internal/elements"
	"github.com/openhim/mediator-go/fhir/internal/tree"
)

// knownExtension holds an extension against its definition, where there is one: content, modifier or not, and where it may stand.
func (r *run) knownExtension(n node, url string, sc *scope) {
	p := r.v.definitions.profile(url)
	if p == nil {
		if r.v.extensions != nil && !r.v.extensions(url) {
			r.fail(n, fhir.IssueStructure, "extension %s is not known: add the package that defines it to Options.Packages", quoted(url))
		}
		return
	}
	if p.typ != "Extension" {
		r.fail(n, fhir.IssueInvalid, "url names a definition of %s, not of an extension", p.typ)
		return
	}
	list := r.tree.Parent(n)
	inModifier := r.tree.Name(list) == "modifierExtension"
	if inModifier != p.modifier {
		if p.modifier {
			r.fail(n, fhir.IssueStructure, "this extension changes the meaning of what holds it: put it into modifierExtension")
		} else {
			r.fail(n, fhir.IssueStructure, "this extension changes no meaning: put it into extension, not modifierExtension")
		}
	}
	r.conform(n, p, "Extension", sc)
	if len(p.contexts) > 0 {
		r.extensionContext(r.tree.Parent(list), p)
	}
}

// extensionContext checks that an extension may stand on an element.
func (r *run) extensionContext(on node, p *profile) {
	var room [12]trailStep
	steps := r.trail(on, room[:0])
	for _, c := range p.contexts {
		switch c.kind {
		case "element":
			if isContext(steps, c.expression) {
				return
			}
		case "extension":
			if r.str(on, "url") == bareURL(c.expression) {
				return
			}
		default:
			return // a FHIRPath context is not decided here
		}
	}
	allowed := make([]string, len(p.contexts))
	for i, c := range p.contexts {
		allowed[i] = c.expression
	}
	if r.tree.Kind(on) == tree.Object && strings.HasPrefix(r.nameOf(on), "_") {
		on = r.valueOf(on)
	}
	r.fail(on, fhir.IssueStructure, "extension %s may stand on %s only", p.url, strings.Join(allowed, ", "))
}

// isContext reports whether an element goes by an expression: its path in the resource or in a type around it, its type, or what that specializes.
func isContext(steps []trailStep, expression string) bool {
	expression = strings.TrimPrefix(expression, baseURL)
	if strings.ContainsAny(expression, "#[") {
		expression = strings.NewReplacer("#", "", "[x]", "").Replace(expression)
	}
	if expression == "Element" {
		return true
	}
	for i := range steps {
		if typ := steps[i].typ; typ != "" && !strings.Contains(typ, ".") && isPath(expression, typ, steps[i+1:]) {
			return true
		}
	}
	last := steps[len(steps)-1].typ
	typ, ok := elements.Lookup(last)
	return ok && (typ.IsA(expression) || expression == "Resource" && typ.Kind == elements.Resource)
}

// isPath reports whether an expression is a type and the names that follow it.
func isPath(expression, typ string, steps []trailStep) bool {
	rest, ok := strings.CutPrefix(expression, typ)
	for i := 0; ok && i < len(steps); i++ {
		if rest, ok = strings.CutPrefix(rest, "."); ok {
			rest, ok = strings.CutPrefix(rest, steps[i].name)
		}
	}
	return ok && rest == ""
}

// valueOf returns the value that an object stands beside, or the object.
func (r *run) valueOf(beside node) node {
	if value := r.tree.Sibling(beside); value != 0 {
		return value
	}
	return beside
}

// trailStep is one element on the way from the innermost resource to a node.
type trailStep struct {
	name string // of the element
	typ  string // what it is
}

// trail lists the elements from the innermost resource to a node, into the room given.
func (r *run) trail(n node, steps []trailStep) []trailStep {
	t := r.tree
	var few [24]node
	chain := few[:0]
	at := n
	for ; at != 0; at = t.Parent(at) {
		if t.Kind(at) == tree.Object && t.Member(at, "resourceType") != 0 {
			break
		}
		chain = append(chain, at)
	}
	if at == 0 {
		at = t.Root()
	}
	sh := r.shapeOf(at)
	steps = append(steps, trailStep{typ: r.typeName(at)})
	for i := len(chain) - 1; i >= 0 && sh != nil; i-- {
		name := strings.TrimPrefix(t.Name(chain[i]), "_")
		if name == "" {
			continue
		}
		m := sh.members[name]
		if m == nil || m.el == nil {
			break
		}
		step := trailStep{name: m.el.Name, typ: m.code}
		sh = m.shape
		if m.prim != nil {
			sh = r.v.shapes.of("Element")
		} else if sh != nil {
			step.typ = sh.typ.Name
		}
		steps = append(steps, step)
	}
	return steps
}

// shapeAt returns the shape of an object anywhere in the text; nil when it is not known.
func (r *run) shapeAt(n node) *shape {
	steps := r.trail(n, nil)
	return r.v.shapes.of(steps[len(steps)-1].typ)
}
