package tape

// Trie holds the names that are read of an object, so that one walk over its members finds
// them all. Each name has a slot, also one that only leads to others. Build it with Add,
// then Seal it; a sealed Trie is safe for concurrent use.
type Trie struct {
	root  branch
	slots int
}

type branch struct {
	name     string
	slot     int
	children []*branch
	table    []*branch          // by hash, chained by next; a power of two long
	names    map[string]*branch // in its place when there are many, or many that the hash does not tell apart
	next     *branch
	a, b     uint32 // what the hash multiplies the first and the last byte with
}

// wrong marks the value of a slot as one that should have been an object, and is not.
const wrong Node = 1 << 31

// Add returns the slot of the value that the names lead to, which must not be empty.
func (t *Trie) Add(names ...string) int {
	at := &t.root
	for _, name := range names {
		var child *branch
		for _, c := range at.children {
			if c.name == name {
				child = c
			}
		}
		if child == nil {
			child = &branch{name: name, slot: t.slots}
			t.slots++
			at.children = append(at.children, child)
		}
		at = child
	}
	return at.slot
}

// Slots returns how many slots there are.
func (t *Trie) Slots() int { return t.slots }

// Names calls yield with each name at the top and its slot.
func (t *Trie) Names(yield func(name string, slot int)) {
	for _, c := range t.root.children {
		yield(c.name, c.slot)
	}
}

// Seal ends the building.
func (t *Trie) Seal() { t.root.seal() }

func (b *branch) seal() {
	for _, c := range b.children {
		c.seal()
	}
	if len(b.children) == 0 {
		return
	}
	size := 4
	for size < 4*len(b.children) {
		size *= 2
	}
	best := -1
	used := make([]bool, size)
	mask := uint32(size - 1) //nolint:gosec // a few names
	for a := uint32(1); a < 16 && best != 0; a += 2 {
		for last := uint32(1); last < 16 && best != 0; last += 2 {
			clashes := 0
			clear(used)
			for _, c := range b.children {
				h := hash(a, last, []byte(c.name)) & mask
				if used[h] {
					clashes++
				}
				used[h] = true
			}
			if best < 0 || clashes < best {
				best, b.a, b.b = clashes, a, last
			}
		}
	}
	if best > maxClashes || len(b.children) > maxHashed {
		b.names = make(map[string]*branch, len(b.children))
		for _, c := range b.children {
			b.names[c.name] = c
		}
		return
	}
	b.table = make([]*branch, size)
	for _, c := range b.children {
		h := hash(b.a, b.b, []byte(c.name)) & mask
		c.next, b.table[h] = b.table[h], c
	}
}

// From these on names are found by a map: more of them, or more that share a place.
const (
	maxHashed  = 64
	maxClashes = 4
)

func hash(a, b uint32, name []byte) uint32 {
	if len(name) == 0 {
		return 0
	}
	return offset(len(name)) + uint32(name[0])*a + uint32(name[len(name)-1])*b + uint32(name[len(name)/2])
}

func (b *branch) find(name []byte) *branch {
	if b.names != nil {
		return b.names[string(name)]
	}
	for c := b.table[hash(b.a, b.b, name)&offset(len(b.table)-1)]; c != nil; c = c.next {
		if c.name == string(name) {
			return c
		}
	}
	return nil
}

// Fill sets the slots to what v has by their names. slots must have Slots() elements.
// A name that occurs twice has its first value.
func (t *Trie) Fill(v Value, slots []Value) {
	clear(slots)
	t.root.fill(v, slots)
}

// FillName sets the slots under one name at the top to v and what it holds.
func (t *Trie) FillName(name string, v Value, slots []Value) {
	for _, c := range t.root.children {
		if c.name == name {
			slots[c.slot] = v
			c.fill(v, slots)
		}
	}
}

func (b *branch) fill(v Value, slots []Value) {
	if len(b.children) == 0 {
		return
	}
	switch v.Kind() {
	case Object:
		b.walk(v.Doc, v.Node, slots)
	case Missing, Null:
	default:
		b.spoil(Value{v.Doc, v.Node | wrong}, slots)
	}
}

func (b *branch) walk(d *Doc, n Node, slots []Value) {
	tape, src := d.tape, d.src
	left := len(b.children)
	for c, end := uint32(n)+1, tape[n].next; c < end; {
		e := &tape[c]
		at := Node(c)
		c = e.next
		name := src[e.key : e.key+e.meta>>keyShift]
		if e.meta&keyEscaped != 0 {
			name = Unescape(nil, name)
		}
		child := b.find(name)
		if child == nil || slots[child.slot].Doc != nil {
			continue
		}
		slots[child.slot] = Value{d, at}
		if len(child.children) > 0 {
			switch Kind(e.meta & kindMask) {
			case Object:
				child.walk(d, at, slots)
			case Null:
			default:
				child.spoil(Value{d, at | wrong}, slots)
			}
		}
		if left--; left == 0 {
			return
		}
	}
}

func (b *branch) spoil(v Value, slots []Value) {
	for _, c := range b.children {
		slots[c.slot] = v
		c.spoil(v, slots)
	}
}

// Wrong reports whether the value of a slot is one that should have been an object, and
// returns it as it is.
func (v Value) Wrong() (Value, bool) {
	return Value{v.Doc, v.Node &^ wrong}, v.Node&wrong != 0
}
