package fhir

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strings"

	"github.com/openhim/mediator-go/internal/httpx"
)

// Conditions of paging.
var (
	// ErrPageLoop: the server's next link leads to a page that was read before,
	// or to one with the same content.
	ErrPageLoop = errors.New("fhir: the pages of the server go round in circles")
	// ErrTooManyPages: there are more pages than ClientConfig.MaxPages.
	ErrTooManyPages = errors.New("fhir: too many pages")
	// ErrPageExpired: the server has forgotten the search whose next page was
	// asked for (HAPI answers 410). Begin the search anew.
	ErrPageExpired = errors.New("fhir: the server has forgotten this search")
	// ErrIncomplete: the server says that there are more matches than it shows,
	// but has no next page. Medplum's router does not page, for example: ask for
	// larger pages, or narrow the search down. A search with Total(TotalNone) is
	// taken as it comes.
	ErrIncomplete = errors.New("fhir: the server has more matches than it shows, and no next page")
	// ErrIgnored: the server left a parameter out of the search, see [Strict].
	// The answer is not to what was asked.
	ErrIgnored = errors.New("fhir: the server ignored a search parameter")
	// ErrNoPage: there is no such page.
	ErrNoPage = errors.New("fhir: no such page")
)

// Page is one page of a search or history. It is immutable and safe for
// concurrent use.
type Page struct {
	// Bundle is the page as it came.
	Bundle *Bundle

	client *Client
	typ    string // of the matches, "" for any
	asked  Query  // on the first page
	base   string // by which the server calls itself
	header http.Header
	retry  httpx.Retry
}

// Matches yields what the search was for.
func (p *Page) Matches() iter.Seq[Resource] {
	return func(yield func(Resource) bool) {
		for r, match := range p.found() {
			if match && !yield(r) {
				return
			}
		}
	}
}

// Included yields what came along by [Include] and [RevInclude].
func (p *Page) Included() iter.Seq[Resource] {
	return func(yield func(Resource) bool) {
		for r, match := range p.found() {
			if !match && !yield(r) {
				return
			}
		}
	}
}

// found yields matches (true) and included resources (false). Where a server
// does not tell which is which, those of another type than was searched for are
// included ones.
func (p *Page) found() iter.Seq2[Resource, bool] {
	return func(yield func(Resource, bool) bool) {
		for _, e := range p.Bundle.Entries() {
			mode := e.SearchMode()
			if mode == SearchOutcome {
				continue
			}
			r := e.Resource()
			if r.IsZero() {
				continue
			}
			if !yield(r, mode == SearchMatch && (p.typ == "" || r.Type() == p.typ)) {
				return
			}
		}
	}
}

// Outcomes yields what the server said about the search, for example about
// parameters that it ignored.
func (p *Page) Outcomes() iter.Seq[OperationOutcome] { return p.Bundle.Outcomes() }

// Total returns the number of matches on all pages, and false where the server
// does not tell: ask for it with [Total].
func (p *Page) Total() (int, bool) { return p.Bundle.Total() }

// Ignored returns the names of parameters that the server left out of the
// search, as its self link shows it (R4 search.html, "Server conformance"). It
// is empty on later pages, and where the self link shows no parameters at all.
func (p *Page) Ignored() []string {
	_, raw, ok := strings.Cut(p.Bundle.Link("self"), "?")
	if !ok {
		return nil
	}
	self, err := url.ParseQuery(raw)
	if err != nil {
		return nil
	}
	var out []string
	for _, a := range p.asked {
		if !isResultParam(a.name) && !self.Has(a.name) {
			out = append(out, a.name)
		}
	}
	return out
}

// HasNext reports whether there is another page.
func (p *Page) HasNext() bool { return p.Bundle.Link("next") != "" }

// Next reads the page after this one; [ErrNoPage] if this is the last.
func (p *Page) Next(ctx context.Context) (*Page, error) { return p.Follow(ctx, "next") }

