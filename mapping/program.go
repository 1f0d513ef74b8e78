package mapping

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"

	"github.com/openhim/mediator-go/mapping/internal/tape"
)

// program is an expression that runs on expr-lang's machine, over the values it reads.
type program struct {
	rule  *rule
	text  string
	code  *vm.Program
	reads []operand
	names []string // _0, _1, …
	loops int      // how deep functions over items nest: filter(a, any(b, …)) is 2
}

// cost estimates what a run of the program takes: the machine bounds its memory, and not how
// long it goes through items within items.
func (p *program) cost(r *run, s *scope) int {
	size := 8
	for _, read := range p.reads {
		switch v := read.get(r, s); v.Kind() {
		case tape.String:
			size += len(v.Doc.Raw(v.Node))
		case tape.Array, tape.Object:
			size += v.Doc.Count(v.Node)
		default:
		}
	}
	cost := size
	for range p.loops - 1 {
		if cost > r.limits.Steps/size {
			return r.limits.Steps + 1
		}
		cost *= size
	}
	return cost
}

func (p *program) run(r *run, s *scope) (any, bool) {
	if !r.step(p.rule, p.cost(r, s)) {
		return nil, false
	}
	if r.env == nil {
		r.env = map[string]any{}
	}
	clear(r.env)
	for i, read := range p.reads {
		r.env[p.names[i]] = toAny(read.get(r, s))
	}
	machine := vm.VM{MemoryBudget: uint(r.limits.Expression)}
	out, err := machine.Run(p.code, r.env)
	if err != nil {
		message := "cannot be evaluated"
		var at *file.Error
		if errors.As(err, &at) {
			message = expressionMessage(at.Message)
		}
		r.origin = s.origin
		r.fail(p.rule, CodeExpression, value{}, "expression "+p.text+": "+message, "")
		return nil, false
	}
	return out, true
}

// expressionMessage keeps what the machine says of types, and not the values it quotes.
func expressionMessage(message string) string {
	if i := bytes.IndexAny([]byte(message), "\"`\n"); i >= 0 {
		message = message[:i]
	}
	return message
}

func (p *program) test(r *run, s *scope) bool {
	out, ok := p.run(r, s)
	if !ok {
		return false
	}
	switch yes := out.(type) {
	case nil:
		return false
	case bool:
		return yes
	}
	r.origin = s.origin
	r.fail(p.rule, CodeType, value{}, "a condition needs true or false: "+p.text, "")
	return false
}

// computed is a node that gives what a program gives.
type computed struct {
	program *program
	keep    keep
}

func (n *computed) emit(r *run, s *scope) yield { return r.put(n.program.rule, n.value(r, s), n.keep) }

func (n *computed) value(r *run, s *scope) value {
	r.hits[n.program.rule.id]++
	out, ok := n.program.run(r, s)
	if !ok {
		return failed()
	}
	v, err := fromAny(&r.heap, out)
	if err != nil {
		r.origin = s.origin
		return r.fail(n.program.rule, CodeExpression, value{}, "expression "+n.program.text+": "+err.Error(), "")
	}
	return v
}

// get makes a computed value an operand of a condition.
func (n *computed) get(r *run, s *scope) value { return n.value(r, s) }

// toAny decodes a value for the machine: whole numbers as int, others as float64.
func toAny(v value) any {
	switch v.Kind() {
	case tape.True:
		return true
	case tape.False:
		return false
	case tape.String:
		return string(v.Text(nil))
	case tape.Number:
		text := string(v.Text(nil))
		if n, err := strconv.Atoi(text); err == nil {
			return n
		}
		n, _ := strconv.ParseFloat(text, 64)
		return n
	case tape.Array:
		items := []any{}
		for c, end := v.Doc.First(v.Node), v.Doc.End(v.Node); c < end; c = v.Doc.Next(c) {
			items = append(items, toAny(v.Doc.At(c)))
		}
		return items
	case tape.Object:
		members := map[string]any{}
		for c, end := v.Doc.First(v.Node), v.Doc.End(v.Node); c < end; c = v.Doc.Next(c) {
			name, escapes := v.Doc.Key(c)
			if escapes {
				name = tape.Unescape(nil, name)
			}
			if _, twice := members[string(name)]; !twice {
				members[string(name)] = toAny(value{Doc: v.Doc, Node: c})
			}
		}
		return members
	default:
		return nil
	}
}

// fromAny makes a value of what the machine or a host's function gave.
func fromAny(heap *tape.Doc, x any) (value, error) {
	switch x := x.(type) {
	case nil:
		return value{}, nil
	case bool:
		return heap.AddBool(x), nil
	case string:
		return heap.AddText([]byte(x)), nil
	case int:
		return heap.AddNumber(strconv.AppendInt(nil, int64(x), 10)), nil
	case float64:
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return value{}, errors.New("the result is no number")
		}
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(x); err != nil {
		return value{}, fmt.Errorf("the result is a %T", x)
	}
	v, err := heap.AddJSON(bytes.TrimRight(out.Bytes(), "\n"), maxDocumentDepth)
	if err != nil {
		return value{}, errors.New("the result is too deep")
	}
	return v, nil
}
