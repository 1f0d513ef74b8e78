package fhirpath

// Collection is what an expression gives: items in their order, none for "no result".
type Collection []Item

// Empty reports whether there is no item.
func (c Collection) Empty() bool { return len(c) == 0 }

// Single returns the item if there is exactly one.
func (c Collection) Single() (Item, bool) {
	if len(c) != 1 {
		return Item{}, false
	}
	return c[0], true
}

// Bool returns the truth of the collection by FHIRPath's rule for criteria: that of a single
// Boolean; true for any other single item. known is false for an empty collection, for several items and
// for a Boolean without a value.
func (c Collection) Bool() (value, known bool) {
	if len(c) != 1 {
		return false, false
	}
	return c[0].truthOf()
}

// Strings returns the texts of the items, see [Item.String].
func (c Collection) Strings() []string {
	texts := make([]string, len(c))
	for i := range c {
		texts[i] = c[i].String()
	}
	return texts
}

// String returns the text of the single item, or "" when there is none or several.
func (c Collection) String() string {
	if len(c) != 1 {
		return ""
	}
	return c[0].String()
}
