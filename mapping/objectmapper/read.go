package objectmapper

// found is what a source path read: one value, or the values of a walk over an array, which may hold walks themselves.
type found struct {
	val   *value
	items []found
	many  bool
}

// one returns what was read when it is a single value.
func (f *found) absent() bool { return !f.many && f.val.absent() }

// reader walks source paths.
type reader struct{ *budget }

// read returns what the path finds from v on.
func (r reader) read(v *value, segments []Segment) (found, error) {
	if err := r.step(); err != nil {
		return found{}, err
	}
	if len(segments) == 0 {
		return found{val: v}, nil
	}
	if v == nil || v.kind < kindArray {
		return found{}, nil
	}
	s := &segments[0]
	switch {
	case v.kind == kindArray && s.Key == "":
		if !s.array() {
			return found{}, nil
		}
		return r.brackets(v, s.Brackets, segments[1:])
	case v.kind == kindArray:
		// A name on an array is asked of every element.
		return r.each(v, segments)
	}
	if s.Key == "" && s.array() && !v.has("") {
		return found{}, nil
	}
	member := v.get(s.Key)
	if member == nil && s.glob != nil {
		return r.matching(v, s, segments[1:])
	}
	return r.brackets(member, s.Brackets, segments[1:])
}

func (r reader) each(list *value, segments []Segment) (found, error) {
	out := found{many: true, items: make([]found, len(list.list))}
	for i, item := range list.list {
		var err error
		if out.items[i], err = r.read(item, segments); err != nil {
			return found{}, err
		}
	}
	return out, nil
}

// brackets follows the brackets behind a name and then the rest of the path.
func (r reader) brackets(v *value, brackets []Bracket, rest []Segment) (found, error) {
	if len(brackets) == 0 {
		return r.read(v, rest)
	}
	b := brackets[0]
	switch {
	case v == nil:
		return found{}, nil
	case !b.Each && v.kind == kindArray:
		if !b.IsIndex {
			return found{}, nil
		}
		return r.brackets(v.at(b.Index), brackets[1:], rest)
	case !b.Each:
		return r.brackets(v.get(b.Text), brackets[1:], rest)
	case v.kind != kindArray:
		// One object where a list is expected is a list of one.
		return r.brackets(v, brackets[1:], rest)
	}
	out := found{many: true, items: make([]found, len(v.list))}
	for i, item := range v.list {
		var err error
		if out.items[i], err = r.brackets(item, brackets[1:], rest); err != nil {
			return found{}, err
		}
	}
	return out, nil
}

// matching collects what the members with matching names have; names without it leave no hole.
func (r reader) matching(v *value, s *Segment, rest []Segment) (found, error) {
	out := found{many: true}
	collect := func(i int) error {
		if err := r.step(); err != nil || !s.glob.match(v.keys[i]) {
			return err
		}
		f, err := r.brackets(v.list[i], s.Brackets, rest)
		if err != nil || !f.many && f.val == nil {
			return err
		}
		out.items = append(out.items, f)
		return nil
	}
	order := v.memberOrder()
	for n := range v.list {
		i := n
		if order != nil {
			i = order[n]
		}
		if err := collect(i); err != nil {
			return found{}, err
		}
	}
	if len(out.items) == 0 {
		return found{}, nil
	}
	return out, nil
}

// flat joins walks into one list, and lists among the values when joinLists is set.
func (f *found) flat(joinLists bool) *value {
	if !f.many {
		if !joinLists || !f.val.is(kindArray) || !holdsList(f.val) {
			return f.val
		}
		out := newArray()
		for _, item := range f.val.list {
			out.list = appendJoined(out.list, item)
		}
		return out
	}
	out := newArray()
	f.into(out, joinLists)
	return out
}

func holdsList(v *value) bool {
	for _, item := range v.list {
		if item.is(kindArray) {
			return true
		}
	}
	return false
}

func (f *found) into(out *value, joinLists bool) {
	for i := range f.items {
		switch item := &f.items[i]; {
		case item.many:
			item.into(out, joinLists)
		case joinLists:
			out.list = appendJoined(out.list, item.val)
		default:
			out.list = append(out.list, item.val)
		}
	}
}

func appendJoined(list []*value, item *value) []*value {
	if item.is(kindArray) {
		return append(list, item.list...)
	}
	return append(list, item)
}

// change applies fn to every value that was read.
func (f *found) change(fn func(*value) (*value, error)) (found, error) {
	if !f.many {
		v, err := fn(f.val)
		return found{val: v}, err
	}
	out := found{many: true, items: make([]found, len(f.items))}
	for i := range f.items {
		var err error
		if out.items[i], err = f.items[i].change(fn); err != nil {
			return found{}, err
		}
	}
	return out, nil
}
