package prune

import (
	"strings"

	"github.com/openhim/mediator-go/fhir/internal/elements"
)

// Rank is the place of a member among those of its type: resourceType first,
// then the order of the specification, a primitive's extensions right behind
// it. It is -1 for what the type does not have.
func Rank(typ *elements.Type, key string) int {
	if key == "resourceType" {
		return 0
	}
	name, extended := strings.CutPrefix(key, "_")
	el, _, ok := typ.Element(name)
	if !ok {
		return -1
	}
	for i := range typ.Elements {
		if &typ.Elements[i] == el {
			rank := 2 * (i + 1)
			if extended {
				rank++
			}
			return rank
		}
	}
	return -1
}
