package tracker

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func laneRecord(seq int64, uid string, keys ...string) *record {
	return &record{seq: seq, strategy: CreateAndUpdate, keys: keys, objects: []object{{ref: Ref{TypeEvent, uid}, uid: uid, wire: []byte("{}")}}}
}

func taken(l *lanes, maxObjects int) *batch {
	b := newBatch(maxObjects, 1<<20)
	l.take(b)
	return b
}

func sequences(b *batch) []int64 {
	var seqs []int64
	for _, r := range b.records {
		seqs = append(seqs, r.seq)
	}
	return seqs
}

func TestRecordsOfOneKeyAreNeverInTwoBatches(t *testing.T) {
	t.Parallel()
	l := newLanes()
	l.add(laneRecord(1, "a", "T1"))
	l.add(laneRecord(2, "a", "T1")) // the same object once more
	l.add(laneRecord(3, "b", "T1", "T2"))
	l.add(laneRecord(4, "c", "T3"))
	first := taken(l, 10)
	assert.Equal(t, []int64{1, 4}, sequences(first), "an object is in a batch once")
	assert.Empty(t, taken(l, 10).records)
	l.release(first.records[1])
	assert.Empty(t, taken(l, 10).records)
	l.release(first.records[0])
	assert.Equal(t, []int64{2, 3}, sequences(taken(l, 10)), "another object of the same tracked entity may follow in the same batch")
}

func TestARecordThatComesBackKeepsItsPlace(t *testing.T) {
	t.Parallel()
	l := newLanes()
	first, second := laneRecord(1, "a", "T1"), laneRecord(2, "b", "T2")
	l.add(first)
	b := taken(l, 10)
	l.add(second)
	l.add(laneRecord(3, "c", "T1"))
	l.release(b.records[0])
	first.keys = []string{"T1", "T2"} // it was adopted
	l.add(first)
	assert.Equal(t, []int64{1, 2, 3}, sequences(taken(l, 10)), "it is before those that came after it, in all its lanes")
}

// Whatever the keys, records of one key leave in their order, no key is in two batches, and all
// come to an end.
func TestLanesKeepTheirPromiseForAnyKeys(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 1))
		l := newLanes()
		const n = 60
		left := map[int64]*record{}
		for seq := range int64(n) {
			var keys []string
			for range 1 + random.IntN(3) {
				keys = append(keys, fmt.Sprint("T", random.IntN(8)))
			}
			slices.Sort(keys)
			r := laneRecord(seq, fmt.Sprint("o", random.IntN(40)), slices.Compact(keys)...)
			left[seq] = r
			l.add(r)
		}
		var flying []*batch
		holder := map[string]*batch{}
		last := map[string]int64{}
		for rounds := 0; len(left) > 0; rounds++ {
			require.Less(t, rounds, 10_000, "seed %d: nothing moves", seed)
			if b := taken(l, 1+random.IntN(6)); len(b.records) > 0 {
				for _, r := range b.records {
					for _, key := range r.keys {
						require.True(t, holder[key] == nil || holder[key] == b, "seed %d: %s is in two batches", seed, key)
						holder[key] = b
						require.GreaterOrEqual(t, r.seq, last[key], "seed %d: order of %s", seed, key)
						last[key] = r.seq
					}
				}
				flying = append(flying, b)
			}
			if len(flying) == 0 || random.IntN(2) == 0 {
				continue
			}
			at := random.IntN(len(flying))
			b := flying[at]
			flying = slices.Delete(flying, at, at+1)
			for _, r := range b.records {
				for _, key := range r.keys {
					holder[key] = nil
				}
			}
			for _, r := range b.records {
				if random.IntN(8) == 0 { // it comes back, with one more key
					l.release(r)
					key := fmt.Sprint("T", random.IntN(8))
					if !slices.Contains(r.keys, key) {
						r.keys = append(slices.Clone(r.keys), key)
					}
					for _, key := range r.keys {
						last[key] = min(last[key], r.seq)
					}
					l.add(r)
					continue
				}
				delete(left, r.seq)
				l.release(r)
			}
		}
		require.Empty(t, l.queues)
		require.Zero(t, l.size)
	}
}
