package objectmapper

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Encode writes a mapped document in the endpoint's output format and names its content type. XML is written as the peer does (xml2js):
// the only member of an object is the root element, otherwise the root is <root>; $ holds attributes, _ text, and lists repeat their
// element. What XML cannot hold is an error, where the peer loses it or writes broken XML: a list without a name, names that are no XML
// names, control characters.
func (p *Plan) Encode(body []byte) (out []byte, contentType string, err error) {
	switch p.doc.Output {
	case FormatXML:
		out, err = EncodeXML(body, p.limits)
		return out, "application/xml", err
	case FormatFHIRJSON:
		return body, "application/fhir+json", nil
	case FormatJSONOpenHIM:
		return body, "application/json+openhim", nil
	case FormatJSON:
	}
	return body, "application/json", nil
}

// EncodeXML writes a JSON value as XML; see [Plan.Encode] for the rules.
func EncodeXML(body []byte, limits Limits) ([]byte, error) {
	limits = limits.withDefaults()
	v, err := decode("the document", json.RawMessage(body), limits)
	if err != nil {
		return nil, err
	}
	x := &xmlWriter{limit: limits.OutputBytes}
	x.b.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n")
	name := "root"
	if v.kind == kindObject && len(v.list) == 1 && v.keys[0] != "$" && v.keys[0] != "_" && !v.list[0].is(kindArray) {
		name, v = v.keys[0], v.list[0]
	}
	if v.kind == kindArray {
		return nil, errors.New("objectmapper: a list has no name in XML: put it below a member")
	}
	if err := x.element(name, v, 0); err != nil {
		return nil, fmt.Errorf("objectmapper: writing XML: %w", err)
	}
	return []byte(x.b.String()), nil
}

type xmlWriter struct {
	b     strings.Builder
	limit int
}

func (x *xmlWriter) indent(depth int) {
	for range depth {
		x.b.WriteString("  ")
	}
}

// element writes one element: attributes, then text or children.
func (x *xmlWriter) element(name string, v *value, depth int) error {
	if !xmlName(name) {
		return fmt.Errorf("the member name %q is no name of an XML element", name)
	}
	if x.b.Len() > x.limit {
		return &LimitError{What: "bytes of output", Limit: x.limit}
	}
	x.b.WriteString("<" + name)
	if err := x.attributes(v.get("$")); err != nil {
		return err
	}
	text, children, err := x.content(v)
	if err != nil {
		return err
	}
	if text == "" && len(children) == 0 {
		x.b.WriteString("/>")
		return nil
	}
	x.b.WriteString(">" + text)
	mixed := text != ""
	for _, child := range children {
		if !mixed {
			x.b.WriteString("\n")
			x.indent(depth + 1)
		}
		if err := x.element(child.name, child.val, depth+1); err != nil {
			return err
		}
	}
	if len(children) > 0 && !mixed {
		x.b.WriteString("\n")
		x.indent(depth)
	}
	x.b.WriteString("</" + name + ">")
	return nil
}

type xmlChild struct {
	name string
	val  *value
}

func (x *xmlWriter) content(v *value) (text string, children []xmlChild, err error) {
	if v == nil || v.kind < kindArray {
		text, err = xmlText(v)
		return text, nil, err
	}
	if v.kind == kindArray {
		return "", nil, errors.New("a list inside a list has no name in XML")
	}
	order := v.memberOrder()
	for n := range v.list {
		i := n
		if order != nil {
			i = order[n]
		}
		name, member := v.keys[i], v.list[i]
		switch {
		case name == "$":
		case name == "_":
			part, err := xmlText(member)
			if err != nil {
				return "", nil, err
			}
			text += part
		case member.is(kindArray):
			for _, item := range member.list {
				children = append(children, xmlChild{name, item})
			}
		default:
			children = append(children, xmlChild{name, member})
		}
	}
	return text, children, nil
}

func (x *xmlWriter) attributes(v *value) error {
	if v.absent() {
		return nil
	}
	if v.kind != kindObject {
		return errors.New("$ must be an object of attributes")
	}
	for i, name := range v.keys {
		if !xmlName(name) {
			return fmt.Errorf("the member name %q is no name of an XML attribute", name)
		}
		text, err := xmlText(v.list[i])
		if err != nil {
			return err
		}
		text = strings.NewReplacer(`"`, "&quot;", "\t", "&#x9;", "\n", "&#xA;").Replace(text)
		x.b.WriteString(" " + name + `="` + text + `"`)
	}
	return nil
}

func xmlText(v *value) (string, error) {
	if v == nil {
		return "", nil
	}
	if v.kind >= kindArray {
		return "", errors.New("an object or a list cannot be text or an attribute")
	}
	text, err := plainText(v)
	if err != nil {
		return "", err
	}
	for _, r := range text {
		if r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			return "", errors.New("the text holds a control character, which XML cannot")
		}
	}
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#xD;").Replace(text), nil
}

// xmlName reports whether a name can be written as an element or attribute.
func xmlName(name string) bool {
	for i, r := range name {
		letter := r == '_' || r == ':' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= 0xC0 && r != 0xD7 && r != 0xF7 &&
			r != 0x37E && (r < 0x2000 || r > 0x206F) && r < 0xFFFE
		if !letter && (i == 0 || r != '-' && r != '.' && r != 0xB7 && (r < '0' || r > '9')) {
			return false
		}
	}
	return name != "" && utf8.ValidString(name)
}
