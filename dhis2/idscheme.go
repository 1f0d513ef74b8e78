package dhis2

import (
	"fmt"
	"strings"
)

// IDScheme is how metadata is named in a request: by UID, by code, by name, or by the value of
// a metadata attribute. The server compares the words exactly: `code` is refused. Default to
// SchemeUID where nothing is said.
type IDScheme string

// The schemes that need no attribute; SchemeAttribute makes the others.
const (
	SchemeUID  IDScheme = "UID"
	SchemeCode IDScheme = "CODE"
	SchemeName IDScheme = "NAME"
)

const attributeScheme = "ATTRIBUTE:"

// SchemeAttribute is the scheme that names metadata by its value of the (unique) metadata
// attribute with that UID: ATTRIBUTE:uid.
func SchemeAttribute(uid string) IDScheme { return IDScheme(attributeScheme + uid) }

// ParseIDScheme reads a scheme as the server writes it. "" is SchemeUID.
func ParseIDScheme(text string) (IDScheme, error) {
	s := IDScheme(text)
	if text == "" {
		s = SchemeUID
	}
	if !s.Valid() {
		return "", fmt.Errorf("dhis2: %q is no idScheme; there are UID, CODE, NAME and ATTRIBUTE:uid", text)
	}
	return s, nil
}

// Valid reports whether the server knows the scheme. The zero value is not valid.
func (s IDScheme) Valid() bool {
	if uid, ok := s.Attribute(); ok {
		return ValidUID(uid)
	}
	return s == SchemeUID || s == SchemeCode || s == SchemeName
}

// Attribute returns the UID of the metadata attribute of ATTRIBUTE:uid, and false for the
// other schemes.
func (s IDScheme) Attribute() (uid string, ok bool) {
	return strings.CutPrefix(string(s), attributeScheme)
}
