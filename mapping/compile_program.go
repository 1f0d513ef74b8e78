package mapping

import (
	"errors"
	"strconv"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/checker"
	machine "github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
)

// program compiles an expression for the machine: what it reads is put into variables, and
// what it takes is metered.
func (e *expressionCompiler) program(n ast.Node) *program {
	n = e.rewrite(n)
	tree := &parser.Tree{Node: n, Source: file.NewSource(e.source)}
	if _, err := checker.Check(tree, e.config); err != nil {
		e.failed(err, 0)
		return nil
	}
	meterFunctions(e.config)
	tree.Node = e.metered(n)
	if _, err := checker.Check(tree, e.config); err != nil {
		e.failed(err, 0)
		return nil
	}
	code, err := machine.Compile(tree, e.config)
	if err != nil {
		e.failed(err, 0)
		return nil
	}
	return &program{rule: e.rule, text: e.source, code: code, reads: e.reads, names: e.names}
}

// meterFunctions makes the functions of the meter known.
func meterFunctions(config *conf.Config) {
	for name, do := range machineFunctions() {
		expr.Function(name, func(args ...any) (any, error) {
			last := len(args) - 1
			m, ok := args[last].(*meter)
			if !ok {
				return nil, errors.New("an expression without a meter")
			}
			return do(m, args[:last])
		})(config)
	}
}

// rewrite replaces the references in an expression by variables.
func (e *expressionCompiler) rewrite(n ast.Node) ast.Node {
	if text, ok := e.path(n); ok {
		if _, isFunction := e.config.Functions[text]; isFunction {
			return n
		}
		name, known := e.texts[text]
		if !known {
			r, _ := e.reference(n)
			name = "read " + strconv.Itoa(len(e.reads)) // no name that an expression can have
			e.texts[text] = name
			e.reads = append(e.reads, &refOperand{r})
			e.names = append(e.names, name)
		}
		variable := &ast.IdentifierNode{Value: name}
		variable.SetLocation(n.Location())
		return variable
	}
	switch n := n.(type) {
	case *ast.CallNode:
		if name, plain := n.Callee.(*ast.IdentifierNode); !plain || e.config.Functions[name.Value] == nil {
			e.c.fail(CodeExpression, e.at, "functions: "+list(functions()), "expression %s: a call of something that is no function here", e.source)
		}
	case *ast.BinaryNode:
		if n.Operator == "matches" {
			e.matches(n)
		}
	case *ast.VariableDeclaratorNode:
		n.Value = e.rewrite(n.Value)
		e.bound = append(e.bound, n.Name)
		n.Expr = e.rewrite(n.Expr)
		e.bound = e.bound[:len(e.bound)-1]
		return n
	}
	eachPart(n, e.rewrite)
	return n
}

// matches checks the pattern of a matches that runs on the machine, which would compile it
// whatever its size.
func (e *expressionCompiler) matches(n *ast.BinaryNode) {
	with, ok := n.Right.(*ast.StringNode)
	if !ok {
		e.c.fail(CodeExpression, e.at, "write it as a text", "expression %s: the pattern of matches is not part of the expression", e.source)
		return
	}
	e.c.pattern(e.at, with.Value, "expression "+e.source)
}

// eachPart puts what change makes of each part of an expression in the part's place. The callee of
// a call and the names in an object are none.
func eachPart(n ast.Node, change func(ast.Node) ast.Node) {
	all := func(nodes []ast.Node) {
		for i := range nodes {
			nodes[i] = change(nodes[i])
		}
	}
	switch n := n.(type) {
	case *ast.UnaryNode:
		n.Node = change(n.Node)
	case *ast.BinaryNode:
		n.Left, n.Right = change(n.Left), change(n.Right)
	case *ast.ChainNode:
		n.Node = change(n.Node)
	case *ast.MemberNode:
		n.Node, n.Property = change(n.Node), change(n.Property)
	case *ast.SliceNode:
		n.Node = change(n.Node)
		if n.From != nil {
			n.From = change(n.From)
		}
		if n.To != nil {
			n.To = change(n.To)
		}
	case *ast.CallNode:
		all(n.Arguments)
	case *ast.BuiltinNode:
		all(n.Arguments)
	case *ast.PredicateNode:
		n.Node = change(n.Node)
	case *ast.ConditionalNode:
		n.Cond, n.Exp1, n.Exp2 = change(n.Cond), change(n.Exp1), change(n.Exp2)
	case *ast.VariableDeclaratorNode:
		n.Value, n.Expr = change(n.Value), change(n.Expr)
	case *ast.SequenceNode:
		all(n.Nodes)
	case *ast.ArrayNode:
		all(n.Nodes)
	case *ast.MapNode:
		all(n.Pairs)
	case *ast.PairNode:
		n.Value = change(n.Value)
	}
}

