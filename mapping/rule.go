package mapping

// rule is a part of the document that can be reached, fail and be counted.
type rule struct {
	id           int
	path         string // in the output, * for an item: /events/*/orgUnit
	file         string
	line, column int
	branch       bool // it counts how often it was taken, and not how often it was tried
}

// yield is what a node put into the output.
type yield uint8

const (
	nothing  yield = iota
	constant       // only what the document says itself
	data           // something of the input
)

// keep is what is put out although it is empty.
type keep uint8

const (
	keepNull keep = 1 << iota
	keepEmpty
)

// node is a part of the plan. Nodes are immutable; what changes is in the run.
type node interface {
	// emit appends what the node gives to r.out, or leaves r.out as it was.
	emit(r *run, s *scope) yield
	// value returns what the node gives without putting it out.
	value(r *run, s *scope) value
}

// lister is a node that gives an array, and can put its items into another one.
type lister interface {
	node
	// items appends the items, after count others, and returns how many there are then.
	items(r *run, s *scope, count int) int
}
