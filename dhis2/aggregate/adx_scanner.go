package aggregate

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// scanner reads XML 1.0 with namespaces as far as ADX needs it, strictly and
// in bounded memory: no document type and so no entities of one, UTF-8 only.
type scanner struct {
	r    io.Reader
	buf  []byte
	pos  int // of the next byte in buf
	end  int // of what was read into buf
	base int64
	read error // why r ended

	limit    ADXLimits
	line     int
	lineAt   int64 // where the line starts
	started  bool
	rooted   bool // the root element was seen
	open     []openElement
	scopes   []namespace
	pending  bool              // the element just returned ends at once
	names    map[string]string // values that came before, so that equal ones share memory
	qnames   map[string]string // names that came before, known to be such
	scratch  []byte
	fromLine int // where the token starts
	fromCol  int

	// The token.
	name  xmlName
	attrs []xmlAttr
	text  []byte
}

type xmlName struct{ space, local string }

type xmlAttr struct {
	name  xmlName
	value string

	qname string
}

type openElement struct {
	qname  string
	name   xmlName
	scopes int // how many namespaces were declared outside of it
}

type namespace struct{ prefix, uri string }

type token int

const (
	tokenEnd   token = iota // of the document
	tokenOpen               // an element starts: name, attrs
	tokenClose              // an element ends: name
	tokenText               // text
)

const (
	bufferSize   = 32 << 10
	maxName      = 256
	maxNamespace = 1 << 10
	maxInterned  = 8 << 10
	maxQNames    = 1 << 10
	xmlSpace     = "http://www.w3.org/XML/1998/namespace"
)

func newScanner(r io.Reader, limit ADXLimits) *scanner {
	return &scanner{
		r: r, buf: make([]byte, bufferSize), limit: limit, line: 1, names: map[string]string{}, qnames: map[string]string{},
		scopes: []namespace{{"xml", xmlSpace}},
	}
}

// next reads a token. Text, name and attrs hold until the following call.
func (s *scanner) next() (token, error) {
	if !s.started {
		s.started = true
		if err := s.prolog(); err != nil {
			return 0, err
		}
	}
	if s.pending {
		s.pending = false
		s.close()
		return tokenClose, nil
	}
	for {
		s.mark()
		b, err := s.peek()
		switch {
		case err != nil && errors.Is(err, io.EOF):
			if len(s.open) > 0 || !s.rooted {
				return 0, s.fault("the document ends too early", io.ErrUnexpectedEOF)
			}
			return tokenEnd, nil
		case err != nil:
			return 0, err
		case b != '<':
			if err := s.characters(); err != nil {
				return 0, err
			}
			if len(s.open) > 0 {
				return tokenText, nil
			}
			if len(bytes.TrimLeft(s.text, " \t\n")) > 0 {
				return 0, s.fault("there is text outside of the root element", nil)
			}
			continue
		}
		s.take()
		if b, err = s.peek(); err != nil {
			return 0, s.early(err)
		}
		if b == '?' || b == '!' || b == '/' {
			s.take()
		}
		switch b {
		case '?':
			if err := s.instruction(); err != nil {
				return 0, err
			}
		case '!':
			isText, err := s.declaration()
			if err != nil {
				return 0, err
			}
			if isText {
				return tokenText, nil
			}
		case '/':
			return tokenClose, s.endTag()
		default:
			return tokenOpen, s.startTag()
		}
	}
}

// prolog takes a byte order mark and refuses other encodings.
func (s *scanner) prolog() error {
	for s.end < 9 && s.read == nil {
		s.fill()
	}
	head := s.buf[:s.end]
	switch {
	case bytes.HasPrefix(head, []byte("\xEF\xBB\xBF")):
		s.pos = 3
		head = head[3:]
	case bytes.HasPrefix(head, []byte("\xFE\xFF")), bytes.HasPrefix(head, []byte("\xFF\xFE")), bytes.IndexByte(head[:min(4, len(head))], 0) >= 0:
		s.mark()
		return s.fault("the encoding is not UTF-8: send the document as UTF-8", nil)
	}
	if !bytes.HasPrefix(head, []byte("<?xml")) || len(head) < 6 || isNameByte(head[5]) {
		return nil
	}
	s.mark()
	s.pos += len("<?xml")
	return s.xmlDeclaration()
}

