// Package fhirxml turns FHIR R4's XML into its JSON and back (R4, xml.html and
// json.html), led by the table of elements: what is an attribute, what a list, what a
// number. Texts of numbers stay; narratives stay as they are written.
package fhirxml

const (
	namespace      = "http://hl7.org/fhir"
	xhtmlNamespace = "http://www.w3.org/1999/xhtml"
)
