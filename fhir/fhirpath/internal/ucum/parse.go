package ucum

import (
	"math/big"
	"strconv"
	"strings"
)

// Bounds of an expression, so that hostile ones end soon and small.
const (
	maxLength   = 200
	maxDepth    = 16
	maxExponent = 99
)

// sum gathers what an expression comes to.
type sum struct {
	factor *big.Rat
	exp    [dimensions]int
	other  map[string]int
}

func (s *sum) multiply(b *sum, n int) {
	if b.factor.Num().BitLen()*abs(n) > 4096 || b.factor.Denom().BitLen()*abs(n) > 4096 || s.factor.Num().BitLen() > 1<<14 {
		s.factor.SetInt64(0) // no unit: see Parse
		return
	}
	f := new(big.Rat).Set(b.factor)
	if n < 0 && f.Sign() != 0 {
		f.Inv(f)
	}
	for range abs(n) {
		s.factor.Mul(s.factor, f)
	}
	for i := range s.exp {
		s.exp[i] += b.exp[i] * n
	}
	for code, e := range b.other {
		if s.other == nil {
			s.other = map[string]int{}
		}
		s.other[code] += e * n
	}
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}

// Parse reads a unit expression: "mg/dL", "10*3/uL", "kg.m/s2", "{cells}", "Cel". False
// when it is none, or has units that are not in the tables.
func Parse(text string) (Unit, bool) {
	if text == "" || len(text) > maxLength {
		return Unit{}, false
	}
	plain := text
	if i := strings.IndexByte(text, '{'); i > 0 && text[len(text)-1] == '}' {
		plain = text[:i]
	}
	if unit, ok := affineUnit(plain); ok {
		return unit, true
	}
	p := parser{text: text}
	s := p.expression(0)
	if p.bad || p.text != "" || s.factor.Sign() == 0 {
		return Unit{}, false
	}
	unit := Unit{factor: s.factor, other: arbitraryText(s.other)}
	for i, e := range s.exp {
		if abs(e) > maxExponent {
			return Unit{}, false
		}
		unit.exp[i] = int16(e) //nolint:gosec // bounded
	}
	return unit, true
}

func affineUnit(code string) (Unit, bool) {
	known, ok := affine[code]
	power := 0
	if !ok {
		for prefix, n := range prefixes {
			if rest, found := strings.CutPrefix(code, prefix); found && affine[rest].metric {
				known, ok, power = affine[rest], true, n
			}
		}
	}
	if !ok {
		return Unit{}, false
	}
	u := Unit{factor: number(known.factor), offset: number(known.offset)}
	u.factor.Mul(u.factor, tenTo(power))
	u.exp[temperature-1] = 1
	return u, true
}

func number(text string) *big.Rat {
	r, _ := new(big.Rat).SetString(text)
	return r
}

func tenTo(n int) *big.Rat {
	p := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(abs(n))), nil))
	if n < 0 {
		p.Inv(p)
	}
	return p
}

// parser reads an expression from its left; bad stays true once something is wrong.
type parser struct {
	text  string
	bad   bool
	depth int
}

func (p *parser) next(c byte) bool {
	if p.text == "" || p.text[0] != c {
		return false
	}
	p.text = p.text[1:]
	return true
}

// expression reads terms joined by "." and "/", evaluated from the left.
func (p *parser) expression(depth int) *sum {
	total := &sum{factor: big.NewRat(1, 1)}
	p.each(depth, func(part *sum, sign int, _ string, exp int) { total.multiply(part, sign*exp) })
	return total
}

// each calls yield with each component, 1 or -1 by the operator before it, its text and
// its exponent.
func (p *parser) each(depth int, yield func(part *sum, sign int, code string, exp int)) {
	if depth > maxDepth {
		p.bad = true
		return
	}
	sign := 1
	if p.next('/') {
		sign = -1
	}
	for {
		part, code, exp := p.component(depth)
		if p.bad {
			return
		}
		yield(part, sign, code, exp)
		switch {
		case p.next('.'):
			sign = 1
		case p.next('/'):
			sign = -1
		default:
			return
		}
	}
}

