package mapping

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/openhim/mediator-go/mapping/internal/doc"
	"github.com/openhim/mediator-go/mapping/internal/tape"
)

// Type is a set of the types of values, for the signatures of operators.
type Type uint8

// The types. They can be joined: Text|Number.
const (
	Text Type = 1 << iota
	Number
	Bool
	List
	Object
	Any = Text | Number | Bool | List | Object
)

func (t Type) String() string {
	var names []string
	for i, name := range []string{"text", "a number", "a boolean", "an array", "an object"} {
		if t&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	if t == Any {
		return "any value"
	}
	return strings.Join(names, " or ")
}

func typeOf(k tape.Kind) Type {
	switch k {
	case tape.String:
		return Text
	case tape.Number:
		return Number
	case tape.True, tape.False:
		return Bool
	case tape.Array:
		return List
	case tape.Object:
		return Object
	default:
		return 0
	}
}

// Operator is a host's own operator on a value. Its input is never missing or null. Make
// and what it returns may be called by several goroutines at the same time.
type Operator struct {
	// Summary says what it does, in a sentence: it stands in the schema for editors.
	Summary string
	// In is what it takes, Out what it gives. Other input is reported and never reaches it.
	In, Out Type
	// Argument is the JSON Schema of the argument. Defaults to anything.
	Argument json.RawMessage
	// Takes says which arguments are its own, where it has the name of one of the engine's
	// operators: what it does not take goes to that. Defaults to nil: it takes all.
	Takes func(argument json.RawMessage) bool
	// Make checks the argument, as JSON, when the mapping is compiled, and returns what is
	// done to each value. The error becomes an issue at the argument.
	Make func(argument json.RawMessage) (func(in Value) (Value, error), error)
}

// Function is a host's own function in expressions. Call gets what expr-lang has: bool, int,
// float64, string, []any, map[string]any and nil. It may be called by several goroutines.
type Function struct {
	Summary string
	// Types are its signatures, as nil values of functions: new(func(string) string). They
	// let Compile check its calls. Defaults to anything.
	Types []any
	Call  func(args ...any) (any, error)
}

// Value is a value as operators see it. The zero Value is nothing.
type Value struct{ raw []byte }

// TextValue makes a Value of text.
func TextValue(text string) Value { return Value{tape.AppendQuoted(nil, text)} }

// JSONValue makes a Value of JSON text, which is checked when the operator returns it.
func JSONValue(raw json.RawMessage) Value { return Value{raw} }

// JSON returns the value as JSON, nil for nothing. The caller must not change it.
func (v Value) JSON() json.RawMessage { return v.raw }

// Text returns the text of a string without its quotes and escapes, and of another value its
// JSON.
func (v Value) Text() string {
	if len(v.raw) > 1 && v.raw[0] == '"' {
		return string(tape.Unescape(nil, v.raw[1:len(v.raw)-1]))
	}
	return string(v.raw)
}

// operator is an operator as the compiler knows it, ours or a host's.
type operator struct {
	name     string
	summary  string
	takes    Type
	gives    Type
	argument string // JSON Schema
	example  string // a rule, as YAML
	in, out  string // of the example, as JSON
	nothing  bool   // it also wants missing and null values
	make     func(c *compiler, sb *scopeBuilder, arg *doc.Node, path string) operation
}

// hosted is a host's operator in a chain.
type hosted struct {
	name string
	in   Type
	out  Type
	do   func(in Value) (Value, error)
}

func (o *hosted) apply(r *run, _ *scope, ru *rule, v value) value {
	if typeOf(v.Kind())&o.in == 0 {
		return r.fail(ru, CodeType, v, fmt.Sprintf("%s needs %s and found %s", o.name, o.in, v.Kind()), "")
	}
	out, err := o.do(Value{v.AppendJSON(nil)})
	if err != nil {
		instead, failure, ok := o.failed(r, ru, v, err)
		if !ok {
			return failure
		}
		out = instead
	}
	if len(out.raw) == 0 {
		return value{}
	}
	made, err := r.heap.AddJSON(out.raw, r.limits.Depth)
	if err != nil {
		return r.fail(ru, CodeOperator, v, o.name+" gave what is not JSON", "")
	}
	if made.Kind() > tape.Null && typeOf(made.Kind())&o.out == 0 {
		return r.fail(ru, CodeOperator, v, fmt.Sprintf("%s gave %s and says it gives %s", o.name, made.Kind(), o.out), "")
	}
	return made
}

// allOperators are ours and the host's, by name. A host's takes the place of ours.
func allOperators(host map[string]Operator) map[string]*operator {
	all := map[string]*operator{}
	for _, op := range builtins() {
		all[op.name] = &op
	}
	for name, h := range host {
		in, out := h.In, h.Out
		if in == 0 {
			in = Any
		}
		if out == 0 {
			out = Any
		}
		takes, gives, argument, own := in, out, string(h.Argument), all[name]
		if own != nil && h.Takes != nil { // both stand under the name
			takes, gives = in|own.takes, out|own.gives
			argument = `{"anyOf":[` + own.argument + "," + cmp.Or(argument, "true") + "]}"
		}
		all[name] = &operator{
			name: name, summary: h.Summary, takes: takes, gives: gives, argument: argument,
			make: func(c *compiler, sb *scopeBuilder, arg *doc.Node, path string) operation {
				if own != nil && h.Takes != nil && !h.Takes(json.RawMessage(nodeJSON(arg))) {
					return own.make(c, sb, arg, path)
				}
				do, err := h.Make(json.RawMessage(nodeJSON(arg)))
				if err != nil {
					c.fail(CodeInvalid, arg, "", "%s: %v", name, err)
					return nil
				}
				return &hosted{name, in, out, do}
			},
		}
	}
	return all
}

// nodeJSON writes a part of the document as JSON.
func nodeJSON(n *doc.Node) string { return string(n.AppendJSON(nil)) }
