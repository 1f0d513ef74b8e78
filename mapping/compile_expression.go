package mapping

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"

	"github.com/openhim/mediator-go/mapping/internal/doc"
	"github.com/openhim/mediator-go/mapping/internal/path"
)

const (
	maxExpression      = 4096 // bytes
	maxExpressionNodes = 500
)

// functions are those of expr-lang that give the same for the same input, in bounded space:
// no clock, no time zones of the machine, no order of a map.
func functions() []string {
	return []string{
		"all", "any", "none", "one", "filter", "map", "find", "findIndex", "findLast", "findLastIndex", "count", "sum", "sortBy", "reduce",
		"len", "type", "abs", "ceil", "floor", "round", "int", "float", "string", "trim", "trimPrefix", "trimSuffix", "upper", "lower",
		"split", "replace", "join", "indexOf", "lastIndexOf", "hasPrefix", "hasSuffix", "max", "min", "mean", "median",
		"first", "last", "take", "reverse", "uniq", "concat", "flatten", "sort", "get",
	}
}

// expressionCompiler compiles one expression in one scope.
type expressionCompiler struct {
	c      *compiler
	sb     *scopeBuilder
	at     *doc.Node
	rule   *rule
	source string
	config *conf.Config
	bound  []string // names that let binds
	reads  []operand
	names  []string
	texts  map[string]string
	loops  int // functions over items around what is compiled
}

func (c *compiler) parseExpression(n *doc.Node, text string, offset int, sb *scopeBuilder, path string) (*expressionCompiler, *parser.Tree) {
	if len(text) > maxExpression {
		c.fail(CodeLimit, n, "", "an expression of more than %d bytes", maxExpression)
		return nil, nil
	}
	e := &expressionCompiler{c: c, sb: sb, at: n, rule: c.rule(n, path), source: text, texts: map[string]string{}}
	e.config = conf.CreateNew()
	e.config.MaxNodes = maxExpressionNodes
	expr.AllowUndefinedVariables()(e.config)
	allowed := functions()
	for name := range e.config.Builtins {
		if !slices.Contains(allowed, name) {
			delete(e.config.Builtins, name)
			e.config.Disabled[name] = true
		}
	}
	for name, f := range c.opts.Functions {
		expr.Function(name, f.Call, f.Types...)(e.config)
	}
	tree, err := parser.ParseWithConfig(text, e.config)
	if err != nil {
		e.failed(err, offset)
		return nil, nil
	}
	return e, tree
}

// failed reports what expr-lang says, at its place in the document.
func (e *expressionCompiler) failed(err error, offset int) {
	at := *e.at
	message := err.Error()
	var bad *file.Error
	if errors.As(err, &bad) {
		message = bad.Message
		if bad.Line <= 1 {
			if at.Quoted {
				offset++
			}
			at.Column += bad.Column + offset
		}
	}
	hint := ""
	if strings.Contains(message, "unexpected token Operator(\"=\")") || strings.Contains(e.source, " = ") {
		hint = "equality is written =="
	} else if strings.Contains(message, "unknown name") || strings.Contains(message, "undefined") {
		hint = "functions: " + list(functions())
	}
	e.c.fail(CodeExpression, &at, hint, "expression %s: %s", e.source, strings.TrimSpace(message))
}

// condition compiles $when, $where, $if: an expression, or true or false.
func (c *compiler) condition(n *doc.Node, sb *scopeBuilder, path string) condition {
	never := &truth{rule: c.rule(n, path), of: &constantOperand{}}
	c.plan.rules = c.plan.rules[:len(c.plan.rules)-1]
	switch n.Kind {
	case doc.Bool:
		return &truth{of: &constantOperand{c.constant(n, n.Text).at}}
	case doc.Text:
	default:
		c.fail(CodeInvalid, n, `write an expression: not voided and code == "A"`, "a condition is text")
		return never
	}
	text, offset := n.Text, 0
	if strings.HasPrefix(text, "= ") {
		text, offset = text[2:], 2
	}
	e, tree := c.parseExpression(n, text, offset, sb, path)
	if e == nil {
		return never
	}
	// The condition fails in the name of what it belongs to and is not counted by itself.
	c.plan.rules = c.plan.rules[:len(c.plan.rules)-1]
	e.rule.id = 0
	return e.condition(tree.Node)
}

