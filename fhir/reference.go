package fhir

import (
	"strings"
)

// ReferenceKind says how a reference names what it leads to.
type ReferenceKind uint8

// The kinds of reference (FHIR R4, references.html).
const (
	// ReferenceOther is none of the others: a URL that names no resource of a
	// FHIR server, such as a canonical URL.
	ReferenceOther ReferenceKind = iota
	// ReferenceRelative is "Patient/1" or "Patient/1/_history/2".
	ReferenceRelative
	// ReferenceAbsolute is "https://example.org/fhir/Patient/1".
	ReferenceAbsolute
	// ReferenceURN is "urn:uuid:…" or "urn:oid:…", to an entry of the same Bundle.
	ReferenceURN
	// ReferenceFragment is "#p1", to a contained resource, or "#", to the one
	// that contains this.
	ReferenceFragment
	// ReferenceConditional is "Patient?identifier=…", in a transaction.
	ReferenceConditional
	// ReferenceLogical has no literal reference but an identifier.
	ReferenceLogical
)

// String returns the kind's name, such as "relative".
func (k ReferenceKind) String() string {
	switch k {
	case ReferenceRelative:
		return "relative"
	case ReferenceAbsolute:
		return "absolute"
	case ReferenceURN:
		return "urn"
	case ReferenceFragment:
		return "fragment"
	case ReferenceConditional:
		return "conditional"
	case ReferenceLogical:
		return "logical"
	default:
		return "other"
	}
}

// Reference is a literal reference taken apart. It is a value: compare and
// copy it freely.
type Reference struct {
	// Kind says which of the other fields are set.
	Kind ReferenceKind
	// Base is the server's base URL of an absolute reference, without the
	// slash behind it: "https://example.org/fhir".
	Base string
	// Type and ID name the resource: "Patient", "1". A conditional reference has a
	// Type only.
	Type, ID string
	// Version is what follows "/_history/".
	Version string
	// Fragment is what follows "#": the id of a contained resource.
	Fragment string
	// Query is what follows the "?" of a conditional reference.
	Query string
	// Text is the reference as it was written; of the kinds URN and other,
	// all there is.
	Text string
}

// ParseReference takes a literal reference (Reference.reference) apart. Every
// text is a reference of some kind; the empty text is one of kind other.
//
// The type of a resource is known by its shape, a capital letter and letters
// after it, so that types of any FHIR version are understood.
func ParseReference(text string) Reference {
	r := Reference{Text: text}
	switch {
	case strings.HasPrefix(text, "#"):
		r.Kind, r.Fragment = ReferenceFragment, text[1:]
		return r
	case strings.HasPrefix(text, "urn:uuid:"), strings.HasPrefix(text, "urn:oid:"):
		r.Kind = ReferenceURN
		return r
	}
	base, rest := "", text
	if i := strings.Index(text, "://"); i > 0 {
		base = text[:i+3]
		rest = text[i+3:]
	}
	if head, query, found := strings.Cut(rest, "?"); found {
		return conditional(text, base, head, query)
	}
	rest, fragment, _ := strings.Cut(rest, "#")
	parts := strings.Split(rest, "/")
	if n := len(parts); n >= 4 && parts[n-2] == "_history" && isID(parts[n-1]) {
		r.Version, parts = parts[n-1], parts[:n-2]
	}
	n := len(parts)
	isResource := n >= 2 && isTypeName(parts[n-2]) && isID(parts[n-1])
	switch {
	case isResource && base == "" && n == 2:
		r.Kind = ReferenceRelative
	case isResource && base != "" && n > 2:
		r.Kind, r.Base = ReferenceAbsolute, base+strings.Join(parts[:n-2], "/")
	default:
		return Reference{Text: text}
	}
	r.Type, r.ID, r.Fragment = parts[n-2], parts[n-1], fragment
	return r
}

func conditional(text, base, head, query string) Reference {
	r := Reference{Text: text}
	slash := strings.LastIndexByte(head, '/')
	typ := head[slash+1:]
	if !isTypeName(typ) || (base == "") != (slash < 0) {
		return r
	}
	r.Kind, r.Type, r.Query = ReferenceConditional, typ, query
	if base != "" {
		r.Base = base + head[:slash]
	}
	return r
}

// String returns the reference as it was written.
func (r Reference) String() string { return r.Text }

// Relative returns "Type/id", with neither base nor version; "" if the
// reference names no resource by type and id.
func (r Reference) Relative() string {
	if r.Type == "" || r.ID == "" {
		return ""
	}
	return r.Type + "/" + r.ID
}