// xmlDeclaration reads what follows <?xml.
func (s *scanner) xmlDeclaration() error {
	body, err := s.until("?>")
	if err != nil {
		return err
	}
	rest := string(body)
	order, hasVersion := []string{"version", "encoding", "standalone"}, false
	for rest = strings.TrimLeft(rest, " \t\r\n"); rest != ""; rest = strings.TrimLeft(rest, " \t\r\n") {
		name, after, ok := strings.Cut(rest, "=")
		name, after = strings.TrimRight(name, " \t\r\n"), strings.TrimLeft(after, " \t\r\n")
		for len(order) > 0 && order[0] != name {
			order = order[1:]
		}
		if !ok || len(order) == 0 || after == "" || (after[0] != '"' && after[0] != '\'') {
			return s.fault("the XML declaration is broken", nil)
		}
		value, tail, ok := strings.Cut(after[1:], after[:1])
		if !ok {
			return s.fault("the XML declaration is broken", nil)
		}
		switch {
		case name == "version" && value != "1.0":
			return s.fault("the XML version is not 1.0", nil)
		case name == "encoding" && !strings.EqualFold(value, "UTF-8") && !strings.EqualFold(value, "US-ASCII"):
			return s.fault("the encoding "+shorten(value)+" is not UTF-8: send the document as UTF-8", nil)
		}
		hasVersion = hasVersion || name == "version"
		order, rest = order[1:], tail
	}
	if !hasVersion {
		return s.fault("the XML declaration has no version", nil)
	}
	return nil
}

// instruction skips a processing instruction.
func (s *scanner) instruction() error {
	name, err := s.qname()
	if err != nil {
		return err
	}
	if strings.EqualFold(name, "xml") {
		return s.fault("an XML declaration stands at the very start only", nil)
	}
	_, err = s.until("?>")
	return err
}

// declaration reads what follows <!: a comment, or CDATA, which is text.
func (s *scanner) declaration() (isText bool, err error) {
	b, err := s.byte()
	if err != nil {
		return false, err
	}
	switch b {
	case '-':
		if err := s.expect("-", "a comment is broken"); err != nil {
			return false, err
		}
		if _, err = s.until("--"); err != nil {
			return false, err
		}
		return false, s.expect(">", "a comment holds --")
	case '[':
		if err := s.expect("CDATA[", "a section is broken"); err != nil {
			return false, err
		}
		if len(s.open) == 0 {
			return false, s.fault("there is text outside of the root element", nil)
		}
		body, err := s.until("]]>")
		if err != nil {
			return false, err
		}
		s.text = newlines(append(s.text[:0], body...))
		return true, nil
	default:
		return false, s.fault("document type declarations are not accepted", nil)
	}
}

// endTag reads what follows </.
func (s *scanner) endTag() error {
	qname, err := s.qname()
	if err != nil {
		return err
	}
	if err := s.space(); err != nil {
		return err
	}
	if err := s.expect(">", "an end tag is broken"); err != nil {
		return err
	}
	if len(s.open) == 0 || s.open[len(s.open)-1].qname != qname {
		return s.fault("the end tag of "+shorten(qname)+" closes no element that is open", nil)
	}
	s.close()
	return nil
}

func (s *scanner) close() {
	top := s.open[len(s.open)-1]
	s.name = top.name
	s.open = s.open[:len(s.open)-1]
	s.scopes = s.scopes[:top.scopes]
}

