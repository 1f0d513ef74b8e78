package fhir

import (
	"fmt"
	"net/http"
	"strings"
)

// fail notes what is wrong with the form of an entry.
func (d *BundleDraft) fail(format string, args ...any) {
	d.problems = append(d.problems, fmt.Errorf("%w: %s", ErrBundleEntry, fmt.Sprintf(format, args...)))
}

// failLink notes what is wrong with a reference of an entry. It does not tell the reference,
// which may name a patient.
func (d *BundleDraft) failLink(format string, args ...any) {
	d.problems = append(d.problems, fmt.Errorf("%w: %s", ErrBundleReference, fmt.Sprintf(format, args...)))
}

// link checks the entries, names them, and rewrites what refers to one of them. It returns
// the resources as they go into the Bundle.
func (b *BundleBuilder) link() ([]Resource, error) {
	failed := &BundleError{Total: len(b.drafts)}
	if err := b.checkType(); err != nil {
		return nil, err
	}
	defer b.forget()
	for _, d := range b.drafts {
		d.given = len(d.problems)
	}
	names := make(map[string]int, 2*len(b.drafts)) // what entries are called -> their places
	for i, d := range b.drafts {
		if err := d.name(); err != nil {
			return nil, err
		}
		d.check()
		for _, name := range []string{d.fullURL, d.key} {
			if name == "" {
				continue
			}
			if other, taken := names[name]; taken && other != i {
				d.fail("it has the key or the fullUrl of entry %d", other)
				continue
			}
			names[name] = i
		}
	}
	b.checkIdentities()
	if b.config.LinkIDs {
		b.nameByID(names)
	}
	linked := make([]Resource, len(b.drafts))
	for i, d := range b.drafts {
		linked[i] = b.relink(d, names)
		for _, problem := range d.problems {
			failed.Entries = append(failed.Entries, &BundleEntryError{
				Place: i, Key: d.key, FullURL: d.fullURL, Method: d.method, Type: requestType(d.requestURL()), Err: problem,
			})
		}
	}
	return linked, failed.orNil()
}

// forget drops the problems that a Build has found, which the next one will find again.
func (b *BundleBuilder) forget() {
	for _, d := range b.drafts {
		d.problems = d.problems[:d.given]
	}
}

func (b *BundleBuilder) checkType() error {
	switch b.config.Type {
	case BundleTransaction, BundleBatch, BundleCollection:
	case BundleDocument:
		if b.config.IdentifierValue == "" || b.config.IdentifierSystem == "" {
			return fmt.Errorf("%w: a document needs an identifier with system and value (bdl-9): set BundleConfig.IdentifierSystem and IdentifierValue", ErrBundleEntry)
		}
		if b.config.Timestamp.IsZero() {
			return fmt.Errorf("%w: a document needs a timestamp (bdl-10): set BundleConfig.Timestamp", ErrBundleEntry)
		}
		return b.checkFirst("Composition", "bdl-11")
	case BundleMessage:
		return b.checkFirst("MessageHeader", "bdl-12")
	default:
		return fmt.Errorf("%w: a Bundle of type %q cannot be built: servers make those", ErrBundleEntry, string(b.config.Type))
	}
	return nil
}

func (b *BundleBuilder) checkFirst(kind, rule string) error {
	if len(b.drafts) == 0 || b.drafts[0].resource.Type() != kind {
		return fmt.Errorf("%w: the first resource of a %s is a %s (%s)", ErrBundleEntry, b.config.Type, kind, rule)
	}
	return nil
}

// requests reports whether the entries are requests.
func (b *BundleBuilder) requests() bool {
	return b.config.Type == BundleTransaction || b.config.Type == BundleBatch
}

// check checks the form of an entry by itself.
func (d *BundleDraft) check() {
	if d.bundle.requests() != (d.method != "") {
		if d.method == "" {
			d.fail("a %s needs requests: use Create, Update, Patch, Delete, Get or Call", d.bundle.config.Type)
		} else {
			d.fail("a %s has no requests: use Add", d.bundle.config.Type)
		}
		return
	}
	if d.method == "" && d.resource.IsZero() {
		d.fail("it has no resource")
	}
	if d.resource.IsZero() && d.fullURL != "" {
		d.fail("it has no resource that a key or a fullUrl could name")
	}
	if at := ParseLocation(d.fullURL); at.Version != "" {
		d.fail("a fullUrl names no version (bdl-8)")
	}
	only := func(what, value string, methods ...string) {
		for _, m := range methods {
			if value == "" || m == d.method {
				return
			}
		}
		d.fail("%s is for %s", what, strings.Join(methods, ", "))
	}
	only("IfNoneExist", d.ifNoneExist, http.MethodPost)
	only("IfMatch", d.ifMatch, http.MethodPut, http.MethodPatch, http.MethodDelete)
	only("IfNoneMatch", d.ifNoneMatch, http.MethodGet, http.MethodHead, http.MethodPut)
	only("IfModifiedSince", d.ifModifiedSince, http.MethodGet, http.MethodHead)
	if d.url == "" && d.method != "" {
		d.checkRequest()
		d.checkCondition(d.query)
	}
	d.checkCondition(d.ifNoneExist)
}

