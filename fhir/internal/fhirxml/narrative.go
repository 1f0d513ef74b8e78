package fhirxml

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/openhim/mediator-go/fhir/internal/scan"
)

// narrative reads to the end of the div whose start has been read, and returns
// the whole of it as it is written. If a prefix means XHTML's namespace, it is
// written anew without.
func (d *decoder) narrative(start xml.StartElement, at int) string {
	if start.Name.Space != xhtmlNamespace || start.Name.Local != "div" {
		d.fail(at, "a narrative is a div of namespace "+xhtmlNamespace)
		return ""
	}
	w := divWriter{plain: declares(start)}
	w.start(start, true)
	w.plain = w.plain && !prefixed(d.data[at:])
	for depth := 1; depth > 0; {
		t, here := d.next()
		switch t := t.(type) {
		case xml.StartElement:
			depth++
			if depth > scan.MaxDepth {
				d.fail(here, "elements are nested too deeply")
			}
			if t.Name.Space != xhtmlNamespace {
				d.fail(here, "a narrative has elements of namespace "+xhtmlNamespace+" only")
			}
			w.plain = w.plain && !prefixed(d.data[here:])
			w.start(t, false)
		case xml.EndElement:
			depth--
			w.text.WriteString("</" + t.Name.Local + ">")
		case xml.CharData:
			escape(&w.text, string(t), false)
		default:
			d.fail(here, "the text ends too early")
			return ""
		}
	}
	if !w.plain {
		return w.text.String()
	}
	// XML has line ends as one character (XML 1.0, 2.11), and a carriage
	// return that is meant as a reference.
	div := string(d.data[at:int(d.xml.InputOffset())])
	div = strings.ReplaceAll(strings.ReplaceAll(div, "\r\n", "\n"), "\r", "\n")
	return carriageReturn.ReplaceAllString(div, "\r")
}

var (
	carriageReturn = regexp.MustCompile(`&#(13|[xX]0*[dD]);`)
	entity         = regexp.MustCompile(`&[A-Za-z][A-Za-z0-9]*;`)
)

// declares reports whether the div has the default namespace declared itself.
func declares(start xml.StartElement) bool {
	for _, a := range start.Attr {
		if a.Name.Space == "" && a.Name.Local == "xmlns" {
			return a.Value == xhtmlNamespace
		}
	}
	return false
}

// prefixed reports whether the name of the element that begins here has a prefix.
func prefixed(text []byte) bool {
	name, _, _ := bytes.Cut(text, []byte(">"))
	if i := bytes.IndexAny(name, " \t\r\n/"); i >= 0 {
		name = name[:i]
	}
	return bytes.IndexByte(name, ':') >= 0
}

// divWriter writes a narrative anew.
type divWriter struct {
	text  strings.Builder
	plain bool // not needed, the text can be taken as it is
}

func (w *divWriter) start(t xml.StartElement, root bool) {
	w.text.WriteString("<" + t.Name.Local)
	if root {
		w.text.WriteString(` xmlns="` + xhtmlNamespace + `"`)
	}
	for _, a := range t.Attr {
		if a.Name.Space == "xmlns" || a.Name.Local == "xmlns" {
			continue
		}
		name := a.Name.Local
		if a.Name.Space == "http://www.w3.org/XML/1998/namespace" || a.Name.Space == "xml" {
			name = "xml:" + name
		}
		w.text.WriteString(" " + name + `="`)
		escape(&w.text, a.Value, true)
		w.text.WriteString(`"`)
	}
	w.text.WriteString(">")
}

// escape writes a text so that every reader of XML gets it back.
func escape(b *strings.Builder, text string, attribute bool) {
	for _, r := range text {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '"' && attribute:
			b.WriteString("&quot;")
		case r == '\r', attribute && (r == '\n' || r == '\t'):
			b.WriteString("&#" + strconv.Itoa(int(r)) + ";")
		default:
			b.WriteRune(r)
		}
	}
}

// checkDiv makes the div of a JSON resource fit for XML: well-formed, in
// XHTML's namespace, entities of HTML as characters.
func checkDiv(div string) (string, error) {
	div = strings.TrimSpace(div)
	div = entity.ReplaceAllStringFunc(div, func(name string) string {
		switch name {
		case "&lt;", "&gt;", "&amp;", "&quot;", "&apos;":
			return name
		}
		if s, ok := xml.HTMLEntity[name[1:len(name)-1]]; ok {
			r := []rune(s)
			return "&#" + strconv.Itoa(int(r[0])) + ";"
		}
		return name
	})
	d := xml.NewDecoder(strings.NewReader(div))
	depth, roots := 0, 0
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", errors.New("the narrative is no well-formed XHTML")
		}
		switch t := t.(type) {
		case xml.StartElement:
			if depth == 0 {
				roots++
				if t.Name.Local != "div" || t.Name.Space != "" && t.Name.Space != xhtmlNamespace {
					return "", errors.New("the narrative is no div of XHTML")
				}
				if t.Name.Space == "" {
					div = `<div xmlns="` + xhtmlNamespace + `"` + strings.TrimPrefix(div, "<div")
				}
			}
			if depth++; depth > scan.MaxDepth {
				return "", errors.New("the narrative is nested too deeply")
			}
		case xml.EndElement:
			depth--
		case xml.CharData:
			if depth == 0 && !blank(t) {
				return "", errors.New("the narrative is more than a div")
			}
		case xml.Directive, xml.ProcInst:
			return "", errors.New("the narrative holds a document type or an instruction")
		}
	}
	if roots != 1 {
		return "", errors.New("the narrative is no single div")
	}
	return strings.ReplaceAll(div, "\r", "&#13;"), nil
}
