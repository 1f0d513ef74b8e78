package fhirxml

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"github.com/openhim/mediator-go/fhir/internal/elements"
	"github.com/openhim/mediator-go/fhir/internal/scan"
)

// Decode returns the JSON of the one resource in an XML text, or the first fault.
//
// Document types, and so entities of one's own, are refused, as are encodings
// but UTF-8, elements and attributes that R4 does not have, and nesting deeper than
// scan.MaxDepth. Comments and processing instructions are left out.
func Decode(data []byte) ([]byte, *scan.Fault) {
	d := &decoder{data: data, xml: xml.NewDecoder(bytes.NewReader(data))}
	d.xml.CharsetReader = func(charset string, _ io.Reader) (io.Reader, error) {
		return nil, errors.New("the encoding " + charset + " is not UTF-8")
	}
	var out []byte
	for {
		t, at := d.next()
		switch t := t.(type) {
		case nil:
			if d.fault == nil && out == nil {
				d.fail(at, "the text holds no element")
			}
			return out, d.fault
		case xml.StartElement:
			if out != nil {
				return nil, d.fail(at, "something follows the end of the resource")
			}
			if out = d.resource(t, at, 1); d.fault != nil {
				return nil, d.fault
			}
		case xml.CharData:
			if !blank(t) {
				return nil, d.fail(at, "there is text outside of the resource")
			}
		}
	}
}

type decoder struct {
	data  []byte
	xml   *xml.Decoder
	fault *scan.Fault
}

func (d *decoder) fail(at int, problem string) *scan.Fault {
	if d.fault == nil {
		d.fault = &scan.Fault{Offset: at, Problem: problem}
	}
	return d.fault
}

// next returns the next start, end or text and where it begins; nil at the end
// and after a fault.
func (d *decoder) next() (xml.Token, int) {
	for d.fault == nil {
		at := int(d.xml.InputOffset())
		t, err := d.xml.Token()
		if errors.Is(err, io.EOF) {
			return nil, at
		}
		if err != nil {
			d.fail(int(d.xml.InputOffset()), problemOf(err))
			break
		}
		switch t.(type) {
		case xml.StartElement, xml.EndElement, xml.CharData:
			return t, at
		case xml.Directive:
			d.fail(at, "a document type is not allowed")
		default: // comments and processing instructions say nothing
		}
	}
	return nil, len(d.data)
}

// problemOf says what is wrong with the XML without quoting values of it.
func problemOf(err error) string {
	if syntax, ok := errors.AsType[*xml.SyntaxError](err); ok {
		if strings.HasPrefix(syntax.Msg, "invalid character entity") {
			return "an entity is not one of XML's own"
		}
		return "malformed XML: " + syntax.Msg
	}
	if strings.Contains(err.Error(), "is not UTF-8") {
		return "the text is not UTF-8"
	}
	return "malformed XML"
}

func blank(text []byte) bool { return len(bytes.TrimSpace(text)) == 0 }

// resource returns the JSON of the resource whose start has been read.
func (d *decoder) resource(start xml.StartElement, at, depth int) []byte {
	typ, ok := elements.Lookup(start.Name.Local)
	if start.Name.Space != namespace || !ok || typ.Kind != elements.Resource || typ.Abstract {
		d.fail(at, start.Name.Local+" is not a resource of FHIR R4 (namespace "+namespace+")")
		return nil
	}
	o := newObject()
	o.add("resourceType", false, quote(typ.Name), nil)
	d.attributes(o, start, at, nil)
	d.children(o, typ, start, depth)
	return o.bytes()
}

// attributes adds the attributes that are elements, id and url.
func (d *decoder) attributes(o *object, start xml.StartElement, at int, typ *elements.Type) {
	for i, a := range start.Attr {
		switch {
		case a.Name.Space == "xmlns" || a.Name.Space == "" && a.Name.Local == "xmlns":
			continue
		case a.Name.Space == "http://www.w3.org/2001/XMLSchema-instance":
			continue // where a schema is to be found
		}
		for _, other := range start.Attr[:i] {
			if other.Name == a.Name {
				d.fail(at, "the attribute "+a.Name.Local+" is there twice")
			}
		}
		el, ok := (*elements.Element)(nil), false
		if typ != nil {
			el, _, ok = typ.Element(a.Name.Local)
		}
		if !ok || !el.XMLAttr || a.Name.Space != "" {
			d.fail(at, start.Name.Local+" has no attribute "+a.Name.Local)
			continue
		}
		o.add(a.Name.Local, false, quote(a.Value), nil)
	}
}

