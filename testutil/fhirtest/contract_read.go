package fhirtest

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"
)

// GET [type]/[id] and its versions: R4 http 3.1.0.2, 3.1.0.3.
func (c *contract) readFacts(t *testing.T) {
	t.Helper()
	made := c.make(t, c.patient("read-1"))
	path := "/Patient/" + made.id()
	t.Run("a read gives what was created", func(t *testing.T) {
		r := c.get(t, path).is(t, http.StatusOK)
		wantText(t, r.body, "identifier.0.value", "read-1")
		wantEqual(t, "version", r.version(), made.version())
	})
	t.Run("the ETag of a read is the version, weak", func(t *testing.T) {
		wantEqual(t, "ETag", c.get(t, path).header.Get("ETag"), `W/"`+made.version()+`"`)
	})
	t.Run("a read has Last-Modified", func(t *testing.T) {
		_, err := http.ParseTime(c.get(t, path).header.Get("Last-Modified"))
		wantTrue(t, "it can be read", err == nil)
	})
	unmodified := http.StatusNotModified
	if !c.traits.conditionalRead {
		unmodified = http.StatusOK
	}
	t.Run("If-None-Match with the version is 304", func(t *testing.T) {
		r := c.get(t, path, "If-None-Match", `W/"`+made.version()+`"`).is(t, unmodified)
		wantEqual(t, "there is no body", r.body == "", c.traits.conditionalRead)
	})
	t.Run("If-None-Match takes a strong tag too", func(t *testing.T) {
		c.get(t, path, "If-None-Match", `"`+made.version()+`"`).is(t, unmodified)
	})
	t.Run("If-None-Match with another version is 200", func(t *testing.T) {
		c.get(t, path, "If-None-Match", `W/"99"`).is(t, http.StatusOK)
	})
	t.Run("If-Modified-Since in the future is 304", func(t *testing.T) {
		c.get(t, path, "If-Modified-Since", "Fri, 31 Dec 2100 23:59:59 GMT").is(t, unmodified)
	})
	t.Run("If-Modified-Since in the past is 200", func(t *testing.T) {
		c.get(t, path, "If-Modified-Since", "Fri, 31 Dec 1999 23:59:59 GMT").is(t, http.StatusOK)
	})
	t.Run("HEAD has the headers and no body", func(t *testing.T) {
		r := c.call(t, http.MethodHead, path, nil).is(t, http.StatusOK)
		wantTrue(t, "there is an ETag", r.header.Get("ETag") != "")
		wantEqual(t, "body", r.body, "")
	})
	t.Run("an id that is not known is 404 with an outcome", func(t *testing.T) {
		r := c.get(t, "/Patient/nope-"+c.name).is(t, http.StatusNotFound)
		r.outcome(t, "error", c.code("not-found"))
	})
	t.Run("a type that is not known is 404 with an outcome", func(t *testing.T) {
		c.get(t, "/Nothing/1").is(t, http.StatusNotFound).outcome(t, "error")
	})
	t.Run("errors are FHIR JSON", func(t *testing.T) {
		wantPart(t, "Content-Type", c.get(t, "/Patient/nope-"+c.name).header.Get("Content-Type"), "application/fhir+json")
	})
	t.Run("a version can be read", func(t *testing.T) {
		c.put(t, path, c.patient("read-1", "id", made.id(), "gender", "other")).is(t, http.StatusOK)
		r := c.get(t, path+"/_history/"+made.version()).is(t, http.StatusOK)
		wantText(t, r.body, "gender", "female")
		wantEqual(t, "version", r.version(), made.version())
	})
	t.Run("a version that never was is 404", func(t *testing.T) {
		c.get(t, path+"/_history/99").is(t, c.traits.versionUnknown).outcome(t, "error", c.code("not-found"))
	})
}

// code is the issue code of the specification, or processing on servers that say that to
// nearly everything.
func (c *contract) code(code string) string {
	if c.traits.codes {
		return code
	}
	return "processing"
}

