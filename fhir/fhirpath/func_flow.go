package fhirpath

func notFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	truth, known, err := r.truth(items, n.pos)
	if err != nil || !known {
		return out, err
	}
	return append(out, NewBoolean(!truth)), nil
}

func hasValueFunc(_ *run, _ *callNode, items, out []Item) ([]Item, error) {
	has := len(items) == 1 && items[0].hasValue()
	return append(out, NewBoolean(has)), nil
}

func (i *Item) hasValue() bool {
	if i.kind != kindNode {
		return i.kind != kindNone && i.kind != kindTypeInfo
	}
	return i.primitive() && i.node != 0
}

func getValueFunc(_ *run, _ *callNode, items, out []Item) ([]Item, error) {
	if len(items) == 1 && items[0].hasValue() {
		if v, ok := items[0].value(); ok {
			out = append(out, v)
		}
	}
	return out, nil
}

// iifFunc evaluates only the branch that it takes. Called on something, $this is that.
func iifFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	saved := r.scope
	defer func() { r.scope = saved }()
	if n.input != nil {
		if _, err := r.single(items, n.pos, "iif()"); err != nil {
			return nil, err
		}
		r.this = items
	}
	condition, err := r.arg(n, 0)
	if err != nil {
		return nil, err
	}
	truth, known, err := r.truth(condition, n.pos)
	r.release(condition)
	switch {
	case err != nil:
		return nil, err
	case truth && known:
		return n.args[1].eval(r, out)
	case len(n.args) == 3:
		return n.args[2].eval(r, out)
	}
	return out, nil
}

func aggregateFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	saved := r.scope
	defer func() { r.scope = saved }()
	total := r.get()
	if len(n.args) > 1 {
		var err error
		if total, err = r.arg(n, 1); err != nil {
			return nil, err
		}
	}
	for i := range items {
		r.total = total
		next, err := r.lambda(n.args[0], items, i, n.pos)
		if err != nil {
			return nil, err
		}
		r.release(total)
		total = next
	}
	out = append(out, total...)
	r.release(total)
	return out, nil
}

func traceFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	name, ok, err := r.textArg(n, 0)
	if err != nil {
		return nil, err
	}
	if tracer := r.x.engine.config.Tracer; ok && tracer != nil {
		shown := append(Collection(nil), items...)
		if len(n.args) > 1 {
			shown = shown[:0]
			for i := range items {
				result, err := r.lambda(n.args[1], items, i, n.pos)
				if err != nil {
					return nil, err
				}
				shown = append(shown, result...)
			}
		}
		tracer.Trace(r.ctx, name, shown)
	}
	return append(out, items...), nil
}

// defineVariableFunc makes %name for the rest of the path it stands in.
func defineVariableFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	name, ok, err := r.textArg(n, 0)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, r.fail(n.pos, "defineVariable() wants a name", "")
	}
	if _, fixed := fixedConstant(name); fixed || name == "context" || name == "resource" || name == "rootResource" {
		return nil, r.fail(n.pos, "%"+name+" cannot be defined anew", "choose another name")
	}
	for v := r.vars; v != nil; v = v.next {
		if v.name == name {
			return nil, r.fail(n.pos, "%"+name+" is defined already", "choose another name")
		}
	}
	value := items
	if len(n.args) > 1 {
		saved := r.scope
		r.this = items
		value, err = n.args[1].eval(r, nil)
		r.scope = saved
		if err != nil {
			return nil, err
		}
	}
	r.vars = &variable{name, append([]Item(nil), value...), r.vars}
	return append(out, items...), nil
}

func typeInfoFunc(_ *run, _ *callNode, items, out []Item) ([]Item, error) {
	for i := range items {
		namespace, name := items[i].Type()
		out = append(out, Item{kind: kindTypeInfo, text: namespace, box: &box{name: name}})
	}
	return out, nil
}
