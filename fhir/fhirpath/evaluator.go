package fhirpath

import "context"

// Evaluator evaluates many expressions, one after the other, and reuses its memory: what a
// validator needs for its invariants. What an expression calls, such as Config.Profiles, may use it meanwhile. Not safe for concurrent use; make one a goroutine.
type Evaluator struct {
	engine *Engine
	run    *run
}

// Evaluator returns an Evaluator. Limits count anew for each expression.
func (e *Engine) Evaluator(options ...EvalOption) *Evaluator {
	r, ok := e.runs.Get().(*run)
	if !ok {
		r = &run{}
	}
	r.evaluation = evaluation{}
	for _, option := range options {
		option(&r.evaluation)
	}
	return &Evaluator{engine: e, run: r}
}

// release gives the memory back to the engine.
func (v *Evaluator) release() {
	v.run.evaluation = evaluation{}
	v.engine.runs.Put(v.run)
	v.run = nil
}

// Eval evaluates on an item, which is %context and $this. Errors are *[EvalError].
func (v *Evaluator) Eval(ctx context.Context, x *Expression, on Item) (Collection, error) {
	items, err := v.run.begin(ctx, x, on)
	if err != nil {
		v.run.free = nil // buffers in use are lost
		return nil, err
	}
	result := make(Collection, len(items))
	copy(result, items)
	v.run.release(items)
	return result, nil
}

// Holds reports whether an invariant holds: whether the result is true by [Collection.Bool]. An empty
// result does not hold. It allocates nothing but what functions make.
func (v *Evaluator) Holds(ctx context.Context, x *Expression, on Item) (bool, error) {
	items, err := v.run.begin(ctx, x, on)
	if err != nil {
		v.run.free = nil
		return false, err
	}
	if len(items) > 1 {
		return false, &EvalError{Line: 1, Column: 1, Message: "several items where a Boolean should stand", Hint: "use exists(), all(…) or first()"}
	}
	truth, known := Collection(items).Bool()
	v.run.release(items)
	return truth && known, nil
}
