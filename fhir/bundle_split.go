package fhir

import (
	"fmt"
	"slices"
)

// BundleLimits bounds the parts that a Bundle is divided into. Zero fields do not bound.
type BundleLimits struct {
	// Entries is how many entries a part has at most.
	Entries int
	// Bytes is how long a part is at most, as JSON.
	Bytes int
}

// BundlePart is a part of a Bundle that was divided.
type BundlePart struct {
	// Bundle is what to send.
	Bundle *Bundle
	// Places are where its entries are in the whole Bundle.
	Places []int
}

// BundleSplit is a transaction or a batch that was divided.
type BundleSplit struct {
	whole *Bundle
	parts []BundlePart
}

// Split divides a transaction or a batch into parts within the limits. Entries that depend on
// one another stay in one part: those that refer to one another by fullUrl or Type/id, by
// conditional references, by conditions and searches that one could find what the other
// writes with. Each part is a transaction of its own: what was all or nothing is so by parts
// only. Of a batch, whose entries cannot depend on one another, such groups are kept together
// as long as they are within the limits, and the parts are to be sent in their order.
//
// The error is a *BundleError with the entries of groups of a transaction that exceed the
// limits, and of single entries that do, by ErrBundleTooLarge. The entries of the parts have
// the bytes that they have in the whole.
func (b *Bundle) Split(limits BundleLimits) (*BundleSplit, error) {
	if b.kind != BundleTransaction && b.kind != BundleBatch {
		return nil, fmt.Errorf("%w: a Bundle %s cannot be divided", ErrBundleEntry, safeType(string(b.kind)))
	}
	s := &BundleSplit{whole: b}
	head := b.partHead()
	bound := partBound{limits: limits, size: len(head) + len(`,"entry":[]}`)}
	if bound.fits(b, allPlaces(b.Len())) {
		s.parts = []BundlePart{{b, allPlaces(b.Len())}}
		return s, nil
	}
	failed := &BundleError{Total: b.Len()}
	var current []int
	used := bound
	closePart := func() {
		if len(current) > 0 {
			slices.Sort(current)
			s.parts = append(s.parts, BundlePart{b.part(head, current), current})
		}
		current, used = nil, bound
	}
	for _, group := range b.groups() {
		if !bound.fits(b, group) {
			if b.kind == BundleTransaction || len(group) == 1 {
				failed.tooLarge(b, group, limits)
				continue
			}
			for _, place := range group { // of a batch
				if !bound.fits(b, []int{place}) {
					failed.tooLarge(b, []int{place}, limits)
				} else if !used.fits(b, []int{place}) {
					closePart()
				}
				current = append(current, place)
				used.take(b, []int{place})
			}
			continue
		}
		if !used.fits(b, group) {
			closePart()
		}
		current = append(current, group...)
		used.take(b, group)
	}
	closePart()
	if err := failed.orNil(); err != nil {
		return nil, err
	}
	return s, nil
}

// groups returns the entries that depend on one another, group by group, in the order of
// their first entries.
func (b *Bundle) groups() [][]int {
	var groups [][]int
	at := make(map[int]int, b.Len())
	for i, first := range bundleGroups(b) {
		n, known := at[first]
		if !known {
			n = len(groups)
			at[first] = n
			groups = append(groups, nil)
		}
		groups[n] = append(groups[n], i)
	}
	return groups
}

func allPlaces(n int) []int {
	places := make([]int, n)
	for i := range places {
		places[i] = i
	}
	return places
}

// partBound is what a part takes so far.
type partBound struct {
	limits        BundleLimits
	entries, size int
}

func (p *partBound) take(b *Bundle, places []int) {
	for _, i := range places {
		p.entries++
		p.size += len(b.entries[i].raw) + 1
	}
}

func (p *partBound) fits(b *Bundle, places []int) bool {
	with := *p
	with.take(b, places)
	return (p.limits.Entries <= 0 || with.entries <= p.limits.Entries) && (p.limits.Bytes <= 0 || with.size <= p.limits.Bytes)
}

