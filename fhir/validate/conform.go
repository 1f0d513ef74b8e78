package validate

import (
	"slices"
	"strings"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/internal/elements"
	"github.com/openhim/mediator-go/fhir/internal/tree"
)

// occurrence is one value of an element: where it is, and its type as far as the JSON name tells.
type occurrence struct {
	node node
	code string
	// holder has the children of a primitive, id and extension: the object beside it; the node itself for objects.
	holder node
}

// maxWork bounds how many parts of profiles one text is held against: slices that ask for profiles with slices multiply.
const maxWork = 2_000_000

// maxNesting bounds profiles that ask for profiles.
const maxNesting = 60

// conformer holds values against one profile.
type conformer struct {
	*run

	profile *profile
	scope   *scope
}

// conforms holds a value against a profile by its URL; unknown profiles pass here, as the place that names them reports it.
func (r *run) conforms(n node, url, typ string, sc *scope) {
	if p := r.v.definitions.profile(url); p != nil {
		r.conform(n, p, typ, sc)
	}
}

func (r *run) conform(n node, p *profile, typ string, sc *scope) {
	if r.nesting >= maxNesting {
		return
	}
	r.nesting++
	c := conformer{run: r, profile: p, scope: sc}
	c.content(occurrence{node: n, code: typ, holder: n}, p.root)
	r.nesting--
}

// satisfies reports whether a value conforms, without noting why not.
func (r *run) satisfies(n node, p *profile, typ string, sc *scope) bool {
	return r.quietly(func() { r.conform(n, p, typ, sc) })
}

// quietly runs checks without keeping what they find, and reports whether they found no error.
func (r *run) quietly(check func()) bool {
	found, errors, dropped := r.found, r.errors, r.dropped
	r.found, r.errors = nil, 0
	check()
	ok := r.errors == 0
	r.found, r.errors, r.dropped = found, errors, dropped
	return ok
}

// content checks a value's invariants and children.
func (c *conformer) content(v occurrence, p *part) {
	if c.work++; c.work > maxWork || c.over() {
		return
	}
	if len(p.ready) > 0 {
		typ := p.base
		if own, ok := elements.Lookup(v.code); ok && own.Name != "BackboneElement" && own.Name != "Element" {
			typ = own
		}
		c.invariants(v.node, p.ready, typ)
	}
	c.childrenOf(v, p.children)
	if p.linked != nil {
		c.childrenOf(v, p.linked.children)
	}
}

func (c *conformer) childrenOf(v occurrence, children []*part) {
	for _, child := range children {
		c.element(v, child)
	}
}

// element checks one element of an object: how often, each value, slices.
func (c *conformer) element(v occurrence, p *part) {
	var few [8]occurrence
	values := c.values(v.holder, p, few[:0])
	count := len(values)
	if count < p.min {
		c.missing(v.node, p.name, "%s is required by profile %s: at least %d, but there are %d", quoted(p.name), c.profile.url, p.min, count)
	}
	if p.max >= 0 && count > p.max {
		if p.max == 0 {
			c.fail(v.node, fhir.IssueStructure, "%s must not be there by profile %s", quoted(p.name), c.profile.url)
		} else {
			c.fail(v.node, fhir.IssueStructure, "%s may occur %d times at most by profile %s, but there are %d", quoted(p.name), p.max, c.profile.url, count)
		}
	}
	for i := range values {
		c.value(values[i], p)
	}
	if len(p.sliceKids) > 0 || p.slicing != nil && p.slicing.Rules == "closed" {
		c.slices(v, p, values, p.slicing)
	}
}

// values collects the values of an element from the members it may be in.
func (c *conformer) values(holder node, p *part, into []occurrence) []occurrence {
	t := c.tree
	for _, name := range p.names {
		m := t.Member(holder, name.name)
		switch t.Kind(m) {
		case tree.Missing:
			if beside := t.Underscored(holder, name.name); beside != 0 {
				into = c.valuesBeside(beside, name.code, into)
			}
		case tree.Null:
		case tree.Array:
			twins := c.twins(t.Underscored(holder, name.name))
			for item, end := t.First(m), t.End(m); item < end; item = t.Next(item) {
				into = append(into, c.occurrence(item, twins.next(), name.code))
			}
		default:
			into = append(into, c.occurrence(m, t.Underscored(holder, name.name), name.code))
		}
	}
	return into
}

// twins walks the list "_name" in step with the list "name".
type twins struct {
	tree *tree.Tree
	at   node
	end  node
}

func (r *run) twins(list node) twins {
	if r.tree.Kind(list) != tree.Array {
		return twins{}
	}
	return twins{tree: r.tree, at: r.tree.First(list), end: r.tree.End(list)}
}

// next returns the item beside the next value, 0 when there is none.
func (w *twins) next() node {
	if w.at >= w.end {
		return 0
	}
	at := w.at
	w.at = w.tree.Next(at)
	return at
}

// occurrence finds the type and the holder of a value; beside is what stands beside a primitive.
func (c *conformer) occurrence(n, beside node, code string) occurrence {
	if c.tree.Kind(n) == tree.Object {
		if code == "Resource" || code == "" {
			if typ := c.typeName(n); typ != "" {
				code = typ
			}
		}
		return occurrence{node: n, code: code, holder: n}
	}
	return occurrence{node: n, code: code, holder: beside}
}

// valuesBeside: primitives without a value, which "_name" says more about.
func (c *conformer) valuesBeside(beside node, code string, into []occurrence) []occurrence {
	if c.tree.Kind(beside) == tree.Array {
		for item := range c.tree.Children(beside) {
			if c.tree.Kind(item) == tree.Object {
				into = append(into, occurrence{node: item, code: code, holder: item})
			}
		}
		return into
	}
	return append(into, occurrence{node: beside, code: code, holder: beside})
}

