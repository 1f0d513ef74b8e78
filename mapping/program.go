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

	"github.com/openhim/mediator-go/mapping/internal/decimal"
	"github.com/openhim/mediator-go/mapping/internal/tape"
)

// program is an expression that runs on expr-lang's machine, over the values it reads.
type program struct {
	rule  *rule
	text  string
	code  *vm.Program
	reads []operand
	names []string // read 0, read 1, …
}

func (p *program) run(r *run, s *scope) (any, bool) {
	if r.env == nil {
		r.env = map[string]any{}
	}
	clear(r.env)
	for i, read := range p.reads {
		v := read.get(r, s)
		if v.Doc != nil && !r.step(p.rule, v.Doc.Count(v.Node)) {
			return nil, false
		}
		x, ok := toAny(v)
		if !ok {
			r.origin = s.origin
			r.fail(p.rule, CodeExpression, v, "expression "+p.text+": "+errDigits.Error(), "read it as it is, without calculating: $.path, or $number")
			return nil, false
		}
		r.env[p.names[i]] = x
	}
	r.meter = meter{run: r, rule: p.rule}
	r.env[meterName] = &r.meter
	machine := vm.VM{MemoryBudget: uint(r.limits.Expression)}
	out, err := machine.Run(p.code, r.env)
	if r.stopped() {
		return nil, false
	}
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

// toAny decodes a value for the machine: whole numbers as int, others as float64. It is false
// for a number of which that would lose digits.
func toAny(v value) (any, bool) {
	switch v.Kind() {
	case tape.True:
		return true, true
	case tape.False:
		return false, true
	case tape.String:
		return string(v.Text(nil)), true
	case tape.Number:
		return toNumber(v.Text(nil))
	case tape.Array:
		items := []any{}
		for c, end := v.Doc.First(v.Node), v.Doc.End(v.Node); c < end; c = v.Doc.Next(c) {
			item, ok := toAny(v.Doc.At(c))
			if !ok {
				return nil, false
			}
			items = append(items, item)
		}
		return items, true
	case tape.Object:
		members := map[string]any{}
		for c, end := v.Doc.First(v.Node), v.Doc.End(v.Node); c < end; c = v.Doc.Next(c) {
			name, escapes := v.Doc.Key(c)
			if escapes {
				name = tape.Unescape(nil, name)
			}
			if _, twice := members[string(name)]; twice {
				continue
			}
			member, ok := toAny(value{Doc: v.Doc, Node: c})
			if !ok {
				return nil, false
			}
			members[string(name)] = member
		}
		return members, true
	default:
		return nil, true
	}
}

func toNumber(text []byte) (any, bool) {
	if n, err := strconv.Atoi(string(text)); err == nil && n != math.MinInt {
		return n, true
	}
	n, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return nil, false
	}
	var buffer [32]byte
	if shortest := strconv.AppendFloat(buffer[:0], n, 'e', -1, 64); decimal.Compare(shortest, text) != 0 {
		return nil, false
	}
	return n, true
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
