package fhir

import (
	"crypto/sha1" //nolint:gosec // UUIDs of version 5 are made with it
	"encoding/hex"
	"fmt"
	"io"
	"strings"
)

// uuidPrefix is how a fullUrl of a resource without a URL begins.
const uuidPrefix = "urn:uuid:"

// bundleNamespace is the UUID that keys are hashed with where no other namespace is given.
const bundleNamespace = "5d0f8a86-5f0d-5c63-9d2f-0b6a2f1c7f52"

// UUIDURN returns "urn:uuid:" and the UUID of version 5 (RFC 9562) of a key, which is always
// the same for the same key in the same namespace. The namespace is a UUID, or any text, which
// is made one first; it defaults to one of this library. Use it for a fullUrl that other
// programs, or a second attempt, have to come to as well.
func UUIDURN(namespace, key string) string {
	if namespace == "" {
		namespace = bundleNamespace
	}
	space, ok := parseUUID(namespace)
	if !ok {
		root, _ := parseUUID(bundleNamespace)
		space = uuid5(root, namespace)
	}
	return uuidPrefix + formatUUID(uuid5(space, key))
}

func uuid5(space [16]byte, name string) [16]byte {
	sum := sha1.Sum(append(space[:], name...)) //nolint:gosec // as above
	var id [16]byte
	copy(id[:], sum[:])
	id[6] = id[6]&0x0f | 0x50
	id[8] = id[8]&0x3f | 0x80
	return id
}

// randomUUID reads a UUID of version 4.
func randomUUID(source io.Reader) (string, error) {
	var id [16]byte
	if _, err := io.ReadFull(source, id[:]); err != nil {
		return "", fmt.Errorf("fhir: make a fullUrl: read the source of randomness: %w", err)
	}
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return uuidPrefix + formatUUID(id), nil
}

func formatUUID(id [16]byte) string {
	text := hex.EncodeToString(id[:])
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}

func parseUUID(text string) (id [16]byte, ok bool) {
	if len(text) != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-' {
		return id, false
	}
	n, err := hex.Decode(id[:], []byte(strings.ReplaceAll(text, "-", "")))
	return id, err == nil && n == len(id)
}
