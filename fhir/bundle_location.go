package fhir

import "strings"

// Location is where a resource is, as servers tell it in a Location header or in the answer to
// an entry of a Bundle: "Patient/7/_history/2", or the same with the server's URL before it.
type Location struct {
	// Base is the server's URL without a slash at its end, "" for a relative location.
	Base string
	// Type and ID are of the resource, Version is of this version of it, "" if it is not told.
	Type, ID, Version string
}

// ParseLocation reads a location: relative, absolute, or with the path of the server only, with
// or without a version. It returns the zero Location for what is none, like urn:uuid:….
func ParseLocation(text string) Location {
	rest, _, _ := strings.Cut(text, "#")
	rest, _, _ = strings.Cut(rest, "?")
	rest = strings.TrimRight(rest, "/")
	var l Location
	if before, version, ok := strings.Cut(rest, "/_history/"); ok {
		rest, l.Version = before, version
	}
	i := strings.LastIndexByte(rest, '/')
	if i < 0 {
		return Location{}
	}
	l.ID, rest = rest[i+1:], rest[:i]
	if i = strings.LastIndexByte(rest, '/'); i >= 0 {
		l.Base = strings.TrimRight(rest[:i], "/")
	}
	l.Type = rest[i+1:]
	if !isTypeName(l.Type) || !isID(l.ID) || l.Version != "" && !isID(l.Version) {
		return Location{}
	}
	return l
}

// IsZero reports whether there is no location.
func (l Location) IsZero() bool { return l == Location{} }

// Reference returns "Type/id", which is how other resources of the same server refer to it,
// and "" for the zero Location.
func (l Location) Reference() string {
	if l.Type == "" {
		return ""
	}
	return l.Type + "/" + l.ID
}

// String returns the location as it would be written.
func (l Location) String() string {
	text := l.Reference()
	if l.Base != "" {
		text = l.Base + "/" + text
	}
	if l.Version != "" {
		text += "/_history/" + l.Version
	}
	return text
}

// ParseETag returns the version that an ETag names: 3 for W/"3", for "3", and for the bare 3
// that HAPI writes in the entries of a Bundle.
func ParseETag(tag string) string {
	tag = strings.TrimSpace(tag)
	if len(tag) > 1 && (tag[0] == 'W' || tag[0] == 'w') && tag[1] == '/' {
		tag = tag[2:]
	}
	if len(tag) > 1 && tag[0] == '"' && tag[len(tag)-1] == '"' {
		tag = tag[1 : len(tag)-1]
	}
	return tag
}

// FormatETag returns the ETag of a version, W/"3" (R4 http.html, section 3.1.0.1.3), for a
// bare version as for an ETag in any form. It is "" for "".
func FormatETag(version string) string {
	if version = ParseETag(version); version == "" {
		return ""
	}
	return `W/"` + version + `"`
}

// isTypeName reports whether a text can be the name of a resource type.
func isTypeName(text string) bool {
	if text == "" || text[0] < 'A' || text[0] > 'Z' {
		return false
	}
	for i := range len(text) {
		if c := text[i] | 0x20; (c < 'a' || c > 'z') && (text[i] < '0' || text[i] > '9') {
			return false
		}
	}
	return true
}

// isID reports whether a text can be a logical id (R4 datatypes.html, id).
func isID(text string) bool {
	if text == "" || len(text) > 64 {
		return false
	}
	for i := range len(text) {
		c := text[i]
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' {
			return false
		}
	}
	return true
}
