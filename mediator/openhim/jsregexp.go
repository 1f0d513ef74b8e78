package openhim

import (
	"errors"
	"strconv"
	"strings"
)

// checkJSRegexp reports why new RegExp(s) would throw in JavaScript, the
// language cores are written in: the grammar of ECMAScript without flags,
// with the leniency browsers have (Annex B). Go's own regular expressions
// have no lookahead, which patterns of channels use.
func checkJSRegexp(s string) error {
	p := jsRegexp{s: []rune(s)}
	if err := p.disjunction(0); err != nil {
		return err
	}
	if p.i < len(p.s) {
		return errors.New("unmatched ')'")
	}
	for _, name := range p.references {
		if p.names[name] == 0 {
			return errors.New("invalid named reference")
		}
	}
	return nil
}

type jsRegexp struct {
	s          []rune
	i          int
	names      map[string]int // of groups
	references []string       // \k<name>
}

func (p *jsRegexp) more() bool { return p.i < len(p.s) }

func (p *jsRegexp) has(prefix string) bool {
	return strings.HasPrefix(string(p.s[p.i:min(len(p.s), p.i+len(prefix))]), prefix)
}

// disjunction reads alternatives until the end or an unmatched ')'.
func (p *jsRegexp) disjunction(depth int) error {
	if depth > 500 {
		return errors.New("nested too deeply")
	}
	for p.more() && p.s[p.i] != ')' {
		if p.s[p.i] == '|' {
			p.i++
			continue
		}
		if err := p.term(depth); err != nil {
			return err
		}
	}
	return nil
}

// term reads an atom or an assertion, and its quantifier.
func (p *jsRegexp) term(depth int) error {
	quantifiable := true
	switch c := p.s[p.i]; c {
	case '^', '$':
		p.i++
		quantifiable = false
	case '(':
		lookbehind, err := p.group(depth)
		if err != nil {
			return err
		}
		quantifiable = !lookbehind
	case '[':
		if err := p.class(); err != nil {
			return err
		}
	case '\\':
		boundary, err := p.escape()
		if err != nil {
			return err
		}
		quantifiable = !boundary
	case '*', '+', '?':
		return errors.New("nothing to repeat")
	case '{':
		if _, ok := p.braces(); ok {
			return errors.New("nothing to repeat")
		}
		p.i++
	default:
		p.i++
	}
	return p.quantifier(quantifiable)
}

func (p *jsRegexp) quantifier(allowed bool) error {
	if !p.more() {
		return nil
	}
	switch p.s[p.i] {
	case '*', '+', '?':
		p.i++
	case '{':
		q, ok := p.braces()
		if !ok {
			return nil // a brace for itself
		}
		if q.disordered {
			return errors.New("numbers out of order in {} quantifier")
		}
		p.i += q.length
	default:
		return nil
	}
	if !allowed {
		return errors.New("nothing to repeat")
	}
	if p.more() && p.s[p.i] == '?' {
		p.i++
	}
	return nil
}

type braces struct {
	length     int
	disordered bool
}

// braces looks at {n}, {n,} or {n,m} without taking it.
func (p *jsRegexp) braces() (braces, bool) {
	end := p.i + 1
	for end < len(p.s) && p.s[end] != '}' {
		end++
	}
	if end >= len(p.s) {
		return braces{}, false
	}
	low, high, comma := strings.Cut(string(p.s[p.i+1:end]), ",")
	if !digits(low) || (comma && high != "" && !digits(high)) {
		return braces{}, false
	}
	q := braces{length: end + 1 - p.i}
	if comma && high != "" {
		q.disordered = atLeast(low, high)
	}
	return q, true
}

// atLeast reports whether a > b for texts of digits of any length.
func atLeast(a, b string) bool {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	if len(a) != len(b) {
		return len(a) > len(b)
	}
	return a > b
}

func digits(s string) bool {
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}

// group reads ( ... ) of any kind; lookbehind ones cannot be repeated.
func (p *jsRegexp) group(depth int) (lookbehind bool, err error) {
	p.i++
	switch {
	case p.has("?:"), p.has("?="), p.has("?!"):
		p.i += 2
	case p.has("?<="), p.has("?<!"):
		p.i += 3
		lookbehind = true
	case p.has("?<"):
		p.i += 2
		name, err := p.name()
		if err != nil {
			return false, err
		}
		if p.names == nil {
			p.names = map[string]int{}
		}
		if p.names[name]++; p.names[name] > 1 {
			return false, errors.New("duplicate capture group name")
		}
	case p.has("?"):
		return false, errors.New("invalid group")
	}
	if err := p.disjunction(depth + 1); err != nil {
		return false, err
	}
	if !p.more() {
		return false, errors.New("unterminated group")
	}
	p.i++ // ')'
	return lookbehind, nil
}

