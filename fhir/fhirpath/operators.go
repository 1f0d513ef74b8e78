package fhirpath

import (
	"github.com/openhim/mediator-go/fhir/fhirpath/internal/decimal"
)

// binaryNode is left op right.
type binaryNode struct {
	left, right evaluator
	op          string
	pos         int
	run         func(r *run, n *binaryNode, left, right, out []Item) ([]Item, error)
}

func (c *compiler) binary(s *syntax) (evaluator, error) {
	left, err := c.node(s.args[0])
	if err != nil {
		return nil, err
	}
	right, err := c.node(s.args[1])
	if err != nil {
		return nil, err
	}
	switch s.name {
	case "and", "or", "xor", "implies":
		return &logicNode{left, right, s.name, s.pos}, nil
	}
	return &binaryNode{left, right, s.name, s.pos, operators[s.name]}, nil
}

var operators = map[string]func(r *run, n *binaryNode, left, right, out []Item) ([]Item, error){ //nolint:gochecknoglobals // a read-only table
	"=": equalOperator, "!=": equalOperator, "~": equivalentOperator, "!~": equivalentOperator,
	"<": orderOperator, "<=": orderOperator, ">": orderOperator, ">=": orderOperator,
	"in": membershipOperator, "contains": membershipOperator, "|": unionOperator,
	"+": arithmeticOperator, "-": arithmeticOperator, "*": arithmeticOperator, "/": arithmeticOperator,
	"div": arithmeticOperator, "mod": arithmeticOperator, "&": concatenateOperator,
}

func (n *binaryNode) eval(r *run, out []Item) ([]Item, error) {
	left, err := r.operand(n.left)
	if err != nil {
		return nil, err
	}
	right, err := r.operand(n.right)
	if err != nil {
		return nil, err
	}
	if err = r.step(n.pos, 1); err != nil {
		return nil, err
	}
	out, err = n.run(r, n, left, right, out)
	r.release(left)
	r.release(right)
	return out, err
}

// logicNode is an operator of three-valued logic. The right side is not evaluated when the
// left one decides.
type logicNode struct {
	left, right evaluator
	op          string
	pos         int
}

func (n *logicNode) eval(r *run, out []Item) ([]Item, error) {
	a, known, err := n.side(r, n.left)
	if err != nil {
		return nil, err
	}
	if known {
		switch {
		case n.op == "and" && !a:
			return append(out, NewBoolean(false)), nil
		case n.op == "or" && a, n.op == "implies" && !a:
			return append(out, NewBoolean(true)), nil
		}
	}
	b, knownB, err := n.side(r, n.right)
	if err != nil {
		return nil, err
	}
	switch {
	case n.op == "and" && knownB && !b:
		return append(out, NewBoolean(false)), nil
	case (n.op == "or" || n.op == "implies") && knownB && b:
		return append(out, NewBoolean(true)), nil
	case !known || !knownB:
		return out, nil
	case n.op == "xor":
		return append(out, NewBoolean(a != b)), nil
	default: // and: both true; or: both false; implies: true and false
		return append(out, NewBoolean(n.op == "and")), nil
	}
}

func (n *logicNode) side(r *run, e evaluator) (value, known bool, err error) {
	items, err := r.operand(e)
	if err != nil {
		return false, false, err
	}
	value, known, err = r.truth(items, n.pos)
	r.release(items)
	return value, known, err
}

// unaryNode is +operand or -operand.
type unaryNode struct {
	operand evaluator
	minus   bool
	pos     int
}