// component reads one of: (expression), {annotation}, number, atom with exponent and
// annotation.
func (p *parser) component(depth int) (part *sum, code string, exp int) {
	one := &sum{factor: big.NewRat(1, 1)}
	if p.next('(') {
		from := p.text
		part = p.expression(depth + 1)
		code = "(" + from[:len(from)-len(p.text)] + ")"
		if !p.next(')') {
			p.bad = true
		}
		p.annotation()
		return part, code, 1
	}
	if p.annotation() {
		return one, "", 1
	}
	code, exp = p.symbol()
	if p.bad {
		return one, "", 1
	}
	p.annotation()
	if n, err := strconv.ParseInt(code, 10, 32); err == nil && n > 0 {
		one.factor.SetInt64(n)
		return one, code, 1
	}
	part, ok := lookup(code, p.depth)
	if !ok {
		p.bad = true
		return one, "", 1
	}
	return part, code, exp
}

func (p *parser) annotation() bool {
	if p.text == "" || p.text[0] != '{' {
		return false
	}
	end := strings.IndexByte(p.text, '}')
	if end < 0 {
		p.bad = true
		return false
	}
	p.text = p.text[end+1:]
	return true
}

// symbol reads a code and its exponent: "m2", "s-1", "10*3", "[in_i]".
func (p *parser) symbol() (code string, exp int) {
	i := 0
	for i < len(p.text) && !strings.ContainsRune("./(){}", rune(p.text[i])) {
		if p.text[i] == '[' {
			end := strings.IndexByte(p.text[i:], ']')
			if end < 0 {
				p.bad = true
				return "", 1
			}
			i += end
		}
		if p.text[i] <= ' ' || p.text[i] > '~' {
			p.bad = true
			return "", 1
		}
		i++
	}
	all := p.text[:i]
	p.text = p.text[i:]
	// A number stays whole, and "10*3" is "10*" with exponent 3.
	if strings.Trim(all, "0123456789") == "" {
		p.bad = all == ""
		return all, 1
	}
	base := strings.TrimRight(all, "0123456789")
	digits := all[len(base):]
	if digits == "" {
		return all, 1
	}
	if trimmed, ok := strings.CutSuffix(base, "-"); ok {
		base, digits = trimmed, "-"+digits
	} else {
		base = strings.TrimSuffix(base, "+")
	}
	n, err := strconv.Atoi(digits)
	if err != nil || abs(n) > maxExponent || base == "" {
		p.bad = true
		return "", 1
	}
	return base, n
}

// flat lists the components of an expression with their exponents, as they are written.
func (p *parser) flat(sign int, list *[]term) {
	p.each(0, func(_ *sum, s int, code string, exp int) {
		if code != "" && code != "1" {
			*list = append(*list, term{code, exp * s * sign})
		}
	})
}

// lookup returns a unit by its code, with or without a prefix. The tables are no deeper
// than a handful of definitions.
func lookup(code string, depth int) (*sum, bool) {
	if depth > maxDepth {
		return nil, false
	}
	if a, ok := atoms[code]; ok {
		return a.sum(depth)
	}
	if _, ok := arbitrary[code]; ok {
		if code == "[IU]" {
			code = "[iU]"
		}
		return &sum{factor: big.NewRat(1, 1), other: map[string]int{code: 1}}, true
	}
	for size := 2; size > 0; size-- {
		if len(code) <= size {
			continue
		}
		prefix, rest := code[:size], code[size:]
		var factor *big.Rat
		if n, ok := prefixes[prefix]; ok {
			factor = tenTo(n)
		} else if n, ok := binaryPrefixes[prefix]; ok {
			factor = new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), uint(10*n)))
		} else {
			continue
		}
		if a, ok := atoms[rest]; ok && a.metric {
			s, ok := a.sum(depth)
			if ok {
				s.factor.Mul(s.factor, factor)
			}
			return s, ok
		}
		if arbitrary[rest] {
			s, ok := lookup(rest, depth)
			if ok {
				s.factor.Mul(s.factor, factor)
			}
			return s, ok
		}
	}
	return nil, false
}

func (a atom) sum(depth int) (*sum, bool) {
	if a.base != 0 {
		s := &sum{factor: big.NewRat(1, 1)}
		s.exp[a.base-1] = 1
		return s, true
	}
	p := parser{text: a.of, depth: depth + 1}
	s := p.expression(0)
	if p.bad || p.text != "" {
		return nil, false
	}
	s.factor.Mul(s.factor, number(a.value))
	return s, true
}
