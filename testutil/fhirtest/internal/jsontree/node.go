// Package jsontree holds JSON documents as trees that keep the order of members and the
// text of numbers.
package jsontree

import "strings"

// Kind is what a node is.
type Kind byte

// The kinds of nodes.
const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

// Node is one JSON value. A nil *Node is a value that is not there; all reading methods
// work on it.
type Node struct {
	Kind    Kind
	Text    string // of a string, decoded; of a number, as written; true or false
	Items   []*Node
	Members []Member
	Offset  int // where it began in the text it was parsed from
}

// Member is a member of an object.
type Member struct {
	Name  string
	Value *Node
}

// NewString makes a string.
func NewString(text string) *Node { return &Node{Kind: String, Text: text} }

// NewNumber makes a number from its text.
func NewNumber(text string) *Node { return &Node{Kind: Number, Text: text} }

// NewBool makes a boolean.
func NewBool(value bool) *Node {
	if value {
		return &Node{Kind: Bool, Text: "true"}
	}
	return &Node{Kind: Bool, Text: "false"}
}

// NewArray makes an array.
func NewArray(items ...*Node) *Node { return &Node{Kind: Array, Items: items} }

// NewObject makes an object of names and values in turn. Values are *Node, string, bool;
// nil and empty strings are left out.
func NewObject(pairs ...any) *Node {
	n := &Node{Kind: Object}
	for i := 0; i+1 < len(pairs); i += 2 {
		name, _ := pairs[i].(string)
		switch v := pairs[i+1].(type) {
		case *Node:
			if v != nil {
				n.Members = append(n.Members, Member{name, v})
			}
		case string:
			if v != "" {
				n.Members = append(n.Members, Member{name, NewString(v)})
			}
		case bool:
			n.Members = append(n.Members, Member{name, NewBool(v)})
		}
	}
	return n
}

// Get finds a member, nil when there is none. A dotted path goes through objects.
func (n *Node) Get(path string) *Node {
	for {
		name, rest, more := strings.Cut(path, ".")
		n = n.member(name)
		if !more || n == nil {
			return n
		}
		path = rest
	}
}

func (n *Node) member(name string) *Node {
	if n == nil || n.Kind != Object {
		return nil
	}
	for i := range n.Members {
		if n.Members[i].Name == name {
			return n.Members[i].Value
		}
	}
	return nil
}

// Str is the text of the string at a path, empty when it is something else.
func (n *Node) Str(path string) string {
	if found := n.Get(path); found != nil && found.Kind == String {
		return found.Text
	}
	return ""
}

// List is the elements of the array at a path.
func (n *Node) List(path string) []*Node {
	if found := n.Get(path); found != nil && found.Kind == Array {
		return found.Items
	}
	return nil
}

// Set puts a member in place of one of the same name, or at the end.
func (n *Node) Set(name string, value *Node) {
	for i := range n.Members {
		if n.Members[i].Name == name {
			n.Members[i].Value = value
			return
		}
	}
	n.Members = append(n.Members, Member{name, value})
}

// Insert puts a member at a place, taking it away from where it was.
func (n *Node) Insert(at int, name string, value *Node) {
	n.Delete(name)
	at = min(at, len(n.Members))
	n.Members = append(n.Members, Member{})
	copy(n.Members[at+1:], n.Members[at:])
	n.Members[at] = Member{name, value}
}

// Delete takes a member away.
func (n *Node) Delete(name string) {
	for i := range n.Members {
		if n.Members[i].Name == name {
			n.Members = append(n.Members[:i:i], n.Members[i+1:]...)
			return
		}
	}
}

// Clone copies a node and all below it.
func (n *Node) Clone() *Node {
	if n == nil {
		return nil
	}
	out := &Node{Kind: n.Kind, Text: n.Text, Offset: n.Offset}
	if n.Items != nil {
		out.Items = make([]*Node, len(n.Items))
		for i, item := range n.Items {
			out.Items[i] = item.Clone()
		}
	}
	if n.Members != nil {
		out.Members = make([]Member, len(n.Members))
		for i, m := range n.Members {
			out.Members[i] = Member{m.Name, m.Value.Clone()}
		}
	}
	return out
}

// Equal tells whether two values are the same, members in any order, numbers by their
// text.
func Equal(a, b *Node) bool {
	if a == nil || b == nil {
		return a == b
	}
	if a.Kind != b.Kind || a.Text != b.Text || len(a.Items) != len(b.Items) || len(a.Members) != len(b.Members) {
		return false
	}
	for i := range a.Items {
		if !Equal(a.Items[i], b.Items[i]) {
			return false
		}
	}
	for _, m := range a.Members {
		if !Equal(m.Value, b.member(m.Name)) {
			return false
		}
	}
	return true
}
