package tracker

import (
	"cmp"
	"slices"
)

// batch is the records of one request.
type batch struct {
	maxObjects, maxBytes int

	strategy Strategy
	records  []*record
	objects  int
	bytes    int
	uids     map[Ref]bool // objects in it, as they are named at the server
}

func newBatch(maxObjects, maxBytes int) *batch {
	return &batch{maxObjects: maxObjects, maxBytes: maxBytes, uids: map[Ref]bool{}}
}

// fits reports whether a record may join. The first always may, however large it is.
func (b *batch) fits(r *record) bool {
	if len(b.records) == 0 {
		return true
	}
	if b.strategy != r.strategy || b.objects+r.pendingCount() > b.maxObjects || b.bytes+r.bytes() > b.maxBytes {
		return false
	}
	for i := range r.objects {
		if o := &r.objects[i]; o.fate == "" && b.uids[Ref{o.ref.Type, o.uid}] {
			return false // the same object twice in a payload: the server takes one, or dies
		}
	}
	return true
}

func (b *batch) add(r *record) {
	b.strategy = r.strategy
	b.records = append(b.records, r)
	b.objects += r.pendingCount()
	b.bytes += r.bytes()
	r.batch = b
	for i := range r.objects {
		if o := &r.objects[i]; o.fate == "" {
			b.uids[Ref{o.ref.Type, o.uid}] = true
		}
	}
}

// shipment is what one request carries: the pending objects of some records.
type shipment struct {
	records []*record
	objects []*object // sorted by type and UID
	body    []byte
}

// shipmentOrder is the order of the lists in a body, parents first.
//
//nolint:gochecknoglobals // a read-only table
var shipmentOrder = []Type{TypeTrackedEntity, TypeEnrollment, TypeEvent, TypeRelationship}

// pack puts the pending objects of records into one body: flat, each list sorted by UID, as the
// server locks rows in the order of the payload and deadlocks on two orders (dhis2.md 2.4).
func pack(records []*record) *shipment {
	s := &shipment{records: records}
	size := 80
	for _, r := range records {
		for i := range r.objects {
			if o := &r.objects[i]; o.fate == "" {
				s.objects = append(s.objects, o)
				size += len(o.wire) + 1
			}
		}
	}
	slices.SortStableFunc(s.objects, func(a, b *object) int {
		return cmp.Or(cmp.Compare(rank(a.ref.Type), rank(b.ref.Type)), cmp.Compare(a.uid, b.uid))
	})
	s.body = append(make([]byte, 0, size), '{')
	at := 0
	for _, kind := range shipmentOrder {
		if at == len(s.objects) || s.objects[at].ref.Type != kind {
			continue
		}
		if at > 0 {
			s.body = append(s.body, ',')
		}
		s.body = append(s.body, '"')
		s.body = append(s.body, listName(kind)...)
		s.body = append(s.body, `":[`...)
		for first := at; at < len(s.objects) && s.objects[at].ref.Type == kind; at++ {
			if at > first {
				s.body = append(s.body, ',')
			}
			s.body = append(s.body, s.objects[at].wire...)
		}
		s.body = append(s.body, ']')
	}
	s.body = append(s.body, '}')
	return s
}

func rank(kind Type) int { return slices.Index(shipmentOrder, kind) }

func listName(kind Type) string {
	switch kind {
	case TypeTrackedEntity:
		return "trackedEntities"
	case TypeEnrollment:
		return "enrollments"
	case TypeEvent:
		return "events"
	case TypeRelationship:
	}
	return "relationships"
}
