package source

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// start sets the decoder up.
func (x *XML) start(text io.Reader, wide bool) {
	x.meter.text, x.wide = bufio.NewReaderSize(text, firstBuffer), wide
	x.decoder = xml.NewDecoder(&x.meter)
	x.decoder.CharsetReader = x.declared
}

// declared is asked for the encoding a document declares.
func (x *XML) declared(label string, input io.Reader) (io.Reader, error) {
	enc, err := Encoding(label).canonical()
	switch {
	case x.wide || x.config.Encoding != "":
		return input, nil // decoded already
	case err != nil:
		x.charset = "the encoding the document declares is not known; set Encoding"
		return nil, err
	}
	if table := singleByte(enc); table != nil {
		x.meter.through(func(r io.Reader) io.Reader { return table.NewDecoder().Reader(r) })
	}
	// A document that could be read up to here and says UTF-16 was converted without its
	// declaration; what is not UTF-8 is found later.
	return input, nil
}

// token reads one token. done means that a record has been closed.
func (x *XML) token() (done bool, bad fault) {
	inside := len(x.open) >= len(x.steps) && x.open[len(x.steps)-1].onPath
	if !inside {
		x.meter.allow(x.config.MaxRecord)
	}
	line, column := x.decoder.InputPos()
	first := x.decoder.InputOffset() == 0
	tok, err := x.decoder.RawToken()
	if err != nil {
		return false, x.broken(err)
	}
	switch tok := tok.(type) {
	case xml.StartElement:
		bad = x.begin(tok, line, column)
	case xml.EndElement:
		done, bad = x.close(tok)
	case xml.CharData:
		switch {
		case inside:
			x.doc.piece(x.open[len(x.open)-1].node, tok)
		case len(x.open) == 0 && len(bytes.Trim(tok, xmlSpace)) > 0:
			bad.reason = "text outside the root element"
		}
	case xml.ProcInst:
		if strings.EqualFold(tok.Target, "xml") && !first {
			bad.reason = "an XML declaration that is not at the very beginning"
		}
	case xml.Directive:
		bad.reason = "a document type declaration; those are refused, because of the entities they can define"
	}
	if bad.reason != "" {
		bad.fatal, bad.line, bad.column = true, line, column
	}
	return done, bad
}

// begin opens an element.
func (x *XML) begin(tok xml.StartElement, line, column int) fault {
	if len(x.open) == 0 && x.rootSeen {
		return fault{reason: "a second root element"}
	}
	if len(x.open) >= x.config.MaxDepth {
		return fault{reason: fmt.Sprintf("elements nested deeper than %d; raise MaxDepth", x.config.MaxDepth)}
	}
	f := frame{raw: tok.Name, bindings: len(x.bindings), node: none}
	if bad := x.bind(tok.Attr); bad != "" {
		return fault{reason: bad}
	}
	var bad string
	if f.key, bad = x.elementKey(tok.Name); bad != "" {
		return fault{reason: bad}
	}
	x.rootSeen = true
	depth := len(x.open) + 1
	within := depth > len(x.steps) && x.open[len(x.steps)-1].onPath
	f.onPath = depth <= len(x.steps) && (depth == 1 || x.open[depth-2].onPath) && matches(x.steps[depth-1], f.key)
	if depth == 1 && !f.onPath {
		return fault{reason: "the root element is not the first step of Records; look at Namespaces too"}
	}
	isRecord := f.onPath && depth == len(x.steps)
	if isRecord {
		x.doc.reset()
		x.at.Record++
		x.at.Line = line
	}
	if f.onPath {
		x.count(depth, f.key)
	}
	attrs := span{len(x.doc.attrs), len(x.doc.attrs)}
	if !within && !isRecord {
		x.doc.reset() // what stands between records is looked at and forgotten
		attrs = span{}
	}
	if bad := x.attributes(tok.Attr); bad != "" {
		return fault{reason: bad}
	}
	attrs.to = len(x.doc.attrs)
	switch {
	case within:
		f.node = x.doc.element(x.open[len(x.open)-1].node, f.key, attrs, line, column)
	case isRecord:
		f.node = x.doc.element(none, f.key, attrs, line, column)
	case f.onPath:
		x.parents[depth-1] = x.doc.appendAttrs(append(x.parents[depth-1][:0], '{'), attrs)
	}
	x.open = append(x.open, f)
	return fault{}
}