// startTag reads what follows <.
func (s *scanner) startTag() error {
	qname, err := s.qname()
	switch {
	case err != nil:
		return err
	case len(s.open) == 0 && s.rooted:
		return s.fault("there is a second root element", nil)
	case len(s.open) >= s.limit.Depth:
		return s.fault("elements are nested too deeply", nil)
	}
	s.rooted = true
	s.attrs = s.attrs[:0]
	outer := len(s.scopes)
	for {
		before := s.base + int64(s.pos)
		if err := s.space(); err != nil {
			return err
		}
		b, err := s.peek()
		if err != nil {
			return s.early(err)
		}
		if b == '/' {
			s.take()
			if err := s.expect(">", "a tag is broken"); err != nil {
				return err
			}
			s.pending = true
			break
		}
		if b == '>' {
			s.take()
			break
		}
		if s.base+int64(s.pos) == before {
			return s.fault("attributes must have space between them", nil)
		}
		if err := s.attribute(); err != nil {
			return err
		}
	}
	return s.opened(qname, outer)
}

// opened resolves the names of an element that was read.
func (s *scanner) opened(qname string, outer int) error {
	var err error
	kept := s.attrs[:0]
	for _, a := range s.attrs {
		prefix, local, isPrefixed := strings.Cut(a.qname, ":")
		switch {
		case a.qname == "xmlns":
			err = s.declare("", a.value)
		case isPrefixed && prefix == "xmlns":
			err = s.declare(local, a.value)
		default:
			kept = append(kept, a)
		}
		if err != nil {
			return err
		}
	}
	s.attrs = kept
	for i := range s.attrs {
		if a := &s.attrs[i]; strings.Contains(a.qname, ":") {
			if a.name, err = s.resolve(a.qname); err != nil {
				return err
			}
		} else {
			a.name = xmlName{"", a.qname}
		}
		for _, other := range s.attrs[:i] {
			if other.name == s.attrs[i].name {
				return s.fault("the attribute "+shorten(s.attrs[i].qname)+" is there twice", nil)
			}
		}
	}
	if s.name, err = s.resolve(qname); err != nil {
		return err
	}
	s.open = append(s.open, openElement{qname, s.name, outer})
	return nil
}

func (s *scanner) declare(prefix, uri string) error {
	switch {
	case len(uri) > maxNamespace:
		return s.fault("the name of a namespace is too long", nil)
	case prefix == "xml" && uri == xmlSpace:
		return nil
	case prefix == "xml" || prefix == "xmlns" || uri == xmlSpace || (prefix != "" && uri == ""):
		return s.fault("a namespace cannot be declared like this", nil)
	}
	s.scopes = append(s.scopes, namespace{prefix, uri})
	return nil
}

// resolve gives a name its namespace.
func (s *scanner) resolve(qname string) (xmlName, error) {
	prefix, local, isPrefixed := strings.Cut(qname, ":")
	if !isPrefixed {
		prefix, local = "", qname
	}
	if (isPrefixed && prefix == "") || local == "" || strings.Contains(local, ":") {
		return xmlName{}, s.fault("the name "+shorten(qname)+" is broken", nil)
	}
	for i := len(s.scopes) - 1; i >= 0; i-- {
		if s.scopes[i].prefix == prefix {
			return xmlName{s.scopes[i].uri, local}, nil
		}
	}
	if isPrefixed {
		return xmlName{}, s.fault("the namespace "+shorten(prefix)+" is not declared", nil)
	}
	return xmlName{"", local}, nil
}

// intern gives equal short texts the same memory: codes come again and again.
func (s *scanner) intern(b []byte) string {
	if text, ok := s.names[string(b)]; ok {
		return text
	}
	text := string(b)
	if len(text) <= 64 && len(s.names) < maxInterned {
		s.names[text] = text
	}
	return text
}

func shorten(s string) string {
	if len(s) <= 40 {
		return s
	}
	s = s[:40]
	for !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s + "..."
}