// metered puts the meter into an expression: around each turn of a loop, around what is gone
// through within one, around text that is made, and in the place of arithmetic that could
// lose digits.
func (e *expressionCompiler) metered(n ast.Node) ast.Node {
	switch n := n.(type) {
	case *ast.PredicateNode:
		e.loops++
		n.Node = call("meter pay", e.metered(n.Node), &ast.IntegerNode{Value: 1})
		e.loops--
		return n
	case *ast.BinaryNode:
		eachPart(n, e.metered)
		return e.meteredBinary(n)
	case *ast.BuiltinNode:
		eachPart(n, e.metered)
		return e.meteredBuiltin(n)
	}
	eachPart(n, e.metered)
	return n
}

func (e *expressionCompiler) meteredBinary(n *ast.BinaryNode) ast.Node {
	switch n.Operator {
	case "+":
		return placed(n, call("meter add", n.Left, n.Right))
	case "-":
		return placed(n, call("meter subtract", n.Left, n.Right))
	case "*":
		return placed(n, call("meter multiply", n.Left, n.Right))
	case "/":
		return placed(n, call("meter divide", n.Left, n.Right))
	case "matches":
		times := maxPattern
		if with, ok := n.Right.(*ast.StringNode); ok {
			times, _ = patternSize(with.Value)
		}
		n.Left = e.paid(n.Left, times)
	case "contains", "startsWith", "endsWith", "in", "==", "!=", "<", "<=", ">", ">=":
		n.Left, n.Right = e.paid(n.Left, 1), e.paid(n.Right, 1)
	}
	return n
}

// paid meters a value that is gone through within a loop.
func (e *expressionCompiler) paid(n ast.Node, times int) ast.Node {
	switch n.(type) {
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NilNode, *ast.ArrayNode, *ast.ConstantNode:
		return n
	}
	if e.loops == 0 {
		return n
	}
	return placed(n, call("meter pay", n, &ast.IntegerNode{Value: times}))
}

func (e *expressionCompiler) meteredBuiltin(n *ast.BuiltinNode) ast.Node {
	switch n.Name {
	case "int", "replace", "join":
		return placed(n, call("meter "+n.Name, n.Arguments...))
	case "sum":
		if len(n.Arguments) == 2 { // of what a predicate makes of each
			each := &ast.BuiltinNode{Name: "map", Arguments: n.Arguments}
			return placed(n, call("meter sum", placed(n, each)))
		}
		return placed(n, call("meter sum", n.Arguments...))
	case "upper", "lower", "string", "split":
		for i := range n.Arguments {
			n.Arguments[i] = e.paid(n.Arguments[i], 1)
		}
		return placed(n, call("meter made", n))
	case "len", "type", "get", "first", "last", "abs", "ceil", "floor", "round", "float", "take":
		return n // as long as one step
	}
	if len(n.Arguments) > 0 {
		n.Arguments[0] = e.paid(n.Arguments[0], 1)
	}
	return n
}

// call makes a call of one of the meter's functions.
func call(name string, args ...ast.Node) ast.Node {
	return &ast.CallNode{Callee: &ast.IdentifierNode{Value: name}, Arguments: append(args, &ast.IdentifierNode{Value: meterName})}
}

// placed gives a node the place of another.
func placed[T ast.Node](place ast.Node, n T) T {
	n.SetLocation(place.Location())
	return n
}
