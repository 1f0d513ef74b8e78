package fhir

import (
	"iter"
	"strings"

	"github.com/openhim/mediator-go/fhir/internal/scan"
)

// bundleLink is a text in a resource that can name another entry of its Bundle.
type bundleLink struct {
	text       string
	start, end int  // of the JSON string in the resource's text
	reference  bool // it is Reference.reference; otherwise a uri or url
}

// bundleLinks yields the links of a resource and of what it contains: Reference.reference, and
// those elements of type uri and url that name resources, like Attachment.url (R4 http.html,
// "Replacing hyperlinks and full urls"). It goes by the names of members and so holds for
// every version of FHIR; the types of R4 have no text under the name "reference" but
// Reference.reference. The url of an extension and that of a canonical resource itself are
// names and no links.
func bundleLinks(data []byte) iter.Seq[bundleLink] {
	return func(yield func(bundleLink) bool) {
		w := bundleWalk{data: data, yield: yield}
		w.value(scan.Space(data, 0), nil)
	}
}

type bundleWalk struct {
	data  []byte
	yield func(bundleLink) bool
	done  bool
}

// value walks through the value at a place, which is, or is in, the member of a name. It
// returns the place behind it.
func (w *bundleWalk) value(at int, under []byte) int {
	if w.done || at >= len(w.data) {
		return len(w.data)
	}
	switch w.data[at] {
	case '{':
		return walkObject(w.data, at, func(name []byte, at int) int { return w.member(name, at, under) })
	case '[':
		return walkArray(w.data, at, func(at int) int { return w.value(at, under) })
	default:
		return scan.Skip(w.data, at)
	}
}

func (w *bundleWalk) member(name []byte, at int, under []byte) int {
	if w.done || at >= len(w.data) || w.data[at] != '"' || !isLinkName(name, under) {
		return w.value(at, name)
	}
	end := scan.Skip(w.data, at)
	if !w.yield(bundleLink{scan.Unquote(w.data[at:end]), at, end, string(name) == "reference"}) {
		w.done = true
		return len(w.data)
	}
	return end
}

// isLinkName reports whether the text of a member is a link. under is the member that its
// object stands in, nil for the resource itself.
func isLinkName(name, under []byte) bool {
	switch string(name) {
	case "reference", "uri", "valueUri", "valueUrl":
		return true
	case "url":
		switch string(under) {
		case "", "contained", "resource", "extension", "modifierExtension":
			return false
		default:
			return true
		}
	default:
		return false
	}
}

// replaceLinks returns the resource with the links that replace gives another text for. All
// other bytes stay, and so does the resource itself when there is nothing to replace.
func replaceLinks(r Resource, replace func(bundleLink) string) Resource {
	var out []byte
	done := 0
	for link := range bundleLinks(r.data) {
		text := replace(link)
		if text == link.text {
			continue
		}
		out = append(out, r.data[done:link.start]...)
		out = appendJSONText(out, text)
		done = link.end
	}
	if done == 0 {
		return r
	}
	r.data = append(out, r.data[done:]...)
	return r
}

// appendJSONText appends a text as a JSON string.
func appendJSONText(dst []byte, text string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

// isCondition reports whether a reference names its resource by a search, Type?query.
func isCondition(reference string) bool {
	kind, query, ok := strings.Cut(reference, "?")
	return ok && query != "" && isTypeName(kind)
}
