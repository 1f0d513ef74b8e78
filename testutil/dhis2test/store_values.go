package dhis2test

import (
	"slices"
	"time"
)

// value is one attribute value of an entity or data value of an event.
type value struct {
	ref, text            string
	createdAt, updatedAt time.Time
	by                   *User // who made it
	updatedBy            *User
	providedElsewhere    bool
}

// values are the values of one object in order of creation. A slice is never
// changed once an object holds it: merge makes a new one.
type values []value

func (v values) index(ref string) int {
	return slices.IndexFunc(v, func(x value) bool { return x.ref == ref })
}

func (v values) get(ref string) (string, bool) {
	if i := v.index(ref); i >= 0 {
		return v[i].text, true
	}
	return "", false
}

// change is one value as an import sends it; a nil text deletes (dhis2.md
// section 0, fact 6).
type change struct {
	value
	to *string
}

// merge returns the values with the changes made, by key.
func (v values) merge(changes []change) values {
	if len(changes) == 0 {
		return v
	}
	out := make(values, len(v), len(v)+len(changes))
	copy(out, v)
	for _, c := range changes {
		i := out.index(c.ref)
		switch {
		case c.to == nil && i >= 0:
			out = slices.Delete(out, i, i+1)
		case c.to == nil:
		case i < 0:
			c.text = *c.to
			out = append(out, c.value)
		default:
			if out[i].text != *c.to {
				out[i].updatedAt, out[i].updatedBy = c.updatedAt, c.updatedBy
			}
			out[i].text, out[i].providedElsewhere = *c.to, c.providedElsewhere
		}
	}
	return out
}
