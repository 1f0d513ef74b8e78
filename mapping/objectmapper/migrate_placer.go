package objectmapper

import "fmt"

// placer writes one target into the tree.
type placer struct {
	m      *migrator
	leaf   *leafRule
	groups [][]ref // of walks, one for each [] that spreads
	used   int
	all    bool // oneToAllElements
	whole  bool
	// flatten makes one list of all walks
	flatten bool
	// append of a scalar adds it as it is
	scalar bool
}

func (w *placer) left() int { return len(w.groups) - w.used }

func (m *migrator) place(root *place, t *Target, o *origin) error {
	leaf := &leafRule{origin: o, pos: t.Position, function: t.Function, params: t.parameters, def: t.def}
	if o.nothing && t.def == nil && (t.Path == nil || !t.Path.KeepNull) {
		m.note(NoteUnused, t.Position, "the peer has nothing at "+o.text+": the rule writes nothing", "")
		return nil
	}
	if o.nothing && t.def != nil {
		o.constant = t.def
		leaf.def = nil
	}
	if t.def != nil && !o.nothing && (len(o.walks) > 0 || o.kind&shapeList != 0 && t.Function != "") {
		return refuse("a default for a list that is walked over: the peer writes it once, when the whole list is missing",
			"write $default in the element's rule, or beside $each")
	}
	if len(o.walks) > 0 && ofNothing(t) {
		m.note(NoteDecision, t.Position, "a missing list gives nothing; the peer writes once what "+t.Function+" makes of nothing", "")
	}
	w := &placer{m: m, leaf: leaf, whole: o.whole, scalar: o.scalar() || t.Function != "" && t.Function != "appendArray" && o.kind&shapeList == 0}
	if t.Function == "passThroughObject" {
		leaf.function = ""
		return m.passThrough(root, w)
	}
	segments := t.Path.Segments
	leaf.keepNull, leaf.target = t.Path.KeepNull, t.Path.Text
	switch t.Function {
	case "oneToAllElements":
		if eachSlots(segments) > 1 || segments[len(segments)-1].each() {
			return refuse("oneToAllElements into a list within a list, or in place of the elements", "write the value into the element's rule")
		}
		m.note(NoteDecision, t.Position, "oneToAllElements writes into the elements that the list has; the peer makes one when the list is missing", "")
		w.all, leaf.function, w.scalar = true, "", false
	case "appendArray":
		segments, leaf.function = appendTo(segments), ""
		if eachSlots(segments) > 1 {
			return refuse("appendArray onto a list within a list shares its elements out", "write x[].y[]+ with a source below the same list")
		}
		w.whole, w.flatten = true, true
	}
	if err := w.group(segments); err != nil {
		return err
	}
	return w.put(root, segments)
}

// ofNothing reports whether a transform makes something of nothing.
func ofNothing(t *Target) bool {
	switch t.Function {
	case "booleanify", "stringify":
		return true
	case "mapCodes":
		return !t.parameters.get("null").absent() || !t.parameters.get("default").absent()
	}
	return false
}

func (m *migrator) passThrough(root *place, w *placer) error {
	if v := w.leaf.origin.constant; v.is(kindObject) {
		if err := root.become(placeObject); err != nil {
			return err
		}
		for i, key := range v.keys {
			child := root.member(key)
			*child = place{}
			w.constant(child, v.list[i])
		}
		return nil
	}
	if root.kind != placeUnset {
		return refuse("passThroughObject merges an object whose members are not known", "name its members in the map")
	}
	w.leaf.rest = w.leaf.origin.walks
	root.kind, root.leaf = placeLeaf, w.leaf
	return nil
}

// group shares the source's walks out to the target's lists, as found.shape does.
func (w *placer) group(segments []Segment) error {
	walks, slots := w.leaf.origin.walks, eachSlots(segments)
	o := w.leaf.origin
	if o.constant.is(kindArray) && slots > 0 && !w.all && !segments[len(segments)-1].each() {
		return refuse("a list of constants is spread over elements", "write the list in the map")
	}
	last := &segments[len(segments)-1]
	switch {
	case w.all:
		w.leaf.rest = walks
		return nil
	case w.flatten && len(walks) > 0:
		w.groups = [][]ref{walks}
		return nil
	case slots == 0 && hasIndex(segments[:len(segments)-1]) && (len(walks) > 0 || o.kind&shapeList != 0):
		return refuse("a list is written from an index on", "write x[].y, or one rule for each element")
	case slots == 0:
		w.leaf.rest = walks
		return nil
	case o.whole && len(walks) > 1:
		copied := *o
		copied.rest, copied.walks = walks[len(walks)-1], walks[:len(walks)-1]
		copied.kind = shapeList
		w.leaf.origin, walks = &copied, copied.walks
		w.whole = false
	case len(walks) == 0 && o.kind&shapeList != 0 && o.constant == nil && w.leaf.function == "" && !last.Append:
		copied := *o
		copied.walks, copied.rest, copied.kind = []ref{o.rest}, ref{}, 0
		w.leaf.origin, walks, w.whole = &copied, copied.walks, true
	}
	for i := range walks {
		if i < slots {
			w.groups = append(w.groups, nil)
		}
		n := len(w.groups) - 1
		w.groups[n] = append(w.groups[n], walks[i])
	}
	return nil
}

