package merge

import (
	"bytes"

	"github.com/openhim/mediator-go/fhir/internal/edit"
	"github.com/openhim/mediator-go/fhir/internal/prune"
	"github.com/openhim/mediator-go/fhir/internal/scan"
)

// mergeArray merges one array and moves the elements of the array of its
// siblings (the member with the underscore, nil if there is none) along. nil
// means nothing is left.
func mergeArray(raw, base, next, siblings []byte, s prune.Shape, at *prune.Place) (merged, moved []byte, err error) {
	held := edit.OpenArray(raw)
	before, after := itemsOf(base), itemsOf(next)
	if held.Len() != len(before) {
		return nil, nil, shapeError(at)
	}
	a := arrayMerge{held: held}
	if siblings != nil {
		a.siblings = edit.OpenArray(siblings)
	}
	matched := match(before, after)
	kept := len(matched) // behind it is nothing but new elements
	for kept > 0 && matched[kept-1] < 0 {
		kept--
	}
	for i, from := range matched {
		if i == kept {
			a.putRest(true)
		}
		var value []byte
		switch {
		case from < 0:
			value, err = prune.Clean(after[i], s, at.Index(i))
		case bytes.Equal(before[from], after[i]):
			value = held.Item(from) // whatever it is, nobody touched it
		default:
			value, err = mergeValue(held.Item(from), before[from], after[i], s, at.Index(i))
		}
		if err != nil {
			return nil, nil, err
		}
		a.put(from, value)
	}
	if kept == len(matched) {
		a.putRest(false)
	}
	merged, moved = a.result()
	return merged, moved, nil
}

// arrayMerge collects the elements of an array and of its siblings.
type arrayMerge struct {
	held, siblings *edit.Array
	values, others []edit.Element
	filled         bool // a value is no null
	extended       bool // a sibling is no null
}

// put adds an element that was at from, or is new if that is negative.
func (a *arrayMerge) put(from int, value []byte) {
	other := edit.Element{From: -1, Value: []byte("null")}
	if a.siblings != nil && from >= 0 && from < a.siblings.Len() {
		other = edit.Element{From: from, Value: a.siblings.Item(from)}
	}
	isExtended := string(other.Value) != "null"
	if value == nil {
		if !isExtended {
			return // nothing is left of the element
		}
		value = []byte("null")
	}
	a.filled = a.filled || string(value) != "null"
	a.extended = a.extended || isExtended
	a.values = append(a.values, edit.Element{From: from, Value: value})
	a.others = append(a.others, other)
}

// putRest adds the siblings that stand behind the last value, which the view
// knows nothing of. If more values follow, nulls keep their places.
func (a *arrayMerge) putRest(more bool) {
	if a.siblings == nil {
		return
	}
	for i := a.held.Len(); i < a.siblings.Len(); i++ {
		other := a.siblings.Item(i)
		a.extended = a.extended || string(other) != "null"
		a.others = append(a.others, edit.Element{From: i, Value: other})
		if more {
			a.values = append(a.values, edit.Element{From: -1, Value: []byte("null")})
		}
	}
}

func (a *arrayMerge) result() (values, others []byte) {
	if a.filled {
		values = a.held.Rebuild(a.values)
	}
	if a.siblings != nil && a.extended {
		others = a.siblings.Rebuild(a.others)
	}
	return values, others
}

func itemsOf(array []byte) [][]byte {
	var items [][]byte
	for it := range scan.Items(array, 0) {
		items = append(items, array[it.Start:it.End])
	}
	return items
}
