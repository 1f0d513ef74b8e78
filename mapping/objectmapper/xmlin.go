package objectmapper

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Decode reads a request's body in the endpoint's input format and returns it as JSON. XML becomes what the peer makes of it (xml2js:
// trim, explicitRoot=false, explicitArray=false): the root's name is lost, one child is a value and several are a list, attributes stand
// below $, text beside them below _, prefixes stay. Document types are refused, so that no entity can expand.
func (p *Plan) Decode(body []byte) (json.RawMessage, error) {
	if p.doc.Input == FormatXML {
		return DecodeXML(body, p.limits)
	}
	v, err := decode("the body", body, p.limits)
	if err != nil {
		return nil, err
	}
	return encode(v), nil
}

// DecodeXML reads an XML text; see [Plan.Decode] for the rules.
func DecodeXML(body []byte, limits Limits) (json.RawMessage, error) {
	limits = limits.withDefaults()
	if len(body) > limits.InputBytes {
		return nil, &LimitError{What: "body bytes", Limit: limits.InputBytes}
	}
	d := xml.NewDecoder(strings.NewReader(string(body)))
	d.CharsetReader = func(charset string, _ io.Reader) (io.Reader, error) {
		return nil, fmt.Errorf("the encoding %q is not UTF-8", charset)
	}
	r := &xmlReader{limits: limits}
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = r.token(token)
		}
		if err != nil {
			line, column := d.InputPos()
			return nil, fmt.Errorf("objectmapper: reading XML: line %d, column %d: %w", line, column, err)
		}
	}
	if len(r.open) > 0 || r.root == nil {
		return nil, errors.New("objectmapper: reading XML: the text ends before its root element does")
	}
	return encode(r.root), nil
}

type xmlReader struct {
	limits Limits
	open   []*xmlOpen
	root   *value
}

// xmlOpen is an element whose end has not come yet.
type xmlOpen struct {
	name  string
	attrs *value
	text  strings.Builder
	kids  *value
}

func rawName(n xml.Name) string {
	if n.Space != "" {
		return n.Space + ":" + n.Local
	}
	return n.Local
}

func (r *xmlReader) token(token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		return r.start(t)
	case xml.EndElement:
		return r.end(rawName(t.Name))
	case xml.CharData:
		if len(r.open) > 0 {
			r.open[len(r.open)-1].text.Write(t)
		} else if strings.TrimSpace(strings.TrimPrefix(string(t), "\ufeff")) != "" {
			return errors.New("text stands outside of the root element")
		}
	case xml.Directive:
		return errors.New("document types are refused")
	}
	return nil
}

func (r *xmlReader) start(t xml.StartElement) error {
	if r.root != nil {
		return errors.New("there is a second root element")
	}
	if len(r.open) >= r.limits.Depth {
		return &LimitError{What: "levels of nesting", Limit: r.limits.Depth}
	}
	e := &xmlOpen{name: rawName(t.Name), kids: newObject()}
	for _, a := range t.Attr {
		if e.attrs == nil {
			e.attrs = newObject()
		}
		name := rawName(a.Name)
		if e.attrs.has(name) {
			return errors.New("an attribute stands twice")
		}
		e.attrs.set(name, newString(a.Value))
	}
	r.open = append(r.open, e)
	return nil
}

func (r *xmlReader) end(name string) error {
	if len(r.open) == 0 || r.open[len(r.open)-1].name != name {
		return errors.New("an element ends that did not begin")
	}
	e := r.open[len(r.open)-1]
	r.open = r.open[:len(r.open)-1]
	v := e.value()
	if len(r.open) == 0 {
		r.root = v
		return nil
	}
	kids := r.open[len(r.open)-1].kids
	switch old := kids.get(name); {
	case old == nil:
		kids.set(name, v)
	case old.kind == kindArray:
		old.list = append(old.list, v)
	default:
		kids.set(name, newArray(old, v))
	}
	return nil
}

// value is the element as JSON: its text when it has nothing else; otherwise an object, text first and attributes second.
func (e *xmlOpen) value() *value {
	text := strings.TrimSpace(e.text.String())
	if e.attrs == nil && len(e.kids.list) == 0 {
		return newString(text)
	}
	out := newObject()
	if text != "" {
		out.set("_", newString(text))
	}
	if e.attrs != nil {
		out.set("$", e.attrs)
	}
	for i, key := range e.kids.keys {
		out.set(key, e.kids.list[i])
	}
	return out
}