func (w *placer) put(at *place, segments []Segment) error {
	s := &segments[0]
	if s.Key == "" {
		if err := at.become(placeArray); err != nil {
			return err
		}
		return w.slot(at.list, segments)
	}
	if err := at.become(placeObject); err != nil {
		return err
	}
	if len(s.Key) > 500 {
		return refuse("a name of more than 500 bytes", "")
	}
	child := at.member(s.Key)
	if s.array() {
		if err := child.become(placeArray); err != nil {
			return err
		}
		return w.slot(child.list, segments)
	}
	if len(segments) > 1 {
		return w.put(child, segments[1:])
	}
	return w.set(child)
}

// slot writes into a list, as writer.slot does.
func (w *placer) slot(list *placeList, segments []Segment) error {
	s, rest := &segments[0], segments[1:]
	if len(rest) == 0 {
		return w.last(list, s)
	}
	if !s.each() {
		if w.left() > 0 && eachSlots(rest) == 0 {
			return refuse("a list is written from an index on", "write x[].y, or one rule for each element")
		}
		at, err := list.at(s.Brackets[0].Index)
		if err != nil {
			return err
		}
		return w.put(at, rest)
	}
	step := elemStep{}
	switch {
	case w.all && len(list.tail) > 0:
		return refuse("oneToAllElements fills elements that other rules add one by one", "write it into each of them")
	case w.all:
		step.kind = elemAll
		if len(list.fixed) > 0 {
			return w.everywhere(list, rest)
		}
	case w.left() > 0 && (!rest[0].array() || rest[0].Append || w.left() >= eachSlots(segments)):
		step = elemStep{elemWalk, w.groups[w.used]}
		w.used++
	case len(list.fixed) > 0:
		at, err := list.at(0)
		if err != nil {
			return err
		}
		return w.put(at, rest)
	}
	if step.kind == elemWalk && (len(list.fixed) > 0 || len(list.tail) > 0) {
		return refuse("the target's elements are also written one by one", "write them in one rule")
	}
	if step.kind == elemFirst && len(list.tail) > 0 {
		return refuse("the rule writes into an element that an earlier rule adds", "write them in one rule")
	}
	if list.elem == nil {
		list.elem = &place{}
	}
	w.leaf.steps = append(w.leaf.steps, step)
	return w.put(list.elem, rest)
}

func (w *placer) everywhere(list *placeList, rest []Segment) error {
	for _, at := range list.fixed {
		if at == nil {
			continue
		}
		copied, leaf := *w, *w.leaf
		leaf.steps = append([]elemStep(nil), leaf.steps...)
		copied.leaf = &leaf
		if err := copied.put(at, rest); err != nil {
			return err
		}
	}
	return nil
}

const maxFixed = 1000

func (l *placeList) at(i int) (*place, error) {
	if l.elem != nil {
		return nil, refuse("the target's elements are also written all at once", "write the element in the map by hand")
	}
	if len(l.tail) > 0 {
		return nil, refuse("the rule writes into an element that an earlier rule adds", "write them in one rule")
	}
	if i > maxFixed {
		return nil, refuse(fmt.Sprintf("an index above %d", maxFixed), "")
	}
	for len(l.fixed) <= i {
		l.fixed = append(l.fixed, nil)
	}
	if l.fixed[i] == nil {
		l.fixed[i] = &place{}
	}
	return l.fixed[i], nil
}

