package tracker

import (
	"container/heap"
	"slices"
)

// lanes keeps records apart that touch the same tracked entity. Each record holds a set of keys,
// the UIDs it mentions; records that share one go to the server in the order of the source and
// never in two requests at once (dhis2.md 2.4: the server has no locks, simultaneous updates lose
// values without an error).
//
// Every queue is in the order of the source, so records that share several keys meet in the same
// order everywhere and cannot wait for each other in a circle. A lanes belongs to one goroutine.
type lanes struct {
	queues map[string]*lane
	ready  recordHeap
	size   int // objects in ready
}

// lane is the queue of one key.
type lane struct {
	waiting []*record // in the order of the source
	held    int       // records of batch that hold the key
	batch   *batch
}

func newLanes() *lanes { return &lanes{queues: map[string]*lane{}} }

// add puts a record into the queues of its keys.
func (l *lanes) add(r *record) {
	for _, key := range r.keys {
		q := l.queues[key]
		if q == nil {
			q = &lane{}
			l.queues[key] = q
		}
		i := len(q.waiting)
		for i > 0 && q.waiting[i-1].seq > r.seq {
			i--
		}
		q.waiting = slices.Insert(q.waiting, i, r)
	}
	l.offer(r)
}

// offer notes a record as ready if it is.
func (l *lanes) offer(r *record) {
	if !r.ready && l.first(r, nil) {
		r.ready = true
		l.size += r.pendingCount()
		heap.Push(&l.ready, r)
	}
}

// first reports whether nothing stands before a record but the records of b.
func (l *lanes) first(r *record, b *batch) bool {
	for _, key := range r.keys {
		q := l.queues[key]
		if q.waiting[0] != r || q.held > 0 && q.batch != b {
			return false
		}
	}
	return true
}

// take moves records into b until it is full or none is left: those that are ready, each followed
// by the next ones of the same tracked entity as long as they share no object with the batch.
func (l *lanes) take(b *batch) {
	for l.ready.Len() > 0 {
		r := l.ready[0]
		free := l.first(r, nil)
		if !free && (!l.first(r, b) || !b.fits(r)) {
			l.drop() // an older record came back and stands before it; it is offered again after that
			continue
		}
		if !b.fits(r) {
			return
		}
		l.drop()
		l.move(r, b)
	}
}

// drop takes the first record out of ready.
func (l *lanes) drop() {
	r, _ := heap.Pop(&l.ready).(*record)
	r.ready = false
	l.size -= r.pendingCount()
}

// move puts one record, and those that may follow it, into b.
func (l *lanes) move(first *record, b *batch) {
	next := []*record{first}
	for len(next) > 0 {
		r := next[0]
		next = next[1:]
		if r != first && (r.ready || r.batch != nil || !l.first(r, b) || !b.fits(r)) {
			continue
		}
		b.add(r)
		for _, key := range r.keys {
			q := l.queues[key]
			q.waiting = slices.Delete(q.waiting, 0, 1)
			q.held++
			q.batch = b
			if len(q.waiting) > 0 {
				next = append(next, q.waiting[0])
			}
		}
	}
}

// release gives the keys of a record back that is no longer in a batch.
func (l *lanes) release(r *record) {
	for _, key := range r.keys {
		q := l.queues[key]
		q.held--
		if q.held == 0 {
			q.batch = nil
		}
		if q.held == 0 && len(q.waiting) == 0 {
			delete(l.queues, key)
		}
	}
	r.batch = nil
	for _, key := range r.keys {
		if q := l.queues[key]; q != nil && q.held == 0 {
			l.offer(q.waiting[0])
		}
	}
}

// recordHeap is a heap of records in the order of the source.
type recordHeap []*record

// Len implements heap.Interface.
func (h *recordHeap) Len() int { return len(*h) }

// Less implements heap.Interface.
func (h *recordHeap) Less(i, j int) bool { return (*h)[i].seq < (*h)[j].seq }

// Swap implements heap.Interface.
func (h *recordHeap) Swap(i, j int) { (*h)[i], (*h)[j] = (*h)[j], (*h)[i] }

// Push implements heap.Interface.
func (h *recordHeap) Push(x any) {
	if r, ok := x.(*record); ok {
		*h = append(*h, r)
	}
}

// Pop implements heap.Interface.
func (h *recordHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return last
}
