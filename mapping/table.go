package mapping

import (
	"fmt"
	"strings"

	"github.com/openhim/mediator-go/mapping/internal/tape"
)

// table translates codes. It is immutable.
type table struct {
	name     string
	codes    map[string]value // in the plan's own documents
	unmapped string           // error, omit, keep or default
	other    value            // the default
	fold     bool
	trim     bool
}

// find looks a code up as the table's case: and trim: say.
func (t *table) find(code []byte) (value, bool) {
	if !t.fold && !t.trim {
		v, ok := t.codes[string(code)]
		return v, ok
	}
	v, ok := t.codes[t.normal(string(code))]
	return v, ok
}

func (t *table) normal(code string) string {
	if t.trim {
		code = strings.TrimSpace(code)
	}
	if t.fold {
		code = strings.ToLower(code)
	}
	return code
}

// translate is the operator $translate.
type translate struct{ table *table }

func (o *translate) apply(r *run, _ *scope, ru *rule, v value) value {
	switch v.Kind() {
	case tape.String:
	case tape.Number, tape.True, tape.False:
		return r.fail(ru, CodeType, v, "$translate needs text and found "+v.Kind().String(), "convert it first: $as: string before $translate")
	default:
		r.needText(ru, "$translate", v)
		return failed()
	}
	code := v.Text(r.text[:0])
	t := o.table
	if found, ok := t.find(code); ok {
		return found
	}
	if len(code) > 0 {
		r.unmappedCode(t.name, code)
	}
	switch t.unmapped {
	case "error":
		return r.fail(ru, CodeUnmapped, v, "a code that the table "+t.name+" has not", "add it to the table, or set unmapped: to omit, keep or default")
	case "keep":
		return v
	case "default":
		return t.other
	}
	return value{}
}

type unmappedKey struct{ table, code string }

// maxUnmapped bounds how many different codes one run counts.
const maxUnmapped = 10_000

func (r *run) unmappedCode(table string, code []byte) {
	n, known := r.unmapped[unmappedKey{table, string(code)}] // which makes no copy of the code
	if !known && len(r.unmapped) >= maxUnmapped {
		return
	}
	if r.unmapped == nil {
		r.unmapped = map[unmappedKey]int{}
	}
	r.unmapped[unmappedKey{table, string(code)}] = n + 1
}

// lookedUpAs is the operator $lookup.
type lookedUpAs struct {
	index  int
	lookup *lookupPlan
}

func (o *lookedUpAs) apply(r *run, _ *scope, ru *rule, v value) value {
	if k := v.Kind(); typeOf(k)&o.lookup.keys == 0 {
		return r.fail(ru, CodeType, v, fmt.Sprintf("$lookup: %s needs %s and found %s", o.lookup.name, o.lookup.keys, k), "convert it first with $as")
	}
	key := string(v.Text(nil))
	if key == "" {
		return value{}
	}
	found, state := r.lookup(o.index, key)
	switch state {
	case lookupFound:
		return found
	case lookupPending:
		return value{}
	case lookupNothing:
	}
	r.unmappedCode(o.lookup.name, []byte(key))
	if o.lookup.unmapped == "error" {
		return r.fail(ru, CodeLookup, v, fmt.Sprintf("the lookup %s found nothing", o.lookup.name), "set unmapped: omit at the lookup if that is in order")
	}
	return value{}
}