func (d *BundleDraft) checkCondition(query string) {
	if query == "" {
		return
	}
	if problem := conditionProblem(query); problem != "" {
		d.fail("its condition cannot be one: %s", strings.TrimPrefix(problem, "fhir: "))
	}
}

func (d *BundleDraft) checkRequest() {
	switch d.method {
	case http.MethodPost:
		if d.resource.IsZero() {
			d.fail("there is no resource to create")
		}
		if d.query != "" {
			d.fail("a create has IfNoneExist instead of When")
		}
	case http.MethodPut:
		if d.resource.IsZero() {
			d.fail("there is no resource to store")
		} else if d.id == "" && d.query == "" {
			d.fail("the resource has no id: use Create, or When")
		}
	default:
		if !isTypeName(d.target) || d.id == "" && d.query == "" {
			d.fail("the target is not Type/id or Type?search")
		}
		if t := d.resource.Type(); d.method == http.MethodPatch && t != "Parameters" && t != "Binary" {
			d.fail("a patch is a Parameters or a Binary")
		}
	}
}

// checkIdentities finds resources that two entries would change, and creates under one
// condition: a transaction with such is refused (R4 http.html, section 3.1.0.11.2).
func (b *BundleBuilder) checkIdentities() {
	if b.config.Type != BundleTransaction {
		return
	}
	seen := map[string]int{}
	for i, d := range b.drafts {
		identity := ""
		switch {
		case d.method == http.MethodPost && d.ifNoneExist != "":
			identity = d.target + "?" + d.ifNoneExist
		case d.url == "" && d.method != http.MethodPost && d.id+d.query != "":
			identity = d.requestURL()
		}
		if identity == "" {
			continue
		}
		if other, taken := seen[identity]; taken {
			d.fail("entry %d is about the same resource", other)
			continue
		}
		seen[identity] = i
	}
}

// nameByID lets Type/id name the entries whose resources will not keep their ids.
func (b *BundleBuilder) nameByID(names map[string]int) {
	for i, d := range b.drafts {
		name := d.resource.Reference()
		if name == "" || !strings.HasPrefix(d.fullURL, "urn:") || d.method == http.MethodPatch || d.url != "" ||
			b.requests() && d.keepsID() {
			continue
		}
		if other, taken := names[name]; taken && other != i {
			d.fail("entry %d has a resource of that type and id too, and LinkIDs cannot tell them apart", other)
			continue
		}
		names[name] = i
	}
}

// relink rewrites the links of an entry and checks where they lead.
func (b *BundleBuilder) relink(d *BundleDraft, names map[string]int) Resource {
	if d.resource.IsZero() || d.resource.Type() == "Bundle" { // whose references are its own
		return d.resource
	}
	return replaceLinks(d.resource, func(link bundleLink) string {
		to, inside := names[link.text]
		if !inside {
			d.checkOutside(link)
			return link.text
		}
		target := b.drafts[to]
		if b.config.Type == BundleBatch && link.reference && target.method == http.MethodPost && target != d {
			d.failLink("entries of a batch may not refer to what another one creates (entry %d): use a transaction", to)
		}
		switch {
		case target.fullURL != "":
			return target.fullURL
		case target.keepsID():
			return target.resource.Reference()
		}
		d.failLink("nothing can refer to entry %d", to)
		return link.text
	})
}

// checkOutside checks a link to what is not in the Bundle.
func (d *BundleDraft) checkOutside(link bundleLink) {
	if !link.reference {
		return
	}
	config := d.bundle.config
	if strings.HasPrefix(link.text, uuidPrefix) && !config.AllowDangling {
		d.failLink("a reference to urn:uuid:… that no entry has")
	}
	if config.Type == BundleBatch && isCondition(link.text) {
		d.failLink("a conditional reference is for transactions only")
	}
}