// Follow reads the page a link of this one leads to: "next", "previous",
// "first", "last". Servers write links with the address they know themselves
// by. It is followed only on the client's own origin: [ErrOtherOrigin] else.
func (p *Page) Follow(ctx context.Context, relation string) (*Page, error) {
	link := p.Bundle.Link(relation)
	if link == "" && relation == "previous" {
		link = p.Bundle.Link("prev")
	}
	if link == "" {
		return nil, ErrNoPage
	}
	u, err := p.client.follow(link, p.base)
	if err != nil {
		return nil, fmt.Errorf("fhir: follow the %s link of a page: %w", tellableName(relation), err)
	}
	q := &request{method: http.MethodGet, header: p.header.Clone(), retry: p.retry}
	q.raw, u.RawQuery = u.RawQuery, ""
	q.url = u
	next, err := p.client.page(ctx, q, p.typ)
	if errors.Is(err, ErrGone) {
		return nil, fmt.Errorf("%w: %w", ErrPageExpired, err)
	}
	if err == nil && next.base == "" {
		next.base = p.base
	}
	return next, err
}

// page reads one page.
func (c *Client) page(ctx context.Context, q *request, typ string) (*Page, error) {
	answer, err := c.send(ctx, q)
	if err != nil {
		return nil, err
	}
	r, err := answer.need("Bundle")
	if err != nil {
		return nil, err
	}
	b, err := BundleOf(r)
	if err != nil {
		return nil, answer.broken(err)
	}
	switch b.Type() {
	case BundleSearchset, BundleHistory, BundleCollection, "":
	default:
		return nil, answer.broken(fmt.Errorf("it is a Bundle %s", safeType(string(b.Type()))))
	}
	for _, e := range b.Entries() {
		if b.Type() == BundleSearchset && !e.HasResource() && e.SearchMode() == SearchMatch {
			return nil, answer.broken(errors.New("a match has no resource"))
		}
	}
	header := q.header.Clone()
	header.Del("Content-Type")
	p := &Page{Bundle: b, client: c, typ: typ, asked: q.query, header: header, retry: q.retry}
	if self := b.Link("self"); self != "" {
		p.base = selfBase(self, q.path(c))
		if search, ok := strings.CutSuffix(q.path(c), "/_search"); ok && p.base == "" {
			p.base = selfBase(self, search) // the self link is that of a GET
		}
	}
	if q.strict {
		if ignored := p.Ignored(); len(ignored) > 0 {
			return nil, fmt.Errorf("%w: %s", ErrIgnored, tellableName(ignored[0]))
		}
	}
	return p, nil
}

// pages yields the first page and those after it.
func (c *Client) pages(ctx context.Context, first func() (*Page, error)) iter.Seq2[*Page, error] {
	return func(yield func(*Page, error) bool) {
		seen := map[[sha256.Size]byte]bool{} // links may be long
		before := ""
		p, err := first()
		for n := 1; ; n++ {
			if err != nil {
				yield(nil, err)
				return
			}
			content := p.content()
			if content != "" && content == before {
				yield(nil, ErrPageLoop)
				return
			}
			before = content
			if !yield(p, nil) {
				return
			}
			if !p.HasNext() {
				if n == 1 && p.isIncomplete() {
					yield(nil, ErrIncomplete)
				}
				return
			}
			next := sha256.Sum256([]byte(p.Bundle.Link("next")))
			switch {
			case seen[next]:
				yield(nil, ErrPageLoop)
				return
			case n >= c.cfg.MaxPages:
				yield(nil, fmt.Errorf("%w: more than %d", ErrTooManyPages, c.cfg.MaxPages))
				return
			}
			seen[next] = true
			p, err = p.Next(ctx)
		}
	}
}

// isIncomplete reports whether the only page of a search contradicts itself: it
// has fewer entries than the total it tells. Over several pages the data may
// have changed meanwhile.
func (p *Page) isIncomplete() bool {
	for _, a := range p.asked {
		if a.name == "_total" || a.name == "_summary" && a.value == string(SummaryCount) || a.name == "_count" && a.value == "0" {
			return false // an estimate, or no entries are wanted
		}
	}
	total, ok := p.Total()
	return ok && p.Bundle.Type() == BundleSearchset && p.Bundle.Len() < total
}

// content tells pages apart: what is on it, in order.
func (p *Page) content() string {
	var b strings.Builder
	for _, e := range p.Bundle.Entries() {
		r := e.Resource()
		response, _ := e.Response()
		fmt.Fprintf(&b, "%s %s %s %s %s\n", e.FullURL(), r.Reference(), r.VersionID(), response.ETag, response.LastModified)
	}
	return b.String()
}
