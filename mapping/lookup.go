package mapping

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/openhim/mediator-go/mapping/internal/tape"
)

// Lookup finds values for keys outside the mapping: in a server, in a database, in a test's
// fixtures. The result has one element for each key, in order, nil when there is nothing. A
// mapping calls it once for all keys of an input, each key once, sorted, in pieces of the
// document's batch: (all at once when it says none). It may be called by several runs at the
// same time.
type Lookup func(ctx context.Context, keys []string) ([]json.RawMessage, error)

// lookupPlan is a lookup that the document declares.
type lookupPlan struct {
	name     string
	call     Lookup
	batch    int
	unmapped string
	keys     Type // that it takes
	values   Type // that it gives
	from     node // the key of $name, read of the input; nil for none
	rule     *rule
}

type lookupResult uint8

const (
	lookupFound lookupResult = iota
	lookupNothing
	lookupPending
)

// lookupState is what a run knows of lookups. A run that lacks a key goes on, notes the key,
// and is done again when the keys have been called for.
type lookupState struct {
	known   []map[string]value
	wanted  []map[string]bool
	pending bool
	found   tape.Doc
	bytes   int
}

func (r *run) lookup(i int, key string) (value, lookupResult) {
	if v, known := r.lookups.known[i][key]; known {
		if v.Kind() <= tape.Null {
			return value{}, lookupNothing
		}
		return v, lookupFound
	}
	r.lookups.pending = true
	r.lookups.wanted[i][key] = true
	return value{}, lookupPending
}

// lookedUp returns what $name of a lookup with from: is.
func (r *run) lookedUp(i int) value {
	l := r.plan.lookups[i]
	key := l.from.value(r, r.root)
	if key.Kind() <= tape.Null {
		return key
	}
	op := lookedUpAs{i, l}
	return op.apply(r, r.root, l.rule, key)
}

func (r *run) resetLookups() {
	n := len(r.plan.lookups)
	if n == 0 {
		return
	}
	r.lookups = lookupState{known: make([]map[string]value, n), wanted: make([]map[string]bool, n)}
	for i := range n {
		r.lookups.known[i], r.lookups.wanted[i] = map[string]value{}, map[string]bool{}
	}
	r.lookups.found.Heap()
}

// callLookups calls for the keys that were wanted, and reports whether there were any.
func (r *run) callLookups() bool {
	if !r.lookups.pending {
		return false
	}
	r.lookups.pending = false
	for i, wanted := range r.lookups.wanted {
		l := r.plan.lookups[i]
		keys := make([]string, 0, len(wanted))
		for key := range wanted {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		clear(wanted)
		size := l.batch
		if size <= 0 {
			size = len(keys)
		}
		for piece := range slices.Chunk(keys, max(size, 1)) {
			if err := r.callLookup(i, l, piece); err != nil {
				if r.err = context.Cause(r.ctx); r.err == nil {
					r.fail(l.rule, CodeLookup, value{}, fmt.Sprintf("the lookup %s failed: %v", l.name, err), "")
					r.err = errStopped
				}
				return false
			}
		}
	}
	return true
}

func (r *run) callLookup(i int, l *lookupPlan, keys []string) error {
	found, err := l.call(r.ctx, slices.Clone(keys))
	if err != nil {
		return err
	}
	if len(found) != len(keys) {
		return fmt.Errorf("%d results for %d keys", len(found), len(keys))
	}
	for k, key := range keys {
		var v value
		if raw := found[k]; len(raw) > 0 {
			if r.lookups.bytes += len(raw); r.lookups.bytes > r.limits.Lookup {
				return fmt.Errorf("more than %d bytes", r.limits.Lookup)
			}
			if v, err = r.lookups.found.AddJSON(raw, r.limits.Depth); err != nil {
				return fmt.Errorf("its result is not JSON: %w", err)
			}
			if v.Kind() > tape.Null && typeOf(v.Kind())&l.values == 0 {
				return fmt.Errorf("it gave %s and says it gives %s", v.Kind(), l.values)
			}
		}
		r.lookups.known[i][key] = v
	}
	return nil
}
