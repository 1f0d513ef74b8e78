package objectmapper

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

func (p *jsonataParser) space() error {
	for p.pos < len(p.src) {
		switch c := p.src[p.pos]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			p.pos++
		case strings.HasPrefix(p.src[p.pos:], "/*"):
			end := strings.Index(p.src[p.pos:], "*/")
			if end < 0 {
				return p.refuse(p.pos, "the comment does not end")
			}
			p.pos += end + 2
		default:
			return nil
		}
	}
	return nil
}

func (p *jsonataParser) next() error {
	if err := p.space(); err != nil {
		return err
	}
	off := p.pos
	if off >= len(p.src) {
		p.tok = token{off: off}
		return nil
	}
	c, size := utf8.DecodeRuneInString(p.src[off:])
	switch {
	case c == '"' || c == '\'' || c == '`':
		return p.quoted(byte(c))
	case c >= '0' && c <= '9':
		d := decoder{src: p.src, pos: off}
		v, err := d.number(off)
		if err != nil {
			return p.refuse(off, "the number is malformed")
		}
		p.pos = d.pos
		p.tok = token{kind: 'n', text: v.text, off: off}
		return nil
	case c == '$' || c == '_' || unicode.IsLetter(c):
		p.pos += size
		for p.pos < len(p.src) {
			r, n := utf8.DecodeRuneInString(p.src[p.pos:])
			if r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
				break
			}
			p.pos += n
		}
		p.tok = token{kind: 'i', text: p.src[off:p.pos], off: off}
		if c == '$' {
			p.tok.kind, p.tok.text = '$', p.tok.text[1:]
		}
		return nil
	}
	for _, op := range [...]string{"!=", "<=", ">=", ":=", "..", "**", "~>"} {
		if strings.HasPrefix(p.src[off:], op) {
			p.pos += 2
			p.tok = token{kind: 'o', text: op, off: off}
			return nil
		}
	}
	p.pos += size
	p.tok = token{kind: 'o', text: string(c), off: off}
	return nil
}

func (p *jsonataParser) quoted(mark byte) error {
	off := p.pos
	d := decoder{src: p.src, pos: off}
	var buf []byte
	for d.pos++; d.pos < len(p.src); {
		switch c := p.src[d.pos]; {
		case c == mark:
			p.pos = d.pos + 1
			p.tok = token{kind: 's', text: string(buf), off: off}
			if mark == '`' {
				p.tok.kind = 'i'
			}
			return nil
		case c == '\\' && mark != '`':
			if d.pos+1 >= len(p.src) {
				return p.refuse(off, "the text does not end")
			}
			e := p.src[d.pos+1]
			if e == 'u' {
				r, ok := d.unicode()
				if !ok {
					return p.refuse(d.pos, "\\u needs four hexadecimal digits")
				}
				buf = utf8.AppendRune(buf, r)
				continue
			}
			i := slices.Index([]byte(`"'\/bfnrt`), e)
			if i < 0 {
				return p.refuse(d.pos, "an unknown escape")
			}
			buf = append(buf, "\"'\\/\b\f\n\r\t"[i])
			d.pos += 2
		default:
			buf = append(buf, c)
			d.pos++
		}
	}
	return p.refuse(off, "the text does not end")
}
