package aggregate

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// attribute reads name="value".
func (s *scanner) attribute() error {
	if len(s.attrs) >= s.limit.Attributes {
		return s.fault("an element has too many attributes", nil)
	}
	qname, err := s.qname()
	if err != nil {
		return err
	}
	if err := s.space(); err != nil {
		return err
	}
	if err := s.expect("=", "an attribute has no value"); err != nil {
		return err
	}
	if err := s.space(); err != nil {
		return err
	}
	quote, err := s.byte()
	if err != nil {
		return err
	}
	if quote != '"' && quote != '\'' {
		return s.fault("the value of an attribute is not quoted", nil)
	}
	value, err := s.value(quote)
	if err != nil {
		return err
	}
	s.attrs = append(s.attrs, xmlAttr{qname: qname, value: s.intern(value)})
	return nil
}

// value reads up to the quote. White space becomes a space, by the rules of
// XML, unless it was written as a reference.
func (s *scanner) value(quote byte) ([]byte, error) {
	out := s.scratch[:0]
	for {
		chunk, err := s.chunk()
		if err != nil {
			return nil, err
		}
		n := 0
		for n < len(chunk) && chunk[n] != quote && chunk[n] != '&' && chunk[n] != '<' && chunk[n] >= ' ' {
			n++
		}
		out = append(out, chunk[:n]...)
		s.pos += n
		if err := s.within(len(out)); err != nil {
			return nil, err
		}
		if n == len(chunk) {
			continue
		}
		b, err := s.byte()
		if err != nil {
			return nil, err
		}
		switch b {
		case quote:
			s.scratch = out
			return out, s.legal(out)
		case '&':
			if out, err = s.reference(out); err != nil {
				return nil, err
			}
		case '\r':
			if next, err := s.peek(); err == nil && next == '\n' {
				s.take()
			}
			out = append(out, ' ')
		case '\n', '\t':
			out = append(out, ' ')
		case '<':
			return nil, s.fault("the value of an attribute holds <", nil)
		default:
			return nil, s.fault("there is a control character", nil)
		}
	}
}

// characters reads text up to the next <. White space alone is not kept whole.
func (s *scanner) characters() error {
	out := s.text[:0]
	plain := 0 // where that starts which was not written as a reference
	for {
		chunk, err := s.chunk()
		if errors.Is(err, io.ErrUnexpectedEOF) && s.pos == s.end {
			break // next tells whether the document may end here
		}
		if err != nil {
			return err
		}
		n := 0
		for n < len(chunk) && chunk[n] != '<' && chunk[n] != '&' && (chunk[n] >= ' ' || chunk[n] == '\t') {
			n++
		}
		seam := max(plain, len(out)-2)
		out = append(out, chunk[:n]...)
		s.pos += n
		if bytes.Contains(out[seam:], []byte("]]>")) {
			return s.fault("text holds ]]>", nil)
		}
		if len(out) > keptBlank && isBlank(out) {
			out = out[:keptBlank]
		}
		if err := s.within(len(out)); err != nil {
			return err
		}
		if n == len(chunk) {
			continue
		}
		if chunk[n] == '<' {
			break
		}
		b, err := s.byte()
		if err != nil {
			return err
		}
		switch b {
		case '&':
			if out, err = s.reference(out); err != nil {
				return err
			}
			plain = len(out)
		case '\r':
			if next, err := s.peek(); err == nil && next == '\n' {
				s.take()
			}
			out = append(out, '\n')
		case '\n':
			out = append(out, '\n')
		default:
			return s.fault("there is a control character", nil)
		}
	}
	s.text = out
	return s.legal(out)
}

// keptBlank bounds what is kept of white space.
const keptBlank = 1 << 10

func isBlank(b []byte) bool { return len(bytes.TrimLeft(b, " \t\n")) == 0 }

