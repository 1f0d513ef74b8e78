package fhirpath

import "sort"

func emptyFunc(_ *run, _ *callNode, items, out []Item) ([]Item, error) {
	return append(out, NewBoolean(len(items) == 0)), nil
}

func existsFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	if len(n.args) == 0 {
		return append(out, NewBoolean(len(items) > 0)), nil
	}
	for i := range items {
		truth, err := r.criterion(n, items, i)
		if err != nil {
			return nil, err
		}
		if truth {
			return append(out, NewBoolean(true)), nil
		}
	}
	return append(out, NewBoolean(false)), nil
}

// criterion evaluates the first argument for item i; what is not known does not hold.
func (r *run) criterion(n *callNode, items []Item, i int) (bool, error) {
	result, err := r.lambda(n.args[0], items, i, n.pos)
	if err != nil {
		return false, err
	}
	truth, known, err := r.truth(result, n.pos)
	r.release(result)
	return truth && known, err
}

func allFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	for i := range items {
		truth, err := r.criterion(n, items, i)
		if err != nil {
			return nil, err
		}
		if !truth {
			return append(out, NewBoolean(false)), nil
		}
	}
	return append(out, NewBoolean(true)), nil
}

func whereFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	for i := range items {
		truth, err := r.criterion(n, items, i)
		if err != nil {
			return nil, err
		}
		if truth {
			out = append(out, items[i])
		}
	}
	return out, nil
}

func selectFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	for i := range items {
		result, err := r.lambda(n.args[0], items, i, n.pos)
		if err != nil {
			return nil, err
		}
		out = append(out, result...)
		r.release(result)
		if err = r.grown(n.pos, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// truthsFunc is allTrue, anyTrue, allFalse, anyFalse.
func truthsFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	all := n.name == "allTrue" || n.name == "allFalse"
	want := n.name == "allTrue" || n.name == "anyTrue"
	result := all
	for i := range items {
		v, ok := items[i].value()
		if !ok || v.kind != kindBoolean {
			return nil, r.fail(n.pos, n.name+"() is for Booleans, not for "+describe(&items[i]), "use all(…) or exists(…)")
		}
		if (v.truth == want) != all {
			result = !all
		}
	}
	return append(out, NewBoolean(result)), nil
}

func subsetFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	other, err := r.arg(n, 0)
	if err != nil {
		return nil, err
	}
	part, whole := items, other
	if n.name == "supersetOf" {
		part, whole = other, items
	}
	s := r.newSet(n.pos, len(whole))
	for i := range whole {
		if _, err = s.add(&whole[i]); err != nil {
			return nil, err
		}
	}
	for i := range part {
		has, err := s.has(&part[i])
		if err != nil {
			return nil, err
		}
		if !has {
			return append(out, NewBoolean(false)), nil
		}
	}
	return append(out, NewBoolean(true)), nil
}

func countFunc(_ *run, _ *callNode, items, out []Item) ([]Item, error) {
	return append(out, NewInteger(int64(len(items)))), nil
}

// distinctFunc is distinct and isDistinct.
func distinctFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	s := r.newSet(n.pos, len(items))
	for i := range items {
		added, err := s.add(&items[i])
		if err != nil {
			return nil, err
		}
		switch {
		case n.name == "distinct" && added:
			out = append(out, items[i])
		case n.name == "isDistinct" && !added:
			return append(out, NewBoolean(false)), nil
		}
	}
	if n.name == "isDistinct" {
		out = append(out, NewBoolean(true))
	}
	return out, nil
}

// repeatFunc is repeat, which takes what is new, and repeatAll, which takes everything.
func repeatFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	s := r.newSet(n.pos, manyItems+1)
	queue := append(r.get(), items...)
	for len(queue) > 0 {
		next := r.get()
		for i := range queue {
			found, err := r.lambda(n.args[0], queue, i, n.pos)
			if err != nil {
				return nil, err
			}
			for j := range found {
				added := true
				if n.name == "repeat" {
					if added, err = s.add(&found[j]); err != nil {
						return nil, err
					}
				}
				if added {
					out, next = append(out, found[j]), append(next, found[j])
				}
			}
			r.release(found)
			if err = r.grown(n.pos, out); err != nil {
				return nil, err
			}
		}
		r.release(queue)
		queue = next
	}
	return out, nil
}

