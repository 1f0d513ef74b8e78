package fhirtest

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// POST [type]: R4 http 3.1.0.8.
func (c *contract) createFacts(t *testing.T) {
	t.Helper()
	made := c.make(t, c.patient("create-1"))
	t.Run("a created resource is told where it is, with its version", func(t *testing.T) {
		wantPart(t, "Location", made.header.Get("Location"), "/Patient/"+made.id()+"/_history/"+made.version())
	})
	t.Run("the ETag of a created resource is its version, weak", func(t *testing.T) {
		wantEqual(t, "ETag", made.header.Get("ETag"), `W/"`+made.version()+`"`)
	})
	t.Run("a created resource has an id and a version", func(t *testing.T) {
		wantTrue(t, "there is an id", made.id() != "")
		if c.traits.countedVersions {
			wantEqual(t, "version", made.version(), "1")
		} else {
			wantTrue(t, "there is a version", made.version() != "")
		}
	})
	t.Run("lastUpdated is an instant", func(t *testing.T) {
		_, err := time.Parse(time.RFC3339Nano, made.get("meta.lastUpdated").String())
		wantTrue(t, "it can be read", err == nil)
	})
	t.Run("Last-Modified is a date of HTTP", func(t *testing.T) {
		_, err := http.ParseTime(made.header.Get("Last-Modified"))
		wantTrue(t, "it can be read", err == nil)
	})
	t.Run("the answer is FHIR JSON", func(t *testing.T) {
		wantPart(t, "Content-Type", made.header.Get("Content-Type"), "application/fhir+json")
	})
	t.Run("what was sent comes back", func(t *testing.T) {
		wantText(t, made.body, "identifier.0.value", "create-1")
		wantText(t, made.body, "name.0.given.0", "Ann")
		wantText(t, made.body, "birthDate", "1980-02-29")
	})
	t.Run("the id of a body is the server's to give", func(t *testing.T) {
		r := c.post(t, "/Patient", c.patient("create-2", "id", "mine-"+c.name)).is(t, http.StatusCreated)
		wantTrue(t, "the id is the server's", (r.id() != "mine-"+c.name) == !c.traits.keepsCreatedID)
	})
	t.Run("the version of a body is the server's to give", func(t *testing.T) {
		r := c.make(t, c.patient("create-3", "meta", object{"versionId": "77", "lastUpdated": "1999-01-01T00:00:00Z"}))
		wantEqual(t, "the version is the server's", r.version() != "77", !c.traits.keepsCreatedID)
		wantEqual(t, "the time is the server's", !strings.HasPrefix(r.get("meta.lastUpdated").String(), "1999"), !c.traits.keepsCreatedID)
	})
	t.Run("tags and profiles are kept", func(t *testing.T) {
		r := c.make(t, c.patient("create-4", "meta", object{"tag": []object{{"system": c.system(), "code": "t"}}, "profile": []string{"http://example.org/p"}}))
		wantText(t, r.body, "meta.tag.0.code", "t")
		wantText(t, r.body, "meta.profile.0", "http://example.org/p")
	})
	t.Run("two creates of the same content make two resources", func(t *testing.T) {
		a, b := c.make(t, c.patient("create-5")), c.make(t, c.patient("create-5"))
		wantTrue(t, "the ids differ", a.id() != b.id())
	})
	c.preferFacts(t)
	c.contentFacts(t)
}

// Prefer: R4 http 3.1.0.1.3.
func (c *contract) preferFacts(t *testing.T) {
	t.Helper()
	t.Run("Prefer: return=minimal gives no body", func(t *testing.T) {
		r := c.post(t, "/Patient", c.patient("prefer-1"), "Prefer", "return=minimal").is(t, http.StatusCreated)
		wantEqual(t, "there is no body", r.body == "", c.traits.prefer)
		wantTrue(t, "there is a Location", r.header.Get("Location") != "")
	})
	t.Run("Prefer: return=representation gives the resource", func(t *testing.T) {
		r := c.post(t, "/Patient", c.patient("prefer-2"), "Prefer", "return=representation").is(t, http.StatusCreated)
		wantText(t, r.body, "resourceType", "Patient")
	})
	t.Run("Prefer: return=OperationOutcome gives an outcome", func(t *testing.T) {
		r := c.post(t, "/Patient", c.patient("prefer-3"), "Prefer", "return=OperationOutcome").is(t, http.StatusCreated)
		if c.traits.prefer {
			r.outcome(t, "information", "informational")
		} else {
			wantText(t, r.body, "resourceType", "Patient")
		}
	})
}

// What is sent must not be changed: R4 json 2.6.2.
func (c *contract) contentFacts(t *testing.T) {
	t.Helper()
	t.Run("decimals keep their digits", func(t *testing.T) {
		r := c.post(t, "/Observation", `{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.10}}`).is(t, http.StatusCreated)
		wantRaw(t, r.body, "valueQuantity.value", c.traits.decimal)
	})
	t.Run("decimals keep more digits than floating point has", func(t *testing.T) {
		r := c.post(t, "/Observation", `{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":123456789012345678901234567890.1}}`).is(t, http.StatusCreated)
		wantEqual(t, "they are kept", r.get("valueQuantity.value").Raw == "123456789012345678901234567890.1", c.traits.decimal == "1.10")
	})
	t.Run("text outside ASCII is kept", func(t *testing.T) {
		r := c.make(t, object{"resourceType": "Observation", "status": "final", "code": object{"text": "é中😀"}})
		wantText(t, c.get(t, "/Observation/"+r.id()).is(t, http.StatusOK).body, "code.text", "é中😀")
	})
	t.Run("extensions are kept", func(t *testing.T) {
		r := c.make(t, c.patient("content-1", "extension", []object{{"url": "http://example.org/x", "valueString": "y"}}))
		wantText(t, c.get(t, "/Patient/"+r.id()).body, "extension.0.valueString", "y")
	})
	t.Run("extensions of primitives are kept", func(t *testing.T) {
		r := c.make(t, c.patient("content-2", "_birthDate", object{"extension": []object{{"url": "http://example.org/t", "valueString": "noon"}}}))
		wantText(t, c.get(t, "/Patient/"+r.id()).body, "_birthDate.extension.0.valueString", "noon")
	})
	t.Run("contained resources are kept", func(t *testing.T) {
		r := c.make(t, c.observation("", "contained", []object{{"resourceType": "Practitioner", "id": "d", "name": []object{{"family": "Doc"}}}},
			"performer", []object{{"reference": "#d"}}))
		got := c.get(t, "/Observation/"+r.id()).body
		wantText(t, got, "contained.0.name.0.family", "Doc")
		wantText(t, got, "performer.0.reference", "#d")
	})
	t.Run("a reference by identifier only is kept", func(t *testing.T) {
		r := c.make(t, c.observation("", "subject", object{"identifier": object{"system": c.system(), "value": "somebody"}}))
		wantText(t, c.get(t, "/Observation/"+r.id()).body, "subject.identifier.value", "somebody")
	})
	t.Run("times keep their zone and fraction", func(t *testing.T) {
		r := c.make(t, c.observation("", "effectiveDateTime", "2024-05-01T10:00:00.120+02:00"))
		wantText(t, r.body, "effectiveDateTime", "2024-05-01T10:00:00.120+02:00")
	})
}
