package tree

import (
	"strings"
	"unicode/utf8"
)

// FlawKind says what is doubtful about a text that could be read.
type FlawKind uint8

// The flaws.
const (
	// DuplicateName: an object has two members of one name. Member returns the first.
	DuplicateName FlawKind = iota + 1
	// InvalidUTF8: bytes that are no UTF-8. Text gives them as they stand.
	InvalidUTF8
	// LoneSurrogate: a \uD800…\uDFFF escape without its other half. Text gives U+FFFD.
	LoneSurrogate
	// ByteOrderMark: the text begins with U+FEFF, which JSON forbids senders to write.
	ByteOrderMark
)

// String returns what is wrong in words.
func (k FlawKind) String() string {
	switch k {
	case DuplicateName:
		return "a member's name that the object already has"
	case InvalidUTF8:
		return "bytes that are not UTF-8"
	case LoneSurrogate:
		return "half of a surrogate pair"
	case ByteOrderMark:
		return "a byte order mark"
	default:
		return "no flaw"
	}
}

// Flaw is one doubtful place.
type Flaw struct {
	Kind   FlawKind
	Offset int  // in bytes
	Node   Node // of DuplicateName: the second member; else the zero Node
}

// maxFlaws bounds what is kept of one text.
const maxFlaws = 100

// Flaws returns what makes the text doubtful, in no particular order, at most 100 flaws.
// It is empty for a text that every JSON reader understands alike.
func (t *Tree) Flaws() []Flaw { return t.flaws }

func (p *parser) flaw(kind FlawKind, offset int, n Node) {
	if len(p.flaws) < maxFlaws {
		p.flaws = append(p.flaws, Flaw{kind, offset, n})
	}
}

// badUTF8 notes each run of bytes that are not UTF-8.
func (p *parser) badUTF8() {
	for i := 0; i < len(p.src); {
		r, size := utf8.DecodeRune(p.src[i:])
		if r != utf8.RuneError || size > 1 {
			i += size
			continue
		}
		p.flaw(InvalidUTF8, i, 0)
		for i < len(p.src) {
			if r, size = utf8.DecodeRune(p.src[i:]); r != utf8.RuneError || size > 1 {
				break
			}
			i++
		}
	}
}

// loneSurrogates notes the escapes of text, which begins at offset, that are half a pair.
func (p *parser) loneSurrogates(text []byte, offset int) {
	for i := 0; i < len(text); {
		if text[i] != '\\' {
			i++
			continue
		}
		if text[i+1] != 'u' {
			i += 2
			continue
		}
		r := hex4(text[i+2:])
		switch {
		case r >= 0xD800 && r < 0xDC00 && lowSurrogate(text[i+6:]):
			i += 6
		case r >= 0xD800 && r < 0xE000:
			p.flaw(LoneSurrogate, offset+i, 0)
		}
		i += 6
	}
}

func lowSurrogate[T string | []byte](text T) bool {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return false
	}
	r := hex4(text[2:])
	return r >= 0xDC00 && r < 0xE000
}

// manyNames is how many members an object may have before duplicates are looked for with
// a map, once, when it ends.
const manyNames = 48

// duplicate notes that the member at, about to be added to the object open, has a name
// that a member before it has. seen is a filter over the names so far.
func (p *parser) duplicate(open *frame, at int, key, meta uint32) {
	if open.count++; open.count > manyNames {
		return // see manyDuplicates
	}
	size := meta >> keyShift
	var bit uint64 = 1
	if size > 0 {
		bit = 1 << ((size*7 ^ uint32(p.src[key]) ^ uint32(p.src[key+size-1])<<2 ^ uint32(p.src[key+size/2])<<4) & 63)
	}
	if meta&keyEscaped != 0 {
		bit = ^uint64(0)
	}
	if open.seen&bit == 0 {
		open.seen |= bit
		return
	}
	open.seen |= bit
	name := p.name(key, meta)
	for c := open.at + 1; int(c) < at; c = p.nodes[c].next {
		e := &p.nodes[c]
		if e.meta&keyEscaped == 0 && e.meta>>keyShift != uint32(len(name)) { //nolint:gosec // names are under 16 MiB: maxKey
			continue
		}
		if string(p.name(e.key, e.meta)) == string(name) {
			p.flaw(DuplicateName, int(key)-1, Node(narrow(at)))
			return
		}
	}
}

func (p *parser) manyDuplicates(open *frame) {
	names := make(map[string]struct{}, open.count)
	for c := open.at + 1; int(c) < len(p.nodes); c = p.nodes[c].next {
		e := &p.nodes[c]
		name := string(p.name(e.key, e.meta))
		if _, twice := names[name]; twice && !p.noted(int(e.key)-1) {
			p.flaw(DuplicateName, int(e.key)-1, Node(c))
		}
		names[name] = struct{}{}
	}
}

// noted reports whether a flaw at offset has been found before.
func (p *parser) noted(offset int) bool {
	for _, f := range p.flaws {
		if f.Offset == offset {
			return true
		}
	}
	return false
}

func (p *parser) name(key, meta uint32) []byte {
	name := p.src[key : key+meta>>keyShift]
	if meta&keyEscaped != 0 {
		return []byte(unescape(string(name)))
	}
	return name
}

// unescape resolves the escapes of the inside of a JSON string that has been checked.
func unescape(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	for {
		i := strings.IndexByte(text, '\\')
		if i < 0 {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(text[:i])
		c := text[i+1]
		text = text[i+2:]
		switch c {
		case 'b':
			b.WriteByte('\b')
		case 'f':
			b.WriteByte('\f')
		case 'n':
			b.WriteByte('\n')
		case 'r':
			b.WriteByte('\r')
		case 't':
			b.WriteByte('\t')
		case 'u':
			r := hex4(text)
			text = text[4:]
			if r >= 0xD800 && r < 0xDC00 && lowSurrogate(text) {
				r = (r-0xD800)<<10 + hex4(text[2:]) - 0xDC00 + 0x10000
				text = text[6:]
			}
			b.WriteRune(r) // U+FFFD for a lone surrogate
		default:
			b.WriteByte(c)
		}
	}
}

// hex4 reads four hexadecimal digits; -1 when there are none.
func hex4[T string | []byte](text T) rune {
	if len(text) < 4 {
		return -1
	}
	var r rune
	for i := range 4 {
		c := rune(text[i])
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return -1
		}
		r = r<<4 | c
	}
	return r
}
