package mapping

import "github.com/openhim/mediator-go/mapping/internal/tape"

// zip gives an array of objects made of the items of several arrays by their place.
type zip struct {
	rule    *rule
	names   []string // in quotes
	sources []node
}

func (n *zip) emit(r *run, s *scope) yield { return r.put(n.rule, n.value(r, s), 0) }

func (n *zip) value(r *run, s *scope) value {
	lists := make([]value, len(n.sources))
	at := make([]tape.Node, len(n.sources))
	for i, source := range n.sources {
		v := source.value(r, s)
		switch k := v.Kind(); {
		case k <= tape.Null:
			continue
		case k != tape.Array:
			return r.fail(n.rule, CodeType, v, "zip needs arrays and found "+k.String(), "")
		}
		lists[i], at[i] = v, v.Doc.First(v.Node)
	}
	out := []byte{'['}
	for r.step(n.rule, 1) {
		if len(out) > r.limits.Memory {
			r.exceeded(n.rule, "bytes of memory", r.limits.Memory)
			return failed()
		}
		mark, some := len(out), false
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(out, '{')
		for i, v := range lists {
			if v.Doc == nil || at[i] >= v.Doc.End(v.Node) {
				continue
			}
			if some {
				out = append(out, ',')
			}
			out = append(append(out, n.names[i]...), ':')
			out = v.Doc.At(at[i]).AppendJSON(out)
			at[i] = v.Doc.Next(at[i])
			some = true
		}
		if !some {
			out = out[:mark]
			break
		}
		out = append(out, '}')
	}
	v, err := r.heap.AddJSON(append(out, ']'), r.limits.Depth+2)
	if err != nil {
		r.exceeded(n.rule, "levels of nesting", r.limits.Depth)
		return failed()
	}
	return v
}
