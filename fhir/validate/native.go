package validate

import (
	"slices"
	"strings"

	"github.com/openhim/mediator-go/fhir/internal/tree"
)

// nativeRule returns a hand-written check for an invariant that comes up in nearly every resource, by its very expression, so that
// another wording falls back to the engine. The check may answer unknown to leave a case to the engine.
func nativeRule(expression string) func(r *run, n node) verdict {
	switch expression {
	case "start.hasValue().not() or end.hasValue().not() or (start <= end)":
		return periodOrder
	case "value.empty() or component.code.where(coding.intersect(%resource.code.coding).exists()).empty()":
		return componentCodes
	case "operator = 'exists' implies (answer is Boolean)":
		return existsAnswer
	case "entry.all(request.exists() = (%resource.type = 'batch' or %resource.type = 'transaction' or %resource.type = 'history'))":
		return func(r *run, n node) verdict { return r.everyEntry(n, "request", "batch", "transaction", "history") }
	case "entry.all(response.exists() = (%resource.type = 'batch-response' or %resource.type = 'transaction-response' or %resource.type = 'history'))":
		return func(r *run, n node) verdict {
			return r.everyEntry(n, "response", "batch-response", "transaction-response", "history")
		}
	case "(type = 'history') or entry.where(fullUrl.exists()).select(fullUrl&resource.meta.versionId).isDistinct()":
		return distinctEntries
	default:
		return nil
	}
}

// periodOrder is per-1, for texts of the same form, which compare as texts.
func periodOrder(r *run, n node) verdict {
	t := r.tree
	start, end := t.Member(n, "start"), t.Member(n, "end")
	if t.Kind(start) != tree.String || t.Kind(end) != tree.String {
		return yes
	}
	from, to := t.Text(start), t.Text(end)
	if len(from) != len(to) || checkDateTime(from) != "" || checkDateTime(to) != "" {
		return unknown
	}
	zone := len("2006-01-02T15:04:05")
	if len(from) > zone && from[zone:] != to[zone:] {
		return unknown
	}
	return truth(from <= to)
}

// componentCodes is obs-7: where a component has the code of the observation, the value stands there. Codings are the same when system and code
// are; the engine's intersect() would also compare displays.
func componentCodes(r *run, n node) verdict {
	t := r.tree
	components := t.Member(n, "component")
	if components == 0 || !r.hasValue(n) {
		return yes
	}
	own := t.Member(t.Member(n, "code"), "coding")
	for component := range r.items(components) {
		for coding := range r.items(t.Member(t.Member(component, "code"), "coding")) {
			for other := range r.items(own) {
				code := r.str(coding, "code")
				if code != "" && code == r.str(other, "code") && r.str(coding, "system") == r.str(other, "system") {
					return no
				}
			}
		}
	}
	return yes
}

// hasValue reports whether an Observation has a value[x].
func (r *run) hasValue(n node) bool {
	members := r.v.shapes.of("Observation").members
	for c := range r.tree.Children(n) {
		if m := members[strings.TrimPrefix(r.tree.Name(c), "_")]; m != nil && m.el != nil && m.el.Name == "value" {
			return true
		}
	}
	return false
}

// existsAnswer is que-7: for FHIRPath, the boolean of FHIR is not the Boolean of System that the expression names.
func existsAnswer(r *run, n node) verdict {
	return truth(r.str(n, "operator") != "exists" || r.tree.Member(n, "answerBoolean") != 0)
}

// everyEntry is bdl-3 and bdl-4: entries have a member in Bundles of some types, and only there. Without a type, the engine decides.
func (r *run) everyEntry(n node, member string, types ...string) verdict {
	typ := r.str(n, "type")
	if typ == "" {
		return unknown
	}
	due := slices.Contains(types, typ)
	for entry := range r.items(r.tree.Member(n, "entry")) {
		if (r.tree.Member(entry, member) != 0) != due {
			return no
		}
	}
	return yes
}

// distinctEntries is bdl-7: a fullUrl occurs once, or once for each version.
func distinctEntries(r *run, n node) verdict {
	if r.str(n, "type") == "" {
		return unknown
	}
	if r.str(n, "type") == "history" {
		return yes
	}
	list := r.tree.Member(n, "entry")
	seen := make(map[string]struct{}, r.tree.Len(list))
	for entry := range r.items(list) {
		url := r.str(entry, "fullUrl")
		if url == "" {
			continue
		}
		if version := r.str(r.tree.Member(r.tree.Member(entry, "resource"), "meta"), "versionId"); version != "" {
			url += "\x00" + version
		}
		if _, twice := seen[url]; twice {
			return no
		}
		seen[url] = struct{}{}
	}
	return yes
}
