package search

import (
	"math/big"
	"strings"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/definitions"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/index"
)

// operand is one of the values a parameter is compared with.
type operand struct {
	prefix    string // of dates, numbers, quantities: eq, ne, gt, ge, lt, le, sa, eb, ap
	system    string
	code      string
	hasSystem bool // system|code, where an empty system means none
	hasCode   bool
	text      string // folded
	exact     string
	span      index.Span
	number    *big.Rat
	half      *big.Rat // of the last digit
	reference index.Reference
	typeCode  string // of :of-type
}

func parseOperand(p *definitions.SearchParameter, modifier, text string) (operand, *Error) {
	switch p.Type {
	case "token":
		return parseToken(modifier, text), nil
	case "string":
		plain := unescape(text)
		return operand{text: index.Fold(plain), exact: plain}, nil
	case "date":
		prefix, rest, err := cutPrefix(text)
		if err != nil {
			return operand{}, err
		}
		span, ok := index.ParseSpan(rest)
		if !ok {
			return operand{}, &Error{Problem: BadDate}
		}
		return operand{prefix: prefix, span: span}, nil
	case "number":
		return parseNumber(text)
	case "quantity":
		fields := splitEscaped(text, '|')
		o, err := parseNumber(fields[0])
		if len(fields) > 1 {
			o.system, o.hasSystem = unescape(fields[1]), fields[1] != ""
		}
		if last := len(fields) - 1; last > 0 {
			o.code = unescape(fields[last])
			o.hasCode = o.code != ""
		}
		return o, err
	case "reference":
		if modifier == "identifier" {
			return parseToken("", text), nil
		}
		ref := index.ParseReference(text)
		if ref.Type == "" && !strings.ContainsAny(text, ":/") {
			ref = index.Reference{ID: text}
			if modifier != "" {
				ref.Type = modifier
			}
		}
		return operand{reference: ref}, nil
	default:
		return operand{exact: unescape(text)}, nil
	}
}

func parseToken(modifier, text string) operand {
	fields := splitEscaped(text, '|')
	if modifier == "text" {
		return operand{text: index.Fold(unescape(text))}
	}
	if len(fields) == 1 {
		return operand{code: unescape(text), hasCode: true}
	}
	o := operand{system: unescape(fields[0]), hasSystem: true, code: unescape(fields[len(fields)-1])}
	o.hasCode = o.code != ""
	if modifier == "of-type" && len(fields) > 2 {
		o.typeCode = unescape(fields[1])
	}
	return o
}

// cutPrefix takes the comparison off a date or a number. Two letters before a digit that
// are no comparison are an error of their own.
func cutPrefix(text string) (prefix, rest string, err *Error) {
	const length = 2
	if len(text) <= length || !isLetter(text[0]) || !isLetter(text[1]) || isLetter(text[length]) {
		return "eq", text, nil
	}
	switch text[:length] {
	case "eq", "ne", "gt", "ge", "lt", "le", "sa", "eb", "ap":
		return text[:length], text[length:], nil
	}
	return "", "", &Error{Problem: BadPrefix, Value: text[:length]}
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' }

func parseNumber(text string) (operand, *Error) {
	prefix, rest, err := cutPrefix(text)
	if err != nil {
		return operand{}, err
	}
	n, ok := new(big.Rat).SetString(rest)
	const longest = 64
	if !ok || len(rest) > longest || strings.ContainsAny(rest, "/_xX") {
		return operand{}, &Error{Problem: BadNumber}
	}
	_, fraction, _ := strings.Cut(rest, ".")
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(len(fraction))), nil)
	half := new(big.Rat).SetFrac(big.NewInt(1), scale.Mul(scale, big.NewInt(2)))
	return operand{prefix: prefix, number: n, half: half}, nil
}
