package fhir

import (
	"github.com/openhim/mediator-go/fhir/internal/fhirxml"
)

// ContentTypeXML is the media type of resources in XML.
const ContentTypeXML = "application/fhir+xml"

// ParseXML returns the resource that an XML text holds (R4, xml.html), in
// FHIR's JSON. The text of decimals, the order of elements and the narrative, from its
// outer div on, stay as they are; comments and processing instructions outside of
// narratives are left out, as JSON has no place for them.
//
// A [*ParseError] with line and column tells of anything that is no XML of FHIR R4: an
// element or attribute that the type does not have, a second occurrence of what does not
// repeat, a value that JSON cannot hold (a boolean "yes"), text between elements,
// another encoding than UTF-8, a document type (and so any entity but XML's own
// five), nesting deeper than [MaxDepth]. The size of the text is for the caller to bound.
func ParseXML(data []byte) (Resource, error) {
	text, fault := fhirxml.Decode(data)
	if fault != nil {
		return Resource{}, newParseError(data, fault)
	}
	return Parse(text)
}

// XML returns the resource as XML, elements in the order of R4. Reading it
// with [ParseXML] gives the same content: only white space and the order of
// members may differ. Three things that FHIR does not allow in JSON are put right: HTML's
// entities in a narrative (&nbsp;) become characters, its div gets XHTML's namespace, and a list
// of values and that of their extensions become of one length.
//
// A [*PathError] tells of what XML has no place for: members that R4 does not have,
// resources of other versions, empty lists, values of a wrong type, a narrative that is not
// well-formed, control characters.
func (r Resource) XML() ([]byte, error) {
	if r.IsZero() {
		return nil, errZero
	}
	text, err := fhirxml.Encode(r.data)
	if err != nil {
		return nil, pathError("write", err)
	}
	return text, nil
}
