package mapping

import "github.com/openhim/mediator-go/mapping/internal/tape"

// array puts out the items of a list as an array.
func (r *run) array(n lister, s *scope, k keep) yield {
	mark := len(r.out)
	r.out = append(r.out, '[')
	if n.items(r, s, 0) == 0 && k&keepEmpty == 0 {
		r.out = r.out[:mark]
		return nothing
	}
	r.out = append(r.out, ']')
	return data
}

// array gives an array of what its nodes give.
type array struct {
	rule    *rule
	nodes   []node
	dynamic bool
	keep    keep
}

func (n *array) emit(r *run, s *scope) yield {
	r.hits[n.rule.id]++
	mark := len(r.out)
	r.out = append(r.out, '[')
	count, got := 0, constant
	for _, item := range n.nodes {
		before := len(r.out)
		if count > 0 {
			r.out = append(r.out, ',')
		}
		y := item.emit(r, s)
		if y == nothing {
			r.out = r.out[:before]
			continue
		}
		if y == data {
			got = data
		}
		count++
	}
	if (count == 0 || n.dynamic && got != data) && n.keep&keepEmpty == 0 {
		r.out = r.out[:mark]
		return nothing
	}
	r.out = append(r.out, ']')
	return got
}

func (n *array) value(r *run, s *scope) value { return r.made(n, s) }

func (n *array) items(r *run, s *scope, count int) int {
	r.hits[n.rule.id]++
	for _, item := range n.nodes {
		count = r.item(item, s, count)
	}
	return count
}

// item appends what one node gives as an item.
func (r *run) item(n node, s *scope, count int) int {
	before := len(r.out)
	if count > 0 {
		r.out = append(r.out, ',')
	}
	if n.emit(r, s) == nothing {
		r.out = r.out[:before]
		return count
	}
	return count + 1
}

// concat gives one array of the items of several, and of values that are no arrays.
type concat struct {
	rule  *rule
	parts []concatPart
	keep  keep
}

type concatPart struct {
	node node
	list lister // the same, if it gives any number of items
}

func (n *concat) emit(r *run, s *scope) yield { return r.array(n, s, n.keep) }

func (n *concat) value(r *run, s *scope) value { return r.made(n, s) }

func (n *concat) items(r *run, s *scope, count int) int {
	r.hits[n.rule.id]++
	for i := range n.parts {
		if list := n.parts[i].list; list != nil {
			count = list.items(r, s, count)
			continue
		}
		v := n.parts[i].node.value(r, s)
		if v.Kind() != tape.Array {
			count = r.itemValue(n.rule, v, count)
			continue
		}
		for c, end := v.Doc.First(v.Node), v.Doc.End(v.Node); c < end; c = v.Doc.Next(c) {
			count = r.itemValue(n.rule, v.Doc.At(c), count)
		}
	}
	return count
}

// alone reports whether a node of a list gives one item by itself: a $each with $index.
func alone(n node) bool {
	switch n := n.(type) {
	case *each:
		return n.index >= 0
	case *tracedList:
		return alone(n.inner)
	}
	return false
}

func (r *run) itemValue(ru *rule, v value, count int) int {
	before := len(r.out)
	if count > 0 {
		r.out = append(r.out, ',')
	}
	if r.put(ru, v, 0) == nothing {
		r.out = r.out[:before]
		return count
	}
	return count + 1
}
