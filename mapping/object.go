package mapping

import "bytes"

// object gives an object of its members, in their order.
type object struct {
	rule    *rule
	members []member
	dynamic bool // some member is not constant
	always  bool // put out although no member that is not constant gave anything
	keep    keep
}

type member struct {
	name     string
	prefix   []byte // "name":
	constant []byte // "name":value, of a member that is nothing but that
	begin    []byte // a comma and the one or the other: what is appended first, in one go
	node     node
	needed   bool
}

func (n *object) emit(r *run, s *scope) yield {
	r.hits[n.rule.id]++
	mark := len(r.out)
	r.out = append(r.out, '{')
	empty, got := true, constant
	for i := range n.members {
		m := &n.members[i]
		before, begin := len(r.out), m.begin
		if empty {
			begin = begin[1:]
		}
		r.out = append(r.out, begin...)
		if m.constant != nil {
			empty = false
			continue
		}
		switch m.node.emit(r, s) {
		case nothing:
			r.out = r.out[:before]
			if m.needed {
				r.out = r.out[:mark]
				return nothing
			}
			continue
		case data:
			got = data
		case constant:
		}
		empty = false
	}
	if empty && n.keep&keepEmpty == 0 && !n.always || n.dynamic && got != data && !n.always && n.keep&keepEmpty == 0 {
		r.out = r.out[:mark]
		return nothing
	}
	r.out = append(r.out, '}')
	if len(r.out) > r.limits.Output {
		r.exceeded(n.rule, "bytes of output", r.limits.Output)
	}
	if n.always {
		return data
	}
	return got
}

func (n *object) value(r *run, s *scope) value { return r.made(n, s) }

// pairs gives an array with an item for each member: {"dataElement":"name","value":…}.
type pairs struct {
	rule    *rule
	members []member // each begins with {"key":"name","value":
	omit    [][]byte // values that leave the item out
	keep    keep
}

func (n *pairs) emit(r *run, s *scope) yield { return r.array(n, s, n.keep) }

func (n *pairs) value(r *run, s *scope) value { return r.made(n, s) }

func (n *pairs) items(r *run, s *scope, count int) int {
	r.hits[n.rule.id]++
	for i := range n.members {
		m := &n.members[i]
		before, begin := len(r.out), m.begin
		if count == 0 {
			begin = begin[1:]
		}
		r.out = append(r.out, begin...)
		from := len(r.out)
		if m.node.emit(r, s) == nothing || n.omitted(r.out[from:]) {
			r.out = r.out[:before]
			continue
		}
		r.out = append(r.out, '}')
		count++
	}
	return count
}

func (n *pairs) omitted(text []byte) bool {
	for _, o := range n.omit {
		if bytes.Equal(o, text) {
			return true
		}
	}
	return false
}

// within gives what its body gives, with paths relative to another value.
type within struct {
	rule  *rule
	from  node
	scope *scopePlan
	body  node
}

func (n *within) emit(r *run, s *scope) yield {
	if inner := n.enter(r, s); inner != nil {
		y := n.body.emit(r, inner)
		r.leave()
		return y
	}
	return nothing
}

func (n *within) value(r *run, s *scope) value {
	if inner := n.enter(r, s); inner != nil {
		v := n.body.value(r, inner)
		r.leave()
		return v
	}
	return value{}
}

func (n *within) enter(r *run, s *scope) *scope {
	v := n.from.value(r, s)
	if v.Empty() || !r.step(n.rule, 1+v.Doc.Count(v.Node)/256) { // its members are walked over
		return nil
	}
	if r.depth > maxScopes {
		r.exceeded(n.rule, "scopes within one another", maxScopes)
		return nil
	}
	inner := r.enter(n.scope, s)
	r.set(inner, n.scope, v)
	return inner
}

// maxScopes bounds how deep $call, $with and $each nest.
const maxScopes = 200
