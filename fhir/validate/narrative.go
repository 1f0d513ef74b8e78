package validate

import (
	"strings"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/internal/tree"
)

// narrative checks the XHTML of Narrative.div (https://hl7.org/fhir/R4/narrative.html#xhtml): well-formed, in the right namespace, basic
// formatting only (txt-1), with something to read (txt-2).
func (r *run) narrative(n node, text string) {
	x := xhtml{text: text}
	x.open = x.few[:0]
	if wrong := x.check(); wrong != "" {
		r.fail(n, fhir.IssueInvariant, "%s", wrong)
		return
	}
	if !x.content {
		r.fail(n, fhir.IssueInvariant, "txt-2: the narrative has nothing to read: give it text or an image")
	}
	for _, id := range x.images {
		r.containedImage(n, id)
	}
}

// containedImage: an image named "#x" is a contained Binary or Media of the resource.
func (r *run) containedImage(n node, id string) {
	resource := r.tree.Parent(r.tree.Parent(n))
	list := r.tree.Member(resource, "contained")
	if r.tree.Kind(list) == tree.Array {
		for c := range r.tree.Children(list) {
			if r.str(c, "id") == id {
				return
			}
		}
	}
	r.fail(n, fhir.IssueInvalid, "the narrative shows an image \"#...\" that is not among the contained resources")
}

// xhtml is a scanner over one narrative. It keeps the names of open elements and nothing else.
type xhtml struct {
	text string
	at   int
	open []string
	few  [16]string // room for open
	// Where the next "<" and "&" are, found once and kept until passed: the text is searched through once for each.
	tag, reference int
	content        bool
	images         []string // ids of images named "#id"
}

// maxNarrativeDepth bounds how deeply elements nest.
const maxNarrativeDepth = 200

// check returns what is wrong, or "".
func (x *xhtml) check() string {
	x.text = strings.TrimSpace(x.text)
	if strings.HasPrefix(x.text, "<?xml") { // not of the fragment, but XML processors pass over it
		if _, after, ok := strings.Cut(x.text, "?>"); ok {
			x.text = strings.TrimSpace(after)
		}
	}
	if !strings.HasPrefix(x.text, "<div") {
		return "txt-1: the narrative must be one <div> element in XHTML"
	}
	for x.at < len(x.text) {
		if len(x.open) == 0 && x.at > 0 {
			return "txt-1: there is something after the narrative's <div>"
		}
		var wrong string
		switch x.text[x.at] {
		case '<':
			wrong = x.markup()
		case '&':
			wrong = x.entity()
			x.content = true
		default:
			text := x.text[x.at:min(x.next('<', &x.tag), x.next('&', &x.reference))]
			if !x.content && strings.TrimSpace(text) != "" {
				x.content = true
			}
			x.at += len(text)
		}
		if wrong != "" {
			return wrong
		}
	}
	if len(x.open) > 0 {
		return "txt-1: the narrative is not well-formed: <" + x.open[len(x.open)-1] + "> is not closed"
	}
	return ""
}

// next returns where the next c is, the end of the text if there is none.
func (x *xhtml) next(c byte, known *int) int {
	if *known <= x.at {
		*known = len(x.text)
		if i := strings.IndexByte(x.text[x.at:], c); i >= 0 {
			*known = x.at + i
		}
	}
	return *known
}

func (x *xhtml) markup() string {
	rest := x.text[x.at:]
	switch {
	case strings.HasPrefix(rest, "<!--"):
		end := strings.Index(rest[4:], "-->")
		if end < 0 {
			return "txt-1: the narrative is not well-formed: a comment does not end"
		}
		x.at += end + 7
		return ""
	case strings.HasPrefix(rest, "</"):
		name := nameAt(rest[2:])
		after := 2 + len(name)
		for after < len(rest) && isBlank(rest[after]) {
			after++
		}
		if after >= len(rest) || rest[after] != '>' || len(x.open) == 0 || x.open[len(x.open)-1] != name {
			return "txt-1: the narrative is not well-formed: an end tag does not fit"
		}
		x.open = x.open[:len(x.open)-1]
		x.at += after + 1
		return ""
	}
	return x.startTag(rest)
}

func (x *xhtml) startTag(rest string) string {
	name := nameAt(rest[1:])
	if name == "" {
		return "txt-1: the narrative is not well-formed: \"<\" begins no tag, write &lt;"
	}
	if !elementAllowed(name) {
		return "txt-1: <" + strings.Trim(quoted(name), `"`) + "> must not be in a narrative: basic formatting only"
	}
	x.at += 1 + len(name)
	namespace := false
	for {
		blanks := x.skipBlanks()
		switch {
		case x.at >= len(x.text):
			return "txt-1: the narrative is not well-formed: a tag does not end"
		case x.text[x.at] == '>':
			x.at++
			if len(x.open) == 0 && !namespace {
				return "txt-1: the narrative's <div> must be in the namespace http://www.w3.org/1999/xhtml"
			}
			if x.open = append(x.open, name); len(x.open) > maxNarrativeDepth {
				return "txt-1: the narrative's elements are nested too deeply"
			}
			return ""
		case strings.HasPrefix(x.text[x.at:], "/>"):
			x.at += 2
			if len(x.open) == 0 {
				return "txt-2: the narrative has nothing to read: give it text or an image"
			}
			return ""
		case !blanks:
			return "txt-1: the narrative is not well-formed: attributes need a blank before them"
		}
		key, value, wrong := x.attribute()
		if wrong != "" {
			return wrong
		}
		switch {
		case key == "xmlns":
			if value != "http://www.w3.org/1999/xhtml" {
				return "txt-1: the narrative's <div> must be in the namespace http://www.w3.org/1999/xhtml"
			}
			namespace = true
		case !attributeAllowed(name, key):
			return "txt-1: attribute " + quoted(key) + " must not be in a narrative"
		case name == "img" && key == "src":
			x.content = true
			if id, ok := strings.CutPrefix(value, "#"); ok {
				x.images = append(x.images, id)
			}
		case name == "a" && key == "href" && scriptURL(value):
			return "txt-1: a link in a narrative must not run a script"
		}
	}
}

