// Package doc reads YAML and JSON into a tree that remembers where everything stands, and
// keeps the text of scalars as it was written.
package doc

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/openhim/mediator-go/mapping/internal/tape"
)

// Kind is the kind of a node.
type Kind uint8

// The kinds of node.
const (
	Null Kind = iota
	Bool
	Number
	Text
	List
	Map
)

// Node is a value of the document. It is read-only once read.
type Node struct {
	Kind   Kind
	Text   string // a scalar's
	Quoted bool
	Items  []*Node
	Keys   []Key
	Line   int // from 1
	Column int // from 1, in bytes
}

// Key is a member of a Map.
type Key struct {
	Name         string
	Value        *Node
	Line, Column int
}

// Get returns the member of that name, or nil.
func (n *Node) Get(name string) *Node {
	if n == nil {
		return nil
	}
	for i := range n.Keys {
		if n.Keys[i].Name == name {
			return n.Keys[i].Value
		}
	}
	return nil
}

// AppendJSON appends the node as JSON, with the text of its numbers.
func (n *Node) AppendJSON(dst []byte) []byte {
	switch n.Kind {
	case Text:
		return tape.AppendQuoted(dst, n.Text)
	case List:
		dst = append(dst, '[')
		for i, item := range n.Items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = item.AppendJSON(dst)
		}
		return append(dst, ']')
	case Map:
		dst = append(dst, '{')
		for i, key := range n.Keys {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(tape.AppendQuoted(dst, key.Name), ':')
			dst = key.Value.AppendJSON(dst)
		}
		return append(dst, '}')
	case Bool, Number:
		return append(dst, n.Text...)
	case Null:
	}
	return append(dst, "null"...)
}

// Trap is something that YAML reads otherwise than its writer is likely to mean.
type Trap struct {
	Line, Column int
	Message      string
	Hint         string
	Error        bool // it cannot stand; otherwise it is a warning
}

// Limits of a document: a mapping is written by a person.
const (
	maxBytes = 4 << 20
	maxDepth = 100
	maxNodes = 200_000
)

// Read reads one YAML or JSON document. When a trap is an error the tree may lack parts.
func Read(src []byte) (*Node, []Trap) {
	if len(src) > maxBytes {
		return nil, []Trap{{1, 1, fmt.Sprintf("the document has more than %d bytes", maxBytes), "split it with use:", true}}
	}
	if root, traps, ok := readJSON(src); ok {
		return root, traps
	}
	decoder := yaml.NewDecoder(bytes.NewReader(src))
	var root yaml.Node
	if err := decoder.Decode(&root); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, []Trap{{1, 1, "the document is empty", "", true}}
		}
		return nil, []Trap{syntax(err, src)}
	}
	var more yaml.Node
	if err := decoder.Decode(&more); err == nil {
		return nil, []Trap{{max(more.Line, 1), 1, "a second document in the file", "one file holds one mapping", true}}
	}
	if len(root.Content) != 1 {
		return nil, []Trap{{1, 1, "the document is empty", "", true}}
	}
	r := reader{}
	node := r.node(root.Content[0], 0)
	return node, r.traps
}

var yamlLine = regexp.MustCompile(`line (\d+): (.*)`)

func syntax(err error, src []byte) Trap {
	trap := Trap{1, 1, strings.TrimPrefix(err.Error(), "yaml: "), "", true}
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		trap.Line, _ = strconv.Atoi(m[1])
		trap.Message = m[2]
	}
	trap.Message = "not YAML: " + trap.Message
	lines := bytes.Split(src, []byte("\n"))
	at := ""
	if trap.Line >= 1 && trap.Line <= len(lines) {
		at = string(lines[trap.Line-1])
	}
	switch {
	case strings.Contains(at, "\t") && strings.Contains(trap.Message, "tab"),
		strings.Contains(trap.Message, "cannot start any token") && strings.Contains(at, "\t"):
		trap.Hint = "indent with spaces, not with tabs"
	case strings.ContainsAny(at, "{["), strings.Contains(trap.Message, "expected ',' or"):
		trap.Hint = `a condition or path with [ ] { } , or ": " inside { } stands in quotes: {$where: 'code in ["A", "B"]'}`
	case strings.Contains(trap.Message, "mapping values are not allowed"):
		trap.Hint = `a text with ": " in it stands in quotes`
	}
	return trap
}

type reader struct {
	traps []Trap
	nodes int
}

func (r *reader) trap(n *yaml.Node, fatal bool, message, hint string) {
	if len(r.traps) < 100 {
		r.traps = append(r.traps, Trap{n.Line, n.Column, message, hint, fatal})
	}
}

func (r *reader) node(n *yaml.Node, depth int) *Node {
	out := &Node{Line: n.Line, Column: n.Column}
	r.nodes++
	if depth > maxDepth || r.nodes > maxNodes {
		if r.nodes != maxNodes+2 {
			r.nodes = maxNodes + 2
			r.trap(n, true, fmt.Sprintf("nested deeper than %d, or more than %d values", maxDepth, maxNodes), "")
		}
		return out
	}
	switch n.Kind {
	case yaml.ScalarNode:
		r.scalar(n, out)
	case yaml.SequenceNode:
		out.Kind = List
		for _, item := range n.Content {
			out.Items = append(out.Items, r.node(item, depth+1))
		}
	case yaml.MappingNode:
		out.Kind = Map
		seen := map[string]int{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			if key.Kind != yaml.ScalarNode || key.Tag == "!!merge" {
				r.trap(key, true, "a key that is not text", "anchors, aliases and merge keys are not part of the language; use defs and $call")
				continue
			}
			if line, twice := seen[key.Value]; twice {
				r.trap(key, true, fmt.Sprintf("the key %q stands twice, first in line %d", key.Value, line), "")
				continue
			}
			seen[key.Value] = key.Line
			value := r.node(n.Content[i+1], depth+1)
			if value.Line != key.Line { // a block stands where its key does
				value.Line, value.Column = key.Line, key.Column
			}
			out.Keys = append(out.Keys, Key{key.Value, value, key.Line, key.Column})
		}
	default:
		r.trap(n, true, "an alias", "anchors and aliases are not part of the language; use defs and $call")
	}
	return out
}

func (r *reader) scalar(n *yaml.Node, out *Node) {
	out.Text, out.Kind = n.Value, Text
	out.Quoted = n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
	if out.Quoted || n.Tag == "!!str" {
		if !out.Quoted {
			switch n.Value {
			case "yes", "no", "on", "off", "Yes", "No", "On", "Off", "YES", "NO", "ON", "OFF":
				r.trap(n, false, n.Value+" without quotes is text here and a boolean elsewhere", "write true or false, or put it in quotes")
			}
		}
		return
	}
	switch n.Tag {
	case "!!null":
		out.Kind = Null
		if n.Value == "" {
			r.trap(n, false, "nothing after the colon: a null", `write null, or "" for an empty text`)
		}
	case "!!bool":
		out.Kind = Bool
		out.Text = strings.ToLower(n.Value)
	case "!!int", "!!float":
		out.Kind = Number
		if !tape.IsNumber([]byte(n.Value)) {
			r.trap(n, true, n.Value+" is a number to YAML that JSON does not know", `put it in quotes to keep it as text ("0123"), or write it as JSON would`)
		}
	case "!!timestamp": // the text is what was meant
	default:
		r.trap(n, true, "the tag "+n.Tag, "tags are not part of the language")
	}
}
