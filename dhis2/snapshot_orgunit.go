package dhis2

import (
	"iter"
	"math/bits"
	"slices"
	"strings"
)

// OrgUnit is an organisation unit. It is read-only.
type OrgUnit struct {
	Object
	// Path holds the UIDs from the root to the unit: /ImspTQPwCqd/O6uvpzGd5pu. "" if neither it
	// nor the way up is known.
	Path  string `json:"path,omitempty"`
	Level int    `json:"level,omitempty"` // 1 is a root; 0 if it is not known
	// Opening and Closed are days in the server's zone: 2026-01-31. Closed is "" of an open one.
	Opening string `json:"-"`
	Closed  string `json:"-"`

	parent string // where Path does not tell
}

// Parent is the UID of the unit above, "" for a root.
func (o *OrgUnit) Parent() string {
	if o.Path == "" {
		return o.parent
	}
	uids := o.Path[:max(0, strings.LastIndexByte(o.Path, '/'))]
	return uids[strings.LastIndexByte(uids, '/')+1:]
}

// Within reports whether the unit is that one, or anywhere below it.
func (o *OrgUnit) Within(uid string) bool {
	return o.UID == uid || uid != "" && strings.Contains(o.Path, "/"+uid+"/")
}

// Ancestors gives the UIDs from the root to the unit itself.
func (o *OrgUnit) Ancestors() iter.Seq[string] {
	return func(yield func(string) bool) {
		for part := range strings.SplitSeq(strings.TrimPrefix(o.Path, "/"), "/") {
			if part != "" && !yield(part) {
				return
			}
		}
	}
}

// OrgUnitSet is a set of organisation units, such as those that a program is assigned to. It
// takes a bit for each unit of the snapshot. The zero value is empty.
type OrgUnitSet struct {
	all   *Objects[OrgUnit]
	bits  []uint64
	count int
	other map[string]struct{} // units that the snapshot does not have
}

// Has reports whether the unit with that UID is in the set.
func (s OrgUnitSet) Has(uid string) bool {
	if s.all != nil {
		if i, ok := s.all.uids[uid]; ok && s.bits != nil {
			return s.bits[i/64]&(1<<(i%64)) != 0
		}
	}
	_, ok := s.other[uid]
	return ok
}

// Len is how many units are in the set.
func (s OrgUnitSet) Len() int { return s.count + len(s.other) }

// All gives the UIDs, ascending.
func (s OrgUnitSet) All() iter.Seq[string] {
	return func(yield func(string) bool) {
		var other []string
		for uid := range s.other {
			other = append(other, uid)
		}
		slices.Sort(other)
		for word, set := range s.bits {
			for ; set != 0; set &= set - 1 {
				uid := s.all.items[word*64+bits.TrailingZeros64(set)].UID
				for len(other) > 0 && other[0] < uid {
					if !yield(other[0]) {
						return
					}
					other = other[1:]
				}
				if !yield(uid) {
					return
				}
			}
		}
		for _, uid := range other {
			if !yield(uid) {
				return
			}
		}
	}
}

// put adds a unit to a set in the making.
func put(s *OrgUnitSet, uid string) {
	if s.all != nil {
		if i, ok := s.all.uids[uid]; ok {
			if s.bits == nil {
				s.bits = make([]uint64, (len(s.all.items)+63)/64)
			}
			if bit := uint64(1) << (i % 64); s.bits[i/64]&bit == 0 {
				s.bits[i/64] |= bit
				s.count++
			}
			return
		}
	}
	if s.other == nil {
		s.other = map[string]struct{}{}
	}
	s.other[uid] = struct{}{}
}
