package objectmapper

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// TransformEngine runs JSONata expressions that this package does not convert. It is given the expression at Compile.
type TransformEngine interface {
	// CompileTransform returns a program for the expression, or says why it cannot. The program must be safe for concurrent use.
	CompileTransform(expression string) (TransformProgram, error)
}

// TransformProgram is one expression of a [TransformEngine].
type TransformProgram interface {
	// EvalTransform evaluates the expression over the data of one request, a JSON object (peers.md 1.2). It returns JSON, or nil for
	// undefined. It must end when ctx does.
	EvalTransform(ctx context.Context, data []byte) ([]byte, error)
}

// program is one compiled inputTransform.
type program struct {
	from  *Expression
	root  *node
	other TransformProgram
}

func compileExpression(e *Expression, engine TransformEngine, limits Limits) (program, error) {
	root, err := parseJSONata(e.Text, limits.Depth)
	if err == nil {
		return program{from: e, root: root}, nil
	}
	if engine != nil {
		other, engineErr := engine.CompileTransform(e.Text)
		if engineErr == nil {
			return program{from: e, other: other}, nil
		}
		return program{}, &DocumentError{Position: e.Position, Message: fmt.Sprintf("the engine refuses the expression: %v", engineErr)}
	}
	at, message := "", err.Error()
	var r *refusal
	if errors.As(err, &r) {
		p := positionOf(e.Text, r.off)
		at = fmt.Sprintf("line %d, column %d of the expression: ", p.Line, p.Column)
	}
	return program{}, &DocumentError{Position: e.Position, Message: at + message, Hint: refusalHint}
}

func (p *program) eval(b *budget, all *value, now time.Time) (*value, error) {
	if p.other != nil {
		out, err := p.other.EvalTransform(b.ctx, encode(all))
		if err != nil || out == nil {
			return nil, err
		}
		return decode("the engine's result", out, b.limits)
	}
	e := evaluator{budget: b, root: all, now: now}
	return e.eval(p.root, frame{context: all})
}