// value checks what a profile asks of one value.
func (c *conformer) value(v occurrence, p *part) {
	if !c.typeFits(v, p.types) {
		c.fail(v.node, fhir.IssueStructure, "type %s is not allowed here by profile %s: use %s", v.code, c.profile.url, typeList(p.types))
		return
	}
	if p.fixed != nil {
		c.equal(v.node, p.fixed.tree, p.fixed.tree.Root())
	}
	if p.pattern != nil {
		c.matches(v.node, p.pattern.tree, p.pattern.tree.Root())
	}
	c.bounds(v, p)
	if p.binding != nil {
		c.boundTo(v, p.binding)
	}
	for _, more := range p.more {
		c.boundTo(v, more)
	}
	c.typeProfiles(v, p.types)
	c.content(v, p)
}

func typeList(types []elementType) string {
	var names []string
	for _, t := range types {
		if name := systemType(t.Code); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, " or ")
}

// typeFits reports whether a value's type is one of those allowed, or descends from an abstract one.
func (c *conformer) typeFits(v occurrence, types []elementType) bool {
	if len(types) == 0 || v.code == "" {
		return true
	}
	typ, _ := elements.Lookup(v.code)
	for _, t := range types {
		if t.Code == v.code || strings.HasPrefix(t.Code, "http://hl7.org/fhirpath/") || isAbstract(t.Code) && typ.IsA(t.Code) {
			return true
		}
	}
	return false
}

// boundTo checks a binding by the value's own type: a profile may bind a choice.
func (c *conformer) boundTo(v occurrence, b *binding) {
	kind := c.tree.Kind(v.node)
	if kind == tree.String {
		if v.code == "code" || v.code == "uri" || v.code == "string" {
			c.code(v.node, b, c.tree.Text(v.node))
		}
		return
	}
	if kind == tree.Object {
		own := *b
		own.typ = v.code
		c.coded(v.node, &own)
	}
}

// typeProfiles: a value must conform to one of the profiles that its type asks for, and what it refers to as well.
func (c *conformer) typeProfiles(v occurrence, types []elementType) {
	for _, t := range types {
		if t.Code != v.code && (t.Code != "Resource" || v.code == "") {
			continue
		}
		if len(t.Profile) > 0 && v.code != "Extension" {
			c.oneOf(v.node, v.code, t.Profile)
		}
		if len(t.TargetProfile) > 0 && v.code == "Reference" {
			c.targets(v.node, t.TargetProfile)
		}
	}
}

// oneOf holds a value against profiles of which one is enough. With a single one, what is wrong is reported where it is.
func (c *conformer) oneOf(n node, typ string, urls []string) {
	var known []*profile
	for _, url := range urls {
		if typeOfURL(url) == typ {
			return
		}
		if p := c.v.definitions.profile(url); p != nil {
			known = append(known, p)
		}
	}
	if len(known) == 0 || len(known) < len(urls) {
		return // one that is not known may be the one
	}
	sc := c.scopeOf(n)
	if len(known) == 1 {
		c.conform(n, known[0], typ, sc)
		return
	}
	for _, p := range known {
		if p.typ == typ && c.satisfies(n, p, typ, sc) {
			return
		}
	}
	c.fail(n, fhir.IssueStructure, "the value conforms to none of the profiles that %s asks for here: %s", c.profile.url, strings.Join(urls, ", "))
}

// scopeOf makes the scope of a resource that was validated already.
func (c *conformer) scopeOf(n node) *scope {
	if c.tree.Member(n, "resourceType") == 0 {
		return c.scope
	}
	sc := &scope{resource: n, typ: c.typeName(n), parent: c.scope}
	sc.container = sc
	if c.tree.Name(c.tree.Parent(n)) == "contained" {
		sc.container = c.scope.container
	}
	sc.bundle, sc.entry = c.scope.bundle, c.scope.entry
	if c.scope.own != nil {
		if i, ok := c.scope.own.index[c.tree.Parent(n)]; ok {
			sc.bundle, sc.entry = c.scope.own, i
		}
	}
	return sc
}

// targets checks what a reference leads to, where the text holds it.
func (c *conformer) targets(n node, urls []string) {
	text := c.str(n, "reference")
	if text == "" {
		return
	}
	var to target
	c.quietly(func() { to, _ = c.resolve(text, n, c.scope) })
	if to.typ == "" {
		return
	}
	var known []*profile
	for _, url := range urls {
		if name := typeOfURL(url); name == to.typ || name == "Resource" {
			return
		}
		if p := c.v.definitions.profile(url); p != nil && p.typ == to.typ {
			known = append(known, p)
		} else if p == nil && typeOfURL(url) == "" {
			return // may be the one
		}
	}
	if len(known) == 0 {
		if !to.byName || c.v.strictTargets {
			c.fail(n, fhir.IssueStructure, "reference leads to %s, which profile %s does not allow here", quoted(to.typ), c.profile.url)
		}
		return
	}
	if to.node == 0 {
		return
	}
	sc := c.scopeOf(to.node)
	for _, p := range known {
		if c.satisfies(to.node, p, to.typ, sc) {
			return
		}
	}
	c.fail(n, fhir.IssueStructure, "what the reference leads to conforms to none of the profiles that %s asks for here: %s", c.profile.url, strings.Join(urls, ", "))
}

// isAbstract: a type that instances are of only through its descendants: Resource. A code is not a string where a profile wants strings.
func isAbstract(name string) bool {
	typ, ok := elements.Lookup(name)
	return ok && typ.Abstract
}