// What representations there are: R4 http 3.1.0.1.10 to 3.1.0.1.12.
func (c *contract) formatFacts(t *testing.T) {
	t.Helper()
	made := c.make(t, c.patient("format-1"))
	path := "/Patient/" + made.id()
	t.Run("Accept: application/json is answered", func(t *testing.T) {
		wantText(t, c.get(t, path, "Accept", "application/json").is(t, http.StatusOK).body, "resourceType", "Patient")
	})
	t.Run("Accept: */* is answered", func(t *testing.T) {
		wantText(t, c.get(t, path, "Accept", "*/*").is(t, http.StatusOK).body, "resourceType", "Patient")
	})
	t.Run("Accept with fhirVersion=4.0 is answered", func(t *testing.T) {
		c.get(t, path, "Accept", "application/fhir+json; fhirVersion=4.0").is(t, http.StatusOK)
	})
	t.Run("_format=json goes before Accept", func(t *testing.T) {
		wantText(t, c.get(t, path+"?_format=json", "Accept", "*/*").is(t, http.StatusOK).body, "resourceType", "Patient")
	})
	t.Run("XML is answered, or JSON where there is none", func(t *testing.T) {
		r := c.get(t, path, "Accept", "application/fhir+xml").is(t, http.StatusOK)
		wantEqual(t, "it is XML", strings.Contains(r.body, `<Patient xmlns="http://hl7.org/fhir">`), c.traits.xml)
		wantEqual(t, "it says so", strings.Contains(r.header.Get("Content-Type"), "application/fhir+xml"), c.traits.xml)
	})
	t.Run("XML may be sent", func(t *testing.T) {
		r := c.post(t, "/Patient", `<Patient xmlns="http://hl7.org/fhir"><active value="true"/><name><family value="X"/></name></Patient>`, "Content-Type", "application/fhir+xml")
		if !c.traits.xml {
			r.is(t, http.StatusBadRequest)
			return
		}
		wantText(t, r.is(t, http.StatusCreated).body, "active", "true")
		wantText(t, r.body, "name.0.family", "X")
	})
	t.Run("a format that is not there", func(t *testing.T) {
		c.get(t, path, "Accept", "image/png").is(t, c.traits.notAcceptable)
	})
	t.Run("_pretty=true changes white space only", func(t *testing.T) {
		wantText(t, c.get(t, path+"?_pretty=true").is(t, http.StatusOK).body, "identifier.0.value", "format-1")
	})
	t.Run("answers are compressed when asked for", func(t *testing.T) {
		r := c.get(t, path, "Accept-Encoding", "gzip").is(t, http.StatusOK)
		if !c.traits.gzip {
			wantEqual(t, "Content-Encoding", r.header.Get("Content-Encoding"), "")
			return
		}
		z, err := gzip.NewReader(strings.NewReader(r.body))
		if err != nil {
			t.Fatalf("not compressed: %v", err)
		}
		text, err := io.ReadAll(z)
		wantTrue(t, "it can be read", err == nil)
		wantText(t, string(text), "resourceType", "Patient")
	})
	t.Run("compressed bodies are understood", func(t *testing.T) {
		var body strings.Builder
		z := gzip.NewWriter(&body)
		_, _ = io.WriteString(z, `{"resourceType":"Patient","active":true}`) // a Builder takes everything
		_ = z.Close()
		r := c.post(t, "/Patient", body.String(), "Content-Encoding", "gzip")
		if c.traits.gzip {
			r.is(t, http.StatusCreated)
		} else {
			r.is(t, http.StatusBadRequest)
		}
	})
	t.Run("the request's id comes back", func(t *testing.T) {
		got := c.get(t, path, "X-Request-ID", "req-"+c.name).header.Get("X-Request-ID")
		wantEqual(t, "it is the same", got == "req-"+c.name, c.traits.requestID)
	})
	t.Run("application/json may be sent", func(t *testing.T) {
		c.post(t, "/Patient", c.patient("format-2"), "Content-Type", "application/json").is(t, http.StatusCreated)
	})
	t.Run("parameters of the content type do no harm", func(t *testing.T) {
		c.post(t, "/Patient", c.patient("format-3"), "Content-Type", "application/fhir+json; fhirVersion=4.0; charset=UTF-8").is(t, http.StatusCreated)
	})
	t.Run("text/plain is no resource", func(t *testing.T) {
		c.post(t, "/Patient", c.patient("format-4"), "Content-Type", "text/plain").is(t, c.traits.wrongContentType)
	})
	t.Run("a body without content type", func(t *testing.T) {
		c.post(t, "/Patient", c.patient("format-5"), "Content-Type", "").is(t, c.traits.wrongContentType)
	})
	c.subsetFacts(t, path)
}