// expression compiles "= …".
func (c *compiler) expression(n *doc.Node, text string, offset int, sb *scopeBuilder, path string) node {
	e, tree := c.parseExpression(n, text, offset, sb, path)
	if e == nil {
		return nil
	}
	return e.node(tree.Node)
}

// node compiles an expression that gives a value.
func (e *expressionCompiler) node(n ast.Node) node {
	if r, ok := e.reference(n); ok {
		return &read{rule: e.rule, ref: r, keep: e.c.keep, check: e.c.checkOf(e.sb, r, e.at)}
	}
	if v, ok := e.literal(n); ok {
		return e.c.constant(e.at, string(v.AppendJSON(nil)))
	}
	switch n := n.(type) {
	case *ast.ConditionalNode:
		out := &choice{rule: e.rule}
		out.branches = []branch{{e.rule, e.condition(n.Cond), e.node(n.Exp1)}, {e.rule, nil, e.node(n.Exp2)}}
		return out
	case *ast.BinaryNode:
		if n.Operator == "??" {
			return &firstOf{rule: e.rule, branches: []branch{{e.rule, nil, e.node(n.Left)}, {e.rule, nil, e.node(n.Right)}}}
		}
		if isCondition(n.Operator) {
			return &verdict{e.rule, e.condition(n)}
		}
	case *ast.UnaryNode:
		if n.Operator == "not" || n.Operator == "!" {
			return &verdict{e.rule, e.condition(n)}
		}
	}
	p := e.program(n)
	if p == nil {
		return nil
	}
	return &computed{program: p, keep: e.c.keep}
}

func isCondition(operator string) bool {
	switch operator {
	case "and", "&&", "or", "||", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "contains", "startsWith", "endsWith", "matches":
		return true
	}
	return false
}

// condition compiles an expression that says yes or no: in simple shapes natively.
func (e *expressionCompiler) condition(n ast.Node) condition {
	switch n := n.(type) {
	case *ast.UnaryNode:
		if n.Operator == "not" || n.Operator == "!" {
			return &notCondition{e.condition(n.Node)}
		}
	case *ast.BoolNode:
		return &truth{rule: e.rule, of: &constantOperand{e.c.constant(e.at, strconv.FormatBool(n.Value)).at}}
	case *ast.BinaryNode:
		if c := e.binary(n); c != nil {
			return c
		}
	}
	if r, ok := e.reference(n); ok {
		return &truth{e.rule, &refOperand{r}, r.text}
	}
	if p := e.program(n); p != nil {
		return p
	}
	return &truth{rule: e.rule, of: &constantOperand{}}
}