// attribute reads key="value".
func (x *xhtml) attribute() (key, value, wrong string) {
	const malformed = "txt-1: the narrative is not well-formed: an attribute needs a value in quotes"
	key = nameAt(x.text[x.at:])
	x.at += len(key)
	x.skipBlanks()
	if key == "" || x.at >= len(x.text) || x.text[x.at] != '=' {
		return "", "", malformed
	}
	x.at++
	x.skipBlanks()
	if x.at >= len(x.text) || x.text[x.at] != '"' && x.text[x.at] != '\'' {
		return "", "", malformed
	}
	quote := x.text[x.at]
	end := strings.IndexByte(x.text[x.at+1:], quote)
	if end < 0 || strings.Contains(x.text[x.at+1:x.at+1+end], "<") {
		return "", "", malformed
	}
	value = x.text[x.at+1 : x.at+1+end]
	x.at += end + 2
	return key, value, ""
}

// entity reads &amp; and the like: XML's own, and characters by number.
func (x *xhtml) entity() string {
	rest := x.text[x.at+1:]
	end := strings.IndexByte(rest, ';')
	if end <= 0 || end > 10 {
		return "txt-1: the narrative is not well-formed: write &amp; for \"&\""
	}
	name := rest[:end]
	x.at += end + 2
	switch name {
	case "amp", "lt", "gt", "quot", "apos":
		return ""
	}
	if number, ok := strings.CutPrefix(name, "#"); ok {
		if allDigits(number) || len(number) > 1 && number[0] == 'x' && allHex(number[1:]) {
			return ""
		}
	}
	return "txt-1: the narrative has an entity that XML does not know: write the character itself, or its number"
}

func (x *xhtml) skipBlanks() bool {
	start := x.at
	for x.at < len(x.text) && isBlank(x.text[x.at]) {
		x.at++
	}
	return x.at > start
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func nameAt(text string) string {
	i := 0
	for i < len(text) && (isWord(text[i]) || text[i] == '-' || text[i] == ':') {
		i++
	}
	return text[:i]
}

func allHex(text string) bool {
	return strings.Trim(text, "0123456789abcdefABCDEF") == ""
}

func scriptURL(url string) bool {
	scheme, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(url)), ":")
	return scheme == "javascript" || scheme == "vbscript"
}

// elementAllowed: chapters 7 to 11 without 9.4, and 15, of HTML 4.0, as the formal rule of txt-1 has them; links and images.
func elementAllowed(name string) bool {
	switch name {
	case "div", "span", "p", "br", "h1", "h2", "h3", "h4", "h5", "h6", "address", "bdo", "a", "img", "area",
		"em", "strong", "dfn", "code", "samp", "kbd", "var", "cite", "abbr", "acronym", "blockquote", "q", "sub", "sup", "pre",
		"ul", "ol", "li", "dl", "dt", "dd", "table", "caption", "colgroup", "col", "thead", "tfoot", "tbody", "tr", "th", "td",
		"tt", "i", "b", "big", "small", "hr":
		return true
	default:
		return false
	}
}

// attributeAllowed: what formats, links, or says a language, on the elements that have it in HTML 4.0; nothing that runs.
func attributeAllowed(element, name string) bool {
	switch name {
	case "title", "style", "class", "id", "lang", "xml:lang", "xml:space", "dir", "accesskey", "tabindex", "xmlns",
		"width", "span", "align", "valign", "char", "charoff", "abbr", "axis", "headers", "scope", "rowspan", "colspan":
		return true
	}
	if strings.HasPrefix(name, "xmlns:") {
		return true
	}
	switch element {
	case "a", "area":
		switch name {
		case "href", "name", "type", "hreflang", "rel", "rev", "charset", "coords", "shape", "alt":
			return true
		}
	case "img":
		switch name {
		case "src", "alt", "longdesc", "height", "usemap", "ismap", "border", "hspace", "vspace":
			return true
		}
	case "table":
		switch name {
		case "border", "summary", "frame", "rules", "cellspacing", "cellpadding", "bgcolor":
			return true
		}
	case "tr", "td", "th":
		return name == "nowrap" || name == "bgcolor" || name == "height"
	case "ol", "ul", "dl", "li":
		return name == "type" || name == "start" || name == "value" || name == "compact"
	case "blockquote", "q":
		return name == "cite"
	}
	return false
}