// partHead writes what a part has before its entries: what concerns the meaning of the whole,
// and neither id, identifier nor signature, which would not be true of a part.
func (b *Bundle) partHead() []byte {
	head := []byte(`{"resourceType":"Bundle"`)
	for name, value := range jsonMembers(b.Bytes()) {
		switch string(name) {
		case "meta", "implicitRules", "language", "type", "timestamp", "extension":
			head = append(append(append(head, `,"`...), name...), `":`...)
			head = append(head, value...)
		default:
		}
	}
	return head
}

func (b *Bundle) part(head []byte, places []int) *Bundle {
	out := append(slices.Clone(head), `,"entry":[`...)
	for n, i := range places {
		if n > 0 {
			out = append(out, ',')
		}
		out = append(out, b.entries[i].raw...)
	}
	part, _ := BundleOf(parsedResource(append(out, `]}`...))) // it is a Bundle
	return part
}

func (e *BundleError) tooLarge(b *Bundle, group []int, limits BundleLimits) {
	size := 0
	for _, i := range group {
		size += len(b.entries[i].raw) + 1
	}
	for _, i := range group {
		request, _ := b.entries[i].Request()
		e.Entries = append(e.Entries, &BundleEntryError{
			Place: i, FullURL: b.entries[i].FullURL(), Method: request.Method, Type: requestType(request.URL),
			Err: fmt.Errorf("%w: %d entries of %d bytes belong together, and a part has at most %s", ErrBundleTooLarge, len(group), size, limits),
		})
	}
}

// String tells the limits.
func (l BundleLimits) String() string {
	switch {
	case l.Entries > 0 && l.Bytes > 0:
		return fmt.Sprintf("%d entries and %d bytes", l.Entries, l.Bytes)
	case l.Entries > 0:
		return fmt.Sprintf("%d entries", l.Entries)
	case l.Bytes > 0:
		return fmt.Sprintf("%d bytes", l.Bytes)
	default:
		return "any number of entries"
	}
}

// Parts returns the parts, in the order in which they are to be sent.
func (s *BundleSplit) Parts() []BundlePart { return s.parts }

// BundleAnswer is what came of one part.
type BundleAnswer struct {
	// Results are those of the part, as [Client.Transaction], [Client.Batch] and
	// [Bundle.Results] give them.
	Results BundleResults
	// Err is why there are none.
	Err error
}

// Results brings the answers to the parts, in the order of Parts, together with the entries
// of the whole Bundle, in its order. A part that failed gives each of its entries its error;
// parts for which there is no answer give ErrBundleNotSent. The error is ErrBundleMismatch for
// answers that are not of these parts.
func (s *BundleSplit) Results(answers []BundleAnswer) (BundleResults, error) {
	if len(answers) > len(s.parts) {
		return nil, fmt.Errorf("%w: %d answers for %d parts", ErrBundleMismatch, len(answers), len(s.parts))
	}
	results := make(BundleResults, s.whole.Len())
	for n, part := range s.parts {
		answer := BundleAnswer{Err: ErrBundleNotSent}
		if n < len(answers) && (answers[n].Err != nil || answers[n].Results != nil) {
			answer = answers[n]
		}
		if answer.Err == nil && len(answer.Results) != len(part.Places) {
			return nil, fmt.Errorf("%w: %d results for %d entries of part %d", ErrBundleMismatch, len(answer.Results), len(part.Places), n)
		}
		for i, place := range part.Places {
			if answer.Err == nil {
				results[place] = answer.Results[i]
				results[place].Place = place
				continue
			}
			sent := s.whole.entries[place]
			request, _ := sent.Request()
			results[place] = BundleResult{Place: place, FullURL: sent.FullURL(), Request: request, Err: answer.Err}
		}
	}
	return results, nil
}