// reference appends what follows & stands for.
func (s *scanner) reference(out []byte) ([]byte, error) {
	var body [12]byte
	n := 0
	for {
		b, err := s.byte()
		switch {
		case err != nil:
			return nil, err
		case b == ';' && n > 0:
			r, ok := referred(body[:n])
			if !ok {
				return nil, s.fault("the reference &"+string(bytes.ToValidUTF8(body[:n], nil))+"; is not known: only those to characters, amp, lt, gt, quot and apos are", nil)
			}
			return utf8.AppendRune(out, r), nil
		case n == len(body) || b <= ' ' || b == '<' || b == '&':
			return nil, s.fault("a & starts no reference: write &amp;", nil)
		}
		body[n] = b
		n++
	}
}

func referred(name []byte) (rune, bool) {
	switch string(name) {
	case "amp":
		return '&', true
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	if name[0] != '#' || len(name) < 2 {
		return 0, false
	}
	digits, base := string(name[1:]), 10
	if digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	for i := range len(digits) {
		if d := digits[i]; d == '+' || d == '-' || d == '_' {
			return 0, false
		}
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || n > utf8.MaxRune || !isChar(rune(n)) {
		return 0, false
	}
	return rune(n), true
}

// isChar is the production Char of XML 1.0.
func isChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || (r >= ' ' && r <= 0xD7FF) || (r >= 0xE000 && r <= 0xFFFD) || (r >= 0x10000 && r <= utf8.MaxRune)
}

// legal checks that text is UTF-8 of characters that XML allows.
func (s *scanner) legal(b []byte) error {
	for i := 0; i < len(b); {
		if c := b[i]; c < utf8.RuneSelf {
			if c < ' ' && c != '\t' && c != '\n' && c != '\r' {
				return s.fault("there is a control character", nil)
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(b[i:])
		if (r == utf8.RuneError && size == 1) || !isChar(r) {
			return s.fault("there is a byte that is no UTF-8: send the document as UTF-8", nil)
		}
		i += size
	}
	return nil
}

// newlines makes \r\n and \r to \n, in place.
func newlines(b []byte) []byte {
	if bytes.IndexByte(b, '\r') < 0 {
		return b
	}
	out := b[:0]
	for i, c := range b {
		switch {
		case c != '\r':
			out = append(out, c)
		case i+1 == len(b) || b[i+1] != '\n':
			out = append(out, '\n')
		}
	}
	return out
}

// qname reads a name, with its prefix.
func (s *scanner) qname() (string, error) {
	out := s.scratch[:0]
	for {
		chunk, err := s.chunk()
		if err != nil {
			return "", err
		}
		n := 0
		for n < len(chunk) && isNameByte(chunk[n]) {
			n++
		}
		out = append(out, chunk[:n]...)
		s.pos += n
		if len(out) > maxName {
			return "", s.fault("a name is too long", nil)
		}
		if n < len(chunk) {
			break
		}
	}
	s.scratch = out
	if known, ok := s.qnames[string(out)]; ok {
		return known, nil
	}
	if !isName(out) {
		return "", s.fault("a name is missing or broken", nil)
	}
	name := string(out)
	if len(s.qnames) < maxQNames {
		s.qnames[name] = name
	}
	return name, nil
}

func isNameByte(b byte) bool {
	return b >= utf8.RuneSelf || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '_' || b == ':' || b == '-' || b == '.'
}

// isName is the production Name of XML 1.0, fifth edition.
func isName(b []byte) bool {
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if (r == utf8.RuneError && size == 1) || !isNameRune(r, i == 0) {
			return false
		}
		i += size
	}
	return len(b) > 0
}

func isNameRune(r rune, first bool) bool {
	switch {
	case r == ':' || r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z':
		return true
	case r == '-' || r == '.' || r >= '0' && r <= '9' || r == 0xB7 || r >= 0x300 && r <= 0x36F || r == 0x203F || r == 0x2040:
		return !first
	case r < 0xC0 || r == 0xD7 || r == 0xF7 || r == 0x37E:
		return false
	}
	return r <= 0x1FFF || r == 0x200C || r == 0x200D || r >= 0x2070 && r <= 0x218F || r >= 0x2C00 && r <= 0x2FEF || r >= 0x3001 && r <= 0xD7FF ||
		r >= 0xF900 && r <= 0xFDCF || r >= 0xFDF0 && r <= 0xFFFD || r >= 0x10000 && r <= 0xEFFFF
}

// until reads up to mark and over it.
func (s *scanner) until(mark string) ([]byte, error) {
	out := s.scratch[:0]
	for {
		b, err := s.byte()
		if err != nil {
			return nil, err
		}
		out = append(out, b)
		if err := s.within(len(out)); err != nil {
			return nil, err
		}
		if b == mark[len(mark)-1] && bytes.HasSuffix(out, []byte(mark)) {
			s.scratch = out
			out = out[:len(out)-len(mark)]
			return out, s.legal(out)
		}
	}
}

// expect reads just this.
func (s *scanner) expect(want, reason string) error {
	for i := range len(want) {
		b, err := s.byte()
		if err != nil {
			return err
		}
		if b != want[i] {
			return s.fault(reason, nil)
		}
	}
	return nil
}

// space skips white space.
func (s *scanner) space() error {
	for {
		b, err := s.peek()
		if err != nil {
			return s.early(err)
		}
		if b != ' ' && b != '\n' && b != '\t' && b != '\r' {
			return nil
		}
		s.take()
	}
}

func (s *scanner) within(n int) error {
	if n > s.limit.Text {
		return s.fault(fmt.Sprintf("a text is longer than %d bytes", s.limit.Text), nil)
	}
	return nil
}

// chunk is what is read and not taken yet, at least a byte.
func (s *scanner) chunk() ([]byte, error) {
	if _, err := s.peek(); err != nil {
		return nil, s.early(err)
	}
	return s.buf[s.pos:s.end], nil
}

// byte takes a byte; there must be one.
func (s *scanner) byte() (byte, error) {
	b, err := s.peek()
	if err != nil {
		return 0, s.early(err)
	}
	s.take()
	return b, nil
}

func (s *scanner) early(err error) error {
	if errors.Is(err, io.EOF) {
		return s.fault("the document ends too early", io.ErrUnexpectedEOF)
	}
	return err
}

// peek is the next byte; io.EOF at the end of the document.
func (s *scanner) peek() (byte, error) {
	for s.pos == s.end {
		if s.read != nil {
			if errors.Is(s.read, io.EOF) {
				return 0, io.EOF
			}
			return 0, s.fault("the document cannot be read", s.read)
		}
		s.base += int64(s.end)
		s.pos, s.end = 0, 0
		if s.base > s.limit.Bytes {
			return 0, s.fault(fmt.Sprintf("the document is longer than %d bytes", s.limit.Bytes), nil)
		}
		s.fill()
	}
	return s.buf[s.pos], nil
}

// take goes over the byte that was peeked at.
func (s *scanner) take() {
	if s.buf[s.pos] == '\n' {
		s.line++
		s.lineAt = s.base + int64(s.pos) + 1
	}
	s.pos++
}

// fill reads more behind what is there.
func (s *scanner) fill() {
	for range 100 {
		n, err := s.r.Read(s.buf[s.end:])
		s.end += n
		if err != nil {
			s.read = err
		}
		if n > 0 || err != nil {
			return
		}
	}
	s.read = io.ErrNoProgress
}

// mark notes where a token starts.
func (s *scanner) mark() {
	s.fromLine, s.fromCol = s.line, int(s.base+int64(s.pos)-s.lineAt)+1
}

// fault is an error at the place that was read to.
func (s *scanner) fault(reason string, err error) error {
	return &ADXError{Line: s.line, Column: int(s.base+int64(s.pos)-s.lineAt) + 1, Reason: reason, Err: err}
}
