package mapping

import (
	"context"
	"fmt"

	"github.com/openhim/mediator-go/mapping/internal/tape"
)

// Difference is a value of an input that did not come back the same.
type Difference struct {
	Pointer string `json:"pointer"`
	Lost    bool   `json:"lost"` // it is gone; otherwise it is another
}

// Roundtrip maps an input there and back and tells which of its values are gone or changed.
// Nulls, empty arrays and empty objects do not count: they say nothing.
func Roundtrip(ctx context.Context, there, back *Mapping, in []byte, opts Options) ([]Difference, error) {
	out, _, err := there.Run(ctx, in, opts)
	if err != nil {
		return nil, fmt.Errorf("there: %w", err)
	}
	again, _, err := back.Run(ctx, out, opts)
	if err != nil {
		return nil, fmt.Errorf("back: %w", err)
	}
	var before, after tape.Doc
	if err := before.Parse(in, tape.Limits{}); err != nil {
		return nil, fmt.Errorf("the input: %w", err)
	}
	if err := after.Parse(again, tape.Limits{}); err != nil {
		return nil, fmt.Errorf("what came back: %w", err)
	}
	found := map[string]value{}
	after.Walk(func(n tape.Node, pointer string) { found[pointer] = value{Doc: &after, Node: n} })
	var all []Difference
	before.Walk(func(n tape.Node, pointer string) {
		v := value{Doc: &before, Node: n}
		if k := v.Kind(); v.Empty() || k == tape.Array || k == tape.Object {
			return
		}
		other, there := found[pointer]
		if !there {
			all = append(all, Difference{pointer, true})
		} else if !equalValues(v, other) {
			all = append(all, Difference{pointer, false})
		}
	})
	return all, nil
}
