package source

import (
	"encoding/xml"
	"fmt"
	"strings"
)

const (
	namespaceXML = "http://www.w3.org/XML/1998/namespace"
	namespaceXSI = "http://www.w3.org/2001/XMLSchema-instance"

	// most namespaces in force, attributes looked at one by one, and names remembered
	maxBindings = 256
	fewAttrs    = 16
	maxCache    = 4096
)

// binding is a prefix in force in the document.
type binding struct{ prefix, namespace string }

// declare turns Namespaces round.
func (x *XML) declare(namespaces map[string]string) error {
	x.prefixes = map[string]string{namespaceXML: "xml", namespaceXSI: "xsi"}
	chosen := map[string]string{}
	for prefix, namespace := range namespaces {
		if strings.HasPrefix(prefix, "_") || strings.ContainsAny(prefix, ":{}/[]@* ") {
			return fmt.Errorf("the prefix %q in Namespaces cannot be used; take letters and digits", prefix)
		}
		if other, twice := chosen[namespace]; twice {
			return fmt.Errorf("the prefixes %q and %q in Namespaces stand for the same namespace", min(prefix, other), max(prefix, other))
		}
		chosen[namespace] = prefix
		if prefix == "" {
			x.home, x.homeSet = namespace, true
			continue
		}
		x.prefixes[namespace] = prefix
	}
	for _, known := range [...]binding{{"xml", namespaceXML}, {"xsi", namespaceXSI}} {
		if namespace, taken := namespaces[known.prefix]; taken && namespace != known.namespace {
			return fmt.Errorf("the prefix %q in Namespaces always stands for %s", known.prefix, known.namespace)
		}
	}
	return nil
}

// bind takes the namespace declarations of a start tag.
func (x *XML) bind(attrs []xml.Attr) (bad string) {
	for _, attr := range attrs {
		prefix := ""
		switch {
		case attr.Name.Space == "xmlns":
			prefix = attr.Name.Local
			if attr.Value == "" {
				return "a namespace prefix declared as nothing"
			}
		case attr.Name.Space == "" && attr.Name.Local == "xmlns":
		default:
			continue
		}
		if prefix == "xmlns" || (prefix == "xml") != (attr.Value == namespaceXML) {
			return "a declaration of the prefix xml or xmlns"
		}
		if len(x.bindings) >= maxBindings {
			return fmt.Sprintf("more than %d namespace declarations in force", maxBindings)
		}
		x.bindings = append(x.bindings, binding{prefix, attr.Value})
	}
	return ""
}

// namespace resolves a prefix.
func (x *XML) namespace(prefix string) (namespace string, declared bool) {
	for i := len(x.bindings) - 1; i >= 0; i-- {
		if x.bindings[i].prefix == prefix {
			return x.bindings[i].namespace, true
		}
	}
	if prefix == "xml" {
		return namespaceXML, true
	}
	return "", prefix == ""
}

const (
	reasonPrefix = "a namespace prefix that is not declared"
	reasonColon  = "a name with a colon that separates no prefix"
)

// elementKey returns the name an element has in records.
func (x *XML) elementKey(raw xml.Name) (key, bad string) {
	if strings.ContainsRune(raw.Local, ':') {
		return "", reasonColon
	}
	namespace, ok := x.namespace(raw.Space)
	if !ok {
		return "", reasonPrefix
	}
	if !x.homeSet {
		x.home, x.homeSet = namespace, true
	}
	name := xml.Name{Space: namespace, Local: raw.Local}
	if key, ok := x.cache[name]; ok {
		return key, ""
	}
	prefix, known := x.prefixes[namespace]
	switch {
	case namespace == x.home && strings.HasPrefix(raw.Local, "_"):
		key = ":" + raw.Local
	case namespace == x.home:
		key = raw.Local
	case known:
		key = prefix + ":" + raw.Local
	default:
		key = "{" + namespace + "}" + raw.Local
	}
	if len(x.cache) >= maxCache {
		clear(x.cache)
	}
	x.cache[name] = key
	return key, ""
}

// attributeKey returns the name an attribute has in records.
func (x *XML) attributeKey(raw xml.Name) (key, bad string) {
	if strings.ContainsRune(raw.Local, ':') {
		return "", reasonColon
	}
	if raw.Space == "" {
		if strings.HasPrefix(raw.Local, "_") {
			return "_:" + raw.Local, ""
		}
		return "_" + raw.Local, ""
	}
	namespace, ok := x.namespace(raw.Space)
	if !ok {
		return "", reasonPrefix
	}
	if prefix, known := x.prefixes[namespace]; known {
		return "_" + prefix + ":" + raw.Local, ""
	}
	return "_{" + namespace + "}" + raw.Local, ""
}

// attributes adds the attributes of a start tag to the record, declarations of namespaces left out.
func (x *XML) attributes(attrs []xml.Attr) (bad string) {
	first := len(x.doc.attrs)
	var seen map[string]bool
	if len(attrs) > fewAttrs {
		seen = make(map[string]bool, len(attrs))
	}
	for i, attr := range attrs {
		declaration := attr.Name.Space == "xmlns" || attr.Name.Space == "" && attr.Name.Local == "xmlns"
		key := "xmlns:" + attr.Name.Local
		if attr.Name.Space == "" && declaration {
			key = "xmlns"
		}
		if !declaration {
			if key, bad = x.attributeKey(attr.Name); bad != "" {
				return bad
			}
		}
		twice := seen[key]
		if seen != nil {
			seen[key] = true
		} else {
			for _, other := range attrs[:i] {
				twice = twice || other.Name == attr.Name
			}
			for _, other := range x.doc.attrs[first:] {
				twice = twice || !declaration && other.key == key
			}
		}
		if twice {
			return "an attribute given twice"
		}
		if !declaration {
			x.doc.attribute(key, attr.Value)
		}
	}
	return ""
}
