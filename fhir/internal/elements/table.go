package elements

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed types.bin
var typesData string

// types is the opened table: read-only.
var types = sync.OnceValue(func() *typeTable { return openTypes(typesData) }) //nolint:gochecknoglobals // a read-only table

// typeTable has what the records of types share.
type typeTable struct {
	*slots[Type]

	texts       texts
	constraints []*Constraint
}

// Lookup returns a type by its name: "Patient", "HumanName", "code", "Element". Backbones are found by path, "Patient.contact".
func Lookup(name string) (*Type, bool) {
	if found, ok := types().get(name); ok {
		return found, true
	}
	root, rest, dotted := strings.Cut(name, ".")
	if !dotted {
		return nil, false
	}
	at, ok := types().get(root)
	for ok && at != nil && rest != "" {
		name, rest, _ = strings.Cut(rest, ".")
		var el *Element
		if el, ok = at.Child(name); ok {
			at = el.Content
		}
	}
	return at, ok && at != nil
}

// Names lists all types in alphabetical order, backbones left out.
func Names() []string { return types().list() }
