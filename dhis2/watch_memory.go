package dhis2

import (
	"encoding/binary"
	"hash/maphash"
	"time"
)

// remembered are the changes that were given and may come again: (UID, time of change), as
// hashes. Two changes of one hash among a million have a chance of 1 in 40 million.
type remembered struct {
	seed maphash.Seed
	at   map[uint64]int64 // the time of change, in milliseconds
	most int
	// oldest is what was asked to be forgotten last
	oldest int64
}

func newRemembered(most int) *remembered {
	return &remembered{seed: maphash.MakeSeed(), at: map[uint64]int64{}, most: most}
}

func (r *remembered) hash(c Change) uint64 {
	var b [uidLength + 8]byte
	copy(b[:], c.UID)
	binary.BigEndian.PutUint64(b[uidLength:], uint64(c.UpdatedAt.UnixMilli()))
	if c.Deleted {
		b[uidLength] ^= 0x80
	}
	return maphash.Bytes(r.seed, b[:])
}

func (r *remembered) has(c Change) bool {
	_, ok := r.at[r.hash(c)]
	return ok
}

func (r *remembered) add(c Change) {
	if len(r.at) < r.most {
		r.at[r.hash(c)] = c.UpdatedAt.UnixMilli()
	}
}

func (r *remembered) remove(c Change) { delete(r.at, r.hash(c)) }

// forget drops what is older than a time. It looks through all of them, so it does so when the
// time has moved on by a minute at least.
func (r *remembered) forget(before time.Time) {
	ms := before.UnixMilli()
	if ms-r.oldest < time.Minute.Milliseconds() {
		return
	}
	r.oldest = ms
	for hash, at := range r.at {
		if at < ms {
			delete(r.at, hash)
		}
	}
}