func (n *unaryNode) eval(r *run, out []Item) ([]Item, error) {
	items, err := r.operand(n.operand)
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return out, nil
	}
	v, ok := items[0].value()
	if len(items) > 1 || !ok {
		return nil, r.fail(n.pos, "a sign stands before what is no single number", "")
	}
	r.release(items)
	if n.minus {
		switch v.kind {
		case kindInteger:
			v.num = -v.num
		case kindDecimal, kindQuantity:
			v.box = &box{dec: v.box.dec.Neg()}
		default:
		}
	}
	switch v.kind {
	case kindInteger, kindDecimal, kindQuantity:
		return append(out, v), nil
	default:
		return nil, r.fail(n.pos, "a sign stands before what is no number", "-x.f() is -(x.f()); write (-x).f()")
	}
}

func equalOperator(r *run, n *binaryNode, left, right, out []Item) ([]Item, error) {
	if len(left) == 0 || len(right) == 0 {
		return out, nil
	}
	equal, known, err := r.equalCollections(left, right, n.pos)
	if err != nil || !known {
		return out, err
	}
	return append(out, NewBoolean(equal == (n.op == "="))), nil
}

func equivalentOperator(r *run, n *binaryNode, left, right, out []Item) ([]Item, error) {
	equivalent, err := r.equivalentCollections(left, right, n.pos)
	return append(out, NewBoolean(equivalent == (n.op == "~"))), err
}

func orderOperator(r *run, n *binaryNode, left, right, out []Item) ([]Item, error) {
	if len(left) == 0 || len(right) == 0 {
		return out, nil
	}
	if len(left) > 1 || len(right) > 1 {
		return nil, r.fail(n.pos, "several items beside "+n.op, "use first(), all(…) or exists(…)")
	}
	c, known, ok := compareItems(&left[0], &right[0])
	if !ok {
		return nil, r.fail(n.pos, "what stands beside "+n.op+" cannot be ordered", describe(&left[0])+" and "+describe(&right[0]))
	}
	if !known {
		return out, nil
	}
	var result bool
	switch n.op {
	case "<":
		result = c < 0
	case "<=":
		result = c <= 0
	case ">":
		result = c > 0
	default:
		result = c >= 0
	}
	return append(out, NewBoolean(result)), nil
}

// describe names an item's type for an error.
func describe(i *Item) string {
	namespace, name := i.Type()
	return namespace + "." + name
}

func membershipOperator(r *run, n *binaryNode, left, right, out []Item) ([]Item, error) {
	one, many := left, right
	if n.op == "contains" {
		one, many = right, left
	}
	switch {
	case len(one) == 0:
		return out, nil
	case len(one) > 1:
		return nil, r.fail(n.pos, "several items beside "+n.op+", where one is looked for", "use subsetOf(), supersetOf() or intersect()")
	}
	for i := range many {
		equal, known, err := r.equal(&one[0], &many[i], n.pos)
		if err != nil {
			return nil, err
		}
		if equal && known {
			return append(out, NewBoolean(true)), nil
		}
	}
	return append(out, NewBoolean(false)), nil
}

func unionOperator(r *run, n *binaryNode, left, right, out []Item) ([]Item, error) {
	s := r.newSet(n.pos, len(left)+len(right))
	for _, items := range [2][]Item{left, right} {
		for i := range items {
			added, err := s.add(&items[i])
			if err != nil {
				return nil, err
			}
			if added {
				out = append(out, items[i])
			}
		}
	}
	return out, r.grown(n.pos, out)
}

func concatenateOperator(r *run, n *binaryNode, left, right, out []Item) ([]Item, error) {
	var texts [2]string
	for i, items := range [2][]Item{left, right} {
		if len(items) == 0 {
			continue
		}
		v, ok := items[0].value()
		if len(items) > 1 || !ok || v.kind != kindString {
			return nil, r.fail(n.pos, "& joins single texts", "use first(), join() or toString()")
		}
		texts[i] = v.text
	}
	return r.addText(n.pos, texts[0], texts[1], out)
}

func (r *run) addText(pos int, a, b string, out []Item) ([]Item, error) {
	if err := r.madeText(pos, len(a)+len(b)); err != nil {
		return nil, err
	}
	return append(out, NewString(a+b)), nil
}

