package fhir

import (
	"net/http"
	"strconv"
	"strings"
)

// Check returns what the rules of R4 (Bundle, bdl-1 to bdl-12) say against the Bundle, with a
// FHIRPath to each place: which entries need a request, a response or a resource, that a
// document begins with a Composition and a message with a MessageHeader, that a fullUrl stands
// once and goes with its resource. Beyond them, it finds references to urn:uuid:… that no
// entry has. It does not look into the resources otherwise: fhir/validate does. It is empty for
// a Bundle in order.
func (b *Bundle) Check() []Issue {
	c := &bundleCheck{bundle: b}
	c.whole()
	seen := map[string]int{}
	for i, e := range b.entries {
		c.parts(i, e)
		c.fullURL(i, e, seen)
		c.references(i, e)
	}
	return c.issues
}

type bundleCheck struct {
	bundle *Bundle
	issues []Issue
}

func (c *bundleCheck) add(code, path, details string) {
	c.issues = append(c.issues, Issue{Severity: SeverityError, Code: code, Details: details, Expression: []string{"Bundle" + path}})
}

func (c *bundleCheck) entry(i int, code, path, details string) {
	c.add(code, ".entry["+strconv.Itoa(i)+"]"+path, details)
}

// whole checks what concerns the whole Bundle.
func (c *bundleCheck) whole() {
	b := c.bundle
	switch b.kind {
	case "":
		c.add(IssueRequired, ".type", "a Bundle has a type")
	case BundleDocument:
		identifier := jsonMember(b.Bytes(), "identifier")
		if jsonMember(identifier, "system") == nil || jsonMember(identifier, "value") == nil {
			c.add(IssueInvariant, ".identifier", "a document has an identifier with a system and a value (bdl-9)")
		}
		if jsonMember(b.Bytes(), "timestamp") == nil {
			c.add(IssueInvariant, ".timestamp", "a document has a timestamp (bdl-10)")
		}
		c.first("Composition", "bdl-11")
	case BundleMessage:
		c.first("MessageHeader", "bdl-12")
	case BundleTransaction, BundleTransactionResponse, BundleBatch, BundleBatchResponse, BundleSearchset, BundleHistory, BundleCollection:
	default:
		c.add(IssueCodeInvalid, ".type", "a type that R4 does not have")
	}
	if b.total != nil && b.kind != BundleSearchset && b.kind != BundleHistory {
		c.add(IssueInvariant, ".total", "a total is for a searchset or a history (bdl-1)")
	}
}

func (c *bundleCheck) first(kind, rule string) {
	if len(c.bundle.entries) == 0 || c.bundle.entries[0].Resource().Type() != kind {
		c.add(IssueInvariant, ".entry[0].resource", "the first resource of a "+string(c.bundle.kind)+" is a "+kind+" ("+rule+")")
	}
}

// parts checks what an entry has and has not.
func (c *bundleCheck) parts(i int, e BundleEntry) {
	kind := c.bundle.kind
	request, asks := e.Request()
	_, answers := e.Response()
	switch kind {
	case BundleTransaction, BundleBatch, BundleHistory:
		if !asks {
			c.entry(i, IssueInvariant, ".request", "an entry of a "+string(kind)+" has a request (bdl-3)")
		} else if request.Method == "" || request.URL == "" {
			c.entry(i, IssueRequired, ".request", "a request has a method and a url")
		}
	default:
		if asks {
			c.entry(i, IssueInvariant, ".request", "a request is for a transaction, a batch or a history (bdl-3)")
		}
	}
	switch kind {
	case BundleTransactionResponse, BundleBatchResponse, BundleHistory:
		if !answers {
			c.entry(i, IssueInvariant, ".response", "an entry of a "+string(kind)+" has a response (bdl-4)")
		}
	default:
		if answers {
			c.entry(i, IssueInvariant, ".response", "a response is for a history or an answer (bdl-4)")
		}
	}
	if e.search != nil && kind != BundleSearchset {
		c.entry(i, IssueInvariant, ".search", "search is for a searchset (bdl-2)")
	}
	switch {
	case e.HasResource():
		if e.Resource().Type() == "" {
			c.entry(i, IssueStructure, ".resource", "the resource has no resourceType")
		}
	case !asks && !answers:
		c.entry(i, IssueInvariant, "", "an entry has a resource, a request or a response (bdl-5)")
	case (kind == BundleTransaction || kind == BundleBatch) && (request.Method == http.MethodPost || request.Method == http.MethodPut) && !strings.Contains(request.URL, "$"):
		c.entry(i, IssueRequired, ".resource", "a "+request.Method+" has a resource")
	}
}

// fullURL checks that a fullUrl stands once, names no version, and goes with its resource.
func (c *bundleCheck) fullURL(i int, e BundleEntry, seen map[string]int) {
	url := e.FullURL()
	r := e.Resource()
	if url == "" {
		switch c.bundle.kind {
		case BundleDocument, BundleMessage, BundleCollection:
			if e.HasResource() {
				c.entry(i, IssueRequired, ".fullUrl", "an entry of a "+string(c.bundle.kind)+" has a fullUrl")
			}
		default: // it may be missing
		}
		return
	}
	at := ParseLocation(url)
	if strings.Contains(url, "/_history/") {
		c.entry(i, IssueInvariant, ".fullUrl", "a fullUrl names no version (bdl-8)")
	} else if at.Base != "" && r.ID() != "" && at.ID != r.ID() && at.Type == r.Type() {
		c.entry(i, IssueInvalid, ".fullUrl", "the fullUrl and the id of the resource disagree")
	}
	if c.bundle.kind == BundleHistory {
		return
	}
	key := url + "|" + r.VersionID()
	if other, twice := seen[key]; twice {
		c.entry(i, IssueInvariant, ".fullUrl", "the fullUrl of entry "+strconv.Itoa(other)+" stands again (bdl-7)")
		return
	}
	seen[key] = i
}

// references finds references to urn:uuid:… that lead nowhere.
func (c *bundleCheck) references(i int, e BundleEntry) {
	switch c.bundle.kind {
	case BundleTransaction, BundleBatch, BundleDocument, BundleMessage, BundleCollection:
	default:
		return
	}
	if e.Resource().Type() == "Bundle" {
		return
	}
	for link := range bundleLinks(e.resource) {
		if !link.reference || !strings.HasPrefix(link.text, uuidPrefix) {
			continue
		}
		if _, found := c.bundle.Find(link.text); !found {
			c.entry(i, IssueNotFound, ".resource", "a reference to urn:uuid:… that no entry has")
			return
		}
	}
}
