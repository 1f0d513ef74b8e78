package validate

import (
	"slices"
	"strings"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/internal/elements"
	"github.com/openhim/mediator-go/fhir/internal/tree"
)

// target is what a reference leads to, as far as the text has it.
type target struct {
	node   node   // 0 when the text does not hold it
	typ    string // "" when not known
	scope  *scope // of the resource that the reference stands in
	byName bool   // typ comes from the reference's text alone
}

// reference checks a Reference: its form, that what it names inside of the text is there, and that its type is allowed.
func (r *run) reference(n node, allowed []string, sc *scope) {
	text := r.str(n, "reference")
	if typ := r.tree.Member(n, "type"); r.tree.Kind(typ) == tree.String {
		r.referenceType(n, typ, text, allowed)
	}
	if text == "" {
		return
	}
	if strings.ContainsAny(text, " \t\r\n") {
		r.fail(n, fhir.IssueValue, "reference holds white space, which URLs and ids do not have")
		return
	}
	if text[0] == '#' {
		sc.refer(text)
	}
	to, ok := r.resolve(text, n, sc)
	if !ok || to.typ == "" || len(allowed) == 0 || r.allowed(to.typ, allowed) {
		return
	}
	if to.byName {
		if r.v.strictTargets {
			r.fail(n, fhir.IssueStructure, "reference leads to %s, but only %s may stand here", quoted(to.typ), strings.Join(allowed, ", "))
		} else {
			r.warn(n, fhir.IssueStructure, "reference seems to lead to %s, but only %s may stand here", quoted(to.typ), strings.Join(allowed, ", "))
		}
		return
	}
	r.fail(n, fhir.IssueStructure, "reference leads to %s, but only %s may stand here", quoted(to.typ), strings.Join(allowed, ", "))
}

// referenceType: Reference.type is the name of a resource type; absolute URLs are for logical models alone. Where there is a reference
// too, it is of that type, and the element may lead to it (https://hl7.org/fhir/R4/references-definitions.html#Reference.type).
func (r *run) referenceType(n, at node, text string, allowed []string) {
	name := r.tree.Text(at)
	if name == "" {
		return
	}
	if typ, ok := elements.Lookup(name); !ok || typ.Kind != elements.Resource {
		r.fail(at, fhir.IssueCodeInvalid, "%s is not a resource type of FHIR R4", quoted(name))
		return
	}
	if text == "" {
		return
	}
	if named := typeInReference(text); named != "" && named != name {
		r.fail(n, fhir.IssueStructure, "type is %s, and the reference is to %s: make them agree, or leave type out", quoted(name), quoted(named))
	} else if len(allowed) > 0 && !r.allowed(name, allowed) {
		r.fail(n, fhir.IssueStructure, "type is %s, but only a reference to %s may stand here", quoted(name), strings.Join(allowed, ", "))
	}
}

// resolve finds what a reference leads to, reporting what must be in the text and is not. ok is false when it reported.
func (r *run) resolve(text string, n node, sc *scope) (to target, ok bool) {
	to.scope = sc
	if text[0] == '#' {
		return r.resolveFragment(text[1:], n, sc)
	}
	if sc.bundle != nil {
		found, done := r.resolveInBundle(text, n, sc)
		if done {
			return found, found.node != 0
		}
	}
	to.typ = typeInReference(text)
	to.byName = true
	return to, true
}

func (r *run) resolveFragment(id string, n node, sc *scope) (target, bool) {
	root := sc.container
	if id == "" {
		if root == sc {
			r.fail(n, fhir.IssueStructure, "reference \"#\" means the resource that contains this one, and nothing contains it")
			return target{}, false
		}
		return target{node: root.resource, typ: root.typ, scope: sc}, true
	}
	if c, ok := r.containedByID(root)[id]; ok {
		return target{node: c, typ: r.typeName(c), scope: sc}, true
	}
	r.fail(n, fhir.IssueStructure, "ref-1: reference names a contained resource that is not there: contain it, or refer to it by type and id")
	return target{}, false
}

// allowed reports whether a type is one of the targets: by name, as any resource, or as the type of a profile.
func (r *run) allowed(typ string, targets []string) bool {
	if slices.Contains(targets, typ) || slices.Contains(targets, "Resource") {
		return true
	}
	for _, t := range targets {
		if strings.Contains(t, "/") {
			if profile := r.v.definitions.profile(t); profile == nil || profile.typ == typ {
				return true
			}
		}
	}
	return false
}

// typeInReference reads the type out of "Patient/1", "http://server/fhir/Patient/1/_history/2"; "" when the text does not say.
func typeInReference(text string) string {
	if strings.HasPrefix(text, "urn:") {
		return ""
	}
	if i := strings.IndexAny(text, "?#"); i >= 0 {
		text = text[:i]
	}
	text, _, _ = strings.Cut(text, "/_history/")
	end := strings.LastIndexByte(text, '/')
	if end < 0 || checkID(text[end+1:]) != "" {
		return ""
	}
	name := text[strings.LastIndexByte(text[:end], '/')+1 : end]
	if typ, ok := elements.Lookup(name); !ok || typ.Kind != elements.Resource {
		return ""
	}
	return name
}
