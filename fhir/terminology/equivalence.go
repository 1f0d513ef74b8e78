package terminology

import "cmp"

// Equivalence is how a target of a ConceptMap relates to its source: the codes of R4
// (ConceptMap.group.element.target.equivalence). Those of R5 (relationship) are read as what
// they are in R4.
type Equivalence string

// The equivalences of R4. What they say is of the target: "wider" is a target that means more
// than the source.
const (
	Equal       Equivalence = "equal"       // the same, in its definition too
	Equivalent  Equivalence = "equivalent"  // the same in meaning
	Subsumes    Equivalence = "subsumes"    // the source is a kind of the target
	Wider       Equivalence = "wider"       // the target means more
	Specializes Equivalence = "specializes" // the target is a kind of the source
	Narrower    Equivalence = "narrower"    // the target means less
	Inexact     Equivalence = "inexact"     // they overlap
	RelatedTo   Equivalence = "relatedto"   // they have to do with one another; nobody knows how
	Unmatched   Equivalence = "unmatched"   // there is no target
	Disjoint    Equivalence = "disjoint"    // explicitly not the same

)

// IsMatch reports whether a target of this equivalence is a translation: all but unmatched,
// disjoint and what is not known (R4 ConceptMap/$translate, result).
func (e Equivalence) IsMatch() bool { return e.rank() < Unmatched.rank() }

// rank orders equivalences by how much of the meaning survives: the same, more general (true
// still, if less precise), less general (claims more than was said), overlapping, unknown.
func (e Equivalence) rank() int {
	switch e {
	case Equal:
		return 0
	case Equivalent:
		return 1
	case Subsumes:
		return 2
	case Wider:
		return 3
	case Specializes:
		return 4
	case Narrower:
		return 5
	case Inexact:
		return 6
	case RelatedTo:
		return 7
	case Unmatched:
		return 8
	case Disjoint:
		return 9
	default:
		return 10 // what is not known comes last
	}
}

// Compare orders equivalences by precision: equal, equivalent, subsumes, wider, specializes,
// narrower, inexact, relatedto, unmatched, disjoint. It is negative if e is the more precise
// one.
func (e Equivalence) Compare(other Equivalence) int { return cmp.Compare(e.rank(), other.rank()) }

// AtLeast reports whether e is a match that is as precise as another one, or more.
func (e Equivalence) AtLeast(other Equivalence) bool { return e.IsMatch() && e.Compare(other) <= 0 }

// Reverse returns how the source relates to the target: wider becomes narrower.
func (e Equivalence) Reverse() Equivalence {
	switch e {
	case Wider:
		return Narrower
	case Narrower:
		return Wider
	case Subsumes:
		return Specializes
	case Specializes:
		return Subsumes
	default:
		return e
	}
}

// equivalenceOf reads an equivalence of R4 or a relationship of R5. R5 has: the source is
// narrower, so the target is wider.
func equivalenceOf(code string) Equivalence {
	switch code {
	case "related-to":
		return RelatedTo
	case "source-is-narrower-than-target":
		return Wider
	case "source-is-broader-than-target":
		return Narrower
	case "not-related-to":
		return Disjoint
	case "": // R4 demands one; nothing is claimed where it lacks
		return RelatedTo
	default:
		return Equivalence(code)
	}
}
