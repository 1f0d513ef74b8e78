package fhirpath

import (
	"encoding/xml"
	"strings"
)

// narrativeElements and narrativeAttributes are what txt-1 allows
// (https://hl7.org/fhir/R4/narrative.html#xhtml).
var narrativeElements = names("div p br hr h1 h2 h3 h4 h5 h6 b i u s em strong small big tt sub sup dfn code samp kbd var abbr acronym cite q" + //nolint:gochecknoglobals // a read-only table
	" blockquote pre address span a img ul ol li dl dt dd table caption thead tbody tfoot tr th td col colgroup bdo del ins map area")

var narrativeAttributes = names("id class style title lang dir xmlns href name src alt border align valign width height colspan rowspan cellspacing" + //nolint:gochecknoglobals // a read-only table
	" cellpadding span abbr axis headers scope charset type hreflang rel rev summary frame rules char charoff start value compact cite datetime" +
	" longdesc ismap usemap shape coords nohref tabindex accesskey bgcolor nowrap clear noshade size rowheight")

func names(list string) map[string]bool {
	set := map[string]bool{}
	for name := range strings.FieldsSeq(list) {
		set[name] = true
	}
	return set
}

// htmlChecksFunc tells whether a narrative is XHTML of the allowed elements with something to read in it.
func htmlChecksFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	item, err := r.single(items, n.pos, "htmlChecks()")
	if err != nil || item == nil {
		return out, err
	}
	text, ok := item.str()
	if err = r.madeText(n.pos, len(text)); err != nil {
		return nil, err
	}
	return append(out, NewBoolean(ok && narrative(text))), nil
}

func narrative(text string) bool {
	d := xml.NewDecoder(strings.NewReader(text))
	d.Entity = xml.HTMLEntity
	depth, something := 0, false
	for {
		tok, err := d.Token()
		if tok == nil || err != nil {
			return depth == 0 && something && d.InputOffset() == int64(len(text))
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if depth == 0 && tok.Name.Local != "div" || !allowed(tok) {
				return false
			}
			something = something || tok.Name.Local == "img"
			depth++
		case xml.EndElement:
			depth--
		case xml.CharData:
			text := strings.TrimSpace(string(tok)) != ""
			if text && depth == 0 {
				return false
			}
			something = something || text
		case xml.ProcInst, xml.Directive:
			return false
		}
	}
}

func allowed(e xml.StartElement) bool {
	if !narrativeElements[e.Name.Local] {
		return false
	}
	for _, a := range e.Attr {
		if a.Name.Space == "xmlns" || a.Name.Space == "xml" || a.Name.Space == "http://www.w3.org/XML/1998/namespace" {
			continue
		}
		if !narrativeAttributes[a.Name.Local] || strings.HasPrefix(strings.ToLower(a.Value), "javascript:") {
			return false
		}
	}
	return true
}
