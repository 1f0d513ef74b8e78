package validate

import (
	"strings"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/internal/elements"
	"github.com/openhim/mediator-go/fhir/internal/tree"
)

// maxMembers bounds the members of one object: the largest type has some hundred.
const maxMembers = 500

// object checks an object against a shape: its members, what is missing, its invariants.
func (r *run) object(n node, sh *shape, sc *scope) {
	if r.over() {
		return
	}
	t := r.tree
	var few [2]uint64
	seen := few[:]
	if sh.words > len(few) {
		seen = make([]uint64, sh.words)
	}
	var chosen choices
	content, count := 0, 0
	for c, end := t.First(n), t.End(n); c < end; c = t.Next(c) {
		if count++; count > maxMembers {
			r.fail(n, fhir.IssueTooLong, "the object has more members than any type of FHIR: the rest was not looked at")
			break
		}
		name := t.Name(c)
		m := sh.members[name]
		if m == nil {
			m = r.beside(n, c, name, sh, sc)
			if m == nil {
				continue
			}
		} else if m.el == nil {
			continue // resourceType
		} else {
			r.property(c, m, sc)
		}
		if other := chosen.add(m); other != nil {
			r.twoChoices(n, c, m, other)
		}
		seen[m.index>>6] |= 1 << (m.index & 63)
		if m.el.Name != "id" {
			content++
		} else if m.prim != nil && sh.typ.Kind == elements.Complex && sh.typ.Name != "ElementDefinition" {
			r.elementID(c, sc) // those of ElementDefinitions are unique in a snapshot: sdf-16
		}
	}
	if content == 0 && count > 0 && sh.typ.Kind == elements.Complex { // an empty object is reported as that
		r.fail(n, fhir.IssueInvariant, "ele-1: an element must have content besides an id: add some or leave it out")
	}
	for _, due := range sh.required {
		if seen[due.index>>6]&(1<<(due.index&63)) == 0 {
			r.missing(n, due.el.Name, "%s is required, but not there: %s needs at least %d", quoted(displayName(due.el)), sh.typ.Name, due.el.Min)
		}
	}
	r.invariants(n, sh.rules, sh.typ)
	if sh.check != nil {
		sh.check(r, n, sc)
	}
}

func displayName(el *elements.Element) string {
	if el.Choice {
		return el.Name + "[x]"
	}
	return el.Name
}

// property checks one member's value.
func (r *run) property(c node, m *member, sc *scope) {
	t := r.tree
	kind := t.Kind(c)
	if !m.list {
		if kind == tree.Array {
			r.fail(c, fhir.IssueStructure, "%s may occur once: write the value itself, not an array", quoted(t.Name(c)))
			return
		}
		r.value(c, m, sc)
		return
	}
	if kind != tree.Array {
		r.fail(c, fhir.IssueStructure, "%s may repeat: write an array, even for one value, not %s", quoted(t.Name(c)), kind)
		return
	}
	if t.Len(c) == 0 {
		r.fail(c, fhir.IssueStructure, "an array must not be empty: leave %s out", quoted(t.Name(c)))
		return
	}
	beside := twins{}
	if m.prim != nil {
		beside = r.twins(t.Sibling(c))
	}
	for item, end := t.First(c), t.End(c); item < end; item = t.Next(item) {
		twin := beside.next()
		if m.prim != nil && t.Kind(item) == tree.Null {
			if t.Kind(twin) != tree.Object {
				r.fail(item, fhir.IssueStructure, "null stands only for a value that _%s says more about: leave it out", t.Name(c))
			}
			continue
		}
		r.value(item, m, sc)
	}
	if m.el.Max > 0 && t.Len(c) > m.el.Max {
		r.fail(c, fhir.IssueStructure, "%s may occur %d times at most", quoted(t.Name(c)), m.el.Max)
	}
}