func (e *expressionCompiler) binary(n *ast.BinaryNode) condition {
	switch n.Operator {
	case "and", "&&":
		return &andCondition{e.condition(n.Left), e.condition(n.Right)}
	case "or", "||":
		return &orCondition{e.condition(n.Left), e.condition(n.Right)}
	case "==", "!=":
		var out condition
		_, leftNil := n.Left.(*ast.NilNode)
		_, rightNil := n.Right.(*ast.NilNode)
		switch a, b := e.operand(n.Left), e.operand(n.Right); {
		case rightNil && a != nil:
			out = &nothingThere{a}
		case leftNil && b != nil:
			out = &nothingThere{b}
		case a != nil && b != nil:
			out = &equal{a, b}
		default:
			return nil
		}
		if n.Operator == "!=" {
			return &notCondition{out}
		}
		return out
	case "<", "<=", ">", ">=":
		a, b := e.operand(n.Left), e.operand(n.Right)
		if a == nil || b == nil {
			return nil
		}
		return &order{e.rule, a, b, accepts(n.Operator), e.source}
	case "in", "not in":
		array, ok := n.Right.(*ast.ArrayNode)
		of := e.operand(n.Left)
		if !ok || of == nil {
			return nil
		}
		out := &oneOf{of: of}
		for _, item := range array.Nodes {
			v, ok := e.literal(item)
			if !ok {
				return nil
			}
			out.list = append(out.list, v)
		}
		if n.Operator == "not in" {
			return &notCondition{out}
		}
		return out
	}
	with, ok := n.Right.(*ast.StringNode)
	of := e.operand(n.Left)
	if !ok || of == nil {
		return nil
	}
	switch n.Operator {
	case "matches":
		re := e.c.pattern(e.at, with.Value, "expression "+e.source)
		if re == nil {
			return &truth{rule: e.rule, of: &constantOperand{}}
		}
		return &matches{e.rule, of, re}
	case "contains":
		return &textTest{of, []byte(with.Value), containsText}
	case "startsWith":
		return &textTest{of, []byte(with.Value), hasPrefix}
	case "endsWith":
		return &textTest{of, []byte(with.Value), hasSuffix}
	}
	return nil
}

func accepts(operator string) func(sign int) bool {
	switch operator {
	case "<":
		return func(sign int) bool { return sign < 0 }
	case "<=":
		return func(sign int) bool { return sign <= 0 }
	case ">":
		return func(sign int) bool { return sign > 0 }
	default:
		return func(sign int) bool { return sign >= 0 }
	}
}

// operand compiles a reference or a literal, and nothing else.
func (e *expressionCompiler) operand(n ast.Node) operand {
	if r, ok := e.reference(n); ok {
		return &refOperand{r}
	}
	if v, ok := e.literal(n); ok {
		return &constantOperand{v}
	}
	return nil
}

func (e *expressionCompiler) literal(n ast.Node) (value, bool) {
	var text string
	switch n := n.(type) {
	case *ast.StringNode:
		text = quoted(n.Value)
	case *ast.IntegerNode:
		text = strconv.Itoa(n.Value)
	case *ast.FloatNode:
		text = strconv.FormatFloat(n.Value, 'g', -1, 64)
		if !strings.ContainsAny(text, "0123456789") {
			return value{}, false
		}
		text = strings.Replace(text, "e+", "e", 1)
	case *ast.BoolNode:
		text = strconv.FormatBool(n.Value)
	case *ast.NilNode:
		text = "null"
	case *ast.UnaryNode:
		if n.Operator != "-" {
			return value{}, false
		}
		v, ok := e.literal(n.Node)
		if !ok || v.Kind() != numberKind {
			return value{}, false
		}
		text = "-" + string(v.Text(nil))
	default:
		return value{}, false
	}
	return e.c.constant(e.at, text).at, true
}

// path writes a chain of members as a path: a.b[0].c, with a dollar when it begins so.
func (e *expressionCompiler) path(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		if slices.Contains(e.bound, n.Value) {
			return "", false
		}
		if n.Value == "$env" {
			return "", false
		}
		if strings.HasPrefix(n.Value, "$") {
			return n.Value, true
		}
		return path.Escape(n.Value), true
	case *ast.ChainNode:
		return e.path(n.Node)
	case *ast.MemberNode:
		if n.Method {
			return "", false
		}
		head, ok := e.path(n.Node)
		if !ok {
			return "", false
		}
		switch p := n.Property.(type) {
		case *ast.StringNode:
			return head + "." + path.Escape(p.Value), true
		case *ast.IntegerNode:
			if p.Value >= 0 {
				return head + "." + strconv.Itoa(p.Value), true
			}
		}
	}
	return "", false
}

func (e *expressionCompiler) reference(n ast.Node) (ref, bool) {
	text, ok := e.path(n)
	if !ok {
		return ref{}, false
	}
	r, ok := e.c.reference(text, true, e.at, e.sb)
	if !ok {
		return ref{slot: -1, text: text}, true // reported
	}
	return r, true
}
