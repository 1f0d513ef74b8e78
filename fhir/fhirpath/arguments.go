package fhirpath

// arg evaluates argument i outside of the input, as arguments are that are no lambdas.
func (r *run) arg(n *callNode, i int) ([]Item, error) { return r.operand(n.args[i]) }

// single returns the item of a collection that may hold one at most, nil for none.
func (r *run) single(items []Item, pos int, what string) (*Item, error) {
	switch len(items) {
	case 0:
		return nil, nil //nolint:nilnil // nothing is what FHIRPath calls empty
	case 1:
		return &items[0], nil
	default:
		return nil, r.fail(pos, "several items for "+what+", which takes one", "use first(), or select(…) for each")
	}
}

// input1 returns the System value of the only item a function is called on. ok is false when there is none.
func (r *run) input1(n *callNode, items []Item) (v Item, ok bool, err error) {
	i, err := r.single(items, n.pos, n.name+"()")
	if err != nil || i == nil {
		return Item{}, false, err
	}
	if v, ok = i.value(); ok {
		return v, true, nil
	}
	if unreadable(i) {
		return Item{}, false, nil
	}
	return *i, true, nil
}

// textInput returns the text that a function is called on.
func (r *run) textInput(n *callNode, items []Item) (text string, ok bool, err error) {
	v, ok, err := r.input1(n, items)
	if err != nil || !ok {
		return "", false, err
	}
	if v.kind != kindString {
		return "", false, r.fail(n.pos, n.name+"() is for texts, not for "+describe(&items[0]), "use toString()")
	}
	return v.text, true, nil
}

// textArg returns argument i, a text; ok is false when it is empty.
func (r *run) textArg(n *callNode, i int) (text string, ok bool, err error) {
	items, err := r.arg(n, i)
	if err != nil {
		return "", false, err
	}
	item, err := r.single(items, n.pos, "an argument of "+n.name+"()")
	if err != nil || item == nil {
		return "", false, err
	}
	v, ok := item.value()
	if !ok || v.kind != kindString {
		return "", false, r.fail(n.pos, n.name+"() wants a text as argument, not "+describe(item), "")
	}
	r.release(items)
	return v.text, true, nil
}

// integer returns the only item as an integer; ok is false for an empty collection.
func (r *run) integer(items []Item, pos int, what string) (value int64, ok bool, err error) {
	item, err := r.single(items, pos, what)
	if err != nil || item == nil {
		return 0, false, err
	}
	v, ok := item.value()
	if !ok || v.kind != kindInteger {
		return 0, false, r.fail(pos, "an integer is wanted for "+what+", not "+describe(item), "")
	}
	return v.num, true, nil
}

func (r *run) integerArg(n *callNode, i int) (value int64, ok bool, err error) {
	items, err := r.arg(n, i)
	if err != nil {
		return 0, false, err
	}
	value, ok, err = r.integer(items, n.pos, n.name+"()")
	r.release(items)
	return value, ok, err
}
