package merge

import (
	"bytes"
	"slices"
	"strings"

	"github.com/openhim/mediator-go/fhir/internal/edit"
	"github.com/openhim/mediator-go/fhir/internal/elements"
	"github.com/openhim/mediator-go/fhir/internal/prune"
	"github.com/openhim/mediator-go/fhir/internal/view"
)

// objectMerge is the merge of one object.
type objectMerge struct {
	src        []byte
	opened     *edit.Object // src, once something in it changes
	base, next []view.Member
	typ        *elements.Type
	at         *prune.Place
	unset      []string // alternatives in next that do not count; see prune.Unset
	choices    bool     // unset is known
}

func (o *objectMerge) raw() *edit.Object {
	if o.opened == nil {
		o.opened = edit.OpenObject(o.src)
	}
	return o.opened
}

// nextText is the object that next has the members of.
func (o *objectMerge) nextText() []byte {
	text := []byte{'{'}
	for i, m := range o.next {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(edit.Quote(text, m.Key), ':')
		text = append(text, m.Value...)
	}
	return append(text, '}')
}

func (o *objectMerge) run() error {
	if a, b := o.resourceTypes(); !bytes.Equal(a, b) {
		return &prune.Error{Path: o.at.String(), Problem: "the edit changes the resourceType"}
	}
	for i, b := range o.base {
		if _, ok := lookup(o.next, b.Key, i); !ok {
			o.remove(b.Key)
		}
	}
	for i, n := range o.next {
		b, ok := lookup(o.base, n.Key, i)
		if ok && bytes.Equal(b, n.Value) {
			continue
		}
		if !ok {
			b = nil
		}
		if err := o.change(n.Key, b, n.Value); err != nil {
			return err
		}
	}
	return nil
}

func (o *objectMerge) resourceTypes() (base, next []byte) {
	base, _ = lookup(o.base, "resourceType", 0)
	next, _ = lookup(o.next, "resourceType", 0)
	return base, next
}

// hidden returns the member with the underscore, or without it, that belongs
// to key, if raw has it and the view does not show it.
func (o *objectMerge) hidden(key string) (string, []byte) {
	other := prune.PartnerOf(key)
	value, ok := o.raw().Get(other)
	if !ok || shown(o.base, other) || shown(o.next, other) {
		return "", nil
	}
	return other, value
}

func shown(pairs []view.Member, key string) bool {
	_, ok := lookup(pairs, key, len(pairs))
	return ok
}

// remove deletes the element: the member and, if the view does not show it,
// the one with the underscore.
func (o *objectMerge) remove(key string) {
	if _, ok := o.raw().Get(key); !ok {
		return
	}
	if !strings.HasPrefix(key, "_") {
		if other, _ := o.hidden(key); other != "" {
			o.raw().Delete(other)
		}
	}
	o.raw().Delete(key)
}

// change gives a member the value that next has. base is nil if the view did
// not show it before.
func (o *objectMerge) change(key string, base, next []byte) error {
	if key == "" {
		return &prune.Error{Path: o.at.String(), Problem: "a member has no name"}
	}
	var err error
	isChoice := o.choice(key)
	if isChoice && slices.Contains(o.unset, key) {
		o.remove(key)
		return nil
	}
	raw, inRaw := o.raw().Get(key)
	switch {
	case !inRaw:
		err = o.add(key, next)
	case base == nil && (raw[0] == '{' || raw[0] == '['):
		return &prune.Error{
			Path:    o.at.Member(key).String(),
			Problem: "the text holds something that the edited type could not read; use Set",
		}
	case base == nil:
		err = o.clean(key, next)
	default:
		err = o.merge(key, raw, base, next)
	}
	if err == nil && isChoice {
		err = o.onlyOne(key)
	}
	return err
}

