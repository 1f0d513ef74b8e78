package dhis2

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"
)

// Object is what all metadata has: it is embedded in Program, DataElement, OrgUnit …
type Object struct {
	UID  string `json:"id"`
	Code string `json:"code,omitempty"` // "" if it has none
	Name string `json:"name,omitempty"`
	// AttributeValues are its values of metadata attributes, by the attribute's UID. nil if it has
	// none, or if they were not read: see MetadataConfig.AttributeValues.
	AttributeValues map[string]string `json:"-"`
	// Missing says that other metadata refers to the object and that it is not in the snapshot
	// itself: nothing but its UID is known.
	Missing bool `json:"-"`
}

// By returns how a scheme names the object, "" if it has no such name.
func (o *Object) By(scheme IDScheme) string {
	switch scheme {
	case SchemeUID, "":
		return o.UID
	case SchemeCode:
		return o.Code
	case SchemeName:
		return o.Name
	default:
		uid, _ := scheme.Attribute()
		return o.AttributeValues[uid]
	}
}

// ErrUnknownObject is the error of a look-up that finds nothing: errors.Is tells it.
var ErrUnknownObject = errors.New("not in the metadata")

// LookupError says why an object was not found: there is none, or there are several. Its text
// holds neither the name that was looked for nor a value, since names come from records.
type LookupError struct {
	Kind   string   // as Objects.Kind: "program", "org unit", …
	Scheme IDScheme // of the name that was looked for
	UIDs   []string // of the objects that share the name; empty if there is none
}

// Error says what was looked for, by which scheme.
func (e *LookupError) Error() string {
	if len(e.UIDs) > 0 {
		return fmt.Sprintf("dhis2: %d objects of kind %s have this %s: %s", len(e.UIDs), e.Kind, e.Scheme, strings.Join(e.UIDs, ", "))
	}
	return fmt.Sprintf("dhis2: no %s with this %s in the metadata", e.Kind, e.Scheme)
}

// Is reports whether the error is ErrUnknownObject: a name of several objects is not.
func (e *LookupError) Is(target error) bool {
	return target == ErrUnknownObject && len(e.UIDs) == 0
}

// Objects are all objects of a kind, found by UID, code, name, or metadata attribute. It is
// immutable and safe for concurrent use; so is what it gives, which must not be changed.
type Objects[T any] struct {
	kind  string
	items []*T // by UID, ascending
	uids  map[string]int32
	codes *index
	of    func(*T) *Object

	mu    sync.Mutex
	other map[IDScheme]*index // made when first asked for
}

// index finds objects by a name. Names of several objects are in shared, and not in one.
type index struct {
	one    map[string]int32
	shared map[string][]int32
}

func newObjects[T any](kind string, items []*T, of func(*T) *Object) *Objects[T] {
	o := &Objects[T]{kind: kind, items: items, of: of, uids: make(map[string]int32, len(items)), other: map[IDScheme]*index{}}
	for i, item := range items {
		o.uids[of(item).UID] = int32(i)
	}
	o.codes = o.index(SchemeCode)
	return o
}

func (o *Objects[T]) index(scheme IDScheme) *index {
	x := &index{one: map[string]int32{}}
	for i, item := range o.items {
		name := o.of(item).By(scheme)
		if name == "" {
			continue
		}
		at := int32(i)
		if others, many := x.shared[name]; many {
			x.shared[name] = append(others, at)
			continue
		}
		if first, twice := x.one[name]; twice {
			if x.shared == nil {
				x.shared = map[string][]int32{}
			}
			x.shared[name] = []int32{first, at}
			delete(x.one, name)
			continue
		}
		x.one[name] = at
	}
	return x
}

// Kind names the kind in errors: "program", "data element", …
func (o *Objects[T]) Kind() string { return o.kind }

// Len is how many there are, Missing ones included.
func (o *Objects[T]) Len() int { return len(o.items) }

// All gives all of them in the order of their UIDs.
func (o *Objects[T]) All() iter.Seq[*T] {
	return func(yield func(*T) bool) {
		for _, item := range o.items {
			if !yield(item) {
				return
			}
		}
	}
}

// UID finds the object with that UID, nil if there is none. A Missing one is found.
func (o *Objects[T]) UID(uid string) *T {
	if i, ok := o.uids[uid]; ok {
		return o.items[i]
	}
	return nil
}

// Code finds the object with that code, nil if there is none or if there are several: Find
// tells which.
func (o *Objects[T]) Code(code string) *T {
	if i, ok := o.codes.one[code]; ok {
		return o.items[i]
	}
	return nil
}

// Find finds the object that a scheme names so. The error is a *LookupError. Names are compared
// exactly, as the server does. The index of a scheme other than UID and code is made when it is
// first used.
func (o *Objects[T]) Find(scheme IDScheme, name string) (*T, error) {
	if scheme == SchemeUID || scheme == "" {
		if item := o.UID(name); item != nil {
			return item, nil
		}
		return nil, &LookupError{Kind: o.kind, Scheme: SchemeUID}
	}
	x := o.by(scheme)
	if i, ok := x.one[name]; ok {
		return o.items[i], nil
	}
	bad := &LookupError{Kind: o.kind, Scheme: scheme}
	for _, i := range x.shared[name] {
		bad.UIDs = append(bad.UIDs, o.of(o.items[i]).UID)
	}
	return nil, bad
}

func (o *Objects[T]) by(scheme IDScheme) *index {
	if scheme == SchemeCode {
		return o.codes
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	x := o.other[scheme]
	if x == nil {
		x = o.index(scheme)
		if len(o.other) < maxSchemes {
			o.other[scheme] = x
		}
	}
	return x
}

// maxSchemes bounds the indexes that an Objects keeps. Servers have few unique attributes.
const maxSchemes = 16
