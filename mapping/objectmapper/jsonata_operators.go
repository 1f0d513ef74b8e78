package objectmapper

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
)

func (e *evaluator) binary(n *node, f frame) (*value, error) {
	left, err := e.eval(n.args[0], f)
	if err != nil {
		return nil, err
	}
	switch n.text {
	case "and", "or":
		if jsonataTrue(left) == (n.text == "or") {
			return newBool(n.text == "or"), nil
		}
		right, err := e.eval(n.args[1], f)
		return newBool(jsonataTrue(right)), err
	}
	right, err := e.eval(n.args[1], f)
	if err != nil {
		return nil, err
	}
	switch n.text {
	case "&":
		a, err := e.text(left)
		if err != nil {
			return nil, err
		}
		b, err := e.text(right)
		if err != nil {
			return nil, err
		}
		return newString(a + b), e.spend(0, len(a)+len(b))
	case "=", "!=":
		if left == nil || right == nil {
			return newBool(false), nil
		}
		same, err := e.same(left, right)
		return newBool(same == (n.text == "=")), err
	case "in":
		for _, item := range items(right) {
			if left == nil || item == nil {
				continue
			}
			if same, err := e.same(left, item); same || err != nil {
				return newBool(same), err
			}
		}
		return newBool(false), nil
	case "<", "<=", ">", ">=":
		return compare(n.text, left, right)
	}
	return arithmetic(n.text, left, right)
}

func arithmetic(op string, left, right *value) (*value, error) {
	if left != nil && left.kind != kindNumber {
		return nil, fmt.Errorf("the left side of %q must be a number", op)
	}
	if right != nil && right.kind != kindNumber {
		return nil, fmt.Errorf("the right side of %q must be a number", op)
	}
	if left == nil || right == nil {
		return nil, nil //nolint:nilnil // undefined
	}
	a, err := number(left, op)
	if err != nil {
		return nil, err
	}
	b, err := number(right, op)
	if err != nil {
		return nil, err
	}
	var x float64
	switch op {
	case "+":
		x = a + b
	case "-":
		x = a - b
	case "*":
		x = a * b
	case "/":
		x = a / b
	case "%":
		x = math.Mod(a, b)
	}
	return finite(x)
}

func finite(x float64) (*value, error) {
	if math.IsInf(x, 0) || math.IsNaN(x) {
		return nil, errors.New("the result is no number that JSON can hold")
	}
	return newNumber(formatNumber(x)), nil
}

func compare(op string, left, right *value) (*value, error) {
	for _, v := range []*value{left, right} {
		if v != nil && v.kind != kindNumber && v.kind != kindString {
			return nil, fmt.Errorf("the sides of %q must be numbers or texts", op)
		}
	}
	if left == nil || right == nil {
		return nil, nil //nolint:nilnil // undefined
	}
	if left.kind != right.kind {
		return nil, fmt.Errorf("the sides of %q must be both numbers or both texts", op)
	}
	less, more := left.text < right.text, left.text > right.text
	if left.kind == kindNumber {
		a, err := number(left, op)
		if err != nil {
			return nil, err
		}
		b, err := number(right, op)
		if err != nil {
			return nil, err
		}
		less, more = a < b, a > b
	}
	switch op {
	case "<":
		return newBool(less), nil
	case "<=":
		return newBool(!more), nil
	case ">":
		return newBool(more), nil
	default:
		return newBool(!less), nil
	}
}

func number(v *value, op string) (float64, error) {
	if !v.is(kindNumber) {
		return 0, fmt.Errorf("%s needs a number", op)
	}
	x, err := strconv.ParseFloat(v.text, 64)
	if err != nil {
		return 0, fmt.Errorf("%s: the number is out of bounds", op)
	}
	return x, nil
}

// same is JSONata's deep equality; numbers are compared by value.
func (e *evaluator) same(a, b *value) (bool, error) {
	if err := e.step(); err != nil {
		return false, err
	}
	if a == nil || b == nil || a.kind != b.kind || len(a.list) != len(b.list) {
		return a == b, nil
	}
	switch a.kind {
	case kindNumber:
		x, err1 := strconv.ParseFloat(a.text, 64)
		y, err2 := strconv.ParseFloat(b.text, 64)
		return a.text == b.text || err1 == nil && err2 == nil && x == y, nil
	case kindString:
		return a.text == b.text, nil
	case kindObject, kindArray:
		for i, item := range a.list {
			other := b.list[i]
			if a.kind == kindObject {
				other = b.get(a.keys[i])
			}
			if same, err := e.same(item, other); !same || err != nil {
				return false, err
			}
		}
	case kindNull, kindTrue, kindFalse:
	}
	return true, nil
}

// jsonataTrue is $boolean: a list is true when one of its elements is, an object when it has members.
func jsonataTrue(v *value) bool {
	switch {
	case v == nil:
		return false
	case v.kind == kindArray:
		return slices.ContainsFunc(v.list, jsonataTrue)
	case v.kind == kindObject:
		return len(v.list) > 0
	default:
		return v.truthy()
	}
}

// text is $string; nothing is "".
func (e *evaluator) text(v *value) (string, error) {
	switch {
	case v == nil:
		return "", nil
	case v.kind == kindString:
		return v.text, nil
	case v.kind == kindNumber:
		return numberString(v.text), nil
	}
	// The copy counts what the text will hold: an expression can name one value many times.
	c, err := e.copy(v)
	if err != nil {
		return "", err
	}
	return string(encode(c)), nil
}

// numberString writes a number as JSONata does, with 15 digits, unless that would change an integer.
func numberString(literal string) string {
	x, err := strconv.ParseFloat(literal, 64)
	if err != nil || allDigits(literal) || len(literal) > 1 && literal[0] == '-' && allDigits(literal[1:]) {
		return literal
	}
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 15, 64), 64)
	if err != nil {
		return literal
	}
	return formatNumber(rounded)
}
