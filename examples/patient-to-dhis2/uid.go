package main

import (
	"crypto/sha256"
	"encoding/binary"
	"math/big"
)

const (
	uidLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	uidDigits  = uidLetters + "0123456789"
	uidLength  = 11
)

// deriveUID makes the DHIS2 UID of an object from what identifies it at its
// source: kind ("trackedEntity", "enrollment"), then system, identifier and so
// on. The same parts always give the same UID, so a message that is sent twice
// updates what it created (dhis2.md 2.2). UIDs are 65 bits: among a million
// patients a collision has a chance of 1 in 100 million.
//
// Parts are joined with their length, so that ("ab","c") and ("a","bc") differ.
func deriveUID(parts ...string) string {
	hash := sha256.New()
	for _, part := range parts {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(part)))
		hash.Write(length[:])
		hash.Write([]byte(part))
	}
	n := new(big.Int).SetBytes(hash.Sum(nil)[:16])
	digit := func(alphabet string) byte {
		rest := new(big.Int)
		n.DivMod(n, big.NewInt(int64(len(alphabet))), rest)
		return alphabet[rest.Int64()]
	}
	uid := make([]byte, uidLength)
	uid[0] = digit(uidLetters)
	for i := 1; i < uidLength; i++ {
		uid[i] = digit(uidDigits)
	}
	return string(uid)
}
