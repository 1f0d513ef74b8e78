package objectmapper

import (
	"errors"
	"fmt"
)

// writer writes what one rule read to its target.
type writer struct {
	*budget
	keepNull bool
	// whole tells that the source ends with [], so that []+ appends its elements one by one.
	whole bool
	// overwritten is told when a filled object or array is replaced.
	overwritten func()
}

// shape brings what a source read to the number of lists its target can hold: lists of lists are joined from the inside until they fit,
// so that the children of every parent stay with it when the target has a [] for each level, and come as one list when it has not.
func (f *found) shape(source, target *Path) found {
	slots := eachSlots(target.Segments)
	if source.endsWithEach() {
		return closeLists(f, slots)
	}
	if slots == 0 {
		if fixed := hasIndex(target.Segments); !fixed || !f.many {
			return found{val: f.flat(true)}
		}
		slots = 1
	}
	if !f.many {
		return found{val: f.flat(true)}
	}
	return f.limit(slots)
}

// closeLists makes values of the innermost lists: "a[].b[]" reads lists b, not their elements.
func closeLists(f *found, slots int) found {
	if !f.many || slots == 0 {
		return found{val: f.flat(false)}
	}
	nested := false
	for i := range f.items {
		nested = nested || f.items[i].many
	}
	if !nested {
		return found{val: f.flat(false)}
	}
	out := found{many: true, items: make([]found, len(f.items))}
	for i := range f.items {
		out.items[i] = closeLists(&f.items[i], slots)
	}
	return out
}

func (f *found) limit(levels int) found {
	if !f.many {
		return *f
	}
	out := found{many: true}
	for i := range f.items {
		item := &f.items[i]
		switch {
		case levels > 1:
			out.items = append(out.items, item.limit(levels-1))
		case item.many:
			list := item.flat(false)
			for _, v := range list.list {
				out.items = append(out.items, found{val: v})
			}
		default:
			out.items = append(out.items, *item)
		}
	}
	return out
}

func eachSlots(segments []Segment) int {
	n := 0
	for i := range segments {
		if segments[i].each() {
			n++
		}
	}
	return n
}

func hasIndex(segments []Segment) bool {
	for i := range segments {
		if segments[i].array() && !segments[i].each() {
			return true
		}
	}
	return false
}

// depth is how many lists lie in each other.
func (f *found) depth() int {
	if !f.many {
		return depthOf(f.val)
	}
	deepest := 0
	for i := range f.items {
		deepest = max(deepest, f.items[i].depth())
	}
	return 1 + deepest
}

func depthOf(v *value) int {
	n := 0
	for v.is(kindArray) {
		n++
		if len(v.list) == 0 {
			break
		}
		v = v.list[0]
	}
	return n
}

func (f *found) list() bool { return f.many || f.val.is(kindArray) }

// elements returns what a spread walks over.
func (f *found) elements() []found {
	if f.many {
		return f.items
	}
	out := make([]found, len(f.val.list))
	for i, v := range f.val.list {
		out[i].val = v
	}
	return out
}

// errConflict tells that a path leads through a value that cannot hold it.
var errConflict = errors.New("the target leads through a value that an earlier rule wrote and that is no object")

// set writes f below dest and returns dest, or what takes its place when it was empty.
func (w *writer) set(dest *value, segments []Segment, f found) (*value, error) {
	if err := w.step(); err != nil {
		return nil, err
	}
	s := &segments[0]
	if s.Key == "" {
		if dest.empty() {
			dest = newArray()
		}
		if dest.kind != kindArray {
			return nil, errConflict
		}
		return dest, w.slot(dest, segments, f)
	}
	fresh := dest.empty()
	if fresh {
		dest = newObject()
	}
	if dest.kind != kindObject {
		if dest.kind == kindArray {
			return nil, fmt.Errorf("the target has a list where the path has a name: write %q with []", s.Key)
		}
		return nil, errConflict
	}
	switch {
	case s.array():
		return dest, w.named(dest, segments, f, fresh)
	case len(segments) > 1:
		child, err := w.set(dest.get(s.Key), segments[1:], f)
		if err != nil {
			return nil, err
		}
		dest.set(s.Key, child)
		return dest, nil
	}
	v := f.flat(false)
	if !w.keepNull && (v.absent() || v.kind == kindArray && len(v.list) == 0) {
		return dest, nil
	}
	return dest, w.leaf(dest, s.Key, v)
}