// last writes at a path that ends with brackets.
func (w *placer) last(list *placeList, s *Segment) error {
	if !s.each() {
		w.leaf.rest = w.flat()
		at, err := list.at(s.Brackets[0].Index)
		if err != nil {
			return err
		}
		return w.set(at)
	}
	if w.all {
		if len(list.tail) > 0 || len(list.fixed) > 0 {
			return refuse("oneToAllElements fills elements that other rules add one by one", "write it into each of them")
		}
		if list.elem == nil {
			list.elem = &place{}
		}
		w.leaf.steps = append(w.leaf.steps, elemStep{kind: elemAll})
		return w.set(list.elem)
	}
	if s.Key == "" && !s.Append && (len(list.tail) > 0 || len(list.fixed) > 0 || list.elem != nil) {
		return refuse("a second rule writes to the root list", "use []+ to add to it")
	}
	if list.elem != nil && w.leaf.keepNull {
		return refuse("a null is added behind elements that other rules write", "")
	}
	walks := w.flat()
	item := tailItem{at: &place{}}
	item.spread = len(walks) > 0 || w.whole || !s.Append && !w.scalar
	w.leaf.rest = walks
	list.tail = append(list.tail, item)
	return w.set(item.at)
}

func (w *placer) flat() []ref {
	var out []ref
	for ; w.used < len(w.groups); w.used++ {
		out = append(out, w.groups[w.used]...)
	}
	return out
}

// set makes a place a value, or the first of two.
func (w *placer) set(at *place) error {
	if v := w.leaf.origin.constant; v != nil && w.leaf.function == "" {
		if at.kind == placeObject && v.kind != kindObject || at.kind == placeArray && v.kind != kindArray {
			return at.become(placeLeaf)
		}
		if at.kind == placeObject || at.kind == placeArray {
			return refuse("an earlier rule writes below the constant", "put the constant's rule first")
		}
		if err := w.leaf.replaces(at.leaf); err != nil {
			return err
		}
		w.m.hide(at.leaf)
		*at = place{}
		w.constant(at, v)
		return nil
	}
	if err := at.become(placeLeaf); err != nil {
		return err
	}
	if at.leaf != nil && len(w.leaf.rest) > 0 {
		return refuse("a list is written over an earlier rule's value, also when it has nothing in it", "keep the rule that is meant")
	}
	if at.leaf != nil && w.leaf.keepNull && w.leaf.function == "mapCodes" && !w.leaf.params.has("default") {
		return refuse("a code that mapCodes has not leaves an earlier rule's value, and with ? a missing one writes null over it", "take the ? away, or give mapCodes a default")
	}
	if w.leaf.def == nil && !w.leaf.keepNull {
		w.leaf.or = at.leaf
	} else if err := w.leaf.replaces(at.leaf); err != nil {
		return err
	}
	w.m.hide(at.leaf)
	at.leaf = w.leaf
	return nil
}

// replaces refuses a value that takes an earlier one's place in some of the elements only: the
// others would have nothing.
func (l *leafRule) replaces(earlier *leafRule) error {
	for ; earlier != nil; earlier = earlier.or {
		for i, was := range earlier.steps {
			is := elemStep{}
			if i < len(l.steps) {
				is = l.steps[i]
			}
			same := is.kind == was.kind && (is.kind != elemWalk || l.groupKey(i) == earlier.groupKey(i))
			if is.kind != elemAll && !same {
				return refuse("an earlier rule writes the same place in other elements too", "write them in one rule")
			}
		}
	}
	return nil
}

// hide notes the values that a later rule writes over: the mapping does not look at them there, and the peer does.
func (m *migrator) hide(l *leafRule) {
	for ; l != nil; l = l.or {
		if l.function != "dateTimeToDate" {
			continue // no other transform that is converted fails
		}
		m.out.hidden = append(m.out.hidden, hiddenRule{l.origin.text, l.target})
		m.note(NoteDecision, l.pos, "where a later rule writes the same place the value is not looked at; the peer refuses one that is no text all the same", "")
	}
}

// constant makes a place of a constant: an object's members are places of their own, so that later rules can write beside them.
func (w *placer) constant(at *place, v *value) {
	switch {
	case v.is(kindObject) && len(v.keys) > 0:
		at.kind = placeObject
		for i, key := range v.keys {
			w.constant(at.member(key), v.list[i])
		}
	case v.is(kindArray) && len(v.list) > 0:
		at.kind, at.list = placeArray, &placeList{}
		for _, item := range v.list {
			child := &place{}
			w.constant(child, item)
			at.list.fixed = append(at.list.fixed, child)
		}
	default:
		at.kind = placeLeaf
		at.leaf = &leafRule{origin: &origin{constant: v}, pos: w.leaf.pos, steps: w.leaf.steps}
		if v == nil || v.kind == kindNull {
			at.leaf.origin.constant = newNull()
		}
	}
}