func arithmeticOperator(r *run, n *binaryNode, left, right, out []Item) ([]Item, error) {
	if len(left) == 0 || len(right) == 0 {
		return out, nil
	}
	if len(left) > 1 || len(right) > 1 {
		return nil, r.fail(n.pos, "several items beside "+n.op, "use first(), sum() or aggregate(…)")
	}
	if err := r.step(n.pos, 4); err != nil {
		return nil, err
	}
	a, okA := left[0].value()
	b, okB := right[0].value()
	if okA && okB {
		if result, ok, fits := arithmetic(n.op, &a, &b); fits {
			if ok {
				if result.kind == kindString {
					return r.addText(n.pos, a.text, b.text, out)
				}
				out = append(out, result)
			}
			return out, nil
		} else if result.text != "" {
			return nil, r.fail(n.pos, result.text, "")
		}
	} else if unreadable(&left[0]) || unreadable(&right[0]) {
		return out, nil
	}
	return nil, r.fail(n.pos, n.op+" does not go with "+describe(&left[0])+" and "+describe(&right[0]), "")
}

// unreadable reports whether an item is of a type that has a System value, but has none:
// a primitive with extensions only, a Quantity with a comparator. Operations on it have no
// result, as on nothing.
func unreadable(i *Item) bool {
	if i.kind != kindNode {
		return false
	}
	if i.primitive() || i.typ != nil && quantityLike(i.typ) {
		_, ok := i.value()
		return !ok
	}
	return false
}

// arithmetic computes a op b. fits is false when the operator does not go with the types;
// result.text may then say why. ok is false when there is no result: a division by zero, an
// overflow, units that do not go together.
func arithmetic(op string, a, b *Item) (result Item, ok, fits bool) {
	numberA, isA := a.number()
	numberB, isB := b.number()
	switch {
	case isA && isB:
		return numbers(op, a, b, numberA, numberB)
	case a.kind == kindString && b.kind == kindString && op == "+":
		return Item{kind: kindString}, true, true
	case a.temporal() && b.kind == kindQuantity && (op == "+" || op == "-"):
		sign := 1
		if op == "-" {
			sign = -1
		}
		when, ok, reason := addDuration(a.box.when, b, sign)
		if reason != "" {
			return Item{text: reason}, false, false
		}
		return temporalItem(when), ok, true
	}
	if isA && b.kind == kindQuantity {
		a = &Item{kind: kindQuantity, text: unitOne, box: &box{dec: numberA}}
	}
	if isB && a.kind == kindQuantity {
		b = &Item{kind: kindQuantity, text: unitOne, box: &box{dec: numberB}}
	}
	if a.kind != kindQuantity || b.kind != kindQuantity {
		return Item{}, false, false
	}
	switch op {
	case "+":
		result, ok = addQuantities(a, b, 1)
	case "-":
		result, ok = addQuantities(a, b, -1)
	case "*":
		result, ok = multiplyQuantities(a, b, 1)
	case "/":
		result, ok = multiplyQuantities(a, b, -1)
	default:
		return Item{}, false, false
	}
	return result, ok, true
}

func numbers(op string, a, b *Item, x, y decimal.Decimal) (result Item, ok, fits bool) {
	var d decimal.Decimal
	whole := a.kind == kindInteger && b.kind == kindInteger
	switch op {
	case "+":
		d, ok = x.Add(y)
	case "-":
		d, ok = x.Sub(y)
	case "*":
		d, ok = x.Mul(y)
	case "/":
		d, ok = x.Quo(y)
		whole = false
	case "div":
		d, ok = x.Div(y)
		whole = true
	case "mod":
		d, ok = x.Mod(y)
	default:
		return Item{}, false, false
	}
	if !ok {
		return Item{}, false, true
	}
	if whole {
		n, fits := d.Int64()
		return NewInteger(n), fits && n <= maxInteger && n >= minInteger, true
	}
	return decimalItem(d), true, true
}
