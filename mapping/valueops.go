package mapping

import (
	"bytes"
	"math/big"
	"strconv"

	"github.com/openhim/mediator-go/mapping/internal/doc"
	"github.com/openhim/mediator-go/mapping/internal/path"
	"github.com/openhim/mediator-go/mapping/internal/tape"
)

// orElse is the operator $default: another value for missing and null.
type orElse struct{ other node }

func (o *orElse) apply(r *run, s *scope, _ *rule, v value) value {
	if v.Kind() <= tape.Null {
		return o.other.value(r, s)
	}
	return v
}

// convert is the operator $as.
type convert struct{ to string }

func (o *convert) apply(r *run, _ *scope, ru *rule, v value) value {
	k := v.Kind()
	if o.to == "array" {
		if k == tape.Array {
			return v
		}
		return r.heap.AddList([]value{v})
	}
	if k == tape.Array || k == tape.Object {
		return r.fail(ru, CodeType, v, "$as: "+o.to+" of "+k.String(), "name a member or an item in the path")
	}
	if k == tape.String && o.to != "string" {
		v = r.trimmed(v)
	}
	switch o.to {
	case "string":
		if k == tape.String {
			return v
		}
		return r.heap.AddText(v.Text(nil))
	case "number", "integer":
		if k == tape.Number && o.to == "number" {
			return v
		}
		text := v.Text(nil)
		if k == tape.String && len(text) == 0 {
			return value{}
		}
		if k != tape.String && k != tape.Number || !tape.IsNumber(text) {
			return r.fail(ru, CodeFormat, v, "$as: "+o.to+": not a number as JSON writes it", "no leading zeros or plus sign, a point for the decimals; $replace can mend it")
		}
		if o.to == "integer" {
			n, ok := parseDecimal(text)
			if !ok || !n.IsInt() {
				return r.fail(ru, CodeFormat, v, "$as: integer: a number with decimals", "round it: $number: {round: 0}")
			}
			if bytes.ContainsAny(text, ".eE") {
				return r.heap.AddNumber([]byte(n.Num().String()))
			}
		}
		if k == tape.Number {
			return v
		}
		return r.heap.AddNumber(text)
	}
	// boolean
	switch text := string(v.Text(nil)); text {
	case "true", "1", "True", "TRUE":
		return r.heap.AddBool(true)
	case "false", "0", "False", "FALSE":
		return r.heap.AddBool(false)
	case "":
		return value{}
	}
	return r.fail(ru, CodeFormat, v, "$as: boolean: neither true, false, 1 nor 0", "translate other words with a table")
}

func (r *run) trimmed(v value) value {
	text := v.Text(nil)
	if short := bytes.TrimSpace(text); len(short) < len(text) {
		return r.heap.AddText(short)
	}
	return v
}

// arithmetic is the operators $number and $unit: exact, and rounded only when asked.
type arithmetic struct {
	name   string
	scale  *big.Rat // multiply by, nil for 1
	offset *big.Rat // then add
	round  int      // decimals, -1 for as many as there are
}

func (o *arithmetic) apply(r *run, s *scope, ru *rule, v value) value {
	if v.Kind() != tape.Number {
		if v = (&convert{"number"}).apply(r, s, ru, v); v.Doc == nil {
			return v
		}
	}
	text := v.Text(nil)
	if o.scale == nil && o.offset == nil && o.round < 0 {
		return v
	}
	n, ok := parseDecimal(text)
	if !ok {
		return r.fail(ru, CodeFormat, v, o.name+": a number too large to calculate with", "")
	}
	if o.scale != nil {
		n.Mul(n, o.scale)
	}
	if o.offset != nil {
		n.Add(n, o.offset)
	}
	var out []byte
	if o.round >= 0 {
		out = []byte(n.FloatString(o.round)) // halves away from zero
		if n.Sign() < 0 && !bytes.ContainsAny(out, "123456789") {
			out = out[1:]
		}
	} else {
		out = appendDecimal(nil, n)
	}
	return r.heap.AddNumber(out)
}

// units are the conversions that $unit knows: by UCUM code, to the first of the kind.
// value = factor × given + offset.
type unit struct{ kind, factor, offset string }

func units() map[string]unit {
	return map[string]unit{
		"kg": {"mass", "1", "0"}, "g": {"mass", "1/1000", "0"}, "mg": {"mass", "1/1000000", "0"},
		"[lb_av]": {"mass", "45359237/100000000", "0"}, "lb": {"mass", "45359237/100000000", "0"}, "[oz_av]": {"mass", "45359237/1600000000", "0"},
		"m": {"length", "1", "0"}, "cm": {"length", "1/100", "0"}, "mm": {"length", "1/1000", "0"},
		"[in_i]": {"length", "254/10000", "0"}, "in": {"length", "254/10000", "0"}, "[ft_i]": {"length", "3048/10000", "0"},
		"Cel": {"temperature", "1", "0"}, "[degF]": {"temperature", "5/9", "-160/9"}, "K": {"temperature", "1", "-27315/100"},
		"L": {"volume", "1", "0"}, "dL": {"volume", "1/10", "0"}, "mL": {"volume", "1/1000", "0"},
		"kPa": {"pressure", "1", "0"}, "mm[Hg]": {"pressure", "133322387415/1000000000000", "0"},
		"s": {"time", "1", "0"}, "min": {"time", "60", "0"}, "h": {"time", "3600", "0"}, "d": {"time", "86400", "0"}, "wk": {"time", "604800", "0"},
	}
}

// get is the operator $get.
type get struct {
	steps []path.Step
	text  string
}

func (o *get) apply(r *run, _ *scope, ru *rule, v value) value {
	found, wrong := r.find(v, o.steps)
	if wrong.Doc != nil {
		return r.mismatch(ru, o.text, wrong)
	}
	return found
}

func wholeNumber(n *doc.Node) (int, bool) {
	v, err := strconv.Atoi(n.Text)
	return v, err == nil && n.Kind == doc.Number
}
