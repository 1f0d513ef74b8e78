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
	nodes []node
	keep  keep
}

func (n *concat) emit(r *run, s *scope) yield { return r.array(n, s, n.keep) }

func (n *concat) value(r *run, s *scope) value { return r.made(n, s) }

func (n *concat) items(r *run, s *scope, count int) int {
	r.hits[n.rule.id]++
	for _, part := range n.nodes {
		if list, ok := part.(lister); ok {
			count = list.items(r, s, count)
			continue
		}
		v := part.value(r, s)
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