// add puts a member in that raw does not have.
func (o *objectMerge) add(key string, next []byte) error {
	value, err := prune.Clean(next, prune.Child(o.typ, key), o.at.Member(key))
	if err != nil || value == nil {
		return err
	}
	// Elements that have extensions but no value stand in the underscore's
	// array only. The view shows none of them, so what it adds comes behind.
	if other, siblings := o.hidden(key); other != "" && value[0] == '[' && siblings[0] == '[' {
		held := edit.OpenArray(siblings)
		value = append(bytes.Repeat([]byte("null,"), held.Len()), value[1:]...)
		value = append([]byte("["), value...)
		added := edit.OpenArray(value).Len() - held.Len()
		all := keep(held)
		for range added {
			all = append(all, edit.Element{From: -1, Value: []byte("null")})
		}
		o.raw().Replace(other, held.Rebuild(all))
	}
	o.raw().Set(key, value, o.rank)
	return nil
}

func keep(a *edit.Array) []edit.Element {
	all := make([]edit.Element, 0, a.Len()+1)
	for i := range a.Len() {
		all = append(all, edit.Element{From: i, Value: a.Item(i)})
	}
	return all
}

// clean replaces a member by what next has.
func (o *objectMerge) clean(key string, next []byte) error {
	value, err := prune.Clean(next, prune.Child(o.typ, key), o.at.Member(key))
	switch {
	case err != nil:
		return err
	case value == nil:
		o.remove(key)
	default:
		o.raw().Set(key, value, o.rank)
	}
	return nil
}

// merge changes a member that all three have.
func (o *objectMerge) merge(key string, raw, base, next []byte) error {
	s := prune.Child(o.typ, key)
	at := o.at.Member(key)
	switch {
	case raw[0] == '{' && base[0] == '{' && next[0] == '{':
		merged, err := mergeObject(raw, base, next, s.Type, at)
		if err != nil {
			return err
		}
		if merged == nil {
			o.remove(key)
			return nil
		}
		o.raw().Replace(key, merged)
		return nil
	case raw[0] == '[' && base[0] == '[' && next[0] == '[':
		other, siblings := o.hidden(key)
		if siblings != nil && siblings[0] != '[' {
			siblings = nil
		}
		merged, moved, err := mergeArray(raw, base, next, siblings, s, at)
		if err != nil {
			return err
		}
		if siblings != nil {
			if moved == nil {
				o.raw().Delete(other)
			} else {
				o.raw().Replace(other, moved)
			}
		}
		if merged == nil {
			o.raw().Delete(key)
			return nil
		}
		o.raw().Replace(key, merged)
		return nil
	case (raw[0] == '{' || raw[0] == '[') && base[0] != raw[0]:
		return shapeError(at)
	default:
		return o.clean(key, next)
	}
}

// choice reports whether key is an alternative of a choice, and learns which
// alternatives in next do not count.
func (o *objectMerge) choice(key string) bool {
	if o.typ == nil {
		return false
	}
	if el, _, ok := o.typ.Element(key); !ok || !el.Choice {
		return false
	}
	if !o.choices {
		o.choices = true
		o.unset = prune.Unset(o.nextText(), o.typ, o.at)
	}
	return true
}

// onlyOne refuses a second alternative of a choice.
func (o *objectMerge) onlyOne(key string) error {
	el, _, _ := o.typ.Element(key)
	if _, there := o.raw().Get(key); !there {
		return nil
	}
	for _, k := range o.raw().Keys() {
		if other, _, ok := o.typ.Element(k); !ok || other != el || k == key || slices.Contains(o.unset, k) {
			continue
		}
		// An alternative that is about to be removed is no second one.
		if _, still := lookup(o.next, k, 0); still {
			return &prune.Error{
				Path:    o.at.Member(el.Name + "[x]").String(),
				Problem: "more than one alternative is set: " + k + " and " + key,
			}
		}
	}
	return nil
}

// rank orders members as FHIR does, and as the view does where FHIR says nothing.
func (o *objectMerge) rank(key string) int {
	if o.typ != nil {
		return prune.Rank(o.typ, key)
	}
	if key == "resourceType" {
		return 0
	}
	for i := range o.next {
		if o.next[i].Key == key {
			return i + 1
		}
	}
	return -1
}
