package rest

import (
	"bytes"
	"net/http"
	"strings"

	"github.com/openhim/mediator-go/fhir"
)

// isXML tells whether a content type or an Accept header names FHIR's XML.
func isXML(value string) bool {
	return strings.Contains(value, "application/fhir+xml") || strings.Contains(value, "application/xml") || strings.Contains(value, "text/xml")
}

// wantsXML tells whether an answer is to be XML: by _format, else by the first of the
// formats in Accept.
func (x *exchange) wantsXML() bool {
	if format := x.param("_format"); format != "" {
		return format == "xml" || isXML(format)
	}
	first, _, _ := strings.Cut(x.header.Get("Accept"), ",")
	return isXML(first)
}

// readXML turns a body in XML into JSON, in which all else is done.
func (x *exchange) readXML() *failure {
	if len(x.body) == 0 || !isXML(x.header.Get("Content-Type")) || x.typ == "Binary" {
		return nil
	}
	resource, err := fhir.ParseXML(x.body)
	if err != nil {
		return fail(http.StatusBadRequest, "structure", "the body is no FHIR XML: %v", err).
			hapi(0, "HAPI-0450: Failed to parse request body as XML resource. Error was: HAPI-1851: %v", err)
	}
	x.body = resource.Bytes()
	x.header = x.header.Clone()
	x.header.Set("Content-Type", fhirJSON)
	return nil
}

// writeXML turns a resource into XML; false when it cannot be. HAPI writes no XML
// declaration.
func (x *exchange) writeXML(body []byte) ([]byte, bool) {
	resource, err := fhir.Parse(body)
	if err != nil {
		return nil, false
	}
	text, err := resource.XML()
	if x.e.config.HAPI && bytes.HasPrefix(text, []byte("<?xml ")) {
		_, text, _ = bytes.Cut(text, []byte("?>"))
		text = bytes.TrimLeft(text, "\r\n")
	}
	return text, err == nil
}
