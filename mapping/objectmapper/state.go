package objectmapper

import "encoding/json"

// ExtractState returns what state.extract keeps of a request, as one JSON object in the shape that paths read as state: {requestBody: {…},
// lookupRequests: {id: {…}}}. Values that are not there are left out. Whoever stores it adds system.timestamps.
func (p *Plan) ExtractState(data Data) (json.RawMessage, error) {
	all, err := p.bind(&data)
	if err != nil {
		return nil, err
	}
	out := newObject()
	part := func(parent *value, name string) *value {
		child := parent.get(name)
		if child == nil {
			child = newObject()
			parent.set(name, child)
		}
		return child
	}
	for _, e := range p.doc.State.Extract {
		source, into := all.get(e.From), func() *value { return part(out, e.From) }
		if e.From == "lookupRequests" {
			source = source.get(e.Lookup)
			into = func() *value { return part(part(out, e.From), e.Lookup) }
		}
		if v := follow(source, valuePath(e.Path)); v != nil {
			into().set(e.Name, v)
		}
	}
	return encode(out), nil
}

// AcceptsState reports whether a stored state may be read by later requests: state.config. status is the highest status of the lookups, 0
// when there was none; networkError tells that a lookup reached nobody.
func (p *Plan) AcceptsState(status int, networkError bool) bool {
	switch s := p.doc.State; {
	case s.NetworkErrors == "exclude" && networkError:
		return false
	case s.NetworkErrors == "include" && networkError:
		return true
	default:
		return status == 0 || statusMatches(s.IncludeStatuses, status)
	}
}
