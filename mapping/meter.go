package mapping

import (
	"errors"
	"math"
	"reflect"
	"strings"

	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/vm/runtime"
)

// meter counts what an expression on the machine takes, as it runs: the machine itself counts
// the elements of the arrays that it makes, and neither text nor time. The compiler of
// programs puts calls of its functions around what can grow or repeat.
type meter struct {
	run  *run
	rule *rule
	text int // bytes made
}

// meterName is the variable that holds the meter. It, and the names of the functions, are such
// that no expression can have them.
const meterName = "the meter"

var (
	errMetered  = errors.New("more than the limits allow")
	errOverflow = errors.New("a whole number too large to calculate with")
	errDigits   = errors.New("a number with more digits than can be calculated with")
)

// step counts n steps.
func (m *meter) step(n int) error {
	if !m.run.step(m.rule, n) {
		return errMetered
	}
	return nil
}

// makes counts the bytes of a text before it is made.
func (m *meter) makes(n int) error {
	if m.text += n; n < 0 || m.text > m.run.limits.Memory {
		m.run.exceeded(m.rule, "bytes of memory", m.run.limits.Memory)
		return errMetered
	}
	return m.step(n / 64)
}

// size is about how long it takes to go through a value.
func size(x any) int {
	switch x := x.(type) {
	case string:
		return 1 + len(x)/64
	case []any:
		n := 1
		for _, item := range x {
			n += size(item)
		}
		return n
	case map[string]any:
		n := 1
		for _, item := range x {
			n += size(item)
		}
		return n
	case []int:
		return 1 + len(x)
	}
	return 1
}

// machineFunctions are what the compiler of programs puts in: name, and what it does with its
// arguments and the meter.
func machineFunctions() map[string]func(m *meter, args []any) (any, error) {
	return map[string]func(m *meter, args []any) (any, error){
		// pay counts a value each time that it is used within a loop; times how often.
		"meter pay": func(m *meter, args []any) (any, error) {
			times, _ := args[1].(int)
			return args[0], m.step(times * size(args[0]))
		},
		// made counts a text that a function made.
		"meter made": func(m *meter, args []any) (any, error) {
			n := 0
			switch x := args[0].(type) {
			case string:
				n = len(x)
			case []string:
				for _, text := range x {
					n += 16 + len(text)
				}
			}
			return args[0], m.makes(n)
		},
		"meter add":      add,
		"meter subtract": func(_ *meter, args []any) (any, error) { return whole(args, subtractWhole, runtime.Subtract) },
		"meter multiply": func(_ *meter, args []any) (any, error) { return whole(args, multiplyWhole, runtime.Multiply) },
		"meter divide": func(_ *meter, args []any) (any, error) {
			if err := exactFloats(args[0], args[1]); err != nil {
				return nil, err
			}
			return runtime.Divide(args[0], args[1]), nil
		},
		"meter sum":     sumAll,
		"meter int":     toInt,
		"meter replace": replaceAll,
		"meter join":    joinAll,
	}
}

func add(m *meter, args []any) (any, error) {
	a, isText := args[0].(string)
	if b, both := args[1].(string); isText && both {
		return a + b, m.makes(len(a) + len(b))
	}
	return whole(args, addWhole, runtime.Add)
}

// whole calculates with whole numbers, and with others as the machine does.
func whole(args []any, do func(a, b int) (int, bool), otherwise func(a, b any) any) (any, error) {
	a, isInt := args[0].(int)
	b, both := args[1].(int)
	if isInt && both {
		out, ok := do(a, b)
		if !ok {
			return nil, errOverflow
		}
		return out, nil
	}
	if err := exactFloats(args[0], args[1]); err != nil {
		return nil, err
	}
	return otherwise(args[0], args[1]), nil
}

// exactFloats tells when a whole number would lose digits beside a float.
func exactFloats(args ...any) error {
	for _, x := range args {
		if n, ok := x.(int); ok && (n > 1<<53 || n < -1<<53) {
			return errDigits
		}
	}
	return nil
}

func addWhole(a, b int) (int, bool) { return a + b, (a+b > a) == (b > 0) }

func subtractWhole(a, b int) (int, bool) { return a - b, (a-b < a) == (b > 0) }

func multiplyWhole(a, b int) (int, bool) {
	if a == 0 || b == 0 {
		return 0, true
	}
	out := a * b
	return out, out/b == a && (out < 0) == ((a < 0) != (b < 0))
}

func sumAll(m *meter, args []any) (any, error) {
	list := reflect.ValueOf(args[0])
	if list.Kind() != reflect.Slice {
		return nil, errors.New("sum needs an array")
	}
	var out any = 0
	var err error
	for i := range list.Len() {
		if out, err = whole([]any{list.Index(i).Interface(), out}, addWhole, runtime.Add); err != nil {
			return nil, err
		}
	}
	return out, m.step(list.Len())
}

func toInt(_ *meter, args []any) (any, error) {
	if x, ok := args[0].(float64); ok && (math.IsNaN(x) || x >= math.MaxInt64 || x <= math.MinInt64) {
		return nil, errOverflow
	}
	return builtin.Int(args[0]), nil
}

func replaceAll(m *meter, args []any) (any, error) {
	text, okText := args[0].(string)
	old, okOld := args[1].(string)
	with, okWith := args[2].(string)
	if !okText || !okOld || !okWith {
		return nil, errors.New("replace needs texts")
	}
	times := strings.Count(text, old)
	if len(args) > 3 {
		if n, ok := args[3].(int); ok && n >= 0 {
			times = min(times, n)
		}
	}
	if err := m.makes(len(text) + times*max(len(with)-len(old), 0)); err != nil {
		return nil, err
	}
	return strings.Replace(text, old, with, times), nil
}

func joinAll(m *meter, args []any) (any, error) {
	glue := ""
	if len(args) > 1 {
		text, ok := args[1].(string)
		if !ok {
			return nil, errors.New("join needs text to put between")
		}
		glue = text
	}
	var texts []string
	switch list := args[0].(type) {
	case []string:
		texts = list
	case []any:
		for _, item := range list {
			text, ok := item.(string)
			if !ok {
				return nil, errors.New("join needs an array of texts")
			}
			texts = append(texts, text)
		}
	default:
		return nil, errors.New("join needs an array of texts")
	}
	n := len(glue) * len(texts)
	for _, text := range texts {
		n += len(text)
	}
	if err := m.makes(n); err != nil {
		return nil, err
	}
	return strings.Join(texts, glue), nil
}
