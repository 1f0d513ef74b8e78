package source_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping/source"
)

// FuzzXML reads what encoding/xml reads, names resolved, and keeps the order of what it reads.
func FuzzXML(f *testing.F) {
	for _, seed := range []string{
		`<a/>`, `<a x="1">t<b/>u<b/></a>`, `<p:a xmlns:p="u" p:x="1"><b xmlns="v"/></p:a>`, `<a><![CDATA[<]]>&lt;<!-- x -->y</a>`, `<!DOCTYPE a><a/>`,
		`<a xmlns="u"><_b _c="1"/></a>`, `<?xml version="1.0" encoding="ISO-8859-1"?><a>` + "\xE9</a>", `<a><b><a/></b><a/></a>`, `<a></b>`, `<a:b:c/>`, `<a xml:lang="x"/>`,
		`<:a/>`, `<a: x="1"/>`, `<a><b/> <b/> </a>`,
	} {
		f.Add([]byte(seed), uint8(0))
		f.Add([]byte(seed), uint8(1))
		f.Add([]byte(seed), uint8(2))
	}
	f.Fuzz(func(t *testing.T, data []byte, mode uint8) {
		switch mode % 3 {
		case 1:
			readXML(t, string(data), source.XMLConfig{Records: "/*/*", MaxRecord: 500, MaxDepth: 20})
			return
		case 2:
			readXML(t, string(data), source.XMLConfig{Order: true, Once: []string{"b"}, Namespaces: map[string]string{"q": "u", "": "v"}})
			return
		}
		got := readXML(t, string(data), source.XMLConfig{})
		if len(got) != 1 || strings.HasPrefix(got[0], "error: ") {
			return
		}
		root, err := readElements(data)
		if err != nil {
			return // an encoding, which encoding/xml leaves to its user
		}
		var record map[string]any
		require.NoError(t, json.Unmarshal([]byte(got[0]), &record))
		require.Equal(t, map[string]any{root.key: root.value()}, record)
	})
}

// element is what encoding/xml reads.
type element struct {
	key      string
	attrs    map[string]any
	children []any // *element or string
}

// readElements reads a document by encoding/xml.
func readElements(data []byte) (*element, error) {
	decoder := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))))
	top := &element{}
	open := []*element{top}
	home := ""
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return top.children[len(top.children)-1].(*element), nil
		}
		if err != nil {
			return nil, err
		}
		parent := open[len(open)-1]
		switch token := token.(type) {
		case xml.StartElement:
			if len(open) == 1 {
				home = token.Name.Space
				top.children = nil
			}
			child := &element{key: reference(token.Name, home), attrs: map[string]any{}}
			for _, attr := range token.Attr {
				if attr.Name.Space == "xmlns" || attr.Name.Space == "" && attr.Name.Local == "xmlns" {
					continue
				}
				attr.Name.Local = "_" + strings.Replace("!"+attr.Name.Local, "!_", ":_", 1)
				attr.Name.Local = strings.Replace(attr.Name.Local, "!", "", 1)
				if attr.Name.Space != "" {
					name := attr.Name
					name.Local = strings.Replace(name.Local[1:], ":_", "_", 1)
					child.attrs["_"+reference(name, "no namespace")] = attr.Value
					continue
				}
				child.attrs[attr.Name.Local] = attr.Value
			}
			parent.children = append(parent.children, child)
			open = append(open, child)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) == 1 {
				continue
			}
			last := len(parent.children) - 1
			if last >= 0 {
				if text, ok := parent.children[last].(string); ok {
					parent.children[last] = text + string(token)
					continue
				}
			}
			if len(token) > 0 {
				parent.children = append(parent.children, string(token))
			}
		}
	}
}

// reference names an element as the package documentation says.
func reference(name xml.Name, home string) string {
	switch {
	case name.Space == home && strings.HasPrefix(name.Local, "_"):
		return ":" + name.Local
	case name.Space == home:
		return name.Local
	case name.Space == "http://www.w3.org/XML/1998/namespace":
		return "xml:" + name.Local
	case name.Space == "http://www.w3.org/2001/XMLSchema-instance":
		return "xsi:" + name.Local
	}
	return "{" + name.Space + "}" + name.Local
}

// value is the element as the record has it.
func (e *element) value() map[string]any {
	value := map[string]any{}
	maps.Copy(value, e.attrs)
	var whole strings.Builder
	blank, elements, pieces := true, 0, 0
	for _, child := range e.children {
		if piece, ok := child.(string); ok {
			whole.WriteString(piece)
			pieces++
			blank = blank && strings.Trim(piece, " \t\r\n") == ""
		} else {
			elements++
		}
	}
	keepText := pieces > 0 && (elements == 0 || !blank)
	if keepText {
		value["_"] = whole.String()
	}
	var order []any
	scattered := false
	last := ""
	for _, child := range e.children {
		piece, isText := child.(string)
		if isText {
			if keepText {
				order = append(order, piece)
				scattered = true
			}
			continue
		}
		el := child.(*element)
		all, _ := value[el.key].([]any)
		scattered = scattered || len(all) > 0 && last != el.key
		order = append(order, map[string]any{el.key: float64(len(all))})
		value[el.key] = append(all, any(el.value()))
		last = el.key
	}
	if scattered && elements > 0 {
		value["__"] = order
	}
	return value
}
