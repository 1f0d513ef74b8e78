package rest

import (
	"net/http"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/jsontree"
)

// capability is GET [base]/metadata, and OPTIONS [base].
func capability(x *exchange) (*answer, *failure) {
	n := jsontree.NewObject("resourceType", "CapabilityStatement", "id", x.e.started)
	if x.e.config.HAPI {
		n.Set("text", jsontree.NewObject("status", "generated", "div", `<div xmlns="http://www.w3.org/1999/xhtml">HAPI FHIR Server</div>`))
		n.Set("name", jsontree.NewString("RestServer"))
	}
	n.Set("status", jsontree.NewString("active"))
	n.Set("date", jsontree.NewString(x.instant(x.now)))
	if x.e.config.HAPI {
		n.Set("publisher", jsontree.NewString("Not provided"))
	}
	n.Set("kind", jsontree.NewString("instance"))
	software := jsontree.NewObject("name", "fhirtest", "version", "4.0.1")
	if x.e.config.HAPI {
		n.Set("instantiates", jsontree.NewArray(jsontree.NewString("http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data")))
		software = jsontree.NewObject("name", "HAPI FHIR Server", "version", "8.8.0")
	}
	n.Set("software", software)
	n.Set("implementation", jsontree.NewObject("description", "a FHIR server for tests", "url", x.base))
	n.Set("fhirVersion", jsontree.NewString("4.0.1"))
	formats, patches := texts(fhirJSON, "json", "application/fhir+xml", "xml"), texts(fhirJSON, "application/json-patch+json")
	if x.e.config.HAPI {
		formats = texts("application/fhir+xml", "xml", fhirJSON, "json", "application/x-turtle", "ttl")
		patches = texts(fhirJSON, "application/fhir+xml", "application/json-patch+json", "application/xml-patch+xml")
	}
	n.Set("format", formats)
	n.Set("patchFormat", patches)
	n.Set("rest", jsontree.NewArray(x.restStatement()))
	tree, f := x.subset(n)
	if f != nil {
		return nil, f
	}
	a := &answer{status: http.StatusOK, tree: tree, header: http.Header{}}
	if x.e.config.HAPI {
		a.header.Set("Content-Location", x.base+"/CapabilityStatement/"+x.e.started)
	}
	return a, nil
}

func texts(list ...string) *jsontree.Node {
	out := jsontree.NewArray()
	for _, text := range list {
		out.Items = append(out.Items, jsontree.NewString(text))
	}
	return out
}

func codes(list ...string) *jsontree.Node {
	out := jsontree.NewArray()
	for _, code := range list {
		out.Items = append(out.Items, jsontree.NewObject("code", code))
	}
	return out
}

func (x *exchange) restStatement() *jsontree.Node {
	resources := jsontree.NewArray()
	for _, name := range x.e.table.Resources() {
		parameters := jsontree.NewArray()
		for _, p := range x.e.table.Parameters(name) {
			parameters.Items = append(parameters.Items, jsontree.NewObject("name", p.Code, "type", p.Type))
		}
		r := jsontree.NewObject("type", name, "profile", "http://hl7.org/fhir/StructureDefinition/"+name,
			"interaction", codes("read", "vread", "update", "patch", "delete", "history-instance", "history-type", "create", "search-type"),
			"versioning", "versioned-update", "conditionalCreate", true, "conditionalRead", "full-support", "conditionalUpdate", true, "conditionalDelete", "single",
			"searchParam", parameters)
		if x.e.config.HAPI {
			r.Set("conditionalDelete", jsontree.NewString("multiple"))
		}
		resources.Items = append(resources.Items, r)
	}
	return jsontree.NewObject("mode", "server", "resource", resources, "interaction", codes("transaction", "batch", "history-system"))
}