// matches reports whether a step of Records takes an element.
func matches(step, key string) bool { return step == "*" || step == key }

// count numbers an element on the way to the records and writes its path.
func (x *XML) count(depth int, key string) {
	x.counts[depth]++
	for i := depth + 1; i < len(x.counts); i++ {
		x.counts[i] = 0
	}
	if depth < len(x.steps) {
		return
	}
	path := ""
	for i, step := range x.steps {
		switch {
		case i == 0 && depth == 1:
			path = "/" + xpathName(key)
		case i == 0:
			path = "/" + xpathName(x.open[0].key)
		default:
			path += fmt.Sprintf("/%s[%d]", xpathName(step), x.counts[i+1])
		}
	}
	x.at.Path = path
}

// close closes the innermost element.
func (x *XML) close(tok xml.EndElement) (done bool, bad fault) {
	if len(x.open) == 0 {
		return false, fault{reason: "an end tag without a start tag"}
	}
	f := x.open[len(x.open)-1]
	if f.raw != tok.Name {
		return false, fault{reason: "an end tag that is not that of the element last opened"}
	}
	done = f.onPath && len(x.open) == len(x.steps)
	x.open = x.open[:len(x.open)-1]
	x.bindings = x.bindings[:f.bindings]
	return done, fault{}
}

// broken turns an error of the decoder into a fault.
func (x *XML) broken(err error) fault {
	f := fault{fatal: true}
	f.line, f.column = x.decoder.InputPos()
	var syntax *xml.SyntaxError
	switch {
	case errors.Is(err, io.EOF) && len(x.open) == 0 && x.rootSeen:
		x.ended = true
		return fault{}
	case errors.Is(err, io.EOF) && len(x.open) == 0:
		f.reason = "no root element"
	case errors.Is(err, io.EOF):
		f.reason = "the document ends inside an element"
	case errors.Is(err, errTooLong):
		f.reason = fmt.Sprintf("the record is longer than %d bytes; raise MaxRecord, or split the document by Records", x.config.MaxRecord)
	case x.charset != "":
		f.reason = x.charset
	case errors.As(err, &syntax):
		f.reason = syntaxReason(syntax.Msg)
	case strings.HasPrefix(err.Error(), "xml: unsupported version"):
		f.reason = "a version of XML other than 1.0"
	default:
		f.reason, f.err = "the input cannot be read", err
	}
	return f
}

// syntaxReason says what a message of the decoder means, without the text of the document that
// some of them quote.
func syntaxReason(message string) string {
	for _, known := range [...]struct{ part, reason string }{
		{"unexpected EOF", "the document ends inside a tag, a comment or a section"},
		{"invalid UTF-8", "bytes that are not UTF-8; declare the encoding, or set Encoding"},
		{"illegal character code", "a control character that XML does not allow"},
		{"character entity", "an entity other than &lt; &gt; &amp; &quot; &apos; and numbers, or a lone &; write &amp;"},
		{"unescaped <", "a < inside an attribute's value; write &lt;"},
		{"unescaped ]]>", "]]> in text; write ]]&gt;"},
		{"\"--\" not allowed", "-- inside a comment"},
		{"unquoted or missing", "an attribute's value without quotes"},
		{"attribute name without", "an attribute without a value"},
		{"expected attribute name", "something other than an attribute's name in a tag"},
		{"expected element name", "a < that begins no tag; write &lt;"},
		{"invalid characters between", "something other than a name in an end tag"},
		{"<!", "a section that is neither a comment nor CDATA"},
	} {
		if strings.Contains(message, known.part) {
			return known.reason
		}
	}
	return "not well-formed XML"
}