func (w *writer) leaf(dest *value, key string, v *value) error {
	if old := dest.get(key); old.container() && (v.absent() || v.kind < kindArray) {
		w.overwritten()
	}
	c, err := w.plain(v)
	if err != nil {
		return err
	}
	dest.set(key, c)
	return nil
}

// plain copies a value; undefined becomes null.
func (w *writer) plain(v *value) (*value, error) {
	if v == nil {
		return newNull(), w.step()
	}
	return w.copy(v)
}

// named writes below an array member of an object.
func (w *writer) named(dest *value, segments []Segment, f found, fresh bool) error {
	s := &segments[0]
	if len(segments) == 1 && !w.keepNull && f.absent() {
		if fresh {
			dest.set(s.Key, newArray())
		}
		return nil
	}
	list := dest.get(s.Key)
	if !list.is(kindArray) {
		if list.container() {
			w.overwritten()
		}
		list = newArray()
		dest.set(s.Key, list)
	}
	return w.slot(list, segments, f)
}

// slot writes into an array: f's elements one by one where the path lets them spread, f as a whole otherwise.
func (w *writer) slot(list *value, segments []Segment, f found) error {
	s, rest := &segments[0], segments[1:]
	base := 0
	if !s.each() {
		base = s.Brackets[0].Index
	}
	if len(rest) == 0 {
		return w.last(list, s, base, f)
	}
	spread := f.list()
	switch {
	case !spread:
	case !s.each():
		spread = eachSlots(rest) == 0
	case rest[0].array() && !rest[0].Append:
		spread = f.depth() >= eachSlots(segments)
	}
	if !spread {
		return w.element(list, base, rest, f)
	}
	for i, item := range f.elements() {
		if err := w.element(list, base+i, rest, item); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) element(list *value, i int, rest []Segment, f found) error {
	if err := w.grow(list, i); err != nil {
		return err
	}
	child, err := w.set(list.list[i], rest, f)
	if err != nil {
		return err
	}
	list.list[i] = child
	return nil
}

// grow makes room for element i; what lies before it is a hole.
func (w *writer) grow(list *value, i int) error {
	for len(list.list) <= i {
		if err := w.step(); err != nil {
			return err
		}
		list.list = append(list.list, nil)
	}
	return nil
}

// last writes at a path that ends with brackets.
func (w *writer) last(list *value, s *Segment, base int, f found) error {
	put := func(i int, v *value) error {
		if v.absent() && !w.keepNull && s.Append {
			return nil
		}
		c, err := w.plain(v)
		if err != nil {
			return err
		}
		if err := w.grow(list, i); err != nil {
			return err
		}
		list.list[i] = c
		return nil
	}
	one := !f.list() || s.Append && !f.many && !w.whole || !s.each()
	if one {
		v := f.flat(false)
		switch {
		case v.absent() && !w.keepNull:
			return nil
		case s.each() && (s.Key != "" || s.Append):
			base = len(list.list)
		}
		return put(base, v)
	}
	if s.Key != "" || s.Append {
		base = len(list.list)
	}
	for i, item := range f.elements() {
		if s.Append {
			i = len(list.list) - base
		}
		if err := put(base+i, item.flat(false)); err != nil {
			return err
		}
	}
	return nil
}

// setAll writes v into every element of the arrays along the path. It reports false, and writes nothing, when the first of them has no
// element yet.
func (w *writer) setAll(dest *value, segments []Segment, v *value, must bool) (*value, bool, error) {
	if err := w.step(); err != nil {
		return nil, false, err
	}
	s := &segments[0]
	if !s.each() {
		if !must && eachSlots(segments) > 0 {
			child := dest.get(s.Key)
			if s.array() {
				child = child.at(s.Brackets[0].Index)
			}
			if child.empty() || len(segments) == 1 {
				return dest, false, nil
			}
			_, ok, err := w.setAll(child, segments[1:], v, false)
			return dest, ok, err
		}
		out, err := w.set(dest, segments, found{val: v})
		return out, true, err
	}
	list := dest
	if s.Key != "" {
		list = dest.get(s.Key)
	}
	if !list.is(kindArray) || len(list.list) == 0 {
		if !must {
			return dest, false, nil
		}
		out, err := w.set(dest, segments, found{val: v})
		return out, true, err
	}
	for i := range list.list {
		if len(segments) == 1 {
			c, err := w.plain(v)
			if err != nil {
				return nil, false, err
			}
			list.list[i] = c
			continue
		}
		child, _, err := w.setAll(list.list[i], segments[1:], v, true)
		if err != nil {
			return nil, false, err
		}
		list.list[i] = child
	}
	return dest, true, nil
}
