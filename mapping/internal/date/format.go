package date

import (
	"errors"
	"fmt"
	"sort"
	"strings"
)

// Format is a way to write dates. It is read-only and safe for concurrent use.
type Format struct {
	Name      string
	tokens    []token
	ethiopian bool
}

type token struct {
	kind    byte // y M d H m s S Z X, ' for a literal, [ for an optional group
	width   int  // 1 = one or two digits
	literal byte
	group   []token
}

// named are the formats known by name, as patterns.
func named() map[string]string {
	return map[string]string{
		"fhir":           "yyyy[-MM[-dd['T'HH:mm:ss[.S]XXX]]]",
		"fhir-date":      "yyyy[-MM[-dd]]",
		"fhir-dateTime":  "yyyy[-MM[-dd['T'HH:mm:ss[.S]XXX]]]",
		"fhir-instant":   "yyyy-MM-dd'T'HH:mm:ss[.S]XXX",
		"openmrs":        "yyyy-MM-dd'T'HH:mm:ss[.S]Z",
		"dhis2-date":     "yyyy-MM-dd",
		"dhis2-dateTime": "yyyy-MM-dd['T'HH:mm[:ss[.S]][XXX]]",
		"hl7v2":          "yyyy[MM[dd[HH[mm[ss[.S]]]]]][Z]",
		"iso":            "yyyy[-MM[-dd['T'HH:mm[:ss[.S]][XXX]]]]",
		"ethiopian":      "yyyy-MM-dd",
	}
}