// value checks one value: an item of a list or the only one.
func (r *run) value(c node, m *member, sc *scope) {
	t := r.tree
	if m.prim != nil {
		r.primitive(c, m, sc)
		return
	}
	if kind := t.Kind(c); kind != tree.Object {
		r.fail(c, fhir.IssueStructure, "%s must be an object (%s), not %s", quoted(m.el.Name), m.code, kind)
		return
	}
	if m.resource {
		r.inner(c, m, sc)
		return
	}
	if t.Len(c) == 0 {
		r.fail(c, fhir.IssueStructure, "an object must not be empty: fill %s or leave it out", quoted(m.el.Name))
	}
	r.object(c, m.shape, sc)
	if m.code == "Reference" {
		r.reference(c, m.targets, sc)
	}
	if m.binding != nil {
		r.coded(c, m.binding)
	}
	if len(m.rules) > 0 {
		r.invariants(c, m.rules, m.shape.typ)
	}
	for _, profile := range m.narrow {
		r.conforms(c, profile, m.shape.typ.Name, sc)
	}
}

// primitive checks the value of a primitive.
func (r *run) primitive(c node, m *member, sc *scope) {
	t, p := r.tree, m.prim
	kind := t.Kind(c)
	if kind != p.json && (p.json != tree.True || kind != tree.False) {
		r.fail(c, fhir.IssueStructure, "%s must be %s (%s), not %s", quoted(m.el.Name), jsonKind(p.json), p.name, kind)
		return
	}
	text := t.Text(c)
	switch {
	case kind == tree.True || kind == tree.False:
	case text == "":
		r.fail(c, fhir.IssueValue, "%s must not be empty: leave it out", quoted(m.el.Name))
		return
	case p.name == "xhtml":
		r.narrative(c, text)
	case p.name == "string" && len(text) < maxStringBytes && t.EndOffset(c)-t.Offset(c) == len(text)+2:
		// Without escapes there are no control characters: JSON forbids them.
	default:
		if wrong := p.check(text); wrong != "" {
			r.fail(c, fhir.IssueValue, "%s (%s) %s", m.el.Name, p.name, wrong)
			return
		}
		if text[0] == '#' && uriLike(p.name) {
			sc.refer(text)
		}
	}
	if r.v.rejectHTML && (p.name == "string" || p.name == "markdown") && hasTag(text) {
		r.fail(c, fhir.IssueSecurity, "%s holds what looks like an HTML tag, which this validator is told to reject", quoted(m.el.Name))
	}
	if m.binding != nil {
		r.code(c, m.binding, text)
	}
	if len(m.rules) > 0 {
		r.invariants(c, m.rules, p.typ)
	}
}

// hasTag reports whether a text has "<" with a letter, "/" or "!" after it.
func hasTag(text string) bool {
	for {
		i := strings.IndexByte(text, '<')
		if i < 0 || i+1 == len(text) {
			return false
		}
		if c := text[i+1]; c == '/' || c == '!' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			return true
		}
		text = text[i+1:]
	}
}

func uriLike(name string) bool { return name == "uri" || name == "url" || name == "canonical" }

func jsonKind(kind tree.Kind) string {
	switch kind {
	case tree.True:
		return "true or false"
	default:
		return kind.String()
	}
}

// choices are the alternatives of choices met in one object.
type choices struct {
	met   [6]*member
	count int
}

// add notes a member and returns another alternative of the same choice, if one was there before.
func (c *choices) add(m *member) *member {
	if !m.el.Choice {
		return nil
	}
	for _, other := range c.met[:c.count] {
		if other.el == m.el {
			if other == m {
				return nil
			}
			return other
		}
	}
	if c.count < len(c.met) {
		c.met[c.count] = m
		c.count++
	}
	return nil
}

// twoChoices reports a second alternative of a choice. The value and what _value says about it are one.
func (r *run) twoChoices(n, c node, m, other *member) {
	r.report(found{
		severity: fhir.SeverityError, code: fhir.IssueStructure, at: n, offset: r.tree.NameOffset(c),
		text: quoted(m.el.JSONName(m.code)) + " and " + quoted(other.el.JSONName(other.code)) + " are alternatives: only one of them may be there",
	})
}

// elementID checks that an element's id is unique in its resource.
func (r *run) elementID(c node, sc *scope) {
	if r.tree.Kind(c) != tree.String {
		return
	}
	id := r.tree.Text(c)
	if sc.ids == nil {
		sc.ids = map[string]node{}
	}
	if _, twice := sc.ids[id]; twice && id != "" {
		r.fail(r.tree.Parent(c), fhir.IssueBusinessRule, "another element of this resource has the same id: ids of elements must be unique in a resource")
		return
	}
	sc.ids[id] = c
}