func ofTypeFunc(_ *run, n *callNode, items, out []Item) ([]Item, error) {
	for i := range items {
		if n.spec.is(&items[i], true) {
			out = append(out, items[i])
		}
	}
	return out, nil
}

func typeFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	return r.typeTest(&n.spec, n.name, n.pos, items, out)
}

func singleFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	if _, err := r.single(items, n.pos, "single()"); err != nil {
		return nil, err
	}
	return append(out, items...), nil
}

// partFunc is first, last and tail.
func partFunc(_ *run, n *callNode, items, out []Item) ([]Item, error) {
	switch {
	case len(items) == 0:
		return out, nil
	case n.name == "first":
		return append(out, items[0]), nil
	case n.name == "last":
		return append(out, items[len(items)-1]), nil
	default:
		return append(out, items[1:]...), nil
	}
}

// skipFunc is skip and take.
func skipFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	count, ok, err := r.integerArg(n, 0)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, r.fail(n.pos, n.name+"() wants an integer, not nothing", "")
	}
	at := int(max(0, min(count, int64(len(items)))))
	if n.name == "skip" {
		return append(out, items[at:]...), nil
	}
	return append(out, items[:at]...), nil
}

// intersectFunc is intersect, which drops duplicates, and exclude, which keeps them.
func intersectFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	other, err := r.arg(n, 0)
	if err != nil {
		return nil, err
	}
	in, seen := r.newSet(n.pos, len(other)), r.newSet(n.pos, len(items))
	for i := range other {
		if _, err = in.add(&other[i]); err != nil {
			return nil, err
		}
	}
	for i := range items {
		has, err := in.has(&items[i])
		if err != nil {
			return nil, err
		}
		take := has != (n.name == "exclude")
		if take && n.name == "intersect" {
			if take, err = seen.add(&items[i]); err != nil {
				return nil, err
			}
		}
		if take {
			out = append(out, items[i])
		}
	}
	return out, nil
}

func unionFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	other, err := r.arg(n, 0)
	if err != nil {
		return nil, err
	}
	return unionOperator(r, &binaryNode{pos: n.pos}, items, other, out)
}

func combineFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	other, err := r.arg(n, 0)
	if err != nil {
		return nil, err
	}
	if err = r.step(n.pos, len(items)+len(other)); err != nil {
		return nil, err
	}
	if err = r.room(n.pos, len(items)+len(other)); err != nil {
		return nil, err
	}
	out = append(append(out, items...), other...)
	r.release(other)
	return out, nil
}

func coalesceFunc(r *run, n *callNode, _, out []Item) ([]Item, error) {
	for i := range n.args {
		items, err := r.arg(n, i)
		if err != nil {
			return nil, err
		}
		if len(items) > 0 {
			return append(out, items...), nil
		}
	}
	return out, nil
}

// sortFunc sorts by keys. Nothing sorts before everything else, whatever the direction.
func sortFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	keys := max(len(n.args), 1)
	values := make([]Item, 0, keys*len(items))
	for i := range items {
		if len(n.args) == 0 {
			values = append(values, items[i])
			continue
		}
		for _, arg := range n.args {
			result, err := r.lambda(arg, items, i, n.pos)
			if err != nil {
				return nil, err
			}
			key, err := r.single(result, n.pos, "a key of sort()")
			if err != nil {
				return nil, err
			}
			if key == nil {
				key = &Item{}
			}
			values = append(values, *key)
			r.release(result)
		}
	}
	order := make([]int, len(items))
	for i := range order {
		order[i] = i
	}
	var failed error
	sort.SliceStable(order, func(x, y int) bool {
		for k := range keys {
			a, b := &values[order[x]*keys+k], &values[order[y]*keys+k]
			if a.kind == kindNone || b.kind == kindNone {
				if a.kind != b.kind {
					return a.kind == kindNone
				}
				continue
			}
			c, known, ok := compareItems(a, b)
			if !ok && failed == nil {
				failed = r.fail(n.pos, "sort() cannot order "+describe(a)+" and "+describe(b), "")
			}
			if known && c != 0 {
				return (c < 0) != (k < len(n.down) && n.down[k])
			}
		}
		return false
	})
	if failed != nil {
		return nil, failed
	}
	for _, i := range order {
		out = append(out, items[i])
	}
	return out, r.step(n.pos, 8*len(items))
}
