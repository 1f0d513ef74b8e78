package validate

import (
	"strings"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/internal/tree"
)

// beside checks a member that no element is called like: "_birthDate" holds id and extensions of birthDate
// (https://hl7.org/fhir/R4/json.html#primitive); anything else is unknown. It returns the member that the name stands for, nil when none.
func (r *run) beside(n, c node, name string, sh *shape, sc *scope) *member {
	bare, underscored := strings.CutPrefix(name, "_")
	m := sh.members[bare]
	if !underscored || m == nil || m.prim == nil {
		r.unknownProperty(n, c, name, sh)
		return nil
	}
	t := r.tree
	value := t.Member(n, bare)
	if !m.list {
		if r.extra(c, m, value != 0, sc) && value == 0 {
			r.noValue(c, m)
		}
		return m
	}
	if t.Kind(c) != tree.Array {
		r.fail(c, fhir.IssueStructure, "%s must be an array: %q may repeat, and each item says more about the one at its place", quoted(name), bare)
		return m
	}
	if t.Len(c) == 0 {
		r.fail(c, fhir.IssueStructure, "an array must not be empty: leave %s out", quoted(name))
	}
	values := r.twins(value)
	for item, end := t.First(c), t.End(c); item < end; item = t.Next(item) {
		twin := t.Kind(values.next())
		hasValue := twin != tree.Missing && twin != tree.Null
		switch {
		case t.Kind(item) == tree.Null && !hasValue:
			r.fail(item, fhir.IssueStructure, "null stands only for nothing to say about a value, and there is none at this place: leave it out")
		case t.Kind(item) == tree.Null:
		case r.extra(item, m, hasValue, sc) && !hasValue:
			r.noValue(item, m)
		}
	}
	return m
}

// extra checks the object beside a primitive: an Element. It reports whether it is one with content.
func (r *run) extra(c node, m *member, hasValue bool, sc *scope) bool {
	t := r.tree
	if t.Kind(c) != tree.Object {
		r.fail(c, fhir.IssueStructure, "what stands beside %q must be an object with id or extension, not %s", m.el.Name, t.Kind(c))
		return false
	}
	if m.prim.name == "xhtml" {
		r.fail(c, fhir.IssueStructure, "XHTML has no extensions, and its id is an attribute: nothing may stand beside %q", m.el.Name)
		return true
	}
	if t.Len(c) == 0 {
		r.fail(c, fhir.IssueStructure, "an object must not be empty: leave what stands beside %q out", m.el.Name)
		return false
	}
	sh := r.v.shapes.of("Element")
	onlyID := true
	for e, end := t.First(c), t.End(c); e < end; e = t.Next(e) {
		name := t.Name(e)
		inner := sh.members[name]
		if inner != nil {
			r.property(e, inner, sc)
		} else if inner = r.beside(c, e, name, sh, sc); inner == nil {
			continue
		}
		if inner.el.Name == "id" && inner.prim != nil {
			r.elementID(e, sc)
		} else {
			onlyID = false
		}
	}
	if onlyID && !hasValue {
		r.fail(c, fhir.IssueInvariant, "ele-1: an element must have a value or extensions, not only an id")
	}
	return true
}

// noValue: a primitive with extensions and no value. A code that must be of a value set is still due.
func (r *run) noValue(c node, m *member) {
	if m.prim.name == "id" {
		r.fail(c, fhir.IssueValue, "an id must have a value")
	}
	if m.binding != nil && m.binding.strength == 1 && m.prim.name == "code" {
		r.fail(c, fhir.IssueCodeInvalid, "no code is given, and one of the value set %s is required", m.binding.url)
	}
}

// unknownProperty reports a member that the type does not have.
func (r *run) unknownProperty(n, c node, name string, sh *shape) {
	text := quoted(name) + " is not a property of " + sh.typ.Name
	if alternative := similar(name, sh); alternative != "" {
		text += ": did you mean \"" + alternative + "\"?"
	} else {
		text += ": remove it, or put it into an extension"
	}
	r.report(found{severity: fhir.SeverityError, code: fhir.IssueStructure, at: n, offset: r.tree.NameOffset(c), text: text})
}

// similar returns a property whose name differs only by case, or that is a choice with the name given.
func similar(name string, sh *shape) string {
	best := ""
	for known, m := range sh.members {
		if m.el == nil {
			continue
		}
		if strings.EqualFold(known, name) || m.el.Choice && m.el.Name == name {
			if best == "" || known < best {
				best = known
			}
		}
	}
	return best
}
