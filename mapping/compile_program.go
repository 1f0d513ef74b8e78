package mapping

import (
	"strconv"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/checker"
	machine "github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
)

// program compiles an expression for the machine: what it reads is put into variables.
func (e *expressionCompiler) program(n ast.Node) *program {
	n = e.rewrite(n)
	tree := &parser.Tree{Node: n, Source: file.NewSource(e.source)}
	if _, err := checker.Check(tree, e.config); err != nil {
		e.failed(err, 0)
		return nil
	}
	code, err := machine.Compile(tree, e.config)
	if err != nil {
		e.failed(err, 0)
		return nil
	}
	return &program{rule: e.rule, text: e.source, code: code, reads: e.reads, names: e.names, loops: e.deepest}
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
			name = "_" + strconv.Itoa(len(e.reads))
			e.texts[text] = name
			e.reads = append(e.reads, &refOperand{r})
			e.names = append(e.names, name)
		}
		variable := &ast.IdentifierNode{Value: name}
		variable.SetLocation(n.Location())
		return variable
	}
	all := func(nodes []ast.Node) {
		for i := range nodes {
			nodes[i] = e.rewrite(nodes[i])
		}
	}
	switch n := n.(type) {
	case *ast.UnaryNode:
		n.Node = e.rewrite(n.Node)
	case *ast.BinaryNode:
		n.Left, n.Right = e.rewrite(n.Left), e.rewrite(n.Right)
	case *ast.ChainNode:
		n.Node = e.rewrite(n.Node)
	case *ast.MemberNode:
		n.Node, n.Property = e.rewrite(n.Node), e.rewrite(n.Property)
	case *ast.SliceNode:
		n.Node = e.rewrite(n.Node)
		if n.From != nil {
			n.From = e.rewrite(n.From)
		}
		if n.To != nil {
			n.To = e.rewrite(n.To)
		}
	case *ast.CallNode:
		if name, plain := n.Callee.(*ast.IdentifierNode); !plain || e.config.Functions[name.Value] == nil {
			e.c.fail(CodeExpression, e.at, "functions: "+list(functions()), "expression %s: a call of something that is no function here", e.source)
		}
		all(n.Arguments)
	case *ast.BuiltinNode:
		all(n.Arguments)
	case *ast.PredicateNode:
		e.loops++
		e.deepest = max(e.deepest, e.loops)
		n.Node = e.rewrite(n.Node)
		e.loops--
	case *ast.ConditionalNode:
		n.Cond, n.Exp1, n.Exp2 = e.rewrite(n.Cond), e.rewrite(n.Exp1), e.rewrite(n.Exp2)
	case *ast.VariableDeclaratorNode:
		n.Value = e.rewrite(n.Value)
		e.bound = append(e.bound, n.Name)
		n.Expr = e.rewrite(n.Expr)
		e.bound = e.bound[:len(e.bound)-1]
	case *ast.SequenceNode:
		all(n.Nodes)
	case *ast.ArrayNode:
		all(n.Nodes)
	case *ast.MapNode:
		all(n.Pairs)
	case *ast.PairNode:
		n.Value = e.rewrite(n.Value)
	}
	return n
}
