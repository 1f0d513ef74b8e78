package validate

import "strings"

// checkURI wants no white space; what follows urn:uuid: and urn:oid: must be a UUID or an OID.
func checkURI(text string) string {
	for i := range len(text) {
		if text[i] <= ' ' {
			return "holds white space, which a URI must not"
		}
	}
	switch {
	case strings.HasPrefix(text, "urn:uuid:"):
		return checkUUID(text)
	case strings.HasPrefix(text, "urn:oid:"):
		return checkOID(text)
	}
	return ""
}

// checkCanonical wants an absolute URI, or a fragment for something contained.
func checkCanonical(text string) string {
	if wrong := checkURI(text); wrong != "" {
		return wrong
	}
	if text[0] != '#' && !isAbsolute(text) {
		return "is not absolute: a canonical URL begins with its scheme, or with # for a contained resource"
	}
	return ""
}

// isAbsolute reports whether a URI begins with a scheme.
func isAbsolute(uri string) bool {
	for i := range len(uri) {
		c := uri[i]
		switch {
		case c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z':
		case i > 0 && (c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.'):
		default:
			return i > 0 && c == ':' && i+1 < len(uri)
		}
	}
	return false
}

// checkOID: urn:oid: and at least two numbers without leading zeros.
func checkOID(text string) string {
	rest, ok := strings.CutPrefix(text, "urn:oid:")
	if !ok {
		return "does not begin with urn:oid:"
	}
	first := true
	arcs := 0
	for arc := range strings.SplitSeq(rest, ".") {
		if !allDigits(arc) || len(arc) > 1 && arc[0] == '0' || first && (len(arc) > 1 || arc > "2") {
			return "is not an OID"
		}
		first = false
		arcs++
	}
	if arcs < 2 {
		return "is not an OID"
	}
	return ""
}

// checkUUID: urn:uuid: and a UUID in lower case.
func checkUUID(text string) string {
	rest, ok := strings.CutPrefix(text, "urn:uuid:")
	if !ok {
		return "does not begin with urn:uuid:"
	}
	if len(rest) != 36 {
		return "is not a UUID"
	}
	for i := range len(rest) {
		c := rest[i]
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return "is not a UUID"
			}
		default:
			if hex := c >= '0' && c <= '9' || c >= 'a' && c <= 'f'; !hex {
				return "is not a UUID in lower case"
			}
		}
	}
	return ""
}