func (c *contract) subsetFacts(t *testing.T, path string) {
	t.Helper()
	t.Run("_elements leaves the rest out and says so", func(t *testing.T) {
		r := c.get(t, path+"?_elements=birthDate").is(t, http.StatusOK)
		wantText(t, r.body, "birthDate", "1980-02-29")
		wantEqual(t, "the name is left out", !r.get("name").Exists(), c.traits.subsets)
		wantEqual(t, "it is marked", r.get("meta.tag.0.code").String() == "SUBSETTED", c.traits.subsets)
	})
	t.Run("_summary=true keeps what belongs to summaries", func(t *testing.T) {
		r := c.get(t, path+"?_summary=true").is(t, http.StatusOK)
		wantText(t, r.body, "identifier.0.value", "format-1")
		wantEqual(t, "it is marked", r.get("meta.tag.0.code").String() == "SUBSETTED", c.traits.subsets)
	})
	t.Run("a Binary is given as what it holds", func(t *testing.T) {
		r := c.post(t, "/Binary", object{"resourceType": "Binary", "contentType": "text/plain", "data": "aGVsbG8="}).is(t, http.StatusCreated)
		raw := c.get(t, "/Binary/"+r.id(), "Accept", "text/plain").is(t, http.StatusOK)
		wantEqual(t, "it is raw", raw.body == "hello", c.traits.raw)
		wantText(t, c.get(t, "/Binary/"+r.id()).body, "data", "aGVsbG8=")
	})
}

// The CapabilityStatement: R4 http 3.1.0.9.
func (c *contract) capabilityFacts(t *testing.T) {
	t.Helper()
	r := c.get(t, "/metadata").is(t, http.StatusOK)
	t.Run("metadata is a CapabilityStatement", func(t *testing.T) {
		wantText(t, r.body, "resourceType", "CapabilityStatement")
		wantText(t, r.body, "status", "active")
		wantText(t, r.body, "kind", "instance")
	})
	t.Run("it is of FHIR 4.0.1", func(t *testing.T) { wantText(t, r.body, "fhirVersion", "4.0.1") })
	t.Run("JSON is among the formats", func(t *testing.T) { wantPart(t, "format", r.get("format").Raw, "json") })
	t.Run("it is a server's", func(t *testing.T) { wantText(t, r.body, "rest.0.mode", "server") })
	t.Run("it lists resources with interactions and parameters", func(t *testing.T) {
		patient := r.get(`rest.0.resource.#(type=="Patient")`)
		wantEqual(t, "there is a Patient", patient.Exists(), c.traits.capabilities)
		if c.traits.capabilities {
			wantTrue(t, "it can be read", patient.Get(`interaction.#(code=="read")`).Exists())
			wantTrue(t, "it has identifiers", patient.Get(`searchParam.#(name=="identifier")`).Exists())
			wantTrue(t, "it can be created conditionally", patient.Get("conditionalCreate").Bool())
		}
	})
	t.Run("transactions are among the interactions", func(t *testing.T) {
		wantEqual(t, "they are", r.get(`rest.0.interaction.#(code=="transaction")`).Exists(), c.traits.capabilities)
	})
}