// children adds the elements below start.
func (d *decoder) children(o *object, typ *elements.Type, start xml.StartElement, depth int) {
	for {
		t, at := d.next()
		switch t := t.(type) {
		case nil:
			d.fail(at, "the text ends too early")
			return
		case xml.EndElement:
			return
		case xml.CharData:
			if !blank(t) {
				d.fail(at, "there is text in "+start.Name.Local+"; values are attributes")
				return
			}
		case xml.StartElement:
			d.element(o, typ, t, at, depth+1)
		}
	}
}

// element adds one element.
func (d *decoder) element(o *object, typ *elements.Type, start xml.StartElement, at, depth int) {
	name := start.Name.Local
	el, ref, ok := typ.Element(name)
	isXHTML := ok && ref.Code == "xhtml"
	switch {
	case !ok || el.XMLAttr || !isXHTML && start.Name.Space != namespace:
		d.fail(at, typ.Name+" has no element "+name+" in FHIR R4 (namespace "+namespace+")")
		return
	case depth > scan.MaxDepth:
		d.fail(at, "elements are nested too deeply")
		return
	case !el.List() && o.has(name):
		d.fail(at, name+" does not repeat")
		return
	}
	switch {
	case isXHTML:
		o.add(name, false, quote(d.narrative(start, at)), nil)
	case el.Content != nil:
		o.add(name, el.List(), d.complex(el.Content, start, at, depth), nil)
	case ref.Code == "Resource":
		o.add(name, el.List(), d.inner(start, at, depth), nil)
	case ref.Primitive():
		value, rest := d.primitive(ref.Code, start, at, depth)
		o.add(name, el.List(), value, rest)
	default:
		t, known := elements.Lookup(ref.Code)
		if !known {
			d.fail(at, "the type of "+name+" is not known")
			return
		}
		o.add(name, el.List(), d.complex(t, start, at, depth), nil)
	}
}

func (d *decoder) complex(typ *elements.Type, start xml.StartElement, at, depth int) []byte {
	o := newObject()
	d.attributes(o, start, at, typ)
	d.children(o, typ, start, depth)
	return o.bytes()
}

// inner returns the one resource in an element such as contained.
func (d *decoder) inner(start xml.StartElement, at, depth int) []byte {
	var out []byte
	d.attributes(newObject(), start, at, nil)
	for {
		t, at := d.next()
		switch t := t.(type) {
		case xml.EndElement:
			if out == nil {
				d.fail(at, start.Name.Local+" holds no resource")
			}
			return out
		case xml.StartElement:
			if out != nil {
				d.fail(at, start.Name.Local+" holds more than one resource")
				return nil
			}
			out = d.resource(t, at, depth+1)
		case xml.CharData:
			if !blank(t) {
				d.fail(at, "there is text in "+start.Name.Local)
			}
		default:
			d.fail(at, "the text ends too early")
			return nil
		}
	}
}

// primitive returns a primitive's value, nil if it has none, and its id and
// extensions, nil if it has none.
func (d *decoder) primitive(code string, start xml.StartElement, at, depth int) (value, rest []byte) {
	base, _ := elements.Lookup("Element")
	others := start
	others.Attr = nil
	for _, a := range start.Attr {
		if a.Name.Local != "value" || a.Name.Space != "" {
			others.Attr = append(others.Attr, a)
			continue
		}
		if value != nil {
			d.fail(at, "the attribute value is there twice")
		}
		var ok bool
		if value, ok = literal(code, a.Value); !ok {
			d.fail(at, "the value of "+start.Name.Local+" is no "+code)
		}
	}
	o := newObject()
	d.attributes(o, others, at, base)
	d.children(o, base, start, depth)
	if len(o.members) > 0 {
		rest = o.bytes()
	}
	return value, rest
}