// name reads a group's name and its '>'.
func (p *jsRegexp) name() (string, error) {
	start := p.i
	for p.more() && p.s[p.i] != '>' {
		c := p.s[p.i]
		first := p.i == start
		letter := c == '_' || c == '$' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c > 0x7f
		if !letter && (first || c < '0' || c > '9') {
			return "", errors.New("invalid capture group name")
		}
		p.i++
	}
	if !p.more() || p.i == start {
		return "", errors.New("invalid capture group name")
	}
	name := string(p.s[start:p.i])
	p.i++
	return name, nil
}

// escape reads a backslash and what belongs to it; \b and \B are assertions.
func (p *jsRegexp) escape() (boundary bool, err error) {
	p.i++
	if !p.more() {
		return false, errors.New(`\ at end of pattern`)
	}
	c := p.s[p.i]
	p.i++
	switch c {
	case 'b', 'B':
		return true, nil
	case 'k':
		if p.anyNames() {
			if !p.more() || p.s[p.i] != '<' {
				return false, errors.New("invalid named reference")
			}
			p.i++
			name, err := p.name()
			if err != nil {
				return false, errors.New("invalid named reference")
			}
			p.references = append(p.references, name)
		}
	}
	return false, nil
}

// anyNames reports whether the pattern has a named group, which makes \k
// special.
func (p *jsRegexp) anyNames() bool {
	s := string(p.s)
	for i := 0; ; {
		j := strings.Index(s[i:], "(?<")
		if j < 0 {
			return false
		}
		i += j + 3
		if i < len(s) && s[i] != '=' && s[i] != '!' {
			return true
		}
	}
}

// class reads [ ... ] and checks that its ranges are in order.
func (p *jsRegexp) class() error {
	p.i++
	if p.more() && p.s[p.i] == '^' {
		p.i++
	}
	for {
		if !p.more() {
			return errors.New("unterminated character class")
		}
		if p.s[p.i] == ']' {
			p.i++
			return nil
		}
		from, single, err := p.classAtom()
		if err != nil {
			return err
		}
		if p.i+1 >= len(p.s) || p.s[p.i] != '-' || p.s[p.i+1] == ']' {
			continue
		}
		p.i++
		to, alsoSingle, err := p.classAtom()
		if err != nil {
			return err
		}
		if single && alsoSingle && from > to {
			return errors.New("range out of order in character class")
		}
	}
}

// classAtom reads one character of a class; single is false for sets like \d.
func (p *jsRegexp) classAtom() (c rune, single bool, err error) {
	c = p.s[p.i]
	p.i++
	if c != '\\' {
		return c, true, nil
	}
	if !p.more() {
		return 0, false, errors.New(`\ at end of pattern`)
	}
	c = p.s[p.i]
	p.i++
	switch c {
	case 'd', 'D', 's', 'S', 'w', 'W':
		return 0, false, nil
	case 'n':
		return '\n', true, nil
	case 'r':
		return '\r', true, nil
	case 't':
		return '\t', true, nil
	case 'v':
		return '\v', true, nil
	case 'f':
		return '\f', true, nil
	case 'b':
		return '\b', true, nil
	case 'x':
		return p.hex(2, c), true, nil
	case 'u':
		return p.hex(4, c), true, nil
	case 'c', '0', '1', '2', '3', '4', '5', '6', '7':
		return 0, false, nil // control and octal: not judged
	default:
		return c, true, nil
	}
}

// hex reads n hexadecimal digits; without them the letter stands for itself.
func (p *jsRegexp) hex(n int, letter rune) rune {
	if p.i+n > len(p.s) {
		return letter
	}
	v, err := strconv.ParseUint(string(p.s[p.i:p.i+n]), 16, 32)
	if err != nil || strings.ContainsAny(string(p.s[p.i:p.i+n]), "_+-") {
		return letter
	}
	p.i += n
	return rune(v) //nolint:gosec // at most four digits
}
