package dhis2

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
)

const (
	uidLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	uidDigits  = uidLetters + "0123456789"
	uidLength  = 11
)

// ValidUID reports whether uid can be one: a letter and ten letters or digits.
// From 2.42 one that cannot be makes the server refuse the whole request, before
// it the object (E1048).
func ValidUID(uid string) bool {
	if len(uid) != uidLength || !isLetter(uid[0]) {
		return false
	}
	for i := 1; i < len(uid); i++ {
		if !isLetter(uid[i]) && (uid[i] < '0' || uid[i] > '9') {
			return false
		}
	}
	return true
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// DeriveUID makes a UID of parts: always the same of the same, and another one of
// others, as parts are joined with their lengths. See [Identity] for what to
// derive the UIDs of patients and their data from.
//
// The first 128 bits of SHA-256 are a number; its remainders give the letters.
// There are 4.4e19 UIDs: among a million objects a collision has a chance of 1 in
// 100 million, among 10 million of 1 in a million.
func DeriveUID(parts ...string) string { return uidOf(appendParts(nil, parts...)) }

// appendParts appends each part with its length before it.
func appendParts(b []byte, parts ...string) []byte {
	for _, part := range parts {
		b = binary.BigEndian.AppendUint64(b, uint64(len(part)))
		b = append(b, part...)
	}
	return b
}

func uidOf(content []byte) string {
	sum := sha256.Sum256(content)
	hi, lo := binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:16])
	var uid [uidLength]byte
	for i := range uid {
		alphabet := uidDigits
		if i == 0 {
			alphabet = uidLetters
		}
		n := uint64(len(alphabet))
		var rest uint64
		hi, rest = hi/n, hi%n
		lo, rest = bits.Div64(rest, lo, n)
		uid[i] = alphabet[rest]
	}
	return string(uid[:])
}