// Names returns the names of the formats, sorted.
func Names() []string {
	var names []string
	for name := range named() {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// ParseFormat reads a format's name, or a pattern of yyyy MM dd HH mm ss, M and d for one or
// two digits, S for a fraction, Z (+0300) or XXX (+03:00) for an offset, text in single
// quotes, and optional parts in brackets. "ethiopian dd/MM/yyyy" is a pattern in that calendar.
func ParseFormat(name string) (*Format, error) {
	pattern, known := named()[name]
	ethiopian := name == "ethiopian"
	if !known {
		pattern = name
		if rest, ok := strings.CutPrefix(name, "ethiopian "); ok {
			pattern, ethiopian = rest, true
		}
	}
	tokens, rest, err := parseTokens(pattern, 0)
	if err == nil && strings.ContainsFunc(pattern, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' }) {
		err = errors.New("a quotation mark, a backslash or a control character in it")
	}
	if err == nil && rest != "" {
		err = errors.New("a bracket that was not opened")
	}
	if err == nil && !hasKind(tokens, 'y') {
		err = errors.New("no year (yyyy) in it")
	}
	if err != nil {
		return nil, fmt.Errorf("date format %q: %w", name, err)
	}
	return &Format{Name: name, tokens: tokens, ethiopian: ethiopian}, nil
}

func hasKind(tokens []token, kind byte) bool {
	for _, t := range tokens {
		if t.kind == kind || hasKind(t.group, kind) {
			return true
		}
	}
	return false
}

func parseTokens(s string, depth int) (tokens []token, rest string, err error) {
	for s != "" {
		c := s[0]
		n := 1
		for n < len(s) && s[n] == c {
			n++
		}
		switch {
		case c == ']':
			if depth == 0 {
				return nil, s, nil
			}
			return tokens, s[1:], nil
		case c == '[':
			if depth > 8 {
				return nil, "", errors.New("too many brackets")
			}
			var group []token
			if group, s, err = parseTokens(s[1:], depth+1); err != nil {
				return nil, "", err
			}
			tokens = append(tokens, token{kind: '[', group: group})
			continue
		case c == '\'':
			end := strings.IndexByte(s[1:], '\'')
			if end < 0 {
				return nil, "", errors.New("a quote that is not closed")
			}
			for i := range end {
				tokens = append(tokens, token{kind: '\'', literal: s[1+i]})
			}
			s = s[end+2:]
			continue
		case c == 'y' && n == 4, strings.IndexByte("MdHms", c) >= 0 && n == 2:
			tokens = append(tokens, token{kind: c, width: n})
		case (c == 'M' || c == 'd') && n == 1:
			tokens = append(tokens, token{kind: c, width: 1})
		case c == 'S':
			tokens = append(tokens, token{kind: 'S', width: n})
		case c == 'Z' && n == 1, c == 'X' && n == 3:
			tokens = append(tokens, token{kind: c})
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			return nil, "", fmt.Errorf("%q is no part of a date; text stands in single quotes, a format's name is one of %s",
				s[:n], strings.Join(Names(), ", "))
		default:
			tokens = append(tokens, token{kind: '\'', literal: c})
			n = 1
		}
		s = s[n:]
	}
	if depth > 0 {
		return nil, "", errors.New("a bracket that is not closed")
	}
	return tokens, "", nil
}

// Parse reads text, all of it.
func (f *Format) Parse(text []byte) (Date, error) {
	var d Date
	n, ok := read(f.tokens, text, &d)
	if !ok || n != len(text) {
		return Date{}, ErrFormat
	}
	if f.ethiopian {
		if err := fromEthiopian(&d); err != nil {
			return Date{}, err
		}
	}
	return d, d.check()
}

func read(tokens []token, text []byte, d *Date) (int, bool) {
	at := 0
	for i := range tokens {
		t := &tokens[i]
		switch t.kind {
		case '\'':
			if at >= len(text) || text[at] != t.literal {
				return 0, false
			}
			at++
		case '[':
			before := *d
			if n, ok := read(t.group, text[at:], d); ok && n > 0 {
				at += n
			} else {
				*d = before
			}
		case 'Z', 'X':
			n := readZone(text[at:], d)
			if n == 0 {
				return 0, false
			}
			at += n
		case 'S':
			n := 0
			nanos := 0
			for ; at+n < len(text) && n < 9 && text[at+n] >= '0' && text[at+n] <= '9'; n++ {
				nanos = nanos*10 + int(text[at+n]-'0')
			}
			if n == 0 {
				return 0, false
			}
			for range 9 - n {
				nanos *= 10
			}
			d.Nanos, d.Digits = nanos, n
			d.Precision = Fraction
			at += n
		default:
			width := t.width
			if width == 1 && at+1 < len(text) && text[at+1] >= '0' && text[at+1] <= '9' {
				width = 2
			}
			if at+width > len(text) {
				return 0, false
			}
			v := 0
			for _, c := range text[at : at+width] {
				if c < '0' || c > '9' {
					return 0, false
				}
				v = v*10 + int(c-'0')
			}
			at += width
			d.set(t.kind, v)
		}
	}
	return at, true
}

func (d *Date) set(kind byte, v int) {
	p := Year
	switch kind {
	case 'y':
		d.Year = v
	case 'M':
		d.Month, p = v, Month
	case 'd':
		d.Day, p = v, Day
	case 'H':
		d.Hour, p = v, Hour
	case 'm':
		d.Minute, p = v, Minute
	case 's':
		d.Second, p = v, Second
	}
	d.Precision = max(d.Precision, p)
}

func readZone(text []byte, d *Date) int {
	if len(text) > 0 && text[0] == 'Z' {
		d.Offset, d.HasOffset, d.UTC = 0, true, true
		return 1
	}
	if len(text) < 3 || text[0] != '+' && text[0] != '-' {
		return 0
	}
	digits := [4]int{}
	n, at := 0, 1
	for ; at < len(text) && n < 4; at++ {
		if text[at] == ':' && at == 3 && at+1 < len(text) {
			continue
		}
		if text[at] < '0' || text[at] > '9' {
			break
		}
		digits[n] = int(text[at] - '0')
		n++
	}
	if n != 2 && n != 4 || digits[2] > 5 {
		return 0
	}
	d.Offset = (digits[0]*10+digits[1])*60 + digits[2]*10 + digits[3]
	if text[0] == '-' {
		d.Offset = -d.Offset
	}
	d.HasOffset = true
	return at
}

// Append writes d. A format that needs more than d has is an error; what d has more than the
// format is left away.
func (f *Format) Append(dst []byte, d Date) ([]byte, error) {
	if f.ethiopian {
		if err := toEthiopian(&d); err != nil {
			return dst, err
		}
	}
	return appendTokens(dst, f.tokens, &d)
}

func (d *Date) has(kind byte) error {
	need := None
	switch kind {
	case 'y':
		need = Year
	case 'M':
		need = Month
	case 'd':
		need = Day
	case 'H':
		need = Hour
	case 'm', 's':
		need = Minute // a time without seconds is written with 00, as FHIR asks
	case 'S':
		need = Fraction
	case 'Z', 'X':
		if !d.HasOffset {
			return ErrNoOffset
		}
	}
	if d.Precision < need {
		return ErrPrecision
	}
	return nil
}

func appendTokens(dst []byte, tokens []token, d *Date) ([]byte, error) {
	for i := range tokens {
		t := &tokens[i]
		if err := d.has(t.kind); err != nil {
			return dst, err
		}
		switch t.kind {
		case '\'':
			dst = append(dst, t.literal)
		case '[':
			// A part is left away when the date is not that precise. When it is and only
			// the offset lacks, that is an error: the time would vanish.
			if d.first(t.group) {
				var err error
				if dst, err = appendTokens(dst, t.group, d); err != nil {
					return dst, err
				}
			}
		case 'y':
			dst = appendDigits(dst, d.Year, 4)
		case 'M':
			dst = appendDigits(dst, d.Month, t.width)
		case 'd':
			dst = appendDigits(dst, d.Day, t.width)
		case 'H':
			dst = appendDigits(dst, d.Hour, 2)
		case 'm':
			dst = appendDigits(dst, d.Minute, 2)
		case 's':
			second := d.Second
			if d.Precision < Second {
				second = 0
			}
			dst = appendDigits(dst, second, 2)
		case 'S':
			v := d.Nanos
			for range 9 - d.Digits {
				v /= 10
			}
			dst = appendDigits(dst, v, d.Digits)
		case 'X':
			if d.UTC {
				dst = append(dst, 'Z')
				break
			}
			dst = appendOffset(dst, d.Offset, ":")
		case 'Z':
			dst = appendOffset(dst, d.Offset, "")
		}
	}
	return dst, nil
}

// first reports whether the date has what an optional part begins with.
func (d *Date) first(group []token) bool {
	for i := range group {
		switch k := group[i].kind; k {
		case '\'', '[':
		case 's':
			return d.Precision >= Second // where it need not be written, it is not made up
		default:
			return d.has(k) == nil
		}
	}
	return true
}

func appendOffset(dst []byte, offset int, colon string) []byte {
	sign := byte('+')
	if offset < 0 {
		sign, offset = '-', -offset
	}
	dst = appendDigits(append(dst, sign), offset/60, 2)
	return appendDigits(append(dst, colon...), offset%60, 2)
}

func appendDigits(dst []byte, v, width int) []byte {
	if width == 1 && v > 9 {
		width = 2
	}
	const digits = "0123456789"
	if width == 2 && v < 100 {
		return append(dst, digits[v/10], digits[v%10])
	}
	from := len(dst)
	for range width {
		dst = append(dst, '0')
	}
	for i := len(dst) - 1; i >= from; i-- {
		dst[i] = digits[v%10]
		v /= 10
	}
	return dst
}
