package dhis2

import (
	"iter"
	"sort"
)

// Code is an error code of the tracker's importer. None is transient: each is the
// verdict of a check of the payload against what was stored when it came.
type Code struct {
	// ID is what reports call it, such as "E1064".
	ID string
	// Class is what kind of error it is.
	Class Class

	raised, declared uint8
}

// RaisedIn reports whether a server of this version can report the code.
func (c Code) RaisedIn(v Version) bool { return c.raised&versionBit(v) != 0 }

// DeclaredIn reports whether a server of this version knows the code, even if
// nothing there reports it.
func (c Code) DeclaredIn(v Version) bool { return c.declared&versionBit(v) != 0 }

// versionBit is the bit of a version in the table.
func versionBit(v Version) uint8 {
	switch {
	case v.AtLeast(2, 44):
		return 1 << 0
	case v.AtLeast(2, 43):
		return 1 << 1
	case v.AtLeast(2, 42):
		return 1 << 2
	case v.AtLeast(2, 41):
		return 1 << 3
	case v.AtLeast(2, 40):
		return 1 << 4
	default:
		return 0
	}
}

// LookUpCode finds a code by its ID; ok is false for one that no known version
// has.
func LookUpCode(id string) (code Code, ok bool) {
	i := sort.Search(len(codeTable), func(i int) bool { return codeTable[i].ID >= id })
	if i < len(codeTable) && codeTable[i].ID == id {
		return codeTable[i], true
	}
	return Code{}, false
}

// ClassOf is the class of a code of the tracker, [ClassUnknown] if no known
// version has it.
func ClassOf(id string) Class {
	code, _ := LookUpCode(id)
	return code.Class
}

// Codes goes through all codes of 2.40 to 2.43 and of what is to come, in the
// order of their IDs.
func Codes() iter.Seq[Code] {
	return func(yield func(Code) bool) {
		for _, c := range codeTable {
			if !yield(c) {
				return
			}
		}
	}
}
